import { checkOptions } from '../options/description';
import { builtInModel } from '../options/model-check';
import {
  BOOSTING_MODEL,
  EXTRA_TREES_CLASSIFIER,
  EXTRA_TREES_REGRESSOR,
  FOREST_CLASSIFIER,
  FOREST_REGRESSOR,
} from '../options/model-tables';
import type { Target } from '../targets/target';
import type { Task } from '../trees/ensemble';
import { estimateTraining, type TrainingSize } from '../trees/estimate';
import { growTrees, type TreesRecipe } from '../trees/recipe';
import { sharedBins } from './fitting';
import type { Model, ModelParameters } from './model';
import { areShared, fittedFromBins } from './shared-bins';
import { fittedTrees, loadTrees } from './tree-file';

/** Parameters that all tree models share. */
interface TreeParameters {
  /** Number of trees, 1 to 10,000. Default 50. */
  readonly trees: number;
  /** Fewest rows of a node that is split, 2 or more. Default 2. */
  readonly minSamplesSplit: number;
  /** Fewest rows of a leaf, 1 or more. Default 1. */
  readonly minSamplesLeaf: number;
}

/** Parameters of a random forest; they mean what scikit-learn means by them. */
export interface ForestParameters extends TreeParameters {
  /** Largest depth of a tree, 1 to 64. Default 10. */
  readonly maxDepth: number;
  /**
   * Features drawn at every split: all of them, the square root of their number, or a count (all, if there are fewer). 1 to 1,000.
   * Default 'all' for regression, 'sqrt' for classification.
   */
  readonly maxFeatures: 'all' | 'sqrt' | number;
  /** Whether each tree sees rows drawn with replacement. Default true; false for extremely randomised trees. */
  readonly bootstrap: boolean;
}

/** Parameters of gradient boosting; they mean what scikit-learn means by them. */
export interface BoostingParameters extends TreeParameters {
  /** Largest depth of a tree, 1 to 64. Default 3. */
  readonly maxDepth: number;
  /** Factor on every tree's contribution, above 0, at most 1. Default 0.1. */
  readonly learningRate: number;
}

/** Some of a model's parameters; those that are absent or undefined keep their defaults. */
export type Changes<Parameters> = { readonly [Key in keyof Parameters]?: Parameters[Key] | undefined };

/** A model's parameters, and what it forecasts. */
export type ModelOptions<Parameters> = Changes<Parameters> & {
  /** What this model forecasts, if not what the run forecasts. */
  readonly target?: Target | undefined;
};

/**
 * A random forest that forecasts a number: the mean of trees, each grown on rows drawn with replacement, split by squared error.
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { forest: randomForestRegressor({ trees: 200, minSamplesLeaf: 50 }) };
 * ```
 */
export function randomForestRegressor(options: ModelOptions<ForestParameters> = {}): Model {
  return forest({ type: 'RandomForestRegressor', task: 'regression', splitter: 'best' }, options, FOREST_REGRESSOR);
}

/**
 * A random forest that forecasts the probability of class 1: the mean of trees' leaf shares, split by Gini impurity.
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { up: randomForestClassifier({ target: direction({ of: horizonReturn({ bars: 5 }) }) }) };
 * ```
 */
export function randomForestClassifier(options: ModelOptions<ForestParameters> = {}): Model {
  return forest({ type: 'RandomForestClassifier', task: 'classification', splitter: 'best' }, options, FOREST_CLASSIFIER);
}

/**
 * Extremely randomised trees that forecast a number (Geurts, Ernst and Wehenkel 2006): at each node one random cut a feature, of which the best is taken; all
 * rows for each tree. Steadier than a forest where returns are mostly noise, and cheaper.
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { extra: extraTreesRegressor({ trees: 200, minSamplesLeaf: 50 }) };
 * ```
 */
export function extraTreesRegressor(options: ModelOptions<ForestParameters> = {}): Model {
  return forest({ type: 'ExtraTreesRegressor', task: 'regression', splitter: 'random' }, options, EXTRA_TREES_REGRESSOR);
}

/**
 * Extremely randomised trees that forecast the probability of class 1; see {@link extraTreesRegressor}.
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { up: extraTreesClassifier({ maxDepth: 6 }) };
 * ```
 */
export function extraTreesClassifier(options: ModelOptions<ForestParameters> = {}): Model {
  return forest({ type: 'ExtraTreesClassifier', task: 'classification', splitter: 'random' }, options, EXTRA_TREES_CLASSIFIER);
}

/**
 * Gradient boosting that forecasts a number: starts from the mean, and each tree learns what those before it left over (squared error).
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { boosting: gradientBoostingRegressor({ trees: 300, learningRate: 0.03 }) };
 * ```
 */
export function gradientBoostingRegressor(options: ModelOptions<BoostingParameters> = {}): Model {
  return boosting({ type: 'GradientBoostingRegressor', task: 'regression', loss: 'squared_error' }, options);
}

/**
 * Gradient boosting that forecasts the probability of class 1: starts from the log odds, and each tree takes a step of Newton's method (log loss).
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { up: gradientBoostingClassifier({ trees: 100 }) };
 * ```
 */
export function gradientBoostingClassifier(options: ModelOptions<BoostingParameters> = {}): Model {
  return boosting({ type: 'GradientBoostingClassifier', task: 'classification', loss: 'log_loss' }, options);
}

function forest(
  { type, task, splitter }: { readonly type: string; readonly task: Task; readonly splitter: 'best' | 'random' },
  options: ModelOptions<ForestParameters>,
  table: typeof FOREST_REGRESSOR | typeof FOREST_CLASSIFIER | typeof EXTRA_TREES_REGRESSOR | typeof EXTRA_TREES_CLASSIFIER,
): Model {
  const {
    trees = table.trees.default,
    maxDepth = table.maxDepth.default,
    maxFeatures = table.maxFeatures.default,
    minSamplesSplit = table.minSamplesSplit.default,
    minSamplesLeaf = table.minSamplesLeaf.default,
    bootstrap = table.bootstrap.default,
    target,
  } = checkOptions(options, table, callOf(type));
  const parameters = { trees, maxDepth, minSamplesSplit, minSamplesLeaf, bootstrap };
  return treeModel({
    type,
    task,
    // None is all features; 1.0 would be, too, but is 1 in JSON, and the integer 1 is one feature
    parameters: { ...scikitNames(parameters), max_features: maxFeatures === 'all' ? null : maxFeatures, bootstrap },
    target,
    size: (features) => ({
      ...sizeOf(parameters),
      maxFeatures:
        maxFeatures === 'all' ? features : maxFeatures === 'sqrt' ? Math.floor(Math.sqrt(features)) : Math.min(maxFeatures, features),
      sample: bootstrap ? DRAWN : 1,
    }),
    recipe: { kind: 'forest', ...parameters, task, splitter, maxFeatures },
  });
}

function boosting(
  { type, task, loss }: { readonly type: string; readonly task: Task; readonly loss: string },
  options: ModelOptions<BoostingParameters>,
): Model {
  const table = BOOSTING_MODEL;
  const {
    trees = table.trees.default,
    maxDepth = table.maxDepth.default,
    learningRate = table.learningRate.default,
    minSamplesSplit = table.minSamplesSplit.default,
    minSamplesLeaf = table.minSamplesLeaf.default,
    target,
  } = checkOptions(options, table, callOf(type));
  const parameters = { trees, maxDepth, learningRate, minSamplesSplit, minSamplesLeaf };
  return treeModel({
    type,
    task,
    parameters: { ...scikitNames(parameters), learning_rate: learningRate, loss },
    target,
    size: () => ({ ...sizeOf(parameters), boosting: true }),
    recipe: { kind: 'boosting', ...parameters, task, subsample: 1 },
  });
}

function callOf(type: string): string {
  return type.charAt(0).toLowerCase() + type.slice(1);
}

interface TreeModelFacts {
  readonly type: string;
  readonly task: Task;
  readonly parameters: ModelParameters;
  readonly target: Target | undefined;
  readonly size: (features: number) => Omit<TrainingSize, 'rows' | 'features' | 'task'>;
  readonly recipe: TreesRecipe;
}

function treeModel({ recipe, size, ...model }: TreeModelFacts): Model {
  const built = builtInModel({
    ...model,
    step: 'tree',
    async fit(rows, { seed, signal, onStep }) {
      const { matrix, range, label, weights } = rows;
      const hooks = { onTree: onStep, ...(signal && { signal }) };
      const learnt = { seed, rows: range, ...(weights && { weights }) };
      if (areShared(rows)) return fittedTrees(await growTrees(recipe, await rows.bins.get(), label, learnt, hooks));
      const bins = sharedBins(matrix, range, signal);
      try {
        return fittedTrees(await growTrees(recipe, await bins.get(), label, learnt, hooks));
      } finally {
        await bins.dispose();
      }
    },
    load: (stored) => loadTrees(stored, model.task),
    estimate: (rows, features) => estimateTraining({ ...size(features), rows, features, task: model.task }),
  });
  return fittedFromBins(built, recipe);
}

/** Share of the rows that a bootstrap draws at least once: 1 - 1 / e. */
const DRAWN = 0.632;

/** Nodes too small to be split are leaves: half as large in the mean. */
function sizeOf({ trees, maxDepth, minSamplesSplit, minSamplesLeaf }: TreeParameters & { readonly maxDepth: number }) {
  return { trees, maxDepth, minSamplesLeaf: Math.max(minSamplesLeaf, minSamplesSplit / 2) };
}

function scikitNames({ trees, maxDepth, minSamplesSplit, minSamplesLeaf }: TreeParameters & { readonly maxDepth: number }) {
  return { n_estimators: trees, max_depth: maxDepth, min_samples_split: minSamplesSplit, min_samples_leaf: minSamplesLeaf };
}
