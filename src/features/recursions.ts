/**
 * Recursive averages with TA-Lib's seeds. Each works on slots of a {@link FoldState}, so that its whole memory is saved with the family's.
 * They are never warmed up again: an update goes on where the last one stopped.
 */

/** Exponential moving average, seeded by the simple mean of its first `period` values (TA-Lib `EMA`). */
export class Ema {
  /** Slots that an instance needs: count, and sum until seeded, average after. */
  static readonly SLOTS = 2;
  readonly #slots: Float64Array;
  readonly #period: number;
  readonly #weight: number;

  /**
   * @param slots - {@link Ema.SLOTS} doubles of state
   * @param period - 1 or more; weight of a new value is 2 / (period + 1)
   */
  constructor(slots: Float64Array, period: number) {
    this.#slots = slots;
    this.#period = period;
    this.#weight = 2 / (period + 1);
  }

  /**
   * @param value - the next value, finite
   * @returns the average, NaN for the first `period - 1` values
   */
  next(value: number): number {
    const slots = this.#slots;
    if (slots[0] === this.#period) {
      slots[1] += (value - slots[1]) * this.#weight;
      return slots[1];
    }
    slots[0]++;
    slots[1] += value;
    if (slots[0] < this.#period) return Number.NaN;
    slots[1] /= this.#period;
    return slots[1];
  }
}

/** Wilder's smoothed average, seeded by the simple mean of its first `period` values (TA-Lib's RSI and ATR). */
export class WilderAverage {
  /** Slots that an instance needs: count, and sum until seeded, average after. */
  static readonly SLOTS = 2;
  readonly #slots: Float64Array;
  readonly #period: number;

  /**
   * @param slots - {@link WilderAverage.SLOTS} doubles of state
   * @param period - 1 or more; weight of a new value is 1 / period
   */
  constructor(slots: Float64Array, period: number) {
    this.#slots = slots;
    this.#period = period;
  }

  /**
   * @param value - the next value, finite
   * @returns the average, NaN for the first `period - 1` values
   */
  next(value: number): number {
    const slots = this.#slots;
    const period = this.#period;
    if (slots[0] === period) {
      slots[1] = (slots[1] * (period - 1) + value) / period;
      return slots[1];
    }
    slots[0]++;
    slots[1] += value;
    if (slots[0] < period) return Number.NaN;
    slots[1] /= period;
    return slots[1];
  }
}
