import type { Bars } from '../bars/bars';
import type { Targets } from './family-work';
import { foldAhead, type RunningFamily } from './running-families';

/** Takes columns as they are made, so that they need not be in memory all at the same time. */
export interface ColumnTaker {
  /**
   * Gives room for columns.
   *
   * @param count - how many
   * @returns arrays of one value a bar, those ahead included
   */
  room(count: number): readonly Float32Array[];
  /**
   * Takes columns that are complete.
   *
   * @param first - number of the first of them among `FeatureEngineer.modelFeatures`
   * @param columns - the room that was given for them
   */
  take(first: number, columns: readonly Float32Array[]): void | Promise<void>;
}

/** Bars that follow those of an update, whose values go to the same columns; the engine stays as it is before them. */
interface BarsAhead {
  /** The bars. */
  readonly bars: Bars;
  /** Number of bars folded before them. */
  readonly first: number;
  /** Their place in the columns. */
  readonly at: number;
}

/** Who takes columns, and of which bars beside those of the update. */
interface Taking {
  /** Takes them. */
  readonly taker: ColumnTaker;
  /** Bars that follow. */
  readonly ahead: BarsAhead;
}

/** Where the columns of an update go: into a matrix, or to a taker, a family's as soon as they are complete. */
export class FeatureColumns {
  readonly #places = new Map<RunningFamily, { readonly first: number; readonly seen: number }>();
  readonly #matrix: readonly Float32Array[];
  readonly #given: Taking | undefined;
  /** The taker takes one family's at a time. */
  #taking: void | Promise<void> = undefined;

  /**
   * @param families - of an engine, in order
   * @param matrix - its columns that models see; none: nobody wants them
   * @param given - who takes them instead; absent: nobody
   */
  constructor(families: readonly RunningFamily[], matrix: readonly Float32Array[], given?: Taking) {
    this.#matrix = matrix;
    this.#given = given;
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
   * @param fold - folds the family: writes a column for each feature that models see
   * @throws what `fold` and the taker throw
   */
  async fill(family: RunningFamily, fold: (targets: Targets) => Promise<void>): Promise<void> {
    const { first, seen } = this.#places.get(family) ?? { first: 0, seen: 0 };
    const given = this.#given;
    const room = given?.taker.room(seen) ?? this.#matrix.slice(first, first + seen);
    let place = 0;
    const targets = family.specs.map(({ model }) => (model ? room[place++] : undefined));
    await fold(targets);
    if (given === undefined || seen === 0) return;
    const { taker, ahead } = given;
    await foldAhead(family, ahead.bars, ahead.first, targets, ahead.at);
    const before = this.#taking;
    this.#taking = (async () => {
      await before;
      await taker.take(first, room);
    })();
    await this.#taking;
  }
}
