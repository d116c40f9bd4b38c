import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { type JsonOptions, jsonBars } from '../../src/bars/json-source';
import { randomBars } from '../generated-bars';
import { failure } from './errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
/** Writes a file and returns its path. */
const file = (content: string | Uint8Array, name = 'bars.json'): string => {
  const path = join(folder, `${++files}-${name}`);
  writeFileSync(path, content);
  return path;
};

const bars = randomBars(2_500);
const rows = Array.from(bars.timestamp, (timestamp, i) => ({
  ...{ timestamp, open: bars.open[i], high: bars.high[i], low: bars.low[i], close: bars.close[i], volume: bars.volume[i] },
}));
const arrays = rows.map((row) => Object.values(row));
const byDate = Object.fromEntries(
  rows.map(({ timestamp, ...values }) => [
    new Date(timestamp).toISOString(),
    Object.fromEntries(
      Object.values(values).map((value, i) => [`${i + 1}. ${['open', 'high', 'low', 'close', 'volume'][i]}`, String(value)]),
    ),
  ]),
);
const columns = Object.fromEntries(['t', 'o', 'h', 'l', 'c', 'v'].map((key, i) => [key, arrays.map((row) => row[i])]));
const lines = (values: readonly unknown[], end = '\n') => values.map((value) => JSON.stringify(value) + end).join('');

const read = async (content: string | Uint8Array, options: JsonOptions = {}) =>
  (await collectBars(jsonBars(file(content), options), { symbol: 'X' })).bars;
const refusal = async (content: string | Uint8Array, options: JsonOptions = {}, name = 'bars.json') =>
  (await failure('FILE_FORMAT', () => collectBars(jsonBars(file(content, name), options), { symbol: 'X' }))).message;
async function firstBatch(content: string, options: JsonOptions = {}) {
  for await (const batch of jsonBars(file(content, 'bars.ndjson'), options).fetch({ symbol: 'X' })) return batch;
  throw new Error('no batch');
}

describe('jsonBars', () => {
  it.each<[string, string | Uint8Array, JsonOptions?]>([
    ['an array of objects', JSON.stringify(rows)],
    ['an array of arrays', JSON.stringify(arrays)],
    ['indented, with a byte order mark', `\uFEFF${JSON.stringify(rows, null, 2)}\n`],
    ['packed', gzipSync(JSON.stringify(rows))],
    ['an object of columns', JSON.stringify({ s: 'ok', ...columns })],
    ['an array in an object', JSON.stringify({ status: 'ok', values: rows })],
    ['an array in an object in an object', JSON.stringify({ result: { symbol: 'X', list: arrays }, error: null })],
    ['rows by their time, as Alpha Vantage has them', JSON.stringify({ 'Meta Data': { '2. Symbol': 'X' }, 'Time Series (1min)': byDate })],
    ['nothing but rows by their time', JSON.stringify(byDate)],
    ['a symbol beside its rows', JSON.stringify({ symbol: 'X', historical: rows })],
    ['another one, if that is said to be none', JSON.stringify({ symbol: 'X.US', historical: rows }), { columns: { symbol: null } }],
    ['the one that is named, of several', JSON.stringify({ bars: { X: rows, Y: arrays.slice(5) } }), { at: 'bars.X' }],
    ['objects by lines', lines(rows)],
    ['arrays by lines, packed', gzipSync(lines(arrays))],
    ['lines with CRLF, blank lines, without a last line end', `\r\n \n${lines(rows, '\r\n\r\n')}`.trimEnd()],
    ['lines with the row inside', lines(rows.map((row) => ({ type: 'bar', data: { kline: row } }))), { at: 'data.kline' }],
    [
      'mongoexport',
      lines(rows.map(({ timestamp, ...row }) => ({ _id: { $oid: 'a' }, date: { $date: { $numberLong: String(timestamp) } }, ...row }))),
    ],
  ])('reads %s', async (_, content, options) => {
    const found = await read(content, options);
    for (const column of BAR_COLUMNS) expect(found[column]).toEqual(bars[column]);
  });

  it('reads one row, in one line or as an array', async () => {
    for (const content of [JSON.stringify(rows[0]), lines([rows[0]]), `${lines([rows[0]])}\n\n  \n`, JSON.stringify([arrays[0]])]) {
      expect([...(await read(content)).timestamp]).toEqual([rows[0].timestamp]);
    }
  });

  it('says what it read, how far it is, and where a bar came from', async () => {
    const batch = await firstBatch(`\n${lines(rows)}`);
    expect(batch.reading).toMatchObject({ format: 'ndjson', columns: { close: 'close' }, time_form: 'milliseconds since 1970' });
    expect(batch.describe?.(7)).toMatch(/^\d+-bars\.ndjson, line 9$/);
    expect(batch.fraction).toBe(1);
    const whole = await firstBatch(JSON.stringify(rows));
    expect(whole.reading?.format).toBe('json');
    expect(whole.describe?.(7)).toMatch(/bars\.ndjson, row 8$/);
  });

  it('streams lines: batches of 50,000, and one symbol of many', async () => {
    const many = Array.from({ length: 120_000 }, (_, i) => ({
      ...rows[i % rows.length],
      timestamp: 1.7e12 + i * 1e3,
      s: i % 2 ? 'X' : 'Y',
    }));
    const sizes: number[] = [];
    const path = file(lines(many));
    for await (const batch of jsonBars(path).fetch({ symbol: 'X' })) sizes.push(batch.bars.length);
    expect(sizes).toEqual([50_000, 10_000]);
    const { message } = await failure('NO_BARS', () => collectBars(jsonBars(path), { symbol: 'Z' }));
    expect(message).toContain("no row of symbol 'Z'; there are 'Y', 'X' ('s')");
  });

  it.each<[string, unknown, JsonOptions?]>([
    ["'AAPL' ('symbol')", { symbol: 'AAPL', historical: rows }],
    ["'AAPL' ('Meta Data.2. Symbol')", { 'Meta Data': { '1. Information': 'Daily', '2. Symbol': 'AAPL' }, 'Time Series (Daily)': byDate }],
    ["'AAPL' ('ticker')", { ticker: 'AAPL', status: 'OK', results: rows }],
    ["'AAPL' ('data.symbol')", { data: { symbol: 'AAPL', candles: rows } }, { at: 'data.candles' }],
  ])('does not take the rows of %s for those of another symbol', async (whose, content, options) => {
    const path = file(JSON.stringify(content));
    const { message } = await failure('NO_BARS', () => collectBars(jsonBars(path, options), { symbol: 'MSFT' }));
    expect(message).toContain(`is of ${whose}, not of 'MSFT'; columns: { symbol: null }`);
    expect((await collectBars(jsonBars(path, options), { symbol: 'AAPL' })).bars.length).toBe(2_500);
  });

  it.each<[string, unknown]>([
    ["'AAPL' ('bars.AAPL')", { bars: { AAPL: rows } }],
    ["'AAPL' ('AAPL.candles')", { AAPL: { candles: rows } }],
    ["'BTC-USD' ('BTC-USD')", { 'BTC-USD': rows, errors: {} }],
    ["'AAPL' ('AAPL')", { AAPL: byDate }],
  ])('does not take rows under a key that is another symbol for those of the wanted one: %s', async (whose, content) => {
    const path = file(JSON.stringify(content));
    const { message } = await failure('NO_BARS', () => collectBars(jsonBars(path), { symbol: 'MSFT' }));
    expect(message).toContain(`is of ${whose}, not of 'MSFT'; columns: { symbol: null }`);
    const symbol = /^'([^']+)/.exec(whose)?.[1] ?? '';
    expect((await collectBars(jsonBars(path), { symbol })).bars.length).toBe(2_500);
    expect((await collectBars(jsonBars(path, { columns: { symbol: null } }), { symbol: 'MSFT' })).bars.length).toBe(2_500);
  });

  it('finds the rows of the wanted symbol among those of others, and takes rows under a key in capitals where the file names the symbol', async () => {
    const other = rows.slice(5);
    for (const content of [
      { bars: { X: rows, Y: other } },
      { X: { list: rows }, Y: { list: other } },
      { X: byDate, Y: {} },
      { symbol: 'X', OHLC: rows },
    ]) {
      const { bars: found } = await collectBars(jsonBars(file(JSON.stringify(content))), { symbol: 'X' });
      expect(found.length).toBe(2_500);
    }
  });

  it('believes the symbol that stands nearest to the rows, where several series stand side by side', async () => {
    const path = file(JSON.stringify({ AAPL: { symbol: 'AAPL', rows }, MSFT: { symbol: 'MSFT', rows: rows.slice(5) } }));
    const options = { at: 'MSFT.rows' };
    expect((await collectBars(jsonBars(path, options), { symbol: 'MSFT' })).bars.length).toBe(2_495);
    const { message } = await failure('NO_BARS', () => collectBars(jsonBars(path, options), { symbol: 'AAPL' }));
    expect(message).toContain("is of 'MSFT' ('MSFT.symbol'), not of 'AAPL'");
  });

  it('asks where a field that was always the same changes in the middle of a stream', async () => {
    const named = rows.map((row, i) => ({ ...row, name: i < 2_000 ? 'A' : 'B' }));
    expect(await refusal(lines(named))).toContain(
      "line 2001 has 'name' 'B' (a text), and the rows before have 'A'; are these two symbols?",
    );
    expect((await read(lines(named), { columns: { symbol: null } })).length).toBe(2_500);
  });

  it('refuses what is no such file, with file and line', async () => {
    expect(await refusal('')).toContain('is empty');
    expect(await refusal('<html>')).toContain("'<html>' is no JSON");
    expect(await refusal(JSON.stringify(rows).slice(0, -30))).toContain('it was cut off');
    expect(await refusal(lines(rows).slice(0, -30), {}, 'bars.ndjson')).toContain('bars.ndjson, line 2500');
    expect(await refusal(`${lines(rows)}null\n`)).toContain('line 2501 is null, not a bar; leave it out');
    expect(await refusal('"text"')).toContain("is 'text' (a text), not rows of bars");
    expect(await refusal('{"a":1}')).toContain("is an object with no array in it; it has 'a'");
    expect(await refusal('{"Note":"our limit is 5 a minute"}')).toContain("A vendor's error, as it seems");
    expect(await refusal(JSON.stringify(rows).replace(/"close":[^,]+/, '"close":NaN'))).toContain('NaN and Infinity are no JSON, null is');
    expect(await refusal(JSON.stringify({ a: rows, b: { c: rows } }))).toContain(
      "2 arrays in it: 'a', 'b.c'. Say which one holds the rows",
    );
    expect(await refusal(JSON.stringify({ a: rows }), { at: 'b.c' })).toContain("no 'b' (at: 'b.c'); there are 'a'");
    expect(await refusal(JSON.stringify({ ...columns, c: [1] }))).toContain("has 2500 values in 't' and 1 in 'c'");
    expect(await refusal(JSON.stringify(rows.map(({ close, ...row }) => row)))).toContain("row 1 has no close; it has 'timestamp'");
    expect(await refusal(JSON.stringify([{ ...rows[0], close: '1,5' }]))).toContain("row 1, 'close' is '1,5' (a text), not a number");
    expect(await refusal(gzipSync(JSON.stringify(rows)).subarray(0, 500))).toContain('ends in the middle of its gzip data');
    expect(await refusal(`${lines(rows)}${'x'.repeat(2_000_000)}`)).toContain('line 2501: no end of the line within 1048576 characters');
    await failure('SOURCE_FAILED', () => collectBars(jsonBars(join(folder, 'none.json')), { symbol: 'X' }));
    await failure('NO_BARS', () => collectBars(jsonBars(file('[]')), { symbol: 'X' }));
  });

  it('reads blanks before and behind in no time, and bounded memory', async () => {
    const blanks = ' \n'.repeat(1_000_000);
    expect((await read(gzipSync(`${blanks}${JSON.stringify(rows.slice(0, 3))}${blanks}`))).length).toBe(3);
  });

  it('refuses wrong arguments, and stops when the signal fires', async () => {
    for (const args of [[''], [5], [undefined], ['a.json', { at: 5 }], ['a.json', { timeZone: 'Mars/Base' }]]) {
      await failure('INVALID_OPTION', () => Reflect.apply(jsonBars, undefined, args));
    }
    await failure('ABORTED', async () => {
      for await (const _ of jsonBars(file(lines(rows))).fetch({ symbol: 'X', signal: AbortSignal.abort() }));
    });
  });
});
