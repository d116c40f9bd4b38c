import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { sampleBars } from '../../src/bars/sample-bars';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import type { TrainingProgress } from '../../src/models/training-work';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { prepareDataset } from '../../src/symbol/prepare-dataset';
import type { Progress } from '../../src/symbol/progress';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';

const one = { regression_rf: { trees: 1 }, classification_rf: { trees: 1 }, regression_gb: { trees: 1 } };
const options = { symbol: 'A', source: sampleBars(), models: one };

describe('where no worker thread can be had', () => {
  // its own copy of the engine, as a pool that has started keeps its workers
  async function without<T>(work: (train: typeof trainSymbol, own: typeof import('../../src/index')) => Promise<T>): Promise<T> {
    vi.doMock('node:worker_threads', () => ({
      Worker: class {
        constructor() {
          throw new Error('no worker_threads here');
        }
      },
    }));
    vi.resetModules();
    try {
      const own = await import('../../src/index');
      return await work(own.trainSymbol, own);
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
      expect(warnings).toMatchObject([{ code: 'no_workers', message: expect.stringContaining('the calling thread does all the work') }]);
    });
  });

  it('a run that would also have read its file in a thread says so once', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tickerforest-alone-')), 'large.csv');
    const note = 'x'.repeat(4_000);
    const rows = Array.from({ length: 1_200 }, (_, i) => {
      const close = 100 + Math.sin(i) + Math.cos(i * i);
      return `${1_704_067_200 + i * 60},${close},${close},${close},${close},${1 + (i % 7)},${note}`;
    });
    writeFileSync(path, `time,open,high,low,close,volume,note\n${rows.join('\n')}\n`);
    try {
      await without(async (train, { csvBars }) => {
        const said: (string | undefined)[] = [];
        const onProgress = ({ warning }: Progress) => warning && said.push(warning.code);
        const source = csvBars(path);
        const { warnings, companyProfile } = await train({ ...options, source, store: memoryProfileStore(), threads: 2, onProgress });
        const reports = [warnings, companyProfile.raw_data.warnings].map((list) => list.map(({ code }) => code));
        for (const codes of [...reports, said]) expect(codes.filter((code) => code === 'no_workers')).toEqual(['no_workers']);
      });
    } finally {
      rmSync(dirname(path), { recursive: true });
    }
  });

  it('a dataset says so of its features, and strict ends it', async () => {
    const given = { source: randomBars(5_000), threads: 2 };
    await without(async (_, { prepareDataset }) => {
      expect((await prepareDataset(given)).warnings).toMatchObject([{ code: 'no_workers' }]);
      expect((await prepareDataset({ ...given, threads: 0 })).warnings).toEqual([]);
      await expect(prepareDataset({ ...given, strict: true })).rejects.toMatchObject({ code: 'STRICT' });
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
  it.each([0, 2])(
    'with %i of them, what a listener throws ends the training as it is: neither model nor worker has failed',
    async (threads) => {
      const data = await prepareDataset({ source: sampleBars({ bars: 500 }), threads: 0 });
      const trainer = new MLModelTrainer({ models: one, threads });
      for (const step of ['preparing', 'hold_out', 'training']) {
        const onProgress = (progress: TrainingProgress) => {
          if (progress.step === step && progress.model !== 'regression_rf') throw new RangeError('of the listener');
        };
        await expect(trainer.train(data, { onProgress })).rejects.toThrow(new RangeError('of the listener'));
      }
    },
  );

  it.each([-1, 65, 1.5, '2'])('%o is refused before anything is read', async (threads) => {
    const given: unknown = { ...options, store: memoryProfileStore(), threads };
    await expect(trainSymbol(given as Parameters<typeof trainSymbol>[0])).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('threads'),
    });
  });
});
