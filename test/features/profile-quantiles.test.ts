import { expect, it } from 'vitest';
import { allocateBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { QUANTILES } from '../../src/features/summary';
import { randomBars } from '../generated-bars';

it.each([
  [1, 1],
  [1e-10, 1],
  [1e-10, 1e8],
  [1e9, 1e-9],
])('prices times %d, volumes times %d: the quantiles of every feature are within 1/16 of the exact ones', async (price, volume) => {
  const bars = randomBars(2_000, { interval: 86_400_000, seed: 11 });
  const scaled = allocateBars(bars.length);
  scaled.timestamp.set(bars.timestamp);
  for (const column of ['open', 'high', 'low', 'close'] as const) scaled[column].set(bars[column].map((value) => value * price));
  scaled.volume.set(bars.volume.map((value) => value * volume));
  const engineer = new FeatureEngineer(resolveMarket(86_400_000));
  const seen = new Map<string, number[]>();
  await engineer.update(scaled, {
    matrix: false,
    onBlock: (specs, columns, _, count) => {
      specs.forEach(({ name }, j) => {
        const values = seen.get(name) ?? [];
        values.push(...columns[j].subarray(0, count).filter((value) => !Number.isNaN(value)));
        seen.set(name, values);
      });
    },
  });
  for (const [name, values] of seen) {
    const { count, quantiles } = engineer.summary(name);
    expect(count).toBe(values.length);
    if (quantiles === null) continue;
    values.sort((a, b) => a - b);
    const found: Readonly<Record<string, number>> = { ...quantiles };
    for (const [quantile, probability] of Object.entries(QUANTILES)) {
      const exact = values[Math.ceil(probability * values.length) - 1];
      expect(Math.abs(found[quantile] - exact), `${quantile} of ${name}`).toBeLessThanOrEqual(Math.abs(exact) / 16);
    }
  }
});
