/**
 * Divides the rows of a node between its children, each side in its old order: left at `[from, middle)`, right at `[middle, to)`.
 *
 * @param column - in, u8: the bin of row r is at `column + r * stride`
 * @param stride - 1 if the bins lie by column, the number of features if by row
 * @param bin - last bin that goes left, at most 254
 * @param missingLeft - 1 if missing values (bin 255) go left, else 0
 * @param rows - in and out, u32
 * @param packed - in and out, i64
 * @param spareRows - scratch, u32[to - from]
 * @param sparePacked - scratch, i64[to - from]
 * @returns middle
 */
export function partitionRows(
  column: usize, stride: u32, bin: u32, missingLeft: u32, rows: usize, packed: usize, from: u32, to: u32, spareRows: usize, sparePacked: usize,
): u32 {
  // one bin up, modulo 256, makes the missing bin the lowest
  const limit = bin + missingLeft;
  let left: usize = from;
  let right: usize = 0;
  for (let i: usize = from; i < <usize>to; i++) {
    const row = load<u32>(rows + (i << 2));
    const value = load<i64>(packed + (i << 3));
    const goesLeft = <usize>(((<u32>load<u8>(column + <usize>row * stride) + missingLeft) & 255) <= limit);
    // written to both sides, kept on one: no branch to mispredict
    store<u32>(rows + (left << 2), row);
    store<i64>(packed + (left << 3), value);
    store<u32>(spareRows + (right << 2), row);
    store<i64>(sparePacked + (right << 3), value);
    left += goesLeft;
    right += 1 - goesLeft;
  }
  memory.copy(rows + (left << 2), spareRows, right << 2);
  memory.copy(packed + (left << 3), sparePacked, right << 3);
  return <u32>left;
}
