const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_2 = Math.SQRT2;
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
// the word that holds sign and exponent, whatever the machine's byte order
double[0] = 1;
const HIGH = words[1] === 0x3ff00000 ? 1 : 0;

/**
 * Natural logarithm from additions, multiplications and divisions only, so that every machine computes the same bits and log returns may
 * enter a fold's state; `Math.log` is left to the implementation by ECMAScript. Within 2 units in the last place.
 *
 * With x = m 2^e and m in [sqrt(1/2), sqrt(2)): ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.1716, whose series is cut after s^23.
 *
 * @param x - positive, finite, not denormal
 * @returns ln x
 */
export function ln(x: number): number {
  double[0] = x;
  let exponent = (words[HIGH] >>> 20) - 1023;
  words[HIGH] = (words[HIGH] & 0xfffff) | 0x3ff00000;
  let m = double[0];
  if (m > SQRT_2) {
    m /= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  const tail =
    z *
    (1 / 3 +
      z *
        (1 / 5 +
          z * (1 / 7 + z * (1 / 9 + z * (1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19 + z * (1 / 21 + z / 23))))))))));
  return exponent * LN2_HIGH + (2 * s + (2 * s * tail + exponent * LN2_LOW));
}
