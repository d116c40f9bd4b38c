// A histogram is i64[features][256]: for every bin of a feature, the sum of the packed values of the rows in it.

// Rows gathered at a time. Their copy overlaps the cache misses; the additions that follow run from the first-level cache.
// 192 and 256 are 5 % faster where that cache has 48 KiB; with 128, block and cells still fit into 32 KiB.
const BLOCK: u32 = 128;
// Rows added to eight features before the next eight, where bins are read by column: their numbers and values stay in the second-level cache meanwhile.
const COLUMN_BLOCK: u32 = 2048;
// By column, a node of one row in so many reads a cache line for a few rows each; a sparser one finds less in it than in a line of a row.
const DENSE: u32 = 7;
// Fewer rows are too few to begin on every column for them.
const MANY: u32 = 512;

// Adds rows to as many features as T has bytes, whose bins are next to each other: independent chains, eight at most, that is 16 KiB of cells.
// @ts-ignore: decorator
@inline
function addRows<T>(at: usize, stride: usize, packed: usize, end: usize, cells: usize): void {
  for (let value = packed; value < end; value += 8) {
    const v = load<i64>(value);
    let cell = cells + (<usize>load<u8>(at) << 3);
    store<i64>(cell, load<i64>(cell) + v);
    if (sizeof<T>() > 1) {
      cell = cells + (<usize>load<u8>(at, 1) << 3);
      store<i64>(cell, load<i64>(cell, 2048) + v, 2048);
    }
    if (sizeof<T>() > 2) {
      cell = cells + (<usize>load<u8>(at, 2) << 3);
      store<i64>(cell, load<i64>(cell, 4096) + v, 4096);
      cell = cells + (<usize>load<u8>(at, 3) << 3);
      store<i64>(cell, load<i64>(cell, 6144) + v, 6144);
    }
    if (sizeof<T>() > 4) {
      cell = cells + (<usize>load<u8>(at, 4) << 3);
      store<i64>(cell, load<i64>(cell, 8192) + v, 8192);
      cell = cells + (<usize>load<u8>(at, 5) << 3);
      store<i64>(cell, load<i64>(cell, 10240) + v, 10240);
      cell = cells + (<usize>load<u8>(at, 6) << 3);
      store<i64>(cell, load<i64>(cell, 12288) + v, 12288);
      cell = cells + (<usize>load<u8>(at, 7) << 3);
      store<i64>(cell, load<i64>(cell, 14336) + v, 14336);
    }
    at += stride;
  }
}

// The same, with each feature's bins where a list says.
// @ts-ignore: decorator
@inline
function addListed<T>(list: usize, rows: usize, end: usize, packed: usize, cells: usize): void {
  const a = <usize>load<u32>(list);
  const b = sizeof<T>() > 1 ? <usize>load<u32>(list, 4) : 0;
  const c = sizeof<T>() > 2 ? <usize>load<u32>(list, 8) : 0;
  const d = sizeof<T>() > 2 ? <usize>load<u32>(list, 12) : 0;
  const e = sizeof<T>() > 4 ? <usize>load<u32>(list, 16) : 0;
  const f = sizeof<T>() > 4 ? <usize>load<u32>(list, 20) : 0;
  const g = sizeof<T>() > 4 ? <usize>load<u32>(list, 24) : 0;
  const h = sizeof<T>() > 4 ? <usize>load<u32>(list, 28) : 0;
  let value = packed;
  for (let place = rows; place < end; place += 4) {
    const row = <usize>load<u32>(place);
    const v = load<i64>(value);
    let cell = cells + (<usize>load<u8>(row + a) << 3);
    store<i64>(cell, load<i64>(cell) + v);
    if (sizeof<T>() > 1) {
      cell = cells + (<usize>load<u8>(row + b) << 3);
      store<i64>(cell, load<i64>(cell, 2048) + v, 2048);
    }
    if (sizeof<T>() > 2) {
      cell = cells + (<usize>load<u8>(row + c) << 3);
      store<i64>(cell, load<i64>(cell, 4096) + v, 4096);
      cell = cells + (<usize>load<u8>(row + d) << 3);
      store<i64>(cell, load<i64>(cell, 6144) + v, 6144);
    }
    if (sizeof<T>() > 4) {
      cell = cells + (<usize>load<u8>(row + e) << 3);
      store<i64>(cell, load<i64>(cell, 8192) + v, 8192);
      cell = cells + (<usize>load<u8>(row + f) << 3);
      store<i64>(cell, load<i64>(cell, 10240) + v, 10240);
      cell = cells + (<usize>load<u8>(row + g) << 3);
      store<i64>(cell, load<i64>(cell, 12288) + v, 12288);
      cell = cells + (<usize>load<u8>(row + h) << 3);
      store<i64>(cell, load<i64>(cell, 14336) + v, 14336);
    }
    value += 8;
  }
}

function addBlock(bins: usize, stride: usize, features: u32, packed: usize, count: u32, histogram: usize): void {
  const end = packed + (<usize>count << 3);
  let feature: u32 = 0;
  for (; feature + 8 <= features; feature += 8) addRows<u64>(bins + feature, stride, packed, end, histogram + (<usize>feature << 11));
  if (features & 4) {
    addRows<u32>(bins + feature, stride, packed, end, histogram + (<usize>feature << 11));
    feature += 4;
  }
  if (features & 2) {
    addRows<u16>(bins + feature, stride, packed, end, histogram + (<usize>feature << 11));
    feature += 2;
  }
  if (features & 1) addRows<u8>(bins + feature, stride, packed, end, histogram + (<usize>feature << 11));
}

function addBlockListed(list: usize, count: u32, rows: usize, size: usize, packed: usize, histogram: usize): void {
  const end = rows + (size << 2);
  let k: u32 = 0;
  for (; k + 8 <= count; k += 8) addListed<u64>(list + (<usize>k << 2), rows, end, packed, histogram + (<usize>k << 11));
  if (count & 4) {
    addListed<u32>(list + (<usize>k << 2), rows, end, packed, histogram + (<usize>k << 11));
    k += 4;
  }
  if (count & 2) {
    addListed<u16>(list + (<usize>k << 2), rows, end, packed, histogram + (<usize>k << 11));
    k += 2;
  }
  if (count & 1) addListed<u8>(list + (<usize>k << 2), rows, end, packed, histogram + (<usize>k << 11));
}

/**
 * Adds rows of a node to the histograms of all features, which begin with zeros. Rows that lie close together are read by column: that takes 52 ns a row of 95
 * features instead of 59 where a node has two rows of three, 57 instead of 71 where it has three of ten; others are gathered by row.
 *
 * @param table - in, u8[...][features]: bins by row, readable 16 bytes past its end
 * @param columns - in, u8[features][matrixRows]: the same by column
 * @param rows - in, u32: row numbers, ascending; those at positions `[from, to)` are added
 * @param packed - in, i64: the packed value of the row at the same position
 * @param buffer - scratch of 128 * (features rounded up to 16) bytes
 * @param histogram - in and out, i64[features][256]
 */
export function histogramAll(
  table: usize, columns: usize, matrixRows: u32, features: u32, rows: usize, packed: usize, from: u32, to: u32, buffer: usize, histogram: usize,
): void {
  if (from >= to) return;
  const many = to - from;
  const span = load<u32>(rows + (<usize>(to - 1) << 2)) - load<u32>(rows + (<usize>from << 2));
  if (many >= MANY && span / DENSE < many) {
    for (let feature: u32 = 0; feature < features; feature++) {
      store<u32>(buffer + (<usize>feature << 2), <u32>(columns + <usize>feature * <usize>matrixRows));
    }
    for (let start = from; start < to; start += COLUMN_BLOCK) {
      addBlockListed(
        buffer, features, rows + (<usize>start << 2), <usize>min<u32>(COLUMN_BLOCK, to - start), packed + (<usize>start << 3), histogram,
      );
    }
    return;
  }
  const width = (<usize>features + 15) & ~15;
  for (let start = from; start < to; start += BLOCK) {
    const count = min<u32>(BLOCK, to - start);
    let target = buffer;
    for (let row = rows + (<usize>start << 2), end = row + (<usize>count << 2); row < end; row += 4) {
      let source = table + <usize>load<u32>(row) * features;
      for (const stop = target + width; target < stop; target += 16) {
        v128.store(target, v128.load(source));
        source += 16;
      }
    }
    addBlock(buffer, width, features, packed + (<usize>start << 3), count, histogram);
  }
}

/**
 * Adds rows of a node to the histograms of a few features, which begin with zeros. The bin of feature k and row r is at `offset[k] + r * stride`,
 * so either order of the bins will do: by row, a row's bins share a cache line or two; by column, a large node reads only the
 * features it asks for.
 *
 * @param offsets - in, u32[count]: address of each feature's bin of row 0
 * @param stride - bytes from a row to the next: 1 by column, the number of features by row
 * @param rows - in, u32: row numbers; those at positions `[from, to)` are added
 * @param packed - in, i64: the packed value of the row at the same position
 * @param buffer - scratch of 516 bytes
 * @param histogram - in and out, i64[count][256]
 */
export function histogramDrawn(
  offsets: usize, count: u32, stride: u32, rows: usize, packed: usize, from: u32, to: u32, buffer: usize, histogram: usize,
): void {
  if (stride == 1) {
    for (let start = from; start < to; start += COLUMN_BLOCK) {
      addBlockListed(
        offsets, count, rows + (<usize>start << 2), <usize>min<u32>(COLUMN_BLOCK, to - start), packed + (<usize>start << 3), histogram,
      );
    }
    return;
  }
  const first = <usize>load<u32>(offsets);
  const last = <usize>load<u32>(offsets + (<usize>(count - 1) << 2));
  for (let start = from; start < to; start += BLOCK) {
    const size = <usize>min<u32>(BLOCK, to - start);
    const places = rows + (<usize>start << 2);
    // the misses of the block's first lines overlap here; nothing depends on them
    let seen: u32 = 0;
    for (let k: usize = 0; k < size; k++) {
      const at = <usize>load<u32>(places + (k << 2)) * stride;
      seen ^= <u32>load<u8>(first + at) ^ <u32>load<u8>(last + at);
      store<u32>(buffer + (k << 2), <u32>at);
    }
    store<u32>(buffer + (size << 2), seen);
    addBlockListed(offsets, count, buffer, size, packed + (<usize>start << 3), histogram);
  }
}

/**
 * Turns a parent's histogram into that of one child, given the other's.
 *
 * @param parent - in and out, i64[cells]
 * @param child - in, i64[cells]
 * @param cells - a multiple of 2
 */
export function subtractHistogram(parent: usize, child: usize, cells: u32): void {
  for (const end = parent + (<usize>cells << 3); parent < end; parent += 16) {
    v128.store(parent, i64x2.sub(v128.load(parent), v128.load(child)));
    child += 16;
  }
}

/**
 * Adds another histogram, of other rows.
 *
 * @param histogram - in and out, i64[cells]
 * @param other - in, i64[cells]
 * @param cells - a multiple of 2
 */
export function addHistogram(histogram: usize, other: usize, cells: u32): void {
  for (const end = histogram + (<usize>cells << 3); histogram < end; histogram += 16) {
    v128.store(histogram, i64x2.add(v128.load(histogram), v128.load(other)));
    other += 16;
  }
}
