import type { FeatureFamily, FeatureSpec } from './family';
import { NEGLIGIBLE } from './negligible';
import { AverageTrueRange } from './true-range';

const RATES = [1, 5, 10, 20, 60] as const;
const LOOKBACK = 60;
const MOMENTUM = 10;
const ATR = 14;

const group = 'technical_indicators';
const SPECS: readonly FeatureSpec[] = [
  ...RATES.map(
    (bars): FeatureSpec => ({
      name: `roc_${bars}`,
      group,
      unit: 'percent',
      range: [-100, Number.POSITIVE_INFINITY],
      warmup: bars,
      model: true,
    }),
  ),
  {
    name: `momentum_${MOMENTUM}`,
    group,
    unit: 'price',
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    warmup: MOMENTUM,
    model: false,
  },
  // each of the 10 true ranges that the difference is made of weighs at least (13 / 14) ** 9 / 14 in the ATR
  { name: `momentum_${MOMENTUM}_atr`, group, unit: 'ATRs', range: [-27.3, 27.3], warmup: ATR, model: true },
];

/**
 * How far the close has come.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `roc_N`, N = 1, 5, 10, 20, 60 | 100 (close / close N bars ago - 1) (TA-Lib `ROC`) | percent, above -100 | yes |
 * | `momentum_10` | close - close 10 bars ago (TA-Lib `MOM`) | price | no |
 * | `momentum_10_atr` | the same divided by the 14-bar ATR; 0 while the ATR is below 1e-12 of the close | ATRs, -27.3 to 27.3 | yes |
 */
export const momentum: FeatureFamily = {
  title: 'momentum',
  features: () => SPECS,
  fold(_market, state) {
    const close = state.history(LOOKBACK);
    const { values } = close;
    const atr = new AverageTrueRange(state, ATR);

    return (block, out) => {
      const { length } = block;
      close.load(block.close);
      for (let j = 0; j < RATES.length; j++) {
        const past = LOOKBACK - RATES[j];
        const column = out[j];
        for (let i = 0; i < length; i++) column[i] = 100 * (values[LOOKBACK + i] / values[past + i] - 1);
      }
      atr.fold(block, close);
      const difference = out[RATES.length];
      const inAtrs = out[RATES.length + 1];
      for (let i = 0; i < length; i++) {
        const last = values[LOOKBACK + i];
        const range = atr.values[i];
        difference[i] = last - values[LOOKBACK - MOMENTUM + i];
        inAtrs[i] = range < last * NEGLIGIBLE ? 0 : difference[i] / range;
      }
    };
  },
};
