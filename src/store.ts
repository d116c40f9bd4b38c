// What authors of stores need: the contracts, the checks and rules that all stores share, and the documents that they keep.

export { BarHash } from './bars/bar-hash';
export type { Reading } from './bars/reading';
export type { StoredMarket } from './bars/stored-market';
export type {
  ClassificationHoldOut,
  ClassificationMetrics,
  ClassificationPart,
  HoldOutRange,
  ModelFacts,
  ModelMetrics,
  RegressionHoldOut,
  RegressionMetrics,
  RegressionPart,
  SplitFigures,
} from './models/evaluation';
export type { TrainingSettings } from './models/ml-model-trainer';
export type { ModelParameters } from './models/model';
export { checkSymbol } from './options/symbol';
export * from './profiles/documents';
export type { BarStore, BarWrite, DeleteBars, KeptBars, KeptRange } from './stores/bar-store';
export { barConflict, type CheckedBarWrite, checkBarDeletion, checkBarWrite } from './stores/bar-writes';
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
export { SavesByCommit } from './stores/saves-by-commit';
export type { TargetIdentity } from './targets/target';
