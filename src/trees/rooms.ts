import { compiledKernels, type Kernels, loadKernels } from '../kernels/kernels';
import { createMemory } from '../kernels/web-assembly';
import { Arena } from './arena';

/** Memory for the bins of one training, and the hot loops on it. */
export interface Room {
  /** The memory. */
  readonly arena: Arena;
  /** The hot loops on it. */
  readonly kernels: Kernels;
}

/** Bytes of a memory that is kept for the next training: that of some 100,000 rows. */
const LARGEST_SPARE = 2 ** 25;
const MOST_SPARES = 4;

/**
 * Memories that are no longer needed. Each takes gigabytes of address space, and the collector, which does not count shared memory, is in no hurry: a
 * process that trains a thousand small symbols would have a thousand.
 */
const spares: Room[] = [];

/**
 * @returns memory of which nothing is given out, new or somebody's before
 * @throws TickerforestError `INVALID_OPTION` if there is no address space left
 */
export function takeRoom(): Room {
  const room = spares.pop() ?? newRoom();
  room.arena.clear();
  return room;
}

/** @param room - no longer needed: the next training takes it over if it is small, and the collector frees it if not */
export function giveRoom(room: Room): void {
  if (spares.length < MOST_SPARES && room.arena.memory.buffer.byteLength <= LARGEST_SPARE) spares.push(room);
}

/** More than the collector lets grow unseen, pages of 64 KiB: V8 looks after 64 MiB. */
const NOTICED = 2 ** 11;

/**
 * Makes the collector look for what nobody needs any more, before much memory is taken or after it was let go. It counts neither shared memory nor, for long, what was read from files, and
 * would leave hundreds of megabytes until it has another reason. Memory that it counts, and that nobody writes to, is that reason: it takes address space for a moment. Not an array: where large
 * ones were let go before, the C library takes their place for it, and writes zeros for 15 ms.
 *
 * @param bytes - how much is at stake; it is not worth it for little
 */
export function hurryCollector(bytes: number): void {
  if (bytes <= LARGEST_SPARE) return;
  try {
    void createMemory(NOTICED);
  } catch {
    // no address space: reason enough
  }
}

function newRoom(): Room {
  const arena = new Arena();
  return { arena, kernels: loadKernels(arena.memory, compiledKernels()) };
}
