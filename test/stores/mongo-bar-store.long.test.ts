import { randomUUID } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { joinBars } from '../../src/bars/bars';
import { mongoBarStore, mongoProfileStore } from '../../src/mongodb';
import type { BarStore } from '../../src/stores/bar-store';
import { mongoBarStoreOn } from '../../src/stores/mongo/bar-store';
import { type CollectionName, driverOperations, type StoredDocument } from '../../src/stores/mongo/operations';
import { testBarStore } from '../../src/testing';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { assertKept, assertSameBars, MARKET, madeUpBars, readBars } from '../../src/testing/sample-kept-bars';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { connectedClient, describeWithServer, faulty, IMPATIENCE, newDatabase, rawCollection, useTestServer } from './mongo-database';

useTestServer();

testBarStore({
  name: 'the MongoDB store',
  runner: { describe: describeWithServer, it },
  open: async () => {
    const db = connectedClient().db(`test-${randomUUID()}`);
    return {
      store: mongoBarStore(db),
      reopen: () => mongoBarStore(db),
      dispose: async () => {
        await db.dropDatabase();
      },
    };
  },
});

/** Two revisions of a symbol: of the newest one the first block is the older one's. */
async function twoRevisions(store: BarStore): Promise<void> {
  for (const [baseRevision, bars] of [madeUpBars(0, 9_000), madeUpBars(9_000, 500)].entries()) {
    await store.write({ symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision });
  }
}

describeWithServer('bars in MongoDB', () => {
  it('are beside the profiles, in collections of their own', async () => {
    const db = newDatabase();
    const bars = mongoBarStore(db);
    const profiles = mongoProfileStore(db);
    await twoRevisions(bars);
    await profiles.commit(sampleCommit('BRK.B', 0, 1));
    await profiles.commit(sampleCommit('MSFT', 0, 1));
    expect(await bars.listSymbols()).toEqual(['BRK.B']);
    expect(await profiles.listSymbols()).toEqual(['BRK.B', 'MSFT']);
    await bars.deleteSymbol('BRK.B');
    expect(await readAll(profiles, 'BRK.B')).toStrictEqual(expectedAfter(sampleCommit('BRK.B', 0, 1)));
    expect(await db.collection('bar_blocks').countDocuments()).toBe(0);
    expect(await rawCollection(db, 'bar_revisions').find().toArray()).toMatchObject([{ _id: 'revision 3 of BRK.B', deleted: true }]);
  });

  it('are packed columns of doubles, that any reader of zlib unpacks', async () => {
    const db = newDatabase();
    await twoRevisions(mongoBarStore(db));
    const record = await rawCollection(db, 'bar_revisions').findOne({ _id: 'revision 2 of BRK.B' });
    expect(record).toMatchObject({
      market: { interval_ms: 60_000, time_zone: 'America/New_York', session: { early_closes: 'us_equities' } },
      blocks: [{ bars: 9_000 }, { bars: 500, last_timestamp: madeUpBars(9_499, 1).timestamp[0] }],
    });
    const [{ id }] = Array.isArray(record?.blocks) ? record.blocks : [];
    const block = await db.collection<StoredDocument>('bar_blocks', { promoteBuffers: true }).findOne({ _id: id });
    if (!(block?.bytes instanceof Uint8Array)) throw new Error('no bytes');
    const columns = new Float64Array(new Uint8Array(inflateSync(block.bytes)).buffer);
    expect(columns.length).toBe(6 * 9_000);
    expect(columns.subarray(4 * 9_000, 5 * 9_000)).toStrictEqual(new Float64Array(madeUpBars(0, 9_000).close));
  });

  it('come whole or not at all over a line that breaks at any write, before it or after', async () => {
    let faults = 0;
    for (const fault of ['lost', 'unanswered'] as const) {
      for (let number = 1, isOver = false; !isOver; number++) {
        const db = newDatabase();
        await twoRevisions(mongoBarStore(db));
        let writes = 0;
        const flaky = faulty(
          driverOperations(db, async () => {}, 'bars'),
          (write) => {
            writes = write.number;
            return write.number === number ? fault : 'none';
          },
        );
        const store = mongoBarStoreOn(flaky, IMPATIENCE);
        const bars = madeUpBars(9_400, 300, 2);
        expect(await store.write({ symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision: 2 })).toMatchObject({
          revision: 3,
        });
        await assertKept(mongoBarStore(db), 'BRK.B', joinBars(madeUpBars(0, 9_400), bars));
        isOver = writes < number;
        faults += isOver ? 0 : 1;
      }
    }
    console.log(`the MongoDB store of bars: ${faults} lines cut at writes, none noticed by the caller`);
    expect(faults).toBeGreaterThan(8);
  });

  it('say so if it is not known whether they were kept, and are whole either way', async () => {
    for (const fault of ['lost', 'unanswered'] as const) {
      for (let number = 1; number <= 4; number++) {
        const db = newDatabase();
        await twoRevisions(mongoBarStore(db));
        const dead = faulty(
          driverOperations(db, async () => {}, 'bars'),
          (write) => (write.number >= number ? fault : 'none'),
        );
        const bars = madeUpBars(9_500, 300);
        const update = { symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision: 2 };
        const [outcome] = await Promise.allSettled([mongoBarStoreOn(dead, IMPATIENCE).write(update)]);
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'STORE_FAILED' });
        const store = mongoBarStore(db);
        const kept = await store.describe('BRK.B');
        await assertKept(store, 'BRK.B', madeUpBars(0, kept?.revision === 3 ? 9_800 : 9_500));
        if (kept?.revision === 2) await store.write(update);
        await assertKept(store, 'BRK.B', madeUpBars(0, 9_800));
      }
    }
  });

  const damages: [string, 'bar_blocks' | 'bar_revisions', (stored: StoredDocument) => StoredDocument | null][] = [
    ['a block changed in one bit', 'bar_blocks', (block) => ({ ...block, bytes: flipped(block.bytes) })],
    ['a block that is cut off', 'bar_blocks', (block) => ({ ...block, bytes: flipped(block.bytes).subarray(0, 99) })],
    ['a block without bytes', 'bar_blocks', ({ bytes, ...block }) => block],
    ['a block that is missing', 'bar_blocks', () => null],
    ['a record without blocks', 'bar_revisions', (record) => ({ ...record, blocks: [] })],
    ['a record of another market', 'bar_revisions', (record) => ({ ...record, market: null })],
    ['a record of a later format', 'bar_revisions', (record) => ({ ...record, format: 2 })],
    ['a record that says it is a deletion', 'bar_revisions', (record) => ({ ...record, deleted: true })],
    ['a record of nothing', 'bar_revisions', ({ _id, symbol, revision }) => ({ _id, symbol, revision })],
  ];
  it.each(damages)('are never wrong with %s, and can be forgotten and kept anew', async (_, name, damage) => {
    const db = newDatabase();
    const store = mongoBarStoreOn(
      driverOperations(db, async () => {}, 'bars'),
      IMPATIENCE,
    );
    await twoRevisions(store);
    const collection = db.collection<StoredDocument>(name, { promoteBuffers: true });
    const stored = await collection.findOne(name === 'bar_blocks' ? { bars: 500 } : { _id: 'revision 2 of BRK.B' });
    if (!stored) throw new Error('nothing is stored');
    const { _id, ...fields } = damage(stored) ?? { _id: '' };
    if (_id === '') await collection.deleteOne({ _id: stored._id });
    else await collection.replaceOne({ _id }, fields);
    const failure = {
      name: 'TickerforestError',
      code: 'STORE_FAILED',
      message: expect.stringContaining('is damaged'),
      cause: expect.any(Error),
    };
    await expect(readBars(store, 'BRK.B')).rejects.toMatchObject(failure);
    const bars = madeUpBars(9_500, 5);
    await expect(store.write({ symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision: 2 })).rejects.toMatchObject(
      failure,
    );
    // before the damaged block there is a good one
    if (name === 'bar_blocks')
      assertSameBars(await readBars(store, 'BRK.B', { to: madeUpBars(8_999, 1).timestamp[0] }), madeUpBars(0, 9_000));
    expect(await store.deleteSymbol('BRK.B')).toBe(true);
    expect(await db.collection('bar_blocks').countDocuments()).toBe(0);
    await store.write({ symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision: 0 });
    await assertKept(store, 'BRK.B', bars);
  });

  it('are read again where the line garbled them once', async () => {
    const db = newDatabase();
    await twoRevisions(mongoBarStore(db));
    const plain = driverOperations(db, async () => {}, 'bars');
    const seen = new Set<string>();
    const garbling = {
      ...plain,
      async find(name: CollectionName, id: string) {
        const stored = await plain.find(name, id);
        if (stored === null || seen.has(id)) return stored;
        seen.add(id);
        return { ...stored, ...(name === 'bar_blocks' ? { bytes: flipped(stored.bytes) } : { sha256: '' }) };
      },
    };
    const store = mongoBarStoreOn(garbling, IMPATIENCE);
    assertSameBars(await readBars(store, 'BRK.B'), madeUpBars(0, 9_500));
    expect(seen.size).toBe(3);
    // blocks and records that come back garbled are not taken to be kept, and written again
    const bars = madeUpBars(9_500, 9_000);
    seen.clear();
    await store.write({ symbol: 'BRK.B', market: MARKET, from: bars.timestamp[0], bars, baseRevision: 2 });
    await assertKept(mongoBarStore(db), 'BRK.B', madeUpBars(0, 18_500));
  });

  it('end with STORE_FAILED where no server is', async () => {
    const store = mongoBarStore({ uri: 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50', dbName: 'none' });
    await expect(store.describe('A')).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('no server answers'),
    });
    await store.close();
  });
});

function flipped(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new Error('no bytes');
  const copy = new Uint8Array(bytes);
  copy[copy.length >> 1] ^= 1;
  return copy;
}
