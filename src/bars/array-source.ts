import { TickerforestError, throwIfAborted } from '../errors';
import { Turns } from '../waiting';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { allocateBars, type Bars, sliceBars } from './bars';
import type { Row } from './row-fields';
import { ROWS_DECIDED_ON, type RowOptions, RowReader } from './row-reader';
import { findEpochUnit } from './row-times';

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

const BATCH = 50_000;
/** Rows between two looks at the clock. */
const LOOK = 2_048;

/**
 * A source of bars that are in memory already.
 *
 * Reading throws a TickerforestError: `INVALID_BARS` naming row and field for a row that is none, a field that is not there, a value that is no number or no
 * time, and columns of seconds; `NO_BARS` if rows have symbols, but none the requested one; `ABORTED`.
 *
 * @param rows - rows in order of time, see {@link BarRows}, or {@link Bars}, which serve any symbol; read when bars are fetched, never changed
 * @param options - where the rows' fields do not have usual names, or their times no zone
 * @returns batches of 50,000 bars
 * @throws TickerforestError `INVALID_OPTION` for an unknown time zone
 * @example
 * ```ts
 * const source = arrayBars(await exchange.fetchOHLCV('BTC/USDT', '1h')); // ccxt: [[1704067200000, 42283.58, 42554.57, 42261.02, 42475.23, 1271.68], ...]
 * ```
 */
export function arrayBars(rows: BarRows | Bars, options: RowOptions = {}): BarSource {
  new RowReader({ format: 'rows', place: String }, options, { symbol: '' }); // refuses an unknown time zone here, not at the first row
  return { fetch: (request) => (isRows(rows) ? fromRows(rows, options, request) : fromBars(rows, request)) };
}

function isRows(rows: BarRows | Bars): rows is BarRows {
  return Array.isArray(rows);
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
  if (!(timestamp instanceof Float64Array)) return;
  const { unit, certain } = findEpochUnit(timestamp.subarray(0, ROWS_DECIDED_ON));
  if (unit === 'milliseconds' || !certain) return;
  throw new TickerforestError(
    'INVALID_BARS',
    `bars.timestamp counts ${unit === 'date' ? 'dates as YYYYMMDD' : `${unit} since 1970`} (the first is ${timestamp[0]}), not milliseconds; convert it, ` +
      'or give rows to arrayBars, which reads them',
  );
}

async function* fromRows(rows: BarRows, options: RowOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  const reader = new RowReader({ format: 'rows', place: (index) => `rows[${index}]` }, options, request);
  const turns = new Turns();
  const look = async (index: number) => {
    if (index % LOOK === 0 && turns.isOver) {
      await turns.giveWay();
      throwIfAborted(request.signal, 'reading bars');
    }
  };

  for (let index = 0; index < rows.length; index++) {
    if (index % LOOK === 0) await look(index);
    reader.survey(rows[index], index);
  }
  reader.settle();

  const sample: Row[] = [];
  const sampled: number[] = [];
  let selected = reader.takesAll ? rows.length : 0;
  const looked = Math.min(rows.length, reader.takesAll ? ROWS_DECIDED_ON : rows.length);
  for (let index = 0; index < looked; index++) {
    if (index % LOOK === 0) await look(index);
    const row = rows[index];
    if (!reader.selects(row, index)) continue;
    if (!reader.takesAll) selected++;
    if (sample.length < ROWS_DECIDED_ON) {
      sample.push(row);
      sampled.push(index);
    }
  }
  if (selected === 0) return reader.explainNone();
  reader.decide(sample, sampled);

  const batches = Math.ceil(selected / BATCH);
  let next = 0;
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(request.signal, 'reading bars');
    const bars = allocateBars(Math.min(BATCH, selected - (batch - 1) * BATCH));
    const indices = new Uint32Array(bars.length);
    for (let at = 0; at < bars.length; next++) {
      if (next % LOOK === 0) await look(next);
      const row: unknown = rows[next];
      if (!reader.selects(row, next)) continue;
      reader.read(row, next, bars, at);
      indices[at++] = next;
    }
    yield { bars, batch, batches, ...reader.reading, describe: (index) => `rows[${indices[index]}]` };
  }
}
