import { invalidOption, oneOf, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf, pairOf } from '../options/lists';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { clamp, rollingAutocovariance, rollingMoments, rollingRank } from './moments';
import { most } from './names';
import { NEGLIGIBLE } from './negligible';
import { logReturns, simpleReturns } from './returns';
import { rollingMax, rollingMean, rollingMin, rollingSquares, rollingSum } from './windows';

const ANY = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
/** Features of one window. */
const OF_A_WINDOW = 6;
/** Autocorrelations over fewer bars are mostly noise. */
const STEADY = 60;

type LagAndWindow = readonly [lag: number, window: number];

const pairs = listOf('pairs', pairOf('[lag, window], such as [1, 60]', whole(WINDOW_BARS), whole({ ...WINDOW_BARS, from: 2 })));
const windowsFrom = (from: number) => listOf('windows', whole({ ...WINDOW_BARS, from }));

/** Parameters of {@link statistics}. Without any list the standard ones; with one, what is not listed is left out. */
export interface StatisticsParameters {
  /** Returns of a bar. Standard: 'simple' and 'log'. */
  readonly returns?: readonly ('simple' | 'log')[] | undefined;
  /** Bars of moments of returns, z-scores of closes and positions in the range, 4 to 10,000 each. Standard: 20 and 60. */
  readonly windows?: readonly number[] | undefined;
  /** Lags and windows of autocorrelations of returns, the lag the smaller. Standard: 1 in 20, 1 in 60 and 5 in 60. */
  readonly autocorrelations?: readonly (readonly [lag: number, window: number])[] | undefined;
  /** The same of absolute returns. Standard: 1 in 60. */
  readonly absoluteAutocorrelations?: readonly (readonly [lag: number, window: number])[] | undefined;
  /** Bars of z-scores of the return, 2 to 10,000 each. Standard: 60. */
  readonly zScores?: readonly number[] | undefined;
  /** Bars of ranks of the return, 2 to 10,000 each. Standard: 60. */
  readonly ranks?: readonly number[] | undefined;
  /** Bars of shares of rises, 1 to 10,000 each. Standard: 20. */
  readonly upShares?: readonly number[] | undefined;
}

const NONE = 'none with lists of your own';

/** Parameters of {@link statistics}. */
export const STATISTICS = {
  returns: { takes: listOf('returns', oneOf('simple', 'log')), default: `simple and log; ${NONE}`, sentence: 'Returns of a bar.' },
  windows: {
    takes: windowsFrom(4),
    default: `20 and 60; ${NONE}`,
    sentence: 'Bars of moments of returns, z-scores of closes and positions in the range.',
  },
  autocorrelations: {
    takes: pairs,
    default: `1 in 20, 1 in 60 and 5 in 60; ${NONE}`,
    sentence: 'Lags and windows of autocorrelations of returns, the lag the smaller.',
  },
  absoluteAutocorrelations: { takes: pairs, default: `1 in 60; ${NONE}`, sentence: 'The same of absolute returns.' },
  zScores: { takes: windowsFrom(2), default: `60; ${NONE}`, sentence: 'Bars of z-scores of the return.' },
  ranks: { takes: windowsFrom(2), default: `60; ${NONE}`, sentence: 'Bars of ranks of the return.' },
  upShares: { takes: windowsFrom(1), default: `20; ${NONE}`, sentence: 'Bars of shares of rises.' },
} as const satisfies Descriptions<StatisticsParameters>;

/** How many sample standard deviations one of n values can lie from their mean: n - 1 equal ones and it. */
const mostDeviations = (n: number): number => (n - 1) / Math.sqrt(n);

/** Bias-corrected excess kurtosis of n values that are one of two numbers, half of them each: the least there is. */
const leastKurtosis = (n: number): number => (-2 * (n - 1)) / (n - 3);

type Resolved = { readonly [Key in keyof StatisticsParameters]-?: NonNullable<StatisticsParameters[Key]> };

const STANDARD: Resolved = {
  returns: ['simple', 'log'],
  windows: [20, 60],
  autocorrelations: [
    [1, 20],
    [1, 60],
    [5, 60],
  ],
  absoluteAutocorrelations: [[1, 60]],
  zScores: [60],
  ranks: [60],
  upShares: [20],
};

function resolved(given: StatisticsParameters): Resolved {
  const lists = checkOptions(given, STATISTICS, 'statistics');
  if (Object.keys(lists).length === 0) return STANDARD;
  const { autocorrelations = [], absoluteAutocorrelations = [] } = lists;
  const wrong = [...autocorrelations, ...absoluteAutocorrelations].find(([lag, window]) => lag >= window);
  if (wrong !== undefined)
    throw invalidOption(`statistics: an autocorrelation has lag ${wrong[0]} in a window of ${wrong[1]}; the lag must be smaller`);
  const { returns = [], windows = [], zScores = [], ranks = [], upShares = [] } = lists;
  const all = { returns, windows, autocorrelations, absoluteAutocorrelations, zScores, ranks, upShares };
  if (Object.values(all).every((list) => list.length === 0)) throw invalidOption('statistics: all lists are empty; list something');
  return all;
}

function specsOf({
  returns,
  windows,
  autocorrelations,
  absoluteAutocorrelations,
  zScores,
  ranks,
  upShares,
}: Resolved): readonly FeatureSpec[] {
  const spec = (name: string, unit: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
    name,
    group: 'statistical_features',
    unit,
    range,
    warmup,
    model,
  });
  const correlation = (prefix: string, [lag, window]: LagAndWindow) =>
    spec(`${prefix}return_autocorrelation_${lag}_${window}`, 'ratio', [-1, 1], window, window >= STEADY);
  return [
    ...returns.map((kind) => spec(`${kind}_return`, 'ratio', kind === 'simple' ? [-1, Number.POSITIVE_INFINITY] : ANY, 1, false)),
    ...windows.flatMap((w) => [
      spec(`return_mean_${w}`, 'ratio', ANY, w, false),
      spec(`return_std_${w}`, 'ratio', [0, Number.POSITIVE_INFINITY], w, false),
      spec(`return_skewness_${w}`, 'number', [-Math.sqrt(w), Math.sqrt(w)], w, true),
      spec(`return_kurtosis_${w}`, 'number', [leastKurtosis(w), w], w, true),
      // %B of the Bollinger bands is the same number on another scale
      spec(`close_zscore_${w}`, 'standard deviations', [-mostDeviations(w), mostDeviations(w)], w - 1, w !== 20),
      spec(`range_position_${w}`, 'ratio', [0, 1], w - 1, true),
    ]),
    ...autocorrelations.map((pair) => correlation('', pair)),
    ...absoluteAutocorrelations.map((pair) => correlation('absolute_', pair)),
    ...zScores.map((w) => spec(`return_zscore_${w}`, 'standard deviations', [-mostDeviations(w), mostDeviations(w)], w, true)),
    ...ranks.map((w) => spec(`return_rank_${w}`, 'ratio', [0, 1], w, false)),
    ...upShares.map((w) => spec(`up_share_${w}`, 'ratio', [0, 1], w, true)),
  ];
}

/**
 * Basic statistics of returns and closes. Every return but `simple_return` is a log return.
 *
 * | feature | unit, range | formula |
 * |---|---|---|
 * | `simple_return` | ratio, above -1 | close / close before - 1 |
 * | `log_return` | ratio | ln(close / close before) |
 * | `return_mean_N` | ratio | mean of N returns; in the matrix as rate of change |
 * | `return_std_N` | ratio, 0 up | sample standard deviation (divisor N - 1); in the matrix as volatility |
 * | `return_skewness_N` | -sqrt N to sqrt N | bias-corrected G1 = n / ((n-1)(n-2)) sum(d^3) / s^3, as pandas, Excel and SAS have it (Joanes & Gill 1998) |
 * | `return_kurtosis_N` | -2 (N-1) / (N-3) to N | bias-corrected excess G2 = (n-1) / ((n-2)(n-3)) ((n+1) g2 + 6), the same source; 0 for a normal distribution |
 * | `close_zscore_N` | standard deviations | (close - mean) / sample standard deviation of N closes; models see it unless N is 20, which `bollinger_percent_b` tells them |
 * | `range_position_N` | 0 to 1 | (close - lowest low) / (highest high - lowest low) of N bars |
 * | `return_autocorrelation_K_N` | -1 to 1 | sum(d[t] d[t-K]) / sum(d[t]^2) inside the window (Box & Jenkins 1976); for the models from 60 bars on |
 * | `absolute_return_autocorrelation_K_N` | -1 to 1 | the same of absolute returns: whether volatility clusters |
 * | `return_zscore_N` | standard deviations | (return - mean) / sample standard deviation of N returns, its own included |
 * | `return_rank_N` | 0 to 1 | share of the N - 1 returns before that are smaller, equal ones half |
 * | `up_share_N` | 0 to 1 | share of N returns above 0 |
 *
 * Degenerate cases: without deviation (returns: at most 1e-12; closes: at most 1e-12 of their mean) skewness, kurtosis, z-scores and
 * autocorrelations are 0; with a range of 0 the position is 0.5.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function statistics(given: StatisticsParameters = {}): FeatureFamily {
  const parameters = resolved(given);
  const { returns: kinds, windows, autocorrelations, absoluteAutocorrelations, zScores, ranks, upShares } = parameters;
  const specs = specsOf(parameters);
  const lags = [...autocorrelations, ...absoluteAutocorrelations];
  const windowsAt = kinds.length;
  const lagsAt = windowsAt + OF_A_WINDOW * windows.length;
  const zScoresAt = lagsAt + lags.length;
  const ranksAt = zScoresAt + zScores.length;
  const upSharesAt = ranksAt + ranks.length;
  return builtIn({
    name: 'statistics',
    title: 'basic statistics',
    version: 1,
    parameters: { ...parameters },
    features: () => specs,
    fold(_market, state) {
      const past = most([2, ...windows, ...lags.map(([, window]) => window), ...zScores, ...ranks]) - 1;
      const risesPast = most([1, ...upShares]) - 1;
      const closes = state.history(past);
      const highs = state.history(past);
      const lows = state.history(past);
      const returns = state.history(past);
      const absolutes = state.history(past);
      const rises = state.history(risesPast);
      const scratch = () => new Float64Array(BLOCK_BARS);
      const mean = scratch();
      const squares = scratch();
      const covariances = scratch();
      const sums = { squares: scratch(), cubes: scratch(), fourths: scratch() };
      const [ownMean, ownStd] = [scratch(), scratch()];

      return (block, out) => {
        const { length, first } = block;
        closes.load(block.close);
        highs.load(block.high);
        lows.load(block.low);
        logReturns(closes.values, past, length, first, returns.values, past);
        for (let i = 0; i < length; i++) {
          const value = returns.values[past + i];
          absolutes.values[past + i] = Math.abs(value);
          rises.values[risesPast + i] = value > 0 ? 1 : 0;
        }
        for (let j = 0; j < kinds.length; j++) {
          if (kinds[j] === 'log') out[j].set(returns.values.subarray(past, past + length));
          else simpleReturns(closes.values, past, length, out[j], 0);
        }

        for (let w = 0; w < windows.length; w++) {
          const window = windows[w];
          const at = windowsAt + OF_A_WINDOW * w;
          const [returnMean, std, skewness, kurtosis, zScore, position] = out.slice(at, at + OF_A_WINDOW);
          rollingMean(returns.values, past, length, first, window, returnMean);
          rollingMoments(returns.values, past, length, window, returnMean, sums);
          for (let i = 0; i < length; i++) std[i] = Math.sqrt(sums.squares[i] / (window - 1));
          writeShape(length, window, sums, std, skewness, kurtosis);

          rollingMean(closes.values, past, length, first, window, mean);
          rollingSquares(closes.values, past, length, window, mean, squares);
          const farthest = mostDeviations(window);
          for (let i = 0; i < length; i++) {
            const deviation = Math.sqrt(squares[i] / (window - 1));
            zScore[i] = deviation <= NEGLIGIBLE * mean[i] ? 0 : clamp((block.close[i] - mean[i]) / deviation, -farthest, farthest);
          }

          rollingMin(lows.values, past, length, first, window, mean);
          rollingMax(highs.values, past, length, first, window, squares);
          for (let i = 0; i < length; i++) {
            const range = squares[i] - mean[i];
            position[i] = range === 0 ? 0.5 : (block.close[i] - mean[i]) / range;
          }
        }

        const meanOf = (window: number): Float64Array => {
          const w = windows.indexOf(window);
          if (w >= 0) return out[windowsAt + OF_A_WINDOW * w];
          rollingMean(returns.values, past, length, first, window, ownMean);
          return ownMean;
        };
        const correlate = (values: Float64Array, [lag, window]: LagAndWindow, centre: Float64Array, column: Float64Array) => {
          rollingAutocovariance(values, past, length, window, lag, centre, covariances);
          const none = window * NEGLIGIBLE * NEGLIGIBLE;
          for (let i = 0; i < length; i++) column[i] = squares[i] <= none ? 0 : clamp(covariances[i] / squares[i], -1, 1);
        };
        // neighbours in the list often have the same window
        let squaresOf = 0;
        for (let j = 0; j < autocorrelations.length; j++) {
          const [, window] = autocorrelations[j];
          const centre = meanOf(window);
          if (window !== squaresOf) rollingSquares(returns.values, past, length, window, centre, squares);
          squaresOf = window;
          correlate(returns.values, autocorrelations[j], centre, out[lagsAt + j]);
        }
        squaresOf = 0;
        for (let j = 0; j < absoluteAutocorrelations.length; j++) {
          const [, window] = absoluteAutocorrelations[j];
          if (window !== squaresOf) {
            rollingMean(absolutes.values, past, length, first, window, mean);
            rollingSquares(absolutes.values, past, length, window, mean, squares);
          }
          squaresOf = window;
          correlate(absolutes.values, absoluteAutocorrelations[j], mean, out[lagsAt + autocorrelations.length + j]);
        }

        for (let j = 0; j < zScores.length; j++) {
          const window = zScores[j];
          const w = windows.indexOf(window);
          const centre = meanOf(window);
          const std = w >= 0 ? out[windowsAt + OF_A_WINDOW * w + 1] : ownStd;
          if (w < 0) {
            rollingMoments(returns.values, past, length, window, centre, sums);
            for (let i = 0; i < length; i++) std[i] = Math.sqrt(sums.squares[i] / (window - 1));
          }
          const farthest = mostDeviations(window);
          const column = out[zScoresAt + j];
          for (let i = 0; i < length; i++) {
            const deviation = returns.values[past + i] - centre[i];
            column[i] = std[i] <= NEGLIGIBLE ? 0 : clamp(deviation / std[i], -farthest, farthest);
          }
        }
        for (let j = 0; j < ranks.length; j++) {
          const rank = out[ranksAt + j];
          rollingRank(returns.values, past, length, ranks[j], rank);
          for (let i = 0; first + i < ranks[j] && i < length; i++) rank[i] = Number.NaN;
        }
        for (let j = 0; j < upShares.length; j++) {
          const window = upShares[j];
          const upShare = out[upSharesAt + j];
          rollingSum(rises.values, risesPast, length, first, window, upShare);
          for (let i = 0; i < length; i++) upShare[i] /= window;
          // the first bar has no return, and is no fall either
          for (let i = 0; first + i < window && i < length; i++) upShare[i] = Number.NaN;
        }
      };
    },
  });
}

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
