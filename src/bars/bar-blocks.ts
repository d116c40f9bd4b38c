import type { Turns } from '../waiting';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from './bars';

/** Bars in a block: 3 MB, so growing never copies what is there, and at most that much is allocated in vain. */
export const BLOCK = 65_536;

/** Bars of which nobody knows yet how many there will be: blocks of equal size, copied once, at the end, into columns of exact length. */
export class BarBlocks {
  #blocks: Bars[] = [];
  #length = 0;

  /** Number of bars appended so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a copy of some bars.
   *
   * @param bars - where to copy from; may be reused by the caller afterwards
   * @param from - index of the first bar to copy
   * @param to - index after the last one
   */
  append(bars: Bars, from: number, to: number): void {
    let start = from;
    while (start < to) {
      const offset = this.#length % BLOCK;
      if (offset === 0) this.#blocks.push(allocateBars(BLOCK));
      const block = this.#blocks[this.#blocks.length - 1];
      const end = Math.min(to, start + BLOCK - offset);
      const run = sliceBars(bars, start, end);
      for (const column of BAR_COLUMNS) block[column].set(run[column], offset);
      this.#length += end - start;
      start = end;
    }
  }

  /**
   * @param turns - gives way
   * @returns all bars in one piece over shared memory; the blocks are let go, and the object is empty again
   * @throws TickerforestError `ABORTED`
   */
  async finish(turns: Turns): Promise<Bars> {
    const all = allocateBars(this.#length);
    for (const [index, block] of this.#blocks.entries()) {
      const start = index * BLOCK;
      const used = sliceBars(block, 0, Math.min(BLOCK, all.length - start));
      for (const column of BAR_COLUMNS) all[column].set(used[column], start);
      if (turns.isOver) await turns.giveWay();
    }
    this.#blocks = [];
    this.#length = 0;
    return all;
  }
}
