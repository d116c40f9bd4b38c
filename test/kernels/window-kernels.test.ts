import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as reference from '../../src/kernels/reference-windows';
import { WindowMemory } from '../../src/kernels/window-kernels';
import { ln } from '../../src/logarithm';

// every kernel against its naive twin, to the bit
const memory = new WindowMemory();
const SETTINGS = { seed: 12, numRuns: 300 };

interface Case {
  readonly values: Float64Array;
  readonly at: number;
  readonly count: number;
  readonly window: number;
  readonly centre: Float64Array;
}

const number = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1024),
  fc.double({ min: -1e60, max: 1e60, noNaN: true }),
  fc.constantFrom(0, -0, 1, Number.NaN, 1e-300, -1e12),
);

/** Some windows in a longer series, of lengths on both sides of where copies change; what is drawn is repeated, so that values equal each other. */
function cases(value: fc.Arbitrary<number>): fc.Arbitrary<Case> {
  return fc
    .record({
      drawn: fc.array(value, { minLength: 1, maxLength: 40 }),
      before: fc.integer({ min: 0, max: 5 }),
      count: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 90, max: 130 })),
      window: fc.oneof(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 10, max: 70 })),
      centre: value,
    })
    .map(({ drawn, before, count, window, centre }) => ({
      values: Float64Array.from({ length: before + window - 1 + count + 2 }, (_, i) => drawn[(i * i) % drawn.length] ?? 0),
      at: before + window - 1,
      count,
      window,
      centre: Float64Array.from({ length: count }, (_, i) => centre * (1 + (i % 3))),
    }));
}

/** Runs kernel and twin over random windows. */
function expectTwins(
  of: fc.Arbitrary<Case>,
  columns: number,
  kernel: (given: Case, out: Float64Array[]) => void,
  twin: (given: Case, out: Float64Array[]) => void,
): void {
  fc.assert(
    fc.property(of, (given) => {
      const results = [kernel, twin].map((run) => {
        const out = Array.from({ length: columns }, () => new Float64Array(given.count + 1).fill(7));
        memory.load(given.values, given.at, given.count, given.window);
        run(given, out);
        return out.map((column) => Array.from(column));
      });
      expect(results[0]).toEqual(results[1]);
    }),
    SETTINGS,
  );
}

describe('kernels over windows give the bits of their naive twins', () => {
  it('squares', () => {
    expectTwins(
      cases(number),
      1,
      ({ count, window, centre }, [out]) => memory.squares(count, window, centre, out),
      ({ values, at, count, window, centre }, [out]) => reference.squares(values, at, count, window, centre, out),
    );
  });

  it('absolute deviations', () => {
    expectTwins(
      cases(number),
      1,
      ({ count, window, centre }, [out]) => memory.deviations(count, window, centre, out),
      ({ values, at, count, window, centre }, [out]) => reference.deviations(values, at, count, window, centre, out),
    );
  });

  it('moments', () => {
    expectTwins(
      cases(number),
      3,
      ({ count, window, centre }, out) => memory.moments(count, window, centre, out),
      ({ values, at, count, window, centre }, [squares, cubes, fourths]) =>
        reference.moments(values, at, count, window, centre, { squares, cubes, fourths }),
    );
  });

  it.each([1, 5])('autocovariance, lag %i', (lag) => {
    const longer = cases(number).filter(({ window }) => window > lag);
    expectTwins(
      longer,
      1,
      ({ count, window, centre }, [out]) => memory.autocovariance(count, window, lag, centre, out),
      ({ values, at, count, window, centre }, [out]) => reference.autocovariance(values, at, count, window, lag, centre, out),
    );
  });

  it('products with time', () => {
    expectTwins(
      cases(number),
      2,
      ({ count, window, centre }, [products, squares]) => memory.timeProducts(count, window, centre, products, squares),
      ({ values, at, count, window, centre }, [products, squares]) =>
        reference.timeProducts(values, at, count, window, centre, { products, squares }),
    );
  });

  it('ranks', () => {
    expectTwins(
      cases(number),
      1,
      ({ count, window }, [out]) => memory.halvesBelow(count, window, out),
      ({ values, at, count, window }, [out]) => reference.halvesBelow(values, at, count, window, out),
    );
  });

  it('squared drawdowns', () => {
    const prices = fc.oneof(
      fc.integer({ min: 1, max: 500 }).map((value) => value / 100),
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    );
    expectTwins(
      cases(prices),
      1,
      ({ count, window }, [out]) => memory.squaredDrawdowns(count, window, out),
      ({ values, at, count, window }, [out]) => reference.squaredDrawdowns(values, at, count, window, out),
    );
  });

  it('logarithms are those of one at a time', () => {
    const positive = fc.oneof(
      fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true }),
      fc.double({ min: 0.9, max: 1.1, noNaN: true }),
      fc.constantFrom(1, Math.SQRT2, Math.SQRT1_2, 2, 2 ** -1022, Number.MAX_VALUE),
    );
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 200 }), (values) => {
        const column = Float64Array.from([5, ...values, 5]);
        memory.logarithms(column, 1, values.length);
        expect(Array.from(column)).toEqual([5, ...values.map(ln), 5]);
      }),
      SETTINGS,
    );
  });

  it('take the longest windows, after short ones and before', () => {
    const values = Float64Array.from({ length: 10_000 + 1_024 }, (_, i) => (i * 7919) % 1_009);
    const [out, expected] = [new Float64Array(1_025), new Float64Array(1_025)];
    memory.load(values, 9_999, 1_025, 10_000);
    memory.halvesBelow(1_025, 10_000, out);
    reference.halvesBelow(values, 9_999, 1_025, 10_000, expected);
    expect(out).toEqual(expected);
  });
});
