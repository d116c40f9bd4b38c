// Every family of features with its parameters, and what lists of them consist of.

export { type BollingerParameters, bollinger } from './features/bollinger';
export type { BuildingBlocks, FeatureBar, HigherBar, Series, Slot, Window, WindowValues } from './features/building-blocks';
export { calendar } from './features/calendar';
export type { FeatureFacts } from './features/define-feature';
export type { BarBlock, BlockFold, FeatureGroup, FeatureSpec } from './features/family';
export { featureSetHash, featureSpecs } from './features/feature-set';
export type { FeatureProgress, MatrixPlace } from './features/feature-update';
export type { FoldState, History } from './features/fold-state';
export { type MacdParameters, macd } from './features/macd';
export { type MomentumParameters, momentum } from './features/momentum';
export { type MovingAverageParameters, movingAverages } from './features/moving-averages';
export type { PriceFacts } from './features/price-history';
export { type RangeAndTrendParameters, rangeAndTrend, type StochasticParameters } from './features/range-and-trend';
export { type RegimeParameters, regime } from './features/regime';
export { type RiskParameters, risk } from './features/risk';
export { type RsiParameters, rsi } from './features/rsi';
export { originalFeatures } from './features/standard-features';
export { type StatisticsParameters, statistics } from './features/statistics';
export type { QuantileName, Summary } from './features/summary';
export { type TimeframeParameters, timeframes } from './features/timeframes';
export { type VolatilityParameters, volatility } from './features/volatility';
export { type VolumeParameters, volume } from './features/volume';
