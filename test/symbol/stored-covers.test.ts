import { describe, expect, it } from 'vitest';
import { rsi } from '../../src/features';
import {
  gradientBoostingClassifier,
  loadModel,
  memoryProfileStore,
  type ProfileStore,
  predictSymbol,
  randomForestRegressor,
  sliceBars,
  trainSymbol,
} from '../../src/index';
import { modelVersion } from '../../src/models/model-version';
import { loadModelCovers } from '../../src/research';
import type { CheckpointRead } from '../../src/store';
import { randomBars } from '../generated-bars';

const bars = randomBars(500, { interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const small = { trees: 3, maxDepth: 3 };
const models = { forest: randomForestRegressor(small), up: gradientBoostingClassifier(small) };
const run = (store: ProfileStore, count: number, options: Partial<Parameters<typeof trainSymbol>[0]> = {}) =>
  trainSymbol({ symbol: 'TEST', source: sliceBars(bars, 0, count), store, models, features: [rsi()], ...options });
const filesOf = async (store: ProfileStore) => (await store.getCheckpoint('TEST'))?.models ?? {};

describe('stored covers', () => {
  it('are those of the trained models, beside their files and not in their version', async () => {
    const store = memoryProfileStore();
    const { models: trained, mlProfile } = await run(store, 480);
    const files = await filesOf(store);
    expect(mlProfile.models.covers).toEqual(['forest', 'up']);
    expect(mlProfile.model_version).toBe(modelVersion({ forest: files.forest, up: files.up }));
    const loaded = { forest: loadModel(files.forest), up: loadModel(files.up) };
    const trees = loadModelCovers(files.covers, loaded);
    expect(trees.forest).toEqual(trained.forest.ensemble);
    expect(trees.up).toEqual(trained.up.ensemble);
    expect(() => loadModelCovers(files.covers, { forest: loaded.up })).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
    expect(() => loadModelCovers(files.covers, { other: loaded.up })).toThrow(/'other' are not among them/);
    expect(() => loadModelCovers(files.forest, loaded)).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
  });

  it('are kept by updates and forecasts, which do not read them', async () => {
    const store = memoryProfileStore();
    await run(store, 480);
    const before = await filesOf(store);
    const omitted: (readonly string[])[] = [];
    const read = store.getCheckpoint.bind(store);
    store.getCheckpoint = (symbol: string, options?: CheckpointRead) => {
      omitted.push(options?.omit ?? []);
      return read(symbol, options);
    };
    const update = await run(store, 490);
    await predictSymbol({ symbol: 'TEST', store });
    expect(omitted.length).toBeGreaterThan(1);
    for (const names of omitted) expect(names).toContain('covers');
    expect(update.plan.retrain.retrain).toBe(false);
    const after = await filesOf(store);
    expect(after.forest).toEqual(before.forest);
    expect(after.covers).toEqual(before.covers);
    await run(store, 500, { retrain: true });
    expect((await filesOf(store)).covers).not.toEqual(before.covers);
  });

  it('need not be there: a store of an older release is updated without', async () => {
    const store = memoryProfileStore();
    const { mlProfile, companyProfile, statisticalProfile } = await run(store, 480);
    const checkpoint = await store.getCheckpoint('TEST');
    if (checkpoint === null) throw new Error('nothing is stored');
    const { covers: _, ...older } = checkpoint.models;
    const { covers: __, ...told } = mlProfile.models;
    const lease = await store.acquireLease('TEST', { owner: 'an older release', milliseconds: 60_000 });
    await store.commit({
      ...{ symbol: 'TEST', baseRevision: 1, leaseToken: lease.token, company: companyProfile, statistical: statisticalProfile },
      ml: { ...mlProfile, models: told },
      checkpoint: { state: checkpoint.state, models: older },
    });
    await store.releaseLease(lease);
    const update = await run(store, 490);
    expect(update.plan.action).toBe('incremental_update');
    expect(Object.keys(await filesOf(store))).not.toContain('covers');
    await run(store, 500, { retrain: true });
    expect(Object.keys(await filesOf(store))).toContain('covers');
  });

  it('of models that are no trees are none', async () => {
    const store = memoryProfileStore();
    const mean = {
      ...{ type: 'Mean', task: 'regression' as const, parameters: {} },
      fit: () => mean.load(),
      load: () => ({
        predict: (_: unknown, __: unknown, out: Float64Array) => void out.fill(0),
        predictRow: () => 0,
        save: () => ({ facts: {}, arrays: {} }),
      }),
    };
    const { mlProfile } = await run(store, 480, { models: { mean } });
    expect(mlProfile.models.covers).toBeUndefined();
    expect(Object.keys(await filesOf(store))).not.toContain('covers');
    await expect(run(store, 480, { models: { covers: mean } })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
