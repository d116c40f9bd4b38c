// What experiments of one's own are made of: splits, scores, explanations, trees to look into, what the first release trained.

export { inferInterval } from './bars/judgement/spacing';
export { type ExplainOptions, type Explanation, explain } from './explain/explain';
export { type PermutationImportance, type PermutationOptions, permutationImportance, type Scoring } from './explain/permutation-importance';
export type { ExplainProgress } from './explain/progress';
export { loadModelCovers } from './models/cover-file';
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
export { originalModels } from './models/standard-models';
export { type PurgedSplit, type PurgedSplitOptions, purgedSplit, type RowSpan } from './targets/purge';
export type { Link, Task, TreeEnsemble, TreeNodes } from './trees/ensemble';
