import { MongoClient } from 'mongodb';
import { describe, expect, inject, it } from 'vitest';
import { startServer } from './server';

const { program } = inject('mongo');

describe.skipIf(program === null)('a server of the tests', () => {
  it('keeps its data when it is killed and started again', async () => {
    if (program === null) return;
    const server = await startServer(program);
    const client = new MongoClient(server.uri);
    const things = client.db('kept').collection('things');
    await things.insertOne({ n: 1 }, { writeConcern: { w: 1, j: true } });
    await server.kill();
    const other = new MongoClient(server.uri, { serverSelectionTimeoutMS: 200 });
    await expect(other.db('kept').collection('things').findOne()).rejects.toThrow();
    await other.close();
    await server.start();
    expect(await things.findOne({}, { projection: { _id: 0 } })).toEqual({ n: 1 });
    await client.close();
    await server.dispose();
  });
});
