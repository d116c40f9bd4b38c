import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History } from '../../src/features/fold-state';
import { rollingDeviations, rollingMax, rollingMean, rollingMin, rollingSquares, rollingSum } from '../../src/features/windows';

type Window = (values: Float64Array, at: number, count: number, first: number, window: number, out: Float64Array) => void;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** Each function with the plain formula that it must agree with; the centre of the last two is the mean. */
const windows: readonly [string, Window, (values: readonly number[]) => number][] = [
  ['sum', rollingSum, sum],
  ['maximum', rollingMax, (values) => Math.max(...values)],
  ['minimum', rollingMin, (values) => Math.min(...values)],
  ['mean', rollingMean, mean],
  [
    'squares',
    (values, at, count, first, window, out) => {
      const centre = new Float64Array(count);
      rollingMean(values, at, count, first, window, centre);
      rollingSquares(values, at, count, window, centre, out);
    },
    (values) => sum(values.map((value) => (value - mean(values)) ** 2)),
  ],
  [
    'absolute deviations',
    (values, at, count, first, window, out) => {
      const centre = new Float64Array(count);
      rollingMean(values, at, count, first, window, centre);
      rollingDeviations(values, at, count, window, centre, out);
    },
    (values) => sum(values.map((value) => Math.abs(value - mean(values)))),
  ],
];

/** The rolling result over a series that arrives in pieces of at most `piece` values. */
function run(rolling: Window, series: readonly number[], window: number, piece: number): number[] {
  const history = new History(window - 1);
  const results: number[] = [];
  for (let first = 0; first < series.length; first += piece) {
    const block = Float64Array.from(series.slice(first, first + piece));
    const out = new Float64Array(block.length);
    history.load(block);
    rolling(history.values, history.lookback, block.length, first, window, out);
    history.values.copyWithin(0, block.length, block.length + history.lookback);
    results.push(...out);
  }
  return results;
}

const series = fc.array(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => value / 1024),
  { minLength: 1, maxLength: 120 },
);
const settings = { seed: 11, numRuns: 200 };

describe.each(windows)('rolling %s', (_name, rolling, formula) => {
  it('agrees with the formula on every full window, and is NaN before', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 30 }), (values, window) => {
        run(rolling, values, window, values.length).forEach((result, i) => {
          if (i < window - 1) expect(result).toBeNaN();
          else {
            const expected = formula(values.slice(i - window + 1, i + 1));
            expect(Math.abs(result - expected)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected)));
          }
        });
      }),
      settings,
    );
  });

  it('is the same bits in pieces of any length', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 50 }), (values, window, piece) => {
        expect(run(rolling, values, window, piece)).toEqual(run(rolling, values, window, values.length));
      }),
      settings,
    );
  });
});
