import { TickerforestError, throwIfAborted } from '../errors';
import { described } from '../text';
import { Turns } from '../waiting';
import type { BinnedMatrix } from './binned-matrix';
import { checkRange } from './binning';
import { assembleEnsemble, type GrownTree, shareOfEachTree, type Task, type TreeEnsemble } from './ensemble';
import { type ForestTask, growForest } from './forest-work';
import { histogramSlots } from './grower';
import { weighRows } from './row-weights';
import { chooseCentre } from './sampling';
import type { ToldTree } from './tasks';
import { layOutHelpers } from './team-work';
import {
  CLASSIFICATION_TARGET,
  checkTarget,
  checkTreeOptions,
  REGRESSION_TARGET,
  sumOf,
  type TrainingHooks,
  type TreeOptions,
} from './training';
import { layOutWorkspace, writeRanges } from './workspace';

/**
 * What a forest is made of; scikit-learn's RandomForestRegressor and RandomForestClassifier mean the same by these, ExtraTreesRegressor and ExtraTreesClassifier where the
 * splitter is 'random'.
 */
export interface ForestOptions extends TreeOptions {
  /** Predict a number, or the probability that a target of 0 or 1 is 1. */
  readonly task: Task;
  /** Splits from root to deepest leaf, 1 to 64; default 10. */
  readonly maxDepth?: number;
  /** Features drawn at every split: all, the square root of their number rounded down, or a number; default 'all' for regression, 'sqrt' for classification. */
  readonly maxFeatures?: 'all' | 'sqrt' | number;
  /** Whether each tree gets as many rows as there are, drawn with replacement; default true, with random splits false: every row once. */
  readonly bootstrap?: boolean;
  /**
   * 'best' (default): the best split of all drawn features. 'random': extremely randomised trees (Geurts, Ernst and Wehenkel 2006), the best of one random split for each of them,
   * uniform between the lowest and the highest value of the node's rows. Cuts go to the ends of bins, so values that share a bin are never parted.
   */
  readonly splitter?: 'best' | 'random';
}

/**
 * Trains a random forest, or extremely randomised trees: each tree on its own bootstrap of the rows or on all, split by squared error (regression) or Gini impurity
 * (classification). The event loop gets its turn every few milliseconds.
 *
 * @param binned - features of all rows
 * @param target - one number a row of the matrix; looked at within `options.rows` only. Classification: 0 or 1
 * @param options - see {@link ForestOptions}
 * @param hooks - progress and abort
 * @returns the forest: a prediction is the mean of the trees' leaf means
 * @throws TickerforestError `INVALID_OPTION` for an option or target outside its range, a matrix in use, or no memory; `ABORTED`
 */
export async function trainForest(
  binned: BinnedMatrix,
  target: Float64Array,
  options: ForestOptions,
  hooks: TrainingHooks = {},
): Promise<TreeEnsemble> {
  const { task, trees = 50, maxDepth = 10, minSamplesSplit = 2, minSamplesLeaf = 1, seed = 1, splitter = 'best' } = options;
  const { bootstrap = splitter === 'best' } = options;
  const { rows: range = { from: 0, to: binned.rows }, weights, maxFeatures = task === 'regression' ? 'all' : 'sqrt' } = options;
  checkTreeOptions({ trees, maxDepth, minSamplesSplit, minSamplesLeaf, seed });
  if (splitter !== 'best' && splitter !== 'random')
    throw new TickerforestError('INVALID_OPTION', `splitter is ${described(splitter)}; give 'best' or 'random'`);
  checkRange(range, binned.rows);
  const turns = new Turns(hooks.signal, 'training');
  throwIfAborted(hooks.signal, 'training');
  const rule = task === 'regression' ? REGRESSION_TARGET : CLASSIFICATION_TARGET;
  const growth = {
    maxDepth,
    minSamplesSplit,
    minSamplesLeaf,
    maxFeatures: countFeatures(maxFeatures, binned.features),
    isBinary: task === 'classification',
  };

  // before anything that gives way: of two calls, the first has the matrix
  return binned.borrow(async (arena) => {
    await checkTarget(target, binned.rows, range, weights, rule, turns);
    const { slots, slotFeatures } = histogramSlots(growth, binned.features);
    const address = arena.allocate(range.to * 8);
    const own = await weighRows(weights, range, binned.rows, arena, turns);
    const values = target.subarray(range.from, range.to);
    const ownWeights = weights?.subarray(range.from, range.to);
    arena.float64(address, range.to).set(values, range.from);
    let centre = 0;
    if (task === 'regression') {
      const mean = (await sumOf(values, ownWeights, (value) => value, turns)) / own.total;
      centre = await chooseCentre(values, mean, ownWeights, own.total, turns);
    }
    const ranges = splitter === 'random' ? writeRanges(arena, binned) : 0;
    const plan = { binned, range, target: address, own, slots, slotFeatures, ranges };
    const threads = Math.min(binned.threads?.count ?? 1, trees);
    // one is needed; fewer threads than are wanted take part where there is not memory for all
    const workspaces = [layOutWorkspace(arena, plan), ...arena.repeat(threads - 1, () => layOutWorkspace(arena, plan))];
    const helpers = layOutHelpers(arena, binned, workspaces, binned.threads);
    const sampling = bootstrap ? 'bootstrap' : 'all';
    const work: ForestTask = { kind: 'forest', workspaces, helpers, growth, sampling, centre, seed, trees };
    const grown: GrownTree[] = [];
    let done = 0;
    const onTree = (tree: number, nodes: GrownTree) => {
      grown[tree] = nodes;
      hooks.onTree?.(++done, trees);
      throwIfAborted(hooks.signal, 'training');
    };
    if (binned.threads === undefined) {
      let next = 0;
      await growForest(work, { bins: binned, memory: arena.memory }, 0, () => next++, turns, onTree);
    } else {
      const { signal } = hooks;
      const told = ({ tree, grown: nodes }: ToldTree) => onTree(tree, nodes);
      await binned.threads.run({ ...work, bins: binned.layout }, arena, {
        most: Math.max(workspaces.length, helpers.length),
        signal,
        during: 'training',
        onTree: told,
      });
    }
    return assembleEnsemble(grown, { task, features: binned.features, link: 'identity', base: 0, divisor: trees }, shareOfEachTree);
  });
}

function countFeatures(maxFeatures: 'all' | 'sqrt' | number, features: number): number {
  if (maxFeatures === 'all') return features;
  if (maxFeatures === 'sqrt') return Math.floor(Math.sqrt(features));
  if (!Number.isInteger(maxFeatures) || maxFeatures < 1 || maxFeatures > features)
    throw new TickerforestError(
      'INVALID_OPTION',
      `maxFeatures is ${maxFeatures}; give 'all', 'sqrt' or a whole number from 1 to ${features}`,
    );
  return maxFeatures;
}
