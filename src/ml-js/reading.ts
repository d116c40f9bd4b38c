import { TickerforestError } from '../errors';
import { MAX_DEPTH, TREES } from '../options/limits';
import { described, quoted } from '../text';
import type { Task, TreeNodes } from '../trees/ensemble';
import { float32Below } from './neighbours';

/** A forest or a tree, as it was read: every number was looked at. */
export interface ReadForest {
  /** What it forecasts. */
  readonly task: Task;
  /** Whether it is one tree of ml-cart and no forest. */
  readonly isTree: boolean;
  /** Its trees. A leaf's value is the forecast; of a classifier the share of class 1, in a forest the vote: 0 or 1. */
  readonly trees: readonly TreeNodes[];
}

/** How leaves are understood. */
type LeafReader = (distribution: unknown, where: string) => number;

/**
 * @param json - what `toJSON` of a model of ml-random-forest or ml-cart gave
 * @param features - columns of a row
 * @returns its trees
 * @throws TickerforestError `MODEL_UNUSABLE` that says where it is damaged, or what cannot be taken over
 */
export function readForest(json: unknown, features: number): ReadForest {
  const name = property(json, 'name');
  switch (name) {
    case 'DTRegression':
      return {
        task: 'regression',
        isTree: true,
        trees: [readTree(json, 'DTRegression', everyColumn(features), features, number, 'its tree')],
      };
    case 'DTClassifier':
      return { task: 'classification', isTree: true, trees: [readTree(json, name, everyColumn(features), features, share, 'its tree')] };
    case 'RFRegression': {
      const method = property(json, 'selectionMethod');
      if (method !== 'mean')
        throw unusable(`its selectionMethod is ${described(method)}; only the mean of trees is a sum, which a median cannot be made into`);
      return { task: 'regression', isTree: false, trees: readTrees(property(json, 'baseModel'), 'DTRegression', features, number) };
    }
    case 'RFClassifier':
      return { task: 'classification', isTree: false, trees: readTrees(property(json, 'baseModel'), 'DTClassifier', features, vote) };
    default:
      throw unusable(`its name is ${described(name)}, not 'RFRegression', 'RFClassifier', 'DTRegression' or 'DTClassifier'`);
  }
}

function readTrees(base: unknown, kind: string, features: number, leaf: LeafReader): TreeNodes[] {
  const estimators = property(base, 'estimators');
  const indexes = property(base, 'indexes');
  if (!Array.isArray(estimators) || estimators.length < TREES.from || estimators.length > TREES.to)
    throw unusable(
      `its estimators are ${Array.isArray(estimators) ? `${estimators.length} trees` : described(estimators)}, not 1 to 10,000 trees`,
    );
  if (property(base, 'nEstimators') !== estimators.length)
    throw unusable(`its nEstimators is ${described(property(base, 'nEstimators'))}, and it has ${estimators.length} trees`);
  if (!Array.isArray(indexes) || indexes.length !== estimators.length)
    throw unusable(`its indexes are not one list for each of its ${estimators.length} trees`);
  return estimators.map((tree: unknown, at) => {
    const columns: unknown = indexes[at];
    if (!isColumns(columns, features)) throw unusable(`indexes of tree ${at} must be positions of ${features} features`);
    return readTree(tree, kind, columns, features, leaf, `tree ${at}`);
  });
}

/** Children stand next to each other, behind their parent, as those of our own trees do. */
function readTree(tree: unknown, kind: string, columns: readonly number[], features: number, leaf: LeafReader, where: string): TreeNodes {
  const name = property(tree, 'name');
  if (name !== kind) throw unusable(`${where} is ${described(name)}, not ${quoted(kind)}`);
  const feature: number[] = [];
  const threshold: number[] = [];
  const left: number[] = [];
  const value: number[] = [];
  const add = () => {
    for (const column of [threshold, left, value]) column.push(0);
    return feature.push(0) - 1;
  };
  const open = [{ node: property(tree, 'root'), at: add(), depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at, depth } = next;
    const split = readSplit(next.node, columns, where);
    if (split === undefined) {
      value[at] = leaf(property(next.node, 'distribution'), where);
      continue;
    }
    if (depth === MAX_DEPTH.to) throw unusable(tooDeep(where));
    if (split.feature >= features) throw unusable(`${where} asks feature ${split.feature} of ${features}`);
    if (split.threshold === Number.NEGATIVE_INFINITY) {
      // no number is below it: everything goes right
      open.push({ node: split.right, at, depth: depth + 1 });
      continue;
    }
    const child = add();
    feature[at] = split.feature;
    threshold[at] = split.threshold;
    left[at] = child;
    open.push({ node: split.right, at: add(), depth: depth + 1 }, { node: split.left, at: child, depth: depth + 1 });
  }
  return {
    feature: Uint16Array.from(feature),
    threshold: Float32Array.from(threshold),
    missingLeft: new Uint8Array(feature.length),
    left: Uint32Array.from(left),
    value: Float64Array.from(value),
  };
}

interface ReadSplit {
  readonly feature: number;
  readonly threshold: number;
  readonly left: unknown;
  readonly right: unknown;
}

/** Undefined: it is a leaf, which ml-cart tells by its distribution. */
function readSplit(node: unknown, columns: readonly number[], where: string): ReadSplit | undefined {
  if (typeof node !== 'object' || node === null) throw unusable(`a node of ${where} is ${described(node)}`);
  if (property(node, 'distribution') !== undefined) return undefined;
  const [column, value, left, right] = ['splitColumn', 'splitValue', 'left', 'right'].map((name) => property(node, name));
  if (typeof column !== 'number' || !(column in columns))
    throw unusable(`a node of ${where} has splitColumn ${described(column)}; the tree sees ${columns.length} columns`);
  if (value === null)
    throw unusable(
      `a node of ${where} has splitValue null, which was NaN: it was trained on missing values, and what it does with them is not defined`,
    );
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unusable(`a node of ${where} has splitValue ${described(value)}`);
  return { feature: columns[column], threshold: float32Below(value), left, right };
}

const number: LeafReader = (distribution, where) => {
  if (typeof distribution === 'number' && Number.isFinite(distribution)) return distribution;
  throw unusable(`a leaf of ${where} is ${described(distribution)}, not a finite number`);
};

/** Classes beyond the last one that a leaf has seen are left out. */
const shares = (distribution: unknown, where: string): readonly [number, number] => {
  const row: unknown = Array.isArray(distribution) && distribution.length === 1 ? distribution[0] : undefined;
  if (!Array.isArray(row) || row.length === 0 || !row.every((one) => typeof one === 'number' && one >= 0 && one <= 1 + 1e-9))
    throw unusable(`a leaf of ${where} is ${described(distribution)}, not the shares of its classes`);
  if (row.length > 2) throw unusable(`a leaf of ${where} knows ${row.length} classes; only two, 0 and 1, can be taken over`);
  const [down, up = 0]: readonly number[] = row;
  if (Math.abs(down + up - 1) > 1e-9) throw unusable(`the shares of a leaf of ${where} sum to ${down + up}, not to 1`);
  return [down, up];
};

const share: LeafReader = (distribution, where) => Math.min(1, shares(distribution, where)[1]);

/** The class of the larger share; of equal ones the first. */
const vote: LeafReader = (distribution, where) => {
  const [down, up] = shares(distribution, where);
  return up > down ? 1 : 0;
};

function everyColumn(features: number): number[] {
  return Array.from({ length: features }, (_, at) => at);
}

function isColumns(value: unknown, features: number): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 0 && one < features);
}

/** Of what JSON.parse made: there are no getters. */
function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
}

/**
 * @param where - a tree, in words
 * @returns why it cannot be taken over, and what to do
 */
export function tooDeep(where: string): string {
  return `${where} is deeper than ${MAX_DEPTH.to}; train it with a maxDepth`;
}

/**
 * @param reason - what is wrong
 * @param cause - the error underneath, if any
 * @returns the error to throw
 */
export function unusable(reason: string, cause?: unknown): TickerforestError {
  return new TickerforestError('MODEL_UNUSABLE', `the model of ml-random-forest or ml-cart cannot be taken over: ${reason}`, { cause });
}
