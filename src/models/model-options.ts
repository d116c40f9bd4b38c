import { TickerforestError } from '../errors';

/** The three models, by the names under which they are stored. */
export const MODEL_KEYS = ['regression_rf', 'classification_rf', 'regression_gb'] as const;
/** Name of a model. */
export type ModelKey = (typeof MODEL_KEYS)[number];

/** Parameters of a random forest; they mean what scikit-learn means by them. */
export interface ForestParameters {
  /** Number of trees, 1 or more. Default 50. */
  readonly trees: number;
  /** Largest depth of a tree, 1 to 30. Default 10. */
  readonly maxDepth: number;
  /** Features drawn at every split: all of them, the square root of their number, or a count. Default 'all' for regression, 'sqrt' for classification. */
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
  /** Number of trees, 1 or more. Default 50. */
  readonly trees: number;
  /** Largest depth of a tree, 1 to 30. Default 3. */
  readonly maxDepth: number;
  /** Factor on every tree's contribution, above 0, at most 1. Default 0.1. */
  readonly learningRate: number;
  /** Fewest rows of a node that is split, 2 or more. Default 2. */
  readonly minSamplesSplit: number;
  /** Fewest rows of a leaf, 1 or more. Default 1. */
  readonly minSamplesLeaf: number;
}

/** Changes to the three models' parameters; what is absent keeps its default. */
export interface ModelOptions {
  /** Random forest for the next bar's return. */
  readonly regression_rf?: Partial<ForestParameters>;
  /** Random forest for the next bar's direction. */
  readonly classification_rf?: Partial<ForestParameters>;
  /** Gradient boosting for the next bar's return. */
  readonly regression_gb?: Partial<BoostingParameters>;
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

const FOREST: ForestParameters = { trees: 50, maxDepth: 10, maxFeatures: 'all', minSamplesSplit: 2, minSamplesLeaf: 1, bootstrap: true };
const BOOSTING: BoostingParameters = { trees: 50, maxDepth: 3, learningRate: 0.1, minSamplesSplit: 2, minSamplesLeaf: 1 };

/**
 * @param options - changes to the defaults
 * @returns complete parameters
 * @throws TickerforestError `INVALID_OPTION` naming the parameter, its range and its value
 */
export function resolveModels(options: ModelOptions = {}): ResolvedModels {
  const models: ResolvedModels = {
    regression_rf: { ...FOREST, ...options.regression_rf },
    classification_rf: { ...FOREST, maxFeatures: 'sqrt', ...options.classification_rf },
    regression_gb: { ...BOOSTING, ...options.regression_gb },
  };
  for (const key of MODEL_KEYS) {
    const model = models[key];
    wholeNumber(key, 'trees', model.trees, 1, 100_000);
    wholeNumber(key, 'maxDepth', model.maxDepth, 1, 30);
    wholeNumber(key, 'minSamplesSplit', model.minSamplesSplit, 2, Number.MAX_SAFE_INTEGER);
    wholeNumber(key, 'minSamplesLeaf', model.minSamplesLeaf, 1, Number.MAX_SAFE_INTEGER);
    if ('maxFeatures' in model && model.maxFeatures !== 'all' && model.maxFeatures !== 'sqrt') {
      if (typeof model.maxFeatures !== 'number') {
        throw new TickerforestError(
          'INVALID_OPTION',
          `models.${key}.maxFeatures must be 'all', 'sqrt' or a count, not ${model.maxFeatures}`,
        );
      }
      wholeNumber(key, 'maxFeatures', model.maxFeatures, 1, Number.MAX_SAFE_INTEGER);
    }
  }
  const { learningRate } = models.regression_gb;
  if (!(learningRate > 0 && learningRate <= 1)) {
    throw new TickerforestError('INVALID_OPTION', `models.regression_gb.learningRate must be above 0 and at most 1, not ${learningRate}`);
  }
  return models;
}

function wholeNumber(key: ModelKey, name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new TickerforestError('INVALID_OPTION', `models.${key}.${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
}
