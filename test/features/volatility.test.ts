import { mean, std } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { volatility } from '../../src/features/volatility';
import { lastValues, randomBars } from './random-bars';
import { barsOf, barsOfCloses, feature, MINUTES, runFamily } from './run-family';

const bars = randomBars({ count: 400, seed: 8 });
const features = runFamily(volatility(), bars, MINUTES, [19, 20, 78, 79, 201]);

// the five estimators themselves are compared with R's TTR in ttr.test.ts
describe('volatility', () => {
  it('relates the deviation of volatility to its mean', () => {
    const short = feature(features, 'close_volatility_20');
    const nested = feature(features, 'volatility_of_volatility_60');
    for (let i = 0; i < 78; i++) expect(nested[i], `bar ${i}`).toBeNaN();
    for (let i = 78; i < bars.length; i++) {
      const window = lastValues(short, i, 60);
      expect(nested[i], `bar ${i}`).toBeCloseTo(Number(std(window, 'unbiased')) / Number(mean(window)), 9);
    }
  });

  it('relates short to long', () => {
    const ratio = feature(features, 'volatility_ratio_20_60');
    const short = feature(features, 'close_volatility_20');
    const long = feature(features, 'close_volatility_60');
    for (let i = 59; i < bars.length; i++) expect(ratio[i], `bar ${i}`).toBeCloseTo(short[i] / long[i], 12);
  });

  it('is the same for a price sixteen times as high', () => {
    const scaled = runFamily(
      volatility(),
      barsOf({
        open: Array.from(bars.open, (value) => 16 * value),
        high: Array.from(bars.high, (value) => 16 * value),
        low: Array.from(bars.low, (value) => 16 * value),
        close: Array.from(bars.close, (value) => 16 * value),
        volume: Array.from(bars.volume),
      }),
    );
    for (const [name, column] of scaled) expect(column, name).toEqual(feature(features, name));
  });

  it('has 0 for flat bars, and the ratio 1', () => {
    for (const [name, column] of runFamily(volatility(), barsOfCloses(Array(100).fill(7.3), 1))) {
      expect(column[99], name).toBe(name === 'volatility_ratio_20_60' ? 1 : 0);
    }
  });

  it('is exactly 0 again when a jump has left the window', () => {
    const closes = Array.from({ length: 300 }, (_, i) => (i < 100 ? 1e-6 : 1e6));
    const result = runFamily(volatility(), barsOfCloses(closes, 0));
    expect(feature(result, 'yang_zhang_volatility_60')[159]).toBeGreaterThan(1);
    for (const [name, column] of result) expect(column[299], name).toBe(name === 'volatility_ratio_20_60' ? 1 : 0);
  });

  it('is at most sqrt(58 / 18) times the long volatility when all movement is recent', () => {
    const closes = Array.from({ length: 100 }, (_, i) => (i < 90 ? 10 : 10 + (i % 2)));
    const ratio = feature(runFamily(volatility(), barsOfCloses(closes, 0)), 'volatility_ratio_20_60')[99];
    expect(ratio).toBeGreaterThan(1.7);
    expect(ratio).toBeLessThanOrEqual(Math.sqrt(58 / 18));
  });
});
