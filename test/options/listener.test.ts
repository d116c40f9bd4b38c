import { setImmediate as round } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import { collectBars, FeatureEngineer, MLModelTrainer, prepareDataset, resolveMarket, trainSymbol } from '../../src/index';
import { explain, permutationImportance } from '../../src/research';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { randomBars } from '../generated-bars';
import { refusalOf } from './refused';

const bars = randomBars(420, { seed: 8 });
const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 1 }, regression_gb: { trees: 1 } };
const trained = async () => {
  const dataset = await prepareDataset({ source: bars });
  return { dataset, model: (await new MLModelTrainer({ models }).train(dataset)).models.regression_rf };
};

const unheard: unknown[] = [];
const hear = (reason: unknown) => unheard.push(reason);
beforeAll(() => process.on('unhandledRejection', hear));
afterAll(() => process.off('unhandledRejection', hear));

describe('a listener', () => {
  const calls: Readonly<Record<string, (listener: () => void) => Promise<unknown>>> = {
    trainSymbol: (onProgress) => trainSymbol({ symbol: 'A', source: bars, store: memoryProfileStore(), models, onProgress }),
    prepareDataset: (onProgress) => prepareDataset({ source: bars, onProgress }),
    collectBars: (onBatch) =>
      collectBars(
        {
          async *fetch() {
            yield { bars, batch: 1 };
          },
        },
        { symbol: 'A' },
        { onBatch },
      ),
    'FeatureEngineer.update': (onProgress) => new FeatureEngineer(resolveMarket(60_000)).update(bars, { onProgress }),
    'MLModelTrainer.train': async (onProgress) => new MLModelTrainer({ models }).train((await trained()).dataset, { onProgress }),
    explain: async (onProgress) => {
      const { dataset, model } = await trained();
      return explain(model, dataset, { rows: { from: 300, to: 310 }, onProgress });
    },
    permutationImportance: async (onProgress) => {
      const { dataset, model } = await trained();
      return permutationImportance(model, dataset, { from: 300, to: 400 }, { repeats: 1, onProgress });
    },
  };
  it.each(Object.entries(calls))('that rejects costs %s nothing', async (_, call) => {
    let heard = 0;
    const rejecting = (): unknown => {
      heard++;
      return Promise.reject(new RangeError('of the listener'));
    };
    await call(rejecting);
    await round();
    expect(heard).toBeGreaterThan(0);
    expect(unheard.splice(0)).toEqual([]);
  });
});

describe('a function that is asked for something, or is given what must not be lost', () => {
  const update = (onBlock: () => unknown) =>
    Reflect.apply(FeatureEngineer.prototype.update, new FeatureEngineer(resolveMarket(60_000)), [bars, { onBlock }]);

  it('onBlock ends the update with a code, its own error as the cause', async () => {
    const oops = new RangeError('the disk is full');
    const failing = update(() => {
      throw oops;
    });
    await expect(failing).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'onBlock threw while it took features; see the cause',
      cause: oops,
    });
    const own = new TickerforestError('STORE_FAILED', 'mine');
    await expect(
      update(() => {
        throw own;
      }),
    ).rejects.toBe(own);
  });

  it('onBlock cannot be async: its columns are reused', async () => {
    await expect(update(() => Promise.reject(new Error('late')))).rejects.toThrow(
      'onBlock returned a promise while it took features: it cannot be async',
    );
    await round();
    expect(unheard.splice(0)).toEqual([]);
  });

  it.each<[clock: () => unknown, message: string]>([
    [() => Number.NaN, 'clock must return milliseconds, not NaN'],
    [() => new Date(0), 'clock must return milliseconds, not a Date'],
    [async () => 5, 'clock returned a promise during training'],
    [() => Reflect.get(Object(null), 'x').y, 'clock threw during training'],
  ])('a clock that is none, no. %#', async (clock, message) => {
    const trainer = new MLModelTrainer({ models });
    const dataset = await prepareDataset({ source: sliceBars(bars, 0, 400) });
    expect(await refusalOf(trainer.train.bind(trainer), dataset, { clock })).toContain(message);
  });
});
