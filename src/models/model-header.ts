import { TickerforestError } from '../errors';
import { described, quoted } from '../text';
import type { Link, Task } from '../trees/ensemble';
import { MODEL_KEYS, type ModelKey } from './model-options';
import type { TrainedModel } from './trained-model';

/** The small facts of a model file. */
export interface ModelHeader extends Omit<TrainedModel, 'ensemble'> {
  /** What is predicted. */
  readonly task: Task;
  /** Number of features of a row. */
  readonly features: number;
  /** What becomes of the sum of the trees; a file says it where it is 'logit' only, as there were files before there were links. */
  readonly link: Link;
  /** What the sum of the trees is added to. */
  readonly base: number;
  /** What the sum of the trees is divided by. */
  readonly divisor: number;
}

const KNOWN: Readonly<Record<keyof ModelHeader, true>> = {
  key: true,
  parameters: true,
  featureNames: true,
  featureSet: true,
  task: true,
  features: true,
  link: true,
  base: true,
  divisor: true,
};

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
    if (!Object.hasOwn(KNOWN, name)) throw unusable(`its header has ${quoted(name)}, which this release does not know`);
  const { key, parameters, featureNames, featureSet, task, features, link, base, divisor } = given;
  if (!isModelKey(key)) throw wrong('key', key, 'the name of a model');
  if (!isScalars(parameters)) throw wrong('parameters', parameters, 'an object of numbers, texts, booleans and null');
  if (!isTexts(featureNames)) throw wrong('featureNames', featureNames, 'a list of texts');
  if (typeof featureSet !== 'string') throw wrong('featureSet', featureSet, 'a text');
  if (task !== 'regression' && task !== 'classification') throw wrong('task', task, "'regression' or 'classification'");
  if (typeof features !== 'number' || features !== featureNames.length || features < 1 || features > MOST_FEATURES)
    throw wrong('features', features, `the number of its featureNames (${featureNames.length}), 1 to 65,535`);
  if (new Set(featureNames).size !== features) throw unusable('it names a feature twice');
  if (link !== undefined && link !== 'logit') throw wrong('link', link, "'logit' or absent");
  if (link === 'logit' && task !== 'classification') throw unusable('its link is that of a classification, and its task is none');
  if (!isNumber(base)) throw wrong('base', base, 'a finite number');
  if (!isNumber(divisor) || divisor <= 0) throw wrong('divisor', divisor, 'a finite number above 0');
  return { key, parameters, featureNames, featureSet, task, features, link: link ?? 'identity', base, divisor };
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

function isModelKey(value: unknown): value is ModelKey {
  return MODEL_KEYS.some((key) => key === value);
}

function isScalars(value: unknown): value is Record<string, number | string | boolean | null> {
  return isObject(value) && Object.values(value).every((own) => own === null || ['number', 'string', 'boolean'].includes(typeof own));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((own) => typeof own === 'string');
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
