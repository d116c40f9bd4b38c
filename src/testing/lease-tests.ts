import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { SymbolLease } from '../stores/contract';
import { assertRefusal, assertRefused, assertSame, expectedAfter, NOTHING, readAll } from './assertions';
import { ODD_SYMBOLS, sampleCommit } from './sample-profiles';
import type { StoreTest } from './store-under-test';

/** Longer than any test. */
const LONG = 600_000;
/** Over soon. */
const SHORT = 20;

/**
 * One worker a symbol, none blocked for ever, and tokens that tell the newest lease from all before it.
 *
 * @param test - registers a test
 */
export function leaseTests(test: (name: string, body: (given: StoreTest) => Promise<void>) => void): void {
  test('grants the lease of an unknown and of a known symbol', async ({ store }) => {
    const before = Date.now();
    const lease = await store.acquireLease('AAPL', { owner: 'host 1', milliseconds: LONG });
    assertSame([lease.symbol, lease.owner], ['AAPL', 'host 1']);
    assert.ok(Number.isSafeInteger(lease.token) && lease.token >= 1, `token ${lease.token}`);
    const expiry = lease.expiresAt.getTime();
    assert.ok(expiry >= before + LONG && expiry <= Date.now() + LONG, `expires ${expiry - before} ms after it was asked for`);
    await store.commit(sampleCommit('MSFT', 0, 1));
    assertSame((await store.acquireLease('MSFT', { owner: 'host 1', milliseconds: LONG })).symbol, 'MSFT');
  });

  test('does not list or invent a symbol that only has a lease', async ({ store, reopen }) => {
    const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: LONG });
    const again = reopen();
    assertSame(await again.listSymbols(), []);
    assertSame(await readAll(again, 'AAPL'), NOTHING);
    await store.releaseLease(lease);
    assertSame(await again.listSymbols(), []);
    assertSame(await readAll(again, 'AAPL'), NOTHING);
  });

  test('refuses a second lease, naming who holds the first and until when', async ({ store, reopen }) => {
    const held = await store.acquireLease('AAPL', { owner: 'host 1', milliseconds: LONG });
    for (const other of [store, reopen()]) {
      const late = other.acquireLease('AAPL', { owner: 'host 2', milliseconds: LONG });
      await assertRefused(late, 'SYMBOL_LEASED', 'AAPL', 'host 1', held.expiresAt.toISOString());
    }
    await assertRefused(store.acquireLease('AAPL', { owner: 'host 1', milliseconds: LONG }), 'SYMBOL_LEASED');
  });

  test('grants a released lease at once, with a larger token', async ({ store, reopen }) => {
    let last = 0;
    for (const worker of [store, reopen(), store, reopen()]) {
      const lease = await worker.acquireLease('AAPL', { owner: 'me', milliseconds: LONG });
      assert.ok(lease.token > last, `token ${lease.token} after ${last}`);
      last = lease.token;
      await worker.releaseLease(lease);
    }
  });

  test('grants an expired lease to somebody else, with a larger token', async ({ store, reopen }) => {
    const { lost, taken } = await takeOver({ store, reopen });
    assert.ok(taken.token > lost.token, `token ${taken.token} after ${lost.token}`);
    assertSame(taken.owner, 'alive');
  });

  test('renews a lease, also one that has expired but was taken by nobody', async ({ store, reopen }) => {
    const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: SHORT });
    await expiry(lease);
    const renewed = await store.renewLease(lease, LONG);
    assertSame({ ...renewed, expiresAt: null }, { ...lease, expiresAt: null });
    assert.ok(renewed.expiresAt.getTime() > lease.expiresAt.getTime() + LONG / 2, 'the renewed lease should expire later');
    await assertRefused(reopen().acquireLease('AAPL', { owner: 'other', milliseconds: LONG }), 'SYMBOL_LEASED', 'me');
    // renewing can also make it shorter
    await expiry(await store.renewLease(renewed, SHORT));
    assertSame((await reopen().acquireLease('AAPL', { owner: 'other', milliseconds: LONG })).owner, 'other');
  });

  test('does not renew a lease that was taken over or released', async ({ store, reopen }) => {
    const { lost, taken } = await takeOver({ store, reopen });
    await assertRefused(store.renewLease(lost, LONG), 'LEASE_LOST', 'AAPL');
    const renewed = await store.renewLease(taken, LONG);
    await store.releaseLease(renewed);
    await assertRefused(store.renewLease(renewed, LONG), 'LEASE_LOST', 'AAPL');
    await assertRefused(store.renewLease({ ...lost, symbol: 'MSFT' }, LONG), 'LEASE_LOST', 'MSFT');
  });

  test('does nothing when a lease is released that was lost, or released before', async ({ store, reopen }) => {
    const { lost } = await takeOver({ store, reopen });
    await store.releaseLease(lost);
    await assertRefused(store.acquireLease('AAPL', { owner: 'third', milliseconds: LONG }), 'SYMBOL_LEASED', 'alive');
    const other = await store.acquireLease('MSFT', { owner: 'first', milliseconds: LONG });
    await store.releaseLease(other);
    await store.releaseLease(other);
    await store.acquireLease('MSFT', { owner: 'second', milliseconds: LONG });
    await store.releaseLease(other);
    await assertRefused(store.acquireLease('MSFT', { owner: 'third', milliseconds: LONG }), 'SYMBOL_LEASED', 'second');
  });

  test('grants one of 50 who ask at once, for a new, a released and an expired lease', async ({ store, reopen }) => {
    const stores = [store, reopen()];
    const race = async (milliseconds: number) => {
      const request = (i: number) => ({ owner: `worker ${i}`, milliseconds });
      const asking = Array.from({ length: 50 }, (_, i) => stores[i % 2].acquireLease('AAPL', request(i)));
      const outcomes = await Promise.allSettled(asking);
      const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      assert.equal(winners.length, 1, 'leases that were granted');
      for (const outcome of outcomes) if (outcome.status === 'rejected') assertRefusal(outcome, 'SYMBOL_LEASED', winners[0].owner);
      return winners[0];
    };
    const first = await race(LONG);
    await store.releaseLease(first);
    const second = await race(LONG);
    await expiry(await store.renewLease(second, SHORT));
    const third = await race(LONG);
    assert.ok(first.token < second.token && second.token < third.token, `tokens ${first.token}, ${second.token}, ${third.token}`);
  });

  test('refuses a commit whose lease was taken over, and stays as it was', async ({ store, reopen }) => {
    const first = sampleCommit('AAPL', 0, 1);
    await store.commit(first);
    const { lost, taken } = await takeOver({ store, reopen });
    const late = store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: lost.token });
    await assertRefused(late, 'LEASE_LOST', 'AAPL', String(lost.token));
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(first));
    // also when the new lease is over again
    await store.releaseLease(taken);
    await assertRefused(store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: lost.token }), 'LEASE_LOST');
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(first));
  });

  test('refuses a first commit whose lease was taken over', async ({ store, reopen }) => {
    const { lost } = await takeOver({ store, reopen });
    await assertRefused(store.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: lost.token }), 'LEASE_LOST');
    assertSame(await readAll(reopen(), 'AAPL'), NOTHING);
    assertSame(await reopen().listSymbols(), []);
  });

  test('never takes an old lease for a newer one, also where nothing was stored in between', async ({ store, reopen }) => {
    const lost = await store.acquireLease('AAPL', { owner: 'asleep', milliseconds: SHORT });
    await expiry(lost);
    const over = await reopen().acquireLease('AAPL', { owner: 'other', milliseconds: LONG });
    await store.releaseLease(over);
    const held = await reopen().acquireLease('AAPL', { owner: 'holder', milliseconds: LONG });
    assert.ok(new Set([lost.token, over.token, held.token]).size === 3, `tokens ${lost.token}, ${over.token}, ${held.token}`);
    for (const old of [lost, over]) {
      await assertRefused(store.renewLease(old, LONG), 'LEASE_LOST');
      await assertRefused(store.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: old.token }), 'LEASE_LOST');
      await store.releaseLease(old);
    }
    await assertRefused(store.acquireLease('AAPL', { owner: 'late', milliseconds: LONG }), 'SYMBOL_LEASED', 'holder');
    const first = sampleCommit('AAPL', 0, 1);
    await store.commit({ ...first, leaseToken: (await store.renewLease(held, LONG)).token });
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(first));
  });

  test('does not wait for a lease of a clock that was a year ahead', async ({ store, reopen }) => {
    const clock = Date.now;
    let dead: SymbolLease;
    try {
      Date.now = () => clock() + 366 * 86_400_000;
      dead = await store.acquireLease('AAPL', { owner: 'ahead', milliseconds: LONG });
    } finally {
      Date.now = clock;
    }
    const taken = await reopen().acquireLease('AAPL', { owner: 'next', milliseconds: LONG });
    assert.ok(taken.token !== dead.token, 'the token of the dead was given again');
    await assertRefused(store.renewLease(dead, LONG), 'LEASE_LOST');
    await assertRefused(reopen().acquireLease('AAPL', { owner: 'late', milliseconds: LONG }), 'SYMBOL_LEASED', 'next');
  });

  test('refuses a commit under a lease that was never granted, and stays as it was', async ({ store, reopen }) => {
    await assertRefused(store.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: 1 }), 'LEASE_LOST', 'AAPL', 'lease 1');
    assertSame(await store.listSymbols(), []);
    const { token } = await store.acquireLease('AAPL', { owner: 'me', milliseconds: LONG });
    const first = sampleCommit('AAPL', 0, 1);
    await store.commit({ ...first, leaseToken: token });
    for (const leaseToken of [token + 1, token + 2, Number.MAX_SAFE_INTEGER]) {
      await assertRefused(store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken }), 'LEASE_LOST', String(leaseToken));
    }
    assertSame(await readAll(reopen(), 'AAPL'), expectedAfter(first));
    assertSame(await reopen().commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: token }), { revision: 2 });
  });

  test('takes a commit under the newest lease, held or over, and one without any lease', async ({ store, reopen }) => {
    const held = await store.acquireLease('AAPL', { owner: 'me', milliseconds: LONG });
    assertSame(await store.commit({ ...sampleCommit('AAPL', 0, 1), leaseToken: held.token }), { revision: 1 });
    await store.releaseLease(held);
    assertSame(await store.commit({ ...sampleCommit('AAPL', 1, 2), leaseToken: held.token }), { revision: 2 });
    const { taken } = await takeOver({ store, reopen });
    const last = sampleCommit('AAPL', 3, 4);
    assertSame(await reopen().commit(sampleCommit('AAPL', 2, 3)), { revision: 3 });
    assertSame(await reopen().commit({ ...last, leaseToken: taken.token }), { revision: 4 });
    assertSame(await readAll(store, 'AAPL'), expectedAfter(last));
  });

  test('keeps a lease through commits', async ({ store, reopen }) => {
    const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: LONG });
    for (let revision = 0; revision < 3; revision++) {
      await store.commit({ ...sampleCommit('AAPL', revision, revision), leaseToken: lease.token });
      await assertRefused(reopen().acquireLease('AAPL', { owner: 'other', milliseconds: LONG }), 'SYMBOL_LEASED', 'me');
    }
    assertSame((await store.renewLease(lease, LONG)).token, lease.token);
  });

  test('keeps the leases of odd symbols apart', async ({ store, reopen }) => {
    const owner = (symbol: string) => `worker of ${symbol}`;
    for (const symbol of ODD_SYMBOLS) {
      const lease = await store.acquireLease(symbol, { owner: owner(symbol), milliseconds: LONG });
      assertSame([lease.symbol, lease.owner], [symbol, owner(symbol)]);
    }
    const other = reopen();
    for (const symbol of ODD_SYMBOLS) {
      await assertRefused(other.acquireLease(symbol, { owner: 'other', milliseconds: LONG }), 'SYMBOL_LEASED', owner(symbol));
    }
    assertSame(await other.listSymbols(), []);
  });
}

/** A lease of AAPL that expires, and the one that another worker then takes. */
async function takeOver({ store, reopen }: Pick<StoreTest, 'store' | 'reopen'>): Promise<{ lost: SymbolLease; taken: SymbolLease }> {
  const lost = await store.acquireLease('AAPL', { owner: 'asleep', milliseconds: SHORT });
  await expiry(lost);
  return { lost, taken: await reopen().acquireLease('AAPL', { owner: 'alive', milliseconds: LONG }) };
}

async function expiry(lease: SymbolLease): Promise<void> {
  while (Date.now() <= lease.expiresAt.getTime()) await pause(5);
}
