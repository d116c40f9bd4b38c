import { TickerforestError } from '../errors';
import type { FitRows } from '../models/model';
import type { GrownTree, TreeNodes } from '../trees/ensemble';
import { FLOAT32_MAX } from './neighbours';

/** Stands for a missing value in training: larger than all others, so that it goes right at every split, as a missing value does in a forecast. */
const MISSING = 1e300;

/** Rows to learn from, as the packages take them. */
export interface LearningRows {
  /** One array a row; a row of weight 3 is there three times. */
  readonly rows: readonly number[][];
  /** The label of each. */
  readonly labels: readonly number[];
}

/**
 * @param given - features, labels and weights
 * @param maxRows - most rows
 * @param call - who asks, for the message
 * @returns the rows that are learnt from
 * @throws TickerforestError `WORK_TOO_LARGE` if there are more; nothing is copied then
 */
export function learningRows({ matrix, range, label, weights }: FitRows, maxRows: number, call: string): LearningRows {
  const weightOf = (row: number) => (weights === undefined ? 1 : weights[row]);
  let total = 0;
  for (let row = range.from; row < range.to; row++) total += weightOf(row);
  if (total > maxRows) {
    throw new TickerforestError(
      'WORK_TOO_LARGE',
      `${call} would learn from ${total.toLocaleString('en')} rows, a row of weight 3 counting as three, and its time grows with their square; maxRows is ` +
        `${maxRows.toLocaleString('en')}. Give fewer bars (trainingWindow), a larger maxRows, or a model of this library, such as randomForestRegressor`,
    );
  }
  const rows: number[][] = [];
  const labels: number[] = [];
  for (let row = range.from; row < range.to; row++) {
    const weight = weightOf(row);
    if (weight === 0) continue;
    const values = matrix.columns.map((column) => plain(column[row]));
    for (let time = 0; time < weight; time++) {
      rows.push(values);
      labels.push(label[row]);
    }
  }
  return { rows, labels };
}

function plain(value: number): number {
  return Number.isNaN(value) ? MISSING : Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, value));
}

/**
 * @param from - rows
 * @param seed - 32 bits
 * @returns as many rows, drawn with replacement
 */
export function drawRows({ rows, labels }: LearningRows, seed: number): LearningRows {
  let state = seed;
  const drawn = Array.from(rows, () => {
    state = (state + 0x6d2b79f5) | 0;
    return Math.floor((mixed(state) / 2 ** 32) * rows.length);
  });
  return { rows: drawn.map((row) => rows[row]), labels: drawn.map((row) => labels[row]) };
}

/**
 * @param seed - of the training
 * @param stream - number of the tree, or whatever needs randomness of its own
 * @returns a seed of 32 bits, 0 or more
 */
export function streamSeed(seed: number, stream: number): number {
  return mixed(Math.imul(mixed(seed ^ 0x9e3779b9) + stream, 0x9e3779b1));
}

/** The finaliser of murmur3: every bit of the result depends on every bit of the number. */
function mixed(bits: number): number {
  let h = bits;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Where a row ends.
 *
 * @param nodes - one tree
 * @param row - as the packages take it
 * @param pass - told of every node on the way
 * @returns the leaf
 */
export function walk({ feature, threshold, left }: TreeNodes, row: readonly number[], pass: (node: number) => void = () => {}): number {
  let node = 0;
  for (let child = left[node]; child !== 0; child = left[node]) {
    pass(node);
    const value = row[feature[node]];
    node = value < MISSING && value <= threshold[node] ? child : child + 1;
  }
  pass(node);
  return node;
}

/**
 * What the packages do not tell of a tree: how many rows each node has seen, and by how much each split lowers the squared error.
 *
 * @param nodes - one tree
 * @param sample - the rows that it was grown on
 * @param features - columns of a row
 * @returns the tree with both
 */
export function asGrown(nodes: TreeNodes, sample: LearningRows, features: number): GrownTree {
  const { feature, left } = nodes;
  const cover = new Uint32Array(left.length);
  const sums = new Float64Array(left.length);
  for (const [i, row] of sample.rows.entries()) {
    walk(nodes, row, (node) => {
      cover[node]++;
      sums[node] += sample.labels[i];
    });
  }
  const gains = new Float64Array(features);
  for (const [node, child] of left.entries()) {
    if (child === 0) continue;
    const apart = sums[child] / cover[child] - sums[child + 1] / cover[child + 1];
    gains[feature[node]] += ((cover[child] * cover[child + 1]) / cover[node]) * apart * apart;
  }
  return { ...nodes, gains, cover };
}
