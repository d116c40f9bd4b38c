import { TickerforestError, throwIfAborted } from './errors';

/** How long work may keep the thread before timers, sockets and aborts get their turn, milliseconds. */
const LONGEST_TURN = 25;

/** Gives way by time: a loop that never waits by itself would stop every timer, socket and abort of the process. */
export class Turns {
  #since = performance.now();

  /** Whether it is time to {@link giveWay}. Cheap enough to be asked once a batch. */
  get isOver(): boolean {
    return performance.now() - this.#since > LONGEST_TURN;
  }

  /** Lets everything else that is due run. */
  async giveWay(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}

/**
 * Waits for something outside (a source, a store), but no longer than until the signal fires: what is outside may never answer.
 *
 * @param work - what is waited for; if the signal wins, its later failure is ignored
 * @param signal - the caller's, if any
 * @param during - what is going on, for the message: 'fetching bars'
 * @returns what `work` gave
 * @throws TickerforestError `ABORTED` when the signal fires first; what `work` throws
 */
export async function orAborted<T>(work: PromiseLike<T> | T, signal: AbortSignal | undefined, during: string): Promise<T> {
  throwIfAborted(signal, during);
  if (signal === undefined) return work;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new TickerforestError('ABORTED', `aborted while ${during}; the store is as it was`, { cause: signal.reason }));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
