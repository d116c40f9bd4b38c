/** Largest finite Float32. */
export const FLOAT32_MAX = 3.4028234663852886e38;

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
const double = new Float64Array(1);
const doubleBits = new BigUint64Array(double.buffer);

/**
 * A split of ml-cart sends `x < value` left, one of ours `x <= threshold`. For every Float32 x they are the same with this threshold.
 *
 * @param value - any number but NaN
 * @returns the largest Float32 below it; `Infinity`, which parts missing values from all others, for what no finite Float32 reaches; `-Infinity` for what none is below
 */
export function float32Below(value: number): number {
  if (value > FLOAT32_MAX) return Number.POSITIVE_INFINITY;
  single[0] = value;
  if (single[0] < value) return single[0];
  // the bits of a positive number count upwards, those of a negative one downwards
  if (single[0] === 0) singleBits[0] = 0x80000001;
  else if (single[0] > 0) singleBits[0] -= 1;
  else if (single[0] > Number.NEGATIVE_INFINITY) singleBits[0] += 1;
  return single[0];
}

/**
 * The other way round: `x <= threshold` is `x < value` for every x with this value.
 *
 * @param threshold - of a split of ours
 * @returns the smallest Float64 above it; of `Infinity` the largest Float64, which JSON can hold and every Float32 is below
 */
export function float64Above(threshold: number): number {
  if (threshold === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  double[0] = threshold;
  if (threshold === 0) return Number.MIN_VALUE;
  if (threshold > 0) doubleBits[0] += 1n;
  else doubleBits[0] -= 1n;
  return double[0];
}
