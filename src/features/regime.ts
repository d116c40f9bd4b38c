import { invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { rollingBarsSinceHigh } from './drawdowns';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { clamp, rollingRank, rollingTimeCorrelation } from './moments';
import { most, outward } from './names';
import { NEGLIGIBLE } from './negligible';
import { logReturns } from './returns';
import { rollingMax, rollingMean, rollingSquares, rollingSum } from './windows';

/** Bars of the standard deviation that is ranked. */
const SHORT = 20;
/** Bars of the standard deviation that drawdowns are held against. */
const LONG = 60;
/** Bars that a return of the variance ratio's numerator spans. */
const SPAN = 5;

const windowsFrom = (from: number) => listOf('windows', whole({ ...WINDOW_BARS, from }));

/** Parameters of {@link regime}. Without any list the standard ones; with one, what is not listed is left out. */
export interface RegimeParameters {
  /** Bars of trend strength and state, 3 to 10,000 each. Standard: 60. */
  readonly trend?: readonly number[] | undefined;
  /** Values that the 20-bar volatility is ranked among, 2 to 10,000 each. Standard: 240. */
  readonly volatility?: readonly number[] | undefined;
  /** Returns of variance ratios, 10 to 10,000 each. Standard: 60. */
  readonly varianceRatio?: readonly number[] | undefined;
  /** Bars of efficiency ratios, 1 to 10,000 each. Standard: 20. */
  readonly efficiency?: readonly number[] | undefined;
  /** Bars in which the highest close is looked for, 2 to 10,000 each. Standard: 240. */
  readonly sinceHigh?: readonly number[] | undefined;
  /** Bars of drawdown states, 2 to 10,000 each. Standard: 240. */
  readonly drawdown?: readonly number[] | undefined;
}

const NONE = 'none with lists of your own';

/** Parameters of {@link regime}. */
export const REGIME = {
  trend: { takes: windowsFrom(3), default: `60; ${NONE}`, sentence: 'Bars of trend strength and state.' },
  volatility: { takes: windowsFrom(2), default: `240; ${NONE}`, sentence: 'Values that the 20-bar volatility is ranked among.' },
  varianceRatio: { takes: windowsFrom(10), default: `60; ${NONE}`, sentence: 'Returns of variance ratios.' },
  efficiency: { takes: windowsFrom(1), default: `20; ${NONE}`, sentence: 'Bars of efficiency ratios.' },
  sinceHigh: { takes: windowsFrom(2), default: `240; ${NONE}`, sentence: 'Bars in which the highest close is looked for.' },
  drawdown: { takes: windowsFrom(2), default: `240; ${NONE}`, sentence: 'Bars of drawdown states.' },
} as const satisfies Descriptions<RegimeParameters>;

type Resolved = { readonly [Key in keyof RegimeParameters]-?: NonNullable<RegimeParameters[Key]> };

const STANDARD: Resolved = {
  trend: [60],
  volatility: [240],
  varianceRatio: [60],
  efficiency: [20],
  sinceHigh: [240],
  drawdown: [240],
};

function resolved(given: RegimeParameters): Resolved {
  const lists = checkOptions(given, REGIME, 'regime');
  if (Object.keys(lists).length === 0) return STANDARD;
  const { trend = [], volatility = [], varianceRatio = [], efficiency = [], sinceHigh = [], drawdown = [] } = lists;
  const all = { trend, volatility, varianceRatio, efficiency, sinceHigh, drawdown };
  if (Object.values(all).every((list) => list.length === 0)) throw invalidOption('regime: all lists are empty; list some windows');
  return all;
}

function specsOf({ trend, volatility, varianceRatio, efficiency, sinceHigh, drawdown }: Resolved): readonly FeatureSpec[] {
  const spec = (name: string, unit: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
    name,
    group: 'regime_features',
    unit,
    range,
    warmup,
    model,
  });
  return [
    ...trend.flatMap((w) => [
      spec(`trend_strength_${w}`, 'correlation', [-1, 1], w - 1, true),
      spec(`trend_state_${w}`, 'state', [-1, 1], w - 1, false),
    ]),
    ...volatility.flatMap((w) => [
      spec(`volatility_rank_${w}`, 'ratio', [0, 1], SHORT + w - 1, true),
      spec(`volatility_state_${w}`, 'state', [-1, 1], SHORT + w - 1, false),
    ]),
    // a sum of 5 deviations, squared, is at most 5 times the sum of their squares, and each deviation is in 5 such sums
    ...varianceRatio.map((w) => spec(`variance_ratio_${SPAN}_${w}`, 'ratio', [0, outward((SPAN * SPAN * (w - 1)) / unbiased(w))], w, true)),
    ...efficiency.map((w) => spec(`efficiency_ratio_${w}`, 'ratio', [0, 1], w, true)),
    ...sinceHigh.map((w) => spec(`bars_since_high_${w}`, 'ratio', [0, 1], w - 1, true)),
    ...drawdown.map((w) => spec(`drawdown_state_${w}`, 'state', [0, 2], Math.max(LONG, w - 1), true)),
  ];
}

/** What a sum of squared overlapping returns is divided by to be an unbiased variance of one bar (Lo & MacKinlay 1988). */
const unbiased = (window: number): number => SPAN * (window - SPAN + 1) * (1 - SPAN / window);

/**
 * Which kind of market this is: trending or not, calm or wild, near its high or far below.
 *
 * | feature | range | formula |
 * |---|---|---|
 * | `trend_strength_N` | -1 to 1 | correlation of N closes with time |
 * | `trend_state_N` | -1, 0, 1 | sign of the strength where a straight line explains more than half of the variance (strength^2 > 0.5), else 0 |
 * | `volatility_rank_N` | 0 to 1 | the 20-bar sample standard deviation of log returns: share of its N - 1 values before that are smaller, equal ones half |
 * | `volatility_state_N` | -1, 0, 1 | low where the rank is below 0.25, high where it is above 0.75, else normal |
 * | `variance_ratio_5_N` | 0 to 6 for 60 | VR(5) of N log returns from overlapping 5-bar returns, both variances unbiased (Lo & MacKinlay 1988); 1 in a random walk, more in a trend |
 * | `efficiency_ratio_N` | 0 to 1 | distance of the close from that N bars ago / sum of the N distances between neighbours (Kaufman 1995) |
 * | `bars_since_high_N` | 0 to 1 | bars since the highest of N closes, latest one, / (N - 1) |
 * | `drawdown_state_N` | 0, 1, 2 | the close is at most 0.5, at most 1.5, or more than 1.5 times s below the highest of N closes; s = the 60-bar standard deviation of log returns times sqrt(N), a random walk's typical distance over that time |
 *
 * Degenerate cases: flat closes (deviation at most 1e-12 of the price) have strength, efficiency and drawdown state 0, rank 0.5 and variance
 * ratio 1.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function regime(given: RegimeParameters = {}): FeatureFamily {
  const parameters = resolved(given);
  const { trend, volatility, varianceRatio, efficiency, sinceHigh, drawdown } = parameters;
  const specs = specsOf(parameters);
  const ranksAt = 2 * trend.length;
  const ratiosAt = ranksAt + 2 * volatility.length;
  const efficiencyAt = ratiosAt + varianceRatio.length;
  const sinceHighAt = efficiencyAt + efficiency.length;
  const drawdownAt = sinceHighAt + sinceHigh.length;
  return builtIn({
    name: 'regime',
    title: 'regime',
    version: 1,
    parameters: { ...parameters },
    features: () => specs,
    fold(_market, state) {
      const closePast = most([1, ...trend.map((w) => w - 1), ...efficiency, ...sinceHigh.map((w) => w - 1), ...drawdown.map((w) => w - 1)]);
      const past = most([SHORT, ...varianceRatio, ...(drawdown.length > 0 ? [LONG] : [])]) - 1;
      const stepsPast = most([1, ...efficiency]) - 1;
      const ranksPast = most([1, ...volatility]) - 1;
      const closes = state.history(closePast);
      const returns = state.history(past);
      const spans = state.history(past);
      const steps = state.history(stepsPast);
      const deviations = state.history(ranksPast);
      const scratch = () => new Float64Array(BLOCK_BARS);
      const mean = scratch();
      const squares = scratch();
      const spanSquares = scratch();
      const highest = scratch();

      return (block, out) => {
        const { length, first, close } = block;
        closes.load(close);
        logReturns(closes.values, closePast, length, first, returns.values, past);
        for (let i = 0; i < length; i++) {
          const k = past + i;
          const r = returns.values;
          spans.values[k] = r[k] + r[k - 1] + r[k - 2] + r[k - 3] + r[k - 4];
          steps.values[stepsPast + i] = Math.abs(close[i] - closes.values[closePast + i - 1]);
        }

        for (let j = 0; j < trend.length; j++) {
          const strength = out[2 * j];
          const state = out[2 * j + 1];
          rollingMean(closes.values, closePast, length, first, trend[j], mean);
          rollingTimeCorrelation(closes.values, closePast, length, trend[j], mean, NEGLIGIBLE, strength);
          for (let i = 0; i < length; i++) state[i] = stateOf(strength[i], -Math.SQRT1_2, Math.SQRT1_2);
        }

        if (volatility.length > 0) {
          rollingMean(returns.values, past, length, first, SHORT, mean);
          rollingSquares(returns.values, past, length, SHORT, mean, squares);
          for (let i = 0; i < length; i++) {
            const deviation = Math.sqrt(squares[i] / (SHORT - 1));
            deviations.values[ranksPast + i] = deviation <= NEGLIGIBLE ? 0 : deviation;
          }
        }
        for (let j = 0; j < volatility.length; j++) {
          const rank = out[ranksAt + 2 * j];
          const level = out[ranksAt + 2 * j + 1];
          rollingRank(deviations.values, ranksPast, length, volatility[j], rank);
          for (let i = 0; i < length; i++) {
            if (first + i < SHORT + volatility[j] - 1) rank[i] = Number.NaN;
            level[i] = stateOf(rank[i], 0.25, 0.75);
          }
        }

        // of the last window measured
        let squaresOf = 0;
        const measure = (window: number) => {
          if (squaresOf === window) return;
          rollingMean(returns.values, past, length, first, window, mean);
          rollingSquares(returns.values, past, length, window, mean, squares);
          squaresOf = window;
        };
        for (let j = 0; j < varianceRatio.length; j++) {
          const window = varianceRatio[j];
          const ratio = out[ratiosAt + j];
          measure(window);
          for (let i = 0; i < length; i++) highest[i] = SPAN * mean[i];
          rollingSquares(spans.values, past, length, window - SPAN + 1, highest, spanSquares);
          const divisor = unbiased(window);
          for (let i = 0; i < length; i++) {
            const variance = squares[i] / (window - 1);
            ratio[i] = variance <= NEGLIGIBLE * NEGLIGIBLE ? 1 : spanSquares[i] / divisor / variance;
          }
        }

        for (let j = 0; j < efficiency.length; j++) {
          const window = efficiency[j];
          const ratio = out[efficiencyAt + j];
          rollingSum(steps.values, stepsPast, length, first, window, ratio);
          for (let i = 0; i < length; i++) {
            const path = ratio[i];
            const distance = Math.abs(close[i] - closes.values[closePast + i - window]);
            ratio[i] = path === 0 ? 0 : clamp(distance / path, 0, 1);
          }
        }

        for (let j = 0; j < sinceHigh.length; j++) {
          const since = out[sinceHighAt + j];
          rollingBarsSinceHigh(closes.values, closePast, length, first, sinceHigh[j], since);
          for (let i = 0; i < length; i++) since[i] /= sinceHigh[j] - 1;
        }

        for (let j = 0; j < drawdown.length; j++) {
          const window = drawdown[j];
          const depth = out[drawdownAt + j];
          measure(LONG);
          rollingMax(closes.values, closePast, length, first, window, highest);
          for (let i = 0; i < length; i++) {
            const typical = Math.sqrt((squares[i] / (LONG - 1)) * window);
            const fall = 1 - close[i] / highest[i];
            if (fall <= 0.5 * typical + NEGLIGIBLE) depth[i] = 0;
            else if (fall <= 1.5 * typical) depth[i] = 1;
            else depth[i] = Number.isNaN(fall) ? fall : Number.isNaN(typical) ? typical : 2;
          }
        }
      };
    },
  });
}

/** -1 below `low`, 1 above `high`, 0 between; NaN while warming up. */
function stateOf(value: number, low: number, high: number): number {
  if (value > high) return 1;
  if (value < low) return -1;
  return Number.isNaN(value) ? value : 0;
}
