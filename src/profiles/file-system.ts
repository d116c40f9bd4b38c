import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { propertyOf } from '../errors';

/** The few operations that the directory store is made of; each is one step that a process may die before. */
export interface FileSystem {
  /** Makes a folder, and those above it; does nothing if it is there. */
  makeFolder(path: string): Promise<void>;
  /** Writes a new file and waits until it is on the disk. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Waits until the entries of a folder are on the disk. */
  syncFolder(path: string): Promise<void>;
  /** Renames a folder or file, in one atomic step. A file that has the new name is replaced; fails if a folder has it that is not empty. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name, in one atomic step; fails with `EEXIST` if the name is taken. */
  link(from: string, to: string): Promise<void>;
  /** Removes a file, or a folder with all it holds; does nothing if there is none. */
  remove(path: string): Promise<void>;
  /** Names in a folder; none if there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Reads a whole file. */
  read(path: string): Promise<Uint8Array>;
}

/** Node's own file system. */
export const nodeFileSystem: FileSystem = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async write(path, bytes) {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
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
  async list(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if (failedWith(error, 'ENOENT')) return [];
      throw error;
    }
  },
  async read(path) {
    return new Uint8Array(await readFile(path));
  },
};

/**
 * @param error - what a function of the file system threw
 * @param code - the system's name of a failure: 'ENOENT'
 * @returns whether it is that failure
 */
export function failedWith(error: unknown, code: string): boolean {
  return propertyOf(error, 'code') === code;
}
