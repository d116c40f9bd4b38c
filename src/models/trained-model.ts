import { createHash } from 'node:crypto';
import { decodeBinary, encodeBinary, type Section } from '../binary-file';
import { TickerforestError } from '../errors';
import type { Task, TreeEnsemble } from '../trees/ensemble';
import { predictRow } from '../trees/prediction';
import type { ModelFacts } from './evaluation';
import { MODEL_KEYS, type ModelKey, type ResolvedModels } from './model-options';

/** A model that can forecast: trees, and which features they ask. */
export interface TrainedModel {
  /** Which of the three it is. */
  readonly key: ModelKey;
  /** Parameters under scikit-learn's names. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  /** The features that a row must hold, in order. */
  readonly featureNames: readonly string[];
  /** Identifies how the features were made. */
  readonly featureSet: string;
  /** The trees. */
  readonly ensemble: TreeEnsemble;
}

const MAGIC = 'TFMD';
const VERSION = 1;

/** scikit-learn's name for the kind of model. */
const MODEL_TYPES: Readonly<Record<ModelKey, ModelFacts['model_type']>> = {
  regression_rf: 'RandomForestRegressor',
  classification_rf: 'RandomForestClassifier',
  regression_gb: 'GradientBoostingRegressor',
};

/**
 * What the ML profile says of a model beside its figures.
 *
 * @param key - which model
 * @param models - the parameters of all three
 * @param seed - seed of all randomness
 * @returns type and parameters under scikit-learn's names
 */
export function describeModel(key: ModelKey, models: ResolvedModels, seed: number): Pick<ModelFacts, 'model_type' | 'parameters'> {
  const { trees, maxDepth, minSamplesSplit, minSamplesLeaf } = models[key];
  const common = { n_estimators: trees, max_depth: maxDepth, min_samples_split: minSamplesSplit, min_samples_leaf: minSamplesLeaf };
  if (key === 'regression_gb') {
    const { learningRate } = models.regression_gb;
    return {
      model_type: MODEL_TYPES[key],
      parameters: { ...common, learning_rate: learningRate, loss: 'squared_error', random_state: seed },
    };
  }
  const { maxFeatures, bootstrap } = models[key];
  // 1.0 is scikit-learn's way to say all features
  return {
    model_type: MODEL_TYPES[key],
    parameters: { ...common, max_features: maxFeatures === 'all' ? 1 : maxFeatures, bootstrap, random_state: seed },
  };
}

/**
 * @param model - a trained model
 * @param row - one value a feature, in the order of `featureNames`; NaN is missing
 * @returns the forecast return (0.001 is 0.1 %), or for `classification_rf` the probability of a rise
 * @throws TickerforestError `INVALID_OPTION` for a row of another length
 */
export function predict(model: TrainedModel, row: Float32Array): number {
  return predictRow(model.ensemble, row);
}

/**
 * @param model - a trained model
 * @returns one buffer: magic `TFMD`, version, names and parameters, the trees' arrays, checksum
 */
export function saveModel(model: TrainedModel): Uint8Array {
  const { ensemble, ...facts } = model;
  const { task, features, base, divisor } = ensemble;
  return encodeBinary(MAGIC, VERSION, {
    header: { ...facts, task, features, base, divisor },
    sections: new Map<string, Section>([
      ['treeOffsets', ensemble.treeOffsets],
      ['feature', ensemble.feature],
      ['threshold', ensemble.threshold],
      ['missingLeft', ensemble.missingLeft],
      ['left', ensemble.left],
      ['value', ensemble.value],
      ['gain', ensemble.gain],
    ]),
  });
}

/**
 * @param file - what {@link saveModel} returned
 * @returns a model that forecasts the same, to the bit
 * @throws TickerforestError `MODEL_UNUSABLE` for damaged bytes or another format version: train again
 */
export function loadModel(file: Uint8Array): TrainedModel {
  const { header, sections } = decodeBinary(file, MAGIC, VERSION, 'MODEL_UNUSABLE');
  if (!isModelHeader(header)) throw new TickerforestError('MODEL_UNUSABLE', 'model file: its header describes no model; train again');
  const { key, parameters, featureNames, featureSet, task, features, base, divisor } = header;
  const [treeOffsets, left] = ['treeOffsets', 'left'].map((name) => section(sections, name, Uint32Array));
  const [value, gain] = ['value', 'gain'].map((name) => section(sections, name, Float64Array));
  const ensemble: TreeEnsemble = {
    task,
    features,
    base,
    divisor,
    treeOffsets,
    feature: section(sections, 'feature', Uint16Array),
    threshold: section(sections, 'threshold', Float32Array),
    missingLeft: section(sections, 'missingLeft', Uint8Array),
    left,
    value,
    gain,
  };
  return { key, parameters, featureNames, featureSet, ensemble };
}

interface ModelHeader extends Omit<TrainedModel, 'ensemble'> {
  readonly task: Task;
  readonly features: number;
  readonly base: number;
  readonly divisor: number;
}

function isModelHeader(header: unknown): header is ModelHeader {
  return (
    typeof header === 'object' &&
    header !== null &&
    'key' in header &&
    MODEL_KEYS.some((key) => key === header.key) &&
    'featureSet' in header &&
    'featureNames' in header &&
    Array.isArray(header.featureNames) &&
    'features' in header &&
    header.features === header.featureNames.length
  );
}

function section<T extends Section>(sections: ReadonlyMap<string, Section>, name: string, kind: new () => T): T {
  const found = sections.get(name);
  if (!(found instanceof kind))
    throw new TickerforestError('MODEL_UNUSABLE', `model file: section '${name}' is missing or of another type; train again`);
  return found;
}

/**
 * @param models - the three models
 * @returns their files by name
 */
export function saveModels(models: Readonly<Record<ModelKey, TrainedModel>>): Record<ModelKey, Uint8Array> {
  return {
    regression_rf: saveModel(models.regression_rf),
    classification_rf: saveModel(models.classification_rf),
    regression_gb: saveModel(models.regression_gb),
  };
}

/**
 * @param files - model files by name
 * @returns the three models
 * @throws TickerforestError `MODEL_UNUSABLE` if one is missing or cannot be read
 */
export function loadModels(files: Readonly<Record<string, Uint8Array>>): Record<ModelKey, TrainedModel> {
  const load = (key: ModelKey) => {
    const file = files[key];
    if (file === undefined) throw new TickerforestError('MODEL_UNUSABLE', `there is no model file '${key}'; train again`);
    return loadModel(file);
  };
  return { regression_rf: load('regression_rf'), classification_rf: load('classification_rf'), regression_gb: load('regression_gb') };
}

/**
 * @param models - the three models
 * @returns 12 hexadecimal digits that change with any byte of any of them
 */
export function modelVersion(models: Readonly<Record<ModelKey, TrainedModel>>): string {
  const hash = createHash('sha256');
  for (const file of Object.values(saveModels(models))) hash.update(file);
  return hash.digest('hex').slice(0, 12);
}
