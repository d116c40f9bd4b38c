import type { Bars } from '../bars';

/**
 * Why a bar is bad; it counts under the first rule that it breaks. The first four are told from the bar alone, the others from its neighbours and the clock.
 *
 * | reason | rule that is broken |
 * |---|---|
 * | `non_finite` | timestamp (within the range of dates), prices and volume are finite numbers |
 * | `non_positive_price` | open, high, low and close are above 0 |
 * | `high_below_low` | high >= low |
 * | `negative_volume` | volume >= 0 |
 * | `future` | the bar begins before now |
 * | `misdated` | the bar's date is in line with those before and after it, which are in line with each other |
 * | `duplicate` | no other bar, with other values, has its timestamp; of two such bars the earlier one is bad |
 * | `too_close` | the bar before it is a bar's length away |
 * | `spike` | prices that are more than `maxJump` times off are not taken back by the bars that follow |
 *
 * The order in which bars come is no property of a bar: they are put in order. An open or close outside of low and high is no reason either: vendors that
 * round adjusted prices have many, and no indicator breaks on them.
 */
export type BadBarReason =
  | 'non_finite'
  | 'non_positive_price'
  | 'high_below_low'
  | 'negative_volume'
  | 'future'
  | 'misdated'
  | 'duplicate'
  | 'too_close'
  | 'spike';

/** All reasons, in the order in which they are tried and reported. */
export const BAD_BAR_REASONS = [
  'non_finite',
  'non_positive_price',
  'high_below_low',
  'negative_volume',
  'future',
  'misdated',
  'duplicate',
  'too_close',
  'spike',
] as const satisfies readonly BadBarReason[];

/** Bad bars, counted. Stored in the company profile. */
export interface BadBars {
  /** Bad bars altogether. */
  readonly total: number;
  /** Bad bars by reason; they add up to `total`. */
  readonly byReason: Readonly<Record<BadBarReason, number>>;
  /** Where the first bad bar came from, its values, and its reason; absent if there is none. */
  readonly first?: string;
}

/** Milliseconds beyond which, either way, there is no date. */
export const LAST_DATE = 8.64e15;

/**
 * Judges one bar by itself.
 *
 * @param bars - where the bar is
 * @param index - which it is
 * @returns the first reason that applies, or undefined for a bar whose values are good
 */
export function findBadValue(bars: Bars, index: number): BadBarReason | undefined {
  const timestamp = bars.timestamp[index];
  const open = bars.open[index];
  const high = bars.high[index];
  const low = bars.low[index];
  const close = bars.close[index];
  const volume = bars.volume[index];
  // x - x is 0 for a finite number, else NaN
  if (timestamp - timestamp + (open - open) + (high - high) + (low - low) + (close - close) + (volume - volume) !== 0) return 'non_finite';
  if (timestamp > LAST_DATE || timestamp < -LAST_DATE) return 'non_finite';
  if (open <= 0 || high <= 0 || low <= 0 || close <= 0) return 'non_positive_price';
  if (high < low) return 'high_below_low';
  return volume < 0 ? 'negative_volume' : undefined;
}

/**
 * How many bars at the beginning of a batch need no second look: inside of a range, good by themselves, and each later than the one before. Nearly all batches are so
 * from end to end; a loop that does nothing else is twice as fast.
 *
 * @param bars - the batch
 * @param from - earliest timestamp of the range
 * @param to - latest timestamp of the range
 * @param previous - timestamp of the bar before the batch
 * @returns their number, 0 to `bars.length`
 */
export function countPlain(bars: Bars, from: number, to: number, previous: number): number {
  const { timestamp, length } = bars;
  let latest = previous;
  for (let i = 0; i < length; i++) {
    const time = timestamp[i];
    if (!(time > latest && time >= from && time <= to) || findBadValue(bars, i) !== undefined) return i;
    latest = time;
  }
  return length;
}

/** Counts bad bars by reason, and remembers the first. Takes the same memory for any number of them. */
export class BadBarCount {
  readonly #byReason: Record<BadBarReason, number> = {
    non_finite: 0,
    non_positive_price: 0,
    high_below_low: 0,
    negative_volume: 0,
    future: 0,
    misdated: 0,
    duplicate: 0,
    too_close: 0,
    spike: 0,
  };
  #total = 0;
  #first: string | undefined;

  /** Bad bars so far. */
  get total(): number {
    return this.#total;
  }

  /**
   * @param reason - what is wrong
   * @param describe - says where the bar came from and what it is; asked for the first one only
   * @param bars - how many such bars, 1 or more. Default 1
   */
  add(reason: BadBarReason, describe: () => string, bars = 1): void {
    this.#byReason[reason] += bars;
    if (this.#total === 0) this.#first = `${describe()} (${reason})`;
    this.#total += bars;
  }

  /** The count so far. */
  get summary(): BadBars {
    return { total: this.#total, byReason: { ...this.#byReason }, ...(this.#first !== undefined && { first: this.#first }) };
  }
}

/**
 * @param rejected - counted bad bars
 * @returns the reasons that occurred, for people: 'duplicate 3, high_below_low 12'
 */
export function countsByReason({ byReason }: BadBars): string {
  return BAD_BAR_REASONS.filter((reason) => byReason[reason] > 0)
    .map((reason) => `${reason} ${byReason[reason]}`)
    .join(', ');
}

/**
 * @param bars - where the bar is
 * @param index - which it is
 * @returns time and values, for messages
 */
export function describeBar(bars: Bars, index: number): string {
  const values = `open ${bars.open[index]}, high ${bars.high[index]}, low ${bars.low[index]}, close ${bars.close[index]}, volume ${bars.volume[index]}`;
  return `${describeTime(bars.timestamp[index])} ${values}`;
}

/**
 * @param timestamp - milliseconds UTC, or any number
 * @returns ISO text, or the number where there is no such date
 */
export function describeTime(timestamp: number): string {
  return Math.abs(timestamp) <= LAST_DATE ? new Date(timestamp).toISOString() : String(timestamp);
}
