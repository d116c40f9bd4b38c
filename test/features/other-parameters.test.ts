import { describe, expect, it } from 'vitest';
import {
  bollinger,
  macd,
  momentum,
  movingAverages,
  rangeAndTrend,
  regime,
  risk,
  type rsi,
  statistics,
  volatility,
  volume,
} from '../../src/features';
import { corr, kurtosisOf, mean, quantileSeq, skewnessOf, std, sum, variance } from './plain-statistics';
import { lastValues, randomBars } from './random-bars';
import { feature, MINUTES, runFamily } from './run-family';

const bars = randomBars({ count: 260, seed: 77 });
const { open, high, low, close, volume: traded } = bars;
const returns = close.map((value, i) => (i === 0 ? Number.NaN : value / close[i - 1] - 1));
const logs = close.map((value, i) => (i === 0 ? Number.NaN : Math.log(value / close[i - 1])));
const typical = close.map((value, i) => (high[i] + low[i] + value) / 3);
const ranges = close.map((_, i) =>
  i === 0 ? Number.NaN : Math.max(high[i] - low[i], Math.abs(high[i] - close[i - 1]), Math.abs(low[i] - close[i - 1])),
);
const of = (values: Float64Array, i: number, n: number) => lastValues(values, i, n);
const most = (values: readonly number[]) => Math.max(...values);
const least = (values: readonly number[]) => Math.min(...values);

/** Wilder's average up to bar i of values that begin on bar 1. */
function wilder(values: Float64Array, i: number, n: number): number {
  let average = mean(Array.from(values.subarray(1, n + 1)));
  for (let k = n + 1; k <= i; k++) average = (average * (n - 1) + values[k]) / n;
  return average;
}

/** Exponential average up to bar i, seeded by the mean of the first n from a bar on. */
function ema(values: Float64Array, i: number, n: number, from = 0): number {
  let average = mean(Array.from(values.subarray(from, from + n)));
  for (let k = from + n; k <= i; k++) average += ((values[k] - average) * 2) / (n + 1);
  return average;
}

/** J. W. Wilder's directional movement from scratch, with sums as TA-Lib has them. */
function directional(i: number, n: number): { plus: number; minus: number; index: number } {
  let [plus, minus, range, total, index] = [0, 0, 0, 0, Number.NaN];
  let [plusDi, minusDi] = [0, 0];
  for (let bar = 1; bar <= i; bar++) {
    const up = high[bar] - high[bar - 1];
    const down = low[bar - 1] - low[bar];
    const keep = bar >= n ? 1 - 1 / n : 1;
    plus = plus * keep + (up > down && up > 0 ? up : 0);
    minus = minus * keep + (down > up && down > 0 ? down : 0);
    range = range * keep + ranges[bar];
    if (bar < n) continue;
    plusDi = range === 0 ? 0 : (100 * plus) / range;
    minusDi = range === 0 ? 0 : (100 * minus) / range;
    const dx = plusDi + minusDi === 0 ? 0 : (100 * Math.abs(plusDi - minusDi)) / (plusDi + minusDi);
    if (bar < 2 * n) total += dx;
    if (bar === 2 * n - 1) index = total / n;
    if (bar >= 2 * n) index = (index * (n - 1) + dx) / n;
  }
  return { plus: plusDi, minus: minusDi, index };
}

/** Fast %K of n bars. */
const fastK = (i: number, n: number) => {
  const [top, bottom] = [most(of(high, i, n)), least(of(low, i, n))];
  return top === bottom ? 50 : (100 * (close[i] - bottom)) / (top - bottom);
};
const slowK = (i: number, n: number, smoothing: number) => mean(Array.from({ length: smoothing }, (_, k) => fastK(i - k, n)));

const closeVolatility = (i: number, n: number) => std(of(logs, i, n - 1));

type Reference = readonly [name: string, from: number, value: (i: number) => number];

const REFERENCES: readonly [string, ReturnType<typeof rsi>, readonly Reference[]][] = [
  [
    'statistics of odd windows',
    statistics({
      windows: [7, 33],
      autocorrelations: [[2, 9]],
      absoluteAutocorrelations: [[1, 11]],
      zScores: [13],
      ranks: [8],
      upShares: [3],
    }),
    [
      ['return_mean_7', 7, (i) => mean(of(logs, i, 7))],
      ['return_std_33', 33, (i) => std(of(logs, i, 33))],
      ['return_skewness_7', 7, (i) => skewnessOf(of(logs, i, 7))],
      ['return_kurtosis_33', 33, (i) => kurtosisOf(of(logs, i, 33))],
      ['close_zscore_7', 6, (i) => (close[i] - mean(of(close, i, 7))) / std(of(close, i, 7))],
      ['range_position_33', 32, (i) => (close[i] - least(of(low, i, 33))) / (most(of(high, i, 33)) - least(of(low, i, 33)))],
      ['return_autocorrelation_2_9', 9, (i) => autocorrelation(of(logs, i, 9), 2)],
      ['absolute_return_autocorrelation_1_11', 11, (i) => autocorrelation(of(logs, i, 11).map(Math.abs), 1)],
      ['return_zscore_13', 13, (i) => (logs[i] - mean(of(logs, i, 13))) / std(of(logs, i, 13))],
      [
        'return_rank_8',
        8,
        (i) =>
          mean(
            of(logs, i, 8)
              .slice(0, -1)
              .map((value) => (value < logs[i] ? 1 : value === logs[i] ? 0.5 : 0)),
          ),
      ],
      ['up_share_3', 3, (i) => mean(of(logs, i, 3).map((value) => (value > 0 ? 1 : 0)))],
    ],
  ],
  [
    'risk of 20 and 100 bars',
    risk({ windows: [20, 100] }),
    [
      ['value_at_risk_95_20', 20, (i) => -quantileSeq(of(returns, i, 20), 0.05)],
      ['value_at_risk_95_100', 100, (i) => -quantileSeq(of(returns, i, 100), 0.05)],
      ['conditional_value_at_risk_95_20', 20, (i) => -least(of(returns, i, 20))],
      ['conditional_value_at_risk_95_100', 100, (i) => -mean([...of(returns, i, 100)].sort((a, b) => a - b).slice(0, 5))],
      ['sharpe_20', 20, (i) => mean(of(returns, i, 20)) / std(of(returns, i, 20))],
      ['drawdown_100', 99, (i) => 1 - close[i] / most(of(close, i, 100))],
    ],
  ],
  [
    'ranges and trends',
    rangeAndTrend({ atr: [5], stochastic: [{ period: 9, smoothing: 4 }], williamsR: [6], adx: [5], cci: [11] }),
    [
      ['atr_5', 5, (i) => wilder(ranges, i, 5)],
      ['atr_5_percent', 5, (i) => (100 * wilder(ranges, i, 5)) / close[i]],
      ['stochastic_k_9_4', 11, (i) => slowK(i, 9, 4)],
      ['stochastic_d_9_4', 14, (i) => mean([0, 1, 2, 3].map((k) => slowK(i - k, 9, 4)))],
      ['williams_r_6', 5, (i) => fastK(i, 6) - 100],
      ['plus_di_5', 5, (i) => directional(i, 5).plus],
      ['minus_di_5', 5, (i) => directional(i, 5).minus],
      ['adx_5', 9, (i) => directional(i, 5).index],
      [
        'cci_11',
        10,
        (i) => {
          const values = of(typical, i, 11);
          const centre = mean(values);
          return (typical[i] - centre) / (0.015 * mean(values.map((value) => Math.abs(value - centre))));
        },
      ],
    ],
  ],
  [
    'volume',
    volume({ windows: [6], mfi: [4], adSlopes: [9] }),
    [
      ['volume_ratio_6', 5, (i) => (sum(of(traded, i, 6)) === 0 ? 1 : traded[i] / mean(of(traded, i, 6)))],
      [
        'vwap_6_distance',
        5,
        (i) => {
          const paid = sum(of(typical, i, 6).map((price, k) => price * traded[i - 5 + k]));
          return paid === 0 ? 0 : (close[i] * sum(of(traded, i, 6))) / paid - 1;
        },
      ],
    ],
  ],
  [
    'momentum',
    momentum({ rates: [3], distances: [4], atr: 6 }),
    [
      ['roc_3', 3, (i) => 100 * (close[i] / close[i - 3] - 1)],
      ['momentum_4', 4, (i) => close[i] - close[i - 4]],
      ['momentum_4_atr_6', 6, (i) => (close[i] - close[i - 4]) / wilder(ranges, i, 6)],
    ],
  ],
  [
    'moving averages',
    movingAverages({ sma: [3, 8], ema: [6], slopes: ['ema_6'], slopeBars: 2, crosses: [['sma_3', 'ema_6']] }),
    [
      ['sma_8', 7, (i) => mean(of(close, i, 8))],
      ['ema_6', 5, (i) => ema(close, i, 6)],
      ['sma_3_distance', 2, (i) => close[i] / mean(of(close, i, 3)) - 1],
      ['ema_6_slope_2', 7, (i) => ema(close, i, 6) / ema(close, i - 2, 6) - 1],
      ['sma_3_ema_6_cross', 5, (i) => mean(of(close, i, 3)) / ema(close, i, 6) - 1],
    ],
  ],
  [
    'Bollinger bands',
    bollinger({ period: 9, deviations: 1.5 }),
    [
      ['bollinger_upper_9_1p5', 8, (i) => mean(of(close, i, 9)) + 1.5 * std(of(close, i, 9), 0)],
      ['bollinger_bandwidth_9_1p5', 8, (i) => (3 * std(of(close, i, 9), 0)) / mean(of(close, i, 9))],
    ],
  ],
  ['MACD', macd({ fast: 4, slow: 11, signal: 3 }), [['macd_line_4_11_3_14', 10, (i) => ema(close, i, 4, 7) - ema(close, i, 11)]]],
  [
    'volatility',
    volatility({ windows: [5, 9], ofVolatility: [[5, 12]], ratios: [[5, 9]] }),
    [
      ['close_volatility_5', 4, (i) => closeVolatility(i, 5)],
      [
        'volatility_of_volatility_5_12',
        15,
        (i) => {
          const values = Array.from({ length: 12 }, (_, k) => closeVolatility(i - k, 5));
          return std(values) / mean(values);
        },
      ],
      ['volatility_ratio_5_9', 8, (i) => closeVolatility(i, 5) / closeVolatility(i, 9)],
      [
        'parkinson_volatility_9',
        8,
        (i) => Math.sqrt(mean(of(high, i, 9).map((top, k) => Math.log(top / low[i - 8 + k]) ** 2)) / (4 * Math.LN2)),
      ],
      ['yang_zhang_volatility_5', 5, (i) => yangZhang(i, 5)],
    ],
  ],
  [
    'regime',
    regime({ trend: [7, 12], varianceRatio: [15], efficiency: [6], sinceHigh: [9], volatility: [5] }),
    [
      ['trend_strength_7', 6, (i) => corr(of(close, i, 7))],
      ['trend_strength_12', 11, (i) => corr(of(close, i, 12))],
      ['efficiency_ratio_6', 6, (i) => efficiency(i, 6)],
      ['bars_since_high_9', 8, (i) => sinceHigh(i, 9) / 8],
      ['variance_ratio_5_15', 15, (i) => varianceRatio(i, 15)],
      [
        'volatility_rank_5',
        24,
        (i) => {
          const [newest, ...before] = Array.from({ length: 5 }, (_, k) => std(of(logs, i - k, 20)));
          return mean(before.map((value) => (value < newest ? 1 : value === newest ? 0.5 : 0)));
        },
      ],
    ],
  ],
];

function autocorrelation(values: readonly number[], lag: number): number {
  const centre = mean(values);
  const deviations = values.map((value) => value - centre);
  return sum(deviations.slice(lag).map((value, k) => value * deviations[k])) / sum(deviations.map((value) => value * value));
}

function efficiency(i: number, n: number): number {
  const path = sum(Array.from({ length: n }, (_, k) => Math.abs(close[i - k] - close[i - k - 1])));
  return path === 0 ? 0 : Math.abs(close[i] - close[i - n]) / path;
}

function sinceHigh(i: number, n: number): number {
  const values = of(close, i, n);
  return n - 1 - values.lastIndexOf(most(values));
}

/** VR(5) of Lo & MacKinlay 1988, both variances unbiased. */
function varianceRatio(i: number, n: number): number {
  const values = of(logs, i, n);
  const centre = mean(values);
  const spans = Array.from({ length: n - 4 }, (_, k) => sum(values.slice(k, k + 5)) - 5 * centre);
  return sum(spans.map((value) => value * value)) / (5 * (n - 4) * (1 - 5 / n)) / variance(values);
}

function yangZhang(i: number, n: number): number {
  const bar = Array.from({ length: n }, (_, k) => i - n + 1 + k);
  const overnight = bar.map((b) => Math.log(open[b] / close[b - 1]));
  const day = bar.map((b) => Math.log(close[b] / open[b]));
  const drift = mean(
    bar.map((b) => {
      const [u, d, c] = [high[b], low[b], close[b]].map((price) => Math.log(price / open[b]));
      return u * (u - c) + d * (d - c);
    }),
  );
  const k = 0.34 / (1.34 + (n + 1) / (n - 1));
  return Math.sqrt(variance(overnight) + k * variance(day) + (1 - k) * drift);
}

describe.each(REFERENCES)('%s, other than the standard ones', (_, family, references) => {
  const features = runFamily(family, bars, MINUTES, [1, 100]);

  it.each(references)('%s', (name, from, value) => {
    const column = feature(features, name);
    for (let i = 0; i < bars.length; i++) {
      if (i < from) expect(column[i], `bar ${i}`).toBeNaN();
      else
        expect(Math.abs(column[i] - value(i)), `bar ${i}: ${column[i]}, ${value(i)}`).toBeLessThan(1e-8 * Math.max(1, Math.abs(column[i])));
    }
  });
});
