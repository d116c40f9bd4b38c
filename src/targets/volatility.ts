import type { Bars } from '../bars/bars';
import { type Steps, stepsOver } from '../waiting';

/** A volatility that is known when a label begins, and over how many bars it is taken. */
export interface VolatilityOptions {
  /** Returns that the volatility is made of, 2 to 10,000: those of bar t and the bars before it. Rows with fewer have no label. Default 60. */
  readonly window?: number | undefined;
}

/** Default window: as many rows are left out of training in any case, while features warm up. */
export const WINDOW = 60;

/**
 * The volatility of one bar that is known at the close of each row's bar: the root of the mean square of the last `window` returns, close(i) / close(i - 1) - 1,
 * up to the row's own. The mean is taken as 0: over so few bars it is mostly chance, and a steady rise counts as movement. Nights are part of it as they come.
 * Exact to rounding, wherever the window lies: sums are made anew for each window, of a prefix and a suffix of blocks of its length (van Herk, Gil and Werman).
 *
 * @param bars - oldest first
 * @param window - how many returns, 1 or more
 * @returns one a row, 0 or more, as a share of the price; NaN for the first `window` rows
 */
export function* volatilityOf({ close, length }: Bars, window: number): Steps<Float64Array> {
  const square = new Float64Array(length);
  yield* stepsOver(length, (from, to) => {
    for (let i = Math.max(1, from); i < to; i++) square[i] = (close[i] / close[i - 1] - 1) ** 2;
  });
  const suffix = new Float64Array(length);
  yield* stepsOver(length, (from, to) => {
    // from the last one back
    for (let i = length - 1 - from; i > length - 1 - to; i--) {
      const isLast = i === length - 1 || (i + 1) % window === 0;
      suffix[i] = isLast ? square[i] : square[i] + suffix[i + 1];
    }
  });
  const volatility = new Float64Array(length);
  let prefix = 0;
  yield* stepsOver(length, (from, to) => {
    for (let t = from; t < to; t++) {
      prefix = t % window === 0 ? square[t] : prefix + square[t];
      if (t < window) {
        volatility[t] = Number.NaN;
        continue;
      }
      const isWholeBlock = (t + 1) % window === 0;
      volatility[t] = Math.sqrt((isWholeBlock ? prefix : suffix[t - window + 1] + prefix) / window);
    }
  });
  return volatility;
}

/**
 * @param volatility - of a row
 * @returns whether moves can be measured in it: it is known, and prices moved at all
 */
export function isUnit(volatility: number): boolean {
  return volatility > 0 && volatility < Number.POSITIVE_INFINITY;
}
