import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { mongoProfileStore } from '../../src/mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { crashWorker, runCrashingProgram } from '../../src/testing';
import { readAll } from '../../src/testing/assertions';
import { crashTests } from '../../src/testing/crash-tests';
import { isStoredAt } from '../../src/testing/crash-worker';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { uniform } from '../generated-bars';
import { bundleProcess } from './bundled-process';
import { count } from './counting-worker';
import { dieAmongRivals, killInTurn } from './killed-workers';
import { assertPublished, assertTidy, comparableContents, dumpDatabase, type MongoDump } from './mongo-contents';
import { ofSomeChanges } from './some-changes';

const SYMBOL = 'AAPL';
const RANDOM_KILLS = 16;
/** Databases that are worked on at once, by one worker each: starting a process takes longer than killing it. */
const LANES = 4;
/** What all of it may take on a machine that has other things to do. */
const LONGEST_MS = 1_800_000;

const { uri } = inject('mongo');
const kills = { atWrites: 0, atRandom: 0, amongRivals: 0 };

describe.skipIf(uri === null)('the MongoDB store, its workers killed', () => {
  const server = uri ?? '';
  const client = new MongoClient(server);
  let scratch = '';
  let program = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
    program = await bundleProcess(fileURLToPath(new URL('mongo-store.process.ts', import.meta.url)), scratch);
  });
  afterAll(async () => {
    await client.close();
    await rm(scratch, { recursive: true, force: true });
  });
  const newDatabase = () => client.db(`kills-${randomUUID()}`);

  // the rest of the published suite kills nobody; mongo-store.test.ts runs it, and mongo-crash.long.test.ts the other changes, within one process. A kill waits for processes most of the time: all at once
  crashTests(
    'the MongoDB store',
    ofSomeChanges((name, body) => it.concurrent(name, body, LONGEST_MS)),
    async () => {
      const db = newDatabase();
      const victims = { killed: 0 };
      return {
        db,
        victims,
        store: mongoProfileStore(db),
        reopen: () => watchedStore(db),
        dispose: async () => {
          if (victims.killed > 0) await assertLikeNeverKilled(db, 'MSFT');
          await db.dropDatabase();
        },
      };
    },
    async ({ db, victims }, step) => {
      const end = await runCrashingProgram([program, 'die', server, db.databaseName, String(step)]);
      if (end === 'died') {
        victims.killed++;
        kills.atWrites++;
      }
      return end;
    },
  );

  /** Compares all documents with those of workers whom nobody killed. */
  async function assertLikeNeverKilled(db: Db, bystander: string | null): Promise<void> {
    const dump = await dumpDatabase(db);
    const revision = newestRevision(dump);
    const key = `${revision} beside ${bystander}`;
    const expected = neverKilled.get(key) ?? contentsOfWorkers(revision, bystander);
    neverKilled.set(key, expected);
    expect(comparableContents(dump)).toStrictEqual(await expected);
  }

  /** Documents of workers whom nobody killed, by revision and bystander: the same for hundreds of kills. */
  const neverKilled = new Map<string, Promise<Record<string, unknown>>>();

  async function contentsOfWorkers(turns: number, bystander: string | null): Promise<Record<string, unknown>> {
    const db = newDatabase();
    const store = mongoProfileStore(db);
    if (bystander !== null) await store.commit(sampleCommit(bystander, 0, 1));
    for (let turn = 0; turn < turns; turn++) await crashWorker(store);
    const contents = comparableContents(await dumpDatabase(db));
    await db.dropDatabase();
    return contents;
  }

  it.concurrent(
    'leaves whole revisions at any moment, and nothing that the next turn does not clear away',
    async () => {
      const commits = await Promise.all(
        Array.from({ length: LANES }, async (_, lane) => {
          const db = newDatabase();
          let store = mongoProfileStore(db);
          // what must be there after each revision: workers do always the same
          const oracle = memoryProfileStore();
          const next = uniform(20_250_304 + lane);
          let revision = 0;
          for (let kill = 0; kill < RANDOM_KILLS / LANES; kill++) {
            const turns = 1 + Math.floor(next() * 2);
            await killInTurn([program, 'work', server, db.databaseName], turns, next());
            kills.atRandom++;

            store = watchedStore(db);
            const found = await readSettled(store);
            const reached = newestRevision(await dumpDatabase(db));
            // its first turns came to their end
            expect(reached).toBeGreaterThan(revision + turns);
            for (; revision < reached; revision++) await crashWorker(oracle);
            expect(found).toStrictEqual(await readAll(oracle, SYMBOL));
            expect(await store.listSymbols()).toStrictEqual(isStoredAt(reached) ? [SYMBOL] : []);
            await crashWorker(store);
            await crashWorker(oracle);
            revision++;
          }
          expect(await readAll(store, SYMBOL)).toStrictEqual(await readAll(oracle, SYMBOL));
          await assertLikeNeverKilled(db, null);
          await db.dropDatabase();
          return revision;
        }),
      );
      const sum = commits.reduce((a, b) => a + b);
      console.log(`the MongoDB store: ${kills.atRandom} kills at random moments of ${sum} changes`);
    },
    LONGEST_MS,
  );

  it.concurrent(
    'does not lose or double an update of others who go on meanwhile',
    async () => {
      const db = newDatabase();
      await mongoProfileStore(db).commit(sampleCommit(SYMBOL, 0, 1));
      const on = [server, db.databaseName];
      const rival = [program, 'count', ...on, '25'];
      const { started, died } = await dieAmongRivals(rival, (before) => [program, 'die counting', ...on, String((before % 18) + 3)]);
      kills.amongRivals += died;
      const store = mongoProfileStore(db);
      const company = await store.getCompanyProfile(SYMBOL);
      // every commit set the count to its revision, so the 50 of the two and those of the dying ones make as much
      expect(company?.raw_data.points).toBe(company?.revision);
      expect(company?.revision).toBeGreaterThanOrEqual(51);
      expect(company?.revision).toBeLessThanOrEqual(51 + started);
      // two more turns clear away what all of them have left: what a rival that lost has announced stays for one more revision
      await count(store, 1);
      await count(watchedStore(db), 1);
      await db.dropDatabase();
    },
    LONGEST_MS,
  );
});

describe.skipIf(uri === null)('the MongoDB store', () => {
  it('was killed more than 120 times', () => {
    const { atWrites, atRandom, amongRivals } = kills;
    const sum = atWrites + atRandom + amongRivals;
    console.log(
      `mongo store: killed ${sum} times by SIGKILL, ${atWrites} at writes, ${atRandom} at random moments, ${amongRivals} among rivals`,
    );
    expect(sum).toBeGreaterThan(120);
  });
});

/**
 * A store that looks at the database after the first lease that it takes, and after its first commit: the newest revision must be published,
 * and nothing of the dead may be left that is theirs for sure.
 */
function watchedStore(db: Db): ProfileStore {
  const store = mongoProfileStore(db);
  let leases = 0;
  let commits = 0;
  return {
    getCompanyProfile: (symbol) => store.getCompanyProfile(symbol),
    getMlProfile: (symbol) => store.getMlProfile(symbol),
    getStatisticalProfile: (symbol) => store.getStatisticalProfile(symbol),
    getCheckpoint: (symbol) => store.getCheckpoint(symbol),
    saveCompanyProfile: (profile) => store.saveCompanyProfile(profile),
    saveMlProfile: (profile) => store.saveMlProfile(profile),
    saveStatisticalProfile: (profile) => store.saveStatisticalProfile(profile),
    async commit(update) {
      const result = await store.commit(update);
      commits++;
      if (commits > 1) return result;
      await assertPublished(db, store, update.symbol);
      assertTidy(await dumpDatabase(db), 'is not begun');
      return result;
    },
    deleteSymbol: (symbol, options) => store.deleteSymbol(symbol, options),
    async acquireLease(symbol, request) {
      const lease = await store.acquireLease(symbol, request);
      leases++;
      if (leases > 1) return lease;
      await assertPublished(db, store, symbol);
      assertTidy(await dumpDatabase(db), 'may be begun');
      return lease;
    },
    renewLease: (lease, milliseconds) => store.renewLease(lease, milliseconds),
    releaseLease: (lease) => store.releaseLease(lease),
    listSymbols: () => store.listSymbols(),
    close: () => store.close(),
  };
}

/** The worker's newest revision, also if it is a deletion, of which the store itself says nothing. */
function newestRevision({ symbol_revisions }: MongoDump): number {
  const records = symbol_revisions.filter(({ _id, symbol }) => symbol === SYMBOL && _id.startsWith('revision '));
  return Math.max(0, ...records.map(({ revision }) => Number(revision)));
}

/** All that a store has of the symbol. What a process has sent in its last moment may still arrive, once: then it is read again. */
async function readSettled(store: ProfileStore) {
  const found = await readAll(store, SYMBOL);
  const revisions = new Set([found.company, found.ml, found.statistical, found.checkpoint].map((part) => part?.revision ?? 0));
  return revisions.size === 1 ? found : readAll(store, SYMBOL);
}
