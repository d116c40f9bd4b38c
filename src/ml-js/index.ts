export { type FromMlOptions, fromMlRandomForest } from './from-ml-random-forest';
export type { MlBaseJson, MlClassifierJson, MlLeaf, MlNode, MlRegressionJson, MlSplit, MlTreeJson } from './json';
export {
  type MlBoostingParameters,
  type MlForestParameters,
  type MlTreeParameters,
  mlCart,
  mlGradientBoosting,
  mlRandomForest,
} from './models';
export { type ToMlOptions, toMlRandomForest } from './to-ml-random-forest';
