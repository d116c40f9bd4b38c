import type { Bars } from './bars';

/**
 * Chained 64-bit hash of bars: two 32-bit lanes of multiply and xor-shift over the six doubles of each bar. Equal bars in equal order give
 * an equal hash, however they are cut into calls. Made to notice a changed bar, not to withstand somebody who wants a collision.
 */
export class BarHash {
  /** First lane, an unsigned 32-bit integer. */
  a = 0;
  /** Second lane, an unsigned 32-bit integer. */
  b = 0;
  readonly #words = new Uint32Array(12);
  readonly #doubles = new Float64Array(this.#words.buffer);

  /**
   * Goes on with more bars.
   *
   * @param bars - the next bars
   */
  update(bars: Bars): void {
    const doubles = this.#doubles;
    const words = this.#words;
    let a = this.a;
    let b = this.b;
    for (let i = 0; i < bars.length; i++) {
      doubles[0] = bars.timestamp[i];
      doubles[1] = bars.open[i];
      doubles[2] = bars.high[i];
      doubles[3] = bars.low[i];
      doubles[4] = bars.close[i];
      doubles[5] = bars.volume[i];
      for (let w = 0; w < 12; w++) {
        a = Math.imul(a ^ words[w], 0x9e3779b1);
        a ^= a >>> 15;
        b = Math.imul(b + words[w], 0x85ebca77);
        b ^= b >>> 13;
      }
    }
    this.a = a >>> 0;
    this.b = b >>> 0;
  }

  /** The hash so far, 16 hexadecimal digits. */
  get hex(): string {
    return this.a.toString(16).padStart(8, '0') + this.b.toString(16).padStart(8, '0');
  }

  /**
   * @param hex - a hash as {@link BarHash.hex} gives it
   * @returns a hash that goes on from there
   */
  static resume(hex: string): BarHash {
    const hash = new BarHash();
    hash.a = Number.parseInt(hex.slice(0, 8), 16);
    hash.b = Number.parseInt(hex.slice(8), 16);
    return hash;
  }

  /**
   * @param bars - some bars
   * @returns their hash alone
   */
  static of(bars: Bars): string {
    const hash = new BarHash();
    hash.update(bars);
    return hash.hex;
  }
}
