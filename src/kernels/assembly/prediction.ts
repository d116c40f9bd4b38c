import { addEight, step, valueOf } from './walk';

/**
 * Adds one tree's prediction for rows `[from, to)`.
 *
 * @param nodes - in, 8 bytes a node: see `walk.ts`
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
    addEight(false, nodes, values, depth, row, stride, out);
    out += 64;
    row += 8 * stride;
  }
  for (; i < to; i++) {
    let node: usize = 0;
    for (let level: u32 = 0; level < depth; level++) node = step(false, nodes, node, row);
    store<f64>(out, load<f64>(out) + valueOf(false, values, node));
    out += 8;
    row += stride;
  }
}
