import { describe, expect, it } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import type { LeaseRequest, ProfileStore, SymbolLease } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { type SymbolOutcome, type TrainSymbolsOptions, trainSymbols } from '../../src/symbol/train-symbols';
import { randomBars } from '../generated-bars';
import { alteredStore } from '../stores/altered-store';

const DAY = 86_400_000;
const SYMBOLS = ['A', 'B', 'BROKEN', 'C', 'D', 'E'];
const OTHERS = ['X'];
const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const history = new Map(
  [...SYMBOLS, ...OTHERS].map((symbol, seed) => [symbol, randomBars(400, { seed, interval: DAY, start: Date.UTC(2020, 0, 1) })]),
);

/** The first `length` bars of each symbol; counts how many symbols are being read at once. */
function source(length: number) {
  const seen = { reading: 0, most: 0, symbols: new Set<string>() };
  const bars: BarSource = {
    async *fetch({ symbol }) {
      seen.symbols.add(symbol);
      seen.reading++;
      seen.most = Math.max(seen.most, seen.reading);
      try {
        if (symbol === 'BROKEN') throw new Error('the vendor hung up');
        await new Promise(setImmediate);
        const all: Bars | undefined = history.get(symbol);
        if (all) yield { bars: sliceBars(all, 0, length), batch: 1 };
      } finally {
        seen.reading--;
      }
    },
  };
  return Object.assign(bars, { seen });
}

async function run(options: Partial<TrainSymbolsOptions> & Pick<TrainSymbolsOptions, 'source' | 'store'>): Promise<SymbolOutcome[]> {
  const outcomes: SymbolOutcome[] = [];
  for await (const outcome of trainSymbols({ symbols: SYMBOLS, models, ...options })) outcomes.push(outcome);
  return outcomes;
}

describe('trainSymbols', () => {
  it('trains and updates all symbols in order, whatever becomes of one of them', async () => {
    const store = memoryProfileStore();
    const progress = new Set<string>();
    const first = await run({ source: source(399), store, onProgress: (symbol) => progress.add(symbol) });
    expect(first.map(({ symbol }) => symbol)).toEqual(SYMBOLS);
    expect(first.map(({ status }) => status)).toEqual(SYMBOLS.map((symbol) => (symbol === 'BROKEN' ? 'rejected' : 'fulfilled')));
    expect(first[2]).toMatchObject({ status: 'rejected', error: { code: 'SOURCE_FAILED' } });
    expect([...progress].sort()).toEqual([...SYMBOLS].sort());
    const second = await run({ source: source(400), store });
    expect(second.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(second[0]).toMatchObject({ result: { action: 'incremental_update', plan: { newBars: 1 } } });
    expect(await store.listSymbols()).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  it('works on no more symbols at a time than it is told, and on none that nobody waits for', async () => {
    const bars = source(400);
    await run({ source: bars, store: memoryProfileStore(), concurrency: 2 });
    expect(bars.seen.most).toBe(2);
    const lazy = source(400);
    const outcomes = trainSymbols({ symbols: SYMBOLS, models, source: lazy, store: memoryProfileStore(), concurrency: 1 });
    await outcomes.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lazy.seen.symbols.size).toBeLessThan(SYMBOLS.length);
    await outcomes.return(undefined);
  });

  it('takes options of single symbols', async () => {
    const store = memoryProfileStore();
    const exchange = (symbol: string) => (symbol === 'A' ? { exchange: 'LSE', fundamentals: { pe: 3 } } : {});
    await run({ symbols: ['A', 'B'], source: source(400), store, perSymbol: exchange });
    expect(await store.getCompanyProfile('A')).toMatchObject({ exchange: 'LSE', fundamental_data: { pe: 3 } });
    expect(await store.getCompanyProfile('B')).toMatchObject({ exchange: null });
  });

  it('ends when it is aborted, and refuses a bad concurrency', async () => {
    const store = memoryProfileStore();
    const abort = new AbortController();
    const outcomes: SymbolOutcome[] = [];
    const aborted = async () => {
      for await (const outcome of trainSymbols({
        symbols: SYMBOLS,
        models,
        source: source(400),
        store,
        concurrency: 1,
        signal: abort.signal,
      })) {
        outcomes.push(outcome);
        abort.abort();
      }
    };
    await expect(aborted()).rejects.toMatchObject({ code: 'ABORTED' });
    expect(outcomes.length).toBeGreaterThan(0);
    expect(await store.listSymbols()).toContain('A');
    await expect(run({ source: source(400), store, concurrency: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

/** Called with what JavaScript may give, whatever the types say. */
async function outcomesOf(options: object): Promise<SymbolOutcome[]> {
  const outcomes: SymbolOutcome[] = [];
  const usual = { symbols: ['A', 'X', 'B'], models, source: source(400), store: memoryProfileStore() };
  for await (const outcome of trainSymbols(Object.assign(usual, options))) outcomes.push(outcome);
  return outcomes;
}

const broken = new RangeError('not one of ours');
const only = (wrong: (symbol: string) => unknown) => (symbol: string) => (symbol === 'X' ? wrong(symbol) : {});
const sourceOf = (fetch: () => unknown) => ({ perSymbol: only(() => ({ source: { fetch } })) });
function storeOf(method: keyof ProfileStore) {
  const store = memoryProfileStore();
  const ofX = async (...given: [string | { symbol: string }]) => {
    const symbol = typeof given[0] === 'string' ? given[0] : given[0].symbol;
    if (symbol === 'X') throw broken;
    return Reflect.apply(store[method], store, given);
  };
  return { store: alteredStore(store, { [method]: ofX }) };
}

describe('one symbol that goes wrong in any way is its own outcome', () => {
  it.each<[string, object, string]>([
    [
      'perSymbol throws',
      {
        perSymbol: only(() => {
          throw broken;
        }),
      },
      'INVALID_OPTION',
    ],
    ['perSymbol is async', { perSymbol: only(async () => ({})) }, 'INVALID_OPTION'],
    [
      'perSymbol is async and fails',
      {
        perSymbol: only(async () => {
          throw broken;
        }),
      },
      'INVALID_OPTION',
    ],
    ['perSymbol returns a number', { perSymbol: only(() => 5) }, 'INVALID_OPTION'],
    ['perSymbol gives null for a source', { perSymbol: only(() => ({ source: null })) }, 'INVALID_OPTION'],
    [
      'perSymbol gives a getter that throws',
      {
        perSymbol: only(() => ({
          get exchange() {
            throw broken;
          },
        })),
      },
      'INVALID_OPTION',
    ],
    [
      'the source throws at once',
      sourceOf(() => {
        throw broken;
      }),
      'SOURCE_FAILED',
    ],
    [
      'the source throws later',
      sourceOf(async function* () {
        yield* [];
        throw broken;
      }),
      'SOURCE_FAILED',
    ],
    ['the store throws in acquireLease', storeOf('acquireLease'), 'STORE_FAILED'],
    ['the store throws in getCheckpoint', storeOf('getCheckpoint'), 'STORE_FAILED'],
    ['the store throws in commit', storeOf('commit'), 'STORE_FAILED'],
  ])('%s', async (_, options, code) => {
    const outcomes = await outcomesOf(options);
    expect(outcomes.map(({ symbol, status }) => [symbol, status])).toEqual([
      ['A', 'fulfilled'],
      ['X', 'rejected'],
      ['B', 'fulfilled'],
    ]);
    expect(outcomes[1]).toMatchObject({ error: { name: 'TickerforestError', code } });
  });

  it('a symbol that is twice in the list, or none at all', async () => {
    const outcomes = await outcomesOf({ symbols: ['A', 'A', null, 7, '', 'B'] });
    expect(outcomes.map(({ symbol, status }) => [symbol, status])).toEqual([
      ['A', 'fulfilled'],
      ['A', 'rejected'],
      ['null', 'rejected'],
      ['7', 'rejected'],
      ['', 'rejected'],
      ['B', 'fulfilled'],
    ]);
    for (const { status, ...rest } of outcomes)
      if (status === 'rejected') expect(rest).toMatchObject({ error: { code: 'INVALID_OPTION' } });
  });

  it('a listener that throws or rejects stops nobody', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    const outcomes = await outcomesOf({ symbols: ['A', 'B'], onProgress: async () => Promise.reject(broken) });
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });
});

describe('a list of symbols', () => {
  it('that is none is refused', async () => {
    for (const symbols of ['AAPL', null, undefined, 5, {}]) {
      await expect(outcomesOf({ symbols })).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('symbols') });
    }
  });

  it('that fails ends the loop with a code, after the symbols before', async () => {
    const outcomes: string[] = [];
    function* symbols() {
      yield 'A';
      throw broken;
    }
    const all = async () => {
      for await (const { symbol } of trainSymbols({ symbols: symbols(), models, source: source(400), store: memoryProfileStore() })) {
        outcomes.push(symbol);
      }
    };
    await expect(all()).rejects.toMatchObject({ code: 'SOURCE_FAILED', cause: broken });
    expect(outcomes).toEqual(['A']);
  });

  it('that is silent does not keep an abort from being heard', async () => {
    const symbols: AsyncIterable<string> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    await expect(outcomesOf({ symbols, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('leaving the loop', () => {
  it('aborts what is under way, and stores nothing afterwards', async () => {
    const store = memoryProfileStore();
    const heard: string[] = [];
    const waiting: BarSource = {
      async *fetch({ symbol, signal }) {
        if (symbol !== 'A') await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
        if (signal?.aborted) heard.push(symbol);
        const all = history.get(symbol);
        if (all) yield { bars: all, batch: 1 };
      },
    };
    for await (const { symbol } of trainSymbols({ symbols: ['A', 'B', 'C'], models, source: waiting, store, concurrency: 3 })) {
      expect(symbol).toBe('A');
      break;
    }
    const stored = await store.listSymbols();
    expect(stored).toEqual(['A']);
    expect(heard).toEqual(['B', 'C']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await store.listSymbols()).toEqual(stored);
    // and the leases are free again
    await expect(store.acquireLease('B', { owner: 'next', milliseconds: 1_000 })).resolves.toMatchObject({ owner: 'next' });
  });

  it('waits for leases that are on their way, and on their way back: whoever closes the store then leaves none behind', async () => {
    const store = memoryProfileStore();
    const waiting: BarSource = {
      async *fetch({ symbol, signal }) {
        if (symbol !== 'A') await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
        const all = history.get(symbol);
        if (all) yield { bars: all, batch: 1 };
      },
    };
    let underWay = 0;
    const slowly = async <T>(milliseconds: number, act: () => Promise<T>): Promise<T> => {
      underWay++;
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      const done = await act();
      underWay--;
      return done;
    };
    // the loop is left while the others' leases are being taken, or while they are at work
    for (const taking of [1_000, 10]) {
      const slow = alteredStore(store, {
        acquireLease: async (symbol: string, request: LeaseRequest) =>
          symbol === 'A' ? store.acquireLease(symbol, request) : slowly(taking, () => store.acquireLease(symbol, request)),
        releaseLease: async (lease: SymbolLease) => slowly(150, () => store.releaseLease(lease)),
      });
      for await (const { symbol } of trainSymbols({ symbols: ['A', 'B', 'C'], models, source: waiting, store: slow, concurrency: 3 })) {
        expect(symbol).toBe('A');
        break;
      }
      expect(underWay).toBe(0);
      for (const symbol of ['A', 'B', 'C'])
        await store.releaseLease(await store.acquireLease(symbol, { owner: 'next', milliseconds: 1_000 }));
    }
  });

  it('waits for a commit that is under way', async () => {
    const store = memoryProfileStore();
    let committing = 0;
    let committed = 0;
    let isUnderWay: () => void = () => {};
    const underWay = new Promise<void>((resolve) => {
      isUnderWay = resolve;
    });
    const slow = alteredStore(store, {
      commit: async (update: Parameters<ProfileStore['commit']>[0]) => {
        if (update.symbol === 'A') return store.commit(update);
        committing++;
        isUnderWay();
        await new Promise((resolve) => setTimeout(resolve, 150));
        const result = await store.commit(update);
        committed++;
        return result;
      },
    });
    for await (const { symbol } of trainSymbols({ symbols: ['A', 'B'], models, source: source(400), store: slow, concurrency: 2 })) {
      expect(symbol).toBe('A');
      await underWay;
      break;
    }
    expect([committing, committed]).toEqual([1, 1]);
  });
});
