import { TrainedModel } from '../models/trained-model';
import { invalidOption } from '../options/checks';
import { checkOptions, readSafely } from '../options/description';
import { TO_ONNX } from '../options/onnx-table';
import { described, quoted } from '../text';
import type { TreeEnsemble } from '../trees/ensemble';
import { type Attribute, DOUBLE, encodeModel, ML, node, tensor } from './graph';
import type { Message } from './protobuf';

/** Options of {@link toOnnx}. */
export interface OnnxOptions {
  /**
   * Operator that holds the trees. 'TreeEnsemble' (ai.onnx.ml 5; onnxruntime from 1.21 on): doubles from end to end. 'TreeEnsembleRegressor' (ai.onnx.ml 3), for older
   * runtimes: the sum over the trees is rounded to single precision, 6e-8 of it. Default 'TreeEnsemble'.
   */
  readonly operator?: 'TreeEnsemble' | 'TreeEnsembleRegressor' | undefined;
}

/** What the operator TreeEnsemble calls `value <= split`. */
const AT_MOST = 0;
/** What it calls the sum. */
const SUM = 1;

/**
 * A model of trees as an ONNX file, which Python, C++, Java, .NET, browsers and phones run without this library. Input `features`: single-precision numbers, rows x features in the order of
 * `model.featureNames`, NaN for missing ones. Output `forecast`: one double a row, the number or the probability of class 1.
 *
 * Every row ends in the same leaves as here, missing values and values on a threshold included. The runtime may add the trees up in another order, which is some units in the last place.
 *
 * @param model - a trained or loaded model of trees
 * @param options - which operator; see {@link OnnxOptions}
 * @returns the bytes of the file; its metadata have `feature_names` and `parameters` (JSON), `feature_set`, `key`, `model_type`, `task` and `target`
 * @throws TickerforestError `INVALID_OPTION` for a model that is not made of trees, or naming the option and its value
 * @example
 * ```ts
 * await writeFile('forest.onnx', toOnnx(models.regression_rf));
 * ```
 */
export function toOnnx(model: TrainedModel, options: OnnxOptions = {}): Uint8Array {
  const { operator = TO_ONNX.operator.default } = checkOptions(options, TO_ONNX, 'toOnnx');
  const ensemble = ensembleOf(model);
  const { features, base, divisor, link } = ensemble;
  const isNew = operator === 'TreeEnsemble';
  const trees: readonly Message[] = isNew
    ? [node(operator, ['values'], 'sum', treeEnsemble(ensemble), ML)]
    : [node(operator, ['values'], 'single_sum', treeEnsembleRegressor(ensemble), ML), node('Cast', ['single_sum'], 'sum', { to: DOUBLE })];
  const forecast = link === 'logit' ? 'log_odds' : 'forecast';
  return encodeModel({
    irVersion: isNew ? 10 : 8,
    opsets: { '': 13, [ML]: isNew ? 5 : 3 },
    nodes: [
      node('Cast', ['features'], 'values', { to: DOUBLE }),
      ...trees,
      node('Div', ['sum', 'divisor'], 'quotient'),
      node('Add', ['quotient', 'base'], forecast),
      ...(link === 'logit' ? [node('Sigmoid', ['log_odds'], 'forecast')] : []),
    ],
    constants: [tensor('divisor', Float64Array.of(divisor)), tensor('base', Float64Array.of(base))],
    input: { name: 'features', columns: features },
    output: 'forecast',
    metadata: {
      ...{ key: model.key, model_type: model.type, task: model.task, target: model.target.description, feature_set: model.featureSet },
      ...{ feature_names: JSON.stringify(model.featureNames), parameters: JSON.stringify(model.parameters) },
    },
  });
}

function ensembleOf(model: TrainedModel): TreeEnsemble {
  const given: unknown = model;
  if (!readSafely('toOnnx: model', () => given instanceof TrainedModel))
    throw invalidOption(`model must be a TrainedModel, as trainSymbol and loadModel return them, not ${described(given)}`);
  if (model.ensemble === undefined)
    throw invalidOption(`model ${quoted(model.key)} is a ${quoted(model.type)}, which is not made of trees`);
  return model.ensemble;
}

/** Splits and leaves are numbered apart from each other there, over all trees. */
function treeEnsemble({ treeOffsets, feature, threshold, missingLeft, left, value }: TreeEnsemble): Record<string, Attribute> {
  const number = new Uint32Array(left.length);
  let splits = 0;
  let leaves = 0;
  for (const [at, child] of left.entries()) number[at] = child === 0 ? leaves++ : splits++;
  const roots = Array.from(treeOffsets.subarray(0, -1));
  // a tree that is a leaf is a split there, both of whose sides are that leaf
  const lone = roots.filter((root) => left[root] === 0);
  const size = splits + lone.length;
  const asked = new Uint32Array(size);
  const cuts = new Float64Array(size);
  const missing = new Uint32Array(size);
  const [lower, lowerIsLeaf, upper, upperIsLeaf] = [0, 1, 2, 3].map(() => new Uint32Array(size));
  for (const [at, child] of left.entries()) {
    if (child === 0) continue;
    const split = number[at];
    asked[split] = feature[at];
    cuts[split] = threshold[at];
    missing[split] = missingLeft[at];
    lower[split] = number[child];
    lowerIsLeaf[split] = Number(left[child] === 0);
    upper[split] = number[child + 1];
    upperIsLeaf[split] = Number(left[child + 1] === 0);
  }
  for (const [i, root] of lone.entries()) {
    lower[splits + i] = number[root];
    upper[splits + i] = number[root];
    lowerIsLeaf[splits + i] = 1;
    upperIsLeaf[splits + i] = 1;
  }
  let nextLone = splits;
  return {
    ...{ n_targets: 1, aggregate_function: SUM, post_transform: 0 },
    tree_roots: Uint32Array.from(roots, (root) => (left[root] === 0 ? nextLone++ : number[root])),
    ...{
      nodes_modes: new Uint8Array(size).fill(AT_MOST),
      nodes_featureids: asked,
      nodes_splits: cuts,
      nodes_missing_value_tracks_true: missing,
    },
    ...{ nodes_truenodeids: lower, nodes_trueleafs: lowerIsLeaf, nodes_falsenodeids: upper, nodes_falseleafs: upperIsLeaf },
    leaf_targetids: new Uint32Array(leaves),
    leaf_weights: value.filter((_, at) => left[at] === 0),
  };
}

/** Nodes are numbered within their tree there. */
function treeEnsembleRegressor({ treeOffsets, feature, threshold, missingLeft, left, value }: TreeEnsemble): Record<string, Attribute> {
  const tree = new Uint32Array(left.length);
  for (let at = 0; at + 1 < treeOffsets.length; at++) tree.fill(at, treeOffsets[at], treeOffsets[at + 1]);
  const isLeaf = (at: number) => left[at] === 0;
  const own = left.map((_, at) => at - treeOffsets[tree[at]]);
  const leaves = own.filter((_, at) => isLeaf(at));
  return {
    ...{ n_targets: 1, aggregate_function: 'SUM', post_transform: 'NONE' },
    ...{ nodes_treeids: tree, nodes_nodeids: own, nodes_featureids: Uint32Array.from(feature) },
    nodes_modes: Array.from(left, (child) => (child === 0 ? 'LEAF' : 'BRANCH_LEQ')),
    nodes_values_as_tensor: Float64Array.from(threshold),
    nodes_missing_value_tracks_true: Uint32Array.from(missingLeft),
    nodes_truenodeids: left.map((child, at) => (child === 0 ? 0 : child - treeOffsets[tree[at]])),
    nodes_falsenodeids: left.map((child, at) => (child === 0 ? 0 : child + 1 - treeOffsets[tree[at]])),
    ...{ target_treeids: tree.filter((_, at) => isLeaf(at)), target_nodeids: leaves, target_ids: new Uint32Array(leaves.length) },
    target_weights_as_tensor: value.filter((_, at) => isLeaf(at)),
  };
}
