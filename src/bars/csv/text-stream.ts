import { StringDecoder } from 'node:string_decoder';
import { TickerforestError } from '../../errors';

/** What a file that is text, but no CSV, begins with. */
const OTHER_TEXT: readonly { readonly start: RegExp; readonly advice: string }[] = [
  {
    start: /^\s*<(?:!|\?xml|html|head|body|table)/i,
    advice: 'is HTML or XML, an error page of the vendor perhaps; fetch the CSV file again',
  },
  { start: /^\s*[[{]\s*["[{\d]/, advice: "is JSON, not CSV; read it with jsonBars() of 'tickerforest/json'" },
];

/** Turns a file's bytes into text: UTF-8 or, told by a byte order mark, UTF-16; bytes that are no UTF-8 are taken for Latin-1, as old spreadsheets write it. */
export class TextStream {
  readonly #file: string;
  #decoder: StringDecoder | undefined;
  #isStart = true;
  /** Whether lines end with CR alone, as the old Macintosh wrote them and its spreadsheets still do; undefined until the first line has ended. */
  #endsWithCr: boolean | undefined;
  /** A CR that ended the text so far, before that was known. */
  #begun = '';

  /** @param file - the file's name, for messages */
  constructor(file: string) {
    this.#file = file;
  }

  /**
   * @param bytes - the next bytes; may end inside a character
   * @returns the characters that are complete, without the byte order mark; where lines end with CR alone, with LF instead
   * @throws TickerforestError `CSV_FORMAT` for bytes that are no text, and text that is no CSV
   */
  write(bytes: Uint8Array): string {
    const text = this.#decode(bytes);
    if (this.#endsWithCr === undefined) return this.#untilDecided(this.#begun + text);
    return this.#endsWithCr ? text.replaceAll('\r', '\n') : text;
  }

  #untilDecided(text: string): string {
    this.#begun = '';
    const end = text.search(/[\n\r]/);
    if (end < 0) return text;
    // a CR at the very end may be half of a CRLF: with what follows
    if (end === text.length - 1 && text[end] === '\r') {
      this.#begun = '\r';
      return text.slice(0, end);
    }
    this.#endsWithCr = text[end] === '\r' && text[end + 1] !== '\n';
    return this.#endsWithCr ? text.replaceAll('\r', '\n') : text;
  }

  #decode(bytes: Uint8Array): string {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#decoder ??= new StringDecoder(this.#encodingOf(buffer));
    const decoded = this.#decoder.write(buffer);
    if (!this.#isStart || decoded === '') return decoded;
    this.#isStart = false;
    const text = decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded;
    const other = OTHER_TEXT.find(({ start }) => start.test(text.slice(0, 200)));
    if (other !== undefined) throw new TickerforestError('CSV_FORMAT', `${this.#file} ${other.advice}`);
    return text;
  }

  /** @returns what is left of a character that was cut off */
  end(): string {
    return this.#begun + (this.#decoder?.end() ?? '');
  }

  #encodingOf(buffer: Buffer): 'utf8' | 'utf16le' | 'latin1' {
    if (buffer[0] === 0xff && buffer[1] === 0xfe) return 'utf16le';
    if (buffer[0] === 0xfe && buffer[1] === 0xff) {
      throw new TickerforestError('CSV_FORMAT', `${this.#file} is big-endian UTF-16 text; save it as UTF-8`);
    }
    const nul = buffer.subarray(0, 4096).indexOf(0);
    if (nul >= 0) {
      throw new TickerforestError(
        'CSV_FORMAT',
        `${this.#file} is no text: byte ${nul} is 0; if it is UTF-16 without a byte order mark, save it as UTF-8`,
      );
    }
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(buffer, { stream: true });
      return 'utf8';
    } catch {
      return 'latin1';
    }
  }
}
