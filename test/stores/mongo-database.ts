import { randomUUID } from 'node:crypto';
import { type Db, MongoClient, MongoNetworkError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished } from 'vitest';
import type { ProfileStore } from '../../src/stores/contract';
import type { Patience } from '../../src/stores/mongo/connection';
import { driverOperations, type MongoOperations, type StoredDocument } from '../../src/stores/mongo/operations';
import { mongoProfileStoreOn } from '../../src/stores/mongo/profile-store';

const { uri } = inject('mongo');

/** Connection string of the server that the tests use. */
export const TEST_URI = uri ?? 'mongodb://127.0.0.1:1/';

/** `describe`, where there is a server; the run says loudly where there is none. */
export const describeWithServer = describe.skipIf(uri === null);

/** Several attempts, but hardly any pause between them. */
export const IMPATIENCE: Patience = { attemptMs: 10_000, pausesMs: [1, 2, 3] };

const client = new MongoClient(TEST_URI);

/** Connects before the file's tests, and closes after them. */
export function useTestServer(): void {
  beforeAll(async () => {
    if (uri !== null) await client.connect();
  });
  afterAll(() => client.close());
}

/** @returns the client, open while the tests run */
export function connectedClient(): MongoClient {
  return client;
}

/** @returns an empty database, which the end of the test drops */
export function newDatabase(): Db {
  const db = client.db(`test-${randomUUID()}`);
  onTestFinished(async () => {
    await db.dropDatabase();
  });
  return db;
}

/** A collection as any reader sees it. */
export function rawCollection(db: Db, name: string) {
  return db.collection<StoredDocument>(name);
}

/**
 * @param db - a database
 * @param changes - operations that differ from the driver's
 * @returns a store on them
 */
export function storeOn(db: Db, changes: (plain: MongoOperations) => Partial<MongoOperations> = () => ({})): ProfileStore {
  const plain = plainOperations(db);
  return mongoProfileStoreOn({ ...plain, ...changes(plain) }, IMPATIENCE);
}

/** @returns the driver's operations on a database */
export function plainOperations(db: Db): MongoOperations {
  return driverOperations(db, async () => {});
}

/** How a write goes wrong: it never arrives, or it happens and its answer is lost. */
export type Fault = 'lost' | 'unanswered';

/** A write, as a network sees it. */
export interface Write {
  /** Its number among all, from 1. */
  readonly number: number;
  /** How often the same was asked for, from 1. */
  readonly attempt: number;
}

/**
 * Operations whose writes fail as a network does.
 *
 * @param plain - the operations underneath
 * @param faultOf - says of each write what goes wrong
 * @returns the operations
 */
export function faulty(plain: MongoOperations, faultOf: (write: Write) => Fault | 'none'): MongoOperations {
  const attempts = new Map<string, number>();
  let number = 0;
  const write = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
    number++;
    const attempt = (attempts.get(what) ?? 0) + 1;
    attempts.set(what, attempt);
    const fault = faultOf({ number, attempt });
    if (fault === 'lost') throw new MongoNetworkError('the line was cut before');
    const result = await act();
    if (fault === 'unanswered') throw new MongoNetworkError('the line was cut after');
    return result;
  };
  return {
    ...plain,
    insert: (name, documents) => write(`insert ${documents.map(({ _id }) => _id)}`, () => plain.insert(name, documents)),
    replace: (name, document, missing) => write(`replace ${document._id}`, () => plain.replace(name, document, missing)),
    replaceSealed: (name, document, sha256) => write(`replace ${document._id}`, () => plain.replaceSealed(name, document, sha256)),
    removeSealed: (name, id, sha256) => write(`remove ${id}`, () => plain.removeSealed(name, id, sha256)),
    publish: (name, symbol, document) => write(`publish ${name} ${symbol}`, () => plain.publish(name, symbol, document)),
    unpublish: (name, symbol) => write(`unpublish ${name} ${symbol}`, () => plain.unpublish(name, symbol)),
    removeChunks: (symbol, revision) => write(`chunks of ${symbol}`, () => plain.removeChunks(symbol, revision)),
    remove: (name, ids) => write(`remove ${ids}`, () => plain.remove(name, ids)),
  };
}

/** A process that died: nothing it does arrives any more. */
class Death extends Error {}

/**
 * Operations of a process that dies before its n-th write of a single document; from then on nothing arrives any more.
 *
 * @param plain - the operations underneath
 * @param lastWrite - before which write it dies, from 1
 * @returns the operations, and whether it has died
 */
export function dying(plain: MongoOperations, lastWrite: number): { operations: MongoOperations; died: () => boolean } {
  let writes = 0;
  const died = () => writes >= lastWrite;
  const step = () => {
    writes++;
    if (died()) throw new Death('dead');
  };
  const alive = () => {
    if (died()) throw new Death('dead');
  };
  const operations: MongoOperations = {
    ...plain,
    async insert(name, documents) {
      for (const document of documents) {
        step();
        const outcome = await plain.insert(name, [document]);
        if (outcome === 'taken') return outcome;
      }
      return 'inserted';
    },
    async replace(name, document, missing) {
      step();
      return plain.replace(name, document, missing);
    },
    async replaceSealed(name, document, sha256) {
      step();
      return plain.replaceSealed(name, document, sha256);
    },
    async removeSealed(name, id, sha256) {
      step();
      return plain.removeSealed(name, id, sha256);
    },
    async publish(name, symbol, document) {
      step();
      return plain.publish(name, symbol, document);
    },
    async unpublish(name, symbol) {
      step();
      return plain.unpublish(name, symbol);
    },
    async removeChunks(symbol, revision) {
      step();
      return plain.removeChunks(symbol, revision);
    },
    async remove(name, ids) {
      for (const id of ids) {
        step();
        await plain.remove(name, [id]);
      }
    },
    async find(name, id) {
      alive();
      return plain.find(name, id);
    },
    async findOfSymbol(name, symbol) {
      alive();
      return plain.findOfSymbol(name, symbol);
    },
    async findPublished(name, symbol) {
      alive();
      return plain.findPublished(name, symbol);
    },
  };
  return { operations, died };
}

/** Documents that other readers find for a symbol. */
export async function published(db: Db, symbol: string) {
  const names = ['company_profiles', 'ml_profiles', 'statistical_profiles'];
  const [company, ml, statistical] = await Promise.all(names.map((name) => rawCollection(db, name).findOne({ _id: symbol })));
  return { company, ml, statistical };
}

/** The published documents must be those that the store reads. */
export async function expectPublished(db: Db, store: ProfileStore, symbol: string): Promise<void> {
  const [company, ml, statistical] = await Promise.all([
    store.getCompanyProfile(symbol),
    store.getMlProfile(symbol),
    store.getStatisticalProfile(symbol),
  ]);
  expect(await published(db, symbol)).toMatchObject({
    company: company && { _id: symbol, revision: company.revision, raw_data: { points: company.raw_data.points } },
    ml: ml && { _id: symbol, revision: ml.revision, model_version: ml.model_version },
    statistical: statistical && {
      _id: symbol,
      revision: statistical.revision,
      features: { technical_indicators: { rsi_14: { latest: statistical.features.technical_indicators.rsi_14.latest } } },
    },
  });
}

/**
 * Nothing may be in the database but one published revision of a symbol, its newest lease, and intents of who lost to this revision: they may
 * be alive, so their intents go with the next one.
 *
 * @param db - the database
 * @param symbol - the symbol
 * @param revision - the revision
 */
export async function expectTidy(db: Db, symbol: string, revision: number): Promise<void> {
  const [revisions, chunks, activity] = await Promise.all(
    ['symbol_revisions', 'symbol_checkpoints', 'symbol_activity'].map((name) => rawCollection(db, name).find().toArray()),
  );
  expect(revisions.map(({ _id }) => _id).sort()).toStrictEqual([`head of ${symbol}`, `revision ${revision} of ${symbol}`]);
  expect(revisions.map((document) => document.revision)).toStrictEqual([revision, revision]);
  const parts = revisions.flatMap((document) => (Array.isArray(document.parts) ? document.parts : []));
  const needed: unknown[] = parts.flatMap((part) => part.chunks);
  expect(chunks.map(({ _id }) => _id).sort()).toStrictEqual(needed.sort());
  const [leases, intents] = [true, false].map((isLease) => activity.filter(({ _id }) => _id.startsWith('lease ') === isLease));
  expect(intents.filter((intent) => intent.revision !== revision)).toStrictEqual([]);
  expect(leases.length).toBeLessThanOrEqual(1);
}
