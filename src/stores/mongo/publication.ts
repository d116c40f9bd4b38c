import { TickerforestError } from '../../errors';
import { hasFunctions } from '../../options/checks';
import { described, quoted } from '../../text';
import { together } from '../together';
import { type Profile, readProfile } from './chunks';
import type { CollectionName, MongoOperations, PublishedDocument } from './operations';
import type { RevisionRecord } from './records';
import { successorOf, writeHead } from './revisions';

/*
 * `company_profiles`, `ml_profiles` and `statistical_profiles` hold the newest revision's documents for everybody who reads MongoDB without
 * this library, as they are typed. `_id` is the symbol; a document that another program made before keeps its own. The store itself writes them only: it reads the exact copies in
 * `symbol_checkpoints`. So a reader of one collection sees a whole document always, and a reader of all three compares `revision`.
 */

/*
 * Servers that are not MongoDB refuse some values; there the published copy has the nearest that they take, see mongo-plain-documents.ts.
 */

/** Which collection each document is published in. */
const COLLECTIONS = [
  ['company', 'company_profiles'],
  ['ml', 'ml_profiles'],
  ['statistical', 'statistical_profiles'],
] as const satisfies readonly (readonly [Profile['profile_type'], CollectionName])[];

/**
 * Publishes a revision, removes documents that it does not have, and does so for those that follow while it does: whoever comes last leaves the newest.
 *
 * @param operations - the database
 * @param record - the revision
 * @param known - documents of the revision that need not be read
 * @throws TickerforestError `STORE_FAILED` if a part is damaged; the driver's error
 */
export async function publish(operations: MongoOperations, record: RevisionRecord, known: readonly Profile[]): Promise<void> {
  for (let next: RevisionRecord | null = record, documents = known; next; documents = []) {
    const current: RevisionRecord = next;
    try {
      await together([publishDocuments(operations, current, documents), writeHead(operations, current)]);
    } catch (error) {
      // the next commit may have swept it while it was read
      next = await successorOf(operations, current).catch(() => null);
      if (next === null) throw error;
      continue;
    }
    next = await successorOf(operations, current);
  }
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @returns revisions of its published documents by type; undefined where there is none, or one that another program made
 * @throws TickerforestError `STORE_FAILED` naming the documents, if there are several in one collection: nobody knows which of them readers take; the driver's error
 */
export async function publishedRevisions(operations: MongoOperations, symbol: string): Promise<ReadonlyMap<string, unknown>> {
  const revisionIn = async (collection: CollectionName): Promise<unknown> => {
    const found = await operations.findPublished(collection, symbol);
    if (found.length > 1) throw severalDocuments(collection, symbol, found);
    return found[0]?.revision;
  };
  return new Map(
    await together(COLLECTIONS.map(async ([type, collection]): Promise<[string, unknown]> => [type, await revisionIn(collection)])),
  );
}

function severalDocuments(collection: CollectionName, symbol: string, found: readonly PublishedDocument[]): TickerforestError {
  const ids = found.slice(0, 2).map(({ id }) => idText(id));
  const more = found.length > ids.length ? ' and others' : '';
  const what = `${collection} holds several documents of ${quoted(symbol)}: _id ${ids.join(' and ')}${more}`;
  return new TickerforestError('STORE_FAILED', `${what}; nothing was stored. Keep one of them, remove the others, and call again`);
}

/** As one writes it in MongoDB's shell. */
function idText(id: unknown): string {
  if (typeof id === 'object' && hasFunctions(id, ['toHexString'])) return `ObjectId('${String(id)}')`;
  return described(id);
}

/**
 * @param record - the newest revision
 * @param published - what {@link publishedRevisions} gave
 * @returns whether its documents, and no others of ours, are published
 */
export function isPublished(record: RevisionRecord, published: ReadonlyMap<string, unknown>): boolean {
  return COLLECTIONS.every(([type]) => {
    const wanted = record.parts.some(({ name }) => name === type) ? record.revision : undefined;
    return published.get(type) === wanted;
  });
}

async function publishDocuments(operations: MongoOperations, record: RevisionRecord, known: readonly Profile[]): Promise<void> {
  await together(
    COLLECTIONS.map(async ([type, collection]) => {
      const profile = known.find((candidate) => candidate.profile_type === type) ?? (await readProfile(operations, record, type));
      if (profile) await operations.publish(collection, record.symbol, { ...profile, _id: record.symbol });
      else await operations.unpublish(collection, record.symbol);
    }),
  );
}
