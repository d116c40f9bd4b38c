import { PRICE_NOISE, VOLUME_NOISE } from '../bars/bar-noise';
import type { Bars } from '../bars/bars';

/** Stretches that the history is divided into; when they are full, each is joined with its neighbour. */
const STRETCHES = 512;
/** Prices of a bar. */
const PRICES = 4;

const BARS = 0;
const STRETCH_BARS = 1;
const TIMES_A = 2;
const TIMES_B = 3;
const HEAD = 4;
// the doubles of a stretch
const PRICE_SUM = 0;
const PRICE_SIGNED = 1;
const VOLUME_SUM = 2;
const VOLUME_SIGNED = 3;
const WIDTH = 4;

/** Doubles of a sketch. */
export const SKETCH_SLOTS = HEAD + STRETCHES * WIDTH;

/** A relative difference moves a value on the scale of {@link powersOfTwo} by at most twice as much; 1 % for where a power of two is crossed. */
const SCALE = 2 * 1.01;
/** Randomly signed noise adds up to more than six times the root of its sum of squares once in 30 million sums (Hoeffding's inequality). */
const DEVIATIONS = 6;

const doubles = new Float64Array(1);
const words = new Uint32Array(doubles.buffer);
doubles[0] = 1;
const HIGH_WORD = words[1] === 0x3ff00000 ? 1 : 0;

/**
 * Goes on with a sketch: what is left of a history's bars in bounded memory, to tell noise from another past where a hash can only say that
 * something differs. Timestamps are hashed, since they carry no noise. Of prices and volumes each stretch keeps two sums, on a scale on which a
 * relative difference counts alike at every level: a plain one, which a common factor moves, and one with pseudo-random signs, in which
 * noise cancels and a single changed value does not. At 8,000 bars a stretch is 16 bars long, and a price that has changed by 0.02 % shows; at two
 * million 4,096, and 0.3 %.
 *
 * @param sketch - {@link SKETCH_SLOTS} doubles, 0 before the first bar; changed. The same for the same bars, however they are cut
 * @param bars - the next bars
 */
export function updateSketch(sketch: Float64Array, bars: Bars): void {
  let a = sketch[TIMES_A];
  let b = sketch[TIMES_B];
  for (let i = 0; i < bars.length; i++) {
    const number = sketch[BARS]++;
    if (sketch[STRETCH_BARS] === 0) sketch[STRETCH_BARS] = 1;
    if (number === STRETCHES * sketch[STRETCH_BARS]) joinStretches(sketch);
    doubles[0] = bars.timestamp[i];
    for (let word = 0; word < 2; word++) {
      a = Math.imul(a ^ words[word], 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b + words[word], 0x85ebca77);
      b ^= b >>> 13;
    }
    const open = powersOfTwo(bars.open[i]);
    const high = powersOfTwo(bars.high[i]);
    const low = powersOfTwo(bars.low[i]);
    const close = powersOfTwo(bars.close[i]);
    const volume = powersOfTwo(bars.volume[i]);
    const bits = mixed(number);
    const at = HEAD + Math.floor(number / sketch[STRETCH_BARS]) * WIDTH;
    sketch[at + PRICE_SUM] += open + high + low + close;
    sketch[at + PRICE_SIGNED] +=
      (bits & 1 ? open : -open) + (bits & 2 ? high : -high) + (bits & 4 ? low : -low) + (bits & 8 ? close : -close);
    sketch[at + VOLUME_SUM] += volume;
    sketch[at + VOLUME_SIGNED] += bits & 16 ? volume : -volume;
  }
  sketch[TIMES_A] = a >>> 0;
  sketch[TIMES_B] = b >>> 0;
}

/**
 * @param a - sketch of one history
 * @param b - sketch of another
 * @returns whether both are of as many bars at the same times, and their prices and volumes differ by no more than noise could
 */
export function sketchesAgree(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < HEAD; i++) if (a[i] !== b[i]) return false;
  const bars = a[STRETCH_BARS];
  const plain = SCALE * bars;
  const signed = (values: number) => SCALE * Math.min(values, DEVIATIONS * Math.sqrt(values));
  const most = new Float64Array(WIDTH);
  most[PRICE_SUM] = plain * PRICES * PRICE_NOISE;
  most[PRICE_SIGNED] = signed(PRICES * bars) * PRICE_NOISE;
  most[VOLUME_SUM] = plain * VOLUME_NOISE;
  most[VOLUME_SIGNED] = signed(bars) * VOLUME_NOISE;
  for (let i = HEAD; i < SKETCH_SLOTS; i++) if (Math.abs(a[i] - b[i]) > most[(i - HEAD) % WIDTH]) return false;
  return true;
}

function joinStretches(sketch: Float64Array): void {
  for (let stretch = 0; stretch < STRETCHES; stretch++) {
    for (let i = 0; i < WIDTH; i++) {
      const from = HEAD + 2 * stretch * WIDTH + i;
      sketch[HEAD + stretch * WIDTH + i] = 2 * stretch < STRETCHES ? sketch[from] + sketch[from + WIDTH] : 0;
    }
  }
  sketch[STRETCH_BARS] *= 2;
}

/** Exponent and mantissa of a number of 0 or more, read as one: 1023 for 1, 1023.5 for 1.5, 1024 for 2. A logarithm for the price of a move. */
function powersOfTwo(value: number): number {
  doubles[0] = value;
  return words[HIGH_WORD] * 2 ** -20 + words[1 - HIGH_WORD] * 2 ** -52;
}

/** Bits that look random, of a bar's number (the finaliser of MurmurHash3, A. Appleby, public domain). */
function mixed(number: number): number {
  let h = number | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
