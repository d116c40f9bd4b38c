import { createHash } from 'node:crypto';
import { decodeBinary, encodeBinary } from '../binary-file';
import { TickerforestError } from '../errors';
import type { TreeEnsemble } from '../trees/ensemble';
import { predictRow } from '../trees/prediction';
import type { ModelFacts } from './evaluation';
import { MODEL_KEYS, type ModelKey, type ResolvedModels } from './model-options';

/** A model that can forecast: trees, and which features they ask. */
export interface TrainedModel {
  /** Which of the three it is. */
  readonly key: ModelKey;
  /** Parameters under scikit-learn's names. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  /** The features that a row must hold, in order. */
  readonly featureNames: readonly string[];
  /** Identifies how the features were made. */
  readonly featureSet: string;
  /** The trees. */
  readonly ensemble: TreeEnsemble;
}
