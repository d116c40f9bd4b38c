import type { MLModelTrainerOptions, TrainingData, TrainingHooks } from '../models/ml-model-trainer';
import type { BoostingParameters, ForestParameters, ModelOptions } from '../models/model-options';
import type { WalkForwardOptions } from '../models/walk-forward';
import { described } from '../text';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import { abortSignal, type Check, callback, check, flag, invalidOption, number, whole } from './checks';
import { type Descriptions, object } from './description';
import { MAX_DEPTH, MIN_LEAF, MIN_SPLIT, TREES } from './limits';

/** Parameters that forests and boosting share. */
const TREES_AND_NODES = {
  trees: { takes: whole(TREES), default: 50, sentence: 'Number of trees.' },
  minSamplesSplit: { takes: whole(MIN_SPLIT), default: 2, sentence: 'Fewest rows of a node that is split.' },
  minSamplesLeaf: { takes: whole(MIN_LEAF), default: 1, sentence: 'Fewest rows of a leaf.' },
} as const;

const maxFeatures = check(
  "'all', 'sqrt' or a whole number from 1 to 1,000",
  (value): value is ForestParameters['maxFeatures'] =>
    value === 'all' || value === 'sqrt' || (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1000),
);

/** `models.regression_rf`. */
export const FOREST = {
  ...TREES_AND_NODES,
  maxDepth: { takes: whole(MAX_DEPTH), default: 10, sentence: 'Largest depth of a tree.' },
  maxFeatures: {
    takes: maxFeatures,
    default: 'all',
    sentence: 'Features drawn at every split: all of them, the square root of their number, or a count (all, if there are fewer).',
  },
  bootstrap: { takes: flag, default: true, sentence: 'Whether each tree sees rows drawn with replacement.' },
} as const satisfies Descriptions<ForestParameters>;

/** `models.classification_rf`. */
export const CLASSIFICATION_FOREST = {
  ...FOREST,
  maxFeatures: { ...FOREST.maxFeatures, default: 'sqrt' },
} as const satisfies Descriptions<ForestParameters>;

/** `models.regression_gb`. */
export const BOOSTING = {
  ...TREES_AND_NODES,
  maxDepth: { takes: whole(MAX_DEPTH), default: 3, sentence: 'Largest depth of a tree.' },
  learningRate: { takes: number({ above: 0, to: 1 }), default: 0.1, sentence: "Factor on every tree's contribution." },
} as const satisfies Descriptions<BoostingParameters>;

/** Changes to the three models' parameters. */
export const MODELS = {
  regression_rf: { takes: object(FOREST), default: 'see its table', sentence: "Random forest for the next bar's return." },
  classification_rf: {
    takes: object(CLASSIFICATION_FOREST),
    default: 'see its table',
    sentence: "Random forest for the next bar's direction.",
  },
  regression_gb: { takes: object(BOOSTING), default: 'see its table', sentence: "Gradient boosting for the next bar's return." },
} satisfies Descriptions<ModelOptions>;

/** How rows are divided into training and test. */
export const WALK_FORWARD = {
  testFraction: { takes: number({ above: 0, below: 1 }), default: 0.2, sentence: 'Share of the rows at the end that is held out.' },
  embargo: {
    takes: whole({ from: 0, to: 1_000_000 }),
    default: 0,
    sentence: "Rows left out between training and test beyond the label's horizon.",
  },
} as const satisfies Descriptions<WalkForwardOptions>;

/** Options of {@link MLModelTrainer}. */
export const TRAINER = {
  models: { takes: object(MODELS), default: 'the defaults of each model', sentence: "Changes to the models' parameters." },
  seed: { takes: whole({ from: 0, to: 2 ** 32 - 1 }), default: 1, sentence: 'Seed of all randomness.' },
  ...WALK_FORWARD,
} as const satisfies Descriptions<MLModelTrainerOptions>;

/** Features, row by row; a matrix is large, so nothing of it is copied. */
export const matrix: Check<FeatureMatrix> = {
  wanted: 'a FeatureMatrix',
  read: (value, { name }) => {
    if (!isMatrix(value))
      throw invalidOption(`${name} must be a FeatureMatrix, as FeatureEngineer.update returns, not ${described(value)}`);
    const { rows, names, columns } = value;
    if (!(Number.isInteger(rows) && rows >= 0)) throw invalidOption(`${name}.rows must be the number of rows, not ${described(rows)}`);
    if (names.length !== columns.length)
      throw invalidOption(`${name} has ${names.length} names for ${columns.length} columns; give one a column`);
    for (const [at, column] of columns.entries()) {
      if (!(column instanceof Float32Array && column.length === rows)) {
        throw invalidOption(`${name}.columns[${at}] must be a Float32Array of ${rows} values, one a row, not ${described(column)}`);
      }
    }
    return value;
  },
};

function isMatrix(value: unknown): value is FeatureMatrix {
  return (
    typeof value === 'object' &&
    value !== null &&
    Array.isArray(Reflect.get(value, 'names')) &&
    Array.isArray(Reflect.get(value, 'columns'))
  );
}

const column = check('a Float64Array', (value): value is Float64Array => value instanceof Float64Array);

/** What {@link MLModelTrainer.train} is given. */
export const TRAINING_DATA = {
  matrix: { takes: matrix, sentence: 'One row a bar, in time order.' },
  timestamp: { takes: column, sentence: "The bars' timestamps, milliseconds UTC, one a row." },
  close: { takes: column, sentence: "The bars' closes, one a row." },
  warmup: { takes: whole({ from: 0, to: 2 ** 32 }), sentence: 'Rows until every base feature has a value; see {@link trainingRows}.' },
  featureSet: {
    takes: check('a text', (value): value is string => typeof value === 'string'),
    sentence: 'Identifies how the features were made; a model remembers it and refuses others.',
  },
} as const satisfies Descriptions<TrainingData>;

/** How training is watched. */
export const TRAINING_HOOKS = {
  onProgress: { takes: callback(), default: 'none', sentence: 'Called after every tree.' },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts; heard within some milliseconds.' },
  clock: { takes: callback(), default: 'none', sentence: 'Milliseconds of any clock, for `training_time_ms`; absent: that is null.' },
} as const satisfies Descriptions<TrainingHooks>;

/** A run of rows. */
export const ROW_RANGE = {
  from: { takes: whole({ from: 0, to: 2 ** 32 }), sentence: 'Number of the first row, 0 or more.' },
  to: { takes: whole({ from: 0, to: 2 ** 32 }), sentence: "Number after the last row, at most the matrix's rows." },
} as const satisfies Descriptions<RowRange>;
