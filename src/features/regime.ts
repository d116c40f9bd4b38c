import { rollingBarsSinceHigh } from './drawdowns';
import type { FeatureFamily, FeatureSpec } from './family';
import { BLOCK_BARS } from './family';
import { clamp, rollingRank, rollingTimeCorrelation } from './moments';
import { NEGLIGIBLE } from './negligible';
import { logReturns } from './returns';
import { rollingMax, rollingMean, rollingSquares, rollingSum } from './windows';

const SHORT = 20;
const LONG = 60;
const RECENT = 240;
/** Bars that a return of the variance ratio's numerator spans. */
const SPAN = 5;

const spec = (name: string, unit: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
  name,
  group: 'regime_features',
  unit,
  range,
  warmup,
  model,
});

const SPECS: readonly FeatureSpec[] = [
  spec('trend_strength_60', 'correlation', [-1, 1], LONG - 1, true),
  spec('trend_state_60', 'state', [-1, 1], LONG - 1, false),
  spec('volatility_rank_240', 'ratio', [0, 1], SHORT + RECENT - 1, true),
  spec('volatility_state_240', 'state', [-1, 1], SHORT + RECENT - 1, false),
  spec('variance_ratio_5_60', 'ratio', [0, 6], LONG, true),
  spec('efficiency_ratio_20', 'ratio', [0, 1], SHORT, true),
  spec('bars_since_high_240', 'ratio', [0, 1], RECENT - 1, true),
  spec('drawdown_state_240', 'state', [0, 2], RECENT - 1, true),
];

/**
 * Which kind of market this is: trending or not, calm or wild, near its high or far below.
 *
 * | feature | range | formula |
 * |---|---|---|
 * | `trend_strength_60` | -1 to 1 | correlation of 60 closes with time |
 * | `trend_state_60` | -1, 0, 1 | sign of the strength where a straight line explains more than half of the variance (strength^2 > 0.5), else 0 |
 * | `volatility_rank_240` | 0 to 1 | the 20-bar sample standard deviation of log returns: share of its 239 values before that are smaller, equal ones half |
 * | `volatility_state_240` | -1, 0, 1 | low where the rank is below 0.25, high where it is above 0.75, else normal |
 * | `variance_ratio_5_60` | 0 to 6 | VR(5) of 60 log returns from overlapping 5-bar returns, both variances unbiased (Lo & MacKinlay 1988); 1 in a random walk, more in a trend |
 * | `efficiency_ratio_20` | 0 to 1 | distance of the close from that 20 bars ago / sum of the 20 distances between neighbours (Kaufman 1995) |
 * | `bars_since_high_240` | 0 to 1 | bars since the highest of 240 closes, latest one, / 239 |
 * | `drawdown_state_240` | 0, 1, 2 | the close is at most 0.5, at most 1.5, or more than 1.5 times s below the highest of 240 closes; s = the 60-bar standard deviation of log returns times sqrt(240), a random walk's typical distance over that time |
 *
 * Degenerate cases: flat closes (deviation at most 1e-12 of the price) have strength, efficiency and drawdown state 0, rank 0.5 and variance
 * ratio 1.
 */
export const regime: FeatureFamily = {
  title: 'regime',
  features: () => SPECS,
  fold(_market, state) {
    const closePast = RECENT - 1;
    const past = LONG - 1;
    const closes = state.history(closePast);
    const returns = state.history(past);
    const spans = state.history(past);
    const steps = state.history(SHORT - 1);
    const deviations = state.history(RECENT - 1);
    const scratch = () => new Float64Array(BLOCK_BARS);
    const mean = scratch();
    const squares = scratch();
    const spanSquares = scratch();
    const highest = scratch();

    return (block, out) => {
      const { length, first, close } = block;
      const [strength, trend, rank, level, varianceRatio, efficiency, sinceHigh, depth] = out;
      closes.load(close);
      logReturns(closes.values, closePast, length, first, returns.values, past);
      for (let i = 0; i < length; i++) {
        const k = past + i;
        const r = returns.values;
        spans.values[k] = r[k] + r[k - 1] + r[k - 2] + r[k - 3] + r[k - 4];
        steps.values[SHORT - 1 + i] = Math.abs(close[i] - closes.values[closePast + i - 1]);
      }

      rollingMean(closes.values, closePast, length, first, LONG, mean);
      rollingTimeCorrelation(closes.values, closePast, length, LONG, mean, NEGLIGIBLE, strength);
      for (let i = 0; i < length; i++) trend[i] = stateOf(strength[i], -Math.SQRT1_2, Math.SQRT1_2);

      rollingMean(returns.values, past, length, first, SHORT, mean);
      rollingSquares(returns.values, past, length, SHORT, mean, squares);
      for (let i = 0; i < length; i++) {
        const deviation = Math.sqrt(squares[i] / (SHORT - 1));
        deviations.values[RECENT - 1 + i] = deviation <= NEGLIGIBLE ? 0 : deviation;
      }
      rollingRank(deviations.values, RECENT - 1, length, RECENT, rank);
      for (let i = 0; i < length; i++) {
        if (first + i < SHORT + RECENT - 1) rank[i] = Number.NaN;
        level[i] = stateOf(rank[i], 0.25, 0.75);
      }

      rollingMean(returns.values, past, length, first, LONG, mean);
      rollingSquares(returns.values, past, length, LONG, mean, squares);
      for (let i = 0; i < length; i++) highest[i] = SPAN * mean[i];
      rollingSquares(spans.values, past, length, LONG - SPAN + 1, highest, spanSquares);
      const unbiased = SPAN * (LONG - SPAN + 1) * (1 - SPAN / LONG);
      for (let i = 0; i < length; i++) {
        const variance = squares[i] / (LONG - 1);
        varianceRatio[i] = variance <= NEGLIGIBLE * NEGLIGIBLE ? 1 : spanSquares[i] / unbiased / variance;
      }

      rollingSum(steps.values, SHORT - 1, length, first, SHORT, efficiency);
      for (let i = 0; i < length; i++) {
        const path = efficiency[i];
        const distance = Math.abs(close[i] - closes.values[closePast + i - SHORT]);
        efficiency[i] = path === 0 ? 0 : clamp(distance / path, 0, 1);
      }

      rollingMax(closes.values, closePast, length, first, RECENT, highest);
      rollingBarsSinceHigh(closes.values, closePast, length, first, RECENT, sinceHigh);
      for (let i = 0; i < length; i++) {
        sinceHigh[i] /= RECENT - 1;
        const typical = Math.sqrt((squares[i] / (LONG - 1)) * RECENT);
        const drawdown = 1 - close[i] / highest[i];
        if (drawdown <= 0.5 * typical + NEGLIGIBLE) depth[i] = 0;
        else depth[i] = drawdown <= 1.5 * typical ? 1 : Number.isNaN(drawdown) ? drawdown : 2;
      }
    };
  },
};

/** -1 below `low`, 1 above `high`, 0 between; NaN while warming up. */
function stateOf(value: number, low: number, high: number): number {
  if (value > high) return 1;
  if (value < low) return -1;
  return Number.isNaN(value) ? value : 0;
}
