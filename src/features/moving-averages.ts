import type { FeatureFamily, FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { Ema } from './recursions';
import { rollingMean } from './windows';

const SMA_PERIODS = [5, 10, 20, 50, 100, 200] as const;
const EMA_PERIODS = [12, 26, 50, 200] as const;
const AVERAGES = SMA_PERIODS.length + EMA_PERIODS.length;

/** Columns of the averages that slopes and crosses are made of. */
const [SMA_5, SMA_20, SMA_50, SMA_200, EMA_12, EMA_26] = [0, 2, 3, 5, 6, 7];

const SLOPE_BARS = 5;
const PROFILE_DISTANCES: readonly string[] = ['sma_10', 'sma_100', 'ema_26'];
const SLOPES = [
  { average: SMA_20, name: 'sma_20', warmup: 19 },
  { average: SMA_50, name: 'sma_50', warmup: 49 },
  { average: SMA_200, name: 'sma_200', warmup: 199 },
] as const;

const CROSSES = [
  { short: SMA_5, long: SMA_20, name: 'sma_5_20_cross', warmup: 19 },
  { short: SMA_50, long: SMA_200, name: 'sma_50_200_cross', warmup: 199 },
  { short: EMA_12, long: EMA_26, name: 'ema_12_26_cross', warmup: 25 },
] as const;

/** Which cross has its age measured, and the age at which counting stops. */
const AGED_CROSS = 1;
const OLDEST_CROSS = 500;

const DISTANCES_AT = AVERAGES;
const SLOPES_AT = DISTANCES_AT + AVERAGES;
const CROSSES_AT = SLOPES_AT + SLOPES.length;
const AGE_AT = CROSSES_AT + CROSSES.length;

function specs(): FeatureSpec[] {
  const group = 'technical_indicators';
  const averages = [
    ...SMA_PERIODS.map((period) => ({ name: `sma_${period}`, warmup: period - 1 })),
    ...EMA_PERIODS.map((period) => ({ name: `ema_${period}`, warmup: period - 1 })),
  ];
  return [
    ...averages.map(
      ({ name, warmup }): FeatureSpec => ({ name, group, unit: 'price', range: [0, Number.POSITIVE_INFINITY], warmup, model: false }),
    ),
    ...averages.map(
      ({ name, warmup }): FeatureSpec => ({
        name: `${name}_distance`,
        group,
        unit: 'ratio',
        range: [-1, Number.POSITIVE_INFINITY],
        warmup,
        // distances to averages of neighbouring lengths say nearly the same: models see every other one
        model: !PROFILE_DISTANCES.includes(name),
      }),
    ),
    ...SLOPES.map(
      ({ name, warmup }): FeatureSpec => ({
        name: `${name}_slope_${SLOPE_BARS}`,
        group,
        unit: 'ratio',
        range: [-1, Number.POSITIVE_INFINITY],
        warmup: warmup + SLOPE_BARS,
        model: true,
      }),
    ),
    ...CROSSES.map(
      ({ name, warmup }): FeatureSpec => ({ name, group, unit: 'ratio', range: [-1, Number.POSITIVE_INFINITY], warmup, model: true }),
    ),
    {
      name: `${CROSSES[AGED_CROSS].name}_age`,
      group,
      unit: 'bars',
      range: [-OLDEST_CROSS, OLDEST_CROSS],
      warmup: CROSSES[AGED_CROSS].warmup,
      model: true,
    },
  ];
}

/** out = a / b - 1, NaN where either is. */
function relative(a: Float64Array, b: Float64Array, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = a[i] / b[i] - 1;
}

/** Signed age of a cross from the relative distance of its averages; `state` holds side (1, -1, or 0 before any) and age. */
function ageCross(distance: Float64Array, count: number, state: Float64Array, out: Float64Array): void {
  let [side, age] = state;
  for (let i = 0; i < count; i++) {
    const value = distance[i];
    if (Number.isNaN(value)) {
      out[i] = Number.NaN;
      continue;
    }
    let now = side;
    if (value > NEGLIGIBLE) now = 1;
    else if (value < -NEGLIGIBLE) now = -1;
    if (now !== side) age = 0;
    side = now;
    if (side !== 0 && age < OLDEST_CROSS) age++;
    // not side * age: at side 0 that could be -0
    out[i] = side < 0 ? -age : age;
  }
  state[0] = side;
  state[1] = age;
}

/**
 * Simple and exponential moving averages of the close, and what they say without the price level.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `sma_N`, N = 5, 10, 20, 50, 100, 200 | mean of the last N closes (TA-Lib `SMA`) | price, above 0 | no |
 * | `ema_N`, N = 12, 26, 50, 200 | weight 2 / (N + 1), seeded by the mean of the first N closes (TA-Lib `EMA`) | price, above 0 | no |
 * | `sma_N_distance`, `ema_N_distance` | close / average - 1 | ratio, above -1 | yes, without `sma_10`, `sma_100`, `ema_26` |
 * | `sma_N_slope_5`, N = 20, 50, 200 | average / average 5 bars ago - 1 | ratio, above -1 | yes |
 * | `sma_5_20_cross`, `sma_50_200_cross`, `ema_12_26_cross` | short average / long average - 1 | ratio, above -1 | yes |
 * | `sma_50_200_cross_age` | bars since the 50-bar average last crossed the 200-bar one, the bar of the cross counting 1, up to 500; positive while it is above, negative while below | bars, -500 to 500 | yes |
 *
 * Before a first cross the age counts from the first bar that has both averages. Averages that differ by rounding only (less than 1e-12 of
 * each other) have not crossed; with prices that never moved the age is 0.
 */
export const movingAverages: FeatureFamily = {
  title: 'moving averages',
  features: specs,
  fold(_market, state) {
    const close = state.history(SMA_PERIODS[SMA_PERIODS.length - 1] - 1);
    const emas = EMA_PERIODS.map((period) => new Ema(state.slots(Ema.SLOTS), period));
    const sloped = SLOPES.map(({ average }) => ({ average, past: state.history(SLOPE_BARS) }));
    // side of the aged cross: 1 above, -1 below, 0 not known; age in bars
    const cross = state.slots(2);
    const { values, lookback } = close;

    return (block, out) => {
      const { length } = block;
      close.load(block.close);
      for (let j = 0; j < SMA_PERIODS.length; j++) rollingMean(values, lookback, length, block.first, SMA_PERIODS[j], out[j]);
      for (let j = 0; j < emas.length; j++) {
        const ema = emas[j];
        const column = out[SMA_PERIODS.length + j];
        for (let i = 0; i < length; i++) column[i] = ema.next(values[lookback + i]);
      }
      for (let j = 0; j < AVERAGES; j++) relative(block.close, out[j], length, out[DISTANCES_AT + j]);
      for (let j = 0; j < sloped.length; j++) {
        const { average, past } = sloped[j];
        past.values.set(out[average].subarray(0, length), SLOPE_BARS);
        relative(out[average], past.values, length, out[SLOPES_AT + j]);
      }
      for (let j = 0; j < CROSSES.length; j++) relative(out[CROSSES[j].short], out[CROSSES[j].long], length, out[CROSSES_AT + j]);
      ageCross(out[CROSSES_AT + AGED_CROSS], length, cross, out[AGE_AT]);
    };
  },
};
