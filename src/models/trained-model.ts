import { invalidOption } from '../options/checks';
import { described } from '../text';
import type { TreeEnsemble } from '../trees/ensemble';
import { predictRow } from '../trees/prediction';
import type { ModelFacts } from './evaluation';
import type { ModelKey, ResolvedModels } from './model-options';

/** A model that can forecast: trees, and which features they ask. */
export interface TrainedModel {
  /** Which of the three it is. */
  readonly key: ModelKey;
  /** Parameters under scikit-learn's names, with scikit-learn's meaning: `max_features: null` (None) is all features. */
  readonly parameters: Readonly<Record<string, number | string | boolean | null>>;
  /** The features that a row must hold, in order. */
  readonly featureNames: readonly string[];
  /** Identifies how the features were made. */
  readonly featureSet: string;
  /** The trees. */
  readonly ensemble: TreeEnsemble;
}

/** scikit-learn's name for the kind of model. */
const MODEL_TYPES: Readonly<Record<ModelKey, ModelFacts['model_type']>> = {
  regression_rf: 'RandomForestRegressor',
  classification_rf: 'RandomForestClassifier',
  regression_gb: 'GradientBoostingRegressor',
};

/**
 * What the ML profile says of a model beside its figures.
 *
 * @param key - which model
 * @param models - the parameters of all three
 * @param seed - seed of all randomness
 * @returns type and parameters under scikit-learn's names
 */
export function describeModel(key: ModelKey, models: ResolvedModels, seed: number): Pick<ModelFacts, 'model_type' | 'parameters'> {
  const { trees, maxDepth, minSamplesSplit, minSamplesLeaf } = models[key];
  const common = { n_estimators: trees, max_depth: maxDepth, min_samples_split: minSamplesSplit, min_samples_leaf: minSamplesLeaf };
  if (key === 'regression_gb') {
    const { learningRate } = models.regression_gb;
    return {
      model_type: MODEL_TYPES[key],
      parameters: { ...common, learning_rate: learningRate, loss: 'squared_error', random_state: seed },
    };
  }
  const { maxFeatures, bootstrap } = models[key];
  // None is all features; 1.0 would be, too, but is 1 in JSON, and the integer 1 is one feature
  return {
    model_type: MODEL_TYPES[key],
    parameters: { ...common, max_features: maxFeatures === 'all' ? null : maxFeatures, bootstrap, random_state: seed },
  };
}

/**
 * @param model - a trained model
 * @param row - one value a feature, in the order of `featureNames`; NaN is missing
 * @returns the forecast return (0.001 is 0.1 %), or for `classification_rf` the probability of a rise
 * @throws TickerforestError `INVALID_OPTION` for a row of another length, or what is no model or row
 */
export function predict(model: TrainedModel, row: Float32Array): number {
  const given: unknown = model;
  if (typeof given !== 'object' || given === null) throw invalidOption(`model must be a TrainedModel, not ${described(given)}`);
  if (!(ArrayBuffer.isView(row) && row instanceof Float32Array)) throw invalidOption(`row must be a Float32Array, not ${described(row)}`);
  return predictRow(model.ensemble, row);
}
