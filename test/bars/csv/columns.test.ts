import { describe, expect, it } from 'vitest';
import { type CsvColumns, findColumns as find } from '../../../src/bars/csv/columns';
import type { CsvColumnNames } from '../../../src/bars/csv/options';
import { failure } from '../errors';

const findColumns = (
  names: readonly string[],
  said: CsvColumnNames,
  file: string,
): CsvColumns & { readonly volume: number | undefined } => {
  const columns = find({ names, isNamed: true }, said, file, 'AAA');
  return { ...columns, volume: columns.volumes[0] };
};

describe('findColumns', () => {
  it.each([
    ['Yahoo', 'Date,Open,High,Low,Close,Adj Close,Volume', [0, undefined, 1, 2, 3, 4, 5, 6, undefined]],
    ['Nasdaq', 'Date,Close/Last,Volume,Open,High,Low', [0, undefined, 3, 4, 5, 1, undefined, 2, undefined]],
    ['Alpha Vantage', 'timestamp,open,high,low,close,adjusted_close,volume', [0, undefined, 1, 2, 3, 4, 5, 6, undefined]],
    ['Binance', 'Open time,Open,High,Low,Close,Volume,Close time', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    ['CryptoDataDownload', 'unix,date,symbol,open,high,low,close,Volume BTC,Volume USD', [0, undefined, 3, 4, 5, 6, undefined, 7, 2]],
    ['Stooq', '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>', [2, 3, 4, 5, 6, 7, undefined, 8, 0]],
    ['Investing', 'Date,Price,Open,High,Low,Vol.,Change %', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Investing, Turkish', 'Tarih,Şimdi,Açılış,Yüksek,Düşük,Hac.,Fark %', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Investing, Dutch', 'Datum,Laatste,Open,Hoog,Laag,Vol.,Verschil %', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Investing, Polish', 'Data,Ostatnio,Otwarcie,Max.,Min.,Wol.,Zmiana%', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Investing, Russian', 'Дата,Цена,Откр.,Макс.,Мин.,Объём,Изм. %', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Investing, Japanese', '日付け,終値,始値,高値,安値,出来高,変化率 %', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Investing, Chinese', '日期,收盘,开盘,高,低,交易量,涨跌幅', [0, undefined, 2, 3, 4, 1, undefined, 5, undefined]],
    ['Stooq, Polish', 'Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    ['Euronext', 'Date;Open;High;Low;Last;Close;Number of Shares;Turnover', [0, undefined, 1, 2, 3, 5, undefined, 6, undefined]],
    [
      'BSE India',
      'Date,Open Price,High Price,Low Price,Close Price,WAP,No.of Shares,No. of Trades',
      [0, undefined, 1, 2, 3, 4, undefined, 6, undefined],
    ],
    [
      'NSE India, bhavcopy of 2024',
      'TradDt,Src,TckrSymb,OpnPric,HghPric,LwPric,ClsPric,LastPric,TtlTradgVol',
      [0, undefined, 3, 4, 5, 6, undefined, 8, 2],
    ],
    ['Oanda, flattened', 'time,complete,volume,mid.o,mid.h,mid.l,mid.c', [0, undefined, 3, 4, 5, 6, undefined, 2, undefined]],
    ['Refinitiv, web', 'Exchange Date,Close,Net,%Chg,Open,Low,High,Volume', [0, undefined, 4, 6, 5, 1, undefined, 7, undefined]],
    ['Refinitiv, fields', 'Date,CF_OPEN,CF_HIGH,CF_LOW,CF_CLOSE,Volume', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    ['Bybit', 'start_at,open,high,low,close,volume,turnover', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    ['Alpha Vantage, numbered', 'date,1. open,2. high,3. low,4. close,5. volume', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    [
      'Alpha Vantage, crypto',
      'timestamp,open (USD),high (USD),low (USD),close (USD),volume',
      [0, undefined, 1, 2, 3, 4, undefined, 5, undefined],
    ],
    ['prices in two currencies', 'date,open,high,low,close (USD),close,volume', [0, undefined, 1, 2, 3, 5, undefined, 6, undefined]],
    ['short', 't,o,h,l,c,v', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    ['time alone', 'time,open,high,low,close,volume', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
  ])("finds %s's", (_, header, expected) => {
    const { timestamp, time, open, high, low, close, adjustedClose, volume, symbol } = findColumns(header.split(/[,;]/), {}, 'x.csv');
    expect([timestamp, time, open, high, low, close, adjustedClose, volume, symbol]).toEqual(expected);
  });

  it('does not choose between prices in two currencies', async () => {
    const header = ['timestamp', '1a. open (USD)', '1b. open (CNY)', 'high', 'low', 'close', 'volume'];
    expect((await failure('CSV_FORMAT', () => findColumns(header, {}, 'x.csv'))).message).toMatch(/1a\. open.* or .*1b\. open/);
  });

  it('takes names that it would not find, compared loosely', () => {
    const header = ['Zeit', 'Eröffnung', 'Hoch', 'Tief', 'Schluss', 'Stück'];
    const columns = findColumns(
      header,
      { timestamp: 'zeit', open: 'ERÖFFNUNG', high: 'Hoch', low: 'Tief', close: 'Schluss', volume: 'stück' },
      'x.csv',
    );
    expect(columns).toMatchObject({ timestamp: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 });
  });

  it('prefers the name as written where two are alike but for the case', () => {
    expect(findColumns(['date', 'open', 'high', 'low', 'Close', 'close', 'volume'], { close: 'close' }, 'x.csv').close).toBe(5);
  });

  it('lets a file go without volume or ignore its symbols when told so', () => {
    const columns = findColumns(['date', 'symbol', 'o', 'h', 'l', 'c'], { volume: null, symbol: null }, 'x.csv');
    expect(columns.volume).toBeUndefined();
    expect(columns.symbol).toBeUndefined();
  });

  it('does not take a volume-weighted price for the volume', async () => {
    await failure('CSV_FORMAT', () => findColumns(['date', 'o', 'h', 'l', 'c', 'volume weighted price'], {}, 'x.csv'));
  });

  it.each([
    ['no timestamp', ['open', 'high', 'low', 'close', 'volume'], {}, 'timestamp'],
    ['no low', ['date', 'open', 'high', 'close', 'volume'], {}, 'low'],
    ['no volume', ['date', 'open', 'high', 'low', 'close'], {}, 'volume'],
    ['an unknown name', ['date', 'open', 'high', 'low', 'close', 'volume'], { close: 'Schluss' }, "'Schluss'"],
  ])('refuses %s, naming the file, the column and those there are', async (_, header, names, part) => {
    const { message } = await failure('CSV_FORMAT', () => findColumns(header, names, 'x.csv'));
    expect(message).toContain('x.csv');
    expect(message).toContain(part);
    expect(message).toContain("'open'");
  });
});
