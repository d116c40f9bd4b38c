import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../../src/stores/directory/file-system';
import { directoryProfileStore, directoryProfileStoreOn } from '../../src/stores/directory/profile-store';
import { expectedAfter, NOTHING, readAll } from '../../src/testing/assertions';
import { sampleBytes, sampleCommit, sampleCompany } from '../../src/testing/sample-profiles';

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

describe('rivals', () => {
  it('lose also when the revision they would make was made and swept long ago', async () => {
    const folder = newFolder();
    const fast = directoryProfileStore(folder);
    await fast.commit(sampleCommit('AAPL', 0, 1));
    let last = sampleCommit('AAPL', 1, 2);
    const slow = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async makeFolder(path) {
          for (let revision = 1; revision < 4; revision++) {
            last = sampleCommit('AAPL', revision, revision + 1);
            await fast.commit(last);
          }
          await nodeFileSystem.makeFolder(path);
        },
      },
      folder,
    );
    await expect(slow.commit(sampleCommit('AAPL', 1, 50))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('revision 4'),
    });
    expect(await readAll(fast, 'AAPL')).toStrictEqual(expectedAfter(last));
    await fast.commit(sampleCommit('AAPL', 4, 5));
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['revision-5']);
  });

  it('win also when others went on before they looked', async () => {
    const folder = newFolder();
    const fast = directoryProfileStore(folder);
    const slow = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async rename(from, to) {
          await nodeFileSystem.rename(from, to);
          await fast.commit(sampleCommit('AAPL', 1, 2));
          await fast.commit(sampleCommit('AAPL', 2, 3));
        },
      },
      folder,
    );
    expect(await slow.commit(sampleCommit('AAPL', 0, 1))).toStrictEqual({ revision: 1 });
    expect(await readAll(fast, 'AAPL')).toStrictEqual(expectedAfter(sampleCommit('AAPL', 2, 3)));
  });
});

describe('a deletion', () => {
  const left = async (folder: string) => (await readdir(join(folder, 'AAPL'))).sort();

  it('removes every file, and leaves the number of its revision only', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await store.commit(sampleCommit('AAPL', 0, 1));
    await store.commit(sampleCommit('AAPL', 1, 2, 'unchanged'));
    expect(await store.deleteSymbol('AAPL')).toBe(true);
    expect(await left(folder)).toStrictEqual(['revision-3']);
    expect(await readdir(join(folder, 'AAPL', 'revision-3'))).toStrictEqual(['manifest.json']);
    expect(await store.commit(sampleCommit('AAPL', 0, 1))).toStrictEqual({ revision: 4 });
    expect(await left(folder)).toStrictEqual(['revision-4']);
  });

  it('deletes a symbol that is too damaged to be read', async () => {
    for (const damage of ['{', '']) {
      const folder = newFolder();
      const store = directoryProfileStore(folder);
      await store.commit(sampleCommit('AAPL', 0, 1));
      await writeFile(join(folder, 'AAPL', 'revision-1', 'manifest.json'), damage);
      await expect(store.getMlProfile('AAPL')).rejects.toMatchObject({ code: 'STORE_FAILED' });
      expect(await store.listSymbols()).toStrictEqual(['AAPL']);
      expect(await store.deleteSymbol('AAPL')).toBe(true);
      expect([await readAll(store, 'AAPL'), await store.listSymbols()]).toStrictEqual([NOTHING, []]);
      expect(await store.commit(sampleCommit('AAPL', 0, 1))).toStrictEqual({ revision: 3 });
    }
  });

  it('that fails before it counts leaves the symbol, and one that cannot sweep is made good by the next', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    for (const operation of ['makeFolder', 'write', 'rename'] as const) {
      const folder = newFolder();
      await directoryProfileStore(folder).commit(sampleCommit('AAPL', 0, 1));
      const store = directoryProfileStoreOn({ ...nodeFileSystem, [operation]: () => Promise.reject(full) }, folder);
      await expect(store.deleteSymbol('AAPL')).rejects.toMatchObject({ code: 'STORE_FAILED', cause: full });
      expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(sampleCommit('AAPL', 0, 1)));
      expect(await left(folder)).toStrictEqual(['revision-1']);
    }
    const folder = newFolder();
    await directoryProfileStore(folder).commit(sampleCommit('AAPL', 0, 1));
    const unable = directoryProfileStoreOn({ ...nodeFileSystem, remove: () => Promise.reject(full) }, folder);
    expect(await unable.deleteSymbol('AAPL')).toBe(true);
    expect(await left(folder)).toStrictEqual(['revision-1', 'revision-2']);
    expect(await directoryProfileStore(folder).listSymbols()).toStrictEqual([]);
    expect(await directoryProfileStore(folder).deleteSymbol('AAPL')).toBe(false);
    expect(await left(folder)).toStrictEqual(['revision-2']);
  });

  it('wins over a commit that is slow, also when the symbol was created anew before that one renames', async () => {
    const folder = newFolder();
    const fast = directoryProfileStore(folder);
    await fast.commit(sampleCommit('AAPL', 0, 1));
    const slow = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async rename(from, to) {
          await fast.deleteSymbol('AAPL');
          await fast.commit(sampleCommit('AAPL', 0, 9));
          await nodeFileSystem.rename(from, to);
        },
      },
      folder,
    );
    await expect(slow.commit(sampleCommit('AAPL', 1, 2, 'unchanged'))).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await readAll(fast, 'AAPL')).toStrictEqual(expectedAfter(sampleCommit('AAPL', 0, 9), 3));
  });
});

describe('a disk that fails', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

  it.each([1, 2, 3, 4, 5, 6, 7])('at write %i leaves the store as it was', async (failing) => {
    const folder = newFolder();
    const commit = sampleCommit('AAPL', 0, 1);
    await directoryProfileStore(folder).commit(commit);
    let writes = 0;
    const store = directoryProfileStoreOn(
      {
        ...nodeFileSystem,
        async write(path, bytes) {
          writes++;
          if (writes === failing) throw full;
          await nodeFileSystem.write(path, bytes);
        },
      },
      folder,
    );
    const failure = { name: 'TickerforestError', code: 'STORE_FAILED', cause: full };
    await expect(store.commit(sampleCommit('AAPL', 1, 2))).rejects.toMatchObject(failure);
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commit));
    expect(await readdir(join(folder, 'AAPL'))).toStrictEqual(['revision-1']);
    expect(await store.commit(sampleCommit('AAPL', 1, 2))).toStrictEqual({ revision: 2 });
  });

  it('while sweeping does not undo the commit', async () => {
    const folder = newFolder();
    const store = directoryProfileStoreOn({ ...nodeFileSystem, remove: () => Promise.reject(full) }, folder);
    await store.commit(sampleCommit('AAPL', 0, 1));
    expect(await store.commit(sampleCommit('AAPL', 1, 2))).toStrictEqual({ revision: 2 });
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(sampleCommit('AAPL', 1, 2)));
  });

  it('is told from a commit that is done but perhaps not on the disk', async () => {
    const folder = newFolder();
    const store = directoryProfileStoreOn(
      { ...nodeFileSystem, syncFolder: (path) => (path.endsWith('AAPL') ? Promise.reject(full) : nodeFileSystem.syncFolder(path)) },
      folder,
    );
    await expect(store.commit(sampleCommit('AAPL', 0, 1))).rejects.toMatchObject({ code: 'STORE_FAILED', cause: full });
    await expect(store.commit(sampleCommit('AAPL', 0, 1))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is named when the folder is a file', async () => {
    const path = newFolder();
    await writeFile(path, 'not a folder');
    const store = directoryProfileStore(path);
    const failure = { code: 'STORE_FAILED', message: expect.stringContaining(path), cause: expect.any(Error) };
    await expect(store.getMlProfile('AAPL')).rejects.toMatchObject(failure);
    await expect(store.listSymbols()).rejects.toMatchObject(failure);
    await expect(store.commit(sampleCommit('AAPL', 0, 1))).rejects.toMatchObject(failure);
  });
});

describe('a damaged store', () => {
  const FILES = [
    'manifest.json',
    'company_profile.json',
    'ml_profile.json',
    'statistical_profile.json',
    'features.bin',
    'model-=regression_rf.bin',
    'model-=regression_gb.bin',
  ];
  const damages: [string, (path: string) => Promise<void>][] = [
    ['missing', (path) => rm(path)],
    ['cut off', async (path) => writeFile(path, (await readFile(path)).subarray(0, 20))],
    ['emptied', (path) => writeFile(path, '')],
    [
      'changed in one bit',
      async (path) => {
        const bytes = await readFile(path);
        bytes[bytes.length >> 1] ^= 1;
        await writeFile(path, bytes);
      },
    ],
  ];
  it.each(FILES.flatMap((file) => damages.map(([what, damage]) => ({ file, what, damage }))))(
    'names $file that is $what',
    async ({ file, damage }) => {
      const folder = newFolder();
      const store = directoryProfileStore(folder);
      await store.commit(sampleCommit('AAPL', 0, 1));
      expect((await readdir(join(folder, 'AAPL', 'revision-1'))).sort()).toStrictEqual([...FILES].sort());
      const path = join(folder, 'AAPL', 'revision-1', file);
      await damage(path);
      const reads = [
        store.getCompanyProfile('AAPL'),
        store.getMlProfile('AAPL'),
        store.getStatisticalProfile('AAPL'),
        store.getCheckpoint('AAPL'),
      ];
      const errors = (await Promise.allSettled(reads)).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(errors.length).toBe(file === 'manifest.json' ? 4 : 1);
      for (const error of errors) {
        expect(error).toMatchObject({
          name: 'TickerforestError',
          code: 'STORE_FAILED',
          message: expect.stringContaining(path),
          cause: expect.any(Error),
        });
      }
      // a new beginning is possible without touching other symbols
      await rm(join(folder, 'AAPL'), { recursive: true });
      expect(await store.commit(sampleCommit('AAPL', 0, 2))).toStrictEqual({ revision: 1 });
    },
  );
});

describe('what is on the disk', () => {
  it('is JSON for people and for mongoimport', async () => {
    const folder = newFolder();
    await directoryProfileStore(folder).commit(sampleCommit('BRK.B', 0, 1));
    const text = await readFile(join(folder, 'BRK.B', 'revision-1', 'company_profile.json'), 'utf8');
    expect(text).toContain('\n  "technical_indicators": {\n    "rsi_14": 50,\n    "sma_200": null\n  },\n');
    expect(text).toContain('"last_updated": {\n    "$date": "2025-03-04T05:06:07.089Z"\n  }');
    expect(text).toContain('"sharpe": {\n      "$numberDouble": "NaN"\n    }');
    expect(text).toContain('"total_return": {\n      "$numberDouble": "-0.0"\n    }');
    expect(EJSON.parse(text)).toStrictEqual({ ...sampleCompany('BRK.B', 1), revision: 1 });
  });

  it('does not hold unchanged models twice', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await store.commit(sampleCommit('AAPL', 0, 1, { model: sampleBytes(100_000, 1) }));
    for (let revision = 1; revision < 4; revision++) await store.commit(sampleCommit('AAPL', revision, revision, 'unchanged'));
    expect((await readdir(join(folder, 'AAPL'))).sort()).toStrictEqual(['revision-1', 'revision-4']);
    expect(await readdir(join(folder, 'AAPL', 'revision-1'))).toStrictEqual(['model-=model.bin']);
    expect(await readdir(join(folder, 'AAPL', 'revision-4'))).not.toContain('model-=model.bin');
  });

  it('does not write single models again that are unchanged, and removes those that are dropped', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await store.commit(sampleCommit('AAPL', 0, 1, { A: sampleBytes(10, 1), B: sampleBytes(10, 2), C: sampleBytes(10, 3) }));
    await store.commit(sampleCommit('AAPL', 1, 2, { A: 'unchanged', C: 'unchanged', D: sampleBytes(10, 4) }));
    expect((await readdir(join(folder, 'AAPL', 'revision-1'))).sort()).toStrictEqual(['model-A.bin', 'model-C.bin']);
    await store.commit(sampleCommit('AAPL', 2, 3, { C: 'unchanged', D: 'unchanged' }));
    expect(await readdir(join(folder, 'AAPL', 'revision-1'))).toStrictEqual(['model-C.bin']);
    expect(await readdir(join(folder, 'AAPL', 'revision-2'))).toStrictEqual(['model-D.bin']);
    expect((await readdir(join(folder, 'AAPL', 'revision-3'))).filter((name) => name.startsWith('model-'))).toStrictEqual([]);
  });

  it("ignores what is not the store's", async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    await store.commit(sampleCommit('AAPL', 0, 1));
    await writeFile(join(folder, '.DS_Store'), 'x');
    await writeFile(join(folder, 'AAPL', 'notes.txt'), 'x');
    await store.commit(sampleCommit('AAPL', 1, 2));
    expect(await store.listSymbols()).toStrictEqual(['AAPL']);
    expect(await readdir(join(folder, 'AAPL'))).toContain('notes.txt');
  });

  it('has a folder name for the longest symbols and model names', async () => {
    const store = directoryProfileStore(newFolder());
    const longest = ['*'.repeat(64), `${'株'.repeat(21)}A`, 'aA'.repeat(32)];
    const models = Object.fromEntries(longest.map((name) => [name, new Uint8Array(1)]));
    for (const symbol of longest) await store.commit({ ...sampleCommit(symbol, 0, 1), checkpoint: { state: new Uint8Array(1), models } });
    expect(await store.listSymbols()).toStrictEqual([...longest].sort());
  });

  it.each([[undefined], [''], [' '], [5], [['a']], ['a\0b']])('refuses %j as its path', (path) => {
    // what JavaScript users may give
    const open = () => Reflect.apply(directoryProfileStore, undefined, [path]);
    expect(open).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('path must be a path') }));
  });
});
