import { BAR_COLUMNS, type Bars } from '../../bars/bars';

/** Bytes before the numbers: a multiple of 64, as NumPy writes it. */
const HEADER = 128;
const MAGIC = '\x93NUMPY\x01\x00';

/**
 * Bars as a file in NumPy's format (version 1.0): an array of little-endian doubles with a row for each of {@link BAR_COLUMNS}.
 *
 * @param bars - the bars
 * @returns contents of the file
 */
export function encodeNpy(bars: Bars): Uint8Array {
  const file = new Uint8Array(npyLength(bars.length));
  const description = `{'descr': '<f8', 'fortran_order': False, 'shape': (${BAR_COLUMNS.length}, ${bars.length}), }`;
  const text = `${description.padEnd(HEADER - MAGIC.length - 3)}\n`;
  file.set(Buffer.from(MAGIC, 'latin1'));
  new DataView(file.buffer).setUint16(MAGIC.length, text.length, true);
  file.set(Buffer.from(text, 'latin1'), MAGIC.length + 2);
  for (const [index, name] of BAR_COLUMNS.entries()) {
    const column = bars[name];
    file.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), HEADER + index * column.byteLength);
  }
  return file;
}

/**
 * @param file - what {@link encodeNpy} made, unharmed, in memory of its own
 * @param length - number of bars in it
 * @returns the bars, over the same memory: shared memory would cost more than reading the file
 */
export function decodeNpy(file: Uint8Array, length: number): Bars {
  const column = (index: number) => new Float64Array(file.buffer, file.byteOffset + HEADER + index * length * 8, length);
  return { length, timestamp: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
}

/**
 * @param bars - number of bars
 * @returns length of their file in bytes
 */
export function npyLength(bars: number): number {
  return HEADER + BAR_COLUMNS.length * bars * 8;
}
