import { TickerforestError } from '../../errors';
import { invalidOption } from '../../options/checks';
import { checkColumns } from '../../options/columns';
import type { Bars } from '../bars';
import { DAY_MS, type Market, MINUTE_MS } from '../market';
import type { ZoneClock } from '../time-zone';

const SECOND = 1_000;
const HOUR = 60 * MINUTE_MS;
const WEEK = 7 * DAY_MS;

/** Lengths that bars usually have, in words. Months and longer are not all equal: the bounds hold all of a kind. */
const USUAL: readonly { readonly name: string; readonly from: number; readonly to: number }[] = [
  ...[1, 2, 3, 5, 10, 15, 30].map((n) => exactly(`${n}-second`, n * SECOND)),
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 45].map((n) => exactly(`${n}-minute`, n * MINUTE_MS)),
  ...[1, 2, 3, 4, 6, 8, 12].map((n) => exactly(`${n}-hour`, n * HOUR)),
  // a day at a change of clocks has 23 or 25 hours
  { name: 'daily', from: DAY_MS - HOUR, to: DAY_MS + HOUR },
  { name: 'weekly', from: 6 * DAY_MS, to: 8 * DAY_MS },
  { name: 'monthly', from: 28 * DAY_MS - HOUR, to: 31 * DAY_MS + HOUR },
  { name: 'quarterly', from: 89 * DAY_MS, to: 93 * DAY_MS },
  { name: 'yearly', from: 364 * DAY_MS, to: 367 * DAY_MS },
];

function exactly(name: string, length: number) {
  return { name, from: length, to: length };
}

/** Share of a usual length by which a distance may miss it and still mean it. */
const JITTER = 0.05;
/** The same in milliseconds, at most: an hour's bars are not half a minute late. */
const MOST_JITTER = 3 * SECOND;

/**
 * @param milliseconds - a distance of bars
 * @returns the usual length that it means: 'daily', '5-minute', ...; undefined for an unusual one
 */
function usualLength(milliseconds: number) {
  const slack = Math.min(JITTER * milliseconds, MOST_JITTER);
  return USUAL.find(({ from, to }) => milliseconds >= from - slack && milliseconds <= to + slack);
}

/**
 * @param milliseconds - a bar's length
 * @returns it in words, for messages: 'daily', '5-minute', '90000 ms'
 */
export function lengthInWords(milliseconds: number): string {
  return usualLength(milliseconds)?.name ?? `${milliseconds} ms`;
}

/**
 * The bars' length: the most frequent distance between neighbours, or a shorter one of which it is a multiple and which is nearly as frequent, as in a market that
 * trades now and then. Where stamps are up to 5 % (and 3 seconds) beside their place, distances that mean the same usual length count as one, and that length is
 * the answer.
 *
 * @param timestamps - milliseconds UTC, in any order, at least two different ones
 * @returns milliseconds
 * @throws TickerforestError `TOO_FEW_BARS` with fewer than two different timestamps; `INVALID_OPTION` for what is no Float64Array, or a timestamp that is no finite number
 */
export function inferInterval(timestamps: Float64Array): number {
  checkColumns({ timestamps });
  const counts = new Map<number, number>();
  let last = 0;
  let run = 0;
  for (let i = 1; i < timestamps.length; i++) {
    const gap = Math.abs(timestamps[i] - timestamps[i - 1]);
    // neighbours mostly have the distance of those before: counted without a look-up
    if (gap === last) {
      run++;
      continue;
    }
    if (!Number.isFinite(gap)) {
      throw invalidOption(`timestamps[${i - 1}] and [${i}] are ${timestamps[i - 1]} and ${timestamps[i]}; give milliseconds since 1970`);
    }
    if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
    last = gap;
    run = 1;
  }
  if (run > 0) counts.set(last, (counts.get(last) ?? 0) + run);
  counts.delete(0);
  if (counts.size === 0) {
    throw new TickerforestError('TOO_FEW_BARS', `${timestamps.length} bars: the bar length cannot be told from fewer than two times`);
  }
  const exact = thinned(mostFrequent(counts), counts);
  const meant = new Map<number, number>();
  for (const [gap, count] of counts) {
    const usual = usualLength(gap);
    if (usual !== undefined && usual.from === usual.to) meant.set(usual.from, (meant.get(usual.from) ?? 0) + count);
  }
  if (meant.size === 0 || exact.gap < SECOND) return exact.gap;
  const rounded = thinned(mostFrequent(meant), meant);
  return rounded.count > exact.count ? rounded.gap : exact.gap;
}

/** Of a market that trades now and then, two minutes may be more frequent than one: the shorter distance is the length, if it is frequent and measures the other. */
function thinned(most: { gap: number; count: number }, counts: ReadonlyMap<number, number>): { gap: number; count: number } {
  let best = most;
  for (const [gap, count] of counts) {
    if (gap < best.gap && count > 0.3 * most.count && most.gap % gap === 0) best = { gap, count };
  }
  return best;
}

function mostFrequent(counts: ReadonlyMap<number, number>): { gap: number; count: number } {
  let best = { gap: 0, count: 0 };
  for (const [gap, count] of counts) {
    if (count > best.count || (count === best.count && gap < best.gap)) best = { gap, count };
  }
  return best;
}

/**
 * @param interval - a bar's length, milliseconds
 * @returns by how much a stamp may miss its place, either way, and still be moved onto it, milliseconds; 0 if it may not
 */
export function stampSlack(interval: number): number {
  if (interval < SECOND || interval >= DAY_MS) return 0;
  return Math.min(JITTER * interval, MOST_JITTER, Math.min(interval, MINUTE_MS) / 3);
}

/**
 * Moves stamps that are a little beside their place onto it: full minutes (seconds for bars shorter than a minute), if that is where most bars are. Bars
 * that are all beside it by the same time stay as they are.
 *
 * @param timestamp - in order of time, milliseconds UTC; changed in place
 * @param interval - a bar's length, milliseconds
 * @param after - time of the newest known bar, milliseconds UTC; -Infinity: none is known
 * @returns how many were moved, how many of them are new, and the index of the first new one; -1 if there is none
 */
export function snapStamps(timestamp: Float64Array, interval: number, after: number): { moved: number; fresh: number; first: number } {
  const grid = Math.min(interval, MINUTE_MS);
  const none = { moved: 0, fresh: 0, first: -1 };
  const slack = stampSlack(interval);
  if (slack === 0 || timestamp.length === 0) return none;
  const offset = (time: number) => time - Math.round(time / grid) * grid;
  let first = -1;
  for (let i = 0; i < timestamp.length && first < 0; i++) {
    const place = timestamp[i] / grid;
    if (place !== Math.floor(place)) first = i;
  }
  if (first < 0) return none;
  let near = 0;
  let same = 0;
  const beside = offset(timestamp[first]);
  for (const time of timestamp) {
    const by = offset(time);
    if (Math.abs(by) <= slack) near++;
    if (by === beside) same++;
  }
  if (near < 0.9 * timestamp.length || (same === timestamp.length && same > 1)) return none;
  let moved = 0;
  let fresh = 0;
  let firstFresh = -1;
  for (let i = first; i < timestamp.length; i++) {
    const by = offset(timestamp[i]);
    if (by === 0 || Math.abs(by) > slack) continue;
    timestamp[i] -= by;
    moved++;
    if (!(timestamp[i] > after)) continue;
    if (fresh === 0) firstFresh = i;
    fresh++;
  }
  return { moved, fresh, first: firstFresh };
}

/**
 * @param interval - a bar's length, milliseconds
 * @returns how near two bars may be, as a share of their length
 */
export function nearest(interval: number): number {
  // half days end early; weeks and months are counted from trading day to trading day
  return interval < DAY_MS ? 0.9 : interval < WEEK ? 0.8 : 0.65;
}

/** Bars that are closer to the one before than their length. */
export interface CloseBars {
  /** The newest bar, stamped inside the bar before: a row for the last trade. -1 if there is none. */
  readonly live: number;
  /** Bars, one by one, between two that are in their place. */
  readonly tooClose: readonly number[];
  /** Whether the stamp of the newest bar, alone on its day, is to be moved onto this time. Undefined: it stands where it should. */
  readonly moveLastTo: number | undefined;
}

/** How many bars in a row are a stretch of bars of another length. */
const STRETCH = 3;
/** So many times a bar's length apart, few bars are enough to tell that they are longer ones. */
const FAR = 4.9;
/** The same for longer bars, which are hard to tell from quiet times. */
const LONG_STRETCH = 20;
/** Share of bars that are too close to the one before, beyond which they are shorter bars. */
const MOST_CLOSE = 0.25;
/** Daily bars are this far apart only where a week or more is missing. */
const SHORTEST_WEEK = 6 * DAY_MS;

/**
 * Holds the distances of bars against their length.
 *
 * @param bars - in order of time, no two of the same time
 * @param market - whose bars
 * @param clock - the market's time zone
 * @param from - index of the first bar that is to be judged; those before are known
 * @param isDense - whether at least three of four of the market's bars follow each other without a hole
 * @param stored - timestamps of known bars, also of some before the first one; default none
 * @returns which bars are too close
 * @throws TickerforestError `INVALID_BARS` for a stretch of bars of another length
 */
export function findCloseBars(
  bars: Bars,
  market: Market,
  clock: ZoneClock,
  from: number,
  isDense: boolean,
  stored: Float64Array = new Float64Array(),
): CloseBars {
  const { timestamp, length } = bars;
  const { interval } = market;
  if (length < 2) return { live: -1, tooClose: [], moveLastTo: undefined };
  // trades of the same millisecond have bars of their own
  const bound = interval < SECOND ? 0 : nearest(interval) * interval;
  // a session's first bar is shorter where bars are cut at full hours: regular, and no fault
  const most = Math.max(3, 0.005 * (length - from));
  const last = length - 1;
  const close: number[] = [];
  let closeBars = 0;
  let stretch = 0;
  const longer = 1.9 * interval;
  let long = { bars: 0, shortest: Number.POSITIVE_INFINITY, alike: 0 };
  let kept = Math.max(1, from) - 1;
  let lasts: ReadonlyMap<number, number> | undefined;
  for (let i = kept + 1; i < length; i++) {
    // from the last bar in its place: of two short distances around an odd bar the odd one is to blame
    const gap = timestamp[i] - timestamp[kept];
    if (gap < bound && !isFirstOfSession(timestamp, kept, i, market, clock)) {
      lasts ??= lastsOfSessions([before(stored, timestamp[0]), timestamp], market, clock);
      if (isLastOfSession(timestamp, i, market) && (lasts.get(timeOfDay(timestamp[i], clock)) ?? 0) > 1) {
        stretch = 0;
        kept = i;
        continue;
      }
      if (++stretch >= STRETCH) throw otherLength(bars, i - STRETCH, timestamp[i] - timestamp[i - 1], interval);
      closeBars++;
      if (close.length <= most) close.push(i);
      else close[close.length - 1] = i;
      continue;
    }
    stretch = 0;
    kept = i;
    if (gap <= longer) {
      if (long.bars > 0) long = { bars: 0, shortest: Number.POSITIVE_INFINITY, alike: 0 };
    } else if (i !== from || !isDense) {
      // what lies between known bars and new ones tells nothing of the new ones' length
      long.bars++;
      if (gap < 0.85 * long.shortest) long.alike = 0;
      long.shortest = Math.min(long.shortest, gap);
      if (gap <= 1.15 * long.shortest) long.alike++;
      // of a known symbol with few holes, few new bars are enough, if they are all so and far apart: a minute or two may be missing three times in a row
      const isFar = long.shortest >= FAR * interval && long.bars >= i - from;
      const few = interval >= DAY_MS && long.shortest >= SHORTEST_WEEK ? STRETCH - 1 : STRETCH;
      const enough = isDense && isFar ? few : LONG_STRETCH;
      // nights and weekends are longer
      if (long.bars >= enough && long.alike >= 0.6 * long.bars && usualLength(long.shortest) !== undefined) {
        throw otherLength(bars, i - long.bars, long.shortest, interval);
      }
    }
  }
  // every other one, or two of three: bars of a half or a third of the length, each of which has one in its place behind it
  if (closeBars > MOST_CLOSE * (length - from) && closeBars > LONG_STRETCH) {
    throw otherLength(bars, from, inferInterval(timestamp.subarray(Math.max(0, from - 1))), interval);
  }
  const day = interval === DAY_MS ? dayStamp(bars, clock) : undefined;
  const isLive = last >= from && (close.at(-1) === last || day?.isSecond === true);
  // a row for the last trade stands beside the day's bar; two rows of one day at odd times are shorter bars
  if (isLive && interval === DAY_MS && last - 1 >= from && isOddTime(timestamp, last - 1, clock)) {
    throw otherLength(bars, last - 1, timestamp[last] - timestamp[last - 1], interval);
  }
  return {
    live: isLive ? last : -1,
    tooClose: close.length > most ? [] : close.filter((i) => i !== last),
    moveLastTo: isLive || last < from ? undefined : day?.moveTo,
  };
}

/**
 * Whether a session's first bar is short because the others begin on the full hour: 09:30, 10:00, 11:00. Then the second one is in line with what follows
 * and the first one, after a night, is not; a row for the last trade is the other way round.
 */
function isFirstOfSession(timestamp: Float64Array, first: number, second: number, { interval }: Market, clock: ZoneClock): boolean {
  if (interval >= DAY_MS || second !== first + 1) return false;
  const isFull = (time: number) => (time + clock.offsetAt(time)) % Math.min(interval, HOUR) === 0;
  return (
    isFull(timestamp[second]) && !isFull(timestamp[first]) && (first === 0 || timestamp[first] - timestamp[first - 1] > 1.9 * interval)
  );
}

/** Whether a bar ends a session: a night follows, or nothing. */
function isLastOfSession(timestamp: Float64Array, index: number, { interval }: Market): boolean {
  return interval < DAY_MS && (index === timestamp.length - 1 || timestamp[index + 1] - timestamp[index] > 1.9 * interval);
}

/**
 * How many sessions end with a bar at a time of day, close to the bar before: a closing auction has a row of its own, every day at the same time. A row for the
 * last trade is found once, at any time.
 */
function lastsOfSessions(stretches: readonly Float64Array[], market: Market, clock: ZoneClock): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const bound = nearest(market.interval) * market.interval;
  for (const timestamp of stretches) {
    for (let i = 1; i < timestamp.length; i++) {
      if (timestamp[i] - timestamp[i - 1] >= bound || !isLastOfSession(timestamp, i, market)) continue;
      const time = timeOfDay(timestamp[i], clock);
      counts.set(time, (counts.get(time) ?? 0) + 1);
    }
  }
  return counts;
}

function before(stored: Float64Array, time: number): Float64Array {
  return stored.filter((other) => other < time);
}

function timeOfDay(time: number, clock: ZoneClock): number {
  return (((time + clock.offsetAt(time)) % DAY_MS) + DAY_MS) % DAY_MS;
}

/** The newest daily bar's stamp, if its time of day is one that no bar before has. */
function dayStamp({ timestamp, length }: Bars, clock: ZoneClock): { isSecond: boolean; moveTo: number } | undefined {
  const last = timestamp[length - 1];
  const dayOf = (time: number) => Math.floor(localTime(time, clock) / DAY_MS);
  if (!isOddTime(timestamp, length - 1, clock)) return undefined;
  const previous = timestamp[length - 2];
  const moveTo = previous + (dayOf(last) - dayOf(previous)) * DAY_MS;
  return { isSecond: moveTo <= previous, moveTo };
}

/** Whether none of the twenty bars before a daily one has its time of day; false for the first three, of which that cannot be told. */
function isOddTime(timestamp: Float64Array, index: number, clock: ZoneClock): boolean {
  const time = timestamp[index];
  const before = timestamp.subarray(Math.max(0, index - 20), index);
  const timeOfDay = (at: number) => ((localTime(at, clock) % DAY_MS) + DAY_MS) % DAY_MS;
  return (
    before.length >= 3 && !before.some((other) => Math.abs(timeOfDay(other) - timeOfDay(time)) <= 2 * HOUR || (other - time) % DAY_MS === 0)
  );
}

/** Midnight UTC names a date, anything else is an instant on it. */
function localTime(time: number, clock: ZoneClock): number {
  return time % DAY_MS === 0 ? time : time + clock.offsetAt(time);
}

function otherLength({ timestamp }: Bars, index: number, gap: number, interval: number): TickerforestError {
  const at = new Date(timestamp[Math.max(0, index)]).toISOString();
  const meant = [SECOND, MINUTE_MS].some((unit) => usualLength(interval * unit)?.name === usualLength(gap)?.name);
  return new TickerforestError(
    'INVALID_BARS',
    `bars of another length: ${lengthInWords(interval)} bars (interval ${interval} ms) are expected, and from ${at} on they are ${lengthInWords(gap)} (interval ${gap} ms). ` +
      (meant
        ? `interval is in milliseconds: say interval: ${gap}, or leave it out`
        : 'Ask the source for one length, or keep each length under a symbol of its own'),
  );
}

/**
 * @param timestamp - in order of time, milliseconds UTC
 * @param interval - their most frequent distance
 * @returns whether these are other numbers: parts of a second apart, on the first day of 1970, as years (2024), dates of digits (202401) and a spreadsheet's days are
 */
export function looksUncounted(timestamp: Float64Array, interval: number): boolean {
  return interval < SECOND && timestamp[0] >= SECOND && timestamp[timestamp.length - 1] < 1e8;
}

/**
 * @param timestamp - in order of time, milliseconds UTC
 * @param interval - their most frequent distance
 * @returns whether these are seconds since 1970: before 1973 if read as milliseconds, and no length that bars have, but one as seconds
 */
export function looksLikeSeconds(timestamp: Float64Array, interval: number): boolean {
  const size = Math.abs(timestamp[timestamp.length - 1] ?? 0);
  const isInSeconds = interval * SECOND >= MINUTE_MS && usualLength(interval * SECOND) !== undefined;
  return size >= 1e8 && size < 1e11 && isInSeconds && usualLength(interval) === undefined;
}
