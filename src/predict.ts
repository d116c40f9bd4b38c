// Forecasts of saved models, also in a browser: nothing that it reaches is Node's own.

export { type ErrorCode, TickerforestError } from './errors';
export { loadModel } from './models/model-file';
export { predict, type TrainedFacts, type TrainedModel } from './models/trained-model';
export type { FeatureMatrix, RowRange } from './trees/feature-matrix';
