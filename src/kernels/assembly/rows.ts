// Forecasts of raw values, in a memory that is not shared: a page in a browser has no other. Values are compared as whole numbers, their keys, which have
// the order of the values; that of a missing one is the highest, and one more than it the lowest.

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

// A node is 16 bytes: u32 offset of its left child in bytes (the right one follows it), i32 key of the threshold plus missing left, u32 offset of the
// feature in a row in bytes, u32 missing left. A leaf is its own left child with the highest key, so a walk may go on over it: see prediction.ts.

// @ts-ignore: decorator
@inline
function step(nodes: usize, node: usize, row: usize): usize {
  const at = nodes + node;
  const key = load<i32>(row + <usize>load<u32>(at, 8)) + load<i32>(at, 12);
  return <usize>load<u32>(at) + (<usize>(key > load<i32>(at, 4)) << 4);
}

/**
 * Adds one tree's forecast for every row.
 *
 * @param nodes - in, 16 bytes a node
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
    let a: usize = 0, b: usize = 0, c: usize = 0, d: usize = 0, e: usize = 0, f: usize = 0, g: usize = 0, h: usize = 0;
    for (let level: u32 = 0; level < depth; level++) {
      a = step(nodes, a, row);
      b = step(nodes, b, row + stride);
      c = step(nodes, c, row + 2 * stride);
      d = step(nodes, d, row + 3 * stride);
      e = step(nodes, e, row + 4 * stride);
      f = step(nodes, f, row + 5 * stride);
      g = step(nodes, g, row + 6 * stride);
      h = step(nodes, h, row + 7 * stride);
    }
    store<f64>(out, load<f64>(out) + load<f64>(values + (a >> 1)));
    store<f64>(out, load<f64>(out, 8) + load<f64>(values + (b >> 1)), 8);
    store<f64>(out, load<f64>(out, 16) + load<f64>(values + (c >> 1)), 16);
    store<f64>(out, load<f64>(out, 24) + load<f64>(values + (d >> 1)), 24);
    store<f64>(out, load<f64>(out, 32) + load<f64>(values + (e >> 1)), 32);
    store<f64>(out, load<f64>(out, 40) + load<f64>(values + (f >> 1)), 40);
    store<f64>(out, load<f64>(out, 48) + load<f64>(values + (g >> 1)), 48);
    store<f64>(out, load<f64>(out, 56) + load<f64>(values + (h >> 1)), 56);
    row += 8 * stride;
  }
}
