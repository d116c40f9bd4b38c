import { setTimeout as pause } from 'node:timers/promises';
import { propertyOf, TickerforestError } from '../../errors';
import { timers } from '../../waiting';
import { isDuplicateId, type MongoOperations } from './operations';

/** How long to try, and how often. */
export interface Patience {
  /** Milliseconds that the server may take for one answer; then the attempt counts as failed. */
  readonly attemptMs: number;
  /** Milliseconds before the second attempt, the third, and so on: as many attempts as pauses, and one. */
  readonly pausesMs: readonly number[];
}

/** Pauses before further attempts, 5 seconds together: what a replica set needs to elect a new primary, about. */
export const PAUSES_MS: readonly number[] = [250, 1000, 3750];

/** No answer within the time for one attempt: a garbled length makes a driver wait for bytes that never come. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Errors of the driver that trying again does not mend: wrong use, a closed client, nobody there for as long as it was told to look. */
const FINAL_NAMES = new Set([
  'MongoInvalidArgumentError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoNotConnectedError',
  'MongoServerSelectionError',
  'MongoMissingDependencyError',
  'MongoMissingCredentialsError',
]);
/** Unauthorized, AuthenticationFailed, AtlasError. */
const ACCESS_CODES = new Set([13, 18, 8000]);
/** The above, BadValue, DollarPrefixedFieldName, DottedFieldName, IndexOptionsConflict, IndexKeySpecsConflict, BSONObjectTooLarge, DuplicateKey. */
const FINAL_CODES = new Set([...ACCESS_CODES, 2, 52, 57, 85, 86, 10_334, 11_000]);

/**
 * The operations, each bounded in time and tried again after failures that may pass: a connection that breaks, a change of primary, an
 * answer that cannot be read. So an operation may happen twice; all that the store asks for may.
 *
 * @param operations - the operations, each tried once
 * @param patience - how long to try
 * @returns the operations
 */
export function patientOperations(operations: MongoOperations, patience: Patience): MongoOperations {
  const keep = <T>(operation: () => Promise<T>): Promise<T> => attempt(operation, patience);
  let prepared: Promise<void> | null = null;
  const prepare = () => {
    // a failed preparation is repeated by the next operation
    prepared ??= keep(() => operations.prepare()).catch((error: unknown) => {
      prepared = null;
      throw error;
    });
    return prepared;
  };
  const prepareAndKeep = async <T>(operation: () => Promise<T>): Promise<T> => {
    await prepare();
    return keep(operation);
  };
  return {
    place: operations.place,
    prepare,
    insert: (name, documents) => prepareAndKeep(() => operations.insert(name, documents)),
    replace: (name, document, missing) => prepareAndKeep(() => operations.replace(name, document, missing)),
    replaceSealed: (name, document, sha256) => prepareAndKeep(() => operations.replaceSealed(name, document, sha256)),
    removeSealed: (name, id, sha256) => prepareAndKeep(() => operations.removeSealed(name, id, sha256)),
    publish: (name, symbol, document) => prepareAndKeep(() => operations.publish(name, symbol, document)),
    unpublish: (name, symbol) => prepareAndKeep(() => operations.unpublish(name, symbol)),
    removeChunks: (symbol, revision) => prepareAndKeep(() => operations.removeChunks(symbol, revision)),
    remove: (name, ids) => prepareAndKeep(() => operations.remove(name, ids)),
    find: (name, id) => prepareAndKeep(() => operations.find(name, id)),
    findPublished: (name, symbol) => prepareAndKeep(() => operations.findPublished(name, symbol)),
    findOfSymbol: (name, symbol) => prepareAndKeep(() => operations.findOfSymbol(name, symbol)),
    findDeletions: (name) => prepareAndKeep(() => operations.findDeletions(name)),
    outline: (name, symbol) => prepareAndKeep(() => operations.outline(name, symbol)),
    symbols: (name) => prepareAndKeep(() => operations.symbols(name)),
    close: () => operations.close(),
  };
}

/**
 * @param cause - what went wrong
 * @param what - what the store could not do: "cannot read 'AAPL'"
 * @param operations - the operations, for the place
 * @returns the error to throw: the cause itself if it is one of this library's, else `STORE_FAILED` saying what to do
 */
export function storeFailed(cause: unknown, what: string, { place }: MongoOperations): TickerforestError {
  if (cause instanceof TickerforestError) return cause;
  return new TickerforestError('STORE_FAILED', `${what} in MongoDB, ${place}; ${advice(cause)}`, { cause });
}

function advice(cause: unknown): string {
  const name = nameOf(cause);
  if (ACCESS_CODES.has(codeOf(cause))) return "the server does not let this user in or do this; check the user's password and roles";
  if (name === 'MongoServerSelectionError')
    return 'no server answers there; check that it runs and that this machine can reach it, then repeat';
  if (name === 'NoAnswerError')
    return 'the server did not answer in time; check its load and the network, or raise operationTimeout, then repeat';
  if (name === 'MongoClientClosedError' || name === 'MongoNotConnectedError' || name === 'MongoTopologyClosedError') {
    return 'the client was closed; keep it open as long as the store is used, and make a new store on an open one';
  }
  if (/Network|PoolCleared/.test(name)) return 'the connection broke again and again; check server and network, then repeat';
  if (isDuplicateId(cause)) {
    return 'a document of another symbol has the _id that this one should have; see the cause, remove it or use a database of its own, then repeat';
  }
  return 'see the cause; read the symbol again and repeat';
}

async function attempt<T>(operation: () => Promise<T>, { attemptMs, pausesMs }: Patience): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await within(attemptMs, operation());
    } catch (error) {
      if (isFinal(error)) throw error;
      await pause(pauseMs);
    }
  }
  return within(attemptMs, operation());
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = timers.setTimeout(() => reject(new NoAnswerError(`the server did not answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    timers.clearTimeout(timer);
  }
}

/** Anything else of the driver's may have come from a broken or garbled line. */
function isFinal(error: unknown): boolean {
  if (error instanceof NoAnswerError) return false;
  const name = nameOf(error);
  return !/^(Mongo|BSON)/.test(name) || FINAL_NAMES.has(name) || FINAL_CODES.has(codeOf(error));
}

function codeOf(error: unknown): number {
  const code = propertyOf(error, 'code');
  return typeof code === 'number' ? code : 0;
}

function nameOf(error: unknown): string {
  const name = propertyOf(error, 'name');
  return typeof name === 'string' ? name : '';
}
