import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { TickerforestError } from '../../errors';
import { checkArgument } from '../../options/description';
import { path as folderPath } from '../../options/store-tables';
import { checkSymbol } from '../../options/symbol';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../../profiles/documents';
import { assertOpen, type CheckedCommit, checkCommit, checkLease, checkLeaseRequest, conflict, modelsAfter } from '../checked-commit';
import type { CommitResult, LeaseRequest, ProfileStore, SymbolCommit, SymbolLease } from '../contract';
import { SavesByCommit } from '../saves-by-commit';
import { decodeFileName, encodeFileName } from './file-names';
import { because, type FileSystem, failedWith, nodeFileSystem } from './file-system';
import { acquireLease, assertNewestLease, releaseLease, renewLease, sweepLeases } from './leases';
import {
  createManifest,
  describeFile,
  encodeJson,
  encodeManifest,
  MANIFEST,
  type Manifest,
  modelFile,
  modelOfFile,
  profileFile,
  readManifest,
  readProfile,
  readStoredFile,
  revisionFolder,
  STATE_FILE,
  type StoredFile,
} from './revision-folder';

/** Commits that a manifest remembers: far more than can happen between a commit's rename and its look at who came after. */
const REMEMBERED_COMMITS = 16;

/**
 * A store in a folder of the local disk: the embedded default.
 *
 * Every symbol has a folder, every revision a folder in it: `AAPL/revision-4/company_profile.json`. A commit writes a `staging-` folder
 * beside it, waits until all is on the disk, and renames it to `revision-<base + 1>`. That rename is the commit. It is atomic and fails if
 * the revision is already there, so a killed process leaves the old revision or the new one, one of two rivals wins, and no lock can be
 * left behind. What a commit made superfluous, and what killed processes left, the next commit removes. Files whose contents did not
 * change stay in the older revision's folder; `manifest.json` says where each one is and what its SHA-256 must be. `lease-<token>.json`
 * says who is at work on the symbol; the file stays when the lease is over, so that its token never comes again.
 *
 * The JSON is MongoDB's extended JSON (relaxed, indented): `mongoimport --file company_profile.json` reads it.
 *
 * @param path - the folder; made with the first lease or commit. New folders are for this user only (0700), and so are new files (0600)
 * @returns the store. Any number of processes may use the same folder at once.
 * @throws TickerforestError `INVALID_OPTION` without a path
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

  async getCheckpoint(symbol: string): Promise<Checkpoint | null> {
    return this.#read(symbol, async (folder, manifest) => {
      const state = await readStoredFile(this.#files, folder, manifest, STATE_FILE);
      if (state === null) return null;
      const models: [string, Uint8Array][] = [];
      for (const file of Object.keys(manifest.files)) {
        const model = modelOfFile(file);
        const bytes = model === null ? null : await readStoredFile(this.#files, folder, manifest, file);
        if (model !== null && bytes !== null) models.push([model, bytes]);
      }
      return { symbol, revision: manifest.revision, state, models: Object.fromEntries(models) };
    });
  }

  async commit(update: SymbolCommit): Promise<CommitResult> {
    assertOpen(this.#closed);
    const commit = checkCommit(update);
    const folder = this.#folderOf(commit.symbol);
    const id = randomUUID();
    const staging = join(folder, `staging-${commit.revision}-${id}`);
    let manifest: Manifest;
    try {
      const base = await this.#currentManifest(folder, commit.symbol);
      if ((base?.revision ?? 0) !== commit.baseRevision) throw conflict(commit, base?.revision ?? 0);
      await this.#files.makeFolder(staging);
      manifest = await this.#stage(staging, folder, commit, base, id);
      if (commit.leaseToken !== undefined) await assertNewestLease(this.#files, folder, commit.symbol, commit.leaseToken);
      await this.#files.rename(staging, join(folder, revisionFolder(commit.revision)));
      await this.#files.syncFolder(folder);
      if (base === null) await this.#files.syncFolder(this.#root);
      const newest = await this.#currentManifest(folder, commit.symbol);
      // a rival may have made this revision long ago and swept it after the next ones: then the name was free again, but it is too late
      if (!newest?.commits.includes(id)) throw conflict(commit, newest?.revision ?? 0);
    } catch (cause) {
      await this.#files.remove(staging).catch(() => {});
      throw await this.#explain(folder, commit, id, cause);
    }
    // the commit is done: what cannot be swept now, the next commit sweeps
    await this.#sweep(folder, manifest).catch(() => {});
    return { revision: commit.revision };
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
    await this.#withLease(lease.symbol, (folder) => releaseLease(this.#files, folder, lease));
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed);
    const symbols: string[] = [];
    try {
      for (const name of await this.#files.list(this.#root)) {
        const symbol = decodeFileName(name);
        if (symbol !== null && (await this.#isStored(join(this.#root, name)))) symbols.push(symbol);
      }
    } catch (cause) {
      throw new TickerforestError('STORE_FAILED', `cannot list the symbols in ${this.#root}${because(cause)}; see the cause`, { cause });
    }
    return symbols.sort();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #folderOf(symbol: string): string {
    // of 64 bytes, so that the name is not longer than file systems take
    return join(this.#root, encodeFileName(checkSymbol(symbol)));
  }

  /** Whether there is a revision in what may be a symbol's folder; anybody's file, or a link that leads nowhere, is none. */
  async #isStored(path: string): Promise<boolean> {
    try {
      return (await this.#currentRevision(path)) > 0;
    } catch (error) {
      if (failedWith(error, 'ENOTDIR') || failedWith(error, 'ELOOP')) return false;
      throw error;
    }
  }

  /** Number of the newest revision in a symbol's folder; 0 if there is none. */
  async #currentRevision(folder: string): Promise<number> {
    const newestIn = (names: readonly string[]) => Math.max(0, ...names.map(revisionOf));
    const names = await this.#files.list(folder);
    const newest = newestIn(names);
    // some file systems can miss both the entry that was added and the one that was removed while they list
    return newest === 0 && names.length > 0 ? newestIn(await this.#files.list(folder)) : newest;
  }

  async #currentManifest(folder: string, symbol: string): Promise<Manifest | null> {
    return this.#newest(folder, symbol, async (manifest) => manifest);
  }

  async #read<T>(symbol: string, pick: (folder: string, manifest: Manifest) => Promise<T | null>): Promise<T | null> {
    assertOpen(this.#closed);
    const folder = this.#folderOf(symbol);
    try {
      return await this.#newest(folder, symbol, (manifest) => pick(folder, manifest));
    } catch (cause) {
      if (cause instanceof TickerforestError) throw cause;
      throw new TickerforestError('STORE_FAILED', `cannot read '${symbol}' in ${folder}${because(cause)}; see the cause`, { cause });
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
        `cannot read or write the lease of '${symbol}' in ${folder}${because(cause)}; see the cause`,
        { cause },
      );
    }
  }

  /** Reads from the newest revision, and again if a commit replaced it meanwhile. */
  async #newest<T>(folder: string, symbol: string, pick: (manifest: Manifest) => Promise<T | null>): Promise<T | null> {
    for (let revision = await this.#currentRevision(folder); revision > 0; ) {
      try {
        return await pick(await readManifest(this.#files, folder, symbol, revision));
      } catch (error) {
        const now = await this.#currentRevision(folder);
        if (now === revision) throw error;
        revision = now;
      }
    }
    return null;
  }

  /** Writes a revision's files and manifest to a folder of its own. */
  async #stage(staging: string, folder: string, commit: CheckedCommit, base: Manifest | null, id: string): Promise<Manifest> {
    const { symbol, revision } = commit;
    const models = modelsAfter(commit, storedModels(base));
    const stored = new Map<string, StoredFile>();
    const write = async (name: string, bytes: Uint8Array) => {
      await this.#files.write(join(staging, name), bytes);
      stored.set(name, describeFile(bytes, revision));
    };
    const company = commit.company ?? (base && (await readProfile<CompanyProfile>(this.#files, folder, base, 'company')));
    const ml = commit.ml ?? (base && (await readProfile<MlProfile>(this.#files, folder, base, 'ml')));
    const statistical = commit.statistical ?? (base && (await readProfile<StatisticalProfile>(this.#files, folder, base, 'statistical')));
    for (const profile of [company, ml, statistical]) {
      if (profile) await write(profileFile(profile.profile_type), encodeJson({ ...profile, revision }));
    }
    if (commit.state) await write(STATE_FILE, commit.state);
    else if (base && Object.hasOwn(base.files, STATE_FILE)) stored.set(STATE_FILE, base.files[STATE_FILE]);
    for (const [model, file] of models) {
      if (file instanceof Uint8Array) await write(modelFile(model), file);
      else stored.set(modelFile(model), file);
    }
    const manifest = createManifest(symbol, revision, [id, ...(base?.commits ?? [])].slice(0, REMEMBERED_COMMITS), stored);
    await this.#files.write(join(staging, MANIFEST), encodeManifest(manifest));
    await this.#files.syncFolder(staging);
    return manifest;
  }

  /** Removes what no revision from this one on can need: older revisions' files, and stagings that can no longer become a revision. */
  async #sweep(folder: string, manifest: Manifest): Promise<void> {
    const needed = new Set(Object.entries(manifest.files).map(([name, file]) => join(revisionFolder(file.revision), name)));
    const neededFolders = new Set(Object.values(manifest.files).map((file) => file.revision));
    const names = await this.#files.list(folder);
    await sweepLeases(this.#files, folder, names);
    for (const name of names) {
      const revision = revisionOf(name);
      if (stagedFor(name) <= manifest.revision) await this.#files.remove(join(folder, name));
      else if (revision > 0 && revision < manifest.revision && !neededFolders.has(revision)) await this.#files.remove(join(folder, name));
      // a link is not followed: what it leads to may be somebody else's
      else if (revision > 0 && revision < manifest.revision && (await this.#files.isFolder(join(folder, name)))) {
        for (const file of await this.#files.list(join(folder, name))) {
          if (!needed.has(join(name, file))) await this.#files.remove(join(folder, name, file));
        }
      }
    }
  }

  /** What a failed commit means: lost to a rival, or the disk's fault. */
  async #explain(folder: string, commit: CheckedCommit, id: string, cause: unknown): Promise<TickerforestError> {
    if (cause instanceof TickerforestError && cause.code === 'CONFLICT') return cause;
    const newest = await this.#currentManifest(folder, commit.symbol).catch(() => null);
    // a rival sweeps what this commit was reading or writing: the error is only how the conflict was noticed
    if (newest && newest.revision !== commit.baseRevision && !newest.commits.includes(id)) return conflict(commit, newest.revision, cause);
    if (cause instanceof TickerforestError) return cause;
    const message = `cannot store revision ${commit.revision} of '${commit.symbol}' in ${folder}${because(cause)}; see the cause, read the symbol again and repeat`;
    return new TickerforestError('STORE_FAILED', message, { cause });
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

function revisionOf(name: string): number {
  return Number(/^revision-([1-9][0-9]{0,14})$/.exec(name)?.[1] ?? 0);
}

function stagedFor(name: string): number {
  return Number(/^staging-([1-9][0-9]*)-/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
}
