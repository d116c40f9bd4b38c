import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FileSystem, nodeFileSystem } from '../../src/stores/directory/file-system';
import { directoryProfileStore, directoryProfileStoreOn } from '../../src/stores/directory/profile-store';
import { sampleBytes, sampleCommit } from '../../src/testing/sample-profiles';

let scratch = '';
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const LEASE = { owner: 'me', milliseconds: 60_000 };

function newFolder(): string {
  folders++;
  return join(scratch, `store-${folders}`);
}

/** A system's refusal, as Node throws it. */
function refusal(code: string): () => Promise<never> {
  return async () => {
    throw Object.assign(new Error(`${code}: refused`), { code });
  };
}

describe('a folder that cannot be written', () => {
  it('is STORE_FAILED at once, where the system has no such place', async () => {
    const file = join(scratch, 'a file');
    await writeFile(file, '');
    const places = [file, join(file, 'below'), ...(existsSync('/proc/self') ? ['/proc/nope', '/proc/nope/deeper'] : [])];
    for (const place of places) {
      const store = directoryProfileStore(place);
      const failure = { code: 'STORE_FAILED', message: expect.stringMatching(/\((ENOENT|ENOTDIR|EEXIST|EACCES|EPERM)\)/) };
      await expect(store.acquireLease('A', LEASE)).rejects.toMatchObject(failure);
      await expect(store.commit(sampleCommit('A', 0, 1))).rejects.toMatchObject(failure);
    }
  });

  it.each<[string, Partial<FileSystem>, string]>([
    ['no folder may be made', { makeFolder: refusal('EACCES') }, 'EACCES'],
    ['no file may be written', { write: refusal('EROFS') }, 'EROFS'],
    ['the folder is gone whenever a file is written', { write: refusal('ENOENT') }, 'ENOENT'],
    ['every name is taken, though none is there', { link: refusal('EEXIST') }, 'EEXIST'],
    ['nothing may be listed', { list: refusal('EACCES') }, 'EACCES'],
  ])('because %s: STORE_FAILED with the reason, not tried for ever', async (_, failing, code) => {
    const store = directoryProfileStoreOn({ ...nodeFileSystem, ...failing }, newFolder());
    const failure = { code: 'STORE_FAILED', message: expect.stringContaining(`(${code})`), cause: expect.objectContaining({ code }) };
    await expect(store.acquireLease('A', LEASE)).rejects.toMatchObject(failure);
  });

  it('gets its own folders and files for this user only', async () => {
    const root = newFolder();
    const store = directoryProfileStore(root);
    await store.acquireLease('A', LEASE);
    await store.commit(sampleCommit('A', 0, 1));
    const modes = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    const paths = await readdir(root, { recursive: true });
    expect(paths.length).toBeGreaterThan(5);
    for (const path of ['.', ...paths]) {
      const isFolder = (await stat(join(root, path))).isDirectory();
      // Windows has no such modes
      if (process.platform !== 'win32') expect([path, await modes(join(root, path))]).toEqual([path, isFolder ? '700' : '600']);
    }
  });
});

describe('a lease file', () => {
  it('that is a link that leads nowhere, or a pipe, is STORE_FAILED and not waited for', async () => {
    for (const put of [(path: string) => symlink('/nowhere', path), async (path: string) => void execFileSync('mkfifo', [path])]) {
      const root = newFolder();
      await mkdir(join(root, 'A'), { recursive: true });
      await put(join(root, 'A', 'lease-3.json'));
      await expect(directoryProfileStore(root).acquireLease('A', LEASE)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    }
  });

  it('whose number no number can hold is not ours', async () => {
    const root = newFolder();
    await mkdir(join(root, 'A'), { recursive: true });
    await writeFile(join(root, 'A', `lease-${'9'.repeat(20)}.json`), '');
    await mkdir(join(root, 'A', `revision-${'9'.repeat(400)}`)).catch(() => {});
    await expect(directoryProfileStore(root).acquireLease('A', LEASE)).resolves.toMatchObject({ symbol: 'A' });
    expect(await readdir(join(root, 'A'))).toContain('lease-1.json');
  });
});

describe('a stored file that is no longer what it was', () => {
  const FILES = ['manifest.json', 'company_profile.json', 'features.bin', 'model-forest.bin'];
  const makePipe = async (path: string) => {
    await rm(path);
    execFileSync('mkfifo', [path]);
  };
  const makeFolder = async (path: string) => {
    await rm(path);
    await mkdir(path);
  };

  it.each(FILES)('%s: a pipe, a folder, or grown to 3 GB, is STORE_FAILED and is not read', async (name) => {
    for (const spoil of [makePipe, makeFolder, (path: string) => truncate(path, 3e9)]) {
      const root = newFolder();
      await directoryProfileStore(root).commit(sampleCommit('A', 0, 1, { forest: sampleBytes(1_000, 1) }));
      const path = join(root, 'A', 'revision-1', (await readdir(join(root, 'A', 'revision-1'))).find((file) => matches(file, name)) ?? '');
      await spoil(path);
      const store = directoryProfileStore(root);
      const read = name.startsWith('company') ? store.getCompanyProfile('A') : store.getCheckpoint('A');
      await expect(read).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(path) });
    }
  });
});

/** Names of models are encoded for file systems that ignore case. */
function matches(file: string, name: string): boolean {
  return file.replace('=', '') === name;
}

describe('what somebody else put into the store', () => {
  it('is no symbol, if it is no folder', async () => {
    const root = newFolder();
    const store = directoryProfileStore(root);
    await store.commit(sampleCommit('A', 0, 1));
    await writeFile(join(root, 'README'), 'a note');
    await symlink('LOOP', join(root, 'LOOP'));
    await symlink('/nowhere', join(root, 'DANGLING'));
    execFileSync('mkfifo', [join(root, 'PIPE')]);
    expect(await store.listSymbols()).toEqual(['A']);
  });

  it('is not removed through a link when a symbol is deleted', async () => {
    const root = newFolder();
    const elsewhere = join(scratch, 'elsewhere of a deletion');
    await mkdir(join(elsewhere, 'project'), { recursive: true });
    await writeFile(join(elsewhere, 'project', 'precious.txt'), 'x');
    const store = directoryProfileStore(root);
    await store.commit(sampleCommit('A', 0, 1));
    await store.commit(sampleCommit('A', 1, 2, 'unchanged'));
    await rm(join(root, 'A', 'revision-1'), { recursive: true });
    for (const name of ['revision-1', 'staging-1-x', 'lease-before-1-x']) await symlink(elsewhere, join(root, 'A', name));
    const lease = await store.acquireLease('A', LEASE);
    expect(await store.deleteSymbol('A', { leaseToken: lease.token })).toBe(true);
    await store.releaseLease(lease);
    expect(await readdir(join(root, 'A'))).toStrictEqual(['revision-3']);
    expect(await readdir(join(elsewhere, 'project'))).toStrictEqual(['precious.txt']);
  });

  it('is not removed through a link', async () => {
    const root = newFolder();
    const elsewhere = newFolder();
    const store = directoryProfileStore(root);
    await store.commit(sampleCommit('A', 0, 1, { forest: sampleBytes(1_000, 1) }));
    await store.commit(sampleCommit('A', 1, 2, 'unchanged'));
    // the models are in revision 1 still, which now is elsewhere
    await rename(join(root, 'A', 'revision-1'), elsewhere);
    await symlink(elsewhere, join(root, 'A', 'revision-1'));
    await mkdir(join(elsewhere, 'project'));
    await writeFile(join(elsewhere, 'precious.txt'), 'not ours');
    await store.commit(sampleCommit('A', 2, 3, 'unchanged'));
    expect(await readdir(elsewhere)).toEqual(expect.arrayContaining(['precious.txt', 'project']));
    expect((await store.getCheckpoint('A'))?.models.forest).toEqual(sampleBytes(1_000, 1));
    // a link that nothing is needed from is removed, not what it leads to
    await store.commit(sampleCommit('A', 3, 4, { forest: sampleBytes(1_000, 2) }));
    await store.commit(sampleCommit('A', 4, 5, 'unchanged'));
    expect(existsSync(join(root, 'A', 'revision-1'))).toBe(false);
    expect(await readdir(elsewhere)).toEqual(expect.arrayContaining(['precious.txt', 'project']));
  });
});
