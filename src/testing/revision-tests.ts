import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { CheckpointUpdate } from '../stores/contract';
import { assertRefusal, assertRefused, assertSame, expectedAfter, NOTHING, readAll } from './assertions';
import { sampleBytes, sampleCommit, sampleStatistical } from './sample-profiles';
import type { StoreTest } from './store-under-test';

/**
 * A commit changes all or nothing, and only what it was based on.
 *
 * @param test - registers a test
 */
export function revisionTests(test: (name: string, body: (given: StoreTest) => Promise<void>) => void): void {
  test('replaces everything with the next commit', async ({ store }) => {
    await store.commit(sampleCommit('AAPL', 0, 1));
    const next = sampleCommit('AAPL', 1, 2, { other: sampleBytes(10, 5) });
    assertSame(await store.commit(next), { revision: 2 });
    assertSame(await readAll(store, 'AAPL'), expectedAfter(next));
  });

  test('keeps unchanged models through many commits, and then replaces them', async ({ store, reopen }) => {
    const first = sampleCommit('AAPL', 0, 1);
    await store.commit(first);
    for (let revision = 1; revision < 5; revision++) {
      const commit = sampleCommit('AAPL', revision, revision + 1, 'unchanged');
      await store.commit(commit);
      const { checkpoint } = expectedAfter(commit);
      assertSame(await store.getCheckpoint('AAPL'), { ...checkpoint, models: first.checkpoint.models });
    }
    const last = sampleCommit('AAPL', 5, 9, { regression_rf: sampleBytes(5, 1) });
    await store.commit(last);
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(last));
  });

  test('keeps single models that are said to be unchanged, replaces and drops others, commit after commit', async ({ store, reopen }) => {
    const file = (seed: number) => sampleBytes(100, seed);
    const commit = (baseRevision: number, models: CheckpointUpdate['models']) =>
      store.commit({ symbol: 'AAPL', baseRevision, checkpoint: { state: sampleBytes(10, baseRevision), models } });
    const found = async () => (await reopen().getCheckpoint('AAPL'))?.models;
    await commit(0, { first: file(1), second: file(2), third: file(3), empty: new Uint8Array(0) });
    await commit(1, { first: 'unchanged', second: file(4), empty: 'unchanged', fourth: file(5) });
    assertSame(await found(), { first: file(1), second: file(4), empty: new Uint8Array(0), fourth: file(5) });
    // kept from revisions of different age, also beside commits without models
    await commit(2, 'unchanged');
    await store.commit({ symbol: 'AAPL', baseRevision: 3, statistical: sampleStatistical('AAPL', 4) });
    await commit(4, { fourth: 'unchanged', first: 'unchanged', second: 'unchanged' });
    assertSame(await found(), { first: file(1), second: file(4), fourth: file(5) });
    // what was dropped is gone, and its name is free
    await commit(5, { first: file(6), empty: file(7), fourth: 'unchanged' });
    assertSame(await found(), { first: file(6), empty: file(7), fourth: file(5) });
    await commit(6, {});
    assertSame(await found(), {});
  });

  test("refuses a model as 'unchanged' that the base revision does not have, and stays as it was", async ({ store, reopen }) => {
    const absent = (baseRevision: number, name: string) => sampleCommit('AAPL', baseRevision, 9, { [name]: 'unchanged' });
    await assertRefused(store.commit(absent(0, 'regression_rf')), 'INVALID_OPTION', 'regression_rf', 'unchanged');
    assertSame(await store.listSymbols(), []);
    await store.saveStatisticalProfile(sampleStatistical('AAPL', 1));
    await assertRefused(store.commit(absent(1, 'regression_rf')), 'INVALID_OPTION', 'regression_rf');
    const second = sampleCommit('AAPL', 1, 2);
    await store.commit(second);
    for (const name of ['other', 'Regression_RF', 'features', '__proto__', 'toString']) {
      const models = Object.fromEntries([
        ['regression_rf', 'unchanged' as const],
        [name, 'unchanged' as const],
      ]);
      await assertRefused(store.commit(sampleCommit('AAPL', 2, 3, models)), 'INVALID_OPTION', name);
    }
    // whoever is late is told so, not that a model is missing
    await assertRefused(store.commit(absent(1, 'other')), 'CONFLICT');
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(second));
  });

  test('keeps parts that a commit leaves out, under the new revision', async ({ store }) => {
    const first = sampleCommit('AAPL', 0, 1);
    await store.commit(first);
    const statistical = sampleStatistical('AAPL', 99);
    await store.commit({ symbol: 'AAPL', baseRevision: 1, statistical });
    assertSame(await readAll(store, 'AAPL'), { ...expectedAfter(first, 2), statistical: { ...statistical, revision: 2 } });
  });

  test('saves a document that was read, unless somebody was faster', async ({ store }) => {
    await store.commit(sampleCommit('AAPL', 0, 1));
    const read = await store.getMlProfile('AAPL');
    assert.ok(read !== null, 'the profile just stored is missing');
    assertSame(await store.saveMlProfile({ ...read, model_version: 'mine' }), { revision: 2 });
    await assertRefused(store.saveMlProfile({ ...read, model_version: 'late' }), 'CONFLICT');
    assertSame((await store.getMlProfile('AAPL'))?.model_version, 'mine');
  });

  for (const baseRevision of [0, 1, 3, 1000]) {
    test(`refuses a commit based on revision ${baseRevision} when the current one is 2`, async ({ store }) => {
      await store.commit(sampleCommit('AAPL', 0, 1));
      const second = sampleCommit('AAPL', 1, 2);
      await store.commit(second);
      await assertRefused(store.commit(sampleCommit('AAPL', baseRevision, 3)), 'CONFLICT', 'revision 2');
      assertSame(await readAll(store, 'AAPL'), expectedAfter(second));
    });
  }

  test('refuses a first commit that is based on something', async ({ store }) => {
    await assertRefused(store.commit(sampleCommit('AAPL', 1, 1)), 'CONFLICT');
    assertSame(await readAll(store, 'AAPL'), NOTHING);
    assertSame(await store.listSymbols(), []);
  });

  test('lets one of 50 concurrent commits win, round after round', async ({ store, reopen }) => {
    const stores = [store, reopen()];
    for (let round = 0; round < 4; round++) {
      const commits = Array.from({ length: 50 }, (_, i) => sampleCommit('AAPL', round, round * 50 + i));
      const outcomes = await Promise.allSettled(commits.map((commit, i) => stores[i % 2].commit(commit)));
      const winners = commits.filter((_, i) => outcomes[i].status === 'fulfilled');
      assert.equal(winners.length, 1, `winners of round ${round}`);
      for (const outcome of outcomes) if (outcome.status === 'rejected') assertRefusal(outcome, 'CONFLICT');
      assertSame(await readAll(store, 'AAPL'), expectedAfter(winners[0]));
    }
  });

  test('lets nobody read a mixture while commits go on', async ({ store, reopen }) => {
    await store.commit(sampleCommit('AAPL', 0, 0));
    let reads = 0;
    let writing = true;
    const read = async () => {
      const reader = reopen();
      while (writing) {
        const checkpoint = await reader.getCheckpoint('AAPL');
        const mark = (checkpoint?.revision ?? 0) - 1;
        assertSame(checkpoint, expectedAfter(sampleCommit('AAPL', mark, mark)).checkpoint);
        const profile = await reader.getStatisticalProfile('AAPL');
        assertSame(profile?.features.technical_indicators.rsi_14.latest, (profile?.revision ?? 0) - 1);
        reads++;
        await turn();
      }
    };
    const write = async () => {
      for (let revision = 1; revision < 30; revision++) {
        await store.commit(sampleCommit('AAPL', revision, revision));
        await turn();
      }
    };
    await Promise.all([read(), read(), write().finally(() => (writing = false))]);
    assert.ok(reads > 5, `only ${reads} reads went on beside the commits`);
  });
}
