import { TickerforestError } from '../errors';
import { type Check, whole } from '../options/checks';
import { MAX_DEPTH, MIN_LEAF, MIN_SPLIT, TREES } from '../options/limits';
import type { RowRange } from './feature-matrix';

/** What the caller of a training may listen to and stop. */
export interface TrainingHooks {
  /** Called after every tree: trees done so far, and trees in all. */
  readonly onTree?: (done: number, total: number) => void;
  /** Checked before every tree; absent: cannot be aborted. */
  readonly signal?: AbortSignal;
}

/** Options that forests and boosting share. */
export interface TreeOptions {
  /** Number of trees, 1 to 10,000; default 50. */
  readonly trees?: number;
  /** A node of fewer rows is not split, 2 or more; default 2. */
  readonly minSamplesSplit?: number;
  /** Smallest weight of a child, 1 or more; default 1. A row that a bootstrap drew twice weighs 2 (scikit-learn counts it once). */
  readonly minSamplesLeaf?: number;
  /** Whole number, 0 to 2^53 - 1; default 1. The same seed gives the same model, to the byte. */
  readonly seed?: number;
  /** Rows to train on; default all. */
  readonly rows?: RowRange;
}

const RANGES: Readonly<Record<string, Check<number>>> = {
  trees: whole(TREES),
  maxDepth: whole(MAX_DEPTH),
  minSamplesSplit: whole(MIN_SPLIT),
  minSamplesLeaf: whole(MIN_LEAF),
  seed: whole({ from: 0, to: Number.MAX_SAFE_INTEGER }),
};

/**
 * Throws unless the options that all models share are in range.
 *
 * @param options - with their defaults filled in
 * @throws TickerforestError `INVALID_OPTION`
 */
export function checkTreeOptions(options: Required<Omit<TreeOptions, 'rows'>> & { maxDepth: number }): void {
  for (const [name, value] of Object.entries(options)) RANGES[name]?.read(value, { call: 'trees', name });
}

/**
 * Throws unless there is a usable target for every row of the range.
 *
 * @param target - one number a row of the matrix
 * @param rows - of the matrix
 * @param range - rows that are trained on
 * @param isUsable - what the task allows
 * @param wanted - the same in words
 * @throws TickerforestError `INVALID_OPTION`
 */
export function checkTarget(
  target: Float64Array,
  rows: number,
  range: RowRange,
  isUsable: (value: number) => boolean,
  wanted: string,
): void {
  if (target.length !== rows)
    throw new TickerforestError('INVALID_OPTION', `target has ${target.length} values for ${rows} rows; give one a row`);
  for (let row = range.from; row < range.to; row++) {
    const value = target[row];
    if (!isUsable(value)) throw new TickerforestError('INVALID_OPTION', `target of row ${row} is ${value}; give ${wanted}`);
  }
}

/**
 * Whether a regression can fit this number: finite, and its square far from overflow.
 *
 * @param value - of the target
 * @returns true if it can
 */
export function isRegressionTarget(value: number): boolean {
  return Math.abs(value) <= 1e100;
}

/**
 * Mean in row order.
 *
 * @param values - at least one
 * @returns their mean
 */
export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
