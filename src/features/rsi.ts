import { whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { BLOCK_BARS, builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { WilderAverage } from './recursions';

/** Parameters of {@link rsi}. */
export interface RsiParameters {
  /** Bars of the averages, 1 to 10,000 each. Default 7, 14 and 21. */
  readonly periods?: readonly number[] | undefined;
}

/** Parameters of {@link rsi}. */
export const RSI = {
  periods: {
    takes: listOf('periods', whole(WINDOW_BARS), { least: 1 }),
    default: '7, 14 and 21',
    sentence: 'Bars of the averages.',
  },
} as const satisfies Descriptions<RsiParameters>;

/**
 * Relative strength index (J. W. Wilder 1978; TA-Lib `RSI`): `rsi_N`, all for the models, in percent, 0 to 100.
 *
 * 100 gain / (gain + loss), where gain and loss are Wilder's averages of the rises and of the falls of the close, each seeded by the mean of
 * the first N changes, so that the first value comes on bar N. Without movement (gain and loss together below 1e-12 of the close) it is 50;
 * TA-Lib says 0 there.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function rsi(given: RsiParameters = {}): FeatureFamily {
  const { periods = [7, 14, 21] } = checkOptions(given, RSI, 'rsi');
  const specs = periods.map(
    (period): FeatureSpec => ({
      name: `rsi_${period}`,
      group: 'technical_indicators',
      unit: 'percent',
      range: [0, 100],
      warmup: period,
      model: true,
    }),
  );
  return builtIn({
    name: 'rsi',
    title: 'RSI',
    version: 1,
    parameters: { periods },
    features: () => specs,
    fold(_market, state) {
      const close = state.history(1);
      const { values } = close;
      const averages = periods.map((period) => ({
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
  });
}
