import { describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { DAY_MS, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { volume } from '../../src/features/volume';
import { runClassical } from './classical-families';
import { barsOf, barsOfCloses, feature, runFamily, START } from './run-family';

const lastOf = (bars: Bars) => {
  const features = runClassical(bars);
  return (name: string) => feature(features, name)[bars.length - 1];
};

/** What every feature says where nothing moves. */
const WITHOUT_MOVEMENT: Readonly<Record<string, number>> = {
  sma_50_slope_5: 0,
  true_range: 0,
  bollinger_percent_b: 0.5,
  bollinger_bandwidth: 0,
  rsi_7: 50,
  rsi_14: 50,
  rsi_21: 50,
  macd_line_atr: 0,
  macd_signal_atr: 0,
  macd_histogram_atr: 0,
  stochastic_k: 50,
  stochastic_d: 50,
  williams_r_14: -50,
  plus_di_14: 0,
  minus_di_14: 0,
  cci_20: 0,
  mfi_14: 50,
  cmf_20: 0,
  obv_slope_20: 0,
  ad_line_slope_5: 0,
  roc_60: 0,
  momentum_10: 0,
  momentum_10_atr: 0,
  volume_ratio_20: 1,
};

describe('prices that never moved', () => {
  // 0.1 and 1e6 / 3 have sums that round
  it.each([0.1, 100, 1e6 / 3, 1e-6])('at %f', (price) => {
    const last = lastOf(barsOfCloses(new Array(1000).fill(price), 10));
    for (const [name, value] of Object.entries(WITHOUT_MOVEMENT)) expect(last(name), name).toBeCloseTo(value, 12);
    expect(last('adx_14')).toBe(0);
    expect(last('atr_14')).toBe(0);
    expect(last('sma_50_200_cross_age')).toBe(0);
    expect(last('vwap_20_distance')).toBeCloseTo(0, 14);
  });
});

describe('a move, then 12,000 bars of stillness, until even denormal numbers have faded', () => {
  it.each([
    ['up', 3, 1],
    ['down', 1, 3],
    ['up a million times a million', 1e-6, 1e6],
    ['down a million times a million', 1e6, 1e-6],
  ])('%s', (_, before, after) => {
    const rising = new Array(60).fill(0).map((_unused, i) => before * (1 + i / 1000));
    const bars = barsOfCloses([...rising, ...new Array(12_000).fill(after)], 10);
    const features = runClassical(bars);
    for (const [name, value] of Object.entries(WITHOUT_MOVEMENT))
      expect(feature(features, name)[bars.length - 1], name).toBeCloseTo(value, 12);
    // the last trend stays on record: nothing has contradicted it
    expect(feature(features, 'adx_14')[bars.length - 1]).toBeGreaterThan(50);
    expect(feature(features, 'sma_50_200_cross_age')[bars.length - 1]).toBe(after > before ? 500 : -500);
    for (const [name, column] of features) expect(column.subarray(400).every(Number.isFinite), name).toBe(true);
  });
});

describe('a move that fades', () => {
  it('is forgotten by the measure of its own price: at a billionth of the price as late as at the price', () => {
    const close = [...new Array(60).fill(0).map((_, i) => 1 + i / 1000), ...new Array(600).fill(1.06)];
    const rsi = feature(runClassical(barsOfCloses(close, 1)), 'rsi_14');
    const cheap = feature(
      runClassical(
        barsOfCloses(
          close.map((price) => price * 2 ** -30),
          1,
        ),
      ),
      'rsi_14',
    );
    expect(cheap).toEqual(rsi);
    expect([rsi[200], rsi[600]]).toEqual([100, 50]);
  });
});

describe('no volume at all', () => {
  const close = new Array(100).fill(0).map((_, i) => 100 + (i % 7));
  const last = lastOf(
    barsOf({ high: close.map((price) => price + 1), low: close.map((price) => price - 2), close, volume: close.map(() => 0) }),
  );

  it('is a neutral money flow, an average ratio and no distance', () => {
    expect(last('mfi_14')).toBe(50);
    expect(last('volume_ratio_20')).toBe(1);
    expect(last('volume_ratio_20_log')).toBe(0);
    for (const name of ['vwap_20_distance', 'vwap_session_distance', 'cmf_20', 'obv_slope_20', 'ad_line_slope_5', 'obv', 'ad_line']) {
      expect(last(name), name).toBe(0);
    }
  });
});

describe('moving averages', () => {
  it('count the bars since the 50-bar average crossed the 200-bar one', () => {
    // 300 falling bars, then rising ones
    const close = new Array(500).fill(0).map((_, i) => (i < 300 ? 1000 - i : 700 + 5 * (i - 300)));
    const features = runClassical(barsOfCloses(close, 1));
    const cross = feature(features, 'sma_50_200_cross');
    const age = feature(features, 'sma_50_200_cross_age');
    const at = cross.findIndex((value) => value > 0);
    expect(at).toBeGreaterThan(300);
    expect([...age.subarray(199, 202)]).toEqual([-1, -2, -3]);
    expect([...age.subarray(at - 1, at + 3)]).toEqual([-(at - 199), 1, 2, 3]);
  });

  it('have slopes over five bars', () => {
    const close = new Array(60).fill(0).map((_, i) => 100 + i);
    // mean of closes 100 + 40..59 and of five bars before
    expect(lastOf(barsOfCloses(close, 1))('sma_20_slope_5')).toBeCloseTo(149.5 / 144.5 - 1, 15);
  });
});

describe('volume', () => {
  const close = new Array(40).fill(0).map((_, i) => 100 + i);
  const hours = (first: number, count: number) => new Array(count).fill(0).map((_, i) => first + i * 60 * MINUTE_MS);
  const bars = (timestamp: readonly number[]) => barsOf({ timestamp, high: close, low: close, close, volume: close.map((_, i) => i + 1) });
  const sessionDistance = (timestamp: readonly number[], options: Parameters<typeof resolveMarket>[1]) =>
    feature(runFamily(volume(), bars(timestamp), resolveMarket(60 * MINUTE_MS, options)), 'vwap_session_distance');

  it('starts the session average anew on the local date, across daylight saving', () => {
    // New York goes from UTC-5 to UTC-4 on 2024-03-10: midnights at 05:00 UTC on the 10th, at 04:00 UTC on the 11th
    const distance = sessionDistance(hours(Date.UTC(2024, 2, 9, 20), 40), { exchange: 'NASDAQ' });
    const starts = [...distance].flatMap((value, i) => (Math.abs(value) < 1e-15 ? [i] : []));
    expect(starts).toEqual([0, 9, 32]);
    // closes 109 and 110 with volumes 10 and 11
    expect(distance[10]).toBeCloseTo(110 / ((109 * 10 + 110 * 11) / 21) - 1, 14);
  });

  it('counts a bar that is stamped with its end to the date on which it began', () => {
    const distance = sessionDistance(hours(Date.UTC(2024, 0, 1, 23), 40), { stamp: 'end' });
    const starts = [...distance].flatMap((value, i) => (Math.abs(value) < 1e-15 ? [i] : []));
    expect(starts).toEqual([0, 2, 26]);
  });

  it('has no session average of daily bars', () => {
    const names = volume()
      .features(resolveMarket(DAY_MS))
      .map(({ name }) => name);
    expect(names).not.toContain('vwap_session_distance');
    expect(names).toHaveLength(volume().features(resolveMarket(MINUTE_MS)).length - 1);
    const daily = barsOf({ timestamp: close.map((_, i) => START + i * DAY_MS), high: close, low: close, close, volume: close });
    expect([...runFamily(volume(), daily, resolveMarket(DAY_MS)).keys()]).toEqual(names);
  });

  it('measures slopes of OBV and A/D line against what was traded, however large the lines have grown', () => {
    const many = [...close, ...close.map((price) => price + 40)];
    const traded = many.map((_, i) => (i < 40 ? 1e15 : 1e-6));
    const last = lastOf(barsOf({ high: many, low: many.map((price) => price - 1), close: many, volume: traded }));
    // every bar closes higher, and at its high
    expect(last('obv_slope_20')).toBe(1);
    expect(last('cmf_20')).toBe(1);
    expect(last('ad_line_slope_5')).toBe(1);
  });
});

describe('trends', () => {
  it('have an RSI, stochastic and ADX of 100 when every bar rises, of 0 when every bar falls', () => {
    const up = new Array(100).fill(0).map((_, i) => 100 + i);
    const rising = lastOf(barsOfCloses(up, 1));
    const falling = lastOf(barsOfCloses(up.toReversed(), 1));
    expect([rising('rsi_14'), rising('stochastic_k'), rising('williams_r_14'), rising('mfi_14')]).toEqual([100, 100, 0, 100]);
    expect([falling('rsi_14'), falling('stochastic_k'), falling('williams_r_14'), falling('mfi_14')]).toEqual([0, 0, -100, 0]);
    expect([rising('plus_di_14'), rising('minus_di_14'), rising('adx_14')]).toEqual([100, 0, 100]);
    expect([falling('plus_di_14'), falling('minus_di_14'), falling('adx_14')]).toEqual([0, 100, 100]);
    expect(rising('momentum_10_atr')).toBe(10);
    expect(falling('momentum_10_atr')).toBe(-10);
  });
});
