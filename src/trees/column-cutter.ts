import type { Turns } from '../waiting';
import type { RowRange } from './feature-matrix';
import { sortFloats } from './float-order';

/** Most bins that a feature can have beside the one for missing values. */
const MAX_BINS = 255;
/** Most rows that are looked at for thresholds: a quantile's error is then about 0.1 % of the rows, a quarter of a bin. */
const SAMPLE_ROWS = 200_000;

/** Largest finite Float32; infinities are binned as if they were this. */
const FLOAT32_MAX = 3.4028234663852886e38;

/** Where one feature is cut into bins. */
export interface ColumnCuts {
  /** Strictly ascending, finite, at most 254; see {@link BinMapper.thresholds}. */
  readonly thresholds: Float32Array;
  /** The lowest and the highest value seen of each bin in turn; empty for a feature that was always missing. */
  readonly range: Float32Array;
}

/** Chooses thresholds, a column at a time, with scratch that is used again. */
export class ColumnCutter {
  readonly #maxBins: number;
  #sample = new Float32Array();
  #spare = new Uint32Array();

  /** @param maxBins - bins a feature may have beside the one for missing values, 2 to 255; default 255 */
  constructor(maxBins = MAX_BINS) {
    this.#maxBins = maxBins;
  }

  /**
   * Chooses the thresholds of a column: midpoints between neighbours where it has no more than `maxBins` distinct values, else cuts that give each bin about as
   * many rows. A value that fills several bins alone takes one, and the rest of the rows share the bins that this frees. Of more than 200,000 rows every k-th is
   * looked at, k the smallest that stays within this number.
   *
   * @param column - values of a feature; missing ones are ignored
   * @param range - rows that may be looked at
   * @param turns - gives way
   * @returns where the feature is cut; a constant or wholly missing one is not
   * @throws TickerforestError `ABORTED`
   */
  async cut(column: Float32Array, { from, to }: RowRange, turns: Turns): Promise<ColumnCuts> {
    const step = Math.ceil((to - from) / SAMPLE_ROWS);
    const most = Math.ceil((to - from) / step);
    if (this.#sample.length < most) {
      this.#sample = new Float32Array(most);
      this.#spare = new Uint32Array(most);
    }
    const sample = this.#sample;
    let count = 0;
    for (let row = from; row < to; row += step) {
      const value = column[row];
      if (!Number.isNaN(value)) sample[count++] = Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, value));
    }
    const present = sample.subarray(0, count);
    if (turns.isOver) await turns.giveWay();
    await sortFloats(present, this.#spare, turns);
    if (turns.isOver) await turns.giveWay();
    return cutIntoBins(present, this.#maxBins);
  }
}

function cutIntoBins(sorted: Float32Array, maxBins: number): ColumnCuts {
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
  if (sorted.length === 0) return { thresholds: new Float32Array(), range: new Float32Array() };
  range[0] = sorted[0];
  range[2 * cuts.length + 1] = sorted[sorted.length - 1];
  return { thresholds: Float32Array.from(cuts), range: range.slice(0, 2 * cuts.length + 2) };
}

// A Float32 that is at least `low` and below `high`: the midpoint, unless it rounds up to `high` itself.
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle < high ? middle : low;
}
