import { afterEach, describe, expect, it, vi } from 'vitest';
import { TickerforestError } from '../../src/errors';
import { MLModelTrainer, type MLModelTrainerOptions, type TrainingHooks } from '../../src/models/ml-model-trainer';
import { ridge } from '../../src/models/ridge';
import type { TrainingProgress } from '../../src/models/training-work';
import { gradientBoostingRegressor, randomForestClassifier, randomForestRegressor } from '../../src/models/tree-models';
import { prepareDataset } from '../../src/symbol/prepare-dataset';
import { processPool } from '../../src/threads/process-pool';
import { BinnedColumns } from '../../src/trees/binned-columns';
import { BinnedMatrix } from '../../src/trees/binned-matrix';
import { TreeThreads } from '../../src/trees/threads';
import { randomBars } from '../generated-bars';
import { saveModels } from './saved-models';

// Hold-out models are trained beside the models where two threads and memory are there, and nobody can tell by what comes out.

/** All that the process has: other tests may have had more than two. */
const threads = Math.max(2, (await processPool())?.most ?? 2);

const dataset = await prepareDataset({ source: randomBars(1_000), threads: 0 });
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
  for (const { step, model, done } of heard)
    if (step !== 'preparing') told.set(`${step} ${model}`, [...(told.get(`${step} ${model}`) ?? []), done]);
  const fractions = heard.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  const isMixed = heard.findIndex(({ step }) => step === 'training') < heard.findLastIndex(({ step }) => step === 'hold_out');
  return { made: { files: saveModels(outcome.models), metrics, heldOut, rows, warnings }, told, isMixed };
}

describe.each(['columns', 'matrix'] as const)('with %s', (way) => {
  it('hold-out models are trained beside the models: same bytes, and listeners hear of every tree', async () => {
    const alone = await train(way, { threads: 0 });
    expect(alone.isMixed).toBe(false);
    const besides = await train(way, { threads });
    expect(besides.isMixed).toBe(true);
    expect(besides.made).toEqual(alone.made);
    expect(besides.told).toEqual(alone.told);
    expect(both).toHaveBeenCalledTimes(way === 'columns' ? 1 : 0);
    expect(disposed).toHaveBeenCalledTimes(4);
  });

  it.each<[string, MLModelTrainerOptions]>([
    ['there is one thread', { threads: 1 }],
    ['memory is short', { threads, limits: { bytes: 5e6 } }],
    ['a model needs more than bins', { threads, models: { ...models, line: ridge() } }],
  ])('they are trained before them where %s', async (_, options) => {
    const { isMixed, made } = await train(way, options);
    expect(isMixed).toBe(false);
    expect(both).not.toHaveBeenCalled();
    expect(made).toEqual((await train(way, { ...options, threads: 0 })).made);
  });

  it.each(['hold_out', 'training'] as const)('what a listener throws of %s is thrown as it is, and ends both', async (step) => {
    const oops = new RangeError('of the listener');
    let thrown = 0;
    const onProgress = (event: TrainingProgress) => {
      // whoever is called again throws again
      if (thrown > 0) throw new Error(`the ${++thrown}th`);
      if (event.step !== step || event.model !== 'sides' || event.done !== 2) return;
      thrown++;
      throw oops;
    };
    await expect(ways[way](new MLModelTrainer({ models, threads }), { onProgress })).rejects.toBe(oops);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(thrown).toBe(1);
    expect(disposed).toHaveBeenCalledTimes(2);
  });

  it('an abort ends both', async () => {
    const abort = new AbortController();
    let after = 0;
    const onProgress = ({ done }: TrainingProgress) => {
      if (abort.signal.aborted) after++;
      if (done === 3) abort.abort(new Error('enough'));
    };
    const ended = ways[way](new MLModelTrainer({ models, threads }), { onProgress, signal: abort.signal });
    await expect(ended).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    expect(after).toBe(0);
    expect(disposed).toHaveBeenCalledTimes(2);
  });

  it('they are trained before them where memory does not suffice for both', async () => {
    const alone = await train(way, { threads: 0 });
    const { of } = BinnedMatrix;
    let made = 0;
    const short = vi.spyOn(BinnedMatrix, 'of').mockImplementation((...given) => {
      return ++made === 2 ? Promise.reject(new TickerforestError('INVALID_OPTION', 'no memory')) : of(...given);
    });
    try {
      const { made: files, isMixed } = await train(way, { threads });
      expect(isMixed).toBe(false);
      expect(made).toBe(4);
      expect(files).toEqual(alone.made);
    } finally {
      short.mockRestore();
    }
  });

  it('a thread that fails ends both with its error', async () => {
    const { run } = TreeThreads.prototype;
    let calls = 0;
    const failing = vi.spyOn(TreeThreads.prototype, 'run').mockImplementation(function (this: TreeThreads, ...given) {
      return ++calls === 4 ? Promise.reject(new TickerforestError('WORKER_FAILED', 'of the fourth job')) : run.apply(this, given);
    });
    try {
      await expect(train(way, { threads })).rejects.toMatchObject({ code: 'WORKER_FAILED', message: 'of the fourth job' });
    } finally {
      failing.mockRestore();
    }
    expect(disposed).toHaveBeenCalledTimes(2);
    expect((await train(way, { threads })).made).toEqual((await train(way, { threads: 0 })).made);
  });
});

it('a training takes no more threads than it was given where there are more', async () => {
  (await processPool())?.allow(threads + 1);
  expect((await train('matrix', { threads })).isMixed).toBe(false);
  expect((await train('matrix', { threads: threads + 1 })).isMixed).toBe(true);
});
