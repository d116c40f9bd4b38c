import { TickerforestError, throwIfAborted } from '../errors';
import { Turns } from '../waiting';
import type { BinnedMatrix } from './binned-matrix';
import { checkRange } from './binning';
import { assembleEnsemble, type GrownTree, shareOfAllTrees, type TreeEnsemble } from './ensemble';
import { growTree, histogramSlots } from './grower';
import { predictTree } from './prediction';
import { weighRows } from './row-weights';
import { drawSample, type Sampling } from './sampling';
import { checkTarget, checkTreeOptions, REGRESSION_TARGET, sumOf, type TrainingHooks, type TreeOptions } from './training';
import { createWorkspace } from './workspace';

/** What boosting does; scikit-learn's GradientBoostingRegressor with squared error means the same by these. */
export interface BoostingOptions extends TreeOptions {
  /** Splits from root to deepest leaf, 1 to 64; default 3. */
  readonly maxDepth?: number;
  /** What part of each tree's prediction is added, above 0 to 1; default 0.1. Lower it together with more trees. */
  readonly learningRate?: number;
  /** Part of the rows that each tree sees, drawn without replacement, above 0 to 1; default 1. */
  readonly subsample?: number;
}

/**
 * Trains gradient boosting with squared error: starts from the mean of the target, and fits every tree to what the ones before it left
 * over. The event loop gets its turn every few milliseconds.
 *
 * @param binned - features of all rows
 * @param target - one number a row of the matrix; looked at within `options.rows` only
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
  const { rows: range = { from: 0, to: binned.rows }, weights } = options;
  checkTreeOptions({ trees, maxDepth, minSamplesSplit, minSamplesLeaf, seed });
  checkFraction('learningRate', learningRate);
  checkFraction('subsample', subsample);
  checkRange(range, binned.rows);
  const turns = new Turns(hooks.signal, 'training');
  throwIfAborted(hooks.signal, 'training');
  await checkTarget(target, binned.rows, range, weights, REGRESSION_TARGET, turns);
  const growth = { maxDepth, minSamplesSplit, minSamplesLeaf, maxFeatures: binned.features };
  const count = range.to - range.from;

  return binned.borrow(async (arena) => {
    const { slots, slotFeatures } = histogramSlots(growth, binned.features);
    const address = arena.allocate(range.to * 8);
    const own = await weighRows(weights, range, binned.rows, arena, turns);
    const sampling: Sampling =
      subsample === 1 ? { kind: 'all' } : { kind: 'subset', rows: Math.max(1, Math.floor(subsample * own.present)) };
    const workspace = createWorkspace(arena, { binned, range, target: address, own, slots, slotFeatures, splitter: 'best' });
    const ownWeights = weights?.subarray(range.from, range.to);
    const base = (await sumOf(target.subarray(range.from, range.to), ownWeights, (value) => value, turns)) / own.total;
    const residual = arena.float64(address, range.to);
    await turns.forRuns(count, (from, to) => {
      for (let row = range.from + from; row < range.from + to; row++) residual[row] = target[row] - base;
    });
    const grown: GrownTree[] = [];
    for (let tree = 0; tree < trees; tree++) {
      binned.kernels.seedStream(workspace.random, seed, tree);
      const sample = await drawSample(workspace, sampling, 0, turns);
      const leaves: { from: number; to: number; step: number }[] = [];
      const { value, ...rest } = await growTree(workspace, sample, growth, turns, (from, to, own) =>
        leaves.push({ from, to, step: learningRate * own }),
      );
      const nodes = { ...rest, value: value.map((own) => learningRate * own) };
      grown.push(nodes);
      if (sampling.kind === 'all') {
        for (const { from, to, step } of leaves) {
          await turns.forRuns(to - from, (start, end) =>
            binned.kernels.addToRows(address, workspace.rows, from + start, from + end, -step),
          );
        }
      } else {
        // rows that this tree has not seen learn from it as well
        const negated = { ...nodes, value: nodes.value.map((own) => -own) };
        await predictTree(negated, binned, arena, range, address + range.from * 8, turns);
      }
      hooks.onTree?.(tree + 1, trees);
      throwIfAborted(hooks.signal, 'training');
    }
    return assembleEnsemble(grown, { task: 'regression', features: binned.features, base, divisor: 1 }, shareOfAllTrees);
  });
}

function checkFraction(name: string, value: number): void {
  if (!(value > 0 && value <= 1)) throw new TickerforestError('INVALID_OPTION', `${name} is ${value}; give a number above 0, at most 1`);
}
