import { TickerforestError, throwIfAborted } from '../errors';
import { ln } from '../logarithm';
import { Turns } from '../waiting';
import type { Arena } from './arena';
import type { BinnedMatrix } from './binned-matrix';
import { checkRange } from './binning';
import { type BoostingTask, boost } from './boosting-work';
import { assembleEnsemble, type GrownTree, type Link, shareOfAllTrees, type Task, type TreeEnsemble } from './ensemble';
import type { RowRange } from './feature-matrix';
import { histogramSlots } from './grower';
import { weighRows } from './row-weights';
import type { Sampling } from './sampling';
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
import { layOutWorkspace } from './workspace';

/**
 * What boosting does; scikit-learn's GradientBoostingRegressor with squared error means the same by these, GradientBoostingClassifier with log loss and two classes where the
 * task is 'classification'.
 */
export interface BoostingOptions extends TreeOptions {
  /** Predict a number (default), or the probability that a target of 0 or 1 is 1. */
  readonly task?: Task;
  /** Splits from root to deepest leaf, 1 to 64; default 3. */
  readonly maxDepth?: number;
  /** What part of each tree's prediction is added, above 0 to 1; default 0.1. Lower it together with more trees. */
  readonly learningRate?: number;
  /** Part of the rows that each tree sees, drawn without replacement, above 0 to 1; default 1. */
  readonly subsample?: number;
}

/** Class frequencies are kept this far from 0 and 1, as by scikit-learn, so that their log odds are finite. */
const RAREST = 2 ** -23;

/**
 * Trains gradient boosting: starts from the best constant, and fits every tree to what the ones before it left over. With squared error that is the mean of the target, and what it
 * leaves; with log loss the log odds of class 1, and class minus probability, of which each leaf takes one step of Newton's method. The event loop gets its turn every few milliseconds.
 *
 * @param binned - features of all rows
 * @param target - one number a row of the matrix; looked at within `options.rows` only. Classification: 0 or 1
 * @param options - see {@link BoostingOptions}
 * @param hooks - progress and abort
 * @returns the model; its leaf values are already multiplied by the learning rate
 * @throws TickerforestError `INVALID_OPTION` for an option or target outside its range, a matrix in use, or no memory; `ABORTED`
 */
export async function trainBoosting(
  binned: BinnedMatrix,
  target: Float64Array,
  options: BoostingOptions = {},
  hooks: TrainingHooks = {},
): Promise<TreeEnsemble> {
  const { trees = 50, maxDepth = 3, learningRate = 0.1, subsample = 1, minSamplesSplit = 2, minSamplesLeaf = 1, seed = 1 } = options;
  const { rows: range = { from: 0, to: binned.rows }, weights, task = 'regression' } = options;
  checkTreeOptions({ trees, maxDepth, minSamplesSplit, minSamplesLeaf, seed });
  checkFraction('learningRate', learningRate);
  checkFraction('subsample', subsample);
  checkRange(range, binned.rows);
  const isRegression = task === 'regression';
  const turns = new Turns(hooks.signal, 'training');
  throwIfAborted(hooks.signal, 'training');
  const growth = { maxDepth, minSamplesSplit, minSamplesLeaf, maxFeatures: binned.features };

  // before anything that gives way: of two calls, the first has the matrix
  return binned.borrow(async (arena) => {
    await checkTarget(target, binned.rows, range, weights, isRegression ? REGRESSION_TARGET : CLASSIFICATION_TARGET, turns);
    const { slots, slotFeatures } = histogramSlots(growth, binned.features);
    const address = arena.allocate(range.to * 8);
    const own = await weighRows(weights, range, binned.rows, arena, turns);
    const sampling: Sampling =
      subsample === 1 ? { kind: 'all' } : { kind: 'subset', rows: Math.max(1, Math.floor(subsample * own.present)) };
    const workspace = layOutWorkspace(arena, { binned, range, target: address, own, slots, slotFeatures, ranges: 0 });
    const values = target.subarray(range.from, range.to);
    const mean = (await sumOf(values, weights?.subarray(range.from, range.to), (value) => value, turns)) / own.total;
    const base = isRegression ? mean : logOdds(mean);
    const odds = isRegression ? null : layOutOdds(arena, range, values, base);
    if (isRegression) {
      const residual = arena.float64(address, range.to);
      await turns.forRuns(values.length, (from, to) => {
        for (let row = from; row < to; row++) residual[range.from + row] = values[row] - mean;
      });
    }
    const helpers = layOutHelpers(arena, binned, [workspace], binned.threads);
    const work: BoostingTask = {
      kind: 'boosting',
      ...{ workspace, helpers, free: arena.mark(), growth, sampling, odds, seed, trees, learningRate },
    };
    const grown: GrownTree[] = [];
    const onTree = (tree: number, nodes: GrownTree) => {
      grown[tree] = nodes;
      hooks.onTree?.(tree + 1, trees);
      throwIfAborted(hooks.signal, 'training');
    };
    if (binned.threads === undefined) {
      await boost(work, { bins: binned, memory: arena.memory }, turns, onTree);
    } else {
      const { signal } = hooks;
      const told = ({ tree, grown: nodes }: ToldTree) => onTree(tree, nodes);
      await binned.threads.run({ ...work, bins: binned.layout }, arena, {
        most: Math.max(1, helpers.length),
        signal,
        during: 'training',
        onTree: told,
      });
    }
    const link: Link = isRegression ? 'identity' : 'logit';
    return assembleEnsemble(grown, { task, features: binned.features, link, base, divisor: 1 }, shareOfAllTrees);
  });
}

function logOdds(mean: number): number {
  const share = Math.min(Math.max(mean, RAREST), 1 - RAREST);
  return ln(share / (1 - share));
}

function layOutOdds(arena: Arena, range: RowRange, values: Float64Array, base: number): { column: number; classes: number } {
  const column = arena.allocate(range.to * 8);
  const classes = arena.allocate(values.length);
  arena.float64(column, range.to).fill(base);
  // an absent row may have no class: it gets one, and is never looked at
  arena.uint8(classes, values.length).set(values);
  return { column, classes };
}

function checkFraction(name: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw new TickerforestError('INVALID_OPTION', `${name} is ${value}; give a number above 0, at most 1`);
}
