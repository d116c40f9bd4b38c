import { join, resolve } from 'node:path';
import { TickerforestError } from '../../errors';
import { CHECKPOINT_READ } from '../../options/commit-table';
import { checkArgument, checkOptions } from '../../options/description';
import { path as folderPath } from '../../options/store-tables';
import { checkSymbol } from '../../options/symbol';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../../profiles/documents';
import { quoted } from '../../text';
import { assertOpen, type CheckedCommit, checkCommit, checkDeletion, commitAfterDeletion, conflict, modelsAfter } from '../checked-commit';
import type { CheckpointRead, CommitResult, DeleteProfiles, LeaseRequest, ProfileStore, SymbolCommit, SymbolLease } from '../contract';
import { checkLease, checkLeaseRequest } from '../lease-rules';
import { SavesByCommit } from '../saves-by-commit';
import { together } from '../together';
import { encodeFileName } from './file-names';
import { because, type FileSystem, nodeFileSystem } from './file-system';
import { acquireLease, assertNewestLease, releaseLease, renewLease } from './leases';
import {
  describeFile,
  encodeJson,
  type Manifest,
  modelFile,
  modelOfFile,
  profileFile,
  readProfile,
  readStoredFile,
  STATE_FILE,
  type StoredFile,
} from './revision-folder';
import { isStored, makeRevision, newestBase, readNewest, storedRevision, sweepRevisions } from './revisions';
import { symbolsIn } from './stored-files';

/** How often rivals may be faster than a deletion. */
const ATTEMPTS = 100;

/**
 * A store in a folder of the local disk: the embedded default.
 *
 * Every symbol has a folder, every revision a folder in it: `AAPL/revision-4/company_profile.json`. A commit writes a `staging-` folder
 * beside it, waits until all is on the disk, and renames it to `revision-<base + 1>`. That rename is the commit. It is atomic and fails if
 * the revision is already there, so a killed process leaves the old revision or the new one, one of two rivals wins, and no lock can be
 * left behind. What a commit made superfluous, and what killed processes left, the next commit removes. Files whose contents did not
 * change stay in the older revision's folder; `manifest.json` says where each one is and what its SHA-256 must be. A symbol is deleted by a
 * revision without files; its number stays, so that none before it comes again. `lease-<number>.json`
 * says who is at work on the symbol; the file stays when the lease is over, as long as anything is stored of the symbol.
 *
 * The JSON is MongoDB's extended JSON (relaxed, indented): `mongoimport --file company_profile.json` reads it.
 *
 * @param path - the folder; made with the first lease or commit. New folders are for this user only (0700), and so are new files (0600)
 * @returns the store. Any number of processes may use the same folder at once.
 * @throws TickerforestError `INVALID_OPTION` without a path
 * @example
 * ```ts
 * const store = directoryProfileStore('profiles');
 * console.log(await predictSymbol({ symbol: 'AAPL', store }));
 * ```
 */
export function directoryProfileStore(path: string): ProfileStore {
  return directoryProfileStoreOn(nodeFileSystem, checkArgument(path, folderPath, 'path', 'directoryProfileStore'));
}

/**
 * {@link directoryProfileStore} on a file system of the caller's, so that tests can die between two of its steps.
 *
 * @param files - the file system
 * @param path - the folder
 * @returns the store
 */
export function directoryProfileStoreOn(files: FileSystem, path: string): ProfileStore {
  return new DirectoryProfileStore(files, resolve(path));
}

class DirectoryProfileStore extends SavesByCommit implements ProfileStore {
  readonly #files: FileSystem;
  readonly #root: string;
  #closed = false;

  constructor(files: FileSystem, root: string) {
    super();
    this.#files = files;
    this.#root = root;
  }

  async getCompanyProfile(symbol: string): Promise<CompanyProfile | null> {
    return this.#read(symbol, (folder, manifest) => readProfile<CompanyProfile>(this.#files, folder, manifest, 'company'));
  }

  async getMlProfile(symbol: string): Promise<MlProfile | null> {
    return this.#read(symbol, (folder, manifest) => readProfile<MlProfile>(this.#files, folder, manifest, 'ml'));
  }

  async getStatisticalProfile(symbol: string): Promise<StatisticalProfile | null> {
    return this.#read(symbol, (folder, manifest) => readProfile<StatisticalProfile>(this.#files, folder, manifest, 'statistical'));
  }

  async getCheckpoint(symbol: string, options: CheckpointRead = {}): Promise<Checkpoint | null> {
    const { omit = [] } = checkOptions(options, CHECKPOINT_READ, 'getCheckpoint');
    return this.#read(symbol, async (folder, manifest) => {
      const state = await readStoredFile(this.#files, folder, manifest, STATE_FILE);
      if (state === null) return null;
      const models = await together(
        Object.keys(manifest.files).map(async (file): Promise<[string, Uint8Array][]> => {
          const model = modelOfFile(file);
          const bytes = model === null || omit.includes(model) ? null : await readStoredFile(this.#files, folder, manifest, file);
          return model === null || bytes === null ? [] : [[model, bytes]];
        }),
      );
      return { symbol, revision: manifest.revision, state, models: Object.fromEntries(models.flat()) };
    });
  }

  async commit(update: SymbolCommit): Promise<CommitResult> {
    assertOpen(this.#closed);
    const checked = checkCommit(update);
    const { symbol, baseRevision } = checked;
    const folder = this.#folderOf(symbol);
    const newest = await this.#read(symbol, async (_folder, manifest) => manifest);
    const current = storedRevision(newest);
    if (current !== baseRevision) throw conflict(checked, current);
    const isAnew = newest !== null && current === 0;
    const commit = isAnew ? commitAfterDeletion(checked, newest.revision) : checked;
    const stage = (staging: string) => this.#stage(staging, folder, commit, isAnew ? null : newest);
    await makeRevision(this.#files, folder, commit, { revision: commit.revision - 1, manifest: newest }, stage);
    return { revision: commit.revision };
  }

  async deleteSymbol(symbol: string, options?: DeleteProfiles): Promise<boolean> {
    assertOpen(this.#closed);
    const deletion = checkDeletion(symbol, options);
    const { baseRevision, leaseToken } = deletion;
    const folder = this.#folderOf(symbol);
    for (let attempt = 1; ; attempt++) {
      if (leaseToken !== undefined) {
        await this.#withLease(symbol, () => assertNewestLease(this.#files, folder, symbol, leaseToken));
      }
      const newest = await this.#reading(symbol, () => newestBase(this.#files, folder, symbol));
      const { revision, manifest } = newest;
      const current = manifest === null ? revision : storedRevision(manifest);
      if (baseRevision !== undefined && baseRevision !== current) throw conflict(deletion, current);
      if (current === 0) {
        // what the one who deleted it may have left
        if (manifest) await sweepRevisions(this.#files, folder, manifest).catch(() => {});
        return false;
      }
      try {
        await makeRevision(this.#files, folder, deletion, newest, async () => new Map());
        return true;
      } catch (error) {
        // a commit came first: then that one is deleted
        const isBeaten = error instanceof TickerforestError && error.code === 'CONFLICT';
        if (!isBeaten || baseRevision !== undefined || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease> {
    assertOpen(this.#closed);
    checkLeaseRequest(symbol, request);
    return this.#withLease(symbol, (folder) => acquireLease(this.#files, folder, symbol, request));
  }

  async renewLease(lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
    assertOpen(this.#closed);
    checkLease(lease);
    checkLeaseRequest(lease.symbol, { owner: lease.owner, milliseconds });
    return this.#withLease(lease.symbol, (folder) => renewLease(this.#files, folder, lease, milliseconds));
  }

  async releaseLease(lease: SymbolLease): Promise<void> {
    assertOpen(this.#closed);
    checkLease(lease);
    const { symbol } = lease;
    await this.#withLease(symbol, (folder) => releaseLease(this.#files, folder, lease, () => isStored(this.#files, folder, symbol)));
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed);
    return symbolsIn(this.#files, this.#root, (folder, symbol) => isStored(this.#files, folder, symbol));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #folderOf(symbol: string): string {
    // of 64 bytes, so that the name is not longer than file systems take
    return join(this.#root, encodeFileName(checkSymbol(symbol)));
  }

  async #read<T>(symbol: string, pick: (folder: string, manifest: Manifest) => Promise<T | null>): Promise<T | null> {
    assertOpen(this.#closed);
    const folder = this.#folderOf(symbol);
    return this.#reading(symbol, () => readNewest(this.#files, folder, symbol, (manifest) => pick(folder, manifest)));
  }

  async #reading<T>(symbol: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (cause instanceof TickerforestError) throw cause;
      const message = `cannot read ${quoted(symbol)} in ${this.#folderOf(symbol)}${because(cause)}; see the cause`;
      throw new TickerforestError('STORE_FAILED', message, { cause });
    }
  }

  async #withLease<T>(symbol: string, act: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.#folderOf(symbol);
    try {
      return await act(folder);
    } catch (cause) {
      if (cause instanceof TickerforestError) throw cause;
      throw new TickerforestError(
        'STORE_FAILED',
        `cannot read or write the lease of ${quoted(symbol)} in ${folder}${because(cause)}; see the cause`,
        { cause },
      );
    }
  }

  /** Writes a revision's new files to a folder of their own; says what belongs to it. */
  async #stage(staging: string, folder: string, commit: CheckedCommit, base: Manifest | null): Promise<ReadonlyMap<string, StoredFile>> {
    const { revision } = commit;
    const models = modelsAfter(commit, storedModels(base));
    const stored = new Map<string, StoredFile>();
    // all wait for the disk together
    const writing: Promise<void>[] = [];
    const write = (name: string, bytes: Uint8Array) => {
      writing.push(this.#files.write(join(staging, name), bytes));
      stored.set(name, describeFile(bytes, revision));
    };
    const company = commit.company ?? (base && (await readProfile<CompanyProfile>(this.#files, folder, base, 'company')));
    const ml = commit.ml ?? (base && (await readProfile<MlProfile>(this.#files, folder, base, 'ml')));
    const statistical = commit.statistical ?? (base && (await readProfile<StatisticalProfile>(this.#files, folder, base, 'statistical')));
    const encoded = await together(
      [company, ml, statistical].map(async (profile): Promise<[string, Uint8Array][]> => {
        return profile ? [[profileFile(profile.profile_type), await encodeJson({ ...profile, revision })]] : [];
      }),
    );
    for (const [name, bytes] of encoded.flat()) write(name, bytes);
    if (commit.state) write(STATE_FILE, commit.state);
    else if (base && Object.hasOwn(base.files, STATE_FILE)) stored.set(STATE_FILE, base.files[STATE_FILE]);
    for (const [model, file] of models) {
      if (file instanceof Uint8Array) write(modelFile(model), file);
      else stored.set(modelFile(model), file);
    }
    await together(writing);
    return stored;
  }
}

/** The models of a revision, and where their files are. */
function storedModels(manifest: Manifest | null): ReadonlyMap<string, StoredFile> {
  return new Map(
    Object.entries(manifest?.files ?? {}).flatMap(([name, file]): [string, StoredFile][] => {
      const model = modelOfFile(name);
      return model === null ? [] : [[model, file]];
    }),
  );
}
