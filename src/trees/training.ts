import { TickerforestError } from '../errors';
import { type Check, whole } from '../options/checks';
import { MAX_DEPTH, MIN_LEAF, MIN_SPLIT, TREES } from '../options/limits';
import type { Turns } from '../waiting';
import type { RowRange } from './feature-matrix';

/** What the caller of a training may listen to and stop. */
export interface TrainingHooks {
  /** Called after every tree: trees done so far, and trees in all. */
  readonly onTree?: (done: number, total: number) => void;
  /** Checked every few milliseconds; absent: cannot be aborted. */
  readonly signal?: AbortSignal;
}

/** Options that forests and boosting share. */
export interface TreeOptions {
  /** Number of trees, 1 to 10,000; default 50. */
  readonly trees?: number;
  /** A node of fewer rows is not split, 2 or more; default 2. */
  readonly minSamplesSplit?: number;
  /** Smallest weight of a child, 1 or more; default 1. A row that a bootstrap drew twice, or whose own weight is 2, weighs 2 (scikit-learn counts it once). */
  readonly minSamplesLeaf?: number;
  /** Whole number, 0 to 2^53 - 1; default 1. The same seed gives the same model, to the byte. */
  readonly seed?: number;
  /** Rows to train on; default all. */
  readonly rows?: RowRange;
  /**
   * What each row weighs, one whole number a row of the matrix; default 1 each. A row of weight 0 is not there: its target may be NaN, and the model is the same, to the byte, as
   * without it. Any other weight counts like so many copies of the row, except that a bootstrap or subsample draws among rows, whatever they weigh, and multiplies how often one was drawn
   * by its weight, as scikit-learn did before 1.9, which draws in proportion to the weights instead. The weights of all rows sum to at most 2^28. Targets are rounded the more coarsely the larger that sum (see `drawSample`), so give the smallest whole numbers that say what you mean.
   */
  readonly weights?: Uint16Array | Uint8Array | undefined;
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
export function checkTreeOptions(options: Required<Omit<TreeOptions, 'rows' | 'weights'>> & { maxDepth: number }): void {
  for (const [name, value] of Object.entries(options)) RANGES[name]?.read(value, { call: 'trees', name });
}

/** Which values a target may have. */
export interface TargetRule {
  /** Whether this is one. */
  readonly isUsable: (value: number) => boolean;
  /** The same in words. */
  readonly wanted: string;
}

/**
 * Throws unless there is a usable target for every row of the range that is present.
 *
 * @param target - one number a row of the matrix
 * @param rows - of the matrix
 * @param range - rows that are trained on
 * @param weights - one a row of the matrix, 0: the row is absent; undefined: none is
 * @param rule - what the task allows
 * @param turns - gives way
 * @throws TickerforestError `INVALID_OPTION`, `ABORTED`
 */
export async function checkTarget(
  target: Float64Array,
  rows: number,
  range: RowRange,
  weights: Uint16Array | Uint8Array | undefined,
  { isUsable, wanted }: TargetRule,
  turns: Turns,
): Promise<void> {
  if (target.length !== rows)
    throw new TickerforestError('INVALID_OPTION', `target has ${target.length} values for ${rows} rows; give one a row`);
  await turns.forRuns(range.to - range.from, (from, to) => {
    for (let row = range.from + from; row < range.from + to; row++) {
      const value = target[row];
      if (!isUsable(value) && weights?.[row] !== 0)
        throw new TickerforestError('INVALID_OPTION', `target of row ${row} is ${value}; give ${wanted}`);
    }
  });
}

/** What a regression can fit: finite numbers whose squares are far from overflow. */
export const REGRESSION_TARGET: TargetRule = {
  isUsable: (value) => Math.abs(value) <= 1e100,
  wanted: 'a finite number of magnitude at most 1e100',
};

/** What a classification can fit. */
export const CLASSIFICATION_TARGET: TargetRule = { isUsable: (value) => value === 0 || value === 1, wanted: '0 or 1' };

/**
 * Weighted sum in row order.
 *
 * @param values - numbers; those of weight 0 are not looked at
 * @param weights - one a value; undefined: each weighs 1
 * @param term - what each adds, times its weight
 * @param turns - gives way
 * @returns the sum
 * @throws TickerforestError `ABORTED`
 */
export async function sumOf(
  values: Float64Array,
  weights: Uint16Array | Uint8Array | undefined,
  term: (value: number) => number,
  turns: Turns,
): Promise<number> {
  let sum = 0;
  await turns.forRuns(values.length, (from, to) => {
    let own = sum;
    if (weights === undefined) for (let i = from; i < to; i++) own += term(values[i]);
    else for (let i = from; i < to; i++) if (weights[i] !== 0) own += weights[i] * term(values[i]);
    sum = own;
  });
  return sum;
}
