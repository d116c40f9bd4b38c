import { flag, invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions, object } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { type BarBlock, BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import type { FoldState, History } from './fold-state';
import { most, suffixOf } from './names';
import { NEGLIGIBLE } from './negligible';
import { WilderAverage } from './recursions';
import { trueRanges } from './true-range';
import { rollingDeviations, rollingMax, rollingMean, rollingMin } from './windows';

const CCI_CONSTANT = 0.015;
const group = 'technical_indicators';
const { POSITIVE_INFINITY } = Number;
const periods = listOf('periods', whole(WINDOW_BARS));
const longPeriods = listOf('periods', whole({ ...WINDOW_BARS, from: 2 }));

/** A stochastic oscillator. */
export interface StochasticParameters {
  /** Bars of highest high and lowest low, 1 to 10,000. Default 14. */
  readonly period?: number | undefined;
  /** Values that %K and %D are means of, 1 to 10,000. Default 3. */
  readonly smoothing?: number | undefined;
}

/** Parameters of {@link rangeAndTrend}. Without any list the standard ones; with one, what is not listed is left out. */
export interface RangeAndTrendParameters {
  /** Whether the true range itself is a feature. Default: true without lists, else false. */
  readonly trueRange?: boolean | undefined;
  /** Bars of average true ranges, 1 to 10,000 each. Standard: 7 and 14. */
  readonly atr?: readonly number[] | undefined;
  /** Stochastic oscillators. Standard: one of 14 bars with means of 3. */
  readonly stochastic?: readonly StochasticParameters[] | undefined;
  /** Bars of Williams %R, 1 to 10,000 each. Standard: 14. */
  readonly williamsR?: readonly number[] | undefined;
  /** Bars of ADX, +DI and -DI, 2 to 10,000 each. Standard: 14. */
  readonly adx?: readonly number[] | undefined;
  /** Bars of the commodity channel index, 2 to 10,000 each. Standard: 20. */
  readonly cci?: readonly number[] | undefined;
}

const STOCHASTIC = {
  period: { takes: whole(WINDOW_BARS), default: 14, sentence: 'Bars of highest high and lowest low.' },
  smoothing: { takes: whole(WINDOW_BARS), default: 3, sentence: 'Values that %K and %D are means of.' },
} as const satisfies Descriptions<StochasticParameters>;

const NONE = 'none with lists of your own';

/** Parameters of {@link rangeAndTrend}. */
export const RANGE_AND_TREND = {
  trueRange: { takes: flag, default: 'true without lists, else false', sentence: 'Whether the true range itself is a feature.' },
  atr: { takes: periods, default: `7 and 14; ${NONE}`, sentence: 'Bars of average true ranges.' },
  stochastic: {
    takes: listOf('oscillators', object<StochasticParameters>(STOCHASTIC)),
    default: `one of 14 bars with means of 3; ${NONE}`,
    sentence: 'Stochastic oscillators.',
  },
  williamsR: { takes: periods, default: `14; ${NONE}`, sentence: 'Bars of Williams %R.' },
  adx: { takes: longPeriods, default: `14; ${NONE}`, sentence: 'Bars of ADX, +DI and -DI.' },
  cci: { takes: longPeriods, default: `20; ${NONE}`, sentence: 'Bars of the commodity channel index.' },
} as const satisfies Descriptions<RangeAndTrendParameters>;

/** What J. W. Wilder's directional movement remembers: smoothed movements and true range, smoothed DX. */
const DIRECTIONAL_SLOTS = 4;

/** Folds ADX, +DI and -DI; `slots` holds {@link DIRECTIONAL_SLOTS} doubles, `high` and `low` one past value or more and the block's own. */
function foldDirectionalMovement(
  block: BarBlock,
  period: number,
  high: History,
  low: History,
  ranges: Float64Array,
  slots: Float64Array,
  [index, plusIndicator, minusIndicator]: readonly Float64Array[],
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
    // TA-Lib sums the first N - 1 movements and smooths from the Nth on
    if (bar >= period) {
      plus -= plus / period;
      minus -= minus / period;
      range -= range / period;
    }
    if (up > down && up > 0) plus += up;
    else if (down > up && down > 0) minus += down;
    range += ranges[i];
    if (bar < period) continue;

    const moves = range >= close[i] * NEGLIGIBLE;
    plusIndicator[i] = moves ? 100 * (plus / range) : 0;
    minusIndicator[i] = moves ? 100 * (minus / range) : 0;
    const both = plusIndicator[i] + minusIndicator[i];
    if (both > 0) {
      const directional = 100 * (Math.abs(plusIndicator[i] - minusIndicator[i]) / both);
      trend = bar < 2 * period ? trend + directional : (trend * (period - 1) + directional) / period;
    }
    // the first value is the mean of those summed so far
    if (bar === 2 * period - 1) trend /= period;
    if (bar >= 2 * period - 1) index[i] = trend;
  }
  slots[0] = plus;
  slots[1] = minus;
  slots[2] = range;
  slots[3] = trend;
}

/** Fast %K into a history. */
function foldFastK(close: Float64Array, highest: Float64Array, lowest: Float64Array, count: number, { values, lookback }: History): void {
  for (let i = 0; i < count; i++) {
    const height = highest[i] - lowest[i];
    values[lookback + i] = height === 0 ? 50 : 100 * ((close[i] - lowest[i]) / height);
  }
}

function writeWilliamsR(close: Float64Array, highest: Float64Array, lowest: Float64Array, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const height = highest[i] - lowest[i];
    // 0 - x: never -0
    out[i] = height === 0 ? -50 : 0 - 100 * ((highest[i] - close[i]) / height);
  }
}

/** Mean of the last values of a history; in order, so that a cut changes nothing. */
function meanOfLast({ values, lookback }: History, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) {
    let sum = values[i];
    for (let k = 1; k <= lookback; k++) sum += values[i + k];
    out[i] = sum / (lookback + 1);
  }
}

/** `block` gives the typical price; `mean` and `deviation` are room for a block. */
function foldCci(block: BarBlock, period: number, typical: History, mean: Float64Array, deviation: Float64Array, out: Float64Array): void {
  const { first, length } = block;
  const { values, lookback } = typical;
  rollingMean(values, lookback, length, first, period, mean);
  rollingDeviations(values, lookback, length, period, mean, deviation);
  for (let i = 0; i < length; i++) {
    const meanDeviation = deviation[i] / period;
    const distance = values[lookback + i] - mean[i];
    out[i] = meanDeviation < mean[i] * NEGLIGIBLE ? 0 : distance / (CCI_CONSTANT * meanDeviation);
  }
}

/**
 * How far the price ranges, where in its range it is, and whether it trends.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `true_range` | largest of high - low, abs(high - previous close), abs(low - previous close) (TA-Lib `TRANGE`) | price, 0 or more | no |
 * | `atr_N` | Wilder's average of it, seeded by the mean of the first N (TA-Lib `ATR`) | price, 0 or more | no |
 * | `atr_N_percent` | 100 ATR / close (TA-Lib `NATR`) | percent, 0 or more | the longest |
 * | `stochastic_k` | mean of 3 of 100 (close - lowest low) / (highest high - lowest low), 14 bars (G. Lane; TA-Lib `STOCH` 14/3/3, simple means) | percent, 0 to 100; without range 50 (TA-Lib: 0) | yes |
 * | `stochastic_d` | mean of the last 3 %K | percent, 0 to 100 | yes |
 * | `williams_r_N` | -100 (highest high - close) / (highest high - lowest low) (L. Williams; TA-Lib `WILLR`) | percent, -100 to 0; without range -50 (TA-Lib: 0) | yes |
 * | `plus_di_N`, `minus_di_N` | 100 smoothed movement up (down) / smoothed true range (J. W. Wilder 1978; TA-Lib `PLUS_DI`, `MINUS_DI`) | percent, 0 to 100; without range 0 | yes |
 * | `adx_N` | Wilder's average of 100 abs(+DI - -DI) / (+DI + -DI), seeded by the mean of the first N (TA-Lib `ADX`) | percent, 0 to 100; keeps its value while nothing moves | yes |
 * | `cci_N` | (typical price - its mean) / (0.015 mean absolute deviation) (D. Lambert 1980; TA-Lib `CCI`) | N / 2 / 0.015 either side of 0; without deviation 0 | yes |
 *
 * A stochastic of other than 14 bars and means of 3 has both in its names: `stochastic_k_5_3`. A smoothed true range or a mean deviation below 1e-12 of the price
 * counts as none.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function rangeAndTrend(given: RangeAndTrendParameters = {}): FeatureFamily {
  const parameters = resolved(given);
  const { trueRange, atr, stochastic, williamsR, adx, cci } = parameters;
  const specs = specsOf(parameters);
  /** Periods of highest high and lowest low, each measured once. */
  const reaches = [...new Set([...stochastic.map(({ period }) => period), ...williamsR])];
  const atrAt = trueRange ? 1 : 0;
  const stochasticAt = atrAt + 2 * atr.length;
  const williamsAt = stochasticAt + 2 * stochastic.length;
  const adxAt = williamsAt + williamsR.length;
  const cciAt = adxAt + 3 * adx.length;
  const setup = (state: FoldState) => {
    const reach = most([2, ...reaches]) - 1;
    const histories = { close: state.history(1), high: state.history(reach), low: state.history(reach) };
    const oscillators = stochastic.map(({ smoothing }) => ({ fastK: state.history(smoothing - 1), slowK: state.history(smoothing - 1) }));
    const typical = state.history(most([1, ...cci]) - 1);
    const averages = atr.map((period) => new WilderAverage(state.slots(WilderAverage.SLOTS), period));
    return { ...histories, oscillators, typical, averages, directional: adx.map(() => state.slots(DIRECTIONAL_SLOTS)) };
  };
  return builtIn({
    name: 'range_and_trend',
    title: 'ATR and stochastic',
    version: 1,
    parameters: { ...parameters },
    features: () => specs,
    fold(_market, state) {
      const { close, high, low, oscillators, typical, averages, directional } = setup(state);
      const ranges = new Float64Array(BLOCK_BARS);
      const upper = new Float64Array(BLOCK_BARS);
      const lower = new Float64Array(BLOCK_BARS);

      return (block, out) => {
        const { first, length } = block;
        close.load(block.close);
        high.load(block.high);
        low.load(block.low);

        const range = trueRange ? out[0] : ranges;
        trueRanges(block, close, range);
        for (let j = 0; j < averages.length; j++) {
          const average = averages[j];
          const plain = out[atrAt + j];
          const percent = out[atrAt + averages.length + j];
          for (let i = 0; i < length; i++) {
            plain[i] = first + i === 0 ? Number.NaN : average.next(range[i]);
            percent[i] = 100 * (plain[i] / block.close[i]);
          }
        }

        for (const period of reaches) {
          rollingMax(high.values, high.lookback, length, first, period, upper);
          rollingMin(low.values, low.lookback, length, first, period, lower);
          for (let j = 0; j < stochastic.length; j++) {
            if (stochastic[j].period === period) foldFastK(block.close, upper, lower, length, oscillators[j].fastK);
          }
          for (let j = 0; j < williamsR.length; j++) {
            if (williamsR[j] === period) writeWilliamsR(block.close, upper, lower, length, out[williamsAt + j]);
          }
        }
        for (let j = 0; j < oscillators.length; j++) {
          const { fastK, slowK } = oscillators[j];
          const k = out[stochasticAt + 2 * j];
          meanOfLast(fastK, length, k);
          slowK.load(k.subarray(0, length));
          meanOfLast(slowK, length, out[stochasticAt + 2 * j + 1]);
        }

        for (let j = 0; j < adx.length; j++) {
          foldDirectionalMovement(block, adx[j], high, low, range, directional[j], out.slice(adxAt + 3 * j, adxAt + 3 * j + 3));
        }

        if (cci.length === 0) return;
        for (let i = 0; i < length; i++) typical.values[typical.lookback + i] = (block.high[i] + block.low[i] + block.close[i]) / 3;
        for (let j = 0; j < cci.length; j++) foldCci(block, cci[j], typical, upper, lower, out[cciAt + j]);
      };
    },
  });
}

interface Resolved {
  readonly trueRange: boolean;
  readonly atr: readonly number[];
  readonly stochastic: readonly { readonly period: number; readonly smoothing: number }[];
  readonly williamsR: readonly number[];
  readonly adx: readonly number[];
  readonly cci: readonly number[];
}

function resolved(given: RangeAndTrendParameters): Resolved {
  const { trueRange, ...lists } = checkOptions(given, RANGE_AND_TREND, 'rangeAndTrend');
  const isStandard = Object.keys(lists).length === 0;
  const {
    atr = [],
    stochastic = [],
    williamsR = [],
    adx = [],
    cci = [],
  } = isStandard ? { atr: [7, 14], stochastic: [{}], williamsR: [14], adx: [14], cci: [20] } : lists;
  if (trueRange !== true && atr.length + stochastic.length + williamsR.length + adx.length + cci.length === 0) {
    throw invalidOption('rangeAndTrend: all lists are empty; list some periods');
  }
  return {
    trueRange: trueRange ?? isStandard,
    atr,
    stochastic: stochastic.map(
      ({ period = STOCHASTIC.period.default, smoothing = STOCHASTIC.smoothing.default }: StochasticParameters) => ({
        period,
        smoothing,
      }),
    ),
    williamsR,
    adx,
    cci,
  };
}

function specsOf({ trueRange, atr, stochastic, williamsR, adx, cci }: Resolved): readonly FeatureSpec[] {
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
  return [
    ...(trueRange ? [price('true_range', 1)] : []),
    ...atr.map((period) => price(`atr_${period}`, period)),
    ...atr.map((period) => ({ ...percent(`atr_${period}_percent`, 0, POSITIVE_INFINITY, period), model: period === most(atr) })),
    ...stochastic.flatMap(({ period, smoothing }) => {
      const suffix = suffixOf([period, smoothing], [STOCHASTIC.period.default, STOCHASTIC.smoothing.default]);
      return [
        percent(`stochastic_k${suffix}`, 0, 100, period - 1 + smoothing - 1),
        percent(`stochastic_d${suffix}`, 0, 100, period - 1 + 2 * (smoothing - 1)),
      ];
    }),
    ...williamsR.map((period) => percent(`williams_r_${period}`, -100, 0, period - 1)),
    ...adx.flatMap((period) => [
      percent(`adx_${period}`, 0, 100, 2 * period - 1),
      percent(`plus_di_${period}`, 0, 100, period),
      percent(`minus_di_${period}`, 0, 100, period),
    ]),
    // one value of n is at most n / 2 mean deviations from the mean
    ...cci.map((period): FeatureSpec => {
      const bound = Math.ceil(period / 2 / CCI_CONSTANT + 0.01);
      return { name: `cci_${period}`, group, unit: 'mean deviations / 0.015', range: [-bound, bound], warmup: period - 1, model: true };
    }),
  ];
}
