import type { Turns } from '../waiting';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from './bars';

/** Bars in a block: 3 MB, so growing never copies what is there, and at most that much is allocated in vain. */
export const BLOCK = 65_536;

/** Bars in the first block: an update has few, and 3 MB of zeros take it as long as all the rest. */
const FIRST_BLOCK = 4_096;

/** Bars of which nobody knows yet how many there will be: blocks, copied once, at the end, into columns of exact length. */
export class BarBlocks {
  #blocks: Bars[] = [];
  #length = 0;
  /** Bars in the newest block. */
  #used = 0;

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
    for (let start = from; start < to; ) {
      let block = this.#blocks[this.#blocks.length - 1];
      if (block === undefined || this.#used === block.length) {
        block = allocateBars(block === undefined ? FIRST_BLOCK : BLOCK);
        this.#blocks.push(block);
        this.#used = 0;
      }
      const end = Math.min(to, start + block.length - this.#used);
      const run = sliceBars(bars, start, end);
      for (const column of BAR_COLUMNS) block[column].set(run[column], this.#used);
      this.#used += end - start;
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
    let start = 0;
    for (const block of this.#blocks) {
      const used = sliceBars(block, 0, Math.min(block.length, all.length - start));
      for (const column of BAR_COLUMNS) all[column].set(used[column], start);
      start += used.length;
      if (turns.isOver) await turns.giveWay();
    }
    this.#blocks = [];
    this.#length = 0;
    this.#used = 0;
    return all;
  }
}
