import { createMemory } from '../kernels/web-assembly';

/** More than the collector lets grow unseen, pages of 64 KiB: V8 looks after 64 MiB. */
const NOTICED = 2 ** 11;
/** Bytes that are not worth it. */
const LITTLE = 2 ** 25;

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
