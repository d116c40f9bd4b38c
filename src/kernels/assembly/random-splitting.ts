import { below } from './sampling';

/**
 * Finds the best of one random split a feature, as extremely randomised trees are split. The cut is uniform between the lowest and the highest value of the node,
 * as far as its bins tell them, and goes to the nearest end of a bin: bins whose middle is below it go left. Missing values go left or right, whichever is better; where all others are in
 * one bin, the split parts missing values from them. A feature with a single value draws nothing.
 *
 * @param random - in and out: the random stream; one number is drawn for each feature of several occupied bins, in the order of the slots
 * @param histogram - in, i64[slots][256]
 * @param features - in, u32[slots]: the feature of each slot, ascending
 * @param binCounts - in, u32 by feature: how many bins it has, missing not counted
 * @param ranges - in, f32[...][256][2] by feature: lowest and highest value of each bin
 * @param total - in, i64: the node's packed total
 * @param minLeaf - smallest weight of a child, at least 1
 * @param result - in and out, 40 bytes: see bestSplit
 */
export function randomSplit(
  random: usize, histogram: usize, features: usize, slots: u32, binCounts: usize, ranges: usize, total: usize, countBits: u32, minLeaf: u32, result: usize,
): void {
  const all = load<i64>(total);
  const mask: i64 = ((<i64>1) << countBits) - 1;
  const shift = <i64>countBits;
  const count = all & mask;
  const sum = all >> shift;
  const least = <i64>minLeaf;
  let best = load<f64>(result);
  for (let slot: u32 = 0; slot < slots; slot++) {
    const cells = histogram + (<usize>slot << 11);
    const feature = load<u32>(features + (<usize>slot << 2));
    const missing = load<i64>(cells, 2040);
    const bins = load<u32>(binCounts + (<usize>feature << 2));
    let first: u32 = 0;
    while (first < bins && load<i64>(cells + (<usize>first << 3)) == 0) first++;
    if (first == bins) continue;
    let last = bins - 1;
    while (load<i64>(cells + (<usize>last << 3)) == 0) last--;
    let bin = bins - 1;
    if (first < last) {
      const own = ranges + (<usize>feature << 11);
      const low = <f64>load<f32>(own + (<usize>first << 3));
      const high = <f64>load<f32>(own + (<usize>last << 3), 4);
      const cut = low + (<f64>below(random, 0x80000000) / 2147483648.0) * (high - low);
      bin = first;
      for (; bin + 1 < last; bin++) {
        const next = own + (<usize>(bin + 1) << 3);
        if ((<f64>load<f32>(next) + <f64>load<f32>(next, 4)) / 2 > cut) break;
      }
    } else if (missing == 0) continue;
    let left: i64 = 0;
    const end = cells + (<usize>min(bin, last) << 3);
    for (let cell = cells + (<usize>first << 3); cell <= end; cell += 8) left += load<i64>(cell);
    for (let side: u32 = 0; side < 2; side++) {
      if (side) left += missing;
      const countLeft = left & mask;
      const countRight = count - countLeft;
      if (countRight >= least && countLeft >= least) {
        const difference = <f64>((left >> shift) * count - sum * countLeft);
        const score = (difference * difference) / <f64>(countLeft * countRight);
        if (score > best) {
          best = score;
          store<f64>(result, score);
          store<u32>(result, feature, 8);
          store<u32>(result, bin, 12);
          store<u32>(result, missing == 0 ? 2 : side, 16);
          store<i64>(result, left, 24);
          store<i64>(result, all - left, 32);
        }
      }
      if (missing == 0) break;
    }
  }
}
