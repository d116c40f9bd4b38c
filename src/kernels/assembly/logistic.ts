// The same steps as in ../../exponential.ts; test/kernels compares the two to the bit.

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const LOG2E: f64 = 1.4426950408889634;

function expOfNegative(x: f64): f64 {
  if (x < -708) return 0;
  const k = floor<f64>(x * LOG2E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series: f64 = 1;
  series = 1 + r * (1.0 / 14.0) * series;
  series = 1 + r * (1.0 / 13.0) * series;
  series = 1 + r * (1.0 / 12.0) * series;
  series = 1 + r * (1.0 / 11.0) * series;
  series = 1 + r * (1.0 / 10.0) * series;
  series = 1 + r * (1.0 / 9.0) * series;
  series = 1 + r * (1.0 / 8.0) * series;
  series = 1 + r * (1.0 / 7.0) * series;
  series = 1 + r * (1.0 / 6.0) * series;
  series = 1 + r * (1.0 / 5.0) * series;
  series = 1 + r * (1.0 / 4.0) * series;
  series = 1 + r * (1.0 / 3.0) * series;
  series = 1 + r * (1.0 / 2.0) * series;
  return (1 + r * series) * reinterpret<f64>((<i64>k + 1023) << 52);
}

function sigmoid(x: f64): f64 {
  if (x >= 0) return 1 / (1 + expOfNegative(-x));
  const e = expOfNegative(x);
  return e / (1 + e);
}

/**
 * What log odds leave of each row's class: 1 or 0, minus the probability.
 *
 * @param odds - in, f64[count]
 * @param classes - in, u8[count]: 1 or 0
 * @param residuals - out, f64[count]
 */
export function logisticResiduals(odds: usize, classes: usize, count: u32, residuals: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const x = load<f64>(odds + (i << 3));
    // 1 - p of x is p of -x, without the bits that the subtraction would lose
    store<f64>(residuals + (i << 3), load<u8>(classes + i) ? sigmoid(-x) : -sigmoid(x));
  }
}

/**
 * One step of Newton's method for a leaf's log odds: the sum of the residuals by that of p (1 - p), weighted, in row order.
 *
 * @param residuals - in, f64 by row number: 1 - p or -p
 * @param rows - in, u32, positions `[from, to)`, not empty
 * @param packed - in, i64: the weight is in the low `countBits` bits
 * @returns the step; 0 where every p is 0 or 1 but for rounding
 */
export function newtonStep(residuals: usize, rows: usize, packed: usize, from: u32, to: u32, countBits: u32): f64 {
  const mask: i64 = ((<i64>1) << countBits) - 1;
  let sum: f64 = 0;
  let curvature: f64 = 0;
  for (let i: usize = from; i < <usize>to; i++) {
    const weight = <f64>(load<i64>(packed + (i << 3)) & mask);
    const residual = load<f64>(residuals + (<usize>load<u32>(rows + (i << 2)) << 3));
    const size = abs(residual);
    sum += weight * residual;
    curvature += weight * (size * (1 - size));
  }
  return curvature < 1e-150 ? 0 : sum / curvature;
}
