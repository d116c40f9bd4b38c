import { TickerforestError, throwIfAborted } from './errors';

/** The runtime's timers. Not the global ones, which a user's tests may replace by a clock that stands still, and asked for, not imported: a browser has others. */
export const timers: Pick<typeof globalThis, 'setTimeout' | 'clearTimeout' | 'setInterval' | 'clearInterval' | 'setImmediate'> =
  globalThis.process?.getBuiltinModule?.('node:timers') ?? globalThis;

/** When everything else that is due has run. A browser has no such timer. */
const { setImmediate: afterOthers = (call: () => void) => setTimeout(call) } = timers;

/** How long a computation may keep the thread before timers, sockets and aborts get their turn, milliseconds. */
const LONGEST_TURN = 5;
/** Numbers that a loop of simple arithmetic goes through in about a millisecond at most. */
const RUN = 65_536;
/** How long computations stand back for something urgent, milliseconds. */
const LONGEST_COURTESY = 250;

/** Computations that have given way, in the order in which they go on. */
const queue: (() => void)[] = [];
/** What must not wait for computations, and until when these stand back for it. */
const urgent = new Map<Promise<unknown>, number>();

/** When the computation that is at work began its turn. It may be a later step of the same run that asks, so this belongs to the thread, not to the step. */
let turnBegan = performance.now();

/** One a round of the event loop, or several symbols at work would together keep the thread for as many turns. */
function goOn(): void {
  turnBegan = performance.now();
  queue.shift()?.();
  if (queue.length > 0) afterOthers(goOn);
}

/**
 * Gives way by time: a loop that never waits by itself would stop every timer, socket and abort of the process. All that computes for long in this library
 * asks {@link Turns.isOver} every few milliseconds.
 */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  readonly #during: string;

  /**
   * @param signal - the caller's, if any
   * @param during - what is going on, for the message of an abort: 'fetching bars'
   */
  constructor(signal?: AbortSignal, during = 'computing') {
    this.#signal = signal;
    this.#during = during;
  }

  /** Whether it is time to {@link giveWay}. Costs less than a ten-thousandth of a millisecond. */
  get isOver(): boolean {
    return performance.now() - turnBegan > LONGEST_TURN;
  }

  /**
   * Lets everything else that is due run.
   *
   * @throws TickerforestError `ABORTED` if the signal has fired
   */
  async giveWay(): Promise<void> {
    do {
      await new Promise<void>((resolve) => {
        if (queue.push(resolve) === 1) afterOthers(goOn);
      });
      throwIfAborted(this.#signal, this.#during);
    } while (await standBack(this.#signal));
  }

  /**
   * Goes through a range in runs, giving way between them where it is time to.
   *
   * @param length - of the range
   * @param work - does what is to be done from one index up to, not including, another one; runs follow each other
   * @throws TickerforestError `ABORTED` if the signal has fired
   */
  async forRuns(length: number, work: (from: number, to: number) => void): Promise<void> {
    for (let from = 0; from < length; from += RUN) {
      work(from, Math.min(length, from + RUN));
      if (this.isOver) await this.giveWay();
    }
  }
}

/** Work in steps: each `yield` is a moment at which something else may have its turn. What it returns does not depend on whether anything has. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/**
 * @param length - of a range
 * @param work - does what is to be done from one index up to, not including, another one; runs follow each other
 * @param run - longest run; default: what simple arithmetic goes through in a millisecond
 * @returns the work, in steps
 */
export function* stepsOver(length: number, work: (from: number, to: number) => void, run = RUN): Steps<void> {
  for (let from = 0; from < length; from += run) {
    work(from, Math.min(length, from + run));
    yield;
  }
}

/**
 * @param steps - work in steps
 * @returns its result; nothing else had its turn
 */
export function inOneGo<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * Does work in steps, giving way between them and after the last one where it is time to.
 *
 * @param steps - the work
 * @param turns - gives way
 * @returns its result
 * @throws TickerforestError `ABORTED` if the signal has fired; what the work throws
 */
export async function inTurns<Result>(steps: Steps<Result>, turns: Turns): Promise<Result> {
  let step = steps.next();
  while (step.done !== true) {
    if (turns.isOver) await turns.giveWay();
    step = steps.next();
  }
  if (turns.isOver) await turns.giveWay();
  return step.value;
}

/** Whether something urgent was waited for: others are due as well now. */
async function standBack(signal: AbortSignal | undefined): Promise<boolean> {
  const [first] = urgent;
  if (first === undefined) return false;
  const [work, until] = first;
  const left = until - performance.now();
  if (left <= 0 || (await endedWithin(work, left, signal, 0))) urgent.delete(work);
  return true;
}

/**
 * Work of many short waits, such as the renewal of a lease: each wait would last as long as the computations' next turn. They stand back for it, a quarter of a
 * second at most.
 *
 * @param work - what is under way
 * @returns the same
 */
export function beforeComputations<T>(work: Promise<T>): Promise<T> {
  urgent.set(work, performance.now() + LONGEST_COURTESY);
  const forget = () => urgent.delete(work);
  work.then(forget, forget);
  return work;
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
  const running: NodeJS.Timeout[] = [];
  let forget = () => {};
  const late = new Promise<boolean>((resolve) => {
    const give = (after: number) => running.push(timers.setTimeout(resolve, after, false));
    if (signal?.aborted) give(haste);
    else if (signal !== undefined) forget = onAbort(signal, () => give(haste));
    if (Number.isFinite(milliseconds)) give(milliseconds);
  });
  const ended = () => true;
  try {
    return await Promise.race([Promise.resolve(work).then(ended, ended), late]);
  } finally {
    forget();
    for (const timer of running) timers.clearTimeout(timer);
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

/**
 * Calls when a signal fires, however many wait for it.
 *
 * @param signal - has not fired
 * @param call - must not throw
 * @returns what forgets it again
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const waiters = Waiters.of(signal);
  waiters.add(signal, call);
  return () => waiters.remove(signal, call);
}
