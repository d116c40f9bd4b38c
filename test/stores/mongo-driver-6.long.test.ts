import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { mongoProfileStore } from '../../src/stores/mongo/profile-store';
import { testProfileStore } from '../../src/testing';

// the oldest major version that the peer dependency allows, in place of the newest, for everything that this file imports
vi.mock('mongodb', () => import('mongodb-6'));

const { uri } = inject('mongo');

describe.skipIf(uri === null)('with driver 6', () => {
  it('really is another version', async () => {
    const { MongoClient } = await import('mongodb');
    const six = await import('mongodb-6');
    expect(MongoClient).toBe(six.MongoClient);
  });

  testProfileStore({
    name: 'the MongoDB store',
    runner: { describe, it },
    open: async () => {
      const where = { uri: uri ?? '', dbName: `six-${randomUUID()}` };
      return {
        store: mongoProfileStore(where),
        reopen: () => mongoProfileStore(where),
        async dispose() {
          const { MongoClient } = await import('mongodb');
          const client = new MongoClient(where.uri);
          await client.db(where.dbName).dropDatabase();
          await client.close();
        },
      };
    },
  });
});
