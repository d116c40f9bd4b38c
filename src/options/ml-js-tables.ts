import type { FromMlOptions } from '../ml-js/from-ml-random-forest';
import type { MlBoostingParameters, MlForestParameters, MlTreeParameters } from '../ml-js/models';
import type { ToMlOptions } from '../ml-js/to-ml-random-forest';
import type { ModelOptions } from '../models/tree-models';
import { check, flag, number, oneOf, whole } from './checks';
import type { Descriptions } from './description';
import { MAX_DEPTH, MIN_SPLIT, TREES } from './limits';
import { BOOSTING_MODEL, FOREST } from './model-tables';
import { target } from './target-tables';

/** Parameters of a tree of ml-cart. */
const TREE = {
  maxDepth: { takes: whole(MAX_DEPTH), default: 10, sentence: 'Largest depth of a tree.' },
  minSamplesSplit: { takes: whole(MIN_SPLIT), default: 4, sentence: 'Fewest rows of a node that is split.' },
  maxRows: {
    takes: whole({ from: 1, to: 100_000 }),
    default: 2_000,
    sentence: 'Most rows to learn from, a row of weight 3 counting as three: more are refused before work begins.',
  },
  target: BOOSTING_MODEL.target,
} as const;

const KIND = {
  task: { takes: oneOf('regression', 'classification'), default: 'regression', sentence: 'A number, or the probability of class 1.' },
  gainThreshold: {
    takes: number({ from: 0, to: 1e300 }),
    default: '0.01 for a classification, 0 for a regression',
    sentence: 'A split must gain more than this, as ml-cart counts gain.',
  },
} as const;

/** `mlCart`. */
export const ML_CART = { ...KIND, ...TREE } as const satisfies Descriptions<ModelOptions<MlTreeParameters>>;

/** `mlRandomForest`. */
export const ML_RANDOM_FOREST = {
  ...ML_CART,
  trees: { takes: whole(TREES), default: 50, sentence: 'Number of trees.' },
  maxFeatures: {
    ...FOREST.maxFeatures,
    sentence: 'Features drawn for every tree: as many as there are, the square root of their number, or a count (all, if there are fewer).',
  },
  replacement: {
    takes: flag,
    default: 'true for a classification, false for a regression',
    sentence: 'Whether a feature may be drawn twice.',
  },
  bootstrap: FOREST.bootstrap,
} as const satisfies Descriptions<ModelOptions<MlForestParameters>>;

/** `mlGradientBoosting`. */
export const ML_GRADIENT_BOOSTING = {
  ...TREE,
  maxDepth: { ...TREE.maxDepth, default: 3 },
  trees: ML_RANDOM_FOREST.trees,
  learningRate: BOOSTING_MODEL.learningRate,
} as const satisfies Descriptions<ModelOptions<MlBoostingParameters>>;

const featureNames = check(
  'a list of different names, one a column',
  (value): value is readonly string[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= 65_535 &&
    value.every((one) => typeof one === 'string' && one !== '') &&
    new Set(value).size === value.length,
);

const name = check(
  'letters, digits and underscores, beginning with a letter, at most 64',
  (value): value is string => typeof value === 'string' && /^[A-Za-z]\w{0,63}$/.test(value),
);

/** `fromMlRandomForest`. */
export const FROM_ML = {
  featureNames: { takes: featureNames, sentence: 'Names of the columns that it was trained on, in their order.' },
  name: { takes: name, default: 'ml_js', sentence: 'What the model is to be called.' },
  target: { takes: target, default: 'nextReturn(), of a classifier its direction()', sentence: 'What it forecasts.' },
} as const satisfies Descriptions<FromMlOptions>;

/** `toMlRandomForest`. */
export const TO_ML = {
  missing: {
    takes: oneOf('refuse', 'none', 'doubled'),
    default: 'refuse',
    sentence: 'What about missing values, which go right at every split there.',
  },
  output: {
    takes: oneOf('forecast', 'log_odds', 'votes'),
    default: 'forecast',
    sentence: 'What it is to predict.',
  },
} as const satisfies Descriptions<ToMlOptions>;
