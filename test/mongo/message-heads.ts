/** Four bytes little-endian each: a message's length, these four among it; and 12 bytes in, what kind of message it is. */
const LENGTH_END = 4;
const KIND_START = 12;
const HEADER_END = 16;

/** An answer in the old form, which drivers get to their first greeting. */
const OP_REPLY = 1;
/** Up to its first document's length: flags, cursor, position, and how many documents there are. */
const OLD_HEAD = 40;
/** The same of an OP_MSG: flags, kind of section. */
const HEAD = 25;

/** Follows a stream of MongoDB's messages, which the network cuts and joins as it likes: who is busy gets two messages in one chunk, or half of one. */
export class MessageHeads {
  #offset = 0;
  #length = 0;
  #kind = 0;

  /**
   * @param chunk - what comes next in the stream
   * @returns the positions in it that are not of a message's head: of all that tells a reader how much there is to read
   */
  bodies(chunk: Uint8Array): number[] {
    const bodies: number[] = [];
    for (const [i, byte] of chunk.entries()) {
      const offset = this.#offset++;
      if (offset < LENGTH_END) this.#length += byte * 256 ** offset;
      if (offset >= KIND_START && offset < HEADER_END) this.#kind += byte * 256 ** (offset - KIND_START);
      if (offset >= (this.#kind === OP_REPLY ? OLD_HEAD : HEAD)) bodies.push(i);
      // what says that it is shorter than its header is no message, and nothing is known of where the next one begins
      if (this.#length < HEADER_END || this.#offset < Math.max(HEADER_END, this.#length)) continue;
      this.#offset = 0;
      this.#length = 0;
      this.#kind = 0;
    }
    return bodies;
  }
}
