import type { FeatureFamily, FeatureSpec } from './family';
import { BLOCK_BARS } from './family';
import { clamp, rollingAutocovariance, rollingMoments, rollingRank } from './moments';
import { NEGLIGIBLE } from './negligible';
import { logReturns, simpleReturns } from './returns';
import { rollingMax, rollingMean, rollingMin, rollingSquares, rollingSum } from './windows';

const SHORT = 20;
const LONG = 60;
const WINDOWS = [SHORT, LONG] as const;
const ANY = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

const spec = (name: string, unit: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
  name,
  group: 'statistical_features',
  unit,
  range,
  warmup,
  model,
});

/** How many sample standard deviations one of n values can lie from their mean: n - 1 equal ones and it. */
const mostDeviations = (n: number): number => (n - 1) / Math.sqrt(n);

/** Bias-corrected excess kurtosis of n values that are one of two numbers, half of them each: the least there is. */
const leastKurtosis = (n: number): number => (-2 * (n - 1)) / (n - 3);

const SPECS: readonly FeatureSpec[] = [
  spec('simple_return', 'ratio', [-1, Number.POSITIVE_INFINITY], 1, false),
  spec('log_return', 'ratio', ANY, 1, false),
  ...WINDOWS.flatMap((w) => [
    spec(`return_mean_${w}`, 'ratio', ANY, w, false),
    spec(`return_std_${w}`, 'ratio', [0, Number.POSITIVE_INFINITY], w, false),
    spec(`return_skewness_${w}`, 'number', [-Math.sqrt(w), Math.sqrt(w)], w, true),
    spec(`return_kurtosis_${w}`, 'number', [leastKurtosis(w), w], w, true),
    // %B of the Bollinger bands is the same number on another scale
    spec(`close_zscore_${w}`, 'standard deviations', [-mostDeviations(w), mostDeviations(w)], w - 1, w !== SHORT),
    spec(`range_position_${w}`, 'ratio', [0, 1], w - 1, true),
  ]),
  spec('return_autocorrelation_1_20', 'ratio', [-1, 1], SHORT, false),
  spec('return_autocorrelation_1_60', 'ratio', [-1, 1], LONG, true),
  spec('return_autocorrelation_5_60', 'ratio', [-1, 1], LONG, true),
  spec('absolute_return_autocorrelation_1_60', 'ratio', [-1, 1], LONG, true),
  spec('return_zscore_60', 'standard deviations', [-mostDeviations(LONG), mostDeviations(LONG)], LONG, true),
  spec('return_rank_60', 'ratio', [0, 1], LONG, false),
  spec('up_share_20', 'ratio', [0, 1], SHORT, true),
];

/**
 * Basic statistics of returns and closes over the last 20 and 60 bars. Every return but `simple_return` is a log return.
 *
 * | feature | unit, range | formula |
 * |---|---|---|
 * | `simple_return` | ratio, above -1 | close / close before - 1 |
 * | `log_return` | ratio | ln(close / close before) |
 * | `return_mean_N` | ratio | mean of N returns; in the matrix as rate of change |
 * | `return_std_N` | ratio, 0 up | sample standard deviation (divisor N - 1); in the matrix as volatility |
 * | `return_skewness_N` | -sqrt N to sqrt N | bias-corrected G1 = n / ((n-1)(n-2)) sum(d^3) / s^3, as pandas, Excel and SAS have it (Joanes & Gill 1998) |
 * | `return_kurtosis_N` | -2 (N-1) / (N-3) to N | bias-corrected excess G2 = (n-1) / ((n-2)(n-3)) ((n+1) g2 + 6), the same source; 0 for a normal distribution |
 * | `close_zscore_N` | standard deviations | (close - mean) / sample standard deviation of N closes |
 * | `range_position_N` | 0 to 1 | (close - lowest low) / (highest high - lowest low) of N bars |
 * | `return_autocorrelation_K_N` | -1 to 1 | sum(d[t] d[t-K]) / sum(d[t]^2) inside the window (Box & Jenkins 1976) |
 * | `absolute_return_autocorrelation_1_60` | -1 to 1 | the same of absolute returns: whether volatility clusters |
 * | `return_zscore_60` | standard deviations | (return - mean) / sample standard deviation of 60 returns, its own included |
 * | `return_rank_60` | 0 to 1 | share of the 59 returns before that are smaller, equal ones half |
 * | `up_share_20` | 0 to 1 | share of 20 returns above 0 |
 *
 * Degenerate cases: without deviation (returns: at most 1e-12; closes: at most 1e-12 of their mean) skewness, kurtosis, z-scores and
 * autocorrelations are 0; with a range of 0 the position is 0.5.
 */
export const statistics: FeatureFamily = {
  title: 'basic statistics',
  features: () => SPECS,
  fold(_market, state) {
    const past = LONG - 1;
    const closes = state.history(past);
    const highs = state.history(past);
    const lows = state.history(past);
    const returns = state.history(past);
    const absolutes = state.history(past);
    const rises = state.history(SHORT - 1);
    const scratch = () => new Float64Array(BLOCK_BARS);
    const mean = scratch();
    const squares = scratch();
    const covariances = scratch();
    const sums = { squares: scratch(), cubes: scratch(), fourths: scratch() };

    return (block, out) => {
      const { length, first } = block;
      const [simple, log, ...rest] = out;
      closes.load(block.close);
      highs.load(block.high);
      lows.load(block.low);
      simpleReturns(closes.values, past, length, simple, 0);
      logReturns(closes.values, past, length, first, returns.values, past);
      for (let i = 0; i < length; i++) {
        const value = returns.values[past + i];
        log[i] = value;
        absolutes.values[past + i] = Math.abs(value);
        rises.values[SHORT - 1 + i] = value > 0 ? 1 : 0;
      }

      for (let w = 0; w < WINDOWS.length; w++) {
        const window = WINDOWS[w];
        const [returnMean, std, skewness, kurtosis, zScore, position] = rest.slice(6 * w, 6 * w + 6);
        rollingMean(returns.values, past, length, first, window, returnMean);
        rollingMoments(returns.values, past, length, window, returnMean, sums);
        for (let i = 0; i < length; i++) std[i] = Math.sqrt(sums.squares[i] / (window - 1));
        writeShape(length, window, sums, std, skewness, kurtosis);

        rollingMean(closes.values, past, length, first, window, mean);
        rollingSquares(closes.values, past, length, window, mean, squares);
        const most = mostDeviations(window);
        for (let i = 0; i < length; i++) {
          const deviation = Math.sqrt(squares[i] / (window - 1));
          zScore[i] = deviation <= NEGLIGIBLE * mean[i] ? 0 : clamp((block.close[i] - mean[i]) / deviation, -most, most);
        }

        rollingMin(lows.values, past, length, first, window, mean);
        rollingMax(highs.values, past, length, first, window, squares);
        for (let i = 0; i < length; i++) {
          const range = squares[i] - mean[i];
          position[i] = range === 0 ? 0.5 : (block.close[i] - mean[i]) / range;
        }
      }

      const [lag1Short, lag1, lag5, absoluteLag1, returnZScore, rank, upShare] = rest.slice(6 * WINDOWS.length);
      const correlate = (values: Float64Array, window: number, lag: number, centre: Float64Array, column: Float64Array) => {
        rollingSquares(values, past, length, window, centre, squares);
        rollingAutocovariance(values, past, length, window, lag, centre, covariances);
        const none = window * NEGLIGIBLE * NEGLIGIBLE;
        for (let i = 0; i < length; i++) column[i] = squares[i] <= none ? 0 : clamp(covariances[i] / squares[i], -1, 1);
      };
      const [meanShort] = rest;
      const meanLong = rest[6];
      const stdLong = rest[7];
      correlate(returns.values, SHORT, 1, meanShort, lag1Short);
      correlate(returns.values, LONG, 1, meanLong, lag1);
      correlate(returns.values, LONG, 5, meanLong, lag5);
      rollingMean(absolutes.values, past, length, first, LONG, mean);
      correlate(absolutes.values, LONG, 1, mean, absoluteLag1);
      const most = mostDeviations(LONG);
      for (let i = 0; i < length; i++) {
        returnZScore[i] = stdLong[i] <= NEGLIGIBLE ? 0 : clamp((log[i] - meanLong[i]) / stdLong[i], -most, most);
      }

      rollingRank(returns.values, past, length, LONG, rank);
      for (let i = 0; first + i < LONG && i < length; i++) rank[i] = Number.NaN;
      rollingSum(rises.values, SHORT - 1, length, first, SHORT, upShare);
      for (let i = 0; i < length; i++) upShare[i] /= SHORT;
      // the first bar has no return, and is no fall either
      for (let i = 0; first + i < SHORT && i < length; i++) upShare[i] = Number.NaN;
    };
  },
};

/** Skewness and kurtosis from power sums; `std` is the sample deviation, NaN during warm-up. */
function writeShape(
  count: number,
  n: number,
  sums: { readonly cubes: Float64Array; readonly fourths: Float64Array },
  std: Float64Array,
  skewness: Float64Array,
  kurtosis: Float64Array,
): void {
  const skew = n / ((n - 1) * (n - 2));
  const scale = (n * (n + 1)) / ((n - 1) * (n - 2) * (n - 3));
  const mostSkewness = Math.sqrt(n);
  const least = leastKurtosis(n);
  const normal = (3 * (n - 1) * (n - 1)) / ((n - 2) * (n - 3));
  for (let i = 0; i < count; i++) {
    const s = std[i];
    if (s <= NEGLIGIBLE) {
      skewness[i] = 0;
      kurtosis[i] = 0;
    } else {
      const variance = s * s;
      skewness[i] = clamp((skew * sums.cubes[i]) / (variance * s), -mostSkewness, mostSkewness);
      kurtosis[i] = clamp((scale * sums.fourths[i]) / (variance * variance) - normal, least, n);
    }
  }
}
