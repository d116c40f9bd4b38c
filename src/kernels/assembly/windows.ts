// Sums over windows of a series: a module of its own, which the feature engine loads and forecasts do without.
// Every function takes byte addresses into the module's own memory and keeps nothing. Bar i's window is `values[i .. i + window)`; each bar
// gets the additions of its naive twin in ../reference-windows.ts in their order, so the results are the same to the bit. Two lanes are
// two of the twin's chains of additions, or two bars.

/** Sum of the four lanes of a and b, as (a0 + a1) + (b0 + b1). */
// @ts-ignore: decorator
@inline
function sumOfFour(a: v128, b: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1) + (f64x2.extract_lane(b, 0) + f64x2.extract_lane(b, 1));
}

/**
 * Sum of squared deviations from a centre.
 *
 * @param values - in, f64[window - 1 + count]
 * @param centre - in, f64[count]
 * @param out - out, f64[count]
 */
export function squares(values: usize, count: u32, window: u32, centre: usize, out: usize): void {
  const fours = <usize>(window & ~3) << 3;
  const all = <usize>window << 3;
  for (const end = centre + (<usize>count << 3); centre < end; centre += 8, values += 8, out += 8) {
    const mean = v128.load_splat<f64>(centre);
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let at = values;
    for (const last = values + fours; at < last; at += 32) {
      const x = f64x2.sub(v128.load(at), mean);
      const y = f64x2.sub(v128.load(at, 16), mean);
      a = f64x2.add(a, f64x2.mul(x, x));
      b = f64x2.add(b, f64x2.mul(y, y));
    }
    for (const last = values + all; at < last; at += 8) {
      const x = load<f64>(at) - load<f64>(centre);
      a = f64x2.replace_lane(a, 0, f64x2.extract_lane(a, 0) + x * x);
    }
    store<f64>(out, sumOfFour(a, b));
  }
}

/** Sum of absolute deviations from a centre; parameters as in {@link squares}. */
export function deviations(values: usize, count: u32, window: u32, centre: usize, out: usize): void {
  const fours = <usize>(window & ~3) << 3;
  const all = <usize>window << 3;
  for (const end = centre + (<usize>count << 3); centre < end; centre += 8, values += 8, out += 8) {
    const mean = v128.load_splat<f64>(centre);
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let at = values;
    for (const last = values + fours; at < last; at += 32) {
      a = f64x2.add(a, f64x2.abs(f64x2.sub(v128.load(at), mean)));
      b = f64x2.add(b, f64x2.abs(f64x2.sub(v128.load(at, 16), mean)));
    }
    for (const last = values + all; at < last; at += 8) {
      a = f64x2.replace_lane(a, 0, f64x2.extract_lane(a, 0) + Math.abs(load<f64>(at) - load<f64>(centre)));
    }
    store<f64>(out, sumOfFour(a, b));
  }
}

/**
 * Sums of the second, third and fourth powers of the deviations from a centre.
 *
 * @param values - in, f64[window - 1 + count]
 * @param centre - in, f64[count]
 * @param out - out, f64[count] for each power, the next `stride` bytes further
 */
export function moments(values: usize, count: u32, window: u32, centre: usize, out: usize, stride: usize): void {
  const twos = <usize>(window & ~1) << 3;
  const isOdd = (window & 1) == 1;
  for (const end = centre + (<usize>count << 3); centre < end; centre += 8, values += 8, out += 8) {
    const mean = v128.load_splat<f64>(centre);
    let s2 = f64x2.splat(0);
    let s3 = f64x2.splat(0);
    let s4 = f64x2.splat(0);
    const last = values + twos;
    for (let at = values; at < last; at += 16) {
      const x = f64x2.sub(v128.load(at), mean);
      const xx = f64x2.mul(x, x);
      s2 = f64x2.add(s2, xx);
      s3 = f64x2.add(s3, f64x2.mul(xx, x));
      s4 = f64x2.add(s4, f64x2.mul(xx, xx));
    }
    let a2 = f64x2.extract_lane(s2, 0);
    let a3 = f64x2.extract_lane(s3, 0);
    let a4 = f64x2.extract_lane(s4, 0);
    if (isOdd) {
      const x = load<f64>(last) - load<f64>(centre);
      const xx = x * x;
      a2 += xx;
      a3 += xx * x;
      a4 += xx * xx;
    }
    store<f64>(out, a2 + f64x2.extract_lane(s2, 1));
    store<f64>(out + stride, a3 + f64x2.extract_lane(s3, 1));
    store<f64>(out + 2 * stride, a4 + f64x2.extract_lane(s4, 1));
  }
}

/**
 * Sum of the products of two deviations `lag` bars apart, both in the window.
 *
 * @param values - in, f64[window - 1 + count]
 * @param centre - in, f64[count]
 * @param out - out, f64[count]
 */
export function autocovariance(values: usize, count: u32, window: u32, lag: u32, centre: usize, out: usize): void {
  const pairs = window - lag;
  const twos = <usize>(pairs & ~1) << 3;
  const isOdd = (pairs & 1) == 1;
  const later = <usize>lag << 3;
  for (const end = centre + (<usize>count << 3); centre < end; centre += 8, values += 8, out += 8) {
    const mean = v128.load_splat<f64>(centre);
    let sum = f64x2.splat(0);
    const last = values + twos;
    for (let at = values; at < last; at += 16) {
      sum = f64x2.add(sum, f64x2.mul(f64x2.sub(v128.load(at), mean), f64x2.sub(v128.load(at + later), mean)));
    }
    let a = f64x2.extract_lane(sum, 0);
    if (isOdd) a += (load<f64>(last) - load<f64>(centre)) * (load<f64>(last + later) - load<f64>(centre));
    store<f64>(out, a + f64x2.extract_lane(sum, 1));
  }
}

/**
 * Sum of the products of deviations with time, counted from the window's middle, and sum of squared deviations.
 *
 * @param values - in, f64[window - 1 + count]
 * @param centre - in, f64[count]
 * @param out - out, f64[count] products, and the squares `stride` bytes further
 */
export function timeProducts(values: usize, count: u32, window: u32, centre: usize, out: usize, stride: usize): void {
  const middle = <f64>(window - 1) / 2;
  const twos = <usize>(window & ~1) << 3;
  const isOdd = (window & 1) == 1;
  const start = f64x2.replace_lane(f64x2.splat(-middle), 1, 1 - middle);
  const step = f64x2.splat(2);
  for (const end = centre + (<usize>count << 3); centre < end; centre += 8, values += 8, out += 8) {
    const mean = v128.load_splat<f64>(centre);
    let products = f64x2.splat(0);
    let squares = f64x2.splat(0);
    let time = start;
    const last = values + twos;
    for (let at = values; at < last; at += 16) {
      const x = f64x2.sub(v128.load(at), mean);
      products = f64x2.add(products, f64x2.mul(time, x));
      squares = f64x2.add(squares, f64x2.mul(x, x));
      time = f64x2.add(time, step);
    }
    let a = f64x2.extract_lane(products, 0);
    let b = f64x2.extract_lane(squares, 0);
    if (isOdd) {
      const x = load<f64>(last) - load<f64>(centre);
      a += f64x2.extract_lane(time, 0) * x;
      b += x * x;
    }
    store<f64>(out, a + f64x2.extract_lane(products, 1));
    store<f64>(out + stride, b + f64x2.extract_lane(squares, 1));
  }
}

/**
 * Twice the number of values before the last of the window that are smaller than it, plus how many equal it.
 *
 * @param values - in, f64[window - 1 + count]
 * @param out - out, f64[count]
 */
export function halvesBelow(values: usize, count: u32, window: u32, out: usize): void {
  const before = <usize>(window - 1) << 3;
  const twos = <usize>((window - 1) & ~1) << 3;
  const isOdd = ((window - 1) & 1) == 1;
  for (const end = out + (<usize>count << 3); out < end; values += 8, out += 8) {
    const value = v128.load_splat<f64>(values + before);
    // comparisons give -1 a lane
    let less = i64x2.splat(0);
    let notMore = i64x2.splat(0);
    const last = values + twos;
    for (let at = values; at < last; at += 16) {
      const x = v128.load(at);
      less = i64x2.add(less, f64x2.lt(x, value));
      notMore = i64x2.add(notMore, f64x2.le(x, value));
    }
    const both = i64x2.add(less, notMore);
    let halves = -(i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1));
    if (isOdd) {
      const x = load<f64>(last);
      halves += <i64>(x < f64x2.extract_lane(value, 0)) + <i64>(x <= f64x2.extract_lane(value, 0));
    }
    store<f64>(out, <f64>halves);
  }
}

/**
 * Sum of squared percent drawdowns, each from the highest value so far in the window.
 *
 * @param values - in, f64[window - 1 + count + 3]: four bars go together, the last ones may be rubbish
 * @param scales - in, f64[as many]: 100 / value
 * @param out - out, f64[count + 3]
 */
export function squaredDrawdowns(values: usize, scales: usize, count: u32, window: u32, out: usize): void {
  const all = <usize>window << 3;
  for (const end = out + (<usize>count << 3); out < end; values += 32, scales += 32, out += 32) {
    let peakA = v128.load(values);
    let peakB = v128.load(values, 16);
    let scaleA = v128.load(scales);
    let scaleB = v128.load(scales, 16);
    let sumA = f64x2.splat(0);
    let sumB = f64x2.splat(0);
    for (let at: usize = 8; at < all; at += 8) {
      const a = v128.load(values + at);
      const b = v128.load(values + at, 16);
      const aIsPeak = f64x2.ge(a, peakA);
      const bIsPeak = f64x2.ge(b, peakB);
      peakA = v128.bitselect(a, peakA, aIsPeak);
      peakB = v128.bitselect(b, peakB, bIsPeak);
      scaleA = v128.bitselect(v128.load(scales + at), scaleA, aIsPeak);
      scaleB = v128.bitselect(v128.load(scales + at, 16), scaleB, bIsPeak);
      const percentA = f64x2.mul(f64x2.sub(peakA, a), scaleA);
      const percentB = f64x2.mul(f64x2.sub(peakB, b), scaleB);
      sumA = f64x2.add(sumA, f64x2.mul(percentA, percentA));
      sumB = f64x2.add(sumB, f64x2.mul(percentB, percentB));
    }
    v128.store(out, sumA);
    v128.store(out, sumB, 16);
  }
}

/**
 * Natural logarithms, of two values at a time, by the formula of src/logarithm.ts.
 *
 * @param values - in and out, f64[count], and one more if that is odd
 */
export function logarithms(values: usize, count: u32): void {
  const high = f64x2.splat(0.6931471803691238);
  const low = f64x2.splat(1.9082149292705877e-10);
  const one = f64x2.splat(1);
  const root = f64x2.splat(1.4142135623730951);
  for (const end = values + (<usize>count << 3); values < end; values += 16) {
    const x = v128.load(values);
    let m = v128.or(v128.and(x, i64x2.splat(0xfffffffffffff)), one);
    const isHigh = f64x2.gt(m, root);
    m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, isHigh);
    // where the comparison holds, it is -1
    const whole = i64x2.sub(i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1023)), isHigh);
    const exponent = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(whole, whole, 0, 2, 0, 2));
    const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
    const z = f64x2.mul(s, s);
    let tail = f64x2.div(z, f64x2.splat(23));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 21.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 19.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 17.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 15.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 13.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 11.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 9.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 7.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 5.0), tail));
    tail = f64x2.mul(z, f64x2.add(f64x2.splat(1.0 / 3.0), tail));
    const twice = f64x2.mul(f64x2.splat(2), s);
    const rest = f64x2.add(f64x2.mul(twice, tail), f64x2.mul(exponent, low));
    v128.store(values, f64x2.add(f64x2.mul(exponent, high), f64x2.add(twice, rest)));
  }
}
