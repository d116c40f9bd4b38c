import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { propertyOf, TickerforestError, throwIfAborted } from '../errors';

/** A piece of a file on its way in. */
export interface FileChunk {
  /** The next bytes, unpacked. */
  readonly bytes: Uint8Array;
  /** How much of the file, as it lies on disk, has been read: 0 to 1. */
  readonly fraction: number;
}

/** Small enough that work on one chunk never keeps an abort waiting. */
const CHUNK = 1 << 16;

/** Characters of a path that a message shows. */
const SHOWN_PATH = 200;

/** First bytes of what is often mistaken for a CSV file, and what to do about it. */
const FOREIGN: readonly { readonly magic: readonly number[]; readonly advice: string }[] = [
  { magic: [0x50, 0x4b, 0x03, 0x04], advice: 'is a zip archive or a spreadsheet; unpack it, or save it as CSV' },
  { magic: [0xd0, 0xcf, 0x11, 0xe0], advice: 'is a spreadsheet; save it as CSV' },
  { magic: [0x50, 0x41, 0x52, 0x31], advice: "is a Parquet file; read it with parquetBars() of 'tickerforest/parquet'" },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], advice: 'is packed with zstd; unpack it, or pack it with gzip' },
  { magic: [0x42, 0x5a, 0x68], advice: 'is packed with bzip2; unpack it, or pack it with gzip' },
  { magic: [0xfd, 0x37, 0x7a, 0x58], advice: 'is packed with xz; unpack it, or pack it with gzip' },
  { magic: [0x37, 0x7a, 0xbc, 0xaf], advice: 'is a 7z archive; unpack it, or pack it with gzip' },
  { magic: [0x25, 0x50, 0x44, 0x46], advice: 'is a PDF document, not a CSV file' },
];

/**
 * @param path - a path as the caller gave it
 * @returns it for a message: as it is, but cut, and without control characters, which could forge lines of a log
 */
export function shownPath(path: string): string {
  const shown = path.slice(0, SHOWN_PATH).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return path.length > SHOWN_PATH ? `${shown}...` : shown;
}

/**
 * Streams a file, unpacking it if it is gzip data (told by its first bytes, whatever its name; several members in one file are one). The file is closed
 * when the loop over the chunks ends, however it ends.
 *
 * @param path - path of the file
 * @param signal - ends the reading
 * @yields chunks of about 64 kB, in order
 * @throws TickerforestError `SOURCE_FAILED` if the file cannot be opened or read, or is no plain file; `CSV_FORMAT` if it is of another kind, or if its
 *   gzip data is damaged or ends in the middle; `ABORTED`
 */
export async function* fileBytes(path: string, signal?: AbortSignal): AsyncGenerator<FileChunk> {
  const during = `reading ${shownPath(path)}`;
  throwIfAborted(signal, during);
  const failed = (cause: unknown): never => {
    throw unreadable(path, cause);
  };
  // open() of a named pipe waits for a writer, in one of the few threads that all file operations share
  checkPlain(path, await stat(path).catch(failed));
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(failed);
  try {
    const { size, magic } = await file
      .stat()
      .then(async (stats) => {
        checkPlain(path, stats);
        return { size: stats.size, magic: (await file.read(Buffer.alloc(4), 0, 4, 0)).buffer };
      })
      .catch(failed);
    checkKind(path, magic);

    const raw = file.createReadStream({ start: 0, highWaterMark: CHUNK, autoClose: false });
    const packed = magic[0] === 0x1f && magic[1] === 0x8b;
    // errors reach the loop below, as the pipeline destroys its end with them
    const bytes = packed ? pipeline(raw, createGunzip({ chunkSize: CHUNK }), () => {}) : raw;
    let first = packed;
    try {
      for await (const chunk of bytes) {
        throwIfAborted(signal, during);
        if (first) checkKind(path, chunk);
        first = false;
        yield { bytes: chunk, fraction: Math.min(1, raw.bytesRead / size) };
      }
    } catch (cause) {
      if (cause instanceof TickerforestError) throw cause;
      if (!packed || !isZlibError(cause)) throw unreadable(path, cause);
      throw new TickerforestError(
        'CSV_FORMAT',
        propertyOf(cause, 'code') === 'Z_BUF_ERROR'
          ? `${shownPath(path)} ends in the middle of its gzip data: it was cut off; fetch it again`
          : `${shownPath(path)} holds damaged gzip data (${propertyOf(cause, 'message')}); fetch it again`,
        { cause },
      );
    }
  } finally {
    await file.close();
  }
}

function checkPlain(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  const kind = stats.isDirectory() ? 'a folder' : stats.isFIFO() ? 'a named pipe' : stats.isSocket() ? 'a socket' : 'a device';
  throw new TickerforestError('SOURCE_FAILED', `cannot read ${shownPath(path)}: it is ${kind}, not a plain file`);
}

function checkKind(path: string, start: Uint8Array): void {
  const foreign = FOREIGN.find((kind) => kind.magic.every((byte, index) => start[index] === byte));
  if (foreign !== undefined) throw new TickerforestError('CSV_FORMAT', `${shownPath(path)} ${foreign.advice}`);
}

function unreadable(path: string, cause: unknown): TickerforestError {
  if (cause instanceof TickerforestError) return cause;
  const code = propertyOf(cause, 'code');
  const why = typeof code === 'string' ? (REASONS[code] ?? code) : 'the file system refused';
  return new TickerforestError('SOURCE_FAILED', `cannot read ${shownPath(path)}: ${why}`, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file (ENOENT)',
  EACCES: 'it may not be read (EACCES)',
  EPERM: 'it may not be read (EPERM)',
  ENAMETOOLONG: 'the name is too long (ENAMETOOLONG)',
  EMFILE: 'too many files are open (EMFILE)',
};

function isZlibError(error: unknown): boolean {
  return String(propertyOf(error, 'code')).startsWith('Z_');
}
