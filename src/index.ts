// In the order in which data flows.
export { TickerforestError, type ErrorCode } from './errors';
export { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from './bars/bars';
export type { BarBatch, BarRequest, BarSource } from './bars/bar-source';
export { arrayBars, type BarRow } from './bars/array-source';
export { csvBars, type CsvOptions } from './bars/csv-source';
export type { CsvColumnNames } from './bars/csv-columns';
export type { DateOrder, TimestampOptions } from './bars/timestamps';
export { type BatchProgress, type CollectedBars, collectBars, type CollectOptions } from './bars/collect-bars';
export { BAD_BAR_REASONS, type BadBarReason, type RejectedBars as BadBars } from './bars/validation';
export { inferInterval, type Market, type MarketOptions, resolveMarket, type Session } from './bars/market';
export type { FeatureGroup, FeatureSpec } from './features/family';
export { FeatureEngineer, type FeatureProgress, type FeatureUpdateOptions } from './features/feature-engineer';
export { featureSetHash, featureSpecs } from './features/feature-set';
export type { PriceFacts } from './features/price-history';
export { QUANTILES, type QuantileName, type Summary } from './features/summary';
export type { FeatureMatrix, RowRange } from './trees/feature-matrix';
export { featureImportance, type TreeEnsemble } from './trees/ensemble';
export { directions, nextBarReturns, trainingRows } from './models/labels';
export { type WalkForwardOptions, type WalkForwardSplit, walkForwardSplit } from './models/walk-forward';
export * from './models/metrics';
export type {
  ClassificationMetrics,
  ClassificationWalkForward,
  ModelFacts,
  RegressionMetrics,
  RegressionWalkForward,
  WalkForwardRange,
} from './models/evaluation';
export { type BoostingParameters, type ForestParameters, MODEL_KEYS, type ModelKey, type ModelOptions } from './models/model-options';
export {
  MLModelTrainer,
  type MLModelTrainerOptions,
  type TrainingData,
  type TrainingHooks,
  type TrainingOutcome,
  type TrainingProgress,
} from './models/ml-model-trainer';
export { loadModel, predict, saveModel, type TrainedModel } from './models/trained-model';
export * from './profiles/documents';
export type { CheckpointUpdate, CommitResult, ProfileStore, SymbolCommit } from './profiles/profile-store';
export { memoryProfileStore } from './profiles/memory-store';
export { directoryProfileStore } from './profiles/directory-store';
export {
  type IncrementalUpdatePlan,
  IncrementalUpdateStrategy,
  type PlanInputs,
  type UpdateAction,
  type UpdateEfficiency,
} from './updates/incremental-update-strategy';
export type { RetrainInputs, RetrainThresholds } from './updates/retrain-policy';
export type { Progress, ProgressStage } from './progress';
export type { StageTiming } from './stopwatch';
export { trainSymbol, type TrainSymbolOptions, type TrainSymbolResult } from './train-symbol';
export { predictSymbol, type PredictSymbolOptions, type Prediction } from './predict-symbol';
