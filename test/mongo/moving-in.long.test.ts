import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Db, ObjectId } from 'mongodb';
import { afterAll, expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import { sliceBars } from '../../src/bars/bars';
import { mongoProfileStore } from '../../src/mongodb';
import { plainest } from '../../src/stores/mongo/plain-documents';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { readAll } from '../../src/testing/assertions';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { randomBars } from '../generated-bars';
import { connectedClient, describeWithServer, newDatabase, TEST_URI, useTestServer } from '../stores/mongo-database';

useTestServer();

const run = promisify(execFile);
const NAMES = ['company_profiles', 'ml_profiles', 'statistical_profiles'] as const;
const OWN = ['symbol_checkpoints', 'symbol_revisions', 'symbol_activity'] as const;
const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const bars = randomBars(500, { seed: 21 });
const now = new Date(Date.UTC(2024, 2, 10));
const CREATED = new Date('2024-05-06T07:08:09.010Z');

const train = (db: Db, symbol: string, count: number) =>
  trainSymbol({ symbol, source: arrayBars(sliceBars(bars, 0, count)), store: mongoProfileStore(db), models, now });

/** What the original wrote of a symbol: fewer fields, an `_id` of the driver's. */
async function plant(db: Db, symbol: string): Promise<ObjectId[]> {
  const documents = [
    { symbol, exchange: 'NASDAQ', last_updated: CREATED, raw_data: { points: 250 }, technical_indicators: { rsi_14: 48.2 } },
    {
      symbol,
      models: { models_trained: ['regression_rf'], metrics: { regression_rf: { mse: 1e-5, rmse: 3e-3, r2: 0.1 } } },
      status: 'trained',
      created_at: CREATED,
      old_field: 1,
    },
    { symbol, features: { technical_indicators: { rsi_14: 48.2 } }, status: 'ready', created_at: CREATED },
  ];
  const planted = NAMES.map((name, i) => db.collection(name).insertOne({ ...documents[i] }));
  return (await Promise.all(planted)).map(({ insertedId }) => insertedId);
}

const found = (db: Db, symbol: string) => Promise.all(NAMES.map((name) => db.collection(name).find({ symbol }).toArray()));

/** Zeros are compared as numbers: a server may not keep the sign of one. */
const comparable = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describeWithServer('a database of the original system', () => {
  it.each<[string, (db: Db, name: string) => Promise<unknown>, string]>([
    ['without an index', async () => {}, 'symbol_1'],
    ['with an index that is not unique', (db, name) => db.collection(name).createIndex({ symbol: 1 }), 'symbol_1'],
    ['with a unique index', (db, name) => db.collection(name).createIndex({ symbol: 1 }, { unique: true }), 'symbol_1'],
    [
      'with a unique index of another name',
      (db, name) => db.collection(name).createIndex({ symbol: 1 }, { unique: true, name: 'by_symbol' }),
      '',
    ],
    ['with an index of another name', (db, name) => db.collection(name).createIndex({ symbol: 1 }, { name: 'by_symbol' }), ''],
  ])('%s is taken over: one document a symbol, with the new contents, under its old id', async (_, index, name) => {
    const db = newDatabase();
    for (const collection of NAMES) await index(db, collection);
    const ids = await plant(db, 'AAPL');
    await plant(db, 'MSFT');
    const others = await found(db, 'MSFT');
    await expect(train(db, 'AAPL', 400)).resolves.toMatchObject({ action: 'create_new_profile' });
    for (const count of [450, 500]) await expect(train(db, 'AAPL', count)).resolves.toMatchObject({ action: 'incremental_update' });
    const store = mongoProfileStore(db);
    const { company, ml, statistical } = await readAll(store, 'AAPL');
    for (const [i, documents] of (await found(db, 'AAPL')).entries()) {
      expect(documents).toHaveLength(1);
      const wanted = plainest({ ...[company, ml, statistical][i], _id: 'AAPL' });
      expect(comparable(documents[0])).toEqual(comparable({ ...wanted, _id: ids[i] }));
      expect(documents[0]).toMatchObject({ revision: 3, _id: ids[i] });
      expect(documents[0]).not.toHaveProperty('old_field');
    }
    expect(await found(db, 'MSFT')).toEqual(others);
    for (const collection of NAMES) {
      const bySymbol = (await db.collection(collection).indexes()).filter(({ key }) => JSON.stringify(key) === '{"symbol":1}');
      expect(bySymbol).toMatchObject([{ unique: true, ...(name && { name }) }]);
    }
    // a symbol that was never there has its own id
    await train(db, 'NEW', 400);
    expect(await db.collection('ml_profiles').countDocuments({ symbol: 'NEW' })).toBe(1);
  });

  it('with two documents of a symbol is refused before anything is stored, naming them; the others go on', async () => {
    const db = newDatabase();
    await plant(db, 'AAPL');
    await plant(db, 'MSFT');
    const second = await db.collection('ml_profiles').insertOne({ symbol: 'AAPL', status: 'trained' });
    const before = await found(db, 'AAPL');
    const ids = before[1].map(({ _id }) => `ObjectId('${String(_id)}')`);
    const refused = {
      code: 'STORE_FAILED',
      message: expect.stringMatching(/ml_profiles holds several documents of 'AAPL'.* nothing was stored/),
    };
    for (const attempt of [
      () => train(db, 'AAPL', 400),
      () => mongoProfileStore(db).commit(sampleCommit('AAPL', 0, 1)),
      () => mongoProfileStore(db).acquireLease('AAPL', { owner: 'me', milliseconds: 1_000 }),
    ]) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(refused);
      for (const id of ids) expect(error).toMatchObject({ message: expect.stringContaining(id) });
    }
    expect(await found(db, 'AAPL')).toEqual(before);
    for (const name of OWN) expect(await db.collection(name).countDocuments()).toBe(0);
    // the index cannot be unique as long as they are there, and nobody else minds
    await expect(train(db, 'MSFT', 400)).resolves.toMatchObject({ action: 'create_new_profile' });
    await db.collection('ml_profiles').deleteOne({ _id: second.insertedId });
    await expect(train(db, 'AAPL', 400)).resolves.toMatchObject({ action: 'create_new_profile' });
    for (const documents of [...(await found(db, 'AAPL')), ...(await found(db, 'MSFT'))]) expect(documents).toHaveLength(1);
  });

  it('is left with nothing of a symbol that is deleted, and with the documents of those that were never trained', async () => {
    const db = newDatabase();
    await plant(db, 'AAPL');
    await plant(db, 'MSFT');
    const store = mongoProfileStore(db);
    expect(await store.deleteSymbol('MSFT')).toBe(false);
    await train(db, 'AAPL', 400);
    expect(await store.deleteSymbol('AAPL')).toBe(true);
    expect((await found(db, 'AAPL')).flat()).toEqual([]);
    expect((await found(db, 'MSFT')).flat()).toHaveLength(3);
  });

  it('gives each of ten symbols one document when they are published by two stores at once', async () => {
    const db = newDatabase();
    const stores = [mongoProfileStore(db), mongoProfileStore(db)];
    const symbols = Array.from({ length: 10 }, (_, i) => `S${i}`);
    await Promise.all(symbols.slice(0, 5).map((symbol) => plant(db, symbol)));
    await Promise.allSettled(symbols.flatMap((symbol) => stores.map((store, i) => store.commit(sampleCommit(symbol, 0, i)))));
    for (const symbol of symbols) for (const documents of await found(db, symbol)) expect(documents).toHaveLength(1);
  });
});

describeWithServer('what Python reads', () => {
  let scratch = '';
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  /** A Python that has pymongo, and where; null where there is none. */
  async function pythonWithPymongo(): Promise<Record<string, string> | null> {
    scratch = await mkdtemp(join(tmpdir(), 'tickerforest-pymongo-'));
    try {
      await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', scratch, 'pymongo'], { timeout: 180_000 });
      return { PYTHONPATH: scratch };
    } catch {
      return null;
    }
  }

  it('after moving in is what docs/moving-in.md says', async () => {
    const db = newDatabase();
    await plant(db, 'WAVE');
    await train(db, 'WAVE', 400);
    const { mlProfile, companyProfile } = await train(db, 'WAVE', 500);
    const page = await readFile(join(import.meta.dirname, '../../docs/moving-in.md'), 'utf8');
    const [, script = ''] = /^```python\n(.*?)^```$/ms.exec(page) ?? [];
    const python = await pythonWithPymongo();
    if (python === null) {
      console.log('moving in: there is no python3 with pip, or no pymongo to install; the documents were read with the Node.js driver');
      const ml = await connectedClient().db(db.databaseName).collection('ml_profiles').findOne({ symbol: 'WAVE' });
      expect(ml?.models.metrics.regression_rf.r2).toBe(mlProfile.models.metrics.regression_rf?.r2);
      return;
    }
    const env = { ...process.env, ...python, MONGODB_URI: TEST_URI, DATABASE: db.databaseName };
    const { stdout } = await run('python3', ['-c', script], { env });
    console.log('moving in: the documents were read with pymongo');
    expect(JSON.parse(stdout)).toEqual({
      points: 500,
      rsi_14: companyProfile.technical_indicators.rsi_14,
      models_trained: ['regression_rf', 'classification_rf', 'regression_gb'],
      r2: mlProfile.models.metrics.regression_rf?.r2,
      created_at: expect.stringMatching(/^2024-03-10T00:00:00/),
      status: ['trained', 'ready'],
      groups: ['multi_timeframe', 'regime_features', 'risk_metrics', 'statistical_features', 'technical_indicators', 'volatility_features'],
      revisions: [2, 2, 2],
    });
  });
});
