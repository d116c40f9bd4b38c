import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import zlib from 'node:zlib';
import { BAR_COLUMNS, type Bars, sliceBars } from '../bars/bars';
import { describeTime } from '../bars/judgement/values';
import { missingPackage, ownError, propertyOf, TickerforestError } from '../errors';
import { EXPORT_PARQUET } from '../options/bar-store-table';
import { checkOptions } from '../options/description';
import { quoted } from '../text';
import { Turns } from '../waiting';
import type { BarStore, KeptRange } from './bar-store';
import { barsIn } from './guarded-bars';

/** What {@link exportParquet} writes, and where to. */
export interface ExportParquetOptions extends KeptRange {
  /** Where the bars are kept. */
  readonly bars: BarStore;
  /** Whose bars. */
  readonly symbol: string;
  /** Path of the file; one that is there is replaced when the new one is whole. */
  readonly path: string;
}

/** What was exported. */
export interface ExportedParquet {
  /** Number of bars in the file; 1 or more. */
  readonly bars: number;
  /** Length of the file in bytes. */
  readonly bytes: number;
}

type Library = typeof import('hyparquet-writer');
type Schema = ConstructorParameters<Library['ParquetWriter']>[0]['schema'];

/** Bars in a row group: what is packed before others get their turn. */
const GROUP = 32_768;
const PRICES = BAR_COLUMNS.slice(1);

/**
 * Writes kept bars to a Parquet file, with the package `hyparquet-writer` (an optional peer dependency): a column `timestamp` (INT64, milliseconds UTC), and
 * `open`, `high`, `low`, `close` and `volume` as doubles, packed by gzip. `parquetBars`, pandas, Polars, DuckDB and Arrow read it. A Parquet file cannot be appended to: export
 * it anew when there are more bars.
 *
 * @param options - see {@link ExportParquetOptions}
 * @returns how much was written
 * @throws TickerforestError `NO_BARS` if nothing is kept in the range; `INVALID_OPTION` without `hyparquet-writer`; `STORE_FAILED` if the file cannot be written; `INVALID_BARS`
 *   for times that are no whole milliseconds, which Parquet does not have; `INVALID_OPTION`, `ABORTED`; what reading the store throws. The file is then as it was
 * @example
 * ```ts
 * import { exportParquet } from 'tickerforest/parquet';
 *
 * await exportParquet({ bars: directoryBarStore('profiles'), symbol: 'AAPL', path: 'aapl.parquet' });
 * ```
 */
export async function exportParquet(options: ExportParquetOptions): Promise<ExportedParquet> {
  const { bars, symbol, path, ...range } = checkOptions(options, EXPORT_PARQUET, 'exportParquet');
  const library = await import('hyparquet-writer').catch((cause: unknown) => {
    throw missingPackage('exportParquet', 'hyparquet-writer', cause);
  });
  const partial = `${path}.${randomUUID()}.partial`;
  let file: FileHandle | undefined;
  try {
    file = await open(partial, 'wx');
    const exported = await write(library, file, barsIn(bars, symbol, range), symbol);
    await file.sync();
    await file.close();
    await rename(partial, path);
    return exported;
  } catch (cause) {
    await file?.close().catch(() => {});
    await rm(partial, { force: true }).catch(() => {});
    const own = ownError(cause);
    if (own !== null) throw own;
    const code = propertyOf(cause, 'code');
    const reason = typeof code === 'string' ? ` (${code})` : '';
    throw new TickerforestError('STORE_FAILED', `cannot write ${quoted(path, 200)}${reason}; see the cause`, { cause });
  }
}

async function write(library: Library, file: FileHandle, blocks: AsyncIterable<Bars>, symbol: string): Promise<ExportedParquet> {
  const bytes = new library.ByteWriter();
  const flush = async () => {
    await file.writeFile(new Uint8Array(bytes.buffer, 0, bytes.index));
    bytes.index = 0;
  };
  const compressors = { GZIP: (input: Uint8Array) => zlib.gzipSync(input, { level: 1 }) };
  const writer = new library.ParquetWriter({ writer: bytes, schema: SCHEMA, codec: 'GZIP', compressors, createdBy: 'tickerforest' });
  const turns = new Turns();
  let rows = 0;
  for await (const block of blocks) {
    for (let start = 0; start < block.length; start += GROUP) {
      const group = sliceBars(block, start, Math.min(start + GROUP, block.length));
      await writer.write({ columnData: [timesOf(group, symbol), ...PRICES.map((name) => column(name, group[name]))], rowGroupSize: GROUP });
      await flush();
      rows += group.length;
      if (turns.isOver) await turns.giveWay();
    }
  }
  if (rows === 0)
    throw new TickerforestError('NO_BARS', `no bars of ${quoted(symbol)} are kept in this range, so there is nothing to export`);
  await writer.finish();
  await flush();
  return { bars: rows, bytes: bytes.offset };
}

const SCHEMA: Schema = [
  { name: 'root', num_children: BAR_COLUMNS.length },
  { name: 'timestamp', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
  ...PRICES.map((name): Schema[number] => ({ name, type: 'DOUBLE', repetition_type: 'REQUIRED' })),
];

function column(name: string, data: Float64Array) {
  return { name, data, nullable: false, encoding: 'PLAIN' } as const;
}

function timesOf({ timestamp, length }: Bars, symbol: string) {
  const data = new BigInt64Array(length);
  for (let i = 0; i < length; i++) {
    if (!Number.isSafeInteger(timestamp[i])) {
      const bar = `the bar of ${quoted(symbol)} at ${timestamp[i]} ms (${describeTime(timestamp[i])})`;
      throw new TickerforestError(
        'INVALID_BARS',
        `${bar} is at no whole millisecond, and Parquet has no other times; export bars of whole milliseconds`,
      );
    }
    data[i] = BigInt(timestamp[i]);
  }
  return { name: 'timestamp', data, nullable: false, encoding: 'DELTA_BINARY_PACKED' } as const;
}
