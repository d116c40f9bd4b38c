import { windowMemory } from './window-memory';

/** Rolling drawdowns; conventions as at the head of `windows.ts`. A drawdown is a positive share: 0.1 is 10 % below the high. */

let suffixHigh = new Float64Array(64);
let suffixKept = new Float64Array(64);

/**
 * Largest fall from a high to a later value inside the window, as a share of the high.
 *
 * With (high, low, least share kept) of two neighbouring pieces, the pair's is the least of both shares and of right low / left high. So
 * windows are put together from a suffix and a prefix as in `windows.ts`, at a few comparisons a bar; division is monotonic, so the result is
 * the one that looking at all pairs gives, to the bit.
 *
 * @param values - history and block, positive
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar
 * @param window - 2 or more
 * @param out - written on `[0, count)`, 0 to 1, NaN on the first `window - 1` bars of all
 */
export function rollingMaxDrawdown(
  values: Float64Array,
  at: number,
  count: number,
  first: number,
  window: number,
  out: Float64Array,
): void {
  if (suffixHigh.length < window) {
    suffixHigh = new Float64Array(window);
    suffixKept = new Float64Array(window);
  }
  let phase = first % window;
  let high = 0;
  let low = Number.POSITIVE_INFINITY;
  let kept = 1;
  fillSuffix(values, at - phase, window, phase + 1);
  // the running piece begins `phase` bars before the block
  for (let i = -phase; i < count; i++) {
    const value = values[at + i];
    if (value > high) high = value;
    if (value < low) low = value;
    const share = value / high;
    if (share < kept) kept = share;
    if (i < 0) continue;
    phase++;
    let least = kept;
    if (phase < window) {
      if (suffixKept[phase] < least) least = suffixKept[phase];
      const across = low / suffixHigh[phase];
      if (across < least) least = across;
    } else {
      phase = 0;
      high = 0;
      low = Number.POSITIVE_INFINITY;
      kept = 1;
      fillSuffix(values, at + i + 1, window, 1);
    }
    out[i] = first + i < window - 1 ? Number.NaN : 1 - least;
  }
}

/** suffixHigh[k] and suffixKept[k] = highest value and least share of the piece that ends before `end`, from its place k to its last. */
function fillSuffix(values: Float64Array, end: number, window: number, from: number): void {
  let high = 0;
  let low = Number.POSITIVE_INFINITY;
  let kept = 1;
  for (let place = window - 1; place >= from; place--) {
    const value = values[end - window + place];
    if (value > high) high = value;
    if (value < low) low = value;
    const share = low / value;
    if (share < kept) kept = share;
    suffixHigh[place] = high;
    suffixKept[place] = kept;
  }
}

/**
 * Sum over the window of squared percent drawdowns, each from the highest value so far in the window.
 *
 * @param values - history and block, positive
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar
 * @param window - 1 or more
 * @param out - written on `[0, count)`, NaN on the first `window - 1` bars of all
 */
export function rollingSquaredDrawdowns(
  values: Float64Array,
  at: number,
  count: number,
  first: number,
  window: number,
  out: Float64Array,
): void {
  const memory = windowMemory();
  memory.load(values, at, count, window);
  memory.squaredDrawdowns(count, window, out);
  for (let i = 0; first + i < window - 1 && i < count; i++) out[i] = Number.NaN;
}

/**
 * How many bars ago the window had its highest value; the latest one counts if several are equal.
 *
 * @param values - history and block
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar
 * @param window - 1 or more
 * @param out - written on `[0, count)`, 0 to `window - 1`, NaN on the first `window - 1` bars of all
 */
export function rollingBarsSinceHigh(
  values: Float64Array,
  at: number,
  count: number,
  first: number,
  window: number,
  out: Float64Array,
): void {
  let highest = -1;
  for (let i = 0; i < count; i++) {
    if (first + i < window - 1) {
      out[i] = Number.NaN;
      continue;
    }
    const end = at + i;
    const start = end - window + 1;
    if (highest >= start && values[end] < values[highest]) {
      out[i] = end - highest;
      continue;
    }
    if (highest >= start) {
      highest = end;
    } else {
      highest = start;
      for (let k = start + 1; k <= end; k++) if (values[k] >= values[highest]) highest = k;
    }
    out[i] = end - highest;
  }
}
