import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { mongoProfileStore } from '../../src/mongodb';

const LISTS = [
  ['mongodb://127.0.0.1:1,', 'number 2 is empty'],
  ['mongodb://,127.0.0.1:1/', 'number 1 is empty'],
  ['mongodb://trader:s3cret@127.0.0.1:1,,127.0.0.1:2/?replicaSet=rs0', 'number 2 is empty'],
  ['mongodb://127.0.0.1:1, 127.0.0.1:2', 'number 2 has a blank'],
] as const;

describe('a list of hosts with a comma or a blank too many', () => {
  it.each(LISTS)('is refused at once, without the password: %s', (uri, what) => {
    const refused = { name: 'TickerforestError', code: 'INVALID_OPTION', message: expect.stringContaining(what) };
    expect(() => mongoProfileStore({ uri, dbName: 'market' })).toThrow(expect.objectContaining(refused));
    expect(() => mongoProfileStore({ uri, dbName: 'market' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('s3cret') }),
    );
    expect(() => mongoProfileStore(new MongoClient(uri).db('market'))).toThrow(expect.objectContaining(refused));
  });

  it.each([
    'mongodb://127.0.0.1:1',
    'mongodb://[::1]:1/',
    'mongodb://a:1,b:2/',
    'mongodb://%2Ftmp%2Fmongodb-1.sock/',
    'mongodb+srv://example.com/',
  ])('is not found in %s', async (uri) => {
    const store = mongoProfileStore({ uri, dbName: 'market' });
    await store.close();
  });
});
