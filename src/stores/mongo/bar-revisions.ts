import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import {
  type BarIntent,
  type BarRecord,
  barRecordId,
  bytesOf,
  damagedBars,
  decodeBarIntent,
  decodeBarRecord,
  encodeBarIntent,
  encodeBarRecord,
  isIntent,
  revisionOfBlock,
  revisionOfRecord,
} from './bar-records';
import type { MongoOperations, StoredDocument } from './operations';

/*
 * `bar_revisions` holds the records of a symbol's newest revision and of the one before, and the intents of writes that are under way or died. To insert the
 * record 'revision 8 of AAPL' IS the commit of revision 8: ids are unique, so of rivals one wins.
 */

const REVISIONS = 'bar_revisions';
const BLOCKS = 'bar_blocks';
/** A record or block that does not come back as it was sent is written again so many times. */
const ATTEMPTS = 4;
/** A reader starts again when writes remove what it was reading. */
const READS = 100;

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @returns number of its newest revision; 0 if there never was one
 * @throws the driver's error
 */
export async function highestRevision(operations: MongoOperations, symbol: string): Promise<number> {
  const highestIn = (stored: readonly StoredDocument[]) =>
    stored.reduce((highest, one) => Math.max(highest, revisionOfRecord(one, symbol)), 0);
  const highest = highestIn(await operations.outline(REVISIONS, symbol));
  // a scan can miss both the record that was inserted and the one that was removed meanwhile
  return highest > 0 ? highest : highestIn(await operations.outline(REVISIONS, symbol));
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @returns the record of its newest revision; null if there never was one
 * @throws TickerforestError `STORE_FAILED` if it is damaged; the driver's error
 */
export async function findNewest(operations: MongoOperations, symbol: string): Promise<BarRecord | null> {
  let damagedBefore = 0;
  for (let reads = 1; ; reads++) {
    const revision = await highestRevision(operations, symbol);
    if (revision === 0) return null;
    const stored = await operations.find(REVISIONS, barRecordId(symbol, revision));
    try {
      if (stored) return decodeBarRecord(stored, symbol);
    } catch (error) {
      // garbled on the way, or replaced meanwhile; the same twice is how it is stored
      if (damagedBefore === revision) throw error;
      damagedBefore = revision;
    }
    if (reads === READS) throw damagedBars(`record ${quoted(barRecordId(symbol, revision))} in bar_revisions`, 'it comes and goes');
  }
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @param intent - what a write is about to do
 * @throws the driver's error
 */
export async function insertIntent(operations: MongoOperations, symbol: string, intent: BarIntent): Promise<void> {
  await operations.insert(REVISIONS, [encodeBarIntent(symbol, intent)]);
}

/**
 * Writes a block and reads it back: what a failing machine or line made of it must not count.
 *
 * @param operations - the database
 * @param symbol - the symbol
 * @param document - the block
 * @throws TickerforestError `STORE_FAILED` if it does not come back as it was sent; the driver's error
 */
export async function insertBlock(operations: MongoOperations, symbol: string, document: StoredDocument): Promise<void> {
  const bytes = bytesOf(document);
  // an id that is taken is one of an attempt before
  await operations.insert(BLOCKS, [document]);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const stored = bytesOf(await operations.find(BLOCKS, document._id));
    if (bytes !== null && stored !== null && Buffer.compare(stored, bytes) === 0) return;
    await operations.replace(BLOCKS, document, 'insert');
  }
  const message = `a block of the bars of ${quoted(symbol)} does not come back as it was written; check the server and the network`;
  throw new TickerforestError('STORE_FAILED', message, { cause: new Error(`block '${document._id}' differs after ${ATTEMPTS} attempts`) });
}

/**
 * Makes a revision.
 *
 * @param operations - the database
 * @param record - the record to be made; its write's id is its first
 * @returns null if it was made; the revision that the symbol is at (0: nothing is kept) if a rival made it, then or long ago
 * @throws TickerforestError `STORE_FAILED` if it does not come back as it was sent; the driver's error, after which the revision may have been made or may be
 * made yet
 */
export async function insertRecord(operations: MongoOperations, record: BarRecord): Promise<number | null> {
  const { symbol } = record;
  const document = encodeBarRecord(record);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await operations.insert(REVISIONS, [document]);
    const stored = await operations.find(REVISIONS, document._id);
    const found = stored && undamaged(stored, symbol);
    if (stored && !found) {
      // garbled on the way back, or on the way there: that is for its writer to mend
      if (outcome === 'inserted') await operations.replace(REVISIONS, document, 'ignore');
      continue;
    }
    const newest = await findNewest(operations, symbol);
    if (newest?.writes.includes(record.writes[0])) return null;
    // a rival made this revision long ago, and it was removed after the next ones: then the id was free again, but it is too late
    if (found?.writes[0] === record.writes[0]) await operations.remove(REVISIONS, [document._id]);
    if (newest && newest.revision >= record.revision) return newest.kept ? newest.revision : 0;
  }
  throw damagedBars(`record ${quoted(document._id)} in bar_revisions`, 'it does not come back as it was written');
}

/**
 * Removes what neither the newest revision nor the one before it needs, and what dead writers have left.
 *
 * @param operations - the database
 * @param newest - the newest record
 * @param before - the one before; null: it is not needed
 * @param own - intent of the write that made it, if it had one
 * @throws the driver's error
 */
export async function sweep(
  operations: MongoOperations,
  newest: BarRecord,
  before: BarRecord | null,
  own: BarIntent | null,
): Promise<void> {
  const { symbol, revision } = newest;
  const needed = new Set([...(newest.kept?.blocks ?? []), ...(before?.kept?.blocks ?? [])].map(({ id }) => id));
  const outline = await operations.outline(REVISIONS, symbol);
  const oldest = before?.revision ?? revision;
  const records = outline.filter((one) => revisionOfRecord(one, symbol) > 0 && revisionOfRecord(one, symbol) < oldest);
  // who lost to the newest revision may be alive and writing blocks still: its intent stays until the revision after that
  const intents = outline.filter((one) => isIntent(one) && one._id !== own?.id && Number(one.revision) < revision);
  const over = [...records, ...intents].map(({ _id }) => _id);
  const found = await Promise.all(over.map((id) => operations.find(REVISIONS, id)));
  const blocks = found.flatMap((stored) => {
    if (stored === null) return [];
    if (isIntent(stored)) return decodeBarIntent(stored).blocks;
    return undamaged(stored, symbol)?.kept?.blocks.map(({ id }) => id) ?? [];
  });
  // of a symbol that is forgotten nothing may stay, also if its records could not be read
  const all = newest.kept === null ? (await operations.outline(BLOCKS, symbol)).map(({ _id }) => _id) : [];
  const removable = [...new Set([...blocks, ...all])].filter((id) => !needed.has(id) && revisionOfBlock(id, symbol) <= revision);
  await operations.remove(BLOCKS, removable);
  await operations.remove(REVISIONS, own ? [...over, own.id] : over);
}

/**
 * Removes what a write has written that will not take place. What cannot be removed is named by its intent, for others to sweep.
 *
 * @param operations - the database
 * @param symbol - the symbol
 * @param intent - its intent
 */
export async function discard(operations: MongoOperations, symbol: string, { id, blocks }: BarIntent): Promise<void> {
  try {
    const newest = await findNewest(operations, symbol);
    const used = new Set(newest?.kept?.blocks.map((block) => block.id));
    await operations.remove(
      BLOCKS,
      blocks.filter((block) => !used.has(block)),
    );
    await operations.remove(REVISIONS, [id]);
  } catch {
    // the intent is still there
  }
}

function undamaged(stored: StoredDocument, symbol: string): BarRecord | null {
  try {
    return decodeBarRecord(stored, symbol);
  } catch (error) {
    if (error instanceof TickerforestError) return null;
    throw error;
  }
}
