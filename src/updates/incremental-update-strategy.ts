import { type Bars, sliceBars } from '../bars/bars';
import { FeatureEngineer, type FeatureUpdateOptions } from '../features/feature-engineer';
import { type RetrainInputs, type RetrainThresholds, type RetrainVerdict, shouldRetrainModels } from './retrain-policy';

/** What a run does to a symbol's stored profiles. */
export type UpdateAction = 'create_new_profile' | 'incremental_update' | 'up_to_date';

/** A stretch of time, milliseconds UTC, both ends inclusive. */
export interface BarRange {
  /** First timestamp. */
  readonly from: number;
  /** Last timestamp. */
  readonly to: number;
}

/** What a run will do, made before it is done. Plain data. */
export interface IncrementalUpdatePlan {
  /** Create from all history, fold new bars in, or nothing. */
  readonly action: UpdateAction;
  /** Bars that will be folded. */
  readonly newBars: number;
  /** First and last timestamp of the new bars, milliseconds UTC; null without new bars. */
  readonly range: BarRange | null;
  /** Whether models are trained, and why. */
  readonly retrain: RetrainVerdict;
  /** What the plan saves against folding the whole history, from the numbers of bars alone. */
  readonly expectedEfficiency: UpdateEfficiency;
}

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

/** What {@link IncrementalUpdateStrategy.createIncrementalUpdatePlan} looks at. */
export interface PlanInputs {
  /** Bars in the stored history; 0 if the symbol is unknown or its state cannot be used. */
  readonly barsInHistory: number;
  /** The bars that are not in the stored history yet. */
  readonly newBars: Bars;
  /** What the retrain policy looks at, counted as if the new bars were folded already. */
  readonly retrain: RetrainInputs;
  /** Thresholds of the retrain policy. */
  readonly thresholds?: RetrainThresholds;
}

/**
 * @param bars - ascending bars
 * @param lastTimestamp - the newest one that is known already, milliseconds UTC
 * @returns a view of the bars after it; nothing is copied
 */
export function getNewDataSinceLastUpdate(bars: Bars, lastTimestamp: number): Bars {
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
 * @param checkpoint - the stored feature state
 * @param newBars - bars after its last one
 * @param options - progress and abort
 * @returns the engine after the new bars; save it for the next update
 * @throws TickerforestError `CHECKPOINT_UNUSABLE`, `INVALID_BARS` or `ABORTED`
 */
export async function mergeHistoricalFeatures(
  checkpoint: Uint8Array,
  newBars: Bars,
  options: FeatureUpdateOptions = {},
): Promise<FeatureEngineer> {
  const engineer = FeatureEngineer.restore(checkpoint);
  await engineer.update(newBars, { ...options, matrix: false });
  return engineer;
}

/**
 * @param barsFolded - bars that the run folded
 * @param barsInHistory - bars in the history after it
 * @param milliseconds - what it took; null if not carried out yet
 * @returns the share of the history that was left alone, and the time
 */
export function calculateUpdateEfficiency(barsFolded: number, barsInHistory: number, milliseconds: number | null = null): UpdateEfficiency {
  return { barsFolded, barsInHistory, shareSaved: barsInHistory > 0 ? 1 - barsFolded / barsInHistory : 0, milliseconds };
}

/**
 * @param inputs - stored history, new bars, and what the retrain policy looks at
 * @returns what to do; {@link trainSymbol} carries it out
 */
export function createIncrementalUpdatePlan(inputs: PlanInputs): IncrementalUpdatePlan {
  const { barsInHistory, newBars } = inputs;
  const count = newBars.length;
  const retrain = shouldRetrainModels(inputs.retrain, inputs.thresholds);
  const create = barsInHistory === 0;
  return {
    action: create ? 'create_new_profile' : count > 0 || !inputs.retrain.has_models ? 'incremental_update' : 'up_to_date',
    newBars: count,
    range: count > 0 ? { from: newBars.timestamp[0], to: newBars.timestamp[count - 1] } : null,
    retrain,
    expectedEfficiency: calculateUpdateEfficiency(retrain.retrain ? barsInHistory + count : count, barsInHistory + count),
  };
}

/** How stored profiles take in new bars. Pure functions: no store, no source, no clock. */
export const IncrementalUpdateStrategy = {
  /** The bars after the last known one; see {@link getNewDataSinceLastUpdate}. */
  getNewDataSinceLastUpdate,
  /** Goes on with the stored fold; see {@link mergeHistoricalFeatures}. */
  mergeHistoricalFeatures,
  /** The retrain policy; see {@link shouldRetrainModels}. */
  shouldRetrainModels,
  /** How much of the history was left alone; see {@link calculateUpdateEfficiency}. */
  calculateUpdateEfficiency,
  /** What to do; see {@link createIncrementalUpdatePlan}. */
  createIncrementalUpdatePlan,
} as const;
