import { type Bars, checkBars, sliceBars } from '../bars/bars';
import { DAY_MS } from '../bars/market';
import type { ErrorCode } from '../errors';
import { FeatureEngineer } from '../features/feature-engineer';
import type { FeatureUpdateOptions } from '../features/feature-update';
import { invalidOption, number, whole } from '../options/checks';
import { checkArgument, readSafely } from '../options/description';
import { described } from '../text';
import { checkHistory, type HistoryCheck, NOT_CHECKED } from './history-check';
import { type RetrainInputs, type RetrainOptions, type RetrainVerdict, shouldRetrainModels } from './retrain-policy';

/** Also infinite: before all bars, or after them. */
const anyNumber = number({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY });
const barCount = whole({ from: 0, to: Number.MAX_SAFE_INTEGER });

/** What a run does to a symbol's stored profiles. */
export type UpdateAction = 'create_new_profile' | 'incremental_update' | 'up_to_date';

/** A stretch of time, milliseconds UTC, both ends inclusive. */
export interface BarRange {
  /** First timestamp. */
  readonly from: number;
  /** Last timestamp. */
  readonly to: number;
}

/** A hole between the stored history and the first new bar. */
export interface HistoryGap {
  /** Timestamp of the newest stored bar, milliseconds UTC. */
  readonly after: number;
  /** Timestamp of the first new bar, milliseconds UTC. */
  readonly before: number;
  /** Their distance; more than a bar's length. */
  readonly milliseconds: number;
  /** Whether the stored history has no hole as long as this one: a night or weekend is usual, a lost week is not. */
  readonly unusual: boolean;
}

/** Bars that the source offered and that were left out. */
export interface IgnoredBars {
  /** Older than the overlap that is compared. */
  readonly old: number;
  /** After the time that the caller wants bars to. */
  readonly later: number;
  /** Not complete yet at the time of the run. */
  readonly forming: number;
  /** Rows for the last trade, beside the newest bar. */
  readonly live: number;
  /** The same bar once more. */
  readonly repeated: number;
}

/** The reason for a rebuild that a check gives. */
export const REWRITTEN = 'the source has rewritten its past';

/** Every bar was taken. */
export const NOTHING_IGNORED: IgnoredBars = { old: 0, later: 0, forming: 0, live: 0, repeated: 0 };

/** How much of the history a run had to touch. */
export interface UpdateEfficiency {
  /** Bars folded by the run. */
  readonly barsFolded: number;
  /** Bars in the history after the run. */
  readonly barsInHistory: number;
  /** Share of the history that was not folded again, 0 to 1. */
  readonly shareSaved: number;
  /** Milliseconds that the run took; null in a plan. */
  readonly milliseconds: number | null;
}

/** Why models could not be trained. */
export interface TrainingFailure {
  /** Code of the error that training would have ended with. */
  readonly code: ErrorCode;
  /** Its message. */
  readonly reason: string;
}

/** What a run will do, made before it is done. Plain data. */
export interface IncrementalUpdatePlan {
  /** Create from all history, fold new bars in, or nothing. */
  readonly action: UpdateAction;
  /** Bars after the stored history, also of a rebuild; all that the source has, where there is no history that can be used. */
  readonly newBars: number;
  /** First and last timestamp of the new bars, milliseconds UTC; null without new bars. */
  readonly range: BarRange | null;
  /** Hole before the first new bar; null if there is none. */
  readonly gap: HistoryGap | null;
  /** Whether the source still tells the stored history. */
  readonly history: HistoryCheck;
  /** Bars that were left out. */
  readonly ignored: IgnoredBars;
  /** Why everything is computed anew though the symbol is known; none unless it is. */
  readonly rebuild: readonly string[];
  /** Where the fold goes on: at the beginning of all bars, a few bars before the newest stored one, or behind it. */
  readonly foldsFrom: 'beginning' | 'anchor' | 'newest';
  /** Where bars that are not new come from, if they are needed again: kept bars, or the source; null if none are. */
  readonly oldBarsFrom: 'kept_bars' | 'source' | null;
  /** Stored documents that were missing, and are made again. */
  readonly repairs: readonly string[];
  /** Whether models are trained, and why. */
  readonly retrain: RetrainVerdict;
  /** Why models that are due cannot be trained: the new bars are taken in, the models stay, and the next run tries again. Null: nothing stands in the way. */
  readonly trainingFailure: TrainingFailure | null;
  /** What the plan saves against folding the whole history, from the numbers of bars alone. */
  readonly expectedEfficiency: UpdateEfficiency;
}

/** What a plan has to know of a stored history. */
export interface StoredHistory {
  /** Bars folded; 1 or more. */
  readonly bars: number;
  /** Timestamp of the newest bar, milliseconds UTC. */
  readonly lastTimestamp: number;
  /** Length of a bar, milliseconds. */
  readonly interval: number;
  /** Longest distance between neighbours so far, milliseconds. */
  readonly longestGap: number;
  /** The newest bars, to be compared with the source. */
  readonly recentBars: Bars;
}

/** What a plan has to know of the stored models. */
export interface StoredModels {
  /** When they were trained, milliseconds UTC. */
  readonly trainedAt: number;
  /** Bars folded since, those of this run not included. */
  readonly barsSinceTraining: number;
}

/** What {@link IncrementalUpdateStrategy.createIncrementalUpdatePlan} looks at. */
export interface PlanInputs {
  /** The stored history; null if the symbol is unknown or its state cannot be used. */
  readonly history: StoredHistory | null;
  /** The stored models; null if there are none that can be used. */
  readonly models: StoredModels | null;
  /** Whether something is stored that this release, or the market that the caller describes, cannot use. */
  readonly featureSetChanged: boolean;
  /** Why everything is computed anew though `history` could go on. Default: nothing makes it so. */
  readonly rebuild?: readonly string[];
  /** Why models are trained whatever the policy says: the caller asked for it, or for other parameters. Default: nothing makes it so. */
  readonly retrain?: readonly string[];
  /** Stored documents that are missing though there is a history. Default: none. */
  readonly missing?: readonly string[];
  /** Where the fold can go on. Default: at the newest stored bar, or, without a history or where it was rewritten, at the beginning. */
  readonly foldsFrom?: 'beginning' | 'anchor' | 'newest';
  /** Where old bars come from, if they are needed. Default: from the source where models are trained or everything is rebuilt. */
  readonly oldBarsFrom?: 'kept_bars' | 'source' | null;
  /** Why training would not be possible, and whether that is stored already. Default: it is. */
  readonly trainingFailure?:
    | (TrainingFailure & {
        /** Whether the ML profile says so already. */
        readonly isStored: boolean;
      })
    | null;
  /** What the source has: complete bars from the compared overlap on, ascending. */
  readonly bars: Bars;
  /** Bars that the source offered and that are not among `bars`. Default: none. */
  readonly ignored?: IgnoredBars;
  /** What a look at more than the overlap has shown. Default: the stored `recentBars` are compared with the source's. */
  readonly check?: HistoryCheck;
  /** The time that counts as now, milliseconds UTC. */
  readonly now: number;
  /** Thresholds or policy of retraining. */
  readonly options?: RetrainOptions;
}

/**
 * @param bars - ascending bars
 * @param lastTimestamp - the newest one that is known already, milliseconds UTC
 * @returns a view of the bars after it; nothing is copied
 */
export function getNewDataSinceLastUpdate(bars: Bars, lastTimestamp: number): Bars {
  checkBars(bars);
  checkArgument(lastTimestamp, anyNumber, 'lastTimestamp', 'getNewDataSinceLastUpdate');
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bars.timestamp[middle] > lastTimestamp) high = middle;
    else low = middle + 1;
  }
  return sliceBars(bars, low, bars.length);
}

/**
 * Merges new bars with the aggregates of all bars before: the stored fold goes on, nothing is warmed up or averaged again.
 *
 * @param stored - the stored feature state, or the engine that was restored from it, which is then changed
 * @param newBars - bars after its last one
 * @param options - progress and abort
 * @returns the engine after the new bars; save it for the next update
 * @throws TickerforestError `CHECKPOINT_UNUSABLE`, `INVALID_BARS` or `ABORTED`
 */
export async function mergeHistoricalFeatures(
  stored: Uint8Array | FeatureEngineer,
  newBars: Bars,
  options: FeatureUpdateOptions = {},
): Promise<FeatureEngineer> {
  const isEngine = readSafely('stored', () => stored instanceof FeatureEngineer);
  if (!isEngine && !ArrayBuffer.isView(stored)) {
    throw invalidOption(`stored must be a FeatureEngineer or the bytes of its save(), not ${described(stored)}`);
  }
  const engineer = stored instanceof FeatureEngineer ? stored : FeatureEngineer.restore(stored);
  await engineer.update(newBars, { ...options, matrix: false });
  return engineer;
}

/**
 * @param barsFolded - bars that the run folded
 * @param barsInHistory - bars in the history after it
 * @param milliseconds - how long the run took; null if it was not carried out yet
 * @returns the share of the history that was left alone, and the time
 */
export function calculateUpdateEfficiency(barsFolded: number, barsInHistory: number, milliseconds: number | null = null): UpdateEfficiency {
  checkArgument(barsFolded, barCount, 'barsFolded', 'calculateUpdateEfficiency');
  checkArgument(barsInHistory, barCount, 'barsInHistory', 'calculateUpdateEfficiency');
  const shareSaved = barsInHistory > 0 ? Math.max(0, 1 - barsFolded / barsInHistory) : 0;
  return { barsFolded, barsInHistory, shareSaved, milliseconds };
}

/**
 * Decides what a run does: compares the overlap, finds the new bars and the hole before them, and asks the retrain policy.
 *
 * @param inputs - stored history and models, the source's bars, the time
 * @returns what to do; {@link trainSymbol} carries it out
 * @throws TickerforestError `INVALID_OPTION` if the caller's retrain policy fails
 */
export function createIncrementalUpdatePlan(inputs: PlanInputs): IncrementalUpdatePlan {
  if (typeof inputs !== 'object' || inputs === null) throw invalidOption(`inputs must be PlanInputs, not ${described(inputs)}`);
  const { history, models, bars, now, options } = readSafely('createIncrementalUpdatePlan: inputs', () => ({ ...inputs }));
  checkBars(bars);
  checkArgument(now, anyNumber, 'now', 'createIncrementalUpdatePlan');
  const { missing = [], trainingFailure = null } = inputs;
  const check = inputs.check ?? (history === null ? NOT_CHECKED : checkHistory(history.recentBars, bars));
  const rewritten = check.verdict === 'rewritten';
  const rebuild = [...(inputs.rebuild ?? []), ...(rewritten ? [REWRITTEN] : [])];
  const isNew = history === null || rebuild.length > 0;
  const newBars = history === null ? bars : getNewDataSinceLastUpdate(bars, history.lastTimestamp);
  const count = newBars.length;
  const { withdrawn = 0, inserted = 0 } = check.verdict === 'revised' ? (check.differences ?? {}) : {};
  const barsInHistory = (history?.bars ?? 0) + count + inserted - withdrawn;
  const situation: RetrainInputs = {
    hasModels: models !== null,
    featureSetChanged: inputs.featureSetChanged,
    historyRewritten: rewritten,
    newBars: count,
    barsInHistory,
    barsSinceTraining: models === null ? 0 : models.barsSinceTraining + count,
    modelAgeDays: models === null ? 0 : Math.max(0, (now - models.trainedAt) / DAY_MS),
  };
  const retrain = shouldRetrainModels(situation, options, [
    ...(inputs.retrain ?? []),
    ...(isNew && !rewritten && models !== null ? rebuild : []),
    ...(models !== null && count > 0 ? wrongClock(models.trainedAt, now) : []),
  ]);
  const trains = retrain.retrain && trainingFailure === null;
  const isBehind = !isNew && inputs.foldsFrom === 'anchor';
  const changes =
    isBehind || count > 0 || check.verdict === 'revised' || missing.length > 0 || trains || (retrain.retrain && !trainingFailure?.isStored);
  const foldsFrom = isNew ? 'beginning' : (inputs.foldsFrom ?? 'newest');
  return {
    action: isNew ? 'create_new_profile' : changes ? 'incremental_update' : 'up_to_date',
    newBars: count,
    range: count > 0 ? { from: newBars.timestamp[0], to: newBars.timestamp[count - 1] } : null,
    gap: history === null || count === 0 ? null : gapBefore(newBars.timestamp[0], history),
    history: check,
    ignored: inputs.ignored ?? NOTHING_IGNORED,
    rebuild,
    foldsFrom,
    oldBarsFrom: inputs.oldBarsFrom ?? (history !== null && (isNew || trains) ? 'source' : null),
    repairs: [...missing],
    retrain,
    trainingFailure: retrain.retrain && trainingFailure ? { code: trainingFailure.code, reason: trainingFailure.reason } : null,
    expectedEfficiency: calculateUpdateEfficiency(trains || isNew ? barsInHistory : count, barsInHistory),
  };
}

/** Models that were trained by a clock that was ahead would otherwise stay for as long as it was. */
function wrongClock(trainedAt: number, now: number): readonly string[] {
  if (!(trainedAt > now + DAY_MS)) return [];
  return [`models are dated ${new Date(trainedAt).toISOString().slice(0, 10)}, after now: a clock was wrong when they were trained`];
}

function gapBefore(before: number, { lastTimestamp, interval, longestGap }: StoredHistory): HistoryGap | null {
  const milliseconds = before - lastTimestamp;
  return milliseconds > interval ? { after: lastTimestamp, before, milliseconds, unusual: milliseconds > longestGap } : null;
}

/** How stored profiles take in new bars. Pure functions: no store, no source, no clock. */
export const IncrementalUpdateStrategy = {
  /**
   * Finds the bars after the newest known one.
   *
   * @param bars - ascending bars
   * @param lastTimestamp - the newest one that is known already, milliseconds UTC
   * @returns a view of the bars after it; nothing is copied
   */
  getNewDataSinceLastUpdate,
  /**
   * Compares the newest stored bars with what the source says of the same time now.
   *
   * @param stored - the newest stored bars, ascending
   * @param source - the source's bars from the first stored one on, ascending; newer ones may follow
   * @returns whether they agree, but for noise, and if not, how they differ
   */
  checkHistory,
  /**
   * Merges new bars with the aggregates of all bars before: the stored fold goes on, nothing is warmed up or averaged again.
   *
   * @param stored - the stored feature state, or the engine that was restored from it, which is then changed
   * @param newBars - bars after its last one
   * @param options - progress and abort
   * @returns the engine after the new bars; save it for the next update
   * @throws TickerforestError `CHECKPOINT_UNUSABLE`, `INVALID_BARS` or `ABORTED`
   */
  mergeHistoricalFeatures,
  /**
   * The retrain policy.
   *
   * @param inputs - the situation
   * @param options - thresholds, or a policy of the caller's
   * @param asked - why models are trained whatever the policy says. Default: nothing asks for it
   * @returns whether to train, and why
   */
  shouldRetrainModels,
  /**
   * How much of the history was left alone.
   *
   * @param barsFolded - bars that the run folded
   * @param barsInHistory - bars in the history after it
   * @param milliseconds - how long the run took; null if it was not carried out yet
   * @returns the share of the history that was left alone, and the time
   */
  calculateUpdateEfficiency,
  /**
   * Decides what a run does: compares the overlap, finds the new bars and the hole before them, and asks the retrain policy.
   *
   * @param inputs - stored history and models, the source's bars, the time
   * @returns what to do; {@link trainSymbol} carries it out
   * @throws TickerforestError `INVALID_OPTION` if the caller's retrain policy fails
   */
  createIncrementalUpdatePlan,
} as const;
