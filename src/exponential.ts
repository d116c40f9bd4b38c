const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Below it, the exponential is taken to be 0: it would be a denormal number soon. */
const LOWEST = -708;

/**
 * The exponential of a number that is not positive, from additions, multiplications and divisions only, so that every machine computes the same bits; `Math.exp` is left to the
 * implementation by ECMAScript. Within 2 units in the last place. The assembly of the kernels has the same steps.
 *
 * With x = k ln 2 + r and |r| <= ln 2 / 2: e^x = 2^k e^r, whose series is cut after r^14 / 14!.
 *
 * @param x - 0 or less, or NaN
 * @returns e^x; 0 below -708, where it is less than 1e-307
 */
export function expOfNegative(x: number): number {
  if (x < LOWEST) return 0;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 1;
  for (let n = 14; n > 1; n--) series = 1 + r * (1 / n) * series;
  return (1 + r * series) * powerOfTwo(k);
}

/**
 * The logistic function: what log odds are as a probability. The same bits on every machine.
 *
 * @param x - log odds, any number but NaN
 * @returns 1 / (1 + e^-x), from 0 to 1
 */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + expOfNegative(-x));
  const e = expOfNegative(x);
  return e / (1 + e);
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
// the word that holds sign and exponent, whatever the machine's byte order
double[0] = 1;
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;
words[1 - HIGH] = 0;

/** @param k - -1022 to 1023 */
function powerOfTwo(k: number): number {
  words[HIGH] = (k + 1023) << 20;
  return double[0];
}
