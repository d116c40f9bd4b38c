const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * CRC-32 of bytes, as zlib, gzip and PNG have it, without zlib's help.
 *
 * @param bytes - the bytes
 * @returns the checksum, 0 to 2^32 - 1
 */
export function crc32ByTable(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}

// asked for, not imported: whoever forecasts in a browser has no zlib
const zlib = globalThis.process?.getBuiltinModule?.('node:zlib');

/**
 * The same by zlib, which is faster, where there is one that can be asked for: not in a browser, nor in Node 22.0 to 22.2.
 *
 * @param bytes - the bytes
 * @returns the checksum, 0 to 2^32 - 1
 */
export const crc32: (bytes: Uint8Array) => number = zlib ? (bytes) => zlib.crc32(bytes) : crc32ByTable;
