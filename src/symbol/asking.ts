import { type Bars, joinBars, sliceBars } from '../bars/bars';
import { askSource, type Expected, earliestWanted, type FetchedBars, nothingTold, type WantedBars } from './ask-source';
import { indexFrom } from './fold-start';
import type { SymbolJob } from './job';
import { earliestStamp, type Known } from './known-bars';
import type { DescribedMarket } from './market';
import type { StoredSpan } from './stored-span';

/** Bars that a vendor who may have forgotten the beginning is asked for, to find that out. */
const FEW_BARS = 64;

/** What a run asks its source where some bars are known already. */
export class Asking {
  readonly #job: SymbolJob;
  readonly #market: DescribedMarket;
  readonly #signal: AbortSignal;

  /**
   * Nothing is asked yet.
   *
   * @param job - the run
   * @param market - as far as it is known
   * @param signal - aborts
   */
  constructor(job: SymbolJob, market: DescribedMarket, signal: AbortSignal) {
    this.#job = job;
    this.#market = market;
    this.#signal = signal;
  }

  /**
   * Asks for the newest stored bars and what follows them. Stored ones that were not told, between others that were, are asked for once more: a page may fail without a
   * word.
   *
   * @param known - what is stored
   * @returns the answer
   */
  async news(known: Known): Promise<FetchedBars> {
    const { timestamp } = known.history.recentBars;
    const to = this.#job.options.to?.getTime();
    // a source is not asked for what ends before it begins
    if (to !== undefined && to < timestamp[0]) return nothingTold(known.market);
    const expected = { ...this.#expected(known, known.last), knownTimes: known.times };
    const news = await this.#ask({ from: timestamp[0], to }, expected);
    const gap = untold(timestamp, news.bars.timestamp);
    if (gap === null) return news;
    const { bars } = await this.#ask({ ...gap, stored: 'both' }, expected);
    const before = sliceBars(news.bars, 0, indexFrom(news.bars, gap.from));
    const after = sliceBars(news.bars, indexFrom(news.bars, gap.to + 1), news.bars.length);
    return before.length + bars.length + after.length > news.bars.length ? { ...news, bars: joinBars(before, bars, after) } : news;
  }

  /**
   * Asks for what the source has from the first stored bar on, up to the newest bar that the run knows of: bars that came meanwhile are the next run's.
   *
   * @param known - what is stored
   * @param span - from when to when
   * @returns the answer
   */
  all(known: Known, { first, last }: StoredSpan): Promise<FetchedBars> {
    // a vendor who tells the past otherwise may have other stamps
    const from = Math.min(earliestWanted(this.#job) ?? first, earliestStamp(first, known.market));
    return this.#ask({ from, to: last, stored: 'to' }, this.#expected(known, null));
  }

  /**
   * Asks for stored bars and what follows them, to train on.
   *
   * @param known - what is stored
   * @param from - the first stored bar that is wanted, milliseconds UTC
   * @param to - the newest bar that is wanted
   * @returns the answer
   */
  toTrainOn(known: Known, from: number, to: number): Promise<FetchedBars> {
    // bad bars that are dropped are judged again, so that the same are dropped as when they were new; where they are refused none is stored, and what is stored stays
    const after = this.#job.options.badBars === 'drop' ? null : known.last;
    return this.#ask({ from, to, stored: 'both' }, this.#expected(known, after));
  }

  /**
   * Asks for a few of the first stored bars: a vendor who has forgotten them need not tell all the rest.
   *
   * @param known - what is stored
   * @returns whether it has any of them
   */
  async hasBeginning(known: Known): Promise<boolean> {
    const { first, interval } = known;
    const few = { from: first, to: first + FEW_BARS * interval, stored: 'from' } as const;
    return (await this.#ask(few, this.#expected(known, known.last))).bars.length > 0;
  }

  #ask(wanted: WantedBars, expected: Expected): Promise<FetchedBars> {
    return askSource(this.#job, wanted, expected, this.#signal);
  }

  #expected({ market: { interval: _, ...market }, interval, isDense }: Known, after: number | null): Expected {
    const { interval: described, ...rest } = this.#market;
    return { market: { ...market, ...rest }, interval: described ?? interval, isDense, after };
  }
}

/** From the first to the last stored bar that was not told, of those between the first and the last that were; null if all were. */
function untold(stored: Float64Array, told: Bars['timestamp']): { from: number; to: number } | null {
  let from: number | null = null;
  let to = Number.NEGATIVE_INFINITY;
  for (let i = 0, j = 0; i < stored.length && j < told.length; i++) {
    while (j < told.length && told[j] < stored[i]) j++;
    if (j === 0 || j === told.length || told[j] === stored[i]) continue;
    from ??= stored[i];
    to = stored[i];
  }
  return from === null ? null : { from, to };
}
