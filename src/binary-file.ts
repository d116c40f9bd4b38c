import { crc32 } from './checksum';
import { type ErrorCode, TickerforestError } from './errors';
import { described, quoted } from './text';

/** Arrays that a binary file may hold. */
export type Section = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

const KINDS = ['f64', 'f32', 'i32', 'u32', 'u16', 'u8'] as const;
type Kind = (typeof KINDS)[number];

function kindOf(section: Section): Kind {
  if (section instanceof Float64Array) return 'f64';
  if (section instanceof Float32Array) return 'f32';
  if (section instanceof Int32Array) return 'i32';
  if (section instanceof Uint32Array) return 'u32';
  return section instanceof Uint16Array ? 'u16' : 'u8';
}

function arrayOf(kind: Kind, buffer: ArrayBuffer, length: number): Section {
  switch (kind) {
    case 'f64':
      return new Float64Array(buffer, 0, length);
    case 'f32':
      return new Float32Array(buffer, 0, length);
    case 'i32':
      return new Int32Array(buffer, 0, length);
    case 'u32':
      return new Uint32Array(buffer, 0, length);
    case 'u16':
      return new Uint16Array(buffer, 0, length);
    case 'u8':
      return new Uint8Array(buffer, 0, length);
  }
}

/** What a file holds: a JSON header of any shape, and named arrays. */
export interface BinaryContents<Header> {
  /** Small facts, as JSON. */
  readonly header: Header;
  /** The arrays by name, in file order. */
  readonly sections: ReadonlyMap<string, Section>;
}

/**
 * The one binary layout of this library, little-endian: 4 bytes magic, u32 version, u32 header length, u32 CRC-32 of all that follows,
 * the header as JSON (your header, and name, kind and length of each section), then the sections, each starting at a multiple of 8.
 *
 * @param magic - four ASCII letters that name the kind of file
 * @param version - version of the header's and sections' meaning
 * @param contents - what to write; NaN in Float64 sections is written with one fixed bit pattern
 * @returns the file
 */
export function encodeBinary<Header>(magic: string, version: number, contents: BinaryContents<Header>): Uint8Array {
  const directory = [...contents.sections].map(([name, section]) => ({ name, kind: kindOf(section), length: section.length }));
  const header = new TextEncoder().encode(JSON.stringify({ header: contents.header, directory }));
  let size = align(16 + header.length);
  for (const section of contents.sections.values()) size = align(size + section.byteLength);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  for (let i = 0; i < 4; i++) file[i] = magic.charCodeAt(i);
  view.setUint32(4, version, true);
  view.setUint32(8, header.length, true);
  file.set(header, 16);
  let at = align(16 + header.length);
  for (const section of contents.sections.values()) {
    file.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
    if (section instanceof Float64Array) canonicaliseNaN(file, at, section.length);
    at = align(at + section.byteLength);
  }
  view.setUint32(12, crc32(file.subarray(16)), true);
  return file;
}

/** What a file that was read holds. */
export interface ReadContents {
  /** The header, trusted as far as the checksum goes. */
  readonly header: unknown;
  /**
   * @param name - name of a section
   * @returns a copy of it, made when it is asked for; undefined if there is none
   */
  readonly section: (name: string) => Section | undefined;
}

/**
 * @param file - what {@link encodeBinary} returned; not to be changed as long as sections are asked for
 * @param magic - the kind of file that is expected
 * @param version - the version that is expected
 * @param code - code of the error for anything else
 * @returns header and sections
 * @throws TickerforestError with `code`, saying what is wrong and what to do; `INVALID_OPTION` for what is no bytes
 */
export function decodeBinary(file: Uint8Array, magic: string, version: number, code: ErrorCode): ReadContents {
  // of any realm: a test runner gives its tests another Uint8Array than the file system has
  if (!(ArrayBuffer.isView(file) && Object.prototype.toString.call(file) === '[object Uint8Array]'))
    throw new TickerforestError('INVALID_OPTION', `the file must be a Uint8Array, not ${described(file)}`);
  const refuse = (reason: string, cause?: unknown) =>
    new TickerforestError(code, `${magic} file of ${file.length} bytes: ${reason}`, { cause });
  if (file.length < 16) throw refuse('cut off before its header ends');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = String.fromCharCode(...file.subarray(0, 4));
  if (found !== magic) throw refuse(`starts with ${quoted(found)} instead of '${magic}'`);
  const foundVersion = view.getUint32(4, true);
  if (foundVersion !== version) throw refuse(`has format version ${foundVersion}, this release reads version ${version}; train again`);
  if (view.getUint32(12, true) !== crc32(file.subarray(16))) throw refuse('checksum does not fit: it is damaged or cut off');
  const headerLength = view.getUint32(8, true);
  try {
    const { header, directory } = JSON.parse(new TextDecoder().decode(file.subarray(16, 16 + headerLength)));
    const places = new Map<string, { kind: Kind; length: number; at: number }>();
    let at = align(16 + headerLength);
    for (const { name, kind, length } of directory) {
      if (typeof name !== 'string' || !KINDS.includes(kind) || !Number.isSafeInteger(length) || length < 0)
        throw refuse('its list of sections is not readable');
      if (places.has(name)) throw refuse(`it has section ${quoted(name)} twice`);
      const end = at + length * bytesPerElement(kind);
      if (!(end <= file.length)) throw refuse(`section ${quoted(name)} reaches past its end`);
      places.set(name, { kind, length, at });
      at = align(end);
    }
    return {
      header,
      section(name) {
        const place = places.get(name);
        if (place === undefined) return undefined;
        const copy = new Uint8Array(place.length * bytesPerElement(place.kind));
        copy.set(file.subarray(place.at, place.at + copy.length));
        return arrayOf(place.kind, copy.buffer, place.length);
      },
    };
  } catch (cause) {
    throw cause instanceof TickerforestError ? cause : refuse('its header is not readable', cause);
  }
}

function bytesPerElement(kind: Kind): number {
  return { f64: 8, f32: 4, i32: 4, u32: 4, u16: 2, u8: 1 }[kind];
}

function align(at: number): number {
  return Math.ceil(at / 8) * 8;
}

/** An engine may compute NaN with any payload and sign; files must not depend on that. */
function canonicaliseNaN(file: Uint8Array, at: number, length: number): void {
  const values = new Float64Array(file.buffer, at, length);
  const words = new Uint32Array(file.buffer, at, 2 * length);
  for (let i = 0; i < length; i++) {
    if (Number.isNaN(values[i])) {
      words[2 * i] = 0;
      words[2 * i + 1] = 0x7ff80000;
    }
  }
}
