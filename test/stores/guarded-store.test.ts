import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import type { ProfileStore } from '../../src/stores/contract';
import { GuardedStore } from '../../src/stores/guarded-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { predictSymbol } from '../../src/symbol/predict-symbol';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';
import { alteredStore, type StoreAlterations } from './altered-store';

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const bars = randomBars(400, { seed: 3 });
const now = new Date(Date.UTC(2024, 2, 10));
const silent = () => new Promise<never>(() => {});
const METHODS = ['acquireLease', 'getCompanyProfile', 'getMlProfile', 'getStatisticalProfile', 'getCheckpoint', 'commit'] as const;

const unheard: unknown[] = [];
const hear = (reason: unknown) => unheard.push(reason);
beforeEach(() => {
  unheard.length = 0;
  process.on('unhandledRejection', hear);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off('unhandledRejection', hear);
  expect(unheard).toEqual([]);
});

function train(store: ProfileStore, signal?: AbortSignal) {
  return trainSymbol({ symbol: 'A', source: arrayBars(bars), store, models, now, ...(signal && { signal }) });
}

describe("a store's raw error", () => {
  const cause = new TypeError('connection of undefined');
  it.each(METHODS)('in %s is STORE_FAILED with the error as its cause', async (method) => {
    const rejects: StoreAlterations = { [method]: () => Promise.reject(cause) };
    const throws: StoreAlterations = {
      [method]: () => {
        throw cause;
      },
    };
    for (const alterations of [rejects, throws]) {
      const error = { name: 'TickerforestError', code: 'STORE_FAILED', cause, message: expect.stringContaining("'A'") };
      await expect(train(alteredStore(memoryProfileStore(), alterations))).rejects.toMatchObject(error);
    }
  });

  it('in releaseLease or renewLease costs nobody a trained model', async () => {
    for (const method of ['releaseLease', 'renewLease'] as const) {
      await expect(train(alteredStore(memoryProfileStore(), { [method]: () => Promise.reject(cause) }))).resolves.toMatchObject({
        action: 'create_new_profile',
      });
    }
  });

  it('does not come out of predictSymbol either', async () => {
    const store = alteredStore(memoryProfileStore(), { getCheckpoint: () => Promise.reject(cause) });
    await expect(predictSymbol({ symbol: 'A', store })).rejects.toMatchObject({ code: 'STORE_FAILED', cause });
  });
});

describe('what a store answers', () => {
  it.each([
    [
      'getCompanyProfile',
      undefined,
      "while reading the company profile of 'A' the store gave undefined, neither a company profile nor null",
    ],
    ['getCompanyProfile', [], 'gave an array, neither a company profile nor null'],
    ['getMlProfile', 'trained', "gave 'trained' (a text), neither an ML profile nor null"],
    ['getStatisticalProfile', {}, 'a statistical profile whose symbol is undefined, not the symbol that was asked for'],
    ['getCheckpoint', { symbol: 'A', revision: 1, state: [1, 2], models: {} }, 'a checkpoint whose state is an array, not a Uint8Array'],
    ['getCheckpoint', { symbol: 'A', revision: 1.5, state: new Uint8Array(), models: {} }, 'a checkpoint whose revision is 1.5'],
    ['acquireLease', undefined, 'gave undefined, not a lease'],
    ['acquireLease', { symbol: 'A', owner: 'me', token: '1', expiresAt: new Date() }, "a lease whose token is '1' (a text)"],
    ['acquireLease', { symbol: 'A', owner: 'me', token: 1, expiresAt: 5 }, 'a lease whose expiresAt is 5, not a Date'],
    ['commit', undefined, 'gave undefined, not { revision }: it is not known whether the commit took place'],
  ])('%s -> %j is STORE_FAILED, which says so', async (method, answer, words) => {
    const store = alteredStore(memoryProfileStore(), { [method]: async () => answer });
    await expect(train(store)).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining(words) });
  });

  it('is taken where a document went through JSON, and refused where it is not what it should be, naming the field', async () => {
    const store = memoryProfileStore();
    await train(store);
    const company = JSON.parse(JSON.stringify(await store.getCompanyProfile('A')));
    const ml = { ...(await store.getMlProfile('A')), bars_since_training: null };
    const altered = (alterations: StoreAlterations) => train(alteredStore(store, alterations));
    await expect(altered({ getCompanyProfile: async () => company })).resolves.toMatchObject({ action: 'up_to_date' });
    await expect(altered({ getCompanyProfile: async () => ({ ...company, last_updated: 'yesterday' }) })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining("company profile whose last_updated is 'yesterday' (a text), not a valid Date"),
    });
    await expect(altered({ getMlProfile: async () => ml })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('bars_since_training is null'),
    });
  });
});

describe('an abort while the store is silent', () => {
  it.each(METHODS)('in %s is heard within 100 ms', async (method) => {
    const store = memoryProfileStore();
    let isAsked: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const altered = alteredStore(store, {
      [method]: () => {
        isAsked();
        return silent();
      },
      // a store that hangs does so everywhere
      ...(method !== 'acquireLease' && { releaseLease: silent }),
    });
    const abort = new AbortController();
    const end = train(altered, abort.signal).catch((error: unknown) => error);
    await asked;
    const started = performance.now();
    abort.abort();
    expect(await end).toMatchObject({ code: 'ABORTED' });
    // a busy machine may wake this process late
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(await store.listSymbols()).toEqual([]);
  });

  it('says that it is not known whether a commit that is under way took place', async () => {
    const abort = new AbortController();
    const store = alteredStore(memoryProfileStore(), {
      commit: () => {
        abort.abort();
        return silent();
      },
    });
    await expect(train(store, abort.signal)).rejects.toMatchObject({ code: 'ABORTED', message: expect.stringContaining('not known') });
  });

  it('lets a commit that is nearly done end', async () => {
    const store = memoryProfileStore();
    const abort = new AbortController();
    const altered = alteredStore(store, {
      commit: async (update: Parameters<ProfileStore['commit']>[0]) => {
        abort.abort();
        return store.commit(update);
      },
    });
    await expect(train(altered, abort.signal)).resolves.toMatchObject({ action: 'create_new_profile' });
  });

  it('gives back a lease that is granted too late', async () => {
    const store = memoryProfileStore();
    const abort = new AbortController();
    let grant: () => void = () => {};
    const granted = new Promise<void>((resolve) => {
      grant = resolve;
    });
    const altered = alteredStore(store, {
      acquireLease: async (...given: Parameters<ProfileStore['acquireLease']>) => {
        await granted;
        return store.acquireLease(...given);
      },
    });
    const end = train(altered, abort.signal);
    abort.abort();
    await expect(end).rejects.toMatchObject({ code: 'ABORTED' });
    grant();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await expect(store.acquireLease('A', { owner: 'next', milliseconds: 1_000 })).resolves.toMatchObject({ owner: 'next' });
  });
});

describe('a deletion', () => {
  const guarded = (deleteSymbol: () => unknown, signal?: AbortSignal) =>
    new GuardedStore(alteredStore(memoryProfileStore(), { deleteSymbol }), signal);

  it('is passed on, with its answer and what it is based on', async () => {
    const store = memoryProfileStore();
    await train(store);
    const guard = new GuardedStore(store, undefined);
    await expect(guard.deleteSymbol('A', { baseRevision: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await guard.deleteSymbol('A', { baseRevision: 1 })).toBe(true);
    expect(await guard.deleteSymbol('A')).toBe(false);
    expect(await store.listSymbols()).toEqual([]);
  });

  it('that answers anything else, throws or is not there is STORE_FAILED', async () => {
    const failed = { code: 'STORE_FAILED', message: expect.stringContaining("'A'") };
    await expect(guarded(() => 'yes').deleteSymbol('A')).rejects.toMatchObject(failed);
    await expect(guarded(() => Promise.reject(new TypeError('no'))).deleteSymbol('A')).rejects.toMatchObject(failed);
    const { deleteSymbol: _, ...older } = memoryProfileStore();
    await expect(new GuardedStore(Object.assign(older), undefined).deleteSymbol('A')).rejects.toMatchObject(failed);
  });

  it('that is under way at an abort is not waited for, and it is said that nobody knows', async () => {
    const abort = new AbortController();
    const store = guarded(silent, abort.signal);
    setTimeout(() => abort.abort(), 5);
    const message = expect.stringContaining('it is not known whether the deletion took place');
    await expect(store.deleteSymbol('A')).rejects.toMatchObject({ code: 'ABORTED', message });
  });
});
