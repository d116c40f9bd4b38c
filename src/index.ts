// What users import, by what they do with it; entries beside it: features.ts (every family), targets.ts (every target, weights), research.ts (splits, scores, explanations), store.ts (authors of stores).

// Train

export type { HeldOutForecasts } from './models/evaluation';
export {
  MLModelTrainer,
  type MLModelTrainerOptions,
  type TrainingData,
  type TrainingHooks,
  type TrainingOutcome,
} from './models/ml-model-trainer';
export type { TrainingLimits } from './models/training-limits';
export type { TrainingProgress } from './models/training-work';
export type { DatasetRow } from './symbol/dataset-columns';
export type { TrainingWindowOption, TrainSymbolOptions } from './symbol/job';
export { type Dataset, type PrepareDatasetOptions, prepareDataset } from './symbol/prepare-dataset';
export type { Progress, ProgressStage } from './symbol/progress';
export type { StageTiming } from './symbol/stopwatch';
export { type TrainSymbolResult, trainSymbol } from './symbol/train-symbol';
export { type SymbolOutcome, type TrainSymbolsOptions, trainSymbols } from './symbol/train-symbols';
export type { BarDifference, BarDifferences, HistoryCheck } from './updates/history-check';
export {
  type BarRange,
  type HistoryGap,
  type IgnoredBars,
  type IncrementalUpdatePlan,
  IncrementalUpdateStrategy,
  type PlanInputs,
  type StoredHistory,
  type StoredModels,
  type TrainingFailure,
  type UpdateAction,
  type UpdateEfficiency,
} from './updates/incremental-update-strategy';
export type { RetrainInputs, RetrainOptions, RetrainPolicy, RetrainVerdict } from './updates/retrain-policy';

// Predict

export { loadModel, saveModel } from './models/model-file';
export { predict, type TrainedFacts, type TrainedModel } from './models/trained-model';
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
export type { ExplainedFeature, ForecastExplanation } from './symbol/explained-forecast';
export {
  type OpenSymbolOptions,
  openSymbol,
  type SessionCommitOptions,
  type SessionExplainOptions,
  type SymbolSession,
} from './symbol/open-symbol';
export { type PredictSymbolOptions, predictSymbol } from './symbol/predict-symbol';
export type { Prediction } from './symbol/prediction';

// Features

export { defineFeature, type FeatureDefinition } from './features/define-feature';
export type { FeatureFamily } from './features/family';
export { FeatureEngineer } from './features/feature-engineer';
export type { FeatureUpdateOptions } from './features/feature-update';
export { standardFeatures } from './features/standard-features';

// Targets

export { defineTarget, type TargetDefinition } from './targets/define-target';
export { type DirectionOptions, direction } from './targets/direction';
export type { GapOptions, MaxGap } from './targets/holes';
export { type HorizonOptions, horizonReturn, nextReturn } from './targets/returns';
export type { Label, Labels, PlainJson, Target, TargetFacts } from './targets/target';
export type { SampleWeights } from './targets/weights';

// Models

export type { Section as NumberArray } from './binary-file';
export type {
  FitContext,
  FitEstimate,
  FitRows,
  FittedModel,
  LinearParts,
  Model,
  ModelRows,
  ModelSet,
  SavedModel,
  StoredModel,
} from './models/model';
export { type RidgeParameters, ridge } from './models/ridge';
export {
  type ModelsOption,
  type StandardModelOptions,
  type StandardModels,
  standardModels,
} from './models/standard-models';
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
export type { FeatureMatrix, RowRange } from './trees/feature-matrix';

// Bars

export { arrayBars, type BarColumns, type BarRow, type BarRows } from './bars/array-source';
export type { BarBatch, BarRequest, BarSource } from './bars/bar-source';
export { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from './bars/bars';
export { type BatchProgress, type CollectedBars, type CollectOptions, collectBars } from './bars/collect-bars';
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
export type { BadBarReason, BadBars } from './bars/judgement/values';
export { type Market, type MarketOptions, resolveMarket, type Session } from './bars/market';
export type { RowColumns, RowKey } from './bars/row-fields';
export type { RowOptions } from './bars/row-reader';
export { type SampleOptions, sampleBars } from './bars/sample-bars';
export type { DateOrder, EpochUnit } from './bars/timestamps';
export type { Warning, WarningCode } from './bars/warnings';

// Stores

export type { CompanyProfile, MlProfile, StatisticalProfile } from './profiles/documents';
export type { BarStore } from './stores/bar-store';
export type { ProfileStore } from './stores/contract';
export { directoryBarStore } from './stores/directory/bar-store';
export { directoryProfileStore } from './stores/directory/profile-store';
export { type DirectoryStores, directoryStores } from './stores/directory/stores';
export { memoryBarStore } from './stores/memory/bar-store';
export { memoryProfileStore } from './stores/memory/profile-store';

// Errors

export { type ErrorCode, TickerforestError } from './errors';
