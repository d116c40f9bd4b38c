import { flag, invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { rollingMaxDrawdown, rollingSquaredDrawdowns } from './drawdowns';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { clamp } from './moments';
import { most } from './names';
import { NEGLIGIBLE } from './negligible';
import { rollingWorst } from './quantiles';
import { simpleReturns } from './returns';
import { rollingMax, rollingMean, rollingSquares, rollingSum } from './windows';

/** Ratios to a risk that may be 0 end here: a window without a loss. */
const MOST = 100;
/** One of so many returns is in the tail. */
const TAIL = 20;
/** Features of one window. */
const OF_A_WINDOW = 9;

/** Parameters of {@link risk}. */
export interface RiskParameters {
  /** Bars, multiples of 20, so that 5 % of them are whole ones. 20 to 10,000 each; default 60. */
  readonly windows?: readonly number[] | undefined;
  /** Whether drawdowns since the first bar are features, too. Default: true without `windows`, else false. */
  readonly sinceFirst?: boolean | undefined;
}

const tens = whole({ ...WINDOW_BARS, from: TAIL });
const window: typeof tens = {
  wanted: `${tens.wanted}, a multiple of ${TAIL}`,
  read: (value, place) => {
    const bars = tens.read(value, place);
    if (bars % TAIL !== 0)
      throw invalidOption(`${place.name} is ${bars}; give a multiple of ${TAIL}, so that 5 % of the bars are whole ones`);
    return bars;
  },
};

/** Parameters of {@link risk}. */
export const RISK = {
  windows: { takes: listOf('windows', window), default: '60', sentence: 'Bars, multiples of 20, so that 5 % of them are whole ones.' },
  sinceFirst: {
    takes: flag,
    default: 'true without windows, else false',
    sentence: 'Whether drawdowns since the first bar are features, too.',
  },
} as const satisfies Descriptions<RiskParameters>;

const spec = (name: string, unit: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
  name,
  group: 'risk_metrics',
  unit,
  range,
  warmup,
  model,
});

const ofWindow = (w: number): readonly FeatureSpec[] => [
  spec(`sharpe_${w}`, 'ratio', [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], w, true),
  spec(`sortino_${w}`, 'ratio', [-1, MOST], w, false),
  spec(`downside_deviation_${w}`, 'ratio', [0, 1], w, false),
  spec(`value_at_risk_95_${w}`, 'ratio', [Number.NEGATIVE_INFINITY, 1], w, false),
  spec(`conditional_value_at_risk_95_${w}`, 'ratio', [Number.NEGATIVE_INFINITY, 1], w, true),
  spec(`drawdown_${w}`, 'ratio', [0, 1], w - 1, true),
  spec(`max_drawdown_${w}`, 'ratio', [0, 1], w - 1, true),
  spec(`ulcer_index_${w}`, 'percent', [0, 100], w - 1, true),
  spec(`calmar_${w}`, 'ratio', [-1, MOST], w - 1, true),
];
const SINCE_FIRST = [spec('drawdown', 'ratio', [0, 1], 0, true), spec('max_drawdown', 'ratio', [0, 1], 0, false)];

/**
 * Risk over the last N bars, from simple returns of closes; per bar, never annualised; no risk-free rate. Losses and drawdowns are positive
 * shares: 0.1 is 10 %.
 *
 * | feature | unit, range | formula |
 * |---|---|---|
 * | `sharpe_N` | ratio | mean / sample standard deviation of N returns (Sharpe 1994) |
 * | `sortino_N` | ratio, -1 to 100 | mean / downside deviation (Sortino & Price 1994, target 0) |
 * | `downside_deviation_N` | 0 to 1 | sqrt(sum(min(return, 0)^2) / N): all N returns count |
 * | `value_at_risk_95_N` | up to 1 | minus the 5 % quantile of N returns, linear between the two nearest (Hyndman & Fan's type 7); below 0 where even that is a gain |
 * | `conditional_value_at_risk_95_N` | up to 1 | minus the mean of the smallest of N returns: the worst 5 % |
 * | `drawdown_N` | 0 to 1 | 1 - close / highest of N closes |
 * | `max_drawdown_N` | 0 to 1 | largest fall from a close to a later one among N closes |
 * | `ulcer_index_N` | percent, 0 to 100 | sqrt(mean of squared percent drawdowns of N closes, each from the highest close so far in the window) (Martin & McCann 1989) |
 * | `calmar_N` | ratio, -1 to 100 | (last / first of N closes - 1) / maximum drawdown of the N (Young 1991, without annualising) |
 * | `drawdown` | 0 to 1 | 1 - close / highest close since the first bar |
 * | `max_drawdown` | 0 to 1 | largest `drawdown` since the first bar |
 *
 * Degenerate cases: a standard deviation of at most 1e-12 gives Sharpe 0. Sortino and Calmar are limited to 100: a window that gains without a
 * loss has that value, and a window that never moves has 0.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function risk(given: RiskParameters = {}): FeatureFamily {
  const checked = checkOptions(given, RISK, 'risk');
  const { windows = [60], sinceFirst = checked.windows === undefined } = checked;
  if (windows.length === 0 && !sinceFirst) throw invalidOption('risk: windows is empty; list some bars, or give sinceFirst: true');
  const specs = [...windows.flatMap(ofWindow), ...(sinceFirst ? SINCE_FIRST : [])];
  return builtIn({
    name: 'risk',
    title: 'risk metrics',
    version: 1,
    parameters: { windows, sinceFirst },
    features: () => specs,
    fold(_market, state) {
      // one more than the window, for the value that leaves it
      const longest = most([1, ...windows]);
      const past = longest - 1;
      const closes = state.history(past);
      const returns = state.history(longest);
      const losses = state.history(past);
      /** Highest close and largest drawdown since the first bar. */
      const extremes = state.slots(2);
      const scratch = () => new Float64Array(BLOCK_BARS);
      const mean = scratch();
      const squares = scratch();
      const worsts = windows.map((bars) => Array.from({ length: bars / TAIL + 1 }, scratch));

      return (block, out) => {
        const { length, first, close } = block;
        closes.load(close);
        simpleReturns(closes.values, past, length, returns.values, longest);
        for (let i = 0; i < length; i++) {
          const value = returns.values[longest + i];
          losses.values[past + i] = value < 0 ? value * value : 0;
        }
        for (let w = 0; w < windows.length; w++) {
          const bars = windows[w];
          const at = OF_A_WINDOW * w;
          const [sharpe, sortino, downside, valueAtRisk, tail, drawdown, maxDrawdown, ulcer, calmar] = out.slice(at, at + OF_A_WINDOW);
          rollingMean(returns.values, longest, length, first, bars, mean);
          rollingSquares(returns.values, longest, length, bars, mean, squares);
          rollingSum(losses.values, past, length, first, bars, downside);
          for (let i = 0; i < length; i++) {
            const deviation = Math.sqrt(squares[i] / (bars - 1));
            sharpe[i] = deviation <= NEGLIGIBLE ? 0 : mean[i] / deviation;
            // the first bar's return is unknown, not 0
            downside[i] = first + i < bars ? Number.NaN : Math.sqrt(downside[i] / bars);
            sortino[i] = ratioToRisk(mean[i], downside[i]);
          }

          const worst = worsts[w];
          const inTail = bars / TAIL;
          rollingWorst(returns.values, longest, length, first, bars, bars, worst);
          // place of the 5 % quantile among sorted values, from 0: 2.95 of 60
          const weight = 0.05 * (bars - 1) - (inTail - 1);
          const [below, above] = [worst[inTail - 1], worst[inTail]];
          for (let i = 0; i < length; i++) {
            valueAtRisk[i] = 0 - (below[i] + (above[i] - below[i]) * weight);
            let sum = worst[0][i];
            for (let place = 1; place < inTail; place++) sum += worst[place][i];
            tail[i] = 0 - sum / inTail;
          }

          rollingMax(closes.values, past, length, first, bars, drawdown);
          for (let i = 0; i < length; i++) drawdown[i] = 1 - close[i] / drawdown[i];
          rollingMaxDrawdown(closes.values, past, length, first, bars, maxDrawdown);
          rollingSquaredDrawdowns(closes.values, past, length, first, bars, ulcer);
          for (let i = 0; i < length; i++) {
            ulcer[i] = Math.sqrt(ulcer[i] / bars);
            calmar[i] = ratioToRisk(close[i] / closes.values[longest - bars + i] - 1, maxDrawdown[i]);
          }
        }

        if (!sinceFirst) return;
        const [fromPeak, worstFromPeak] = out.slice(OF_A_WINDOW * windows.length);
        let peak = extremes[0];
        let deepest = extremes[1];
        for (let i = 0; i < length; i++) {
          if (close[i] > peak) peak = close[i];
          fromPeak[i] = 1 - close[i] / peak;
          if (fromPeak[i] > deepest) deepest = fromPeak[i];
          worstFromPeak[i] = deepest;
        }
        extremes[0] = peak;
        extremes[1] = deepest;
      };
    },
  });
}

/** Gain over risk, at most {@link MOST}; 0 without either, NaN while warming up. */
function ratioToRisk(gain: number, risked: number): number {
  if (gain > risked * MOST) return MOST;
  return risked === 0 ? 0 : clamp(gain / risked, -1, MOST);
}
