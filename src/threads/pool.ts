import { type ResourceLimits, Worker } from 'node:worker_threads';
import { ERROR_CODES, TickerforestError, throwIfAborted } from '../errors';
import { onAbort, timers } from '../waiting';
import { Control } from './control';
import type { JoinMessage, SentError, WorkerMessage } from './messages';

/** How long workers may take to hear that they are to stop before they are ended, milliseconds. They look every few. */
const GRACE = 80;
/** How long a worker may have nothing to do before it is ended, milliseconds: it holds memory of the last jobs until its collector runs. */
const IDLE = 5_000;
/**
 * Bytes of memory that nobody needs any more which a worker may have seen before another takes its place: its collector does not count them, and would keep them all. Starting one takes 20 to 40 ms, and
 * all threads wait for it.
 */
const MOST_KEPT = 2 ** 28;
/** How long the first worker may take to start, milliseconds. */
const START = 30_000;

/** How a job is done. */
export interface JobOptions<Told> {
  /** Most workers that take part, 1 or more; fewer if others are busy. */
  readonly threads: number;
  /** Stops the job. */
  readonly signal?: AbortSignal | undefined;
  /** Shared memory that the task brings of which nobody will say when it is not needed any more, bytes: it counts as if it were not. */
  readonly bytes?: number | undefined;
  /** Shared memory that the task brings, and that is needed until {@link Pool.forget}. */
  readonly memory?: object | undefined;
  /** What is going on, for messages: 'training'. */
  readonly during: string;
  /** Whether the process is kept alive until the job is done. Default true. */
  readonly keepsAlive?: boolean | undefined;
  /**
   * Hears what workers tell, in the order in which each of them does; what it throws ends the job, and is thrown by {@link Pool.run}. A method, as the pool does not know what its jobs are about:
   * the task decides what is told.
   */
  onTold(told: Told): void;
}

interface Job extends JobOptions<unknown> {
  readonly number: number;
  readonly task: object;
  readonly control: Control;
  /** Those at work. */
  readonly members: Set<PooledWorker>;
  /** Numbers that no member has, ascending. */
  readonly numbers: number[];
  /** One of them is wanted elsewhere, and has not left yet. */
  isAsked: boolean;
  /** One has found that nothing is left to claim: nobody else needs to begin. */
  isEnding: boolean;
  /** Why it has failed, the first reason. */
  failure: { readonly error: unknown } | undefined;
  settle: () => void;
}

interface PooledWorker {
  readonly thread: Worker;
  job: Job | undefined;
  /** Its number among the job's members. */
  number: number;
  /** Ends it when it has been idle for long. */
  idle: NodeJS.Timeout | undefined;
  /** Bytes that it may keep of memory that nobody needs any more. */
  kept: number;
  /** Memory that it has seen, and that is needed. */
  readonly memories: WeakSet<object>;
  /** What it died of. */
  error: unknown;
}

/**
 * Threads of our own: piscina, workerpool and poolifier refuse a worker that is a text, which is the one form that bundlers leave alone, and tinypool never settles when a worker exits.
 *
 * A job is done by as many workers as are free, at least one, at most as many as it asks for; one that becomes free joins a job that is under way. They claim its parts on shared
 * memory, so nobody waits for somebody who is busy elsewhere; and where a job has nobody, one that has several lends one of them. Idle workers do not keep the process alive, and end after a while.
 */
export class Pool {
  readonly #source: string;
  readonly #limits: ResourceLimits;
  readonly #workers = new Set<PooledWorker>();
  readonly #jobs = new Set<Job>();
  #size = 0;
  #numbered = 0;
  #started: Promise<Error | undefined> | undefined;
  /** Whether any worker has ever started. */
  #isReady = false;

  /**
   * @param source - program of the workers, CommonJS: it calls `serve`
   * @param limits - of each worker; default Node's
   */
  constructor(source: string, limits: ResourceLimits = {}) {
    this.#source = source;
    this.#limits = limits;
  }

  /** How many workers there are. */
  get workers(): number {
    return this.#workers.size;
  }

  /** How many there may be. */
  get most(): number {
    return this.#size;
  }

  /**
   * Starts the first worker, if none has been.
   *
   * @returns why there can be no workers here, as far as is known now; undefined: there can
   */
  async start(): Promise<Error | undefined> {
    if (this.#isReady) return undefined;
    this.#started ??= this.#startFirst();
    const reason = await this.#started;
    // the next job may have more luck; one that is only late, as this thread was kept or the process stood still, may come yet
    if (reason !== undefined && this.workers === 0) this.#started = undefined;
    return reason;
  }

  /** @param count - how many workers there may be, if more than there might be so far: for jobs of one thread each that are done side by side */
  allow(count: number): void {
    this.#size = Math.max(this.#size, count);
  }

  /**
   * Workers that keep much memory which nobody needs any more end, which frees it.
   *
   * @param memory - of jobs that are over, not needed any more
   * @param bytes - how much it is
   */
  forget(memory: object, bytes: number): void {
    for (const worker of this.#workers) {
      if (!worker.memories.delete(memory)) continue;
      worker.kept += bytes;
      if (worker.job === undefined && worker.kept >= MOST_KEPT) this.#end(worker);
    }
  }

  /**
   * Does a job.
   *
   * @param task - what workers are sent
   * @param options - see {@link JobOptions}
   * @returns when all its workers have left it; what they were sent is not looked at any more, also when it fails
   * @throws TickerforestError `ABORTED`; `WORKER_FAILED` if a worker ended, threw, or had not enough memory; those that workers throw; what `onTold` throws
   */
  async run<Told>(task: object, options: JobOptions<Told>): Promise<void> {
    const { signal, during, threads } = options;
    throwIfAborted(signal, during);
    this.allow(threads);
    const job: Job = {
      ...options,
      ...{ number: this.#numbered++, task, members: new Set(), isAsked: false, isEnding: false, failure: undefined, settle: () => {} },
      numbers: Array.from({ length: threads }, (_, i) => i),
      control: new Control(),
    };
    const ended = new Promise<void>((resolve) => {
      job.settle = resolve;
    });
    const stop = () => this.#stop(job);
    const forget = signal && onAbort(signal, stop);
    this.#jobs.add(job);
    try {
      this.#assign();
      await ended;
    } finally {
      forget?.();
    }
    throwIfAborted(signal, during);
    if (job.failure !== undefined) throw job.failure.error;
  }

  async #startFirst(): Promise<Error | undefined> {
    this.allow(1);
    try {
      const pooled = this.#addWorker();
      pooled.thread.ref();
      return await new Promise<Error | undefined>((resolve) => {
        const late = timers.setTimeout(() => end(new Error(`no worker started within ${START / 1000} s`)), START);
        const end = (reason: Error | undefined) => {
          timers.clearTimeout(late);
          if (pooled.job === undefined) pooled.thread.unref();
          resolve(reason);
        };
        pooled.thread.once('message', () => end(undefined));
        pooled.thread.once('exit', (code) => end(asError(pooled.error ?? `the worker exited with code ${code}`)));
      });
    } catch (error) {
      return asError(error);
    }
  }

  /** Gives free workers work: first to jobs that nobody is at, then to those that want more. */
  #assign(): void {
    let waiting = 0;
    for (const job of this.#jobs) {
      if (job.members.size > 0 || job.isEnding) continue;
      const worker = this.#freeWorker(job);
      if (worker !== undefined) this.#join(job, worker);
      else waiting++;
    }
    this.#ask(waiting);
    for (const job of this.#jobs) {
      while (job.members.size > 0 && job.numbers.length > 0 && !job.isEnding) {
        const worker = this.#freeWorker(job);
        if (worker === undefined) return;
        this.#join(job, worker);
      }
    }
  }

  /** Jobs that nobody is at get a worker of those that have several, which leaves between two parts of its job: a short training would wait for all of a long one's. */
  #ask(waiting: number): void {
    let wanted = waiting;
    for (const job of this.#jobs) {
      const lends = wanted > 0 && job.members.size > 1 && !job.isEnding;
      if (lends) wanted--;
      if (lends && !job.isAsked) job.control.ask();
      // who has heard it already leaves
      job.isAsked = lends || (job.isAsked && !job.control.takeBack());
    }
  }

  #freeWorker(job: Job): PooledWorker | undefined {
    for (const worker of this.#workers) if (worker.job === undefined) return worker;
    if (this.#workers.size >= this.#size) return undefined;
    try {
      return this.#addWorker();
    } catch (cause) {
      // there is one already, or this is the first job's only hope
      if (job.members.size === 0 && this.#workers.size === 0) this.#fail(job, workerFailed(job.during, 'no worker can be started', cause));
      return undefined;
    }
  }

  #addWorker(): PooledWorker {
    // a text, which no loader that the caller has set up translates; no options of the caller's process, which may load what is of no use here
    const thread = new Worker(this.#source, {
      eval: true,
      execArgv: [],
      env: {},
      name: 'tickerforest',
      resourceLimits: this.#limits,
    });
    const pooled: PooledWorker = { thread, job: undefined, number: 0, idle: undefined, kept: 0, memories: new WeakSet(), error: undefined };
    thread.unref();
    thread.on('message', (message: WorkerMessage<unknown>) => this.#hear(pooled, message));
    thread.on('messageerror', (cause) => {
      if (pooled.job !== undefined) this.#fail(pooled.job, workerFailed(pooled.job.during, 'a message could not be read', cause));
    });
    thread.on('error', (error) => {
      pooled.error = error;
    });
    thread.on('exit', (code) => this.#bury(pooled, code));
    this.#workers.add(pooled);
    return pooled;
  }

  #join(job: Job, worker: PooledWorker): void {
    timers.clearTimeout(worker.idle);
    worker.job = job;
    if (job.keepsAlive !== false) worker.thread.ref();
    job.members.add(worker);
    const member = job.numbers.shift() ?? 0;
    worker.number = member;
    worker.kept += job.bytes ?? 0;
    if (job.memory !== undefined) worker.memories.add(job.memory);
    const message: JoinMessage<object> = { job: job.number, task: job.task, member, control: job.control.memory };
    try {
      worker.thread.postMessage(message);
    } catch (cause) {
      this.#fail(job, workerFailed(job.during, 'the job cannot be sent', cause));
      this.#leave(worker);
    }
  }

  #hear(worker: PooledWorker, message: WorkerMessage<unknown>): void {
    const { job } = worker;
    if (message.kind === 'ready') {
      this.#isReady = true;
      // what was said before it had started does not last
      if (job?.keepsAlive === false) worker.thread.unref();
      return;
    }
    if (job === undefined || message.job !== job.number) return;
    if (message.kind === 'left') {
      if (message.error !== undefined) this.#fail(job, received(message.error, job.during));
      if (message.rest === 'of others') this.#lend(worker, job);
      else this.#leave(worker);
      return;
    }
    if (job.failure !== undefined || job.control.isStopped) return;
    try {
      job.onTold(message.told);
    } catch (error) {
      this.#fail(job, error);
    }
  }

  /** A worker is wanted elsewhere, and may come back. */
  #lend(worker: PooledWorker, job: Job): void {
    job.members.delete(worker);
    job.numbers.push(worker.number);
    job.numbers.sort((a, b) => a - b);
    job.isAsked = false;
    this.#rest(worker);
    this.#settleIfOver(job);
    this.#assign();
  }

  /** A worker has done its part: it is free. */
  #leave(worker: PooledWorker): void {
    const { job } = worker;
    this.#rest(worker);
    if (job !== undefined) {
      job.isEnding = true;
      job.members.delete(worker);
      this.#settleIfOver(job);
    }
    this.#assign();
  }

  /** It has no job, and is ended if it gets none. */
  #rest(worker: PooledWorker): void {
    worker.job = undefined;
    if (!this.#workers.has(worker)) return;
    if (worker.kept >= MOST_KEPT) {
      this.#end(worker);
      return;
    }
    worker.thread.unref();
    worker.idle = timers.setTimeout(() => this.#end(worker), IDLE);
    worker.idle.unref();
  }

  /** It takes some milliseconds to end: no job may be given to it meanwhile. */
  #end(worker: PooledWorker): void {
    this.#workers.delete(worker);
    void worker.thread.terminate();
  }

  #bury(worker: PooledWorker, code: number): void {
    timers.clearTimeout(worker.idle);
    this.#workers.delete(worker);
    const { job, error } = worker;
    if (job !== undefined && !job.control.isStopped) {
      const reason =
        error === undefined ? `it ended with code ${code}` : isOutOfMemory(error) ? 'it had not enough memory' : 'it threw an error';
      this.#fail(job, workerFailed(job.during, reason, error));
    }
    this.#leave(worker);
  }

  #fail(job: Job, error: unknown): void {
    job.failure ??= { error };
    this.#stop(job);
  }

  /** Everybody hears it within milliseconds; who does not is ended, as the job's memory may be given to others afterwards. */
  #stop(job: Job): void {
    const wasStopped = job.control.isStopped;
    job.isEnding = true;
    job.control.stop();
    if (!wasStopped && job.members.size > 0) {
      timers.setTimeout(() => {
        for (const worker of job.members) this.#end(worker);
      }, GRACE);
    }
    this.#settleIfOver(job);
  }

  #settleIfOver(job: Job): void {
    if (job.members.size > 0 || !job.isEnding) return;
    this.#jobs.delete(job);
    job.settle();
  }
}

function workerFailed(during: string, reason: string, cause: unknown): TickerforestError {
  return new TickerforestError(
    'WORKER_FAILED',
    `a worker thread failed while ${during}: ${reason}; nothing was stored, try again, with threads: 0 on the calling thread`,
    { cause },
  );
}

/** Errors of this library are what they would be on the calling thread; others are bugs, or the engine's. */
function received({ code, message, stack, cause }: SentError, during: string): TickerforestError {
  const known = ERROR_CODES.find((one) => one === code);
  if (known === undefined) return workerFailed(during, 'it threw an error', Object.assign(new Error(message), { stack }));
  if (cause === undefined) return new TickerforestError(known, message);
  return new TickerforestError(known, message, {
    cause: Object.assign(new Error(cause.message), { stack: cause.stack }, cause.properties),
  });
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
