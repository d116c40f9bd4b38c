import type { DescribeCsvOptions } from '../bars/csv/describe';
import type { CsvColumnNames, CsvOptions } from '../bars/csv/options';
import type { TimestampOptions } from '../bars/timestamps';
import { described } from '../text';
import { abortSignal, type Check, check, invalidOption, isPromise, oneOf, whole } from './checks';
import { type Descriptions, object } from './description';
import { MARKET } from './market-table';
import { path } from './store-tables';
import { symbolName } from './symbol';

/** How to read timestamps that do not say everything themselves. */
export const TIMESTAMPS = {
  timeZone: { takes: MARKET.timeZone.takes, default: 'UTC', sentence: 'IANA time zone of timestamps without an offset.' },
  dateOrder: {
    takes: oneOf('mdy', 'dmy', 'ymd'),
    default: 'what the file shows, a day above 12',
    sentence: 'Order of day and month where the year comes last, or has two digits.',
  },
} as const satisfies Descriptions<TimestampOptions>;

const LONGEST_NAME = 1_000;
const MOST_COLUMNS = 100_000;

function isColumn(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 1 && value <= MOST_COLUMNS;
  return typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_NAME;
}

const column = check("a column's name or its position, a whole number from 1", isColumn);
const columnOrNone = check(
  "a column's name, its position, a whole number from 1, or null",
  (value): value is string | number | null => value === null || isColumn(value),
);

/** Where each field of a CSV file stands. */
const CSV_COLUMNS = {
  timestamp: { takes: column, default: 'found', sentence: 'Date, or date and time.' },
  time: { takes: columnOrNone, default: 'found', sentence: 'Time of day, where it stands beside the date.' },
  open: { takes: column, default: 'found', sentence: 'First price.' },
  high: { takes: column, default: 'found', sentence: 'Highest price.' },
  low: { takes: column, default: 'found', sentence: 'Lowest price.' },
  close: { takes: column, default: 'found', sentence: 'Last price.' },
  adjustedClose: { takes: columnOrNone, default: 'found', sentence: 'Last price adjusted for splits and dividends.' },
  volume: { takes: columnOrNone, default: 'found', sentence: 'Units traded.' },
  symbol: { takes: columnOrNone, default: 'found', sentence: "Symbol of the row's bar." },
} as const satisfies Descriptions<CsvColumnNames>;

/** Options of {@link csvBars}. */
export const CSV = {
  columns: {
    takes: object<CsvColumnNames>(CSV_COLUMNS),
    default: 'found by their names',
    sentence: 'Columns that are not found by themselves.',
  },
  delimiter: {
    takes: check(
      'one character that parts columns: no letter, digit, quote, sign or line end',
      (value): value is string => typeof value === 'string' && /^[^\p{L}\p{N}"'+\-.\r\n\ufeff]$/u.test(value) && value.length === 1,
    ),
    default: 'the one of comma, semicolon, tab, bar and blanks which makes the first rows columns',
    sentence: "What separates the columns: one character; ' ' for any run of blanks and tabs.",
  },
  decimalMark: {
    takes: oneOf('.', ','),
    default: "what the file's numbers show",
    sentence: "What separates whole units from decimals: '.' or ','.",
  },
  header: {
    takes: whole({ from: 0, to: 1_000 }),
    default: 'found',
    sentence:
      'How many lines, blank ones not counted, stand before the first row of bars: a whole number from 0 to 1000; the last of them names the columns.',
  },
  epochUnit: {
    takes: oneOf('s', 'ms', 'us', 'ns'),
    default: 'what makes usual spacings',
    sentence: "What numbers of time count since 1970: 's', 'ms', 'us' or 'ns'.",
  },
  prices: {
    takes: oneOf('as_traded', 'adjusted'),
    default: 'adjusted where the file has adjusted closes',
    sentence: 'Which prices to serve.',
  },
  order: {
    takes: oneOf('ascending', 'sort'),
    default: 'ascending',
    sentence: 'Says that rows need not be oldest first. Nothing follows from it: bars are put in order where that is certain.',
  },
  ...TIMESTAMPS,
} as const satisfies Descriptions<CsvOptions>;

/** Options of {@link describeCsv}. */
export const DESCRIBE_CSV = {
  ...CSV,
  symbol: { takes: symbolName, default: 'the first one there is', sentence: 'The symbol whose bars are wanted.' },
  signal: { takes: abortSignal, default: 'none', sentence: 'Ends the reading.' },
} as const satisfies Descriptions<DescribeCsvOptions>;

/** One file, or several that continue each other. */
export const paths: Check<readonly string[]> = {
  wanted: 'the path of a file, or an array of such paths',
  read: (value, place) => {
    if (!Array.isArray(value)) {
      if (isPromise(value)) throw invalidOption(`${place.name} is a Promise: await it`);
      if (typeof value !== 'string') throw invalidOption(`${place.name} must be ${paths.wanted}, not ${described(value)}`);
      return [path.read(value, place)];
    }
    if (value.length === 0) throw invalidOption(`${place.name} is empty; give at least one file`);
    return Array.from(value, (item: unknown, index) => path.read(item, { ...place, name: `${place.name}[${index}]` }));
  },
};
