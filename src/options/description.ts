import { ownError, type TickerforestError } from '../errors';
import { described, quoted } from '../text';
import { type Check, invalidOption, isPromise, type Place, timeOf } from './checks';
import { didYouMean, nearestName } from './did-you-mean';

/** One option: what it takes, what happens without it, and what it is for. Checks and the tables of docs/options.md are made of it. */
export interface OptionDescription<T = unknown> {
  /** What it takes. */
  readonly takes: Check<T>;
  /** What is taken if it is not given, or that in words; absent: the option must be given. */
  readonly default?: string | number | boolean;
  /** What it is for: the first sentence of its doc comment. */
  readonly sentence: string;
}

/** A description of each option of an options object, and of no other. */
export type Descriptions<T> = { readonly [Key in keyof Required<T>]: OptionDescription<Exclude<T[Key], undefined>> };

/** A check that is one of a whole object, whose options can be listed. */
export interface ObjectCheck<T = unknown> extends Check<T> {
  /** Its options. */
  readonly options: Readonly<Record<string, OptionDescription>>;
}

/**
 * Checks a public options object: unknown names, types, ranges. Options that are undefined count as not given. Everything is read once, so getters and
 * proxies cannot say one thing now and another later.
 *
 * @param given - what the caller gave
 * @param options - descriptions of all options
 * @param call - the function or class, for messages
 * @returns a copy, nested options objects included, of what was given
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 */
export function checkOptions<T extends object>(given: T, options: Descriptions<T>, call: string): T {
  return readSafely(call, () => readObject(given, options, { call, name: '' }));
}

/**
 * Checks one argument.
 *
 * @param value - what the caller gave
 * @param check - what it must be
 * @param name - the parameter
 * @param call - the function, for messages
 * @returns the value, or an equal one of which nothing is the caller's
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function checkArgument<T>(value: unknown, check: Check<T>, name: string, call: string): T {
  return readSafely(`${call}: ${name}`, () => check.read(value, { call, name }));
}

/**
 * @param options - descriptions of all of its options
 * @param wanted - what it is, in words
 * @param hint - what to do about a value that is no object of options: `: { bars: 300 }`
 * @returns a check of options within options
 */
export function object<T extends object>(
  options: Descriptions<T>,
  wanted = `an object of ${listed(Object.keys(options))}`,
  hint: (value: unknown) => string = () => '',
): ObjectCheck<T> {
  return {
    wanted,
    options,
    read: (value, place) => {
      if (!isOptionsObject<T>(value)) throw invalidOption(`${place.name} must be ${wanted}, not ${described(value)}${hint(value)}`);
      return readObject(value, options, place);
    },
  };
}

/**
 * @param what - what is read, for the message
 * @param read - reads something of the caller's
 * @returns what it returned
 * @throws TickerforestError `INVALID_OPTION` if a getter or proxy threw
 */
export function readSafely<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw invalidOption(`${what} cannot be read: a getter or proxy of it threw; give plain values`, cause);
  }
}

function readObject<T extends object>(given: T, options: Descriptions<T>, { call, name }: Place): T {
  if (!isOptionsObject(given)) {
    const await_ = isPromise(given) ? ': await it' : '';
    throw invalidOption(`${call} takes an object of options, not ${described(given)}${await_}`);
  }
  const table: Readonly<Record<string, OptionDescription>> = options;
  const copy: T = { ...given };
  for (const [key, value] of Object.entries(copy)) {
    if (value === undefined) Reflect.deleteProperty(copy, key);
    else if (!Object.hasOwn(table, key)) throw unknownOption(key, table, { call, name });
  }
  for (const [key, { takes, default: byDefault }] of Object.entries(table)) {
    // an instance of a class may have its options in getters of the class
    const value: unknown = Object.hasOwn(copy, key) || !(key in given) ? Reflect.get(copy, key) : Reflect.get(given, key);
    const path = name === '' ? key : `${name}.${key}`;
    if (value !== undefined) Reflect.set(copy, key, takes.read(value, { call, name: path }));
    else if (byDefault === undefined) takes.read(undefined, { call, name: path });
  }
  return copy;
}

function isOptionsObject<T extends object>(value: unknown): value is T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(Symbol.iterator in value) && timeOf(value) === undefined && !isPromise(value);
}

function unknownOption(key: string, options: Readonly<Record<string, OptionDescription>>, { call, name }: Place): TickerforestError {
  const names = Object.keys(options);
  const where = name === '' ? '' : ` in ${name}`;
  const place = placeOf(key, options, name);
  const advice =
    nearestName(key, names) !== undefined
      ? didYouMean(key, names)
      : place !== undefined
        ? `; give it as ${place}`
        : `; there ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
  return invalidOption(`${call}: unknown option ${quoted(key)}${where}${advice}`);
}

/** Where an option belongs that was given a level too high: 'models.regression_rf.trees'. */
function placeOf(key: string, options: Readonly<Record<string, OptionDescription>>, path: string): string | undefined {
  for (const [name, { takes }] of Object.entries(options)) {
    if (!isObjectCheck(takes)) continue;
    const inner = path === '' ? name : `${path}.${name}`;
    const found = nearestName(key, Object.keys(takes.options));
    if (found !== undefined) return `${inner}.${found}`;
    const deeper = placeOf(key, takes.options, inner);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/**
 * @param check - a check
 * @returns whether it is one of a whole object
 */
export function isObjectCheck(check: Check): check is ObjectCheck {
  return 'options' in check;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
