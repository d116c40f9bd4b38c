import type { Market } from '../bars/market';
import { TickerforestError } from '../errors';
import { type Check, invalidOption, whole } from '../options/checks';
import { checkArgument } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { described } from '../text';
import type { FoldState } from './fold-state';
import { type Frame, FrameClock, frameLength, frameOf } from './frames';
import { Ema, WilderAverage } from './recursions';

/** One bar, as `next` of `defineFeature` sees it. */
export interface FeatureBar {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number;
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Units traded. */
  readonly volume: number;
  /** How many bars came before it, from 0. */
  readonly number: number;
}

/** A series that says something of the values given to it so far. NaN and infinities are not taken in, and give NaN: before it has enough values, a series says NaN, too. */
export interface Series {
  /**
   * @param value - the next value
   * @returns what it says now
   */
  next(value: number): number;
}

/** The last values of a series; each figure is computed from them when it is asked for, oldest first, so it never drifts. NaN until there are enough. */
export interface WindowValues {
  /** Their sum. */
  readonly sum: number;
  /** Their mean. */
  readonly mean: number;
  /** Their sample standard deviation (divisor n - 1). */
  readonly std: number;
  /** The smallest. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
  /** Share of the others that are smaller than the newest, equal ones half, 0 to 1. */
  readonly rank: number;
  /**
   * @param probability - 0 to 1
   * @returns the value that so many lie below, linear between neighbours (Hyndman & Fan's type 7)
   * @throws TickerforestError for another probability; the feature fails then, `FEATURE_FAILED`
   */
  quantile(probability: number): number;
}

/** A window over a series. */
export interface Window extends WindowValues {
  /**
   * @param value - the next value; NaN and infinities are not taken in, and all figures are NaN until the next value
   * @returns the window
   */
  next(value: number): WindowValues;
}

/** The last closed longer bar, as `timeframes` has it; all NaN before the first has closed. It follows the bars by itself. */
export interface HigherBar {
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Units traded. */
  readonly volume: number;
  /** How many have closed. */
  readonly closed: number;
  /** Whether it has closed with this bar, or at the latest since the bar before. */
  readonly isNew: boolean;
}

/** A number that is kept from bar to bar. */
export interface Slot {
  /** Finite. */
  value: number;
}

/** What `next` of `defineFeature` is made of. Each keeps and restores itself; all are asked for before the first bar. */
export interface BuildingBlocks {
  /**
   * @param bars - how many, 1 to 10,000
   * @returns a series that says the value of so many calls ago
   */
  lag(bars: number): Series;
  /**
   * @param bars - how many, 1 to 10,000; each figure costs as many steps when it is asked for
   * @returns a window over the last values
   */
  window(bars: number): Window;
  /**
   * @param period - 1 to 10,000; a new value weighs 2 / (period + 1)
   * @returns an exponential average, seeded by the mean of the first `period` values
   */
  ema(period: number): Series;
  /**
   * @param period - 1 to 10,000; a new value weighs 1 / period
   * @returns Wilder's average, seeded by the mean of the first `period` values
   */
  wilder(period: number): Series;
  /**
   * @param length - of the longer bar: minutes or hours that divide a day ('15m', '1h'), '1d', '1w' or '1mo'; longer than the market's bars
   * @returns the last closed one
   */
  higher(length: string): HigherBar;
  /**
   * @param initial - its value before the first bar. Default 0
   * @returns a number that is kept from bar to bar
   */
  slot(initial?: number): Slot;
}

/** The blocks of one fold, and those of them that must see every bar. */
export interface BuiltBlocks {
  /** For the feature's author. */
  readonly blocks: BuildingBlocks;
  /** To be called with every bar before the feature is. */
  readonly follow: (bar: FeatureBar) => void;
}

const span = whole(WINDOW_BARS);

/**
 * @param state - where their memory is
 * @param market - whose bars
 * @returns blocks that work on it
 */
export function buildingBlocks(state: FoldState, market: Market): BuiltBlocks {
  const followed: HigherFold[] = [];
  let clock: FrameClock | undefined;
  const read = <T>(value: unknown, check: Check<T>, block: string) => checkArgument(value, check, block, 'defineFeature');
  const blocks: BuildingBlocks = {
    lag: (bars) => new Lag(state, read(bars, span, 'lag')),
    window: (bars) => new Ring(state, read(bars, span, 'window')),
    ema: (period) => finiteOnly(new Ema(state.slots(Ema.SLOTS), read(period, span, 'ema'))),
    wilder: (period) => finiteOnly(new WilderAverage(state.slots(WilderAverage.SLOTS), read(period, span, 'wilder'))),
    higher: (length) => {
      const frame = frameOf(read(length, frameLength, 'higher'));
      if (frame === null || frame.width <= market.interval) {
        throw new TickerforestError(
          'FEATURE_FAILED',
          `higher('${length}') is not longer than the market's bars, which are ${market.interval / 60_000} minutes`,
        );
      }
      clock ??= new FrameClock(market);
      const higher = new HigherFold(state, clock, frame, market.interval);
      followed.push(higher);
      return higher;
    },
    slot: (initial = 0) => new StoredSlot(state, initial),
  };
  const follow = (bar: FeatureBar) => {
    for (const higher of followed) higher.follow(bar);
  };
  return { blocks, follow };
}

function finiteOnly(series: Series): Series {
  return { next: (value) => (isTaken(value) ? series.next(value) : Number.NaN) };
}

/** NaN and infinities are not taken in; what is no number at all is a slip, which would be NaN for ever. */
function isTaken(value: number): boolean {
  if (typeof value !== 'number') throw invalidOption(`next of a block is given ${described(value)}, not a number`);
  return Number.isFinite(value);
}

/** Slots: how many values it was given, then a ring of them; value n is at n modulo the length. */
class Lag implements Series {
  readonly #slots: Float64Array;
  readonly #bars: number;

  constructor(state: FoldState, bars: number) {
    this.#slots = state.slots(1 + bars);
    this.#bars = bars;
  }

  next(value: number): number {
    if (!isTaken(value)) return Number.NaN;
    const slots = this.#slots;
    const place = 1 + (slots[0] % this.#bars);
    const past = slots[0] < this.#bars ? Number.NaN : slots[place];
    slots[place] = value;
    slots[0]++;
    return past;
  }
}

/** Slots: how many values it was given, whether the newest was one, then a ring of them as in {@link Lag}. */
class Ring implements Window {
  readonly #slots: Float64Array;
  readonly #ring: Float64Array;
  readonly #bars: number;
  #sorted: Float64Array | undefined;

  constructor(state: FoldState, bars: number) {
    this.#slots = state.slots(2);
    this.#ring = state.slots(bars);
    this.#bars = bars;
  }

  next(value: number): WindowValues {
    const slots = this.#slots;
    slots[1] = isTaken(value) ? 1 : 0;
    if (slots[1] === 1) {
      this.#ring[slots[0] % this.#bars] = value;
      slots[0]++;
    }
    return this;
  }

  get #isFull(): boolean {
    return this.#slots[1] === 1 && this.#slots[0] >= this.#bars;
  }

  /** @param age - 0 for the oldest */
  #at(age: number): number {
    return this.#ring[(this.#slots[0] + age) % this.#bars];
  }

  get sum(): number {
    if (!this.#isFull) return Number.NaN;
    let sum = this.#at(0);
    for (let age = 1; age < this.#bars; age++) sum += this.#at(age);
    return sum;
  }

  get mean(): number {
    return this.sum / this.#bars;
  }

  get std(): number {
    const { mean } = this;
    if (Number.isNaN(mean)) return Number.NaN;
    let squares = 0;
    for (let age = 0; age < this.#bars; age++) {
      const deviation = this.#at(age) - mean;
      squares += deviation * deviation;
    }
    return Math.sqrt(squares / (this.#bars - 1));
  }

  get min(): number {
    return this.#isFull ? this.#ring.reduce((least, value) => Math.min(least, value)) : Number.NaN;
  }

  get max(): number {
    return this.#isFull ? this.#ring.reduce((most, value) => Math.max(most, value)) : Number.NaN;
  }

  get rank(): number {
    if (!this.#isFull) return Number.NaN;
    const newest = this.#at(this.#bars - 1);
    let halves = 0;
    for (let age = 0; age < this.#bars - 1; age++) {
      const value = this.#at(age);
      if (value < newest) halves += 2;
      else if (value === newest) halves++;
    }
    return halves / (2 * (this.#bars - 1));
  }

  quantile(probability: number): number {
    if (!(probability >= 0 && probability <= 1)) throw invalidOption(`quantile takes a number from 0 to 1, not ${described(probability)}`);
    if (!this.#isFull) return Number.NaN;
    this.#sorted ??= new Float64Array(this.#bars);
    this.#sorted.set(this.#ring);
    this.#sorted.sort();
    const place = probability * (this.#bars - 1);
    const below = Math.floor(place);
    const low = this.#sorted[below];
    const high = this.#sorted[Math.min(below + 1, this.#bars - 1)];
    return low + (high - low) * (place - below);
  }
}

class StoredSlot implements Slot {
  readonly #slots: Float64Array;

  constructor(state: FoldState, initial: number) {
    this.#slots = state.slots(1);
    this.value = initial;
  }

  get value(): number {
    return this.#slots[0];
  }

  set value(value: number) {
    if (!Number.isFinite(value)) {
      throw new TickerforestError(
        'FEATURE_FAILED',
        `a slot is set to ${described(value)}; use a finite number, and a second slot for "not yet"`,
      );
    }
    this.#slots[0] = value;
  }
}

// the newest longer bar: 0 before the first, 1 while it is open, 2 once it is closed; its end; its prices so far
const STATE = 0;
const END = 1;
const FORMING = 2;
// how many have closed, and the last one's prices
const CLOSED = 7;
const LAST = 8;
const SLOTS = 13;

/** Builds longer bars, by the rules of `timeframes`. */
class HigherFold implements HigherBar {
  readonly #slots: Float64Array;
  readonly #clock: FrameClock;
  readonly #endAfter: (start: number) => number;
  readonly #interval: number;
  #isNew = false;

  constructor(state: FoldState, clock: FrameClock, frame: Frame, interval: number) {
    this.#slots = state.slots(SLOTS);
    this.#clock = clock;
    this.#endAfter = clock.endOf(frame);
    this.#interval = interval;
  }

  follow({ timestamp, open, high, low, close, volume }: FeatureBar): void {
    const slots = this.#slots;
    const start = this.#clock.startOf(timestamp);
    this.#isNew = false;
    const isLater = slots[STATE] === 0 || start >= slots[END];
    // a bar is too late for a longer bar that has closed
    if (!isLater && slots[STATE] === 2) return;
    if (isLater) {
      if (slots[STATE] === 1) this.#close();
      slots[STATE] = 1;
      slots[END] = this.#endAfter(start);
      slots.set([open, high, low, close, volume], FORMING);
    } else {
      if (high > slots[FORMING + 1]) slots[FORMING + 1] = high;
      if (low < slots[FORMING + 2]) slots[FORMING + 2] = low;
      slots[FORMING + 3] = close;
      slots[FORMING + 4] += volume;
    }
    if (start + this.#interval >= slots[END]) this.#close();
  }

  #close(): void {
    this.#slots[STATE] = 2;
    this.#slots[CLOSED]++;
    this.#slots.copyWithin(LAST, FORMING, FORMING + 5);
    this.#isNew = true;
  }

  #last(place: number): number {
    return this.#slots[CLOSED] === 0 ? Number.NaN : this.#slots[LAST + place];
  }

  get open(): number {
    return this.#last(0);
  }

  get high(): number {
    return this.#last(1);
  }

  get low(): number {
    return this.#last(2);
  }

  get close(): number {
    return this.#last(3);
  }

  get volume(): number {
    return this.#last(4);
  }

  get closed(): number {
    return this.#slots[CLOSED];
  }

  get isNew(): boolean {
    return this.#isNew;
  }
}
