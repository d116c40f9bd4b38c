import { ln } from '../logarithm';
import type { BarBlock } from './family';
import type { FoldState } from './fold-state';
import { NEGLIGIBLE } from './negligible';
import { WilderAverage } from './recursions';

const WILDER = 14;
const WINDOW = 20;

// the newest longer bar: 1 while it is open, its end, its prices so far
const OPEN = 0;
const END = 1;
const HIGH = 2;
const LOW = 3;
const CLOSE = 4;
// the closed ones: how many, the last one's close, its values
const CLOSED = 5;
const LAST_CLOSE = 6;
const VALUES_AT = 7;

/** How many closed bars each of the five values needs. */
const NEEDED = [2, WILDER + 1, WILDER + 1, WINDOW, WINDOW + 1] as const;

/** Builds longer bars out of a series, and measures each as it closes: return, RSI, ATR, distance to the mean, volatility. */
export class ClosedBars {
  /** Number of columns that {@link ClosedBars.fold} writes. */
  static readonly VALUES = NEEDED.length;
  readonly #slots: Float64Array;
  /** Closes, and log returns, of the last closed bars; bar n is at n modulo 20. */
  readonly #closes: Float64Array;
  readonly #returns: Float64Array;
  readonly #rises: WilderAverage;
  readonly #falls: WilderAverage;
  readonly #ranges: WilderAverage;

  /** @param state - where the open bar and what is known of the closed ones are kept */
  constructor(state: FoldState) {
    this.#slots = state.slots(VALUES_AT + NEEDED.length);
    this.#closes = state.slots(WINDOW);
    this.#returns = state.slots(WINDOW);
    this.#rises = new WilderAverage(state.slots(WilderAverage.SLOTS), WILDER);
    this.#falls = new WilderAverage(state.slots(WilderAverage.SLOTS), WILDER);
    this.#ranges = new WilderAverage(state.slots(WilderAverage.SLOTS), WILDER);
  }

  /**
   * @param block - the next bars
   * @param starts - where each of them starts, as {@link FrameClock} has it
   * @param interval - length of a bar, milliseconds
   * @param endAfter - end of the longer bar in which a bar that starts at the given instant lies, later than the instant
   * @param out - {@link ClosedBars.VALUES} columns: at each bar the values of the last longer bar closed by then, NaN before the first
   */
  fold(block: BarBlock, starts: Float64Array, interval: number, endAfter: (start: number) => number, out: readonly Float64Array[]): void {
    const { length, high, low, close } = block;
    const slots = this.#slots;
    let written = 0;
    for (let i = 0; i < length; i++) {
      const start = starts[i];
      const later = start >= slots[END] || block.first + i === 0;
      // a bar is too late for a longer bar that has closed
      if (!later && slots[OPEN] === 0) continue;
      if (later) {
        if (slots[OPEN] === 1) {
          written = this.#write(written, i, out);
          this.#close();
        }
        slots[OPEN] = 1;
        slots[END] = endAfter(start);
        slots[HIGH] = high[i];
        slots[LOW] = low[i];
      } else {
        if (high[i] > slots[HIGH]) slots[HIGH] = high[i];
        if (low[i] < slots[LOW]) slots[LOW] = low[i];
      }
      slots[CLOSE] = close[i];
      if (start + interval >= slots[END]) {
        written = this.#write(written, i, out);
        this.#close();
      }
    }
    this.#write(written, length, out);
  }

  /** Writes the last closed bar's values to `[from, to)`. */
  #write(from: number, to: number, out: readonly Float64Array[]): number {
    const slots = this.#slots;
    for (let j = 0; j < NEEDED.length; j++) {
      const value = slots[CLOSED] < NEEDED[j] ? Number.NaN : slots[VALUES_AT + j];
      const column = out[j];
      for (let i = from; i < to; i++) column[i] = value;
    }
    return to;
  }

  #close(): void {
    const slots = this.#slots;
    slots[OPEN] = 0;
    const close = slots[CLOSE];
    const place = slots[CLOSED] % WINDOW;
    const before = slots[LAST_CLOSE];
    slots[CLOSED]++;
    slots[LAST_CLOSE] = close;
    this.#closes[place] = close;
    if (slots[CLOSED] > 1) {
      this.#returns[place] = ln(close / before);
      const change = close - before;
      const rise = this.#rises.next(change > 0 ? change : 0);
      const fall = this.#falls.next(change < 0 ? -change : 0);
      const range = this.#ranges.next(Math.max(slots[HIGH], before) - Math.min(slots[LOW], before));
      slots[VALUES_AT] = close / before - 1;
      if (slots[CLOSED] >= NEEDED[1]) {
        slots[VALUES_AT + 1] = rise + fall <= close * NEGLIGIBLE ? 50 : 100 * (rise / (rise + fall));
        slots[VALUES_AT + 2] = (100 * range) / close;
      }
    }
    if (slots[CLOSED] >= NEEDED[3]) {
      const mean = sumFrom(this.#closes, place) / WINDOW;
      slots[VALUES_AT + 3] = close / mean - 1;
    }
    if (slots[CLOSED] >= NEEDED[4]) {
      const mean = sumFrom(this.#returns, place) / WINDOW;
      let squares = 0;
      for (let k = 1; k <= WINDOW; k++) {
        const deviation = this.#returns[(place + k) % WINDOW] - mean;
        squares += deviation * deviation;
      }
      slots[VALUES_AT + 4] = Math.sqrt(squares / (WINDOW - 1));
    }
  }
}

/** Sum of a ring, oldest first; the newest is at `place`. */
function sumFrom(ring: Float64Array, place: number): number {
  let sum = 0;
  for (let k = 1; k <= WINDOW; k++) sum += ring[(place + k) % WINDOW];
  return sum;
}
