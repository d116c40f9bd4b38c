import type { BarRequest } from '../bars/bar-source';
import { type Bars, sliceBars } from '../bars/bars';
import { collectBars } from '../bars/collect-bars';
import { stampSlack } from '../bars/judgement/spacing';
import type { RejectedBars as BadBars } from '../bars/judgement/values';
import { DAY_MS, type Market, type MarketOptions } from '../bars/market';
import type { Reading } from '../bars/reading';
import { ZoneClock } from '../bars/time-zone';
import type { Warning } from '../bars/warnings';
import { TickerforestError } from '../errors';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { IgnoredBars } from '../updates/incremental-update-strategy';
import type { SymbolJob } from './job';
import type { StoredSymbol } from './stored-symbol';

const YEAR_MS = 365.25 * DAY_MS;

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
  /** How the source was read, where it says so. */
  readonly reading: Reading | undefined;
  /** What was assumed, mended or left out. */
  readonly warnings: readonly Warning[];
}

/** Of what a run may be sure when it asks a source. */
interface Expected {
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

/**
 * @param job - the run
 * @param engineer - the stored engine
 * @returns the newest stored bars, that the run compares with what the source says now
 */
export function comparedBars({ overlapBars }: SymbolJob, { recentBars }: FeatureEngineer): Bars {
  return sliceBars(recentBars, Math.max(0, recentBars.length - overlapBars), recentBars.length);
}

/**
 * What a run starts with: of an unknown symbol all bars that the options ask for, of a known one the bars to compare and all that is newer.
 *
 * @param job - the run
 * @param stored - what is stored
 * @param signal - aborts
 * @returns the bars
 * @throws TickerforestError `NO_BARS` if a stored history has to be read again and the source has forgotten its beginning; and as {@link collectBars}
 */
export async function fetchBars(job: SymbolJob, { engineer, company }: StoredSymbol, signal: AbortSignal): Promise<FetchedBars> {
  if (engineer === null) {
    const from = earliestWanted(job);
    const fetched = await fetchRange(job, from, latestWanted(job), unknown(job, job.options), signal);
    const first = company?.raw_data.first_bar.getTime() ?? Number.POSITIVE_INFINITY;
    const begins = fetched.bars.timestamp[0];
    // a day: stamps of another time zone are the same bars
    if (from !== undefined || begins - first <= Math.max(DAY_MS, fetched.market.interval)) return fetched;
    throw new TickerforestError(
      'NO_BARS',
      `${job.options.symbol}: the stored state cannot be used (another market, another release, or damage), and rebuilding needs all bars from ${day(first)} on, ` +
        `but the source begins on ${day(begins)}; give a source with the whole history, or say from which date on the history may begin anew, with from or historyYears`,
    );
  }
  const known = expected(engineer, engineer.history.lastTimestamp);
  const { timestamp } = comparedBars(job, engineer);
  return fetchRange(job, timestamp[0], latestWanted(job), { ...known, knownTimes: engineer.recentBars.timestamp }, signal);
}

/**
 * The history again, up to the newest bar that the run knows of: bars that came meanwhile are the next run's.
 *
 * @param job - the run
 * @param engineer - the stored engine
 * @param newest - timestamp of the newest bar of the run, milliseconds UTC
 * @param rebuild - whether the history is rebuilt, so that the caller's `from` and `historyYears` count
 * @param signal - aborts
 * @returns the bars from the first stored one on
 * @throws TickerforestError `NO_BARS` if the source has forgotten the beginning, `SOURCE_FAILED` if it ends before bars that it had a moment ago; and as {@link collectBars}
 */
export async function fetchHistory(
  job: SymbolJob,
  engineer: FeatureEngineer,
  newest: number,
  rebuild: boolean,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const first = engineer.history.firstTimestamp;
  const wanted = rebuild ? earliestWanted(job) : undefined;
  const known = rebuild ? rewritten(job, engineer) : expected(engineer, judgedUntil(job, engineer));
  const { interval } = engineer.market;
  // a vendor who tells the past otherwise, or another one, may have other stamps
  const stamps = rebuild ? stampsOfBar(first, engineer.market) : { from: first, to: first };
  const all = await (wanted === undefined
    ? fetchStretch(job, interval, stamps.from, newest, known, signal)
    : fetchUntil(job, interval, wanted, newest, known, signal));
  reachesOverlap(job, engineer, all);
  // a source that has forgotten the beginning must not make the stored profiles forget it too, unless the caller says so
  const begins = all.bars.timestamp[0];
  if (wanted !== undefined || (begins >= stamps.from && begins <= stamps.to)) return all;
  const why = rebuild
    ? 'the source has rewritten stored bars, and rebuilding'
    : 'training is due (see the retrain decision), and without a trainingWindow that';
  const wayOut = rebuild
    ? 'or say from which date on the history may begin anew, with from or historyYears'
    : 'or set a trainingWindow when a symbol is created, or raise minNewBars or maxModelAgeDays to keep the models and fold in only the new bars';
  const has = all.bars.length === 0 ? 'has none' : `begins on ${day(begins)}`;
  throw new TickerforestError(
    'NO_BARS',
    `${job.options.symbol}: ${why} needs all bars from ${day(first)} on, but the source ${has}; ` +
      `give a source with the whole history, ${wayOut}`,
  );
}

/**
 * Bars after an engine's newest one.
 *
 * @param job - the run
 * @param engineer - the engine that will fold them
 * @param stored - the stored engine: bars up to its newest one were judged before
 * @param newest - timestamp of the newest bar of the run, milliseconds UTC
 * @param signal - aborts
 * @returns the bars
 * @throws TickerforestError as {@link collectBars}
 */
export async function fetchAfter(
  job: SymbolJob,
  engineer: FeatureEngineer,
  stored: FeatureEngineer,
  newest: number,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const { lastTimestamp } = engineer.history;
  const known = expected(stored, judgedUntil(job, stored) ?? lastTimestamp);
  const fetched = await fetchStretch(job, stored.market.interval, lastTimestamp, newest, known, signal);
  reachesOverlap(job, stored, fetched);
  const from = fetched.bars.length > 0 && fetched.bars.timestamp[0] === lastTimestamp ? 1 : 0;
  return { ...fetched, bars: sliceBars(fetched.bars, from, fetched.bars.length) };
}

/** The stamps that a bar may have where its past is told otherwise: a day's are those of its date, others are less than a length away. */
function stampsOfBar(time: number, { interval, timeZone }: Market): { readonly from: number; readonly to: number } {
  if (interval !== DAY_MS) return { from: time - interval + 1, to: time + interval - 1 };
  const clock = new ZoneClock(timeZone);
  const date = Math.floor((time % DAY_MS === 0 ? time : time + clock.offsetAt(time)) / DAY_MS) * DAY_MS;
  const midnight = clock.toUtc(date);
  return { from: Math.min(date, midnight), to: midnight + DAY_MS - 1 };
}

/** A source that had the newest stored bars a moment ago and now ends before them has answered in part: what is stored must not shrink to that. */
function reachesOverlap(job: SymbolJob, engineer: FeatureEngineer, { bars }: FetchedBars): void {
  const [overlap] = comparedBars(job, engineer).timestamp;
  const last = bars.timestamp[bars.length - 1];
  if (bars.length === 0 || last >= overlap) return;
  throw new TickerforestError(
    'SOURCE_FAILED',
    `${job.options.symbol}: asked for all bars, the source ended on ${day(last)}, though it had later ones (${day(overlap)} and after) when it was asked for the newest; ` +
      'nothing was stored, try again',
  );
}

/** Of a symbol whose history is read from nothing. */
function unknown({ options }: SymbolJob, market: MarketOptions): Expected {
  return { market, interval: options.interval, isDense: false, after: null };
}

/**
 * Of a symbol whose stored bars the source tells otherwise. The caller need not describe the market again, and bars of another length are no rewritten past:
 * only a caller who names an interval has days replaced by weeks.
 */
function rewritten(job: SymbolJob, { market }: FeatureEngineer): Expected {
  return { ...unknown(job, market), interval: job.options.interval ?? market.interval };
}

/** Of a symbol whose bars go on from a stored engine. */
function expected({ market, history }: FeatureEngineer, after: number | null): Expected {
  return { market, interval: market.interval, isDense: history.gaps < history.bars / 4, after };
}

/**
 * Until when a retraining takes bars as they are. Where bad bars are dropped they are judged again, so that the same ones are dropped as when they were new; where
 * they are refused none is stored, and what is stored stays: a print that was taken back later must not stop a symbol for good.
 */
function judgedUntil({ options }: SymbolJob, stored: FeatureEngineer): number | null {
  return options.badBars === 'drop' ? null : stored.history.lastTimestamp;
}

function earliestWanted({ options, now }: SymbolJob): number | undefined {
  const { from, historyYears } = options;
  const limits = [from?.getTime(), historyYears === undefined ? undefined : now.getTime() - historyYears * YEAR_MS];
  return limits
    .filter((limit) => limit !== undefined)
    .reduce<number | undefined>((a, b) => (a === undefined ? b : Math.max(a, b)), undefined);
}

function latestWanted({ options }: SymbolJob): number | undefined {
  return options.to?.getTime();
}

/**
 * Bars from and to stored ones. Stored stamps may have been moved onto their place, so that the source has these bars a little beside: it is asked for as much more, and
 * what then lies outside is cut off.
 */
async function fetchStretch(
  job: SymbolJob,
  interval: number,
  from: number,
  to: number,
  known: Expected,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const fetched = await fetchUntil(job, interval, from - stampSlack(interval), to, known, signal);
  const { bars, ignored } = fetched;
  const first = bars.timestamp.findIndex((time) => time >= from);
  const before = first < 0 ? bars.length : first;
  return { ...fetched, bars: sliceBars(bars, before, bars.length), ignored: { ...ignored, old: ignored.old + before } };
}

/** Bars up to a stored one, or one of this run: like {@link fetchStretch}, at the end. */
async function fetchUntil(
  job: SymbolJob,
  interval: number,
  from: number,
  to: number,
  known: Expected,
  signal: AbortSignal,
): Promise<FetchedBars> {
  // the stamp of a day may be anywhere in it
  const slack = interval === DAY_MS ? DAY_MS - 1 : stampSlack(interval);
  const fetched = await fetchRange(job, from, to + slack, known, signal);
  const { bars, ignored } = fetched;
  const end = bars.timestamp.findLastIndex((time) => time <= to) + 1;
  return { ...fetched, bars: sliceBars(bars, 0, end), ignored: { ...ignored, later: ignored.later + bars.length - end } };
}

function fetchRange(
  job: SymbolJob,
  from: number | undefined,
  to: number | undefined,
  { market, interval, isDense, after, knownTimes }: Expected,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const { options, progress, now } = job;
  const { symbol, badBars, maxBars, maxJump, oldBars } = options;
  const request: BarRequest = { symbol, ...(from !== undefined && { from }), ...(to !== undefined && { to }), signal };
  progress.report('date_range', 1, describeRange(request, now));
  return job.watch.measure(
    'fetch',
    async () => {
      const collected = await collectBars(job.source, request, {
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
      const { old, later, forming, live, repeated } = collected;
      return { bars, market: collected.market, rejected, ignored: { old, later, forming, live, repeated }, reading, warnings };
    },
    ({ bars }) => bars.length,
  );
}

function describeRange({ from, to }: BarRequest, now: Date): string {
  const last = to ?? now.getTime();
  if (from === undefined) return `all history to ${day(last)}`;
  return `${day(from)} to ${day(last)} (${((last - from) / YEAR_MS).toFixed(1)} years)`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
