/** What a worker is told: to take part in a job. */
export interface JoinMessage<Task> {
  /** Number of the job. */
  readonly job: number;
  /** What is to be done. */
  readonly task: Task;
  /** Number among those that take part; the first one, 0, leads where somebody has to. */
  readonly member: number;
  /** Memory of the job's {@link Control}. */
  readonly control: SharedArrayBuffer;
}

/** An error on its way to another thread. */
export interface SentError {
  /** Code of a TickerforestError; undefined: another error, which is a bug or the engine's. */
  readonly code: string | undefined;
  /** Its message. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack: string | undefined;
  /** The error underneath, where there is one. */
  readonly cause: SentCause | undefined;
}

/** An error underneath another one. A clone of it would have lost what stands on it, such as Node's `code`. */
export interface SentCause {
  /** Its message. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack: string | undefined;
  /** What stands on it: `code: 'ENOENT'`. */
  readonly properties: Readonly<Record<string, string | number>>;
}

/** What a worker says. */
export type WorkerMessage<Told> =
  /** It has started. */
  | { readonly kind: 'ready' }
  /** Something of the job that is known now. */
  | { readonly kind: 'told'; readonly job: number; readonly told: Told }
  /** It has nothing left to do for the job; or is wanted elsewhere, and leaves the rest to others. */
  | { readonly kind: 'left'; readonly job: number; readonly rest: 'none' | 'of others'; readonly error?: SentError };

/**
 * @param values - of which some are arrays
 * @returns the buffers of those arrays that can be handed over to another thread
 */
export function buffersOf(values: readonly unknown[]): ArrayBuffer[] {
  const buffers = values.flatMap((value) => (ArrayBuffer.isView(value) && value.buffer instanceof ArrayBuffer ? [value.buffer] : []));
  return [...new Set(buffers)];
}
