import { describe, expect, it } from 'vitest';
import { rsi } from '../../src/features';
import {
  type Bars,
  defineFeature,
  defineTarget,
  direction,
  type FeatureFamily,
  memoryProfileStore,
  randomForestClassifier,
  randomForestRegressor,
  ridge,
  trainSymbol,
} from '../../src/index';
import { randomBars } from '../generated-bars';

const bars = randomBars(300, { seed: 5 });
const up = randomForestClassifier({ trees: 2, target: direction({ deadZone: 50 }) });
const train = (models: Parameters<typeof trainSymbol>[0]['models'], source: Bars = bars) =>
  trainSymbol({ symbol: 'A', source, store: memoryProfileStore(), models });
const codes = async (models: Parameters<typeof train>[0]) => (await train(models)).warnings.map(({ code }) => code);

describe('models that cannot but forecast the same of every bar', () => {
  it('are warned of where a classifier learns one class, naming model and target', async () => {
    const { warnings, companyProfile } = await train({ up });
    expect(warnings).toMatchObject([
      { code: 'one_class', message: expect.stringMatching(/^models\.up .*direction.* is 0 on all \d+ rows/) },
    ]);
    expect(companyProfile.raw_data.warnings).toMatchObject([{ code: 'one_class' }]);
  });

  it('are warned of where leaves are more than half of the rows, with what to do', async () => {
    const { warnings } = await train({ forest: randomForestRegressor({ trees: 2, minSamplesLeaf: 200 }) });
    expect(warnings).toMatchObject([
      { code: 'no_split', message: expect.stringMatching(/^models\.forest .* 200 rows .* at least 400 rows/) },
    ]);
    expect(await codes({ forest: randomForestRegressor({ trees: 2, minSamplesLeaf: 20 }) })).toEqual([]);
  });

  it.each([
    ['is still warming up', defineFeature({ name: 'late', warmup: 1_000, next: () => (bar) => bar.close })],
    ['never has a value', defineFeature({ name: 'never', gaps: true, next: () => () => Number.NaN })],
    ['is constant', defineFeature({ name: 'still', next: () => () => 7 })],
  ])('are warned of where every feature %s', async (_, feature) => {
    const models = { forest: randomForestRegressor({ trees: 2 }), line: ridge() };
    const run = (features: readonly FeatureFamily[]) =>
      trainSymbol({ symbol: 'A', source: bars, store: memoryProfileStore(), models, features });
    const { warnings } = await run([feature]);
    expect(warnings).toMatchObject(
      ['forest', 'line'].map((key) => ({
        code: 'no_split',
        message: expect.stringContaining(`models.${key} forecasts the same of every bar: no feature divides the`),
      })),
    );
    expect((await run([feature, rsi()])).warnings).toEqual([]);
  });

  it('are refused by strict: true, before anything is stored', async () => {
    const store = memoryProfileStore();
    const run = trainSymbol({ symbol: 'A', source: bars, store, models: { up }, strict: true });
    await expect(run).rejects.toMatchObject({ code: 'STRICT', message: expect.stringContaining('one_class') });
    expect(await store.listSymbols()).toEqual([]);
  });

  it('are not taken for that where the close is constant and the target does not depend on it', async () => {
    const still = {
      ...bars,
      open: bars.open.map(() => 7),
      close: bars.close.map(() => 7),
      high: bars.high.map((_, t) => 7 + (t % 5)),
      low: bars.low.map(() => 6),
    };
    const range = defineTarget({
      ...{ name: 'range', version: 1, parameters: {}, kind: 'regression', description: 'range of the next bar' },
      labelAt: (row, { high, low, length }) => (row + 1 < length ? { value: high[row + 1] - low[row + 1], end: row + 1 } : null),
    });
    const forest = randomForestRegressor({ trees: 2, target: range });
    expect((await train({ forest }, still)).mlProfile.models.models_trained).toEqual(['forest']);
    await expect(train({ forest: randomForestRegressor({ trees: 2 }) }, still)).rejects.toMatchObject({
      code: 'CONSTANT_PRICES',
      message: expect.stringContaining('the return of the next bar is 0 on all'),
    });
  });
});
