import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinBars } from '../../src/bars/bars';
import { mongoBarStore } from '../../src/stores/mongo/bar-store';
import { mongoProfileStore } from '../../src/stores/mongo/profile-store';
import { predictSymbol } from '../../src/symbol/predict-symbol';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { assertKept, MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { randomBars } from '../generated-bars';
import { type StableApiServer, startStableApiServer } from '../mongo/stable-api-server';

let server: StableApiServer;
beforeAll(async () => {
  server = await startStableApiServer();
});
afterAll(() => server.close());

// as MongoDB's own cloud proposes it
const serverApi = { version: '1', strict: true, deprecationErrors: true } as const;

describe('a client that insists on the stable API', () => {
  it('can do all that the store does', async () => {
    const client = new MongoClient(server.uri, { serverApi });
    try {
      const store = mongoProfileStore(client.db('market'));
      expect(await store.listSymbols()).toEqual([]);
      expect(await store.getCheckpoint('A')).toBeNull();
      const lease = await store.acquireLease('A', { owner: 'me', milliseconds: 60_000 });
      await store.commit(sampleCommit('A', 0, 1));
      await store.commit({ ...sampleCommit('A', 1, 2), leaseToken: lease.token });
      await store.renewLease(lease, 60_000);
      await store.releaseLease(lease);
      expect(await readAll(store, 'A')).toStrictEqual(expectedAfter(sampleCommit('A', 1, 2)));
      await store.commit(sampleCommit('B', 0, 1));
      await store.saveMlProfile({ ...sampleCommit('B', 0, 1).ml, revision: 1 });
      expect(await store.listSymbols()).toEqual(['A', 'B']);
      await expect(store.commit(sampleCommit('A', 1, 3))).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await store.deleteSymbol('B')).toBe(true);
      expect(await store.listSymbols()).toEqual(['A']);
    } finally {
      await client.close();
    }
    expect([...server.commands].filter((name) => /distinct|buildInfo/i.test(name))).toEqual([]);
    expect([...server.commands]).toEqual(expect.arrayContaining(['createIndexes', 'find', 'insert', 'update', 'delete', 'aggregate']));
  });

  it('can do all that the store of bars does', async () => {
    const client = new MongoClient(server.uri, { serverApi });
    try {
      const store = mongoBarStore(client.db('bars'));
      expect(await store.listSymbols()).toEqual([]);
      for (const [baseRevision, bars] of [madeUpBars(0, 9_000), madeUpBars(8_990, 100, 2), madeUpBars(9_090, 5)].entries()) {
        await store.write({ symbol: 'A', market: MARKET, from: bars.timestamp[0], bars, baseRevision });
      }
      await assertKept(store, 'A', joinBars(madeUpBars(0, 8_990), madeUpBars(8_990, 100, 2), madeUpBars(9_090, 5)));
      expect(await store.listSymbols()).toEqual(['A']);
      await expect(store.deleteSymbol('A', { baseRevision: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await store.deleteSymbol('A')).toBe(true);
      expect(await store.listSymbols()).toEqual([]);
    } finally {
      await client.close();
    }
    expect([...server.commands].filter((name) => /distinct|buildInfo/i.test(name))).toEqual([]);
  });

  it('trains, updates and forecasts', async () => {
    const client = new MongoClient(server.uri, { serverApi });
    try {
      const store = mongoProfileStore(client.db('market'));
      const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
      const job = { symbol: 'C', store, models, now: new Date(Date.UTC(2024, 2, 10)) };
      await trainSymbol({ ...job, source: randomBars(400, { seed: 1 }) });
      await expect(trainSymbol({ ...job, source: randomBars(410, { seed: 1 }) })).resolves.toMatchObject({ action: 'incremental_update' });
      await expect(predictSymbol({ symbol: 'C', store })).resolves.toMatchObject({ direction: expect.stringMatching(/up|down/) });
    } finally {
      await client.close();
    }
  });
});
