/** Points and weights of a quadrature on 0 to 1. */
export interface Quadrature {
  /** Where the integrand is asked, ascending, none of them 0 or 1. */
  readonly points: Float64Array;
  /** How much each answer counts; they sum to 1. */
  readonly weights: Float64Array;
}

/**
 * Gauss and Legendre's quadrature: n points integrate every polynomial of degree 2n - 1 or less exactly.
 *
 * @param count - how many points, 1 or more
 * @returns points and weights to the last bits of a Float64
 */
export function gaussLegendre(count: number): Quadrature {
  const points = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    // a zero of Legendre's polynomial on -1 to 1, by Newton's method from where Tricomi's formula puts it
    let x = -Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let step = 0; step < 10; step++) {
      let value = 1;
      let before = 0;
      for (let n = 1; n <= count; n++) [value, before] = [((2 * n - 1) * x * value - (n - 1) * before) / n, value];
      slope = (count * (before - x * value)) / (1 - x * x);
      const correction = value / slope;
      x -= correction;
      if (Math.abs(correction) < 1e-16) break;
    }
    points[i] = (1 + x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}
