import { availableParallelism } from 'node:os';
import { Pool } from './pool';

/** What is short-lived in a worker gets less room than by default, which two workers would fill with 60 MiB of it in a training; they take as long. */
const LIMITS = { maxYoungGenerationSizeMb: 4 };

/** One pool a process; its workers begin with the first job. */
let pool: Promise<Pool> | undefined;

/**
 * @param onFailure - told why there can be no workers
 * @returns the pool that all work of the process shares; undefined: no worker can be started here
 */
export async function processPool(onFailure: (reason: Error) => void = () => {}): Promise<Pool | undefined> {
  // the program is read when it is needed, and not when the package is imported
  pool ??= import('./generated/worker').then(({ WORKER }) => new Pool(WORKER, LIMITS));
  const own = await pool;
  const reason = await own.start();
  if (reason === undefined) return own;
  onFailure(reason);
  return undefined;
}

/** Estimated steps of about a nanosecond below which other threads cost more than they save: starting one takes 20 ms. */
const LITTLE_WORK = 200e6;
/** Most threads. */
const MOST_THREADS = 64;

/**
 * @param threads - how many the caller wants; undefined: nobody has said
 * @param work - estimate of what is to be done, nanoseconds on one core
 * @returns how many are to do it beside the calling thread; 0: that one alone
 */
export function threadsFor(threads: number | undefined, work: number): number {
  return threads ?? (work < LITTLE_WORK ? 0 : Math.min(MOST_THREADS, availableParallelism()));
}
