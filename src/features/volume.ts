import { DAY_MS, type Market } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import { ln } from '../logarithm';
import { invalidOption, oneOf, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { type BarBlock, BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { most, outward } from './names';
import { NEGLIGIBLE } from './negligible';
import { rollingSum } from './windows';

const LEAST_RATIO = 1e-3;
const group = 'technical_indicators';
const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
const periods = listOf('periods', whole(WINDOW_BARS));

/** Parameters of {@link volume}. Without any list the standard ones; with one, what is not listed is left out. */
export interface VolumeParameters {
  /** What is summed from a beginning; the last is for bars shorter than a day. Standard: 'obv', 'ad_line' and 'vwap_session'. */
  readonly lines?: readonly ('obv' | 'ad_line' | 'vwap_session')[] | undefined;
  /** Bars of volume ratio, VWAP, Chaikin money flow and the slope of OBV, 1 to 10,000 each. Standard: 20. */
  readonly windows?: readonly number[] | undefined;
  /** Bars of money flow indices, 1 to 10,000 each. Standard: 14. */
  readonly mfi?: readonly number[] | undefined;
  /** Bars of slopes of the A/D line, 1 to 10,000 each. Standard: 5. */
  readonly adSlopes?: readonly number[] | undefined;
}

const NONE = 'none with lists of your own';

/** Parameters of {@link volume}. */
export const VOLUME = {
  lines: {
    takes: listOf('lines', oneOf('obv', 'ad_line', 'vwap_session')),
    default: `all three; ${NONE}`,
    sentence: 'What is summed from a beginning; the last is for bars shorter than a day.',
  },
  windows: {
    takes: periods,
    default: `20; ${NONE}`,
    sentence: 'Bars of volume ratio, VWAP, Chaikin money flow and the slope of OBV.',
  },
  mfi: { takes: periods, default: `14; ${NONE}`, sentence: 'Bars of money flow indices.' },
  adSlopes: { takes: periods, default: `5; ${NONE}`, sentence: 'Bars of slopes of the A/D line.' },
} as const satisfies Descriptions<VolumeParameters>;

type Resolved = { readonly [Key in keyof VolumeParameters]-?: NonNullable<VolumeParameters[Key]> };

function resolved(given: VolumeParameters): Resolved {
  const lists = checkOptions(given, VOLUME, 'volume');
  if (Object.keys(lists).length === 0) return { lines: ['obv', 'ad_line', 'vwap_session'], windows: [20], mfi: [14], adSlopes: [5] };
  const { lines = [], windows = [], mfi = [], adSlopes = [] } = lists;
  if (lines.length + windows.length + mfi.length + adSlopes.length === 0)
    throw invalidOption('volume: all lists are empty; list something');
  return { lines, windows, mfi, adSlopes };
}

function specsOf({ lines, windows, mfi, adSlopes }: Resolved, market: Market): readonly FeatureSpec[] {
  const line = (name: string): FeatureSpec => ({
    name,
    group,
    unit: 'shares',
    range: [NEGATIVE_INFINITY, POSITIVE_INFINITY],
    warmup: 0,
    model: false,
  });
  const ratio = (name: string, low: number, high: number, warmup: number, model = true): FeatureSpec => ({
    name,
    group,
    unit: 'ratio',
    range: [low, high],
    warmup,
    model,
  });
  return [
    ...lines.filter((name) => name !== 'vwap_session').map(line),
    ...windows.flatMap((n): FeatureSpec[] => [
      ratio(`volume_ratio_${n}`, 0, n, n - 1),
      { ...ratio(`volume_ratio_${n}_log`, -6.91, outward(ln(n)), n - 1, false), unit: 'log ratio' },
    ]),
    ...mfi.map((n): FeatureSpec => ({ ...ratio(`mfi_${n}`, 0, 100, n), unit: 'percent' })),
    ...windows.flatMap((n) => [
      ratio(`vwap_${n}_distance`, -1, POSITIVE_INFINITY, n - 1),
      ratio(`cmf_${n}`, -1, 1, n - 1),
      ratio(`obv_slope_${n}`, -1, 1, n),
    ]),
    ...adSlopes.map((n) => ratio(`ad_line_slope_${n}`, -1, 1, n - 1, false)),
    ...(lines.includes('vwap_session') && hasSessions(market) ? [ratio('vwap_session_distance', -1, POSITIVE_INFINITY, 0)] : []),
  ];
}

/** Daily and longer bars have no session to average over. */
const hasSessions = ({ interval }: Market): boolean => interval < DAY_MS;

/** out = part / whole, 0 where nothing was traded: there the part is 0 or -0, or NaN in warm-up. */
function share(part: Float64Array, whole: Float64Array, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = whole[i] === 0 ? part[i] + 0 : part[i] / whole[i];
}

/** Session VWAP distance; `slots` holds the local day, and the session's turnover and volume so far. */
function foldSession(
  block: BarBlock,
  turnover: Float64Array,
  at: number,
  market: Market,
  clock: ZoneClock,
  slots: Float64Array,
  out: Float64Array,
) {
  const { length, timestamp, close, volume } = block;
  const shift = market.stamp === 'end' ? market.interval : 0;
  let [day, paid, traded] = slots;
  for (let i = 0; i < length; i++) {
    const start = timestamp[i] - shift;
    const today = Math.floor((start + clock.offsetAt(start)) / DAY_MS);
    if (today !== day) {
      day = today;
      paid = 0;
      traded = 0;
    }
    paid += turnover[at + i];
    traded += volume[i];
    out[i] = paid > 0 ? (close[i] * traded) / paid - 1 : 0;
  }
  slots[0] = day;
  slots[1] = paid;
  slots[2] = traded;
}

/**
 * What volume says. Money flow and VWAP use the typical price, (high + low + close) / 3.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `obv` | on-balance volume: the first bar's volume, plus the volume of every bar that closes higher, minus that of every bar that closes lower (J. Granville 1963; TA-Lib `OBV`) | shares | no |
 * | `ad_line` | accumulation/distribution: sum of volume ((close - low) - (high - close)) / (high - low) (M. Chaikin; TA-Lib `AD`); a bar without range adds 0 | shares | no |
 * | `volume_ratio_N` | volume / mean volume of the last N bars, this one included; without volume 1 | ratio, 0 to N | yes |
 * | `volume_ratio_N_log` | its natural logarithm, a ratio below 0.001 counting as 0.001. To a tree it says the same as the ratio | log ratio, -6.91 to ln N | no |
 * | `mfi_N` | money flow index: 100 turnover of bars with a higher typical price than the one before / turnover of those with a higher or lower one (TA-Lib `MFI`); a change below 1e-12 of the price is rounding and counts as none; without flow 50 (TA-Lib: 0) | percent, 0 to 100 | yes |
 * | `vwap_N_distance` | close / volume-weighted average price of the last N bars - 1; without volume 0 | ratio, above -1 | yes |
 * | `cmf_N` | Chaikin money flow: change of the A/D line over N bars / volume of these bars; without volume 0 | ratio, -1 to 1 | yes |
 * | `obv_slope_N` | change of the OBV over N bars / volume of these bars; without volume 0 | ratio, -1 to 1 | yes |
 * | `ad_line_slope_N` | change of the A/D line over N bars / volume of these bars; without volume 0 | ratio, -1 to 1 | no |
 * | `vwap_session_distance` | close / volume-weighted average price since the local date began - 1; before the date's first trade 0. Only for bars shorter than a day | ratio, above -1 | yes |
 *
 * The changes of OBV and A/D line are summed from their own bars, not subtracted from the lines, so that their precision does not fade as the
 * lines grow.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function volume(given: VolumeParameters = {}): FeatureFamily {
  const parameters = resolved(given);
  const { lines, windows, mfi, adSlopes } = parameters;
  return builtIn({
    name: 'volume',
    title: 'volume',
    version: 1,
    parameters: { ...parameters },
    features: (market) => specsOf(parameters, market),
    fold(market, state) {
      const lookback = most([1, ...windows, ...adSlopes]) - 1;
      const flowPast = most([1, ...mfi]) - 1;
      const close = state.history(1);
      const typical = state.history(1);
      const traded = state.history(lookback);
      const turnover = state.history(lookback);
      const balance = state.history(lookback);
      const distribution = state.history(lookback);
      const rising = state.history(flowPast);
      const falling = state.history(flowPast);
      // OBV and A/D line
      const totals = state.slots(2);
      const session = state.slots(3);
      const clock = hasSessions(market) && lines.includes('vwap_session') ? new ZoneClock(market.timeZone) : undefined;
      const sum = new Float64Array(BLOCK_BARS);
      const volumeSum = new Float64Array(BLOCK_BARS);
      const own = [new Float64Array(BLOCK_BARS), new Float64Array(BLOCK_BARS)] as const;
      const obvAt = lines.filter((name) => name !== 'vwap_session').indexOf('obv');
      const adAt = lines.filter((name) => name !== 'vwap_session').indexOf('ad_line');
      const ratiosAt = Math.max(obvAt, adAt) + 1;
      const mfiAt = ratiosAt + 2 * windows.length;
      const windowsAt = mfiAt + mfi.length;
      const slopesAt = windowsAt + 3 * windows.length;
      const sessionAt = slopesAt + adSlopes.length;

      return (block, out) => {
        const obv = obvAt < 0 ? own[0] : out[obvAt];
        const adLine = adAt < 0 ? own[1] : out[adAt];
        const { first, length } = block;
        close.load(block.close);
        traded.load(block.volume);
        foldFlows(block);
        let [onBalance, accumulated] = totals;
        for (let i = 0; i < length; i++) {
          onBalance += first + i === 0 ? block.volume[0] : balance.values[lookback + i];
          accumulated += distribution.values[lookback + i];
          obv[i] = onBalance;
          adLine[i] = accumulated;
        }
        totals[0] = onBalance;
        totals[1] = accumulated;

        for (let j = 0; j < mfi.length; j++) {
          const flow = out[mfiAt + j];
          rollingSum(rising.values, flowPast, length, first, mfi[j], sum);
          rollingSum(falling.values, flowPast, length, first, mfi[j], flow);
          for (let i = 0; i < length; i++) {
            const both = sum[i] + flow[i];
            flow[i] = both === 0 ? 50 : 100 * (sum[i] / both);
          }
        }

        for (let j = 0; j < windows.length; j++) {
          const window = windows[j];
          const volumeRatio = out[ratiosAt + 2 * j];
          const volumeLog = out[ratiosAt + 2 * j + 1];
          const vwapDistance = out[windowsAt + 3 * j];
          rollingSum(traded.values, lookback, length, first, window, volumeSum);
          for (let i = 0; i < length; i++) {
            volumeRatio[i] = volumeSum[i] === 0 ? 1 : window * (block.volume[i] / volumeSum[i]);
            volumeLog[i] = Number.isNaN(volumeRatio[i]) ? Number.NaN : ln(Math.max(volumeRatio[i], LEAST_RATIO));
          }
          rollingSum(turnover.values, lookback, length, first, window, sum);
          for (let i = 0; i < length; i++) vwapDistance[i] = sum[i] === 0 ? 0 : (block.close[i] * volumeSum[i]) / sum[i] - 1;
          rollingSum(distribution.values, lookback, length, first, window, sum);
          share(sum, volumeSum, length, out[windowsAt + 3 * j + 1]);
          rollingSum(balance.values, lookback, length, first, window, sum);
          share(sum, volumeSum, length, out[windowsAt + 3 * j + 2]);
        }
        for (let j = 0; j < adSlopes.length; j++) {
          rollingSum(traded.values, lookback, length, first, adSlopes[j], volumeSum);
          rollingSum(distribution.values, lookback, length, first, adSlopes[j], sum);
          share(sum, volumeSum, length, out[slopesAt + j]);
        }
        if (clock !== undefined) foldSession(block, turnover.values, lookback, market, clock, session, out[sessionAt]);
      };

      /** Each bar's turnover and its signed parts; those that need a previous bar are NaN on the first. */
      function foldFlows({ high, low, close: last, volume: units, length }: BarBlock): void {
        for (let i = 0; i < length; i++) {
          const at = lookback + i;
          const average = (high[i] + low[i] + last[i]) / 3;
          const paid = average * units[i];
          const previous = typical.values[i];
          const previousClose = close.values[i];
          const height = high[i] - low[i];
          typical.values[1 + i] = average;
          turnover.values[at] = paid;
          distribution.values[at] = height === 0 ? 0 : ((last[i] - low[i] - (high[i] - last[i])) / height) * units[i];
          if (Number.isNaN(previousClose)) {
            balance.values[at] = Number.NaN;
            rising.values[flowPast + i] = Number.NaN;
            falling.values[flowPast + i] = Number.NaN;
            continue;
          }
          balance.values[at] = last[i] > previousClose ? units[i] : last[i] < previousClose ? -units[i] : 0;
          // equal typical prices may differ in their last bit, as the sums of different prices
          const change = average - previous;
          rising.values[flowPast + i] = change > average * NEGLIGIBLE ? paid : 0;
          falling.values[flowPast + i] = change < -average * NEGLIGIBLE ? paid : 0;
        }
      }
    },
  });
}
