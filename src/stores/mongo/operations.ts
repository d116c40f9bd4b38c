import type { Collection, Db } from 'mongodb';
import { propertyOf } from '../../errors';
import { together } from '../together';
import { type Index, makeIndex } from './indexes';
import { plainest } from './plain-documents';

/** What is kept in a database: it has the collections of both, or of one. */
export type Kept = 'profiles' | 'bars';

/** The collections that the stores keep. */
export type CollectionName =
  | 'company_profiles'
  | 'ml_profiles'
  | 'statistical_profiles'
  | 'symbol_checkpoints'
  | 'symbol_revisions'
  | 'symbol_activity'
  | 'bar_revisions'
  | 'bar_blocks';

/** A document as it is stored: every `_id` is a text. */
export interface StoredDocument {
  /** Its id, unique in the collection. */
  readonly _id: string;
  /** Its other fields. */
  readonly [field: string]: unknown;
}

/**
 * The few operations that the Mongo store is made of; each is one step that a process may die before, and one command to the server. They
 * reject with the driver's errors.
 */
export interface MongoOperations {
  /** Where the data is, for messages: 'database "market" at localhost:27017'. Never holds a password. */
  readonly place: string;
  /** Connects, and creates the indexes that are missing. */
  prepare(): Promise<void>;
  /**
   * Inserts documents; those whose `_id` is free are inserted also if others' are not.
   *
   * @returns whether all were, or some `_id` was taken
   */
  insert(collection: CollectionName, documents: readonly StoredDocument[]): Promise<'inserted' | 'taken'>;
  /**
   * Replaces the document with the same `_id`.
   *
   * @param missing - what to do if there is none
   */
  replace(collection: CollectionName, document: StoredDocument, missing: 'insert' | 'ignore'): Promise<void>;
  /** Replaces the document with the same `_id`, if its field `sha256` is still the one given. */
  replaceSealed(collection: CollectionName, document: StoredDocument, sha256: string): Promise<void>;
  /** Removes the document with the id, if its field `sha256` is still the one given. */
  removeSealed(collection: CollectionName, id: string, sha256: string): Promise<void>;
  /**
   * Replaces or inserts the document of a symbol for other readers, with the nearest values that the server takes. One that is there keeps its `_id`, whoever made it.
   */
  publish(collection: CollectionName, symbol: string, document: StoredDocument): Promise<void>;
  /** Removes what was published of a symbol; documents that are not of this store are left. */
  unpublish(collection: CollectionName, symbol: string): Promise<void>;
  /** Removes a symbol's chunks of revisions up to the given one. */
  removeChunks(symbol: string, revision: number): Promise<void>;
  /** Removes documents, one after the other in the order given; those that are not there are passed over. */
  remove(collection: CollectionName, ids: readonly string[]): Promise<void>;
  /** The document with the id, or null. */
  find(collection: CollectionName, id: string): Promise<StoredDocument | null>;
  /** What is published of a symbol, three documents at most: by whomever, under whatever `_id`. */
  findPublished(collection: CollectionName, symbol: string): Promise<readonly PublishedDocument[]>;
  /** All documents with the symbol. */
  findOfSymbol(collection: CollectionName, symbol: string): Promise<StoredDocument[]>;
  /** Symbol and id of the records without parts. */
  findDeletions(collection: CollectionName): Promise<StoredDocument[]>;
  /** Of all documents, or of those with the symbol, no more than `_id`, `symbol`, `revision` and `deleted`. */
  outline(collection: CollectionName, symbol?: string): Promise<StoredDocument[]>;
  /** The symbols of all documents, each once, in any order. */
  symbols(collection: CollectionName): Promise<string[]>;
  /** Closes the connection, if it is the store's own. */
  close(): Promise<void>;
}

const UNIQUE_SYMBOL: Index = { fields: { symbol: 1 }, options: { unique: true } };
const BY_SYMBOL: Index = { fields: { symbol: 1 }, options: {} };
const INDEXES: Readonly<Record<Kept, readonly (readonly [CollectionName, readonly Index[]])[]>> = {
  profiles: [
    ['company_profiles', [UNIQUE_SYMBOL, { fields: { exchange: 1 }, options: {} }, { fields: { last_updated: 1 }, options: {} }]],
    ['ml_profiles', [UNIQUE_SYMBOL]],
    ['statistical_profiles', [UNIQUE_SYMBOL]],
    ['symbol_revisions', [BY_SYMBOL]],
    ['symbol_activity', [BY_SYMBOL]],
  ],
  bars: [
    ['bar_revisions', [BY_SYMBOL]],
    ['bar_blocks', [BY_SYMBOL]],
  ],
};

const DUPLICATE_ID = 11_000;
/** BadValue, DollarPrefixedFieldName, DottedFieldName: the server does not take the document. */
const REFUSED_CODES: readonly unknown[] = [2, 52, 57];

/** A published document, as far as the store looks at it. */
export interface PublishedDocument {
  /** Its `_id`: the symbol, if this store made it; whatever its author took, if another program did. */
  readonly id: unknown;
  /** Its field `revision`; undefined if another program made it. */
  readonly revision: unknown;
}

/**
 * @param db - the database
 * @param close - closes the client, or does nothing if it is the caller's
 * @param kept - what is kept there, for the indexes. Default: profiles
 * @returns the operations on the official driver, each tried once
 */
export function driverOperations(db: Db, close: () => Promise<void>, kept: Kept = 'profiles'): MongoOperations {
  const collection = (name: CollectionName): Collection<StoredDocument> =>
    // the caller's database may be set otherwise
    db.collection<StoredDocument>(name, {
      promoteBuffers: true,
      promoteValues: true,
      promoteLongs: true,
      useBigInt64: false,
      raw: false,
      fieldsAsRaw: {},
      ignoreUndefined: false,
      readPreference: 'primary',
      writeConcern: { w: 'majority' },
    });
  const replace = async (name: CollectionName, { _id, ...fields }: StoredDocument, upsert: boolean) => {
    try {
      await collection(name).replaceOne({ _id }, fields, { upsert });
    } catch (error) {
      if (!isDuplicateId(error)) throw error;
      // two inserted at once: now it is there and can be replaced
      await collection(name).replaceOne({ _id }, fields, { upsert });
    }
  };
  const replaceOfSymbol = async (name: CollectionName, symbol: string, { _id, ...fields }: StoredDocument) => {
    const isReplaced = async () => (await collection(name).replaceOne({ symbol }, fields)).matchedCount > 0;
    if (await isReplaced()) return;
    try {
      await collection(name).insertOne({ _id, ...fields });
    } catch (error) {
      // two inserted at once: now it is there and can be replaced
      if (!isDuplicateId(error) || !(await isReplaced())) throw error;
    }
  };
  // closes the connection on what it does not take, which cannot be told from a network that fails
  let isFerretDb = false;
  return {
    place: `database "${db.databaseName}" at ${db.client.options.hosts.join(', ')}`,
    async prepare() {
      const created = INDEXES[kept].flatMap(([name, indexes]) => indexes.map((index) => makeIndex(collection(name), index)));
      // not in the stable API, and no server that knows that API needs it
      const server = db.client.options.serverApi?.strict ? null : db.command({ buildInfo: 1 }).catch(() => null);
      await together(created);
      isFerretDb = /ferret/i.test(Object.keys((await server) ?? {}).join());
    },
    async insert(name, documents) {
      try {
        await collection(name).insertMany([...documents], { ordered: false });
        return 'inserted';
      } catch (error) {
        if (isDuplicateId(error)) return 'taken';
        throw error;
      }
    },
    replace: (name, document, missing) => replace(name, document, missing === 'insert'),
    async replaceSealed(name, { _id, ...fields }, sha256) {
      await collection(name).replaceOne({ _id, sha256 }, fields);
    },
    async removeSealed(name, _id, sha256) {
      await collection(name).deleteOne({ _id, sha256 });
    },
    async publish(name, symbol, document) {
      if (isFerretDb) return replaceOfSymbol(name, symbol, plainest(document));
      try {
        await replaceOfSymbol(name, symbol, document);
      } catch (error) {
        if (!isRefusedValue(error)) throw error;
        await replaceOfSymbol(name, symbol, plainest(document));
      }
    },
    async unpublish(name, symbol) {
      await collection(name).deleteMany({ symbol, schema_version: { $exists: true } });
    },
    async removeChunks(symbol, revision) {
      await collection('symbol_checkpoints').deleteMany({ symbol, revision: { $lte: revision } });
    },
    async remove(name, ids) {
      if (ids.length === 0) return;
      await collection(name).bulkWrite(
        ids.map((_id) => ({ deleteOne: { filter: { _id } } })),
        { ordered: true },
      );
    },
    find: (name, _id) => collection(name).findOne({ _id }),
    async findPublished(name, symbol) {
      const found = await collection(name)
        .find({ symbol }, { projection: { revision: 1 } })
        .limit(3)
        .toArray();
      return found.map(({ _id, revision }) => ({ id: _id, revision }));
    },
    findOfSymbol: (name, symbol) => collection(name).find({ symbol }).toArray(),
    findDeletions: (name) =>
      collection(name)
        .find({ parts: { $size: 0 } }, { projection: { symbol: 1 } })
        .toArray(),
    outline: (name, symbol) =>
      collection(name)
        .find(symbol === undefined ? {} : { symbol }, { projection: { symbol: 1, revision: 1, deleted: 1 } })
        .toArray(),
    async symbols(name) {
      // not distinct: it is no part of the stable API, which a client may insist on
      const groups = await collection(name)
        .aggregate<{ readonly _id: unknown }>([{ $group: { _id: '$symbol' } }])
        .toArray();
      return groups.map(({ _id }) => _id).filter((symbol) => typeof symbol === 'string');
    },
    close,
  };
}

/**
 * @param error - what the driver threw
 * @returns whether it says that an `_id`, or a value that must be unique, is taken, and nothing else
 */
export function isDuplicateId(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || propertyOf(error, 'code') !== DUPLICATE_ID) return false;
  if (!('writeErrors' in error)) return true;
  const each: unknown[] = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return each.every((one) => typeof one === 'object' && one !== null && 'code' in one && one.code === DUPLICATE_ID);
}

function isRefusedValue(error: unknown): boolean {
  return REFUSED_CODES.includes(propertyOf(error, 'code'));
}
