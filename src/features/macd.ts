import { BLOCK_BARS, type FeatureFamily, type FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { Ema } from './recursions';
import { AverageTrueRange } from './true-range';

const FAST = 12;
const SLOW = 26;
const SIGNAL = 9;
const ATR = 14;

const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
const spec = (name: string, unit: string, warmup: number, model: boolean): FeatureSpec => ({
  name,
  group: 'technical_indicators',
  unit,
  range: [NEGATIVE_INFINITY, POSITIVE_INFINITY],
  warmup,
  model,
});
const LINE_WARMUP = SLOW - 1;
const SIGNAL_WARMUP = LINE_WARMUP + SIGNAL - 1;
const SPECS: readonly FeatureSpec[] = [
  spec('macd_line', 'price', LINE_WARMUP, false),
  spec('macd_signal', 'price', SIGNAL_WARMUP, false),
  spec('macd_histogram', 'price', SIGNAL_WARMUP, false),
  spec('macd_line_atr', 'ATRs', LINE_WARMUP, true),
  spec('macd_signal_atr', 'ATRs', SIGNAL_WARMUP, true),
  spec('macd_histogram_atr', 'ATRs', SIGNAL_WARMUP, true),
];

/**
 * Moving average convergence divergence of the close, 12/26/9 (G. Appel 1979; TA-Lib `MACD`).
 *
 * | feature | formula | unit | model |
 * |---|---|---|---|
 * | `macd_line` | EMA 12 - EMA 26 | price | no |
 * | `macd_signal` | EMA 9 of the line | price | no |
 * | `macd_histogram` | line - signal | price | no |
 * | `macd_line_atr`, `macd_signal_atr`, `macd_histogram_atr` | each divided by the 14-bar ATR; 0 while the ATR is below 1e-12 of the close | ATRs | yes |
 *
 * All are signed and have no bound. The fast average is seeded as TA-Lib does it, by the last 12 of the first 26 closes, so that both averages
 * start on bar 25. TA-Lib shows the line from bar 33 on, together with the signal; here it comes as soon as it exists.
 */
export const macd: FeatureFamily = {
  title: 'MACD',
  features: () => SPECS,
  fold(_market, state) {
    const close = state.history(1);
    const { values } = close;
    const fast = new Ema(state.slots(Ema.SLOTS), FAST);
    const slow = new Ema(state.slots(Ema.SLOTS), SLOW);
    const signal = new Ema(state.slots(Ema.SLOTS), SIGNAL);
    const atr = new AverageTrueRange(state, ATR);
    const slowValues = new Float64Array(BLOCK_BARS);

    return (block, [line, signalLine, histogram, lineInAtrs, signalInAtrs, histogramInAtrs]) => {
      const { first, length } = block;
      close.load(block.close);
      atr.fold(block, close);
      for (let i = 0; i < length; i++) slowValues[i] = slow.next(values[i + 1]);
      for (let i = 0; i < length; i++) line[i] = first + i < SLOW - FAST ? Number.NaN : fast.next(values[i + 1]) - slowValues[i];
      for (let i = 0; i < length; i++) {
        signalLine[i] = first + i < LINE_WARMUP ? Number.NaN : signal.next(line[i]);
        histogram[i] = line[i] - signalLine[i];
      }
      for (let i = 0; i < length; i++) {
        const range = atr.values[i];
        // dividing by infinity gives the 0 of a flat market and keeps the NaN of warm-up; adding 0 makes -0 a 0
        const unit = range < values[i + 1] * NEGLIGIBLE ? POSITIVE_INFINITY : range;
        lineInAtrs[i] = line[i] / unit + 0;
        signalInAtrs[i] = signalLine[i] / unit + 0;
        histogramInAtrs[i] = histogram[i] / unit + 0;
      }
    };
  },
};
