import { describe, expect, it } from 'vitest';
import { rsi } from '../../src/features';
import {
  allocateBars,
  arrayBars,
  type BarSource,
  type Bars,
  defineFeature,
  direction,
  FeatureEngineer,
  horizonReturn,
  MLModelTrainer,
  memoryBarStore,
  memoryProfileStore,
  nextReturn,
  type PrepareDatasetOptions,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  resolveMarket,
  saveModel,
  sliceBars,
  standardFeatures,
  type TrainingData,
  trainSymbol,
} from '../../src/index';
import { equalWeights, labelBars, uniqueness } from '../../src/targets';
import { randomBars } from '../generated-bars';

const DAY = 86_400_000;
const bars = randomBars(600, { seed: 5, interval: DAY, start: Date.UTC(2020, 0, 1) });
const models = {
  forest: randomForestRegressor({ trees: 3, maxDepth: 4 }),
  up: randomForestClassifier({ trees: 3, maxDepth: 4 }),
};
const now = new Date(Date.UTC(2024, 0, 1));

/** A copy with one bar changed. */
function withBar(at: number, change: Partial<Record<keyof Omit<Bars, 'length'>, number>>): Bars {
  const copy = allocateBars(bars.length);
  for (const name of ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const) {
    copy[name].set(bars[name]);
    const value = change[name];
    if (value !== undefined) copy[name][at] = value;
  }
  return copy;
}

describe('prepareDataset', () => {
  it.each([
    ['as it is by default', {}],
    [
      'with features, a target and a market of its own',
      { features: [...standardFeatures(), rsi({ periods: [3] })], target: horizonReturn({ bars: 5 }), exchange: 'NASDAQ' },
    ],
    ['with only some of the bars', { from: new Date(Date.UTC(2020, 3, 1)), to: new Date(Date.UTC(2021, 3, 1)) }],
  ])('makes the rows that trainSymbol trains on: the models are the same to the byte, and so are their figures, %s', async (_, options) => {
    const dataset = await prepareDataset({ source: bars, now, ...options });
    const trained = await new MLModelTrainer({ models, seed: 7 }).train(dataset);
    const run = await trainSymbol({ symbol: 'A', source: bars, store: memoryProfileStore(), models, seed: 7, now, ...options });
    for (const key of ['forest', 'up']) {
      expect(Buffer.from(saveModel(trained.models[key])).equals(Buffer.from(saveModel(run.models[key])))).toBe(true);
      const timed = { training_time_ms: null };
      expect({ ...trained.metrics[key], ...timed }).toEqual({ ...run.mlProfile.models.metrics[key], ...timed });
    }
    expect(trained.rows).toEqual(dataset.rows);
    expect(await trained.models.forest.predict(dataset, dataset.rows)).toEqual(
      await run.models.forest.predict(dataset.matrix, dataset.rows),
    );
    expect(await trained.models.forest.predict(dataset)).toHaveLength(dataset.bars.length);
  });

  it('gives columns that equal the engine, the bars and the labels to the bit', async () => {
    const target = direction({ of: horizonReturn({ bars: 3 }), deadZone: 0.001 });
    const dataset = await prepareDataset({ source: bars, now, target, columns: ['sma_20', 'rsi_14', 'close'] });
    const engineer = new FeatureEngineer(resolveMarket(DAY));
    const exact = new Map<string, Float64Array>();
    const matrix = await engineer.update(bars, {
      onBlock: (specs, columns, first, count) =>
        specs.forEach(({ name }, j) => {
          const all = exact.get(name) ?? new Float64Array(bars.length);
          all.set(columns[j].subarray(0, count), first);
          exact.set(name, all);
        }),
    });
    expect(engineer.modelFeatures).not.toContain('sma_20');
    for (const name of ['sma_20', 'rsi_14']) expect(dataset.column(name)).toEqual(exact.get(name));
    for (const [at, name] of matrix.names.entries()) if (name !== 'rsi_14') expect(dataset.column(name)).toEqual(matrix.columns[at]);
    for (const name of ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const) expect(dataset.column(name)).toEqual(bars[name]);
    expect(dataset.labels).toEqual(labelBars(target, bars, dataset.market));
    expect(dataset.column('label')).toBe(dataset.labels.value);
    expect(dataset).toMatchObject({ target: { name: 'direction' }, weights: null, warnings: [], rejected: { total: 0 } });
    expect(dataset).toMatchObject({ featureSet: engineer.hash, warmup: engineer.warmup, rows: { from: 60, to: 597 } });
  });

  it('makes rows of it for people and plots', async () => {
    const dataset = await prepareDataset({ source: bars, now });
    const rows = dataset.table(['close', 'rsi_14', 'label'], { from: 598, to: 600 });
    expect(rows).toEqual([
      {
        timestamp: new Date(bars.timestamp[598]),
        close: bars.close[598],
        rsi_14: dataset.column('rsi_14')[598],
        label: dataset.column('label')[598],
      },
      { timestamp: new Date(bars.timestamp[599]), close: bars.close[599], rsi_14: dataset.column('rsi_14')[599], label: Number.NaN },
    ]);
    expect(Object.keys(rows[0])).toEqual(['timestamp', 'close', 'rsi_14', 'label']);
    expect(dataset.table([])).toHaveLength(600);
    expect(dataset.table(['timestamp'])[0]).toEqual({ timestamp: new Date(bars.timestamp[0]) });
    expect(String(dataset)).toMatch(/^dataset of 600 rows, bars of 1 day\nbars .*\nfeatures .*\nlabel +return of the next bar\n/);
    expect(() => dataset.table(['close'], { from: 0, to: 601 })).toThrow('rows are 0 to 601 of 600');
    expect(() => Reflect.apply(dataset.table, dataset, [['close'], null])).toThrow('rows must be { from, to }, numbers of rows, not null');
    expect(() => dataset.table(['clos'])).toThrow("there is no column 'clos'; did you mean 'close'?");
    expect(() => dataset.column('sma_20')).toThrow("prepareDataset({ columns: ['sma_20'] }) keeps it");
  });

  it('a row does not know what comes later', async () => {
    const whole = await prepareDataset({ source: bars, now, columns: ['sma_20'] });
    const known = await prepareDataset({ source: sliceBars(bars, 0, 400), now, columns: ['sma_20'] });
    for (const name of [...known.matrix.names, 'sma_20']) expect(whole.column(name).subarray(0, 400)).toEqual(known.column(name));
    expect(whole.column('label').subarray(0, 399)).toEqual(known.column('label').subarray(0, 399));
  });

  it('tells what was left out, and leaves nothing out that it was not told to', async () => {
    const bad = withBar(100, { close: Number.NaN });
    await expect(prepareDataset({ source: bad, now })).rejects.toMatchObject({ code: 'INVALID_BARS' });
    const dropped = await prepareDataset({ source: bad, now, badBars: 'drop' });
    expect(dropped.rejected.total).toBe(1);
    expect(dropped.bars.length).toBe(599);
    const early = await prepareDataset({ source: bars, now: new Date(bars.timestamp[599]) });
    expect(early.ignored.forming).toBe(1);
    const told: string[] = [];
    const noisy: BarSource = {
      async *fetch() {
        yield { bars, batch: 1, warnings: [{ code: 'assumed', message: 'made up', count: 1, firstBar: null }] };
      },
    };
    const warned = await prepareDataset({ source: noisy, now, onProgress: ({ warning }) => warning && told.push(warning.message) });
    expect(warned.warnings.map(({ message }) => message)).toEqual(['made up']);
    expect(told).toEqual(['made up']);
    await expect(prepareDataset({ source: noisy, now, strict: true })).rejects.toMatchObject({ code: 'STRICT' });
  });

  it('reads Bars, rows and kept bars alike', async () => {
    const store = memoryBarStore();
    const market = resolveMarket(DAY, { exchange: 'NASDAQ' });
    await store.write({ symbol: 'A', market, from: Number.NEGATIVE_INFINITY, bars, baseRevision: 0 });
    const rows = Array.from({ length: bars.length }, (_, i) => ({
      ...{
        timestamp: bars.timestamp[i],
        open: bars.open[i],
        high: bars.high[i],
        low: bars.low[i],
        close: bars.close[i],
        volume: bars.volume[i],
      },
    }));
    const exchange = 'NASDAQ';
    const expected = await prepareDataset({ source: arrayBars(bars), now, exchange });
    const others: PrepareDatasetOptions[] = [
      { source: rows, exchange },
      { source: bars, exchange },
      { bars, exchange },
      { bars: store, symbol: 'A' },
      { bars: store, symbol: 'A', exchange, interval: DAY },
    ];
    for (const options of others) {
      const { matrix, market: resolved } = await prepareDataset({ now, ...options });
      expect(resolved).toEqual(expected.market);
      expect(matrix).toEqual(expected.matrix);
    }
    const part = { from: new Date(bars.timestamp[100]), to: new Date(bars.timestamp[499]) };
    const cut = await prepareDataset({ bars: store, symbol: 'A', now, ...part });
    expect([cut.bars.timestamp[0], cut.bars.length, cut.ignored.later]).toEqual([bars.timestamp[100], 400, 100]);
    await expect(prepareDataset({ bars: store })).rejects.toThrow('needs a symbol, as bars is a bar store');
    await expect(prepareDataset({ bars: store, symbol: 'B' })).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' });
    await expect(prepareDataset({ bars: store, symbol: 'A', stamp: 'end' })).rejects.toThrow('another market than the options say');
  });

  it('says that a symbol is needed where the source has several', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({
      ...{ timestamp: Date.UTC(2020, 0, 1) + i * DAY, open: 10, high: 11, low: 9, close: 10 + (i % 3), volume: 1, symbol: 'A' },
    }));
    await expect(prepareDataset({ source: rows, now })).rejects.toThrow(
      'no symbol was given: if the source has several, say which with symbol',
    );
    expect((await prepareDataset({ source: rows, symbol: 'A', now })).bars.length).toBe(200);
  });

  it('weighs the rows that are trained on, and the trainer hears of it', async () => {
    const target = horizonReturn({ bars: 5 });
    const dataset = await prepareDataset({ source: bars, now, target, weights: uniqueness() });
    const { weights, rows, labels } = dataset;
    const outside = { value: labels.value.slice().fill(Number.NaN, 0, rows.from), end: labels.end.slice().fill(-1, 0, rows.from) };
    expect(weights).toEqual(uniqueness().weigh(outside, bars, dataset.market));
    expect(weights?.[rows.from - 1]).toBe(0);
    const run = { symbol: 'A', source: bars, store: memoryProfileStore(), models, target, now };
    const weighed = await trainSymbol({ ...run, weights: uniqueness() });
    const same = await new MLModelTrainer({ models }).train(dataset);
    const others = await new MLModelTrainer({ models, weights: equalWeights() }).train(dataset);
    const plain = await new MLModelTrainer({ models }).train(await prepareDataset({ source: bars, now, target }));
    expect(saveModel(same.models.forest)).toEqual(saveModel(weighed.models.forest));
    expect(saveModel(others.models.forest)).toEqual(saveModel(plain.models.forest));
    expect(saveModel(same.models.forest)).not.toEqual(saveModel(plain.models.forest));
  });

  it('brings the target with it, unless the trainer has one of its own', async () => {
    const dataset = await prepareDataset({ source: bars, now, target: horizonReturn({ bars: 5 }) });
    const own = await new MLModelTrainer({ models }).train(dataset);
    expect(own.models.forest.target.name).toBe('horizon_return');
    expect(own.models.up.target).toMatchObject({ name: 'direction', parameters: { of: { name: 'horizon_return' } } });
    const other = await new MLModelTrainer({ models, target: nextReturn() }).train(dataset);
    expect(other.models.forest.target.name).toBe('next_return');
    const sides = await prepareDataset({ source: bars, now, target: direction() });
    await expect(new MLModelTrainer({ models }).train(sides)).rejects.toThrow(
      'models.forest forecasts a number, but its target is the direction',
    );
  });

  it('is refused by a trainer if its rows or labels have been changed, which would be disregarded', async () => {
    const dataset = await prepareDataset({ source: bars, now });
    const { labels, rows } = dataset;
    const none = { value: new Float64Array(600).fill(Number.NaN), end: new Int32Array(600).fill(-1) };
    for (const only of [models, { up: models.up }, { forest: models.forest }]) {
      const trainer = new MLModelTrainer({ models: only });
      const files = async (data: TrainingData) => Object.values((await trainer.train(data)).models).map(saveModel);
      const { matrix, warmup, featureSet, market } = dataset;
      const copied = { ...dataset, labels: structuredClone(labels), rows: { ...rows } };
      expect(await files(copied)).toEqual(await files({ matrix, bars, warmup, featureSet, market }));
      const changes: readonly (readonly [object, string])[] = [
        [
          { rows: { ...rows, to: rows.to - 100 } },
          `rows have been changed: a trainer learns from all that have features and a label, 60 to 599`,
        ],
        [{ rows: null }, 'rows have been changed'],
        [{ labels: none }, 'labels have been changed'],
        [{ labels: { ...labels, end: labels.end.map((end, row) => (row === 300 ? end + 1 : end)) } }, 'labels have been changed'],
        [{ labels: 7 }, 'labels have been changed'],
      ];
      for (const [change, message] of changes) {
        const refused = trainer.train({ ...dataset, ...change });
        await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(message) });
      }
      // labels of another target are not what it learns from
      await new MLModelTrainer({ models: only, target: horizonReturn({ bars: 5 }) }).train(dataset);
    }
  });

  it('refuses what it does not understand before it reads', async () => {
    let asked = 0;
    const source: BarSource = {
      async *fetch() {
        asked++;
        yield { bars, batch: 1 };
      },
    };
    const wrong: [object, string | RegExp][] = [
      [{}, 'needs source or bars'],
      [{ source, bars }, 'both source and bars'],
      [{ source, targets: nextReturn() }, "unknown option 'targets'; did you mean 'target'?"],
      [{ source: 'aapl.csv' }, 'csvBars('],
      [{ bars: [] }, 'bars must be a BarStore or Bars'],
      [{ source, columns: 'close' }, "columns must be an array of names, not 'close' (a text): ['close']"],
      [{ source, features: [rsi(), rsi()] }, /^features: rsi .*has/],
      [{ source, weights: uniqueness }, 'weights must be weights'],
    ];
    for (const [options, message] of wrong) {
      const given: PrepareDatasetOptions = options;
      await expect(prepareDataset(given)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(message instanceof RegExp ? message : message.replaceAll(/[()[\]?]/g, '\\$&')),
      });
    }
    expect(asked).toBe(0);
    await expect(prepareDataset({ source, now, columns: ['sma_21'] })).rejects.toThrow("columns[0]: there is no column 'sma_21'");
    await expect(prepareDataset({ source: sliceBars(bars, 0, 90), now })).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
  });

  it('refuses a name that is two columns', async () => {
    const close = defineFeature({
      name: 'close',
      version: 1,
      group: 'technical_indicators',
      unit: 'none',
      next: () => (bar) => bar.close / bar.open,
    });
    const dataset = await prepareDataset({ source: bars, now, features: [close] });
    expect(() => dataset.column('close')).toThrow("'close' is a feature and the bars' close: give the feature another name");
  });

  it('hears an abort', async () => {
    const controller = new AbortController();
    const stopped = prepareDataset({
      source: bars,
      now,
      signal: controller.signal,
      onProgress: ({ stage }) => stage === 'features' && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
