import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { rsi } from '../../src/features';
import {
  defineFeature,
  FeatureEngineer,
  gradientBoostingRegressor,
  MLModelTrainer,
  type Model,
  type ModelSet,
  memoryProfileStore,
  type ProfileStore,
  randomForestClassifier,
  randomForestRegressor,
  sliceBars,
  standardModels,
  trainSymbol,
} from '../../src/index';
import { trainingRows } from '../../src/models/training-rows';
import { TrainingWork } from '../../src/models/training-work';
import { nextReturn } from '../../src/targets/returns';
import { inOneGo } from '../../src/waiting';
import { randomBars } from '../generated-bars';

const DAY = 86_400_000;
const huge = () => randomForestRegressor({ trees: 2_000, maxDepth: 30 });
const three = (options: { trees: number; maxDepth: number }) => ({
  forest: randomForestRegressor(options),
  up: randomForestClassifier(options),
  boosting: gradientBoostingRegressor(options),
});

describe('what tree models are estimated to take', () => {
  const work = (model: Model, rows = 10_000, features = 50) => model.estimate?.(rows, features).work ?? 0;

  it('grows with all that they are made of', () => {
    expect(work(randomForestRegressor({ trees: 100 })) / work(randomForestRegressor({ trees: 50 }))).toBeCloseTo(2, 5);
    expect(work(randomForestRegressor(), 20_000)).toBeGreaterThan(work(randomForestRegressor()));
    expect(work(randomForestRegressor(), 10_000, 100)).toBeGreaterThan(work(randomForestRegressor()));
    expect(work(randomForestRegressor({ maxDepth: 12 }))).toBeGreaterThan(work(randomForestRegressor({ maxDepth: 6 })));
    expect(work(randomForestRegressor({ maxFeatures: 'sqrt' }))).toBeLessThan(work(randomForestRegressor()));
    expect(work(randomForestRegressor({ maxFeatures: 1_000 }))).toBe(work(randomForestRegressor()));
    expect(work(randomForestRegressor({ bootstrap: false }))).toBeGreaterThan(work(randomForestRegressor()));
    for (const fewerLeaves of [{ minSamplesLeaf: 200 }, { minSamplesSplit: 400 }])
      expect(work(randomForestRegressor(fewerLeaves))).toBeLessThan(work(randomForestRegressor()));
  });

  it('weighs them in the progress bar: each has its share', () => {
    const { up, boosting } = three({ trees: 10, maxDepth: 5 });
    const set = inOneGo(
      trainingRows(nextReturn().label(randomBars(500), resolveMarket(60_000)), 60, nextReturn(), {
        testFraction: 0.2,
        embargo: 0,
      }),
    );
    const fractions: number[] = [];
    const all = Object.entries({ up, boosting }).map(([key, model]) => ({ key, model, set }));
    const bar = new TrainingWork(all, 50, ({ fraction }) => fractions.push(fraction));
    for (const step of ['hold_out', 'training'] as const) for (const key of ['up', 'boosting']) bar.report(step, key, 1, 1);
    const [first, both] = fractions;
    expect(first / (both - first)).toBeCloseTo(work(up, set.train.to - set.train.from) / work(boosting, set.train.to - set.train.from), 5);
    expect(fractions.at(-1)).toBeCloseTo(1, 10);
  });
});

describe('limits', () => {
  const check = (models: ModelSet, rows: number, limits = {}) => new MLModelTrainer({ models, limits }).checkWork(rows, 96, 60_000);

  it.each<[string, ModelSet, number]>([
    ['the standard models on the largest file', standardModels(), 1_870_000],
    ['500 trees of depth 12 on it', three({ trees: 500, maxDepth: 12 }), 1_870_000],
    ['500 trees of depth 12 on a hundred thousand rows', three({ trees: 500, maxDepth: 12 }), 100_000],
    ['500 trees of depth 12 on few rows', three({ trees: 500, maxDepth: 12 }), 5_000],
    ['a thousand trees of depth 12 on few rows', { forest: randomForestRegressor({ trees: 1_000, maxDepth: 12 }) }, 5_000],
  ])('let pass %s', (_, models, rows) => expect(() => check(models, rows)).not.toThrow());

  it('refuse minutes and a gigabyte on 5,000 bars, with figures, cause and cure', () => {
    const refused = () => check({ small: randomForestClassifier(), mine: huge() }, 5_000);
    expect(refused).toThrow(expect.objectContaining({ code: 'WORK_TOO_LARGE' }));
    expect(refused).toThrow(
      /^training on 5,000 rows x 96 features would take about 39\d s on one core and 78\d MB; the limit is 264 s\. .*models\.mine \(n_estimators 2000, max_depth 30, .*\): lower its trees or maxDepth, raise minSamplesLeaf, or allow it: limits: \{ work: 4e11 \}$/,
    );
    expect(() => check({ mine: huge() }, 5_000, { work: 4e11 })).not.toThrow();
    expect(() => check({ mine: huge() }, 5_000, { work: Number.POSITIVE_INFINITY })).not.toThrow();
  });

  it('are of bytes, too', () => {
    expect(() => check({ mine: huge() }, 5_000, { work: 4e11, bytes: 500e6 })).toThrow(
      /the limit is 500 MB.*limits: \{ bytes: 7\.\de8 \}$/,
    );
    expect(() => check(standardModels(), 20_000_000)).toThrow(/the limit is 4,295 MB/);
  });

  it('do not count models that do not tell', () => {
    const { estimate: _, ...silent } = huge();
    expect(() => check({ silent }, 5_000, { work: 1, bytes: 1e9 })).not.toThrow();
  });

  it.each([{ work: 0 }, { work: Number.NaN }, { bytes: -1 }, { time: 5 }])('that are none are refused: %o', (limits) => {
    expect(() => new MLModelTrainer({ limits })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('are kept by train itself', async () => {
    const bars = randomBars(500, { interval: DAY });
    const market = resolveMarket(DAY);
    const engineer = new FeatureEngineer(market, [rsi()]);
    const matrix = await engineer.update(bars);
    const trainer = new MLModelTrainer({ models: { forest: randomForestRegressor() }, limits: { work: 1_000 } });
    const data = { matrix, bars, market, warmup: 60, featureSet: engineer.hash };
    await expect(trainer.train(data)).rejects.toMatchObject({ code: 'WORK_TOO_LARGE' });
  });
});

describe('trainSymbol', () => {
  const bars = randomBars(500, { interval: DAY, start: Date.UTC(2020, 0, 1) });
  let computed = 0;
  const counted = defineFeature({
    name: 'counted',
    next: () => (bar) => {
      computed++;
      return bar.close / bar.open;
    },
  });
  const small = { forest: randomForestRegressor({ trees: 3 }) };
  const run = (store: ProfileStore, options: Partial<Parameters<typeof trainSymbol>[0]>, source = bars) =>
    trainSymbol({ symbol: 'TEST', source, store, features: [counted], ...options });

  it('refuses before any feature is computed, and stores nothing', async () => {
    const store = memoryProfileStore();
    computed = 0;
    await expect(run(store, { models: small, limits: { work: 1_000 } })).rejects.toMatchObject({
      code: 'WORK_TOO_LARGE',
      message: expect.stringContaining('training on 500 rows x 1 features'),
    });
    expect(computed).toBe(0);
    expect(await store.getMlProfile('TEST')).toBeNull();
  });

  it('refuses other models on a stored symbol as well; what is stored stays', async () => {
    const store = memoryProfileStore();
    await run(store, { models: small });
    computed = 0;
    const larger = { forest: randomForestRegressor({ trees: 300 }) };
    await expect(run(store, { models: larger, limits: { work: 1_000 } })).rejects.toMatchObject({ code: 'WORK_TOO_LARGE' });
    expect(computed).toBe(0);
    expect((await store.getMlProfile('TEST'))?.revision).toBe(1);
  });

  it('keeps the models of a history that has outgrown the limits, and takes new bars in', async () => {
    const store = memoryProfileStore();
    const first = await run(store, { models: small }, sliceBars(bars, 0, 480));
    const update = await run(store, { models: small, retrain: true, limits: { work: 1_000 } });
    expect(update.trainingFailure).toMatchObject({ code: 'WORK_TOO_LARGE' });
    expect(update.plan.newBars).toBe(20);
    expect(update.mlProfile).toMatchObject({ status: 'failed', model_version: first.mlProfile.model_version, revision: 2 });
  });
});
