// How rows go down a tree. A leaf is its own left child, and its step never goes right, so a walk may go on over it: every walk takes as many steps as the
// tree is deep, and eight of them interleave without a branch. `ofKeys` is a constant wherever these functions are inlined, and costs nothing.

/**
 * One step.
 *
 * Of bins: a node is 8 bytes, u32 number of its left child (the right one follows it), u16 feature, u8 last bin that goes left, u8 missing left. A leaf has bin 255
 * and missing right.
 *
 * Of keys: a node is 16 bytes, u32 offset of its left child in bytes (the right one follows it), i32 key of the threshold plus missing left, u32 offset of the feature
 * in a row in bytes, u32 missing left. A leaf has the highest key.
 *
 * @param ofKeys - whether rows hold keys (i32) or bins (u8)
 * @param nodes - in
 * @param node - as its parent names it
 * @param row - in, one value a feature
 * @returns the child
 */
// @ts-ignore: decorator
@inline
export function step(ofKeys: bool, nodes: usize, node: usize, row: usize): usize {
  if (ofKeys) {
    const at = nodes + node;
    const key = load<i32>(row + <usize>load<u32>(at, 8)) + load<i32>(at, 12);
    return <usize>load<u32>(at) + (<usize>(key > load<i32>(at, 4)) << 4);
  }
  const record = load<u64>(nodes + (node << 3));
  const missingLeft = <u32>(record >> 56);
  const bin = <u32>load<u8>(row + (<usize>(record >> 32) & 0xffff));
  return <usize>(<u32>record) + <usize>(((bin + missingLeft) & 255) > ((<u32>(record >> 48) & 255) + missingLeft));
}

/**
 * @param ofKeys - as for {@link step}
 * @param values - in, f64 a node
 * @param node - as its parent names it
 * @returns the node's value
 */
// @ts-ignore: decorator
@inline
export function valueOf(ofKeys: bool, values: usize, node: usize): f64 {
  return load<f64>(values + (ofKeys ? node >> 1 : node << 3));
}

/**
 * Adds one tree's forecast of eight rows.
 *
 * @param ofKeys - as for {@link step}
 * @param nodes - in
 * @param values - in, f64 a node
 * @param depth - steps from the root to the deepest leaf
 * @param row - in, the first of the rows
 * @param stride - bytes of a row
 * @param out - in and out, f64[8]
 */
// @ts-ignore: decorator
@inline
export function addEight(ofKeys: bool, nodes: usize, values: usize, depth: u32, row: usize, stride: usize, out: usize): void {
  let a: usize = 0, b: usize = 0, c: usize = 0, d: usize = 0, e: usize = 0, f: usize = 0, g: usize = 0, h: usize = 0;
  for (let level: u32 = 0; level < depth; level++) {
    a = step(ofKeys, nodes, a, row);
    b = step(ofKeys, nodes, b, row + stride);
    c = step(ofKeys, nodes, c, row + 2 * stride);
    d = step(ofKeys, nodes, d, row + 3 * stride);
    e = step(ofKeys, nodes, e, row + 4 * stride);
    f = step(ofKeys, nodes, f, row + 5 * stride);
    g = step(ofKeys, nodes, g, row + 6 * stride);
    h = step(ofKeys, nodes, h, row + 7 * stride);
  }
  store<f64>(out, load<f64>(out) + valueOf(ofKeys, values, a));
  store<f64>(out, load<f64>(out, 8) + valueOf(ofKeys, values, b), 8);
  store<f64>(out, load<f64>(out, 16) + valueOf(ofKeys, values, c), 16);
  store<f64>(out, load<f64>(out, 24) + valueOf(ofKeys, values, d), 24);
  store<f64>(out, load<f64>(out, 32) + valueOf(ofKeys, values, e), 32);
  store<f64>(out, load<f64>(out, 40) + valueOf(ofKeys, values, f), 40);
  store<f64>(out, load<f64>(out, 48) + valueOf(ofKeys, values, g), 48);
  store<f64>(out, load<f64>(out, 56) + valueOf(ofKeys, values, h), 56);
}
