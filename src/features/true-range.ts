import type { BarBlock } from './family';
import { BLOCK_BARS } from './family';
import type { FoldState, History } from './fold-state';
import { WilderAverage } from './recursions';

/**
 * True range: the largest of high - low, |high - previous close| and |low - previous close| (J. W. Wilder 1978; TA-Lib `TRANGE`).
 *
 * @param block - the bars
 * @param close - the closes with at least one past value, the block's own loaded
 * @param out - price units, 0 or more, written on `[0, block.length)`; NaN on the very first bar, which has no previous close
 */
export function trueRanges(block: BarBlock, close: History, out: Float64Array): void {
  const { high, low, length } = block;
  const { values, lookback } = close;
  for (let i = 0; i < length; i++) {
    const previous = values[lookback + i - 1];
    out[i] = Math.max(high[i] - low[i], Math.abs(high[i] - previous), Math.abs(low[i] - previous));
  }
}

/** Average true range as a fold: Wilder's average of the true range, seeded by the mean of the first `period` (TA-Lib `ATR`). */
export class AverageTrueRange {
  /** ATR of each bar of the last block folded, price units; NaN on bars 0 to period - 1. */
  readonly values: Float64Array = new Float64Array(BLOCK_BARS);
  readonly #average: WilderAverage;

  /**
   * @param state - where the average's memory is allocated
   * @param period - bars, 1 or more
   */
  constructor(state: FoldState, period: number) {
    this.#average = new WilderAverage(state.slots(WilderAverage.SLOTS), period);
  }

  /**
   * Folds a block into {@link AverageTrueRange.values}.
   *
   * @param block - the bars
   * @param close - the closes with at least one past value, the block's own loaded
   */
  fold(block: BarBlock, close: History): void {
    const values = this.values;
    const average = this.#average;
    trueRanges(block, close, values);
    for (let i = block.first === 0 ? 1 : 0; i < block.length; i++) values[i] = average.next(values[i]);
  }
}
