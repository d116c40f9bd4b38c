import { BOOSTING, CLASSIFICATION_FOREST, FOREST } from '../options/model-tables';

/** The three models, by the names under which they are stored. */
export const MODEL_KEYS = ['regression_rf', 'classification_rf', 'regression_gb'] as const;
/** Name of a model. */
export type ModelKey = (typeof MODEL_KEYS)[number];

/** Parameters of a random forest; they mean what scikit-learn means by them. */
export interface ForestParameters {
  /** Number of trees, 1 to 10,000. Default 50. */
  readonly trees: number;
  /** Largest depth of a tree, 1 to 64. Default 10. */
  readonly maxDepth: number;
  /**
   * Features drawn at every split: all of them, the square root of their number, or a count (all, if there are fewer). 1 to 1,000.
   * Default 'all' for regression, 'sqrt' for classification.
   */
  readonly maxFeatures: 'all' | 'sqrt' | number;
  /** Fewest rows of a node that is split, 2 or more. Default 2. */
  readonly minSamplesSplit: number;
  /** Fewest rows of a leaf, 1 or more. Default 1. */
  readonly minSamplesLeaf: number;
  /** Whether each tree sees rows drawn with replacement. Default true. */
  readonly bootstrap: boolean;
}

/** Parameters of gradient boosting with squared error; they mean what scikit-learn means by them. */
export interface BoostingParameters {
  /** Number of trees, 1 to 10,000. Default 50. */
  readonly trees: number;
  /** Largest depth of a tree, 1 to 64. Default 3. */
  readonly maxDepth: number;
  /** Factor on every tree's contribution, above 0, at most 1. Default 0.1. */
  readonly learningRate: number;
  /** Fewest rows of a node that is split, 2 or more. Default 2. */
  readonly minSamplesSplit: number;
  /** Fewest rows of a leaf, 1 or more. Default 1. */
  readonly minSamplesLeaf: number;
}

/** Some of a model's parameters; those that are absent or undefined keep their defaults. */
export type Changes<Parameters> = { readonly [Key in keyof Parameters]?: Parameters[Key] | undefined };

/** Changes to the three models' parameters; what is absent keeps its default. */
export interface ModelOptions {
  /** Random forest for the next bar's return. */
  readonly regression_rf?: Changes<ForestParameters> | undefined;
  /** Random forest for the next bar's direction. */
  readonly classification_rf?: Changes<ForestParameters> | undefined;
  /** Gradient boosting for the next bar's return. */
  readonly regression_gb?: Changes<BoostingParameters> | undefined;
}

/** The three models' complete parameters. */
export interface ResolvedModels {
  /** Random forest for the next bar's return. */
  readonly regression_rf: ForestParameters;
  /** Random forest for the next bar's direction. */
  readonly classification_rf: ForestParameters;
  /** Gradient boosting for the next bar's return. */
  readonly regression_gb: BoostingParameters;
}

/**
 * @param options - changes to the defaults, checked
 * @returns complete parameters
 */
export function resolveModels({ regression_rf, classification_rf, regression_gb }: ModelOptions = {}): ResolvedModels {
  return {
    regression_rf: resolveForest(regression_rf, FOREST.maxFeatures.default),
    classification_rf: resolveForest(classification_rf, CLASSIFICATION_FOREST.maxFeatures.default),
    regression_gb: resolveBoosting(regression_gb),
  };
}

function resolveForest(changes: Changes<ForestParameters> = {}, usualFeatures: 'all' | 'sqrt'): ForestParameters {
  const {
    trees = FOREST.trees.default,
    maxDepth = FOREST.maxDepth.default,
    maxFeatures = usualFeatures,
    minSamplesSplit = FOREST.minSamplesSplit.default,
    minSamplesLeaf = FOREST.minSamplesLeaf.default,
    bootstrap = FOREST.bootstrap.default,
  } = changes;
  return { trees, maxDepth, maxFeatures, minSamplesSplit, minSamplesLeaf, bootstrap };
}

function resolveBoosting(changes: Changes<BoostingParameters> = {}): BoostingParameters {
  const {
    trees = BOOSTING.trees.default,
    maxDepth = BOOSTING.maxDepth.default,
    learningRate = BOOSTING.learningRate.default,
    minSamplesSplit = BOOSTING.minSamplesSplit.default,
    minSamplesLeaf = BOOSTING.minSamplesLeaf.default,
  } = changes;
  return { trees, maxDepth, learningRate, minSamplesSplit, minSamplesLeaf };
}
