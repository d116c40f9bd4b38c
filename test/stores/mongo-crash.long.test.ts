import { expect, it } from 'vitest';
import type { SymbolCommit } from '../../src/stores/contract';
import { mongoProfileStoreOn } from '../../src/stores/mongo/profile-store';
import { expectedAfter, NOTHING, readAll } from '../../src/testing/assertions';
import { sampleBytes, sampleCommit, sampleStatistical } from '../../src/testing/sample-profiles';
import {
  describeWithServer,
  dying,
  expectPublished,
  expectTidy,
  faulty,
  IMPATIENCE,
  newDatabase,
  plainOperations,
  published,
  storeOn,
  useTestServer,
  type Write,
} from './mongo-database';

useTestServer();

const first = sampleCommit('AAPL', 0, 1);
const HISTORIES: Record<string, { before: SymbolCommit[]; last: SymbolCommit }> = {
  'the first commit': { before: [], last: first },
  'a commit of all parts': { before: [first], last: sampleCommit('AAPL', 1, 2, { other: sampleBytes(10, 1) }) },
  'a commit that keeps the models': { before: [first], last: sampleCommit('AAPL', 1, 2, 'unchanged') },
  'a commit of one part': { before: [first], last: { symbol: 'AAPL', baseRevision: 1, statistical: sampleStatistical('AAPL', 2) } },
};

/** Both are there before or after each step of a commit: everything of one revision. */
async function storedAfter(commits: readonly SymbolCommit[]) {
  const store = storeOn(newDatabase());
  for (const commit of commits) await store.commit(commit);
  return readAll(store, 'AAPL');
}

describeWithServer('a process that dies before any write', () => {
  it.each(Object.entries(HISTORIES))(
    'of %s leaves the old or the new revision, and nothing once the next one has worked',
    async (_, history) => {
      const { before, last } = history;
      const base = before.length;
      const states = [await storedAfter(before), await storedAfter([...before, last])];
      const left = [0, 0];
      for (let step = 1, isOver = false; !isOver; step++) {
        const db = newDatabase();
        for (const commit of before) await storeOn(db).commit(commit);
        const { operations, died } = dying(plainOperations(db), step);
        const dead = mongoProfileStoreOn(operations, IMPATIENCE).commit(last);
        await Promise.allSettled([dead]);
        isOver = !died();
        const fresh = storeOn(db);
        const found = await readAll(fresh, 'AAPL');
        const isNew = (found.statistical?.revision ?? 0) > base;
        expect(found).toStrictEqual(states[isNew ? 1 : 0]);
        if (isOver) {
          expect(await dead).toStrictEqual({ revision: base + 1 });
          await expectTidy(db, 'AAPL', base + 1);
          continue;
        }
        left[isNew ? 1 : 0]++;
        // the next worker publishes what was not published, and tidies up; half a commit of the next revision may be somebody's who is alive
        const lease = await fresh.acquireLease('AAPL', { owner: 'next', milliseconds: 60_000 });
        expect(await readAll(fresh, 'AAPL')).toStrictEqual(found);
        await expectPublished(db, fresh, 'AAPL');
        if (isNew) await expectTidy(db, 'AAPL', base + 1);
        const revision = base + (isNew ? 1 : 0);
        await fresh.commit({ ...sampleCommit('AAPL', revision, 9), leaseToken: lease.token });
        await expectPublished(db, fresh, 'AAPL');
        await expectTidy(db, 'AAPL', revision + 1);
      }
      console.log(`MongoDB store: died ${left[0] + left[1]} times, ${left[0]} left the old revision and ${left[1]} the new one`);
      expect(left[0]).toBeGreaterThan(2);
      expect(left[1]).toBeGreaterThan(4);
    },
  );

  it('of a deletion leaves the symbol or nothing of it, and nothing at all once the next one has worked', async () => {
    const left = { stored: 0, deleted: 0 };
    for (let step = 1, isOver = false; !isOver; step++) {
      const db = newDatabase();
      await storeOn(db).commit(first);
      const { operations, died } = dying(plainOperations(db), step);
      const [outcome] = await Promise.allSettled([mongoProfileStoreOn(operations, IMPATIENCE).deleteSymbol('AAPL')]);
      isOver = !died();
      const fresh = storeOn(db);
      const found = await readAll(fresh, 'AAPL');
      const isDeleted = found.statistical === null;
      expect(found).toStrictEqual(isDeleted ? NOTHING : expectedAfter(first));
      expect(await fresh.listSymbols()).toStrictEqual(isDeleted ? [] : ['AAPL']);
      if (isOver) expect(outcome).toStrictEqual({ status: 'fulfilled', value: true });
      else left[isDeleted ? 'deleted' : 'stored']++;
      // whoever takes the lease, or deletes again, or creates the symbol anew, removes what the dead one left published and stored
      if (step % 3 === 0) await fresh.acquireLease('AAPL', { owner: 'next', milliseconds: 60_000 });
      else if (step % 3 === 1) expect(await fresh.deleteSymbol('AAPL')).toBe(!isDeleted);
      else if (isDeleted) await fresh.commit({ symbol: 'AAPL', baseRevision: 0, statistical: sampleStatistical('AAPL', 5) });
      await expectPublished(db, fresh, 'AAPL');
      const revision = (await fresh.getStatisticalProfile('AAPL'))?.revision ?? 2;
      if (revision > 1) await expectTidy(db, 'AAPL', revision);
    }
    console.log(
      `MongoDB store: a deletion died ${left.stored + left.deleted} times, ${left.stored} left the symbol, ${left.deleted} nothing`,
    );
    expect(Math.min(left.stored, left.deleted)).toBeGreaterThan(1);
  });

  it('is made good by the next commit also without a lease, and by one that dies itself', async () => {
    const last = sampleCommit('AAPL', 1, 2);
    for (let step = 1, isOver = false; !isOver; step++) {
      const db = newDatabase();
      await storeOn(db).commit(first);
      const { operations, died } = dying(plainOperations(db), step);
      await Promise.allSettled([mongoProfileStoreOn(operations, IMPATIENCE).commit(last)]);
      isOver = !died();
      // the next worker dies at another step of taking the lease and committing
      const second = mongoProfileStoreOn(dying(plainOperations(db), 1 + ((step * 7) % 23)).operations, IMPATIENCE);
      await Promise.allSettled([second.acquireLease('AAPL', { owner: 'second', milliseconds: 1 })]);
      const now = (await storeOn(db).getMlProfile('AAPL'))?.revision ?? 0;
      await Promise.allSettled([second.commit(sampleCommit('AAPL', now, now + 1))]);
      const fresh = storeOn(db);
      const revision = (await fresh.getMlProfile('AAPL'))?.revision ?? 0;
      expect(revision - now).toBeOneOf([0, 1]);
      await fresh.commit(sampleCommit('AAPL', revision, 9));
      await expectPublished(db, fresh, 'AAPL');
      await expectTidy(db, 'AAPL', revision + 1);
    }
  });
});

describeWithServer('a network that fails', () => {
  const FAULTS = ['none', 'lost', 'unanswered', 'lost'] as const;
  const work = async (store: ReturnType<typeof storeOn>) => {
    const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: 60_000 });
    await store.commit({ ...first, leaseToken: lease.token });
    await store.renewLease(lease, 60_000);
    expect(await store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: lease.token })).toStrictEqual({ revision: 2 });
    await store.releaseLease(lease);
    expect((await store.acquireLease('AAPL', { owner: 'me', milliseconds: 60_000 })).token).toBe(lease.token + 1);
  };
  it.each([
    ['loses every odd attempt', ({ attempt }: Write) => (attempt % 2 ? 'lost' : 'none')],
    ['answers every even attempt only', ({ attempt }: Write) => (attempt % 2 ? 'unanswered' : 'none')],
    ['does all of it', ({ attempt }: Write) => FAULTS[attempt % 4]],
  ] as const)('and %s does not lose, double or refuse anything', async (_, faultOf) => {
    const db = newDatabase();
    await work(storeOn(db, (plain) => faulty(plain, faultOf)));
    expect(await readAll(storeOn(db), 'AAPL')).toStrictEqual(await storedAfter([first, sampleCommit('AAPL', 1, 2)]));
    await expectPublished(db, storeOn(db), 'AAPL');
    await expectTidy(db, 'AAPL', 2);
  });

  it('for good at any write says so, and the commit is there or can be repeated', async () => {
    const last = sampleCommit('AAPL', 1, 2);
    for (const fault of ['lost', 'unanswered'] as const) {
      for (let step = 1, isOver = false; !isOver; step++) {
        const db = newDatabase();
        await storeOn(db).commit(first);
        const store = storeOn(db, (plain) => faulty(plain, ({ number }) => (number >= step ? fault : 'none')));
        const [outcome] = await Promise.allSettled([store.commit(last)]);
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({
            code: 'STORE_FAILED',
            cause: expect.any(Error),
            message: expect.stringContaining('AAPL'),
          });
        }
        const fresh = storeOn(db);
        const revision = (await fresh.getMlProfile('AAPL'))?.revision ?? 0;
        if (outcome.status === 'fulfilled') expect(revision).toBe(2);
        if (revision === 1) await fresh.commit(last);
        await fresh.acquireLease('AAPL', { owner: 'next', milliseconds: 1000 });
        expect((await published(db, 'AAPL')).ml).toMatchObject({ revision: 2, model_version: 'version 2' });
        await expectTidy(db, 'AAPL', 2);
        isOver = step > 20;
      }
    }
  });
});
