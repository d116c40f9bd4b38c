import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Bars } from '../../bars/bars';
import { TickerforestError } from '../../errors';
import { KEPT_RANGE } from '../../options/bar-store-table';
import { checkOptions } from '../../options/description';
import { checkSymbol } from '../../options/symbol';
import { quoted } from '../../text';
import type { BarStore, BarWrite, DeleteBars, KeptBars, KeptRange } from '../bar-store';
import { barConflict, type CheckedBarWrite, checkBarDeletion, checkBarWrite, readConflict, repeatedUnless } from '../bar-writes';
import { assertOpen } from '../checked-commit';
import { assertBase, describeKept, type NewBlock, prepareBarWrite, readKeptBlocks } from '../kept-blocks';
import { type BarBlock, type BarIntent, type BarRecord, barBlockId, barIntentId, packBlock, unpackBlock } from './bar-records';
import { discard, findNewest, highestRevision, insertBlock, insertIntent, insertRecord, sweep } from './bar-revisions';
import { type Patience, patientOperations, storeFailed } from './connection';
import { type MongoConnectionOptions, openDatabase } from './open-database';
import type { MongoOperations } from './operations';

/** Writes that a record remembers: far more than can happen between a write's insert and its look at who came after. */
const REMEMBERED_WRITES = 16;
/** Blocks that are packed, sent and read back at once. */
const AT_ONCE = 4;

/**
 * Keeps bars in MongoDB, beside the profiles of a `mongoProfileStore` or by themselves: a standalone server, a replica set, or another server that speaks the
 * protocol. It needs no transactions. It connects and creates missing indexes with the first use. Any number of processes may use the same database at once.
 *
 * `bar_blocks` holds up to 65,536 bars a document, packed by zlib, that never change; `bar_revisions` one record a revision, which says which blocks make it up,
 * in order, and what their SHA-256 must be. A write
 * 1. inserts an intent in `bar_revisions`, then the blocks that follow its cut, and reads them back;
 * 2. inserts the record 'revision 8 of AAPL': that is the commit, since ids are unique and one rival wins;
 * 3. removes what neither this revision nor the one before it needs, so that whoever reads that one can go on, and then the intent.
 *
 * A process that dies before 2 has changed nothing, after it everything. What it leaves behind, the next writes remove.
 *
 * @param database - an open database, whose client stays the caller's to close, or where one is: as for `mongoProfileStore`
 * @returns the store
 * @throws TickerforestError `INVALID_OPTION` naming the option that is missing or invalid
 */
export function mongoBarStore(database: Db | MongoConnectionOptions): BarStore {
  const { operations, patience } = openDatabase(database, 'mongoBarStore', 'bars');
  return mongoBarStoreOn(operations, patience);
}

/**
 * {@link mongoBarStore} on operations of the caller's, so that tests can die between two of its steps.
 *
 * @param operations - the operations, each tried once
 * @param patience - how often to try them
 * @returns the store
 */
export function mongoBarStoreOn(operations: MongoOperations, patience: Patience): BarStore {
  return new MongoBarStore(patientOperations(operations, patience));
}

class MongoBarStore implements BarStore {
  readonly #operations: MongoOperations;
  /** What was begun and must finish before the connection is closed. */
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(operations: MongoOperations) {
    this.#operations = operations;
  }

  async describe(symbol: string): Promise<KeptBars | null> {
    assertOpen(this.#closed !== null);
    checkSymbol(symbol);
    const newest = await this.#run(`cannot read the bars of ${quoted(symbol)}`, () => findNewest(this.#operations, symbol));
    return describeKept(symbol, newest);
  }

  async *read(symbol: string, range: KeptRange = {}): AsyncGenerator<Bars> {
    assertOpen(this.#closed !== null);
    checkSymbol(symbol);
    const checked = checkOptions(range, KEPT_RANGE, 'read');
    const what = `cannot read the bars of ${quoted(symbol)}`;
    const newest = await this.#run(what, () => findNewest(this.#operations, symbol));
    if (!newest?.kept) return;
    yield* readKeptBlocks(newest.kept.blocks, checked, (block) => this.#run(what, () => this.#load(newest, block)));
  }

  async write(update: BarWrite): Promise<KeptBars> {
    assertOpen(this.#closed !== null);
    return this.#run('cannot keep bars', async () => {
      const write = await checkBarWrite(update);
      return this.#run(`cannot keep the bars of ${quoted(write.symbol)}`, () => this.#write(write));
    });
  }

  async deleteSymbol(symbol: string, options?: DeleteBars): Promise<boolean> {
    assertOpen(this.#closed !== null);
    const base = checkBarDeletion(symbol, options);
    const what = `cannot delete the bars of ${quoted(symbol)}`;
    return this.#run(what, () => repeatedUnless(base !== undefined, () => this.#delete(symbol, base)));
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed !== null);
    const stored = await this.#run('cannot list the symbols', () => this.#operations.outline('bar_revisions'));
    const newest = new Map<string, { revision: number; deleted: boolean }>();
    for (const { _id, symbol, revision, deleted } of stored) {
      if (typeof symbol !== 'string' || typeof revision !== 'number' || !_id.startsWith('revision ')) continue;
      if (revision > (newest.get(symbol)?.revision ?? 0)) newest.set(symbol, { revision, deleted: deleted === true });
    }
    return [...newest].flatMap(([symbol, { deleted }]) => (deleted ? [] : [symbol])).sort();
  }

  async close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#operations.close());
    await this.#closed;
  }

  /** Reads a block of a revision; twice if what comes over the line is damaged. */
  async #load({ symbol, revision }: BarRecord, block: BarBlock): Promise<Bars> {
    const load = async () => unpackBlock(symbol, block, await this.#operations.find('bar_blocks', block.id));
    try {
      return await load().catch((error) => (error instanceof TickerforestError ? load() : Promise.reject(error)));
    } catch (cause) {
      const now = await highestRevision(this.#operations, symbol);
      throw now === revision ? cause : readConflict(symbol, revision, cause);
    }
  }

  async #write(write: CheckedBarWrite): Promise<KeptBars> {
    const { symbol, market, baseRevision } = write;
    const operations = this.#operations;
    const base = await findNewest(operations, symbol);
    const load = (block: BarBlock) => (base ? this.#load(base, block) : Promise.reject(new Error('there are no blocks')));
    const { revision, staying, following, kept } = await prepareBarWrite(base, write, load);
    const id = randomUUID();
    const blocks = following.map((_, index) => barBlockId(symbol, revision, index, id));
    const intent = { id: barIntentId(symbol, id), revision, blocks };
    let entries: readonly BarBlock[];
    try {
      await insertIntent(operations, symbol, intent);
      entries = await this.#writeBlocks(symbol, intent, following);
    } catch (cause) {
      await discard(operations, symbol, intent);
      throw await this.#lostOr(symbol, baseRevision, cause);
    }
    await this.#commit(
      { symbol, revision, writes: successors(id, base), kept: { market, blocks: [...staying, ...entries] } },
      intent,
      baseRevision,
      base,
    );
    return kept;
  }

  async #delete(symbol: string, based: number | undefined): Promise<boolean> {
    const operations = this.#operations;
    // a record that cannot be read is no reason to keep it: its id says which revision it is
    const newest = await findNewest(operations, symbol).catch(async (error) => {
      const revision = await highestRevision(operations, symbol);
      if (!(error instanceof TickerforestError) || revision === 0) throw error;
      return { revision, writes: [], kept: 'unreadable' };
    });
    if (based !== undefined) assertBase(symbol, newest, based);
    if (newest === null) return false;
    if (newest.kept === null) {
      // who deleted it may have died before all was removed
      await sweep(operations, { ...newest, symbol, kept: null }, null, null);
      return false;
    }
    const record = { symbol, revision: newest.revision + 1, writes: successors(randomUUID(), newest), kept: null };
    await this.#commit(record, null, newest.revision, null);
    return true;
  }

  async #writeBlocks(symbol: string, { revision, blocks }: BarIntent, following: readonly NewBlock[]): Promise<readonly BarBlock[]> {
    const entries: BarBlock[] = [];
    for (let start = 0; start < following.length; start += AT_ONCE) {
      const group = following.slice(start, start + AT_ONCE).map(async (block, index) => {
        const { document, entry } = await packBlock(symbol, revision, blocks[start + index], block);
        await insertBlock(this.#operations, symbol, document);
        return entry;
      });
      // what is discarded afterwards must not be under way still
      await Promise.allSettled(group);
      entries.push(...(await Promise.all(group)));
    }
    return entries;
  }

  /** Makes a revision of blocks that are written, and removes what neither it nor the one before it needs. */
  async #commit(record: BarRecord, intent: BarIntent | null, base: number, before: BarRecord | null): Promise<void> {
    const { symbol, revision } = record;
    let rival: number | null;
    try {
      rival = await insertRecord(this.#operations, record);
    } catch (cause) {
      // the insert may be under way still: what it refers to must stay, and is swept by whoever makes this revision
      throw storeFailed(
        cause,
        `it is not known whether revision ${revision} of the bars of ${quoted(symbol)} was stored`,
        this.#operations,
      );
    }
    if (rival !== null) {
      if (intent) await discard(this.#operations, symbol, intent);
      throw barConflict(symbol, base, rival);
    }
    // the write is done: what cannot be swept now, the next one sweeps
    await sweep(this.#operations, record, before, intent).catch(() => {});
  }

  /** A rival sweeps what this write was reading: then the error is only how the conflict was noticed. */
  async #lostOr(symbol: string, base: number, cause: unknown): Promise<unknown> {
    const newest = await findNewest(this.#operations, symbol).catch(() => undefined);
    if (newest === undefined) return cause;
    const revision = newest?.kept ? newest.revision : 0;
    return revision === base ? cause : barConflict(symbol, base, revision, cause);
  }

  async #run<T>(what: string, act: () => Promise<T>): Promise<T> {
    const running = act();
    this.#running.add(running);
    try {
      return await running;
    } catch (cause) {
      throw storeFailed(cause, what, this.#operations);
    } finally {
      this.#running.delete(running);
    }
  }
}

function successors(id: string, base: { readonly writes: readonly string[] } | null): readonly string[] {
  return [id, ...(base?.writes ?? [])].slice(0, REMEMBERED_WRITES);
}
