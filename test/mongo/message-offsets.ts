/** A message's own first field: its length, little-endian, these four bytes among it. */
const LENGTH_BYTES = 4;
/** No message is shorter: what says less is none, and nothing is known of where the next one begins. */
const SHORTEST = 16;

/** Follows a stream of MongoDB's messages, which the network cuts and joins as it likes: who is busy gets two answers in one chunk, or half of one. */
export class MessageOffsets {
  #offset = 0;
  #length = 0;

  /**
   * @param chunk - what comes next in the stream
   * @returns for each of its bytes, the number of bytes before it in its message
   */
  next(chunk: Uint8Array): Uint32Array {
    const offsets = new Uint32Array(chunk.length);
    for (const [i, byte] of chunk.entries()) {
      offsets[i] = this.#offset;
      if (this.#offset < LENGTH_BYTES) this.#length += byte * 256 ** this.#offset;
      this.#offset++;
      if (this.#offset < LENGTH_BYTES || this.#length < SHORTEST || this.#offset < this.#length) continue;
      this.#offset = 0;
      this.#length = 0;
    }
    return offsets;
  }
}
