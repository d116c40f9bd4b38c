import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../src/bars/market';
import {
  gradientBoostingRegressor,
  MLModelTrainer,
  memoryProfileStore,
  predictSymbol,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  standardModels,
  trainSymbol,
} from '../../src/index';
import type { ModelSet } from '../../src/models/model';
import { modelsFor } from '../../src/models/standard-models';
import { originalModels } from '../../src/research';
import { randomBars } from '../generated-bars';

const days = randomBars(500, { seed: 3, interval: DAY_MS, start: Date.UTC(2020, 0, 1) });
const minutes = randomBars(900, { seed: 4 });

const parametersOf = (models: ModelSet) => Object.fromEntries(Object.entries(models).map(([key, { parameters }]) => [key, parameters]));
const parametersFor = (models: ModelSet, interval: number) => parametersOf(modelsFor(models, interval));

describe('the standard models', () => {
  it('have larger leaves for bars shorter than a day, and shallow trees for longer ones', () => {
    const ofMinutes = parametersFor(standardModels(), MINUTE_MS);
    expect(ofMinutes).toMatchObject({
      regression_rf: { n_estimators: 50, max_depth: 10, max_features: 'sqrt', min_samples_leaf: 200 },
      classification_rf: { n_estimators: 50, max_depth: 10, max_features: 'sqrt', min_samples_leaf: 200 },
      regression_gb: { n_estimators: 50, max_depth: 3, learning_rate: 0.02, min_samples_leaf: 200 },
    });
    expect(parametersFor(standardModels(), DAY_MS - 1)).toEqual(ofMinutes);
    expect(parametersOf(standardModels())).toEqual(ofMinutes);
    const ofDays = parametersFor(standardModels(), DAY_MS);
    expect(ofDays).toMatchObject({
      regression_rf: { n_estimators: 50, max_depth: 4, max_features: null, min_samples_leaf: 50 },
      classification_rf: { n_estimators: 50, max_depth: 4, max_features: 'sqrt', min_samples_leaf: 50 },
      regression_gb: { n_estimators: 50, max_depth: 3, learning_rate: 0.02, min_samples_leaf: 50 },
    });
    expect(parametersFor(standardModels(), 7 * DAY_MS)).toEqual(ofDays);
  });

  it('change where they are told to, and nowhere else', () => {
    const changes = { regression_rf: { minSamplesLeaf: 7, trees: undefined } };
    for (const interval of [MINUTE_MS, DAY_MS]) {
      const { regression_rf, ...others } = parametersFor(standardModels(changes), interval);
      const { regression_rf: plain, ...same } = parametersFor(standardModels(), interval);
      expect(regression_rf).toEqual({ ...plain, min_samples_leaf: 7 });
      expect(others).toEqual(same);
    }
  });

  it('of the first release have the parameters of the functions that make them, whatever the bars', () => {
    const first = parametersOf({
      regression_rf: randomForestRegressor(),
      classification_rf: randomForestClassifier(),
      regression_gb: gradientBoostingRegressor(),
    });
    for (const interval of [MINUTE_MS, DAY_MS]) expect(parametersFor(originalModels(), interval)).toEqual(first);
    expect(parametersOf(originalModels({ regression_gb: { trees: 7 } })).regression_gb.n_estimators).toBe(7);
  });

  it.each([
    ['minutes', minutes, MINUTE_MS],
    ['days', days, DAY_MS],
  ])('are those of the bars, beside others, in a trainer of %s', async (_, bars, interval) => {
    const mine = randomForestRegressor({ trees: 2 });
    const trainer = new MLModelTrainer({ models: { ...standardModels(), mine } });
    const { models, metrics } = await trainer.train(await prepareDataset({ bars }));
    const { parameters } = trainer.settingsFor(interval);
    const expected = { ...parametersFor(standardModels(), interval), mine: mine.parameters };
    for (const [key, own] of Object.entries(expected)) {
      expect(models[key].parameters).toEqual({ ...own, random_state: 1 });
      expect(metrics[key]?.parameters).toEqual(models[key].parameters);
      expect(parameters[key]).toEqual(models[key].parameters);
    }
  });

  it('take the place of the first release’s once, naming the parameters, and forecasts stay what they are with its preset', async () => {
    const store = memoryProfileStore();
    const now = new Date((days.timestamp.at(-1) ?? 0) + 10 * DAY_MS);
    const run = { symbol: 'OLD', source: days, store, now };
    await trainSymbol({ ...run, models: originalModels() });
    const before = await predictSymbol({ symbol: 'OLD', store });
    const kept = await trainSymbol({ ...run, models: originalModels() });
    expect(kept.action).toBe('up_to_date');
    expect((await predictSymbol({ symbol: 'OLD', store })).predictedReturn).toEqual(before.predictedReturn);

    const { action, plan, mlProfile } = await trainSymbol(run);
    expect(action).not.toBe('up_to_date');
    const [reason] = plan.retrain.reasons.filter((one) => one.startsWith('other settings are asked for'));
    for (const told of [
      'regression_rf.max_depth 10 is 4 now',
      'regression_rf.min_samples_leaf 1 is 50 now',
      'classification_rf.max_depth 10 is 4 now',
      'classification_rf.min_samples_leaf 1 is 50 now',
      'regression_gb.learning_rate 0.1 is 0.02 now',
      'regression_gb.min_samples_leaf 1 is 50 now',
    ]) {
      expect(reason).toContain(told);
    }
    expect(mlProfile.models.metrics.regression_rf?.parameters).toMatchObject({ max_depth: 4, min_samples_leaf: 50 });
    expect((await trainSymbol(run)).action).toBe('up_to_date');
  });
});
