// Runs as a process of its own, so that tests can kill it or let it race: `ROLE URI DATABASE NUMBER`.
import { MongoClient } from 'mongodb';
import { mongoBarStore } from '../../src/mongodb';
import type { BarStore } from '../../src/stores/bar-store';
import { mongoBarStoreOn } from '../../src/stores/mongo/bar-store';
import { PAUSES_MS } from '../../src/stores/mongo/connection';
import { driverOperations } from '../../src/stores/mongo/operations';
import { crashBarWorker } from '../../src/testing/bar-crash-worker';
import { appendOneByOne } from './appending-worker';
import { dyingMongoOperations } from './dying-mongo-operations';

/** A store whose process dies before its n-th write. */
function dyingStore(uri: string, dbName: string, lastStep: number): BarStore {
  const client = new MongoClient(uri);
  const plain = driverOperations(client.db(dbName), () => client.close(), 'bars');
  return mongoBarStoreOn(dyingMongoOperations(plain, lastStep).operations, { attemptMs: 60_000, pausesMs: PAUSES_MS });
}

const [role, uri, dbName, text] = process.argv.slice(2);
const number = Number(text);
const store = role.startsWith('die') ? dyingStore(uri, dbName, number) : mongoBarStore({ uri, dbName });
switch (role) {
  case 'die':
    await crashBarWorker(store);
    break;
  case 'append':
    await appendOneByOne(store, number);
    break;
  case 'die appending':
    await appendOneByOne(store, 1);
    break;
  default:
    throw new Error(`unknown role '${role}'`);
}
await store.close();
