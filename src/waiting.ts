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
  if (signal === undefined) return work;
  if (signal.aborted) Promise.resolve(work).catch(() => {});
  throwIfAborted(signal, during);
  let forget = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const stop = () =>
      reject(new TickerforestError('ABORTED', `aborted while ${during}; the store is as it was`, { cause: signal.reason }));
    forget = onAbort(signal, stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget();
  }
}

/**
 * Waits for work to end, well or not, but not for ever.
 *
 * @param work - what is waited for
 * @param milliseconds - the longest wait; Infinity: as long as the signal does not fire
 * @param signal - if it fires, `haste` is the longest wait from then on
 * @param haste - milliseconds; default: `milliseconds`
 * @returns whether the work has ended
 */
export async function endedWithin(
  work: PromiseLike<unknown>,
  milliseconds: number,
  signal?: AbortSignal,
  haste = milliseconds,
): Promise<boolean> {
  const timers: NodeJS.Timeout[] = [];
  let forget = () => {};
  const late = new Promise<boolean>((resolve) => {
    const give = (after: number) => timers.push(setTimeout(resolve, after, false));
    if (signal?.aborted) give(haste);
    else if (signal !== undefined) forget = onAbort(signal, () => give(haste));
    if (Number.isFinite(milliseconds)) give(milliseconds);
  });
  const ended = () => true;
  try {
    return await Promise.race([Promise.resolve(work).then(ended, ended), late]);
  } finally {
    forget();
    for (const timer of timers) clearTimeout(timer);
  }
}

/** What is called when a signal fires. Node warns of a leak when a signal has more than ten listeners, so each gets one. */
class Waiters {
  static readonly #of = new WeakMap<AbortSignal, Waiters>();
  readonly #calls = new Set<() => void>();
  readonly #fire = () => {
    for (const call of this.#calls) call();
  };

  /** Returns those of a signal. */
  static of(signal: AbortSignal): Waiters {
    const known = Waiters.#of.get(signal);
    if (known !== undefined) return known;
    const waiters = new Waiters();
    Waiters.#of.set(signal, waiters);
    return waiters;
  }

  add(signal: AbortSignal, call: () => void): void {
    if (this.#calls.size === 0) signal.addEventListener('abort', this.#fire, { once: true });
    this.#calls.add(call);
  }

  /** The last one takes the listener along: a signal may live as long as the process. */
  remove(signal: AbortSignal, call: () => void): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) signal.removeEventListener('abort', this.#fire);
  }
}

/** Calls when the signal fires. Returns what forgets it again. */
function onAbort(signal: AbortSignal, call: () => void): () => void {
  const waiters = Waiters.of(signal);
  waiters.add(signal, call);
  return () => waiters.remove(signal, call);
}
