// A packed value is one signed 64-bit integer: weight * fixed-point gradient in the high bits, the weight in the low
// `countBits` bits. Adding packed values adds both at once; the sum keeps them apart as long as the total weight is below
// 2^countBits and the total |weight * gradient| below 2^(62 - countBits), which the caller sees to by its scale.

// A row's weight is how often it was drawn, times its own weight. A row of own weight 0 is absent: nothing of it is read, and it has no entry among the draws.

/**
 * Sum of weight * |target - centre| in row order.
 *
 * @param target - in, f64, at the first row
 * @param draws - in, u16, at the first row that is present, one each; 0 for "every row was drawn once"
 * @param own - in, u16, at the first row; 0 for "every row's own weight is 1"
 */
export function absoluteSum(target: usize, draws: usize, own: usize, count: u32, centre: f64): f64 {
  let sum: f64 = 0;
  if (own) {
    let draw = draws;
    for (let i: u32 = 0; i < count; i++) {
      const weight = <u32>load<u16>(own + (<usize>i << 1));
      if (weight == 0) continue;
      const times = draws ? <u32>load<u16>(draw) : 1;
      draw += 2;
      if (times != 0) sum += <f64>(times * weight) * abs(load<f64>(target + (<usize>i << 3)) - centre);
    }
    return sum;
  }
  for (let i: u32 = 0; i < count; i++) {
    const weight = draws ? <f64>load<u16>(draws + (<usize>i << 1)) : 1;
    sum += weight * abs(load<f64>(target + (<usize>i << 3)) - centre);
  }
  return sum;
}

/**
 * Sum of the weights of rows that have weights of their own.
 *
 * @param draws - in, u16, at the first row that is present, one each; 0 for "every row was drawn once"
 * @param own - in, u16, at the first row
 */
export function totalWeight(draws: usize, own: usize, count: u32): f64 {
  let sum: i64 = 0;
  let draw = draws;
  for (let i: u32 = 0; i < count; i++) {
    const weight = <u32>load<u16>(own + (<usize>i << 1));
    if (weight == 0) continue;
    sum += <i64>weight * (draws ? <i64>load<u16>(draw) : 1);
    draw += 2;
  }
  return <f64>sum;
}

/**
 * Lists the rows of positive weight with their packed values.
 *
 * @param target - in, f64, at row `first`
 * @param draws - in, u16, at the first row that is present, one each; 0 for "every row was drawn once"
 * @param own - in, u16, at row `first`; 0 for "every row's own weight is 1"
 * @param first - number of the first row
 * @param scale - power of two that turns a centred target into its fixed-point gradient
 * @param rows - out, u32[count]
 * @param packed - out, i64[count]
 * @returns how many rows were listed
 */
export function packRows(
  target: usize, draws: usize, own: usize, first: u32, count: u32, centre: f64, scale: f64, countBits: u32, rows: usize, packed: usize,
): u32 {
  let listed: u32 = 0;
  if (own) {
    let draw = draws;
    for (let i: u32 = 0; i < count; i++) {
      const weight = <i64>load<u16>(own + (<usize>i << 1));
      if (weight == 0) continue;
      const times = draws ? <i64>load<u16>(draw) : 1;
      draw += 2;
      if (times == 0) continue;
      const gradient = <i64>floor<f64>((load<f64>(target + (<usize>i << 3)) - centre) * scale + 0.5);
      store<u32>(rows + (<usize>listed << 2), first + i);
      store<i64>(packed + (<usize>listed << 3), ((gradient * weight * times) << countBits) + weight * times);
      listed++;
    }
    return listed;
  }
  for (let i: u32 = 0; i < count; i++) {
    const weight = draws ? <i64>load<u16>(draws + (<usize>i << 1)) : 1;
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
