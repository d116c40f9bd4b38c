import { Decimal128, Double, Int32, Long } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import type { BarBatch } from '../../src/bars/bar-source';
import type { Bars } from '../../src/bars/bars';
import { BAR_COLUMNS } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import type { RowOptions } from '../../src/bars/row-reader';
import { randomBars } from '../generated-bars';
import { processorTime } from '../processor-time';
import { failure } from './errors';

const DAY = 86_400_000;

interface Plain {
  readonly timestamp: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Rows with prices of four decimals and whole volumes, which every form below can say exactly. */
function plainRows(count: number, seed = 1, interval = 60_000): Plain[] {
  const bars = randomBars(count, { seed, interval });
  const price = (value: number) => Math.round(value * 1e4) / 1e4;
  return Array.from({ length: count }, (_, i) => ({
    timestamp: bars.timestamp[i],
    open: price(bars.open[i]),
    high: price(Math.max(bars.high[i], bars.open[i], bars.close[i])),
    low: price(Math.min(bars.low[i], bars.open[i], bars.close[i])),
    close: price(bars.close[i]),
    volume: Math.round(bars.volume[i]),
  }));
}

const read = async (rows: readonly object[], options: RowOptions = {}, symbol = 'X'): Promise<Bars> =>
  (await collectBars(arrayBars(rows, options), { symbol })).bars;
const refusal = async (rows: readonly object[], options: RowOptions = {}) =>
  (await failure('INVALID_BARS', () => collectBars(arrayBars(rows, options), { symbol: 'X' }))).message;
const columnsOf = (bars: Bars) => BAR_COLUMNS.map((column) => [...bars[column]]);
const expected = (rows: readonly Plain[]) => BAR_COLUMNS.map((column) => rows.map((row) => row[column]));
async function firstBatch(rows: readonly object[], options: RowOptions = {}): Promise<BarBatch> {
  for await (const batch of arrayBars(rows, options).fetch({ symbol: 'X' })) return batch;
  throw new Error('no batch');
}

/** The same bars as other libraries, databases and REST interfaces give them. */
const SHAPES: Readonly<Record<string, (row: Plain) => object>> = {
  ccxt: ({ timestamp, open, high, low, close, volume }) => [timestamp, open, high, low, close, volume],
  'Binance klines': ({ timestamp, open, high, low, close, volume }) => [
    ...[timestamp, String(open), String(high), String(low), String(close), String(volume)],
    ...[timestamp + 59_999, '2434.19055334', 308, '1756.87402397', '28.46694368', '0'],
  ],
  'Kraken, with an average price before the volume': ({ timestamp, open, high, low, close, volume }) => [
    ...[timestamp / 1000, String(open), String(high), String(low), String(close), String((high + low) / 2), String(volume), 12],
  ],
  'Coinbase Exchange, seconds and the low first': ({ timestamp, open, high, low, close, volume }) => [
    ...[timestamp / 1000, low, high, open, close, volume],
  ],
  'Bitfinex, the close second': ({ timestamp, open, high, low, close, volume }) => [timestamp, open, close, high, low, volume],
  'KuCoin, texts and a turnover': ({ timestamp, open, high, low, close, volume }) => [
    ...[timestamp / 1000, open, close, high, low, volume, open * volume].map(String),
  ],
  'Gate, the volume in the quote currency second': ({ timestamp, open, high, low, close, volume }) => [
    ...[timestamp / 1000, open * volume + 1e6, close, high, low, open, volume].map(String),
    'true',
  ],
  'rows of a Float64Array': ({ timestamp, open, high, low, close, volume }) => Float64Array.of(timestamp, open, high, low, close, volume),
  'yahoo-finance2': ({ timestamp, ...row }) => ({ date: new Date(timestamp), ...row }),
  'pandas to_dict': ({ timestamp, open, high, low, close, volume }) => ({
    ...{ Date: new Date(timestamp).toISOString(), Open: open, High: high, Low: low, Close: close, Volume: volume },
  }),
  Alpaca: ({ timestamp, open, high, low, close, volume }) => ({
    ...{ t: new Date(timestamp).toISOString().replace('.000', ''), o: open, h: high, l: low, c: close, v: volume, n: 12, vw: open },
  }),
  'Polygon, T the ticker and t the time': ({ timestamp, open, high, low, close, volume }) => ({
    ...{ T: 'X', v: volume, vw: open, o: open, c: close, h: high, l: low, t: timestamp, n: 5 },
  }),
  'MongoDB documents': ({ timestamp, open, high, low, close, volume }) => ({
    ...{
      _id: { buffer: new Uint8Array(12) },
      symbol: 'X',
      date: new Date(timestamp),
      open: new Double(open),
      volume: Long.fromNumber(volume),
    },
    ...{ high: Decimal128.fromString(String(high)), low: Decimal128.fromString(String(low)), close: Decimal128.fromString(String(close)) },
  }),
  'mongoexport, extended JSON': ({ timestamp, open, high, low, close, volume }) => ({
    ...{ _id: { $oid: '65a1b2c3d4e5f60718293a4b' }, date: { $date: new Date(timestamp).toISOString() }, open, high, low },
    ...{ close: { $numberDecimal: String(close) }, volume: { $numberLong: String(volume) } },
  }),
  'Long times': ({ timestamp, ...row }) => ({ ts: Long.fromNumber(timestamp), ...row, volume: new Int32(row.volume) }),
  'BigInt nanoseconds and volumes': ({ timestamp, volume, ...row }) => ({
    ...{ timestamp: BigInt(timestamp) * 1_000_000n + 123n, ...row, volume: BigInt(volume) },
  }),
  CoinAPI: ({ timestamp, open, high, low, close, volume }) => ({
    ...{ time_period_start: new Date(timestamp).toISOString(), price_open: open, price_high: high, price_low: low, price_close: close },
    volume_traded: volume,
  }),
  'Alpha Vantage': ({ timestamp, open, high, low, close, volume }) => ({
    ...{ time: new Date(timestamp).toISOString(), '1. open': `${open}`, '2. high': `${high}`, '3. low': `${low}`, '4. close': `${close}` },
    '5. volume': `${volume}`,
  }),
  'date and time apart': ({ timestamp, ...row }) => ({
    ...{ date: new Date(timestamp).toISOString().slice(0, 10), time: new Date(timestamp).toISOString().slice(11, 19), ...row },
  }),
  'an instance with getters': (row) => new Candle(row),
  'long.js, as protobuf clients give it': ({ timestamp, ...row }) => {
    const { low, high, unsigned } = Long.fromNumber(timestamp);
    return { ...row, timestamp: { low, high, unsigned, __isLong__: true } };
  },
  'digits as text': ({ timestamp, ...row }) => ({ ...row, start: String(timestamp / 1000), volume: ` ${row.volume} ` }),
};

class Candle {
  readonly #row: Plain;
  constructor(row: Plain) {
    this.#row = row;
  }
  get timestamp() {
    return new Date(this.#row.timestamp);
  }
  get open() {
    return this.#row.open;
  }
  get high() {
    return this.#row.high;
  }
  get low() {
    return this.#row.low;
  }
  get close() {
    return this.#row.close;
  }
  get volume() {
    return this.#row.volume;
  }
}

describe('rows in the shape of other libraries', () => {
  it.each(Object.entries(SHAPES))('%s', async (_, shape) => {
    for (const [count, interval] of [
      [40, 60_000],
      [300, DAY],
      [1, DAY],
    ]) {
      const rows = plainRows(count, count, interval);
      expect(columnsOf(await read(rows.map(shape)))).toEqual(expected(rows));
    }
  });

  it('law: whatever the shape, unit, length and seed, the bars are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(SHAPES)),
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom(1_000, 60_000, 300_000, 3_600_000, DAY, 7 * DAY),
        fc.integer(),
        async (shape, count, interval, seed) => {
          const rows = plainRows(count, seed, interval);
          expect(columnsOf(await read(rows.map(shape)))).toEqual(expected(rows));
        },
      ),
      { seed: 17, numRuns: 300 },
    );
  });

  it('says where it found what', async () => {
    const rows = plainRows(5);
    expect((await firstBatch(rows.map(SHAPES.Alpaca))).reading).toEqual({
      format: 'rows',
      columns: { timestamp: 't', open: 'o', high: 'h', low: 'l', close: 'c', volume: 'v' },
      time_form: 'date and time',
    });
    expect((await firstBatch(rows.map(SHAPES['Bitfinex, the close second']))).reading).toEqual({
      format: 'rows',
      columns: { timestamp: 1, open: 2, high: 4, low: 5, close: 3, volume: 6 },
      time_form: 'milliseconds since 1970',
    });
    const wall = rows.map((row) => ({ ...row, timestamp: new Date(row.timestamp).toISOString().slice(0, 19) }));
    expect((await firstBatch(wall)).reading).toMatchObject({ time_zone: 'UTC', time_zone_from: 'assumed' });
    const local = await firstBatch(wall, { timeZone: 'America/New_York' });
    expect(local.reading).toMatchObject({ time_zone: 'America/New_York', time_zone_from: 'option' });
    expect(local.bars.timestamp[0]).toBe(rows[0].timestamp + 5 * 3_600_000);
  });

  it('takes null and empty values for missing ones, which validation judges', async () => {
    const rows = plainRows(3);
    for (const nothing of [null, '', 'NaN', 'null', Number.NaN]) {
      const { bars } = await firstBatch([rows[0], { ...rows[1], open: nothing, high: nothing, low: nothing, close: nothing }, rows[2]]);
      expect([...bars.close]).toEqual([rows[0].close, Number.NaN, rows[2].close]);
    }
    const sparse = rows.map((row) => SHAPES.ccxt(row));
    const holes: unknown[] = Object.assign([], { 0: rows[1].timestamp, 5: 0 });
    expect([...(await firstBatch([sparse[0], holes, sparse[2]])).bars.close]).toEqual([rows[0].close, Number.NaN, rows[2].close]);
  });
});

describe('rows that cannot be read for certain are refused', () => {
  const rows = plainRows(12);
  /** What TypeScript would not let through, as JavaScript hands it over. */
  const withRow = (row: unknown): object[] => Object.assign([], [...rows.slice(0, 10), row, ...rows.slice(10)]);

  it.each([
    ['null', null, 'rows[10] is null, not a bar'],
    ['a hole', undefined, 'rows[10] is undefined, not a bar'],
    ['a text', 'AAPL', "rows[10] is 'AAPL' (a text), not a bar"],
    ['an array among objects', [1, 2, 3, 4, 5, 6], 'rows[10] is an array, and the rows before are objects'],
    [
      'a row without a close',
      { timestamp: 1, open: 1, high: 1, low: 1, volume: 1 },
      "rows[10].close is undefined, not a number; the row has 'timestamp', 'open'",
    ],
    ['a decimal comma', { ...rows[10], close: '178,58' }, "rows[10].close is '178,58' (a text), not a number"],
    ['hexadecimal digits', { ...rows[10], close: '0x10' }, "rows[10].close is '0x10' (a text)"],
    ['a boolean', { ...rows[10], volume: true }, 'rows[10].volume is true, not a number'],
    [
      'a Date as a price',
      { ...rows[10], open: new Date() },
      'rows[10].open is a Date, not a number; mend it with rows.map((row) => ({ ...row, open: Number(row.open) }))',
    ],
    [
      'a library’s decimal',
      {
        ...rows[10],
        low: new (class BigNumber {
          c = [1];
        })(),
      },
      'rows[10].low is a BigNumber, not a number',
    ],
    [
      'a library’s time',
      {
        ...rows[10],
        timestamp: new (class DateTime {
          ts = 5;
        })(),
      },
      'rows[10].timestamp is a DateTime, not a time',
    ],
    ['words as a time', { ...rows[10], timestamp: 'teatime' }, "rows[10].timestamp is 'teatime' (a text), not a time"],
  ])('%s', async (_, row, words) => {
    expect(await refusal(withRow(row))).toContain(words);
  });

  it('names the keys there are, and a line that mends it', async () => {
    const without = (key: keyof Plain) => rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== key)));
    expect(await refusal(without('volume'))).toBe(
      "rows[0] has no volume; it has 'timestamp', 'open', 'high', 'low', 'close'. If there is none, say columns: { volume: null }, " +
        'or give 0: rows.map((row) => ({ ...row, volume: 0 }))',
    );
    expect(await refusal(without('timestamp'))).toContain("rows[0] has no timestamp; it has 'open'");
    expect(await refusal(without('high'))).toContain('columns: { high:');
    expect((await read(without('volume'), { columns: { volume: null } })).volume).toEqual(new Float64Array(rows.length));
    // yahoo's indices and currencies have null everywhere
    expect(await refusal(rows.map((row) => ({ ...row, volume: null })))).toContain('has no volume');
    const renamed = rows.map(({ close, ...row }) => ({ ...row, schluss: close }));
    expect(columnsOf(await read(renamed, { columns: { close: 'schluss' } }))).toEqual(expected(rows));
    expect(await refusal(renamed, { columns: { close: 'Schluss' } })).toContain("'schluss'");
    expect((await refusal([{ ['x'.repeat(100_000)]: 1 }])).length).toBeLessThan(400);
  });

  it('refuses arrays in no usual order, or in two, and takes positions', async () => {
    const highcharts = rows.map(({ timestamp, open, high, low, close }) => [timestamp, open, high, low, close]);
    expect(await refusal(highcharts)).toContain('rows.map((row) => [...row.slice(0, 5), 0])');
    expect((await read(highcharts, { columns: { volume: null } })).close[3]).toBe(rows[3].close);
    const odd = rows.map(({ timestamp, open, high, low, close, volume }) => [volume, close, low, open, high, timestamp]);
    expect(await refusal(odd)).toContain('rows[0] is an array of 6 entries, and no usual order');
    const columns = { timestamp: 5, open: 3, high: 4, low: 2, close: 1, volume: 0 };
    expect(columnsOf(await read(odd, { columns }))).toEqual(expected(rows));
    expect(await refusal(odd, { columns: { open: 3 } })).toContain('columns: { timestamp: 0');
    // opened at the low and closed at the high (Bitfinex), or the other way round (Coinbase)
    expect(await refusal([[rows[0].timestamp, 10, 12, 12, 10, 5]])).toContain('no usual order');
    expect(await refusal([...rows.slice(0, 3).map(SHAPES.ccxt), [1, 2]])).toContain('rows[3][2] is undefined');
    expect(await refusal(rows.map(() => []))).toContain('of 0 entries');
  });

  it('cuts what it quotes, in no time', async () => {
    const long = `${'1'.repeat(80_000)}x`;
    const time = await processorTime(async () => {
      expect((await refusal([{ ...rows[0], close: long }])).length).toBeLessThan(400);
      expect((await refusal([{ ...rows[0], timestamp: `${' '.repeat(80_000)}x` }])).length).toBeLessThan(400);
    });
    expect(time).toBeLessThan(1_000);
  });
});

describe('adjusted closes', () => {
  // a split of 4 for 1 before row 3
  const rows = plainRows(6).map((row, i) => ({ ...row, adjClose: i < 3 ? row.close / 4 : row.close }));

  it('are used where rows have them, as in files', async () => {
    const found = await read(rows);
    expect([...found.close]).toEqual(rows.map(({ adjClose }) => adjClose));
    expect([...found.high]).toEqual(rows.map(({ high }, i) => high / (i < 3 ? 4 : 1)));
    expect([...found.volume]).toEqual(rows.map(({ volume }, i) => volume * (i < 3 ? 4 : 1)));
    expect((await firstBatch(rows)).reading).toMatchObject({ columns: { adjustedClose: 'adjClose' }, prices: 'adjusted' });
  });

  it('are left out, or asked for, by option', async () => {
    expect(columnsOf(await read(rows, { prices: 'as_traded' }))).toEqual(expected(rows));
    expect((await firstBatch(rows, { prices: 'as_traded' })).reading).toMatchObject({ prices: 'as_traded' });
    expect(await refusal(plainRows(6), { prices: 'adjusted' })).toContain('has no adjustedClose');
    expect((await firstBatch(plainRows(6))).reading?.prices).toBeUndefined();
  });
});

describe('columns that are not Bars', () => {
  const rows = plainRows(200);
  const columns = (names: readonly string[], make: (values: number[]) => unknown = (values) => values) =>
    Object.fromEntries(names.map((name, i) => [name, make(rows.map((row) => row[BAR_COLUMNS[i]]))]));
  const letters = ['t', 'o', 'h', 'l', 'c', 'v'];
  const readColumns = async (given: Readonly<Record<string, unknown>>) =>
    columnsOf((await collectBars(arrayBars(given), { symbol: 'X' })).bars);

  it('are read as rows are: arrays, typed arrays, mixed, in seconds, with other properties beside', async () => {
    expect(await readColumns({ s: 'ok', ...columns(letters) })).toEqual(expected(rows));
    expect(await readColumns({ ...columns(letters), v: Int32Array.from(rows, ({ volume }) => volume) })).toEqual(expected(rows));
    expect(await readColumns({ ...columns(letters), t: rows.map(({ timestamp }) => timestamp / 1000) })).toEqual(expected(rows));
    const nanoseconds = BigInt64Array.from(rows, ({ timestamp }) => BigInt(timestamp) * 1_000_000n);
    expect(await readColumns({ ...columns(letters), t: nanoseconds })).toEqual(expected(rows));
    expect(
      await readColumns({
        length: 200,
        ...columns(BAR_COLUMNS, (values) => Float64Array.from(values)),
        open: rows.map(({ open }) => `${open}`),
      }),
    ).toEqual(expected(rows));
  });

  it('are refused with other lengths, without a column, or with times in single precision', async () => {
    const refused = async (given: Readonly<Record<string, unknown>>) =>
      (await failure('INVALID_BARS', () => collectBars(arrayBars(given), { symbol: 'X' }))).message;
    expect(await refused({ ...columns(letters), c: [1] })).toBe("columns has 200 values in 't' and 1 in 'c'");
    expect(await refused({})).toContain('columns has no column');
    expect(await refused(columns(letters.slice(0, 5)))).toContain('bar 0 has no volume');
    expect(await refused(columns(letters, (values) => Float32Array.from(values)))).toContain('bar 0 has its time as a 32-bit float');
    const single = rows.map((row) => Float32Array.from(Object.values(row)));
    expect(await refusal(single)).toContain('rows[0] has its time as a 32-bit float');
  });
});

describe('whose rows they are', () => {
  const rows = plainRows(6);
  const named = (key: string, ...symbols: unknown[]) => rows.map((row, i) => ({ ...row, [key]: symbols[i % symbols.length] }));
  const times = async (given: readonly object[], options: RowOptions = {}) =>
    [...(await read(given, options)).timestamp].map((time) => rows.findIndex((row) => row.timestamp === time));

  it.each(['symbol', 'Symbol', 'ticker', 'tic', 'Name', 'S', 'T', 'code', 'RIC', 'act_symbol', 'TckrSymb'])(
    '%s, where it varies',
    async (key) => {
      expect(await times(named(key, 'X', 'Y'))).toEqual([0, 2, 4]);
      expect(await times(named(key, 'Y', 'X'))).toEqual([1, 3, 5]);
      const { message } = await failure('NO_BARS', () => collectBars(arrayBars(named(key, 'Y', 'Z')), { symbol: 'X' }));
      expect(message).toContain(`no row of symbol 'X'; there are 'Y', 'Z' ('${key}')`);
      expect(await times(named(key, 'Y', 'Z', 'Y'), { columns: { symbol: null } })).toEqual([0, 1, 2, 3, 4, 5]);
    },
  );

  it('a name that is always the same is no symbol, a symbol is', async () => {
    expect(await times(named('name', 'Apple Inc.'))).toEqual([0, 1, 2, 3, 4, 5]);
    await failure('NO_BARS', () => collectBars(arrayBars(named('symbol', 'AAPL')), { symbol: 'X' }));
    expect(await times(named('firma', 'X', 'Y'), { columns: { symbol: 'firma' } })).toEqual([0, 2, 4]);
  });

  it('a row without a symbol serves any, also the first', async () => {
    expect(await times([rows[0], ...named('symbol', 'X', 'Y').slice(1)])).toEqual([0, 2, 4]);
    expect(await times([rows[0], ...named('symbol', null, 'Y').slice(1)])).toEqual([0, 2, 4]);
  });
});
