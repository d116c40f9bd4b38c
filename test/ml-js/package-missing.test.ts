import { describe, expect, it, vi } from 'vitest';
import { memoryProfileStore, sampleBars, TickerforestError, trainSymbol } from '../../src/index';
import { mlCart, mlGradientBoosting, mlRandomForest } from '../../src/ml-js/index';
import { makeMatrix } from '../trees/matrices';

vi.mock('ml-random-forest', () => {
  throw new Error("Cannot find package 'ml-random-forest'");
});
vi.mock('ml-cart', () => {
  throw new Error("Cannot find package 'ml-cart'");
});

describe('without the packages', () => {
  const rows = { matrix: makeMatrix(10, 2, (row) => row), range: { from: 0, to: 10 }, label: new Float64Array(10) };

  it.each([
    [mlRandomForest(), 'ml-random-forest'],
    [mlCart(), 'ml-cart'],
    [mlGradientBoosting(), 'ml-cart'],
  ])('a fit says what to install: %#', async (model, name) => {
    const fit = Promise.resolve(model.fit(rows, { seed: 1, onStep: () => {} }));
    await expect(fit).rejects.toThrow(new RegExp(`^ml\\w+ needs the package ${name}: npm install ${name}$`));
    await expect(fit).rejects.toMatchObject({ code: 'INVALID_OPTION', cause: expect.any(Error) });
  });

  it('a training says so, too, and stores nothing', async () => {
    const store = memoryProfileStore();
    const run = trainSymbol({ symbol: 'X', source: sampleBars({ bars: 300 }), store, models: { theirs: mlCart() } });
    await expect(run).rejects.toThrow(TickerforestError);
    await expect(run).rejects.toThrow(/npm install ml-cart/);
    expect(await store.listSymbols()).toEqual([]);
  });
});
