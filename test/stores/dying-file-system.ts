import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystem, nodeFileSystem } from '../../src/stores/directory/file-system';

/** A file system for a process that is to die. */
export interface DyingFileSystem {
  /** The real file system, but for the death. */
  readonly files: FileSystem;
  /** Changes so far. */
  steps(): number;
}

/**
 * The real file system, for a process that kills itself (SIGKILL) before its n-th change: also in the middle of a file, or of removing a
 * folder.
 *
 * @param lastStep - before which change it dies, from 1; Infinity: never
 * @returns the file system, which counts the changes
 */
export function dyingFileSystem(lastStep: number): DyingFileSystem {
  let steps = 0;
  const step = () => {
    steps++;
    if (steps === lastStep) process.kill(process.pid, 'SIGKILL');
  };
  const files: FileSystem = {
    ...nodeFileSystem,
    async makeFolder(path) {
      step();
      await nodeFileSystem.makeFolder(path);
    },
    async write(path, bytes) {
      step();
      await writeFile(path, bytes.subarray(0, bytes.length / 2));
      step();
      await nodeFileSystem.remove(path);
      await nodeFileSystem.write(path, bytes);
    },
    async writeSoon(path, bytes) {
      step();
      await writeFile(path, bytes.subarray(0, bytes.length / 2));
      step();
      await nodeFileSystem.remove(path);
      await nodeFileSystem.writeSoon(path, bytes);
    },
    async syncFolder(path) {
      step();
      await nodeFileSystem.syncFolder(path);
    },
    async rename(from, to) {
      step();
      await nodeFileSystem.rename(from, to);
    },
    async link(from, to) {
      step();
      await nodeFileSystem.link(from, to);
    },
    async removeEmptyFolder(path) {
      step();
      await nodeFileSystem.removeEmptyFolder(path);
    },
    async remove(path) {
      for (const name of await readdir(path).catch(() => [])) {
        step();
        await nodeFileSystem.remove(join(path, name));
      }
      step();
      await nodeFileSystem.remove(path);
    },
  };
  return { files, steps: () => steps };
}
