import type { Bars } from '../bars/bars';
import { DAY_MS, type Market, marketFrom } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { StoredHistory } from '../updates/incremental-update-strategy';
import type { SymbolJob } from './job';
import type { KeptHistory } from './kept-history';
import type { DescribedMarket } from './market';
import { isDense, newestOf, overlapLength, type StoredSpan } from './stored-span';
import type { StoredSymbol } from './stored-symbol';

/** What is known of a symbol's bars before the source is asked. */
export interface Known extends StoredSpan {
  /** For the plan; its recent bars are those that are compared. */
  readonly history: StoredHistory;
  /** Whose they are. */
  readonly market: Market;
  /** Whether there is hardly a hole among them. */
  readonly isDense: boolean;
  /** Timestamps of the newest stored bars, not fewer than are compared. */
  readonly times: Float64Array;
  /** Whether the stored engine has folded just the bars that are kept, or none are. */
  readonly inLine: boolean;
}

/**
 * @param job - the run
 * @param stored - what is stored
 * @param engineer - the stored engine, if it can go on
 * @param history - kept bars; null: the caller keeps none
 * @param described - the market, as far as it is known
 * @returns what is stored of the symbol, as far as the source can be asked to go on from there; null: it is asked for all that it has
 */
export async function knownBars(
  job: SymbolJob,
  stored: StoredSymbol,
  engineer: FeatureEngineer | null,
  history: KeptHistory | null,
  described: DescribedMarket,
): Promise<Known | null> {
  const kept = history?.kept ?? null;
  if (job.options.rebuild === true) return null;
  const isUsable = kept !== null && (described.interval === undefined || described.interval === kept.market.interval);
  const inLine = engineer !== null && (kept === null || (kept.bars === engineer.history.bars && kept.barHash === engineer.history.barHash));
  if (engineer !== null && inLine) {
    const { bars, firstTimestamp, lastTimestamp, longestGap } = engineer.history;
    const { market } = engineer;
    const since = stored.anchor?.bars;
    const newest = since !== undefined && since.length > engineer.recentBars.length ? since : engineer.recentBars;
    const recentBars = newestOf(newest, overlapLength(job, market));
    const stretch = { bars, lastTimestamp, interval: market.interval, longestGap, recentBars };
    const span = { first: firstTimestamp, last: lastTimestamp, bars, interval: market.interval };
    return { ...span, history: stretch, market, isDense: isDense(engineer), times: newest.timestamp, inLine };
  }
  if (!isUsable || history === null) return null;
  const market = marketFrom(kept.market.interval, described);
  const recentBars = await history.newest(overlapLength(job, market));
  const longestGap = longestGapOf(recentBars);
  const stretch = { bars: kept.bars, lastTimestamp: kept.lastTimestamp, interval: market.interval, longestGap, recentBars };
  const span = { first: kept.firstTimestamp, last: kept.lastTimestamp, bars: kept.bars, interval: market.interval };
  return { ...span, history: stretch, market, isDense: false, times: recentBars.timestamp, inLine };
}

/**
 * A day's stamps are those of its date, others are less than a length away.
 *
 * @param time - the stamp of a bar, milliseconds UTC
 * @param market - whose bar
 * @returns the earliest stamp that it may have where its past is told otherwise
 */
export function earliestStamp(time: number, { interval, timeZone }: Market): number {
  if (interval !== DAY_MS) return time - interval + 1;
  const clock = new ZoneClock(timeZone);
  const date = Math.floor((time % DAY_MS === 0 ? time : time + clock.offsetAt(time)) / DAY_MS) * DAY_MS;
  return Math.min(date, clock.toUtc(date));
}

function longestGapOf({ timestamp }: Bars): number {
  return timestamp.reduce((longest, time, i) => (i === 0 ? 0 : Math.max(longest, time - timestamp[i - 1])), 0);
}
