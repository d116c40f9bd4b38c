import { describe, expect, it, vi } from 'vitest';
import { sampleBars } from '../../src/bars/sample-bars';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';

const one = { regression_rf: { trees: 1 }, classification_rf: { trees: 1 }, regression_gb: { trees: 1 } };
const options = { symbol: 'A', source: sampleBars(), models: one };

describe('where no worker thread can be had', () => {
  // its own copy of the engine, as a pool that has started keeps its workers
  async function without<T>(work: (train: typeof trainSymbol) => Promise<T>): Promise<T> {
    vi.doMock('node:worker_threads', () => ({
      Worker: class {
        constructor() {
          throw new Error('no worker_threads here');
        }
      },
    }));
    vi.resetModules();
    try {
      return await work((await import('../../src/symbol/train-symbol')).trainSymbol);
    } finally {
      vi.doUnmock('node:worker_threads');
      vi.resetModules();
    }
  }

  it('the calling thread trains the same, and a warning says so; none where no thread was asked for', async () => {
    const { models } = await trainSymbol({ ...options, store: memoryProfileStore(), threads: 2 });
    await without(async (train) => {
      const alone = await train({ ...options, store: memoryProfileStore(), threads: 2 });
      expect(alone.warnings).toMatchObject([{ code: 'no_workers', count: 0, message: expect.stringContaining('no worker_threads here') }]);
      expect(alone.companyProfile.raw_data.warnings).toMatchObject([{ code: 'no_workers' }]);
      for (const [name, { fitted }] of Object.entries(alone.models)) expect(fitted.save()).toEqual(models[name].fitted.save());
      // nor for so little work where nothing is said
      for (const threads of [0, undefined]) {
        expect((await train({ ...options, store: memoryProfileStore(), threads })).warnings).toEqual([]);
      }
    });
  });

  it('new bars are folded the same without a training, and a warning says so', async () => {
    const bars = randomBars(14_000);
    const store = memoryProfileStore();
    const given = { symbol: 'A', source: bars, models: one, maxModelAgeDays: 36_500, minNewBars: 1e9 };
    await trainSymbol({ ...given, store, to: new Date(bars.timestamp[3_999]) });
    await without(async (train) => {
      const { mlProfile, warnings } = await train({ ...given, store, threads: 2 });
      expect(mlProfile.bars_since_training).toBe(10_000);
      expect(warnings).toMatchObject([{ code: 'no_workers', message: expect.stringContaining('computed all features') }]);
    });
  });

  it('strict makes an error of it, and nothing is stored', async () => {
    const store = memoryProfileStore();
    await without((train) =>
      expect(train({ ...options, store, threads: 2, strict: true })).rejects.toMatchObject({
        code: 'STRICT',
        message: expect.stringContaining('no_workers'),
      }),
    );
    expect(await store.listSymbols()).toEqual([]);
  });
});

describe('threads', () => {
  it.each([-1, 65, 1.5, '2'])('%o is refused before anything is read', async (threads) => {
    const given: unknown = { ...options, store: memoryProfileStore(), threads };
    await expect(trainSymbol(given as Parameters<typeof trainSymbol>[0])).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('threads'),
    });
  });
});
