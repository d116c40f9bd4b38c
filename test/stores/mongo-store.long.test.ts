import { randomUUID } from 'node:crypto';
import { BSON } from 'mongodb';
import { expect, it } from 'vitest';
import { mongoProfileStore } from '../../src/mongodb';
import { testProfileStore } from '../../src/testing';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { sampleBytes, sampleCommit, sampleCompany, sampleMl } from '../../src/testing/sample-profiles';
import {
  connectedClient,
  describeWithServer,
  expectPublished,
  expectTidy,
  newDatabase,
  published,
  rawCollection,
  useTestServer,
} from './mongo-database';

useTestServer();

testProfileStore({
  name: 'the MongoDB store',
  runner: { describe: describeWithServer, it },
  open: async () => {
    const db = connectedClient().db(`test-${randomUUID()}`);
    return {
      store: mongoProfileStore(db),
      reopen: () => mongoProfileStore(db),
      dispose: async () => {
        await db.dropDatabase();
      },
    };
  },
});

describeWithServer('what other readers find', () => {
  it('is the three documents, by symbol, as they are typed', async () => {
    const db = newDatabase();
    const store = mongoProfileStore(db);
    await store.commit(sampleCommit('BRK.B', 0, 1));
    await store.commit(sampleCommit('BRK.B', 1, 2));
    const ml = await db.collection('ml_profiles').findOne({ symbol: 'BRK.B' });
    expect(ml?.models.metrics.regression_rf.r2).toBe(-0.01);
    expect(ml?.trained_at).toStrictEqual(sampleMl('BRK.B', '').trained_at);
    expect(ml).toMatchObject({ _id: 'BRK.B', profile_type: 'ml', revision: 2, model_version: 'version 2', status: 'trained' });
    const { company, statistical } = await published(db, 'BRK.B');
    expect(company).toMatchObject({
      _id: 'BRK.B',
      symbol: 'BRK.B',
      revision: 2,
      exchange: null,
      raw_data: sampleCompany('BRK.B', 2).raw_data,
    });
    expect(statistical).toMatchObject({ _id: 'BRK.B', revision: 2, status: 'ready' });
    expect(await store.getMlProfile('BRK.B')).not.toHaveProperty('_id');
  });

  it('is of one revision also after a commit of one part', async () => {
    const db = newDatabase();
    const store = mongoProfileStore(db);
    await store.commit(sampleCommit('AAPL', 0, 1));
    await store.saveCompanyProfile({ ...sampleCompany('AAPL', 5), revision: 1 });
    await expectPublished(db, store, 'AAPL');
    expect((await published(db, 'AAPL')).statistical?.revision).toBe(2);
    await expectTidy(db, 'AAPL', 2);
  });

  it('is never taken for what the store reads', async () => {
    const db = newDatabase();
    const store = mongoProfileStore(db);
    const commit = sampleCommit('AAPL', 0, 1);
    await store.commit(commit);
    await db.collection('ml_profiles').updateOne({ symbol: 'AAPL' }, { $set: { model_version: 'changed by somebody' } });
    await db.collection('company_profiles').deleteOne({ symbol: 'AAPL' });
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commit));
    // and the next worker mends what it can see
    await store.acquireLease('AAPL', { owner: 'me', milliseconds: 1000 });
    expect((await published(db, 'AAPL')).company?.revision).toBe(1);
  });

  it('is indexed from the first use on, whether the indexes were there or not', async () => {
    const db = newDatabase();
    await db.collection('company_profiles').createIndex({ exchange: 1 });
    await db.collection('ml_profiles').createIndex({ symbol: 1 }, { unique: true });
    for (const store of [mongoProfileStore(db), mongoProfileStore(db)]) expect(await store.getMlProfile('AAPL')).toBeNull();
    const indexes = async (name: string) => {
      const all = await db.collection(name).indexes();
      return Object.fromEntries(all.map(({ key, unique }) => [Object.keys(key).join(), unique ?? false]));
    };
    expect(await indexes('company_profiles')).toMatchObject({ symbol: true, exchange: false, last_updated: false });
    expect(await indexes('ml_profiles')).toMatchObject({ symbol: true });
    expect(await indexes('statistical_profiles')).toMatchObject({ symbol: true });
    expect(await indexes('symbol_revisions')).toMatchObject({ symbol: false });
    expect(await indexes('symbol_activity')).toMatchObject({ symbol: false });
  });
});

describeWithServer('what the store keeps', () => {
  it('is cut into chunks, and unchanged models are written once', async () => {
    const db = newDatabase();
    const store = mongoProfileStore(db);
    const model = sampleBytes(9 * 2 ** 20, 3);
    await store.commit(sampleCommit('AAPL', 0, 1, { model }));
    const chunksOf = async (part: string) => {
      const chunks = await rawCollection(db, 'symbol_checkpoints').find({ part }).toArray();
      return chunks.map(({ _id, bytes }) => [_id, bytes instanceof BSON.Binary ? bytes.length() : 0]);
    };
    const before = await chunksOf('model model');
    expect(before.map(([, bytes]) => bytes)).toStrictEqual([4 * 2 ** 20, 4 * 2 ** 20, 2 ** 20]);
    await store.commit(sampleCommit('AAPL', 1, 2, 'unchanged'));
    expect(await chunksOf('model model')).toStrictEqual(before);
    expect(Buffer.compare((await store.getCheckpoint('AAPL'))?.models.model ?? new Uint8Array(0), model)).toBe(0);
    await store.commit(sampleCommit('AAPL', 2, 3, { model: 'unchanged', other: sampleBytes(10, 1) }));
    expect(await chunksOf('model model')).toStrictEqual(before);
    await store.commit(sampleCommit('AAPL', 3, 4, { other: 'unchanged' }));
    await expectTidy(db, 'AAPL', 4);
    expect(await chunksOf('model other')).toHaveLength(1);
    expect(await chunksOf('model model')).toStrictEqual([]);
  });

  it('does not hold a document that is too large for MongoDB', async () => {
    const db = newDatabase();
    const company = { ...sampleCompany('AAPL', 1), exchange: '株'.repeat(6_000_000) };
    const refused = { code: 'INVALID_OPTION', message: expect.stringMatching(/company profile of 'AAPL' takes \d+ bytes/) };
    await expect(mongoProfileStore(db).saveCompanyProfile(company)).rejects.toMatchObject(refused);
    for (const name of ['symbol_checkpoints', 'symbol_revisions', 'symbol_activity', 'company_profiles']) {
      expect(await db.collection(name).countDocuments()).toBe(0);
    }
  });
});
