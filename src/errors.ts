/** All codes. */
export const ERROR_CODES = [
  'INVALID_OPTION',
  'INVALID_BARS',
  'NO_BARS',
  'TOO_FEW_BARS',
  'CONSTANT_PRICES',
  'FEATURE_FAILED',
  'MODEL_FAILED',
  'WORK_TOO_LARGE',
  'WORKER_FAILED',
  'TOO_MANY_BARS',
  'CSV_FORMAT',
  'FILE_FORMAT',
  'STRICT',
  'SOURCE_FAILED',
  'SOURCE_INCOMPLETE',
  'HISTORY_SHRINKS',
  'ABORTED',
  'UNKNOWN_SYMBOL',
  'CHECKPOINT_UNUSABLE',
  'MODEL_UNUSABLE',
  'CONFLICT',
  'SYMBOL_LEASED',
  'LEASE_LOST',
  'STORE_CLOSED',
  'STORE_FAILED',
] as const;

/**
 * What went wrong, as a stable word that code may branch on. Messages may change between versions; codes do not.
 *
 * | code | meaning |
 * |---|---|
 * | `INVALID_OPTION` | an option or argument is outside its documented range |
 * | `INVALID_BARS` | bars break a rule of validation (order, prices, volume) |
 * | `NO_BARS` | the source has no bar for the symbol and range |
 * | `TOO_FEW_BARS` | fewer bars than warm-up and training need |
 * | `CONSTANT_PRICES` | what is forecast never changes, mostly because the close does not: there is nothing to learn |
 * | `FEATURE_FAILED` | a feature of your own threw, or gave a value that is none |
 * | `MODEL_FAILED` | a model of the caller's threw, forecast something that is no number, or cannot be stored |
 * | `WORK_TOO_LARGE` | a training would take more work or memory than `limits` allow |
 * | `WORKER_FAILED` | a worker thread ended, threw, or had not enough memory |
 * | `TOO_MANY_BARS` | the source has more bars than `maxBars`, or than memory holds |
 * | `CSV_FORMAT` | a file is not the CSV it should be: missing column, unreadable cell, two possible readings, cut-off archive |
 * | `FILE_FORMAT` | a file of another kind (JSON, Parquet) is not what it should be |
 * | `STRICT` | there are warnings, and `strict: true` makes them errors |
 * | `SOURCE_FAILED` | a `BarSource` threw |
 * | `SOURCE_INCOMPLETE` | a source's bars end before bars that are stored: it has answered in part |
 * | `HISTORY_SHRINKS` | a write would leave fewer bars than are kept, and was not told that it may |
 * | `ABORTED` | the caller's `AbortSignal` fired |
 * | `UNKNOWN_SYMBOL` | the store has nothing for this symbol |
 * | `CHECKPOINT_UNUSABLE` | a feature checkpoint is damaged, of another version, or of another feature set |
 * | `MODEL_UNUSABLE` | a model file is damaged, of another version, or of other features |
 * | `CONFLICT` | the stored revision is not the one the commit was based on |
 * | `SYMBOL_LEASED` | another worker is at work on the symbol |
 * | `LEASE_LOST` | the worker's lease was released or never granted, or it expired and another worker has taken over |
 * | `STORE_CLOSED` | the store was used after `close()` |
 * | `STORE_FAILED` | the store could not read or write |
 */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Every error that this library throws on purpose. Branch on {@link TickerforestError.code}, show the message to people. */
export class TickerforestError extends Error {
  // no initialisers here: to make fields for CommonJS, the bundler takes a class its name, and logs show it
  /** 'TickerforestError'. */
  declare readonly name: string;
  /** Stable word for the kind of failure; see {@link ErrorCode}. */
  declare readonly code: ErrorCode;

  /**
   * An error with a code.
   *
   * @param code - stable word for the kind of failure; see {@link ErrorCode}
   * @param message - what happened, naming the parameter or bar and its value, and what to do next
   * @param options - `cause`: the error underneath, where there is one
   */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    Object.assign(this, { name: 'TickerforestError', code });
  }
}

/**
 * @param call - who needs it: 'parquetBars'
 * @param name - the package
 * @param cause - what its loading has thrown
 * @returns the error of an optional package that is not there
 */
export function missingPackage(call: string, name: string, cause: unknown): TickerforestError {
  return new TickerforestError('INVALID_OPTION', `${call} needs the package ${name}: npm install ${name}`, { cause });
}

/**
 * Throws `ABORTED` if the signal has fired.
 *
 * @param signal - the caller's signal, or undefined for "cannot be aborted"
 * @param during - what was going on, for the message: 'fetching bars'
 * @throws TickerforestError `ABORTED`, with the signal's reason as cause
 */
export function throwIfAborted(signal: AbortSignal | undefined, during: string): void {
  if (signal?.aborted) throw new TickerforestError('ABORTED', `aborted while ${during}; the store is as it was`, { cause: signal.reason });
}

/**
 * Whether something that was thrown is this library's own error. It may come from another copy of it: a store that was loaded by `require` and a service
 * that imports have one each.
 *
 * @param thrown - anything
 * @returns the error, of this copy; null for anything else
 */
export function ownError(thrown: unknown): TickerforestError | null {
  // first, because instanceof throws for a revoked proxy, and this does not
  if (propertyOf(thrown, 'name') !== 'TickerforestError') return null;
  if (thrown instanceof TickerforestError) return thrown;
  const code = ERROR_CODES.find((one) => one === propertyOf(thrown, 'code'));
  if (code === undefined) return null;
  return new TickerforestError(code, String(propertyOf(thrown, 'message')), { cause: thrown });
}

/**
 * A property of something that was thrown. Errors are not told by `instanceof`: those of Node are no `Error` of a test runner's or a vm's realm.
 *
 * @param thrown - anything
 * @param name - which property
 * @returns its value; undefined if there is none, or if it cannot be read
 */
export function propertyOf(thrown: unknown, name: 'name' | 'code' | 'message'): unknown {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    return Reflect.get(thrown, name);
  } catch {
    return undefined;
  }
}
