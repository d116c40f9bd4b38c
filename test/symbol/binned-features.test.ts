import { describe, expect, it } from 'vitest';
import { sampleBars } from '../../src/bars/sample-bars';
import {
  gradientBoostingClassifier,
  type ModelSet,
  memoryProfileStore,
  randomForestRegressor,
  ridge,
  type TrainSymbolOptions,
  trainSymbol,
} from '../../src/index';
import { saveModels } from '../models/saved-models';

// A training of trees bins features as they are computed; one with a model that sees numbers keeps them, and bins them then.

const trees: ModelSet = { forest: randomForestRegressor({ trees: 5 }), boosting: gradientBoostingClassifier({ trees: 5 }) };

describe('features that are binned as they are computed', () => {
  it.each<[string, Partial<TrainSymbolOptions>]>([
    ['the whole history', {}],
    ['a window', { trainingWindow: { bars: 700 } }],
    ['a window shorter than the bars that every update reads again', { trainingWindow: { bars: 300 }, overlapBars: 400 }],
  ])('make the models and figures that a matrix makes: %s', async (_, options) => {
    const run = async (models: ModelSet) => {
      const store = memoryProfileStore();
      const source = sampleBars({ bars: 1100 });
      const result = await trainSymbol({ symbol: 'A', source, store, models, threads: 0, now: new Date('2026-01-01'), ...options });
      const { forest, boosting } = result.models;
      const { metrics } = result.mlProfile.models;
      const figures = [metrics.forest, metrics.boosting].map((one) => ({ ...one, training_time_ms: null }));
      const state = (await store.getCheckpoint('A'))?.state;
      return { files: saveModels({ forest, boosting }), figures, heldOut: result.heldOut.forest, state };
    };
    expect(await run(trees)).toEqual(await run({ ...trees, linear: ridge() }));
  });
});
