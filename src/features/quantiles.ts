/**
 * The few smallest values of each window, ascending, as many as there are columns: four are enough for the 5 % tail of 60 values. They depend on the window's values alone, so
 * they are carried from bar to bar and looked up again only when one of them leaves.
 *
 * @param values - history and block, conventions as at the head of `windows.ts`
 * @param at - index of the block's first bar in `values`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar
 * @param window - at least as many as the columns
 * @param from - absolute number of the first bar whose window is full; bars before it get NaN
 * @param out - the columns, written on `[0, count)`
 */
export function rollingWorst(
  values: Float64Array,
  at: number,
  count: number,
  first: number,
  window: number,
  from: number,
  out: readonly Float64Array[],
): void {
  const kept = out.length;
  const worst = new Float64Array(kept);
  let known = false;
  for (let i = 0; i < count; i++) {
    if (first + i < from) {
      worst.fill(Number.NaN);
    } else {
      if (!known || values[at + i - window] <= worst[kept - 1]) {
        worst.fill(Number.POSITIVE_INFINITY);
        for (let k = at + i + 1 - window; k <= at + i; k++) insert(worst, values[k]);
      } else {
        insert(worst, values[at + i]);
      }
      known = true;
    }
    for (let place = 0; place < kept; place++) out[place][i] = worst[place];
  }
}

/** Puts a value at its place among ascending ones; the largest falls out. */
function insert(worst: Float64Array, value: number): void {
  let place = worst.length - 1;
  if (!(value < worst[place])) return;
  while (place > 0 && worst[place - 1] > value) {
    worst[place] = worst[place - 1];
    place--;
  }
  worst[place] = value;
}
