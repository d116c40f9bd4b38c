import fc from 'fast-check';
import { mean, std, variance } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { QUANTILES, SummaryFold } from '../../src/features/summary';
import { uniform } from '../generated-bars';

function fold(values: readonly number[], block = 512): SummaryFold {
  const summaries = new SummaryFold(1);
  for (let first = 0; first < values.length; first += block) {
    const part = Float64Array.from(values.slice(first, first + block));
    summaries.update(0, part, part.length, first);
  }
  return summaries;
}

/** Standardised central moment, in two plain passes. */
function standardised(values: readonly number[], order: number): number {
  const centre = values.reduce((sum, x) => sum + x, 0) / values.length;
  const moment = (k: number) => values.reduce((sum, x) => sum + (x - centre) ** k, 0) / values.length;
  return moment(order) / moment(2) ** (order / 2);
}

function expectAccurateQuantiles(values: readonly number[]): void {
  const { quantiles, min, max } = fold(values).summary(0);
  const sorted = [...values].sort((a, b) => a - b);
  const found: Readonly<Record<string, number>> = { ...quantiles };
  for (const [name, probability] of Object.entries(QUANTILES)) {
    const exact = sorted[Math.ceil(probability * values.length) - 1];
    const error = Math.abs(found[name] / 2 - exact / 2);
    if (!(error <= Math.abs(exact) / 32)) expect.fail(`${name} of ${values.length} values is ${found[name]}, not ${exact}`);
  }
  expect(Math.min(...Object.values(found))).toBeGreaterThanOrEqual(min ?? Number.NaN);
  expect(Math.max(...Object.values(found))).toBeLessThanOrEqual(max ?? Number.NaN);
}

const next = uniform(3);
const normal = () => Array.from({ length: 12 }, next).reduce((sum, x) => sum + x, -6);
const SERIES: readonly [string, number[]][] = [
  ['returns', Array.from({ length: 5_000 }, () => normal() * 0.001)],
  [
    'a random walk far from zero',
    Array.from(
      { length: 5_000 },
      (() => {
        let price = 1e6;
        return () => (price += normal());
      })(),
    ),
  ],
  ['heavy tails', Array.from({ length: 5_000 }, () => normal() ** 3)],
  ['fewer than a chunk', Array.from({ length: 17 }, () => normal())],
];

describe('expanding summaries', () => {
  it.each(SERIES)('agree with mathjs and with plain two-pass moments: %s', (_, values) => {
    const summary = fold(values).summary(0);
    expect(summary.count).toBe(values.length);
    const scale = Math.abs(Number(mean(values))) + Number(std(values));
    expect(((summary.mean ?? Number.NaN) - Number(mean(values))) / scale).toBeCloseTo(0, 13);
    expect((summary.std ?? 0) / Number(std(values, 'uncorrected'))).toBeCloseTo(1, 10);
    expect(summary.skewness).toBeCloseTo(standardised(values, 3), 7);
    expect(summary.kurtosis).toBeCloseTo(standardised(values, 4) - 3, 7);
    expect(summary.min).toBe(Math.min(...values));
    expect(summary.max).toBe(Math.max(...values));
    expect(summary.latest).toBe(values.at(-1));
  });

  it.each(SERIES)('quantiles lie within 1/16 of the exact ones: %s', (_, values) => {
    expectAccurateQuantiles(values);
  });

  it.each<[string, number[]]>([
    ['prices of 1e-8 and their differences', Array.from({ length: 2_000 }, () => 1e-8 + 1e-11 * normal())],
    ['differences of such prices', Array.from({ length: 2_000 }, () => 1e-11 * normal())],
    ['volumes of 1e13', Array.from({ length: 2_000 }, () => 1e13 * (1 + next()))],
    ['on-balance volume of 1e15, both signs', Array.from({ length: 2_000 }, () => 1e15 * normal())],
    ['the largest doubles', Array.from({ length: 200 }, () => Number.MAX_VALUE * (next() - 0.5))],
    ['subnormal numbers', Array.from({ length: 200 }, () => 2 ** -1030 * normal())],
    ['the smallest subnormal numbers', Array.from({ length: 200 }, () => Number.MIN_VALUE * Math.round(20 * normal()))],
    ['mostly zeros', Array.from({ length: 200 }, () => (next() < 0.8 ? 0 : 1e-12 * normal()))],
    ['whole numbers, many of them equal', Array.from({ length: 500 }, () => Math.round(3 * normal()))],
    ['two values', [1, 2]],
  ])('quantiles lie within 1/16 of the exact ones: %s', (_, values) => {
    expectAccurateQuantiles(values);
  });

  it('property: so do those of any doubles, and of any magnitude from 1e-300 to 1e300', () => {
    const magnitude = fc
      .tuple(fc.double({ min: -300, max: 300, noNaN: true }), fc.boolean())
      .map(([power, negative]) => 10 ** power * (negative ? -1 : 1));
    const anything = fc.double({ noNaN: true, noDefaultInfinity: true });
    const near = magnitude.chain((centre) =>
      fc.array(
        fc.double({ min: 0.5, max: 2, noNaN: true }).map((factor) => centre * factor),
        { minLength: 1, maxLength: 120 },
      ),
    );
    const any = fc.array(fc.oneof(magnitude, anything, fc.constant(0)), { minLength: 1, maxLength: 120 });
    fc.assert(fc.property(fc.oneof(near, any), expectAccurateQuantiles), { seed: 8, numRuns: 2_000 });
  });

  it('moments are those of the same values at a usual size, or null, at any size', () => {
    const values = Array.from({ length: 1_500 }, normal);
    const usual = fold(values).summary(0);
    for (const power of [-1_040, -1_000, -300, -260, -200, -40, 40, 200, 300, 1_000]) {
      const { mean, std, skewness, kurtosis } = fold(values.map((value) => value * 2 ** power)).summary(0);
      for (const [moment, expected] of [
        [mean, (usual.mean ?? Number.NaN) * 2 ** power],
        [std, (usual.std ?? Number.NaN) * 2 ** power],
        [skewness, usual.skewness],
        [kurtosis, usual.kurtosis],
      ]) {
        if (moment === null || expected === null) continue;
        expect(Math.abs(moment - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-9 + Number.MIN_VALUE * 2_000);
      }
      if (Math.abs(power) <= 200) expect([mean, std, skewness, kurtosis]).not.toContain(null);
    }
  });

  it('what is not finite is no value', () => {
    const summary = fold([1, Number.POSITIVE_INFINITY, 2, Number.NEGATIVE_INFINITY]).summary(0);
    expect(summary).toMatchObject({ count: 2, mean: 1.5, min: 1, max: 2, latest: null });
    expect(Object.values(summary.quantiles ?? {}).every((value) => value >= 1 && value <= 2)).toBe(true);
  });

  it('the mean of the lowest values is within 1/16, whatever their size', () => {
    for (const size of [1e-200, 1e-9, 1, 1e14, 1e200]) {
      const values = Array.from({ length: 1_000 }, () => size * normal());
      const lowest = [...values].sort((a, b) => a - b).slice(0, 50);
      const exact = lowest.reduce((sum, x) => sum + x, 0) / 50;
      expect((fold(values).lowerTailMean(0, 0.05) ?? Number.NaN) / exact).toBeCloseTo(1, 1);
    }
  });

  it('a hundred million away from zero, the variance keeps nine digits', () => {
    const values = Array.from({ length: 4_096 }, () => 1e8 + normal());
    expect((fold(values).summary(0).std ?? 0) ** 2 / Number(variance(values, 'uncorrected'))).toBeCloseTo(1, 8);
  });

  it('missing values count for nothing', () => {
    const summary = fold([Number.NaN, Number.NaN, 1, 2, 3]).summary(0);
    expect(summary).toMatchObject({ count: 3, mean: 2, min: 1, max: 3, latest: 3 });
    expect(fold([1, 2, Number.NaN]).summary(0)).toMatchObject({ count: 2, latest: null });
    expect(fold([Number.NaN]).summary(0)).toMatchObject({ count: 0, mean: null, quantiles: null });
  });

  it('a constant has neither skewness nor kurtosis, and its quantiles are itself', () => {
    const summary = fold(Array.from({ length: 3_000 }, () => 0.1)).summary(0);
    expect(summary.mean).toBeCloseTo(0.1, 15);
    expect(summary).toMatchObject({ std: 0, skewness: 0, kurtosis: 0, quantiles: { p01: 0.1, p50: 0.1, p99: 0.1 } });
  });

  it.each<[string, readonly number[]]>([
    ['heavy tails', SERIES[2][1]],
    ['all sizes of doubles', Array.from({ length: 3_000 }, () => (next() < 0.1 ? 0 : normal() * 10 ** (600 * next() - 300)))],
  ])('saved, restored and cut elsewhere: the same bytes: %s', (_, values) => {
    const whole = fold(values).save();
    const first = fold(values.slice(0, 1_777), 100).save();
    const restored = new SummaryFold(1);
    expect(restored.restore(first)).toBe(true);
    restored.update(0, Float64Array.from(values.slice(1_777)), values.length - 1_777, 1_777);
    const { slots, counts } = restored.save();
    expect(Buffer.compare(new Uint8Array(slots.buffer), new Uint8Array(whole.slots.buffer))).toBe(0);
    expect(Buffer.compare(new Uint8Array(counts.buffer), new Uint8Array(whole.counts.buffer))).toBe(0);
  });

  it('what is saved stays small: no more than the magnitudes that occur', () => {
    expect(fold(SERIES[0][1]).save().counts.length).toBeLessThan(600);
    expect(fold([1e-300, 1, 1e300, -1e-300]).save().counts.length).toBeLessThan(20);
  });

  it('some features of many: saved from one place, restored in another', () => {
    const three = new SummaryFold(3);
    for (const [feature, [, values]] of SERIES.slice(0, 3).entries()) three.update(feature, Float64Array.from(values), values.length, 0);
    const [, [, middle]] = SERIES;
    const saved = three.save(1, 2);
    expect(saved).toEqual(fold(middle).save());
    const other = new SummaryFold(4);
    expect(other.restore(saved, 2, 3)).toBe(true);
    expect(other.summary(2)).toEqual(three.summary(1));
    expect(other.summary(1).count).toBe(0);
    expect(other.restore(saved, 1, 3)).toBe(false);
  });

  it('refuses what another fold saved', () => {
    const { slots, counts } = fold([1, 2, 1e9, -3]).save();
    expect(new SummaryFold(2).restore({ slots, counts })).toBe(false);
    expect(new SummaryFold(1).restore({ slots: new Float64Array(3), counts })).toBe(false);
    for (let length = 0; length < counts.length; length++) {
      expect(new SummaryFold(1).restore({ slots, counts: counts.subarray(0, length) })).toBe(false);
    }
    expect(new SummaryFold(1).restore({ slots, counts: Uint32Array.from([...counts, 0]) })).toBe(false);
    expect(new SummaryFold(1).restore({ slots, counts: Uint32Array.of(0, 1, 40_000, 1, 7, 0) })).toBe(false);
    expect(new SummaryFold(1).restore({ slots, counts: Uint32Array.of(0, 4e9, 1, 1, 7, 0) })).toBe(false);
  });

  it('remember the same bytes bar by bar, which is JavaScript, and in blocks, which is WebAssembly, for any numbers', () => {
    const odd = [
      0,
      -0,
      Number.NaN,
      Infinity,
      -Infinity,
      Number.MIN_VALUE,
      -3e-310,
      2 ** -1022,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      1e150,
      -1e-150,
    ];
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 2_500 }),
        fc.constantFrom(128, 129, 700, 1_024),
        fc.constantFrom(0, 0.01, 0.5),
        fc.nat({ max: 2_000 }),
        (seed, length, block, share, first) => {
          const draw = uniform(seed + 1);
          const size = 2 ** (40 * draw() - 20);
          const values = Float64Array.from({ length }, () =>
            draw() < share ? odd[Math.floor(draw() * odd.length)] : size * (draw() - 0.3),
          );
          const folds = [1, block].map((step) => {
            const summaries = new SummaryFold(2);
            for (let from = 0; from < length; from += step) {
              const part = values.subarray(from, from + step);
              for (const feature of [0, 1]) summaries.update(feature, part, part.length, first + from);
            }
            const { slots, counts } = summaries.save();
            return [Buffer.from(slots.buffer).toString('hex'), counts.join()];
          });
          expect(folds[1]).toEqual(folds[0]);
        },
      ),
      { seed: 20_261_127, numRuns: 60 },
    );
  });
});
