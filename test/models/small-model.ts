import { targetFacts } from '../../src/models/model-header';
import { TrainedModel } from '../../src/models/trained-model';
import { fittedTrees } from '../../src/models/tree-file';
import { direction } from '../../src/targets/direction';
import { nextReturn } from '../../src/targets/returns';
import { allocateNodes, type TreeEnsemble } from '../../src/trees/ensemble';

/** A whole number below `bound`. */
export type Draw = (bound: number) => number;

/** xorshift32. */
export function draws(seed: number): Draw {
  let state = (Math.imul(seed, 0x9e3779b1) >>> 0) + 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 2 ** 32) * bound);
  };
}

/** A model of a few random trees, whose file is some hundred bytes: quick to take apart by the thousand. */
export function smallModel(draw: Draw): TrainedModel {
  // from 256 features on, their numbers take two bytes
  const features = draw(20) === 0 ? 256 + draw(50) : 1 + draw(4);
  const trees = 1 + draw(3);
  const sizes = Array.from({ length: trees }, () => 1 + 2 * draw(5));
  const treeOffsets = new Uint32Array(trees + 1);
  for (const [tree, size] of sizes.entries()) treeOffsets[tree + 1] = treeOffsets[tree] + size;
  const nodes = allocateNodes(treeOffsets[trees]);
  const classification = draw(2) === 1;
  const boosting = draw(2) === 1;
  const number = () => (classification && !boosting ? draw(1001) / 1000 : (draw(2001) - 1000) / 1e5);
  for (const [tree, size] of sizes.entries()) {
    const root = treeOffsets[tree];
    const leaves = [root];
    for (let free = root + 1; free < root + size; free += 2) {
      const [node] = leaves.splice(draw(leaves.length), 1);
      nodes.feature[node] = draw(features);
      nodes.threshold[node] = draw(10) === 0 ? Number.POSITIVE_INFINITY : (draw(2001) - 1000) / 500;
      nodes.missingLeft[node] = draw(2);
      nodes.left[node] = free;
      leaves.push(free, free + 1);
    }
    for (const leaf of leaves) nodes.value[leaf] = number();
  }
  const ensemble: TreeEnsemble = {
    ...nodes,
    task: classification ? 'classification' : 'regression',
    features,
    treeOffsets,
    link: classification && boosting ? 'logit' : 'identity',
    base: boosting ? number() : 0,
    divisor: boosting ? 1 : trees,
    importance: new Float64Array(features).fill(1 / features),
    cover: null,
  };
  return new TrainedModel(
    {
      ...(classification
        ? { key: 'classification_rf', type: 'RandomForestClassifier', target: targetFacts(direction()) }
        : { key: boosting ? 'regression_gb' : 'regression_rf', type: 'RandomForestRegressor', target: targetFacts(nextReturn()) }),
      task: ensemble.task,
      parameters: { n_estimators: trees, max_features: null, bootstrap: true },
      featureNames: Array.from({ length: features }, (_, i) => `f${i}`),
      featureSet: 'abc',
    },
    fittedTrees(ensemble),
  );
}
