import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { Bars } from '../../bars/bars';
import { TickerforestError } from '../../errors';
import { KEPT_RANGE } from '../../options/bar-store-table';
import { checkArgument, checkOptions } from '../../options/description';
import { path as folderPath } from '../../options/store-tables';
import { checkSymbol } from '../../options/symbol';
import { quoted } from '../../text';
import type { BarStore, BarWrite, DeleteBars, KeptBars, KeptRange } from '../bar-store';
import { barConflict, checkBarDeletion, checkBarWrite, readConflict, repeatedUnless } from '../bar-writes';
import { assertOpen } from '../checked-commit';
import { assertBase, describeKept, prepareBarWrite, readKeptBlocks } from '../kept-blocks';
import { together } from '../together';
import {
  type BarManifest,
  blockName,
  encodeBarManifest,
  encodeBlock,
  manifestName,
  readBarManifest,
  readBlock,
  revisionOfManifest,
  stagedManifestName,
  writtenFor,
} from './bar-revision';
import { encodeFileName } from './file-names';
import { because, type FileSystem, failedWith, nodeFileSystem } from './file-system';
import { symbolsIn } from './stored-files';

/** Writes that a manifest remembers: far more than can happen between a write's link and its look at who came after. */
const REMEMBERED_WRITES = 16;
/** Folder of the bars in a symbol's folder. */
const BARS = 'bars';

/**
 * Keeps bars in a folder of the local disk, which may be that of a `directoryProfileStore`.
 *
 * Every symbol has a folder `AAPL/bars` with files of up to 65,536 bars that never change once they are written, in NumPy's own format, and
 * `revision-<n>.json`, which says which of them make up the newest revision, in order, and what their CRC-32 must be. A write adds the files that follow its
 * cut, waits until they are on the disk, and then gives its manifest that name by a hard link. The link is the commit: it is atomic and fails if the revision
 * is already there. So a killed process leaves the old bars or the new ones, one of two rivals wins, and no lock can be left behind. What a write made
 * superfluous is removed by the write after the next, so that whoever reads the old revision can go on; what killed processes left, by the next.
 *
 * @param path - the folder; made with the first write. New folders are for this user only (0700), and so are new files (0600)
 * @returns the store. Any number of processes may use the same folder at once.
 * @throws TickerforestError `INVALID_OPTION` without a path
 * @example
 * ```ts
 * const bars = directoryBarStore('profiles');
 * console.log(await bars.describe('AAPL')); // null: none are kept
 * ```
 */
export function directoryBarStore(path: string): BarStore {
  return directoryBarStoreOn(nodeFileSystem, checkArgument(path, folderPath, 'path', 'directoryBarStore'));
}

/**
 * {@link directoryBarStore} on a file system of the caller's, so that tests can die between two of its steps.
 *
 * @param files - the file system
 * @param path - the folder
 * @returns the store
 */
export function directoryBarStoreOn(files: FileSystem, path: string): BarStore {
  return new DirectoryBarStore(files, resolve(path));
}

class DirectoryBarStore implements BarStore {
  readonly #files: FileSystem;
  readonly #root: string;
  #closed = false;

  constructor(files: FileSystem, root: string) {
    this.#files = files;
    this.#root = root;
  }

  async describe(symbol: string): Promise<KeptBars | null> {
    assertOpen(this.#closed);
    const folder = this.#folderOf(checkSymbol(symbol));
    return describeKept(symbol, await this.#reading(symbol, folder, () => this.#current(folder, symbol)));
  }

  async *read(symbol: string, range: KeptRange = {}): AsyncGenerator<Bars> {
    assertOpen(this.#closed);
    const folder = this.#folderOf(checkSymbol(symbol));
    const checked = checkOptions(range, KEPT_RANGE, 'read');
    const current = await this.#reading(symbol, folder, () => this.#current(folder, symbol));
    if (!current?.kept) return;
    const { revision } = current;
    yield* readKeptBlocks(current.kept.blocks, checked, async (block) => {
      try {
        return await readBlock(this.#files, folder, block);
      } catch (cause) {
        const now = await this.#newestRevision(folder).catch(() => revision);
        throw now === revision ? cause : readConflict(symbol, revision, cause);
      }
    });
  }

  async write(update: BarWrite): Promise<KeptBars> {
    assertOpen(this.#closed);
    const write = await checkBarWrite(update);
    const { symbol, market, baseRevision } = write;
    const folder = this.#folderOf(symbol);
    const id = randomUUID();
    const written: string[] = [];
    let writing = Promise.resolve();
    try {
      const base = await this.#current(folder, symbol);
      const prepared = await prepareBarWrite(base, write, (block) => readBlock(this.#files, folder, block));
      await this.#makeFolder(folder);
      const blocks = [...prepared.staying];
      for (const [index, block] of prepared.following.entries()) {
        const name = blockName(prepared.revision, index, id);
        const { entry, bytes } = encodeBlock(name, block);
        blocks.push(entry);
        await writing;
        written.push(name);
        writing = this.#files.write(join(folder, name), bytes);
        // whether it failed is looked at where it is waited for
        writing.catch(() => {});
      }
      const manifest = { revision: prepared.revision, writes: successors(id, base), kept: { market, blocks } };
      await this.#commit(folder, symbol, baseRevision, manifest, base, writing);
      return prepared.kept;
    } catch (cause) {
      await Promise.allSettled([writing]);
      throw await this.#explain(folder, symbol, { base: baseRevision, id, written }, cause);
    }
  }

  async deleteSymbol(symbol: string, options?: DeleteBars): Promise<boolean> {
    assertOpen(this.#closed);
    const base = checkBarDeletion(symbol, options);
    const folder = this.#folderOf(symbol);
    return repeatedUnless(base !== undefined, () => this.#delete(folder, symbol, base));
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed);
    return symbolsIn(this.#files, this.#root, (folder, symbol) => this.#isKept(join(folder, BARS), symbol));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #folderOf(symbol: string): string {
    return join(this.#root, encodeFileName(symbol), BARS);
  }

  async #reading<T>(symbol: string, folder: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof TickerforestError) throw cause;
      const message = `cannot read the bars of ${quoted(symbol)} in ${folder}${because(cause)}; see the cause`;
      throw new TickerforestError('STORE_FAILED', message, { cause });
    }
  }

  /** Number of the newest revision; 0 if there is none. */
  async #newestRevision(folder: string): Promise<number> {
    const newestIn = (names: readonly string[]) => names.reduce((newest, name) => Math.max(newest, revisionOfManifest(name)), 0);
    const names = await this.#files.list(folder);
    const newest = newestIn(names);
    // some file systems can miss both the entry that was added and the one that was removed while they list
    return newest === 0 && names.length > 0 ? newestIn(await this.#files.list(folder)) : newest;
  }

  /** The newest revision, also if others come and go while it is read; null if there never was one. */
  async #current(folder: string, symbol: string): Promise<BarManifest | null> {
    for (let revision = await this.#newestRevision(folder); revision > 0; ) {
      try {
        return await readBarManifest(this.#files, folder, symbol, revision);
      } catch (error) {
        const now = await this.#newestRevision(folder);
        if (now === revision) throw error;
        revision = now;
      }
    }
    return null;
  }

  async #delete(folder: string, symbol: string, base: number | undefined): Promise<boolean> {
    const id = randomUUID();
    let based = base ?? 0;
    try {
      const current = await this.#toDelete(folder, symbol);
      if (base !== undefined) assertBase(symbol, current, base);
      if (current === null) return false;
      if (current.kept === null) {
        // who deleted it may have died before all was removed
        await this.#sweep(folder, current.revision, null, null);
        return false;
      }
      based = current.revision;
      await this.#makeFolder(folder);
      await this.#commit(
        folder,
        symbol,
        based,
        { revision: based + 1, writes: successors(id, current), kept: null },
        null,
        Promise.resolve(),
      );
      return true;
    } catch (cause) {
      throw await this.#explain(folder, symbol, { base: based, id, written: [] }, cause);
    }
  }

  /** The newest revision. That it cannot be read is no reason to keep it. */
  async #toDelete(folder: string, symbol: string): Promise<Deletable | null> {
    try {
      return await this.#current(folder, symbol);
    } catch (error) {
      const revision = await this.#newestRevision(folder);
      if (revision === 0) throw error;
      return { revision, writes: [], kept: 'unreadable' };
    }
  }

  /** Whether bars are kept in what may be a symbol's folder; those that cannot be read are. */
  async #isKept(folder: string, symbol: string): Promise<boolean> {
    try {
      const current = await this.#current(folder, symbol);
      return current !== null && current.kept !== null;
    } catch (error) {
      // anybody's file, or a link that leads nowhere
      if (failedWith(error, 'ENOTDIR') || failedWith(error, 'ELOOP')) return false;
      if (error instanceof TickerforestError) return true;
      throw error;
    }
  }

  /** A link is not written through, as what it leads to may be somebody else's, whose files would be swept. */
  async #makeFolder(folder: string): Promise<void> {
    await this.#files.makeFolder(folder);
    if (await this.#files.isFolder(folder)) return;
    throw new TickerforestError('STORE_FAILED', `${folder} is a link, through which nothing is written; put the folder itself there`);
  }

  /** Makes a revision of files that are written, the last of them still being so, and removes what neither it nor the one before it needs. */
  async #commit(folder: string, symbol: string, base: number, manifest: BarManifest, before: BarManifest | null, writing: Promise<void>) {
    const { revision } = manifest;
    const [id] = manifest.writes;
    const staged = join(folder, stagedManifestName(revision, id));
    try {
      // two files wait for the disk together
      await together([writing, this.#files.write(staged, encodeBarManifest(symbol, manifest))]);
      await this.#files.syncFolder(folder);
      await this.#files.link(staged, join(folder, manifestName(revision)));
    } finally {
      await this.#files.remove(staged).catch(() => {});
    }
    await this.#files.syncFolder(folder);
    if (revision === 1) {
      await this.#files.syncFolder(dirname(folder));
      await this.#files.syncFolder(this.#root);
    }
    // a rival may have made this revision long ago and swept it after the next ones: then the name was free again, but it is too late
    if ((await this.#newestRevision(folder)) !== revision) {
      const newest = await this.#current(folder, symbol);
      if (!newest?.writes.includes(id)) throw barConflict(symbol, base, newest?.kept ? newest.revision : 0);
    }
    // the write is done: what cannot be swept now, the next one sweeps
    await this.#sweep(folder, revision, manifest, before).catch(() => {});
  }

  async #sweep(folder: string, revision: number, newest: BarManifest | null, before: BarManifest | null): Promise<void> {
    const needed = new Set([...(newest?.kept?.blocks ?? []), ...(before?.kept?.blocks ?? [])].map(({ file }) => file));
    const oldest = before?.revision ?? revision;
    for (const name of await this.#files.list(folder)) {
      const number = revisionOfManifest(name);
      const isOld = number > 0 ? number < oldest : writtenFor(name) <= revision && !needed.has(name);
      if (isOld) await this.#removeFile(join(folder, name));
    }
  }

  /** A folder that has a name of ours was made by somebody else. */
  async #removeFile(path: string): Promise<void> {
    if (!(await this.#files.isFolder(path))) await this.#files.remove(path);
  }

  /** What a failed write means: lost to a rival, or the disk's fault. Removes its blocks, where it is sure that they do not count. */
  async #explain(folder: string, symbol: string, { base, id, written }: Attempt, cause: unknown): Promise<TickerforestError> {
    const newest = await this.#current(folder, symbol).catch(() => undefined);
    const counts = newest === undefined || (newest?.writes.includes(id) ?? false);
    if (!counts) {
      const used = new Set(newest?.kept?.blocks.map(({ file }) => file));
      for (const name of written) if (!used.has(name)) await this.#files.remove(join(folder, name)).catch(() => {});
    }
    if (cause instanceof TickerforestError && cause.code !== 'STORE_FAILED') return cause;
    // a rival sweeps what this write was reading or writing: the error is only how the conflict was noticed
    const revision = newest?.kept ? newest.revision : 0;
    if (!counts && revision !== base) return barConflict(symbol, base, revision, cause);
    if (cause instanceof TickerforestError) return cause;
    const message = `cannot keep the bars of ${quoted(symbol)} in ${folder}${because(cause)}; see the cause, read them again and repeat`;
    return new TickerforestError('STORE_FAILED', message, { cause });
  }
}

/** A write that failed. */
interface Attempt {
  readonly base: number;
  readonly id: string;
  /** Names of its blocks' files. */
  readonly written: readonly string[];
}

/** A revision that is to be followed by a deletion. */
interface Deletable {
  readonly revision: number;
  readonly writes: readonly string[];
  /** Null: it is a deletion. */
  readonly kept: unknown;
}

function successors(id: string, base: Deletable | null): readonly string[] {
  return [id, ...(base?.writes ?? [])].slice(0, REMEMBERED_WRITES);
}
