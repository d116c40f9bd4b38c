import type { Model, ModelParameters } from '../models/model';
import { described, quoted } from '../text';
import { type Check, callback, hasFunctions, hasHiddenCharacters, invalidOption, oneOf, text, whole } from './checks';
import { target } from './target-tables';

/** Models in which nothing is anybody's any more. */
const settled = new WeakSet<object>();
/** Functions of this library's models: a copy with another target or name has them as well. */
const builtIn = new WeakSet<object>();

/**
 * @param model - one of this library's, whose functions keep the contract
 * @returns the model, frozen
 */
export function builtInModel(model: Model): Model {
  builtIn.add(model.fit);
  builtIn.add(model.load);
  settled.add(model);
  return Object.freeze(model);
}

/**
 * @param model - a model
 * @returns whether it learns and is read as this library's do; what others return is checked, and they get labels of their own
 */
export function isBuiltInModel({ fit, load }: Model): boolean {
  return builtIn.has(fit) && builtIn.has(load);
}

/** Parameters that a model may have, and characters of one that is a text. */
const MOST_PARAMETERS = 100;
const LONGEST_PARAMETER = 200;

const parameters: Check<ModelParameters> = {
  wanted: `an object of at most ${MOST_PARAMETERS} numbers, texts, booleans and nulls`,
  read: (value, { name }) => {
    const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
    if (entries === null || entries.length > MOST_PARAMETERS)
      throw invalidOption(`${name} must be ${parameters.wanted}, not ${described(value)}`);
    const own = entries.map(([key, one]: [string, unknown]) => [key, parameterOf(key, one, name)] as const);
    return Object.freeze(Object.fromEntries(own));
  },
};

function parameterOf(key: string, value: unknown, place: string): ModelParameters[string] {
  if (!/^[A-Za-z]\w{0,63}$/.test(key)) {
    throw invalidOption(`${place} has the name ${quoted(key)}; give letters, digits and underscores, beginning with a letter, at most 64`);
  }
  if (key === 'random_state')
    throw invalidOption(`${place}.random_state is the seed of the run; give it as option seed, or the parameter another name`);
  if (value === null || typeof value === 'boolean') return value;
  // JSON has no -0
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (typeof value === 'string' && value.length <= LONGEST_PARAMETER && !hasHiddenCharacters(value)) return value;
  throw invalidOption(
    `${place}.${key} must be a finite number, true, false, null or a text of one line, at most ${LONGEST_PARAMETER} characters, not ${described(value)}`,
  );
}

const type = text(100);
const step = text(40);
const task = oneOf<Model['task']>('regression', 'classification');
const fit = callback<Model['fit']>();
const load = callback<Model['load']>();
const maxRows = whole({ from: 1, to: 2 ** 31 });
const estimate = callback<NonNullable<Model['estimate']>>();

/**
 * @param value - any value
 * @returns whether somebody means it to be a model: other objects are parameters
 */
export function isMeantAsModel(value: unknown): value is Model {
  return typeof value === 'object' && (hasFunctions(value, ['fit']) || hasFunctions(value, ['load']));
}

/** A model, one of this library's or of a user's own; those that are not settled are copied, and their functions called as the caller's own. */
export const model: Check<Model> = {
  wanted: 'a model, such as randomForestRegressor()',
  read: (value, place) => {
    if (!isMeantAsModel(value)) throw invalidOption(`${place.name} must be ${model.wanted}, not ${described(value)}`);
    if (settled.has(value)) return value;
    const part = <T>(key: string, takes: Check<T>): T => takes.read(Reflect.get(value, key), { ...place, name: `${place.name}.${key}` });
    const perhaps = <T>(key: string, takes: Check<T>): T | undefined =>
      Reflect.get(value, key) === undefined ? undefined : part(key, takes);
    const [ownFit, ownLoad, ownEstimate] = [part('fit', fit), part('load', load), perhaps('estimate', estimate)];
    const own: Model = {
      type: part('type', type),
      task: part('task', task),
      parameters: part('parameters', parameters),
      target: perhaps('target', target),
      step: perhaps('step', step),
      maxRows: perhaps('maxRows', maxRows),
      fit: builtIn.has(ownFit) ? ownFit : (rows, context) => Reflect.apply(ownFit, value, [rows, context]),
      load: builtIn.has(ownLoad) ? ownLoad : (stored) => Reflect.apply(ownLoad, value, [stored]),
      ...(ownEstimate && { estimate: (rows, features) => Reflect.apply(ownEstimate, value, [rows, features]) }),
    };
    settled.add(own);
    return Object.freeze(own);
  },
};
