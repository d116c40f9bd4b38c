import { corr, mean, variance } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { regime } from '../../src/features/regime';
import { lastValues, randomBars } from './random-bars';
import { barsOfCloses, feature, MINUTES, runFamily } from './run-family';

const bars = randomBars({ count: 700, seed: 13 });
const features = runFamily(regime(), bars, MINUTES, [60, 239, 240, 259, 260, 555]);
const logs = Array.from(bars.close, Math.log);
const returns = logs.map((log, i) => log - logs[i - 1]);

/** Compares every bar from `from` on with what `twin` makes of the series up to it. */
function expectTwin(name: string, from: number, twin: (i: number) => number): void {
  const column = feature(features, name);
  for (let i = 0; i < from; i++) expect(column[i], `${name}, bar ${i}`).toBeNaN();
  for (let i = from; i < bars.length; i++) expect(column[i], `${name}, bar ${i}`).toBeCloseTo(twin(i), 9);
}

describe('regime', () => {
  it('measures the trend by the correlation with time', () => {
    const time = Array.from({ length: 60 }, (_, k) => k);
    const strength = (i: number) => Number(corr(time, lastValues(bars.close, i, 60)));
    expectTwin('trend_strength_60', 59, strength);
    expectTwin('trend_state_60', 59, (i) => (strength(i) ** 2 > 0.5 ? Math.sign(strength(i)) : 0));
  });

  it('ranks volatility in its own past', () => {
    const deviations = returns.map((_, i) => (i < 20 ? Number.NaN : Math.sqrt(Number(variance(lastValues(returns, i, 20))))));
    const rank = (i: number) => lastValues(deviations, i - 1, 239).filter((past) => past < deviations[i]).length / 239;
    expectTwin('volatility_rank_240', 259, rank);
    expectTwin('volatility_state_240', 259, (i) => (rank(i) < 0.25 ? -1 : rank(i) > 0.75 ? 1 : 0));
  });

  it('has the variance ratio of Lo and MacKinlay', () => {
    const q = 5;
    const n = 60;
    expectTwin('variance_ratio_5_60', n, (i) => {
      const prices = lastValues(logs, i, n + 1);
      const drift = (prices[n] - prices[0]) / n;
      let one = 0;
      for (let k = 1; k <= n; k++) one += (prices[k] - prices[k - 1] - drift) ** 2;
      let many = 0;
      for (let k = q; k <= n; k++) many += (prices[k] - prices[k - q] - q * drift) ** 2;
      return many / (q * (n - q + 1) * (1 - q / n)) / (one / (n - 1));
    });
  });

  it('has a variance ratio near 1 in a random walk and above it in a trend', () => {
    const ratio = feature(features, 'variance_ratio_5_60').subarray(60);
    expect(Math.abs(Number(mean([...ratio])) - 1)).toBeLessThan(0.15);
    const cycle = runFamily(
      regime(),
      barsOfCloses(
        Array.from({ length: 200 }, (_, i) => 100 + 10 * Math.sin(i / 8)),
        1,
      ),
    );
    expect(feature(cycle, 'variance_ratio_5_60')[199]).toBeGreaterThan(4);
  });

  it('has the efficiency ratio of Kaufman', () => {
    expectTwin('efficiency_ratio_20', 20, (i) => {
      const closes = lastValues(bars.close, i, 21);
      const path = closes.slice(1).reduce((sum, close, k) => sum + Math.abs(close - closes[k]), 0);
      return Math.abs(closes[20] - closes[0]) / path;
    });
  });

  it('knows how long ago the high was and how deep the fall is', () => {
    expectTwin('bars_since_high_240', 239, (i) => {
      const closes = lastValues(bars.close, i, 240);
      return (239 - closes.lastIndexOf(Math.max(...closes))) / 239;
    });
    expectTwin('drawdown_state_240', 239, (i) => {
      const depth = 1 - bars.close[i] / Math.max(...lastValues(bars.close, i, 240));
      const typical = Math.sqrt(240 * Number(variance(lastValues(returns, i, 60))));
      return depth <= 0.5 * typical ? 0 : depth <= 1.5 * typical ? 1 : 2;
    });
    expect(new Set(feature(features, 'drawdown_state_240').subarray(239))).toEqual(new Set([0, 1, 2]));
  });

  it('decides what flat closes have', () => {
    const flat = Object.fromEntries(
      [...runFamily(regime(), barsOfCloses(Array(400).fill(7.3), 1))].map(([name, column]) => [name, column[399]]),
    );
    expect(flat).toEqual({
      trend_strength_60: 0,
      trend_state_60: 0,
      volatility_rank_240: 0.5,
      volatility_state_240: 0,
      variance_ratio_5_60: 1,
      efficiency_ratio_20: 0,
      bars_since_high_240: 0,
      drawdown_state_240: 0,
    });
  });

  it('calls a flat stretch after a crash deep', () => {
    const closes = Array.from({ length: 400 }, (_, i) => (i < 250 ? 10 : 5));
    expect(feature(runFamily(regime(), barsOfCloses(closes, 1)), 'drawdown_state_240')[399]).toBe(2);
  });

  it('counts from the latest of equal highs', () => {
    const closes = Array.from({ length: 600 }, (_, i) => (i % 100 === 0 ? 12 : 10));
    const since = feature(runFamily(regime(), barsOfCloses(closes, 1), MINUTES, [450]), 'bars_since_high_240');
    expect(since[500]).toBe(0);
    expect(since[599]).toBe(99 / 239);
  });

  it('is 1 or -1 on straight lines', () => {
    const up = runFamily(
      regime(),
      barsOfCloses(
        Array.from({ length: 100 }, (_, i) => 100 + i),
        1,
      ),
    );
    expect(feature(up, 'trend_strength_60')[99]).toBe(1);
    expect(feature(up, 'efficiency_ratio_20')[99]).toBe(1);
    const down = runFamily(
      regime(),
      barsOfCloses(
        Array.from({ length: 100 }, (_, i) => 200 - i),
        1,
      ),
    );
    expect(feature(down, 'trend_state_60')[99]).toBe(-1);
  });
});
