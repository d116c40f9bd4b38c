import type { Bars } from './bars';

/**
 * Prices of two requests that differ by no more than this part of the larger one are the same price. Single precision carries seven digits, and one
 * unit of the seventh is at most a millionth: vendors round to it, or multiply by an adjustment factor in it, anew for each request. The
 * smallest dividend that is adjusted for, 0.01 %, is a hundred times as much.
 */
export const PRICE_NOISE = 1e-6;

/** The same for volumes: two neighbours in single precision. It holds whole numbers up to 16 million exactly, so a share more or less counts. */
export const VOLUME_NOISE = 2 ** -23;

/**
 * Whether two requests tell the same bar, but for the noise of single precision.
 *
 * @param a - bars of one request
 * @param i - index of a bar in them
 * @param b - bars of another request
 * @param j - index of a bar in them
 * @returns whether the timestamps are equal, and prices and volumes agree within {@link PRICE_NOISE} and {@link VOLUME_NOISE}
 */
export function tellSameBar(a: Bars, i: number, b: Bars, j: number): boolean {
  return (
    a.timestamp[i] === b.timestamp[j] &&
    isSamePrice(a.open[i], b.open[j]) &&
    isSamePrice(a.high[i], b.high[j]) &&
    isSamePrice(a.low[i], b.low[j]) &&
    isSamePrice(a.close[i], b.close[j]) &&
    isSameVolume(a.volume[i], b.volume[j])
  );
}

/**
 * @param a - price of one request
 * @param b - price of another
 * @returns whether they differ by no more than {@link PRICE_NOISE} of the larger one
 */
export function isSamePrice(a: number, b: number): boolean {
  return Math.abs(a - b) <= PRICE_NOISE * Math.max(a, b);
}

/**
 * @param a - volume of one request
 * @param b - volume of another
 * @returns whether they differ by no more than {@link VOLUME_NOISE} of the larger one
 */
export function isSameVolume(a: number, b: number): boolean {
  return Math.abs(a - b) <= VOLUME_NOISE * Math.max(a, b);
}
