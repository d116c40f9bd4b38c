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
    const { quantiles } = fold(values).summary(0);
    const sorted = [...values].sort((a, b) => a - b);
    for (const [name, probability] of Object.entries(QUANTILES)) {
      const found = Object.entries(quantiles ?? {}).find(([key]) => key === name)?.[1] ?? Number.NaN;
      // the value a little either side, so that a quantile between two values may be either
      const low = sorted[Math.max(0, Math.ceil(probability * values.length) - 2)];
      const high = sorted[Math.min(values.length - 1, Math.ceil(probability * values.length))];
      expect(found).toBeGreaterThanOrEqual(low - Math.abs(low) / 16 - 2 ** -24);
      expect(found).toBeLessThanOrEqual(high + Math.abs(high) / 16 + 2 ** -24);
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

  it('saved, restored and cut elsewhere: the same bytes', () => {
    const values = SERIES[2][1];
    const whole = fold(values);
    const restored = new SummaryFold(1);
    expect(restored.restore(fold(values.slice(0, 1_777), 100).save())).toBe(true);
    restored.update(0, Float64Array.from(values.slice(1_777)), values.length - 1_777, 1_777);
    expect(Buffer.compare(new Uint8Array(restored.save().buffer), new Uint8Array(whole.save().buffer))).toBe(0);
  });

  it('refuses what another fold saved', () => {
    expect(new SummaryFold(2).restore(fold([1, 2]).save())).toBe(false);
    expect(new SummaryFold(1).restore(new Float64Array(3))).toBe(false);
  });
});
