import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TickerforestError } from '../errors';

/** A piece of a file on its way in. */
export interface FileChunk {
  /** The next bytes, unpacked. */
  readonly bytes: Uint8Array;
  /** How much of the file, as it lies on disk, has been read: 0 to 1. */
  readonly fraction: number;
}

const CHUNK = 1 << 18;

/** First bytes of what is often mistaken for a CSV file, and what to do about it. */
const FOREIGN: readonly { readonly magic: readonly number[]; readonly advice: string }[] = [
  { magic: [0x50, 0x4b, 0x03, 0x04], advice: 'is a zip archive or a spreadsheet; unpack it, or save it as CSV' },
  { magic: [0x50, 0x41, 0x52, 0x31], advice: 'is a Parquet file; save it as CSV' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], advice: 'is packed with zstd; unpack it, or pack it with gzip' },
  { magic: [0xff, 0xfe], advice: 'is UTF-16 text; save it as UTF-8' },
  { magic: [0xfe, 0xff], advice: 'is UTF-16 text; save it as UTF-8' },
];

/**
 * Streams a file, unpacking it if it is gzip data (told by its first bytes, whatever its name). The file is closed when the loop over the chunks
 * ends, however it ends.
 *
 * @param path - path of the file
 * @yields chunks of about 256 kB, in order
 * @throws TickerforestError `SOURCE_FAILED` if the file cannot be opened or read; `CSV_FORMAT` if it is of another kind, or if its gzip data is
 *   damaged or ends in the middle
 */
export async function* fileBytes(path: string): AsyncGenerator<FileChunk> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const { size, magic } = await file
      .stat()
      .then(async (stat) => ({ size: stat.size, magic: (await file.read(Buffer.alloc(4), 0, 4, 0)).buffer }))
      .catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
    const foreign = FOREIGN.find((kind) => kind.magic.every((byte, index) => magic[index] === byte));
    if (foreign !== undefined) throw new TickerforestError('CSV_FORMAT', `${path} ${foreign.advice}`);

    const raw = file.createReadStream({ start: 0, highWaterMark: CHUNK, autoClose: false });
    const packed = magic[0] === 0x1f && magic[1] === 0x8b;
    // errors reach the loop below, as the pipeline destroys its end with them
    const bytes = packed ? pipeline(raw, createGunzip({ chunkSize: CHUNK }), () => {}) : raw;
    try {
      for await (const chunk of bytes) yield { bytes: chunk, fraction: Math.min(1, raw.bytesRead / size) };
    } catch (cause) {
      if (!packed || !isZlibError(cause)) throw unreadable(path, cause);
      throw new TickerforestError(
        'CSV_FORMAT',
        cause.code === 'Z_BUF_ERROR'
          ? `${path} ends in the middle of its gzip data: it was cut off; fetch it again`
          : `${path} holds damaged gzip data (${cause.message}); fetch it again`,
        { cause },
      );
    }
  } finally {
    await file.close();
  }
}

function unreadable(path: string, cause: unknown): TickerforestError {
  return new TickerforestError('SOURCE_FAILED', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}

function isZlibError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
