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
    ['short', 't,o,h,l,c,v', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
    ['time alone', 'time,open,high,low,close,volume', [0, undefined, 1, 2, 3, 4, undefined, 5, undefined]],
  ])("finds %s's", (_, header, expected) => {
    const { timestamp, time, open, high, low, close, adjustedClose, volume, symbol } = findColumns(header.split(','), {}, 'x.csv');
    expect([timestamp, time, open, high, low, close, adjustedClose, volume, symbol]).toEqual(expected);
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
