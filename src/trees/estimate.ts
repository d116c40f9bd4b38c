import type { Task } from './ensemble';
import { HISTOGRAM_BYTES } from './workspace';

/** What a training is made of, as far as its cost depends on it. */
export interface TrainingSize {
  /** Rows that are trained on. */
  readonly rows: number;
  /** Features of the matrix. */
  readonly features: number;
  /** Number of trees. */
  readonly trees: number;
  /** Splits from root to deepest leaf. */
  readonly maxDepth: number;
  /** Features drawn at every split; default all. */
  readonly maxFeatures?: number | undefined;
  /** Smallest weight of a leaf; default 1. */
  readonly minSamplesLeaf?: number | undefined;
  /** Part of the rows that each tree sees: 0.632 with bootstrap, which draws some rows more than once; default 1. */
  readonly sample?: number | undefined;
  /** Whether trees are fitted to what the ones before left over; default false. */
  readonly boosting?: boolean | undefined;
  /** What is predicted; default 'regression'. */
  readonly task?: Task | undefined;
}

/** What a training will cost. */
export interface TrainingEstimate {
  /** Additions to a histogram, and what takes as long: about a nanosecond each, on one core of 2.3 GHz. */
  readonly work: number;
  /** Bytes at its peak, the caller's own matrix not counted. */
  readonly bytes: number;
}

/**
 * Estimates a training before it begins, from its size alone. With r rows a tree, F features, m of them drawn at a split (all: m = F) and d levels:
 *
 * - leaves: half the harmonic mean of `2^maxDepth`, all that there is room for, and `min(r, rows / minSamplesLeaf)`, all that the rows make if they are noise; a quarter of r for a forest of two classes, whose nodes are
 *   pure sooner. There are as many splits, but for one
 * - levels: `min(maxDepth, 1 + 1.5 log2(leaves))`, as trees are not balanced
 * - additions: `r m d` where features are drawn; `r F (d + 1) / 2` where all are looked at, as of two children only the smaller one is added up
 * - cells: `320 m` a node that is searched: clearing, subtracting and going through its 256 bins; with `minSamplesLeaf` above 1, leaves are searched, too
 * - `3,000` a split, and `70 F` more where features are drawn; `8 r d` for dividing rows and `10 rows` for drawing them, `40 rows` with the exponentials of log loss
 *
 * `bytes` is 2 a value for bins; 45 a row; the histograms; and 61 a node, 23 of them for the model, as many for the trees that it is put together from, and 15 for its file and what that is made
 * from. Measured by `bench/estimate.ts`, with noise as target, milliseconds of processor:
 *
 * | rows x features | training | measured | estimate | ratio |
 * |---|---|---|---|---|
 * | 5,000 x 96 | regression forest, 20 trees, depth 30 | 1,804 | 2,200 | 1.22 |
 * | 5,000 x 96 | regression forest, 40 trees, depth 30, leaves of 50 | 362 | 343 | 0.95 |
 * | 5,000 x 96 | regression forest, 40 trees, depth 10 | 664 | 1,122 | 1.69 |
 * | 5,000 x 96 | classification forest, 100 trees, depth 10 | 350 | 621 | 1.77 |
 * | 5,000 x 96 | classification forest, 40 trees, depth 30 | 392 | 433 | 1.10 |
 * | 100,000 x 96 | regression forest, 10 trees, depth 10 | 482 | 734 | 1.52 |
 * | 100,000 x 96 | regression forest, 3 trees, depth 30 | 3,795 | 6,670 | 1.76 |
 * | 100,000 x 96 | classification forest, 20 trees, depth 10 | 295 | 477 | 1.62 |
 * | 100,000 x 96 | classification forest, 4 trees, depth 30 | 803 | 895 | 1.11 |
 * | 100,000 x 96 | extra trees, regression, 10 trees, depth 10 | 618 | 960 | 1.55 |
 * | 5,000 x 20 | boosting, regression, 200 trees, depth 3 | 74 | 89 | 1.20 |
 * | 100,000 x 96 | boosting, regression, 30 trees, depth 3 | 308 | 686 | 2.23 |
 * | 100,000 x 20 | boosting, regression, 30 trees, depth 6 | 196 | 402 | 2.05 |
 * | 100,000 x 20 | boosting, classification, 30 trees, depth 6 | 271 | 492 | 1.81 |
 *
 * @param size - see {@link TrainingSize}
 * @returns what it will cost; within a factor of 2.5 of what was measured
 */
export function estimateTraining(size: TrainingSize): TrainingEstimate {
  const {
    rows,
    features,
    trees,
    maxDepth,
    maxFeatures = features,
    minSamplesLeaf = 1,
    sample = 1,
    boosting = false,
    task = 'regression',
  } = size;
  const seen = rows * sample;
  const drawing = maxFeatures < features;
  const distinct = task === 'classification' && !boosting ? seen / 4 : seen;
  const most = Math.min(distinct, rows / minSamplesLeaf);
  const leaves = Math.max(1, 1 / (1 / 2 ** maxDepth + 1 / most));
  const levels = Math.min(maxDepth, 1 + 1.5 * Math.log2(leaves));
  const searched = minSamplesLeaf > 1 ? 2 * leaves : leaves;
  const additions = drawing ? seen * maxFeatures * levels : (seen * features * (levels + 1)) / 2;
  const perSplit = 3_000 + (drawing ? 70 * features : 0);
  const perRow = task === 'classification' && boosting ? 40 : 10;
  const work = trees * (additions + searched * 320 * maxFeatures + leaves * perSplit + 8 * seen * levels + perRow * rows);

  const histograms = (drawing ? maxFeatures : features * (maxDepth + 1)) * HISTOGRAM_BYTES;
  const bytes = 2 * rows * features + 45 * rows + histograms + trees * (61 * (2 * leaves - 1) + 8 * features);
  return { work: Math.round(work), bytes: Math.round(bytes) };
}
