import { ownError, type TickerforestError } from '../errors';
import { described, quoted } from '../text';
import { type Check, counted, invalidOption, timeOf } from './checks';

/** How much a plain value may hold. */
export interface PlainBounds {
  /** Values, nested ones included; one that stands in several places counts each time. */
  readonly values: number;
  /** Levels of arrays and objects. */
  readonly depth: number;
  /** Characters of all texts and keys together. */
  readonly text: number;
}

/** What fundamentals may hold: far more than figures about a company need, and what every store takes in no time. */
export const FUNDAMENTALS: PlainBounds = { values: 10_000, depth: 32, text: 262_144 };
/** What a stored document may hold; MongoDB takes 100 levels. */
export const DOCUMENT: PlainBounds = { values: 200_000, depth: 100, text: 16_000_000 };

/** Characters of a path that a message shows. */
const SHOWN_PATH = 120;

/**
 * A copy of plain data: null, booleans, numbers, texts, Dates, arrays and plain objects. What is visited is counted, so shared references that a few
 * hundred bytes can blow up to any size end at the bound, and so do circles.
 *
 * @param value - anything
 * @param name - what it is called, for messages
 * @param bounds - how much it may hold
 * @returns a copy in which nothing is the caller's
 * @throws TickerforestError `INVALID_OPTION` naming the part that cannot be stored, or the bound
 */
export function copyPlain<T>(value: T, name: string, bounds: PlainBounds): T;
export function copyPlain(value: unknown, name: string, bounds: PlainBounds): unknown {
  try {
    return new PlainCopy(name, bounds).copy(value);
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw invalidOption(`${name} cannot be read: a getter or proxy in it threw; give plain values`, cause);
  }
}

/** An object of plain values, within bounds. */
export function plainObject(bounds: PlainBounds): Check<Readonly<Record<string, unknown>>> {
  const { values, depth, text } = bounds;
  const wanted = `an object of plain JSON values and Dates: at most ${counted(values)} values, ${depth} levels and ${counted(text)} characters`;
  return {
    wanted,
    read: (value, { name }) => {
      if (!isPlainObject(value)) throw invalidOption(`${name} must be ${wanted}; not ${described(value)}`);
      return { ...copyPlain(value, name, bounds) };
    },
  };
}

class PlainCopy {
  readonly #name: string;
  readonly #bounds: PlainBounds;
  readonly #path: (string | number)[] = [];
  #values = 0;
  #characters = 0;

  constructor(name: string, bounds: PlainBounds) {
    this.#name = name;
    this.#bounds = bounds;
  }

  copy(value: unknown): unknown {
    if (++this.#values > this.#bounds.values) throw this.#tooMuch(`${counted(this.#bounds.values)} values (shared ones count each time)`);
    if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
    if (typeof value === 'string') return this.#copyText(value);
    const isArray = Array.isArray(value);
    if (!isArray && !isPlainObject(value)) {
      const time = timeOf(value);
      if (Number.isNaN(time)) throw this.#refusal('is an invalid Date; leave it out or use null');
      if (time !== undefined) return new Date(time);
      throw this.#refusal(`is ${described(value)}; documents hold null, booleans, numbers, text, Dates, arrays and plain objects`);
    }
    if (this.#path.length >= this.#bounds.depth) throw this.#refusal(`is nested more than ${this.#bounds.depth} deep`);
    return isArray ? this.#copyArray(value) : this.#copyObject(value);
  }

  #copyText(value: string): string {
    this.#countText(value);
    if (/\p{Surrogate}/u.test(value)) throw this.#refusal(`is text with half a unicode character: ${quoted(value)}`);
    return value;
  }

  #copyArray(value: readonly unknown[]): unknown[] {
    const copies: unknown[] = [];
    // not map: it would skip the holes of a sparse array
    for (let i = 0; i < value.length; i++) copies.push(this.#copyPart(i, value[i]));
    return copies;
  }

  #copyObject(value: object): object {
    const copies: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      this.#countText(key);
      // these mean something else in MongoDB's JSON, or to JavaScript
      if (key.startsWith('$') || key.includes('\0') || key === '__proto__' || key === '_bsontype') {
        throw this.#refusal(`has the key ${quoted(key)}, which documents cannot hold; rename it`);
      }
      copies[key] = this.#copyPart(key, item);
    }
    return copies;
  }

  #copyPart(key: string | number, value: unknown): unknown {
    this.#path.push(key);
    const part = this.copy(value);
    this.#path.pop();
    return part;
  }

  #countText(text: string): void {
    this.#characters += text.length;
    if (this.#characters > this.#bounds.text) throw this.#tooMuch(`${counted(this.#bounds.text)} characters of text`);
  }

  #tooMuch(bound: string): TickerforestError {
    return invalidOption(`${this.#name} holds more than ${bound}; keep what is larger somewhere else`);
  }

  #refusal(what: string): TickerforestError {
    const steps = this.#path.map((key) =>
      typeof key === 'number' ? `[${key}]` : /^[\w$]{1,60}$/.test(key) ? `.${key}` : `[${quoted(key)}]`,
    );
    const path = steps.join('');
    return invalidOption(`${this.#name}${path.length > SHOWN_PATH ? `${path.slice(0, SHOWN_PATH)}...` : path} ${what}`);
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}
