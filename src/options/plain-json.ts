import type { PlainJson } from '../targets/target';
import { described } from '../text';
import { type Check, counted, invalidOption } from './checks';
import { copyPlain, type PlainBounds } from './plain-value';

/**
 * @param bounds - how much it may hold
 * @returns a check of objects that JSON holds as they are: what is parsed again equals what was given. Results are copies, frozen all through
 */
export function plainJson(bounds: PlainBounds): Check<Readonly<Record<string, PlainJson>>> {
  const { values, depth, text } = bounds;
  const wanted = `an object of plain JSON values: at most ${counted(values)} values, ${depth} levels and ${counted(text)} characters`;
  return {
    wanted,
    read: (value, { name }) => {
      if (typeof value !== 'object') throw invalidOption(`${name} must be ${wanted}, not ${described(value)}`);
      const copy = frozenJson(copyPlain(value, name, bounds), name);
      if (!isRecord(copy)) throw invalidOption(`${name} must be ${wanted}, not ${described(value)}`);
      return copy;
    },
  };
}

function frozenJson(value: unknown, path: string): PlainJson {
  // JSON has no -0
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (Array.isArray(value)) return Object.freeze(Array.from(value, (part: unknown, at) => frozenJson(part, `${path}[${at}]`)));
  if (typeof value === 'object' && !(value instanceof Date)) {
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, frozenJson(part, `${path}.${key}`)])));
  }
  throw invalidOption(`${path} is ${described(value)}, which JSON cannot hold; give null, a finite number or a text`);
}

function isRecord(value: PlainJson): value is Readonly<Record<string, PlainJson>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
