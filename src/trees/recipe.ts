import type { BinnedMatrix } from './binned-matrix';
import { type BoostingOptions, trainBoosting } from './boosting';
import type { TreeEnsemble } from './ensemble';
import { type ForestOptions, trainForest } from './forest';
import type { TrainingHooks, TreeOptions } from './training';

/** What trees are grown by, whatever the rows: data, so that another thread can be sent it. */
export type TreesRecipe =
  | ({ readonly kind: 'forest' } & Required<Omit<ForestOptions, keyof LearntRows>>)
  | ({ readonly kind: 'boosting' } & Required<Omit<BoostingOptions, keyof LearntRows>>);

/** The rows that trees are grown on, and the seed. */
export type LearntRows = Pick<TreeOptions, 'seed' | 'rows' | 'weights'>;

/**
 * Grows what a recipe says.
 *
 * @param recipe - a forest's, or a boosting's
 * @param binned - features of all rows
 * @param label - one number a row of the matrix
 * @param learnt - which rows
 * @param hooks - progress and abort
 * @returns the trees
 * @throws TickerforestError as {@link trainForest} and {@link trainBoosting}
 */
export function growTrees(
  recipe: TreesRecipe,
  binned: BinnedMatrix,
  label: Float64Array,
  learnt: LearntRows,
  hooks: TrainingHooks,
): Promise<TreeEnsemble> {
  if (recipe.kind === 'boosting') return trainBoosting(binned, label, { ...recipe, ...learnt }, hooks);
  const { maxFeatures } = recipe;
  // how many features there are depends on the market, which nobody knows when options are checked
  const drawn = typeof maxFeatures === 'number' ? Math.min(maxFeatures, binned.features) : maxFeatures;
  return trainForest(binned, label, { ...recipe, ...learnt, maxFeatures: drawn }, hooks);
}
