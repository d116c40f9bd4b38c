import type { JsonOptions } from '../bars/json-source';
import type { ParquetOptions } from '../bars/parquet-source';
import type { RowColumns, RowKey } from '../bars/row-fields';
import type { RowOptions } from '../bars/row-reader';
import type { SampleOptions } from '../bars/sample-bars';
import { described, quoted } from '../text';
import { type Check, check, hasFunctions, invalidOption, isPromise, oneOf, text, whole } from './checks';
import { TIMESTAMPS } from './csv-table';
import { type Descriptions, object } from './description';

const LONGEST_NAME = 1_000;
const MOST_SAMPLES = 5_000_000;
const SECOND_MS = 1_000;
const MONTH_MS = 31 * 86_400_000;

const isKey = (value: unknown): value is RowKey =>
  (typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME) ||
  (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 10_000);
const key = check('the name of a field, or a position from 0', isKey);
const keyOrNone = check(
  'the name of a field, a position from 0, or null',
  (value): value is RowKey | null => value === null || isKey(value),
);

/** Fields of rows. */
export const ROW_COLUMNS = {
  timestamp: { takes: key, default: 'timestamp, datetime, openTime, date, time, t, ...', sentence: 'Date, or date and time.' },
  open: { takes: key, default: 'open, o, ...', sentence: 'First price.' },
  high: { takes: key, default: 'high, h, ...', sentence: 'Highest price.' },
  low: { takes: key, default: 'low, l, ...', sentence: 'Lowest price.' },
  close: { takes: key, default: 'close, last, c, ...', sentence: 'Last price.' },
  adjustedClose: { takes: key, default: 'adjClose, adjusted_close, ...', sentence: 'Last price adjusted for splits and dividends.' },
  volume: { takes: keyOrNone, default: 'volume, v, ...', sentence: 'Units traded; null: there is none.' },
  symbol: { takes: keyOrNone, default: 'symbol, ticker, ...', sentence: "Symbol of the row's bar; null: every row serves." },
} as const satisfies Descriptions<RowColumns>;

/** Options of rows. */
export const ROWS = {
  columns: { takes: object<RowColumns>(ROW_COLUMNS), default: 'the usual names', sentence: 'Fields that are not found by themselves.' },
  ...TIMESTAMPS,
  prices: {
    takes: oneOf('as_traded', 'adjusted'),
    default: "'adjusted' where there are adjusted closes",
    sentence: 'Which prices to serve.',
  },
} as const satisfies Descriptions<RowOptions>;

/** Options of `jsonBars`. */
export const JSON_FILE = {
  ...ROWS,
  at: { takes: text(LONGEST_NAME), default: 'the file itself, or the one array in it', sentence: 'Where in the file the rows are.' },
} as const satisfies Descriptions<JsonOptions>;

type Compressors = NonNullable<ParquetOptions['compressors']>;
const compressors: Check<Compressors> = {
  wanted: 'an object of functions by codec',
  read: (value, { name }) => {
    if (isFunctions(value)) return value;
    throw invalidOption(`${name} must be ${compressors.wanted}, not ${described(value)}: give compressors of hyparquet-compressors`);
  },
};

function isFunctions(value: unknown): value is Compressors {
  return typeof value === 'object' && value !== null && hasFunctions(value, Object.keys(value));
}

/** Options of `parquetBars`. */
export const PARQUET_FILE = {
  ...ROWS,
  compressors: { takes: compressors, default: 'snappy, gzip, brotli, zstd', sentence: 'Functions that unpack pages, by codec.' },
} as const satisfies Descriptions<ParquetOptions>;

/** Options of {@link sampleBars}. */
export const SAMPLE = {
  bars: { takes: whole({ from: 1, to: MOST_SAMPLES }), default: 1_500, sentence: 'How many bars.' },
  interval: {
    takes: whole({ from: SECOND_MS, to: MONTH_MS }, 'a whole number of milliseconds'),
    default: 86_400_000,
    sentence: 'Length of a bar, milliseconds.',
  },
  seed: { takes: whole({ from: 0, to: 2 ** 32 - 1 }), default: 1, sentence: 'Another seed makes another series.' },
} as const satisfies Descriptions<SampleOptions>;

/** Rows or columns in memory; what they hold is looked at when they are read. */
export const inMemory = check('rows or columns', isObject, (value) =>
  isPromise(value) ? ': await it' : typeof value === 'string' ? `: a file is read by csvBars(${quoted(value, 30)})` : '',
);

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isPromise(value);
}

/**
 * @param value - anything
 * @returns whether it is an array, or an object with a column, so that {@link arrayBars} can tell what is wrong with it
 */
export function isInMemory(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.values(value).some((column) => Array.isArray(column) || ArrayBuffer.isView(column));
}
