import { describe, expect, it } from 'vitest';
import type { BarSource } from '../src/bars/bar-source';
import { type Bars, sliceBars } from '../src/bars/bars';
import { memoryProfileStore } from '../src/profiles/memory-store';
import { type SymbolOutcome, type TrainSymbolsOptions, trainSymbols } from '../src/train-symbols';
import { randomBars } from './generated-bars';

const DAY = 86_400_000;
const SYMBOLS = ['A', 'B', 'BROKEN', 'C', 'D', 'E'];
const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const history = new Map(SYMBOLS.map((symbol, seed) => [symbol, randomBars(400, { seed, interval: DAY, start: Date.UTC(2020, 0, 1) })]));

/** The first `length` bars of each symbol; counts how many symbols are being read at once. */
function source(length: number) {
  const seen = { reading: 0, most: 0, begun: 0 };
  const bars: BarSource = {
    async *fetch({ symbol }) {
      seen.begun++;
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
    expect(lazy.seen.begun).toBeLessThan(SYMBOLS.length);
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
