/** Cells of a {@link Control}. */
const STOP = 0;
const CLAIMED = 1;
const ASKED = 2;
/** Cells from this one on are a team's. */
export const FIRST_FREE = 3;
/** Where numbers that a team shares begin, bytes; 15 of 8 bytes. */
export const NUMBERS_AT = 64;
const BYTES = NUMBERS_AT + 15 * 8;

/**
 * What the threads of one job tell each other, in shared memory: that it was stopped, how far it was given out, and that one of them is wanted elsewhere. Nobody waits for a thread that has not
 * begun: whoever is there claims what is left.
 */
export class Control {
  /** The memory; a thread that is given it makes its own {@link Control} of it. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  #hasLeft = false;

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

  /**
   * @param stays - whether others wait for what this thread claims: it leaves the asking to be heard by these
   * @returns a number that nobody else got: 0, 1, 2 and so on; Infinity where this thread is to leave
   */
  claim(stays = false): number {
    return !stays && this.leaves() ? Number.POSITIVE_INFINITY : Atomics.add(this.#cells, CLAIMED, 1);
  }

  /** Asks whoever is the first to look to leave the job to the others. */
  ask(): void {
    Atomics.store(this.#cells, ASKED, 1);
  }

  /** @returns whether nobody has heard {@link ask}, and nobody will */
  takeBack(): boolean {
    return Atomics.exchange(this.#cells, ASKED, 0) === 1;
  }

  /** @returns whether this thread is the one that leaves */
  leaves(): boolean {
    if (Atomics.load(this.#cells, ASKED) === 1 && this.takeBack()) this.#hasLeft = true;
    return this.#hasLeft;
  }

  /** Whether this thread was the one, and others have more to do. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }
}
