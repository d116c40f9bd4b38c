import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Dataset,
  extraTreesRegressor,
  gradientBoostingClassifier,
  loadModel,
  MLModelTrainer,
  prepareDataset,
  ridge,
  sampleBars,
  saveModel,
  standardModels,
  type TrainedModel,
} from '../../src/index';
import { toOnnx } from '../../src/onnx/index';
import { matrixOf, troublesomeRows } from '../ml-js/rows';
import { draws, smallModel } from '../models/small-model';
import { treesOf } from '../models/trees-of';
import { refusalOf } from '../options/refused';
import { runs } from '../runs';
import { mostApart, runtimeForecasts } from './runtime';

describe('toOnnx: random models, on their own thresholds, beside them, and with missing values', () => {
  it('onnxruntime forecasts the same', async () => {
    for (let seed = 0; seed < runs(60, 1_000); seed++) {
      const draw = draws(seed);
      const model = smallModel(draw);
      const rows = troublesomeRows(model, draw, 40, true);
      const forecasts = await runtimeForecasts(toOnnx(model), matrixOf(rows, model.featureNames));
      for (const [i, row] of rows.entries()) {
        const ours = model.predictRow(row);
        if (!(Math.abs(forecasts[i] - ours) <= 1e-15 * Math.max(1, Math.abs(ours))))
          expect.fail(`seed ${seed}: ${forecasts[i]}, ours ${ours}`);
      }
    }
  });

  it('by the older operator as well, rounded', async () => {
    for (let seed = 0; seed < runs(60, 1_000); seed++) {
      const draw = draws(seed);
      const model = smallModel(draw);
      const { base, divisor, value } = treesOf(model);
      const rows = troublesomeRows(model, draw, 40, true);
      const forecasts = await runtimeForecasts(toOnnx(model, { operator: 'TreeEnsembleRegressor' }), matrixOf(rows, model.featureNames));
      // half a unit in the last place of a single-precision number, of the sum over the trees
      const largest = value.reduce((most, one) => Math.max(most, Math.abs(one)), 0) * (treesOf(model).treeOffsets.length - 1);
      const bound = (2 ** -24 * largest) / divisor + 1e-15 * (1 + Math.abs(base));
      for (const [i, row] of rows.entries()) expect(Math.abs(forecasts[i] - model.predictRow(row))).toBeLessThanOrEqual(bound);
    }
  });
});

describe('toOnnx: trained models', () => {
  const models: Record<string, TrainedModel> = {};
  let dataset: Dataset;

  beforeAll(async () => {
    dataset = await prepareDataset({ source: sampleBars({ bars: 2_500 }) });
    const made = { ...standardModels(), up: gradientBoostingClassifier(), extra: extraTreesRegressor({ trees: 20 }), line: ridge() };
    Object.assign(models, (await new MLModelTrainer({ models: made }).train(dataset)).models);
  });

  it.each(['regression_rf', 'classification_rf', 'regression_gb', 'up', 'extra'])(
    '%s: the same for every row, to the last places',
    async (key) => {
      expect(dataset.matrix.columns.some((column) => column.includes(Number.NaN))).toBe(true);
      const model = loadModel(saveModel(models[key]));
      const ours = await model.predict(dataset);
      const apart = mostApart(await runtimeForecasts(toOnnx(model), dataset.matrix), ours);
      expect(apart).toBeLessThan(1e-15);
      const rounded = await runtimeForecasts(toOnnx(model, { operator: 'TreeEnsembleRegressor' }), dataset.matrix);
      expect(mostApart(rounded, ours)).toBeLessThan(1e-7);
    },
  );

  it('gives the same bytes every time, with what is known of the model in them', () => {
    const model = models.regression_rf;
    const file = toOnnx(model);
    expect(toOnnx(loadModel(saveModel(model)))).toEqual(file);
    const text = Buffer.from(file).toString('latin1');
    for (const known of ['regression_rf', 'RandomForestRegressor', 'return of the next bar', model.featureSet, ...model.featureNames])
      expect(text).toContain(known);
    expect(text).toContain(JSON.stringify(model.parameters));
  });

  it('holds trees that are one leaf', async () => {
    const constant = smallModel(() => 0);
    expect(treesOf(constant).left).toEqual(new Uint32Array(1));
    const matrix = matrixOf([Float32Array.of(1), Float32Array.of(Number.NaN)], constant.featureNames.slice(0, 1));
    const wide = { ...matrix, columns: constant.featureNames.map(() => matrix.columns[0]) };
    for (const operator of ['TreeEnsemble', 'TreeEnsembleRegressor'] as const) {
      const [one, other] = await runtimeForecasts(toOnnx(constant, { operator }), wide);
      expect([one, other]).toEqual(
        [treesOf(constant).value[0], treesOf(constant).value[0]].map((value) => (operator === 'TreeEnsemble' ? value : Math.fround(value))),
      );
    }
  });

  it.each<[string, object | undefined, RegExp]>([
    ['line', undefined, /model 'line' is a 'Ridge', which is not made of trees/],
    ['up', { operator: 'LightGBM' }, /operator must be 'TreeEnsemble' or 'TreeEnsembleRegressor', not 'LightGBM'/],
    ['up', { opset: 3 }, /unknown option 'opset'/],
    ['none', undefined, /model must be a TrainedModel.*not undefined/],
  ])('%s with %o is refused', async (key, options, message) => {
    expect(await refusalOf(toOnnx, models[key], options)).toMatch(message);
  });
});
