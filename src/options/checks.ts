import { TickerforestError } from '../errors';
import { described, quoted } from '../text';

/** Where a value was given, for messages. */
export interface Place {
  /** The function or class: 'trainSymbol'. */
  readonly call: string;
  /** The value's name there: 'models.regression_rf.trees'. */
  readonly name: string;
}

/** What one option takes. */
export interface Check<T = unknown> {
  /** The same in words, for messages and tables: 'a whole number from 1 to 10,000'. */
  readonly wanted: string;
  /**
   * @param value - anything, read once; no method of it is called that may be anybody's
   * @param place - where it was given
   * @returns the value, or an equal one of which nothing is the caller's
   * @throws TickerforestError `INVALID_OPTION` naming the option, what it takes and what was given
   */
  readonly read: (value: unknown, place: Place) => T;
}

/** Bounds of a number. */
export interface Bounds {
  /** At least this. */
  readonly from?: number;
  /** More than this. */
  readonly above?: number;
  /** At most this. Infinity: without end, and Infinity itself is taken. */
  readonly to?: number;
  /** Less than this. */
  readonly below?: number;
}

/**
 * @param message - names the option and its value, and says what to do
 * @param cause - the error underneath, if any
 * @returns the error to throw
 */
export function invalidOption(message: string, cause?: unknown): TickerforestError {
  return new TickerforestError('INVALID_OPTION', message, cause === undefined ? undefined : { cause });
}

/**
 * @param wanted - what it takes, in words
 * @param fits - whether a value is one
 * @param hint - what to do about some wrong values, to be appended: ': await it'
 * @returns a check that passes values on as they are
 */
export function check<T>(wanted: string, fits: (value: unknown) => value is T, hint: (value: unknown) => string = () => ''): Check<T> {
  return {
    wanted,
    read: (value, { name }) => {
      if (!fits(value)) throw invalidOption(`${name} must be ${wanted}, not ${described(value)}${hint(value)}`);
      return value;
    },
  };
}

/** `true` or `false`. */
export const flag = check('true or false', (value) => typeof value === 'boolean');

/**
 * @param bounds - its bounds
 * @param unit - what it counts, in words
 * @returns a check of finite numbers (and Infinity, where `bounds.to` is that)
 */
export function number(bounds: Bounds, unit = 'a number'): Check<number> {
  return check(unit + inWords(bounds), (value): value is number => typeof value === 'number' && isWithin(value, bounds));
}

/**
 * @param bounds - its bounds
 * @param unit - what it counts, in words
 * @returns a check of whole numbers
 */
export function whole(bounds: Bounds, unit = 'a whole number'): Check<number> {
  const wanted = unit + inWords(bounds);
  return check(wanted, (value): value is number => typeof value === 'number' && Number.isInteger(value) && isWithin(value, bounds));
}

/**
 * @param most - characters that it may have
 * @returns a check of texts that are not empty or blank, of one line, and of whole characters
 */
export function text(most: number): Check<string> {
  return check(
    `a text of 1 to ${counted(most)} characters`,
    (value): value is string => typeof value === 'string' && value.length <= most && value.trim() !== '' && !hasHiddenCharacters(value),
  );
}

/**
 * @param words - the words that it takes
 * @returns a check of one of them
 */
export function oneOf<const Word extends string>(...words: readonly Word[]): Check<Word> {
  const all = words.map((word) => `'${word}'`);
  const wanted = all.length === 1 ? all[0] : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
  return check(wanted, (value): value is Word => words.some((word) => word === value));
}

/** A function. What it does is seen when it is called. */
export function callback<T>(): Check<T> {
  return check('a function', (value): value is T => typeof value === 'function');
}

/** A valid Date whose year has four digits: results are copies, so that nothing of the caller's is called later. */
export const date: Check<Date> = {
  wanted: 'a Date',
  read: (value, { name }) => {
    const time = timeOf(value);
    if (time === undefined) {
      const hint = typeof value === 'string' ? `: new Date(${quoted(value, 30)})` : typeof value === 'number' ? `: new Date(${value})` : '';
      throw invalidOption(`${name} must be a Date, not ${described(value)}${hint}`);
    }
    if (Number.isNaN(time)) throw invalidOption(`${name} is an invalid Date: what it was made of is no time`);
    if (!(time >= FIRST_TIME && time <= LAST_TIME)) {
      throw invalidOption(`${name} is ${new Date(time).toISOString()}; give a Date from the year 1 to 9999`);
    }
    return new Date(time);
  },
};

const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * @param value - any value
 * @returns milliseconds since 1970 of a Date, also of another realm or an invalid one; undefined for anything else
 */
export function timeOf(value: unknown): number | undefined {
  try {
    return Reflect.apply(Date.prototype.getTime, value, []);
  } catch {
    return undefined;
  }
}

/** Signals of other realms and libraries, and the signal of this realm that fires with each. */
const bridges = new WeakMap<object, AbortSignal>();

/** An AbortSignal, also another realm's or library's; the result is always one of this realm. */
export const abortSignal: Check<AbortSignal> = {
  wanted: 'an AbortSignal',
  read: (value, { name }) => {
    if (value instanceof AbortController) throw invalidOption(`${name} is an AbortController: give its signal`);
    if (!isSignal(value)) throw invalidOption(`${name} must be an AbortSignal, not ${described(value)}`);
    if (value instanceof AbortSignal) return value;
    const known = bridges.get(value);
    if (known !== undefined) return known;
    const controller = new AbortController();
    const abort = () => controller.abort(value.reason);
    if (value.aborted) abort();
    else value.addEventListener('abort', abort, { once: true });
    bridges.set(value, controller.signal);
    return controller.signal;
  },
};

/** What all kinds of signals have. */
interface SignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void, options: { once: true }): void;
}

function isSignal(value: unknown): value is SignalLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'aborted') === 'boolean' &&
    hasFunctions(value, ['addEventListener', 'removeEventListener'])
  );
}

/**
 * @param value - any value
 * @param names - names of functions
 * @returns whether it is an object that has them all
 */
export function hasFunctions(value: unknown, names: readonly string[]): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === 'function');
}

/**
 * @param value - any value
 * @returns whether it is a Promise, or something else that wants to be awaited
 */
export function isPromise(value: unknown): boolean {
  return typeof value === 'object' && hasFunctions(value, ['then']);
}

/**
 * Promises are refused where an answer is wanted at once, and a rejection that nobody hears would end the process.
 *
 * @param returned - what a function of a user's own returned
 * @returns whether it is a promise
 */
export function hushed(returned: unknown): boolean {
  if (!isPromise(returned)) return false;
  Promise.resolve(returned).catch(() => {});
  return true;
}

/**
 * @param value - a text
 * @returns whether it has line ends, control or invisible characters, or half a character
 */
export function hasHiddenCharacters(value: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(value);
}

function isWithin(value: number, { from, above, to, below }: Bounds): boolean {
  return (
    (from === undefined || value >= from) &&
    (above === undefined || value > above) &&
    (to === undefined || value <= to) &&
    (below === undefined || value < below) &&
    !Number.isNaN(value) &&
    (Number.isFinite(value) || to === Number.POSITIVE_INFINITY)
  );
}

function inWords({ from, above, to, below }: Bounds): string {
  if (from !== undefined && to !== undefined && to < Number.POSITIVE_INFINITY) return ` from ${counted(from)} to ${counted(to)}`;
  if (above !== undefined && below !== undefined) return ` above ${counted(above)} and below ${counted(below)}`;
  if (above !== undefined && to !== undefined && to < Number.POSITIVE_INFINITY) return ` above ${counted(above)}, at most ${counted(to)}`;
  const least =
    from !== undefined && Number.isFinite(from) ? `, ${counted(from)} or more` : above !== undefined ? ` above ${counted(above)}` : '';
  return to === Number.POSITIVE_INFINITY ? `${least} (Infinity too)` : least;
}

/**
 * @param value - a number
 * @returns it with its thousands parted: '10,000'; not by toLocaleString, which loads the data of all locales when the package is imported
 */
export function counted(value: number): string {
  const [whole, rest] = String(value).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
}
