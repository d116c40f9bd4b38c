import { TickerforestError } from '../errors';
import type { TargetFacts } from '../targets/target';
import { described, quoted } from '../text';
import type { Task } from '../trees/ensemble';
import type { TrainedFacts } from './trained-model';

/** The small facts of a model file. */
export interface ModelHeader extends TrainedFacts {
  /** Number of features of a row. */
  readonly features: number;
  /** Whether the file holds trees, which need no model to be read. */
  readonly isTrees: boolean;
  /** What the model says of itself: not checked yet. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What is written of every model. */
const COMMON = ['key', 'parameters', 'featureNames', 'featureSet', 'task', 'features'] as const;
/** What is written where it does not follow from the name, as that of the standard three does. */
const UNUSUAL = ['type', 'target'] as const;
/** What is written of trees. Any other model has its facts under 'facts'. */
const OF_TREES = ['link', 'base', 'divisor'] as const;

/** Kinds of the standard models, which their files do not name. */
const STANDARD_TYPES: ReadonlyMap<string, { readonly type: string; readonly task: Task }> = new Map([
  ['regression_rf', { type: 'RandomForestRegressor', task: 'regression' }],
  ['classification_rf', { type: 'RandomForestClassifier', task: 'classification' }],
  ['regression_gb', { type: 'GradientBoostingRegressor', task: 'regression' }],
]);
/** What is forecast if a file does not say: `nextReturn()` and `direction()`, spelled out, as who only forecasts has no targets. */
export const STANDARD_TARGETS: Readonly<Record<Task, TargetFacts>> = {
  regression: { name: 'next_return', version: 1, parameters: { max_gap: null }, kind: 'regression', description: 'return of the next bar' },
  classification: {
    name: 'direction',
    version: 1,
    parameters: { of: { name: 'next_return', version: 1, parameters: { max_gap: null } }, dead_zone: 0, flat: 'down', max_gap: null },
    kind: 'classification',
    description: 'direction of the return of the next bar',
  },
};

const KNOWN: readonly string[] = [...COMMON, ...UNUSUAL, ...OF_TREES, 'facts'];

/** Most features of a row: their numbers, and the mark of a leaf, fit into two bytes. */
const MOST_FEATURES = 65_535;

/**
 * Reads every fact before it is believed: a checksum says that a file is as it was written, not who wrote it.
 *
 * @param given - a model file's header, any JSON
 * @returns the same
 * @throws TickerforestError `MODEL_UNUSABLE` that names the fact, also one that this release does not know
 */
export function readHeader(given: unknown): ModelHeader {
  if (!isObject(given)) throw unusable(`its header is ${described(given)}`);
  for (const name of Object.keys(given))
    if (!KNOWN.some((known) => known === name)) throw unusable(`its header has ${quoted(name)}, which this release does not know`);
  const { key, parameters, featureNames, featureSet, task, features, type, target, facts } = given;
  if (typeof key !== 'string' || !/^[A-Za-z]\w{0,63}$/.test(key)) throw wrong('key', key, 'the name of a model');
  if (!isScalars(parameters)) throw wrong('parameters', parameters, 'an object of numbers, texts, booleans and null');
  if (!isTexts(featureNames)) throw wrong('featureNames', featureNames, 'a list of texts');
  if (typeof featureSet !== 'string') throw wrong('featureSet', featureSet, 'a text');
  if (task !== 'regression' && task !== 'classification') throw wrong('task', task, "'regression' or 'classification'");
  if (typeof features !== 'number' || features !== featureNames.length || features < 1 || features > MOST_FEATURES)
    throw wrong('features', features, `the number of its featureNames (${featureNames.length}), 1 to 65,535`);
  if (new Set(featureNames).size !== features) throw unusable('it names a feature twice');
  const standard = STANDARD_TYPES.get(key);
  const kind = type ?? (standard?.task === task ? standard.type : undefined);
  if (typeof kind !== 'string') throw wrong('type', type, 'the name of a kind of model');
  if (target !== undefined && !isTarget(target, task)) throw wrong('target', target, `what a ${task} forecasts`);
  if (facts !== undefined && !isObject(facts)) throw wrong('facts', facts, 'an object');
  const isTrees = facts === undefined;
  const common: Omit<ModelHeader, 'isTrees' | 'facts'> = {
    key,
    type: kind,
    task,
    parameters,
    target: target ?? STANDARD_TARGETS[task],
    featureNames,
    featureSet,
    features,
  };
  return { ...common, isTrees, facts: isTrees ? Object.fromEntries(OF_TREES.map((name) => [name, given[name]])) : facts };
}

/**
 * @param model - a trained model
 * @param facts - what it says of itself
 * @returns the header of its file
 */
export function modelHeader(model: TrainedFacts & { readonly ensemble: unknown }, facts: Readonly<Record<string, unknown>>): object {
  const { key, type, task, parameters, target, featureNames, featureSet } = model;
  const standard = STANDARD_TYPES.get(key);
  const isUsual = JSON.stringify(targetFacts(target)) === JSON.stringify(STANDARD_TARGETS[task]);
  return {
    ...{ key, parameters, featureNames, featureSet },
    ...(!(standard?.type === type && standard.task === task) && { type }),
    ...(!isUsual && { target: targetFacts(target) }),
    ...{ task, features: featureNames.length },
    ...(model.ensemble === undefined ? { facts } : facts),
  };
}

/**
 * @param target - any target
 * @returns all of it but the function
 */
export function targetFacts({ name, version, parameters, kind, description }: TargetFacts): TargetFacts {
  return { name, version, parameters, kind, description };
}

function isTarget(value: unknown, task: Task): value is TargetFacts {
  if (!isObject(value)) return false;
  const { name, version, parameters, kind, description } = value;
  return (
    typeof name === 'string' && typeof version === 'number' && isObject(parameters) && kind === task && typeof description === 'string'
  );
}

/**
 * @param reason - what is wrong with a model file
 * @returns the error that says so
 */
export function unusable(reason: string): TickerforestError {
  return new TickerforestError('MODEL_UNUSABLE', `model file: ${reason}; train again`);
}

function wrong(name: string, value: unknown, wanted: string): TickerforestError {
  return unusable(`its ${name} is ${described(value)}, not ${wanted}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalars(value: unknown): value is Record<string, number | string | boolean | null> {
  return isObject(value) && Object.values(value).every((own) => own === null || ['number', 'string', 'boolean'].includes(typeof own));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((own) => typeof own === 'string');
}
