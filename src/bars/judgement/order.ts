import type { Turns } from '../../waiting';
import { tellSameBar } from '../bar-noise';
import { allocateBars, BAR_COLUMNS, type Bars } from '../bars';
import { DAY_MS } from '../market';

/** How many bars, at most, may be out of their place one by one; more is another order, not wrong dates. */
const FEW = 0.01;

/**
 * Finds bars whose date is wrong: each stands alone between bars that follow each other, and either the time at which it should be is missing there,
 * or another bar has the time that it claims. A bar that was merely delivered early or late is none: it fits where its date puts it, a bar's length from others.
 *
 * @param bars - as they came
 * @param interval - a bar's length, milliseconds; 0 if unknown
 * @returns indices, ascending; empty also where the bars are in no order at all
 */
export function findMisdated(bars: Bars, interval: number): number[] {
  const { timestamp, length: n } = bars;
  let falling = 0;
  let first = timestamp[0];
  let last = timestamp[0];
  for (let i = 1; i < n; i++) {
    if (timestamp[i] < timestamp[i - 1]) falling++;
    if (timestamp[i] < first) first = timestamp[i];
    if (timestamp[i] > last) last = timestamp[i];
  }
  // newest first: the same, read backwards
  const isBackwards = falling > n / 2;
  const at = isBackwards ? (i: number) => timestamp[n - 1 - i] : (i: number) => timestamp[i];
  const most = Math.max(3, Math.floor(n * FEW));
  const alone: number[] = [];
  for (let i = 1; i < n && alone.length <= most; i++) {
    if (!(at(i) < at(i - 1))) continue;
    // without the bar before, or without this one, time would go on; where both are so, the two have changed places
    const isLate = i >= 2 && at(i - 2) < at(i);
    const isEarly = i + 1 < n && at(i - 1) < at(i + 1);
    if (isLate !== isEarly) alone.push(isLate ? i - 1 : i);
    // a single bar at an end may be a page of its own, but only outside of what the others span
    else if (i === 1 && n > 2 && at(0) < last) alone.push(0);
    else if (i === n - 1 && n > 2 && !isLate && at(i) > first) alone.push(i);
  }
  if (alone.length > most) return [];
  const odd = new Map(alone.map((i) => [at(i), { index: isBackwards ? n - 1 - i : i, isClaimed: false, isRepeat: false }]));
  for (let i = 0; i < n && odd.size > 0; i++) {
    const one = odd.get(timestamp[i]);
    if (one === undefined || one.index === i) continue;
    if (tellSameBar(bars, i, bars, one.index)) one.isRepeat = true;
    else one.isClaimed = true;
  }
  if (alone.length === 0) return [];
  const sorted = timestamp.slice().sort();
  const fits = fitsWhereItIs(sorted, interval);
  return alone
    .filter((i) => {
      const { isClaimed = false, isRepeat = false } = odd.get(at(i)) ?? {};
      if (!isClaimed && fits(at(i))) return false;
      const gap = i > 0 && i < n - 1 ? at(i + 1) - at(i - 1) : 0;
      // where another bar has come from elsewhere into the hole, nothing is missing
      const isFilled = sorted[lowerBound(sorted, at(i - 1) + 1e-3)] < at(i + 1);
      const hasHole = interval > 0 && gap >= 1.9 * interval && !isFilled && !(interval === DAY_MS && gap === WEEKEND);
      return !isRepeat && (isClaimed || hasHole || i === 0 || i === n - 1);
    })
    .map((i) => (isBackwards ? n - 1 - i : i))
    .sort((a, b) => a - b);
}

/** From Friday to Monday. */
const WEEKEND = 3 * DAY_MS;

/**
 * Whether a time has its neighbours where they should be: a bar's length away, or a weekend for days. Then the bar is right, wherever it came.
 */
function fitsWhereItIs(sorted: Float64Array, interval: number): (time: number) => boolean {
  if (!(interval > 0)) return () => false;
  const isLength = (distance: number) => Math.abs(distance - interval) <= 0.1 * interval;
  const isUsual = (distance: number) => isLength(distance) || (interval === DAY_MS && distance === WEEKEND);
  return (time) => {
    const at = lowerBound(sorted, time);
    const before = at > 0 ? sorted[at - 1] : Number.NEGATIVE_INFINITY;
    // repeats of the bar itself are no neighbours
    const after = sorted[lowerBound(sorted, time + 1e-3)] ?? Number.POSITIVE_INFINITY;
    // a session's first and last bar have a neighbour on one side
    return interval < DAY_MS ? isLength(time - before) || isLength(after - time) : isUsual(time - before) && isUsual(after - time);
  };
}

/** Index of the first time that is not before another; their number if all are. */
function lowerBound(sorted: Float64Array, time: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Indices that are merged before the clock is asked. */
const PART = 65_536;

/** Years without a bar after the first one, from which its date may be a missing one. */
const LONG_AGO = 5 * 365.25 * DAY_MS;

/**
 * Finds a first bar whose date is none, but the 0 of somebody's calendar (1970, 1900): years before all others, and longer before them than they span.
 *
 * @param bars - in order of time
 * @returns its index; empty if there is none
 */
export function findZeroDate({ timestamp, length }: Bars): number[] {
  if (length < 3) return [];
  const before = timestamp[1] - timestamp[0];
  return before > LONG_AGO && before > timestamp[length - 1] - timestamp[1] ? [0] : [];
}

/**
 * The order of time. A merge of the runs that are there already: pages in another order cost one pass for each doubling of their number.
 *
 * @param timestamp - of the bars as they came, milliseconds UTC
 * @param turns - gives way
 * @returns indices in order of time; bars of equal time keep the order in which they came
 * @throws TickerforestError `ABORTED`
 */
export async function orderOfTime(timestamp: Float64Array, turns: Turns): Promise<Uint32Array> {
  const n = timestamp.length;
  let from = new Uint32Array(n);
  let to = new Uint32Array(n);
  let starts: number[] = [];
  // ascending runs as they are, falling ones reversed; falling strictly, or bars of equal time would change places
  for (let i = 0; i < n; ) {
    const start = i++;
    starts.push(start);
    if (i < n && timestamp[i] < timestamp[start]) {
      while (i < n && timestamp[i] < timestamp[i - 1]) i++;
      for (let k = start; k < i; k++) from[k] = start + i - 1 - k;
    } else {
      while (i < n && timestamp[i] >= timestamp[i - 1]) i++;
      for (let k = start; k < i; k++) from[k] = k;
    }
  }
  while (starts.length > 1) {
    const merged: number[] = [];
    for (let run = 0; run < starts.length; run += 2) {
      const start = starts[run];
      const middle = starts[run + 1] ?? n;
      const end = starts[run + 2] ?? n;
      merged.push(start);
      let a = start;
      let b = middle;
      for (let part = start; part < end; part += PART) {
        for (let k = part, stop = Math.min(end, part + PART); k < stop; k++) {
          to[k] = b >= end || (a < middle && timestamp[from[a]] <= timestamp[from[b]]) ? from[a++] : from[b++];
        }
        // short runs are many: the clock is asked for each part, or for so many of them
        if ((end - start >= PART || (run & 1023) === 0) && turns.isOver) await turns.giveWay();
      }
    }
    [from, to] = [to, from];
    starts = merged;
  }
  return from;
}

/**
 * @param timestamp - of the bars as they came, milliseconds UTC
 * @param turns - gives way
 * @returns the same, ascending
 * @throws TickerforestError `ABORTED`
 */
export async function sortedTimes(timestamp: Float64Array, turns: Turns): Promise<Float64Array> {
  const order = await orderOfTime(timestamp, turns);
  const sorted = new Float64Array(order.length);
  await turns.forRuns(order.length, (from, to) => {
    for (let i = from; i < to; i++) sorted[i] = timestamp[order[i]];
  });
  return sorted;
}

/**
 * @param bars - some bars
 * @param indices - which of them, in the order wanted
 * @param turns - gives way
 * @returns copies of these
 * @throws TickerforestError `ABORTED`
 */
export async function pickBars(bars: Bars, indices: Uint32Array, turns: Turns): Promise<Bars> {
  const picked = allocateBars(indices.length);
  for (const column of BAR_COLUMNS) {
    const values = bars[column];
    const target = picked[column];
    await turns.forRuns(indices.length, (from, to) => {
      for (let i = from; i < to; i++) target[i] = values[indices[i]];
    });
  }
  return picked;
}

/** What {@link findRepeats} found among bars in order of time. */
export interface Repeats {
  /** Bars that come again with the same numbers, but for the noise of single precision, as pages of a vendor may have it. */
  readonly equal: number[];
  /** Bars for whose time another bar with other values came later. */
  readonly replaced: number[];
  /** By how much the closes of replaced bars and those that replace them differ: median of max / min - 1; 0 if there are none. */
  readonly difference: number;
}

/**
 * Finds bars of the same time.
 *
 * @param bars - in order of time; of equal time in the order in which they came
 * @returns which to leave out: of different bars of one time the last one stays
 */
export function findRepeats(bars: Bars): Repeats {
  const { timestamp, close } = bars;
  const equal: number[] = [];
  const replaced: number[] = [];
  const differences: number[] = [];
  for (let i = 1; i < bars.length; i++) {
    if (timestamp[i] !== timestamp[i - 1]) continue;
    let start = i - 1;
    let end = i + 1;
    while (end < bars.length && timestamp[end] === timestamp[start]) end++;
    // the last one stays; those equal to it are the same bar, the others were replaced
    const last = end - 1;
    for (; start < last; start++) {
      if (tellSameBar(bars, start, bars, last)) equal.push(start);
      else {
        replaced.push(start);
        if (differences.length < 10_000) differences.push(Math.max(close[start], close[last]) / Math.min(close[start], close[last]) - 1);
      }
    }
    i = end - 1;
  }
  differences.sort((a, b) => a - b);
  return { equal, replaced, difference: differences[differences.length >> 1] ?? 0 };
}
