import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import type { CsvColumnNames } from './options';

/** Where a file keeps what: positions in a row, from 0; absent columns are undefined. */
export interface CsvColumns {
  /** Date, or date and time. */
  readonly timestamp: number;
  /** Time of day beside the date. */
  readonly time: number | undefined;
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Adjusted last price. */
  readonly adjustedClose: number | undefined;
  /** Units traded, as far as names tell: the best there are, equally good, first to last. Empty: the file has none. */
  readonly volumes: readonly number[];
  /** Columns that may hold the volume where the best one turns out to be empty. */
  readonly otherVolumes: readonly number[];
  /** Symbol. */
  readonly symbol: number | undefined;
  /** Columns whose name may be that of a symbol, or of something else. */
  readonly perhapsSymbols: readonly number[];
}

/** The first lines of a file, as far as they name columns. */
export interface CsvHeader {
  /** Name of each column; empty texts in a file without names. */
  readonly names: readonly string[];
  /** Whether the names are the file's; otherwise columns have positions only. */
  readonly isNamed: boolean;
  /** Symbol of each column, in files that have several symbols side by side. */
  readonly symbols?: readonly string[];
}

/** Names by field, the best first; those of one text are equally good. Compared as {@link normalise} leaves them. */
export const NAMES = {
  time: ['time', 'hhmmss hhmm timehhmmss timeofday zeit uhrzeit hora heure ora tijd время 時間 时间 時刻 시간'],
  open: [
    'open',
    'openprice openingprice priceopen pxopen opening first eroffnung eroffn eroffnungskurs erster apertura abertura abierto ouverture ouv openingskoers oppning acılıs otwarcie opnpric midopen mido cfopen открытие откр 始値 开盘 开盘价 開盤 開盤價 시가',
    'o',
  ],
  high: [
    'high',
    'highprice pricehigh pxhigh highest max hoch hochst hochstkurs tageshoch maximo maxima alto alta plushaut haut massimo hoog hogst hogsta yuksek najwyzszy maks hghpric midhigh midh cfhigh максимум макс 高値 高 最高 最高价 最高價 고가',
    'h',
  ],
  low: [
    'low',
    'lowprice pricelow pxlow lowest min tief tiefst tiefstkurs tagestief minimo minima bajo baixa baixo plusbas bas laag lagst lagsta dusuk najnizszy lwpric midlow midl cflow минимум мин 安値 低 最低 最低价 最低價 저가',
    'l',
  ],
  close: [
    'close',
    'closelast closeprice closingprice priceclose closing schluss schlusskurs cierre cloture chiusura fechamento slot slotkoers stangning zamkniecie kapanıs clspric midclose midc cfclose tradeclose закрытие 終値 收盘 收盘价 收盤 收盤價 종가',
    'last lastprice pricelast pxlast price settle zuletzt letzter ultimo dernier laatste ostatnio simdi цена kurs',
    'c',
  ],
  adjustedClose: [
    'adjclose adjustedclose adjcloseprice adjustedcloseprice adjustedclosing closeadj closeadjusted adjclosing adjlast adjustedlast closingpriceadjusted adjustmentclose adjprice adjustedprice clotureajustee cierreajustado fechamentoajustado chiusuraaggiustata schlusskursbereinigt 調整後終値 复权收盘价 调整后收盘价 還原收盤價',
  ],
  volume: [
    'volume',
    'vol volumes volumen pxvolume totalvolume volumetraded tradedvolume sharestraded totaltradedquantity tottrdqty ttltrdqnty ttltradgvol numberofshares noofshares stuck stucke stuecke umsatz volym hacim hac wolumen wol объем 出来高 成交量 交易量 成交股數 거래량',
    'v',
  ],
  ticks: ['tickvolume tickvol ticks'],
  symbol: ['symbol', 'ticker', 'tic sym actsymbol ric tckrsymb symbols tickersymbol stocksymbol kurzel'],
} as const;
/** Names of what says when a bar was, but for dates. */
export const TIMESTAMP = words(
  'timestamp datetime dateandtime opentime starttime startat begintime barstart windowstart tsevent unixtimestamp unixtime unix epoch timestampms timestamputc datetimeutc gmttime utctime dateutc dategmt timeutc localtime zeitstempel fechahora ts',
);
/** Names of dates, beside which the time of day may stand. */
export const DATE = words(
  'date dates tradedate tradingdate pricedate datadate caldt day dtyyyymmdd yyyymmdd datum fecha data dato tarih traddt exchangedate дата 日付 日付け 日期 交易日期 날짜',
);
const PERHAPS_SYMBOL = new Set(
  words(
    'name code stockcode instrument instrumentid instrumenttoken security securityid asset pair market contract stock company isin wkn cusip figi permno gvkey secid token coin currency product issuer fund id コード 代码 代碼 股票代码 证券代码 종목코드',
  ),
);
const UNITS = /^volume(?!weighted)/;
/** The first column of a table whose index was written with it. */
const INDEX = ['', 'unnamed0', 'index'];

/** Names of columns that a message lists. */
const LISTED = 24;

/**
 * @param header - the names of a file's columns
 * @returns them for a message, cut and escaped
 */
export function listed(header: CsvHeader): string {
  if (!header.isNamed) return `1 to ${header.names.length}, without names`;
  const names = header.names.slice(0, LISTED).map((name) => quoted(name.trim()));
  return `${names.join(', ')}${header.names.length > LISTED ? ` and ${header.names.length - LISTED} more` : ''}`;
}

/**
 * @param cells - a row
 * @param names - the caller's names of columns
 * @returns how many of the fields timestamp, open, high, low, close and volume the row names
 */
export function countFields(cells: readonly string[], names: CsvColumnNames): number {
  const normal = cells.flatMap((cell) => [normalise(cell), bareName(cell)]);
  const has = (candidates: readonly string[], name: string | number | null | undefined) =>
    (typeof name === 'string' && normal.includes(normalise(name))) || candidates.some((candidate) => normal.includes(candidate));
  const all = (key: 'open' | 'high' | 'low' | 'close' | 'volume' | 'time') => NAMES[key].flatMap(words);
  return [
    has([...TIMESTAMP, ...DATE, ...all('time'), 't'], names.timestamp),
    ...(['open', 'high', 'low', 'close', 'volume'] as const).map((key) => has(all(key), names[key])),
  ].filter(Boolean).length;
}

/**
 * Finds the columns of a bar file.
 *
 * @param header - the file's names
 * @param names - names and positions that differ from the usual ones
 * @param file - the file's name, for messages
 * @param symbol - the requested symbol, for files that have several side by side
 * @returns positions
 * @throws TickerforestError `CSV_FORMAT` naming the file, the column looked for and the columns there are; `NO_BARS` for a symbol that no column is of
 */
export function findColumns(header: CsvHeader, names: CsvColumnNames, file: string, symbol: string): CsvColumns {
  const there = header.names.map((name, index) => (servesSymbol(header, index, symbol) ? name.trim() : ''));
  const normal = there.map(normalise);
  const bare = there.map(bareName);
  if (header.symbols !== undefined && normal.every((name, index) => index === 0 || name === ''))
    throw noSuchSymbol(header.symbols, file, symbol);
  const missing = (what: string, hint: string) =>
    new TickerforestError('CSV_FORMAT', `${file}: no ${what}; the file has the columns ${listed(header)}. ${hint}`);

  const everywhere = (candidates: readonly string[], among = normal) =>
    [...among.keys()].filter((index) => among[index] !== '' && candidates.includes(among[index]));
  /** The only column of a name; undefined if there is none. */
  const only = (candidates: readonly string[], field: string, among = normal): number | undefined => {
    const found = everywhere(candidates, among);
    if (found.length < 2) return found[0];
    const named = found.slice(0, 4).map((index) => `column ${index + 1} ${quoted(there[index])}`);
    throw new TickerforestError(
      'CSV_FORMAT',
      `${file}: ${field} may be ${named.join(' or ')}. Say which by its position, columns: { ${field}: ${found[0] + 1} }`,
    );
  };
  const placed = (key: keyof CsvColumnNames, name: string | number): number => {
    if (typeof name === 'number') {
      if (name >= 1 && name <= header.names.length) return name - 1;
      throw new TickerforestError('CSV_FORMAT', `${file} has ${header.names.length} columns; there is none at columns.${key} ${name}`);
    }
    const exact = [...there.keys()].filter((index) => there[index] === name.trim());
    const index = exact.length === 1 ? exact[0] : only([normalise(name)], key);
    if (index === undefined) throw missing(`column ${quoted(name)}`, `Correct columns.${key}`);
    return index;
  };
  const search = (tiers: readonly string[], field: string): number | undefined => {
    // as they stand first: 'close' beside 'close (USD)' is the close
    for (const among of [normal, bare]) {
      for (const tier of tiers) {
        const index = only(words(tier), field, among);
        if (index !== undefined) return index;
      }
    }
    return undefined;
  };
  const optional = (key: Exclude<keyof typeof NAMES, 'ticks' | 'volume'>): number | undefined => {
    const name = names[key];
    if (name === null) return undefined;
    return name === undefined ? search(NAMES[key], key) : placed(key, name);
  };
  const required = (key: 'open' | 'high' | 'low' | 'close'): number => {
    const index = optional(key);
    if (index === undefined) throw missing(`column for ${key}`, `Name it with columns: { ${key}: ... }`);
    return index;
  };

  // pandas leaves the name of an index of dates empty
  const indexColumn = header.isNamed && INDEX.includes(normal[0]) ? 0 : undefined;
  const plain = search(TIMESTAMP, 'timestamp');
  const date = plain === undefined ? search(DATE, 'timestamp') : undefined;
  const timestamp =
    names.timestamp === undefined
      ? (plain ?? date ?? search([...NAMES.time, 't'], 'timestamp') ?? indexColumn)
      : placed('timestamp', names.timestamp);
  if (timestamp === undefined)
    throw missing('column for timestamp', 'Say which it is, by name or by position from 1: columns: { timestamp: ... }');
  // a column called 'time' belongs to the date only where nobody said what the timestamp is, or said that it is a date
  const isDate = names.timestamp === undefined ? timestamp === date : DATE.includes(normal[timestamp]);
  const time = (names.time !== undefined && names.time !== null) || (names.time === undefined && isDate) ? optional('time') : undefined;
  const columns = {
    timestamp,
    time: time === timestamp ? undefined : time,
    open: required('open'),
    high: required('high'),
    low: required('low'),
    close: required('close'),
    adjustedClose: optional('adjustedClose'),
    symbol: optional('symbol'),
  };
  const volumeNames = [...NAMES.volume, ...NAMES.ticks].map(words);
  const tiers =
    names.volume === undefined
      ? [normal, there.map((name) => normalise(unnumbered(name)))].flatMap((among) => volumeNames.map((tier) => everywhere(tier, among)))
      : [];
  const units = names.volume === undefined ? [...normal.keys()].filter((index) => UNITS.test(normal[index])) : [];
  const candidates = [...tiers, units].filter((tier) => tier.length > 0);
  const volumes =
    typeof names.volume === 'string' || typeof names.volume === 'number' ? [placed('volume', names.volume)] : (candidates[0] ?? []);
  if (volumes.length === 0 && names.volume !== null) {
    throw missing('column for volume', 'Name it with columns: { volume: ... }, or say columns: { volume: null } if there is none');
  }
  const taken = new Set<number | undefined>([...Object.values(columns), ...volumes]);
  return {
    ...columns,
    volumes,
    otherVolumes: [...new Set(candidates.flat())].filter((index) => !taken.has(index)),
    perhapsSymbols:
      columns.symbol === undefined && names.symbol !== null
        ? [...normal.keys()].filter((index) => PERHAPS_SYMBOL.has(normal[index]) && !taken.has(index))
        : [],
  };
}

/** Whether a column belongs to the requested symbol, in a file that has several side by side; the first column belongs to all. */
function servesSymbol(header: CsvHeader, index: number, symbol: string): boolean {
  if (header.symbols === undefined || index === 0) return true;
  const of = header.symbols[index]?.trim();
  return of === symbol.trim();
}

function noSuchSymbol(symbols: readonly string[], file: string, symbol: string): TickerforestError {
  const there = [...new Set(symbols.slice(1).map((name) => name.trim()))].filter((name) => name !== '');
  const some = there.slice(0, 8).map((name) => quoted(name));
  const more = there.length > some.length ? ` and ${there.length - some.length} more` : '';
  return new TickerforestError('NO_BARS', `${file}: no column of symbol ${quoted(symbol)}; there are ${some.join(', ')}${more}`);
}

/** The names of a table's text, as they are compared. */
function words(text: string): readonly string[] {
  return text.split(' ').map(normalise);
}

/** `Adj Close**`, `adj_close` and `<ADJ.CLOSE>` alike: 'adjclose'. Letters of every alphabet stay, without their accents. */
export function normalise(name: string): string {
  return name
    .slice(0, 200)
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** A name without the number that counts the columns: '5. volume'. */
function unnumbered(name: string): string {
  return name
    .slice(0, 200)
    .trim()
    .replace(/^\d{1,2}[ab]?\. (?=\p{L})/u, '');
}

/** A price's name without a currency in brackets: 'open (USD)'. A volume in a currency is a value, and no number of units. */
function bareName(name: string): string {
  return normalise(unnumbered(name).replace(/ ?\((?:[A-Z]{3}|USD[CT]|[$€£¥])\)$/u, ''));
}
