// A histogram is i64[features][256]: for every bin of a feature, the sum of the packed values of the rows in it.

// Rows gathered at a time. Their copy overlaps the cache misses; the additions that follow run from the first-level cache.
// 192 and 256 are 5 % faster where that cache has 48 KiB; with 128, block and cells still fit into 32 KiB.
const BLOCK: u32 = 128;

// Adds a block of rows to the histograms of all features, eight features a pass: eight independent chains, 16 KiB of cells.
function addBlock(bins: usize, stride: usize, features: u32, packed: usize, count: u32, histogram: usize): void {
  const end = packed + (<usize>count << 3);
  let feature: u32 = 0;
  for (; feature + 8 <= features; feature += 8) {
    const cells = histogram + (<usize>feature << 11);
    let at = bins + feature;
    for (let value = packed; value < end; value += 8) {
      const v = load<i64>(value);
      let cell = cells + (<usize>load<u8>(at) << 3);
      store<i64>(cell, load<i64>(cell) + v);
      cell = cells + (<usize>load<u8>(at, 1) << 3);
      store<i64>(cell, load<i64>(cell, 2048) + v, 2048);
      cell = cells + (<usize>load<u8>(at, 2) << 3);
      store<i64>(cell, load<i64>(cell, 4096) + v, 4096);
      cell = cells + (<usize>load<u8>(at, 3) << 3);
      store<i64>(cell, load<i64>(cell, 6144) + v, 6144);
      cell = cells + (<usize>load<u8>(at, 4) << 3);
      store<i64>(cell, load<i64>(cell, 8192) + v, 8192);
      cell = cells + (<usize>load<u8>(at, 5) << 3);
      store<i64>(cell, load<i64>(cell, 10240) + v, 10240);
      cell = cells + (<usize>load<u8>(at, 6) << 3);
      store<i64>(cell, load<i64>(cell, 12288) + v, 12288);
      cell = cells + (<usize>load<u8>(at, 7) << 3);
      store<i64>(cell, load<i64>(cell, 14336) + v, 14336);
      at += stride;
    }
  }
  for (; feature < features; feature++) {
    const cells = histogram + (<usize>feature << 11);
    let at = bins + feature;
    for (let value = packed; value < end; value += 8) {
      const cell = cells + (<usize>load<u8>(at) << 3);
      store<i64>(cell, load<i64>(cell) + load<i64>(value));
      at += stride;
    }
  }
}

/**
 * Adds rows of a node to the histograms of all features, which begin with zeros.
 *
 * @param bins - in, u8[...][features], row-major, readable 16 bytes past its end
 * @param rows - in, u32: row numbers, ascending; those at positions `[from, to)` are added
 * @param packed - in, i64: the packed value of the row at the same position
 * @param buffer - scratch of 128 * (features rounded up to 16) bytes
 * @param histogram - in and out, i64[features][256]
 */
export function histogramAll(
  bins: usize, features: u32, rows: usize, packed: usize, from: u32, to: u32, buffer: usize, histogram: usize,
): void {
  if (from >= to) return;
  // ascending row numbers without a gap: nothing to gather
  const first = load<u32>(rows + (<usize>from << 2));
  const whole = load<u32>(rows + (<usize>(to - 1) << 2)) - first == to - 1 - from;
  const width = (<usize>features + 15) & ~15;
  for (let start = from; start < to; start += BLOCK) {
    const count = min<u32>(BLOCK, to - start);
    const values = packed + (<usize>start << 3);
    if (whole) {
      addBlock(bins + <usize>(first + start - from) * features, features, features, values, count, histogram);
      continue;
    }
    let target = buffer;
    for (let row = rows + (<usize>start << 2), end = row + (<usize>count << 2); row < end; row += 4) {
      let source = bins + <usize>load<u32>(row) * features;
      for (const stop = target + width; target < stop; target += 16) {
        v128.store(target, v128.load(source));
        source += 16;
      }
    }
    addBlock(buffer, width, features, values, count, histogram);
  }
}

/**
 * Adds rows of a node to the histograms of a few features, which begin with zeros. The bin of feature k and row r is at `offset[k] + r * stride`,
 * so either order of the bins will do: by row, a row's bins share a cache line or two; by column, a large node reads only the
 * features it asks for, one after the other.
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
  for (let start = from; start < to; start += BLOCK) {
    const size = <usize>min<u32>(BLOCK, to - start);
    const values = packed + (<usize>start << 3);
    let places = rows + (<usize>start << 2);
    if (stride != 1) {
      // the misses of the block's first lines overlap here; nothing depends on them
      const first = <usize>load<u32>(offsets);
      const last = <usize>load<u32>(offsets + (<usize>(count - 1) << 2));
      let seen: u32 = 0;
      for (let k: usize = 0; k < size; k++) {
        const at = <usize>load<u32>(places + (k << 2)) * stride;
        seen ^= <u32>load<u8>(first + at) ^ <u32>load<u8>(last + at);
        store<u32>(buffer + (k << 2), <u32>at);
      }
      store<u32>(buffer + (size << 2), seen);
      places = buffer;
    }
    const end = places + (size << 2);
    let k: u32 = 0;
    for (; k + 4 <= count; k += 4) {
      const cells = histogram + (<usize>k << 11);
      const list = offsets + (<usize>k << 2);
      const offset0 = <usize>load<u32>(list);
      const offset1 = <usize>load<u32>(list, 4);
      const offset2 = <usize>load<u32>(list, 8);
      const offset3 = <usize>load<u32>(list, 12);
      let value = values;
      for (let place = places; place < end; place += 4) {
        const row = <usize>load<u32>(place);
        const v = load<i64>(value);
        let cell = cells + (<usize>load<u8>(row + offset0) << 3);
        store<i64>(cell, load<i64>(cell) + v);
        cell = cells + (<usize>load<u8>(row + offset1) << 3);
        store<i64>(cell, load<i64>(cell, 2048) + v, 2048);
        cell = cells + (<usize>load<u8>(row + offset2) << 3);
        store<i64>(cell, load<i64>(cell, 4096) + v, 4096);
        cell = cells + (<usize>load<u8>(row + offset3) << 3);
        store<i64>(cell, load<i64>(cell, 6144) + v, 6144);
        value += 8;
      }
    }
    for (; k < count; k++) {
      const cells = histogram + (<usize>k << 11);
      const offset = <usize>load<u32>(offsets + (<usize>k << 2));
      let value = values;
      for (let place = places; place < end; place += 4) {
        const cell = cells + (<usize>load<u8>(<usize>load<u32>(place) + offset) << 3);
        store<i64>(cell, load<i64>(cell) + load<i64>(value));
        value += 8;
      }
    }
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
