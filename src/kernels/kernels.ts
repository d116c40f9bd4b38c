import { KERNELS_WASM } from './generated/wasm';
import { type CompiledModule, compileModule, instantiateModule, type SharedMemory } from './web-assembly';

/**
 * The compiled hot loops. Addresses are byte offsets into the memory that they were instantiated on; the layouts stand in
 * `assembly/`, the meaning of each function in its naive twin in `reference.ts`.
 */
export interface Kernels {
  /** See {@link "kernels/reference".binColumn}. */
  readonly binColumn: (values: number, count: number, thresholds: number, bins: number) => void;
  /** Column-major to row-major bins, rows `[from, to)`. */
  readonly transposeBins: (columns: number, rows: number, features: number, from: number, to: number, table: number) => void;
  /** Starts a stream of random numbers. */
  readonly seedStream: (random: number, seed: number, stream: number) => void;
  /** A uniform whole number below `bound`. */
  readonly drawBelow: (random: number, bound: number) => number;
  /** Fills bytes with zeros. */
  readonly clear: (address: number, bytes: number) => void;
  /** Adds draws to bootstrap weights. */
  readonly drawWithReplacement: (random: number, draws: number, count: number, weights: number) => void;
  /** Subsample weights of rows `[from, to)`; returns how many rows are to be drawn after them. */
  readonly drawSubset: (random: number, from: number, to: number, count: number, wanted: number, weights: number) => number;
  /** Sum of weight * |target - centre|. */
  readonly absoluteSum: (target: number, draws: number, own: number, count: number, centre: number) => number;
  /** Sum of weights. */
  readonly totalWeight: (draws: number, own: number, count: number) => number;
  /** Lists rows of positive weight with their packed values; returns how many. */
  readonly packRows: (
    target: number,
    draws: number,
    own: number,
    first: number,
    count: number,
    centre: number,
    scale: number,
    countBits: number,
    rows: number,
    packed: number,
  ) => number;
  /** Adds packed values. */
  readonly sumPacked: (packed: number, count: number, out: number) => void;
  /** Adds rows to the histograms of all features. */
  readonly histogramAll: (
    table: number,
    columns: number,
    matrixRows: number,
    features: number,
    rows: number,
    packed: number,
    from: number,
    to: number,
    buffer: number,
    histogram: number,
  ) => void;
  /** Adds rows to the histograms of a few features. */
  readonly histogramDrawn: (
    offsets: number,
    count: number,
    stride: number,
    rows: number,
    packed: number,
    from: number,
    to: number,
    buffer: number,
    histogram: number,
  ) => void;
  /** Parent minus child, in place of the parent. */
  readonly subtractHistogram: (parent: number, child: number, cells: number) => void;
  /** Adds another histogram, of other rows. */
  readonly addHistogram: (histogram: number, other: number, cells: number) => void;
  /** Copies together what belongs to a node's rows, and numbers them anew. */
  readonly copyRows: (
    table: number,
    features: number,
    target: number,
    rows: number,
    from: number,
    to: number,
    bins: number,
    values: number,
  ) => void;
  /** The best split among some features. */
  readonly bestSplit: (
    histogram: number,
    features: number,
    slots: number,
    binCounts: number,
    total: number,
    countBits: number,
    minLeaf: number,
    list: number,
    result: number,
  ) => void;
  /** The best of one random split for each of some features. */
  readonly randomSplit: (
    random: number,
    histogram: number,
    features: number,
    slots: number,
    binCounts: number,
    ranges: number,
    total: number,
    countBits: number,
    minLeaf: number,
    result: number,
  ) => void;
  /** Divides a node's rows between its children; returns the first position of the right one. */
  readonly partitionRows: (
    column: number,
    stride: number,
    bin: number,
    missingLeft: number,
    rows: number,
    packed: number,
    from: number,
    to: number,
    spareRows: number,
    sparePacked: number,
  ) => number;
  /** How many rows of a part of a node go left. */
  readonly countLeft: (column: number, stride: number, bin: number, missingLeft: number, rows: number, from: number, to: number) => number;
  /** Divides a part of a node's rows into other lists. */
  readonly divideRows: (
    column: number,
    stride: number,
    bin: number,
    missingLeft: number,
    rows: number,
    packed: number,
    from: number,
    to: number,
    intoRows: number,
    intoPacked: number,
    left: number,
    right: number,
  ) => void;
  /** Weighted mean of the target over a node's rows. */
  readonly leafMean: (target: number, rows: number, packed: number, from: number, to: number, countBits: number) => number;
  /** Whether all rows of a node have the same target: 1 or 0. */
  readonly isConstant: (target: number, rows: number, from: number, to: number) => number;
  /** Adds a number to some rows of a column. */
  readonly addToRows: (column: number, rows: number, from: number, to: number, value: number) => void;
  /** What log odds leave of each row's class. */
  readonly logisticResiduals: (odds: number, classes: number, count: number, residuals: number) => void;
  /** A leaf's step of Newton's method, for log loss. */
  readonly newtonStep: (residuals: number, rows: number, packed: number, from: number, to: number, countBits: number) => number;
  /** Adds one tree's prediction to a column. */
  readonly addTree: (
    nodes: number,
    values: number,
    depth: number,
    bins: number,
    features: number,
    from: number,
    to: number,
    out: number,
  ) => void;
}

let compiled: CompiledModule | undefined;

/** @returns the hot loops, compiled once; they can be handed to a worker */
export function compiledKernels(): CompiledModule {
  compiled ??= compileModule(Buffer.from(KERNELS_WASM, 'base64'));
  return compiled;
}

/**
 * Instantiates the hot loops on a memory. An instance holds no state, so every thread makes its own.
 *
 * @param memory - shared memory; the first 64 KiB are left alone
 * @param module - from {@link compiledKernels}
 * @returns the functions
 */
export function loadKernels(memory: SharedMemory, module: CompiledModule): Kernels {
  const exports = instantiateModule(module, memory);
  if (!isKernels(exports)) throw new Error('the WebAssembly module lacks a kernel: run `node scripts/build-wasm.mjs`');
  return exports;
}

const NAMES: Record<keyof Kernels, true> = {
  binColumn: true,
  transposeBins: true,
  seedStream: true,
  drawBelow: true,
  clear: true,
  drawWithReplacement: true,
  drawSubset: true,
  absoluteSum: true,
  totalWeight: true,
  packRows: true,
  sumPacked: true,
  histogramAll: true,
  histogramDrawn: true,
  subtractHistogram: true,
  addHistogram: true,
  copyRows: true,
  bestSplit: true,
  randomSplit: true,
  partitionRows: true,
  countLeft: true,
  divideRows: true,
  leafMean: true,
  isConstant: true,
  addToRows: true,
  logisticResiduals: true,
  newtonStep: true,
  addTree: true,
};

function isKernels(exports: object): exports is Kernels {
  return Object.keys(NAMES).every((name) => name in exports);
}
