import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProfileStore, SymbolCommit } from '../../src/profiles/profile-store';
import { ODD_SYMBOLS, sampleBytes, sampleCommit, sampleCompany, sampleMl, sampleStatistical } from './sample-profiles';

/** A store under test, and how to open it again; a store that forgets with its process gives the same one. */
export interface StoreUnderTest {
  /** The store, open and empty. */
  readonly store: ProfileStore;
  /** A second store on the same data. */
  readonly reopen: () => ProfileStore;
}

/**
 * @param store - the store
 * @param symbol - whose
 * @returns all that the store has of a symbol
 */
export async function readAll(store: ProfileStore, symbol: string) {
  return {
    company: await store.getCompanyProfile(symbol),
    ml: await store.getMlProfile(symbol),
    statistical: await store.getStatisticalProfile(symbol),
    checkpoint: await store.getCheckpoint(symbol),
  };
}

/**
 * @param commit - a commit of all parts with models
 * @param revision - the revision it made
 * @returns what {@link readAll} must give after it
 */
export function expectedAfter(commit: ReturnType<typeof sampleCommit>, revision = commit.baseRevision + 1) {
  const { symbol, checkpoint } = commit;
  return {
    company: { ...commit.company, revision },
    ml: { ...commit.ml, revision },
    statistical: { ...commit.statistical, revision },
    checkpoint: { symbol, revision, state: checkpoint.state, models: checkpoint.models },
  };
}

const NOTHING = { company: null, ml: null, statistical: null, checkpoint: null };

/**
 * What every ProfileStore keeps, as tests.
 *
 * @param name - the store's name
 * @param open - makes an empty store
 */
export function testProfileStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a ProfileStore`, () => {
    let subject: StoreUnderTest;
    let store: ProfileStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => store.close());

    it('knows nothing of an unknown symbol', async () => {
      expect(await readAll(store, 'AAPL')).toStrictEqual(NOTHING);
      expect(await store.listSymbols()).toStrictEqual([]);
    });

    it('gives back every value exactly, also after reopening', async () => {
      const commit = sampleCommit('AAPL', 0, 1);
      expect(await store.commit(commit)).toStrictEqual({ revision: 1 });
      // toStrictEqual tells -0 from 0 and takes NaN as equal to itself
      expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(commit));
      const again = subject.reopen();
      expect(await readAll(again, 'AAPL')).toStrictEqual(expectedAfter(commit));
      expect(await again.listSymbols()).toStrictEqual(['AAPL']);
    });

    it('gives back 8 MB of binary exactly', async () => {
      const state = sampleBytes(8 * 2 ** 20, 1);
      const model = sampleBytes(8 * 2 ** 20 + 1, 2);
      await store.commit({ symbol: 'AAPL', baseRevision: 0, checkpoint: { state, models: { model, empty: new Uint8Array(0) } } });
      const checkpoint = await subject.reopen().getCheckpoint('AAPL');
      expect(Buffer.compare(checkpoint?.state ?? new Uint8Array(0), state)).toBe(0);
      expect(Buffer.compare(checkpoint?.models.model ?? new Uint8Array(0), model)).toBe(0);
      expect(checkpoint?.models.empty).toStrictEqual(new Uint8Array(0));
      // readers put Float64Arrays over it, whose offset must be a multiple of 8
      expect(checkpoint?.state.byteOffset).toBe(0);
    });

    it('takes bytes of any view: part of a buffer, a Buffer, shared memory', async () => {
      const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
      const models = { part: sampleBytes(100, 1).subarray(3, 9), buffer: Buffer.from('abc'), shared };
      await store.commit({ symbol: 'AAPL', baseRevision: 0, checkpoint: { state: new Uint8Array(0), models } });
      const checkpoint = await store.getCheckpoint('AAPL');
      expect(checkpoint?.models).toStrictEqual({
        part: sampleBytes(100, 1).slice(3, 9),
        buffer: Uint8Array.of(97, 98, 99),
        shared: Uint8Array.of(7, 7, 7, 7),
      });
    });

    it('replaces everything with the next commit', async () => {
      await store.commit(sampleCommit('AAPL', 0, 1));
      const next = sampleCommit('AAPL', 1, 2, { other: sampleBytes(10, 5) });
      expect(await store.commit(next)).toStrictEqual({ revision: 2 });
      expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(next));
    });

    it('keeps unchanged models through many commits, and then replaces them', async () => {
      const first = sampleCommit('AAPL', 0, 1);
      await store.commit(first);
      for (let revision = 1; revision < 5; revision++) {
        const commit = sampleCommit('AAPL', revision, revision + 1, 'unchanged');
        await store.commit(commit);
        const { checkpoint } = expectedAfter(commit);
        expect(await store.getCheckpoint('AAPL')).toStrictEqual({ ...checkpoint, models: first.checkpoint.models });
      }
      const last = sampleCommit('AAPL', 5, 9, { regression_rf: sampleBytes(5, 1) });
      await store.commit(last);
      expect(await readAll(subject.reopen(), 'AAPL')).toStrictEqual(expectedAfter(last));
    });

    it('keeps parts that a commit leaves out, under the new revision', async () => {
      const first = sampleCommit('AAPL', 0, 1);
      await store.commit(first);
      const statistical = sampleStatistical('AAPL', 99);
      await store.commit({ symbol: 'AAPL', baseRevision: 1, statistical });
      expect(await readAll(store, 'AAPL')).toStrictEqual({ ...expectedAfter(first, 2), statistical: { ...statistical, revision: 2 } });
    });

    it('takes parts one by one, in any order', async () => {
      await store.saveStatisticalProfile(sampleStatistical('AAPL', 1));
      expect(await store.getCompanyProfile('AAPL')).toBeNull();
      expect(await store.getCheckpoint('AAPL')).toBeNull();
      await store.saveMlProfile({ ...sampleMl('AAPL', 'one'), revision: 1 });
      await store.saveCompanyProfile({ ...sampleCompany('AAPL', 1), revision: 2 });
      const state = sampleBytes(10, 1);
      await store.commit({ symbol: 'AAPL', baseRevision: 3, checkpoint: { state, models: 'unchanged' } });
      expect(await readAll(store, 'AAPL')).toStrictEqual({
        company: { ...sampleCompany('AAPL', 1), revision: 4 },
        ml: { ...sampleMl('AAPL', 'one'), revision: 4 },
        statistical: { ...sampleStatistical('AAPL', 1), revision: 4 },
        checkpoint: { symbol: 'AAPL', revision: 4, state, models: {} },
      });
    });

    it('saves a document that was read, unless somebody was faster', async () => {
      await store.commit(sampleCommit('AAPL', 0, 1));
      const read = await store.getMlProfile('AAPL');
      if (read === null) throw new Error('the profile just stored is missing');
      expect(await store.saveMlProfile({ ...read, model_version: 'mine' })).toStrictEqual({ revision: 2 });
      await expect(store.saveMlProfile({ ...read, model_version: 'late' })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect((await store.getMlProfile('AAPL'))?.model_version).toBe('mine');
    });

    it.each([0, 1, 3, 1000])('refuses a commit based on revision %i when the current one is 2', async (baseRevision) => {
      await store.commit(sampleCommit('AAPL', 0, 1));
      const second = sampleCommit('AAPL', 1, 2);
      await store.commit(second);
      const late = store.commit(sampleCommit('AAPL', baseRevision, 3));
      await expect(late).rejects.toMatchObject({
        name: 'TickerforestError',
        code: 'CONFLICT',
        message: expect.stringContaining('revision 2'),
      });
      expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(second));
    });

    it('refuses a first commit that is based on something', async () => {
      await expect(store.commit(sampleCommit('AAPL', 1, 1))).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await readAll(store, 'AAPL')).toStrictEqual(NOTHING);
      expect(await store.listSymbols()).toStrictEqual([]);
    });

    it('lets one of 50 concurrent commits win, round after round', async () => {
      const stores = [store, subject.reopen()];
      for (let round = 0; round < 4; round++) {
        const commits = Array.from({ length: 50 }, (_, i) => sampleCommit('AAPL', round, round * 50 + i));
        const outcomes = await Promise.allSettled(commits.map((commit, i) => stores[i % 2].commit(commit)));
        const winners = commits.filter((_, i) => outcomes[i].status === 'fulfilled');
        expect(winners).toHaveLength(1);
        const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
        expect(codes).toStrictEqual(new Array(49).fill('CONFLICT'));
        expect(await readAll(store, 'AAPL')).toStrictEqual(expectedAfter(winners[0]));
      }
    });

    it('lets nobody read a mixture while commits go on', async () => {
      await store.commit(sampleCommit('AAPL', 0, 0));
      let reads = 0;
      let writing = true;
      const read = async () => {
        const reader = subject.reopen();
        while (writing) {
          const checkpoint = await reader.getCheckpoint('AAPL');
          const mark = (checkpoint?.revision ?? 0) - 1;
          expect(checkpoint).toStrictEqual(expectedAfter(sampleCommit('AAPL', mark, mark)).checkpoint);
          const profile = await reader.getStatisticalProfile('AAPL');
          expect(profile?.features.technical_indicators.rsi_14.latest).toBe((profile?.revision ?? 0) - 1);
          reads++;
          await new Promise(setImmediate);
        }
      };
      const write = async () => {
        for (let revision = 1; revision < 30; revision++) {
          await store.commit(sampleCommit('AAPL', revision, revision));
          await new Promise(setImmediate);
        }
        writing = false;
      };
      await Promise.all([read(), read(), write().finally(() => (writing = false))]);
      expect(reads).toBeGreaterThan(5);
    });

    it('keeps odd symbols apart and lists them in order', async () => {
      for (const [i, symbol] of ODD_SYMBOLS.entries()) await store.commit(sampleCommit(symbol, 0, i));
      for (const [i, symbol] of ODD_SYMBOLS.entries()) {
        expect(await readAll(store, symbol)).toStrictEqual(expectedAfter(sampleCommit(symbol, 0, i)));
      }
      expect(await subject.reopen().listSymbols()).toStrictEqual([...ODD_SYMBOLS].sort());
    });

    it('is not changed by what callers do to what they gave or got', async () => {
      const commit = structuredClone(sampleCommit('AAPL', 0, 1, { model: sampleBytes(100, 1) }));
      const expected = expectedAfter(sampleCommit('AAPL', 0, 1, { model: sampleBytes(100, 1) }));
      const done = store.commit(commit);
      spoil(commit);
      await done;
      expect(await readAll(store, 'AAPL')).toStrictEqual(expected);
      spoil(await readAll(store, 'AAPL'));
      expect(await readAll(store, 'AAPL')).toStrictEqual(expected);
    });

    it.each([
      ['nothing to store', { symbol: 'AAPL', baseRevision: 0 }],
      ['no symbol', sampleCommit('', 0, 1)],
      ['half a character as symbol', sampleCommit('\ud800', 0, 1)],
      ['a negative base', sampleCommit('AAPL', -1, 1)],
      ['half a base', sampleCommit('AAPL', 0.5, 1)],
      ["another symbol's profile", { ...sampleCommit('AAPL', 0, 1), ml: sampleMl('MSFT', '1') }],
      ['an unknown schema version', { ...sampleCommit('AAPL', 0, 1), ml: { ...sampleMl('AAPL', '1'), schema_version: 99 } }],
      ['a model without a name', sampleCommit('AAPL', 0, 1, { '': new Uint8Array(1) })],
      ...Object.entries({
        undefined: undefined,
        function: () => 1,
        bigint: 1n,
        bytes: new Uint8Array(1),
        Map: new Map(),
        'an invalid Date': new Date(Number.NaN),
        'a key of MongoDB': { $date: 'x' },
        'half a character': '\udfff',
        'a hole': new Array(1),
        'a circle': circle(),
      }).map(([what, value]): [string, SymbolCommit] => [
        `${what} in a document`,
        { ...sampleCommit('AAPL', 0, 1), company: { ...sampleCompany('AAPL', 1), fundamental_data: { list: [value] } } },
      ]),
    ])('refuses %s and stays as it was', async (_, commit) => {
      await expect(store.commit(commit)).rejects.toMatchObject({ name: 'TickerforestError', code: 'INVALID_OPTION' });
      expect(await store.listSymbols()).toStrictEqual([]);
    });

    it('names the value that it refuses', async () => {
      const company = { ...sampleCompany('AAPL', 1), fundamental_data: { ratios: [1, { pe: undefined }] } };
      await expect(store.saveCompanyProfile(company)).rejects.toThrow('company.fundamental_data.ratios[1].pe is undefined');
      await expect(store.getMlProfile('')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    });

    it('refuses to be used after close, and closes twice', async () => {
      await store.commit(sampleCommit('AAPL', 0, 1));
      await store.close();
      await store.close();
      const uses = [
        store.getCompanyProfile('AAPL'),
        store.getMlProfile('AAPL'),
        store.getStatisticalProfile('AAPL'),
        store.getCheckpoint('AAPL'),
        store.saveCompanyProfile(sampleCompany('AAPL', 1)),
        store.saveMlProfile(sampleMl('AAPL', '1')),
        store.saveStatisticalProfile(sampleStatistical('AAPL', 1)),
        store.commit(sampleCommit('AAPL', 1, 1)),
        store.listSymbols(),
      ];
      for (const outcome of await Promise.allSettled(uses)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'TickerforestError', code: 'STORE_CLOSED' } });
      }
    });
  });
}

function circle(): unknown {
  const ring: Record<string, unknown> = {};
  ring.ring = ring;
  return ring;
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
