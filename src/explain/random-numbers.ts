/** Random numbers that are the same on every machine: sfc32 of Doty-Humphrey's PractRand. */
export class RandomNumbers {
  #a: number;
  #b: number;
  #c = 0;
  #counter = 1;

  /**
   * One stream for each seed and stream number.
   *
   * @param seed - whole number, 0 to 2^32 - 1
   * @param stream - whole number, 0 to 2^32 - 1
   */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    for (let i = 0; i < 15; i++) this.#next();
  }

  /** Returns 32 random bits as a whole number. */
  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** @param values - put in a random order, each as likely but for 2^-32 of the length (Fisher and Yates) */
  shuffle(values: Float32Array): void {
    for (let last = values.length - 1; last > 0; last--) {
      const other = Math.floor((this.#next() / 2 ** 32) * (last + 1));
      const value = values[last];
      values[last] = values[other];
      values[other] = value;
    }
  }
}
