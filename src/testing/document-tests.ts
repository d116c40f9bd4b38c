import assert from 'node:assert/strict';
import { assertRefused, assertSame, assertSameBytes, expectedAfter, NOTHING, readAll } from './assertions';
import { ODD_SYMBOLS, sampleBytes, sampleCommit, sampleCompany, sampleMl, sampleStatistical } from './sample-profiles';
import type { StoreTest } from './store-under-test';

/**
 * What goes in comes out: every type, any size, any symbol, and nobody's later changes.
 *
 * @param test - registers a test
 */
export function documentTests(test: (name: string, body: (given: StoreTest) => Promise<void>) => void): void {
  test('knows nothing of an unknown symbol', async ({ store }) => {
    assertSame(await readAll(store, 'AAPL'), NOTHING);
    assertSame(await store.listSymbols(), []);
  });

  test('gives back every value exactly, also after reopening', async ({ store, reopen }) => {
    const commit = sampleCommit('AAPL', 0, 1);
    assertSame(await store.commit(commit), { revision: 1 });
    assertSame(await readAll(store, 'AAPL'), expectedAfter(commit));
    const again = reopen();
    assertSame(await readAll(again, 'AAPL'), expectedAfter(commit));
    assertSame(await again.listSymbols(), ['AAPL']);
  });

  test('gives back 8 MB of binary exactly', async ({ store, reopen }) => {
    const state = sampleBytes(8 * 2 ** 20, 1);
    const model = sampleBytes(8 * 2 ** 20 + 1, 2);
    await store.commit({ symbol: 'AAPL', baseRevision: 0, checkpoint: { state, models: { model, empty: new Uint8Array(0) } } });
    const checkpoint = await reopen().getCheckpoint('AAPL');
    assertSameBytes(checkpoint?.state, state);
    assertSameBytes(checkpoint?.models.model, model);
    assertSameBytes(checkpoint?.models.empty, new Uint8Array(0));
    // readers put Float64Arrays over it, whose offset must be a multiple of 8
    assert.equal(checkpoint?.state.byteOffset, 0, 'byteOffset of the state');
  });

  test('takes bytes of any view: part of a buffer, a Buffer, shared memory', async ({ store }) => {
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
    const models = { part: sampleBytes(100, 1).subarray(3, 9), buffer: Buffer.from('abc'), shared };
    await store.commit({ symbol: 'AAPL', baseRevision: 0, checkpoint: { state: new Uint8Array(0), models } });
    assertSame((await store.getCheckpoint('AAPL'))?.models, {
      part: sampleBytes(100, 1).slice(3, 9),
      buffer: Uint8Array.of(97, 98, 99),
      shared: Uint8Array.of(7, 7, 7, 7),
    });
  });

  test('takes any name for a model', async ({ store, reopen }) => {
    const models = Object.fromEntries(ODD_SYMBOLS.map((name, i) => [name, sampleBytes(10, i)]));
    await store.commit({ symbol: 'AAPL', baseRevision: 0, checkpoint: { state: sampleBytes(10, 99), models } });
    assertSame((await reopen().getCheckpoint('AAPL'))?.models, models);
    const [first, ...others] = Object.keys(models);
    const fewer = (await reopen().getCheckpoint('AAPL', { omit: [first, 'no such file'] }))?.models ?? {};
    for (const name of others) assertSame(fewer[name], models[name]);
  });

  test('takes documents that went through JSON: texts of dates are Dates again where their type has Dates', async ({ store, reopen }) => {
    const company = { ...sampleCompany('AAPL', 1), fundamental_data: { since: '2020-01-02T03:04:05.000Z' } };
    const ml = sampleMl('AAPL', 'one');
    const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));
    await store.saveCompanyProfile(throughJson(company));
    await store.saveMlProfile(throughJson({ ...ml, revision: 1 }));
    const found = await readAll(reopen(), 'AAPL');
    assertSame(found.company?.raw_data, company.raw_data);
    assertSame(found.company?.last_update.at, company.last_update.at);
    assertSame(found.company?.fundamental_data, company.fundamental_data);
    assertSame(found.ml?.trained_at, ml.trained_at);
    assertSame(found.ml?.training_window, ml.training_window);
  });

  test('takes parts one by one, in any order', async ({ store }) => {
    await store.saveStatisticalProfile(sampleStatistical('AAPL', 1));
    assertSame(await store.getCompanyProfile('AAPL'), null);
    assertSame(await store.getCheckpoint('AAPL'), null);
    await store.saveMlProfile({ ...sampleMl('AAPL', 'one'), revision: 1 });
    await store.saveCompanyProfile({ ...sampleCompany('AAPL', 1), revision: 2 });
    const state = sampleBytes(10, 1);
    await store.commit({ symbol: 'AAPL', baseRevision: 3, checkpoint: { state, models: 'unchanged' } });
    assertSame(await readAll(store, 'AAPL'), {
      company: { ...sampleCompany('AAPL', 1), revision: 4 },
      ml: { ...sampleMl('AAPL', 'one'), revision: 4 },
      statistical: { ...sampleStatistical('AAPL', 1), revision: 4 },
      checkpoint: { symbol: 'AAPL', revision: 4, state, models: {} },
    });
  });

  test('keeps odd symbols apart and lists them in order', async ({ store, reopen }) => {
    for (const [i, symbol] of ODD_SYMBOLS.entries()) await store.commit(sampleCommit(symbol, 0, i));
    for (const [i, symbol] of ODD_SYMBOLS.entries()) {
      assertSame(await readAll(store, symbol), expectedAfter(sampleCommit(symbol, 0, i)));
    }
    assertSame(await reopen().listSymbols(), [...ODD_SYMBOLS].sort());
  });

  test('is not changed by what callers do to what they gave or got', async ({ store }) => {
    const commit = structuredClone(sampleCommit('AAPL', 0, 1, { model: sampleBytes(100, 1) }));
    const expected = expectedAfter(sampleCommit('AAPL', 0, 1, { model: sampleBytes(100, 1) }));
    const done = store.commit(commit);
    spoil(commit);
    await done;
    assertSame(await readAll(store, 'AAPL'), expected);
    spoil(await readAll(store, 'AAPL'));
    assertSame(await readAll(store, 'AAPL'), expected);
  });

  test('refuses to be used after close, and closes twice', async ({ store }) => {
    const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: 60_000 });
    await store.commit(sampleCommit('AAPL', 0, 1));
    await store.close();
    await store.close();
    await assertRefused(store.getCompanyProfile('AAPL'), 'STORE_CLOSED');
    await assertRefused(store.getMlProfile('AAPL'), 'STORE_CLOSED');
    await assertRefused(store.getStatisticalProfile('AAPL'), 'STORE_CLOSED');
    await assertRefused(store.getCheckpoint('AAPL'), 'STORE_CLOSED');
    await assertRefused(store.saveCompanyProfile(sampleCompany('AAPL', 1)), 'STORE_CLOSED');
    await assertRefused(store.saveMlProfile(sampleMl('AAPL', '1')), 'STORE_CLOSED');
    await assertRefused(store.saveStatisticalProfile(sampleStatistical('AAPL', 1)), 'STORE_CLOSED');
    await assertRefused(store.commit(sampleCommit('AAPL', 1, 1)), 'STORE_CLOSED');
    await assertRefused(store.deleteSymbol('AAPL'), 'STORE_CLOSED');
    await assertRefused(store.acquireLease('MSFT', { owner: 'me', milliseconds: 60_000 }), 'STORE_CLOSED');
    await assertRefused(store.renewLease(lease, 60_000), 'STORE_CLOSED');
    await assertRefused(store.releaseLease(lease), 'STORE_CLOSED');
    await assertRefused(store.listSymbols(), 'STORE_CLOSED');
  });
}

/** Overwrites everything that can be reached. */
function spoil(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  else if (value instanceof Date) value.setTime(42);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'object') spoil(item);
      else Reflect.set(value, key, 'spoilt');
    }
  }
}
