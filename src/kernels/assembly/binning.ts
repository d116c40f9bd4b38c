/**
 * Bins one run of a column: the number of thresholds below the value, or 255 for a missing one.
 * The search has eight steps and no branch, so that several values are in flight at once.
 *
 * @param values - in, f32[count]
 * @param thresholds - in, f32[256], strictly ascending, padded with +Infinity
 * @param bins - out, u8[count]
 */
export function binColumn(values: usize, count: u32, thresholds: usize, bins: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<f32>(values + (<usize>i << 2));
    let at = thresholds;
    at += select<usize>(512, 0, value > load<f32>(at, 508));
    at += select<usize>(256, 0, value > load<f32>(at, 252));
    at += select<usize>(128, 0, value > load<f32>(at, 124));
    at += select<usize>(64, 0, value > load<f32>(at, 60));
    at += select<usize>(32, 0, value > load<f32>(at, 28));
    at += select<usize>(16, 0, value > load<f32>(at, 12));
    at += select<usize>(8, 0, value > load<f32>(at, 4));
    at += select<usize>(4, 0, value > load<f32>(at));
    store<u8>(bins + i, select<u32>(255, <u32>((at - thresholds) >> 2), value != value));
  }
}

/**
 * Copies column-major bins into row-major order, 64 rows at a time so that both sides stay in the first-level cache.
 *
 * @param columns - in, u8[features][rows]: feature f of row r at `columns + f * rows + r`
 * @param table - out, u8[rows][features]
 */
export function transposeBins(columns: usize, rows: u32, features: u32, from: u32, to: u32, table: usize): void {
  for (let start = from; start < to; start += 64) {
    const count = min<u32>(64, to - start);
    for (let feature: u32 = 0; feature < features; feature++) {
      let source = columns + <usize>feature * rows + start;
      let target = table + <usize>start * features + feature;
      for (const end = source + count; source < end; source++) {
        store<u8>(target, load<u8>(source));
        target += features;
      }
    }
  }
}
