import { ownError, TickerforestError } from '../errors';
import { hasFunctions, hushed, isPromise } from '../options/checks';
import { plainJson } from '../options/plain-json';
import { described, quoted } from '../text';
import type { Task } from '../trees/ensemble';
import type { FeatureMatrix } from '../trees/feature-matrix';
import type { Turns } from '../waiting';
import type { FitEstimate, FittedModel, Model, SavedModel } from './model';

/*
 * A model may be a user's own, and its functions may return anything. What they return is checked where it is used, so that no wrong forecast is passed on or stored in silence.
 */

/**
 * @param key - the model's name
 * @param what - what it did
 * @param cause - what was thrown, if anything was
 * @returns the error to throw
 */
export function modelFailed(key: string, what: string, cause?: unknown): TickerforestError {
  return new TickerforestError('MODEL_FAILED', `models.${key}: ${what}`, cause === undefined ? undefined : { cause });
}

/**
 * @param key - the model's name
 * @param call - what is called of it: 'fit'
 * @param made - calls it
 * @returns what it returned
 * @throws TickerforestError that names the model, for whatever it throws; errors of this package as they are
 */
export async function guarded<T>(key: string, call: string, made: () => T | Promise<T>): Promise<T> {
  try {
    return await made();
  } catch (cause) {
    throw thrownBy(key, call, cause);
  }
}

/**
 * The same at once.
 *
 * @param key - the model's name
 * @param call - what is called of it: 'save'
 * @param made - calls it
 * @returns what it returned
 */
export function guardedNow<T>(key: string, call: string, made: () => T): T {
  try {
    return made();
  } catch (cause) {
    throw thrownBy(key, call, cause);
  }
}

function thrownBy(key: string, call: string, cause: unknown): TickerforestError {
  return ownError(cause) ?? modelFailed(key, `${call} threw an error, see its cause`, cause);
}

const PARTS = ['predict', 'predictRow', 'save'] as const;

/**
 * @param given - what `fit` or `load` returned
 * @param features - features of a row
 * @returns what is wrong with it, to follow the name of the function; null: nothing
 */
export function wrongWithFitted(given: unknown, features: number): string | null {
  if (hushed(given)) return 'returned a promise; it must not be async';
  const lacking = PARTS.find((part) => !hasFunctions(given, [part]));
  if (lacking !== undefined) return `must return { predict, predictRow, save }, and returned ${described(given)} without ${lacking}`;
  const importance: unknown = typeof given === 'object' && given !== null ? Reflect.get(given, 'importance') : undefined;
  const isShare = (share: number) => share >= 0 && share < Number.POSITIVE_INFINITY;
  const isFit = importance instanceof Float64Array && importance.length === features && importance.every(isShare);
  return importance === undefined || isFit
    ? null
    : `returned importance ${described(importance)}; give a Float64Array of ${features} shares, 0 or more, one a feature, or leave it out`;
}

const facts = plainJson({ values: 10_000, depth: 16, text: 1_000_000 });
const SECTIONS = [Float64Array, Float32Array, Int32Array, Uint32Array, Uint16Array, Uint8Array] as const;

/**
 * @param key - the model's name
 * @param fitted - a model that has learnt
 * @returns what it saves, checked: a file holds nothing else than it says
 * @throws TickerforestError `MODEL_FAILED` naming the part that cannot be stored
 */
export function savedBy(key: string, fitted: FittedModel): SavedModel {
  const saved: unknown = guardedNow(key, 'save', () => fitted.save());
  const isLate = hushed(saved);
  if (isLate || !isSaved(saved)) {
    throw modelFailed(
      key,
      `save must return { facts, arrays }, two objects, and returned ${isLate ? 'a promise; it must not be async' : described(saved)}`,
    );
  }
  for (const [name, section] of Object.entries(saved.arrays)) {
    if (SECTIONS.some((kind) => section instanceof kind)) {
      if (isGone(section)) throw modelFailed(key, `save returned arrays.${quoted(name)} whose memory was transferred; give a copy`);
      continue;
    }
    const kinds = SECTIONS.map((kind) => kind.name);
    throw modelFailed(
      key,
      `save returned ${described(section)} as arrays.${quoted(name)}; give a ${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`,
    );
  }
  // trees have their facts in another place, and are this library's
  if (fitted.ensemble !== undefined) return saved;
  try {
    return { ...saved, facts: facts.read(saved.facts, { call: 'save', name: 'facts' }) };
  } catch (cause) {
    const own = ownError(cause);
    throw modelFailed(key, own === null ? 'facts that save returned cannot be read, see the cause' : `save: ${own.message}`, cause);
  }
}

function isGone({ buffer }: ArrayBufferView): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

function isSaved(value: unknown): value is SavedModel {
  if (typeof value !== 'object' || value === null || isPromise(value)) return false;
  return ['facts', 'arrays'].every((part) => {
    const own: unknown = Reflect.get(value, part);
    return typeof own === 'object' && own !== null && !Array.isArray(own);
  });
}

/**
 * @param task - what is forecast
 * @param value - a forecast
 * @returns whether it is one
 */
export function isForecast(task: Task, value: unknown): value is number {
  return typeof value === 'number' && (task === 'regression' ? Number.isFinite(value) : value >= 0 && value <= 1);
}

/**
 * @param key - the model's name
 * @param task - what it forecasts
 * @param forecasts - what it has forecast
 * @param first - row of the first
 * @param turns - gives way
 * @throws TickerforestError `MODEL_FAILED` naming the first row whose forecast is none; `ABORTED`
 */
export async function assertForecasts(key: string, task: Task, forecasts: Float64Array, first: number, turns: Turns): Promise<void> {
  await turns.forRuns(forecasts.length, (from, to) => {
    for (let at = from; at < to; at++) {
      if (!isForecast(task, forecasts[at]))
        throw modelFailed(key, `forecasts ${described(forecasts[at])} for row ${first + at}; ${wanted(task)}`);
    }
  });
}

function wanted(task: Task): string {
  return task === 'regression' ? 'a finite number is wanted' : 'a probability from 0 to 1 is wanted';
}

/**
 * @param key - the model's name
 * @param task - what it forecasts
 * @param fitted - the model
 * @param row - features
 * @returns its forecast
 * @throws TickerforestError `MODEL_FAILED` if it throws, or forecasts no number
 */
export function forecastOf(key: string, task: Task, fitted: FittedModel, row: Float32Array): number {
  const forecast: unknown = guardedNow(key, 'predictRow', () => fitted.predictRow(row));
  if (isForecast(task, forecast)) return forecast;
  const got = hushed(forecast) ? 'a promise' : described(forecast);
  throw modelFailed(key, `predictRow returned ${got}; ${wanted(task)}`);
}

/**
 * @param key - the model's name
 * @param model - the model
 * @param rows - rows to be learnt from
 * @param features - features of a row
 * @returns what its fit will take; null: it does not tell
 * @throws TickerforestError `MODEL_FAILED` if its estimate is none
 */
export function estimateOf(key: string, model: Model, rows: number, features: number): FitEstimate | null {
  if (model.estimate === undefined) return null;
  const estimate: unknown = guardedNow(key, 'estimate', () => model.estimate?.(rows, features));
  if (isEstimate(estimate)) return { work: estimate.work, bytes: estimate.bytes };
  hushed(estimate);
  throw modelFailed(key, `estimate must return { work, bytes }, two finite numbers, 0 or more, and returned ${described(estimate)}`);
}

function isEstimate(value: unknown): value is FitEstimate {
  if (typeof value !== 'object' || value === null) return false;
  return ['work', 'bytes'].every((part) => {
    const figure: unknown = Reflect.get(value, part);
    return typeof figure === 'number' && figure >= 0 && figure < Number.POSITIVE_INFINITY;
  });
}

/** Rows of a column that are looked at. */
const LOOKED_AT = 64;

/**
 * @param matrix - features
 * @returns some values of each column, to tell whether somebody has changed it; a copy of all of them would cost as much as the matrix
 */
export function glimpse({ rows, columns }: FeatureMatrix): Float32Array {
  const step = Math.max(1, Math.floor(rows / LOOKED_AT));
  const each = Math.ceil(rows / step);
  const values = new Float32Array(columns.length * each);
  for (const [j, column] of columns.entries()) for (let i = 0; i < each; i++) values[j * each + i] = column[rows - 1 - i * step];
  return values;
}

/**
 * @param key - the model's name
 * @param matrix - features
 * @param before - what {@link glimpse} said of them before the model had them
 * @throws TickerforestError `MODEL_FAILED` if they have changed
 */
export function assertUnchanged(key: string, matrix: FeatureMatrix, before: Float32Array): void {
  const now = glimpse(matrix);
  const at = now.findIndex((value, i) => !Object.is(value, before[i]));
  if (at < 0) return;
  const name = matrix.names[Math.floor((at * matrix.columns.length) / now.length)];
  throw modelFailed(key, `it has changed the matrix, column ${quoted(name)}, which others learn from, too; change a copy`);
}
