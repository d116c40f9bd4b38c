import { invalidOption, whole } from '../options/checks';
import { checkColumns } from '../options/columns';
import { checkArgument, readSafely } from '../options/description';
import { described } from '../text';
import { inOneGo, type Steps, stepsOver } from '../waiting';

/**
 * Price bars, one column a field, all of the same length, oldest first.
 * The columns lie over shared memory, so worker threads read them without a copy.
 */
export interface Bars {
  /** Number of bars; every column is this long. */
  readonly length: number;
  /** Milliseconds since 1970-01-01 UTC, strictly ascending. Start or end of the bar: see `Market.stamp`. */
  readonly timestamp: Float64Array;
  /** First price, in the quote currency, positive. */
  readonly open: Float64Array;
  /** Highest price, at least the low. Open and close may stick out where a vendor rounds its adjusted prices; validation lets that through. */
  readonly high: Float64Array;
  /** Lowest price, positive. */
  readonly low: Float64Array;
  /** Last price. */
  readonly close: Float64Array;
  /** Units traded, zero or more; an index without volume has 0 everywhere. */
  readonly volume: Float64Array;
}

/**
 * The columns of {@link Bars}, in storage order.
 *
 * @example
 * ```ts
 * const rows = [{ timestamp: Date.UTC(2024, 0, 2), open: 187.15, high: 188.44, low: 183.89, close: 185.64, volume: 82_488_700 }];
 * const bars = allocateBars(rows.length);
 * rows.forEach((row, i) => {
 *   for (const column of BAR_COLUMNS) bars[column][i] = row[column];
 * });
 * ```
 */
export const BAR_COLUMNS = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const;

const barCount = whole({ from: 0, to: 100_000_000 });

/**
 * Bars of zeros, ready to be filled.
 *
 * @param length - number of bars, 0 to 100,000,000
 * @returns six columns of `length` doubles over one SharedArrayBuffer
 * @throws TickerforestError `INVALID_OPTION` for what is no number of bars
 * @example
 * ```ts
 * const bars = allocateBars(2);
 * bars.timestamp.set([Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3)]);
 * bars.close.set([185.64, 184.25]);
 * ```
 */
export function allocateBars(length: number): Bars {
  checkArgument(length, barCount, 'length', 'allocateBars');
  const memory = new SharedArrayBuffer(BAR_COLUMNS.length * length * 8);
  const column = (index: number) => new Float64Array(memory, index * length * 8, length);
  return { length, timestamp: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}

/**
 * A view of some of the bars; nothing is copied.
 *
 * @param bars - where to look
 * @param from - index of the first bar, 0 or more
 * @param to - index after the last bar, at most `bars.length`
 * @returns bars `[from, to)` over the same memory
 * @throws TickerforestError `INVALID_OPTION` for what is no {@link Bars}, or a range that is not within them
 * @example
 * ```ts
 * const { bars } = await collectBars(csvBars('aapl.csv'), { symbol: 'AAPL' });
 * const newest = sliceBars(bars, bars.length - 10, bars.length);
 * ```
 */
export function sliceBars(bars: Bars, from: number, to: number): Bars {
  checkBars(bars);
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= bars.length)) {
    throw invalidOption(
      `sliceBars was asked for bars ${described(from)} to ${described(to)} of ${bars.length}; give from and to within them`,
    );
  }
  return {
    length: to - from,
    timestamp: bars.timestamp.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
  };
}

/**
 * @param bars - part of more, which need not stay in memory for it, or what somebody may change
 * @returns bars of their own
 */
export function copyBars(bars: Bars): Bars {
  return inOneGo(copySteps(bars));
}

/**
 * {@link copyBars} in steps.
 *
 * @param bars - see there
 * @returns the same
 */
export function* copySteps(bars: Bars): Steps<Bars> {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) yield* stepsOver(bars.length, (from, to) => copy[column].set(bars[column].subarray(from, to), from));
  return copy;
}

/**
 * @param parts - bars, each later than those before
 * @returns all in one piece, of their own
 */
export function joinBars(...parts: readonly Bars[]): Bars {
  const all = allocateBars(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    for (const column of BAR_COLUMNS) all[column].set(part[column], start);
    start += part.length;
  }
  return all;
}

/**
 * @param bars - what a caller, who may have no types, gives as bars
 * @throws TickerforestError `INVALID_OPTION` unless it has a length and six Float64Arrays of that length
 */
export function checkBars(bars: Bars): void {
  const given: unknown = bars;
  if (typeof given !== 'object' || given === null)
    throw invalidOption(`bars must be Bars, not ${described(given)}; allocateBars makes some`);
  if (readSafely('bars', () => Array.isArray(bars)))
    throw invalidOption('bars must be Bars, not an array; await collectBars(arrayBars(rows), { symbol }) makes some of rows');
  const { length, timestamp, open, high, low, close, volume } = readSafely('bars', () => ({ ...bars }));
  if (!(Number.isInteger(length) && length >= 0)) throw invalidOption(`bars.length must be the number of bars, not ${described(length)}`);
  const columns = { timestamp, open, high, low, close, volume };
  checkColumns(Object.fromEntries(Object.entries(columns).map(([name, column]) => [`bars.${name}`, column])), length);
}
