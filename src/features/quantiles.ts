/** How many of a window's smallest values {@link rollingWorst} keeps. */
const KEPT = 4;

/**
 * The four smallest values of each window, ascending: enough for the 5 % tail of up to 60 values. They depend on the window's values alone, so
 * they are carried from bar to bar and looked up again only when one of them leaves.
 *
 * @param values - history and block, conventions as at the head of `windows.ts`
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar
 * @param window - 4 or more
 * @param from - absolute number of the first bar whose window is full; bars before it get NaN
 * @param out - four columns, written on `[0, count)`
 */
export function rollingWorst(
  values: Float64Array,
  at: number,
  count: number,
  first: number,
  window: number,
  from: number,
  out: readonly [Float64Array, Float64Array, Float64Array, Float64Array],
): void {
  const [w0, w1, w2, w3] = out;
  const worst = new Float64Array(KEPT);
  let known = false;
  for (let i = 0; i < count; i++) {
    if (first + i < from) {
      worst.fill(Number.NaN);
    } else {
      if (!known || values[at + i - window] <= worst[KEPT - 1]) {
        worst.fill(Number.POSITIVE_INFINITY);
        for (let k = at + i + 1 - window; k <= at + i; k++) insert(worst, values[k]);
      } else {
        insert(worst, values[at + i]);
      }
      known = true;
    }
    w0[i] = worst[0];
    w1[i] = worst[1];
    w2[i] = worst[2];
    w3[i] = worst[3];
  }
}

/** Puts a value at its place among ascending ones; the largest falls out. */
function insert(worst: Float64Array, value: number): void {
  if (!(value < worst[KEPT - 1])) return;
  let place = KEPT - 1;
  while (place > 0 && worst[place - 1] > value) {
    worst[place] = worst[place - 1];
    place--;
  }
  worst[place] = value;
}
