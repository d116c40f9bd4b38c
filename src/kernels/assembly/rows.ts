// Forecasts of raw values, in a memory that is not shared: a page in a browser has no other. Values are compared as whole numbers, their keys, which have
// the order of the values; that of a missing one is the highest, and one more than it the lowest.
import { addEight } from './walk';

/**
 * Puts columns of values into row order, as keys: both zeros have one key, and every NaN has 2^31 - 1.
 *
 * @param columns - in, f32[features][rows]
 * @param rows - a multiple of 16
 * @param keys - out, i32[rows][features]
 */
export function orderKeys(columns: usize, rows: u32, features: u32, keys: usize): void {
  const length = <usize>rows << 2;
  const stride = <usize>features << 2;
  const zero = f32x4.splat(0);
  const highest = i32x4.splat(0x7fffffff);
  // a cache line of each column
  for (let start: usize = 0; start < length; start += 64) {
    let target = keys + (start >> 2) * stride;
    for (let source = columns + start, end = source + <usize>features * length; source < end; source += length) {
      let to = target;
      for (let four: usize = 0; four < 64; four += 16) {
        const values = f32x4.add(v128.load(source + four), zero);
        const key = v128.xor(values, v128.and(i32x4.shr_s(values, 31), highest));
        const all = v128.bitselect(highest, key, f32x4.ne(values, values));
        store<i32>(to, i32x4.extract_lane(all, 0));
        store<i32>(to + stride, i32x4.extract_lane(all, 1));
        store<i32>(to + 2 * stride, i32x4.extract_lane(all, 2));
        store<i32>(to + 3 * stride, i32x4.extract_lane(all, 3));
        to += 4 * stride;
      }
      target += 4;
    }
  }
}

/**
 * Adds one tree's forecast for every row.
 *
 * @param nodes - in, 16 bytes a node: see `walk.ts`
 * @param values - in, f64 a node
 * @param depth - steps from the root to the deepest leaf
 * @param keys - in, i32[rows][features]
 * @param rows - a multiple of 8
 * @param out - in and out, f64[rows]
 */
export function addTreeOfKeys(nodes: usize, values: usize, depth: u32, keys: usize, features: u32, rows: u32, out: usize): void {
  const stride = <usize>features << 2;
  let row = keys;
  for (const end = out + (<usize>rows << 3); out < end; out += 64) {
    addEight(true, nodes, values, depth, row, stride, out);
    row += 8 * stride;
  }
}
