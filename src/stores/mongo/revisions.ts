import { TickerforestError } from '../../errors';
import { type CheckedDeletion, conflict } from '../checked-commit';
import { together } from '../together';
import type { MongoOperations, StoredDocument } from './operations';
import { damaged, decodeHead, decodeRecord, encodeHead, encodeRecord, headId, type Intent, type RevisionRecord, recordId } from './records';

/*
 * `symbol_revisions` holds one record a revision: which chunks make it up. To insert the record 'revision 8 of AAPL' IS the commit of
 * revision 8: ids are unique, so of rivals one wins. Beside it the head, 'head of AAPL', says where to look for the newest one.
 *
 * A record without parts is a deletion. It stays, so that its number and those before it do not come again.
 *
 * The head may lag behind (its writer died, or wrote too late), so readers look for the records after it, and without it if need be. Superseded records are removed
 * in ascending order, always the older one first. Therefore: while a record is there, no record after its successor was ever removed.
 */

const REVISIONS = 'symbol_revisions';
const ACTIVITY = 'symbol_activity';
const CHECKPOINTS = 'symbol_checkpoints';
const ATTEMPTS = 4;
/** Symbols that are looked up at once. */
const LOOKUPS = 50;

/** The newest revision of a symbol. */
export interface Newest {
  /** Its record. */
  readonly record: RevisionRecord;
  /** Whether the head names this revision. */
  readonly isHead: boolean;
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @param guess - the revision that it is likely to be at: found with one exchange less
 * @returns its newest revision, or null if it has none
 * @throws TickerforestError `STORE_FAILED` if the record is damaged; the driver's error
 */
export async function findNewest(operations: MongoOperations, symbol: string, guess = 0): Promise<Newest | null> {
  const find = (revision: number) => (revision > 0 ? operations.find(REVISIONS, recordId(symbol, revision)) : Promise.resolve(null));
  const findHead = async () => decodeHead(await operations.find(REVISIONS, headId(symbol)));
  let [head, own, next] = await together([findHead(), find(guess), guess > 0 ? find(guess + 1) : null]);
  while (head > 0) {
    if (head !== guess) [own, next] = await together([find(head), find(head + 1)]);
    if (own) {
      let newest = own;
      for (let revision = head + 2; next; revision++) {
        newest = next;
        next = await find(revision);
      }
      const record = decodeRecord(newest, symbol);
      return { record, isHead: record.revision === head };
    }
    // a commit has swept it since; unless the head has moved on with it, it is wrong
    const before = head;
    head = await findHead();
    if (head === before) break;
    guess = 0;
  }
  const record = await highestRecord(operations, symbol);
  return record && { record, isHead: false };
}

/**
 * @param record - the newest record, or null
 * @returns the revision as the store's users know it: 0 after a deletion
 */
export function storedRevision(record: RevisionRecord | null): number {
  return record === null || record.parts.length === 0 ? 0 : record.revision;
}

/** The newest revision of a symbol, be its record damaged or not. */
export interface Highest {
  /** Its number; 0: there never was one. */
  readonly revision: number;
  /** Its record; null if there is none, or if it is damaged. */
  readonly record: RevisionRecord | null;
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @returns its newest revision, found without the head
 * @throws the driver's error
 */
export async function findHighest(operations: MongoOperations, symbol: string): Promise<Highest> {
  const stored = await operations.findOfSymbol(REVISIONS, symbol);
  const revision = Math.max(0, ...stored.map((document) => revisionOf(document, symbol)));
  const newest = stored.find((document) => revision > 0 && document._id === recordId(symbol, revision));
  return { revision, record: newest ? undamaged(newest, symbol) : null };
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @returns whether anything is stored of it; a damaged record counts
 * @throws the driver's error
 */
export async function isStored(operations: MongoOperations, symbol: string): Promise<boolean> {
  const { revision, record } = await findHighest(operations, symbol);
  return revision > 0 && (record === null || storedRevision(record) > 0);
}

/**
 * @param operations - the database
 * @returns all symbols that something is stored of, in any order; one whose records are damaged counts
 * @throws the driver's error
 */
export async function storedSymbols(operations: MongoOperations): Promise<string[]> {
  const [symbols, deletions] = await together([operations.symbols(REVISIONS), operations.findDeletions(REVISIONS)]);
  const doubtful = [...new Set(deletions.map(({ symbol }) => String(symbol)))];
  const deleted = new Set<string>();
  for (let start = 0; start < doubtful.length; start += LOOKUPS) {
    await together(
      doubtful.slice(start, start + LOOKUPS).map(async (symbol) => {
        if (!(await isStored(operations, symbol))) deleted.add(symbol);
      }),
    );
  }
  return symbols.filter((symbol) => !deleted.has(symbol));
}

/**
 * Makes a revision.
 *
 * @param operations - the database
 * @param change - the commit or deletion
 * @param base - the record that it is based on, or null
 * @param record - the record to be made; the commit's id is its first
 * @throws TickerforestError `CONFLICT` if a rival made the revision, then or long ago; the driver's error, after which the revision may
 * have been made or may be made yet
 */
export async function insertRecord(
  operations: MongoOperations,
  change: CheckedDeletion,
  base: RevisionRecord | null,
  record: RevisionRecord,
): Promise<void> {
  const { symbol, revision } = record;
  const document = encodeRecord(record);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await operations.insert(REVISIONS, [document]);
    const [stored, isFirst] = await together([operations.find(REVISIONS, document._id), base !== null && isStillThere(operations, base)]);
    const found = stored && undamaged(stored, symbol);
    if (stored && !found) {
      // garbled on the way back, or on the way there: that is for its writer to mend
      if (outcome === 'inserted') await operations.replace(REVISIONS, document, 'ignore');
      continue;
    }
    const isOurs = found?.commits[0] === record.commits[0];
    // while the base is there, nobody can have made this revision and swept it
    if (isOurs && isFirst) return;
    const newest = await highestRecord(operations, symbol);
    if (newest?.commits.includes(record.commits[0])) return;
    if (isOurs || (newest?.revision ?? 0) >= revision) throw conflict(change, storedRevision(newest));
  }
  throw damaged(`record '${document._id}' in symbol_revisions`, 'it does not come back as it was written');
}

/**
 * @param operations - the database
 * @param record - the revision that was published
 * @returns the newest record, if that is a later one; null if it is this one
 * @throws TickerforestError `STORE_FAILED` if a record is damaged; the driver's error
 */
export async function successorOf(operations: MongoOperations, record: RevisionRecord): Promise<RevisionRecord | null> {
  const { symbol, revision } = record;
  const [isThere, next] = await together([isStillThere(operations, record), operations.find(REVISIONS, recordId(symbol, revision + 1))]);
  if (isThere && !next) return null;
  const newest = await highestRecord(operations, symbol);
  return newest && newest.commits[0] !== record.commits[0] ? newest : null;
}

/**
 * Makes a revision the first one that readers look for.
 *
 * @param operations - the database
 * @param record - the revision
 * @throws the driver's error
 */
export async function writeHead(operations: MongoOperations, { symbol, revision }: RevisionRecord): Promise<void> {
  await operations.replace(REVISIONS, encodeHead(symbol, revision), 'insert');
}

/**
 * Removes what commits up to the newest one have superseded or left behind, and then their intents.
 *
 * @param operations - the database
 * @param newest - the newest record
 * @param intents - intents of the symbol; those for later revisions are passed over, they may be alive
 * @throws the driver's error
 */
export async function sweep(operations: MongoOperations, newest: RevisionRecord, intents: readonly Intent[]): Promise<void> {
  const { symbol } = newest;
  const over = intents.filter((intent) => intent.revision <= newest.revision);
  if (over.length === 0) return;
  const needed = new Set(newest.parts.flatMap((part) => part.chunks));
  const revisions = over.flatMap(({ revision }) => [revision - 1, revision]).filter((revision) => revision < newest.revision);
  const records = await recordsUpTo(operations, symbol, revisions);
  const recordChunks = records.flatMap((record) => undamaged(record, symbol)?.parts.flatMap((part) => part.chunks) ?? []);
  const chunks = new Set([...recordChunks, ...over.flatMap((intent) => intent.chunks)]);
  await operations.remove(
    CHECKPOINTS,
    [...chunks].filter((chunk) => !needed.has(chunk)),
  );
  await operations.remove(
    REVISIONS,
    records.map((record) => record._id),
  );
  // who lost to the newest revision may be alive and writing chunks still: its intent stays until the revision after that
  const done = over.filter((intent) => intent.revision < newest.revision || intent.id === newest.commits[0]);
  await operations.remove(
    ACTIVITY,
    done.map((intent) => intent.id),
  );
}

/** The records of some revisions that are there, and all before them: never is one removed before an older one. */
async function recordsUpTo(operations: MongoOperations, symbol: string, revisions: readonly number[]): Promise<StoredDocument[]> {
  const lowest = Math.min(...revisions);
  const ascending = [...new Set([lowest - 1, ...revisions])].filter((revision) => revision > 0).sort((a, b) => a - b);
  const found = await together(ascending.map((revision) => operations.find(REVISIONS, recordId(symbol, revision))));
  const records = found.filter((record) => record !== null);
  for (let revision = lowest - 1; revision > 1 && records[0]?._id === recordId(symbol, revision); revision--) {
    const older = await operations.find(REVISIONS, recordId(symbol, revision - 1));
    if (older) records.unshift(older);
  }
  return records;
}

/**
 * Removes a record that was inserted after its revision had been made by a rival, and swept.
 *
 * @param operations - the database
 * @param record - the record
 * @throws the driver's error
 */
export async function removeStray(operations: MongoOperations, record: RevisionRecord): Promise<void> {
  if (await isStillThere(operations, record)) await operations.remove(REVISIONS, [recordId(record.symbol, record.revision)]);
}

/** The record with the highest revision, found without the head. */
async function highestRecord(operations: MongoOperations, symbol: string): Promise<RevisionRecord | null> {
  const stored = await operations.findOfSymbol(REVISIONS, symbol);
  const highest = Math.max(0, ...stored.map((document) => revisionOf(document, symbol)));
  const newest = stored.find((document) => highest > 0 && document._id === recordId(symbol, highest));
  return newest ? decodeRecord(newest, symbol) : null;
}

async function isStillThere(operations: MongoOperations, { symbol, revision, commits }: RevisionRecord): Promise<boolean> {
  const stored = await operations.find(REVISIONS, recordId(symbol, revision));
  return stored !== null && undamaged(stored, symbol)?.commits[0] === commits[0];
}

function undamaged(stored: StoredDocument, symbol: string): RevisionRecord | null {
  try {
    return decodeRecord(stored, symbol);
  } catch (error) {
    if (error instanceof TickerforestError) return null;
    throw error;
  }
}

/** By its id, so that a damaged record is not passed over. */
function revisionOf({ _id }: StoredDocument, symbol: string): number {
  const revision = Number(/^revision ([1-9][0-9]*) of /.exec(_id)?.[1]);
  return Number.isSafeInteger(revision) && _id === recordId(symbol, revision) ? revision : 0;
}
