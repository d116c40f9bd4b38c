import { BarBlocks } from '../bars/bar-blocks';
import { allocateBars, type Bars, sliceBars } from '../bars/bars';
import type { Market } from '../bars/market';
import { throwIfAborted } from '../errors';
import type { BarStore, BarWrite, KeptBars } from '../stores/bar-store';
import { barsIn, codedBars, keptIn } from '../stores/guarded-bars';
import { quoted } from '../text';
import { Turns } from '../waiting';

/** A day has so many times its bars' length, at most: how far back a number of bars may reach where a market sleeps at night and over holidays. */
const SPREAD = 8;

/** The kept bars of one symbol, in a store that is anybody's: what it throws has a code, and an abort ends the waiting for it. */
export class KeptHistory {
  readonly #store: BarStore;
  readonly #symbol: string;
  readonly #signal: AbortSignal;
  readonly #revision: number;
  readonly #kept: KeptBars | null;

  private constructor(store: BarStore, symbol: string, signal: AbortSignal, kept: KeptBars | null, revision = kept?.revision ?? 0) {
    this.#store = store;
    this.#symbol = symbol;
    this.#signal = signal;
    this.#kept = kept;
    this.#revision = revision;
  }

  /**
   * @param store - where bars are kept
   * @param symbol - whose
   * @param signal - aborts
   * @returns what is kept
   * @throws TickerforestError the store's
   */
  static async open(store: BarStore, symbol: string, signal: AbortSignal): Promise<KeptHistory> {
    return new KeptHistory(store, symbol, signal, await keptIn(store, symbol, signal));
  }

  /** @returns the same store as if it kept nothing: the next write takes the place of all that is there */
  asNone(): KeptHistory {
    return new KeptHistory(this.#store, this.#symbol, this.#signal, null, this.#revision);
  }

  /** What is kept; null if nothing is. */
  get kept(): KeptBars | null {
    return this.#kept;
  }

  /**
   * @param length - how many, 1 or more
   * @returns the newest bars, at most so many
   */
  async newest(length: number): Promise<Bars> {
    if (this.#kept === null) return allocateBars(0);
    const { firstTimestamp, lastTimestamp, market, bars } = this.#kept;
    for (let reach = SPREAD * length * market.interval; ; reach *= SPREAD) {
      const from = lastTimestamp - reach;
      const found = await this.from(from);
      if (found.length >= Math.min(length, bars) || from <= firstTimestamp)
        return sliceBars(found, Math.max(0, found.length - length), found.length);
    }
  }

  /**
   * @param from - first timestamp wanted, milliseconds UTC; -Infinity: all bars
   * @returns the bars from there on
   */
  async from(from: number): Promise<Bars> {
    const blocks = new BarBlocks();
    const turns = new Turns(this.#signal, `reading kept bars of ${quoted(this.#symbol)}`);
    const range = { ...(from > Number.NEGATIVE_INFINITY && { from }), signal: this.#signal };
    for await (const bars of barsIn(this.#store, this.#symbol, range)) {
      blocks.append(bars, 0, bars.length);
      if (turns.isOver) await turns.giveWay();
    }
    return blocks.finish(turns);
  }

  /**
   * Cuts the kept bars and appends others; see {@link BarStore.write}.
   *
   * @param market - whose bars
   * @param from - where to cut
   * @param bars - what follows
   * @param shrink - whether fewer bars may be left
   */
  async write(market: Market, from: number, bars: Bars, shrink: boolean): Promise<void> {
    const update: BarWrite = { symbol: this.#symbol, market, from, bars, baseRevision: this.#revision, shrink };
    throwIfAborted(this.#signal, 'keeping bars');
    // a write that is under way is waited for: nobody else could say whether it took place
    await codedBars(`keeping bars of ${quoted(this.#symbol)}`, () => this.#store.write(update));
  }
}
