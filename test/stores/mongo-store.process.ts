// Runs as a process of its own, so that tests can kill it or let it race: `ROLE URI DATABASE NUMBER`.
import { MongoClient } from 'mongodb';
import { mongoProfileStore } from '../../src/mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import { PAUSES_MS } from '../../src/stores/mongo/connection';
import { driverOperations } from '../../src/stores/mongo/operations';
import { mongoProfileStoreOn } from '../../src/stores/mongo/profile-store';
import { crashWorker } from '../../src/testing/crash-worker';
import { count } from './counting-worker';
import { dyingMongoOperations } from './dying-mongo-operations';

/** A store whose process dies before its n-th write. */
function dyingStore(uri: string, dbName: string, lastStep: number): ProfileStore {
  const client = new MongoClient(uri);
  const plain = driverOperations(client.db(dbName), () => client.close());
  return mongoProfileStoreOn(dyingMongoOperations(plain, lastStep).operations, { attemptMs: 60_000, pausesMs: PAUSES_MS });
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
