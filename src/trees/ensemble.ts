/** What a model predicts: a number (the return), or the probability of class 1 (up). */
export type Task = 'regression' | 'classification';

/** What becomes of the sum over trees: 'identity', the prediction itself; 'logit', log odds, of which the logistic function makes a probability. */
export type Link = 'identity' | 'logit';

/**
 * The nodes of one tree, or of several trees one after the other. All arrays have one entry a node. The children of a node are
 * neighbours: the right one follows the left one.
 */
export interface TreeNodes {
  /** Number of the feature that is asked; 0 in a leaf. */
  readonly feature: Uint16Array;
  /** Values up to and including this go left, greater ones right; `Infinity` parts missing values from all others; 0 in a leaf. */
  readonly threshold: Float32Array;
  /** 1: missing values go left; 0: right. */
  readonly missingLeft: Uint8Array;
  /** Index of the left child in these arrays; the right child is the next one. 0 in a leaf, as a root is nobody's child. */
  readonly left: Uint32Array;
  /** What a leaf adds to the sum over trees; 0 in an inner node. */
  readonly value: Float64Array;
}

/** One tree as it was grown. */
export interface GrownTree extends TreeNodes {
  /** By how much its splits on each feature lower the weighted sum of squared errors, in the target's unit squared, 0 or more. */
  readonly gains: Float64Array;
  /** Weight of the training rows that reached each node. */
  readonly cover: Uint32Array;
}

/**
 * A trained model: flat arrays of plain numbers, so that a model file stores them as they are.
 * Its prediction is `base + sum / divisor`, the sum taken over the leaf values of all trees in their order; with the link 'logit', the logistic function of that.
 */
export interface TreeEnsemble extends TreeNodes {
  /** What is predicted. */
  readonly task: Task;
  /** Number of features of a row. */
  readonly features: number;
  /** Where each tree's nodes begin (its root), and last the number of all nodes: one entry more than trees. */
  readonly treeOffsets: Uint32Array;
  /** What the sum over trees means. */
  readonly link: Link;
  /** 0 for a forest; for boosting the mean of the training target, with the link 'logit' the log odds of class 1 among the training rows. */
  readonly base: number;
  /** The number of trees for a forest, 1 for boosting. */
  readonly divisor: number;
  /**
   * How much each feature lowers the training error, scikit-learn's `feature_importances_` (mean decrease in impurity): one share a feature,
   * 0 or more, summing to 1; all 0 if no tree has a split. In a forest, whose trees count alike, each tree's gains are divided by their total, and these shares averaged
   * over the trees that have a split. In boosting the gains of all trees are summed and divided once: a late tree, which has little left to gain, counts little. Features with many distinct values are favoured; it says nothing about error on unseen rows.
   */
  readonly importance: Float64Array;
  /**
   * Weight of the training rows that reached each node, scikit-learn's `tree_.weighted_n_node_samples`: in the sample that its tree was grown on, so a row that a bootstrap drew
   * twice counts twice. An inner node's is the sum of its children's. Null for a model that was read from a file: see `loadCovers`.
   */
  readonly cover: Uint32Array | null;
}

/**
 * @param count - how many
 * @returns nodes that are all leaves of value 0
 */
export function allocateNodes(count: number): TreeNodes {
  return {
    feature: new Uint16Array(count),
    threshold: new Float32Array(count),
    missingLeft: new Uint8Array(count),
    left: new Uint32Array(count),
    value: new Float64Array(count),
  };
}

/**
 * Puts trees together.
 *
 * @param trees - each tree, child indices relative to its own root
 * @param model - the other properties of the ensemble
 * @param importance - {@link shareOfEachTree} or {@link shareOfAllTrees}
 * @returns one model
 */
export function assembleEnsemble(
  trees: readonly GrownTree[],
  model: Pick<TreeEnsemble, 'task' | 'features' | 'link' | 'base' | 'divisor'>,
  importance: (trees: readonly GrownTree[], features: number) => Float64Array,
): TreeEnsemble {
  const treeOffsets = new Uint32Array(trees.length + 1);
  trees.forEach((tree, i) => {
    treeOffsets[i + 1] = treeOffsets[i] + tree.left.length;
  });
  const nodes = treeOffsets[trees.length];
  const cover = new Uint32Array(nodes);
  const ensemble = { ...model, treeOffsets, ...allocateNodes(nodes), importance: importance(trees, model.features), cover };
  trees.forEach((tree, i) => {
    const offset = treeOffsets[i];
    ensemble.feature.set(tree.feature, offset);
    ensemble.threshold.set(tree.threshold, offset);
    ensemble.missingLeft.set(tree.missingLeft, offset);
    ensemble.left.set(
      tree.left.map((child) => (child === 0 ? 0 : child + offset)),
      offset,
    );
    ensemble.value.set(tree.value, offset);
    cover.set(tree.cover, offset);
  });
  return ensemble;
}

/**
 * Importances of a forest.
 *
 * @param trees - its trees
 * @param features - how many features there are
 * @returns each feature's share of a tree's gains, averaged over the trees that have a split
 */
export function shareOfEachTree(trees: readonly GrownTree[], features: number): Float64Array {
  const sums = new Float64Array(features);
  let splitTrees = 0;
  for (const { gains } of trees) {
    const total = sum(gains);
    if (total === 0) continue;
    splitTrees++;
    for (const [feature, gain] of gains.entries()) sums[feature] += gain / total;
  }
  return splitTrees === 0 ? sums : sums.map((share) => share / splitTrees);
}

/**
 * Importances of boosting.
 *
 * @param trees - its trees
 * @param features - how many features there are
 * @returns each feature's share of the gains of all trees together
 */
export function shareOfAllTrees(trees: readonly GrownTree[], features: number): Float64Array {
  const sums = new Float64Array(features);
  for (const { gains } of trees) for (const [feature, gain] of gains.entries()) sums[feature] += gain;
  const total = sum(sums);
  return total === 0 ? sums : sums.map((share) => share / total);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
