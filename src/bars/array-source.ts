import { TickerforestError, throwIfAborted } from '../errors';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { allocateBars, type Bars, sliceBars } from './bars';
import { timestampReader } from './timestamps';

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

const BATCH = 50_000;
const PRICES = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * A source of bars that are in memory already.
 *
 * Reading rows throws a TickerforestError: `INVALID_BARS` naming the row and field that is not a number or a time, `NO_BARS` if rows have symbols, but
 * none the requested one.
 *
 * @param rows - rows in order of time, or {@link Bars}, which serve any symbol; read when bars are fetched, never changed
 * @returns batches of 50,000 bars
 */
export function arrayBars(rows: readonly BarRow[] | Bars): BarSource {
  return { fetch: (request) => (isRows(rows) ? fromRows(rows, request) : fromBars(rows, request)) };
}

function isRows(rows: readonly BarRow[] | Bars): rows is readonly BarRow[] {
  return Array.isArray(rows);
}

async function* fromBars(bars: Bars, request: BarRequest): AsyncGenerator<BarBatch> {
  const batches = Math.ceil(bars.length / BATCH);
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(request.signal, 'reading bars');
    const start = (batch - 1) * BATCH;
    yield {
      bars: sliceBars(bars, start, Math.min(bars.length, start + BATCH)),
      batch,
      batches,
      describe: (index) => `bar ${start + index}`,
    };
  }
}

async function* fromRows(rows: readonly BarRow[], request: BarRequest): AsyncGenerator<BarBatch> {
  const readTimestamp = timestampReader();
  const indices: number[] = [];
  rows.forEach((row, index) => {
    if (row.symbol === undefined || row.symbol === request.symbol) indices.push(index);
  });
  if (indices.length === 0 && rows.length > 0) {
    const symbols = [...new Set(rows.map((row) => row.symbol))];
    throw new TickerforestError('NO_BARS', `no row of symbol '${request.symbol}'; there are ${symbols.slice(0, 8).join(', ')}`);
  }
  const batches = Math.ceil(indices.length / BATCH);
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(request.signal, 'reading bars');
    const part = indices.slice((batch - 1) * BATCH, batch * BATCH);
    const bars = allocateBars(part.length);
    part.forEach((index, i) => {
      const row = rows[index];
      bars.timestamp[i] = toMilliseconds(row.timestamp, index, readTimestamp);
      for (const field of PRICES) {
        const value: unknown = row[field];
        if (typeof value !== 'number') throw wrong(index, field, value, 'a number');
        bars[field][i] = value;
      }
    });
    yield { bars, batch, batches, describe: (index) => `rows[${part[index]}]` };
  }
}

function toMilliseconds(timestamp: unknown, index: number, read: (text: string) => number): number {
  if (typeof timestamp === 'number') return timestamp;
  if (timestamp instanceof Date) return timestamp.getTime();
  const value = typeof timestamp === 'string' ? read(timestamp.trim()) : Number.NaN;
  if (Number.isNaN(value)) throw wrong(index, 'timestamp', timestamp, 'milliseconds, a Date or ISO text');
  return value;
}

function wrong(index: number, field: string, value: unknown, expected: string): TickerforestError {
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  return new TickerforestError('INVALID_BARS', `rows[${index}].${field} is ${shown}, not ${expected}`);
}
