import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { TickerforestError } from '../../errors';
import { CHECKPOINT_READ } from '../../options/commit-table';
import { checkOptions } from '../../options/description';
import { checkSymbol } from '../../options/symbol';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../../profiles/documents';
import { quoted } from '../../text';
import {
  assertOpen,
  type CheckedCommit,
  type CheckedDeletion,
  checkCommit,
  checkDeletion,
  commitAfterDeletion,
  conflict,
} from '../checked-commit';
import type { CheckpointRead, CommitResult, DeleteProfiles, LeaseRequest, ProfileStore, SymbolCommit, SymbolLease } from '../contract';
import { checkLease, checkLeaseRequest } from '../lease-rules';
import { SavesByCommit } from '../saves-by-commit';
import { together } from '../together';
import { cutParts, modelOfPart, type Profile, partsAfter, readPart, readProfile, STATE_PART, writeChunks } from './chunks';
import { type Patience, patientOperations, storeFailed } from './connection';
import { assertFree, assertNewestLease, grantLease, readActivity, releaseLease, renewLease } from './leases';
import { type MongoConnectionOptions, openDatabase } from './open-database';
import type { MongoOperations } from './operations';
import { isPublished, publish, publishedRevisions } from './publication';
import { encodeIntent, type Intent, type RevisionRecord, type StoredPart } from './records';
import {
  findHighest,
  findNewest,
  insertRecord,
  isStored,
  type Newest,
  removeStray,
  storedRevision,
  storedSymbols,
  sweep,
} from './revisions';

/** Commits that a record remembers: far more than can happen between a commit's insert and its look at who came after. */
const REMEMBERED_COMMITS = 16;
/** How often rivals may be faster than a deletion. */
const DELETIONS = 100;
/** A reader starts again when a commit sweeps what it was reading. */
const READS = 100;

/**
 * A store in MongoDB: a standalone server, a replica set, or another server that speaks the protocol. It needs no transactions. It connects
 * and creates missing indexes with the first use. Any number of processes may use the same database at once.
 *
 * For other readers there are `company_profiles`, `ml_profiles` and `statistical_profiles`: the three documents as they are typed. `_id`
 * is the symbol; a document that another program made before keeps its own. Write them through the store only: it never reads them, but replaces them with every commit.
 *
 * The store itself reads from `symbol_checkpoints`, chunks of bytes (state, models, exact copies of the documents) that never change, and
 * `symbol_revisions`, one record a revision that says which chunks make it up and what their SHA-256 must be. A commit
 * 1. inserts an intent in `symbol_activity`, then its chunks, and reads them back;
 * 2. inserts the record 'revision 8 of AAPL': that is the commit, since ids are unique and one rival wins;
 * 3. replaces the three published documents, and 'head of AAPL', which says that readers find revision 8 or a later one;
 * 4. removes superseded chunks, then superseded records, then the intent.
 *
 * A symbol is deleted by a record without parts: its documents are removed instead of replaced, and the record stays, so that no revision comes again.
 *
 * A process that dies before 2 has changed nothing, after it everything: readers go by the records. Whoever takes the symbol's lease next,
 * or commits next, publishes what was not published, and removes what the dead process left. `symbol_activity` holds the leases, too.
 *
 * Operations that fail by the network, a change of primary or a garbled answer are tried 4 times over about 5 seconds.
 *
 * @param database - an open database, whose client stays the caller's to close (set its `socketTimeoutMS`, so that connections that hang
 * are closed, and `retryReads` and `retryWrites` false, since the store tries again itself); or where one is, then {@link ProfileStore.close}
 * closes the connection
 * @returns the store
 * @throws TickerforestError `INVALID_OPTION` naming the option that is missing or invalid
 */
export function mongoProfileStore(database: Db | MongoConnectionOptions): ProfileStore {
  const { operations, patience } = openDatabase(database, 'mongoProfileStore', 'profiles');
  return mongoProfileStoreOn(operations, patience);
}

/**
 * {@link mongoProfileStore} on operations of the caller's, so that tests can die between two of its steps.
 *
 * @param operations - the operations, each tried once
 * @param patience - how often to try them
 * @returns the store
 */
export function mongoProfileStoreOn(operations: MongoOperations, patience: Patience): ProfileStore {
  return new MongoProfileStore(patientOperations(operations, patience));
}

class MongoProfileStore extends SavesByCommit implements ProfileStore {
  readonly #operations: MongoOperations;
  /** What was begun and must finish before the connection is closed. */
  readonly #running = new Set<Promise<unknown>>();
  /** Look-ups of symbols that were asked for in this turn of the event loop, and not yet sent. */
  readonly #lookups = new Map<string, Promise<Newest | null>>();
  #closed: Promise<void> | null = null;

  constructor(operations: MongoOperations) {
    super();
    this.#operations = operations;
  }

  async getCompanyProfile(symbol: string): Promise<CompanyProfile | null> {
    return this.#read(symbol, (record) => readProfile<CompanyProfile>(this.#operations, record, 'company'));
  }

  async getMlProfile(symbol: string): Promise<MlProfile | null> {
    return this.#read(symbol, (record) => readProfile<MlProfile>(this.#operations, record, 'ml'));
  }

  async getStatisticalProfile(symbol: string): Promise<StatisticalProfile | null> {
    return this.#read(symbol, (record) => readProfile<StatisticalProfile>(this.#operations, record, 'statistical'));
  }

  async getCheckpoint(symbol: string, options: CheckpointRead = {}): Promise<Checkpoint | null> {
    const { omit = [] } = checkOptions(options, CHECKPOINT_READ, 'getCheckpoint');
    return this.#read(symbol, async (record) => {
      const isWanted = (model: string | null) => model !== null && !omit.includes(model);
      const names = record.parts.map((part) => part.name).filter((name) => name === STATE_PART || isWanted(modelOfPart(name)));
      const parts = new Map<string, Uint8Array>();
      await together(
        names.map(async (name) => {
          const bytes = await readPart(this.#operations, record, name);
          if (bytes) parts.set(name, bytes);
        }),
      );
      const state = parts.get(STATE_PART);
      if (!state) return null;
      const models = [...parts].flatMap(([name, bytes]): [string, Uint8Array][] => {
        const model = modelOfPart(name);
        return model === null ? [] : [[model, bytes]];
      });
      return { symbol, revision: record.revision, state, models: Object.fromEntries(models) };
    });
  }

  async commit(update: SymbolCommit): Promise<CommitResult> {
    assertOpen(this.#closed !== null);
    const commit = checkCommit(update);
    return this.#run(`cannot store revision ${commit.revision} of ${quoted(commit.symbol)}`, () => this.#commit(commit));
  }

  async deleteSymbol(symbol: string, options?: DeleteProfiles): Promise<boolean> {
    assertOpen(this.#closed !== null);
    const deletion = checkDeletion(symbol, options);
    return this.#run(`cannot delete ${quoted(symbol)}`, () => this.#delete(deletion));
  }

  async acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease> {
    assertOpen(this.#closed !== null);
    checkLeaseRequest(symbol, request);
    return this.#run(`cannot take the lease of ${quoted(symbol)}`, async () => {
      const [newest, activity, published] = await together([
        findNewest(this.#operations, symbol),
        readActivity(this.#operations, symbol),
        publishedRevisions(this.#operations, symbol),
      ]);
      await assertFree(this.#operations, activity.leases.at(-1));
      if (newest) {
        const { record } = newest;
        if (!newest.isHead || !isPublished(record, published)) await publish(this.#operations, record, []);
        await sweep(this.#operations, record, activity.intents);
      }
      return grantLease(this.#operations, symbol, request, activity);
    });
  }

  async renewLease(lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
    assertOpen(this.#closed !== null);
    checkLease(lease);
    checkLeaseRequest(lease.symbol, { owner: lease.owner, milliseconds });
    return this.#run(`cannot renew the lease of ${quoted(lease.symbol)}`, () => renewLease(this.#operations, lease, milliseconds));
  }

  async releaseLease(lease: SymbolLease): Promise<void> {
    assertOpen(this.#closed !== null);
    checkLease(lease);
    const { symbol } = lease;
    const release = () => releaseLease(this.#operations, lease, () => isStored(this.#operations, symbol));
    await this.#run(`cannot release the lease of ${quoted(symbol)}`, release);
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed !== null);
    const symbols = await this.#run('cannot list the symbols', () => storedSymbols(this.#operations));
    return symbols.sort();
  }

  async close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#operations.close());
    await this.#closed;
  }

  /** Reads from the newest revision, and again if a commit replaced it meanwhile, or if what came over the line was damaged. */
  async #read<T>(symbol: string, pick: (record: RevisionRecord) => Promise<T | null>): Promise<T | null> {
    assertOpen(this.#closed !== null);
    checkSymbol(symbol);
    return this.#run(`cannot read ${quoted(symbol)}`, async () => {
      let failed: string | undefined;
      for (let reads = 1; ; reads++) {
        let newest: Newest | null = null;
        try {
          newest = await this.#findNewest(symbol);
          return newest && (await pick(newest.record));
        } catch (error) {
          const commit = newest?.record.commits[0] ?? 'unreadable';
          // the same twice: that is how it is stored
          if (!(error instanceof TickerforestError) || reads === READS || commit === failed) throw error;
          failed = commit;
        }
      }
    });
  }

  /** One look-up for all parts of a symbol that are read in one go, and so all of one revision. */
  #findNewest(symbol: string): Promise<Newest | null> {
    const pending = this.#lookups.get(symbol);
    if (pending !== undefined) return pending;
    const lookup = findNewest(this.#operations, symbol);
    this.#lookups.set(symbol, lookup);
    // a read that begins later may know of a later commit, so it looks for itself
    queueMicrotask(() => this.#lookups.delete(symbol));
    return lookup;
  }

  async #commit(checked: CheckedCommit): Promise<CommitResult> {
    for (let commit = checked; ; ) {
      const outcome = await this.#tryCommit(commit);
      if (outcome === 'stored') return { revision: commit.revision };
      commit = commitAfterDeletion(checked, outcome.deleted);
    }
  }

  /** Stores a commit, unless the symbol was deleted and the commit's revision is not the one after that: then it says at which revision. */
  async #tryCommit(commit: CheckedCommit): Promise<'stored' | { readonly deleted: number }> {
    const { symbol, revision } = commit;
    const operations = this.#operations;
    const id = randomUUID();
    const { parts, chunks } = cutParts(commit, id);
    const intent = { id, symbol, revision, chunks: chunks.map((chunk) => chunk.id) };
    let base: RevisionRecord | null;
    let all: readonly StoredPart[];
    let others: readonly Intent[];
    try {
      const [newest, activity] = await together([
        findNewest(operations, symbol, revision - 1),
        readActivity(operations, symbol),
        operations.insert('symbol_activity', [encodeIntent(intent)]),
        // documents that another program left in two: refused before anything of the commit counts; whoever took a lease has looked
        commit.leaseToken === undefined ? publishedRevisions(operations, symbol) : undefined,
      ]);
      base = newest?.record ?? null;
      others = activity.intents.filter((other) => other.id !== id);
      const current = storedRevision(base);
      if (current !== commit.baseRevision) throw conflict(commit, current);
      if (base && base.revision !== revision - 1) {
        await this.#discard(intent);
        return { deleted: base.revision };
      }
      all = partsAfter(commit, parts, base);
      await together([
        writeChunks(operations, commit, chunks),
        commit.leaseToken === undefined ? undefined : assertNewestLease(operations, symbol, commit.leaseToken),
      ]);
    } catch (cause) {
      await this.#discard(intent);
      throw cause;
    }
    const documents = [commit.company, commit.ml, commit.statistical].filter((document): document is Profile => document !== undefined);
    await this.#makeRevision(commit, intent, others, base, { symbol, revision, commits: commitsAfter(id, base), parts: all }, documents);
    return 'stored';
  }

  async #delete(deletion: CheckedDeletion): Promise<boolean> {
    const { symbol, baseRevision, leaseToken } = deletion;
    const operations = this.#operations;
    for (let attempt = 1; ; attempt++) {
      if (leaseToken !== undefined) await assertNewestLease(operations, symbol, leaseToken);
      const [newest, { intents }] = await together([findHighest(operations, symbol), readActivity(operations, symbol)]);
      const current = newest.record === null ? newest.revision : storedRevision(newest.record);
      if (baseRevision !== undefined && baseRevision !== current) throw conflict(deletion, current);
      if (current === 0) {
        // what the one who deleted it may have left
        if (newest.record) await together([publish(operations, newest.record, []), sweep(operations, newest.record, intents)]);
        return false;
      }
      const intent = { id: randomUUID(), symbol, revision: newest.revision + 1, chunks: [] };
      const record = { symbol, revision: intent.revision, commits: commitsAfter(intent.id, newest.record), parts: [] };
      try {
        await operations.insert('symbol_activity', [encodeIntent(intent)]);
        await this.#makeRevision(deletion, intent, intents, newest.record, record, []);
        if (newest.record === null) await operations.removeChunks(symbol, newest.revision);
        return true;
      } catch (error) {
        // a commit came first: then that one is deleted
        const isBeaten = error instanceof TickerforestError && error.code === 'CONFLICT';
        if (!isBeaten || baseRevision !== undefined || attempt === DELETIONS) throw error;
      }
    }
  }

  /** Inserts the record of a revision, which makes it, and then publishes it and removes what it supersedes. */
  async #makeRevision(
    change: CheckedDeletion,
    intent: Intent,
    others: readonly Intent[],
    base: RevisionRecord | null,
    record: RevisionRecord,
    documents: readonly Profile[],
  ): Promise<void> {
    const operations = this.#operations;
    const which = `revision ${record.revision} of ${quoted(record.symbol)}`;
    try {
      await insertRecord(operations, change, base, record);
    } catch (cause) {
      if (cause instanceof TickerforestError && cause.code === 'CONFLICT') {
        await removeStray(operations, record).catch(() => {});
        await this.#discard(intent);
        throw cause;
      }
      // the insert may be under way still: what it refers to must stay, and is swept by whoever makes this revision
      throw storeFailed(cause, `it is not known whether ${which} was stored`, operations);
    }
    try {
      // the commit is done: what cannot be swept now, the next one sweeps
      const swept = sweep(operations, record, [...others, intent]).catch(() => {});
      await together([publish(operations, record, documents), swept]);
    } catch (cause) {
      const what = `${which} is stored, but its published documents are not, which the next lease or commit makes good,`;
      throw storeFailed(cause, what, operations);
    }
  }

  /** Removes what a commit wrote that will not take place. */
  async #discard({ id, chunks }: Intent): Promise<void> {
    try {
      await this.#operations.remove('symbol_checkpoints', chunks);
      await this.#operations.remove('symbol_activity', [id]);
    } catch {
      // the intent says what is left to sweep
    }
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

/** Ids of a new revision and of those before it, as its record remembers them. */
function commitsAfter(id: string, base: RevisionRecord | null): readonly string[] {
  return [id, ...(base?.commits ?? [])].slice(0, REMEMBERED_COMMITS);
}
