import { decodeBinary, encodeBinary, type Section } from '../binary-file';
import { ownError, TickerforestError } from '../errors';
import { invalidOption } from '../options/checks';
import { readSafely } from '../options/description';
import { isBuiltInModel } from '../options/model-check';
import { described, quoted } from '../text';
import type { Turns } from '../waiting';
import type { FittedModel, Model, ModelSet, StoredModel } from './model';
import { type ModelHeader, modelHeader, readHeader, unusable } from './model-header';
import { modelFailed, savedBy, wrongWithFitted } from './own-model';
import { loadRidge } from './ridge-file';
import { TrainedModel } from './trained-model';
import { loadTrees } from './tree-file';

/** Kinds that are not made of trees, and that nobody has to give a model for. */
const BUILT_IN: ReadonlyMap<string, (stored: StoredModel) => FittedModel> = new Map([['Ridge', loadRidge]]);

/**
 * @param model - a model of a caller's
 * @returns whether its files would be read by one of this library's where the caller's is not given, and forecast something else
 */
export function isReadByOthers({ type, task }: Pick<Model, 'type' | 'task'>): boolean {
  return task === 'regression' && BUILT_IN.has(type);
}

const MAGIC = 'TFMD';
const VERSION = 2;

/**
 * Writes a model file.
 *
 * @param model - a trained model
 * @returns one buffer: magic `TFMD`, version, names and parameters, the model's arrays, checksum
 * @throws TickerforestError `INVALID_OPTION` for what is no trained model, `MODEL_FAILED` if a model of your own saves what a file cannot hold
 * @example
 * ```ts
 * const { models } = await new MLModelTrainer({ models: { forest: randomForestRegressor() } }).train(dataset);
 * const file = saveModel(models.forest); // loadModel(file) forecasts the same, to the bit
 * ```
 */
export function saveModel(model: TrainedModel): Uint8Array {
  const given: unknown = model;
  if (!readSafely('saveModel: model', () => given instanceof TrainedModel))
    throw invalidOption(`model must be a TrainedModel, not ${described(given)}`);
  const { facts, arrays } = savedBy(model.key, model.fitted);
  return encodeBinary(MAGIC, VERSION, {
    header: modelHeader(model, facts),
    sections: new Map<string, Section>(Object.entries(arrays)),
  });
}

/**
 * Reads a model file.
 *
 * @param file - what {@link saveModel} returned; not to be changed before the model has forecast something
 * @param models - models of your own kinds: a file of one is read by the model of that type
 * @returns a model that forecasts the same, to the bit
 * @throws TickerforestError `MODEL_UNUSABLE` for damaged bytes, another format version, facts that describe no model, or a kind that nobody here can read: train
 * again. Trees that do not add up, which no release has written, are noticed when they are first asked for, with the same code
 * @example
 * ```ts
 * const checkpoint = await store.getCheckpoint('AAPL');
 * if (checkpoint !== null) {
 *   const model = loadModel(checkpoint.models.regression_rf);
 *   console.log(model.type, model.featureNames.length);
 * }
 * ```
 */
export function loadModel(file: Uint8Array, models: ModelSet = {}): TrainedModel {
  const contents = decodeBinary(file, MAGIC, VERSION, 'MODEL_UNUSABLE');
  const header = readHeader(contents.header);
  return new TrainedModel(header, fittedOf(header, { ...header, array: contents.section }, models));
}

function fittedOf({ key, type, task, isTrees }: ModelHeader, stored: StoredModel, models: ModelSet): FittedModel {
  if (isTrees) return loadTrees(stored, task);
  const reader = [models[key], ...Object.values(models)].find((model) => model?.type === type && model.task === task);
  const load = reader === undefined ? task === 'regression' && BUILT_IN.get(type) : (own: StoredModel) => reader.load(own);
  if (!load) {
    throw unusable(`${quoted(key)} is a ${quoted(type)}, which only the model that made it can read: give it as models: { ${key}: ... }`);
  }
  try {
    const loaded = load(stored);
    const wrong = reader === undefined || isBuiltInModel(reader) ? null : wrongWithFitted(loaded, stored.features);
    if (wrong !== null) throw unusable(`load of ${quoted(type)} ${wrong}`);
    return loaded;
  } catch (cause) {
    throw (
      ownError(cause) ??
      new TickerforestError('MODEL_UNUSABLE', `model file: ${quoted(type)} cannot read it, see the cause; train again`, { cause })
    );
  }
}

/**
 * Saves models that are to be stored. Those of the caller's are read again and asked, so that what cannot come back is not stored.
 *
 * @param trained - models by name
 * @param models - the models that made them
 * @param row - features of a bar
 * @param turns - gives way
 * @returns their files by name
 * @throws TickerforestError `MODEL_FAILED` if a model of the caller's cannot be saved or read again, or forecasts something else then; `ABORTED`
 */
export async function provenFiles(
  trained: Readonly<Record<string, TrainedModel>>,
  models: ModelSet,
  row: Float32Array,
  turns: Turns,
): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [key, model] of Object.entries(trained)) {
    if (turns.isOver) await turns.giveWay();
    files[key] = saveModel(model);
    if (isBuiltInModel(models[key])) continue;
    const before = model.predictRow(row);
    const after = readBack(key, files[key], models).predictRow(row);
    if (Object.is(before, after)) continue;
    throw modelFailed(
      key,
      `forecasts ${before} of the newest row, and ${after} after it was saved and loaded; both must be the same, to the bit`,
    );
  }
  return files;
}

function readBack(key: string, file: Uint8Array, models: ModelSet): TrainedModel {
  try {
    return loadModel(file, models);
  } catch (cause) {
    const own = ownError(cause);
    throw modelFailed(key, `what it saves cannot be loaded${own === null ? '' : `: ${own.message}`}`, own?.cause ?? cause);
  }
}

/**
 * @param files - model files by name, perhaps with other files beside them
 * @param names - the models that are wanted
 * @param models - see {@link loadModel}
 * @returns the models by name
 * @throws TickerforestError `MODEL_UNUSABLE` if one is missing, cannot be read, or is another model than its name says
 */
export function loadModels(
  files: Readonly<Record<string, Uint8Array>>,
  names: readonly string[],
  models: ModelSet = {},
): Record<string, TrainedModel> {
  return Object.fromEntries(
    names.map((key) => {
      const file = Object.hasOwn(files, key) ? files[key] : undefined;
      if (file === undefined) throw new TickerforestError('MODEL_UNUSABLE', `there is no model file ${quoted(key)}; train again`);
      const model = loadModel(file, models);
      if (model.key !== key) throw unusable(`it holds ${quoted(model.key)}, but is stored as ${quoted(key)}`);
      return [key, model];
    }),
  );
}
