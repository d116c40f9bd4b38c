/** 5-for-4 is the smallest usual split; nearer to 1, a ratio is rather a dividend. */
const SMALLEST = 1.25;

/**
 * Names the split that would change prices by a ratio.
 *
 * @param price - prices after it / prices before it, above 0: 1/2 for two shares for one
 * @param tolerance - by how much the ratio may miss that of a split, as a fraction of it
 * @param smaller - splits are ratios of small numbers, 2-for-1, 3-for-2, 1-for-25: the smaller of the two is at most this; the more a ratio may
 *   miss, the fewer must be tried, or everything is a split
 * @returns '2-for-1 split' for 1/2, '1-for-10 reverse split' for 10; null if no small numbers make the ratio
 */
export function splitInWords(price: number, tolerance: number, smaller: number): string | null {
  const growth = Math.max(price, 1 / price);
  if (growth < SMALLEST * (1 - tolerance)) return null;
  for (let small = 1; small <= smaller; small++) {
    const large = Math.round(growth * small);
    if (large > small && Math.abs(large / small / growth - 1) <= tolerance) {
      return price < 1 ? `${large}-for-${small} split` : `${small}-for-${large} reverse split`;
    }
  }
  return null;
}
