// PCG32 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
// Generation", pcg-random.org): integers only, and a stream of its own for every tree. It lives here and not in a
// package because a bootstrap needs as many draws as there are rows, next to the counts that they increment.

const MULTIPLIER: u64 = 6364136223846793005;

// @ts-ignore: decorator
@inline
function next(random: usize): u32 {
  const state = load<u64>(random);
  store<u64>(random, state * MULTIPLIER + load<u64>(random, 8));
  const shifted = <u32>(((state >> 18) ^ state) >> 27);
  return rotr<u32>(shifted, <u32>(state >> 59));
}

// Lemire 2019, "Fast Random Integer Generation in an Interval": a multiplication, and a rejection that makes it exact.
// @ts-ignore: decorator
@inline
export function below(random: usize, bound: u32): u32 {
  let product = <u64>next(random) * bound;
  if (<u32>product < bound) {
    const threshold: u32 = (0 - bound) % bound;
    while (<u32>product < threshold) product = <u64>next(random) * bound;
  }
  return <u32>(product >> 32);
}

/**
 * Starts stream `stream` of `seed`.
 *
 * @param random - out, u64[2]: state and increment
 * @param seed - whole number, 0 to 2^53 - 1
 */
export function seedStream(random: usize, seed: f64, stream: u32): void {
  store<u64>(random, 0);
  store<u64>(random, (<u64>stream << 1) | 1, 8);
  next(random);
  store<u64>(random, load<u64>(random) + <u64>seed);
  next(random);
}

/** A whole number from 0 to `bound - 1`, each as likely. */
export function drawBelow(random: usize, bound: u32): u32 {
  return below(random, bound);
}

/** Fills bytes with zeros. */
export function clear(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}

/**
 * Draws `draws` times among `count` rows, with replacement.
 *
 * @param weights - in and out, u16[count]: how often each row was drawn
 */
export function drawWithReplacement(random: usize, draws: u32, count: u32, weights: usize): void {
  for (let i: u32 = 0; i < draws; i++) {
    const at = weights + (<usize>below(random, count) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
}

/**
 * Draws among rows `[from, to)` of `count`, of which all are drawn in row order, without replacement (Knuth, TAOCP volume 2, algorithm S).
 *
 * @param wanted - how many rows are still to be drawn
 * @param weights - out, u16[count]: 1 for a drawn row, 0 for the others
 * @returns how many are to be drawn after these
 */
export function drawSubset(random: usize, from: u32, to: u32, count: u32, wanted: u32, weights: usize): u32 {
  let left = wanted;
  for (let i = from; i < to; i++) {
    const take = below(random, count - i) < left;
    store<u16>(weights + (<usize>i << 1), <u16>take);
    left -= <u32>take;
  }
  return left;
}
