// Runs as a process of its own, so that tests can kill it or let it race: `ROLE FOLDER NUMBER`.
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TickerforestError } from '../../src/errors';
import { directoryProfileStore, directoryProfileStoreOn } from '../../src/stores/directory/profile-store';
import { crashWorker } from '../../src/testing/crash-worker';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { count } from './counting-worker';
import { dyingFileSystem } from './dying-file-system';

/** Works on and on, until it is killed, and says when it begins and after each turn. */
async function workForEver(folder: string): Promise<void> {
  const store = directoryProfileStore(folder);
  process.stdout.write('working\n');
  for (;;) {
    await crashWorker(store);
    process.stdout.write('turn\n');
  }
}

/** Takes the lease as often as asked, against rivals, and does under it what fails if two do it at once. Says its tokens. */
async function compete(folder: string, times: number): Promise<void> {
  const store = directoryProfileStore(folder);
  const tokens: number[] = [];
  while (tokens.length < times) {
    try {
      const lease = await store.acquireLease('AAPL', { owner: `process ${process.pid}`, milliseconds: 60_000 });
      await mkdir(join(folder, 'occupied'));
      await pause(tokens.length % 3);
      await rmdir(join(folder, 'occupied'));
      tokens.push(lease.token);
      await store.releaseLease(lease);
    } catch (error) {
      if (!isError(error, 'SYMBOL_LEASED')) throw error;
      await pause(1);
    }
  }
  process.stdout.write(JSON.stringify(tokens));
}

/** Takes the lease for a short while, again and again, commits under it, and never gives it back. */
async function takeOver(folder: string, times: number): Promise<void> {
  const store = directoryProfileStore(folder);
  let commits = 0;
  for (let turn = 0; turn < times; turn++) {
    const lease = await store.acquireLease('AAPL', { owner: `process ${process.pid}`, milliseconds: 1 }).catch((error) => {
      if (!isError(error, 'SYMBOL_LEASED')) throw error;
      return null;
    });
    if (lease === null) continue;
    const revision = (await store.getCompanyProfile('AAPL'))?.revision ?? 0;
    try {
      await store.commit({ ...sampleCommit('AAPL', revision, lease.token), leaseToken: lease.token });
      commits++;
    } catch (error) {
      if (!isError(error, 'CONFLICT') && !isError(error, 'LEASE_LOST')) throw error;
    }
  }
  process.stdout.write(String(commits));
}

function isError(error: unknown, code: string): boolean {
  return error instanceof TickerforestError && error.code === code;
}

const [role, folder, text] = process.argv.slice(2);
const number = Number(text);
switch (role) {
  case 'die':
    await crashWorker(directoryProfileStoreOn(dyingFileSystem(number).files, folder));
    break;
  case 'work':
    await workForEver(folder);
    break;
  case 'count':
    await count(directoryProfileStore(folder), number);
    break;
  case 'die counting':
    await count(directoryProfileStoreOn(dyingFileSystem(number).files, folder), 1);
    break;
  case 'compete':
    await compete(folder, number);
    break;
  case 'take over':
    await takeOver(folder, number);
    break;
  default:
    throw new Error(`unknown role '${role}'`);
}
