import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { DeleteProfiles } from '../stores/contract';
import { assertRefusal, assertRefused, assertSame, expectedAfter, NOTHING, readAll } from './assertions';
import { ODD_SYMBOLS, sampleBytes, sampleCommit, sampleCompany, sampleStatistical } from './sample-profiles';
import type { StoreTest } from './store-under-test';

const LEASE = { owner: 'me', milliseconds: 600_000 };

/**
 * A deletion leaves nothing of a symbol, and nothing that was read before it can be stored after it.
 *
 * @param test - registers a test
 */
export function deletionTests(test: (name: string, body: (given: StoreTest) => Promise<void>) => void): void {
  test('forgets a symbol that is deleted, and no other', async ({ store, reopen }) => {
    assertSame(await store.deleteSymbol('AAPL'), false);
    await store.commit(sampleCommit('AAPL', 0, 1));
    await store.commit(sampleCommit('AAPL', 1, 2, 'unchanged'));
    await store.commit(sampleCommit('aapl', 0, 3));
    assertSame(await store.deleteSymbol('AAPL'), true);
    for (const each of [store, reopen()]) {
      assertSame(await readAll(each, 'AAPL'), NOTHING);
      assertSame(await each.listSymbols(), ['aapl']);
      assertSame(await each.deleteSymbol('AAPL'), false);
    }
    assertSame(await readAll(store, 'aapl'), expectedAfter(sampleCommit('aapl', 0, 3)));
  });

  test('deletes odd symbols, and symbols of one part', async ({ store, reopen }) => {
    for (const [i, symbol] of ODD_SYMBOLS.entries()) await store.commit(sampleCommit(symbol, 0, i));
    for (const [i, symbol] of ODD_SYMBOLS.entries()) if (i % 2 === 0) assertSame(await store.deleteSymbol(symbol), true);
    assertSame(await reopen().listSymbols(), ODD_SYMBOLS.filter((_, i) => i % 2 === 1).sort());
    await store.saveCompanyProfile(sampleCompany('one', 1));
    await store.commit({ symbol: 'two', baseRevision: 0, checkpoint: { state: new Uint8Array(0), models: {} } });
    for (const symbol of ['one', 'two']) assertSame([await store.deleteSymbol(symbol), await readAll(store, symbol)], [true, NOTHING]);
  });

  test('takes a deleted symbol anew, with nothing of what it was', async ({ store, reopen }) => {
    await store.commit(sampleCommit('AAPL', 0, 1));
    await store.deleteSymbol('AAPL');
    const kept = sampleCommit('AAPL', 0, 2, { regression_rf: 'unchanged' });
    await assertRefused(store.commit(kept), 'INVALID_OPTION', 'regression_rf');
    assertSame(await store.listSymbols(), []);
    const { company: _, ...withoutCompany } = sampleCommit('AAPL', 0, 2, 'unchanged');
    const { revision } = await store.commit(withoutCompany);
    const { checkpoint, ...documents } = expectedAfter(sampleCommit('AAPL', 0, 2), revision);
    assertSame(await readAll(reopen(), 'AAPL'), { ...documents, company: null, checkpoint: { ...checkpoint, models: {} } });
    assertSame(await store.listSymbols(), ['AAPL']);
    // and again
    assertSame(await store.deleteSymbol('AAPL'), true);
    const again = await store.saveStatisticalProfile(sampleStatistical('AAPL', 3));
    assertSame(await readAll(store, 'AAPL'), { ...NOTHING, statistical: { ...sampleStatistical('AAPL', 3), revision: again.revision } });
  });

  test('never stores what was read before a deletion, also when the symbol was created anew since', async ({ store, reopen }) => {
    for (let revision = 0; revision < 3; revision++) await store.commit(sampleCommit('AAPL', revision, revision + 1));
    const read = await store.getMlProfile('AAPL');
    assert.ok(read !== null, 'the profile just stored is missing');
    const assertLate = async () => {
      for (let base = 1; base <= 4; base++) await assertRefused(store.commit(sampleCommit('AAPL', base, 99)), 'CONFLICT', 'AAPL');
      await assertRefused(store.commit(sampleCommit('AAPL', 3, 99, 'unchanged')), 'CONFLICT');
      await assertRefused(store.saveMlProfile({ ...read, model_version: 'late' }), 'CONFLICT');
      await assertRefused(store.deleteSymbol('AAPL', { baseRevision: 3 }), 'CONFLICT');
    };
    await store.deleteSymbol('AAPL');
    await assertLate();
    assertSame(await readAll(reopen(), 'AAPL'), NOTHING);
    assertSame(await store.listSymbols(), []);
    const { revision } = await store.commit(sampleCommit('AAPL', 0, 5));
    assert.ok(revision > 3, `revision ${revision} has been before`);
    await assertLate();
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(sampleCommit('AAPL', 0, 5), revision));
    assertSame(await store.commit(sampleCommit('AAPL', revision, 6)), { revision: revision + 1 });
    await assertLate();
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(sampleCommit('AAPL', revision, 6)));
  });

  test('deletes at the revision that is asked for only', async ({ store }) => {
    await assertRefused(store.deleteSymbol('AAPL', { baseRevision: 1 }), 'CONFLICT', 'AAPL');
    assertSame(await store.deleteSymbol('AAPL', { baseRevision: 0 }), false);
    await store.commit(sampleCommit('AAPL', 0, 1));
    const second = sampleCommit('AAPL', 1, 2);
    await store.commit(second);
    for (const baseRevision of [0, 1, 3]) {
      await assertRefused(store.deleteSymbol('AAPL', { baseRevision }), 'CONFLICT', 'revision 2');
    }
    assertSame(await readAll(store, 'AAPL'), expectedAfter(second));
    assertSame(await store.deleteSymbol('AAPL', { baseRevision: 2 }), true);
    await assertRefused(store.deleteSymbol('AAPL', { baseRevision: 2 }), 'CONFLICT');
    assertSame(await store.deleteSymbol('AAPL', { baseRevision: 0, leaseToken: undefined }), false);
  });

  test('deletes under the newest lease only, and leaves the lease to its holder', async ({ store, reopen }) => {
    const first = sampleCommit('AAPL', 0, 1);
    await store.commit(first);
    await assertRefused(store.deleteSymbol('AAPL', { leaseToken: 1 }), 'LEASE_LOST', 'AAPL');
    const lost = await store.acquireLease('AAPL', LEASE);
    await store.releaseLease(lost);
    const held = await store.acquireLease('AAPL', LEASE);
    for (const leaseToken of [lost.token, held.token + 1]) {
      await assertRefused(store.deleteSymbol('AAPL', { leaseToken, baseRevision: 1 }), 'LEASE_LOST', String(leaseToken));
    }
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(first));
    assertSame(await store.deleteSymbol('AAPL', { leaseToken: held.token }), true);
    await assertRefused(reopen().acquireLease('AAPL', LEASE), 'SYMBOL_LEASED', 'me');
    const renewed = await store.renewLease(held, 600_000);
    const anew = sampleCommit('AAPL', 0, 2);
    const { revision } = await store.commit({ ...anew, leaseToken: renewed.token });
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(anew, revision));
  });

  test('lets one of 40 deletions and commits on one revision win, round after round', async ({ store, reopen }) => {
    const stores = [store, reopen()];
    let revision = 0;
    for (let round = 0; round < 4; round++) {
      if (revision === 0) ({ revision } = await store.commit(sampleCommit('AAPL', 0, round)));
      const base = revision;
      const commit = sampleCommit('AAPL', base, 100 + round);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, i) => {
          const rival = stores[i % 2];
          return (i + round) % 3 === 0 ? rival.commit(commit) : rival.deleteSymbol('AAPL', { baseRevision: base });
        }),
      );
      const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      assert.equal(winners.length, 1, `winners of round ${round}`);
      for (const outcome of outcomes) if (outcome.status === 'rejected') assertRefusal(outcome, 'CONFLICT');
      const isDeleted = winners[0] === true;
      assertSame(await readAll(store, 'AAPL'), isDeleted ? NOTHING : expectedAfter(commit));
      revision = isDeleted ? 0 : base + 1;
    }
  });

  test('deletes whatever is there if no revision is asked for, though commits go on', async ({ store, reopen }) => {
    const other = reopen();
    let committing = true;
    let deletions = 0;
    const commits = async () => {
      for (let i = 0; i < 20; i++) {
        const revision = (await other.getCompanyProfile('AAPL'))?.revision ?? 0;
        await other.commit(sampleCommit('AAPL', revision, i)).catch((error) => {
          assertRefusal({ status: 'rejected', reason: error }, 'CONFLICT');
        });
        await turn();
      }
    };
    const deleting = async () => {
      while (committing) {
        if (await store.deleteSymbol('AAPL')) deletions++;
        await turn();
      }
    };
    await Promise.all([commits().finally(() => (committing = false)), deleting()]);
    assert.ok(deletions > 0, 'no deletion found anything');
    await store.deleteSymbol('AAPL');
    assertSame(await readAll(reopen(), 'AAPL'), NOTHING);
  });

  test('lets nobody read a mixture while a symbol is deleted and created anew', async ({ store, reopen }) => {
    let writing = true;
    const seen = { nothing: 0, something: 0 };
    const read = async () => {
      const reader = reopen();
      while (writing) {
        const checkpoint = await reader.getCheckpoint('AAPL');
        const mark = checkpoint?.state[0] ?? 0;
        if (checkpoint !== null) assertSame(checkpoint, { symbol: 'AAPL', revision: checkpoint.revision, ...marked(mark) });
        seen[checkpoint === null ? 'nothing' : 'something']++;
        await turn();
      }
    };
    const write = async () => {
      for (let mark = 1; mark < 25; mark++) {
        await store.commit({ symbol: 'AAPL', baseRevision: 0, checkpoint: marked(mark), company: sampleCompany('AAPL', mark) });
        await turn();
        await store.deleteSymbol('AAPL');
        await turn();
      }
    };
    await Promise.all([read(), read(), write().finally(() => (writing = false))]);
    assert.ok(seen.nothing > 0 && seen.something > 0, `reads that found nothing: ${seen.nothing}, something: ${seen.something}`);
  });

  test('refuses to delete no symbol, and by options that are none', async ({ store }) => {
    await store.commit(sampleCommit('AAPL', 0, 1));
    for (const symbol of ['', '\ud800', 'A'.repeat(65)]) await assertRefused(store.deleteSymbol(symbol), 'INVALID_OPTION', 'symbol');
    const refused: [string, DeleteProfiles][] = [
      ['baseRevision', { baseRevision: -1 }],
      ['baseRevision', { baseRevision: 0.5 }],
      ['leaseToken', { leaseToken: 0 }],
      ['leaseToken', { leaseToken: Number.NaN }],
    ];
    for (const [word, options] of refused) await assertRefused(store.deleteSymbol('AAPL', options), 'INVALID_OPTION', word);
    assertSame(await readAll(store, 'AAPL'), expectedAfter(sampleCommit('AAPL', 0, 1)));
  });
}

function marked(mark: number) {
  return { state: new Uint8Array(500).fill(mark), models: { a: sampleBytes(300, mark), [`model ${mark}`]: sampleBytes(9, mark) } };
}
