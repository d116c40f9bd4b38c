import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { type ParquetOptions, parquetBars } from '../../src/bars/parquet-source';
import { randomBars } from '../generated-bars';
import { failure } from './errors';

type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-parquet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const save = (content: Uint8Array): string => {
  const path = join(folder, `${++files}.parquet`);
  writeFileSync(path, content);
  return path;
};
/** Writes a file and returns its path. */
const file = (columnData: ColumnSource[], options: WriteOptions = {}): string =>
  save(
    new Uint8Array(
      // types stand in the schema or beside the data, not in both
      parquetWriteBuffer({ columnData: options.schema ? columnData.map(({ name, data }) => ({ name, data })) : columnData, ...options }),
    ),
  );

const DAY = 86_400_000;
const COUNT = 2_600;
const bars = randomBars(COUNT);
const days = Float64Array.from({ length: COUNT }, (_, i) => Date.UTC(2010, 0, 1) + i * DAY);
const prices = (name = (column: string) => column): ColumnSource[] =>
  BAR_COLUMNS.slice(1).map((column) => ({ name: name(column), data: Array.from(bars[column]), type: 'DOUBLE' }));
const millis = Array.from(bars.timestamp, (time) => new Date(time));
const timestamps: ColumnSource = { name: 'timestamp', data: millis, type: 'TIMESTAMP' };

const request = { symbol: 'X' };
const read = async (path: string, options: ParquetOptions = {}) => (await collectBars(parquetBars(path, options), request)).bars;
const refusal = async (path: string, options: ParquetOptions = {}) =>
  (await failure('FILE_FORMAT', () => collectBars(parquetBars(path, options), request))).message;
async function batches(path: string, options: ParquetOptions = {}) {
  const all = [];
  for await (const batch of parquetBars(path, options).fetch(request)) all.push(batch);
  return all;
}

/** A column of times whose type says more than the writer's short names do. */
function typed(
  name: string,
  data: unknown[],
  element: Omit<NonNullable<WriteOptions['schema']>[number], 'name'>,
): [ColumnSource[], WriteOptions] {
  return [
    [{ name, data }, ...prices()],
    {
      schema: [
        { name: 'root', num_children: 6 },
        { name, repetition_type: 'REQUIRED', ...element },
        ...BAR_COLUMNS.slice(1).map((column) => ({ name: column, type: 'DOUBLE' as const, repetition_type: 'OPTIONAL' as const })),
      ],
    },
  ];
}

describe('parquetBars', () => {
  const micros = Array.from(bars.timestamp, (time) => BigInt(time) * 1_000n);
  const nanos = Array.from(bars.timestamp, (time) => BigInt(time) * 1_000_000n);
  const logical = (unit: 'MILLIS' | 'MICROS' | 'NANOS', isAdjustedToUTC: boolean) => ({
    ...{ type: 'INT64' as const, logical_type: { type: 'TIMESTAMP' as const, isAdjustedToUTC, unit } },
  });

  it.each<[string, string, ParquetOptions?]>([
    ['timestamps in milliseconds', file([timestamps, ...prices()])],
    ['timestamps in microseconds', file(...typed('date', micros, { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' }))],
    ['timestamps in nanoseconds, UTC', file(...typed('Date', nanos, logical('NANOS', true)))],
    ['timestamps without a zone', file(...typed('time', micros, logical('MICROS', false)))],
    ['numbers of nanoseconds', file([{ name: 't', data: nanos, type: 'INT64' }, ...prices((column) => column[0])])],
    [
      'numbers of seconds as doubles',
      file([{ name: 'unix', data: Array.from(bars.timestamp, (time) => time / 1000), type: 'DOUBLE' }, ...prices()]),
    ],
    ['texts', file([{ name: 'Datetime', data: millis.map((time) => time.toISOString()), type: 'STRING' }, ...prices()])],
    ["pandas' index, at the end", file([...prices((column) => column.toUpperCase()), { ...timestamps, name: '__index_level_0__' }])],
    ['many row groups', file([timestamps, ...prices()], { rowGroupSize: 700 })],
    ['no packing', file([timestamps, ...prices()], { codec: 'UNCOMPRESSED' })],
    ['gzip', file([timestamps, ...prices()], { codec: 'GZIP', compressors: { GZIP: gzipSync } })],
    ['brotli', file([timestamps, ...prices()], { codec: 'BROTLI', compressors: { BROTLI: (bytes) => brotliCompressSync(bytes) } })],
    [
      'a codec of the caller',
      file([timestamps, ...prices()], { codec: 'LZ4_RAW', compressors: { LZ4_RAW: (bytes) => bytes } }),
      { compressors: { LZ4_RAW: (bytes) => bytes } },
    ],
    [
      'columns that are named',
      file([{ ...timestamps, name: 'wann' }, ...prices((column) => `${column}_eur`)]),
      { columns: { timestamp: 'wann', open: 'open_eur', high: 'high_eur', low: 'low_eur', close: 'close_eur', volume: 'volume_eur' } },
    ],
  ])('reads %s', async (_, path, options) => {
    const found = await read(path, options);
    for (const column of BAR_COLUMNS) expect(found[column], column).toEqual(bars[column]);
  });

  it('reads dates, whole volumes, and prices in single precision', async () => {
    const singles = BAR_COLUMNS.slice(1, 5).map(
      (column): ColumnSource => ({ name: column, data: Float32Array.from(bars[column]), type: 'FLOAT' }),
    );
    const volume: ColumnSource = { name: 'volume', data: Array.from(bars.volume, (value) => BigInt(Math.round(value))), type: 'INT64' };
    const schema: WriteOptions['schema'] = [
      { name: 'root', num_children: 6 },
      { name: 'date', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
      ...BAR_COLUMNS.slice(1, 5).map((name) => ({ name, type: 'FLOAT' as const, repetition_type: 'OPTIONAL' as const })),
      { name: 'volume', type: 'INT64', repetition_type: 'OPTIONAL' },
    ];
    const path = file([{ name: 'date', data: Array.from(days, (day) => new Date(day)) }, ...singles, volume], { schema });
    const found = await read(path);
    expect(found.timestamp).toEqual(days);
    expect(found.volume).toEqual(bars.volume.map(Math.round));
    expect([...found.close]).toEqual([...Float32Array.from(bars.close)]);
    const [batch] = await batches(path);
    expect(batch.reading).toMatchObject({ format: 'parquet', time_form: 'DATE' });
    expect(batch.reading?.time_zone).toBeUndefined();
  });

  it('reads timestamps without a zone in the one that is given, and says when it assumed UTC', async () => {
    const path = file(...typed('time', micros, logical('MICROS', false)));
    const [assumed] = await batches(path);
    expect(assumed.reading).toMatchObject({
      columns: { timestamp: 'time' },
      time_form: 'TIMESTAMP MICROS',
      time_zone: 'UTC',
      time_zone_from: 'assumed',
    });
    const [local] = await batches(path, { timeZone: 'America/New_York' });
    expect(local.reading).toMatchObject({ time_zone: 'America/New_York', time_zone_from: 'option' });
    expect(local.bars.timestamp[0]).toBe(bars.timestamp[0] + 5 * 3_600_000);
    // those with a zone are what they are
    const [instant] = await batches(file(...typed('time', micros, logical('MICROS', true))), { timeZone: 'America/New_York' });
    expect(instant.bars.timestamp[0]).toBe(bars.timestamp[0]);
    expect(instant.reading?.time_zone).toBeUndefined();
  });

  it('serves the requested symbol, row group by row group, with the place of each bar', async () => {
    const symbols: ColumnSource = {
      name: 'ticker',
      data: Array.from({ length: COUNT }, (_, i) => (i % 2 === 0 ? 'X' : 'Y')),
      type: 'STRING',
    };
    const path = file([timestamps, symbols, ...prices()], { rowGroupSize: 500 });
    const [batch] = await batches(path);
    expect(batch.bars.length).toBe(COUNT / 2);
    expect(batch.fraction).toBe(1);
    expect(batch.describe?.(600)).toMatch(/^\d+\.parquet, row 1201$/);
    const { message } = await failure('NO_BARS', () => collectBars(parquetBars(path), { symbol: 'Z' }));
    expect(message).toContain("no row of symbol 'Z'; there are 'X', 'Y' ('ticker')");
  });

  it('takes nulls for missing values, which validation judges', async () => {
    const [time, open, ...others] = [timestamps, ...prices()];
    const path = file([time, { ...open, data: Array.from(bars.open, (value, i) => (i === 1_500 ? null : value)) }, ...others]);
    expect((await failure('INVALID_BARS', () => collectBars(parquetBars(path), request))).message).toMatch(/parquet, row 1501.*non_finite/);
  });

  it('refuses what is no such file, naming what there is', async () => {
    const path = file([timestamps, ...prices()]);
    const bytes = readFileSync(path);
    expect(await refusal(save(Buffer.from('PAR1 is how it begins')))).toContain('is no Parquet file, is encrypted, or was cut off');
    expect(await refusal(save(bytes.subarray(0, bytes.length - 100)))).toContain('was cut off');
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 100, 20_000);
    expect(await refusal(save(damaged))).toContain('damaged');
    const [open, high, low, close] = prices();
    expect(await refusal(file([timestamps, open, high, low, close]))).toContain(
      "row 1 has no volume; it has 'timestamp', 'open', 'high', 'low', 'close'. If there is none, say columns: { volume: null }",
    );
    expect((await read(file([timestamps, open, high, low, close]), { columns: { volume: null } })).volume).toEqual(new Float64Array(COUNT));
    expect(await refusal(file(prices()))).toContain('row 1 has no timestamp');
    const texts: ColumnSource = { name: 'close', data: Array.from(bars.close, (value) => `${value} USD`), type: 'STRING' };
    expect(await refusal(file([timestamps, texts, ...prices().filter(({ name }) => name !== 'close')]))).toMatch(
      /row 1, 'close' is '.* USD' \(a text\), not a number/,
    );
    expect(await refusal(file([timestamps, ...prices()], { codec: 'LZ4', compressors: { LZ4: (packed) => packed } }))).toContain(
      'is packed with LZ4',
    );
    await failure('SOURCE_FAILED', () => collectBars(parquetBars(join(folder, 'none.parquet')), request));
    await failure('SOURCE_FAILED', () => collectBars(parquetBars(folder), request));
  });

  it('refuses wrong arguments, and stops when the signal fires', async () => {
    for (const args of [
      [''],
      [5],
      ['a.parquet', { columns: 5 }],
      ['a.parquet', { timeZone: 'Mars/Base' }],
      ['a.parquet', { timezone: 'UTC' }],
    ]) {
      await failure('INVALID_OPTION', () => Reflect.apply(parquetBars, undefined, args));
    }
    await failure('ABORTED', async () => {
      for await (const _ of parquetBars(file([timestamps, ...prices()])).fetch({ symbol: 'X', signal: AbortSignal.abort() }));
    });
  });
});
