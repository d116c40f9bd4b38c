import { parentPort } from 'node:worker_threads';
import { TickerforestError } from '../errors';
import { Turns, timers } from '../waiting';
import { Control } from './control';
import type { JoinMessage, SentCause, SentError, WorkerMessage } from './messages';

/** One thread's part in a job. */
export interface Member<Told> {
  /** Its number among those that take part: 0, 1, 2 and so on. */
  readonly number: number;
  /** What the threads of the job tell each other. */
  readonly control: Control;
  /** Never gives way, but ends the work when all is to stop. */
  readonly turns: Turns;
  /** The same for work that gives way by itself, every few milliseconds: fires when all is to stop. */
  readonly signal: AbortSignal;
  /**
   * Tells the thread that began the job.
   *
   * @param told - anything that can be cloned
   * @param moved - buffers that are handed over with it
   */
  tell(told: Told, moved?: readonly ArrayBuffer[]): void;
}

/** In a worker nobody else waits for the thread: all that is looked for is the end. */
class StoppableTurns extends Turns {
  readonly #control: Control;

  constructor(control: Control) {
    super();
    this.#control = control;
  }

  override get isOver(): boolean {
    return this.#control.isStopped;
  }

  override giveWay(): Promise<void> {
    return Promise.reject(new TickerforestError('ABORTED', 'stopped by the thread that began it'));
  }
}

/** How often {@link Member.signal} looks, milliseconds. */
const LOOK_EACH = 10;

/** Fires when a control says that all is to stop; looks for it only once somebody has asked for the signal. */
class StopSignal {
  readonly #control: Control;
  readonly #abort = new AbortController();
  #looking: NodeJS.Timeout | undefined;

  constructor(control: Control) {
    this.#control = control;
  }

  get signal(): AbortSignal {
    this.#looking ??= timers.setInterval(() => {
      if (this.#control.isStopped) this.#abort.abort();
    }, LOOK_EACH);
    return this.#abort.signal;
  }

  end(): void {
    timers.clearInterval(this.#looking);
  }
}

/**
 * Makes the thread that runs this a worker: it does its part of each job that it is sent, one after the other.
 *
 * @param work - does a thread's part of a job; ends when nothing of it is left to be claimed
 */
export function serve<Task, Told>(work: (task: Task, member: Member<Told>) => void | Promise<void>): void {
  const post = (message: WorkerMessage<Told>, moved: readonly ArrayBuffer[] = []) => parentPort?.postMessage(message, [...moved]);
  const take = async ({ job, task, member: number, control: memory }: JoinMessage<Task>) => {
    const control = new Control(memory);
    const tell: Member<Told>['tell'] = (told, moved) => post({ kind: 'told', job, told }, moved);
    const stop = new StopSignal(control);
    const member: Member<Told> = {
      ...{ number, control, turns: new StoppableTurns(control), tell },
      get signal() {
        return stop.signal;
      },
    };
    try {
      await work(task, member);
      post({ kind: 'left', job, rest: control.hasLeft ? 'of others' : 'none' });
    } catch (error) {
      post({ kind: 'left', job, rest: 'none', error: sent(error) });
    } finally {
      stop.end();
    }
  };
  parentPort?.on('message', (message: JoinMessage<Task>) => void take(message));
  post({ kind: 'ready' });
}

function sent(error: unknown): SentError {
  if (!(error instanceof Error)) return { code: undefined, message: String(error), stack: undefined, cause: undefined };
  const { message, stack, cause } = error;
  return { code: error instanceof TickerforestError ? error.code : undefined, message, stack, cause: sentCause(cause) };
}

function sentCause(cause: unknown): SentCause | undefined {
  if (!(cause instanceof Error)) return undefined;
  const plain = Object.entries(cause).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return { message: cause.message, stack: cause.stack, properties: Object.fromEntries(plain) };
}
