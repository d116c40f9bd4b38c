// A node is 8 bytes: u32 number of its left child (the right one follows it), u16 feature, u8 last bin that goes left,
// u8 missing left. A leaf is its own left child with bin 255 and missing right, so a walk may go on over it: every walk
// takes as many steps as the tree is deep, and eight of them interleave without a branch.

// @ts-ignore: decorator
@inline
function step(nodes: usize, node: usize, row: usize): usize {
  const record = load<u64>(nodes + (node << 3));
  const missingLeft = <u32>(record >> 56);
  const bin = <u32>load<u8>(row + (<usize>(record >> 32) & 0xffff));
  return <usize>(<u32>record) + <usize>(((bin + missingLeft) & 255) > ((<u32>(record >> 48) & 255) + missingLeft));
}

/**
 * Adds one tree's prediction for rows `[from, to)`.
 *
 * @param nodes - in, 8 bytes a node
 * @param values - in, f64 a node
 * @param depth - steps from the root to the deepest leaf
 * @param bins - in, u8[...][features], row-major
 * @param out - in and out, f64, at row `from`
 */
export function addTree(nodes: usize, values: usize, depth: u32, bins: usize, features: u32, from: u32, to: u32, out: usize): void {
  const stride = <usize>features;
  let row = bins + <usize>from * stride;
  let i = from;
  for (; i + 8 <= to; i += 8) {
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
    store<f64>(out, load<f64>(out) + load<f64>(values + (a << 3)));
    store<f64>(out, load<f64>(out, 8) + load<f64>(values + (b << 3)), 8);
    store<f64>(out, load<f64>(out, 16) + load<f64>(values + (c << 3)), 16);
    store<f64>(out, load<f64>(out, 24) + load<f64>(values + (d << 3)), 24);
    store<f64>(out, load<f64>(out, 32) + load<f64>(values + (e << 3)), 32);
    store<f64>(out, load<f64>(out, 40) + load<f64>(values + (f << 3)), 40);
    store<f64>(out, load<f64>(out, 48) + load<f64>(values + (g << 3)), 48);
    store<f64>(out, load<f64>(out, 56) + load<f64>(values + (h << 3)), 56);
    out += 64;
    row += 8 * stride;
  }
  for (; i < to; i++) {
    let node: usize = 0;
    for (let level: u32 = 0; level < depth; level++) node = step(nodes, node, row);
    store<f64>(out, load<f64>(out) + load<f64>(values + (node << 3)));
    out += 8;
    row += stride;
  }
}
