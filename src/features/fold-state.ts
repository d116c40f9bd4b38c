import { TickerforestError } from '../errors';
import { counted } from '../options/checks';
import { described } from '../text';
import { BLOCK_BARS } from './family';

/** Doubles that a fold may remember in one piece. */
const MOST_DOUBLES = 1_000_000;

/**
 * The last values of a series followed by the block's own, so that a window is always one contiguous piece.
 * Value i of the current block is `values[lookback + i]`; `values[lookback - 1]` is the last one of the block before.
 * Before the first bar the past is NaN, which makes warm-up fall out of the arithmetic.
 */
export class History {
  /** `lookback` past values, then room for a block. */
  readonly values: Float64Array;
  /** How many past values are kept. */
  readonly lookback: number;

  /** @param lookback - past values to keep: a window of w ending at the current bar needs w - 1 */
  constructor(lookback: number) {
    this.lookback = lookback;
    this.values = new Float64Array(lookback + BLOCK_BARS).fill(Number.NaN, 0, lookback);
  }

  /**
   * Copies a block's column into place.
   *
   * @param column - the block's values, at most `BLOCK_BARS`
   */
  load(column: Float64Array): void {
    this.values.set(column, this.lookback);
  }
}

/**
 * Everything a family remembers between blocks, as Float64: slots that a recursion overwrites, and histories.
 * The engine saves and restores it without knowing what it means.
 */
export class FoldState {
  readonly #parts: Float64Array[] = [];
  readonly #slots = new Set<Float64Array>();
  readonly #histories: History[] = [];
  #isComplete = false;

  /**
   * @param count - number of doubles
   * @returns slots of 0 that live as long as the fold. They never hold NaN: 0 and a counter say "not yet".
   * @throws TickerforestError `FEATURE_FAILED` once the fold runs: what it remembers is allocated when it is made
   */
  slots(count: number): Float64Array {
    this.#assertOpen(count);
    const slots = new Float64Array(count);
    this.#parts.push(slots);
    this.#slots.add(slots);
    return slots;
  }

  /**
   * @param lookback - how many past values to keep, 0 or more
   * @returns a series with a past
   * @throws TickerforestError as {@link FoldState.slots}
   */
  history(lookback: number): History {
    this.#assertOpen(lookback);
    const history = new History(lookback);
    this.#histories.push(history);
    this.#parts.push(history.values.subarray(0, lookback));
    return history;
  }

  #assertOpen(count: number): void {
    if (this.#isComplete) {
      throw new TickerforestError('FEATURE_FAILED', 'memory of a fold is asked for while it runs; ask for all of it when the fold is made');
    }
    if (!(Number.isSafeInteger(count) && count >= 0 && count <= MOST_DOUBLES)) {
      throw new TickerforestError(
        'FEATURE_FAILED',
        `a fold asks for ${described(count)} doubles of memory; ask for 0 to ${counted(MOST_DOUBLES)}`,
      );
    }
  }

  /** From now on nothing more can be allocated. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Whether there is a NaN or an infinity in a slot, where none may be. */
  get isSpoilt(): boolean {
    for (const slots of this.#slots) for (let i = 0; i < slots.length; i++) if (!Number.isFinite(slots[i])) return true;
    return false;
  }

  /**
   * Ends a block: every history keeps its last values.
   *
   * @param count - bars in the block
   */
  advance(count: number): void {
    for (const { values, lookback } of this.#histories) values.copyWithin(0, count, count + lookback);
  }

  /** Number of doubles that {@link save} writes. */
  get size(): number {
    return this.#parts.reduce((size, part) => size + part.length, 0);
  }

  /**
   * @param into - where to write, at least `at + size` long
   * @param at - first index
   * @returns the index after the last one written
   */
  save(into: Float64Array, at: number): number {
    for (const part of this.#parts) {
      into.set(part, at);
      at += part.length;
    }
    return at;
  }

  /**
   * Goes back to what was saved in this process, which nobody need doubt.
   *
   * @param from - what {@link save} wrote
   * @param at - first index
   * @returns the index after the last one read
   */
  putBack(from: Float64Array, at: number): number {
    for (const part of this.#parts) {
      part.set(from.subarray(at, at + part.length));
      at += part.length;
    }
    return at;
  }

  /**
   * @param from - what {@link save} wrote
   * @param at - first index
   * @returns the index after the last one read; null if there is NaN in slots, which {@link save} never writes
   */
  restore(from: Float64Array, at: number): number | null {
    const end = this.putBack(from, at);
    return [...this.#slots].some((slots) => slots.some(Number.isNaN)) ? null : end;
  }
}

/**
 * @param states - what several folds remember
 * @returns number of doubles that {@link saveAll} writes
 */
export function sizeOf(states: readonly FoldState[]): number {
  return states.reduce((size, state) => size + state.size, 0);
}

/**
 * @param states - what several folds remember
 * @param into - where to write, {@link sizeOf} long. Default: a new array
 * @returns where it was written, one after the other
 */
export function saveAll(states: readonly FoldState[], into: Float64Array = new Float64Array(sizeOf(states))): Float64Array {
  let at = 0;
  for (const state of states) at = state.save(into, at);
  return into;
}

/**
 * Goes back to what was saved in this process, which nobody need doubt.
 *
 * @param states - what several folds remember
 * @param from - what {@link saveAll} wrote
 */
export function putBackAll(states: readonly FoldState[], from: Float64Array): void {
  let at = 0;
  for (const state of states) at = state.putBack(from, at);
}

/**
 * @param states - what several folds remember
 * @param from - what {@link saveAll} wrote, {@link sizeOf} long
 * @returns whether it can have been written by {@link saveAll}; if not, the folds cannot be used
 */
export function restoreAll(states: readonly FoldState[], from: Float64Array): boolean {
  let at = 0;
  for (const state of states) {
    const end = state.restore(from, at);
    if (end === null) return false;
    at = end;
  }
  return true;
}
