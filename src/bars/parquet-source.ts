import { throwIfAborted } from '../errors';
import { checkRequest } from '../options/collect-table';
import { checkArgument, checkOptions } from '../options/description';
import { PARQUET_FILE } from '../options/source-tables';
import { path as pathOf } from '../options/store-tables';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { type ParquetColumn, ParquetFile, type Unpack } from './parquet-file';
import { fieldsOfObject, type Row, type RowColumns, symbolFieldOf } from './row-fields';
import { type RowBlock, streamToBars } from './row-lists';
import type { RowOptions } from './row-reader';
import { ZoneClock } from './time-zone';
import { timestampReader } from './timestamps';

/** How to read a Parquet file. */
export interface ParquetOptions extends RowOptions {
  /**
   * Functions that unpack pages, by codec (`LZ4_RAW`, `ZSTD`): `compressors` of the package `hyparquet-compressors`. Default: snappy, gzip, brotli, and where
   * Node.js has it (from 22.15 on) zstd.
   */
  readonly compressors?: Readonly<Record<string, Unpack>>;
}

/** Rows of a group that are made into objects at once. */
const BLOCK = 10_000;
/** What pandas calls an index without a name. */
const INDEX = '__index_level_0__';

/**
 * A source of bars from a Parquet file, read row group by row group with the package `hyparquet` (an optional peer dependency). Columns are found by their
 * names, as `arrayBars` finds fields; times may be timestamps of any unit, dates, INT96, texts, or numbers since 1970; numbers of any type. Timestamps
 * without a zone (pandas' default) are wall time: UTC, or `timeZone`. With a symbol column, rows of other symbols are skipped.
 *
 * Reading throws a TickerforestError: `SOURCE_FAILED` for a file that cannot be read, or without `hyparquet`; `FILE_FORMAT` naming file and row for a column
 * that is not there, a value that is no number, data that is damaged; `NO_BARS` for a symbol that is not there; `ABORTED`.
 *
 * @param path - the file; several are read with `concatBars`
 * @param options - see {@link ParquetOptions}
 * @returns the source; nothing is opened before bars are fetched
 * @throws TickerforestError `INVALID_OPTION` for what is no path, or an unknown time zone
 * @example
 * ```ts
 * import { parquetBars } from 'tickerforest/parquet';
 *
 * const source = parquetBars('spy-minutes.parquet', { timeZone: 'America/New_York' });
 * ```
 */
export function parquetBars(path: string, options: ParquetOptions = {}): BarSource {
  const file = checkArgument(path, pathOf, 'path', 'parquetBars');
  const checked = checkOptions(options, PARQUET_FILE, 'parquetBars');
  timestampReader(checked); // refuses an unknown time zone here, not at the first row
  return { answersInFull: true, fetch: (request) => read(file, checked, checkRequest(request)) };
}

async function* read(path: string, options: ParquetOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  throwIfAborted(request.signal, 'reading Parquet');
  const file = await ParquetFile.open(path, options.compressors ?? {});
  try {
    const columns = withIndex(options.columns ?? {}, file);
    const wanted = wantedColumns(columns, file);
    file.checkCodecs(wanted.map(({ name }) => name));
    const time = wanted.find(({ name }) => name === timeOf(columns, file));
    const blocks = blocksOf(file, wanted, options.timeZone, request.signal);
    const place = (index: number) => `${file.name}, row ${index + 1}`;
    for await (const batch of streamToBars(blocks, { format: 'parquet', place }, { ...options, columns }, request)) {
      yield time === undefined || batch.reading === undefined
        ? batch
        : { ...batch, reading: { ...batch.reading, ...zoneOf(time, options.timeZone) } };
    }
  } finally {
    await file.close();
  }
}

/** A row in which every column has its name as value, to be asked where the fields are. */
function names(file: ParquetFile): Row {
  return Object.fromEntries(file.columns.map(({ name }) => [name, name]));
}

function timeOf(columns: RowColumns, file: ParquetFile): string | number | undefined {
  const fields = fieldsOfObject(names(file), columns);
  return 'missing' in fields ? undefined : fields.timestamp;
}

/** Where no other column is the time, pandas' index is, if it holds times. */
function withIndex(columns: RowColumns, file: ParquetFile): RowColumns {
  const fields = fieldsOfObject(names(file), columns);
  const index = file.columns.find(({ name }) => name === INDEX);
  const isTime = index !== undefined && (isInstant(index) || isWallTime(index) || index.element.type === 'BYTE_ARRAY');
  return 'missing' in fields && fields.missing === 'timestamp' && isTime ? { ...columns, timestamp: INDEX } : columns;
}

/** Only the columns that are needed are read; all, where one is missing, as the message about it names them. */
function wantedColumns(columns: RowColumns, file: ParquetFile): readonly ParquetColumn[] {
  const row = names(file);
  const fields = fieldsOfObject(row, columns);
  if ('missing' in fields) return file.columns;
  const keys = new Set<unknown>([...Object.values(fields), symbolFieldOf(row, columns)?.key]);
  // a time of day is told from a date only by its values
  return file.columns.filter(({ name }) => keys.has(name) || name.toLowerCase() === 'time');
}

async function* blocksOf(
  file: ParquetFile,
  columns: readonly ParquetColumn[],
  timeZone: string | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowBlock> {
  const clock = timeZone === undefined || timeZone === 'UTC' ? undefined : new ZoneClock(timeZone);
  for await (const { start, values } of file.groups(columns.map(({ name }) => name))) {
    throwIfAborted(signal, 'reading Parquet');
    const parts = columns.map((column) => ({
      name: column.name,
      values: values.get(column.name) ?? [],
      clock: isWallTime(column) ? clock : undefined,
    }));
    const rows = parts[0]?.values.length ?? 0;
    for (let from = 0; from < rows; from += BLOCK) {
      const block: Record<string, unknown>[] = [];
      const numbers: number[] = [];
      for (let index = from; index < Math.min(rows, from + BLOCK); index++) {
        const row: Record<string, unknown> = {};
        for (const { name, values, clock } of parts) {
          const value = values[index] ?? null;
          row[name] = clock !== undefined && value instanceof Date ? new Date(clock.toUtc(value.getTime())) : value;
        }
        block.push(row);
        numbers.push(start + index);
      }
      yield { rows: block, numbers, fraction: (start + from + block.length) / file.rows };
    }
  }
}

/** Whether a column counts wall time: a timestamp that is not adjusted to UTC, or a date. */
function isWallTime({ element: { logical_type, converted_type } }: ParquetColumn): boolean {
  return (
    (logical_type?.type === 'TIMESTAMP' && !logical_type.isAdjustedToUTC) || logical_type?.type === 'DATE' || converted_type === 'DATE'
  );
}

function isInstant({ element: { logical_type, converted_type, type } }: ParquetColumn): boolean {
  return (
    (logical_type?.type === 'TIMESTAMP' && logical_type.isAdjustedToUTC) ||
    converted_type === 'TIMESTAMP_MILLIS' ||
    converted_type === 'TIMESTAMP_MICROS' ||
    type === 'INT96'
  );
}

function zoneOf(
  time: ParquetColumn,
  timeZone: string | undefined,
): { time_form?: string; time_zone?: string; time_zone_from?: 'option' | 'assumed' } {
  const { logical_type, converted_type, type } = time.element;
  if (!isWallTime(time) && !isInstant(time)) return {};
  const isDate = logical_type?.type === 'DATE' || converted_type === 'DATE';
  const unit =
    logical_type?.type === 'TIMESTAMP' ? `TIMESTAMP ${logical_type.unit}` : isDate ? 'DATE' : (converted_type ?? type ?? 'TIMESTAMP');
  if (!isWallTime(time) || (isDate && timeZone === undefined)) return { time_form: unit };
  return { time_form: unit, time_zone: timeZone ?? 'UTC', time_zone_from: timeZone === undefined ? 'assumed' : 'option' };
}
