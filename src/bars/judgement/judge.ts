import { TickerforestError } from '../../errors';
import { inTurns, type Turns } from '../../waiting';
import { type Bars, sliceBars } from '../bars';
import { barEnd } from '../forming-bars';
import { DAY_MS, type Market, type MarketOptions, marketFrom } from '../market';
import type { Reading } from '../reading';
import { ZoneClock } from '../time-zone';
import type { Warning } from '../warnings';
import { findDropped } from './known';
import { findMisdated, findRepeats, findZeroDate, orderOfTime, pickBars, sortedTimes } from './order';
import { findOddPrices, takeTurns } from './prices';
import { doubtTimeZone } from './session';
import { findCloseBars, inferInterval, looksLikeSeconds, looksUncounted, snapStamps } from './spacing';
import { findSwappedDays } from './swapped-days';
import { type BadBarCount, type BadBarReason, describeBar, describeTime } from './values';

/** What is known about the bars that are to be judged. */
export interface JudgementContext {
  /** Whose bars, for messages. */
  readonly symbol: string;
  /** Market, as the caller described it. */
  readonly market: MarketOptions;
  /** Length of a bar, milliseconds, where it is known. */
  readonly interval: number | undefined;
  /** Whether the known history has hardly a hole. */
  readonly isDense: boolean;
  /** Bars up to this timestamp are known: they were judged before. -Infinity: none. */
  readonly after: number;
  /** Timestamps of the newest known bars, at least of those that are compared; undefined: nobody said. */
  readonly knownTimes: Float64Array | undefined;
  /** The time that counts as now, milliseconds UTC; Infinity: nothing is forming. */
  readonly now: number;
  /** Whether bad bars are left out instead of being refused. */
  readonly drops: boolean;
  /** Ratio from which a spike is bad. */
  readonly maxJump: number;
  /** How the source was read, where it says so. */
  readonly reading: Reading | undefined;
  /** Where the bar that came at an index came from. */
  readonly describe: (index: number) => string;
}

/** Bars that were judged. Bars that came = bars here + bad + known bad + repeated + live + forming. */
export interface JudgedBars {
  /** Good bars in order of time. */
  readonly bars: Bars;
  /** Whose they are; null for fewer than two bars whose length nobody said. */
  readonly market: Market | null;
  /** How many of them are known. */
  readonly known: number;
  /** Bad ones among the known: counted when they were new. */
  readonly knownBad: number;
  /** Bars that came more than once. */
  readonly repeated: number;
  /** Rows for the last trade. */
  readonly live: number;
  /** Bars that are not complete. */
  readonly forming: number;
  /** What people should know. */
  readonly warnings: readonly Warning[];
}

/** A future date is a wrong one if it is so far behind the bars before it; bars that follow each other are just not due yet. */
const LONGEST_BREAK = 30 * DAY_MS;
/** Different bars of one time, as a share of all, from which there may be two series instead of corrections. */
const MIXED = 0.005;
/** So many bars are worth a turn of the event loop for each look at all of them. */
const MANY = 50_000;
/** Prices that jump and come back, as a share of all, from which two series may take turns. */
const PING_PONG = 0.05;

/**
 * Judges bars whose own values are good by their neighbours, the market and the clock: the one place that decides which bars of a source are taken.
 *
 * @param offered - as they came; may be changed
 * @param isAscending - whether their timestamps are strictly ascending
 * @param context - what is known about them
 * @param bad - counts the bad ones
 * @param turns - gives way
 * @returns the good ones, and what became of the others
 * @throws TickerforestError `INVALID_BARS` where bars cannot be put right: several series in one, bars of another length, times that fit another zone; `ABORTED`
 */
export async function judgeBars(
  offered: Bars,
  isAscending: boolean,
  context: JudgementContext,
  bad: BadBarCount,
  turns: Turns,
): Promise<JudgedBars> {
  const { symbol, after, now } = context;
  const warnings: Warning[] = [];
  const warn = (code: Warning['code'], count: number, firstBar: number | null, message: string) =>
    warnings.push({ code, message: `${symbol}: ${message}`, count, firstBar });
  let bars = offered;
  /** Index at which each bar came; null while they are as they came. */
  let places: Uint32Array | null = null;
  let knownBad = 0;

  /** Each look at all bars may take a turn of its own. */
  const pause = async () => {
    if (turns.isOver || bars.length > MANY) await turns.giveWay();
  };
  const leaveOut: LeaveOut = async (indices, reasonOf) => {
    if (indices.length === 0) return;
    for (const index of indices) {
      const reason = reasonOf(index);
      if (reason === null) continue;
      if (bars.timestamp[index] <= after) knownBad++;
      else bad.add(reason, () => `${context.describe(places === null ? index : places[index])}: ${describeBar(bars, index)}`);
    }
    const kept = without(bars.length, indices);
    places = composed(places, kept);
    bars = await pickBars(bars, kept, turns);
  };

  await pause();
  // what follows what in the source tells nothing where that is in no order
  const inOrder = isAscending ? bars.timestamp : await sortedTimes(bars.timestamp, turns);
  await pause();
  let interval = context.interval ?? (hasTwoTimes(bars) ? inferInterval(inOrder) : undefined);
  if (after === Number.NEGATIVE_INFINITY && (!isAscending || interval === DAY_MS)) refuseSwappedDays(bars, context);
  if (!isAscending) {
    await pause();
    await leaveOut(findMisdated(bars, interval ?? 0), () => 'misdated');
    await pause();
    const late = lateBars(bars.timestamp, after);
    if (late.count > 0) {
      warn('put_in_order', late.count, late.first, `${count(late.count)} did not come oldest first and were put in order of time`);
    }
    await pause();
    const order = await orderOfTime(bars.timestamp, turns);
    places = composed(places, order);
    bars = await pickBars(bars, order, turns);
    if (context.interval === undefined && hasTwoTimes(bars)) interval = inferInterval(bars.timestamp);
  }
  if (after === Number.NEGATIVE_INFINITY) await leaveOut(findZeroDate(bars), () => 'misdated');
  if (interval !== undefined && context.reading === undefined && looksLikeSeconds(bars.timestamp, interval)) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${symbol}: timestamps such as ${bars.timestamp[0]} are seconds since 1970, as it seems, and are to be milliseconds; multiply them by 1000`,
    );
  }
  if (interval !== undefined && looksUncounted(bars.timestamp, interval)) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${symbol}: timestamps such as ${bars.timestamp[0]} are no milliseconds since 1970: these bars would be ${interval} ms apart, on the first day of 1970. ` +
        "Are they years, dates of digits (202401, 240131) or a spreadsheet's days? Give milliseconds since 1970, or in rows a Date or a text such as '2024-01-31'",
    );
  }
  await pause();
  const snapped = interval === undefined ? { moved: 0, fresh: 0, first: -1 } : snapStamps(bars.timestamp, interval, after);
  if (snapped.fresh > 0) {
    const at = bars.timestamp[snapped.first];
    warn(
      'snapped_stamps',
      snapped.fresh,
      at,
      `${count(snapped.fresh)} had a time a little beside the full minute or second and were moved onto it`,
    );
  }
  const market = interval === undefined ? null : marketFrom(interval, context.market);
  const clock = market && new ZoneClock(market.timeZone);
  let forming = 0;
  if (market !== null && clock !== null && now < Number.POSITIVE_INFINITY) {
    await leaveOut(findFuture(bars, market, now), () => 'future');
    let complete = bars.length;
    while (complete > 0 && barEnd(bars.timestamp[complete - 1], market, clock) > now) complete--;
    forming = bars.length - complete;
    bars = sliceBars(bars, 0, complete);
  }
  await pause();
  const repeated = isAscending && snapped.moved === 0 ? 0 : await takeRepeats(bars, context, leaveOut, warn);
  if (market !== null && context.knownTimes !== undefined) {
    const known = lowerBound(bars.timestamp, after);
    await leaveOut(await inTurns(findDropped(bars, known, context.knownTimes, market.interval, context.maxJump), turns), () => 'spike');
  }
  let live = 0;
  if (market !== null && clock !== null) {
    await pause();
    const close = findCloseBars(bars, market, clock, lowerBound(bars.timestamp, after), context.isDense, context.knownTimes);
    const last = bars.length - 1;
    const at = bars.timestamp[last];
    if (close.live >= 0) {
      live = 1;
      const inside = `the newest row, of ${describeTime(at)}, lies inside the bar of ${describeTime(bars.timestamp[last - 1])}`;
      warn('live_row', 1, at, `${inside}: a row for the last trade, left out`);
      await leaveOut([close.live], () => null);
    } else if (close.moveLastTo !== undefined) {
      const to = describeTime(close.moveLastTo);
      if (close.moveLastTo > after) {
        warn(
          'snapped_stamps',
          1,
          close.moveLastTo,
          `the newest bar's stamp ${describeTime(at)} was moved to ${to}, where the bars before it have theirs`,
        );
      }
      bars.timestamp[last] = close.moveLastTo;
    }
    await leaveOut(close.tooClose, () => 'too_close');
    // what follows known bars is compared with them instead
    const doubt = after === Number.NEGATIVE_INFINITY ? doubtTimeZone(bars, market, clock) : 'fits';
    if (typeof doubt === 'object') judgeZone(context, doubt, warn);
    else if (doubt === 'unknown' && context.reading?.time_zone_from === 'assumed' && market.interval < DAY_MS) {
      warn(
        'assumed',
        0,
        null,
        "times have no offset and were read as UTC, which nothing confirms; say timeZone where the source is made, 'UTC' if that is right",
      );
    }
  }
  await pause();
  await judgePrices(bars, context, lowerBound(bars.timestamp, after), leaveOut, warn, turns);
  return { bars, market, known: lowerBound(bars.timestamp, after), knownBad, repeated, live, forming, warnings };
}

type Warn = (code: Warning['code'], count: number, firstBar: number | null, message: string) => void;
type LeaveOut = (indices: readonly number[], reasonOf: (index: number) => BadBarReason | null) => Promise<void>;

/** Leaves out bars that came before; refuses two series that share their times. Returns how many were the same bar again. */
async function takeRepeats(bars: Bars, context: JudgementContext, leaveOut: LeaveOut, warn: Warn): Promise<number> {
  const { timestamp, close, length } = bars;
  const { equal, replaced, difference } = findRepeats(bars);
  const isNew = (index: number) => timestamp[index] > context.after;
  const others = replaced.filter(isNew);
  if (others.length >= Math.max(3, MIXED * length) && difference > 4 * medianMove(close, replaced)) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${context.symbol}: ${others.length} times have several different bars, whose prices differ by ${(100 * difference).toPrecision(2)} %: ` +
        `are these several symbols, or as-traded and adjusted prices, in one source? The first is ${describeTime(timestamp[others[0]])}. ` +
        'Give the bars of one series only: rows with a symbol field, or a file whose column of symbols is named with columns: { symbol: ... }',
    );
  }
  if (others.length > 0 && context.drops) {
    const first = timestamp[others[0]];
    const what = 'had the time of a later bar with other values; the later one was taken';
    warn('replaced_bars', others.length, first, `${count(others.length)} ${what}, first at ${describeTime(first)}`);
  }
  const again = equal.filter(isNew);
  if (again.length > 0) {
    const first = timestamp[again[0]];
    const what = 'came again with the same values and counted once';
    warn('repeated_bars', again.length, first, `${count(again.length)} ${what}, first at ${describeTime(first)}`);
  }
  const isReplaced = new Set(replaced);
  await leaveOut(
    [...equal, ...replaced].sort((a, b) => a - b),
    (index) => (isReplaced.has(index) ? 'duplicate' : null),
  );
  return equal.length;
}

/** Such dates are all there, and many are wrong: neither order nor dropping puts that right. */
function refuseSwappedDays(bars: Bars, { symbol, reading, market }: JudgementContext): void {
  const found = findSwappedDays(bars, new ZoneClock(reading?.time_zone ?? market.timeZone ?? 'UTC'));
  if (found === undefined) return;
  throw new TickerforestError(
    'INVALID_BARS',
    `${symbol}: day and month have changed places in dates up to the 12th of a month (${found}): a spreadsheet or parser has read them in the other order. ` +
      'Take the dates from where they come from once more, and say in which order they are written (dateOrder)',
  );
}

function judgeZone(context: JudgementContext, doubt: { found: string; zone: string; isName: boolean }, warn: Warn): void {
  const { reading, market, symbol } = context;
  const isAssumed = reading?.time_zone_from === 'assumed';
  const say = doubt.isName ? `timeZone: '${doubt.zone}'` : `the timeZone that the file is in (${doubt.zone})`;
  if (isAssumed) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${symbol}: the times have no offset, and ${doubt.found}. Say how they are to be read: ${say} where the source is made, or timeZone: 'UTC' there if they are UTC`,
    );
  }
  if (market.exchange === undefined && market.timeZone === undefined) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${symbol}: ${doubt.found}. Say in which time zone the market's days are: timeZone or exchange (${doubt.zone}), or timeZone: 'UTC' if UTC is right`,
    );
  }
  warn('time_zone', 0, null, `${doubt.found}. If that is wrong, correct the source's timeZone or the exchange`);
}

async function judgePrices(
  bars: Bars,
  context: JudgementContext,
  from: number,
  leaveOut: LeaveOut,
  warn: Warn,
  turns: Turns,
): Promise<void> {
  const { timestamp, close, length } = bars;
  const { spikes, suspects, levels } = await inTurns(findOddPrices(bars, from, context.maxJump), turns);
  const odd = spikes.length + suspects.count;
  if (context.maxJump < Number.POSITIVE_INFINITY && (odd >= Math.max(10, PING_PONG * (length - from)) || takeTurns(bars))) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${context.symbol}: prices jump and come back all the time (${odd > 0 ? `${odd} of ${length - from} bars` : 'from bar to bar'}): are these several symbols, ` +
        'or prices in several units, that take turns? Give the bars of one series only; if they are, maxJump: Infinity takes them',
    );
  }
  const place = (index: number) => `first at ${describeTime(timestamp[index])} (close ${close[index]})`;
  if (suspects.count > 0) {
    const what = `${count(suspects.count)} with prices that the next bars take back, ${place(suspects.first)}: bad prints?`;
    warn('suspected_spikes', suspects.count, timestamp[suspects.first], what);
  }
  if (levels.count > 0) {
    const at = timestamp[levels.first];
    const what = `${count(levels.count)} with which prices take another level, first at ${describeTime(at)} (${levels.description})`;
    warn('suspected_splits', levels.count, at, `${what}: use prices that are adjusted for splits, or check the source`);
  }
  if (spikes.length > 0 && context.drops) {
    const what = `${count(spikes.length)} with prices more than ${context.maxJump} times off were left out, ${place(spikes[0])}`;
    warn('suspected_spikes', spikes.length, timestamp[spikes[0]], what);
  }
  await leaveOut(spikes, () => 'spike');
}

/** Bars at the end that begin after now, far behind those before them. Bars that go on from there are not due yet, not wrong. */
function findFuture({ timestamp, length }: Bars, { interval }: Market, now: number): number[] {
  let first = length;
  while (first > 0 && timestamp[first - 1] > now + Math.max(interval, DAY_MS)) first--;
  if (first === length || first === 0) return [];
  const apart = Math.max(LONGEST_BREAK, 10 * interval);
  const future: number[] = [];
  for (let i = first; i < length; i++) if (timestamp[i] - timestamp[first - 1] > apart) future.push(i);
  return future.length <= 3 ? future : [];
}

/** Indices below `length` that are not among the given ascending ones. */
function without(length: number, indices: readonly number[]): Uint32Array {
  const kept = new Uint32Array(length - indices.length);
  let gone = 0;
  for (let i = 0; i < length; i++) {
    if (indices[gone] === i) gone++;
    else kept[i - gone] = i;
  }
  return kept;
}

/** Where bars came from, after some of them were picked. */
function composed(places: Uint32Array | null, picked: Uint32Array): Uint32Array {
  return places === null ? picked : picked.map((index) => places[index]);
}

function hasTwoTimes({ timestamp, length }: Bars): boolean {
  for (let i = 1; i < length; i++) if (timestamp[i] !== timestamp[i - 1]) return true;
  return false;
}

/** Bars that came after a later one; the first of them in time. */
function lateBars(timestamp: Float64Array, after: number): { count: number; first: number } {
  let latest = Number.NEGATIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  let late = 0;
  for (const time of timestamp) {
    if (time > latest) latest = time;
    else if (time < latest && time > after) {
      late++;
      if (time < first) first = time;
    }
  }
  return { count: late, first };
}

/** Median move from bar to bar, without those that share their time. */
function medianMove(close: Float64Array, replaced: readonly number[]): number {
  const gone = new Set(replaced);
  const moves: number[] = [];
  let previous = Number.NaN;
  for (let i = 0; i < close.length && moves.length < 10_000; i++) {
    if (gone.has(i)) continue;
    if (!Number.isNaN(previous) && close[i] !== previous) moves.push(Math.abs(close[i] / previous - 1));
    previous = close[i];
  }
  return Float64Array.from(moves).sort()[moves.length >> 1] ?? 0;
}

function lowerBound(timestamp: Float64Array, after: number): number {
  let low = 0;
  let high = timestamp.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamp[middle] > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

function count(bars: number): string {
  return bars === 1 ? '1 bar' : `${bars.toLocaleString('en-US')} bars`;
}
