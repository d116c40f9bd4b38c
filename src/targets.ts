// Targets beyond returns and their direction, how much each row counts, and labels by hand.

export { labelBars } from './targets/define-target';
export { spansGap } from './targets/holes';
export { type TripleBarrierOptions, tripleBarrier } from './targets/triple-barrier';
export { type VolatilityScaledOptions, volatilityScaled } from './targets/volatility-scaled';
export {
  defineWeights,
  equalWeights,
  type HalfLife,
  integerWeights,
  product,
  type TimeDecayOptions,
  timeDecay,
  uniqueness,
  type WeightsDefinition,
} from './targets/weights';
