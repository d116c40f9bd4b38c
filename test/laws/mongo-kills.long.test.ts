import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, describe, inject } from 'vitest';
import { mongoBarStore, mongoProfileStore } from '../../src/mongodb';
import { assertPublished, assertTidy, dumpDatabase } from '../stores/mongo-contents';
import { SYMBOL } from './kill-scenarios';
import { type Data, type Keeping, killedRuns } from './killed-runs';

const { uri } = inject('mongo');

describe.skipIf(uri === null)('trainSymbol with the MongoDB stores', () => {
  const client = new MongoClient(uri ?? '');
  afterAll(() => client.close());
  // without kept bars the profile store's writes are the same, and mongo-store-kills.long.test.ts has its workers killed
  killedRuns('mongo', (keeping) => mongoData(client, uri ?? '', keeping), ['with kept bars'], 90);
});

function mongoData(client: MongoClient, server: string, keeping: Keeping): Data {
  const db = client.db(`kills-${randomUUID()}`);
  return {
    place: [server, db.databaseName, keeping],
    open: () => ({ store: mongoProfileStore(db), bars: keeping === 'with kept bars' ? mongoBarStore(db) : undefined }),
    async assertClean() {
      await assertPublished(db, mongoProfileStore(db), SYMBOL);
      assertTidy(await dumpDatabase(db), 'is not begun');
    },
    async copy() {
      const copy = mongoData(client, server, keeping);
      for (const { name } of await db.listCollections().toArray()) {
        const documents = await db.collection<{ _id: string }>(name).find().toArray();
        if (documents.length > 0) await client.db(copy.place[1]).collection<{ _id: string }>(name).insertMany(documents);
      }
      return copy;
    },
    async remove() {
      await db.dropDatabase();
    },
  };
}
