import { createServer } from 'node:net';
import { MongoClient, MongoNetworkError } from 'mongodb';
import { afterEach, expect, it } from 'vitest';
import { TickerforestError } from '../../src/errors';
import { mongoProfileStore } from '../../src/mongodb';
import { patientOperations } from '../../src/stores/mongo/connection';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { describeWithServer, newDatabase, plainOperations, rawCollection, storeOn, TEST_URI, useTestServer } from './mongo-database';

useTestServer();

const commit = sampleCommit('AAPL', 0, 1);

/** The error of a promise that must fail. */
async function failure(promise: Promise<unknown>): Promise<TickerforestError> {
  const [outcome] = await Promise.allSettled([promise]);
  if (outcome.status === 'rejected' && outcome.reason instanceof TickerforestError) return outcome.reason;
  throw new Error('there is no TickerforestError', { cause: outcome });
}

/** All texts of an error and what caused it. */
function texts(error: unknown): string {
  return error instanceof Error ? `${error.message} ${error.stack} ${texts(error.cause)}` : '';
}

describeWithServer('a store of its own connection', () => {
  it('connects with the first use and closes the client', async () => {
    const { databaseName } = newDatabase();
    const store = mongoProfileStore({ uri: TEST_URI, dbName: databaseName });
    await store.commit(commit);
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commit));
    await store.close();
    await store.close();
    expect(await failure(store.getMlProfile('AAPL'))).toMatchObject({ code: 'STORE_CLOSED' });
    expect(await failure(store.acquireLease('AAPL', { owner: 'me', milliseconds: 1 }))).toMatchObject({ code: 'STORE_CLOSED' });
    const again = mongoProfileStore({ uri: TEST_URI, dbName: databaseName });
    expect(await again.listSymbols()).toStrictEqual(['AAPL']);
    await again.close();
  });

  it('can be closed before its first use, also where there is no server', async () => {
    const store = mongoProfileStore({ uri: 'mongodb://127.0.0.1:1/', dbName: 'market' });
    await store.close();
    expect(await failure(store.listSymbols())).toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('finishes what was begun before it was closed', async () => {
    const { databaseName } = newDatabase();
    const store = mongoProfileStore({ uri: TEST_URI, dbName: databaseName });
    const begun = [store.commit(commit), store.getMlProfile('MSFT'), store.acquireLease('TSLA', { owner: 'me', milliseconds: 1000 })];
    await store.close();
    expect(await Promise.all(begun)).toMatchObject([{ revision: 1 }, null, { token: expect.any(Number) }]);
  });
});

describeWithServer("a store on the caller's database", () => {
  it('leaves the client open', async () => {
    const db = newDatabase();
    const store = mongoProfileStore(db);
    await store.commit(commit);
    await store.close();
    expect(await db.collection('ml_profiles').countDocuments()).toBe(1);
  });

  it('reads the same whatever the options of the client are', async () => {
    const options = { promoteValues: false, promoteBuffers: false, promoteLongs: false, useBigInt64: false, ignoreUndefined: true };
    const client = new MongoClient(TEST_URI, { ...options, raw: true });
    try {
      const db = client.db(newDatabase().databaseName);
      const store = mongoProfileStore(db);
      await store.commit(commit);
      const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: 60_000 });
      expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commit));
      expect(await failure(store.acquireLease('AAPL', { owner: 'you', milliseconds: 1 }))).toMatchObject({ code: 'SYMBOL_LEASED' });
      await store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: lease.token });
      expect(await store.listSymbols()).toStrictEqual(['AAPL']);
    } finally {
      await client.close();
    }
  });

  it('says what to do when the client was closed', async () => {
    const client = new MongoClient(TEST_URI);
    const store = mongoProfileStore(client.db(newDatabase().databaseName));
    await store.listSymbols();
    await client.close();
    const error = await failure(store.getMlProfile('AAPL'));
    expect(error).toMatchObject({
      code: 'STORE_FAILED',
      cause: expect.any(Error),
      message: expect.stringContaining('the client was closed'),
    });
  });
});

describeWithServer('a server that cannot be used', () => {
  it('is named, with what to do, but without the password', async () => {
    const uri = 'mongodb://trader:s3cret%21@127.0.0.1:1/?serverSelectionTimeoutMS=100';
    const store = mongoProfileStore({ uri, dbName: 'market' });
    for (const use of [
      store.getMlProfile('AAPL'),
      store.commit(commit),
      store.listSymbols(),
      store.acquireLease('AAPL', { owner: 'me', milliseconds: 1 }),
    ]) {
      const error = await failure(use);
      expect(error).toMatchObject({ code: 'STORE_FAILED', cause: { name: 'MongoServerSelectionError' } });
      expect(error.message).toContain('database "market" at 127.0.0.1:1; no server answers there; check that it runs');
      expect(texts(error)).not.toMatch(/s3cret/);
    }
    await store.close();
  });

  it.each([
    'postgres://trader:s3cret@host/',
    'mongodb://trader:s3cret',
    'mongodb://trader:s3cret@host:port/',
    'mongodb://trader:s3@cret@host/?x=1',
  ])('because of its connection string is refused without the password: %s', (uri) => {
    let error: unknown;
    try {
      mongoProfileStore({ uri, dbName: 'market' });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'TickerforestError', code: 'INVALID_OPTION', cause: expect.any(Error) });
    expect(texts(error)).not.toMatch(/s3@?cret/);
  });

  it('because it has no connection string is refused', () => {
    const refused = { name: 'TickerforestError', code: 'INVALID_OPTION', message: expect.stringContaining('uri must be') };
    expect(() => mongoProfileStore({ uri: '', dbName: 'market' })).toThrow(expect.objectContaining(refused));
  });

  it.each([0, -1, Number.NaN, Infinity])('a timeout of %d ms is refused', (operationTimeout) => {
    expect(() => mongoProfileStore({ uri: TEST_URI, dbName: 'market', operationTimeout })).toThrow('operationTimeout must be');
  });

  it('because another symbol has the _id that this one should have is told so, and the commit holds', async () => {
    const db = newDatabase();
    await storeOn(db).listSymbols();
    await rawCollection(db, 'ml_profiles').insertOne({ _id: 'AAPL', symbol: 'MSFT' });
    const error = await failure(storeOn(db).commit(commit));
    expect(error).toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('has the _id that this one should have') });
    expect(await readAll(storeOn(db), 'AAPL')).toStrictEqual(expectedAfter(commit));
  });
});

describeWithServer('a server that does not answer', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('is given up within the timeout', async () => {
    const silent = createServer((socket) => socket.unref());
    servers.push(silent);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const store = mongoProfileStore({ uri: `mongodb://127.0.0.1:${port}/`, dbName: 'market', operationTimeout: 150 });
    expect(await failure(store.getMlProfile('AAPL'))).toMatchObject({ code: 'STORE_FAILED', cause: expect.any(Error) });
    await store.close();
  });

  it('in time is asked again, as often as there are pauses', async () => {
    let attempts = 0;
    const hanging = patientOperations(
      {
        ...plainOperations(newDatabase()),
        prepare: async () => {},
        find: () => {
          attempts++;
          return attempts < 3 ? new Promise(() => {}) : Promise.resolve(null);
        },
      },
      { attemptMs: 100, pausesMs: [1, 1] },
    );
    expect(await hanging.find('ml_profiles', 'AAPL')).toBeNull();
    expect(attempts).toBe(3);
    attempts = -1;
    await expect(hanging.find('ml_profiles', 'AAPL')).rejects.toMatchObject({ name: 'NoAnswerError' });
    expect(attempts).toBe(2);
  });

  it('when it is first used is asked again by the next use', async () => {
    const db = newDatabase();
    let preparations = 0;
    const store = storeOn(db, (plain) => ({
      async prepare() {
        preparations++;
        if (preparations <= 4) throw new MongoNetworkError('the line is cut');
        await plain.prepare();
      },
    }));
    const error = await failure(store.getMlProfile('AAPL'));
    expect(error).toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('the connection broke again and again') });
    expect(await Promise.all([store.getMlProfile('AAPL'), store.commit(commit)])).toMatchObject([null, { revision: 1 }]);
    expect(await store.listSymbols()).toStrictEqual(['AAPL']);
    expect(preparations).toBe(5);
  });

  it('is not asked again after an error that stays', async () => {
    const db = newDatabase();
    let attempts = 0;
    const store = storeOn(db, () => ({
      find: () => {
        attempts++;
        return Promise.reject(Object.assign(new MongoNetworkError('not authorised'), { code: 13 }));
      },
    }));
    const error = await failure(store.getMlProfile('AAPL'));
    expect(error).toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining("check the user's password and roles") });
    expect(attempts).toBe(1);
  });
});
