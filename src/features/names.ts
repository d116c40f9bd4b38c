/**
 * What tells features of other parameters apart, where the name says none: `bollinger_upper` for 20 bars and 2 deviations, `bollinger_upper_10_1p5` for 10 and 1.5.
 *
 * @param values - the parameters
 * @param defaults - their defaults
 * @returns nothing for the defaults, else all parameters in order, with `p` for the decimal point
 */
export function suffixOf(values: readonly number[], defaults: readonly number[]): string {
  if (values.every((value, i) => value === defaults[i])) return '';
  return values.map((value) => `_${String(value).replace('.', 'p').replace('-', 'm')}`).join('');
}

/**
 * @param values - numbers, at least one
 * @returns the largest
 */
export function most(values: readonly number[]): number {
  return Math.max(...values);
}

/**
 * Bounds of a range, a little wider than what is possible, so that rounding cannot leave it.
 *
 * @param bound - the exact one
 * @returns the next multiple of 0.01 away from 0
 */
export function outward(bound: number): number {
  return Number.isFinite(bound) ? (Math.sign(bound) * (Math.floor(Math.abs(bound) * 100) + 1)) / 100 : bound;
}
