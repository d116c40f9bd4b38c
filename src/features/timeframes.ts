import { DAY_MS, type Market, MINUTE_MS } from '../bars/market';
import { type Check, invalidOption } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { listOf } from '../options/lists';
import { ClosedBars } from './closed-bars';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { type Frame, FrameClock, frameLength, frameOf } from './frames';

const HOUR_MS = 60 * MINUTE_MS;
/** Of bars shorter than an hour. */
const OF_MINUTES = ['5m', '15m', '60m', '1d'];
const OF_HOURS_AND_DAYS = ['1d', '1w', '1mo'];

/** Parameters of {@link timeframes}. */
export interface TimeframeParameters {
  /**
   * Lengths of longer bars; those that are not longer than the market's bars are left out. Minutes ('5m') or hours ('4h') that divide a day, '1d', '1w', '1mo'. Default
   * 'standard': '5m', '15m', '60m' and '1d' for bars shorter than an hour, '1d', '1w' and '1mo' for others.
   */
  readonly lengths?: 'standard' | readonly string[] | undefined;
}

const list = listOf('lengths', frameLength, { least: 1 });
const lengthsOrStandard: Check<'standard' | readonly string[]> = {
  wanted: `'standard' or ${list.wanted}`,
  read: (value, place) => (value === 'standard' ? value : list.read(value, place)),
};

/** Parameters of {@link timeframes}. */
export const TIMEFRAMES = {
  lengths: {
    takes: lengthsOrStandard,
    default: "'standard': 5m, 15m, 60m and 1d for bars shorter than an hour, 1d, 1w and 1mo for others",
    sentence: "Lengths of longer bars; those that are not longer than the market's bars are left out.",
  },
} as const satisfies Descriptions<TimeframeParameters>;

/**
 * The last closed longer bar of each length. Closes, returns and ranges are those of the longer bars. S stands for the length: `5m`, `60m`, `1d`, `1w`, `1mo`.
 *
 * | feature | unit, range | first closed bar with a value | formula |
 * |---|---|---|---|
 * | `return_S` | ratio, above -1 | 2nd | close / close before - 1 |
 * | `rsi_14_S` | 0 to 100 | 15th | 100 up / (up + down), Wilder's averages of 14 rises and falls (TA-Lib `RSI`) |
 * | `atr_14_S` | percent, 0 up | 15th | 100 Wilder's average of 14 true ranges / close (TA-Lib `NATR`) |
 * | `sma_20_distance_S` | ratio, above -1 | 20th | close / mean of 20 closes - 1 |
 * | `volatility_20_S` | ratio, 0 up | 21st | sample standard deviation of 20 log returns; models see it from a day on |
 *
 * A longer bar is made of the bars that start inside it. Days, weeks (from Monday) and months follow the local date; the others follow UTC shifted by the time
 * zone's offset modulo one hour, so that in India, at UTC+05:30, hours begin on the local hour. It closes with the bar that ends at or after its
 * end. If that bar is missing (a minute without a trade, the night, a weekend: nobody knows on Friday that the week is over), it closes when the first bar after it
 * arrives, whose row is the first to show it; no later bar can change a row. Until the next close the values repeat; spells without any bar make no longer bar. Where
 * bars follow each other at less than their length, one that starts inside a longer bar that has closed counts in none. Bars of a day or more are told by their dates.
 *
 * Degenerate cases: RSI is 50 where rises and falls are both at most 1e-12 of the close.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function timeframes(given: TimeframeParameters = {}): FeatureFamily {
  const { lengths = 'standard' } = checkOptions(given, TIMEFRAMES, 'timeframes');
  const own = lengths === 'standard' ? null : framesOf(lengths);
  const twice = own?.find(({ width }, i) => own.findIndex((frame) => frame.width === width) < i);
  if (twice !== undefined)
    throw invalidOption(`timeframes: lengths has '${twice.length}' and another name of the same length; give one of them`);
  const framesFor = ({ interval }: Market): readonly Frame[] => {
    const frames = own ?? framesOf(interval < HOUR_MS ? OF_MINUTES : OF_HOURS_AND_DAYS);
    return frames.filter(({ width }) => width > interval);
  };
  return builtIn({
    name: 'timeframes',
    title: 'timeframes',
    version: 1,
    parameters: { lengths },
    features: (market) => framesFor(market).flatMap(specsOf),
    fold(market, state) {
      const clock = new FrameClock(market);
      const starts = new Float64Array(BLOCK_BARS);
      const frames = framesFor(market).map((frame, place) => ({
        closed: new ClosedBars(state),
        endAfter: clock.endOf(frame),
        columns: place * ClosedBars.VALUES,
      }));

      return (block, out) => {
        clock.starts(block, starts);
        for (const { closed, endAfter, columns } of frames) {
          closed.fold(block, starts, market.interval, endAfter, out.slice(columns, columns + ClosedBars.VALUES));
        }
      };
    },
  });
}

function framesOf(lengths: readonly string[]): readonly Frame[] {
  return lengths.map(frameOf).filter((frame) => frame !== null);
}

function specsOf({ length, width }: Frame): readonly FeatureSpec[] {
  const spec = (name: string, unit: string, range: readonly [number, number], closed: number, model: boolean): FeatureSpec => ({
    name: `${name}_${length}`,
    group: 'multi_timeframe',
    unit,
    range,
    // one bar can at best close one longer bar, if all but the last of its minutes are missing
    warmup: closed - 1,
    model,
    gaps: true,
  });
  const up = Number.POSITIVE_INFINITY;
  return [
    spec('return', 'ratio', [-1, up], 2, true),
    spec('rsi_14', 'number', [0, 100], 15, true),
    spec('atr_14', 'percent', [0, up], 15, true),
    spec('sma_20_distance', 'ratio', [-1, up], 20, true),
    spec('volatility_20', 'ratio', [0, up], 21, width >= DAY_MS),
  ];
}
