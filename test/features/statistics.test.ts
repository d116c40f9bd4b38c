import { mean, std } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { statistics } from '../../src/features/statistics';
import { lastValues, randomBars } from './random-bars';
import { barsOfCloses, feature, MINUTES, runFamily } from './run-family';

const bars = randomBars({ count: 500, seed: 3 });
const features = runFamily(statistics(), bars, MINUTES, [61, 300]);
const returns = Array.from(bars.close, (close, i) => (i === 0 ? Number.NaN : Math.log(close / bars.close[i - 1])));

/** Compares every bar from `from` on with what `twin` makes of the window's values. */
function expectTwin(name: string, from: number, twin: (i: number) => number): void {
  const column = feature(features, name);
  for (let i = 0; i < from; i++) expect(column[i], `${name}, bar ${i}`).toBeNaN();
  for (let i = from; i < bars.length; i++) expect(column[i], `${name}, bar ${i}`).toBeCloseTo(twin(i), 9);
}

/** Population moment about the mean, in two passes. */
function moment(values: readonly number[], power: number): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - centre) ** power, 0) / values.length;
}

/** Autocorrelation in two passes; the divisor is the whole window's sum of squares. */
function autocorrelation(values: readonly number[], lag: number): number {
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
  const products = values.slice(lag).reduce((sum, value, i) => sum + (value - centre) * (values[i] - centre), 0);
  return products / (values.length * moment(values, 2));
}

describe('basic statistics', () => {
  it('has both kinds of return', () => {
    expectTwin('log_return', 1, (i) => returns[i]);
    expectTwin('simple_return', 1, (i) => Math.exp(returns[i]) - 1);
  });

  it.each([20, 60])('mean and sample standard deviation of %i returns are those of mathjs', (n) => {
    expectTwin(`return_mean_${n}`, n, (i) => Number(mean(lastValues(returns, i, n))));
    expectTwin(`return_std_${n}`, n, (i) => Number(std(lastValues(returns, i, n), 'unbiased')));
  });

  it.each([20, 60])('skewness and kurtosis of %i returns are the bias-corrected ones, not the population ones', (n) => {
    expectTwin(`return_skewness_${n}`, n, (i) => {
      const window = lastValues(returns, i, n);
      const population = moment(window, 3) / moment(window, 2) ** 1.5;
      return (population * Math.sqrt(n * (n - 1))) / (n - 2);
    });
    expectTwin(`return_kurtosis_${n}`, n, (i) => {
      const window = lastValues(returns, i, n);
      const population = moment(window, 4) / moment(window, 2) ** 2 - 3;
      return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * population + 6);
    });
  });

  it('has the skewness and kurtosis that pandas has', () => {
    // pandas.Series([1, 2, ..., 19, 40]).skew() and .kurt(), as log returns of a hundredth
    const values = [...Array.from({ length: 19 }, (_, i) => i + 1), 40];
    let log = 0;
    const closes = [0, ...values].map((value) => {
      log += value / 100;
      return Math.exp(log);
    });
    const result = runFamily(statistics(), barsOfCloses(closes, 1));
    expect(feature(result, 'return_skewness_20')[20]).toBeCloseTo(1.8475208614068028, 9);
    expect(feature(result, 'return_kurtosis_20')[20]).toBeCloseTo(5.427555555555555, 9);
  });

  it.each([20, 60])('z-score and position in range of %i bars', (n) => {
    expectTwin(`close_zscore_${n}`, n - 1, (i) => {
      const window = lastValues(bars.close, i, n);
      return (bars.close[i] - Number(mean(window))) / Number(std(window, 'unbiased'));
    });
    expectTwin(`range_position_${n}`, n - 1, (i) => {
      const low = Math.min(...lastValues(bars.low, i, n));
      return (bars.close[i] - low) / (Math.max(...lastValues(bars.high, i, n)) - low);
    });
  });

  it('autocorrelates returns and absolute returns', () => {
    expectTwin('return_autocorrelation_1_20', 20, (i) => autocorrelation(lastValues(returns, i, 20), 1));
    expectTwin('return_autocorrelation_1_60', 60, (i) => autocorrelation(lastValues(returns, i, 60), 1));
    expectTwin('return_autocorrelation_5_60', 60, (i) => autocorrelation(lastValues(returns, i, 60), 5));
    expectTwin('absolute_return_autocorrelation_1_60', 60, (i) => autocorrelation(lastValues(returns, i, 60).map(Math.abs), 1));
  });

  it('places a return among its neighbours', () => {
    expectTwin('return_zscore_60', 60, (i) => {
      const window = lastValues(returns, i, 60);
      return (returns[i] - Number(mean(window))) / Number(std(window, 'unbiased'));
    });
    expectTwin('up_share_20', 20, (i) => lastValues(returns, i, 20).filter((value) => value > 0).length / 20);
    const rank = feature(features, 'return_rank_60');
    const own = feature(features, 'log_return');
    for (let i = 60; i < bars.length; i++) {
      const before = lastValues(own, i - 1, 59);
      const smaller = before.filter((value) => value < own[i]).length;
      const equal = before.filter((value) => value === own[i]).length;
      expect(rank[i]).toBeCloseTo((smaller + equal / 2) / 59, 12);
    }
  });

  it('decides what flat closes have', () => {
    const flat = runFamily(statistics(), barsOfCloses(Array(100).fill(7.3), 1));
    for (const [name, column] of flat) {
      const expected = name.startsWith('range_position') || name === 'return_rank_60' ? 0.5 : 0;
      expect(column[99], name).toBe(expected);
    }
  });

  it('takes the rounding of a constant growth for no deviation', () => {
    const growth = runFamily(
      statistics(),
      barsOfCloses(
        Array.from({ length: 100 }, (_, i) => 1.01 ** i),
        1,
      ),
    );
    for (const name of ['return_skewness_60', 'return_kurtosis_60', 'return_zscore_60', 'return_autocorrelation_1_60']) {
      expect(feature(growth, name)[99], name).toBe(0);
    }
    expect(feature(growth, 'return_mean_60')[99]).toBeCloseTo(Math.log(1.01), 12);
    expect(feature(growth, 'up_share_20')[99]).toBe(1);
  });

  it('stays within its ranges when one price in 60 is a million times the others', () => {
    const closes = Array.from({ length: 300 }, (_, i) => (i % 60 === 30 ? 1e6 : 1) * (1 + (i % 7) * 1e-9));
    const result = runFamily(statistics(), barsOfCloses(closes, 0));
    for (const { name, warmup, range } of statistics().features(MINUTES)) {
      for (const value of feature(result, name).subarray(warmup)) {
        expect(Number.isFinite(value) && value >= range[0] && value <= range[1], `${name} ${value}`).toBe(true);
      }
    }
    expect(feature(result, 'close_zscore_60')[270]).toBeCloseTo(59 / Math.sqrt(60), 6);
  });
});
