import { crc32 } from '../../src/checksum';

/** A file of the library's binary layout, taken apart; nothing in it need be true. */
export interface FileParts {
  magic: string;
  version: number;
  header: unknown;
  directory: unknown;
  /** Bytes of the sections, in file order. */
  bodies: Uint8Array[];
}

const BYTES: Readonly<Record<string, number>> = { f64: 8, f32: 4, i32: 4, u32: 4, u16: 2, u8: 1 };
const align = (at: number) => Math.ceil(at / 8) * 8;

/** One section, as an honest directory names it. */
export interface Entry {
  name: string;
  kind: string;
  length: number;
}

/** Takes an honest file apart. */
export function takeApart(file: Uint8Array): FileParts & { header: Record<string, unknown>; directory: Entry[] } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = view.getUint32(8, true);
  const { header, directory } = JSON.parse(Buffer.from(file.subarray(16, 16 + length)).toString());
  let at = align(16 + length);
  const bodies = directory.map((entry: Entry) => {
    const bytes = entry.length * (BYTES[entry.kind] ?? 1);
    const body = file.slice(at, at + bytes);
    at = align(at + bytes);
    return body;
  });
  return { magic: Buffer.from(file.subarray(0, 4)).toString(), version: view.getUint32(4, true), header, directory, bodies };
}

/** A file of these parts, with the checksum that fits: what only somebody who means it would write. */
export function forge({ magic, version, header, directory, bodies }: FileParts): Uint8Array {
  const head = Buffer.from(JSON.stringify({ header, directory }));
  const size = bodies.reduce((at, body) => align(at + body.length), align(16 + head.length));
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set(Buffer.from(magic, 'latin1'));
  view.setUint32(4, version, true);
  view.setUint32(8, head.length, true);
  file.set(head, 16);
  let at = align(16 + head.length);
  for (const body of bodies) {
    file.set(body, at);
    at = align(at + body.length);
  }
  return sealed(file);
}

/** The same bytes with the checksum that fits them. */
export function sealed(file: Uint8Array): Uint8Array {
  if (file.length >= 16) new DataView(file.buffer, file.byteOffset).setUint32(12, crc32(file.subarray(16)), true);
  return file;
}
