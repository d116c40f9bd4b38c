import { afterEach, describe, expect, it, vi } from 'vitest';
import { TickerforestError } from '../../src/errors';
import { MLModelTrainer, type MLModelTrainerOptions, type TrainingHooks } from '../../src/models/ml-model-trainer';
import { ridge } from '../../src/models/ridge';
import type { TrainingProgress } from '../../src/models/training-work';
import { gradientBoostingRegressor, randomForestClassifier, randomForestRegressor } from '../../src/models/tree-models';
import { prepareDataset } from '../../src/symbol/prepare-dataset';
import { BinnedColumns } from '../../src/trees/binned-columns';
import { BinnedMatrix } from '../../src/trees/binned-matrix';
import { TreeThreads } from '../../src/trees/threads';
import { randomBars } from '../generated-bars';
import { saveModels } from './saved-models';

// Hold-out models are trained beside the models where two threads and memory are there, and nobody can tell by what comes out.

const dataset = await prepareDataset({ source: randomBars(3_000), threads: 0 });
const models = {
  forest: randomForestRegressor({ trees: 4 }),
  sides: randomForestClassifier({ trees: 3 }),
  boosting: gradientBoostingRegressor({ trees: 5 }),
};

/** Trains with columns that come a few at a time, and with a matrix. */
const ways = {
  columns: async (trainer: MLModelTrainer, hooks: TrainingHooks) => {
    const { names, rows, columns } = dataset.matrix;
    const training = await trainer.begin({ ...dataset, names, rows }, hooks);
    try {
      const taker = await training.openColumns();
      if (taker !== null) await taker.add(0, columns);
      return await training.finish(taker === null ? dataset.matrix : null);
    } finally {
      training.dispose();
    }
  },
  matrix: (trainer: MLModelTrainer, hooks: TrainingHooks) => trainer.train(dataset, hooks),
} as const;

const both = vi.spyOn(BinnedColumns.prototype, 'both');
const disposed = vi.spyOn(BinnedMatrix.prototype, 'dispose');
afterEach(() => {
  both.mockClear();
  disposed.mockClear();
});

async function train(way: keyof typeof ways, options: MLModelTrainerOptions) {
  const heard: TrainingProgress[] = [];
  const outcome = await ways[way](new MLModelTrainer({ models, ...options }), { onProgress: (event) => heard.push(event) });
  const { metrics, heldOut, rows, warnings } = outcome;
  // whose step comes when is the threads' affair
  const told = new Map<string, number[]>();
  for (const { step, model, done } of heard) told.set(`${step} ${model}`, [...(told.get(`${step} ${model}`) ?? []), done]);
  const fractions = heard.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  const isMixed = heard.findIndex(({ step }) => step === 'training') < heard.findLastIndex(({ step }) => step === 'hold_out');
  return { made: { files: saveModels(outcome.models), metrics, heldOut, rows, warnings }, told, isMixed };
}

describe.each(['columns', 'matrix'] as const)('with %s', (way) => {
  it('hold-out models are trained beside the models: same bytes, and listeners hear of every tree', async () => {
    const alone = await train(way, { threads: 0 });
    expect(alone.isMixed).toBe(false);
    for (const threads of [2, 4]) {
      const besides = await train(way, { threads });
      expect(besides.isMixed).toBe(true);
      expect(besides.made).toEqual(alone.made);
      expect(besides.told).toEqual(alone.told);
    }
    expect(both).toHaveBeenCalledTimes(way === 'columns' ? 2 : 0);
    expect(disposed).toHaveBeenCalledTimes(6);
  });

  it.each<[string, MLModelTrainerOptions]>([
    ['there is one thread', { threads: 1 }],
    ['memory is short', { threads: 2, limits: { bytes: 6e6 } }],
    ['a model needs more than bins', { threads: 2, models: { ...models, line: ridge() } }],
  ])('they are trained before them where %s', async (_, options) => {
    const { isMixed, made } = await train(way, options);
    expect(isMixed).toBe(false);
    expect(both).not.toHaveBeenCalled();
    expect(made).toEqual((await train(way, { ...options, threads: 0 })).made);
  });

  it.each(['hold_out', 'training'] as const)('what a listener throws of %s is thrown as it is, and ends both', async (step) => {
    const oops = new RangeError('of the listener');
    let after = 0;
    let isOver = false;
    const onProgress = (event: TrainingProgress) => {
      if (isOver) after++;
      if (event.step === step && event.model === 'sides' && event.done === 2) throw oops;
    };
    const ended = ways[way](new MLModelTrainer({ models, threads: 2 }), { onProgress }).finally(() => {
      isOver = true;
    });
    await expect(ended).rejects.toBe(oops);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(after).toBe(0);
    expect(disposed).toHaveBeenCalledTimes(2);
  });

  it('an abort ends both', async () => {
    const abort = new AbortController();
    const onProgress = ({ done }: TrainingProgress) => done === 3 && abort.abort(new Error('enough'));
    const ended = ways[way](new MLModelTrainer({ models, threads: 2 }), { onProgress, signal: abort.signal });
    await expect(ended).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    expect(disposed).toHaveBeenCalledTimes(2);
  });

  it('a thread that fails ends both with its error', async () => {
    const { run } = TreeThreads.prototype;
    let calls = 0;
    const failing = vi.spyOn(TreeThreads.prototype, 'run').mockImplementation(function (this: TreeThreads, ...given) {
      return ++calls === 4 ? Promise.reject(new TickerforestError('WORKER_FAILED', 'of the fourth job')) : run.apply(this, given);
    });
    try {
      await expect(train(way, { threads: 2 })).rejects.toMatchObject({ code: 'WORKER_FAILED', message: 'of the fourth job' });
    } finally {
      failing.mockRestore();
    }
    expect(disposed).toHaveBeenCalledTimes(2);
    expect((await train(way, { threads: 2 })).made).toEqual((await train(way, { threads: 0 })).made);
  });
});
