import { TickerforestError, throwIfAborted } from '../errors';
import { Turns } from '../waiting';
import type { FeatureMatrix, RowRange } from './feature-matrix';
import { sortFloats } from './float-order';

/** Most bins that a feature can have beside the one for missing values. */
export const MAX_BINS = 255;

/** Largest finite Float32; infinities are binned as if they were this. */
const FLOAT32_MAX = 3.4028234663852886e38;

/** How thresholds are chosen. */
export interface BinningOptions {
  /** Bins a feature may have beside the one for missing values, 2 to 255; default 255. Fewer: coarser splits, no faster. */
  readonly maxBins?: number;
  /**
   * Rows to look at, 1,000 or more; default 200,000. Of a longer range every k-th row is taken, k the smallest that stays
   * within this number. A quantile's error is then about 0.1 % of the rows, a quarter of a bin.
   */
  readonly sampleRows?: number;
  /** Checked every few milliseconds; absent: cannot be aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Where each feature is cut into bins. */
export interface BinMapper {
  /** Names of the features, in the matrix's order. */
  readonly names: readonly string[];
  /**
   * One array a feature, strictly ascending, finite, at most 254 long. A value's bin is the number of thresholds below it, so
   * `value <= thresholds[b]` and `bin <= b` say the same for every Float32 value.
   */
  readonly thresholds: readonly Float32Array[];
  /** One array a feature: the lowest and the highest value seen of each bin in turn, so twice as many as bins; empty for a feature that was always missing. */
  readonly ranges: readonly Float32Array[];
}

/**
 * Chooses the thresholds between bins: midpoints between neighbours where a feature has no more than `maxBins` distinct values,
 * else cuts that give each bin about as many rows. A value that fills several bins alone takes one, and the rest of the rows
 * share the bins that this frees.
 *
 * @param matrix - features; missing values are ignored
 * @param range - rows that may be looked at: the training rows, if later ones are to stay unseen
 * @param options - see {@link BinningOptions}
 * @returns thresholds for every feature; a constant or wholly missing one has none
 * @throws TickerforestError `INVALID_OPTION` for a range outside the matrix or an option outside its range; `ABORTED`
 */
export async function fitBinMapper(matrix: FeatureMatrix, range: RowRange, options: BinningOptions = {}): Promise<BinMapper> {
  const { maxBins = MAX_BINS, sampleRows = 200_000, signal } = options;
  checkRange(range, matrix.rows);
  if (!Number.isInteger(maxBins) || maxBins < 2 || maxBins > MAX_BINS)
    throw new TickerforestError('INVALID_OPTION', `maxBins is ${maxBins}; give a whole number from 2 to ${MAX_BINS}`);
  if (!Number.isInteger(sampleRows) || sampleRows < 1000)
    throw new TickerforestError('INVALID_OPTION', `sampleRows is ${sampleRows}; give a whole number of 1,000 or more`);
  const step = Math.ceil((range.to - range.from) / sampleRows);
  const sample = new Float32Array(Math.ceil((range.to - range.from) / step));
  const spare = new Uint32Array(sample.length);
  throwIfAborted(signal, 'binning features');
  const turns = new Turns(signal, 'binning features');
  const thresholds: Float32Array[] = [];
  const ranges: Float32Array[] = [];
  for (const column of matrix.columns) {
    let count = 0;
    for (let row = range.from; row < range.to; row += step) {
      const value = column[row];
      if (!Number.isNaN(value)) sample[count++] = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, value));
    }
    const present = sample.subarray(0, count);
    if (turns.isOver) await turns.giveWay();
    sortFloats(present, spare);
    if (turns.isOver) await turns.giveWay();
    const bins = cutIntoBins(present, maxBins);
    thresholds.push(bins.cuts);
    ranges.push(bins.range);
    if (turns.isOver) await turns.giveWay();
  }
  return { names: matrix.names, thresholds, ranges };
}

/**
 * Throws unless the range is within the rows and not empty.
 *
 * @param range - to check
 * @param rows - number of rows there are
 * @throws TickerforestError `INVALID_OPTION`
 */
export function checkRange(range: RowRange, rows: number): void {
  const { from, to } = range;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || from >= to || to > rows)
    throw new TickerforestError('INVALID_OPTION', `rows is {from: ${from}, to: ${to}}; give a range that is not empty within 0 to ${rows}`);
}

function cutIntoBins(sorted: Float32Array, maxBins: number): { cuts: Float32Array; range: Float32Array } {
  // where each distinct value begins, and last the end
  const starts = new Uint32Array(sorted.length + 1);
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) starts[distinct++] = i;
  starts[distinct] = sorted.length;
  const cuts: number[] = [];
  const range = new Float32Array(2 * maxBins);
  let binStart = 0;
  for (let i = 1; i < distinct && cuts.length < maxBins - 1; i++) {
    const share = (sorted.length - binStart) / (maxBins - cuts.length);
    const missing = share - (starts[i] - binStart);
    // cut before this value if that comes closer to an equal share than taking it in as well
    if (distinct > maxBins && missing > 0 && starts[i + 1] - binStart - share <= missing) continue;
    cuts.push(between(sorted[starts[i] - 1], sorted[starts[i]]));
    range[2 * cuts.length - 1] = sorted[starts[i] - 1];
    range[2 * cuts.length] = sorted[starts[i]];
    binStart = starts[i];
  }
  if (sorted.length === 0) return { cuts: new Float32Array(), range: new Float32Array() };
  range[0] = sorted[0];
  range[2 * cuts.length + 1] = sorted[sorted.length - 1];
  return { cuts: Float32Array.from(cuts), range: range.slice(0, 2 * cuts.length + 2) };
}

// A Float32 that is at least `low` and below `high`: the midpoint, unless it rounds up to `high` itself.
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle < high ? middle : low;
}
