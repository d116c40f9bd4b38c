import { createMemory } from '../kernels/web-assembly';
import { orAborted, timers } from '../waiting';

/** More than the collector lets grow unseen, pages of 64 KiB: V8 looks after 64 MiB. */
const NOTICED = 2 ** 11;
/** Bytes that are not worth it. */
const LITTLE = 2 ** 25;
/** Bytes that take long to give back. */
const MUCH = 2 ** 26;
/** How long that may take, milliseconds. */
const PAUSE = 100;

/**
 * Makes the collector look for what nobody needs any more, before much memory is taken or after it was let go. It counts neither shared memory nor, for long, what was read from files, and
 * would leave hundreds of megabytes until it has another reason. Memory that it counts, and that nobody writes to, is that reason: it takes address space for a moment. Not an array: where large
 * ones were let go before, the C library takes their place for it, and writes zeros for 15 ms.
 *
 * @param bytes - how much is at stake; it is not worth it for little
 */
export function hurryCollector(bytes: number): void {
  if (bytes <= LITTLE) return;
  try {
    void createMemory(NOTICED);
  } catch {
    // no address space: reason enough
  }
}

/**
 * The same after much was let go. The operating system takes 0.8 GB back in one call of 40 ms, of a thread of the collector's, and whoever wants memory meanwhile waits for its end: the service's thread would, for what comes next here.
 * Nothing comes next for so long.
 *
 * @param bytes - how much was let go
 * @param signal - aborts
 * @throws TickerforestError `ABORTED`
 */
export async function letCollectorWork(bytes: number, signal: AbortSignal | undefined): Promise<void> {
  hurryCollector(bytes);
  if (bytes > MUCH) await orAborted(new Promise((resolve) => timers.setTimeout(resolve, PAUSE)), signal, 'training');
}
