import { ln } from '../logarithm';
import { invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf, pairOf } from '../options/lists';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { most } from './names';
import { NEGLIGIBLE } from './negligible';
import { windowMemory } from './window-memory';
import { rollingMean, rollingSquares, rollingSum } from './windows';

const ESTIMATORS = 5;
const LN_2 = ln(2);

type Pair = readonly [short: number, long: number];

const bars = whole({ ...WINDOW_BARS, from: 3 });
const pairs = listOf('pairs', pairOf('[short, long], such as [20, 60]', bars, bars));

/** Parameters of {@link volatility}. Without any list the standard ones; with one, what is not listed is left out. */
export interface VolatilityParameters {
  /** Bars of the five estimators, 3 to 10,000 each. Standard: 20 and 60. */
  readonly windows?: readonly number[] | undefined;
  /** Of which window's close-to-close volatility the volatility is measured, and over how many bars. Standard: of 20, over 60. */
  readonly ofVolatility?: readonly (readonly [window: number, over: number])[] | undefined;
  /** Pairs of windows whose close-to-close volatilities are compared, the shorter first. Standard: 20 and 60. */
  readonly ratios?: readonly (readonly [short: number, long: number])[] | undefined;
}

const NONE = 'none with lists of your own';

/** Parameters of {@link volatility}. */
export const VOLATILITY = {
  windows: { takes: listOf('windows', bars), default: '20 and 60', sentence: 'Bars of the five estimators.' },
  ofVolatility: {
    takes: pairs,
    default: `of 20, over 60; ${NONE}`,
    sentence: "Of which window's close-to-close volatility the volatility is measured, and over how many bars.",
  },
  ratios: {
    takes: pairs,
    default: `20 and 60; ${NONE}`,
    sentence: 'Pairs of windows whose close-to-close volatilities are compared, the shorter first.',
  },
} as const satisfies Descriptions<VolatilityParameters>;

type Resolved = { readonly [Key in keyof VolatilityParameters]-?: NonNullable<VolatilityParameters[Key]> };

function resolved(given: VolatilityParameters): Resolved {
  const lists = checkOptions(given, VOLATILITY, 'volatility');
  if (Object.keys(lists).length === 0) return { windows: [20, 60], ofVolatility: [[20, 60]], ratios: [[20, 60]] };
  const { windows = [], ofVolatility = [], ratios = [] } = lists;
  if (windows.length === 0) throw invalidOption('volatility: windows is empty; list some bars');
  const missing = [...ratios.flat(), ...ofVolatility.map(([window]) => window)].find((window) => !windows.includes(window));
  if (missing !== undefined)
    throw invalidOption(`volatility: ratios and ofVolatility need windows of ${missing} bars; add ${missing} to windows`);
  const wrong = ratios.find(([short, long]) => short >= long);
  if (wrong !== undefined) throw invalidOption(`volatility: ratios has [${wrong.join(', ')}]; give the shorter window first`);
  return { windows, ofVolatility, ratios };
}

/** All deviation of the long window may lie in the short one, with n - 2 degrees of freedom each. */
const mostRatio = ([short, long]: Pair): number => Math.sqrt((long - 2) / (short - 2));

function specsOf({ windows, ofVolatility, ratios }: Resolved): readonly FeatureSpec[] {
  const spec = (name: string, end: number, warmup: number, model: boolean): FeatureSpec => ({
    name,
    group: 'volatility_features',
    unit: 'ratio',
    range: [0, end],
    warmup,
    model,
  });
  const any = Number.POSITIVE_INFINITY;
  const shortest = Math.min(...windows);
  return [
    ...windows.flatMap((n) => [
      spec(`close_volatility_${n}`, any, n - 1, true),
      spec(`parkinson_volatility_${n}`, any, n - 1, true),
      spec(`garman_klass_volatility_${n}`, any, n - 1, false),
      spec(`rogers_satchell_volatility_${n}`, any, n - 1, n === shortest),
      spec(`yang_zhang_volatility_${n}`, any, n, n === most(windows)),
    ]),
    ...ofVolatility.map(([window, over]) =>
      spec(`volatility_of_volatility_${window === 20 ? '' : `${window}_`}${over}`, Math.sqrt(over), window - 1 + over - 1, true),
    ),
    ...ratios.map((pair) => spec(`volatility_ratio_${pair.join('_')}`, mostRatio(pair), pair[1] - 1, true)),
  ];
}

/**
 * Volatility over the last N bars, as a share of the price per bar, never annualised. The five estimators are those of R's
 * `TTR::volatility(n = N, N = 1)`. With o = ln(open / close before), u = ln(high / open), d = ln(low / open), c = ln(close / open):
 *
 * | feature | range | formula |
 * |---|---|---|
 * | `close_volatility_N` | 0 up | sample standard deviation of the N - 1 log returns between N closes |
 * | `parkinson_volatility_N` | 0 up | sqrt(sum (u - d)^2 / (4 N ln 2)) (Parkinson 1980) |
 * | `garman_klass_volatility_N` | 0 up | sqrt(mean(0.5 (u - d)^2 - (2 ln 2 - 1) c^2)) (Garman & Klass 1980) |
 * | `rogers_satchell_volatility_N` | 0 up | sqrt(mean(u (u - c) + d (d - c))) (Rogers & Satchell 1991); models see that of the shortest window |
 * | `yang_zhang_volatility_N` | 0 up | sqrt(var(o) + k var(c) + (1 - k) RS^2), sample variances of N, k = 0.34 / (1.34 + (N + 1) / (N - 1)) (Yang & Zhang 2000); models see that of the longest window |
 * | `volatility_of_volatility_60` | 0 to sqrt 60 | sample standard deviation / mean of the last 60 values of `close_volatility_20`; `volatility_of_volatility_10_60` is that of `close_volatility_10` |
 * | `volatility_ratio_20_60` | 0 to 1.8 | `close_volatility_20` / `close_volatility_60` |
 *
 * Degenerate cases: flat bars have volatility 0; where the divisor is at most 1e-12, volatility of volatility is 0 and the ratio is 1.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function volatility(given: VolatilityParameters = {}): FeatureFamily {
  const parameters = resolved(given);
  const { windows, ofVolatility, ratios } = parameters;
  const specs = specsOf(parameters);
  const nestedAt = ESTIMATORS * windows.length;
  const ratiosAt = nestedAt + ofVolatility.length;
  const closeVolatility = (window: number) => ESTIMATORS * windows.indexOf(window);
  return builtIn({
    name: 'volatility',
    title: 'volatility',
    version: 1,
    parameters: { ...parameters },
    features: () => specs,
    fold(_market, state) {
      const past = most(windows) - 1;
      const closes = state.history(1);
      const returns = state.history(past);
      const overnight = state.history(past);
      const openToClose = state.history(past);
      const ranges = state.history(past);
      const garmanKlassTerms = state.history(past);
      const rogersSatchellTerms = state.history(past);
      const pastVolatilities = ofVolatility.map(([, over]) => state.history(over - 1));
      const scratch = () => new Float64Array(BLOCK_BARS);
      const ups = scratch();
      const downs = scratch();
      const sum = scratch();
      const mean = scratch();
      const squares = scratch();
      const overnightSquares = scratch();

      return (block, out) => {
        const { length, first, open, high, low, close } = block;
        closes.load(close);
        for (let i = 0; i < length; i++) {
          const price = open[i];
          overnight.values[past + i] = price / closes.values[i];
          openToClose.values[past + i] = close[i] / price;
          ups[i] = high[i] / price;
          downs[i] = low[i] / price;
        }
        const memory = windowMemory();
        memory.logarithms(overnight.values, past, length);
        memory.logarithms(openToClose.values, past, length);
        memory.logarithms(ups, 0, length);
        memory.logarithms(downs, 0, length);
        // the logarithm of NaN is not NaN
        if (first === 0 && length > 0) overnight.values[past] = Number.NaN;
        for (let i = 0; i < length; i++) {
          const at = past + i;
          const u = ups[i];
          const d = downs[i];
          const c = openToClose.values[at];
          returns.values[at] = overnight.values[at] + c;
          const range = (u - d) * (u - d);
          ranges.values[at] = range;
          garmanKlassTerms.values[at] = 0.5 * range - (2 * LN_2 - 1) * c * c;
          rogersSatchellTerms.values[at] = u * (u - c) + d * (d - c);
        }

        for (let w = 0; w < windows.length; w++) {
          const n = windows[w];
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

        for (let j = 0; j < ofVolatility.length; j++) {
          const [window, over] = ofVolatility[j];
          const { values, lookback } = pastVolatilities[j];
          const nested = out[nestedAt + j];
          values.set(out[closeVolatility(window)].subarray(0, length), lookback);
          rollingMean(values, lookback, length, first, over, mean);
          rollingSquares(values, lookback, length, over, mean, squares);
          for (let i = 0; i < length; i++) {
            nested[i] = mean[i] <= NEGLIGIBLE ? 0 : Math.min(Math.sqrt(squares[i] / (over - 1)) / mean[i], Math.sqrt(over));
          }
        }
        for (let j = 0; j < ratios.length; j++) {
          const short = out[closeVolatility(ratios[j][0])];
          const long = out[closeVolatility(ratios[j][1])];
          const ratio = out[ratiosAt + j];
          const end = mostRatio(ratios[j]);
          for (let i = 0; i < length; i++) ratio[i] = long[i] <= NEGLIGIBLE ? 1 : Math.min(short[i] / long[i], end);
        }
      };
    },
  });
}

/** Terms that cannot be below 0 may fall there by rounding; NaN stays NaN. */
function notNegative(value: number): number {
  return value < 0 ? 0 : value;
}
