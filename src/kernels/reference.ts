import { sigmoid } from '../exponential';

/**
 * The naive twins of the WebAssembly kernels: the same results to the bit, written to be read. Packed values are BigInt here.
 * The tests compare the two on random data; nothing else uses this file.
 */

/** Cells of one feature's histogram: 255 bins and, last, one for missing values. */
export const CELLS = 256;
/** The bin of a missing value. */
export const MISSING_BIN = 255;

/**
 * Bins values: the number of thresholds below each, 255 for NaN.
 *
 * @param values - any Float32, NaN is missing
 * @param thresholds - strictly ascending, at most 254
 * @returns one bin a value
 */
export function binColumn(values: Float32Array, thresholds: Float32Array): Uint8Array {
  return Uint8Array.from(values, (value) => (Number.isNaN(value) ? MISSING_BIN : thresholds.filter((t) => value > t).length));
}

/**
 * @param columns - u8[features][rows]
 * @param rows - number of rows
 * @param features - number of features
 * @returns u8[rows][features]
 */
export function transposeBins(columns: Uint8Array, rows: number, features: number): Uint8Array {
  return new Uint8Array(rows * features).map((_, i) => columns[(i % features) * rows + Math.floor(i / features)]);
}

/** PCG32 with BigInt arithmetic (O'Neill 2014): one stream per seed and stream number. */
export class RandomStream {
  private state = 0n;
  private readonly increment: bigint;

  /**
   * @param seed - whole number, 0 to 2^53 - 1
   * @param stream - whole number, 0 to 2^32 - 1
   */
  constructor(seed: number, stream: number) {
    this.increment = (BigInt(stream) << 1n) | 1n;
    this.next();
    this.state = BigInt.asUintN(64, this.state + BigInt(seed));
    this.next();
  }

  /** @returns 32 random bits */
  private next(): bigint {
    const old = this.state;
    this.state = BigInt.asUintN(64, old * 6364136223846793005n + this.increment);
    const shifted = BigInt.asUintN(32, ((old >> 18n) ^ old) >> 27n);
    const turn = old >> 59n;
    return BigInt.asUintN(32, (shifted >> turn) | (shifted << (-turn & 31n)));
  }

  /**
   * @param bound - 1 to 2^32 - 1
   * @returns a whole number from 0 to `bound - 1`, each as likely (Lemire 2019)
   */
  below(bound: number): number {
    const unfair = 2n ** 32n % BigInt(bound);
    for (;;) {
      const product = this.next() * BigInt(bound);
      if (BigInt.asUintN(32, product) >= unfair) return Number(product >> 32n);
    }
  }

  /**
   * @param count - number of rows and of draws
   * @returns how often each row was drawn, with replacement
   */
  withReplacement(count: number): Uint16Array {
    const weights = new Uint16Array(count);
    for (let i = 0; i < count; i++) {
      const row = this.below(count);
      weights[row] = weights[row] + 1;
    }
    return weights;
  }

  /**
   * @param count - number of rows
   * @param wanted - how many to draw without replacement
   * @returns 1 for a drawn row
   */
  subset(count: number, wanted: number): Uint16Array {
    let left = wanted;
    return new Uint16Array(count).map((_, i) => {
      const take = this.below(count - i) < left;
      if (take) left--;
      return take ? 1 : 0;
    });
  }
}

/**
 * What rows weigh: how often each was drawn, times its own weight. A row of own weight 0 is absent and has no entry among the draws.
 *
 * @param draws - one a row that is present
 * @param own - one a row
 * @returns one weight a row
 */
export function multiplyWeights(draws: Uint16Array, own: Uint16Array): Uint32Array {
  const present = Array.from(own.keys()).filter((row) => own[row] !== 0);
  return Uint32Array.from(own, (weight, row) => (weight === 0 ? 0 : weight * draws[present.indexOf(row)]));
}

/**
 * @param target - one number a row
 * @param weights - one weight a row
 * @param centre - subtracted from the target
 * @returns sum of weight * |target - centre| in row order
 */
export function absoluteSum(target: Float64Array, weights: Uint16Array | Uint32Array, centre: number): number {
  return target.reduce((sum, value, i) => (weights[i] === 0 ? sum : sum + weights[i] * Math.abs(value - centre)), 0);
}

/** The rows of a node and their packed values, in the same order. */
export interface PackedRows {
  /** Row numbers. */
  readonly rows: readonly number[];
  /** `(weight * gradient << countBits) + weight`. */
  readonly packed: readonly bigint[];
}

/**
 * @param target - one number a row
 * @param weights - one weight a row
 * @param first - number of the first row
 * @param centre - subtracted from the target
 * @param scale - power of two
 * @param countBits - bits of the weight
 * @returns the rows of positive weight
 */
export function packRows(
  target: Float64Array,
  weights: Uint16Array | Uint32Array,
  first: number,
  centre: number,
  scale: number,
  countBits: number,
): PackedRows {
  const rows: number[] = [];
  const packed: bigint[] = [];
  target.forEach((value, i) => {
    const weight = BigInt(weights[i]);
    if (weight === 0n) return;
    const gradient = BigInt(Math.floor((value - centre) * scale + 0.5));
    rows.push(first + i);
    packed.push(((gradient * weight) << BigInt(countBits)) + weight);
  });
  return { rows, packed };
}

/**
 * @param bins - u8[rows][features]
 * @param features - number of features
 * @param wanted - the features to build, all or some
 * @param node - rows and packed values
 * @returns i64[wanted][256]
 */
export function histogram(bins: Uint8Array, features: number, wanted: readonly number[], node: PackedRows): BigInt64Array {
  const cells = new BigInt64Array(wanted.length * CELLS);
  wanted.forEach((feature, slot) => {
    node.rows.forEach((row, i) => {
      const cell = slot * CELLS + bins[row * features + feature];
      cells[cell] = cells[cell] + node.packed[i];
    });
  });
  return cells;
}

/** The best split of a node. */
export interface Split {
  /** (sumLeft * count - sum * countLeft)^2 / (countLeft * countRight), the fall of the squared error times the count. */
  readonly score: number;
  /** Number of the feature. */
  readonly feature: number;
  /** Last bin that goes left. */
  readonly bin: number;
  /** Whether missing values go left; undefined if the node has none of this feature. */
  readonly missingLeft: boolean | undefined;
  /** Packed total of the left child. */
  readonly left: bigint;
}

/**
 * Tries every bin and both sides for missing values, one after the other.
 *
 * @param cells - i64[features.length][256]
 * @param features - the feature of each slot, ascending
 * @param binCounts - bins by feature, missing not counted
 * @param total - the node's packed total
 * @param countBits - bits of the weight
 * @param minLeaf - smallest weight of a child
 * @returns the split of the highest score; among equals the first feature, missing right, the lowest bin; undefined if none is valid
 */
export function bestSplit(
  cells: BigInt64Array,
  features: readonly number[],
  binCounts: readonly number[],
  total: bigint,
  countBits: number,
  minLeaf: number,
): Split | undefined {
  const countOf = (packed: bigint) => BigInt.asUintN(countBits, packed);
  const sumOf = (packed: bigint) => packed >> BigInt(countBits);
  let best: Split | undefined;
  features.forEach((feature, slot) => {
    const own = cells.subarray(slot * CELLS, (slot + 1) * CELLS);
    const missing = own[MISSING_BIN];
    for (const missingLeft of missing === 0n ? [undefined] : [false, true]) {
      for (let bin = 0; bin < binCounts[feature]; bin++) {
        const left = own.subarray(0, bin + 1).reduce((sum, cell) => sum + cell, missingLeft ? missing : 0n);
        const countLeft = countOf(left);
        const countRight = countOf(total) - countLeft;
        if (countLeft < minLeaf || countRight < minLeaf) continue;
        const difference = Number(sumOf(left) * countOf(total) - sumOf(total) * countLeft);
        const score = (difference * difference) / Number(countLeft * countRight);
        if (score > (best?.score ?? -1)) best = { score, feature, bin: middleOfGap(own, bin, binCounts[feature]), missingLeft, left };
      }
    }
  });
  return best;
}

/**
 * Tries one cut for each feature, drawn between the lowest and the highest value of the node.
 *
 * @param random - one number is drawn for each feature whose rows are in several bins
 * @param cells - i64[features.length][256]
 * @param features - the feature of each slot, ascending
 * @param ranges - by feature, lowest and highest value of each bin in turn
 * @param total - the node's packed total
 * @param countBits - bits of the weight
 * @param minLeaf - smallest weight of a child
 * @returns the split of the highest score; among equals the first feature, missing right; undefined if none is valid
 */
export function randomSplit(
  random: RandomStream,
  cells: BigInt64Array,
  features: readonly number[],
  ranges: readonly Float32Array[],
  total: bigint,
  countBits: number,
  minLeaf: number,
): Split | undefined {
  const countOf = (packed: bigint) => BigInt.asUintN(countBits, packed);
  const sumOf = (packed: bigint) => packed >> BigInt(countBits);
  let best: Split | undefined;
  features.forEach((feature, slot) => {
    const bins = ranges[feature].length / 2;
    const own = cells.subarray(slot * CELLS, slot * CELLS + bins);
    const missing = cells[slot * CELLS + MISSING_BIN];
    const occupied = Array.from(own.keys()).filter((bin) => own[bin] !== 0n);
    const first = occupied.at(0);
    const last = occupied.at(-1);
    if (first === undefined || last === undefined || (first === last && missing === 0n)) return;
    let bin = bins - 1;
    if (first < last) {
      const low = ranges[feature][2 * first];
      const high = ranges[feature][2 * last + 1];
      const cut = low + (random.below(2 ** 31) / 2 ** 31) * (high - low);
      const middles = Array.from({ length: bins }, (_, b) => (ranges[feature][2 * b] + ranges[feature][2 * b + 1]) / 2);
      const below = middles.filter((middle) => middle <= cut).length;
      bin = Math.min(Math.max(below - 1, first), last - 1);
    }
    for (const missingLeft of missing === 0n ? [undefined] : [false, true]) {
      const left = own.subarray(0, bin + 1).reduce((sum, cell) => sum + cell, missingLeft ? missing : 0n);
      const countLeft = countOf(left);
      const countRight = countOf(total) - countLeft;
      if (countLeft < minLeaf || countRight < minLeaf) continue;
      const difference = Number(sumOf(left) * countOf(total) - sumOf(total) * countLeft);
      const score = (difference * difference) / Number(countLeft * countRight);
      if (score > (best?.score ?? -1)) best = { score, feature, bin, missingLeft, left };
    }
  });
  return best;
}

// The bins above that hold no row part a node alike: the cut goes into their middle, or above them all if nothing follows.
function middleOfGap(own: BigInt64Array, bin: number, binCount: number): number {
  const gap = own.subarray(bin + 1, binCount).findIndex((cell) => cell !== 0n);
  return gap === -1 ? binCount - 1 : bin + Math.floor(gap / 2);
}

/**
 * @param bins - of the split's feature, by row number
 * @param split - bin and side of missing values
 * @param node - rows and packed values
 * @returns the children, each in the node's order
 */
export function partitionRows(
  bins: Uint8Array,
  split: Pick<Split, 'bin' | 'missingLeft'>,
  node: PackedRows,
): { left: PackedRows; right: PackedRows } {
  const goesLeft = (_: unknown, i: number) => {
    const bin = bins[node.rows[i]];
    return bin === MISSING_BIN ? split.missingLeft === true : bin <= split.bin;
  };
  const goesRight = (_: unknown, i: number) => !goesLeft(_, i);
  return {
    left: { rows: node.rows.filter(goesLeft), packed: node.packed.filter(goesLeft) },
    right: { rows: node.rows.filter(goesRight), packed: node.packed.filter(goesRight) },
  };
}

/**
 * @param bins - u8[...][features]
 * @param features - bins of a row
 * @param target - by row number
 * @param rows - row numbers
 * @returns bins and target of these rows alone, and their numbers in them
 */
export function copyRows(
  bins: Uint8Array,
  features: number,
  target: Float64Array,
  rows: readonly number[],
): { bins: Uint8Array; target: Float64Array; rows: number[] } {
  return {
    bins: Uint8Array.from(rows.flatMap((row) => Array.from(bins.subarray(row * features, (row + 1) * features)))),
    target: Float64Array.from(rows, (row) => target[row]),
    rows: rows.map((_, i) => i),
  };
}

/**
 * @param target - by row number
 * @param node - rows and packed values, not empty
 * @param countBits - bits of the weight
 * @returns weighted mean of the target, in row order
 */
export function leafMean(target: Float64Array, node: PackedRows, countBits: number): number {
  let sum = 0;
  let weights = 0;
  node.rows.forEach((row, i) => {
    const weight = Number(BigInt.asUintN(countBits, node.packed[i]));
    sum += weight * target[row];
    weights += weight;
  });
  return sum / weights;
}

/**
 * @param odds - log odds, one a row
 * @param classes - 0 or 1, one a row
 * @returns class minus probability
 */
export function logisticResiduals(odds: Float64Array, classes: Uint8Array): Float64Array {
  return odds.map((x, i) => (classes[i] === 1 ? sigmoid(-x) : -sigmoid(x)));
}

/**
 * @param residuals - by row number
 * @param node - rows and packed values, not empty
 * @param countBits - bits of the weight
 * @returns sum of the residuals by that of p (1 - p), weighted, in row order
 */
export function newtonStep(residuals: Float64Array, node: PackedRows, countBits: number): number {
  let sum = 0;
  let curvature = 0;
  node.rows.forEach((row, i) => {
    const weight = Number(BigInt.asUintN(countBits, node.packed[i]));
    const size = Math.abs(residuals[row]);
    sum += weight * residuals[row];
    curvature += weight * (size * (1 - size));
  });
  return curvature < 1e-150 ? 0 : sum / curvature;
}
