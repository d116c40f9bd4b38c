/** Cells of a {@link Control}. */
const STOP = 0;
const CLAIMED = 1;
const CELLS = 2;

/**
 * What the threads of one job tell each other, in shared memory: that it was stopped, and how far it was given out. Nobody waits for a thread that has not
 * begun: whoever is there claims what is left.
 */
export class Control {
  /** The memory; a thread that is given it makes its own {@link Control} of it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  /** @param memory - of another thread's; absent: a new one */
  constructor(memory = new SharedArrayBuffer(CELLS * 4)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
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
