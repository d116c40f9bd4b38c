import { types } from 'node:util';
import { expect } from 'vitest';

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray) => new Uint8Array(buffer, byteOffset, byteLength);

/** Where it is noted that the comparison is there: files that share a process share it too. */
const ADDED = Symbol.for('tickerforest: equal bytes');

/*
 * Typed arrays of one kind and the same bytes are equal: vitest takes a second to find that out of the bytes of a model file, one by one. What
 * is not the same is left to vitest, which says what differs.
 */
if (!Reflect.has(globalThis, ADDED))
  expect.addEqualityTesters([
    (a: unknown, b: unknown) => {
      if (!(types.isTypedArray(a) && types.isTypedArray(b)) || Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return undefined;
      return a.length === b.length && Buffer.compare(bytesOf(a), bytesOf(b)) === 0 ? true : undefined;
    },
  ]);
Reflect.set(globalThis, ADDED, true);
