import { DecisionTreeClassifier, DecisionTreeRegression } from 'ml-cart';
import { RandomForestRegression } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { rsi, volatility } from '../../src/features';
import {
  type FitRows,
  type FittedModel,
  loadModel,
  MLModelTrainer,
  type Model,
  memoryProfileStore,
  predictSymbol,
  prepareDataset,
  randomForestRegressor,
  type SampleWeights,
  sampleBars,
  saveModel,
  TickerforestError,
  trainSymbol,
} from '../../src/index';
import { mlCart, mlGradientBoosting, mlRandomForest, toMlRandomForest } from '../../src/ml-js/index';
import { streamSeed } from '../../src/ml-js/learning-rows';
import { defineWeights } from '../../src/targets';
import { refusalOf } from '../options/refused';
import { hashed, makeMatrix, makeTarget, rowOf } from '../trees/matrices';

const ROWS = 150;
const matrix = makeMatrix(ROWS, 4, hashed);
const label = makeTarget(ROWS, 0.3);
const classes = label.map((value) => (value > 0.2 ? 1 : 0));
const lists = Array.from({ length: ROWS }, (_, row) => [...rowOf(matrix, row)]);
const context = { seed: 7, onStep: () => {} };
const whole: FitRows = { matrix, range: { from: 0, to: ROWS }, label };
const ofClasses: FitRows = { ...whole, label: classes };

async function forecastsOf(fitted: FittedModel, rows = ROWS, of = matrix): Promise<number[]> {
  const out = new Float64Array(rows);
  await fitted.predict({ matrix: of }, { from: 0, to: rows }, out);
  return [...out];
}
const each: readonly [string, Model, FitRows][] = [
  ['mlCart, regression', mlCart(), whole],
  ['mlCart, classification', mlCart({ task: 'classification' }), ofClasses],
  ['mlRandomForest, regression', mlRandomForest({ trees: 4, maxFeatures: 2 }), whole],
  ['mlRandomForest, classification', mlRandomForest({ trees: 4, task: 'classification' }), ofClasses],
  ['mlGradientBoosting', mlGradientBoosting({ trees: 4 }), whole],
];

describe('mlCart', () => {
  it('forecasts what ml-cart does, to the bit', async () => {
    for (const maxDepth of [1, 3, 10]) {
      const theirs = new DecisionTreeRegression({ maxDepth, minNumSamples: 5 });
      theirs.train(lists, [...label]);
      const ours = await mlCart({ maxDepth, minSamplesSplit: 6 }).fit(whole, context);
      expect(await forecastsOf(ours)).toEqual(theirs.predict(lists));
    }
  });

  it('forecasts the share of class 1 in the leaf', async () => {
    const theirs = new DecisionTreeClassifier({ maxDepth: 2 });
    theirs.train(lists, [...classes]);
    const ours = await mlCart({ task: 'classification', maxDepth: 2 }).fit(ofClasses, context);
    for (const [row, forecast] of (await forecastsOf(ours)).entries()) {
      const leaf = theirs.root.classify(lists[row]);
      expect(forecast).toBeCloseTo(leaf.columns > 1 ? leaf.get(0, 1) : 0, 12);
    }
  });

  it('is what remains of a tree of theirs where a split would leave no error', async () => {
    const small = makeMatrix(6, 1, (row) => row);
    const fitted = await mlCart({ minSamplesSplit: 2 }).fit(
      { matrix: small, range: { from: 0, to: 6 }, label: Float64Array.of(0, 0, 0, 1, 1, 1) },
      context,
    );
    expect(await forecastsOf(fitted, 6, small)).toEqual(new Array(6).fill(0.5));
  });
});

describe('mlRandomForest', () => {
  it('is the mean of forests of one tree, each of its own seed, to the bit', async () => {
    const ours = await mlRandomForest({ trees: 5, maxFeatures: 3, bootstrap: false, maxDepth: 6 }).fit(whole, context);
    const sums = new Array(ROWS).fill(0);
    for (let tree = 0; tree < 5; tree++) {
      const theirs = new RandomForestRegression({
        ...{ nEstimators: 1, useSampleBagging: false, noOOB: true, maxFeatures: 3, replacement: false },
        ...{ seed: streamSeed(7, 2 * tree + 1), treeOptions: { maxDepth: 6, minNumSamples: 3 } },
      });
      theirs.train(lists, [...label]);
      for (const [row, one] of theirs.predict(lists).entries()) sums[row] += one;
    }
    expect(await forecastsOf(ours)).toEqual(sums.map((sum) => sum / 5));
  });

  it('learns: out of sample it is better than the mean, with rows drawn anew for every tree', async () => {
    const half: FitRows = { ...whole, range: { from: 0, to: 100 } };
    const fitted = await mlRandomForest({ trees: 20 }).fit(half, context);
    const forecasts = await forecastsOf(fitted);
    const error = (of: (row: number) => number) => label.subarray(100).reduce((sum, value, i) => sum + (value - of(100 + i)) ** 2, 0);
    const mean = label.subarray(0, 100).reduce((sum, value) => sum + value, 0) / 100;
    expect(error((row) => forecasts[row])).toBeLessThan(0.6 * error(() => mean));
    expect(
      new Set(fitted.ensemble?.treeOffsets.slice(1).map((end, tree) => end - (fitted.ensemble?.treeOffsets[tree] ?? 0))).size,
    ).toBeGreaterThan(3);
  });

  it('forecasts shares of votes', async () => {
    const fitted = await mlRandomForest({ trees: 8, task: 'classification' }).fit(ofClasses, context);
    const forecasts = await forecastsOf(fitted);
    expect(forecasts.every((share) => Number.isInteger(8 * share) && share >= 0 && share <= 1)).toBe(true);
    const right = forecasts.filter((share, row) => Number(share > 0.5) === classes[row]).length;
    expect(right / ROWS).toBeGreaterThan(0.8);
  });

  it.each(['all', 'sqrt', 1, 2, 4, 1000] as const)('draws %s features for a tree', async (maxFeatures) => {
    const fitted = await mlRandomForest({ trees: 3, maxFeatures }).fit(whole, context);
    const { ensemble } = fitted;
    const asked = [0, 1, 2].map((tree) => {
      const [from, to] = [ensemble?.treeOffsets[tree] ?? 0, ensemble?.treeOffsets[tree + 1] ?? 0];
      return new Set(ensemble?.feature.subarray(from, to).filter((_, i) => ensemble.left[from + i] !== 0)).size;
    });
    const most = { all: 4, sqrt: 2, 1: 1, 2: 2, 4: 4, 1000: 4 }[maxFeatures];
    expect(Math.max(...asked)).toBe(most);
  });
});

describe('mlGradientBoosting', () => {
  it('is the mean, and trees of ml-cart on what is left over', async () => {
    const fitted = await mlGradientBoosting({ trees: 6, maxDepth: 2, learningRate: 0.3 }).fit(whole, context);
    const mean = label.reduce((sum, value) => sum + value, 0) / ROWS;
    const forecast = new Array<number>(ROWS).fill(mean);
    for (let tree = 0; tree < 6; tree++) {
      const theirs = new DecisionTreeRegression({ maxDepth: 2, minNumSamples: 3 });
      theirs.train(
        lists,
        forecast.map((value, row) => label[row] - value),
      );
      for (const [row, step] of theirs.predict(lists).entries()) forecast[row] += 0.3 * step;
    }
    for (const [row, value] of (await forecastsOf(fitted)).entries()) expect(value).toBeCloseTo(forecast[row], 12);
  });
});

describe.each(each)('%s', (_, model, rows) => {
  it('gives the same bytes for the same seed, and is saved and loaded without the package', async () => {
    const [one, other] = [await model.fit(rows, context), await model.fit(rows, context)];
    expect(one.save()).toEqual(other.save());
    const { facts, arrays } = one.save();
    const loaded = model.load({ facts, array: (name) => arrays[name], features: 4 });
    expect(await forecastsOf(loaded)).toEqual(await forecastsOf(one));
    expect([0, 1, 2].map((row) => one.predictRow(rowOf(matrix, row)))).toEqual((await forecastsOf(one)).slice(0, 3));
  });

  it('takes a row of weight 3 for three rows, and none of weight 0', async () => {
    const weights = new Uint16Array(ROWS).map((__, row) => row % 4);
    const unknown = rows.label.map((value, row) => (weights[row] === 0 ? Number.NaN : value));
    const weighted = await model.fit({ ...rows, label: unknown, weights }, context);
    const order = [...weights].flatMap((weight, row) => new Array<number>(weight).fill(row));
    const repeated = makeMatrix(order.length, 4, (row, feature) => matrix.columns[feature][order[row]]);
    const plain = await model.fit(
      { matrix: repeated, range: { from: 0, to: order.length }, label: Float64Array.from(order, (row) => rows.label[row]) },
      context,
    );
    expect(await forecastsOf(weighted)).toEqual(await forecastsOf(plain));
  });

  it('takes a missing value for the largest, in training and forecast', async () => {
    const holed = makeMatrix(ROWS, 4, (row, feature) => ((row + feature) % 5 === 0 ? Number.NaN : hashed(row, feature)));
    const filled = makeMatrix(ROWS, 4, (row, feature) => ((row + feature) % 5 === 0 ? 1e30 : hashed(row, feature)));
    const ofHoled = await model.fit({ ...rows, matrix: holed }, context);
    const ofFilled = await model.fit({ ...rows, matrix: filled }, context);
    expect(await forecastsOf(ofHoled, ROWS, holed)).toEqual(await forecastsOf(ofFilled, ROWS, filled));
    expect((await forecastsOf(ofHoled, ROWS, holed)).every(Number.isFinite)).toBe(true);
  });

  it('knows importances and how many rows each node has seen', async () => {
    const { importance = new Float64Array(), ensemble } = await model.fit(rows, context);
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(importance[0] + importance[1] + importance[2]).toBeGreaterThan(importance[3]);
    for (const root of ensemble?.treeOffsets.subarray(0, -1) ?? []) expect(ensemble?.cover?.[root]).toBe(ROWS);
    for (const [node, child] of ensemble?.left.entries() ?? [])
      if (child !== 0) expect(ensemble?.cover?.[node]).toBe((ensemble?.cover?.[child] ?? 0) + (ensemble?.cover?.[child + 1] ?? 0));
  });

  it('refuses more rows than it may learn from before it begins, and is ended by an abort', async () => {
    const many = { matrix: makeMatrix(2_001, 4, hashed), range: { from: 0, to: 2_001 }, label: new Float64Array(2_001) };
    await expect(async () => model.fit(many, context)).rejects.toThrow(
      /^ml\w+ would learn from 2,001 rows, .* maxRows is 2,000\. Give fewer bars \(trainingWindow\)/,
    );
    await expect(async () => model.fit(many, context)).rejects.toMatchObject({ code: 'WORK_TOO_LARGE' });
    const signal = AbortSignal.abort();
    await expect(async () => model.fit(rows, { ...context, signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('models of ml-js', () => {
  const theirs = {
    forest: mlRandomForest({ trees: 3, maxDepth: 4 }),
    tree: mlCart({ maxDepth: 3 }),
    up: mlRandomForest({ task: 'classification', trees: 5, maxDepth: 4 }),
    boosting: mlGradientBoosting({ trees: 3 }),
  };
  const features = [rsi(), volatility()];

  it('are trained, judged, stored and asked like any other, and forecast without being given', async () => {
    const store = memoryProfileStore();
    const steps: string[] = [];
    const { mlProfile } = await trainSymbol({
      ...{ symbol: 'X', source: sampleBars({ bars: 300 }), store, models: theirs, features },
      onProgress: ({ message }) => steps.push(message),
    });
    expect(mlProfile.models.models_trained).toEqual(Object.keys(theirs));
    expect(mlProfile.models.metrics.up?.walk_forward).toMatchObject({ scheme: 'hold_out' });
    expect(mlProfile.models.metrics.forest).toMatchObject({
      model_type: 'MlRandomForestRegression',
      parameters: { n_estimators: 3, max_depth: 4 },
    });
    expect(steps.some((message) => /tree 2/.test(message))).toBe(true);
    const { predictedReturn, probabilities } = await predictSymbol({ symbol: 'X', store, features });
    expect(Object.keys(predictedReturn)).toEqual(['forest', 'tree', 'boosting']);
    expect(Number.isInteger(5 * (probabilities.up ?? 0.1))).toBe(true);
  });

  it('are given back to the packages by toMlRandomForest', async () => {
    const dataset = await prepareDataset({ source: sampleBars({ bars: 300 }), features });
    const { models } = await new MLModelTrainer({ models: theirs }).train(dataset);
    const rows = Array.from({ length: 50 }, (_, i) => rowOf(dataset.matrix, 150 + i));
    // missing values go right in their trees anyway
    const forest = RandomForestRegression.load(toMlRandomForest(loadModel(saveModel(models.forest))));
    expect(forest.predict(rows.map((row) => [...row]))).toEqual(rows.map((row) => models.forest.predictRow(row)));
  });

  it('are refused before any bar is read where they would take too long', async () => {
    const dataset = await prepareDataset({ source: sampleBars({ bars: 1_500 }) });
    const trainer = new MLModelTrainer({ models: { theirs: mlRandomForest({ trees: 200 }) } });
    await expect(trainer.train(dataset)).rejects.toMatchObject({ code: 'WORK_TOO_LARGE' });
    await expect(trainer.train(dataset)).rejects.toThrow(/Most of it is models\.theirs \(n_estimators 200/);
  });

  it('are refused before anything is trained where they would learn from more rows than they may, weights counted', async () => {
    const dataset = await prepareDataset({ source: sampleBars({ bars: 900 }), features });
    const [half, double] = [
      { name: 'half', size: 0.5 },
      { name: 'double', size: 2 },
    ].map(({ name, size }) =>
      defineWeights({ name, description: name, weigh: ({ value }) => value.map((_, row) => (row % 2 === 0 ? 1 : size)) }),
    );
    for (const make of [mlRandomForest, mlCart, mlGradientBoosting]) {
      const messages: string[] = [];
      const trained = async (maxRows: number, weights?: SampleWeights) =>
        new MLModelTrainer({ models: { ours: randomForestRegressor({ trees: 2 }), theirs: make({ maxRows }) }, weights })
          .train(dataset, {
            signal: AbortSignal.timeout(5_000),
            onProgress: ({ step, model = '' }) => void messages.push(`${step} ${model}`),
          })
          .catch((error: unknown) => String(error));
      const [, rows = ''] =
        /^TickerforestError: models\.theirs \('Ml\w+'\) would learn from (\d+) rows, .*; its maxRows is 1\. Give fewer bars/.exec(
          String(await trained(1)),
        ) ?? [];
      expect(Number(rows)).toBeGreaterThan(700);
      expect(await trained(Number(rows) - 1)).toContain(`learn from ${rows} rows`);
      for (const weights of [half, double])
        expect(await trained(Number(rows), weights)).toMatch(/models\.theirs .* would learn from \d+,?\d* rows/);
      expect(messages).toEqual([]);
    }
    const store = memoryProfileStore();
    const run = trainSymbol({
      symbol: 'X',
      source: sampleBars({ bars: 300 }),
      store,
      features,
      models: { theirs: mlCart({ maxRows: 50 }) },
    });
    await expect(run).rejects.toMatchObject({ code: 'WORK_TOO_LARGE' });
  });

  it('hear an abort between trees', async () => {
    const controller = new AbortController();
    let done = 0;
    const fit = mlRandomForest({ trees: 1_000 }).fit(whole, {
      ...{ seed: 1, signal: controller.signal },
      onStep: (tree) => {
        done = tree;
        if (tree === 2) setImmediate(() => controller.abort());
      },
    });
    await expect(fit).rejects.toMatchObject({ code: 'ABORTED' });
    expect(done).toBeLessThan(100);
  });

  it.each<[(options: object) => Model, object, RegExp]>([
    [mlRandomForest, { trees: 0 }, /trees must be a whole number from 1 to 10,000, not 0/],
    [mlRandomForest, { task: 'up' }, /task must be 'regression' or 'classification', not 'up'/],
    [mlRandomForest, { maxFeatures: 0.5 }, /maxFeatures must be 'all', 'sqrt' or a whole number/],
    [mlRandomForest, { nEstimators: 5 }, /unknown option 'nEstimators'/],
    [mlCart, { trees: 5 }, /unknown option 'trees'/],
    [mlCart, { gainThreshold: -1 }, /gainThreshold must be a number/],
    [mlGradientBoosting, { task: 'regression' }, /unknown option 'task'/],
    [mlGradientBoosting, { learningRate: 2 }, /learningRate must be a number above 0, at most 1/],
  ])('%# refuse what is no parameter', async (make, options, message) => {
    expect(await refusalOf(make, options)).toMatch(message);
    expect(() => make(options)).toThrow(TickerforestError);
  });
});
