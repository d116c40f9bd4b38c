/**
 * Copies together what belongs to a node's rows, and numbers them anew, from 0.
 *
 * @param table - in, u8[...][features]: bins by row, readable 16 bytes past its end
 * @param target - in, f64 by row number; 0: is not copied
 * @param rows - in and out, u32, positions `[from, to)`: row numbers, and then 0, 1, 2 and so on
 * @param bins - out, u8[to - from][features]; up to 15 bytes past its end are written, too
 * @param values - out, f64[to - from]: the target; nothing, if none is copied
 */
export function copyRows(
  table: usize, features: u32, target: usize, rows: usize, from: u32, to: u32, bins: usize, values: usize,
): void {
  let into = bins;
  for (let i: u32 = 0; i < to - from; i++) {
    const place = rows + (<usize>(from + i) << 2);
    const row = <usize>load<u32>(place);
    store<u32>(place, i);
    if (target != 0) store<f64>(values + (<usize>i << 3), load<f64>(target + (row << 3)));
    const next = into + features;
    // what is written past the end of a row, the next one replaces
    for (let source = table + row * features; into < next; into += 16) {
      v128.store(into, v128.load(source));
      source += 16;
    }
    into = next;
  }
}
