import { expect, it, vi } from 'vitest';
import type { StoredDocument } from '../../src/stores/mongo/operations';
import { encodeHead, encodeIntent, encodeLease, encodeRecord } from '../../src/stores/mongo/records';
import { expectedAfter, readAll } from '../../src/testing/assertions';
import { sampleCommit } from '../../src/testing/sample-profiles';
import {
  describeWithServer,
  expectPublished,
  expectTidy,
  newDatabase,
  published,
  rawCollection,
  storeOn,
  useTestServer,
} from './mongo-database';

useTestServer();

const commits = Array.from({ length: 8 }, (_, revision) => sampleCommit('AAPL', revision, revision + 1));
const isRecord = ([document]: readonly StoredDocument[]) => document._id.startsWith('revision ');

/** Commits the given revisions, once. */
function goingOn(db: ReturnType<typeof newDatabase>, from: number, to: number): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    const fast = storeOn(db);
    for (const commit of commits.slice(from, to)) await fast.commit(commit);
  };
}

describeWithServer('a commit that is slow', () => {
  it.each([0, 1, 2])('loses also when the revision after %i was made and swept long ago', async (base) => {
    const db = newDatabase();
    for (const commit of commits.slice(0, base)) await storeOn(db).commit(commit);
    const meanwhile = goingOn(db, base, base + 3);
    const slow = storeOn(db, (plain) => ({
      async insert(name, documents) {
        if (isRecord(documents)) await meanwhile();
        return plain.insert(name, documents);
      },
    }));
    await expect(slow.commit(sampleCommit('AAPL', base, 50))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(`revision ${base + 3}`),
    });
    expect(await readAll(storeOn(db), 'AAPL')).toStrictEqual(expectedAfter(commits[base + 2]));
    await expectPublished(db, storeOn(db), 'AAPL');
    await expectTidy(db, 'AAPL', base + 3);
  });

  it.each(['before it is answered', 'before it publishes', 'before it writes the head', 'before it looks again'])(
    'wins also when others go on %s, and the newest stays published',
    async (when) => {
      const db = newDatabase();
      const meanwhile = goingOn(db, 1, 3);
      let isHeadWritten = false;
      const slow = storeOn(db, (plain) => ({
        async insert(name, documents) {
          const outcome = await plain.insert(name, documents);
          if (isRecord(documents) && when === 'before it is answered') await meanwhile();
          return outcome;
        },
        async publish(name, document) {
          if (when === 'before it publishes') await meanwhile();
          await plain.publish(name, document);
        },
        async replace(name, document, missing) {
          if (when === 'before it writes the head') await meanwhile();
          await plain.replace(name, document, missing);
          isHeadWritten = true;
        },
        async find(name, id) {
          if (isHeadWritten && when === 'before it looks again') await meanwhile();
          return plain.find(name, id);
        },
      }));
      expect(await slow.commit(commits[0])).toStrictEqual({ revision: 1 });
      expect(await readAll(storeOn(db), 'AAPL')).toStrictEqual(expectedAfter(commits[2]));
      expect((await published(db, 'AAPL')).ml).toMatchObject({ revision: 3, model_version: 'version 3' });
      await expectPublished(db, storeOn(db), 'AAPL');
      await expectTidy(db, 'AAPL', 3);
    },
  );

  it('says CONFLICT also when the winner swept what it was writing', async () => {
    const db = newDatabase();
    const meanwhile = goingOn(db, 0, 2);
    const slow = storeOn(db, (plain) => ({
      async find(name, id) {
        if (name === 'symbol_checkpoints') await meanwhile();
        return plain.find(name, id);
      },
    }));
    await expect(slow.commit(sampleCommit('AAPL', 0, 50))).rejects.toMatchObject({ code: 'CONFLICT' });
    await expectTidy(db, 'AAPL', 2);
  });

  it('does not take what its base left for swept when that worker is alive', async () => {
    const db = newDatabase();
    await storeOn(db).commit(commits[0]);
    // the worker of revision 2 stops before it sweeps revision 1, and revision 3 comes meanwhile
    const slow = storeOn(db, (plain) => ({ remove: () => Promise.reject(new Error('asleep')), replace: plain.replace }));
    await slow.commit(commits[1]);
    const activity = rawCollection(db, 'symbol_activity');
    const intents = await activity.find().toArray();
    await activity.deleteMany({});
    await storeOn(db).commit(commits[2]);
    const revisions = await rawCollection(db, 'symbol_revisions').find().toArray();
    expect(revisions.map(({ _id }) => _id).sort()).toStrictEqual(['head of AAPL', 'revision 3 of AAPL']);
    expect(intents).toHaveLength(1);
    await expectTidy(db, 'AAPL', 3);
  });
});

describeWithServer('a reader', () => {
  it('starts again when commits sweep what it is reading', async () => {
    for (const collection of ['symbol_revisions', 'symbol_checkpoints']) {
      const db = newDatabase();
      await storeOn(db).commit(commits[0]);
      const meanwhile = goingOn(db, 1, 4);
      let reads = 0;
      const reader = storeOn(db, (plain) => ({
        async find(name, id) {
          const isHead = id.startsWith('head');
          if (name === collection && !isHead) await meanwhile();
          reads++;
          return plain.find(name, id);
        },
      }));
      expect(await reader.getMlProfile('AAPL')).toStrictEqual(expectedAfter(commits[3]).ml);
      expect(reads).toBeGreaterThan(4);
    }
  });

  it.each([
    ['behind, its record swept', encodeHead('AAPL', 2)],
    ['ahead', encodeHead('AAPL', 9)],
    ['damaged', { ...encodeHead('AAPL', 4), revision: -3.5 }],
    ['of another shape', { _id: 'head of AAPL' }],
    ['gone', null],
  ])('finds the newest revision when the head is %s', async (_, head) => {
    const db = newDatabase();
    for (const commit of commits.slice(0, 4)) await storeOn(db).commit(commit);
    const revisions = rawCollection(db, 'symbol_revisions');
    await revisions.deleteOne({ _id: 'head of AAPL' });
    if (head) await revisions.insertOne(head);
    const store = storeOn(db);
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commits[3]));
    expect(await store.listSymbols()).toStrictEqual(['AAPL']);
    await store.acquireLease('AAPL', { owner: 'me', milliseconds: 1000 });
    expect(await revisions.findOne({ _id: 'head of AAPL' })).toStrictEqual(encodeHead('AAPL', 4));
    expect(await store.commit(commits[4])).toStrictEqual({ revision: 5 });
    await expectTidy(db, 'AAPL', 5);
  });

  it('looks a symbol up once for all that is asked in one go, and again for what is asked later', async () => {
    const db = newDatabase();
    await storeOn(db).commit(commits[0]);
    let lookUps = 0;
    let hold = Promise.resolve();
    const reader = storeOn(db, (plain) => ({
      async find(name, id) {
        const found = await plain.find(name, id);
        if (id !== 'head of AAPL') return found;
        lookUps++;
        await hold;
        return found;
      },
    }));
    const { company, ml, statistical, checkpoint } = expectedAfter(commits[0]);
    const parts = [
      reader.getCompanyProfile('AAPL'),
      reader.getMlProfile('AAPL'),
      reader.getStatisticalProfile('AAPL'),
      reader.getCheckpoint('AAPL'),
    ] as const;
    expect(await Promise.all(parts)).toStrictEqual([company, ml, statistical, checkpoint]);
    expect(lookUps).toBe(1);

    let release = () => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const slow = reader.getMlProfile('AAPL');
    await vi.waitFor(() => expect(lookUps).toBe(2));
    await storeOn(db).commit(commits[1]);
    // its look-up has not ended, but began before the commit
    const later = reader.getMlProfile('AAPL');
    release();
    expect(await later).toStrictEqual(expectedAfter(commits[1]).ml);
    await slow;
  });

  it('follows records that were not published yet', async () => {
    const db = newDatabase();
    for (const commit of commits.slice(0, 2)) await storeOn(db).commit(commit);
    const unpublished = storeOn(db, () => ({ publish: () => Promise.reject(new Error('dead')) }));
    await expect(unpublished.commit(commits[2])).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('is stored'),
    });
    expect((await published(db, 'AAPL')).ml?.revision).toBe(2);
    expect(await readAll(storeOn(db), 'AAPL')).toStrictEqual(expectedAfter(commits[2]));
    await storeOn(db).acquireLease('AAPL', { owner: 'me', milliseconds: 1000 });
    await expectPublished(db, storeOn(db), 'AAPL');
    await expectTidy(db, 'AAPL', 3);
  });

  it('does not read the stray record of a late rival that died', async () => {
    const db = newDatabase();
    for (const commit of commits.slice(0, 4)) await storeOn(db).commit(commit);
    const stray = { symbol: 'AAPL', revision: 2, commits: ['late'], parts: [] };
    await rawCollection(db, 'symbol_revisions').insertOne(encodeRecord(stray));
    await rawCollection(db, 'symbol_activity').insertOne(encodeIntent({ id: 'late', symbol: 'AAPL', revision: 2, chunks: ['late 0'] }));
    await rawCollection(db, 'symbol_checkpoints').insertOne({ _id: 'late 0' });
    const store = storeOn(db);
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commits[3]));
    await store.acquireLease('AAPL', { owner: 'me', milliseconds: 1000 });
    expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commits[3]));
    await expectTidy(db, 'AAPL', 4);
  });
});

describeWithServer('a rival that lost', () => {
  it('and dies while it is writing leaves nothing for ever', async () => {
    const db = newDatabase();
    const fast = storeOn(db);
    await fast.commit(sampleCommit('AAPL', 0, 1));
    const never = () => new Promise<never>(() => {});
    let isDead = false;
    await new Promise<void>((died) => {
      const slow = storeOn(db, (plain) => ({
        async insert(name, documents) {
          if (name !== 'symbol_checkpoints') return plain.insert(name, documents);
          // the winner sweeps what is there of this commit, and then more of it comes
          if ((await fast.getMlProfile('AAPL'))?.revision === 1) await fast.commit(sampleCommit('AAPL', 1, 2));
          await plain.insert(name, documents);
          isDead = true;
          died();
          return never();
        },
        find: (name, id) => (isDead ? never() : plain.find(name, id)),
      }));
      void slow.commit(sampleCommit('AAPL', 1, 3)).catch(() => {});
    });
    await fast.commit(sampleCommit('AAPL', 2, 4));
    await expectTidy(db, 'AAPL', 3);
    expect(await rawCollection(db, 'symbol_activity').countDocuments()).toBe(0);
  });
});

describeWithServer('a lease', () => {
  it('goes to one of 20 workers of two stores, and again when it has expired', async () => {
    const db = newDatabase();
    const stores = [storeOn(db), storeOn(db)];
    for (let round = 1; round <= 3; round++) {
      const asking = Array.from({ length: 20 }, (_, i) => stores[i % 2].acquireLease('AAPL', { owner: `${i}`, milliseconds: 60_000 }));
      const outcomes = await Promise.allSettled(asking);
      const granted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(granted.map(({ token }) => token)).toStrictEqual([round]);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SYMBOL_LEASED' });
      const short = await stores[0].renewLease(granted[0], 1);
      while (Date.now() <= short.expiresAt.getTime()) await new Promise(setImmediate);
    }
    expect(await rawCollection(db, 'symbol_activity').countDocuments()).toBe(1);
  });

  it('is not granted under a token that others have had in the meantime', async () => {
    const db = newDatabase();
    const fast = storeOn(db);
    const turn = async () => fast.releaseLease(await fast.acquireLease('AAPL', { owner: 'fast', milliseconds: 60_000 }));
    let isLate = true;
    const slow = storeOn(db, (plain) => ({
      async insert(name, documents) {
        if (isLate) {
          isLate = false;
          for (let turns = 0; turns < 3; turns++) await turn();
        }
        return plain.insert(name, documents);
      },
    }));
    expect(await slow.acquireLease('AAPL', { owner: 'slow', milliseconds: 60_000 })).toMatchObject({ owner: 'slow', token: 4 });
    const activity = await rawCollection(db, 'symbol_activity').find().toArray();
    expect(activity.map(({ _id }) => _id)).toStrictEqual(['lease 4 of AAPL']);
  });

  it('that is damaged has expired, and its token does not come again', async () => {
    const db = newDatabase();
    const expiresAt = new Date(Date.now() + 60_000);
    const lease = { symbol: 'AAPL', token: 7, owner: 'me', expiresAt, released: false, grant: 'x' };
    await rawCollection(db, 'symbol_activity').insertOne({ ...encodeLease(lease), expires_at: new Date(8.64e15) });
    expect((await storeOn(db).acquireLease('AAPL', { owner: 'next', milliseconds: 1000 })).token).toBe(8);
    await expect(storeOn(db).renewLease(lease, 1000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(storeOn(db).commit({ ...commits[0], leaseToken: 7 })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await rawCollection(db, 'symbol_checkpoints').countDocuments()).toBe(0);
  });
});
