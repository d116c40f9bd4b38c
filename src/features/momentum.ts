import { invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { most, outward, suffixOf } from './names';
import { NEGLIGIBLE } from './negligible';
import { AverageTrueRange } from './true-range';

const group = 'technical_indicators';
const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
const periods = listOf('numbers of bars', whole(WINDOW_BARS));

/** Parameters of {@link momentum}. Without `rates` and `distances` the standard ones; with either, what is not listed is left out. */
export interface MomentumParameters {
  /** Bars of rates of change, 1 to 10,000 each. Standard: 1, 5, 10, 20 and 60. */
  readonly rates?: readonly number[] | undefined;
  /** Bars of distances, 1 to 10,000 each. Standard: 10. */
  readonly distances?: readonly number[] | undefined;
  /** Bars of the average true range that distances are measured in, 1 to 10,000. Default 14. */
  readonly atr?: number | undefined;
}

/** Parameters of {@link momentum}. */
export const MOMENTUM = {
  rates: { takes: periods, default: '1, 5, 10, 20 and 60; none with other lists', sentence: 'Bars of rates of change.' },
  distances: { takes: periods, default: '10; none with other lists', sentence: 'Bars of distances.' },
  atr: { takes: whole(WINDOW_BARS), default: 14, sentence: 'Bars of the average true range that distances are measured in.' },
} as const satisfies Descriptions<MomentumParameters>;

/**
 * How far the close has come.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `roc_N` | 100 (close / close N bars ago - 1) (TA-Lib `ROC`) | percent, above -100 | yes |
 * | `momentum_N` | close - close N bars ago (TA-Lib `MOM`) | price | no |
 * | `momentum_N_atr` | the same divided by the ATR; 0 while the ATR is below 1e-12 of the close | ATRs, -27.28 to 27.28 for 10 and 14 bars | yes |
 *
 * An ATR of other than 14 bars stands in the name: `momentum_10_atr_7`.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function momentum(given: MomentumParameters = {}): FeatureFamily {
  const checked = checkOptions(given, MOMENTUM, 'momentum');
  const isStandard = checked.rates === undefined && checked.distances === undefined;
  const { rates = isStandard ? [1, 5, 10, 20, 60] : [], distances = isStandard ? [10] : [], atr = MOMENTUM.atr.default } = checked;
  if (rates.length + distances.length === 0) throw invalidOption('momentum: rates and distances are both empty; list some bars');
  const suffix = suffixOf([atr], [14]);
  const lookback = most([...rates, ...distances]);
  const specs = [
    ...rates.map(
      (bars): FeatureSpec => ({ name: `roc_${bars}`, group, unit: 'percent', range: [-100, POSITIVE_INFINITY], warmup: bars, model: true }),
    ),
    ...distances.flatMap((bars): FeatureSpec[] => {
      // each of the true ranges that the difference is made of weighs at least so much in the ATR
      const bound = outward(atr / (1 - 1 / atr) ** (bars - 1));
      return [
        {
          name: `momentum_${bars}`,
          group,
          unit: 'price',
          range: [NEGATIVE_INFINITY, POSITIVE_INFINITY],
          warmup: bars,
          model: false,
        },
        { name: `momentum_${bars}_atr${suffix}`, group, unit: 'ATRs', range: [-bound, bound], warmup: Math.max(bars, atr), model: true },
      ];
    }),
  ];
  return builtIn({
    name: 'momentum',
    title: 'momentum',
    version: 1,
    parameters: { rates, distances, atr },
    features: () => specs,
    fold(_market, state) {
      const close = state.history(lookback);
      const { values } = close;
      const ranges = new AverageTrueRange(state, atr);

      return (block, out) => {
        const { length } = block;
        close.load(block.close);
        for (let j = 0; j < rates.length; j++) {
          const past = lookback - rates[j];
          const column = out[j];
          for (let i = 0; i < length; i++) column[i] = 100 * (values[lookback + i] / values[past + i] - 1);
        }
        if (distances.length > 0) ranges.fold(block, close);
        for (let j = 0; j < distances.length; j++) {
          const past = lookback - distances[j];
          const difference = out[rates.length + 2 * j];
          const inAtrs = out[rates.length + 2 * j + 1];
          for (let i = 0; i < length; i++) {
            const last = values[lookback + i];
            const range = ranges.values[i];
            difference[i] = last - values[past + i];
            inAtrs[i] = range < last * NEGLIGIBLE && !Number.isNaN(difference[i]) ? 0 : difference[i] / range;
          }
        }
      };
    },
  });
}
