import { TickerforestError } from '../errors';
import { type Control, FIRST_FREE, NUMBERS_AT } from './control';

// Cells behind those of the control.
const WORD = FIRST_FREE;
const DONE = FIRST_FREE + 1;
const OVER = FIRST_FREE + 2;
const TOUCHED = FIRST_FREE + 3;

/** Most parts of a section: its number and that of the next part share one word. */
export const MOST_PARTS = 254;
/** Instead of a part's number while the section's numbers are being written: nothing can be claimed. */
const CLOSED = 255;
/** Most threads of a team: each has a bit. */
export const MOST_MEMBERS = 16;

/** Looks at a cell before a thread lies down: some 20 microseconds. A section is often followed by another at once, and waking up takes longer. */
const SPINS = 2000;
/** How long a wait lasts before it looks whether all was stopped, milliseconds. */
const NAP = 20;

/**
 * One thread leads, others do parts of what it shares out: a section at a time, whose parts whoever is there claims. The leader never waits for a thread that has claimed nothing,
 * so a team may be the leader alone, and others may come at any time.
 */
export class Team {
  readonly #control: Control;
  readonly #cells: Int32Array;
  readonly #numbers: Float64Array;
  #generation = 0;

  /** @param control - of the job */
  constructor(control: Control) {
    this.#control = control;
    this.#cells = new Int32Array(control.memory, 0, NUMBERS_AT / 4);
    this.#numbers = new Float64Array(control.memory, NUMBERS_AT);
  }

  /**
   * The leader's: shares a section out, and takes part in it.
   *
   * @param numbers - what others must know of it, at most 14
   * @param parts - how many, 1 to 254
   * @param work - does a part
   * @returns bits of the other threads that have done a part
   * @throws TickerforestError `ABORTED` if all was stopped
   */
  share(numbers: readonly number[], parts: number, work: (part: number) => void): number {
    const cells = this.#cells;
    // never 0, by which nothing can be claimed
    this.#generation = (this.#generation % 0xffffff) + 1;
    const word = this.#generation << 8;
    // whoever still looks at the section before must not take the new numbers for its own
    Atomics.store(cells, WORD, word | CLOSED);
    this.#numbers[0] = parts;
    this.#numbers.set(numbers, 1);
    Atomics.store(cells, DONE, 0);
    Atomics.store(cells, TOUCHED, 0);
    Atomics.store(cells, WORD, word);
    Atomics.notify(cells, WORD);
    for (let part = this.#claim(word); part >= 0; part = this.#claim(word)) {
      if (this.#control.isStopped) throw stopped();
      work(part);
      Atomics.add(cells, DONE, 1);
    }
    for (let seen = Atomics.load(cells, DONE); seen < parts; seen = Atomics.load(cells, DONE)) {
      if (this.#control.isStopped) throw stopped();
      this.#await(DONE, seen);
    }
    return Atomics.load(cells, TOUCHED);
  }

  /**
   * The others': does parts until the leader has nothing left to share out, or this thread is wanted elsewhere.
   *
   * @param member - number of this thread
   * @param work - does a part: gets the numbers of its section, the part, and whether it is this thread's first one of the section
   */
  help(member: number, work: (numbers: Float64Array, part: number, isFirst: boolean) => void): void {
    const cells = this.#cells;
    let last = -1;
    while (!this.#control.isStopped && Atomics.load(cells, OVER) === 0) {
      const word = Atomics.load(cells, WORD);
      const part = this.#claim(word & ~255);
      if (part < 0) {
        // not before: the leader adds up what it has done of this section, and it begins with nothing if it comes back
        if (this.#control.leaves()) return;
        this.#await(WORD, word);
        continue;
      }
      const section = word >>> 8;
      if (section !== last) Atomics.or(cells, TOUCHED, 1 << member);
      work(this.#numbers.subarray(1), part, section !== last);
      last = section;
      Atomics.add(cells, DONE, 1);
      Atomics.notify(cells, DONE);
    }
  }

  /** The leader's: nothing more will be shared out. */
  end(): void {
    Atomics.store(this.#cells, OVER, 1);
    Atomics.notify(this.#cells, WORD);
  }

  /** The next part of a section that is not over; -1 if there is none. */
  #claim(section: number): number {
    for (;;) {
      const word = Atomics.load(this.#cells, WORD);
      const part = word & 255;
      if ((word & ~255) !== section || section === 0 || part === CLOSED || part >= this.#numbers[0]) return -1;
      if (Atomics.compareExchange(this.#cells, WORD, word, word + 1) === word) return part;
    }
  }

  #await(cell: number, seen: number): void {
    for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(this.#cells, cell) !== seen) return;
    Atomics.wait(this.#cells, cell, seen, NAP);
  }
}

function stopped(): TickerforestError {
  return new TickerforestError('ABORTED', 'stopped by the thread that began it');
}
