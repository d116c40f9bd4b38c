// Runs as a process of its own, so that tests can kill it or let it race: `tsx directory-store.process.ts ROLE FOLDER NUMBER`.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TickerforestError } from '../../src/errors';
import { directoryProfileStore, directoryProfileStoreOn } from '../../src/profiles/directory-store';
import { type FileSystem, nodeFileSystem } from '../../src/profiles/file-system';
import { sampleBytes, sampleCommit } from '../contracts/sample-profiles';

/** The real file system, for a process that dies before its n-th change: also in the middle of a file, or of removing a folder. */
function dyingFileSystem(lastStep: number): FileSystem {
  let steps = 0;
  const step = () => {
    steps++;
    if (steps === lastStep) process.kill(process.pid, 'SIGKILL');
  };
  return {
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
    async syncFolder(path) {
      step();
      await nodeFileSystem.syncFolder(path);
    },
    async rename(from, to) {
      step();
      await nodeFileSystem.rename(from, to);
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
}

/** Commits on top of what it finds, dying before the given step. */
async function dieAtStep(folder: string, lastStep: number): Promise<void> {
  const store = directoryProfileStoreOn(dyingFileSystem(lastStep), folder);
  const revision = (await store.getCompanyProfile('AAPL'))?.revision ?? 0;
  await store.commit(sampleCommit('AAPL', revision, revision + 1));
}

/** Adds 1 to a stored count, as often as asked, against rivals who do the same. */
async function count(folder: string, times: number): Promise<void> {
  const store = directoryProfileStore(folder);
  let conflicts = 0;
  for (let done = 0; done < times; ) {
    const before = await store.getCompanyProfile('AAPL');
    const points = before?.raw_data.points ?? 0;
    try {
      const models = points % 3 === 0 ? { model: sampleBytes(1000, points) } : 'unchanged';
      await store.commit(sampleCommit('AAPL', before?.revision ?? 0, points + 1, models));
      done++;
    } catch (error) {
      if (!(error instanceof TickerforestError && error.code === 'CONFLICT')) throw error;
      conflicts++;
    }
  }
  console.log(conflicts);
}

const [role, folder, number] = process.argv.slice(2);
await (role === 'die' ? dieAtStep(folder, Number(number)) : count(folder, Number(number)));
