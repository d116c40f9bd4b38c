import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { TickerforestError } from '../../src/errors';
import { mongoProfileStore } from '../../src/mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { NOTHING, readAll } from '../../src/testing/assertions';
import { sampleBytes, sampleCommit } from '../../src/testing/sample-profiles';
import { assertPublished, assertTidy, dumpDatabase } from '../stores/mongo-contents';
import { type HostileProxy, startHostileProxy } from './proxy';
import { ping, type ServerProcess, startServer } from './server';

/** The symbol of these tests. */
export const SYMBOL = 'AAPL';
/** Short: whoever failed must not keep the next one waiting. */
const LEASE_MS = 50;
/** The driver looks for a server that was away twice a second: it needs more than that to find it again. */
const SELECTION_MS = 2_000;
/** As docs/stores.md says: a client that tries again at once may never find a server again that was away. */
const NO_RETRIES = { retryReads: false, retryWrites: false };
/** An undisturbed server that takes longer for an answer hangs: then the test ends and says so. */
const LONGEST_ANSWER_MS = 120_000;

const { uri: givenUri, program } = inject('mongo');

/** Whether there is a server; the run says loudly where there is none. */
export const hasServer = givenUri !== null;
/** Whether there is a server that can be killed and started again. */
export const hasOwnServer = program !== null;

/** A server that these tests may do to what they like. */
export interface DisturbedServer {
  /** Its connection string. */
  uri(): string;
  /** Its process. */
  process(): ServerProcess;
  /** A client that nobody disturbs. */
  client(): MongoClient;
  /** Starts it again if it does not answer; says whether it had to. */
  revive(): Promise<boolean>;
}

/**
 * Starts a server for the tests of a file, so that no other test is disturbed; with `MONGODB_URI` it is that one.
 *
 * @returns the server, there while the tests run
 */
export function useDisturbedServer(): DisturbedServer {
  let server: ServerProcess | null = null;
  let client: MongoClient | null = null;
  let reviving: Promise<unknown> = Promise.resolve();
  beforeAll(async () => {
    server = program && (await startServer(program));
    const patience = { serverSelectionTimeoutMS: LONGEST_ANSWER_MS, socketTimeoutMS: LONGEST_ANSWER_MS };
    client = givenUri === null ? null : new MongoClient(server?.uri ?? givenUri, { ...patience, ...NO_RETRIES });
  });
  afterAll(async () => {
    await client?.close();
    await server?.dispose();
  });
  const revived = async () => {
    if (server === null || server.isRunning()) {
      try {
        await ping(there(server?.uri ?? givenUri));
        return false;
      } catch (error) {
        if (server === null) throw error;
      }
    }
    await server.start();
    return true;
  };
  const there = <T>(value: T | null): T => {
    if (value === null) throw new Error('there is no server');
    return value;
  };
  return {
    uri: () => there(server?.uri ?? givenUri),
    process: () => there(server),
    client: () => there(client),
    revive() {
      // one after the other: whoever starts it anew ends what another one has just started
      const next = reviving.then(revived, revived);
      reviving = next.catch(() => {});
      return next;
    },
  };
}

/** Says aloud what a server of somebody else's is not put through. */
export function sayNotRun(what: string): void {
  if (hasServer && !hasOwnServer) console.log(`MongoDB tests: NOT RUN with MONGODB_URI, whose server is not ours to ${what}`);
}

/** A proxy in front of a server, and the connection string that leads through it. */
export interface ProxiedUri {
  readonly uri: string;
  readonly proxy: HostileProxy;
}

/**
 * @param uri - a server's connection string
 * @param seed - of all that the proxy draws
 * @returns a proxy in front of it
 */
export async function proxyOf(uri: string, seed: number): Promise<ProxiedUri> {
  const { hosts } = new MongoClient(uri).options;
  const proxy = await startHostileProxy({ targetHost: hosts[0].host ?? '127.0.0.1', targetPort: hosts[0].port ?? 27_017, seed });
  const through = uri.replace(/^(mongodb:\/\/(?:[^@/]*@)?)[^/?]+\/?/, `$1127.0.0.1:${proxy.port}/`);
  // without this the driver goes on to the members that a replica set names, past the proxy
  return { proxy, uri: `${through}${through.includes('?') ? '&' : '?'}directConnection=true` };
}

/** A store, and what it takes to close it with everything that is the test's. */
export interface OpenStore {
  readonly store: ProfileStore;
  close(): Promise<void>;
}

/** Both ways to open a store. */
export const OPENINGS = ['connection', 'database'] as const;

/**
 * @param opening - from a connection string, or on the caller's database
 * @param uri - the server
 * @param dbName - the database
 * @param operationTimeout - milliseconds that the server may take for an answer
 * @returns the store
 */
export function openStore(opening: (typeof OPENINGS)[number], uri: string, dbName: string, operationTimeout: number): OpenStore {
  if (opening === 'connection') {
    const store = mongoProfileStore({ uri, dbName, operationTimeout });
    return { store, close: () => store.close() };
  }
  const client = new MongoClient(uri, {
    socketTimeoutMS: operationTimeout,
    connectTimeoutMS: SELECTION_MS,
    serverSelectionTimeoutMS: SELECTION_MS,
    ...NO_RETRIES,
  });
  const store = mongoProfileStore(client.db(dbName));
  return {
    store,
    async close() {
      await store.close();
      await client.close();
    },
  };
}

/**
 * Makes a store's collections and indexes before its server is killed. FerretDB that dies while it creates one has half of it for ever
 * ('already exists'), whatever a client does.
 *
 * @param db - the store's database
 * @param store - the store
 */
export async function createCollections(db: Db, store: ProfileStore): Promise<void> {
  await store.listSymbols();
  await db.createCollection('symbol_checkpoints');
}

/** How disturbed work ended. */
export interface Tally {
  /** How often it was tried. */
  tried: number;
  /** How often it went through, at once or by trying again. */
  through: number;
  /** How often it ended with a clear error, by what was found afterwards. */
  readonly errors: { old: number; new: number };
}

/** @returns nothing tried yet */
export function newTally(): Tally {
  return { tried: 0, through: 0, errors: { old: 0, new: 0 } };
}

/** One line for the reader of the run. */
export function tallyLine(what: string, { tried, through, errors }: Tally): string {
  const failed = `${errors.old + errors.new} clear errors (${errors.old} left the old revision, ${errors.new} the new one)`;
  return `MongoDB, ${what}: ${tried} tried, ${through} went through, ${failed}`;
}

/** What an error of the store must be: one of this library's, with a cause, naming the symbol and what to do. */
function expectClear(error: Error): void {
  expect(error).toMatchObject({ name: 'TickerforestError', code: 'STORE_FAILED', cause: expect.any(Error) });
  expect(String(error)).toContain(SYMBOL);
  expect(String(error)).toMatch(/\b(check|repeat|raise|restore|make)/);
}

/** A symbol in a database of its own, that is worked on through a line that fails, and looked at through one that does not. */
export class DisturbedSymbol {
  /** The database, undisturbed. */
  readonly db: Db;
  /** A store that is not disturbed. */
  readonly clean: ProfileStore;
  /** How it went. */
  readonly tally: Tally;
  readonly #oracle = memoryProfileStore();
  readonly #line: 'cut' | 'garbled';
  #revision = 0;

  /**
   * @param client - connected to the server, undisturbed
   * @param tally - where to count
   * @param line - what the line does. A garbled lease is one that was lost, or somebody's, and a document that other readers find may be garbled until the next
   * commit: what the store reads is checked, what others read only after a last undisturbed commit.
   */
  constructor(client: MongoClient, tally: Tally, line: 'cut' | 'garbled' = 'cut') {
    this.#line = line;
    this.db = client.db(`outages-${randomUUID()}`);
    this.clean = mongoProfileStore(this.db);
    this.tally = tally;
  }

  /** Newest revision that was found. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * One turn of a worker: takes the lease, reads, renews, commits, gives back. Afterwards the old or the new revision must be there, whole,
   * and if the turn went through, the new one.
   *
   * @param store - the disturbed store
   * @param disturb - begins the disturbance
   * @param restore - ends it
   */
  async turn(store: ProfileStore, disturb: () => Promise<void>, restore: () => Promise<void>): Promise<void> {
    const base = this.#revision;
    const before = await readAll(this.#oracle, SYMBOL);
    // every second one keeps the models
    const models = base % 2 ? 'unchanged' : { regression_rf: sampleBytes(2_000, base), regression_gb: sampleBytes(1_000, base + 1) };
    const commit = sampleCommit(SYMBOL, base, base + 1, models);
    await this.#oracle.commit(commit);
    const after = await readAll(this.#oracle, SYMBOL);
    let isStored = false;
    const work = async () => {
      const lease = await store.acquireLease(SYMBOL, { owner: 'disturbed', milliseconds: LEASE_MS });
      expect(await store.getMlProfile(SYMBOL)).toStrictEqual(before.ml);
      const renewed = await store.renewLease(lease, LEASE_MS);
      expect(await store.commit({ ...commit, leaseToken: renewed.token })).toStrictEqual({ revision: base + 1 });
      isStored = true;
      await store.releaseLease(renewed);
    };
    this.tally.tried++;
    await disturb();
    const [outcome] = await Promise.allSettled([work()]);
    await restore();
    const found = await readAll(this.clean, SYMBOL);
    const isNew = (found.ml?.revision ?? 0) > base;
    expect(found).toStrictEqual(isNew ? after : before.ml ? before : NOTHING);
    if (outcome.status === 'rejected') {
      if (!(outcome.reason instanceof TickerforestError)) throw outcome.reason;
      if (!(this.#line === 'garbled' && /LEASE/.test(outcome.reason.code))) expectClear(outcome.reason);
      this.tally.errors[isNew ? 'new' : 'old']++;
    } else this.tally.through++;
    if (isStored) {
      expect(isNew).toBe(true);
      if (this.#line === 'cut') await assertPublished(this.db, this.clean, SYMBOL);
    }
    // the same store gets to the end when the line is good again, without being opened again
    const lease = await acquireWhenFree(store);
    if (this.#line === 'cut') await assertPublished(this.db, this.clean, SYMBOL);
    if (!isNew) expect(await store.commit({ ...commit, leaseToken: lease.token })).toStrictEqual({ revision: base + 1 });
    expect(await readAll(store, SYMBOL)).toStrictEqual(after);
    await store.releaseLease(lease);
    this.#revision = base + 1;
  }

  /** After a last commit nothing may be there but what an undisturbed worker would have left. */
  async end(): Promise<void> {
    const commit = sampleCommit(SYMBOL, this.#revision, 0);
    await this.#oracle.commit(commit);
    await this.clean.commit(commit);
    expect(await readAll(this.clean, SYMBOL)).toStrictEqual(await readAll(this.#oracle, SYMBOL));
    expect(await this.clean.listSymbols()).toStrictEqual([SYMBOL]);
    await assertPublished(this.db, this.clean, SYMBOL);
    // what garbled names and answers hide from a sweep costs space and nothing else
    if (this.#line === 'cut') assertTidy(await dumpDatabase(this.db), 'is not begun');
    await this.db.dropDatabase();
  }
}

/** Repeats, as messages say: the lease of before runs out, and a driver that is told to look for a short time needs a moment to find the server again. */
async function acquireWhenFree(store: ProfileStore) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.acquireLease(SYMBOL, { owner: 'next', milliseconds: 60_000 });
    } catch (error) {
      const isPassing = error instanceof TickerforestError && /SYMBOL_LEASED|STORE_FAILED/.test(error.code);
      if (!isPassing || attempt > 100) throw error;
      await pause(LEASE_MS / 2);
    }
  }
}
