// One bin up, modulo 256, makes the missing bin the lowest.
// @ts-ignore: decorator
@inline
function isLeft(at: usize, missingLeft: u32, limit: u32): usize {
  return <usize>(((<u32>load<u8>(at) + missingLeft) & 255) <= limit);
}

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
  const limit = bin + missingLeft;
  let left: usize = from;
  let right: usize = 0;
  for (let i: usize = from; i < <usize>to; i++) {
    const row = load<u32>(rows + (i << 2));
    const value = load<i64>(packed + (i << 3));
    const goesLeft = isLeft(column + <usize>row * stride, missingLeft, limit);
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

/**
 * How many rows of a part of a node go left, for {@link divideRows}; parameters as in {@link partitionRows}.
 */
export function countLeft(column: usize, stride: u32, bin: u32, missingLeft: u32, rows: usize, from: u32, to: u32): u32 {
  const limit = bin + missingLeft;
  let left: usize = 0;
  for (let i: usize = from; i < <usize>to; i++) left += isLeft(column + <usize>load<u32>(rows + (i << 2)) * stride, missingLeft, limit);
  return <u32>left;
}

/**
 * Divides a part of a node's rows, each side in its old order, into other lists: threads that know how many go left in the parts before theirs may divide a node together.
 *
 * @param rows - in, u32, positions `[from, to)`
 * @param packed - in, i64
 * @param intoRows - out, u32: from `left` and from `right` on
 * @param intoPacked - out, i64: the same
 */
export function divideRows(
  column: usize, stride: u32, bin: u32, missingLeft: u32, rows: usize, packed: usize, from: u32, to: u32, intoRows: usize, intoPacked: usize,
  left: u32, right: u32,
): void {
  const limit = bin + missingLeft;
  let leftAt: usize = left;
  let rightAt: usize = right;
  for (let i: usize = from; i < <usize>to; i++) {
    const row = load<u32>(rows + (i << 2));
    const goesLeft = isLeft(column + <usize>row * stride, missingLeft, limit);
    const at = select<usize>(leftAt, rightAt, goesLeft);
    store<u32>(intoRows + (at << 2), row);
    store<i64>(intoPacked + (at << 3), load<i64>(packed + (i << 3)));
    leftAt += goesLeft;
    rightAt += 1 - goesLeft;
  }
}
