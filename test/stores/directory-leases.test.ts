import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SymbolLease } from '../../src/stores/contract';
import { nodeFileSystem } from '../../src/stores/directory/file-system';
import { directoryProfileStore, directoryProfileStoreOn } from '../../src/stores/directory/profile-store';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { bundleProcess } from './bundled-process';

let scratch = '';
let program = '';
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
  program = await bundleProcess(fileURLToPath(new URL('directory-store.process.ts', import.meta.url)), scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const LONG = { owner: 'me', milliseconds: 600_000 };
const SHORT = { owner: 'asleep', milliseconds: 1 };

function newFolder(): string {
  folders++;
  return join(scratch, `store-${folders}`);
}

async function expiry(lease: SymbolLease): Promise<void> {
  while (Date.now() <= lease.expiresAt.getTime()) await pause(1);
}

/** Runs the other process to its end, and gives what it wrote. */
async function run(role: string, folder: string, times: number): Promise<string> {
  const child = spawn(process.execPath, [program, role, folder, String(times)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  expect(await once(child, 'close')).toStrictEqual([0, null]);
  return output;
}

describe('processes that compete for a lease', () => {
  it('have it one after the other, each time with a larger token', async () => {
    const folder = newFolder();
    await directoryProfileStore(folder).releaseLease(await directoryProfileStore(folder).acquireLease('AAPL', LONG));
    // each of them fails if another one is between acquiring and releasing
    const outputs = await Promise.all([1, 2, 3, 4].map(() => run('compete', folder, 25)));
    const tokens = outputs.map((output): number[] => JSON.parse(output));
    for (const own of tokens) expect(own).toStrictEqual([...own].sort((a, b) => a - b));
    expect(tokens.flat().sort((a, b) => a - b)).toStrictEqual(Array.from({ length: 100 }, (_, i) => i + 2));
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-101.json']);
  });

  it('lose no commit when leases expire while they work', async () => {
    const folder = newFolder();
    const outputs = await Promise.all([1, 2, 3].map(() => run('take over', folder, 60)));
    const commits = outputs.reduce((sum, output) => sum + Number(output), 0);
    expect(commits).toBeGreaterThan(0);
    expect((await directoryProfileStore(folder).getCompanyProfile('AAPL'))?.revision).toBe(commits);
  });
});

describe('a slow worker', () => {
  it.each(['write', 'link'] as const)('at %s does not get a token that was granted and swept long ago', async (operation) => {
    const folder = newFolder();
    const fast = directoryProfileStore(folder);
    let isFirst = true;
    // others have had tokens 1 to 3 before this one tries to take token 1, whose name is free again
    const others = async () => {
      for (let token = 1; isFirst && token < 4; token++) await fast.releaseLease(await fast.acquireLease('AAPL', LONG));
      isFirst = false;
    };
    const late = {
      write: async (path: string, bytes: Uint8Array) => others().then(() => nodeFileSystem.write(path, bytes)),
      link: async (from: string, to: string) => others().then(() => nodeFileSystem.link(from, to)),
    };
    const slow = directoryProfileStoreOn({ ...nodeFileSystem, [operation]: late[operation] }, folder);
    expect((await slow.acquireLease('AAPL', LONG)).token).toBe(4);
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-4.json']);
  });

  it('does not renew or release what somebody takes in that moment', async () => {
    const folder = newFolder();
    const fast = directoryProfileStore(folder);
    const slow = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async rename(from, to) {
          await fast.acquireLease('AAPL', { owner: 'fast', milliseconds: 600_000 });
          await nodeFileSystem.rename(from, to);
        },
      },
      folder,
    );
    const lease = await fast.acquireLease('AAPL', SHORT);
    await expiry(lease);
    await expect(slow.renewLease(lease, 600_000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    const taken = { code: 'SYMBOL_LEASED', message: expect.stringContaining('fast') };
    await expect(fast.acquireLease('AAPL', LONG)).rejects.toMatchObject(taken);

    const second = await fast.acquireLease('MSFT', SHORT);
    await expiry(second);
    const slowRelease = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async rename(from, to) {
          await fast.acquireLease('MSFT', { owner: 'fast', milliseconds: 600_000 });
          await nodeFileSystem.rename(from, to);
        },
      },
      folder,
    );
    await slowRelease.releaseLease(second);
    await expect(fast.acquireLease('MSFT', LONG)).rejects.toMatchObject(taken);
  });

  it('is stopped by its token in the last moment of a commit', async () => {
    const folder = newFolder();
    const fast = directoryProfileStore(folder);
    const lease = await fast.acquireLease('AAPL', SHORT);
    const slow = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async makeFolder(path) {
          await nodeFileSystem.makeFolder(path);
          await expiry(lease);
          await fast.acquireLease('AAPL', LONG);
        },
      },
      folder,
    );
    const late = slow.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: lease.token });
    await expect(late).rejects.toMatchObject({ code: 'LEASE_LOST', message: expect.stringContaining('lease 2') });
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-2.json']);
  });
});

describe('the file of a lease', () => {
  it('says who has it and until when', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    const lease = await store.acquireLease('AAPL', { owner: 'Zürich "1"', milliseconds: 600_000 });
    const path = join(folder, 'AAPL', 'lease-1.json');
    const written = { owner: 'Zürich "1"', expires_at: lease.expiresAt.toISOString(), released: false };
    expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual(written);
    await store.releaseLease(lease);
    expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual({ ...written, released: true });
  });

  it.each(['', '{"owner": "me", "exp', 'null', '[]', '{"owner": "me", "expires_at": "soon", "released": false}', '{}'])(
    'is an expired lease if it was damaged to %j',
    async (damaged) => {
      const folder = newFolder();
      const store = directoryProfileStore(folder);
      const lease = await store.acquireLease('AAPL', LONG);
      await writeFile(join(folder, 'AAPL', 'lease-1.json'), damaged);
      // its worker may be alive
      const renewed = await store.renewLease(lease, 600_000);
      await expect(store.acquireLease('AAPL', LONG)).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
      await writeFile(join(folder, 'AAPL', 'lease-1.json'), damaged);
      expect((await store.acquireLease('AAPL', LONG)).token).toBe(2);
      await expect(store.renewLease(renewed, 600_000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    },
  );

  it('is swept with what dead workers left, by the next lease and by a commit, but never the newest', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    const inFolder = async () => (await readdir(join(folder, 'AAPL'))).sort();
    const leave = async (names: readonly string[]) => {
      for (const name of names) await writeFile(join(folder, 'AAPL', name), '{}');
    };
    for (let token = 1; token < 5; token++) await store.releaseLease(await store.acquireLease('AAPL', LONG));
    await leave(['lease-2.json', 'lease-before-4-a', 'lease-before-5-b', 'lease-before-6-c', 'lease-x.json', 'lease-07.json']);
    await store.commit(sampleCommit('AAPL', 0, 1));
    // those before 5 and 6 may be of workers at work: on lease 5, and on renewing it
    expect(await inFolder()).toStrictEqual([
      'lease-07.json',
      'lease-4.json',
      'lease-before-5-b',
      'lease-before-6-c',
      'lease-x.json',
      'revision-1',
    ]);
    await store.acquireLease('AAPL', LONG);
    expect(await inFolder()).toStrictEqual(['lease-07.json', 'lease-5.json', 'lease-before-6-c', 'lease-x.json', 'revision-1']);
  });
});

describe('a disk that fails', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  const failure = { name: 'TickerforestError', code: 'STORE_FAILED', message: expect.stringContaining('AAPL'), cause: full };

  it.each(['makeFolder', 'write', 'link', 'syncFolder', 'list'] as const)('at %s while a lease is acquired is told', async (operation) => {
    const folder = newFolder();
    const store = directoryProfileStoreOn({ ...nodeFileSystem, [operation]: () => Promise.reject(full) }, folder);
    await expect(store.acquireLease('AAPL', LONG)).rejects.toMatchObject(failure);
    const names = await readdir(join(folder, 'AAPL')).catch(() => []);
    expect(names.filter((name) => name.startsWith('lease-before'))).toStrictEqual([]);
  });

  it.each(['write', 'rename', 'list', 'read'] as const)('at %s while a lease is renewed or released is told', async (operation) => {
    const folder = newFolder();
    const lease = await directoryProfileStore(folder).acquireLease('AAPL', LONG);
    const store = directoryProfileStoreOn({ ...nodeFileSystem, [operation]: () => Promise.reject(full) }, folder);
    await expect(store.renewLease(lease, 1000)).rejects.toMatchObject(failure);
    await expect(store.releaseLease(lease)).rejects.toMatchObject(failure);
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-1.json']);
    expect((await directoryProfileStore(folder).renewLease(lease, 1000)).token).toBe(1);
  });

  it('while sweeping does not undo the lease', async () => {
    const folder = newFolder();
    const store = directoryProfileStoreOn({ ...nodeFileSystem, remove: () => Promise.reject(full) }, folder);
    await store.releaseLease(await store.acquireLease('AAPL', LONG));
    expect((await store.acquireLease('AAPL', LONG)).token).toBe(2);
    await expect(store.acquireLease('AAPL', LONG)).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
  });
});
