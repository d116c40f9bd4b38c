import type { Bars } from '../bars/bars';
import type { Targets } from './family-work';
import type { ColumnTaker } from './feature-update';
import { foldAhead, type RunningFamily } from './running-families';

/** Where the columns of an update go: into a matrix, or to a taker, a family's as soon as they are complete. */
export class FeatureColumns {
  readonly #places = new Map<RunningFamily, { readonly first: number; readonly seen: number }>();
  readonly #matrix: readonly Float32Array[];
  readonly #taker: ColumnTaker | undefined;
  /** The taker takes one family's at a time. */
  #taking: void | Promise<void> = undefined;

  /**
   * @param families - of an engine, in order
   * @param matrix - its columns that models see; none: nobody wants them
   * @param taker - takes them instead
   */
  constructor(families: readonly RunningFamily[], matrix: readonly Float32Array[], taker: ColumnTaker | undefined) {
    this.#matrix = matrix;
    this.#taker = taker;
    let first = 0;
    for (const family of families) {
      const seen = family.specs.filter(({ model }) => model).length;
      this.#places.set(family, { first, seen });
      first += seen;
    }
  }

  /**
   * Makes the columns of a family.
   *
   * @param family - the family
   * @param ahead - bars that follow and how many are folded before them, the last of which is at index `at - 1` of the columns; undefined: none
   * @param fold - folds the family: writes a column for each feature that models see
   * @throws what `fold` and the taker throw
   */
  async fill(
    family: RunningFamily,
    ahead: { readonly bars: Bars; readonly first: number; readonly at: number } | undefined,
    fold: (targets: Targets) => Promise<void>,
  ): Promise<void> {
    const { first, seen } = this.#places.get(family) ?? { first: 0, seen: 0 };
    const taker = this.#taker;
    const room = taker?.room(seen) ?? this.#matrix.slice(first, first + seen);
    let place = 0;
    const targets = family.specs.map(({ model }) => (model ? room[place++] : undefined));
    await fold(targets);
    if (taker === undefined || seen === 0) return;
    if (ahead !== undefined) await foldAhead(family, ahead.bars, ahead.first, targets, ahead.at);
    const before = this.#taking;
    this.#taking = (async () => {
      await before;
      await taker.take(first, room);
    })();
    await this.#taking;
  }
}
