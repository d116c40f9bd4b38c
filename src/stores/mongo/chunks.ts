import { types } from 'node:util';
import { BSON } from 'mongodb';
import { TickerforestError } from '../../errors';
import { type CompanyProfile, type MlProfile, type ProfileType, SCHEMA_VERSION, type StatisticalProfile } from '../../profiles/documents';
import { quoted } from '../../text';
import { type CheckedCommit, modelsAfter } from '../checked-commit';
import { together } from '../together';
import type { MongoOperations, StoredDocument } from './operations';
import { damaged, digest, type RevisionRecord, type StoredPart } from './records';

/*
 * `symbol_checkpoints` holds bytes only: { _id: '<commit> <number>', symbol, revision, part, bytes }. A chunk is written once, by the commit
 * whose id is in its own, and never changes; later revisions go on using it. Documents are there a second time, as the BSON of what was
 * given, because not every server that speaks MongoDB's protocol keeps every number and key as it is.
 */

const CHECKPOINTS = 'symbol_checkpoints';
/** Bytes of a chunk: well below MongoDB's limit, also for servers that keep bytes as text. */
const CHUNK_BYTES = 4 * 2 ** 20;
/** MongoDB's limit for a document. */
const LARGEST_DOCUMENT = 16 * 2 ** 20;
const REWRITES = 3;
/** Name of the feature state's part. */
export const STATE_PART = 'state';
const MODEL_PREFIX = 'model ';

/** One of a symbol's three documents. */
export type Profile = CompanyProfile | MlProfile | StatisticalProfile;

/** A chunk about to be written. */
interface Chunk {
  readonly id: string;
  readonly part: string;
  readonly bytes: Uint8Array;
}

/** New parts of a commit, and their chunks. */
export interface CutParts {
  /** The parts. */
  readonly parts: readonly StoredPart[];
  /** All their chunks. */
  readonly chunks: readonly Chunk[];
}

/**
 * @param name - name of a part
 * @returns name of the model whose bytes it is, or null if it is no model's
 */
export function modelOfPart(name: string): string | null {
  return name.startsWith(MODEL_PREFIX) ? name.slice(MODEL_PREFIX.length) : null;
}

/**
 * @param commit - a commit
 * @param fresh - the parts that it brings
 * @param base - the record that it is based on, or null
 * @returns all parts of the revision that it makes
 * @throws TickerforestError `INVALID_OPTION` if it keeps a model that the base does not have
 */
export function partsAfter(commit: CheckedCommit, fresh: readonly StoredPart[], base: RevisionRecord | null): readonly StoredPart[] {
  const stored = base?.parts ?? [];
  const storedModels = stored.flatMap((part): [string, StoredPart][] => {
    const model = modelOfPart(part.name);
    return model === null ? [] : [[model, part]];
  });
  const models = [...modelsAfter(commit, new Map(storedModels)).values()].filter(
    (model): model is StoredPart => !(model instanceof Uint8Array),
  );
  const others = stored.filter(({ name }) => modelOfPart(name) === null && fresh.every((part) => part.name !== name));
  return [...fresh, ...others, ...models];
}

/**
 * Cuts what a commit brings into chunks.
 *
 * @param commit - the commit
 * @param id - its id
 * @returns the parts
 * @throws TickerforestError `INVALID_OPTION` if a document is larger than MongoDB takes
 */
export function cutParts(commit: CheckedCommit, id: string): CutParts {
  const named: [string, Uint8Array][] = [];
  for (const profile of [commit.company, commit.ml, commit.statistical]) {
    if (profile) named.push([profile.profile_type, encodeProfile(profile)]);
  }
  if (commit.state) named.push([STATE_PART, commit.state]);
  for (const [model, bytes] of commit.models ?? []) if (bytes !== 'unchanged') named.push([`${MODEL_PREFIX}${model}`, bytes]);
  const chunks: Chunk[] = [];
  const parts = named.map(([name, bytes]) => {
    const ids: string[] = [];
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      const chunk = { id: `${id} ${chunks.length}`, part: name, bytes: bytes.subarray(start, start + CHUNK_BYTES) };
      chunks.push(chunk);
      ids.push(chunk.id);
    }
    return { name, chunks: ids, bytes: bytes.length, sha256: digest(bytes) };
  });
  return { parts, chunks };
}

/**
 * Writes chunks and reads them back: what a failing machine or line made of them must not count.
 *
 * @param operations - the database
 * @param commit - the commit
 * @param chunks - its chunks
 * @throws TickerforestError `STORE_FAILED` if they do not come back as they were sent; the driver's error
 */
export async function writeChunks(operations: MongoOperations, commit: CheckedCommit, chunks: readonly Chunk[]): Promise<void> {
  if (chunks.length === 0) return;
  const encode = ({ id, part, bytes }: Chunk): StoredDocument => {
    return { _id: id, symbol: commit.symbol, revision: commit.revision, part, bytes };
  };
  // an id that is taken is one of an attempt before
  await operations.insert(CHECKPOINTS, chunks.map(encode));
  await together(
    chunks.map(async (chunk) => {
      for (let rewrites = 0; ; rewrites++) {
        const stored = bytesOf(await operations.find(CHECKPOINTS, chunk.id));
        if (stored && Buffer.compare(stored, chunk.bytes) === 0) return;
        if (rewrites === REWRITES) {
          const what = `part '${chunk.part}' of revision ${commit.revision} of ${quoted(commit.symbol)}`;
          const cause = new Error(`chunk '${chunk.id}' differs after ${REWRITES} rewrites`);
          throw new TickerforestError('STORE_FAILED', `${what} does not come back as it was written; check the server and the network`, {
            cause,
          });
        }
        await operations.replace(CHECKPOINTS, encode(chunk), 'insert');
      }
    }),
  );
}

/**
 * @param operations - the database
 * @param record - the revision
 * @param name - name of the part
 * @returns its bytes, in memory of their own; null if the revision has no such part
 * @throws TickerforestError `STORE_FAILED` naming symbol, revision and part, if it is damaged; the driver's error
 */
export async function readPart(operations: MongoOperations, record: RevisionRecord, name: string): Promise<Uint8Array | null> {
  const part = record.parts.find((candidate) => candidate.name === name);
  if (!part) return null;
  const what = `part '${name}' of revision ${record.revision} of ${quoted(record.symbol)}, in symbol_checkpoints,`;
  const chunks = await together(part.chunks.map((id) => operations.find(CHECKPOINTS, id)));
  const bytes = new Uint8Array(part.bytes);
  let length = 0;
  for (const [i, chunk] of chunks.entries()) {
    const piece = bytesOf(chunk);
    if (!piece) throw damaged(what, `chunk '${part.chunks[i]}' is ${chunk ? 'without bytes' : 'missing'}`);
    if (length + piece.length <= bytes.length) bytes.set(piece, length);
    length += piece.length;
  }
  if (length !== part.bytes) throw damaged(what, `it has ${length} bytes instead of ${part.bytes}`);
  if (digest(bytes) !== part.sha256) throw damaged(what, 'its contents are not what was written (SHA-256 differs)');
  return bytes;
}

/**
 * @param operations - the database
 * @param record - the revision
 * @param type - which document
 * @returns the document exactly as it was given, with the revision; null if there is none
 * @throws TickerforestError `STORE_FAILED` naming symbol, revision and part, if it is damaged; the driver's error
 */
export async function readProfile<Kind extends Profile>(
  operations: MongoOperations,
  record: RevisionRecord,
  type: Kind['profile_type'],
): Promise<Kind | null> {
  const bytes = await readPart(operations, record, type);
  if (bytes === null) return null;
  const profile: unknown = BSON.deserialize(bytes);
  if (isProfile<Kind>(profile, type)) return { ...profile, revision: record.revision };
  const what = `part '${type}' of revision ${record.revision} of ${quoted(record.symbol)}`;
  throw damaged(what, `it is no ${type} profile of schema version ${SCHEMA_VERSION}`);
}

function encodeProfile(profile: Profile): Uint8Array {
  const bytes = BSON.calculateObjectSize({ _id: profile.symbol, ...profile });
  if (bytes > LARGEST_DOCUMENT) {
    const message = `${profile.profile_type} profile of ${quoted(profile.symbol)} takes ${bytes} bytes as BSON; MongoDB takes at most ${LARGEST_DOCUMENT}`;
    throw new TickerforestError('INVALID_OPTION', message);
  }
  return BSON.serialize(profile);
}

/** The driver gives bytes as a Buffer of Node's. */
function bytesOf(chunk: StoredDocument | null): Uint8Array | null {
  return types.isUint8Array(chunk?.bytes) ? chunk.bytes : null;
}

// the checksum says that the bytes are what this library wrote, so the kind and version tell the whole shape
function isProfile<Kind extends Profile>(value: unknown, type: ProfileType): value is Kind {
  if (typeof value !== 'object' || value === null) return false;
  return 'profile_type' in value && value.profile_type === type && 'schema_version' in value && value.schema_version === SCHEMA_VERSION;
}
