import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bars, joinBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import type { BarStore } from '../../src/stores/bar-store';
import { directoryBarStore, directoryBarStoreOn } from '../../src/stores/directory/bar-store';
import { type FileSystem, nodeFileSystem } from '../../src/stores/directory/file-system';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { assertKept, assertSameBars, MARKET, madeUpBars, readBars } from '../../src/testing/sample-kept-bars';
import { sampleCommit } from '../../src/testing/sample-profiles';

let scratch = '';
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function newFolder(): string {
  folders++;
  return join(scratch, `store-${folders}`);
}

/** Writes bars behind those that are kept. */
async function append(store: BarStore, bars: Bars, symbol = 'AAPL') {
  const kept = await store.describe(symbol);
  return store.write({ symbol, market: MARKET, from: bars.timestamp[0], bars, baseRevision: kept?.revision ?? 0 });
}

const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

describe('what is on the disk', () => {
  it('is one folder for bars and profiles, which do not disturb each other', async () => {
    const root = newFolder();
    const bars = directoryBarStore(root);
    const profiles = directoryProfileStore(root);
    await append(bars, madeUpBars(0, 100), 'BOTH');
    await append(bars, madeUpBars(0, 100), 'BARS');
    const lease = await profiles.acquireLease('BOTH', { owner: 'me', milliseconds: 60_000 });
    await profiles.commit(sampleCommit('BOTH', 0, 1));
    await profiles.commit(sampleCommit('PROFILES', 0, 1));
    for (let revision = 1; revision < 4; revision++) {
      await append(bars, madeUpBars(revision * 100, 100), 'BOTH');
      await profiles.commit({ ...sampleCommit('BOTH', revision, revision + 1), leaseToken: lease.token });
    }
    expect(await bars.listSymbols()).toEqual(['BARS', 'BOTH']);
    expect(await profiles.listSymbols()).toEqual(['BOTH', 'PROFILES']);
    await assertKept(bars, 'BOTH', madeUpBars(0, 400));
    expect(await readAll(profiles, 'BOTH')).toStrictEqual(expectedAfter(sampleCommit('BOTH', 3, 4)));
    await bars.deleteSymbol('BOTH');
    expect(await readAll(profiles, 'BOTH')).toStrictEqual(expectedAfter(sampleCommit('BOTH', 3, 4)));
    expect(await bars.listSymbols()).toEqual(['BARS']);
    expect(await profiles.listSymbols()).toEqual(['BOTH', 'PROFILES']);
    expect((await readdir(join(root, 'BOTH'))).sort()).toEqual(['bars', 'lease-1.json', 'revision-4']);
  });

  it('holds each bar once, but for those that a reader of the revision before may need', async () => {
    const root = newFolder();
    const store = directoryBarStore(root);
    await append(store, madeUpBars(0, 140_000));
    for (let day = 0; day < 40; day++) await append(store, madeUpBars(140_000 + day * 390, 390));
    const sizes = await Promise.all(
      (await readdir(join(root, 'AAPL', 'bars'))).map(async (name) => (await stat(join(root, 'AAPL', 'bars', name))).size),
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const bars = 140_000 + 40 * 390;
    expect(bytes).toBeGreaterThan(48 * bars);
    // a last block of up to 8,192 bars is there twice
    expect(bytes).toBeLessThan(48 * (bars + 8_192) + 20_000);
    await assertKept(store, 'AAPL', madeUpBars(0, bars));
  });

  it('is for this user only', async () => {
    const root = newFolder();
    await append(directoryBarStore(root), madeUpBars(0, 10));
    const paths = await readdir(root, { recursive: true });
    expect(paths.length).toBe(4);
    for (const path of ['.', ...paths]) {
      const facts = await stat(join(root, path));
      // Windows has no such modes
      if (process.platform !== 'win32') expect((facts.mode & 0o777).toString(8)).toBe(facts.isDirectory() ? '700' : '600');
    }
  });

  it('is a note of a few hundred bytes, once a symbol is forgotten', async () => {
    const root = newFolder();
    const store = directoryBarStore(root);
    await append(store, madeUpBars(0, 100_000));
    await append(store, madeUpBars(100_000, 10));
    await store.deleteSymbol('AAPL');
    expect(await readdir(join(root, 'AAPL', 'bars'))).toEqual(['revision-3.json']);
    expect((await stat(join(root, 'AAPL', 'bars', 'revision-3.json'))).size).toBeLessThan(500);
  });

  it("keeps what is not the store's", async () => {
    const root = newFolder();
    const store = directoryBarStore(root);
    await append(store, madeUpBars(0, 10));
    const folder = join(root, 'AAPL', 'bars');
    const foreign = ['notes.txt', 'bars-1-0.npy', 'bars-1-0-x.npy', 'revision-0.json', `revision-${'9'.repeat(20)}.json`, 'staged-1-.json'];
    for (const name of foreign) await writeFile(join(folder, name), 'x');
    await mkdir(join(folder, 'bars-1-0-aa.npy', 'deep'), { recursive: true });
    for (const name of ['.DS_Store', 'README']) await writeFile(join(root, name), 'x');
    await symlink('LOOP', join(root, 'LOOP'));
    await symlink('/nowhere', join(root, 'DANGLING'));
    await mkdir(join(root, 'OTHER'));
    await writeFile(join(root, 'OTHER', 'bars'), 'a file');
    for (let day = 1; day < 4; day++) await append(store, madeUpBars(day * 10, 10));
    await assertKept(store, 'AAPL', madeUpBars(0, 40));
    expect(await store.listSymbols()).toEqual(['AAPL']);
    expect(await readdir(folder)).toEqual(expect.arrayContaining([...foreign, 'bars-1-0-aa.npy']));
    await store.deleteSymbol('AAPL');
    expect(await readdir(folder)).toEqual(expect.arrayContaining([...foreign, 'bars-1-0-aa.npy']));
  });

  it('is not written or removed through a link', async () => {
    const root = newFolder();
    const store = directoryBarStore(root);
    const elsewhere = newFolder();
    await append(store, madeUpBars(0, 10));
    await append(store, madeUpBars(10, 10));
    await rename(join(root, 'AAPL', 'bars'), elsewhere);
    await symlink(elsewhere, join(root, 'AAPL', 'bars'));
    const before = (await readdir(elsewhere)).sort();
    const refusal = { code: 'STORE_FAILED', message: expect.stringContaining('is a link') };
    await expect(append(store, madeUpBars(20, 10))).rejects.toMatchObject(refusal);
    await expect(store.deleteSymbol('AAPL')).rejects.toMatchObject(refusal);
    expect((await readdir(elsewhere)).sort()).toEqual(before);
  });

  it.each([[undefined], [''], [' '], [5], ['a\0b']])('is nowhere without a path: %j', (path) => {
    // what JavaScript users may give
    const open = () => Reflect.apply(directoryBarStore, undefined, [path]);
    expect(open).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('path must be a path') }));
  });
});

describe('rivals', () => {
  it('lose also when the revision they would make was made and swept long ago', async () => {
    const root = newFolder();
    const fast = directoryBarStore(root);
    await append(fast, madeUpBars(0, 10));
    let overtaken = false;
    const slow = directoryBarStoreOn(
      {
        ...nodeFileSystem,
        async link(from, to) {
          if (!overtaken) for (let day = 1; day < 5; day++) await append(fast, madeUpBars(day * 10, 10));
          overtaken = true;
          await nodeFileSystem.link(from, to);
        },
      },
      root,
    );
    await expect(append(slow, madeUpBars(10, 5, 2))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('revision 5'),
    });
    await append(fast, madeUpBars(50, 10));
    await assertKept(fast, 'AAPL', madeUpBars(0, 60));
    // what the slow one linked or wrote is gone
    expect((await readdir(join(root, 'AAPL', 'bars'))).length).toBe(4);
  });

  it('win also when others went on before they looked, also further than a manifest remembers', async () => {
    for (const days of [2, 20]) {
      const root = newFolder();
      const fast = directoryBarStore(root);
      const slow = directoryBarStoreOn(
        {
          ...nodeFileSystem,
          async link(from, to) {
            await nodeFileSystem.link(from, to);
            for (let day = 0; day < days; day++) await append(fast, madeUpBars(9_000 + day * 10, 10));
          },
        },
        root,
      );
      const outcome = append(slow, madeUpBars(0, 9_000));
      if (days === 2) expect(await outcome).toMatchObject({ bars: 9_000, revision: 1 });
      else await expect(outcome).rejects.toMatchObject({ code: 'CONFLICT' });
      // in both cases its bars are part of what others built on
      await assertKept(fast, 'AAPL', madeUpBars(0, 9_000 + days * 10));
    }
  });
});

describe('a reader', () => {
  it('goes on reading its revision over the next write, whatever that cuts, and is told when two have passed', async () => {
    for (const [writes, code] of [
      [1, null],
      [2, 'CONFLICT'],
    ] as const) {
      const store = directoryBarStore(newFolder());
      await append(store, madeUpBars(0, 150_000));
      const parts: Bars[] = [];
      const read = async () => {
        for await (const block of store.read('AAPL')) {
          parts.push(block);
          if (parts.length > 1) continue;
          for (let revision = 1; revision <= writes; revision++) {
            const bars = madeUpBars(0, 160_000, revision + 1);
            await store.write({ symbol: 'AAPL', market: MARKET, from: Number.NEGATIVE_INFINITY, bars, baseRevision: revision });
          }
        }
      };
      if (code === null) await read();
      else await expect(read()).rejects.toMatchObject({ code });
      const all = joinBars(...parts);
      assertSameBars(all, madeUpBars(0, code === null ? 150_000 : all.length));
    }
  });
});

describe('a disk that fails', () => {
  it.each([1, 2, 3, 4])('at write %i leaves the store as it was', async (failing) => {
    const root = newFolder();
    await append(directoryBarStore(root), madeUpBars(0, 100));
    const before = (await readdir(join(root, 'AAPL', 'bars'))).sort();
    let writes = 0;
    const files: FileSystem = {
      ...nodeFileSystem,
      async write(path, bytes) {
        writes++;
        if (writes < failing) return nodeFileSystem.write(path, bytes);
        await nodeFileSystem.write(path, bytes.subarray(0, 10));
        throw full;
      },
    };
    const store = directoryBarStoreOn(files, root);
    const failure = { name: 'TickerforestError', code: 'STORE_FAILED', cause: full, message: expect.stringContaining('(ENOSPC)') };
    await expect(append(store, madeUpBars(100, 140_000))).rejects.toMatchObject(failure);
    expect((await readdir(join(root, 'AAPL', 'bars'))).sort()).toEqual(before);
    await assertKept(store, 'AAPL', madeUpBars(0, 100));
  });

  it('while sweeping does not undo the write', async () => {
    const store = directoryBarStoreOn({ ...nodeFileSystem, remove: () => Promise.reject(full) }, newFolder());
    for (let day = 0; day < 4; day++) await append(store, madeUpBars(day * 10, 10));
    await assertKept(store, 'AAPL', madeUpBars(0, 40));
  });

  it('is told from a write that is done but perhaps not on the disk', async () => {
    const root = newFolder();
    let syncs = 0;
    const files: FileSystem = {
      ...nodeFileSystem,
      async syncFolder(path) {
        syncs++;
        if (syncs === 2) throw full;
        await nodeFileSystem.syncFolder(path);
      },
    };
    const store = directoryBarStoreOn(files, root);
    await expect(append(store, madeUpBars(0, 10))).rejects.toMatchObject({ code: 'STORE_FAILED', cause: full });
    // nothing that counts was removed
    await assertKept(store, 'AAPL', madeUpBars(0, 10));
    await append(store, madeUpBars(10, 10));
    await assertKept(store, 'AAPL', madeUpBars(0, 20));
  });

  it('is named when the folder is a file', async () => {
    const path = newFolder();
    await writeFile(path, 'not a folder');
    const store = directoryBarStore(path);
    const failure = { code: 'STORE_FAILED', message: expect.stringContaining(path), cause: expect.any(Error) };
    await expect(store.describe('AAPL')).rejects.toMatchObject(failure);
    await expect(readBars(store, 'AAPL')).rejects.toMatchObject(failure);
    await expect(store.listSymbols()).rejects.toMatchObject(failure);
    await expect(store.deleteSymbol('AAPL')).rejects.toMatchObject(failure);
    const write = { symbol: 'AAPL', market: MARKET, from: 0, bars: madeUpBars(0, 10), baseRevision: 0 };
    await expect(store.write(write)).rejects.toMatchObject(failure);
  });
});

describe('a damaged store', () => {
  /** Three revisions of two blocks, of which the newest has one rewritten. */
  async function makeStore(): Promise<{ root: string; folder: string; store: BarStore; bars: Bars }> {
    const root = newFolder();
    const store = directoryBarStore(root);
    await append(store, madeUpBars(0, 9_000));
    await append(store, madeUpBars(9_000, 12));
    await append(store, madeUpBars(9_012, 8));
    return { root, folder: join(root, 'AAPL', 'bars'), store, bars: madeUpBars(0, 9_020) };
  }

  /** What is read is right, or it is STORE_FAILED with the file's name, and only good blocks came before. Says whether it failed. */
  async function assertRightOrFailed(store: BarStore, bars: Bars, path: string): Promise<boolean> {
    const parts: Bars[] = [];
    let failure: unknown;
    try {
      for await (const block of store.read('AAPL')) parts.push(block);
    } catch (error) {
      failure = error;
    }
    const all = joinBars(...parts);
    assertSameBars(all, joinBars(madeUpBars(0, all.length)));
    if (failure === undefined) await assertKept(store, 'AAPL', bars);
    else expect(failure).toMatchObject({ name: 'TickerforestError', code: 'STORE_FAILED', message: expect.stringContaining(path) });
    return failure !== undefined;
  }

  it('is not what two files are that were put in each other’s place', async () => {
    const { folder, store, bars } = await makeStore();
    const blocks = (await readdir(folder)).filter((name) => name.endsWith('.npy'));
    for (const one of blocks) {
      for (const other of blocks.filter((name) => name !== one)) {
        await rename(join(folder, one), join(folder, 'aside'));
        await rename(join(folder, other), join(folder, one));
        await rename(join(folder, 'aside'), join(folder, other));
        await assertRightOrFailed(store, bars, folder);
        await rename(join(folder, one), join(folder, 'aside'));
        await rename(join(folder, other), join(folder, one));
        await rename(join(folder, 'aside'), join(folder, other));
      }
    }
    await assertKept(store, 'AAPL', bars);
  });

  const spoils: [string, (path: string) => Promise<void>][] = [
    ['gone', (path) => rm(path)],
    ['a pipe', (path) => replaced(path, async () => void execFileSync('mkfifo', [path]))],
    ['a folder', (path) => replaced(path, () => mkdir(path))],
    ['a link that leads nowhere', (path) => replaced(path, () => symlink('/nowhere', path))],
    ['grown to 3 GB', (path) => truncate(path, 3e9)],
  ];
  it.each(spoils)('is STORE_FAILED at once where a file is %s, and can be forgotten and kept anew', async (_, spoil) => {
    for (const pick of [/^bars-1-0/, /^bars-3-0/, /^revision-3/]) {
      const { folder, store } = await makeStore();
      const name = (await readdir(folder)).find((one) => pick.test(one)) ?? '';
      await spoil(join(folder, name));
      const isManifest = name.startsWith('revision');
      // without its manifest, the newest revision is the one before
      if (isManifest && !(await readdir(folder)).includes(name)) continue;
      await expect(readBars(store, 'AAPL')).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(name) });
      if (isManifest) await expect(store.describe('AAPL')).rejects.toMatchObject({ code: 'STORE_FAILED' });
      expect(await store.listSymbols()).toEqual(['AAPL']);
      expect(await store.deleteSymbol('AAPL')).toBe(true);
      expect(await store.describe('AAPL')).toBe(null);
      await append(store, madeUpBars(0, 50));
      await assertKept(store, 'AAPL', madeUpBars(0, 50));
    }
  });

  it('is what was copied from another symbol', async () => {
    const { root, store } = await makeStore();
    await cp(join(root, 'AAPL'), join(root, 'MSFT'), { recursive: true });
    await expect(store.describe('MSFT')).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('symbol') });
    await expect(append(store, madeUpBars(9_020, 10), 'MSFT')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect((await readdir(join(root, 'MSFT', 'bars'))).sort()).toEqual((await readdir(join(root, 'AAPL', 'bars'))).sort());
  });

  it('names the revision that must be there, where it cannot be read', async () => {
    const { folder, store } = await makeStore();
    await writeFile(join(folder, 'revision-3.json'), '{}');
    await expect(store.deleteSymbol('AAPL', { baseRevision: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await store.deleteSymbol('AAPL', { baseRevision: 3 })).toBe(true);
  });

  it('is found when bars are put into one block with damaged ones', async () => {
    const { folder, store } = await makeStore();
    const name = (await readdir(folder)).find((one) => one.startsWith('bars-3-0')) ?? '';
    await writeFile(join(folder, name), flipped(await readFile(join(folder, name)), 300));
    const error = await append(store, madeUpBars(9_020, 10)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TickerforestError);
    expect(error).toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(name) });
    expect(await store.describe('AAPL')).toMatchObject({ revision: 3 });
  });
});

async function replaced(path: string, make: () => Promise<unknown>): Promise<void> {
  await unlink(path);
  await make();
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] ^= 1 << (at % 8);
  return copy;
}
