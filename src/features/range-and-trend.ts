import { type BarBlock, BLOCK_BARS, type FeatureFamily, type FeatureSpec } from './family';
import type { History } from './fold-state';
import { NEGLIGIBLE } from './negligible';
import { WilderAverage } from './recursions';
import { trueRanges } from './true-range';
import { rollingDeviations, rollingMax, rollingMean, rollingMin } from './windows';

const SHORT_ATR = 7;
const PERIOD = 14;
const SMOOTHING = 3;
const CCI_PERIOD = 20;
const CCI_CONSTANT = 0.015;

const group = 'technical_indicators';
const { POSITIVE_INFINITY } = Number;
const price = (name: string, warmup: number): FeatureSpec => ({
  name,
  group,
  unit: 'price',
  range: [0, POSITIVE_INFINITY],
  warmup,
  model: false,
});
const percent = (name: string, low: number, high: number, warmup: number): FeatureSpec => ({
  name,
  group,
  unit: 'percent',
  range: [low, high],
  warmup,
  model: true,
});
const SPECS: readonly FeatureSpec[] = [
  price('true_range', 1),
  price('atr_7', SHORT_ATR),
  price('atr_14', PERIOD),
  { ...percent('atr_7_percent', 0, POSITIVE_INFINITY, SHORT_ATR), model: false },
  percent('atr_14_percent', 0, POSITIVE_INFINITY, PERIOD),
  percent('stochastic_k', 0, 100, PERIOD - 1 + SMOOTHING - 1),
  percent('stochastic_d', 0, 100, PERIOD - 1 + 2 * (SMOOTHING - 1)),
  percent('williams_r_14', -100, 0, PERIOD - 1),
  percent('adx_14', 0, 100, 2 * PERIOD - 1),
  percent('plus_di_14', 0, 100, PERIOD),
  percent('minus_di_14', 0, 100, PERIOD),
  // one value of 20 is at most 10 mean deviations from the mean
  { name: 'cci_20', group, unit: 'mean deviations / 0.015', range: [-667, 667], warmup: CCI_PERIOD - 1, model: true },
];

/** What J. W. Wilder's directional movement remembers: smoothed movements and true range, smoothed DX. */
const DIRECTIONAL_SLOTS = 4;

/** Folds +DI, -DI and ADX; `slots` holds {@link DIRECTIONAL_SLOTS} doubles, `high` and `low` one past value and the block's own. */
function foldDirectionalMovement(
  block: BarBlock,
  high: History,
  low: History,
  ranges: Float64Array,
  slots: Float64Array,
  plusIndicator: Float64Array,
  minusIndicator: Float64Array,
  index: Float64Array,
): void {
  const { first, length, close } = block;
  let [plus, minus, range, trend] = slots;
  for (let i = 0; i < length; i++) {
    const bar = first + i;
    plusIndicator[i] = Number.NaN;
    minusIndicator[i] = Number.NaN;
    index[i] = Number.NaN;
    if (bar === 0) continue;
    const at = high.lookback + i;
    const up = high.values[at] - high.values[at - 1];
    const down = low.values[at - 1] - low.values[at];
    // TA-Lib sums the first 13 movements and smooths from the 14th on
    if (bar >= PERIOD) {
      plus -= plus / PERIOD;
      minus -= minus / PERIOD;
      range -= range / PERIOD;
    }
    if (up > down && up > 0) plus += up;
    else if (down > up && down > 0) minus += down;
    range += ranges[i];
    if (bar < PERIOD) continue;

    const moves = range >= close[i] * NEGLIGIBLE;
    plusIndicator[i] = moves ? 100 * (plus / range) : 0;
    minusIndicator[i] = moves ? 100 * (minus / range) : 0;
    const both = plusIndicator[i] + minusIndicator[i];
    if (both > 0) {
      const directional = 100 * (Math.abs(plusIndicator[i] - minusIndicator[i]) / both);
      trend = bar < 2 * PERIOD ? trend + directional : (trend * (PERIOD - 1) + directional) / PERIOD;
    }
    // the first value is the mean of the 14 summed so far
    if (bar === 2 * PERIOD - 1) trend /= PERIOD;
    if (bar >= 2 * PERIOD - 1) index[i] = trend;
  }
  slots[0] = plus;
  slots[1] = minus;
  slots[2] = range;
  slots[3] = trend;
}

/** Fast %K into a history with 2 past values, Williams %R beside it. */
function foldPositionInRange(
  close: Float64Array,
  highest: Float64Array,
  lowest: Float64Array,
  count: number,
  fastK: History,
  williams: Float64Array,
): void {
  const { values, lookback } = fastK;
  for (let i = 0; i < count; i++) {
    const height = highest[i] - lowest[i];
    values[lookback + i] = height === 0 ? 50 : 100 * ((close[i] - lowest[i]) / height);
    // 0 - x: never -0
    williams[i] = height === 0 ? -50 : 0 - 100 * ((highest[i] - close[i]) / height);
  }
}

/** Mean of the last three values of a history with 2 past values; in order, so that a cut changes nothing. */
function meanOfThree({ values }: History, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = (values[i] + values[i + 1] + values[i + 2]) / SMOOTHING;
}

/**
 * How far the price ranges, where in its range it is, and whether it trends.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `true_range` | largest of high - low, abs(high - previous close), abs(low - previous close) (TA-Lib `TRANGE`) | price, 0 or more | no |
 * | `atr_7`, `atr_14` | Wilder's average of it, seeded by the mean of the first N (TA-Lib `ATR`) | price, 0 or more | no |
 * | `atr_7_percent`, `atr_14_percent` | 100 ATR / close (TA-Lib `NATR`) | percent, 0 or more | `atr_14_percent` |
 * | `stochastic_k` | mean of 3 of 100 (close - lowest low) / (highest high - lowest low), 14 bars (G. Lane; TA-Lib `STOCH` 14/3/3, simple means) | percent, 0 to 100; without range 50 (TA-Lib: 0) | yes |
 * | `stochastic_d` | mean of the last 3 %K | percent, 0 to 100 | yes |
 * | `williams_r_14` | -100 (highest high - close) / (highest high - lowest low) (L. Williams; TA-Lib `WILLR`) | percent, -100 to 0; without range -50 (TA-Lib: 0) | yes |
 * | `plus_di_14`, `minus_di_14` | 100 smoothed movement up (down) / smoothed true range (J. W. Wilder 1978; TA-Lib `PLUS_DI`, `MINUS_DI`) | percent, 0 to 100; without range 0 | yes |
 * | `adx_14` | Wilder's average of 100 abs(+DI - -DI) / (+DI + -DI), seeded by the mean of the first 14 (TA-Lib `ADX`) | percent, 0 to 100; keeps its value while nothing moves | yes |
 * | `cci_20` | (typical price - its mean) / (0.015 mean absolute deviation), 20 bars (D. Lambert 1980; TA-Lib `CCI`) | -667 to 667; without deviation 0 | yes |
 *
 * A smoothed true range or a mean deviation below 1e-12 of the price counts as none.
 */
export const rangeAndTrend: FeatureFamily = {
  title: 'ATR and stochastic',
  features: () => SPECS,
  fold(_market, state) {
    const close = state.history(1);
    const high = state.history(PERIOD - 1);
    const low = state.history(PERIOD - 1);
    const fastK = state.history(SMOOTHING - 1);
    const slowK = state.history(SMOOTHING - 1);
    const typical = state.history(CCI_PERIOD - 1);
    const shortAverage = new WilderAverage(state.slots(WilderAverage.SLOTS), SHORT_ATR);
    const average = new WilderAverage(state.slots(WilderAverage.SLOTS), PERIOD);
    const directional = state.slots(DIRECTIONAL_SLOTS);
    const upper = new Float64Array(BLOCK_BARS);
    const lower = new Float64Array(BLOCK_BARS);

    return (block, [range, atr7, atr14, atr7Percent, atr14Percent, k, d, williams, adx, plusDi, minusDi, cci]) => {
      const { first, length } = block;
      close.load(block.close);
      high.load(block.high);
      low.load(block.low);

      trueRanges(block, close, range);
      for (let i = 0; i < length; i++) {
        atr7[i] = first + i === 0 ? Number.NaN : shortAverage.next(range[i]);
        atr14[i] = first + i === 0 ? Number.NaN : average.next(range[i]);
        atr7Percent[i] = 100 * (atr7[i] / block.close[i]);
        atr14Percent[i] = 100 * (atr14[i] / block.close[i]);
      }

      rollingMax(high.values, high.lookback, length, first, PERIOD, upper);
      rollingMin(low.values, low.lookback, length, first, PERIOD, lower);
      foldPositionInRange(block.close, upper, lower, length, fastK, williams);
      meanOfThree(fastK, length, k);
      slowK.load(k.subarray(0, length));
      meanOfThree(slowK, length, d);

      foldDirectionalMovement(block, high, low, range, directional, plusDi, minusDi, adx);

      for (let i = 0; i < length; i++) typical.values[typical.lookback + i] = (block.high[i] + block.low[i] + block.close[i]) / 3;
      const [mean, deviation] = [upper, lower];
      rollingMean(typical.values, typical.lookback, length, first, CCI_PERIOD, mean);
      rollingDeviations(typical.values, typical.lookback, length, CCI_PERIOD, mean, deviation);
      for (let i = 0; i < length; i++) {
        const meanDeviation = deviation[i] / CCI_PERIOD;
        const distance = typical.values[typical.lookback + i] - mean[i];
        cci[i] = meanDeviation < mean[i] * NEGLIGIBLE ? 0 : distance / (CCI_CONSTANT * meanDeviation);
      }
    };
  },
};
