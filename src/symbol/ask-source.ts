import type { BarRequest } from '../bars/bar-source';
import { allocateBars, type Bars, sliceBars } from '../bars/bars';
import { collectBars } from '../bars/collect-bars';
import { stampSlack } from '../bars/judgement/spacing';
import { BadBarCount, type BadBars } from '../bars/judgement/values';
import { DAY_MS, type Market, type MarketOptions } from '../bars/market';
import type { Reading } from '../bars/reading';
import type { Warning } from '../bars/warnings';
import { wholeAnswers } from '../bars/whole-answers';
import { TickerforestError } from '../errors';
import { type IgnoredBars, NOTHING_IGNORED } from '../updates/incremental-update-strategy';
import type { SymbolJob, TrainSymbolOptions } from './job';

const YEAR_MS = 365.25 * DAY_MS;

/** What asking needs of a run. */
export interface AskingJob extends Pick<SymbolJob, 'source' | 'now' | 'progress' | 'watch'> {
  /** What the caller says of the bars. */
  readonly options: Pick<
    TrainSymbolOptions,
    'symbol' | 'from' | 'historyYears' | 'badBars' | 'maxBars' | 'maxJump' | 'oldBars' | 'threads'
  >;
}

/** Complete bars of a source. */
export interface FetchedBars {
  /** The bars, ascending. */
  readonly bars: Bars;
  /** Whose they are. */
  readonly market: Market;
  /** Bad bars before the newest of the bars, by reason. */
  readonly rejected: BadBars;
  /** Bars that were left out. */
  readonly ignored: IgnoredBars;
  /** Whether the source told of bars after the newest one here: forming, bad, or later than was asked for. */
  readonly goesOn: boolean;
  /** How the source was read, where it says so. */
  readonly reading: Reading | undefined;
  /** What was assumed, mended or left out. */
  readonly warnings: readonly Warning[];
}

/** Of what a run may be sure when it asks a source. */
export interface Expected {
  /** The market, as far as it is known. */
  readonly market: MarketOptions;
  /** Length of a bar, milliseconds, where it is known. */
  readonly interval: number | undefined;
  /** Whether the known history has hardly a hole. */
  readonly isDense: boolean;
  /** Timestamp of the newest bar that was judged before, milliseconds UTC; null if none was. */
  readonly after: number | null;
  /** Timestamps of the newest stored bars, where some are compared. */
  readonly knownTimes?: Float64Array;
}

/** Which bars are wanted. */
export interface WantedBars {
  /** From this timestamp on, milliseconds UTC; undefined: from the first. */
  readonly from?: number | undefined;
  /** Up to this timestamp, milliseconds UTC; undefined: to the newest. */
  readonly to?: number | undefined;
  /**
   * Which of the two are timestamps of stored bars. These may have been moved onto their place, so that the source has the bars a little beside: it is asked for as much
   * more, and what then lies outside is cut off.
   */
  readonly stored?: 'from' | 'to' | 'both' | undefined;
}

/**
 * Asks the source until it has nothing more, and judges what it says.
 *
 * @param job - the run
 * @param wanted - which bars
 * @param expected - what is known of them
 * @param signal - aborts
 * @returns the bars
 * @throws TickerforestError as {@link collectBars}; `TOO_FEW_BARS` if their length cannot be told
 */
export async function askSource(job: AskingJob, wanted: WantedBars, expected: Expected, signal: AbortSignal): Promise<FetchedBars> {
  const { interval } = expected;
  const { from, to, stored } = wanted;
  const slack = interval === undefined ? 0 : stampSlack(interval);
  const isStored = (end: 'from' | 'to') => stored === end || stored === 'both';
  const first = from !== undefined && isStored('from') ? from - slack : from;
  // the stamp of a day may be anywhere in it
  const last = to !== undefined && isStored('to') ? to + (interval === DAY_MS ? DAY_MS - 1 : slack) : to;
  const fetched = await ask(job, first, last, expected, signal);
  const { bars, ignored } = fetched;
  const start = first === from ? 0 : indexFrom(bars, from);
  const end = last === to ? bars.length : bars.timestamp.findLastIndex((time) => to === undefined || time <= to) + 1;
  if (start === 0 && end === bars.length) return fetched;
  const later = bars.length - end;
  return {
    ...fetched,
    bars: sliceBars(bars, Math.min(start, end), end),
    ignored: { ...ignored, old: ignored.old + start, later: ignored.later + later },
    goesOn: fetched.goesOn || later > 0,
  };
}

/**
 * @param market - whose bars there would be
 * @returns what a source that says nothing says
 */
export function nothingTold(market: Market): FetchedBars {
  return {
    bars: allocateBars(0),
    market,
    rejected: new BadBarCount().summary,
    ignored: NOTHING_IGNORED,
    goesOn: false,
    reading: undefined,
    warnings: [],
  };
}

/**
 * @param job - the run
 * @returns the time from which on the caller wants bars, milliseconds UTC; undefined: all
 */
export function earliestWanted({ options, now }: Pick<AskingJob, 'options' | 'now'>): number | undefined {
  const { from, historyYears } = options;
  const limits = [from?.getTime(), historyYears === undefined ? undefined : now.getTime() - historyYears * YEAR_MS];
  return limits
    .filter((limit) => limit !== undefined)
    .reduce<number | undefined>((a, b) => (a === undefined ? b : Math.max(a, b)), undefined);
}

function indexFrom({ timestamp, length }: Bars, from: number | undefined): number {
  const index = timestamp.findIndex((time) => from === undefined || time >= from);
  return index < 0 ? length : index;
}

function ask(
  job: AskingJob,
  from: number | undefined,
  to: number | undefined,
  { market, interval, isDense, after, knownTimes }: Expected,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const { options, progress, now } = job;
  const { symbol, badBars, maxBars, maxJump, oldBars, threads } = options;
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const request: BarRequest = { symbol, ...range, signal, ...(threads !== undefined && { threads }) };
  const source = wholeAnswers(job.source, { now: now.getTime(), interval, stamp: market.stamp });
  progress.report('date_range', 1, describeRange(request, now));
  return job.watch.measure(
    'fetch',
    async () => {
      const collected = await collectBars(source, request, {
        market,
        isDense,
        knownTimes,
        now: now.getTime(),
        ...(interval !== undefined && { interval }),
        ...(badBars && { badBars }),
        ...(maxBars !== undefined && { maxBars }),
        ...(maxJump !== undefined && { maxJump }),
        ...(after !== null && { after, ...(oldBars && { oldBars }) }),
        onBatch: (event) => progress.fetching(event),
      });
      const { bars, rejected, reading, warnings } = collected;
      if (collected.market === null) {
        throw new TickerforestError('TOO_FEW_BARS', `${symbol}: ${bars.length} bars, whose length cannot be told; say it with interval`);
      }
      const { old, later, forming, live, repeated, knownBad, pending } = collected;
      return {
        bars,
        market: collected.market,
        rejected,
        ignored: { old, later, forming, live, repeated },
        goesOn: later + forming + knownBad + pending.total > 0,
        reading,
        warnings,
      };
    },
    ({ bars }) => bars.length,
  );
}

function describeRange({ from, to }: BarRequest, now: Date): string {
  const last = to ?? now.getTime();
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (from === undefined) return `all history to ${day(last)}`;
  return `${day(from)} to ${day(last)} (${((last - from) / YEAR_MS).toFixed(1)} years)`;
}
