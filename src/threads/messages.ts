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
}

/** What a worker says. */
export type WorkerMessage<Told> =
  /** It has started. */
  | { readonly kind: 'ready' }
  /** Something of the job that is known now. */
  | { readonly kind: 'told'; readonly job: number; readonly told: Told }
  /** It has nothing left to do for the job. */
  | { readonly kind: 'left'; readonly job: number; readonly error?: SentError };
