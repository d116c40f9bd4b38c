import { BarHash } from '../bars/bar-hash';
import { allocateBars, BAR_COLUMNS, type Bars } from '../bars/bars';
import type { BarBlock } from './family';
import type { FoldState, History } from './fold-state';
import { SKETCH_SLOTS, updateSketch } from './history-sketch';

/** How many of the newest bars the state holds. */
export const RECENT_BARS = 64;

const BARS = 0;
const FIRST_TIMESTAMP = 1;
const LAST_TIMESTAMP = 2;
const FIRST_CLOSE = 3;
const LAST_CLOSE = 4;
const PEAK = 5;
const MAX_DRAWDOWN = 6;
const GAPS = 7;
const LONGEST_GAP = 8;
const ZERO_VOLUME = 9;
const UP = 10;
const DOWN_SQUARES = 11;
const HASH_A = 12;
const HASH_B = 13;
const SLOTS = 14;
/** The last moment that a Date holds. */
const LATEST = 8.64e15;

/** What the whole history of prices says, as of the newest bar. */
export interface PriceFacts {
  /** Bars folded. */
  readonly bars: number;
  /** Timestamp of the first bar, milliseconds UTC. */
  readonly firstTimestamp: number;
  /** Timestamp of the newest bar, milliseconds UTC. */
  readonly lastTimestamp: number;
  /** First close. */
  readonly firstClose: number;
  /** Newest close. */
  readonly lastClose: number;
  /** Highest close so far. */
  readonly peak: number;
  /** Largest fall from a highest close so far, as a fraction of it: 0 to 1. */
  readonly maxDrawdown: number;
  /** Times that neighbouring bars were further apart than a bar is long; nights and weekends count. */
  readonly gaps: number;
  /** Longest distance between neighbours, milliseconds. */
  readonly longestGap: number;
  /** Bars without volume. */
  readonly zeroVolumeBars: number;
  /** Bars that closed above the one before. */
  readonly upBars: number;
  /** Sum of squared negative simple returns, for the downside deviation. */
  readonly downsideSquares: number;
  /** Chained 64-bit hash of all bars, 16 hexadecimal digits: equal histories, equal hash. */
  readonly barHash: string;
}

/** Expanding facts about prices and bars: the part of the company profile that is not a feature. */
export class PriceHistory {
  readonly #slots: Float64Array;
  readonly #sketch: Float64Array;
  readonly #interval: number;
  readonly #state: FoldState;
  readonly #recent: readonly History[];
  readonly #hash = new BarHash();

  /**
   * @param state - where its memory is allocated; all its own
   * @param interval - length of a bar, milliseconds
   */
  constructor(state: FoldState, interval: number) {
    this.#slots = state.slots(SLOTS);
    this.#sketch = state.slots(SKETCH_SLOTS);
    this.#recent = BAR_COLUMNS.map(() => state.history(RECENT_BARS));
    this.#state = state;
    this.#interval = interval;
  }

  /** @param block - the next bars, in order */
  update(block: BarBlock): void {
    const s = this.#slots;
    for (let i = 0; i < block.length; i++) {
      const timestamp = block.timestamp[i];
      const close = block.close[i];
      if (s[BARS] === 0) {
        s[FIRST_TIMESTAMP] = timestamp;
        s[FIRST_CLOSE] = close;
      } else {
        const gap = timestamp - s[LAST_TIMESTAMP];
        if (gap > this.#interval) s[GAPS]++;
        if (gap > s[LONGEST_GAP]) s[LONGEST_GAP] = gap;
        const change = close / s[LAST_CLOSE] - 1;
        if (change > 0) s[UP]++;
        if (change < 0) s[DOWN_SQUARES] += change * change;
      }
      s[BARS]++;
      s[LAST_TIMESTAMP] = timestamp;
      s[LAST_CLOSE] = close;
      if (close > s[PEAK]) s[PEAK] = close;
      const drawdown = 1 - close / s[PEAK];
      if (drawdown > s[MAX_DRAWDOWN]) s[MAX_DRAWDOWN] = drawdown;
      if (block.volume[i] === 0) s[ZERO_VOLUME]++;
    }
    this.#hash.a = s[HASH_A];
    this.#hash.b = s[HASH_B];
    this.#hash.update(block);
    s[HASH_A] = this.#hash.a;
    s[HASH_B] = this.#hash.b;
    updateSketch(this.#sketch, block);
    BAR_COLUMNS.forEach((column, index) => {
      this.#recent[index].load(block[column]);
    });
    this.#state.advance(block.length);
  }

  /** The newest bars, at most {@link RECENT_BARS}, oldest first; copies. */
  recent(): Bars {
    const bars = allocateBars(Math.min(RECENT_BARS, this.#slots[BARS]));
    BAR_COLUMNS.forEach((column, index) => {
      bars[column].set(this.#recent[index].values.subarray(RECENT_BARS - bars.length, RECENT_BARS));
    });
    return bars;
  }

  /**
   * Whether a state that was read is one of bars, and of those that the file says: a checksum tells only that the bytes are as they were written.
   *
   * @param said - what the file's header says
   * @returns what is wrong; null if nothing is
   */
  wrongWith(said: Pick<PriceFacts, 'bars' | 'lastTimestamp' | 'barHash'>): string | null {
    const { bars, firstTimestamp, lastTimestamp, barHash } = this.facts();
    if (bars !== said.bars || lastTimestamp !== said.lastTimestamp || barHash !== said.barHash)
      return 'its state is not of the bars that it names';
    if (!Number.isSafeInteger(bars) || bars < 0) return 'its state counts no bars';
    if (bars === 0) return null;
    const { length, timestamp, open, high, low, close, volume } = this.recent();
    if (!(Math.abs(firstTimestamp) <= LATEST && firstTimestamp <= timestamp[0]) || timestamp[length - 1] !== lastTimestamp) {
      return 'its newest bars are not where they should be';
    }
    for (let i = 0; i < length; i++) {
      const isAfter = i === 0 ? timestamp[0] >= -LATEST : timestamp[i] > timestamp[i - 1];
      const arePrices = [open[i], high[i], low[i], close[i]].every((price) => price > 0 && price < Number.POSITIVE_INFINITY);
      if (!isAfter || !(timestamp[i] <= LATEST) || !arePrices || !(volume[i] >= 0)) return 'its newest bars are none';
    }
    return null;
  }

  /** The sketch of all bars, see {@link updateSketch}; a copy. */
  sketch(): Float64Array {
    return this.#sketch.slice();
  }

  /** @returns the facts as of the newest bar; all zero before the first */
  facts(): PriceFacts {
    const s = this.#slots;
    this.#hash.a = s[HASH_A];
    this.#hash.b = s[HASH_B];
    return {
      bars: s[BARS],
      firstTimestamp: s[FIRST_TIMESTAMP],
      lastTimestamp: s[LAST_TIMESTAMP],
      firstClose: s[FIRST_CLOSE],
      lastClose: s[LAST_CLOSE],
      peak: s[PEAK],
      maxDrawdown: s[MAX_DRAWDOWN],
      gaps: s[GAPS],
      longestGap: s[LONGEST_GAP],
      zeroVolumeBars: s[ZERO_VOLUME],
      upBars: s[UP],
      downsideSquares: s[DOWN_SQUARES],
      barHash: this.#hash.hex,
    };
  }
}
