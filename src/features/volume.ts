import { DAY_MS, type Market } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import { ln } from '../logarithm';
import { type BarBlock, BLOCK_BARS, type FeatureFamily, type FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { rollingSum } from './windows';

const AVERAGE = 20;
const MFI = 14;
const SHORT = 5;
const LEAST_RATIO = 1e-3;

const group = 'technical_indicators';
const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
const SPECS: readonly FeatureSpec[] = [
  { name: 'obv', group, unit: 'shares', range: [NEGATIVE_INFINITY, POSITIVE_INFINITY], warmup: 0, model: false },
  { name: 'ad_line', group, unit: 'shares', range: [NEGATIVE_INFINITY, POSITIVE_INFINITY], warmup: 0, model: false },
  { name: 'volume_ratio_20', group, unit: 'ratio', range: [0, AVERAGE], warmup: AVERAGE - 1, model: true },
  { name: 'volume_ratio_20_log', group, unit: 'log ratio', range: [-6.91, 3], warmup: AVERAGE - 1, model: false },
  { name: 'mfi_14', group, unit: 'percent', range: [0, 100], warmup: MFI, model: true },
  { name: 'vwap_20_distance', group, unit: 'ratio', range: [-1, POSITIVE_INFINITY], warmup: AVERAGE - 1, model: true },
  { name: 'cmf_20', group, unit: 'ratio', range: [-1, 1], warmup: AVERAGE - 1, model: true },
  { name: 'obv_slope_20', group, unit: 'ratio', range: [-1, 1], warmup: AVERAGE, model: true },
  { name: 'ad_line_slope_5', group, unit: 'ratio', range: [-1, 1], warmup: SHORT - 1, model: false },
];
const SESSION_SPEC: FeatureSpec = {
  name: 'vwap_session_distance',
  group,
  unit: 'ratio',
  range: [-1, POSITIVE_INFINITY],
  warmup: 0,
  model: true,
};

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
 * | `volume_ratio_20` | volume / mean volume of the last 20 bars, this one included; without volume 1 | ratio, 0 to 20 | yes |
 * | `volume_ratio_20_log` | its natural logarithm, a ratio below 0.001 counting as 0.001. To a tree it says the same as the ratio | log ratio, -6.91 to 3 | no |
 * | `mfi_14` | money flow index: 100 turnover of bars with a higher typical price than the one before / turnover of those with a higher or lower one, 14 bars (TA-Lib `MFI`); a change below 1e-12 of the price is rounding and counts as none; without flow 50 (TA-Lib: 0) | percent, 0 to 100 | yes |
 * | `vwap_20_distance` | close / volume-weighted average price of the last 20 bars - 1; without volume 0 | ratio, above -1 | yes |
 * | `cmf_20` | Chaikin money flow: change of the A/D line over 20 bars / volume of these bars; without volume 0 | ratio, -1 to 1 | yes |
 * | `obv_slope_20` | change of the OBV over 20 bars / volume of these bars; without volume 0 | ratio, -1 to 1 | yes |
 * | `ad_line_slope_5` | change of the A/D line over 5 bars / volume of these bars; without volume 0 | ratio, -1 to 1 | no |
 * | `vwap_session_distance` | close / volume-weighted average price since the local date began - 1; before the date's first trade 0. Only for bars shorter than a day | ratio, above -1 | yes |
 *
 * The changes of OBV and A/D line are summed from their own bars, not subtracted from the lines, so that their precision does not fade as the
 * lines grow.
 */
export const volume: FeatureFamily = {
  title: 'volume',
  features: (market) => (hasSessions(market) ? [...SPECS, SESSION_SPEC] : SPECS),
  fold(market, state) {
    const lookback = AVERAGE - 1;
    const close = state.history(1);
    const typical = state.history(1);
    const traded = state.history(lookback);
    const turnover = state.history(lookback);
    const balance = state.history(lookback);
    const distribution = state.history(lookback);
    const rising = state.history(MFI - 1);
    const falling = state.history(MFI - 1);
    // OBV and A/D line
    const lines = state.slots(2);
    const session = state.slots(3);
    const clock = hasSessions(market) ? new ZoneClock(market.timeZone) : undefined;
    const sum = new Float64Array(BLOCK_BARS);
    const volumeSum = new Float64Array(BLOCK_BARS);

    return (block, out) => {
      const [obv, adLine, volumeRatio, volumeLog, mfi, vwapDistance, cmf, obvSlope, adSlope, sessionDistance] = out;
      const { first, length } = block;
      close.load(block.close);
      traded.load(block.volume);
      foldFlows(block);
      let [onBalance, accumulated] = lines;
      for (let i = 0; i < length; i++) {
        onBalance += first + i === 0 ? block.volume[0] : balance.values[lookback + i];
        accumulated += distribution.values[lookback + i];
        obv[i] = onBalance;
        adLine[i] = accumulated;
      }
      lines[0] = onBalance;
      lines[1] = accumulated;

      rollingSum(rising.values, MFI - 1, length, first, MFI, sum);
      rollingSum(falling.values, MFI - 1, length, first, MFI, mfi);
      for (let i = 0; i < length; i++) {
        const flow = sum[i] + mfi[i];
        mfi[i] = flow === 0 ? 50 : 100 * (sum[i] / flow);
      }

      rollingSum(traded.values, lookback, length, first, AVERAGE, volumeSum);
      for (let i = 0; i < length; i++) {
        volumeRatio[i] = volumeSum[i] === 0 ? 1 : AVERAGE * (block.volume[i] / volumeSum[i]);
        volumeLog[i] = Number.isNaN(volumeRatio[i]) ? Number.NaN : ln(Math.max(volumeRatio[i], LEAST_RATIO));
      }
      rollingSum(turnover.values, lookback, length, first, AVERAGE, sum);
      for (let i = 0; i < length; i++) vwapDistance[i] = sum[i] === 0 ? 0 : (block.close[i] * volumeSum[i]) / sum[i] - 1;
      rollingSum(distribution.values, lookback, length, first, AVERAGE, sum);
      share(sum, volumeSum, length, cmf);
      rollingSum(balance.values, lookback, length, first, AVERAGE, sum);
      share(sum, volumeSum, length, obvSlope);
      rollingSum(traded.values, lookback, length, first, SHORT, volumeSum);
      rollingSum(distribution.values, lookback, length, first, SHORT, sum);
      share(sum, volumeSum, length, adSlope);
      if (clock !== undefined) foldSession(block, turnover.values, lookback, market, clock, session, sessionDistance);
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
          rising.values[MFI - 1 + i] = Number.NaN;
          falling.values[MFI - 1 + i] = Number.NaN;
          continue;
        }
        balance.values[at] = last[i] > previousClose ? units[i] : last[i] < previousClose ? -units[i] : 0;
        // equal typical prices may differ in their last bit, as the sums of different prices
        const change = average - previous;
        rising.values[MFI - 1 + i] = change > average * NEGLIGIBLE ? paid : 0;
        falling.values[MFI - 1 + i] = change < -average * NEGLIGIBLE ? paid : 0;
      }
    }
  },
};
