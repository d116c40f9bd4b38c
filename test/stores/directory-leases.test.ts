import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
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
    await directoryProfileStore(folder).commit(sampleCommit('AAPL', 0, 1));
    const { token: first } = await directoryProfileStore(folder).acquireLease('AAPL', SHORT);
    // each of them fails if another one is between acquiring and releasing
    const outputs = await Promise.all([1, 2, 3, 4].map(() => run('compete', folder, 25)));
    const tokens = outputs.map((output): number[] => JSON.parse(output));
    for (const own of tokens) expect(own).toStrictEqual([...own].sort((a, b) => a - b));
    expect(tokens.flat().sort((a, b) => a - b)).toStrictEqual(Array.from({ length: 100 }, (_, i) => first + i + 1));
    expect((await readdir(join(folder, 'AAPL'))).sort()).toStrictEqual(['lease-101.json', 'revision-1']);
  });

  it('have it one after the other also where nothing is stored, and leave nothing', async () => {
    const folder = newFolder();
    const outputs = await Promise.all([1, 2, 3, 4].map(() => run('compete', folder, 25)));
    const tokens = outputs.flatMap((output): number[] => JSON.parse(output));
    expect(new Set(tokens).size).toBe(100);
    expect(await readdir(folder)).toStrictEqual([]);
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
    await fast.commit(sampleCommit('AAPL', 0, 1));
    let isFirst = true;
    const tokens: number[] = [];
    // others have had leases 1 to 3 before this one tries to make lease-1.json, whose name is free again
    const others = async () => {
      for (let number = 1; isFirst && number < 4; number++) {
        const lease = await fast.acquireLease('AAPL', LONG);
        tokens.push(lease.token);
        await fast.releaseLease(lease);
      }
      isFirst = false;
    };
    const late = {
      write: async (path: string, bytes: Uint8Array) => others().then(() => nodeFileSystem.write(path, bytes)),
      link: async (from: string, to: string) => others().then(() => nodeFileSystem.link(from, to)),
    };
    const slow = directoryProfileStoreOn({ ...nodeFileSystem, [operation]: late[operation] }, folder);
    expect((await slow.acquireLease('AAPL', LONG)).token).toBe(tokens[2] + 1);
    expect((await readdir(join(folder, 'AAPL'))).sort()).toStrictEqual(['lease-4.json', 'revision-1']);
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
    await expect(late).rejects.toMatchObject({
      code: 'LEASE_LOST',
      message: expect.stringContaining(`the newest one is ${lease.token + 1}`),
    });
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-2.json']);
  });
});

describe('the file of a lease', () => {
  it('says who has it and until when', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await store.commit(sampleCommit('AAPL', 0, 1));
    const lease = await store.acquireLease('AAPL', { owner: 'Zürich "1"', milliseconds: 600_000 });
    const path = join(folder, 'AAPL', 'lease-1.json');
    const { token, expiresAt } = lease;
    const written = { token, owner: 'Zürich "1"', expires_at: expiresAt.toISOString(), milliseconds: 600_000, released: false };
    expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual(written);
    await store.releaseLease(lease);
    expect(JSON.parse(await readFile(path, 'utf8'))).toStrictEqual({ ...written, released: true });
  });

  it.each([
    ...['', '{"owner": "me", "exp', 'null', '[]', '{}'],
    '{"token": 3, "owner": "me", "expires_at": "soon", "milliseconds": 1000, "released": false}',
    '{"token": "3", "owner": "me", "expires_at": "2999-01-01T00:00:00.000Z", "milliseconds": 1000, "released": false}',
    '{"owner": "me", "expires_at": "2999-01-01T00:00:00.000Z", "released": false}',
  ])('is a lease that is over if it was damaged to %j', async (damaged) => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    const lease = await store.acquireLease('AAPL', LONG);
    await writeFile(join(folder, 'AAPL', 'lease-1.json'), damaged);
    // its worker may be alive, and must begin again
    await expect(store.renewLease(lease, 600_000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(store.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: lease.token })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    const next = await store.acquireLease('AAPL', LONG);
    expect(next.token).toBeGreaterThan(lease.token);
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-2.json']);
  });

  it('of a clock that is hours ahead lasts no longer than it was granted for, from when it was written', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    const lease = await store.acquireLease('AAPL', { owner: 'ahead', milliseconds: 60_000 });
    const path = join(folder, 'AAPL', 'lease-1.json');
    const ahead = { ...JSON.parse(await readFile(path, 'utf8')), expires_at: new Date(Date.now() + 7_200_000).toISOString() };
    await writeFile(path, JSON.stringify(ahead));
    await expect(store.acquireLease('AAPL', LONG)).rejects.toMatchObject({
      code: 'SYMBOL_LEASED',
      message: expect.stringContaining('ahead'),
    });
    await utimes(path, new Date(), new Date(Date.now() - 60_001));
    expect((await store.acquireLease('AAPL', LONG)).token).toBe(lease.token + 1);
  });

  it.each([
    ['999999999999999', 'nothing'],
    ['9007199254740993', 'nothing'],
    ['999999999999', 'STORE_FAILED'],
  ])('that somebody else made, with the number %s, costs %s', async (number, cost) => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await store.commit(sampleCommit('AAPL', 0, 1));
    await writeFile(join(folder, 'AAPL', `lease-${number}.json`), '{}');
    const taking = store.acquireLease('AAPL', LONG);
    if (cost === 'nothing')
      expect(await store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: (await taking).token })).toStrictEqual({ revision: 2 });
    else await expect(taking).rejects.toMatchObject({ code: cost, message: expect.stringContaining(`lease-${number}.json`) });
  });

  it('is not left when it is given back while nothing is stored: neither file nor folder, also of leases before it', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await expiry(await store.acquireLease('AAPL', SHORT));
    await store.releaseLease(await store.acquireLease('AAPL', LONG));
    expect(await readdir(folder)).toStrictEqual([]);
    // nor by a commit that is refused
    await expect(store.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: 1 })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(store.commit(sampleCommit('AAPL', 0, 1, { model: 'unchanged' }))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await readdir(folder)).toStrictEqual([]);
    // what somebody else keeps there stays
    await store.acquireLease('AAPL', SHORT).then(expiry);
    const lease = await store.acquireLease('AAPL', LONG);
    await writeFile(join(folder, 'AAPL', 'notes.txt'), 'x');
    await store.releaseLease(lease);
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['notes.txt']);
    // after a deletion, the number of the revision
    await store.commit(sampleCommit('MSFT', 0, 1));
    const held = await store.acquireLease('MSFT', LONG);
    await store.deleteSymbol('MSFT', { leaseToken: held.token });
    await store.releaseLease(held);
    expect(await readdir(join(folder, 'MSFT'))).toStrictEqual(['revision-2']);
  });

  it('is swept with what dead workers left, by the next lease and by a commit, but never the newest', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    const inFolder = async () => (await readdir(join(folder, 'AAPL'))).sort();
    const leave = async (names: readonly string[]) => {
      for (const name of names) await writeFile(join(folder, 'AAPL', name), '{}');
    };
    for (let number = 1; number < 5; number++) await expiry(await store.acquireLease('AAPL', SHORT));
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

  it.each(['writeSoon', 'rename', 'list', 'read'] as const)('at %s while a lease is renewed or released is told', async (operation) => {
    const folder = newFolder();
    const lease = await directoryProfileStore(folder).acquireLease('AAPL', LONG);
    const store = directoryProfileStoreOn({ ...nodeFileSystem, [operation]: () => Promise.reject(full) }, folder);
    await expect(store.renewLease(lease, 1000)).rejects.toMatchObject(failure);
    await expect(store.releaseLease(lease)).rejects.toMatchObject(failure);
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['lease-1.json']);
    expect((await directoryProfileStore(folder).renewLease(lease, 1000)).token).toBe(lease.token);
  });

  it('that is slow to bring bytes to the disk keeps no renewal waiting', async () => {
    const folder = newFolder();
    const lease = await directoryProfileStore(folder).acquireLease('AAPL', LONG);
    const never = () => new Promise<never>(() => {});
    const store = directoryProfileStoreOn({ ...nodeFileSystem, write: never, syncFolder: never }, folder);
    expect((await store.renewLease(lease, 1000)).token).toBe(lease.token);
    await store.releaseLease(lease);
    expect((await directoryProfileStore(folder).acquireLease('AAPL', LONG)).token).not.toBe(lease.token);
  });

  it('while sweeping does not undo the lease', async () => {
    const folder = newFolder();
    const store = directoryProfileStoreOn({ ...nodeFileSystem, remove: () => Promise.reject(full) }, folder);
    const first = await store.acquireLease('AAPL', SHORT);
    await expiry(first);
    expect((await store.acquireLease('AAPL', LONG)).token).toBe(first.token + 1);
    await expect(store.acquireLease('AAPL', LONG)).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
  });
});
