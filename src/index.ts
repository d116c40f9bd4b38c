// In the order in which data flows.

export { arrayBars, type BarColumns, type BarRow, type BarRows } from './bars/array-source';
export { BarHash } from './bars/bar-hash';
export type { BarBatch, BarRequest, BarSource } from './bars/bar-source';
export { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from './bars/bars';
export { type BatchProgress, type CollectedBars, type CollectOptions, collectBars, type JudgementOptions } from './bars/collect-bars';
export { concatBars } from './bars/concat-bars';
export {
  type CsvBarDescription,
  type CsvColumnDescription,
  type CsvDescription,
  type CsvDoubt,
  type DescribeCsvOptions,
  describeCsv,
} from './bars/csv/describe';
export type { DecimalMark } from './bars/csv/numbers';
export type { CsvColumnNames, CsvOptions } from './bars/csv/options';
export { csvBars } from './bars/csv/source';
export { inferInterval } from './bars/judgement/spacing';
export { BAD_BAR_REASONS, type BadBarReason, type RejectedBars as BadBars } from './bars/judgement/values';
export { type Market, type MarketOptions, resolveMarket, type Session } from './bars/market';
export type { Reading } from './bars/reading';
export type { RowColumns, RowKey } from './bars/row-fields';
export type { RowOptions } from './bars/row-reader';
export { type SampleOptions, sampleBars } from './bars/sample-bars';
export type { StoredMarket } from './bars/stored-market';
export type { DateOrder, EpochUnit, TimestampOptions } from './bars/timestamps';
export { WARNING_CODES, type Warning, type WarningCode } from './bars/warnings';
export type { Section as NumberArray } from './binary-file';
export { ERROR_CODES, type ErrorCode, TickerforestError } from './errors';
export { type BollingerParameters, bollinger } from './features/bollinger';
export type { BuildingBlocks, FeatureBar, HigherBar, Series, Slot, Window, WindowValues } from './features/building-blocks';
export { calendar } from './features/calendar';
export { defineFeature, type FeatureDefinition, type FeatureFacts } from './features/define-feature';
export type { BarBlock, BlockFold, FeatureFamily, FeatureGroup, FeatureSpec } from './features/family';
export { FeatureEngineer, type FeatureProgress, type FeatureUpdateOptions, type MatrixPlace } from './features/feature-engineer';
export { featureSetHash, featureSpecs } from './features/feature-set';
export type { FoldState, History } from './features/fold-state';
export { type MacdParameters, macd } from './features/macd';
export { type MomentumParameters, momentum } from './features/momentum';
export { type MovingAverageParameters, movingAverages } from './features/moving-averages';
export type { PriceFacts } from './features/price-history';
export { type RangeAndTrendParameters, rangeAndTrend, type StochasticParameters } from './features/range-and-trend';
export { type RegimeParameters, regime } from './features/regime';
export { type RiskParameters, risk } from './features/risk';
export { type RsiParameters, rsi } from './features/rsi';
export { originalFeatures, standardFeatures } from './features/standard-features';
export { type StatisticsParameters, statistics } from './features/statistics';
export { QUANTILES, type QuantileName, type Summary } from './features/summary';
export { type TimeframeParameters, timeframes } from './features/timeframes';
export { type VolatilityParameters, volatility } from './features/volatility';
export { type VolumeParameters, volume } from './features/volume';
export { loadModelCovers } from './models/cover-file';
export type {
  ClassificationMetrics,
  ClassificationPart,
  ClassificationWalkForward,
  HeldOutForecasts,
  ModelFacts,
  ModelMetrics,
  RegressionMetrics,
  RegressionPart,
  RegressionWalkForward,
  SplitFigures,
  WalkForwardRange,
} from './models/evaluation';
export type { HoldOutOptions } from './models/hold-out';
export {
  areaUnderCurve,
  type ClassificationScores,
  classificationScores,
  informationCoefficient,
  logLoss,
  majorityAccuracy,
  type RegressionScores,
  regressionScores,
  zeroForecastMse,
} from './models/metrics';
export {
  MLModelTrainer,
  type MLModelTrainerOptions,
  type TrainingData,
  type TrainingHooks,
  type TrainingOutcome,
  type TrainingSettings,
} from './models/ml-model-trainer';
export type {
  FitContext,
  FitEstimate,
  FitRows,
  FittedModel,
  Model,
  ModelParameters,
  ModelRows,
  ModelSet,
  SavedModel,
  StoredModel,
} from './models/model';
export { loadModel, saveModel } from './models/model-file';
export { type RidgeParameters, ridge } from './models/ridge';
export { type ModelsOption, type StandardModelOptions, standardModels } from './models/standard-models';
export { predict, type TrainedFacts, type TrainedModel } from './models/trained-model';
export type { TrainingLimits } from './models/training-limits';
export type { TrainingProgress } from './models/training-work';
export {
  type BoostingParameters,
  type Changes,
  extraTreesClassifier,
  extraTreesRegressor,
  type ForestParameters,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  type ModelOptions,
  randomForestClassifier,
  randomForestRegressor,
} from './models/tree-models';
export { checkSymbol } from './options/symbol';
export * from './profiles/documents';
export type { BarStore, BarWrite, DeleteBars, KeptBars, KeptRange } from './stores/bar-store';
export {
  barConflict,
  type CheckedBarWrite,
  checkBarDeletion,
  checkBarWrite,
} from './stores/bar-writes';
export {
  assertName,
  assertOpen,
  type CheckedCommit,
  type CheckedDeletion,
  checkCommit,
  checkDeletion,
  commitAfterDeletion,
  conflict,
  modelsAfter,
} from './stores/checked-commit';
export type {
  CheckpointRead,
  CheckpointUpdate,
  CommitResult,
  DeleteProfiles,
  LeaseRequest,
  ProfileStore,
  SymbolCommit,
  SymbolLease,
} from './stores/contract';
export { directoryBarStore } from './stores/directory/bar-store';
export { directoryProfileStore } from './stores/directory/profile-store';
export { type DirectoryStores, directoryStores } from './stores/directory/stores';
export {
  assertBase,
  type BarRevision,
  describeKept,
  type KeptBlock,
  type KeptContents,
  type NewBlock,
  type PreparedWrite,
  prepareBarWrite,
  readKeptBlocks,
} from './stores/kept-blocks';
export { assertNewest, assertNotLeased, checkLeaseRequest, leaseLost, nextToken, type StoredLease, standingOf } from './stores/lease-rules';
export { memoryBarStore } from './stores/memory/bar-store';
export { memoryProfileStore } from './stores/memory/profile-store';
export { SavesByCommit } from './stores/saves-by-commit';
export type { BarColumn, DatasetRow } from './symbol/dataset-columns';
export { type DescribeSymbolOptions, describeSymbol } from './symbol/describe-symbol';
export type {
  DescribedBars,
  DescribedFailure,
  DescribedModels,
  DescribedRevision,
  DescribedRun,
  DescribedWarning,
  HeldOutClassification,
  HeldOutRegression,
  SymbolDescription,
} from './symbol/described-symbol';
export type { TrainingWindowOption, TrainSymbolOptions } from './symbol/job';
export { type OpenSymbolOptions, openSymbol, type SessionCommitOptions, type SymbolSession } from './symbol/open-symbol';
export { type PredictSymbolOptions, predictSymbol } from './symbol/predict-symbol';
export type { Prediction } from './symbol/prediction';
export { type Dataset, type PrepareDatasetOptions, prepareDataset } from './symbol/prepare-dataset';
export type { Progress, ProgressStage } from './symbol/progress';
export type { StageTiming } from './symbol/stopwatch';
export { type TrainSymbolResult, trainSymbol } from './symbol/train-symbol';
export { type SymbolOutcome, type TrainSymbolsOptions, trainSymbols } from './symbol/train-symbols';
// What is forecast: labels, each an interval of time.
export { defineTarget, labelBars, type TargetDefinition } from './targets/define-target';
export { type DirectionOptions, direction } from './targets/direction';
export { type GapOptions, type MaxGap, spansGap } from './targets/holes';
export { type PurgedSplit, type PurgedSplitOptions, purgedSplit, type RowSpan } from './targets/purge';
export { type HorizonOptions, horizonReturn, nextReturn } from './targets/returns';
export type { Label, Labels, PlainJson, Target, TargetFacts, TargetIdentity } from './targets/target';
export { type TripleBarrierOptions, tripleBarrier } from './targets/triple-barrier';
export type { VolatilityOptions } from './targets/volatility';
export { type VolatilityScaledOptions, volatilityScaled } from './targets/volatility-scaled';
export {
  defineWeights,
  equalWeights,
  type HalfLife,
  integerWeights,
  product,
  type SampleWeights,
  type TimeDecayOptions,
  timeDecay,
  uniqueness,
  type WeightsDefinition,
} from './targets/weights';
export type { Link, Task, TreeEnsemble, TreeNodes } from './trees/ensemble';
export type { FeatureMatrix, RowRange } from './trees/feature-matrix';
export {
  type BarDifference,
  type BarDifferences,
  checkHistory,
  type HistoryCheck,
} from './updates/history-check';
export {
  type BarRange,
  calculateUpdateEfficiency,
  createIncrementalUpdatePlan,
  getNewDataSinceLastUpdate,
  type HistoryGap,
  type IgnoredBars,
  type IncrementalUpdatePlan,
  IncrementalUpdateStrategy,
  mergeHistoricalFeatures,
  type PlanInputs,
  type StoredHistory,
  type StoredModels,
  type TrainingFailure,
  type UpdateAction,
  type UpdateEfficiency,
} from './updates/incremental-update-strategy';
export {
  type RetrainInputs,
  type RetrainOptions,
  type RetrainPolicy,
  type RetrainVerdict,
  shouldRetrainModels,
} from './updates/retrain-policy';
