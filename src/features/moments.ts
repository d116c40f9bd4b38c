/**
 * Rolling moments, correlations and ranks, each recomputed from its window in a fixed order; conventions as at the head of `windows.ts`.
 */

/** Where {@link rollingMoments} writes; each at least `count` long. */
export interface PowerSums {
  /** Sum of squared deviations. */
  readonly squares: Float64Array;
  /** Sum of cubed deviations. */
  readonly cubes: Float64Array;
  /** Sum of fourth powers of the deviations. */
  readonly fourths: Float64Array;
}

/**
 * Sums of the second, third and fourth powers of the deviations from a given centre.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param window - 2 or more
 * @param centre - the centre of each bar's window, such as its mean; `count` long
 * @param out - written on `[0, count)`
 */
export function rollingMoments(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  centre: Float64Array,
  out: PowerSums,
): void {
  const { squares, cubes, fourths } = out;
  const even = window - (window % 2);
  for (let i = 0; i < count; i++) {
    const start = at + i + 1 - window;
    const mean = centre[i];
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let b2 = 0;
    let b3 = 0;
    let b4 = 0;
    // two chains of additions keep the adder busy
    for (let k = start; k < start + even; k += 2) {
      const x = values[k] - mean;
      const y = values[k + 1] - mean;
      const xx = x * x;
      const yy = y * y;
      a2 += xx;
      b2 += yy;
      a3 += xx * x;
      b3 += yy * y;
      a4 += xx * xx;
      b4 += yy * yy;
    }
    if (even < window) {
      const x = values[start + even] - mean;
      const xx = x * x;
      a2 += xx;
      a3 += xx * x;
      a4 += xx * xx;
    }
    squares[i] = a2 + b2;
    cubes[i] = a3 + b3;
    fourths[i] = a4 + b4;
  }
}

/**
 * Sum over a window of the products of two deviations that lie `lag` bars apart, both inside the window: `window - lag` products.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param window - more than `lag`
 * @param lag - 1 or more
 * @param centre - the centre of each bar's window, such as its mean; `count` long
 * @param out - written on `[0, count)`
 */
export function rollingAutocovariance(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  lag: number,
  centre: Float64Array,
  out: Float64Array,
): void {
  const pairs = window - lag;
  const even = pairs - (pairs % 2);
  for (let i = 0; i < count; i++) {
    const start = at + i + 1 - window;
    const mean = centre[i];
    let a = 0;
    let b = 0;
    for (let k = start; k < start + even; k += 2) {
      a += (values[k] - mean) * (values[k + lag] - mean);
      b += (values[k + 1] - mean) * (values[k + 1 + lag] - mean);
    }
    if (even < pairs) a += (values[start + even] - mean) * (values[start + even + lag] - mean);
    out[i] = a + b;
  }
}

/**
 * Correlation of the window's values with time (Pearson), the same as with the numbers 1 to `window`.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param window - 2 or more
 * @param centre - mean of each bar's window; `count` long
 * @param flat - a standard deviation of at most `flat * |mean|` is none, and the correlation 0
 * @param out - written on `[0, count)`, -1 to 1, NaN where the window is not full
 */
export function rollingTimeCorrelation(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  centre: Float64Array,
  flat: number,
  out: Float64Array,
): void {
  const middle = (window - 1) / 2;
  const even = window - (window % 2);
  // sum of squares of the deviations of 0..window-1 from their mean
  const timeSquares = (window * (window * window - 1)) / 12;
  for (let i = 0; i < count; i++) {
    const start = at + i + 1 - window;
    const mean = centre[i];
    let products = 0;
    let moreProducts = 0;
    let squares = 0;
    let moreSquares = 0;
    for (let k = 0; k < even; k += 2) {
      const x = values[start + k] - mean;
      const y = values[start + k + 1] - mean;
      products += (k - middle) * x;
      moreProducts += (k + 1 - middle) * y;
      squares += x * x;
      moreSquares += y * y;
    }
    if (even < window) {
      const x = values[start + even] - mean;
      products += (even - middle) * x;
      squares += x * x;
    }
    squares += moreSquares;
    const noise = flat * mean;
    out[i] = squares <= window * noise * noise ? 0 : clamp((products + moreProducts) / Math.sqrt(squares * timeSquares), -1, 1);
  }
}

/**
 * Rank of a bar's value among the `window - 1` values before it: the share that is smaller, equal ones counted half.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param window - 2 or more, the bar itself included
 * @param out - written on `[0, count)`, 0 to 1; meaningless where the window is not full
 */
export function rollingRank(values: Float64Array, at: number, count: number, window: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const end = at + i;
    const value = values[end];
    let less = 0;
    let notMore = 0;
    for (let k = end + 1 - window; k < end; k++) {
      less += values[k] < value ? 1 : 0;
      notMore += values[k] <= value ? 1 : 0;
    }
    out[i] = (less + notMore) / (2 * (window - 1));
  }
}

/**
 * @param value - any number
 * @param low - smallest result
 * @param high - largest result
 * @returns the value, or the bound that it lies beyond; NaN stays NaN
 */
export function clamp(value: number, low: number, high: number): number {
  if (value < low) return low;
  return value > high ? high : value;
}
