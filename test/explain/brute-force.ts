import type { TrainedModel } from '../../src/models/trained-model';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import type { Draw } from '../models/small-model';
import { treesOf, withTrees } from '../models/trees-of';

/** The same model with random covers, of which an inner node's is what its children weigh. */
export function withCovers(model: TrainedModel, draw: Draw): TrainedModel {
  const ensemble = treesOf(model);
  const { left } = ensemble;
  const cover = new Uint32Array(left.length);
  for (let node = left.length - 1; node >= 0; node--)
    cover[node] = left[node] === 0 ? 1 + draw(30) : cover[left[node]] + cover[left[node] + 1];
  return withTrees(model, { ...ensemble, cover });
}

/** What the trees add up to if only the features of a set are known: both ways at other splits, weighted by covers. */
function withKnown(trees: TreeEnsemble, row: Float32Array, known: (feature: number) => boolean): number {
  const { feature, threshold, missingLeft, left, value, cover, treeOffsets, base, divisor } = trees;
  if (cover === null) throw new Error('no covers');
  const below = (node: number): number => {
    const child = left[node];
    if (child === 0) return value[node];
    if (!known(feature[node])) return (cover[child] * below(child) + cover[child + 1] * below(child + 1)) / cover[node];
    const raw = row[feature[node]];
    return below(Number.isNaN(raw) ? child + 1 - missingLeft[node] : raw <= threshold[node] ? child : child + 1);
  };
  let sum = 0;
  for (const root of treeOffsets.subarray(0, -1)) sum += below(root);
  return base + sum / divisor;
}

/** Shapley values by their definition, over all subsets of features: for a dozen features at most. */
export function bruteForce(trees: TreeEnsemble, row: Float32Array): { base: number; contributions: Float64Array } {
  const count = trees.features;
  const values = Array.from({ length: 2 ** count }, (_, set) => withKnown(trees, row, (feature) => ((set >> feature) & 1) === 1));
  const factorial = [1];
  for (let n = 1; n <= count; n++) factorial.push(factorial[n - 1] * n);
  const contributions = new Float64Array(count);
  for (const [set, value] of values.entries()) {
    const size = set.toString(2).replaceAll('0', '').length;
    for (let feature = 0; feature < count; feature++) {
      if (((set >> feature) & 1) === 1) continue;
      const weight = (factorial[size] * factorial[count - size - 1]) / factorial[count];
      contributions[feature] += weight * (values[set | (1 << feature)] - value);
    }
  }
  return { base: values[0], contributions };
}
