/**
 * The weighted mean of the target over a node's rows, in Float64, in row order.
 *
 * @param target - in, f64 by row number
 * @param rows - in, u32, positions `[from, to)`, not empty
 * @param packed - in, i64: the weight is in the low `countBits` bits
 */
export function leafMean(target: usize, rows: usize, packed: usize, from: u32, to: u32, countBits: u32): f64 {
  const mask: i64 = ((<i64>1) << countBits) - 1;
  let sum: f64 = 0;
  let weights: i64 = 0;
  for (let i: usize = from; i < <usize>to; i++) {
    const weight = load<i64>(packed + (i << 3)) & mask;
    sum += <f64>weight * load<f64>(target + (<usize>load<u32>(rows + (i << 2)) << 3));
    weights += weight;
  }
  return sum / <f64>weights;
}

/** Whether all rows at positions `[from, to)` (not empty) have the same target: 1 or 0. Stops at the first that differs. */
export function isConstant(target: usize, rows: usize, from: u32, to: u32): u32 {
  const first = load<f64>(target + (<usize>load<u32>(rows + (<usize>from << 2)) << 3));
  for (let i: usize = from + 1; i < <usize>to; i++) {
    if (load<f64>(target + (<usize>load<u32>(rows + (i << 2)) << 3)) != first) return 0;
  }
  return 1;
}

/**
 * Adds a number to some rows of a column.
 *
 * @param column - in and out, f64 by row number
 */
export function addToRows(column: usize, rows: usize, from: u32, to: u32, value: f64): void {
  for (let i: usize = from; i < <usize>to; i++) {
    const at = column + (<usize>load<u32>(rows + (i << 2)) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}
