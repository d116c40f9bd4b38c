// Runs as a process of its own, so that tests can kill it or let it race: `ROLE URI DATABASE NUMBER`.
import { MongoClient } from 'mongodb';
import { TickerforestError } from '../../src/errors';
import { mongoProfileStore } from '../../src/mongodb';
import { PAUSES_MS } from '../../src/profiles/mongo-connection';
import { driverOperations } from '../../src/profiles/mongo-operations';
import { mongoProfileStoreOn } from '../../src/profiles/mongo-store';
import type { ProfileStore } from '../../src/profiles/profile-store';
import { crashWorker } from '../../src/testing/crash-worker';
import { sampleBytes, sampleCommit } from '../../src/testing/sample-profiles';
import { dyingMongoOperations } from './dying-mongo-operations';

/** A store whose process dies before its n-th write. */
function dyingStore(uri: string, dbName: string, lastStep: number): ProfileStore {
  const client = new MongoClient(uri);
  const plain = driverOperations(client.db(dbName), () => client.close());
  return mongoProfileStoreOn(dyingMongoOperations(plain, lastStep).operations, { attemptMs: 60_000, pausesMs: PAUSES_MS });
}

/** Adds 1 to a stored count, as often as asked, against rivals who do the same. */
async function count(store: ProfileStore, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const before = await store.getCompanyProfile('AAPL');
    const points = before?.raw_data.points ?? 0;
    try {
      const models = points % 3 === 0 ? { model: sampleBytes(1000, points) } : 'unchanged';
      await store.commit(sampleCommit('AAPL', before?.revision ?? 0, points + 1, models));
      done++;
    } catch (error) {
      if (!(error instanceof TickerforestError && error.code === 'CONFLICT')) throw error;
    }
  }
}

const [role, uri, dbName, text] = process.argv.slice(2);
const number = Number(text);
const store = role.startsWith('die') ? dyingStore(uri, dbName, number) : mongoProfileStore({ uri, dbName });
switch (role) {
  case 'die':
    await crashWorker(store);
    break;
  case 'work':
    // on and on, until it is killed
    for (;;) {
      await crashWorker(store);
      process.stdout.write('one more turn\n');
    }
  case 'count':
    await count(store, number);
    break;
  case 'die counting':
    await count(store, 1);
    break;
  default:
    throw new Error(`unknown role '${role}'`);
}
await store.close();
