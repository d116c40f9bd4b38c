/** Bits of a field's number and kind: whole numbers, and runs of bytes with their length before them. */
const VARINT = 0;
const BYTES = 2;

/**
 * A message of Protocol Buffers, written field by field: whole numbers, texts, bytes and messages within messages are all that an ONNX file of trees is made of. Fields may come in any order.
 */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /**
   * @param field - number of the field
   * @param value - whole number, 0 or more
   * @returns this message
   */
  int(field: number, value: number): this {
    this.#parts.push(varints([field * 8 + VARINT, value]));
    return this;
  }

  /**
   * @param field - number of the field
   * @param values - whole numbers, 0 or more: a repeated field, packed
   * @returns this message
   */
  ints(field: number, values: Iterable<number>): this {
    return this.bytes(field, varints(values));
  }

  /**
   * @param field - number of the field
   * @param value - any text
   * @returns this message
   */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /**
   * @param field - number of the field
   * @param values - bytes
   * @returns this message
   */
  bytes(field: number, values: Uint8Array): this {
    this.#parts.push(varints([field * 8 + BYTES, values.length]), values);
    return this;
  }

  /**
   * @param field - number of the field
   * @param messages - one, or several of a repeated field
   * @returns this message
   */
  message(field: number, ...messages: readonly Message[]): this {
    for (const message of messages) this.bytes(field, message.encode());
    return this;
  }

  /** @returns the message's bytes */
  encode(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Seven bits a byte, the lowest first; the eighth says that there are more. */
function varints(values: Iterable<number>): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}
