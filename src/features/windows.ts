import { windowMemory } from './window-memory';

/**
 * Finite windows over a {@link History}, without drift: nothing is ever subtracted from a running total.
 *
 * Conventions of every function here: `values[at + i]` is the series at the block's bar i, `count` bars are written to `out[0..count)`,
 * `window` values end at the bar itself, and the history reaches back at least `window - 1`. A window that reaches before the first bar holds
 * NaN there, and so is its result.
 *
 * Sum, maximum and minimum cut time into pieces of `window` bars, aligned to the absolute bar number `first`: every window is a suffix of one
 * piece and a prefix of the next, each accumulated in a fixed order (M. van Herk 1992; J. Gil and M. Werman 1993). One addition or
 * comparison a bar and part, exact for extremes, and the same bits wherever the series is cut.
 */

let suffix = new Float64Array(512);

/** Sums are most of what is asked for, so they have a loop of their own. */
function foldSums(values: Float64Array, at: number, count: number, first: number, window: number, out: Float64Array): void {
  if (suffix.length < window) suffix = new Float64Array(window);
  const suffixes = suffix;
  const last = window - 1;
  let phase = first % window;
  // prefix of the running piece, up to the bar before the block
  let prefix = 0;
  for (let k = phase; k > 0; k--) prefix = k === phase ? values[at - k] : prefix + values[at - k];
  sumSuffixes(values, at - phase, window, phase + 1, suffixes);
  for (let i = 0; i < count; i++) {
    const value = values[at + i];
    prefix = phase === 0 ? value : prefix + value;
    // the suffix starts one place after the bar's own place in the piece before
    if (phase < last) {
      phase++;
      out[i] = suffixes[phase] + prefix;
    } else {
      phase = 0;
      out[i] = prefix;
      sumSuffixes(values, at + i + 1, window, 1, suffixes);
    }
  }
}

/** suffixes[k] = sum of the piece that ends before `end`, from its place k to its last, from the right. */
function sumSuffixes(values: Float64Array, end: number, window: number, from: number, suffixes: Float64Array): void {
  if (from > window - 1) return;
  let running = values[end - 1];
  suffixes[window - 1] = running;
  for (let k = window - 2; k >= from; k--) {
    running += values[end - window + k];
    suffixes[k] = running;
  }
}

/** The same of largest values; of smallest ones, if `sign` is -1: those of the values with the other sign. */
function foldExtremes(
  sign: 1 | -1,
  values: Float64Array,
  at: number,
  count: number,
  first: number,
  window: number,
  out: Float64Array,
): void {
  if (suffix.length < window) suffix = new Float64Array(window);
  const suffixes = suffix;
  const last = window - 1;
  let phase = first % window;
  let prefix = Number.NEGATIVE_INFINITY;
  for (let k = phase; k > 0; k--) prefix = Math.max(prefix, sign * values[at - k]);
  largestSuffixes(sign, values, at - phase, window, phase + 1, suffixes);
  for (let i = 0; i < count; i++) {
    prefix = Math.max(prefix, sign * values[at + i]);
    if (phase < last) {
      phase++;
      out[i] = sign * Math.max(suffixes[phase], prefix);
    } else {
      phase = 0;
      out[i] = sign * prefix;
      prefix = Number.NEGATIVE_INFINITY;
      largestSuffixes(sign, values, at + i + 1, window, 1, suffixes);
    }
  }
}

function largestSuffixes(sign: 1 | -1, values: Float64Array, end: number, window: number, from: number, suffixes: Float64Array): void {
  let running = Number.NEGATIVE_INFINITY;
  for (let k = window - 1; k >= from; k--) {
    running = Math.max(running, sign * values[end - window + k]);
    suffixes[k] = running;
  }
}

/**
 * Sum of the last `window` values.
 *
 * @param values - history and block, see the head of this file
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar
 * @param window - 1 or more
 * @param out - written on `[0, count)`
 */
export function rollingSum(values: Float64Array, at: number, count: number, first: number, window: number, out: Float64Array): void {
  foldSums(values, at, count, first, window, out);
}

/** Largest of the last `window` values; parameters as in {@link rollingSum}. */
export function rollingMax(values: Float64Array, at: number, count: number, first: number, window: number, out: Float64Array): void {
  foldExtremes(1, values, at, count, first, window, out);
}

/** Smallest of the last `window` values; parameters as in {@link rollingSum}. */
export function rollingMin(values: Float64Array, at: number, count: number, first: number, window: number, out: Float64Array): void {
  foldExtremes(-1, values, at, count, first, window, out);
}

/** Mean of the last `window` values; parameters as in {@link rollingSum}. */
export function rollingMean(values: Float64Array, at: number, count: number, first: number, window: number, out: Float64Array): void {
  foldSums(values, at, count, first, window, out);
  for (let i = 0; i < count; i++) out[i] /= window;
}

/**
 * Sum of squared deviations of the last `window` values from a given centre, recomputed for each window in a fixed order.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param window - 1 or more
 * @param centre - the centre of each bar's window, such as its mean; `count` long
 * @param out - written on `[0, count)`; may not be `centre`
 */
export function rollingSquares(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  centre: Float64Array,
  out: Float64Array,
): void {
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.squares(count, window, centre, out);
}

/**
 * Sum of absolute deviations of the last `window` values from a given centre; parameters as in {@link rollingSquares}.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param window - 1 or more
 * @param centre - the centre of each bar's window, such as its mean; `count` long
 * @param out - written on `[0, count)`; may not be `centre`
 */
export function rollingDeviations(
  values: Float64Array,
  at: number,
  count: number,
  window: number,
  centre: Float64Array,
  out: Float64Array,
): void {
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.deviations(count, window, centre, out);
}
