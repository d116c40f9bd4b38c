import { type Bars, sliceBars } from '../bars/bars';
import type { Turns } from '../waiting';
import { indexFrom, toldFrom } from './fold-start';
import type { KeptHistory } from './kept-history';

/** The past as it is told now: kept bars up to a cut, and what the source told from there on. */
export class ToldPast {
  /** Where the source's bars begin to count, milliseconds UTC. */
  readonly cut: number;
  /** What it told from there on. */
  readonly told: Bars;
  readonly #history: KeptHistory | null;
  readonly #turns: Turns;

  /**
   * Bars of two origins.
   *
   * @param history - kept bars; null: none are
   * @param bars - what the source told
   * @param cut - where these begin to count
   * @param turns - gives way
   */
  constructor(history: KeptHistory | null, bars: Bars, cut: number, turns: Turns) {
    this.#history = history;
    this.#turns = turns;
    this.cut = cut;
    this.told = sliceBars(bars, indexFrom(bars, cut), bars.length);
  }

  /**
   * @param last - a time, milliseconds UTC; -Infinity: all bars
   * @returns the bars after it
   */
  async after(last: number): Promise<Bars> {
    const old = this.#history === null ? null : await this.#history.from(last + 1);
    const all = old === null ? this.told : await this.afterWith(old);
    return sliceBars(all, indexFrom(all, last + 1), all.length);
  }

  /**
   * @param old - stored bars
   * @returns those before the cut, and what was told from there on
   */
  afterWith(old: Bars): Promise<Bars> {
    return toldFrom(old, this.cut, this.told, this.#turns);
  }
}
