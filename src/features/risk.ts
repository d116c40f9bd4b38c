import { rollingMaxDrawdown, rollingSquaredDrawdowns } from './drawdowns';
import type { FeatureFamily, FeatureSpec } from './family';
import { BLOCK_BARS } from './family';
import { clamp } from './moments';
import { NEGLIGIBLE } from './negligible';
import { rollingWorst } from './quantiles';
import { simpleReturns } from './returns';
import { rollingMax, rollingMean, rollingSquares, rollingSum } from './windows';

const WINDOW = 60;
/** Ratios to a risk that may be 0 end here: a window without a loss. */
const MOST = 100;

const spec = (name: string, unit: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
  name,
  group: 'risk_metrics',
  unit,
  range,
  warmup,
  model,
});

const SPECS: readonly FeatureSpec[] = [
  spec('sharpe_60', 'ratio', [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], WINDOW, true),
  spec('sortino_60', 'ratio', [-1, MOST], WINDOW, false),
  spec('downside_deviation_60', 'ratio', [0, 1], WINDOW, false),
  spec('value_at_risk_95_60', 'ratio', [Number.NEGATIVE_INFINITY, 1], WINDOW, false),
  spec('conditional_value_at_risk_95_60', 'ratio', [Number.NEGATIVE_INFINITY, 1], WINDOW, true),
  spec('drawdown_60', 'ratio', [0, 1], WINDOW - 1, true),
  spec('max_drawdown_60', 'ratio', [0, 1], WINDOW - 1, true),
  spec('ulcer_index_60', 'percent', [0, 100], WINDOW - 1, true),
  spec('calmar_60', 'ratio', [-1, MOST], WINDOW - 1, true),
  spec('drawdown', 'ratio', [0, 1], 0, true),
  spec('max_drawdown', 'ratio', [0, 1], 0, false),
];

/**
 * Risk over the last 60 bars, from simple returns of closes; per bar, never annualised; no risk-free rate. Losses and drawdowns are positive
 * shares: 0.1 is 10 %.
 *
 * | feature | unit, range | formula |
 * |---|---|---|
 * | `sharpe_60` | ratio | mean / sample standard deviation of 60 returns (Sharpe 1994) |
 * | `sortino_60` | ratio, -1 to 100 | mean / downside deviation (Sortino & Price 1994, target 0) |
 * | `downside_deviation_60` | 0 to 1 | sqrt(sum(min(return, 0)^2) / 60): all 60 returns count |
 * | `value_at_risk_95_60` | up to 1 | minus the 5 % quantile of 60 returns, linear between the 3rd and 4th smallest (Hyndman & Fan's type 7); below 0 where even that is a gain |
 * | `conditional_value_at_risk_95_60` | up to 1 | minus the mean of the 3 smallest of 60 returns: the worst 5 % |
 * | `drawdown_60` | 0 to 1 | 1 - close / highest of 60 closes |
 * | `max_drawdown_60` | 0 to 1 | largest fall from a close to a later one among 60 closes |
 * | `ulcer_index_60` | percent, 0 to 100 | sqrt(mean of squared percent drawdowns of 60 closes, each from the highest close so far in the window) (Martin & McCann 1989) |
 * | `calmar_60` | ratio, -1 to 100 | (last / first of 60 closes - 1) / maximum drawdown of the 60 (Young 1991, without annualising) |
 * | `drawdown` | 0 to 1 | 1 - close / highest close since the first bar |
 * | `max_drawdown` | 0 to 1 | largest `drawdown` since the first bar |
 *
 * Degenerate cases: a standard deviation of at most 1e-12 gives Sharpe 0. Sortino and Calmar are limited to 100: a window that gains without a
 * loss has that value, and a window that never moves has 0.
 */
export const risk: FeatureFamily = {
  title: 'risk metrics',
  features: () => SPECS,
  fold(_market, state) {
    const past = WINDOW - 1;
    const closes = state.history(past);
    // one more than the window, for the value that leaves it
    const returns = state.history(WINDOW);
    const losses = state.history(past);
    /** Highest close and largest drawdown since the first bar. */
    const extremes = state.slots(2);
    const scratch = () => new Float64Array(BLOCK_BARS);
    const mean = scratch();
    const squares = scratch();
    const worst = [scratch(), scratch(), scratch(), scratch()] as const;

    return (block, out) => {
      const { length, first, close } = block;
      const [sharpe, sortino, downside, valueAtRisk, tail, drawdown, maxDrawdown, ulcer, calmar, fromPeak, worstFromPeak] = out;
      closes.load(close);
      simpleReturns(closes.values, past, length, returns.values, WINDOW);
      for (let i = 0; i < length; i++) {
        const value = returns.values[WINDOW + i];
        losses.values[past + i] = value < 0 ? value * value : 0;
      }

      rollingMean(returns.values, WINDOW, length, first, WINDOW, mean);
      rollingSquares(returns.values, WINDOW, length, WINDOW, mean, squares);
      rollingSum(losses.values, past, length, first, WINDOW, downside);
      for (let i = 0; i < length; i++) {
        const deviation = Math.sqrt(squares[i] / (WINDOW - 1));
        sharpe[i] = deviation <= NEGLIGIBLE ? 0 : mean[i] / deviation;
        // the first bar's return is unknown, not 0
        downside[i] = first + i < WINDOW ? Number.NaN : Math.sqrt(downside[i] / WINDOW);
        sortino[i] = ratioToRisk(mean[i], downside[i]);
      }

      rollingWorst(returns.values, WINDOW, length, first, WINDOW, WINDOW, worst);
      const [w0, w1, w2, w3] = worst;
      // place of the 5 % quantile among 60 sorted values, from 0: 2.95
      const weight = 0.05 * (WINDOW - 1) - 2;
      for (let i = 0; i < length; i++) {
        valueAtRisk[i] = 0 - (w2[i] + (w3[i] - w2[i]) * weight);
        tail[i] = 0 - (w0[i] + w1[i] + w2[i]) / 3;
      }

      rollingMax(closes.values, past, length, first, WINDOW, drawdown);
      for (let i = 0; i < length; i++) drawdown[i] = 1 - close[i] / drawdown[i];
      rollingMaxDrawdown(closes.values, past, length, first, WINDOW, maxDrawdown);
      rollingSquaredDrawdowns(closes.values, past, length, first, WINDOW, ulcer);
      let peak = extremes[0];
      let deepest = extremes[1];
      for (let i = 0; i < length; i++) {
        ulcer[i] = Math.sqrt(ulcer[i] / WINDOW);
        calmar[i] = ratioToRisk(close[i] / closes.values[i] - 1, maxDrawdown[i]);
        if (close[i] > peak) peak = close[i];
        fromPeak[i] = 1 - close[i] / peak;
        if (fromPeak[i] > deepest) deepest = fromPeak[i];
        worstFromPeak[i] = deepest;
      }
      extremes[0] = peak;
      extremes[1] = deepest;
    };
  },
};

/** Gain over risk, at most {@link MOST}; 0 without either, NaN while warming up. */
function ratioToRisk(gain: number, risked: number): number {
  if (gain > risked * MOST) return MOST;
  return risked === 0 ? 0 : clamp(gain / risked, -1, MOST);
}
