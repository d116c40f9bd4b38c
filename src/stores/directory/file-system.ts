import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { propertyOf } from '../../errors';

/** New folders are for this user only, and so are new files. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The few operations that the directory store is made of; each is one step that a process may die before. */
export interface FileSystem {
  /** Makes a folder, and those above it; does nothing if it is there. */
  makeFolder(path: string): Promise<void>;
  /** Writes a new file and waits until it is on the disk. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes a new file that a power failure may cut or empty: the disk, which others may keep busy for seconds, is not waited for. */
  writeSoon(path: string, bytes: Uint8Array): Promise<void>;
  /** Waits until the entries of a folder are on the disk. */
  syncFolder(path: string): Promise<void>;
  /** Renames a folder or file, in one atomic step. A file that has the new name is replaced; fails if a folder has it that is not empty. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name, in one atomic step; fails with `EEXIST` if the name is taken. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all it holds; does nothing if there is none. */
  remove(path: string): Promise<void>;
  /** Removes a folder if there is nothing in it; does nothing if there is, or if there is none. */
  removeEmptyFolder(path: string): Promise<void>;
  /** When a file was last written, by the file system's clock: milliseconds UTC. */
  writtenAt(path: string): Promise<number>;
  /** Names in a folder; none if there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Whether there is a folder of this name; a link to one is none. */
  isFolder(path: string): Promise<boolean>;
  /** Reads a whole file, unless it is longer than `largest` bytes or no plain file: that is an {@link OddFileError}. */
  read(path: string, largest: number): Promise<Uint8Array>;
}

/** A file that is not to be read: a pipe would wait for a writer, a grown one fill the memory. */
export class OddFileError extends Error {}

/** Node's own file system. */
export const nodeFileSystem: FileSystem = {
  async makeFolder(path) {
    // step by step: Node's own recursion never ends where a file system, such as /proc, answers ENOENT though the parent is there
    try {
      await makeOne(path);
    } catch (error) {
      if (!failedWith(error, 'ENOENT') || dirname(path) === path) throw error;
      await nodeFileSystem.makeFolder(dirname(path));
      await makeOne(path);
    }
  },
  async write(path, bytes) {
    await writeFile(path, bytes, { flag: 'wx', mode: FILE_MODE, flush: true });
  },
  async writeSoon(path, bytes) {
    await writeFile(path, bytes, { flag: 'wx', mode: FILE_MODE });
  },
  async syncFolder(path) {
    // Windows cannot open a folder, and writes its entries through by itself
    if (process.platform === 'win32') return;
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
  rename,
  link,
  async remove(path) {
    await rm(path, { recursive: true, force: true });
  },
  async removeEmptyFolder(path) {
    try {
      await rmdir(path);
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].some((code) => failedWith(error, code))) throw error;
    }
  },
  async writtenAt(path) {
    return (await stat(path)).mtimeMs;
  },
  async list(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return [];
      throw error;
    }
  },
  async isFolder(path) {
    try {
      return (await lstat(path)).isDirectory();
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return false;
      throw error;
    }
  },
  async read(path, largest) {
    // Windows has neither pipes among its files nor this flag
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw new OddFileError('it is no plain file');
      if (facts.size > largest) throw new OddFileError(`it has ${facts.size} bytes instead of ${largest} or fewer`);
      const bytes = new Uint8Array(facts.size);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
      return bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  },
};

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, FOLDER_MODE);
  } catch (error) {
    if (!failedWith(error, 'EEXIST') || !(await stat(path)).isDirectory()) throw error;
  }
}

/**
 * @param error - what a function of the file system threw
 * @param code - the system's name of a failure: 'ENOENT'
 * @returns whether it is that failure
 */
export function failedWith(error: unknown, code: string): boolean {
  return propertyOf(error, 'code') === code;
}

/**
 * The system's word for what went wrong, for people who know it.
 *
 * @param cause - what a function of the file system threw
 * @returns ' (EACCES)', or nothing if there is no such word
 */
export function because(cause: unknown): string {
  const code = propertyOf(cause, 'code');
  return typeof code === 'string' ? ` (${code})` : '';
}
