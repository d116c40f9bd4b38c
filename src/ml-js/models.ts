import { throwIfAborted } from '../errors';
import type { FitContext, FitEstimate, FitRows, FittedModel, Model } from '../models/model';
import { fittedTrees, loadTrees } from '../models/tree-file';
import type { ModelOptions } from '../models/tree-models';
import { checkOptions } from '../options/description';
import { ML_CART, ML_GRADIENT_BOOSTING, ML_RANDOM_FOREST } from '../options/ml-js-tables';
import { assembleEnsemble, type GrownTree, shareOfAllTrees, shareOfEachTree, type Task, type TreeEnsemble } from '../trees/ensemble';
import { Turns } from '../waiting';
import { asGrown, drawRows, type LearningRows, learningRows, streamSeed, walk } from './learning-rows';
import { loadCart, loadRandomForest } from './packages';
import { readForest } from './reading';

/** Parameters of {@link mlCart}. */
export interface MlTreeParameters {
  /** A number, or the probability of class 1. Default 'regression'. */
  readonly task: Task;
  /** Largest depth of a tree, 1 to 64. Default 10. */
  readonly maxDepth: number;
  /** Fewest rows of a node that is split, 2 or more: one more than their `minNumSamples`. Default 4. */
  readonly minSamplesSplit: number;
  /** A split must gain more than this, as ml-cart counts gain: of a classification the loss of impurity, of a regression the squared error that is left. Default 0.01 and 0. */
  readonly gainThreshold: number;
  /**
   * Most rows to learn from, a row of weight 3 counting as three: more are refused before work begins. 1 to 100,000. Nothing else runs while a tree is grown, which takes 8 s on
   * 1,000 rows of 86 features, and four times that on 2,000. Default 2,000.
   */
  readonly maxRows: number;
}

/** Parameters of {@link mlRandomForest}. */
export interface MlForestParameters extends MlTreeParameters {
  /** Number of trees, 1 to 10,000. Default 50. */
  readonly trees: number;
  /** Features drawn for every tree: as many as there are, the square root of their number, or a count (all, if there are fewer). Not for every split. 1 to 1,000. Default 'all'. */
  readonly maxFeatures: 'all' | 'sqrt' | number;
  /** Whether a feature may be drawn twice. Default true for a classification, false for a regression. */
  readonly replacement: boolean;
  /** Whether each tree sees rows drawn with replacement. Default true. */
  readonly bootstrap: boolean;
}

/** Parameters of {@link mlGradientBoosting}. */
export interface MlBoostingParameters extends Omit<MlTreeParameters, 'task' | 'gainThreshold'> {
  /** Number of trees, 1 to 10,000. Default 50. */
  readonly trees: number;
  /** Largest depth of a tree, 1 to 64. Default 3. */
  readonly maxDepth: number;
  /** Factor on every tree's contribution, above 0, at most 1. Default 0.1. */
  readonly learningRate: number;
}

/**
 * A forest that the package ml-random-forest grows (an optional peer), as a model like any other: trained, judged, stored, explained and exported. A forecast is the mean of the trees, of a
 * classification the share of them that vote for class 1. For a few hundred rows, and to compare: its time grows with the square of the rows.
 *
 * Each tree is a forest of one with a seed of its own, so that progress is told and an abort is heard between trees; they are not the trees of their forest of the same seed. A missing value
 * counts as larger than all others. A stored model is read and forecasts without the package.
 *
 * @param options - parameters, and a target of its own
 * @returns the model; its fit throws `INVALID_OPTION` without the package, `WORK_TOO_LARGE` beyond `maxRows`
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { theirs: mlRandomForest({ trees: 20 }), ours: randomForestRegressor({ trees: 20 }) };
 * ```
 */
export function mlRandomForest(options: ModelOptions<MlForestParameters> = {}): Model {
  const {
    task = ML_RANDOM_FOREST.task.default,
    trees = ML_RANDOM_FOREST.trees.default,
    maxDepth = ML_RANDOM_FOREST.maxDepth.default,
    minSamplesSplit = ML_RANDOM_FOREST.minSamplesSplit.default,
    gainThreshold = leastGain(task),
    maxFeatures = ML_RANDOM_FOREST.maxFeatures.default,
    replacement = task === 'classification',
    bootstrap = ML_RANDOM_FOREST.bootstrap.default,
    maxRows = ML_RANDOM_FOREST.maxRows.default,
    target,
  } = checkOptions(options, ML_RANDOM_FOREST, 'mlRandomForest');
  const treeOptions = { maxDepth, minNumSamples: minSamplesSplit - 1, gainThreshold };
  const fit = async (rows: FitRows, { seed, signal, onStep }: FitContext) => {
    const learnt = learningRows(rows, maxRows, 'mlRandomForest');
    const { RandomForestClassifier, RandomForestRegression } = await loadRandomForest('mlRandomForest');
    const Forest = task === 'regression' ? RandomForestRegression : RandomForestClassifier;
    const features = rows.matrix.columns.length;
    const drawn = { replacement, maxFeatures: shareOf(countOf(maxFeatures, features), features) };
    const grown = await growEach(trees, signal, onStep, (tree) => {
      const sample = bootstrap ? drawRows(learnt, streamSeed(seed, 2 * tree)) : learnt;
      const own = { ...drawn, seed: streamSeed(seed, 2 * tree + 1), treeOptions };
      const forest = new Forest({ ...own, nEstimators: 1, useSampleBagging: false, noOOB: true });
      forest.train([...sample.rows], [...sample.labels]);
      return grownOf(forest, sample, features);
    });
    const model = { task, features, link: 'identity', base: 0, divisor: trees } as const;
    return fitted(assembleEnsemble(grown, model, shareOfEachTree));
  };
  return {
    type: task === 'regression' ? 'MlRandomForestRegression' : 'MlRandomForestClassifier',
    task,
    parameters: {
      ...{ n_estimators: trees, max_depth: maxDepth, min_samples_split: minSamplesSplit, gain_threshold: gainThreshold },
      ...{ max_features: maxFeatures === 'all' ? null : maxFeatures, replacement, bootstrap },
    },
    ...{ target, step: 'tree', maxRows, fit, load: (stored) => loadTrees(stored, task) },
    estimate: (rows, features) => estimateOf({ trees, maxDepth, rows, features: countOf(maxFeatures, features) }),
  };
}

/**
 * A tree that the package ml-cart grows (an optional peer), as a model like any other. A missing value counts as larger than all others. A stored model is read and forecasts without the package.
 *
 * @param options - parameters, and a target of its own
 * @returns the model; its fit throws `INVALID_OPTION` without the package, `WORK_TOO_LARGE` beyond `maxRows`
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { tree: mlCart({ maxDepth: 4 }), up: mlCart({ task: 'classification', maxDepth: 4 }) };
 * ```
 */
export function mlCart(options: ModelOptions<MlTreeParameters> = {}): Model {
  const {
    task = ML_CART.task.default,
    maxDepth = ML_CART.maxDepth.default,
    minSamplesSplit = ML_CART.minSamplesSplit.default,
    gainThreshold = leastGain(task),
    maxRows = ML_CART.maxRows.default,
    target,
  } = checkOptions(options, ML_CART, 'mlCart');
  const fit = async (rows: FitRows, { signal, onStep }: FitContext) => {
    throwIfAborted(signal, 'training');
    const learnt = learningRows(rows, maxRows, 'mlCart');
    const { DecisionTreeClassifier, DecisionTreeRegression } = await loadCart('mlCart');
    const Tree = task === 'regression' ? DecisionTreeRegression : DecisionTreeClassifier;
    const features = rows.matrix.columns.length;
    const tree = new Tree({ maxDepth, minNumSamples: minSamplesSplit - 1, gainThreshold });
    tree.train([...learnt.rows], [...learnt.labels]);
    onStep(1, 1);
    const model = { task, features, link: 'identity', base: 0, divisor: 1 } as const;
    return fitted(assembleEnsemble([grownOf(tree, learnt, features)], model, shareOfEachTree));
  };
  return {
    type: task === 'regression' ? 'MlCartRegression' : 'MlCartClassifier',
    task,
    parameters: { max_depth: maxDepth, min_samples_split: minSamplesSplit, gain_threshold: gainThreshold },
    ...{ target, step: 'tree', maxRows, fit, load: (stored) => loadTrees(stored, task) },
    estimate: (rows, features) => estimateOf({ trees: 1, maxDepth, rows, features }),
  };
}

/**
 * Gradient boosting of trees that the package ml-cart grows (an optional peer): the small twin of `gradientBoostingRegressor`, whose splits are exact where ours are binned. Starts from the
 * mean, and each tree learns what those before it left over (squared error). A missing value counts as larger than all others. A stored model is read and forecasts without the package.
 *
 * @param options - parameters, and a target of its own
 * @returns the model; its fit throws `INVALID_OPTION` without the package, `WORK_TOO_LARGE` beyond `maxRows`
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { twin: mlGradientBoosting({ trees: 20 }), ours: gradientBoostingRegressor({ trees: 20 }) };
 * ```
 */
export function mlGradientBoosting(options: ModelOptions<MlBoostingParameters> = {}): Model {
  const {
    trees = ML_GRADIENT_BOOSTING.trees.default,
    maxDepth = ML_GRADIENT_BOOSTING.maxDepth.default,
    learningRate = ML_GRADIENT_BOOSTING.learningRate.default,
    minSamplesSplit = ML_GRADIENT_BOOSTING.minSamplesSplit.default,
    maxRows = ML_GRADIENT_BOOSTING.maxRows.default,
    target,
  } = checkOptions(options, ML_GRADIENT_BOOSTING, 'mlGradientBoosting');
  const fit = async (rows: FitRows, { signal, onStep }: FitContext) => {
    const learnt = learningRows(rows, maxRows, 'mlGradientBoosting');
    const { DecisionTreeRegression } = await loadCart('mlGradientBoosting');
    const features = rows.matrix.columns.length;
    const base = learnt.labels.reduce((sum, label) => sum + label, 0) / learnt.labels.length;
    const left = learnt.labels.map((label) => label - base);
    const grown = await growEach(trees, signal, onStep, () => {
      const tree = new DecisionTreeRegression({ maxDepth, minNumSamples: minSamplesSplit - 1 });
      tree.train([...learnt.rows], [...left]);
      const own = grownOf(tree, { rows: learnt.rows, labels: left }, features);
      const step = { ...own, value: own.value.map((value) => learningRate * value) };
      for (const [i, row] of learnt.rows.entries()) left[i] -= step.value[walk(step, row)];
      return step;
    });
    return fitted(assembleEnsemble(grown, { task: 'regression', features, link: 'identity', base, divisor: 1 }, shareOfAllTrees));
  };
  return {
    type: 'MlGradientBoostingRegression',
    task: 'regression',
    parameters: { n_estimators: trees, max_depth: maxDepth, learning_rate: learningRate, min_samples_split: minSamplesSplit },
    ...{ target, step: 'tree', maxRows, fit, load: (stored) => loadTrees(stored, 'regression') },
    estimate: (rows, features) => estimateOf({ trees, maxDepth, rows, features }),
  };
}

/** Their thresholds lie between any two values, not between bins: rows are forecast from their values. */
function fitted(ensemble: TreeEnsemble): FittedModel {
  const trees = fittedTrees(ensemble);
  return { ...trees, predict: ({ matrix }, range, out, signal) => trees.predict({ matrix }, range, out, signal) };
}

/** ml-cart's own defaults. */
function leastGain(task: Task): number {
  return task === 'classification' ? 0.01 : 0;
}

function countOf(maxFeatures: MlForestParameters['maxFeatures'], features: number): number {
  if (maxFeatures === 'all') return features;
  return maxFeatures === 'sqrt' ? Math.max(1, Math.floor(Math.sqrt(features))) : Math.min(maxFeatures, features);
}

/** Their 1 is all features, as a share; one of several features is a share, too. */
function shareOf(count: number, features: number): number {
  return count === 1 && features > 1 ? 1.5 / features : count;
}

/** Nothing else runs while a tree is grown; whatever waits has its turn between trees. */
async function growEach(
  trees: number,
  signal: AbortSignal | undefined,
  onStep: FitContext['onStep'],
  grow: (tree: number) => GrownTree,
): Promise<GrownTree[]> {
  throwIfAborted(signal, 'training');
  const turns = new Turns(signal, 'training');
  const grown: GrownTree[] = [];
  for (let tree = 0; tree < trees; tree++) {
    grown.push(grow(tree));
    onStep(tree + 1, trees);
    if (turns.isOver) await turns.giveWay();
  }
  return grown;
}

/** The one tree that a model of theirs has. */
function grownOf(model: object, sample: LearningRows, features: number): GrownTree {
  const [nodes] = readForest(JSON.parse(JSON.stringify(model)), features).trees;
  return asGrown(nodes, sample, features);
}

/**
 * Nanoseconds of the first level of a tree for each feature and pair of rows; each level below has half the pairs. Measured on 990 daily returns x 86 features, whose trees are lopsided: 8.2 s for a
 * tree of depth 10. Trees of even data are three times as fast.
 */
const PAIR = 45;

function estimateOf(size: {
  readonly trees: number;
  readonly maxDepth: number;
  readonly rows: number;
  readonly features: number;
}): FitEstimate {
  const { trees, maxDepth, rows, features } = size;
  return {
    work: Math.round(PAIR * rows * rows * features * trees * (2 - 2 ** (1 - maxDepth))),
    // rows as arrays of numbers, the matrix of a node and its transpose, and two for each level down
    bytes: Math.round(8 * rows * features * 6),
  };
}
