/**
 * How bins of a column follow from its bins by other thresholds. Where both were chosen by nearly the same rows, they differ by little: what is to be added needs a bit or two a value, where
 * a second bin needs eight.
 */
export interface BinShifts {
  /** By the first bin: the lowest second bin that its values can have; 255, a missing value, stays one. */
  readonly lowest: Uint8Array;
  /** Bits that hold how far above that any value is. */
  readonly bits: 0 | 1 | 2 | 4 | 8;
}

const MISSING = 255;

/**
 * @param first - thresholds, strictly ascending, at most 254
 * @param second - others
 * @returns how to get from bins by the first to bins by the second
 */
export function shiftsBetween(first: Float32Array, second: Float32Array): BinShifts {
  const lowest = new Uint8Array(256).fill(MISSING);
  let widest = 0;
  let below = 0;
  for (let bin = 0; bin <= first.length; bin++) {
    lowest[bin] = below;
    // values of the bin are at most first[bin], and so above all second thresholds below it, and perhaps above no other one
    while (below < second.length && (bin === first.length || second[below] < first[bin])) below++;
    widest = Math.max(widest, below - lowest[bin]);
    if (bin < first.length && second[below] === first[bin]) below++;
  }
  const bits = widest === 0 ? 0 : widest === 1 ? 1 : widest < 4 ? 2 : widest < 16 ? 4 : 8;
  return { lowest, bits };
}

/**
 * @param first - bins by the first thresholds
 * @param second - bins of the same values by the second
 * @param shifts - from {@link shiftsBetween}
 * @param packed - out, `bits` a value, eight values or more at a time
 */
export function packShifts(first: Uint8Array, second: Uint8Array, { lowest, bits }: BinShifts, packed: Uint8Array): void {
  if (bits === 0) return;
  const each = 8 / bits;
  for (let i = 0, at = 0; i < first.length; i += each, at++) {
    const end = Math.min(first.length, i + each);
    let byte = 0;
    for (let k = i, shift = 0; k < end; k++, shift += bits) byte |= (second[k] - lowest[first[k]]) << shift;
    packed[at] = byte;
  }
}

/**
 * @param bins - in: bins by the first thresholds; out: by the second
 * @param shifts - from {@link shiftsBetween}
 * @param packed - what {@link packShifts} wrote
 */
export function applyShifts(bins: Uint8Array, { lowest, bits }: BinShifts, packed: Uint8Array): void {
  const mask = (1 << bits) - 1;
  const inByte = bits === 0 ? 0 : 8 / bits - 1;
  const perByte = bits === 0 ? 0 : Math.log2(8 / bits);
  for (let i = 0; i < bins.length; i++) {
    const shift = bits === 0 ? 0 : (packed[i >> perByte] >> ((i & inByte) * bits)) & mask;
    bins[i] = lowest[bins[i]] + shift;
  }
}
