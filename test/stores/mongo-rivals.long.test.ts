import type { Db } from 'mongodb';
import { expect, it, vi } from 'vitest';
import type { SymbolLease } from '../../src/stores/contract';
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
        async publish(name, symbol, document) {
          if (when === 'before it publishes') await meanwhile();
          await plain.publish(name, symbol, document);
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
    let last = 0;
    for (let round = 1; round <= 3; round++) {
      const asking = Array.from({ length: 20 }, (_, i) => stores[i % 2].acquireLease('AAPL', { owner: `${i}`, milliseconds: 60_000 }));
      const outcomes = await Promise.allSettled(asking);
      const granted = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      expect(granted).toHaveLength(1);
      expect(granted[0].token).toBeGreaterThan(last);
      last = granted[0].token;
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SYMBOL_LEASED' });
      const short = await stores[0].renewLease(granted[0], 1);
      while (Date.now() <= short.expiresAt.getTime()) await new Promise(setImmediate);
    }
    expect(await rawCollection(db, 'symbol_activity').countDocuments()).toBe(1);
  });

  it('is not granted under a token that others have had in the meantime', async () => {
    const db = newDatabase();
    const fast = storeOn(db);
    await fast.commit(commits[0]);
    const tokens: number[] = [];
    const turn = async () => {
      const lease = await fast.acquireLease('AAPL', { owner: 'fast', milliseconds: 60_000 });
      tokens.push(lease.token);
      await fast.releaseLease(lease);
    };
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
    const { token } = await slow.acquireLease('AAPL', { owner: 'slow', milliseconds: 60_000 });
    expect(token).toBeGreaterThan(Math.max(...tokens));
    const activity = await rawCollection(db, 'symbol_activity').find().toArray();
    expect(activity.map(({ _id }) => _id)).toStrictEqual(['lease 4 of AAPL']);
  });

  it('that is damaged has expired, and its token does not come again', async () => {
    const db = newDatabase();
    const expiresAt = new Date(Date.now() + 60_000);
    const lease = { symbol: 'AAPL', number: 7, token: 7, owner: 'me', expiresAt, milliseconds: 60_000, released: false, grant: 'x' };
    await rawCollection(db, 'symbol_activity').insertOne({ ...encodeLease(lease), expires_at: new Date(8.64e15) });
    expect((await storeOn(db).acquireLease('AAPL', { owner: 'next', milliseconds: 1000 })).token).toBeGreaterThan(7);
    expect(await leases(db)).toStrictEqual(['lease 8 of AAPL']);
    await expect(storeOn(db).renewLease(lease, 1000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(storeOn(db).commit({ ...commits[0], leaseToken: 7 })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await rawCollection(db, 'symbol_checkpoints').countDocuments()).toBe(0);
  });

  it('leaves nothing when it is given back while nothing is stored, and what slow workers do then hits nobody', async () => {
    const db = newDatabase();
    const fast = storeOn(db);
    const short = await fast.acquireLease('AAPL', { owner: 'slow', milliseconds: 1 });
    while (Date.now() <= short.expiresAt.getTime()) await new Promise(setImmediate);
    // while the slow one renews or gives back, others have come, gone and left nothing, and another one has come: its lease is 'lease 1' again
    let next: SymbolLease | undefined;
    const meanwhile = async () => {
      if (next) return;
      await fast.releaseLease(await fast.acquireLease('AAPL', { owner: 'fast', milliseconds: 60_000 }));
      expect(await rawCollection(db, 'symbol_activity').countDocuments()).toBe(0);
      next = await fast.acquireLease('AAPL', { owner: 'next', milliseconds: 60_000 });
    };
    const slow = storeOn(db, (plain) => ({
      replaceSealed: (name, document, sha256) => meanwhile().then(() => plain.replaceSealed(name, document, sha256)),
      removeSealed: (name, id, sha256) => meanwhile().then(() => plain.removeSealed(name, id, sha256)),
    }));
    await expect(slow.renewLease(short, 60_000)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await leases(db)).toStrictEqual(['lease 1 of AAPL']);
    const second = next ?? short;
    next = undefined;
    // the same with giving back
    await expect(fast.renewLease(second, 1)).resolves.toMatchObject({ owner: 'next' });
    await new Promise((done) => setTimeout(done, 5));
    await slow.releaseLease(second);
    expect(await fast.renewLease(next ?? short, 60_000)).toMatchObject({ owner: 'next' });
  });

  it.each([
    ['9007199254740991', 'nothing'],
    ['1000000000000', 'nothing'],
    ['999999999999', 'STORE_FAILED'],
  ])('that somebody else made, with the number %s, costs %s and few queries', async (number, cost) => {
    const db = newDatabase();
    await storeOn(db).commit(commits[0]);
    await rawCollection(db, 'symbol_activity').insertOne({ _id: `lease ${number} of AAPL`, symbol: 'AAPL' });
    let queries = 0;
    const store = storeOn(db, (plain) => ({
      findOfSymbol(name, symbol) {
        queries++;
        return plain.findOfSymbol(name, symbol);
      },
    }));
    const taking = store.acquireLease('AAPL', { owner: 'me', milliseconds: 60_000 });
    if (cost === 'nothing') expect(await store.commit({ ...commits[1], leaseToken: (await taking).token })).toStrictEqual({ revision: 2 });
    else await expect(taking).rejects.toMatchObject({ code: cost, message: expect.stringContaining(`lease ${number} of AAPL`) });
    expect(queries).toBeLessThan(10);
  });

  it('of a clock that is hours ahead lasts no longer than it was granted for, from when it is first seen', async () => {
    const db = newDatabase();
    const ahead = { symbol: 'AAPL', number: 1, token: 5, owner: 'ahead', milliseconds: 300, released: false, grant: 'x' };
    await rawCollection(db, 'symbol_activity').insertOne(encodeLease({ ...ahead, expiresAt: new Date(Date.now() + 7_200_000) }));
    const take = () => storeOn(db).acquireLease('AAPL', { owner: 'next', milliseconds: 60_000 });
    await expect(take()).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
    await new Promise((done) => setTimeout(done, 310));
    expect((await take()).token).toBe(6);
  });
});

async function leases(db: Db): Promise<unknown[]> {
  const activity = await rawCollection(db, 'symbol_activity').find().toArray();
  return activity.map(({ _id }) => _id);
}
