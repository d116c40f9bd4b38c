/**
 * The naive twins of the kernels over windows: the same additions in the same order, so the same results to the bit, written to be read. The tests compare the
 * two; nothing else uses this file. `values[at + i]` is the series at bar i, `out[i]` what its window gives, `centre[i]` the centre of its deviations.
 */

/** Sum of squared deviations from a given centre, in four chains of additions. */
export function squares(values: Float64Array, at: number, count: number, window: number, centre: Float64Array, out: Float64Array): void {
  const even = window - (window % 4);
  for (let i = 0; i < count; i++) {
    const start = at + i - window + 1;
    const mean = centre[i];
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = start; k < start + even; k += 4) {
      const w = values[k] - mean;
      const x = values[k + 1] - mean;
      const y = values[k + 2] - mean;
      const z = values[k + 3] - mean;
      a += w * w;
      b += x * x;
      c += y * y;
      d += z * z;
    }
    for (let k = start + even; k < start + window; k++) {
      const w = values[k] - mean;
      a += w * w;
    }
    out[i] = a + b + (c + d);
  }
}

/** Sum of absolute deviations from a given centre, in four chains of additions. */
export function deviations(values: Float64Array, at: number, count: number, window: number, centre: Float64Array, out: Float64Array): void {
  const even = window - (window % 4);
  for (let i = 0; i < count; i++) {
    const start = at + i - window + 1;
    const mean = centre[i];
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = start; k < start + even; k += 4) {
      a += Math.abs(values[k] - mean);
      b += Math.abs(values[k + 1] - mean);
      c += Math.abs(values[k + 2] - mean);
      d += Math.abs(values[k + 3] - mean);
    }
    for (let k = start + even; k < start + window; k++) a += Math.abs(values[k] - mean);
    out[i] = a + b + (c + d);
  }
}

/** Sums of the second, third and fourth powers of the deviations, in two chains of additions each. */
export function moments(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  centre: Float64Array,
  out: { readonly squares: Float64Array; readonly cubes: Float64Array; readonly fourths: Float64Array },
): void {
  const { squares, cubes, fourths } = out;
  const even = window - (window % 2);
  for (let i = 0; i < count; i++) {
    const start = at + i + 1 - window;
    const mean = centre[i];
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let b2 = 0;
    let b3 = 0;
    let b4 = 0;
    // two chains of additions keep the adder busy
    for (let k = start; k < start + even; k += 2) {
      const x = values[k] - mean;
      const y = values[k + 1] - mean;
      const xx = x * x;
      const yy = y * y;
      a2 += xx;
      b2 += yy;
      a3 += xx * x;
      b3 += yy * y;
      a4 += xx * xx;
      b4 += yy * yy;
    }
    if (even < window) {
      const x = values[start + even] - mean;
      const xx = x * x;
      a2 += xx;
      a3 += xx * x;
      a4 += xx * xx;
    }
    squares[i] = a2 + b2;
    cubes[i] = a3 + b3;
    fourths[i] = a4 + b4;
  }
}

/** Sum of the products of two deviations `lag` bars apart, in two chains of additions. */
export function autocovariance(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  lag: number,
  centre: Float64Array,
  out: Float64Array,
): void {
  const pairs = window - lag;
  const even = pairs - (pairs % 2);
  for (let i = 0; i < count; i++) {
    const start = at + i + 1 - window;
    const mean = centre[i];
    let a = 0;
    let b = 0;
    for (let k = start; k < start + even; k += 2) {
      a += (values[k] - mean) * (values[k + lag] - mean);
      b += (values[k + 1] - mean) * (values[k + 1 + lag] - mean);
    }
    if (even < pairs) a += (values[start + even] - mean) * (values[start + even + lag] - mean);
    out[i] = a + b;
  }
}

/** Sums of the products of deviations with time, counted from the window's middle, and of squared deviations, in two chains of additions each. */
export function timeProducts(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  centre: Float64Array,
  out: { readonly products: Float64Array; readonly squares: Float64Array },
): void {
  const middle = (window - 1) / 2;
  const even = window - (window % 2);
  for (let i = 0; i < count; i++) {
    const start = at + i + 1 - window;
    const mean = centre[i];
    let products = 0;
    let moreProducts = 0;
    let squares = 0;
    let moreSquares = 0;
    for (let k = 0; k < even; k += 2) {
      const x = values[start + k] - mean;
      const y = values[start + k + 1] - mean;
      products += (k - middle) * x;
      moreProducts += (k + 1 - middle) * y;
      squares += x * x;
      moreSquares += y * y;
    }
    if (even < window) {
      const x = values[start + even] - mean;
      products += (even - middle) * x;
      squares += x * x;
    }
    out.products[i] = products + moreProducts;
    out.squares[i] = squares + moreSquares;
  }
}

/** Twice the number of values before the window's last that are smaller than it, plus how many equal it. */
export function halvesBelow(values: Float64Array, at: number, count: number, window: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const end = at + i;
    const value = values[end];
    let less = 0;
    let notMore = 0;
    for (let k = end + 1 - window; k < end; k++) {
      less += values[k] < value ? 1 : 0;
      notMore += values[k] <= value ? 1 : 0;
    }
    out[i] = less + notMore;
  }
}

/** Sum of squared percent drawdowns, each from the highest value so far in the window. */
export function squaredDrawdowns(values: Float64Array, at: number, count: number, window: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const end = at + i + 1;
    let peak = values[end - window];
    let scale = 100 / peak;
    let sum = 0;
    for (let k = end - window + 1; k < end; k++) {
      const value = values[k];
      if (value >= peak) {
        peak = value;
        scale = 100 / value;
      } else {
        const percent = (peak - value) * scale;
        sum += percent * percent;
      }
    }
    out[i] = sum;
  }
}
