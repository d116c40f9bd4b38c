import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type CompanyProfile, type MlProfile, type ProfileType, SCHEMA_VERSION, type StatisticalProfile } from '../../profiles/documents';
import { quoted } from '../../text';
import { decodeFileName, encodeFileName } from './file-names';
import type { FileSystem } from './file-system';
import { storedFiles } from './stored-files';

/** The file in which each revision says what belongs to it. */
export const MANIFEST = 'manifest.json';
/** Name of the feature state's file. */
export const STATE_FILE = 'features.bin';
const FORMAT = 1;
/** Many times what a manifest takes: it names a handful of files, and models by the thousand would fit. */
const LARGEST_MANIFEST = 16 * 2 ** 20;

const { readBytes, damaged } = storedFiles("restore the symbol's folder, or delete it and train again");

let bson: Promise<typeof import('bson')> | undefined;
/** Loaded by the first document, not by everyone who imports this package; and once, as tsx and other loaders take a millisecond to find it again. */
const extendedJson = async () => {
  bson ??= import('bson');
  return (await bson).EJSON;
};

/** Where a file of a revision is, and what must be in it. */
export interface StoredFile {
  /** Revision in whose folder the file is: an older one, if its contents have not changed since. */
  readonly revision: number;
  /** Length in bytes. */
  readonly bytes: number;
  /** SHA-256 of the contents, hexadecimal. */
  readonly sha256: string;
}

/** What belongs to one revision of a symbol. */
export interface Manifest {
  /** Version of this layout. */
  readonly format: number;
  /** The symbol. */
  readonly symbol: string;
  /** The revision. */
  readonly revision: number;
  /** Ids of the newest commits, this one first: by them a commit sees whether the revisions after it were built on it. */
  readonly commits: readonly string[];
  /** Its files, by name. */
  readonly files: Readonly<Record<string, StoredFile>>;
}

/** A manifest as it is written, guarding itself: a damaged file name in it would else look like a document that does not exist. */
interface WrittenManifest extends Manifest {
  /** SHA-256 of the manifest as JSON without this line, hexadecimal. */
  readonly sha256: string;
}

/**
 * @param revision - number of a revision
 * @returns name of its folder in the symbol's folder
 */
export function revisionFolder(revision: number): string {
  return `revision-${revision}`;
}

/**
 * @param type - which document
 * @returns name of its file
 */
export function profileFile(type: ProfileType): string {
  return `${type}_profile.json`;
}

/**
 * @param model - name of a model
 * @returns name of its file
 */
export function modelFile(model: string): string {
  return `model-${encodeFileName(model)}.bin`;
}

/**
 * @param file - name of a file
 * @returns name of the model whose file it is, or null if it is no model's
 */
export function modelOfFile(file: string): string | null {
  const name = /^model-(.+)\.bin$/.exec(file)?.[1];
  return name === undefined ? null : decodeFileName(name);
}

/**
 * MongoDB's relaxed extended JSON, readable by people and by mongoimport. It writes -0 as 0, so that number is spelled out as its
 * canonical form does.
 *
 * @param value - a storable value
 * @returns the text as UTF-8
 */
export async function encodeJson(value: unknown): Promise<Uint8Array> {
  const EJSON = await extendedJson();
  const minusZero = (_key: string, item: unknown) => (Object.is(item, -0) ? { $numberDouble: '-0.0' } : item);
  return new TextEncoder().encode(`${EJSON.stringify(value, minusZero, 2, { relaxed: true })}\n`);
}

/**
 * @param bytes - contents of a file
 * @param revision - in whose folder it is written
 * @returns its entry for the manifest
 */
export function describeFile(bytes: Uint8Array, revision: number): StoredFile {
  return { revision, bytes: bytes.length, sha256: digest(bytes) };
}

/**
 * @param symbol - the symbol
 * @param revision - the revision
 * @param commits - ids of the newest commits, this one first
 * @param files - its files
 * @returns the manifest
 */
export function createManifest(
  symbol: string,
  revision: number,
  commits: readonly string[],
  files: ReadonlyMap<string, StoredFile>,
): Manifest {
  return { format: FORMAT, symbol, revision, commits, files: Object.fromEntries(files) };
}

/**
 * @param manifest - the manifest
 * @returns contents of its file
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const written: WrittenManifest = { ...manifest, sha256: digest(encodePlain(manifest)) };
  return encodePlain(written);
}

/** As {@link encodeJson} writes it, since a manifest is made of texts and whole numbers; it is read half a dozen times an update, and JSON itself is many times as fast. */
function encodePlain(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * Reads the manifest of a revision.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param symbol - the symbol
 * @param revision - the revision
 * @returns its manifest
 * @throws TickerforestError `STORE_FAILED` naming the file, if it is missing or damaged
 */
export async function readManifest(files: FileSystem, folder: string, symbol: string, revision: number): Promise<Manifest> {
  const path = join(folder, revisionFolder(revision), MANIFEST);
  const written = parse(await readBytes(files, path, LARGEST_MANIFEST), path, JSON.parse);
  if (!isManifest(written)) throw damaged(path, `it is no manifest of format ${FORMAT}`);
  const { sha256, ...manifest } = written;
  if (digest(encodePlain(manifest)) !== sha256) throw damaged(path, 'its contents are not what was written (SHA-256 differs)');
  if (manifest.symbol !== symbol || manifest.revision !== revision) {
    throw damaged(path, `it belongs to revision ${manifest.revision} of ${quoted(manifest.symbol)}`);
  }
  return manifest;
}

/**
 * Reads a file of a revision and compares it with the manifest.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param manifest - the revision's manifest
 * @param name - name of the file
 * @returns its bytes, or null if the revision has no such file
 * @throws TickerforestError `STORE_FAILED` naming the file, if it is missing or damaged
 */
export async function readStoredFile(files: FileSystem, folder: string, manifest: Manifest, name: string): Promise<Uint8Array | null> {
  if (!Object.hasOwn(manifest.files, name)) return null;
  const expected = manifest.files[name];
  const path = join(folder, revisionFolder(expected.revision), name);
  const bytes = await readBytes(files, path, expected.bytes);
  const found = describeFile(bytes, expected.revision);
  if (found.bytes !== expected.bytes) throw damaged(path, `it has ${found.bytes} bytes instead of ${expected.bytes}`);
  if (found.sha256 !== expected.sha256) throw damaged(path, 'its contents are not what was written (SHA-256 differs)');
  return bytes;
}

/**
 * Reads a document of a revision.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param manifest - the revision's manifest
 * @param type - which document
 * @returns the document, or null if the revision has none
 * @throws TickerforestError `STORE_FAILED` naming the file, if it is missing, damaged or of another schema version
 */
export async function readProfile<Profile extends CompanyProfile | MlProfile | StatisticalProfile>(
  files: FileSystem,
  folder: string,
  manifest: Manifest,
  type: Profile['profile_type'],
): Promise<Profile | null> {
  const name = profileFile(type);
  const bytes = await readStoredFile(files, folder, manifest, name);
  if (bytes === null) return null;
  const path = join(folder, revisionFolder(manifest.revision), name);
  const EJSON = await extendedJson();
  const document = parse(bytes, path, (text) => EJSON.parse(text, { relaxed: true }));
  if (!isProfile<Profile>(document, type)) throw damaged(path, `it is no ${type} profile of schema version ${SCHEMA_VERSION}`);
  return document;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parse(bytes: Uint8Array, path: string, read: (text: string) => unknown): unknown {
  try {
    return read(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause);
  }
}

function isManifest(value: unknown): value is WrittenManifest {
  if (!isRecord(value)) return false;
  const { format, symbol, revision, commits, files, sha256 } = value;
  return (
    format === FORMAT &&
    typeof symbol === 'string' &&
    typeof revision === 'number' &&
    Array.isArray(commits) &&
    commits.every((commit) => typeof commit === 'string') &&
    typeof sha256 === 'string' &&
    isRecord(files) &&
    Object.values(files).every(
      (file) => isRecord(file) && Number.isInteger(file.revision) && Number.isInteger(file.bytes) && typeof file.sha256 === 'string',
    )
  );
}

// the checksum says that the bytes are what this library wrote, so the kind and version tell the whole shape
function isProfile<Profile extends CompanyProfile | MlProfile | StatisticalProfile>(
  value: unknown,
  type: Profile['profile_type'],
): value is Profile {
  return isRecord(value) && value.profile_type === type && value.schema_version === SCHEMA_VERSION;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
