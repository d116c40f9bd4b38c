import { deepStrictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Db } from 'mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import type { StoredDocument } from '../../src/stores/mongo/operations';
import { plainest } from '../../src/stores/mongo/plain-documents';

/** Every collection of a store. */
export const COLLECTIONS = [
  'company_profiles',
  'ml_profiles',
  'statistical_profiles',
  'symbol_checkpoints',
  'symbol_revisions',
  'symbol_activity',
] as const;

/** All documents of a store's database, by collection. */
export type MongoDump = Readonly<Record<(typeof COLLECTIONS)[number], readonly StoredDocument[]>>;

/**
 * @param db - a store's database
 * @returns all its documents, read without the store
 */
export async function dumpDatabase(db: Db): Promise<MongoDump> {
  const read = async (name: string) => db.collection<StoredDocument>(name, { promoteBuffers: true }).find().toArray();
  const [company_profiles, ml_profiles, statistical_profiles, symbol_checkpoints, symbol_revisions, symbol_activity] = await Promise.all(
    COLLECTIONS.map(read),
  );
  return { company_profiles, ml_profiles, statistical_profiles, symbol_checkpoints, symbol_revisions, symbol_activity };
}

/**
 * All documents, without what differs between two runs that do the same: ids of commits, checksums over them, and of leases the token and
 * expiry.
 *
 * @param dump - a store's database
 * @returns the documents by collection and id, a commit's id being `commit of revision 8`
 */
export function comparableContents(dump: MongoDump): Record<string, unknown> {
  const revisions = new Map(dump.symbol_checkpoints.map(({ _id, revision }) => [commitOf(_id), revision]));
  const timeless = (id: unknown) => String(id).replace(commitOf(String(id)), (commit) => `commit of revision ${revisions.get(commit)}`);
  const texts = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const contents: [string, unknown][] = [
    ...[...dump.company_profiles, ...dump.ml_profiles, ...dump.statistical_profiles].map((document): [string, unknown] => {
      return [`${document.profile_type} of ${document._id}`, document];
    }),
    ...dump.symbol_checkpoints.map(({ _id, bytes, ...chunk }): [string, unknown] => {
      const text = bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : bytes;
      return [`chunk ${chunk.symbol} ${timeless(_id)}`, { ...chunk, bytes: text }];
    }),
    ...dump.symbol_revisions.map(({ commits, parts, sha256, ...rest }): [string, unknown] => {
      const timelessParts = texts(parts).map((part) => {
        return isObject(part) ? { ...part, chunks: texts(part.chunks).map(timeless) } : part;
      });
      return [rest._id, { ...rest, commits: texts(commits).length, parts: timelessParts, sha256: typeof sha256 }];
    }),
    ...dump.symbol_activity
      .filter(({ _id }) => _id.startsWith('lease '))
      .map(({ _id, expires_at, grant, sha256, token, ...rest }): [string, unknown] => [_id.replace(/^lease \d+/, 'lease'), rest]),
  ];
  return Object.fromEntries(contents.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Nothing may be in the database but the newest revision of each symbol, and its newest lease; and intents of who lost to that revision, which go
 * with the next one. What a commit of the next revision has written so far may be somebody's who is alive.
 *
 * @param dump - a store's database
 * @param next - whether there may be such a commit
 * @throws AssertionError showing what is left over
 */
export function assertTidy(dump: MongoDump, next: 'may be begun' | 'is not begun'): void {
  const records = dump.symbol_revisions.filter(({ _id }) => _id.startsWith('revision '));
  const heads = dump.symbol_revisions.filter(({ _id }) => _id.startsWith('head '));
  const intents = dump.symbol_activity.filter(({ _id }) => !_id.startsWith('lease '));
  const leases = dump.symbol_activity.filter(({ _id }) => _id.startsWith('lease '));
  deepStrictEqual(
    heads.map(({ symbol, revision }) => `revision ${revision} of ${symbol}`).sort(),
    records.map(({ _id }) => _id).sort(),
    'one record a symbol, named by its head',
  );
  deepStrictEqual(new Set(leases.map(({ symbol }) => symbol)).size, leases.length, 'one lease a symbol');
  const revisionOf = (symbol: unknown) => Number(records.find((record) => record.symbol === symbol)?.revision ?? 0);
  const ahead = (symbol: unknown, revision: unknown) => Number(revision) - revisionOf(symbol);
  const over = intents.filter(
    ({ symbol, revision }) => ahead(symbol, revision) !== 0 && (next === 'is not begun' || ahead(symbol, revision) !== 1),
  );
  deepStrictEqual(over, [], 'intents');
  const needed = records.flatMap(({ parts }) => (Array.isArray(parts) ? parts : [])).flatMap(({ chunks }) => chunks);
  const announced = new Set(intents.flatMap(({ chunks }) => (Array.isArray(chunks) ? chunks : [])));
  const found = dump.symbol_checkpoints.map(({ _id }) => _id).filter((id) => !announced.has(id));
  deepStrictEqual(found.sort(), needed.sort(), 'chunks');
}

/**
 * The published documents, as any reader of MongoDB finds them, must be those that the store reads; or, from a server that takes less than
 * MongoDB, the nearest that it takes.
 *
 * @param db - a store's database
 * @param store - the store
 * @param symbol - the symbol
 * @throws AssertionError showing the difference
 */
export async function assertPublished(db: Db, store: ProfileStore, symbol: string): Promise<void> {
  const profiles = [await store.getCompanyProfile(symbol), await store.getMlProfile(symbol), await store.getStatisticalProfile(symbol)];
  const names = ['company_profiles', 'ml_profiles', 'statistical_profiles'];
  for (const [i, profile] of profiles.entries()) {
    const found = await db.collection(names[i]).findOne({ symbol });
    const typed = profile && { _id: symbol, ...profile };
    // SQLite's server gives 0 for -0, among others
    if (!isDeepStrictEqual(found, typed)) deepStrictEqual(positiveZeros(found), positiveZeros(typed && plainest(typed)), names[i]);
  }
}

function commitOf(chunk: string): string {
  return chunk.slice(0, chunk.lastIndexOf(' '));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function positiveZeros(value: unknown): unknown {
  if (value === 0) return 0;
  if (value instanceof Date || !isObject(value)) return value;
  if (Array.isArray(value)) return value.map(positiveZeros);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, positiveZeros(item)]));
}
