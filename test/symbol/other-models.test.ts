import { describe, expect, it } from 'vitest';
import {
  defineTarget,
  direction,
  extraTreesClassifier,
  extraTreesRegressor,
  type FitRows,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  horizonReturn,
  type Labels,
  type Model,
  memoryProfileStore,
  type ProfileStore,
  predictSymbol,
  randomForestClassifier,
  randomForestRegressor,
  sliceBars,
  standardModels,
  trainSymbol,
} from '../../src/index';
import { changedSettings } from '../../src/symbol/asked-for';
import { defineWeights, equalWeights, product, timeDecay, uniqueness } from '../../src/targets';
import { randomBars } from '../generated-bars';

const all = randomBars(500, { seed: 3, interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const small = { trees: 3, maxDepth: 3 };

function run(store: ProfileStore, options: Partial<Parameters<typeof trainSymbol>[0]>, bars = all) {
  return trainSymbol({ symbol: 'TEST', source: bars, store, ...options });
}

/** The mean of the labels that it may learn from, and what it was given. */
function meanModel(seen: FitRows[] = [], change: Partial<Model> = {}): Model {
  const fitted = (mean: number) => ({
    predict: (_: unknown, __: unknown, out: Float64Array) => void out.fill(mean),
    predictRow: () => mean,
    save: () => ({ facts: { kind: 'mean' }, arrays: { mean: Float64Array.of(mean) } }),
  });
  return {
    type: 'MeanRegressor',
    task: 'regression',
    parameters: { shrink: 1 },
    fit(rows) {
      seen.push(rows);
      let sum = 0;
      let count = 0;
      for (let row = rows.range.from; row < rows.range.to; row++) {
        if (rows.weights?.[row] === 0) continue;
        sum += rows.label[row];
        count++;
      }
      return fitted(sum / count);
    },
    load({ facts, array }) {
      if (facts.kind !== 'mean') throw new Error('not mine');
      return fitted(array('mean')?.[0] ?? Number.NaN);
    },
    ...change,
  };
}

describe('models as values', () => {
  it('one model alone is trained, stored, told of and asked, under its name', async () => {
    const store = memoryProfileStore();
    const seen: string[] = [];
    const { mlProfile, models } = await run(store, {
      models: { forest: randomForestRegressor(small) },
      onProgress: ({ message }) => seen.push(message),
    });
    expect(Object.keys(models)).toEqual(['forest']);
    expect(mlProfile.models.models_trained).toEqual(['forest']);
    expect(mlProfile.models.metrics.forest).toMatchObject({ model_type: 'RandomForestRegressor', target: { name: 'next_return' } });
    expect(Object.keys(mlProfile.feature_importance ?? {})).toEqual(['forest']);
    expect(Object.keys((await store.getCheckpoint('TEST'))?.models ?? {})).toContain('forest');
    expect(seen).toContain('forest, tree 3/3');
    const { predictedReturn, probabilityUp, direction: side, targets } = await predictSymbol({ symbol: 'TEST', store });
    expect(Object.keys(predictedReturn)).toEqual(['forest']);
    expect([probabilityUp, side]).toEqual([null, null]);
    expect(targets).toEqual({ forest: 'return of the next bar' });
  });

  it('all kinds forecast, each its own target, and are read again in another order of calls', async () => {
    const store = memoryProfileStore();
    const five = horizonReturn({ bars: 5 });
    const up = { target: direction({ of: five, deadZone: 0.001, flat: 'drop' }) };
    const models = {
      rf: randomForestRegressor(small),
      rf_up: randomForestClassifier({ ...small, ...up }),
      et: extraTreesRegressor(small),
      et_up: extraTreesClassifier({ ...small, ...up }),
      gb: gradientBoostingRegressor(small),
      gb_up: gradientBoostingClassifier({ ...small, ...up }),
    };
    const { mlProfile, models: trained } = await run(store, { target: five, models });
    const metrics = mlProfile.models.metrics;
    for (const key of ['rf', 'et', 'gb'])
      expect(metrics[key]).toMatchObject({ target: { name: 'horizon_return' }, walk_forward: { purged: 5 } });
    for (const key of ['rf_up', 'et_up', 'gb_up']) expect(metrics[key]).toMatchObject({ target: { name: 'direction' } });
    // moves within the dead zone have no label
    expect(metrics.rf_up?.rows_trained).toBeLessThan(metrics.rf?.rows_trained ?? 0);
    expect(new Set(Object.values(metrics).map((own) => own?.parameters_hash)).size).toBe(6);
    const { predictedReturn, probabilities } = await predictSymbol({ symbol: 'TEST', store });
    expect(Object.keys(predictedReturn)).toEqual(['rf', 'et', 'gb']);
    for (const [key, probability] of Object.entries(probabilities)) {
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
      expect(trained[key].type).toBe(models[key as keyof typeof models].type);
    }
  });

  it('parameters alone change the three; models and parameters in one object are refused', async () => {
    const { mlProfile } = await run(memoryProfileStore(), { models: { regression_rf: small } });
    expect(mlProfile.models.models_trained).toEqual(['regression_rf', 'classification_rf', 'regression_gb']);
    const mixed = { ...standardModels(), regression_rf: small };
    const options = { symbol: 'TEST', source: all, store: memoryProfileStore(), models: mixed };
    await expect(Reflect.apply(trainSymbol, undefined, [options])).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('models.regression_rf is an object beside models; give a model, such as randomForestRegressor'),
    });
    for (const name of ['a b', '', '1st', 'overlap', '__proto__x', 'x'.repeat(65)]) {
      const models = Object.fromEntries([[name, randomForestRegressor(small)]]);
      await expect(run(memoryProfileStore(), { models })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    }
    await expect(run(memoryProfileStore(), { models: { up: randomForestRegressor({ target: direction() }) } })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('models.up forecasts a number, but its target is the direction'),
    });
  });

  it('two targets of one identity that label otherwise are not taken for each other', async () => {
    const times = (factor: number) =>
      defineTarget({
        name: 'scaled',
        kind: 'regression',
        description: 'scaled',
        labelAt: (row, { close, length }) => (row + 1 < length ? { value: close[row + 1] * factor, end: row + 1 } : null),
      });
    const two = (a: number, b: number) => ({
      one: randomForestRegressor({ ...small, target: times(a) }),
      other: randomForestRegressor({ ...small, target: times(b) }),
    });
    await expect(run(memoryProfileStore(), { models: two(1, 2) })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(
        /^the targets of models\.one and models\.other are both 'scaled' version 1 with the same parameters, but label row 0 /,
      ),
    });
    expect((await run(memoryProfileStore(), { models: two(2, 2) })).mlProfile.models.models_trained).toEqual(['one', 'other']);
  });

  it('others than those that are stored train again, and the plan says which', async () => {
    const store = memoryProfileStore();
    await run(store, { models: { forest: randomForestRegressor(small) } });
    const again = await run(store, { models: { forest: randomForestRegressor(small) } });
    expect(again.action).toBe('up_to_date');
    const kind = await run(store, { models: { forest: extraTreesRegressor(small) } });
    expect(kind.plan.retrain.reasons.join()).toContain('forest.type RandomForestRegressor is ExtraTreesRegressor now');
    const target = await run(store, { models: { forest: extraTreesRegressor(small) }, target: horizonReturn({ bars: 2 }) });
    expect(target.plan.retrain.reasons.join()).toContain('forest.target');
    expect(target.mlProfile.models.metrics.forest?.target?.description).toBe('return over the next 2 bars');
    const more = await run(store, {
      models: { forest: extraTreesRegressor(small), two: randomForestRegressor(small) },
      target: horizonReturn({ bars: 2 }),
    });
    expect(more.mlProfile.models.models_trained).toEqual(['forest', 'two']);
    const standard = await run(store, {});
    expect(standard.mlProfile.models.models_trained).toEqual(['regression_rf', 'classification_rf', 'regression_gb']);
  });
});

describe('weights', () => {
  const models = { forest: randomForestRegressor(small), up: randomForestClassifier(small), boosting: gradientBoostingRegressor(small) };
  const filesOf = async (store: ProfileStore) => (await store.getCheckpoint('TEST'))?.models ?? {};

  it('that are equal leave every byte of the models as it is without', async () => {
    const [plain, equal, decayed] = [memoryProfileStore(), memoryProfileStore(), memoryProfileStore()];
    const before = await run(plain, { models });
    expect(before.mlProfile.asked_for?.weights).toBeNull();
    await run(equal, { models, weights: equalWeights() });
    expect(await filesOf(equal)).toEqual(await filesOf(plain));
    const { plan } = await run(equal, { models });
    expect(plan.action).toBe('up_to_date');
    await run(decayed, { models, weights: timeDecay({ halfLife: { bars: 50 } }) });
    const [one, other] = [await filesOf(plain), await filesOf(decayed)];
    for (const key of Object.keys(models)) expect(other[key]).not.toEqual(one[key]);
  });

  it('of other rows than those that are learnt from do not count: the twins of a shorter history are the same', async () => {
    const weights = product(uniqueness(), timeDecay({ halfLife: { days: 90 } }));
    const target = horizonReturn({ bars: 5 });
    const seen: FitRows[] = [];
    await run(memoryProfileStore(), { models: { mean: meanModel(seen) }, target, weights });
    const [{ range, weights: twin }] = seen;
    // labels that end where the twin's do: all that it may know
    const known = sliceBars(all, 0, range.to + 5);
    const shorter: FitRows[] = [];
    await run(memoryProfileStore(), { models: { mean: meanModel(shorter) }, target, weights }, known);
    expect(shorter[1].range.to).toBe(range.to);
    expect(shorter[1].weights?.subarray(range.from, range.to)).toEqual(twin?.subarray(range.from, range.to));
  });

  it('are stored, and others train again', async () => {
    const store = memoryProfileStore();
    const weights = timeDecay({ halfLife: { days: 90 } });
    const first = await run(store, { models, weights });
    expect(first.mlProfile.asked_for?.weights).toEqual({ name: 'time_decay', version: 1, parameters: { bars: null, days: 90 } });
    expect((await run(store, { models, weights: timeDecay({ halfLife: { days: 90 } }) })).action).toBe('up_to_date');
    const other = await run(store, { models, weights: timeDecay({ halfLife: { days: 30 } }) });
    expect(other.plan.retrain.reasons.join()).toMatch(/other settings are asked for: weights .*"days":90.* is .*"days":30.* now/);
    const none = await run(store, { models });
    expect(none.plan.retrain.reasons.join()).toMatch(/weights .*"days":30.* is equal now/);
  });

  it('of your own change neither labels nor bars', async () => {
    const [plain, spoiling] = [memoryProfileStore(), memoryProfileStore()];
    const close = all.close.slice();
    const weights = defineWeights({
      name: 'spoiling',
      description: 'none',
      weigh: ({ value, end }, bars) => {
        value.fill(1);
        end.fill(bars.length - 1);
        bars.close.fill(1);
        return new Float64Array(bars.length).fill(1);
      },
    });
    const target = direction({ deadZone: 0.001, flat: 'drop' });
    const classifier = { up: randomForestClassifier({ ...small, target }) };
    await run(plain, { models: classifier });
    await run(spoiling, { models: classifier, weights });
    expect((await filesOf(spoiling)).up).toEqual((await filesOf(plain)).up);
    expect(all.close).toEqual(close);
  });

  it('that older documents do not tell were equal', async () => {
    const store = memoryProfileStore();
    const { mlProfile } = await run(store, { models });
    const { weights: _, ...older } = mlProfile.asked_for ?? { seed: 1, test_fraction: 0.2, embargo: 0, parameters: {} };
    expect(changedSettings({ ...mlProfile, asked_for: older }, { ...older, weights: null })).toEqual([]);
    const decay = { name: 'time_decay', version: 1, parameters: { bars: 5, days: null } };
    expect(changedSettings({ ...mlProfile, asked_for: older }, { ...older, weights: decay }).join()).toContain('weights equal is ');
  });

  it('are refused if they are none, or give none, before anything is stored', async () => {
    const store = memoryProfileStore();
    const wrong = { symbol: 'TEST', source: all, store, weights: uniqueness };
    await expect(Reflect.apply(trainSymbol, undefined, [wrong])).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('weights must be weights, such as uniqueness()'),
    });
    const weights = defineWeights({ name: 'none', description: 'none', weigh: ({ value }) => value.map(() => 0) });
    await expect(run(store, { models, weights })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('row 60 has the weight 0'),
    });
    expect(await store.getMlProfile('TEST')).toBeNull();
  });
});

describe("a model of the caller's", () => {
  it('learns from the rows that it may, is stored, read again and updated', async () => {
    const seen: FitRows[] = [];
    const store = memoryProfileStore();
    const models = { mean: meanModel(seen) };
    const five = horizonReturn({ bars: 5 });
    const first = await run(store, { models, target: five }, sliceBars(all, 0, 480));
    expect(seen.map(({ range }) => range)).toEqual([
      { from: 60, to: 387 },
      { from: 60, to: 475 },
    ]);
    expect(seen.every(({ weights }) => weights === undefined)).toBe(true);
    const label = seen[1].label[60];
    expect(label).toBe(all.close[65] / all.close[60] - 1);
    const forecast = await predictSymbol({ symbol: 'TEST', store, models });
    expect(forecast.predictedReturn.mean).toBe(first.models.mean.predictRow(new Float32Array(first.models.mean.featureNames.length)));
    await expect(predictSymbol({ symbol: 'TEST', store })).rejects.toMatchObject({ code: 'MODEL_UNUSABLE' });
    const update = await run(store, { models, target: five });
    expect(update.plan).toMatchObject({ action: 'incremental_update', newBars: 20, retrain: { retrain: false } });
    expect(update.models.mean.predictRow(new Float32Array(update.models.mean.featureNames.length))).toBe(forecast.predictedReturn.mean);
  });

  it('is told which rows have no label', async () => {
    const seen: FitRows[] = [];
    const target = horizonReturn({ bars: 1, maxGap: 86_400_000 });
    const holed = { ...all, timestamp: all.timestamp.map((time, i) => time + Math.floor(i / 100) * 86_400_000 * 3) };
    await run(memoryProfileStore(), { models: { mean: meanModel(seen) }, target }, holed);
    const [, { weights, label, range }] = seen;
    for (let row = range.from; row < range.to; row++) {
      expect(weights?.[row]).toBe(row % 100 === 99 ? 0 : 1);
      expect(Number.isNaN(label[row])).toBe(row % 100 === 99);
    }
  });

  it('is told how much the rows count that it may learn from', async () => {
    const seen: FitRows[] = [];
    const target = horizonReturn({ bars: 5, maxGap: 86_400_000 });
    const holed = { ...all, timestamp: all.timestamp.map((time, i) => time + Math.floor(i / 100) * 86_400_000 * 3) };
    const given: Labels[] = [];
    const weights = defineWeights({
      name: 'every_third',
      description: 'every third row more',
      weigh: (labels) => {
        given.push(labels);
        return labels.value.map((_, row) => (row % 3 === 0 ? 1 : 0.5));
      },
    });
    await run(memoryProfileStore(), { models: { mean: meanModel(seen) }, target, weights }, holed);
    const isLabelled = (row: number) => row % 100 < 95;
    expect(seen).toHaveLength(2);
    for (const [fit, { weights: own, range }] of seen.entries()) {
      // the last rows before the test have labels that reach into it
      const end = fit === 0 ? range.to : all.length;
      expect(own).toHaveLength(all.length);
      for (let row = 0; row < all.length; row++) {
        const isLearnt = row >= range.from && row < end && isLabelled(row);
        expect(own?.[row]).toBe(isLearnt ? (row % 3 === 0 ? 16 : 8) : 0);
        expect(Number.isNaN(given[fit].value[row])).toBe(!isLearnt);
        expect(given[fit].end[row] >= 0).toBe(isLearnt);
      }
    }
  });

  it.each<[string, Partial<Model>, string]>([
    [
      'throws',
      {
        fit: () => {
          throw new Error('mine');
        },
      },
      'models.mean: fit threw an error',
    ],
    [
      'forecasts NaN',
      { fit: () => ({ ...meanModel().load({ facts: { kind: 'mean' }, array: () => undefined, features: 1 }) }) },
      'forecasts NaN',
    ],
  ])('that %s ends a first run, and leaves the stored models in an update', async (_, change, message) => {
    const broken = { mean: meanModel([], change) };
    await expect(run(memoryProfileStore(), { models: broken })).rejects.toMatchObject({
      code: 'MODEL_FAILED',
      message: expect.stringContaining(message),
    });
    const store = memoryProfileStore();
    const before = await run(store, { models: { mean: meanModel() } }, sliceBars(all, 0, 480));
    const update = await run(store, { models: broken, retrain: true });
    expect(update.trainingFailure).toMatchObject({ code: 'MODEL_FAILED' });
    expect(update.mlProfile).toMatchObject({ status: 'failed', model_version: before.mlProfile.model_version });
  });
});
