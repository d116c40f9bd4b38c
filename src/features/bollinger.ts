import { BLOCK_BARS, type FeatureFamily, type FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { rollingMean, rollingSquares } from './windows';

const PERIOD = 20;
const DEVIATIONS = 2;
const warmup = PERIOD - 1;
const group = 'technical_indicators';
const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;

const SPECS: readonly FeatureSpec[] = [
  { name: 'bollinger_upper', group, unit: 'price', range: [0, POSITIVE_INFINITY], warmup, model: false },
  { name: 'bollinger_middle', group, unit: 'price', range: [0, POSITIVE_INFINITY], warmup, model: false },
  { name: 'bollinger_lower', group, unit: 'price', range: [NEGATIVE_INFINITY, POSITIVE_INFINITY], warmup, model: false },
  // the last of n values is at most sqrt(n - 1) population deviations from their mean: 19 ** 0.5 / 4 either side of 0.5
  { name: 'bollinger_percent_b', group, unit: 'ratio', range: [-0.6, 1.6], warmup, model: true },
  // and their deviation is at most sqrt(n - 1) means: 4 * 19 ** 0.5
  { name: 'bollinger_bandwidth', group, unit: 'ratio', range: [0, 17.44], warmup, model: true },
];

/**
 * Bollinger bands of the close, 20 bars and 2 population deviations (J. Bollinger 2001; TA-Lib `BBANDS`).
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `bollinger_middle` | mean of the last 20 closes | price, above 0 | no |
 * | `bollinger_upper`, `bollinger_lower` | middle + and - 2 deviations (divided by 20, not 19) | price; the lower band can be negative | no |
 * | `bollinger_percent_b` | (close - lower) / (upper - lower); without width 0.5 | ratio, -0.6 to 1.6 | yes |
 * | `bollinger_bandwidth` | (upper - lower) / middle | ratio, 0 to 17.44 | yes |
 *
 * A deviation below 1e-12 of the mean is rounding, and counts as 0.
 */
export const bollinger: FeatureFamily = {
  title: 'Bollinger bands',
  features: () => SPECS,
  fold(_market, state) {
    const close = state.history(PERIOD - 1);
    const squares = new Float64Array(BLOCK_BARS);

    return (block, [upper, middle, lower, percentB, bandwidth]) => {
      const { length } = block;
      close.load(block.close);
      rollingMean(close.values, PERIOD - 1, length, block.first, PERIOD, middle);
      rollingSquares(close.values, PERIOD - 1, length, PERIOD, middle, squares);
      for (let i = 0; i < length; i++) {
        const mean = middle[i];
        const root = Math.sqrt(squares[i] / PERIOD);
        const deviation = root < mean * NEGLIGIBLE ? 0 : root;
        const half = DEVIATIONS * deviation;
        upper[i] = mean + half;
        lower[i] = mean - half;
        percentB[i] = deviation === 0 ? 0.5 : 0.5 + (block.close[i] - mean) / (2 * half);
        bandwidth[i] = (2 * half) / mean;
      }
    };
  },
};
