import { mean, quantileSeq, std } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { risk } from '../../src/features/risk';
import { lastValues, randomBars } from './random-bars';
import { barsOfCloses, feature, MINUTES, runFamily } from './run-family';

const N = 60;
const bars = randomBars({ count: 500, seed: 5 });
const features = runFamily(risk(), bars, MINUTES, [1, 59, 60, 61, 222]);
const returns = Array.from(bars.close, (close, i) => close / bars.close[i - 1] - 1);

/** Compares every bar from `from` on with what `twin` makes of the last 60 returns and closes. */
function expectTwin(name: string, from: number, twin: (returns: number[], closes: number[], i: number) => number): void {
  const column = feature(features, name);
  for (let i = 0; i < from; i++) expect(column[i], `${name}, bar ${i}`).toBeNaN();
  for (let i = from; i < bars.length; i++) {
    expect(column[i], `${name}, bar ${i}`).toBeCloseTo(twin(lastValues(returns, i, N), lastValues(bars.close, i, N), i), 9);
  }
}

const downsideDeviation = (window: readonly number[]): number =>
  Math.sqrt(window.reduce((sum, value) => sum + Math.min(value, 0) ** 2, 0) / window.length);

/** All pairs of an earlier and a later close. */
function maxDrawdown(closes: readonly number[]): number {
  return closes.reduce((worst, high, i) => closes.slice(i).reduce((deepest, low) => Math.max(deepest, 1 - low / high), worst), 0);
}

describe('risk metrics', () => {
  it('relates the mean return to its deviation and to its losses', () => {
    expectTwin('sharpe_60', N, (window) => Number(mean(window)) / Number(std(window, 'unbiased')));
    expectTwin('downside_deviation_60', N, downsideDeviation);
    expectTwin('sortino_60', N, (window) => Number(mean(window)) / downsideDeviation(window));
  });

  it('measures the worst 5 % of returns', () => {
    expectTwin('value_at_risk_95_60', N, (window) => -Number(quantileSeq(window, 0.05)));
    expectTwin('conditional_value_at_risk_95_60', N, (window) => -Number(mean(window.toSorted((a, b) => a - b).slice(0, 3))));
  });

  it('measures falls from the high', () => {
    expectTwin('drawdown_60', N - 1, (_, closes) => 1 - closes[N - 1] / Math.max(...closes));
    expectTwin('drawdown', 0, (_r, _c, i) => 1 - bars.close[i] / Math.max(...bars.close.subarray(0, i + 1)));
    expectTwin('ulcer_index_60', N - 1, (_, closes) => {
      const squares = closes.map((close, k) => (100 * (close / Math.max(...closes.slice(0, k + 1)) - 1)) ** 2);
      return Math.sqrt(Number(mean(squares)));
    });
    expectTwin('calmar_60', N - 1, (_, closes) => (closes[N - 1] / closes[0] - 1) / maxDrawdown(closes));
  });

  it('has the maximum drawdown of all pairs of closes, to the bit', () => {
    const rolling = feature(features, 'max_drawdown_60');
    const expanding = feature(features, 'max_drawdown');
    for (let i = N - 1; i < bars.length; i++) {
      expect(rolling[i], `bar ${i}`).toBe(maxDrawdown(lastValues(bars.close, i, N)));
      if (i % 50 === 0) expect(expanding[i], `bar ${i}`).toBe(maxDrawdown(lastValues(bars.close, i, i + 1)));
    }
  });

  it('has 0 for a price that never moves', () => {
    for (const [name, column] of runFamily(risk(), barsOfCloses(Array(100).fill(7.3), 1))) expect(column[99], name).toBe(0);
  });

  it('limits gains without a loss to 100', () => {
    const rising = runFamily(
      risk(),
      barsOfCloses(
        Array.from({ length: 100 }, (_, i) => 100 + i),
        1,
      ),
    );
    expect(feature(rising, 'sortino_60')[99]).toBe(100);
    expect(feature(rising, 'calmar_60')[99]).toBe(100);
    expect(feature(rising, 'ulcer_index_60')[99]).toBe(0);
    expect(feature(rising, 'value_at_risk_95_60')[99]).toBeLessThan(0);
    const falling = runFamily(
      risk(),
      barsOfCloses(
        Array.from({ length: 100 }, (_, i) => 200 - i),
        1,
      ),
    );
    expect(feature(falling, 'calmar_60')[99]).toBe(-1);
    expect(feature(falling, 'sortino_60')[99]).toBeGreaterThanOrEqual(-1);
  });

  it('has Sharpe 0 for constant growth, whose deviation is rounding', () => {
    const growth = runFamily(
      risk(),
      barsOfCloses(
        Array.from({ length: 100 }, (_, i) => 1.01 ** i),
        1,
      ),
    );
    expect(feature(growth, 'sharpe_60')[99]).toBe(0);
  });

  it('forgets a crash when it leaves the window', () => {
    const closes = Array.from({ length: 200 }, (_, i) => (i === 100 ? 1e-6 : 1e6));
    const result = runFamily(risk(), barsOfCloses(closes, 1));
    // the crash itself is a fall from the close before, which leaves at bar 159
    expect(feature(result, 'max_drawdown_60')[158]).toBeCloseTo(1, 9);
    expect(feature(result, 'max_drawdown_60')[159]).toBe(0);
    expect(feature(result, 'ulcer_index_60')[160]).toBe(0);
    expect(feature(result, 'conditional_value_at_risk_95_60')[159]).toBeCloseTo(1 / 3, 9);
    expect(feature(result, 'conditional_value_at_risk_95_60')[160]).toBe(0);
    expect(feature(result, 'sharpe_60')[160]).toBeGreaterThan(0);
    expect(feature(result, 'sharpe_60')[161]).toBe(0);
  });
});
