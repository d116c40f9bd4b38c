import { BLOCK_BARS, type FeatureFamily, type FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { WilderAverage } from './recursions';

const PERIODS = [7, 14, 21] as const;

const SPECS: readonly FeatureSpec[] = PERIODS.map((period) => ({
  name: `rsi_${period}`,
  group: 'technical_indicators',
  unit: 'percent',
  range: [0, 100],
  warmup: period,
  model: true,
}));

/**
 * Relative strength index (J. W. Wilder 1978; TA-Lib `RSI`): `rsi_7`, `rsi_14`, `rsi_21`, all for the models, in percent, 0 to 100.
 *
 * 100 gain / (gain + loss), where gain and loss are Wilder's averages of the rises and of the falls of the close, each seeded by the mean of
 * the first N changes, so that the first value comes on bar N. Without movement (gain and loss together below 1e-12 of the close) it is 50;
 * TA-Lib says 0 there.
 */
export const rsi: FeatureFamily = {
  title: 'RSI',
  features: () => SPECS,
  fold(_market, state) {
    const close = state.history(1);
    const { values } = close;
    const averages = PERIODS.map((period) => ({
      gain: new WilderAverage(state.slots(WilderAverage.SLOTS), period),
      loss: new WilderAverage(state.slots(WilderAverage.SLOTS), period),
    }));
    const changes = new Float64Array(BLOCK_BARS);

    return (block, out) => {
      const { length } = block;
      close.load(block.close);
      for (let i = 0; i < length; i++) changes[i] = values[i + 1] - values[i];
      for (let j = 0; j < averages.length; j++) {
        const { gain, loss } = averages[j];
        const column = out[j];
        let from = 0;
        // the first bar has no change
        if (block.first === 0 && length > 0) column[from++] = Number.NaN;
        for (let i = from; i < length; i++) {
          const change = changes[i];
          const up = gain.next(change > 0 ? change : 0);
          const movement = up + loss.next(change < 0 ? -change : 0);
          column[i] = movement < values[i + 1] * NEGLIGIBLE ? 50 : 100 * (up / movement);
        }
      }
    };
  },
};
