/** What a retrain decision looks at. Stored with the decision, hence snake_case. */
export interface RetrainInputs {
  /** Whether the store has models for the symbol. */
  readonly has_models: boolean;
  /** Whether the models were trained on another feature set than this release computes, or its state could not be read. */
  readonly feature_set_changed: boolean;
  /** Whether bars that were trained on have changed at the vendor. */
  readonly history_rewritten: boolean;
  /** Bars since the newest one that the models were trained on. */
  readonly bars_since_training: number;
  /** Days since the models were trained; 0 without models. */
  readonly model_age_days: number;
}

/** Thresholds of {@link shouldRetrainModels}. */
export interface RetrainThresholds {
  /** Fewer bars than this since training: keep the models. 1 or more, default 100. */
  readonly minNewBars?: number;
  /** Older models than this, with enough new bars: train again. 0 or more days, default 7. */
  readonly maxModelAgeDays?: number;
}

/** Whether to train again, and why. Stored, with its time, in the ML profile. */
export interface RetrainVerdict {
  /** The decision. */
  readonly retrain: boolean;
  /** Why, in words for people; at least one. */
  readonly reasons: readonly string[];
  /** What was looked at, thresholds included. */
  readonly inputs: Readonly<Record<string, number | boolean>>;
}

/**
 * Decides whether models are trained again. Bars are counted since the training, not since the last update: a daily series, updated bar by
 * bar, would otherwise never retrain.
 *
 * @param inputs - the situation
 * @param thresholds - when models count as stale
 * @returns the decision with its reasons
 */
export function shouldRetrainModels(inputs: RetrainInputs, thresholds: RetrainThresholds = {}): RetrainVerdict {
  const { minNewBars = 100, maxModelAgeDays = 7 } = thresholds;
  const decide = (retrain: boolean, ...reasons: string[]): RetrainVerdict => ({
    retrain,
    reasons,
    inputs: { ...inputs, min_new_bars: minNewBars, max_model_age_days: maxModelAgeDays },
  });
  const forced = [
    ...(inputs.has_models ? [] : ['there are no models yet']),
    ...(inputs.feature_set_changed ? ['the feature set has changed'] : []),
    ...(inputs.history_rewritten ? ['the source has rewritten bars that were trained on'] : []),
  ];
  if (forced.length > 0) return decide(true, ...forced);
  const age = inputs.model_age_days.toFixed(1);
  if (inputs.bars_since_training < minNewBars) {
    return decide(false, `${inputs.bars_since_training} bars since training, fewer than minNewBars ${minNewBars}`);
  }
  if (inputs.model_age_days > maxModelAgeDays) {
    return decide(true, `models are ${age} days old, more than maxModelAgeDays ${maxModelAgeDays}`);
  }
  return decide(false, `models are ${age} days old, not more than maxModelAgeDays ${maxModelAgeDays}`);
}
