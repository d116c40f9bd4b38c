import { TickerforestError, throwIfAborted } from '../errors';
import { ln } from '../logarithm';
import { Turns } from '../waiting';
import type { Arena } from './arena';
import type { BinnedMatrix } from './binned-matrix';
import { checkRange } from './binning';
import { assembleEnsemble, type GrownTree, type Link, shareOfAllTrees, type Task, type TreeEnsemble } from './ensemble';
import { growTree, histogramSlots, type LeafValue } from './grower';
import { predictTree } from './prediction';
import { weighRows } from './row-weights';
import { drawSample, type Sampling } from './sampling';
import {
  CLASSIFICATION_TARGET,
  checkTarget,
  checkTreeOptions,
  REGRESSION_TARGET,
  sumOf,
  type TrainingHooks,
  type TreeOptions,
} from './training';
import { createWorkspace, type Workspace } from './workspace';

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
  const turns = new Turns(hooks.signal, 'training');
  throwIfAborted(hooks.signal, 'training');
  await checkTarget(target, binned.rows, range, weights, task === 'regression' ? REGRESSION_TARGET : CLASSIFICATION_TARGET, turns);
  const growth = { maxDepth, minSamplesSplit, minSamplesLeaf, maxFeatures: binned.features };

  return binned.borrow(async (arena) => {
    const { slots, slotFeatures } = histogramSlots(growth, binned.features);
    const address = arena.allocate(range.to * 8);
    const own = await weighRows(weights, range, binned.rows, arena, turns);
    const sampling: Sampling =
      subsample === 1 ? { kind: 'all' } : { kind: 'subset', rows: Math.max(1, Math.floor(subsample * own.present)) };
    const workspace = createWorkspace(arena, { binned, range, target: address, own, slots, slotFeatures, splitter: 'best' });
    const values = target.subarray(range.from, range.to);
    const mean = (await sumOf(values, weights?.subarray(range.from, range.to), (value) => value, turns)) / own.total;
    const loss =
      task === 'regression'
        ? await squaredError(workspace, arena, values, mean, turns)
        : await logLoss(workspace, arena, values, mean, turns);
    const grown: GrownTree[] = [];
    for (let tree = 0; tree < trees; tree++) {
      binned.kernels.seedStream(workspace.random, seed, tree);
      const sample = await drawSample(workspace, sampling, 0, turns);
      const leaves: { from: number; to: number; step: number }[] = [];
      const { value, ...rest } = await growTree(workspace, sample, { ...growth, leafValue: loss.leafValue }, turns, (from, to, step) =>
        leaves.push({ from, to, step: learningRate * step }),
      );
      const nodes = { ...rest, value: value.map((step) => learningRate * step) };
      grown.push(nodes);
      const { sign, column } = loss;
      if (sampling.kind === 'all') {
        for (const { from, to, step } of leaves) {
          await turns.forRuns(to - from, (start, end) =>
            binned.kernels.addToRows(column, workspace.rows, from + start, from + end, sign * step),
          );
        }
      } else {
        // rows that this tree has not seen learn from it as well
        const steps = { ...nodes, value: nodes.value.map((step) => sign * step) };
        await predictTree(steps, binned, arena, range, column + range.from * 8, turns);
      }
      await loss.refresh();
      hooks.onTree?.(tree + 1, trees);
      throwIfAborted(hooks.signal, 'training');
    }
    const model = { task, features: binned.features, link: loss.link, base: loss.base, divisor: 1 };
    return assembleEnsemble(grown, model, shareOfAllTrees);
  });
}

/** What trees are fitted to: `workspace.target` holds what is left over, from the beginning and after every tree. */
interface Loss {
  readonly link: Link;
  /** The prediction without any tree. */
  readonly base: number;
  /** What a leaf adds to the prediction; absent: the mean of what is left over. */
  readonly leafValue: LeafValue | undefined;
  /** Address of the f64 by row number that each tree's steps are added to, times the sign. */
  readonly column: number;
  readonly sign: 1 | -1;
  /** Makes what is left over anew, where it is another column. */
  readonly refresh: () => Promise<void>;
}

async function squaredError({ range, target }: Workspace, arena: Arena, values: Float64Array, mean: number, turns: Turns): Promise<Loss> {
  const residual = arena.float64(target, range.to);
  await turns.forRuns(values.length, (from, to) => {
    for (let row = from; row < to; row++) residual[range.from + row] = values[row] - mean;
  });
  // what is left over is itself what the steps are taken from
  return { link: 'identity', base: mean, leafValue: undefined, column: target, sign: -1, refresh: () => Promise.resolve() };
}

async function logLoss(
  { binned, range, target }: Workspace,
  arena: Arena,
  values: Float64Array,
  mean: number,
  turns: Turns,
): Promise<Loss> {
  const share = Math.min(Math.max(mean, RAREST), 1 - RAREST);
  const base = ln(share / (1 - share));
  const column = arena.allocate(range.to * 8);
  const classes = arena.allocate(values.length);
  arena.float64(column, range.to).fill(base);
  // an absent row may have no class: it gets one, and is never looked at
  arena.uint8(classes, values.length).set(values);
  const refresh = () =>
    turns.forRuns(values.length, (from, to) => {
      const row = (range.from + from) * 8;
      binned.kernels.logisticResiduals(column + row, classes + from, to - from, target + row);
    });
  await refresh();
  return { link: 'logit', base, leafValue: binned.kernels.newtonStep, column, sign: 1, refresh };
}

function checkFraction(name: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw new TickerforestError('INVALID_OPTION', `${name} is ${value}; give a number above 0, at most 1`);
}
