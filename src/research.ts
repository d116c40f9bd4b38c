// What experiments of one's own are made of: labels, splits, scores, trees to look into.

export { inferInterval } from './bars/judgement/spacing';
export { type PermutationImportance, type PermutationOptions, permutationImportance, type Scoring } from './explain/permutation-importance';
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
export { labelBars } from './targets/define-target';
export { spansGap } from './targets/holes';
export { type PurgedSplit, type PurgedSplitOptions, purgedSplit, type RowSpan } from './targets/purge';
export { integerWeights } from './targets/weights';
export type { Link, Task, TreeEnsemble, TreeNodes } from './trees/ensemble';
