import { afterEach, describe, expect, it, vi } from 'vitest';
import { DAY_MS } from '../../src/bars/market';
import { TickerforestError } from '../../src/errors';
import { defineFeature } from '../../src/features/define-feature';
import { standardFeatures } from '../../src/features/standard-features';
import {
  MLModelTrainer,
  type MLModelTrainerOptions,
  type TrainingData,
  type TrainingHooks,
  type TrainingOutcome,
} from '../../src/models/ml-model-trainer';
import { ridge } from '../../src/models/ridge';
import { recipeOf } from '../../src/models/shared-bins';
import { isSmall } from '../../src/models/small-training';
import type { TrainingProgress } from '../../src/models/training-work';
import {
  extraTreesClassifier,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from '../../src/models/tree-models';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { type Dataset, prepareDataset } from '../../src/symbol/prepare-dataset';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { horizonReturn } from '../../src/targets/returns';
import { uniqueness } from '../../src/targets/weights';
import { trainEnsembles } from '../../src/trees/ensembles-work';
import { TreeThreads } from '../../src/trees/threads';
import { randomBars } from '../generated-bars';
import { saveModels } from './saved-models';

// Of several small trainings at the same time each is one job of one thread, and nobody can tell by what comes out.

const datasetOf = (seed: number, length = 400) => {
  const source = randomBars(length, { seed, interval: DAY_MS, start: Date.UTC(2020, 0, 6) });
  return prepareDataset({ source, threads: 0, now: new Date('2100-01-01') });
};
const datasets = await Promise.all([1, 2, 3].map((seed) => datasetOf(seed)));
const [dataset] = datasets;

const models = {
  forest: randomForestRegressor({ trees: 4, maxFeatures: 500 }),
  sides: randomForestClassifier({ trees: 3, minSamplesLeaf: 5 }),
  extra: extraTreesClassifier({ trees: 3, target: undefined }),
  boosting: gradientBoostingRegressor({ trees: 5, target: horizonReturn({ bars: 5 }) }),
  odds: gradientBoostingClassifier({ trees: 4, learningRate: 0.3 }),
};

const jobs = vi.spyOn(TreeThreads.prototype, 'trainEnsembles');
const steps = vi.spyOn(TreeThreads.prototype, 'run');
afterEach(() => {
  jobs.mockClear();
  steps.mockClear();
});

type Heard = Omit<TrainingProgress, 'fraction'>;

/** Trains on each of some datasets, when all of the trainings have begun. */
async function finishAll(trainer: MLModelTrainer, all: readonly (readonly [TrainingData, TrainingHooks?])[]) {
  const begun = await Promise.all(
    all.map(async ([data, hooks = {}]) => {
      const { names, rows } = data.matrix;
      return { training: await trainer.begin({ ...data, names, rows }, hooks), data };
    }),
  );
  return Promise.allSettled(begun.map(({ training, data }) => training.finish(data.matrix).finally(() => training.dispose())));
}

async function trainAll(options: MLModelTrainerOptions, all: readonly Dataset[] = datasets) {
  const trainer = new MLModelTrainer({ models, seed: 7, ...options });
  const heard = all.map((): Heard[] => []);
  const fractions = all.map((): number[] => []);
  const watched = all.map((data, i) => {
    const onProgress = ({ fraction, ...event }: TrainingProgress) => {
      heard[i].push(event);
      fractions[i].push(fraction);
    };
    return [data, { onProgress }] as const;
  });
  const made = (await finishAll(trainer, watched)).map((ended) => (ended.status === 'fulfilled' ? madeBy(ended.value) : ended.reason));
  for (const own of fractions) {
    expect(own).toEqual([...own].sort((a, b) => a - b));
    expect(own.at(-1)).toBe(1);
  }
  return { made, heard };
}

function madeBy({ models: trained, metrics, heldOut, rows, warnings }: TrainingOutcome) {
  return { files: saveModels(trained), metrics, heldOut, rows, warnings };
}

describe('several small trainings at the same time', () => {
  it.each<[string, MLModelTrainerOptions]>([
    ['trees of all kinds, some with a target of their own', {}],
    ['rows that count differently', { weights: uniqueness() }],
    ['more held out, and an embargo', { testFraction: 0.4, embargo: 7 }],
  ])('are a job each, to the byte as one after the other, and listeners hear of every tree: %s', async (_, options) => {
    const alone = await trainAll({ ...options, threads: 0 });
    expect(jobs).not.toHaveBeenCalled();
    for (const threads of [1, 4]) {
      expect(await trainAll({ ...options, threads })).toEqual(alone);
      expect(jobs).toHaveBeenCalledTimes(datasets.length);
      expect(steps).not.toHaveBeenCalled();
      jobs.mockClear();
    }
  });

  it('are not where a model needs more than bins: its trees are grown as ever', async () => {
    const mixed = { models: { ...models, line: ridge() } };
    // a ridge tells now and then
    expect((await trainAll({ ...mixed, threads: 2 })).made).toEqual((await trainAll({ ...mixed, threads: 0 })).made);
    expect(jobs).not.toHaveBeenCalled();
    expect(steps).toHaveBeenCalled();
  });

  it('are not where one is not small: that one goes step by step', async () => {
    const large = await datasetOf(9, 20_000);
    expect(isSmall(large.matrix.rows, large.matrix.names.length, 1)).toBe(false);
    const few = { models: { boosting: gradientBoostingRegressor({ trees: 2 }) } };
    const all = [dataset, large];
    expect((await trainAll({ ...few, threads: 2 }, all)).made).toEqual((await trainAll({ ...few, threads: 0 }, all)).made);
    expect(jobs).toHaveBeenCalledTimes(1);
  });
});

it('a training of so many trees that several threads have enough to do is none of one thread', async () => {
  const many = new MLModelTrainer({ models: { forest: randomForestRegressor({ trees: 600 }) }, threads: 2 });
  const abort = new AbortController();
  const onProgress = () => abort.abort();
  await finishAll(many, [
    [dataset, { onProgress, signal: abort.signal }],
    [datasets[1], { signal: abort.signal }],
  ]);
  expect(jobs).not.toHaveBeenCalled();
});

it('of which none is worth a thread are worth one together, where nobody says how many', async () => {
  const trainer = new MLModelTrainer({ models: { forest: randomForestRegressor({ trees: 10 }) } });
  const { rows, names } = dataset.matrix;
  const work = (trainer.models.forest.estimate?.(rows, names.length).work ?? 0) / 200e6;
  expect([work > 0.2, work < 0.5]).toEqual([true, true]);
  await finishAll(trainer, [[dataset]]);
  expect(jobs).not.toHaveBeenCalled();
  expect(steps).not.toHaveBeenCalled();
  await finishAll(trainer, [[dataset], [datasets[1]], [datasets[2]], [dataset]]);
  expect(jobs).toHaveBeenCalledTimes(4);
});

const oops = new RangeError('of the listener');

it('a small training on its own has its trees grown by all threads, also after others have failed', async () => {
  const trainer = new MLModelTrainer({ models, threads: 2 });
  const thrown = () => {
    throw oops;
  };
  const abort = new AbortController();
  const ended = [trainer.train(dataset, { onProgress: thrown }), trainer.train(dataset, { signal: abort.signal })];
  abort.abort();
  expect(await Promise.allSettled(ended)).toMatchObject([{ reason: oops }, { reason: { code: 'ABORTED' } }]);
  await expect(trainer.train({ ...dataset, target: horizonReturn({ bars: 390 }) })).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
  const changed = { ...dataset, rows: { from: 70, to: 80 } };
  await expect(trainer.train(changed)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  const failing = defineFeature({
    name: 'failing',
    next: () => () => {
      throw oops;
    },
  });
  const stop = new AbortController();
  const symbols: readonly Partial<TrainSymbolOptions>[] = [
    { features: [...standardFeatures(), failing] },
    { signal: stop.signal, onProgress: ({ stage }) => stage === 'features' && stop.abort() },
    { onProgress: ({ stage }) => stage === 'training' && stop.abort(), signal: stop.signal },
  ];
  for (const options of symbols) {
    const given = { symbol: 'A', source: dataset.bars, store: memoryProfileStore(), models, threads: 2, ...options };
    await expect(trainSymbol(given)).rejects.toBeInstanceOf(TickerforestError);
  }
  jobs.mockClear();
  steps.mockClear();
  await trainer.train(dataset);
  expect(jobs).not.toHaveBeenCalled();
  expect(steps).toHaveBeenCalled();
});

it('what a listener throws in the middle ends that training as it is, and no other', async () => {
  const onProgress = ({ step, model, done }: TrainingProgress) => {
    if (step === 'training' && model === 'odds' && done === 2) throw oops;
  };
  const trainer = new MLModelTrainer({ models, threads: 2 });
  const ended = await finishAll(trainer, [[dataset, { onProgress }], [datasets[1]]]);
  expect(ended).toMatchObject([{ reason: oops }, { status: 'fulfilled' }]);
  expect(jobs).toHaveBeenCalledTimes(2);
});

it('an abort in the middle is heard, by a thread that goes on with the next training', async () => {
  const long = new MLModelTrainer({ models: { deep: randomForestRegressor({ trees: 400 }) }, threads: 1 });
  const abort = new AbortController();
  let heard = 0;
  const onProgress = ({ done }: TrainingProgress) => {
    heard = done;
    if (done > 5) abort.abort(new Error('enough'));
  };
  const ended = await finishAll(long, [
    [dataset, { onProgress, signal: abort.signal }],
    [datasets[1], { signal: abort.signal }],
  ]);
  for (const one of ended) expect(one).toMatchObject({ reason: { code: 'ABORTED', cause: { message: 'enough' } } });
  expect(jobs).toHaveBeenCalledTimes(2);
  expect(heard).toBe(6);
  expect(await trainAll({ threads: 1 })).toEqual(await trainAll({ threads: 0 }));
});

it('what the engine refuses is refused in the same words', async () => {
  const { matrix } = dataset;
  const label = Float64Array.from({ length: matrix.rows }, (_, row) => (row === 200 ? 1e200 : row / 1000));
  const recipe = recipeOf(models.forest);
  const learnt = { seed: 1, rows: { from: 100, to: 300 } };
  if (recipe === null) throw new Error('a forest has a recipe');
  const sets = [{ known: learnt.rows, fits: [{ recipe, label, learnt, forecast: learnt.rows }] }];
  const signal = new AbortController().signal;
  const refused = { code: 'INVALID_OPTION', message: expect.stringContaining('target of row 200 is 1e+200') };
  await expect(trainEnsembles({ matrix, sets }, signal, () => {})).rejects.toMatchObject(refused);
  const threads = await TreeThreads.of(1);
  await expect(threads?.trainEnsembles({ matrix, sets }, signal, () => {})).rejects.toMatchObject(refused);
});

it('training times are those of the clock that is given, a fit each', async () => {
  let now = 0;
  const clock = () => {
    now += 1000;
    return now;
  };
  const ended = await finishAll(new MLModelTrainer({ models, threads: 2 }), [[dataset, { clock }], [datasets[1]]]);
  expect(jobs).toHaveBeenCalledTimes(2);
  const times = ended.map((one) => one.status === 'fulfilled' && Object.values(one.value.metrics).map((own) => own?.training_time_ms));
  expect(times).toEqual([Object.keys(models).map(() => 1000), Object.keys(models).map(() => null)]);
});
