import { TickerforestError, throwIfAborted } from '../errors';
import { checkRequest } from '../options/collect-table';
import { checkArgument } from '../options/description';
import { inMemory } from '../options/source-tables';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { BAR_COLUMNS, type Bars, sliceBars } from './bars';
import type { RowKey } from './row-fields';
import { columnsToRows, rowsToBars } from './row-lists';
import { checkRowOptions, ROWS_DECIDED_ON, type RowOptions, type RowOrigin } from './row-reader';
import { findEpochUnit } from './row-times';
import { propertyOf } from './row-values';

/** One bar as a plain object, as REST answers and test data have it. */
export interface BarRow {
  /** Milliseconds since 1970 UTC, a Date, or text as in {@link csvBars}: ISO 8601, UTC where it names no zone. */
  readonly timestamp: number | Date | string;
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Units traded; 0 if there is no such figure. */
  readonly volume: number;
  /** Whose bar it is; a row without a symbol serves any. */
  readonly symbol?: string;
}

/**
 * Rows in memory: {@link BarRow}s, or what other libraries and databases give. Objects whose fields have usual names (`date`, `Open`, `t`, `o`, `adjClose`,
 * ...), arrays of numbers in a usual order (ccxt, Binance, Kraken, Coinbase, Bitfinex, ...), and values that are certain: numbers as text, BigInt, bson's
 * `Long`, `Decimal128`, `Double` and `Int32`; times as Dates, ISO texts, and seconds to nanoseconds since 1970.
 */
export type BarRows = readonly BarRow[] | readonly object[];

/**
 * Columns in memory that are not {@link Bars}: an object of arrays of equal length, under the names that rows may have (`{ t: [...], o: [...], ... }`, as
 * TradingView's and Finnhub's interfaces answer). Properties that are no arrays do not count.
 */
export type BarColumns = Readonly<Record<string, unknown>>;

const BATCH = 50_000;
/**
 * A source of bars that are in memory already.
 *
 * Reading throws a TickerforestError: `INVALID_BARS` naming row and field for a row that is none, a field that is not there, a value that is no number or no
 * time, and columns of seconds; `NO_BARS` if rows have symbols, but none the requested one; `ABORTED`.
 *
 * @param rows - rows in order of time, see {@link BarRows}, or columns ({@link Bars}, which serve any symbol, or {@link BarColumns}); read when bars are
 *   fetched, never changed
 * @param options - where the rows' fields do not have usual names, or their times no zone
 * @returns batches of 50,000 bars
 * @throws TickerforestError `INVALID_OPTION` for what is neither rows nor columns, and naming the option and its value
 * @example
 * ```ts
 * const source = arrayBars(await exchange.fetchOHLCV('BTC/USDT', '1h')); // ccxt: [[1704067200000, 42283.58, 42554.57, 42261.02, 42475.23, 1271.68], ...]
 * ```
 */
export function arrayBars(rows: BarRows | BarColumns | Bars, options: RowOptions = {}): BarSource {
  const checked = checkRowOptions(options, 'arrayBars');
  checkArgument(rows, inMemory, 'rows', 'arrayBars');
  const origin: RowOrigin = { format: 'rows', place: (index) => `rows[${index}]` };
  return {
    answersInFull: true,
    fetch(given) {
      const request = checkRequest(given);
      if (isRows(rows)) return rowsToBars({ length: rows.length, at: (index) => rows[index] }, origin, checked, request);
      if (isBars(rows)) return fromBars(rows, request);
      const isExact = (key: RowKey) => !(propertyOf(rows, key) instanceof Float32Array);
      return rowsToBars(columnsToRows(rows, 'columns'), { format: 'columns', place: (index) => `bar ${index}`, isExact }, checked, request);
    },
  };
}

function isRows(rows: BarRows | BarColumns | Bars): rows is BarRows {
  return Array.isArray(rows);
}

function isBars(columns: BarColumns | Bars): columns is Bars {
  return BAR_COLUMNS.every((name) => propertyOf(columns, name) instanceof Float64Array);
}

async function* fromBars(bars: Bars, request: BarRequest): AsyncGenerator<BarBatch> {
  checkUnit(bars);
  const batches = Math.ceil(bars.length / BATCH);
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(request.signal, 'reading bars');
    const start = (batch - 1) * BATCH;
    yield {
      bars: sliceBars(bars, start, Math.min(bars.length, start + BATCH)),
      batch,
      batches,
      reading: { format: 'columns' },
      describe: (index) => `bar ${start + index}`,
    };
  }
}

/** Columns are served as they are, so they cannot be read in another unit: seconds would be bars of January 1970. */
function checkUnit({ timestamp }: Bars): void {
  const { unit, certain } = findEpochUnit(timestamp.subarray(0, ROWS_DECIDED_ON));
  if (unit === 'milliseconds' || !certain) return;
  throw new TickerforestError(
    'INVALID_BARS',
    `bars.timestamp counts ${unit === 'date' ? 'dates as YYYYMMDD' : `${unit} since 1970`} (the first is ${timestamp[0]}), not milliseconds; convert it, ` +
      'or give rows to arrayBars, which reads them',
  );
}
