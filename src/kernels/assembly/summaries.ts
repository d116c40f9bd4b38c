// The open chunk of a feature's summary is eight doubles: how many values, the first of them (the pivot), the sums of the first to fourth powers of what they
// differ from it, the lowest value, the highest.

/**
 * Adds values to a chunk and counts them by size: `SummaryFold` in TypeScript, to the bit. Sums are taken in the values' order, two powers at a time.
 *
 * @param values - in, f64[count]: what is not finite is no value
 * @param chunk - in and out, f64[8]
 * @param counts - in and out, u32[2][length]: positive values, then negative ones, by the upper 15 bits of their magnitude less `first`
 * @param first - may be below 0
 * @param others - out, f64[count]: values without a count, and subnormal ones
 * @returns how many others, and in the upper 16 bits how many zeros
 */
export function collect(values: usize, count: u32, chunk: usize, counts: usize, first: i32, length: u32, others: usize): u32 {
  const end = values + (<usize>count << 3);
  let seen = load<f64>(chunk);
  let pivot = load<f64>(chunk, 8);
  let low = v128.load(chunk, 16);
  let high = v128.load(chunk, 32);
  let least = v128.load64_splat(chunk, 48);
  let most = v128.load64_splat(chunk, 56);
  let zeros: u32 = 0;
  let other = others;
  for (; values < end; values += 8) {
    const x = load<f64>(values);
    const top = <u32>(reinterpret<u64>(x) >> 48);
    const size = top & 0x7fff;
    if (size >= 0x7ff0) continue;
    if (seen == 0) pivot = x;
    seen += 1;
    const d = x - pivot;
    const dd = d * d;
    const powers = f64x2.replace_lane(f64x2.splat(d), 1, dd);
    low = f64x2.add(low, powers);
    high = f64x2.add(high, f64x2.mul(f64x2.splat(dd), powers));
    const both = f64x2.splat(x);
    least = f64x2.pmin(least, both);
    most = f64x2.pmax(most, both);
    const place = size - <u32>first;
    if (size >= 16 && place < length) {
      const at = counts + (<usize>(place + (top >> 15) * length) << 2);
      store<u32>(at, load<u32>(at) + 1);
    } else if (x == 0) {
      zeros++;
    } else {
      store<f64>(other, x);
      other += 8;
    }
  }
  store<f64>(chunk, seen);
  store<f64>(chunk, pivot, 8);
  v128.store(chunk, low, 16);
  v128.store(chunk, high, 32);
  store<f64>(chunk, f64x2.extract_lane(least, 0), 48);
  store<f64>(chunk, f64x2.extract_lane(most, 0), 56);
  return ((other - others) >> 3) | (zeros << 16);
}
