import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import { type CheckedDeletion, conflict } from '../checked-commit';
import { because, type FileSystem, failedWith } from './file-system';
import { assertNewestLease, sweepLeases } from './leases';
import { createManifest, encodeManifest, MANIFEST, type Manifest, readManifest, revisionFolder, type StoredFile } from './revision-folder';

/*
 * To rename a staging folder to `revision-<base + 1>` IS the commit: it fails if the name is taken, so of rivals one wins. A revision without files is a deletion: the
 * symbol is unknown from then on. Its folder stays, so that its number and those before it do not come again.
 */

/** Commits that a manifest remembers: far more than can happen between a commit's rename and its look at who came after. */
const REMEMBERED_COMMITS = 16;
/** How often a rival may remove the symbol's empty folder while a staging is made in it. */
const ATTEMPTS = 10;

/** What a new revision comes after. */
export interface Base {
  /** Number of the newest revision, also if it is a deletion; 0: there never was one. */
  readonly revision: number;
  /** Its manifest; null if there is none, or if it is damaged. */
  readonly manifest: Manifest | null;
}

/**
 * @param files - the file system
 * @param folder - a symbol's folder
 * @returns number of the newest revision in it; 0 if there is none
 * @throws the file system's error
 */
export async function currentRevision(files: FileSystem, folder: string): Promise<number> {
  const newestIn = (names: readonly string[]) => Math.max(0, ...names.map(revisionOf));
  const names = await files.list(folder);
  const newest = newestIn(names);
  // some file systems can miss both the entry that was added and the one that was removed while they list
  return newest === 0 && names.length > 0 ? newestIn(await files.list(folder)) : newest;
}

/**
 * Reads from the newest revision, and again if a commit replaced it meanwhile.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param symbol - the symbol
 * @param pick - what is read of it
 * @returns what was read; null if there is no revision
 * @throws TickerforestError `STORE_FAILED` naming the file, if one is missing or damaged; the file system's error
 */
export async function readNewest<T>(
  files: FileSystem,
  folder: string,
  symbol: string,
  pick: (manifest: Manifest) => Promise<T | null>,
): Promise<T | null> {
  for (let revision = await currentRevision(files, folder); revision > 0; ) {
    try {
      return await pick(await readManifest(files, folder, symbol, revision));
    } catch (error) {
      const now = await currentRevision(files, folder);
      if (now === revision) throw error;
      revision = now;
    }
  }
  return null;
}

/**
 * The newest revision, be it damaged or not: a damaged symbol can be deleted.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param symbol - the symbol
 * @returns its newest revision
 * @throws the file system's error
 */
export async function newestBase(files: FileSystem, folder: string, symbol: string): Promise<Base> {
  for (let revision = await currentRevision(files, folder); revision > 0; ) {
    try {
      return { revision, manifest: await readManifest(files, folder, symbol, revision) };
    } catch (error) {
      if (!(error instanceof TickerforestError)) throw error;
      const now = await currentRevision(files, folder);
      if (now === revision) return { revision, manifest: null };
      revision = now;
    }
  }
  return { revision: 0, manifest: null };
}

/**
 * Whether a symbol is stored, without reading more than names: a folder that cannot be read wholly counts as stored.
 *
 * @param files - the file system
 * @param folder - what may be the symbol's folder; anybody's file, or a link that leads nowhere, is none
 * @param symbol - the symbol
 * @returns whether there is a revision that is no deletion
 * @throws the file system's error
 */
export async function isStored(files: FileSystem, folder: string, symbol: string): Promise<boolean> {
  try {
    const revision = await currentRevision(files, folder);
    if (revision === 0) return false;
    // every other revision has a file beside its manifest
    const names = await files.list(join(folder, revisionFolder(revision)));
    if (names.length !== 1 || names[0] !== MANIFEST) return true;
    return (await readNewest(files, folder, symbol, async (manifest) => !isDeletion(manifest))) ?? false;
  } catch (error) {
    if (error instanceof TickerforestError) return true;
    if (failedWith(error, 'ENOTDIR') || failedWith(error, 'ELOOP')) return false;
    throw error;
  }
}

/**
 * Makes the next revision of a symbol.
 *
 * @param files - the file system
 * @param folder - the symbol's folder; made if there is none
 * @param change - the commit or deletion, for the revision and lease that it is based on
 * @param base - what it is based on
 * @param stage - writes the files of the revision to a folder, and says what belongs to it
 * @throws TickerforestError `CONFLICT` or `LEASE_LOST`; `STORE_FAILED` with the file system's error
 */
export async function makeRevision(
  files: FileSystem,
  folder: string,
  change: CheckedDeletion,
  base: Base,
  stage: (staging: string) => Promise<ReadonlyMap<string, StoredFile>>,
): Promise<void> {
  const { symbol, leaseToken } = change;
  const revision = base.revision + 1;
  const id = randomUUID();
  const staging = join(folder, `staging-${revision}-${id}`);
  let manifest: Manifest;
  try {
    if (leaseToken !== undefined) await assertNewestLease(files, folder, symbol, leaseToken);
    await makeStaging(files, staging);
    const commits = [id, ...(base.manifest?.commits ?? [])].slice(0, REMEMBERED_COMMITS);
    manifest = createManifest(symbol, revision, commits, await stage(staging));
    await files.write(join(staging, MANIFEST), encodeManifest(manifest));
    await files.syncFolder(staging);
    if (leaseToken !== undefined) await assertNewestLease(files, folder, symbol, leaseToken);
    await files.rename(staging, join(folder, revisionFolder(revision)));
    await files.syncFolder(folder);
    if (base.revision === 0) await files.syncFolder(dirname(folder));
    const newest = await readNewest(files, folder, symbol, async (found) => found);
    // a rival may have made this revision long ago and swept it after the next ones: then the name was free again, but it is too late
    if (!newest?.commits.includes(id)) throw conflict(change, storedRevision(newest));
  } catch (cause) {
    await files.remove(staging).catch(() => {});
    if (base.revision === 0) await files.removeEmptyFolder(folder).catch(() => {});
    throw await explain(files, folder, change, base, id, cause);
  }
  // the commit is done: what cannot be swept now, the next commit sweeps
  await sweepRevisions(files, folder, manifest).catch(() => {});
}

/**
 * Removes what no revision from this one on can need: older revisions' files, and stagings that can no longer become a revision.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param manifest - the newest revision's manifest
 * @throws the file system's error
 */
export async function sweepRevisions(files: FileSystem, folder: string, manifest: Manifest): Promise<void> {
  const needed = new Set(Object.entries(manifest.files).map(([name, file]) => join(revisionFolder(file.revision), name)));
  const neededFolders = new Set(Object.values(manifest.files).map((file) => file.revision));
  const names = await files.list(folder);
  await sweepLeases(files, folder, names);
  for (const name of names) {
    const revision = revisionOf(name);
    const isOlder = revision > 0 && revision < manifest.revision;
    if (stagedFor(name) <= manifest.revision) await files.remove(join(folder, name));
    else if (isOlder && !neededFolders.has(revision)) await files.remove(join(folder, name));
    // a link is not followed: what it leads to may be somebody else's
    else if (isOlder && (await files.isFolder(join(folder, name)))) {
      for (const file of await files.list(join(folder, name))) {
        if (!needed.has(join(name, file))) await files.remove(join(folder, name, file));
      }
    }
  }
}

/**
 * @param manifest - a revision's manifest
 * @returns whether the revision is a deletion: every commit holds something
 */
export function isDeletion(manifest: Manifest): boolean {
  return Object.keys(manifest.files).length === 0;
}

/**
 * @param manifest - the newest revision's manifest, or null
 * @returns the revision as the store's users know it: 0 after a deletion
 */
export function storedRevision(manifest: Manifest | null): number {
  return manifest === null || isDeletion(manifest) ? 0 : manifest.revision;
}

async function makeStaging(files: FileSystem, staging: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await files.makeFolder(staging);
    } catch (error) {
      if (!failedWith(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What a failed change means: lost to a rival, or the disk's fault. */
async function explain(
  files: FileSystem,
  folder: string,
  change: CheckedDeletion,
  base: Base,
  id: string,
  cause: unknown,
): Promise<TickerforestError> {
  if (cause instanceof TickerforestError && cause.code === 'CONFLICT') return cause;
  const newest = await readNewest(files, folder, change.symbol, async (manifest) => manifest).catch(() => null);
  // a rival sweeps what this commit was reading or writing: the error is only how the conflict was noticed
  if (newest && newest.revision !== base.revision && !newest.commits.includes(id)) return conflict(change, storedRevision(newest), cause);
  if (cause instanceof TickerforestError) return cause;
  const message = `cannot store revision ${base.revision + 1} of ${quoted(change.symbol)} in ${folder}${because(cause)}; see the cause, read the symbol again and repeat`;
  return new TickerforestError('STORE_FAILED', message, { cause });
}

function revisionOf(name: string): number {
  return Number(/^revision-([1-9][0-9]{0,14})$/.exec(name)?.[1] ?? 0);
}

function stagedFor(name: string): number {
  return Number(/^staging-([1-9][0-9]*)-/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
}
