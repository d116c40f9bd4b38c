import { windowMemory } from './window-memory';

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
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.moments(count, window, centre, [out.squares, out.cubes, out.fourths]);
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
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.autocovariance(count, window, lag, centre, out);
}

let squares = new Float64Array(0);

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
  // sum of squares of the deviations of 0..window-1 from their mean
  const timeSquares = (window * (window * window - 1)) / 12;
  if (squares.length < count) squares = new Float64Array(count);
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.timeProducts(count, window, centre, out, squares);
  for (let i = 0; i < count; i++) {
    const noise = flat * centre[i];
    out[i] = squares[i] <= window * noise * noise ? 0 : clamp(out[i] / Math.sqrt(squares[i] * timeSquares), -1, 1);
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
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.halvesBelow(count, window, out);
  for (let i = 0; i < count; i++) out[i] /= 2 * (window - 1);
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
