import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLOAT32_MAX, float32Below, float64Above } from '../../src/ml-js/neighbours';
import { runs } from '../runs';

const single = fc.float({ noNaN: true, noDefaultInfinity: true });
const times = { seed: 11, numRuns: runs(2_000, 100_000) };

describe('neighbouring numbers', () => {
  it('x < value and x <= float32Below(value) are the same for every Float32', () => {
    const value = fc.oneof(single, fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(value, single, (split, x) => {
        for (const one of [x, Math.fround(split), FLOAT32_MAX, -FLOAT32_MAX, 0, 2 ** -149].filter(Number.isFinite)) {
          expect(one <= float32Below(split)).toBe(one < split);
        }
      }),
      times,
    );
  });

  it('x <= threshold and x < float64Above(threshold) are the same for every number', () => {
    fc.assert(
      fc.property(single, fc.double({ noNaN: true }), (threshold, x) => {
        for (const one of [x, threshold, -threshold]) expect(one < float64Above(threshold)).toBe(one <= threshold);
      }),
      times,
    );
  });

  it('one and the other give the threshold back', () => {
    fc.assert(
      fc.property(single, (threshold) => {
        // 0 and -0 are one threshold, and beyond the largest number there is nothing but infinity
        const same = threshold === FLOAT32_MAX ? Number.POSITIVE_INFINITY : threshold;
        expect(float32Below(float64Above(threshold)) === same).toBe(true);
      }),
      times,
    );
    expect(float32Below(float64Above(Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [0, -(2 ** -149)],
    [-0, -(2 ** -149)],
    [2 ** -149, 0],
    [1e300, Number.POSITIVE_INFINITY],
    [-1e300, Number.NEGATIVE_INFINITY],
    [-FLOAT32_MAX, Number.NEGATIVE_INFINITY],
    [1, 1 - 2 ** -24],
    [-1, -1 - 2 ** -23],
  ])('below %d is %d', (value, below) => {
    expect(float32Below(value)).toBe(below);
  });
});
