import { TickerforestError } from '../errors';
import type { BarBatch } from './bar-source';
import { BAR_COLUMNS, type Bars } from './bars';

/**
 * Why a bar is bad, in the order in which the rules are applied; a bar counts under the first that it breaks.
 *
 * | reason | rule that is broken |
 * |---|---|
 * | `non_finite` | timestamp, prices and volume are finite numbers |
 * | `non_positive_price` | open, high, low and close are above 0 |
 * | `high_below_low` | high >= low |
 * | `negative_volume` | volume >= 0 |
 * | `duplicate` | the timestamp differs from the last good bar's |
 * | `not_ascending` | the timestamp is after the last good bar's |
 *
 * An open or close outside of low and high is no reason: vendors that round adjusted prices have many, and no indicator breaks on them.
 */
export type BadBarReason = 'non_finite' | 'non_positive_price' | 'high_below_low' | 'negative_volume' | 'duplicate' | 'not_ascending';

/** All reasons, in the order in which they are tried and reported. */
export const BAD_BAR_REASONS = [
  'non_finite',
  'non_positive_price',
  'high_below_low',
  'negative_volume',
  'duplicate',
  'not_ascending',
] as const satisfies readonly BadBarReason[];

/** Bad bars, counted. Stored in the company profile. */
export interface RejectedBars {
  /** Bad bars altogether. */
  readonly total: number;
  /** Bad bars by reason; they add up to `total`. */
  readonly byReason: Readonly<Record<BadBarReason, number>>;
  /** Where the first bad bar came from, its values, and its reason; absent if there is none. */
  readonly first?: string;
}

/**
 * Judges one bar.
 *
 * @param bars - where the bar is
 * @param index - which it is
 * @param previous - timestamp of the last good bar, milliseconds UTC; -Infinity if there is none
 * @returns the first reason that applies, or undefined for a good bar
 */
export function findBadBar(bars: Bars, index: number, previous: number): BadBarReason | undefined {
  const timestamp = bars.timestamp[index];
  const open = bars.open[index];
  const high = bars.high[index];
  const low = bars.low[index];
  const close = bars.close[index];
  const volume = bars.volume[index];
  // x - x is 0 for a finite number, else NaN
  if (timestamp - timestamp + (open - open) + (high - high) + (low - low) + (close - close) + (volume - volume) !== 0) return 'non_finite';
  if (open <= 0 || high <= 0 || low <= 0 || close <= 0) return 'non_positive_price';
  if (high < low) return 'high_below_low';
  if (volume < 0) return 'negative_volume';
  if (timestamp === previous) return 'duplicate';
  return timestamp < previous ? 'not_ascending' : undefined;
}

/** Counts bad bars while a source is read. */
export class BadBarCount {
  readonly #reasons: BadBarReason[] = [];
  /** Timestamp of the last good bar before each bad one. */
  readonly #previous: number[] = [];
  #first: string | undefined;

  /**
   * @param reason - what is wrong
   * @param batch - the batch that the bar is in
   * @param index - index of the bar in the batch
   * @param previous - timestamp of the last good bar, milliseconds UTC
   */
  add(reason: BadBarReason, batch: BarBatch, index: number, previous: number): void {
    this.#reasons.push(reason);
    this.#previous.push(previous);
    this.#first ??= describeBadBar(reason, batch, index, previous);
  }

  /**
   * @param newest - only bad bars that came before the good bar with this timestamp, milliseconds UTC. Default: all
   * @returns the count so far
   */
  summary(newest = Number.POSITIVE_INFINITY): RejectedBars {
    const byReason = { non_finite: 0, non_positive_price: 0, high_below_low: 0, negative_volume: 0, duplicate: 0, not_ascending: 0 };
    let total = 0;
    this.#reasons.forEach((reason, i) => {
      if (!(this.#previous[i] < newest)) return;
      byReason[reason]++;
      total++;
    });
    return total === 0 || this.#first === undefined ? { total, byReason } : { total, byReason, first: this.#first };
  }
}

/**
 * @param rejected - what was wrong, with at least one bad bar
 * @param symbol - whose bars
 * @param read - bars read altogether, good and bad
 * @returns the one error for all of a source's bad bars, `INVALID_BARS`
 */
export function badBarsError(rejected: RejectedBars, symbol: string, read: number): TickerforestError {
  const { duplicate, not_ascending } = rejected.byReason;
  const unordered = not_ascending > 0 ? "read them with csvBars(path, { order: 'sort' }) if they are only out of order, or " : '';
  const others = rejected.total > duplicate + not_ascending || unordered === '' ? 'repair the source, or ' : '';
  return new TickerforestError(
    'INVALID_BARS',
    `${rejected.total} of ${read} bars of ${symbol} are bad (${countsByReason(rejected)}); the first is ${rejected.first}. To go on, ${others}${unordered}drop them with badBars: 'drop'`,
  );
}

/**
 * @param rejected - counted bad bars
 * @returns the reasons that occurred, for people: 'duplicate 3, not_ascending 12'
 */
export function countsByReason({ byReason }: RejectedBars): string {
  return BAD_BAR_REASONS.filter((reason) => byReason[reason] > 0)
    .map((reason) => `${reason} ${byReason[reason]}`)
    .join(', ');
}

/**
 * Checks that a batch is made as {@link Bars} says, since a source may be written by anyone.
 *
 * @param batch - as it came from the source
 * @throws TickerforestError `INVALID_BARS` naming the batch and the column that is no Float64Array or of another length than `bars.length`
 */
export function checkBatchShape({ bars, batch }: BarBatch): void {
  for (const name of BAR_COLUMNS) {
    const column: unknown = bars[name];
    if (!(column instanceof Float64Array)) {
      const what = Array.isArray(column) ? 'an array' : typeof column;
      throw new TickerforestError(
        'INVALID_BARS',
        `batch ${batch}: column ${name} is ${what}, not a Float64Array; arrayBars() makes bars from rows`,
      );
    }
    if (column.length !== bars.length) {
      throw new TickerforestError(
        'INVALID_BARS',
        `batch ${batch}: column ${name} has ${column.length} values where bars.length is ${bars.length}`,
      );
    }
  }
}

function describeBadBar(reason: BadBarReason, batch: BarBatch, index: number, previous: number): string {
  const { bars } = batch;
  const place = batch.describe?.(index) ?? `bar ${index} of batch ${batch.batch}`;
  const values = `open ${bars.open[index]}, high ${bars.high[index]}, low ${bars.low[index]}, close ${bars.close[index]}, volume ${bars.volume[index]}`;
  const after = reason === 'duplicate' || reason === 'not_ascending' ? ` after ${describeTime(previous)}` : '';
  return `${place}: ${describeTime(bars.timestamp[index])} ${values} (${reason}${after})`;
}

function describeTime(timestamp: number): string {
  // beyond that a Date is invalid
  return Math.abs(timestamp) <= 8.64e15 ? new Date(timestamp).toISOString() : String(timestamp);
}
