import { TickerforestError, throwIfAborted } from '../errors';
import { Turns } from '../waiting';
import { ColumnCutter, MAX_BINS, SAMPLE_ROWS } from './column-cutter';
import type { FeatureMatrix, RowRange } from './feature-matrix';

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
  const { maxBins = MAX_BINS, sampleRows = SAMPLE_ROWS, signal } = options;
  checkRange(range, matrix.rows);
  if (!Number.isInteger(maxBins) || maxBins < 2 || maxBins > MAX_BINS)
    throw new TickerforestError('INVALID_OPTION', `maxBins is ${maxBins}; give a whole number from 2 to ${MAX_BINS}`);
  if (!Number.isInteger(sampleRows) || sampleRows < 1000)
    throw new TickerforestError('INVALID_OPTION', `sampleRows is ${sampleRows}; give a whole number of 1,000 or more`);
  throwIfAborted(signal, 'binning features');
  const turns = new Turns(signal, 'binning features');
  const cutter = new ColumnCutter(maxBins, sampleRows);
  const thresholds: Float32Array[] = [];
  const ranges: Float32Array[] = [];
  for (const column of matrix.columns) {
    const cuts = await cutter.cut(column, range, turns);
    thresholds.push(cuts.thresholds);
    ranges.push(cuts.range);
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
