import { number, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { outward, suffixOf } from './names';
import { NEGLIGIBLE } from './negligible';
import { rollingMean, rollingSquares } from './windows';

const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;

/** Parameters of {@link bollinger}. */
export interface BollingerParameters {
  /** Bars of mean and deviation, 2 to 10,000. Default 20. */
  readonly period?: number | undefined;
  /** Population deviations between the middle and each band, above 0, at most 100. Default 2. */
  readonly deviations?: number | undefined;
}

/** Parameters of {@link bollinger}. */
export const BOLLINGER = {
  period: { takes: whole({ ...WINDOW_BARS, from: 2 }), default: 20, sentence: 'Bars of mean and deviation.' },
  deviations: { takes: number({ above: 0, to: 100 }), default: 2, sentence: 'Population deviations between the middle and each band.' },
} as const satisfies Descriptions<BollingerParameters>;

/**
 * Bollinger bands of the close (J. Bollinger 2001; TA-Lib `BBANDS`). With N bars and K deviations:
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `bollinger_middle` | mean of the last N closes | price, above 0 | no |
 * | `bollinger_upper`, `bollinger_lower` | middle + and - K deviations (divided by N, not N - 1) | price; the lower band can be negative | no |
 * | `bollinger_percent_b` | (close - lower) / (upper - lower); without width 0.5 | ratio, -0.6 to 1.6 for the defaults | yes |
 * | `bollinger_bandwidth` | (upper - lower) / middle | ratio, 0 to 17.44 for the defaults | yes |
 *
 * Names have no suffix for the defaults, else `_N_K`: `bollinger_upper_10_1p5`. A deviation below 1e-12 of the mean is rounding, and counts as 0.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function bollinger(given: BollingerParameters = {}): FeatureFamily {
  const { period = BOLLINGER.period.default, deviations = BOLLINGER.deviations.default } = checkOptions(given, BOLLINGER, 'bollinger');
  const suffix = suffixOf([period, deviations], [BOLLINGER.period.default, BOLLINGER.deviations.default]);
  // the last of n values is at most sqrt(n - 1) population deviations from their mean, and their deviation is at most sqrt(n - 1) means
  const farthest = Math.sqrt(period - 1);
  const spec = (name: string, unit: string, range: readonly [number, number], model: boolean): FeatureSpec => ({
    name: `bollinger_${name}${suffix}`,
    group: 'technical_indicators',
    unit,
    range,
    warmup: period - 1,
    model,
  });
  const specs = [
    spec('upper', 'price', [0, POSITIVE_INFINITY], false),
    spec('middle', 'price', [0, POSITIVE_INFINITY], false),
    spec('lower', 'price', [NEGATIVE_INFINITY, POSITIVE_INFINITY], false),
    spec('percent_b', 'ratio', [0.5 - outward(farthest / (2 * deviations)), 0.5 + outward(farthest / (2 * deviations))], true),
    spec('bandwidth', 'ratio', [0, outward(2 * deviations * farthest)], true),
  ];
  return builtIn({
    name: 'bollinger',
    title: 'Bollinger bands',
    version: 1,
    parameters: { period, deviations },
    features: () => specs,
    fold(_market, state) {
      const past = period - 1;
      const close = state.history(past);
      const squares = new Float64Array(BLOCK_BARS);

      return (block, [upper, middle, lower, percentB, bandwidth]) => {
        const { length } = block;
        close.load(block.close);
        rollingMean(close.values, past, length, block.first, period, middle);
        rollingSquares(close.values, past, length, period, middle, squares);
        for (let i = 0; i < length; i++) {
          const mean = middle[i];
          const root = Math.sqrt(squares[i] / period);
          const deviation = root < mean * NEGLIGIBLE ? 0 : root;
          const half = deviations * deviation;
          upper[i] = mean + half;
          lower[i] = mean - half;
          percentB[i] = deviation === 0 ? 0.5 : 0.5 + (block.close[i] - mean) / (2 * half);
          bandwidth[i] = (2 * half) / mean;
        }
      };
    },
  });
}
