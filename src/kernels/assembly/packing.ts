// A packed value is one signed 64-bit integer: weight * fixed-point gradient in the high bits, the weight in the low
// `countBits` bits. Adding packed values adds both at once; the sum keeps them apart as long as the total weight is below
// 2^countBits and the total |weight * gradient| below 2^(62 - countBits), which the caller sees to by its scale.

/**
 * Sum of weight * |target - centre| in row order.
 *
 * @param target - in, f64, at the first row
 * @param weights - in, u16, at the first row; 0 for "every weight is 1"
 */
export function absoluteSum(target: usize, weights: usize, count: u32, centre: f64): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const weight = weights ? <f64>load<u16>(weights + (<usize>i << 1)) : 1;
    sum += weight * abs(load<f64>(target + (<usize>i << 3)) - centre);
  }
  return sum;
}

/**
 * Lists the rows of positive weight with their packed values.
 *
 * @param target - in, f64, at row `first`
 * @param weights - in, u16, at row `first`; 0 for "every weight is 1"
 * @param first - number of the first row
 * @param scale - power of two that turns a centred target into its fixed-point gradient
 * @param rows - out, u32[count]
 * @param packed - out, i64[count]
 * @returns how many rows were listed
 */
export function packRows(
  target: usize, weights: usize, first: u32, count: u32, centre: f64, scale: f64, countBits: u32, rows: usize, packed: usize,
): u32 {
  let listed: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const weight = weights ? <i64>load<u16>(weights + (<usize>i << 1)) : 1;
    const gradient = <i64>floor<f64>((load<f64>(target + (<usize>i << 3)) - centre) * scale + 0.5);
    store<u32>(rows + (<usize>listed << 2), first + i);
    store<i64>(packed + (<usize>listed << 3), ((gradient * weight) << countBits) + weight);
    listed += <u32>(weight != 0);
  }
  return listed;
}

/**
 * Adds packed values.
 *
 * @param packed - in, i64[count]
 * @param out - out, i64
 */
export function sumPacked(packed: usize, count: u32, out: usize): void {
  let sum: i64 = 0;
  for (let i: u32 = 0; i < count; i++) sum += load<i64>(packed + (<usize>i << 3));
  store<i64>(out, sum);
}
