import { join } from 'node:path';
import { TickerforestError } from '../../errors';
import { decodeFileName } from './file-names';
import { because, type FileSystem, OddFileError } from './file-system';

/** How files of one kind are read. */
export interface StoredFiles {
  /**
   * @param files - the file system
   * @param path - of the file
   * @param largest - most bytes that it may have
   * @returns its bytes
   * @throws TickerforestError `STORE_FAILED` naming the file, if it is missing, too long, or no plain file
   */
  readonly readBytes: (files: FileSystem, path: string, largest: number) => Promise<Uint8Array>;
  /**
   * @param path - of a file
   * @param reason - what is wrong with it
   * @param cause - what told so; default: an error of that text
   * @returns the error to throw
   */
  readonly damaged: (path: string, reason: string, cause?: unknown) => TickerforestError;
}

/**
 * @param advice - what to do where a file of this kind cannot be read
 * @returns how they are read
 */
export function storedFiles(advice: string): StoredFiles {
  const damaged = (path: string, reason: string, cause: unknown = new Error(reason)) =>
    new TickerforestError('STORE_FAILED', `${path} is damaged: ${reason}; ${advice}`, { cause });
  const readBytes = async (files: FileSystem, path: string, largest: number) => {
    try {
      return await files.read(path, largest);
    } catch (cause) {
      if (cause instanceof OddFileError) throw damaged(path, cause.message, cause);
      throw new TickerforestError('STORE_FAILED', `cannot read ${path}; ${advice}`, { cause });
    }
  };
  return { readBytes, damaged };
}

/**
 * @param files - the file system
 * @param root - the store's folder
 * @param isKept - whether anything is stored of a symbol in its folder
 * @returns the symbols of which something is, in order
 * @throws TickerforestError `STORE_FAILED`
 */
export async function symbolsIn(
  files: FileSystem,
  root: string,
  isKept: (folder: string, symbol: string) => Promise<boolean>,
): Promise<string[]> {
  const symbols: string[] = [];
  try {
    for (const name of await files.list(root)) {
      const symbol = decodeFileName(name);
      if (symbol !== null && (await isKept(join(root, name), symbol))) symbols.push(symbol);
    }
  } catch (cause) {
    throw new TickerforestError('STORE_FAILED', `cannot list the symbols in ${root}${because(cause)}; see the cause`, { cause });
  }
  return symbols.sort();
}
