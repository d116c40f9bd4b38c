/** Cells of a {@link Control}. */
const STOP = 0;
const CLAIMED = 1;
/** Cells from this one on are a team's. */
export const FIRST_FREE = 2;
/** Where numbers that a team shares begin, bytes; 15 of 8 bytes. */
export const NUMBERS_AT = 64;
const BYTES = NUMBERS_AT + 15 * 8;

/**
 * What the threads of one job tell each other, in shared memory: that it was stopped, and how far it was given out. Nobody waits for a thread that has not
 * begun: whoever is there claims what is left.
 */
export class Control {
  /** The memory; a thread that is given it makes its own {@link Control} of it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** @param memory - of another thread's; absent: a new one */
  constructor(memory = new SharedArrayBuffer(BYTES)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory, 0, NUMBERS_AT / 4);
  }

  /** Whether everybody is to stop: the caller has aborted, or one of them has failed. */
  get isStopped(): boolean {
    return Atomics.load(this.#cells, STOP) !== 0;
  }

  /** Stops all. */
  stop(): void {
    Atomics.store(this.#cells, STOP, 1);
  }

  /** @returns a number that nobody else got: 0, 1, 2 and so on */
  claim(): number {
    return Atomics.add(this.#cells, CLAIMED, 1);
  }
}
