/** Smallest and largest value that is possible, infinities included. */
export type Range = readonly [low: number, high: number];

/** Of anything. */
export const ANY: Range = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
/** Of what is never below 0. */
export const FROM_ZERO: Range = [0, Number.POSITIVE_INFINITY];
/** Of shares of a whole, and of what is true or not. */
export const UNIT: Range = [0, 1];

/** 0 times infinity is 0 here: the infinity is no value, only a bound that none reaches. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

/**
 * @param a - of the first value
 * @param b - of the second
 * @returns of their sum
 */
export function sum(a: Range, b: Range): Range {
  return [a[0] + b[0], a[1] + b[1]];
}

/**
 * @param of - of a value
 * @returns of its negative
 */
export function negative([low, high]: Range): Range {
  return [-high, -low];
}

/**
 * @param a - of the first value
 * @param b - of the second
 * @returns of their product
 */
export function product(a: Range, b: Range): Range {
  const all = [times(a[0], b[0]), times(a[0], b[1]), times(a[1], b[0]), times(a[1], b[1])];
  return [Math.min(...all), Math.max(...all)];
}

/**
 * @param a - of the dividend
 * @param b - of the divisor, which is never 0 where there is a quotient
 * @returns of the quotient
 */
export function quotient(a: Range, b: Range): Range {
  const [low, high] = b;
  if (low < 0 && high > 0) return ANY;
  // a divisor from 0 on has a reciprocal up to infinity, one up to 0 from minus infinity on
  return product(
    a,
    low >= 0 ? [1 / high, low === 0 ? Number.POSITIVE_INFINITY : 1 / low] : [high === 0 ? Number.NEGATIVE_INFINITY : 1 / high, 1 / low],
  );
}

/**
 * @param of - of a value
 * @param exponent - whole
 * @returns of its power
 */
export function power(of: Range, exponent: number): Range {
  if (exponent < 0) return quotient([1, 1], power(of, -exponent));
  const ends = [of[0] ** exponent, of[1] ** exponent];
  const isAround = of[0] < 0 && of[1] > 0 && exponent % 2 === 0;
  return [isAround ? 0 : Math.min(...ends), Math.max(...ends)];
}

/**
 * @param ranges - of values that one takes the place of the other of
 * @returns of all of them
 */
export function union(...ranges: readonly Range[]): Range {
  return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
}

/**
 * @param of - of a value
 * @returns of its absolute value
 */
export function absolute(of: Range): Range {
  const [low, high] = [Math.abs(of[0]), Math.abs(of[1])];
  return [of[0] <= 0 && of[1] >= 0 ? 0 : Math.min(low, high), Math.max(low, high)];
}

/**
 * @param of - of a value
 * @param f - a function that rises, for numbers of 0 and more
 * @param atZero - what it is at 0 and below
 * @returns of the function's value
 */
export function rising([low, high]: Range, f: (x: number) => number, atZero: number): Range {
  const at = (x: number) => (x <= 0 ? atZero : x === Number.POSITIVE_INFINITY ? x : f(x));
  return [at(low), at(high)];
}
