import { described } from '../text';
import { invalidOption } from './checks';

/**
 * Checks columns of numbers that belong together.
 *
 * @param columns - by name; anything, because it comes from callers without types
 * @param length - how long each must be; undefined: as long as the first
 * @throws TickerforestError `INVALID_OPTION` naming the one that is no Float64Array, or of another length
 */
export function checkColumns(columns: Readonly<Record<string, unknown>>, length?: number): void {
  let expected = length;
  let first = 'length';
  for (const [name, column] of Object.entries(columns)) {
    if (!isFloat64Array(column)) {
      const what = described(column);
      throw invalidOption(`${name} must be a Float64Array, not ${what}${what === 'an array' ? ': Float64Array.from(it)' : ''}`);
    }
    if (expected === undefined) {
      expected = column.length;
      first = name;
    }
    if (column.length !== expected) throw invalidOption(`${name} has ${column.length} values where ${first} has ${expected}; give as many`);
  }
}

/**
 * @param value - any value
 * @returns whether it is a Float64Array, also one of another realm, as test runners have them
 */
export function isFloat64Array(value: unknown): value is Float64Array {
  // a view first: it is no proxy, which may throw
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Float64Array]';
}
