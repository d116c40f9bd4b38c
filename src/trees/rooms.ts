import { compiledKernels, type Kernels, loadKernels } from '../kernels/kernels';
import { Arena } from './arena';
import type { TreeThreads } from './threads';

/** Memory for the bins of one training, and the hot loops on it. */
export interface Room {
  /** The memory. */
  readonly arena: Arena;
  /** The hot loops on it. */
  readonly kernels: Kernels;
  /** Threads that may have worked on it; undefined: none has. */
  threads: TreeThreads | undefined;
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
 * @param threads - that will work on it; absent: none
 * @returns memory of which nothing is given out, new or somebody's before
 * @throws TickerforestError `INVALID_OPTION` if there is no address space left
 */
export function takeRoom(threads?: TreeThreads): Room {
  const room = spares.pop() ?? newRoom();
  room.arena.clear();
  // those of whoever had it before keep it as well; they are the same, as a process has one pool
  room.threads ??= threads;
  return room;
}

/** @param room - no longer needed: the next training takes it over if it is small, and the collector frees it if not */
export function giveRoom(room: Room): void {
  if (spares.length < MOST_SPARES && room.arena.memory.buffer.byteLength <= LARGEST_SPARE) spares.push(room);
  else room.threads?.forget(room.arena);
}

function newRoom(): Room {
  const arena = new Arena();
  return { arena, kernels: loadKernels(arena.memory, compiledKernels()), threads: undefined };
}
