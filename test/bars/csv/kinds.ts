import type { CsvOptions } from '../../../src/bars/csv/options';

/** A bar as a line: UTC time, open, high, low, close, volume. */
type BarLine = readonly [string, number, number, number, number, number];

/** A kind of file: who writes it, a few made-up lines in that shape, the options that read it, and its first and last bar. */
export interface FileKind {
  /** As `docs/files.md` calls it. */
  readonly name: string;
  readonly lines: readonly string[];
  readonly options?: CsvOptions;
  /** Default 'AAA'. */
  readonly symbol?: string;
  readonly bars: number;
  readonly first: BarLine;
  readonly last: BarLine;
  /** Codes of warnings. Default: none. */
  readonly warnings?: readonly string[];
}

/** Days of January 2024 from the 11th on, as lines of any shape. */
const days = (count: number, line: (day: number) => string) => Array.from({ length: count }, (_, index) => line(11 + index));

export const FILE_KINDS: readonly FileKind[] = [
  {
    name: 'Yahoo Finance, download of a web page',
    lines: ['Date,Open,High,Low,Close,Adj Close,Volume', '2024-01-02,80,100,60,90,45,10', '2024-01-03,40,50,30,45,45,20'],
    bars: 2,
    first: ['2024-01-02', 40, 50, 30, 45, 20],
    last: ['2024-01-03', 40, 50, 30, 45, 20],
  },
  {
    name: 'Yahoo Finance, prices as traded',
    lines: ['Date,Open,High,Low,Close,Adj Close,Volume', '2024-01-02,80,100,60,90,45,10', 'null,null,null,null,null,null,null'],
    options: { prices: 'as_traded' },
    bars: 2,
    first: ['2024-01-02', 80, 100, 60, 90, 10],
    last: ['NaN', Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
  },
  {
    name: 'yfinance, one symbol, three header lines',
    lines: [
      'Price,Close,High,Low,Open,Volume',
      'Ticker,AAA,AAA,AAA,AAA,AAA',
      'Date,,,,,',
      '2024-01-02,1.5,2.25,0.5,1.25,100',
      '2024-01-03,1.75,2.5,1,1.5,200',
    ],
    bars: 2,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'yfinance, several symbols side by side',
    lines: [
      'Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume',
      'Ticker,AAA,BBB,AAA,BBB,AAA,BBB,AAA,BBB,AAA,BBB',
      'Date,,,,,,,,,,',
      '2024-01-02,1.5,15.5,2.25,22.5,0.5,5.5,1.25,12.5,100,1000',
      '2024-01-03,1.75,17.5,2.5,25.5,1,10.5,1.5,15.5,200,2000',
    ],
    symbol: 'BBB',
    bars: 2,
    first: ['2024-01-02', 12.5, 22.5, 5.5, 15.5, 1000],
    last: ['2024-01-03', 15.5, 25.5, 10.5, 17.5, 2000],
  },
  {
    name: 'yfinance, grouped by ticker',
    lines: [
      'Ticker,BBB,BBB,BBB,BBB,BBB,AAA,AAA,AAA,AAA,AAA',
      'Price,Open,High,Low,Close,Volume,Open,High,Low,Close,Volume',
      'Date,,,,,,,,,,',
      '2024-01-02,12.5,22.5,5.5,15.5,1000,1.25,2.25,0.5,1.5,100',
    ],
    bars: 1,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
  },
  {
    name: 'Stooq, web page',
    lines: ['Date,Open,High,Low,Close,Volume', '2024-01-02,1.25,2.25,0.5,1.5,100', '2024-01-03,1.5,2.5,1,1.75,200'],
    bars: 2,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Stooq and Metastock, archives of text files',
    lines: [
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>',
      'AAA.US,5,20240102,153500,1.25,2.25,0.5,1.5,100,0',
      'AAA.US,5,20240102,154000,1.5,2.5,1,1.75,200,0',
    ],
    symbol: 'AAA.US',
    options: { timeZone: 'Europe/Warsaw' },
    bars: 2,
    first: ['2024-01-02T14:35', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:40', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Finam',
    lines: [
      '<TICKER>;<PER>;<DATE>;<TIME>;<OPEN>;<HIGH>;<LOW>;<CLOSE>;<VOL>',
      'AAA;D;20240103;0;1.25;2.25;0.5;1.5;100',
      'AAA;D;20240104;0;1.5;2.5;1;1.75;200',
    ],
    bars: 2,
    first: ['2024-01-03', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-04', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Metastock, <DTYYYYMMDD>',
    lines: [
      '<TICKER>,<DTYYYYMMDD>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>',
      'AAA,20240102,1.25,2.25,0.5,1.5,100',
      'BBB,20240102,9,9,9,9,9',
      'AAA,20240103,1.5,2.5,1,1.75,200',
    ],
    bars: 2,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Investing.com, English',
    lines: [
      '\uFEFF"Date","Price","Open","High","Low","Vol.","Change %"',
      '"01/31/2024","1,184.40","1,187.04","1,187.10","1,184.35","55.47M","-1.94%"',
      '"01/30/2024","1,188.04","1,190.94","1,191.80","1,187.47","55.86M","-1.92%"',
    ],
    bars: 2,
    first: ['2024-01-31', 1187.04, 1187.1, 1184.35, 1184.4, 55_470_000],
    last: ['2024-01-30', 1190.94, 1191.8, 1187.47, 1188.04, 55_860_000],
  },
  {
    name: 'Investing.com, German',
    lines: [
      '"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"',
      '"31.01.2024","184,40","187,04","187,10","184,35","55,47M","-1,94%"',
      '"30.01.2024","188,04","190,94","191,80","187,47","","-1,92%"',
    ],
    bars: 2,
    first: ['2024-01-31', 187.04, 187.1, 184.35, 184.4, 55_470_000],
    last: ['2024-01-30', 190.94, 191.8, 187.47, 188.04, Number.NaN],
  },
  {
    name: 'Ariva and other German portals',
    lines: [
      'Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen',
      '2024-01-03;1.025,50;1.030,00;1.020,25;1.029,75;1.500;1.543.125',
      '2024-01-02;1.000,00;1.010,00;990,50;1.009,50;2.000;2.004.000',
      '',
    ],
    bars: 2,
    first: ['2024-01-03', 1025.5, 1030, 1020.25, 1029.75, 1500],
    last: ['2024-01-02', 1000, 1010, 990.5, 1009.5, 2000],
  },
  {
    name: 'A spreadsheet of a country with decimal commas',
    lines: [
      'sep=;',
      'Date;Open;High;Low;Close;Volume;',
      '31/01/2024;0,250;0,255;0,247;0,254;549341;',
      '01/02/2024;0,254;0,254;0,253;0,253;1483937;',
      ';;;;;;',
      'Total;;;;;2033278;',
    ],
    bars: 2,
    first: ['2024-01-31', 0.25, 0.255, 0.247, 0.254, 549_341],
    last: ['2024-02-01', 0.254, 0.254, 0.253, 0.253, 1_483_937],
    warnings: ['footer'],
  },
  {
    name: 'Decimal commas with three decimals only',
    lines: [
      '"Datum","Close","Open","High","Low"',
      '"30.01.2024","2,447","2,496","2,504","2,423"',
      '"31.01.2024","2,477","2,448","2,501","2,434"',
    ],
    options: { decimalMark: ',', columns: { volume: null } },
    bars: 2,
    first: ['2024-01-30', 2.496, 2.504, 2.423, 2.447, 0],
    last: ['2024-01-31', 2.448, 2.501, 2.434, 2.477, 0],
  },
  {
    name: 'Boursorama and other French portals',
    lines: [
      'date\touverture\thaut\tbas\tcloture\tvolume',
      '31/01/2024 00:00\t184,40\t187,04\t184,10\t185,35\t55 470',
      '01/02/2024 00:00\t185,04\t190,94\t184,80\t187,47\t1 055 860',
    ],
    bars: 2,
    first: ['2024-01-31', 184.4, 187.04, 184.1, 185.35, 55_470],
    last: ['2024-02-01', 185.04, 190.94, 184.8, 187.47, 1_055_860],
  },
  {
    name: 'Spanish portals',
    lines: ['Fecha;Apertura;Máximo;Mínimo;Cierre;Volumen', '31-ene-2024;1,25;2,25;0,5;1,5;100', '01-feb-2024;1,5;2,5;1;1,75;200'],
    bars: 2,
    first: ['2024-01-31', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-02-01', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Nasdaq, historical quotes',
    lines: [
      'Date,Close/Last,Volume,Open,High,Low',
      '01/31/2024,$184.40,55467800,$187.04,$187.10,$184.35',
      '01/30/2024,$188.04,55859370,$190.94,$191.80,$187.47',
    ],
    bars: 2,
    first: ['2024-01-31', 187.04, 187.1, 184.35, 184.4, 55_467_800],
    last: ['2024-01-30', 190.94, 191.8, 187.47, 188.04, 55_859_370],
  },
  {
    name: 'NSE India, historical prices',
    lines: [
      '"Date ","series ","OPEN ","HIGH ","LOW ","PREV. CLOSE ","ltp ","close ","vwap ","VOLUME "',
      '"02-Jan-2024","EQ","169.87","170.03","169.10","170.00","169.80","169.73","169.5","12,17,010"',
      '"03-Jan-2024","EQ","169.53","169.94","168.09","169.73","168.60","168.54","168.9","11,96,695"',
    ],
    bars: 2,
    first: ['2024-01-02', 169.87, 170.03, 169.1, 169.73, 1_217_010],
    last: ['2024-01-03', 169.53, 169.94, 168.09, 168.54, 1_196_695],
  },
  {
    name: 'Alpha Vantage',
    lines: ['timestamp,open,high,low,close,volume', '2024-01-02 19:59:00,1.5,2.5,1,1.75,200', '2024-01-02 19:58:00,1.25,2.25,0.5,1.5,100'],
    options: { timeZone: 'America/New_York' },
    bars: 2,
    first: ['2024-01-03T00:59', 1.5, 2.5, 1, 1.75, 200],
    last: ['2024-01-03T00:58', 1.25, 2.25, 0.5, 1.5, 100],
  },
  {
    name: 'Tiingo',
    lines: [
      'date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor',
      '2024-01-02T00:00:00.000Z,3,4,1,2,100,1.5,2,0.5,1,200,0.0,1.0',
    ],
    bars: 1,
    first: ['2024-01-02', 1, 2, 0.5, 1.5, 200],
    last: ['2024-01-02', 1, 2, 0.5, 1.5, 200],
  },
  {
    name: 'Polygon, flat files',
    lines: [
      'ticker,volume,open,close,high,low,window_start,transactions',
      'AAA,100,1.25,1.5,2.25,0.5,1704205800000000000,7',
      'AAA,200,1.5,1.75,2.5,1,1704205860000000000,9',
      'BBB,200,9,9,9,9,1704205800000000000,9',
    ],
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Databento',
    lines: [
      'ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol',
      '2024-01-02T14:30:00.000000000Z,33,1,5482,1.250000000,2.250000000,0.500000000,1.500000000,100,AAA',
      '2024-01-02T14:31:00.000000000Z,33,1,5482,1.500000000,2.500000000,1.000000000,1.750000000,200,AAA',
    ],
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Binance, archive of klines without names',
    lines: [
      '1704205800000,1.25,2.25,0.5,1.5,100.0,1704205859999,150,7,50,75,0',
      '1704205860000,1.5,2.5,1,1.75,200.0,1704205919999,350,9,60,80,0',
    ],
    options: { columns: { timestamp: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 } },
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Binance, archive of klines with names',
    lines: [
      'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
      '1735689480000,1.25,2.25,0.5,1.5,100,1735689539999,150,7,50,75,0',
      '1735689540000,1.25,2.25,0.5,1.5,100,1735689599999,150,7,50,75,0',
      '1735689600000000,1.5,2.5,1,1.75,200,1735689659999999,350,9,60,80,0',
    ],
    bars: 3,
    first: ['2024-12-31T23:58', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2025-01-01T00:00', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Kraken, OHLCVT archive',
    lines: ['1704205800,1.25,2.25,0.5,1.5,100.5,7', '1704205860,1.5,2.5,1,1.75,200.5,9'],
    options: { columns: { timestamp: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 } },
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100.5],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200.5],
  },
  {
    name: 'CryptoDataDownload',
    lines: [
      'https://www.example.com',
      'unix,date,symbol,open,high,low,close,Volume BTC,Volume USDT',
      '1704209400000,2024-01-02 15:30:00,BTC/USDT,200,210,190,205,10,2010',
      '1704205800000,2024-01-02 14:30:00,BTC/USDT,190,201,189,200,20,3900',
    ],
    symbol: 'BTC/USDT',
    bars: 2,
    first: ['2024-01-02T15:30', 200, 210, 190, 205, 10],
    last: ['2024-01-02T14:30', 190, 201, 189, 200, 20],
  },
  {
    name: 'Coinbase and ccxt rows in seconds',
    lines: ['time,low,high,open,close,volume', '1704205800,0.5,2.25,1.25,1.5,100', '1704205860,1,2.5,1.5,1.75,200'],
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'TradingView, export of a chart',
    lines: [
      'time,open,high,low,close,Volume',
      '2024-01-02T09:30:00-05:00,1.25,2.25,0.5,1.5,100',
      '2024-01-02T09:31:00-05:00,1.5,2.5,1,1.75,200',
    ],
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'MetaTrader 5',
    lines: [
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.01.03\t00:00:00\t1.25\t2.25\t0.5\t1.5\t53\t0\t3',
      '2024.01.03\t00:01:00\t1.5\t2.5\t1\t1.75\t36\t0\t3',
    ],
    options: { timeZone: 'Europe/Athens' },
    bars: 2,
    first: ['2024-01-02T22:00', 1.25, 2.25, 0.5, 1.5, 53],
    last: ['2024-01-02T22:01', 1.5, 2.5, 1, 1.75, 36],
    warnings: ['empty_volume'],
  },
  {
    name: 'MetaTrader 4, export of history',
    lines: ['2024.01.03,00:00,145.123,145.225,145.050,145.150,53', '2024.01.03,00:01,145.150,145.250,145.100,145.175,36'],
    options: { columns: { timestamp: 1, time: 2, open: 3, high: 4, low: 5, close: 6, volume: 7 } },
    bars: 2,
    first: ['2024-01-03T00:00', 145.123, 145.225, 145.05, 145.15, 53],
    last: ['2024-01-03T00:01', 145.15, 145.25, 145.1, 145.175, 36],
  },
  {
    name: 'HistData, generic ASCII minutes',
    lines: ['20240102 170000;1.25;2.25;0.5;1.5;0', '20240102 170100;1.5;2.5;1;1.75;0'],
    options: { columns: { timestamp: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 }, timeZone: 'Etc/GMT+5' },
    bars: 2,
    first: ['2024-01-02T22:00', 1.25, 2.25, 0.5, 1.5, 0],
    last: ['2024-01-02T22:01', 1.5, 2.5, 1, 1.75, 0],
  },
  {
    name: 'Dukascopy',
    lines: [
      'Gmt time,Open,High,Low,Close,Volume',
      '31.01.2024 00:00:00.000,1.25,2.25,0.5,1.5,100.5',
      '31.01.2024 00:01:00.000,1.5,2.5,1,1.75,200.5',
    ],
    bars: 2,
    first: ['2024-01-31T00:00', 1.25, 2.25, 0.5, 1.5, 100.5],
    last: ['2024-01-31T00:01', 1.5, 2.5, 1, 1.75, 200.5],
  },
  {
    name: 'Dukascopy, local time',
    lines: [
      'Local time,Open,High,Low,Close,Volume',
      '31.01.2024 00:00:00.000 GMT+0100,1.25,2.25,0.5,1.5,100.5',
      '31.01.2024 00:01:00.000 GMT+0100,1.5,2.5,1,1.75,200.5',
    ],
    bars: 2,
    first: ['2024-01-30T23:00', 1.25, 2.25, 0.5, 1.5, 100.5],
    last: ['2024-01-30T23:01', 1.5, 2.5, 1, 1.75, 200.5],
  },
  {
    name: 'FirstRate Data',
    lines: ['timestamp,open,high,low,close,volume', '2024-01-02 04:00:00,1.25,2.25,0.5,1.5,100', '2024-01-02 04:01:00,1.5,2.5,1,1.75,200'],
    options: { timeZone: 'America/New_York' },
    bars: 2,
    first: ['2024-01-02T09:00', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T09:01', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Kibot',
    lines: ['01/02/2024,09:30,1.25,2.25,0.5,1.5,100', '01/02/2024,09:31,1.5,2.5,1,1.75,200'],
    options: {
      columns: { timestamp: 1, time: 2, open: 3, high: 4, low: 5, close: 6, volume: 7 },
      dateOrder: 'mdy',
      timeZone: 'America/New_York',
    },
    bars: 2,
    first: ['2024-01-02T14:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T14:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Sierra Chart',
    lines: [
      'Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume',
      '2024/1/3, 09:30:00, 1.25, 2.25, 0.5, 1.5, 100, 7, 40, 60',
      '2024/1/3, 09:31:00, 1.5, 2.5, 1, 1.75, 200, 9, 90, 110',
    ],
    bars: 2,
    first: ['2024-01-03T09:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03T09:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'TradeStation',
    lines: [
      '"Date","Time","Open","High","Low","Close","Up","Down"',
      '01/31/2024,09:31,1.25,2.25,0.5,1.5,60,40',
      '01/31/2024,09:32,1.5,2.5,1,1.75,120,80',
    ],
    options: { columns: { volume: null }, timeZone: 'America/New_York' },
    bars: 2,
    first: ['2024-01-31T14:31', 1.25, 2.25, 0.5, 1.5, 0],
    last: ['2024-01-31T14:32', 1.5, 2.5, 1, 1.75, 0],
  },
  {
    name: 'NinjaTrader',
    lines: ['20240103 093000;1.25;2.25;0.5;1.5;100', '20240103 093100;1.5;2.5;1;1.75;200'],
    options: { header: 0, columns: { timestamp: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 }, timeZone: 'America/Chicago' },
    bars: 2,
    first: ['2024-01-03T15:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03T15:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'ThinkOrSwim and other two-digit years',
    lines: ['Date,Open,High,Low,Close,Volume', '12/29/23,1.25,2.25,0.5,1.5,100', '1/2/24,1.5,2.5,1,1.75,200'],
    bars: 2,
    first: ['2023-12-29', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Barchart',
    lines: [
      'Time,Open,High,Low,Last,Change,%Chg,Volume',
      '01/31/2024,1.25,2.25,0.5,1.5,0.1,+1%,100',
      '01/30/2024,1.5,2.5,1,1.75,0.1,+1%,200',
      '"Downloaded from Barchart.com as of 01-31-2024 05:00pm CST"',
    ],
    bars: 2,
    first: ['2024-01-31', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-30', 1.5, 2.5, 1, 1.75, 200],
    warnings: ['footer'],
  },
  {
    name: 'A public file of 500 stocks',
    lines: [
      'date,open,high,low,close,volume,Name',
      '2024-01-02,9,9,9,9,9,BBB',
      '2024-01-03,9,9,9,9,9,BBB',
      '2024-01-02,1.25,2.25,0.5,1.5,100,AAA',
      '2024-01-03,1.5,2.5,1,1.75,200,AAA',
    ],
    bars: 2,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'A data base dump with codes filled up with blanks',
    lines: [
      'stock_code|trade_date|open|high|low|close|volume',
      'AAA    |20240102|1.25|2.25|0.5|1.5|100',
      'BBB    |20240102|9|9|9|9|9',
      'AAA    |20240103|1.5|2.5|1|1.75|200',
    ],
    options: { columns: { symbol: 'stock_code' } },
    bars: 2,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'A table in columns of blanks, with comments',
    lines: [
      '# AAA, daily',
      '# source: somebody',
      'DATE       TIME   OPEN  HIGH  LOW  CLOSE  VOLUME',
      '2024-01-02 09:30  1.25  2.25  0.5   1.50     100',
      '2024-01-02 09:31  1.50  2.50  1.0   1.75     200',
    ],
    bars: 2,
    first: ['2024-01-02T09:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02T09:31', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'An export with a title and times such as 935',
    lines: [
      'Prices of AAA',
      '',
      'Date,Time,Open,High,Low,Close,Volume',
      '"Dec 29, 2023",935,1.25,2.25,0.5,1.5,100',
      '"Dec 29, 2023",1005,1.5,2.5,1,1.75,200',
    ],
    bars: 2,
    first: ['2023-12-29T09:35', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2023-12-29T10:05', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Times with AM and PM, dates settled by a day above 12',
    lines: [
      'Date,Open,High,Low,Close,Volume',
      ...days(2, (day) => `0${day - 10}/01/2024 9:30:00 AM,1.25,2.25,0.5,1.5,100`),
      '31/01/2024 4:00:00 PM,1.5,2.5,1,1.75,200',
    ],
    bars: 3,
    first: ['2024-01-01T09:30', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-31T16:00', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Wall time through the end of summer time',
    lines: [
      'time,open,high,low,close,volume',
      ...['00:30', '01:30', '01:30', '02:30'].map((time, index) => `2024-11-03 ${time},1.25,2.25,0.5,1.5,${index}`),
    ],
    options: { timeZone: 'America/New_York' },
    bars: 4,
    first: ['2024-11-03T04:30', 1.25, 2.25, 0.5, 1.5, 0],
    last: ['2024-11-03T07:30', 1.25, 2.25, 0.5, 1.5, 3],
  },
  {
    name: 'pandas, an index of dates without a name',
    lines: [',Open,High,Low,Close,Volume', '2024-01-02,1.25,2.25,0.5,1.5,100', '2024-01-03,1.5,2.5,1,1.75,200'],
    bars: 2,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-03', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Japanese, Chinese, Korean and Russian names of columns',
    lines: ['日付,始値,高値,安値,終値,出来高', '2024/1/4,1.25,2.25,0.5,1.5,100', '2024/1/5,1.5,2.5,1,1.75,200'],
    bars: 2,
    first: ['2024-01-04', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-05', 1.5, 2.5, 1, 1.75, 200],
  },
  {
    name: 'Weeks since 1962 in milliseconds',
    lines: [
      'timestamp,open,high,low,close,volume',
      ...[-252_460_800_000, -251_856_000_000, -251_251_200_000].map((time) => `${time},1.25,2.25,0.5,1.5,100`),
    ],
    bars: 3,
    first: ['1962-01-01', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['1962-01-15', 1.25, 2.25, 0.5, 1.5, 100],
  },
  {
    name: 'Names of columns that are not the usual ones',
    lines: ['Zeitpunkt;Anfang;Gipfel;Tal;Ende;Menge', '2024-01-02;1,25;2,25;0,5;1,5;100'],
    options: { columns: { timestamp: 'Zeitpunkt', open: 'Anfang', high: 'Gipfel', low: 'Tal', close: 'Ende', volume: 'Menge' } },
    bars: 1,
    first: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
    last: ['2024-01-02', 1.25, 2.25, 0.5, 1.5, 100],
  },
];
