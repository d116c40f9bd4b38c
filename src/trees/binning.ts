import { TickerforestError } from '../errors';
import type { RowRange } from './feature-matrix';

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
