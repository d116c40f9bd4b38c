import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sigmoid } from '../../src/exponential';
import { rsi } from '../../src/features';
import {
  type ForecastExplanation,
  gradientBoostingClassifier,
  type Model,
  memoryProfileStore,
  type Prediction,
  type ProfileStore,
  predictSymbol,
  randomForestRegressor,
  ridge,
  sliceBars,
  standardFeatures,
  trainSymbol,
} from '../../src/index';
import { randomBars } from '../generated-bars';

const bars = randomBars(600, { interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const small = { trees: 5, maxDepth: 4 };
/** Forecasts nothing, and says nothing of how. */
const dark: Model = {
  ...{ type: 'Dark', task: 'regression', parameters: {} },
  fit: () => dark.load({ facts: {}, features: 0, array: () => undefined }),
  load: () => ({
    predict: (_, __, out) => void out.fill(0),
    predictRow: () => 0,
    save: () => ({ facts: {}, arrays: {} }),
  }),
};
const models = { forest: randomForestRegressor(small), up_by_boosting: gradientBoostingClassifier(small), linear: ridge(), dark };
const run = (store: ProfileStore, count: number, options: Partial<Parameters<typeof trainSymbol>[0]> = {}) =>
  trainSymbol({ symbol: 'TEST', source: sliceBars(bars, 0, count), store, models, features: standardFeatures(), ...options });
const store = memoryProfileStore();
await run(store, 580);
await run(store, 590);

const of = ({ explanations }: Prediction, key: string): Extract<ForecastExplanation, { status: 'explained' }> => {
  const explanation = explanations?.[key];
  if (explanation?.status !== 'explained') throw new Error(`${key} is not explained: ${explanation?.reason}`);
  return explanation;
};

/** The same store with other checkpoints. */
function reading(getCheckpoint: ProfileStore['getCheckpoint']): ProfileStore {
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name);
      return name === 'getCheckpoint' ? getCheckpoint : typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

describe('predictSymbol({ explain })', () => {
  it('names the features that moved each forecast most; with base and others they sum to it', async () => {
    const plain = await predictSymbol({ symbol: 'TEST', store, models });
    const prediction = await predictSymbol({ symbol: 'TEST', store, models, explain: true });
    expect(plain.explanations).toBeUndefined();
    expect(prediction).toMatchObject({ ...plain });
    expect(Object.keys(prediction.explanations ?? {})).toEqual(Object.keys(models));
    for (const key of ['forest', 'up_by_boosting', 'linear']) {
      const { unit, base, features, others } = of(prediction, key);
      expect(features, key).toHaveLength(5);
      const sizes = features.map(({ contribution }) => Math.abs(contribution));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      const sum = features.reduce((total, { contribution }) => total + contribution, base + others);
      expect(unit).toBe(key === 'up_by_boosting' ? 'log_odds' : 'forecast');
      const forecast = unit === 'log_odds' ? sigmoid(sum) : sum;
      expect(Math.abs(forecast - (plain.predictedReturn[key] ?? plain.probabilities[key])), key).toBeLessThan(1e-9);
    }
    const { features } = of(await predictSymbol({ symbol: 'TEST', store, models, explain: 2 }), 'forest');
    expect(features).toEqual(of(prediction, 'forest').features.slice(0, 2));
    const all = of(await predictSymbol({ symbol: 'TEST', store, models, explain: 1_000 }), 'forest');
    expect(all.others).toBe(0);
    const row = (await store.getStatisticalProfile('TEST'))?.features;
    expect(JSON.stringify(row)).toContain(features[0].feature);
  });

  it('says why a model is not explained', async () => {
    const { explanations } = await predictSymbol({ symbol: 'TEST', store, models, explain: true });
    expect(explanations?.dark).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining("'Dark', which is not made of trees"),
    });
  });

  it('reads the covers only then', async () => {
    const omitted: boolean[] = [];
    const watched = reading(async (symbol, options) => {
      omitted.push(options?.omit?.includes('covers') === true);
      return store.getCheckpoint(symbol, options);
    });
    await predictSymbol({ symbol: 'TEST', store: watched, models });
    await predictSymbol({ symbol: 'TEST', store: watched, models, explain: false });
    await predictSymbol({ symbol: 'TEST', store: watched, models, explain: 3 });
    expect(omitted).toEqual([true, true, false]);
  });

  it('explains what it can of a store without covers, or with damaged ones', async () => {
    for (const [covers, reason] of [
      [undefined, /older releases; train again/],
      [Uint8Array.of(1, 2, 3), /cannot be used \(.*train again/],
    ] as const) {
      const broken = reading(async (symbol, options) => {
        const checkpoint = await store.getCheckpoint(symbol, options);
        if (checkpoint === null) return null;
        const { covers: _, ...files } = checkpoint.models;
        return { ...checkpoint, models: { ...files, ...(covers && { covers }) } };
      });
      const { explanations } = await predictSymbol({ symbol: 'TEST', store: broken, models, explain: true });
      expect(explanations?.forest).toEqual({ status: 'unavailable', reason: expect.stringMatching(reason) });
      expect(explanations?.linear).toMatchObject({ status: 'explained' });
    }
  });

  it('prints as a table that fits, and its JSON is plain', async () => {
    const prediction = await predictSymbol({ symbol: 'TEST', store, models, explain: 3 });
    const lines = inspect(prediction).split('\n');
    expect(lines[0]).toMatch(/^forecast after 2021-\d\d-\d\d 00:00 UTC, models [0-9a-f]{12}$/);
    expect(lines[1]).toMatch(/^model {6}forest: -?0?\.?\d[\d.e-]*, return of the next bar$/);
    expect(lines[2]).toMatch(/^ {11}from a base of -?[\d.e-]+ by$/);
    for (const line of lines.slice(3, 6)) expect(line).toMatch(/^ {11}[+-][\d.e-]+ +\w+ = (-?[\d.e+-]+|missing)$/);
    expect(lines[6]).toMatch(/^ {11}[+-][\d.e-]+ +all others$/);
    expect(lines[7]).toMatch(/^model {6}up_by_boosting: 0\.\d+, direction of/);
    expect(lines[8]).toMatch(/log odds of/);
    expect(lines.at(-2)).toContain('not explained');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(JSON.parse(JSON.stringify(prediction)).explanations.forest.features).toHaveLength(3);
  });

  it('is refused what is no number of features, and hears an abort', async () => {
    for (const explain of [0, 1.5, 1_001, -1, Number.NaN])
      await expect(predictSymbol({ symbol: 'TEST', store, models, explain })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('explain must be true, false or a whole number from 1 to 1,000'),
      });
    const aborted = predictSymbol({ symbol: 'TEST', store, models, explain: true, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('explains models that see a single feature', async () => {
    const one = memoryProfileStore();
    await run(one, 580, { features: [rsi({ periods: [2] })], models: { forest: models.forest } });
    const { features, others } = of(await predictSymbol({ symbol: 'TEST', store: one, explain: true }), 'forest');
    expect(features.length).toBeGreaterThan(0);
    expect(others).toBe(0);
  });
});
