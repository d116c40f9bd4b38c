import type { TrainingOutcome, TrainingSettings } from '../models/ml-model-trainer';
import type { TrainedModel } from '../models/trained-model';
import { type FeatureImportance, type MlProfile, type RetrainDecision, SCHEMA_VERSION } from './documents';

/** How many features of each model the profile names. */
const TOP_FEATURES = 20;

/**
 * The profile after a training.
 *
 * @param symbol - the symbol
 * @param outcome - models and figures
 * @param version - of the models
 * @param covers - names of the models whose covers are stored
 * @param timestamp - the bars' timestamps, one a row of the matrix
 * @param decision - why it was trained
 * @param askedFor - what the training was asked for
 * @param before - the stored profile, or null for a new symbol
 * @returns the ML profile, dated by the decision
 */
export function trainedMlProfile(
  symbol: string,
  outcome: TrainingOutcome,
  version: string,
  covers: readonly string[],
  timestamp: Float64Array,
  decision: RetrainDecision,
  askedFor: TrainingSettings,
  before: MlProfile | null,
): MlProfile {
  const { models, metrics, rows } = outcome;
  return {
    symbol,
    profile_type: 'ml',
    schema_version: SCHEMA_VERSION,
    revision: before?.revision ?? 0,
    last_updated: decision.decided_at,
    created_at: before?.created_at ?? decision.decided_at,
    models: { models_trained: Object.keys(models), metrics, ...(covers.length > 0 && { covers }) },
    feature_names: Object.values(models)[0].featureNames,
    training_window: {
      from: new Date(timestamp[rows.from]),
      to: new Date(timestamp[rows.to - 1]),
      rows: rows.to - rows.from,
    },
    status: 'trained',
    training_failure: null,
    asked_for: askedFor,
    model_version: version,
    trained_at: decision.decided_at,
    last_retrain_decision: decision,
    bars_since_training: 0,
    feature_importance: Object.fromEntries(Object.entries(models).flatMap(([key, model]) => heaviest(key, model))),
  };
}

/**
 * The profile after an update that kept the models: because the policy says so, or because the training that was due failed.
 *
 * @param before - the stored profile
 * @param newBars - bars that were added by the update
 * @param decision - why the models were kept, or should have been trained
 * @param failure - why they could not be trained; null if nobody tried
 * @returns the ML profile, dated by the decision
 */
export function keptMlProfile(
  before: MlProfile,
  newBars: number,
  decision: RetrainDecision,
  failure: { readonly code: string; readonly reason: string } | null,
): MlProfile {
  const failed = failure && { status: 'failed' as const, training_failure: { ...failure, at: decision.decided_at } };
  return {
    ...before,
    last_updated: decision.decided_at,
    last_retrain_decision: decision,
    bars_since_training: Math.max(0, before.bars_since_training + newBars),
    ...failed,
  };
}

function heaviest(key: string, { fitted, featureNames }: TrainedModel): readonly [string, FeatureImportance[]][] {
  if (fitted.importance === undefined) return [];
  const all = Array.from(fitted.importance, (importance, index) => ({ feature: featureNames[index], importance }));
  return [[key, all.sort((a, b) => b.importance - a.importance).slice(0, TOP_FEATURES)]];
}
