import { ln } from '../logarithm';
import type { FeatureFamily, FeatureSpec } from './family';
import { BLOCK_BARS } from './family';
import { NEGLIGIBLE } from './negligible';
import { rollingMean, rollingSquares, rollingSum } from './windows';

const SHORT = 20;
const LONG = 60;
const WINDOWS = [SHORT, LONG] as const;
const ESTIMATORS = 5;
const LN_2 = ln(2);

const spec = (name: string, range: readonly [number, number], warmup: number, model: boolean): FeatureSpec => ({
  name,
  group: 'volatility_features',
  unit: 'ratio',
  range,
  warmup,
  model,
});

const UNBOUNDED = [0, Number.POSITIVE_INFINITY] as const;
/** Warm-up of `volatility_of_volatility_60`: 60 values of `close_volatility_20`. */
const NESTED_WARMUP = SHORT - 1 + LONG - 1;
/** All deviation of the long window may lie in the short one, with n - 2 degrees of freedom each. */
const MOST_RATIO = Math.sqrt((LONG - 2) / (SHORT - 2));

const SPECS: readonly FeatureSpec[] = [
  ...WINDOWS.flatMap((n) => [
    spec(`close_volatility_${n}`, UNBOUNDED, n - 1, true),
    spec(`parkinson_volatility_${n}`, UNBOUNDED, n - 1, true),
    spec(`garman_klass_volatility_${n}`, UNBOUNDED, n - 1, false),
    spec(`rogers_satchell_volatility_${n}`, UNBOUNDED, n - 1, n === SHORT),
    spec(`yang_zhang_volatility_${n}`, UNBOUNDED, n, n === LONG),
  ]),
  spec('volatility_of_volatility_60', [0, Math.sqrt(LONG)], NESTED_WARMUP, true),
  spec('volatility_ratio_20_60', [0, MOST_RATIO], LONG - 1, true),
];

/**
 * Volatility over the last 20 and 60 bars, as a share of the price per bar, never annualised. The five estimators are those of R's
 * `TTR::volatility(n = N, N = 1)`. With o = ln(open / close before), u = ln(high / open), d = ln(low / open), c = ln(close / open):
 *
 * | feature | range | formula |
 * |---|---|---|
 * | `close_volatility_N` | 0 up | sample standard deviation of the N - 1 log returns between N closes |
 * | `parkinson_volatility_N` | 0 up | sqrt(sum (u - d)^2 / (4 N ln 2)) (Parkinson 1980) |
 * | `garman_klass_volatility_N` | 0 up | sqrt(mean(0.5 (u - d)^2 - (2 ln 2 - 1) c^2)) (Garman & Klass 1980) |
 * | `rogers_satchell_volatility_N` | 0 up | sqrt(mean(u (u - c) + d (d - c))) (Rogers & Satchell 1991) |
 * | `yang_zhang_volatility_N` | 0 up | sqrt(var(o) + k var(c) + (1 - k) RS^2), sample variances of N, k = 0.34 / (1.34 + (N + 1) / (N - 1)) (Yang & Zhang 2000) |
 * | `volatility_of_volatility_60` | 0 to sqrt 60 | sample standard deviation / mean of the last 60 values of `close_volatility_20` |
 * | `volatility_ratio_20_60` | 0 to 1.8 | `close_volatility_20` / `close_volatility_60` |
 *
 * Degenerate cases: flat bars have volatility 0; where the divisor is at most 1e-12, volatility of volatility is 0 and the ratio is 1.
 */
export const volatility: FeatureFamily = {
  title: 'volatility',
  features: () => SPECS,
  fold(_market, state) {
    const past = LONG - 1;
    const closes = state.history(1);
    const returns = state.history(past);
    const overnight = state.history(past);
    const openToClose = state.history(past);
    const ranges = state.history(past);
    const garmanKlassTerms = state.history(past);
    const rogersSatchellTerms = state.history(past);
    const shortVolatility = state.history(past);
    const scratch = () => new Float64Array(BLOCK_BARS);
    const sum = scratch();
    const mean = scratch();
    const squares = scratch();
    const overnightSquares = scratch();

    return (block, out) => {
      const { length, first, open, high, low, close } = block;
      closes.load(close);
      for (let i = 0; i < length; i++) {
        const gap = first + i === 0 ? Number.NaN : ln(open[i] / closes.values[i]);
        const u = ln(high[i] / open[i]);
        const d = ln(low[i] / open[i]);
        const c = ln(close[i] / open[i]);
        const at = past + i;
        overnight.values[at] = gap;
        openToClose.values[at] = c;
        returns.values[at] = gap + c;
        const range = (u - d) * (u - d);
        ranges.values[at] = range;
        garmanKlassTerms.values[at] = 0.5 * range - (2 * LN_2 - 1) * c * c;
        rogersSatchellTerms.values[at] = u * (u - c) + d * (d - c);
      }

      for (let w = 0; w < WINDOWS.length; w++) {
        const n = WINDOWS[w];
        const [closeToClose, parkinson, garmanKlass, rogersSatchell, yangZhang] = out.slice(ESTIMATORS * w, ESTIMATORS * (w + 1));
        rollingMean(returns.values, past, length, first, n - 1, mean);
        rollingSquares(returns.values, past, length, n - 1, mean, closeToClose);
        for (let i = 0; i < length; i++) closeToClose[i] = Math.sqrt(closeToClose[i] / (n - 2));

        rollingSum(ranges.values, past, length, first, n, sum);
        for (let i = 0; i < length; i++) parkinson[i] = Math.sqrt(sum[i] / (4 * n * LN_2));

        rollingSum(garmanKlassTerms.values, past, length, first, n, sum);
        for (let i = 0; i < length; i++) garmanKlass[i] = Math.sqrt(notNegative(sum[i]) / n);

        rollingSum(rogersSatchellTerms.values, past, length, first, n, sum);
        rollingMean(openToClose.values, past, length, first, n, mean);
        rollingSquares(openToClose.values, past, length, n, mean, squares);
        rollingMean(overnight.values, past, length, first, n, mean);
        rollingSquares(overnight.values, past, length, n, mean, overnightSquares);
        const k = 0.34 / (1.34 + (n + 1) / (n - 1));
        for (let i = 0; i < length; i++) {
          const drift = notNegative(sum[i]) / n;
          rogersSatchell[i] = Math.sqrt(drift);
          yangZhang[i] = Math.sqrt((overnightSquares[i] + k * squares[i]) / (n - 1) + (1 - k) * drift);
        }
      }

      const short = out[0];
      const long = out[ESTIMATORS];
      const nested = out[ESTIMATORS * WINDOWS.length];
      const ratio = out[ESTIMATORS * WINDOWS.length + 1];
      shortVolatility.values.set(short.subarray(0, length), past);
      rollingMean(shortVolatility.values, past, length, first, LONG, mean);
      rollingSquares(shortVolatility.values, past, length, LONG, mean, squares);
      for (let i = 0; i < length; i++) {
        nested[i] = mean[i] <= NEGLIGIBLE ? 0 : Math.min(Math.sqrt(squares[i] / (LONG - 1)) / mean[i], Math.sqrt(LONG));
        ratio[i] = long[i] <= NEGLIGIBLE ? 1 : Math.min(short[i] / long[i], MOST_RATIO);
      }
    };
  },
};

/** Terms that cannot be below 0 may fall there by rounding; NaN stays NaN. */
function notNegative(value: number): number {
  return value < 0 ? 0 : value;
}
