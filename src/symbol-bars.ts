import type { BarRequest } from './bars/bar-source';
import { type Bars, sliceBars } from './bars/bars';
import { collectBars } from './bars/collect-bars';
import { countFormingBars } from './bars/forming-bars';
import { DAY_MS, inferInterval, type Market, type MarketOptions, marketFrom } from './bars/market';
import type { RejectedBars as BadBars } from './bars/validation';
import { TickerforestError } from './errors';
import type { FeatureEngineer } from './features/feature-engineer';
import type { SymbolJob } from './symbol-job';
import type { IgnoredBars } from './updates/incremental-update-strategy';

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
 * @param engineer - the stored engine, or null
 * @param signal - aborts
 * @returns the bars
 * @throws TickerforestError as {@link collectBars}
 */
export async function fetchBars(job: SymbolJob, engineer: FeatureEngineer | null, signal: AbortSignal): Promise<FetchedBars> {
  if (engineer === null) return fetchRange(job, earliestWanted(job), latestWanted(job), inferredMarket(job, job.options), null, signal);
  const { market, history } = engineer;
  return fetchRange(job, comparedBars(job, engineer).timestamp[0], latestWanted(job), () => market, history.lastTimestamp, signal);
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
 * @throws TickerforestError `NO_BARS` if the source has forgotten the beginning; and as {@link collectBars}
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
  // the caller need not describe the market again; a rewritten past may have bars of another length
  const market = rebuild ? inferredMarket(job, engineer.market) : () => engineer.market;
  const all = await fetchRange(job, wanted ?? first, newest, market, null, signal);
  // a source that has forgotten the beginning must not make the stored profiles forget it too, unless the caller says so
  if (all.bars.timestamp[0] === first || wanted !== undefined) return all;
  const why = rebuild
    ? 'the source has rewritten stored bars, and rebuilding'
    : 'training is due (see the retrain decision), and without a trainingWindow that';
  const wayOut = rebuild
    ? 'or say from which date on the history may begin anew, with from or historyYears'
    : 'or set a trainingWindow when a symbol is created, or raise minNewBars or maxModelAgeDays to keep the models and fold in only the new bars';
  throw new TickerforestError(
    'NO_BARS',
    `${job.options.symbol}: ${why} needs all bars from ${day(first)} on, but the source begins on ${day(all.bars.timestamp[0])}; ` +
      `give a source with the whole history, ${wayOut}`,
  );
}

/**
 * Bars after an engine's newest one.
 *
 * @param job - the run
 * @param engineer - the engine that will fold them
 * @param newest - timestamp of the newest bar of the run, milliseconds UTC
 * @param signal - aborts
 * @returns the bars
 * @throws TickerforestError as {@link collectBars}
 */
export async function fetchAfter(job: SymbolJob, engineer: FeatureEngineer, newest: number, signal: AbortSignal): Promise<FetchedBars> {
  const { market, history } = engineer;
  const fetched = await fetchRange(job, history.lastTimestamp, newest, () => market, history.lastTimestamp, signal);
  const from = fetched.bars.length > 0 && fetched.bars.timestamp[0] === history.lastTimestamp ? 1 : 0;
  return { ...fetched, bars: sliceBars(fetched.bars, from, fetched.bars.length) };
}

function inferredMarket({ options }: SymbolJob, described: MarketOptions): (timestamp: Float64Array) => Market {
  return (timestamp) => marketFrom(options.interval ?? inferInterval(timestamp), described);
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

function fetchRange(
  job: SymbolJob,
  from: number | undefined,
  to: number | undefined,
  marketOf: (timestamp: Float64Array) => Market,
  after: number | null,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const { options, progress, now } = job;
  const request: BarRequest = {
    symbol: options.symbol,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    signal,
  };
  progress.report('date_range', 1, describeRange(request, now));
  return job.watch.measure(
    'fetch',
    async () => {
      const collected = await collectBars(job.source, request, {
        ...(options.badBars && { badBars: options.badBars }),
        ...(after !== null && { after, ...(options.oldBars && { oldBars: options.oldBars }) }),
        onBatch: (event) => progress.fetching(event),
      });
      const { bars } = collected;
      const market = marketOf(bars.timestamp);
      const forming = countFormingBars(bars, market, now.getTime());
      const complete = sliceBars(bars, 0, bars.length - forming);
      if (complete.length === 0 && after === null) {
        throw new TickerforestError(
          'NO_BARS',
          `all ${bars.length} bars of ${options.symbol} end after ${now.toISOString()}, the time that counts as now; is the option now right?`,
        );
      }
      const rejected = collected.rejectedBefore(complete.timestamp[complete.length - 1] ?? Number.NEGATIVE_INFINITY);
      return { bars: complete, market, rejected, ignored: { old: collected.old, forming: collected.forming + forming } };
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
