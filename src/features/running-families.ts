import { type Bars, sliceBars } from '../bars/bars';
import type { Market } from '../bars/market';
import { Turns } from '../waiting';
import { type BarBlock, BLOCK_BARS, type FeatureFamily, type FeatureSpec, isBuiltIn } from './family';
import type { FeatureSet } from './feature-set';
import { FoldState, putBackAll, saveAll } from './fold-state';
import { type FoldWithColumns, guardedFold } from './guarded-fold';
import { statistics } from './statistics';

/** What this library's families write to, of all engines, one at a time: nothing here outlives a block. Others have columns of their own. */
const blockColumns: Float64Array[] = [];

/** A family with its memory and the columns that it writes to. */
export interface RunningFamily extends FoldWithColumns {
  /** What runs. */
  readonly family: FeatureFamily;
  /** What people see while it runs. */
  readonly title: string;
  /** What it shows; the returns that an engine computes for the company profile alone are no features. */
  readonly specs: readonly FeatureSpec[];
  /** Index of its first column among those of all families. */
  readonly firstColumn: number;
  /** What it remembers between blocks. */
  readonly state: FoldState;
}

/** A bar's simple return is summarised in every engine: the figures of performance and risk are made of it. */
const RETURN = 'simple_return';
const RETURNS = statistics({ returns: ['simple'] });

/** The families of an engine as they run: their folds, what these remember, and one bar through all of them. */
export class RunningFamilies {
  /** In the order in which they run. */
  readonly list: readonly RunningFamily[];
  /** What they remember, in that order. */
  readonly states: readonly FoldState[];
  /** How many columns they write together: those of the features, in order, and of the simple return if that is none of them. */
  readonly columns: number;
  /** Which column is the simple return. */
  readonly returnColumn: number;
  /** What the last bar of {@link foldBar} or {@link previewBar} gave, a column of one value each. */
  readonly values: readonly Float64Array[];
  /** The families' memory before that bar; made when the first one comes. */
  #memory: Float64Array | undefined;

  /**
   * @param set - the families and their features
   * @param market - whose bars
   * @throws TickerforestError `FEATURE_FAILED` if a family of a user's own cannot be started
   */
  constructor(set: FeatureSet, market: Market) {
    const list: RunningFamily[] = [];
    let columns = 0;
    let returnColumn = -1;
    const run = (family: FeatureFamily, specs: readonly FeatureSpec[], isShown: boolean) => {
      if (specs.length === 0) return;
      const running = runningFamily(family, specs, market, columns);
      list.push(isShown ? running : { ...running, specs: [] });
      if (isBuiltIn(family) && specs.some(({ name }) => name === RETURN)) {
        returnColumn = columns + specs.findIndex(({ name }) => name === RETURN);
      }
      columns += specs.length;
    };
    set.families.forEach((family, i) => {
      run(family, set.specs[i], true);
    });
    if (returnColumn < 0) run(RETURNS, RETURNS.features(market), false);
    this.list = list;
    this.states = list.map(({ state }) => state);
    this.columns = columns;
    this.returnColumn = returnColumn;
    this.values = Array.from({ length: columns }, () => new Float64Array(1));
  }

  /**
   * One bar through all families. If one of them throws, all are as they were.
   *
   * @param bar - a block of one
   * @throws TickerforestError `FEATURE_FAILED`
   */
  foldBar(bar: BarBlock): void {
    const before = this.#remember();
    try {
      this.#fold(bar);
    } catch (error) {
      putBackAll(this.states, before);
      throw error;
    }
  }

  /**
   * What {@link foldBar} would make of a bar: the families stay as they are.
   *
   * @param bar - a block of one
   * @throws TickerforestError `FEATURE_FAILED`
   */
  previewBar(bar: BarBlock): void {
    const before = this.#remember();
    try {
      this.#fold(bar);
    } finally {
      putBackAll(this.states, before);
    }
  }

  #fold(bar: BarBlock): void {
    for (const { fold, out, state, firstColumn } of this.list) {
      fold(bar, out);
      state.advance(1);
      // the next family may write to the same columns
      for (let j = 0; j < out.length; j++) this.values[firstColumn + j][0] = out[j][0];
    }
  }

  #remember(): Float64Array {
    this.#memory = saveAll(this.states, this.#memory);
    return this.#memory;
  }
}

/**
 * What a family makes of bars that it takes in later: it stays as it is.
 *
 * @param family - the family, as it is before them
 * @param bars - the bars
 * @param first - absolute number of the first of them
 * @param targets - where each of its features goes; undefined: nowhere
 * @param at - index of the first bar there
 * @throws TickerforestError `FEATURE_FAILED`
 */
export async function foldAhead(
  { fold, out, state }: RunningFamily,
  bars: Bars,
  first: number,
  targets: readonly (Float32Array | undefined)[],
  at: number,
): Promise<void> {
  const turns = new Turns();
  const before = saveAll([state]);
  try {
    for (let from = 0; from < bars.length; from += BLOCK_BARS) {
      const to = Math.min(bars.length, from + BLOCK_BARS);
      fold({ ...sliceBars(bars, from, to), first: first + from }, out);
      state.advance(to - from);
      for (const [j, values] of out.entries()) targets[j]?.set(values.subarray(0, to - from), at + from);
      if (turns.isOver) await turns.giveWay();
    }
  } finally {
    putBackAll([state], before);
  }
}

/**
 * @param family - a family
 * @param specs - its features for the market, at least one
 * @param market - whose bars
 * @param firstColumn - index of its first column among those of all families
 * @returns the family at its beginning
 * @throws TickerforestError `FEATURE_FAILED` if a family of a user's own cannot be started
 */
export function runningFamily(family: FeatureFamily, specs: readonly FeatureSpec[], market: Market, firstColumn: number): RunningFamily {
  const state = new FoldState();
  return { family, title: family.title, specs, firstColumn, state, ...foldOf(family, specs, market, state) };
}

function foldOf(family: FeatureFamily, specs: readonly FeatureSpec[], market: Market, state: FoldState): FoldWithColumns {
  if (!isBuiltIn(family)) return guardedFold(family, specs, market, state);
  while (blockColumns.length < specs.length) blockColumns.push(new Float64Array(BLOCK_BARS));
  return { fold: family.fold(market, state), out: blockColumns.slice(0, specs.length) };
}
