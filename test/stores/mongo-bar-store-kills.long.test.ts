import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { mongoBarStore } from '../../src/mongodb';
import type { StoredDocument } from '../../src/stores/mongo/operations';
import { runCrashingProgram } from '../../src/testing';
import { barCrashTests } from '../../src/testing/bar-crash-tests';
import { assertSameBars, MARKET, madeUpBars, readBars } from '../../src/testing/sample-kept-bars';
import { bundleProcess } from './bundled-process';
import { dieAmongRivals } from './killed-workers';

/** What all of it may take on a machine that has other things to do. */
const LONGEST_MS = 1_800_000;
const RIVAL_WRITES = 25;

const { uri } = inject('mongo');
const kills = { atWrites: 0, amongRivals: 0 };

describe.skipIf(uri === null)('the MongoDB store of bars, its workers killed', () => {
  const server = uri ?? '';
  const client = new MongoClient(server);
  let scratch = '';
  let program = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
    program = await bundleProcess(fileURLToPath(new URL('mongo-bar-store.process.ts', import.meta.url)), scratch);
  });
  afterAll(async () => {
    await client.close();
    await rm(scratch, { recursive: true, force: true });
  });
  const newDatabase = () => client.db(`bar-kills-${randomUUID()}`);

  // the rest of the published suite kills nobody; mongo-bar-store.long.test.ts runs it. A kill waits for processes most of the time: all at once
  barCrashTests(
    'the MongoDB store of bars',
    (name, body) => it.concurrent(name, body, LONGEST_MS),
    async () => {
      const db = newDatabase();
      return {
        db,
        store: mongoBarStore(db),
        reopen: () => mongoBarStore(db),
        dispose: async () => {
          await assertNothingLeftOver(db);
          await db.dropDatabase();
        },
      };
    },
    async ({ db }, step) => {
      const end = await runCrashingProgram([program, 'die', server, db.databaseName, String(step)]);
      if (end === 'died') kills.atWrites++;
      return end;
    },
  );

  it.concurrent(
    'do not lose or double a bar of others who go on meanwhile',
    async () => {
      const db = newDatabase();
      const on = [server, db.databaseName];
      const rival = [program, 'append', ...on, String(RIVAL_WRITES)];
      const { started, died } = await dieAmongRivals(rival, (before) => [program, 'die appending', ...on, String((before % 10) + 1)]);
      kills.amongRivals += died;
      const store = mongoBarStore(db);
      const kept = await store.describe('AAPL');
      // every write appended the bar of its revision, so those of the two and those of the dying ones make as many
      expect(kept?.bars).toBe(kept?.revision);
      expect(kept?.bars).toBeGreaterThanOrEqual(2 * RIVAL_WRITES);
      expect(kept?.bars).toBeLessThanOrEqual(2 * RIVAL_WRITES + started);
      assertSameBars(await readBars(store, 'AAPL'), madeUpBars(0, kept?.bars ?? 0));
      // two more writes clear away what all of them have left: what a rival that lost has announced stays for one more revision
      for (let more = 0; more < 2; more++) {
        const now = await store.describe('AAPL');
        const bars = madeUpBars(now?.bars ?? 0, 1);
        await store.write({ symbol: 'AAPL', market: MARKET, from: bars.timestamp[0], bars, baseRevision: now?.revision ?? 0 });
      }
      await assertNothingLeftOver(db);
      await db.dropDatabase();
    },
    LONGEST_MS,
  );
});

describe.skipIf(uri === null)('the MongoDB store of bars', () => {
  it('was killed more than 60 times', () => {
    const { atWrites, amongRivals } = kills;
    const sum = atWrites + amongRivals;
    console.log(`mongo store of bars: killed ${sum} times by SIGKILL, ${atWrites} at writes, ${amongRivals} among rivals`);
    expect(sum).toBeGreaterThan(60);
  });
});

/** Nothing may be in the database but the newest revision of each symbol, the one before, and the blocks that they name. */
async function assertNothingLeftOver(db: Db): Promise<void> {
  const revisions = await db.collection<StoredDocument>('bar_revisions').find().toArray();
  const needed = revisions.flatMap(({ blocks }) => (Array.isArray(blocks) ? blocks : [])).map(({ id }) => id);
  const blocks = await db
    .collection<StoredDocument>('bar_blocks')
    .find({}, { projection: { symbol: 1 } })
    .toArray();
  expect(revisions.filter(({ _id }) => !_id.startsWith('revision '))).toStrictEqual([]);
  for (const symbol of new Set(revisions.map((one) => one.symbol))) {
    expect(revisions.filter((one) => one.symbol === symbol).length).toBeLessThanOrEqual(2);
  }
  expect(blocks.map(({ _id }) => _id).filter((id) => !needed.includes(id))).toStrictEqual([]);
}
