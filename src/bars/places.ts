import type { BarBatch } from './bar-source';
import type { Bars } from './bars';
import { describeBar } from './judgement/values';

/** Where bars came from. Kept from the first batch on that is out of order: bars that come in order are never asked for later. */
export class Places {
  readonly #kept: { start: number; runs: readonly [first: number, index: number][]; batch: BarBatch; number: number }[] = [];
  #batch: BarBatch | undefined;
  #number = 0;
  #start = 0;
  #length = 0;
  #runs: [number, number][] = [];

  /**
   * @param batch - the batch whose bars come next
   * @param number - its number, from 1
   */
  enter(batch: BarBatch, number: number): void {
    this.#batch = batch;
    this.#number = number;
    this.#start = this.#length;
    this.#runs = [[this.#length, 0]];
  }

  /** @param taken - how many bars were taken; the one after them was not */
  skip(taken: number): void {
    this.#length += taken;
    const last = this.#runs[this.#runs.length - 1];
    const next = last[1] + (this.#length - last[0]) + 1;
    if (this.#length === last[0]) last[1] = next;
    else this.#runs.push([this.#length, next]);
  }

  /**
   * @param taken - how many bars were taken at the end of the batch
   * @param isAscending - whether all bars so far came in order
   */
  leave(taken: number, isAscending: boolean): void {
    this.#length += taken;
    const { describe } = this.#batch ?? {};
    if (isAscending || describe === undefined || this.#batch === undefined) return;
    this.#kept.push({ start: this.#start, runs: this.#runs, batch: this.#batch, number: this.#number });
  }

  /**
   * Made here, because a closure in the loop over all bars would cost each of them.
   *
   * @param bars - bars of the batch that was entered
   * @param index - which of them
   * @returns a function that describes the bar
   */
  describer(bars: Bars, index: number): () => string {
    return () => `${placeIn(this.#batch, this.#number, index)}: ${describeBar(bars, index)}`;
  }

  /**
   * @param bar - number of a bar that was taken, from 0
   * @returns where it came from
   */
  describe(bar: number): string {
    const batch = this.#kept.findLast(({ start }) => start <= bar);
    const run = batch?.runs.findLast(([first]) => first <= bar);
    if (batch === undefined || run === undefined || bar >= this.#length) return `bar ${bar}`;
    return placeIn(batch.batch, batch.number, run[1] + bar - run[0]);
  }
}

function placeIn(batch: BarBatch | undefined, number: number, index: number): string {
  const plain = `bar ${index} of batch ${number}`;
  try {
    const place: unknown = batch?.describe?.(index);
    return typeof place === 'string' ? place : plain;
  } catch {
    return plain;
  }
}
