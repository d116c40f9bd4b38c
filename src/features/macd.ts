import { invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { suffixOf } from './names';
import { NEGLIGIBLE } from './negligible';
import { Ema } from './recursions';
import { AverageTrueRange } from './true-range';

const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;

/** Parameters of {@link macd}. */
export interface MacdParameters {
  /** Bars of the fast average, fewer than of the slow one. Default 12. */
  readonly fast?: number | undefined;
  /** Bars of the slow average, 2 to 10,000. Default 26. */
  readonly slow?: number | undefined;
  /** Bars of the signal, 1 to 10,000. Default 9. */
  readonly signal?: number | undefined;
  /** Bars of the average true range that the lines are measured in, 1 to 10,000. Default 14. */
  readonly atr?: number | undefined;
}

/** Parameters of {@link macd}. */
export const MACD = {
  fast: { takes: whole(WINDOW_BARS), default: 12, sentence: 'Bars of the fast average, fewer than of the slow one.' },
  slow: { takes: whole({ ...WINDOW_BARS, from: 2 }), default: 26, sentence: 'Bars of the slow average.' },
  signal: { takes: whole(WINDOW_BARS), default: 9, sentence: 'Bars of the signal.' },
  atr: { takes: whole(WINDOW_BARS), default: 14, sentence: 'Bars of the average true range that the lines are measured in.' },
} as const satisfies Descriptions<MacdParameters>;

/**
 * Moving average convergence divergence of the close (G. Appel 1979; TA-Lib `MACD`).
 *
 * | feature | formula | unit | model |
 * |---|---|---|---|
 * | `macd_line` | fast EMA - slow EMA | price | no |
 * | `macd_signal` | EMA of the line | price | no |
 * | `macd_histogram` | line - signal | price | no |
 * | `macd_line_atr`, `macd_signal_atr`, `macd_histogram_atr` | each divided by the ATR; 0 while the ATR is below 1e-12 of the close | ATRs | yes |
 *
 * All are signed and have no bound. Names have no suffix for 12, 26, 9 and 14 bars, else all four: `macd_line_5_35_5_14`. The fast average is seeded as TA-Lib does
 * it, by the last 12 of the first 26 closes, so that both averages start on bar 25. TA-Lib shows the line from bar 33 on, together with the signal; here it
 * comes as soon as it exists.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function macd(given: MacdParameters = {}): FeatureFamily {
  const checked = checkOptions(given, MACD, 'macd');
  const { fast = MACD.fast.default, slow = MACD.slow.default, signal = MACD.signal.default, atr = MACD.atr.default } = checked;
  if (fast >= slow) throw invalidOption(`macd: fast is ${fast} and slow is ${slow}; the fast average needs fewer bars than the slow one`);
  const suffix = suffixOf([fast, slow, signal, atr], [12, 26, 9, 14]);
  const lineWarmup = slow - 1;
  const signalWarmup = lineWarmup + signal - 1;
  const spec = (name: string, unit: string, warmup: number, model: boolean): FeatureSpec => ({
    name: `macd_${name}${suffix}`,
    group: 'technical_indicators',
    unit,
    range: [NEGATIVE_INFINITY, POSITIVE_INFINITY],
    warmup,
    model,
  });
  const specs = [
    spec('line', 'price', lineWarmup, false),
    spec('signal', 'price', signalWarmup, false),
    spec('histogram', 'price', signalWarmup, false),
    spec('line_atr', 'ATRs', Math.max(lineWarmup, atr), true),
    spec('signal_atr', 'ATRs', Math.max(signalWarmup, atr), true),
    spec('histogram_atr', 'ATRs', Math.max(signalWarmup, atr), true),
  ];
  return builtIn({
    name: 'macd',
    title: 'MACD',
    version: 1,
    parameters: { fast, slow, signal, atr },
    features: () => specs,
    fold(_market, state) {
      const close = state.history(1);
      const { values } = close;
      const fastAverage = new Ema(state.slots(Ema.SLOTS), fast);
      const slowAverage = new Ema(state.slots(Ema.SLOTS), slow);
      const signalAverage = new Ema(state.slots(Ema.SLOTS), signal);
      const ranges = new AverageTrueRange(state, atr);
      const slowValues = new Float64Array(BLOCK_BARS);

      return (block, [line, signalLine, histogram, lineInAtrs, signalInAtrs, histogramInAtrs]) => {
        const { first, length } = block;
        close.load(block.close);
        ranges.fold(block, close);
        for (let i = 0; i < length; i++) slowValues[i] = slowAverage.next(values[i + 1]);
        for (let i = 0; i < length; i++) {
          line[i] = first + i < slow - fast ? Number.NaN : fastAverage.next(values[i + 1]) - slowValues[i];
        }
        for (let i = 0; i < length; i++) {
          signalLine[i] = first + i < lineWarmup ? Number.NaN : signalAverage.next(line[i]);
          histogram[i] = line[i] - signalLine[i];
        }
        for (let i = 0; i < length; i++) {
          const range = ranges.values[i];
          // dividing by infinity gives the 0 of a flat market and keeps the NaN of warm-up; adding 0 makes -0 a 0
          const unit = range < values[i + 1] * NEGLIGIBLE ? POSITIVE_INFINITY : range;
          lineInAtrs[i] = line[i] / unit + 0;
          signalInAtrs[i] = signalLine[i] / unit + 0;
          histogramInAtrs[i] = histogram[i] / unit + 0;
        }
      };
    },
  });
}
