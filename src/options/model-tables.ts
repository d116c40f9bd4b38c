import type { Bars } from '../bars/bars';
import type { HoldOutOptions } from '../models/hold-out';
import type { MLModelTrainerOptions, TrainingData, TrainingHooks } from '../models/ml-model-trainer';
import type { Model, ModelSet } from '../models/model';
import type { RidgeParameters } from '../models/ridge';
import type { ModelsOption, StandardModelOptions } from '../models/standard-models';
import type { TrainingLimits } from '../models/training-limits';
import type { BoostingParameters, Changes, ForestParameters, ModelOptions } from '../models/tree-models';
import { described, quoted } from '../text';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { abortSignal, type Check, callback, check, flag, invalidOption, number, whole } from './checks';
import { type Descriptions, type ObjectCheck, object } from './description';
import { MAX_DEPTH, MIN_LEAF, MIN_SPLIT, TREES } from './limits';
import { wholeMarket } from './market-table';
import { isMeantAsModel, model } from './model-check';
import { target } from './target-tables';
import { sampleWeights } from './weight-tables';

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

/** Parameters of a forest for a number. */
export const FOREST = {
  ...TREES_AND_NODES,
  maxDepth: { takes: whole(MAX_DEPTH), default: 10, sentence: 'Largest depth of a tree.' },
  maxFeatures: {
    takes: maxFeatures,
    default: 'all',
    sentence: 'Features drawn at every split: all of them, the square root of their number, or a count (all, if there are fewer).',
  },
  bootstrap: { takes: flag, default: true, sentence: 'Whether each tree sees rows drawn with replacement.' },
} as const satisfies Descriptions<Changes<ForestParameters>>;

/** Parameters of a forest for a probability. */
export const CLASSIFICATION_FOREST = {
  ...FOREST,
  maxFeatures: { ...FOREST.maxFeatures, default: 'sqrt' },
} as const satisfies Descriptions<Changes<ForestParameters>>;

/** Parameters of gradient boosting. */
export const BOOSTING = {
  ...TREES_AND_NODES,
  maxDepth: { takes: whole(MAX_DEPTH), default: 3, sentence: 'Largest depth of a tree.' },
  learningRate: { takes: number({ above: 0, to: 1 }), default: 0.1, sentence: "Factor on every tree's contribution." },
} as const satisfies Descriptions<Changes<BoostingParameters>>;

/**
 * Parameters of the three standard models that are not those of the functions that make them: for bars shorter than a day, and for longer ones. Chosen by
 * bench/defaults.ts; docs/models.md has the figures.
 */
export const STANDARD = {
  regression_rf: { shorter: { maxFeatures: 'sqrt', minSamplesLeaf: 200 }, days: { maxDepth: 4, minSamplesLeaf: 50 } },
  classification_rf: { shorter: { minSamplesLeaf: 200 }, days: { maxDepth: 4, minSamplesLeaf: 50 } },
  regression_gb: { shorter: { learningRate: 0.02, minSamplesLeaf: 200 }, days: { learningRate: 0.02, minSamplesLeaf: 50 } },
} as const satisfies {
  readonly [Key in keyof StandardModelOptions]-?: Readonly<Record<'shorter' | 'days', NonNullable<StandardModelOptions[Key]>>>;
};

/** A default that depends on the bars, in words. */
function byBars<Value extends number | string>(shorter: Value, days: Value): Value | string {
  const shown = (value: Value) => (typeof value === 'string' ? `'${value}'` : value);
  return shorter === days ? shorter : `${shown(shorter)}; ${shown(days)} of bars of a day or longer`;
}

/** `models.regression_rf`. */
export const STANDARD_FOREST = {
  ...FOREST,
  minSamplesLeaf: {
    ...FOREST.minSamplesLeaf,
    default: byBars(STANDARD.regression_rf.shorter.minSamplesLeaf, STANDARD.regression_rf.days.minSamplesLeaf),
  },
  maxDepth: { ...FOREST.maxDepth, default: byBars<number>(FOREST.maxDepth.default, STANDARD.regression_rf.days.maxDepth) },
  maxFeatures: {
    ...FOREST.maxFeatures,
    default: byBars<string>(STANDARD.regression_rf.shorter.maxFeatures, FOREST.maxFeatures.default),
  },
} as const satisfies Descriptions<Changes<ForestParameters>>;

/** `models.classification_rf`. */
export const STANDARD_CLASSIFICATION_FOREST = {
  ...CLASSIFICATION_FOREST,
  minSamplesLeaf: {
    ...FOREST.minSamplesLeaf,
    default: byBars(STANDARD.classification_rf.shorter.minSamplesLeaf, STANDARD.classification_rf.days.minSamplesLeaf),
  },
  maxDepth: { ...FOREST.maxDepth, default: byBars<number>(FOREST.maxDepth.default, STANDARD.classification_rf.days.maxDepth) },
} as const satisfies Descriptions<Changes<ForestParameters>>;

/** `models.regression_gb`. */
export const STANDARD_BOOSTING = {
  ...BOOSTING,
  minSamplesLeaf: {
    ...BOOSTING.minSamplesLeaf,
    default: byBars(STANDARD.regression_gb.shorter.minSamplesLeaf, STANDARD.regression_gb.days.minSamplesLeaf),
  },
  learningRate: {
    ...BOOSTING.learningRate,
    default: byBars(STANDARD.regression_gb.shorter.learningRate, STANDARD.regression_gb.days.learningRate),
  },
} as const satisfies Descriptions<Changes<BoostingParameters>>;

/** What a model forecasts, if not what the run forecasts. */
const OWN_TARGET = {
  target: {
    takes: target,
    default: 'that of the run',
    sentence: 'What this model forecasts, if not what the run forecasts.',
  },
} as const;

/** `randomForestRegressor`. */
export const FOREST_REGRESSOR = { ...FOREST, ...OWN_TARGET } as const satisfies Descriptions<ModelOptions<ForestParameters>>;

/** `randomForestClassifier`. */
export const FOREST_CLASSIFIER = { ...CLASSIFICATION_FOREST, ...OWN_TARGET } as const satisfies Descriptions<
  ModelOptions<ForestParameters>
>;

/** `gradientBoostingRegressor` and `gradientBoostingClassifier`. */
export const BOOSTING_MODEL = { ...BOOSTING, ...OWN_TARGET } as const satisfies Descriptions<ModelOptions<BoostingParameters>>;

/** `ridge`. */
export const RIDGE = {
  alpha: {
    takes: number({ above: 0, to: 1e12 }),
    default: 1,
    sentence: 'How strongly coefficients of standardised features are held near 0.',
  },
  fitIntercept: { takes: flag, default: true, sentence: 'Whether there is an intercept.' },
  ...OWN_TARGET,
} as const satisfies Descriptions<ModelOptions<RidgeParameters>>;

const ALL_ROWS = { bootstrap: { ...FOREST.bootstrap, default: false } } as const;

/** `extraTreesRegressor`. */
export const EXTRA_TREES_REGRESSOR = { ...FOREST_REGRESSOR, ...ALL_ROWS } as const satisfies Descriptions<ModelOptions<ForestParameters>>;

/** `extraTreesClassifier`. */
export const EXTRA_TREES_CLASSIFIER = { ...FOREST_CLASSIFIER, ...ALL_ROWS } as const satisfies Descriptions<ModelOptions<ForestParameters>>;

/** Changes to the three standard models' parameters. */
export const MODELS = {
  regression_rf: { takes: object(STANDARD_FOREST), default: 'see its table', sentence: 'Random forest for the return.' },
  classification_rf: {
    takes: object(STANDARD_CLASSIFICATION_FOREST),
    default: 'see its table',
    sentence: 'Random forest for the direction.',
  },
  regression_gb: { takes: object(STANDARD_BOOSTING), default: 'see its table', sentence: 'Gradient boosting for the return.' },
} satisfies Descriptions<StandardModelOptions>;

const changes = object<StandardModelOptions>(MODELS);

const UNCHANGED: StandardModelOptions = { regression_rf: {} };

/** Models by name, or changes to the three. */
const models: ObjectCheck<ModelsOption> = {
  wanted: 'models by name, such as { forest: randomForestRegressor() }, or changes to the three standard ones',
  options: MODELS,
  read: (value, place) => {
    if (Array.isArray(value)) throw invalidOption(`${place.name} must be ${models.wanted}, not an array`);
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const given = entries.filter(([, one]) => one !== undefined);
    const isForgotten = given.length === 0 && !(entries.length > 0 && entries.every(([name]) => Object.hasOwn(MODELS, name)));
    if (isForgotten && isPlain(value)) {
      throw invalidOption(
        `${place.name} has no model in it; leave the option out for the three standard ones, or give one: { forest: randomForestRegressor() }`,
      );
    }
    if (!given.some(([, one]) => isMeantAsModel(one))) {
      const own = changes.read(value, place);
      // what is not given is left out; an object without anything would be refused where it is read again
      return Object.keys(own).length > 0 ? own : UNCHANGED;
    }
    return Object.fromEntries(
      given.map(([name, one]): [string, Model] => {
        if (!isMeantAsModel(one)) throw invalidOption(`${place.name}.${name} is ${described(one)} beside models; ${cureOf(name)}`);
        checkModelName(name, place.name);
        return [name, model.read(one, { ...place, name: `${place.name}.${name}` })];
      }),
    );
  },
};

/** Models by name, nothing else. */
export const modelSet: Check<ModelSet> = {
  wanted: 'models by name',
  read: (value, place) => {
    const given = models.read(value, place);
    const entries = Object.entries(given).filter((entry): entry is [string, Model] => isMeantAsModel(entry[1]));
    if (entries.length === 0) throw invalidOption(`${place.name} must be models by name, not parameters of the standard ones`);
    return Object.fromEntries(entries);
  },
};

function cureOf(name: string): string {
  const makers = new Map([
    ['regression_rf', 'randomForestRegressor({ ... })'],
    ['classification_rf', 'randomForestClassifier({ ... })'],
    ['regression_gb', 'gradientBoostingRegressor({ ... })'],
  ]);
  return `give a model, such as ${makers.get(name) ?? 'randomForestRegressor({ ... })'}`;
}

/** Other objects, such as a Map, are refused for what they are. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Names of files that stand beside the models. */
const TAKEN = ['window_start', 'overlap', 'anchor_a', 'anchor_b', 'covers'];

function checkModelName(name: string, place: string): void {
  if (/^[A-Za-z]\w{0,63}$/.test(name) && !TAKEN.includes(name)) return;
  const wanted = TAKEN.includes(name)
    ? 'another name: this one is used by the store'
    : 'letters, digits and underscores, beginning with a letter, at most 64';
  throw invalidOption(`${place} has a model called ${quoted(name)}; give it ${wanted}`);
}

/** How rows are divided into training and test. */
export const HOLD_OUT = {
  testFraction: { takes: number({ above: 0, below: 1 }), default: 0.2, sentence: 'Share of the rows at the end that is held out.' },
  embargo: {
    takes: whole({ from: 0, to: 1_000_000 }),
    default: 0,
    sentence: 'Rows left out between training and test beyond those whose labels reach into the test.',
  },
} as const satisfies Descriptions<HoldOutOptions>;

const limit = number({ above: 0, to: Number.POSITIVE_INFINITY });

/** Beyond what a training is refused. */
const LIMITS = {
  work: {
    takes: limit,
    default: '250e9, and 30,000 more for each value of the matrix (rows x features)',
    sentence:
      'Most work of all models and their hold-out models, in steps of about a nanosecond on one core of 2.3 GHz: 60e9 is a minute. `Infinity`: no limit.',
  },
  bytes: { takes: limit, default: '4 GiB (2 ** 32)', sentence: 'Most bytes at the peak, beside the matrix. `Infinity`: no limit.' },
} as const satisfies Descriptions<TrainingLimits>;

/** Options of {@link MLModelTrainer}. */
export const TRAINER = {
  target: { takes: target, default: 'nextReturn()', sentence: 'What is forecast.' },
  models: {
    takes: models,
    default: 'the three standard ones',
    sentence: 'Models by names of your choice, or changes to the parameters of the three standard ones.',
  },
  weights: { takes: sampleWeights, default: 'equalWeights()', sentence: 'How much each row counts when models learn.' },
  limits: {
    takes: object(LIMITS),
    default: 'see its table',
    sentence: 'Beyond what work and memory a training is refused before it begins.',
  },
  seed: { takes: whole({ from: 0, to: 2 ** 32 - 1 }), default: 1, sentence: 'Seed of all randomness.' },
  threads: {
    takes: whole({ from: 0, to: 64 }),
    default: 'as many as the machine has cores; 0 below 0.2 s of work',
    sentence:
      'Threads beside the calling one that compute features, grow trees and forecast; 0: the calling thread does all. The result is the same, to the byte, for any number.',
  },
  ...HOLD_OUT,
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

/** What {@link MLModelTrainer.train} is given. */
export const TRAINING_DATA = {
  matrix: { takes: matrix, sentence: 'One row a bar, in time order.' },
  bars: { takes: check('Bars', (value): value is Bars => typeof value === 'object' && value !== null), sentence: 'The bars, one per row.' },
  market: { takes: wholeMarket, sentence: 'Whose bars.' },
  warmup: {
    takes: whole({ from: 0, to: 2 ** 32 }),
    sentence: 'Rows until every base feature has a value; see {@link FeatureEngineer.warmup}.',
  },
  featureSet: {
    takes: check('a text', (value): value is string => typeof value === 'string'),
    sentence: 'Identifies how the features were made; a model remembers it and refuses others.',
  },
  target: { takes: target, default: 'nextReturn()', sentence: 'What is forecast, unless the trainer has a target of its own.' },
  sampleWeights: {
    takes: sampleWeights,
    default: 'equalWeights()',
    sentence: 'How much each row counts, unless the trainer has weights of its own.',
  },
} as const satisfies Descriptions<TrainingData>;

/** How training is watched. */
export const TRAINING_HOOKS = {
  onProgress: { takes: callback(), default: 'none', sentence: 'Called after every step of a model: every tree.' },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts; heard within some milliseconds.' },
  clock: { takes: callback(), default: 'none', sentence: 'Milliseconds of any clock, for `training_time_ms`; absent: that is null.' },
} as const satisfies Descriptions<TrainingHooks>;
