import assert from 'node:assert/strict';
import { types } from 'node:util';
import type { ErrorCode } from '../errors';
import type { ProfileStore, SymbolCommit } from '../stores/contract';

/** All that a store has of a symbol. */
export interface StoredParts {
  /** Company profile, or null. */
  readonly company: unknown;
  /** ML profile, or null. */
  readonly ml: unknown;
  /** Statistical profile, or null. */
  readonly statistical: unknown;
  /** Checkpoint, or null. */
  readonly checkpoint: unknown;
}

/** What {@link readAll} gives for a symbol that the store does not know. */
export const NOTHING: StoredParts = { company: null, ml: null, statistical: null, checkpoint: null };

/**
 * @param store - the store
 * @param symbol - whose
 * @returns all that the store has of a symbol
 */
export async function readAll(store: ProfileStore, symbol: string) {
  return {
    company: await store.getCompanyProfile(symbol),
    ml: await store.getMlProfile(symbol),
    statistical: await store.getStatisticalProfile(symbol),
    checkpoint: await store.getCheckpoint(symbol),
  };
}

/**
 * @param commit - a commit of all parts with models
 * @param revision - the revision it made
 * @returns what {@link readAll} must give after it
 */
export function expectedAfter(commit: SymbolCommit, revision = commit.baseRevision + 1) {
  const { symbol, checkpoint } = commit;
  return {
    company: { ...commit.company, revision },
    ml: { ...commit.ml, revision },
    statistical: { ...commit.statistical, revision },
    checkpoint: { symbol, revision, state: checkpoint?.state, models: checkpoint?.models },
  };
}

/**
 * Compares values exactly: -0 is not 0, NaN is NaN, a Date is no text, a Buffer no plain Uint8Array.
 *
 * @param actual - what the store gave
 * @param expected - what it should have given
 * @throws AssertionError showing the difference
 */
export function assertSame(actual: unknown, expected: unknown): void {
  assert.deepStrictEqual(ownRealm(actual), ownRealm(expected));
}

/**
 * Compares long binary without printing it.
 *
 * @param actual - what the store gave
 * @param expected - what it should have given
 * @throws AssertionError naming the first byte that differs
 */
export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(types.isUint8Array(actual) && !Buffer.isBuffer(actual), 'the store gave no Uint8Array');
  assert.equal(actual.length, expected.length, 'length of the binary');
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.equal(actual[at], expected[at], `byte ${at} of the binary`);
}

/**
 * @param promise - what the store was asked for
 * @param code - code of the error that it must reject with
 * @param words - what the message must contain, each
 * @throws AssertionError if it does not
 */
export async function assertRefused(promise: Promise<unknown>, code: ErrorCode, ...words: readonly string[]): Promise<void> {
  assertRefusal((await Promise.allSettled([promise]))[0], code, ...words);
}

/**
 * @param outcome - how the store answered
 * @param code - code of the error that it must have rejected with
 * @param words - what the message must contain, each
 * @throws AssertionError if it did not
 */
export function assertRefusal(outcome: PromiseSettledResult<unknown>, code: ErrorCode, ...words: readonly string[]): void {
  assert.equal(outcome.status, 'rejected', `the store should have refused with ${code}`);
  const error: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
  // by name, not instanceof: a store may have loaded another copy of this package
  if (!(typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'name' in error)) {
    assert.fail(`the store rejected with ${String(error)} instead of a TickerforestError`);
  }
  assert.equal(error.name, 'TickerforestError', String(error));
  assert.equal(error.code, code, String(error));
  for (const word of words) assert.ok(String(error.message).includes(word), `'${error.message}' should contain '${word}'`);
}

/**
 * Some runners give tests a global scope of their own, whose Object is not the one that structuredClone makes: what is plain is made anew
 * here, and everything else (a Buffer, a driver's number class) stays and will differ.
 */
function ownRealm(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (types.isDate(value)) return new Date(value.getTime());
  if (types.isUint8Array(value)) return Buffer.isBuffer(value) ? value : new Uint8Array(value);
  if (Array.isArray(value)) return Array.from(value, ownRealm);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, ownRealm(item)]));
}
