import { TickerforestError, throwIfAborted } from '../errors';
import { inOneGo, inTurns, type Steps, Turns } from '../waiting';
import type { Arena } from './arena';
import type { BinnedMatrix } from './binned-matrix';
import { checkRange } from './binning';
import type { Bins, BinsLayout } from './bins';
import type { TreeEnsemble, TreeNodes } from './ensemble';
import type { FeatureMatrix, RowRange } from './feature-matrix';
import { BLOCK, forecastOf, type PredictionTask, predictBlocks, type TreeTable } from './prediction-work';
import { predictByKeys } from './raw-rows';
import { depthsOf } from './tree-depths';

/** Rows times trees from which on other threads are asked: below, it takes a few milliseconds, as they do to hear of it. */
const WORTH_SENDING = 2 ** 18;
/** Nodes that are written down for WebAssembly in the time that it saves when one row goes down one tree. */
const NODES_A_WALK = 1.2;
/** Paths that are walked side by side. */
const PATHS = 4;
/** Raw values gathered at a time; 128 KiB of Float32, which stay in the second-level cache as well. */
const GATHERED = 32_768;

/**
 * Predicts one row from its raw values, without WebAssembly.
 *
 * @param ensemble - a trained model
 * @param row - one value a feature, NaN is missing
 * @returns the predicted number, or the probability of class 1
 * @throws TickerforestError `INVALID_OPTION` if the row has another number of values than the model has features
 */
export function predictRow(ensemble: TreeEnsemble, row: Float32Array): number {
  const { features, treeOffsets, value } = ensemble;
  if (row.length !== features)
    throw new TickerforestError('INVALID_OPTION', `row has ${row.length} values; the model was trained on ${features} features`);
  const nodes = new Uint32Array(PATHS);
  const rows = new Uint32Array(PATHS);
  const trees = treeOffsets.length - 1;
  let sum = 0;
  for (let tree = 0; tree < trees; tree += PATHS) {
    for (let path = 0; path < PATHS; path++) nodes[path] = treeOffsets[Math.min(tree + path, trees - 1)];
    descend(ensemble, row, rows, nodes);
    for (let path = 0; path < Math.min(PATHS, trees - tree); path++) sum += value[nodes[path]];
  }
  return forecastOf(ensemble, sum);
}

function checkOut(out: Float64Array, rows: RowRange): void {
  if (out.length !== rows.to - rows.from)
    throw new TickerforestError('INVALID_OPTION', `out has ${out.length} entries for ${rows.to - rows.from} rows; give one a row`);
}

/**
 * Predicts rows of a matrix from its raw values, without bins: for a model that was loaded, whose thresholds nobody has any more.
 *
 * @param ensemble - a trained model
 * @param matrix - features, in the order of the model's
 * @param rows - which rows
 * @param out - out, one prediction a row, in order; the same numbers, to the bit, as {@link predictRow}
 * @param signal - checked every few milliseconds; absent: cannot be aborted
 * @throws TickerforestError `INVALID_OPTION` if the shapes do not fit; `ABORTED`
 */
export async function predictRows(
  ensemble: TreeEnsemble,
  matrix: FeatureMatrix,
  rows: RowRange,
  out: Float64Array,
  signal?: AbortSignal,
): Promise<void> {
  const { features, treeOffsets } = ensemble;
  checkRange(rows, matrix.rows);
  checkOut(out, rows);
  if (matrix.columns.length !== features)
    throw new TickerforestError('INVALID_OPTION', `the model has ${features} features, the matrix ${matrix.columns.length}`);
  throwIfAborted(signal, 'forecasting');
  const turns = new Turns(signal, 'forecasting');
  const trees = treeOffsets.length - 1;
  if (out.length * trees * NODES_A_WALK > ensemble.left.length && (await predictByKeys(ensemble, matrix, rows, out, turns))) return;
  const block = Math.max(1, Math.min(BLOCK, Math.floor(GATHERED / features)));
  const values = new Float32Array(block * features);
  for (let from = rows.from; from < rows.to; from += block) {
    const count = Math.min(block, rows.to - from);
    for (const [feature, column] of matrix.columns.entries())
      for (let row = 0; row < count; row++) values[row * features + feature] = column[from + row];
    const sums = out.subarray(from - rows.from, from - rows.from + count).fill(0);
    for (let tree = 0; tree < trees; tree++) {
      addTree(ensemble, treeOffsets[tree], values, features, sums);
      if (turns.isOver) await turns.giveWay();
    }
    for (let i = 0; i < count; i++) sums[i] = forecastOf(ensemble, sums[i]);
  }
}

function addTree(trees: TreeNodes, root: number, values: Float32Array, features: number, sums: Float64Array): void {
  const nodes = new Uint32Array(PATHS);
  const rows = new Uint32Array(PATHS);
  for (let first = 0; first < sums.length; first += PATHS) {
    for (let path = 0; path < PATHS; path++) rows[path] = Math.min(first + path, sums.length - 1) * features;
    nodes.fill(root);
    descend(trees, values, rows, nodes);
    for (let path = 0; path < Math.min(PATHS, sums.length - first); path++) sums[first + path] += trees.value[nodes[path]];
  }
}

/**
 * Walks down to leaves, four paths side by side: a step waits for the memory of the one before, and the other paths' steps fill that time. Where one has ended, it stays.
 *
 * @param trees - nodes
 * @param values - raw values of rows
 * @param rows - where each path's row begins among them
 * @param nodes - in, where each path begins; out, its leaf
 */
function descend(trees: TreeNodes, values: Float32Array, rows: Uint32Array, nodes: Uint32Array): void {
  const { left } = trees;
  const [rowA, rowB, rowC, rowD] = [rows[0], rows[1], rows[2], rows[3]];
  let [a, b, c, d] = [nodes[0], nodes[1], nodes[2], nodes[3]];
  for (;;) {
    const [childA, childB, childC, childD] = [left[a], left[b], left[c], left[d]];
    if ((childA | childB | childC | childD) === 0) break;
    a = stepFrom(a, childA, trees, values, rowA);
    b = stepFrom(b, childB, trees, values, rowB);
    c = stepFrom(c, childC, trees, values, rowC);
    d = stepFrom(d, childD, trees, values, rowD);
  }
  nodes[0] = a;
  nodes[1] = b;
  nodes[2] = c;
  nodes[3] = d;
}

/** The next node, or in a leaf the same. Both the side and the end are arithmetic, as no processor foresees them: a branch for the side takes a quarter longer, for the end a sixth. */
function stepFrom(node: number, child: number, { feature, threshold, missingLeft }: TreeNodes, values: Float32Array, row: number): number {
  const raw = values[row + feature[node]];
  const next = child + 1 - (Number(raw <= threshold[node]) | (Number(Number.isNaN(raw)) & missingLeft[node]));
  const goesOn = -Number(child !== 0);
  return (next & goesOn) | (node & ~goesOn);
}

/**
 * Predicts rows of a binned matrix; the same numbers, to the bit, as {@link predictRow} on their raw values.
 *
 * @param ensemble - a model trained on this matrix, or on another with the same thresholds
 * @param binned - bins of the rows
 * @param rows - which rows
 * @param out - out, one prediction a row, in order
 * @param signal - checked every few milliseconds; absent: cannot be aborted
 * @throws TickerforestError `INVALID_OPTION` if the shapes do not fit, the matrix is in use, or the model splits where the matrix has no threshold; `ABORTED`
 */
export async function predictBinned(
  ensemble: TreeEnsemble,
  binned: BinnedMatrix,
  rows: RowRange,
  out: Float64Array,
  signal?: AbortSignal,
): Promise<void> {
  checkRange(rows, binned.rows);
  checkOut(out, rows);
  if (ensemble.features !== binned.features)
    throw new TickerforestError('INVALID_OPTION', `the model has ${ensemble.features} features, the matrix ${binned.features}`);
  throwIfAborted(signal, 'forecasting');
  const turns = new Turns(signal, 'forecasting');
  await binned.borrow(async (arena) => {
    const tables = await inTurns(writeTrees(ensemble, ensemble.treeOffsets, binned, arena), turns);
    const { link, base, divisor } = ensemble;
    const address = arena.allocate(out.length * 8);
    const work: PredictionTask = { kind: 'prediction', tables, model: { link, base, divisor }, rows, out: address };
    const blocks = Math.ceil(out.length / BLOCK);
    if (binned.threads === undefined || out.length * tables.length < WORTH_SENDING) {
      let next = 0;
      await predictBlocks(work, { bins: binned, memory: arena.memory }, () => next++, turns);
    } else {
      await binned.threads.run({ ...work, bins: binned.layout }, arena, { most: blocks, signal, during: 'forecasting' });
    }
    const made = arena.float64(address, out.length);
    await turns.forRuns(out.length, (from, to) => out.set(made.subarray(from, to), from));
  });
}

/**
 * Adds one tree's leaf values to a column in the matrix's memory.
 *
 * @param tree - nodes of one tree
 * @param binned - bins of the rows
 * @param arena - the matrix's memory; what is allocated is released
 * @param rows - which rows
 * @param out - address of the f64 of the first of them
 * @param turns - gives way
 * @throws TickerforestError `ABORTED`
 */
export async function predictTree(tree: TreeNodes, binned: Bins, arena: Arena, rows: RowRange, out: number, turns: Turns): Promise<void> {
  const mark = arena.mark();
  for (const { nodes, values, depth } of inOneGo(writeTrees(tree, Uint32Array.of(0, tree.left.length), binned, arena))) {
    await turns.forRuns(rows.to - rows.from, (from, to) =>
      binned.kernels.addTree(nodes, values, depth, binned.table, binned.features, rows.from + from, rows.from + to, out + from * 8),
    );
  }
  arena.release(mark);
}

function* writeTrees(trees: TreeNodes, offsets: Uint32Array, binned: BinsLayout, arena: Arena): Steps<TreeTable[]> {
  const { feature, threshold, missingLeft, left, value } = trees;
  const nodes = arena.allocate(value.length * 8);
  const values = arena.allocate(value.length * 8);
  arena.float64(values, value.length).set(value);
  const view = new DataView(arena.memory.buffer, nodes, value.length * 8);
  const tables: TreeTable[] = [];
  for (const [tree, depth] of depthsOf(left, offsets).entries()) {
    const root = offsets[tree];
    for (let node = root; node < offsets[tree + 1]; node++) {
      const child = left[node];
      view.setUint32(node * 8, (child === 0 ? node : child) - root, true);
      view.setUint16(node * 8 + 4, feature[node], true);
      view.setUint8(node * 8 + 6, child === 0 ? 255 : binOf(binned, feature[node], threshold[node]));
      view.setUint8(node * 8 + 7, child === 0 ? 0 : missingLeft[node]);
    }
    tables.push({ nodes: nodes + root * 8, values: values + root * 8, depth });
    yield;
  }
  return tables;
}

function binOf(binned: BinsLayout, feature: number, threshold: number): number {
  const own = binned.thresholds.thresholds[feature];
  if (threshold === Number.POSITIVE_INFINITY) return own.length;
  let low = 0;
  let high = own.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (own[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  if (own[low] !== threshold)
    throw new TickerforestError(
      'INVALID_OPTION',
      `the model splits '${binned.thresholds.names[feature]}' at ${threshold}, where the matrix has no threshold; bin it with the model's thresholds`,
    );
  return low;
}
