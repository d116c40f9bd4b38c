import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expOfNegative, sigmoid } from '../src/exponential';

/** Units in the last place between two positive numbers. */
const apart = (a: number, b: number) => {
  const bits = new BigInt64Array(Float64Array.of(a, b).buffer);
  return Math.abs(Number(bits[0] - bits[1]));
};

describe('expOfNegative', () => {
  it('is within 2 units in the last place of the exponential', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ min: -708, max: 0, noNaN: true }), fc.double({ min: -1, max: 0, noNaN: true })), (x) => {
        // the engine's own may be one off
        expect(apart(expOfNegative(x), Math.exp(x))).toBeLessThanOrEqual(3);
      }),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('is 1 at 0, 0 far below, and never falls as the number grows by a step that can be seen', () => {
    expect([0, -0, -1e-320].map(expOfNegative)).toEqual([1, 1, 1]);
    expect([-708.1, -1e300, Number.NEGATIVE_INFINITY].map(expOfNegative)).toEqual([0, 0, 0]);
    expect(expOfNegative(-708)).toBeGreaterThan(3e-308);
    for (let x = -40; x < 0; x += 0.001) expect(expOfNegative(x + 0.001)).toBeGreaterThan(expOfNegative(x));
  });

  it('has the same bits everywhere: these were computed once', () => {
    const known: [number, number][] = [
      [-0.1, 0.9048374180359595],
      [-0.5, 0.6065306597126334],
      [-1, 0.36787944117144233],
      [-2.75, 0.06392786120670757],
      [-10, 0.00004539992976248485],
      [-36.5, 1.4068617124461467e-16],
      [-100.25, 2.897198083210148e-44],
      [-700, 9.85967654375977e-305],
    ];
    for (const [x, value] of known) expect(expOfNegative(x)).toBe(value);
  });
});

describe('sigmoid', () => {
  it('is a probability, and that of the opposite is the rest', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        const p = sigmoid(x);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(p + sigmoid(-x)).toBeCloseTo(1, 14);
      }),
      { seed: 2, numRuns: 2_000 },
    );
    expect(sigmoid(0)).toBe(0.5);
    expect(sigmoid(Math.log(3))).toBeCloseTo(0.75, 15);
  });
});
