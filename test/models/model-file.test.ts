import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import { loadModel, loadModels, modelVersion, saveModel, saveModels } from '../../src/models/model-file';
import { predict, type TrainedModel } from '../../src/models/trained-model';
import { randomBars } from '../generated-bars';

const bars = randomBars(1_500);
const engineer = new FeatureEngineer(resolveMarket(60_000));
const matrix = await engineer.update(bars);
const data = { matrix, timestamp: bars.timestamp, close: bars.close, warmup: 259, featureSet: engineer.hash };
const small = { regression_rf: { trees: 4 }, classification_rf: { trees: 4 }, regression_gb: { trees: 4 } };
const { models, metrics } = await new MLModelTrainer({ models: small }).train(data);

describe('model files', () => {
  it.each(Object.values(models))('$key: saved and loaded, forecasts every row the same, to the bit', (model) => {
    const loaded = loadModel(saveModel(model));
    expect(loaded).toEqual(model);
    for (let row = 0; row < matrix.rows; row++) {
      const values = Float32Array.from(matrix.columns, (column) => column[row]);
      expect(Object.is(predict(loaded, values), predict(model, values))).toBe(true);
    }
  });

  it('refuse rows of another length and damaged bytes', () => {
    expect(() => predict(models.regression_rf, new Float32Array(3))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    const damaged = saveModel(models.regression_gb);
    damaged[damaged.length - 9] ^= 1;
    expect(() => loadModel(damaged)).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
    const { regression_gb, ...rest } = saveModels(models);
    expect(regression_gb.length).toBeGreaterThan(0);
    expect(() => loadModels(rest)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNUSABLE', message: expect.stringContaining('regression_gb') }),
    );
  });

  it('keep the forecasts of trees whose nodes stand in another order, and a tree that is one leaf', () => {
    const { ensemble } = models.regression_gb;
    // root 0 asks; its right child 2 asks once more: pairs 3, 4 and 1, 2 are not where the grower would have put them
    const shuffled: TrainedModel = {
      ...models.regression_gb,
      ensemble: {
        ...ensemble,
        treeOffsets: Uint32Array.of(0, 5, 6),
        feature: Uint16Array.of(1, 0, 0, 0, 2, 0),
        threshold: Float32Array.of(0, 0, 0, 0, 0.5, 0),
        missingLeft: Uint8Array.of(1, 0, 0, 0, 0, 0),
        left: Uint32Array.of(3, 0, 0, 0, 1, 0),
        value: Float64Array.of(0, 20, 30, 10, 0, 100),
      },
    };
    const loaded = loadModel(saveModel(shuffled));
    expect(loaded.ensemble.value).toEqual(Float64Array.of(0, 10, 0, 20, 30, 100));
    expect(saveModel(loaded)).toEqual(saveModel(shuffled));
    const rowOf = (first: number, second: number) => new Float32Array(ensemble.features).fill(first, 1, 2).fill(second, 2, 3);
    const rows: [Float32Array, number][] = [
      [rowOf(-1, 9), 110],
      [rowOf(Number.NaN, 9), 110],
      [rowOf(1, 0), 120],
      [rowOf(1, 9), 130],
      [rowOf(1, Number.NaN), 130],
    ];
    for (const [row, sum] of rows) {
      expect(predict(loaded, row)).toBe(ensemble.base + sum);
      expect(predict(shuffled, row)).toBe(ensemble.base + sum);
    }
  });

  it('take 8 bytes a node at most', () => {
    const { regression_rf: model } = models;
    const rest = JSON.stringify(model.featureNames).length + 2_000;
    expect(saveModel(model).length).toBeLessThan(8 * model.ensemble.left.length + rest);
  });

  it.each([255, 256, 65_535])('hold trees that ask the last of %i features', (features) => {
    const { regression_rf: model } = models;
    const feature = model.ensemble.feature.map((asked) => features - 1 - asked);
    const ensemble = { ...model.ensemble, features, feature, importance: new Float64Array(features).fill(1 / features) };
    const wide: TrainedModel = { ...model, featureNames: Array.from({ length: features }, (_, i) => `f${i}`), ensemble };
    const loaded = loadModel(saveModel(wide));
    expect(loaded.ensemble.importance).toEqual(ensemble.importance);
    for (let i = 0; i < 20; i++) {
      const row = Float32Array.from({ length: features }, (_, j) => Math.sin(i + j));
      expect(predict(loaded, row)).toBe(predict(wide, row));
    }
  });

  it('of trees that do not add up are refused, also when the checksum fits', () => {
    const { ensemble } = models.regression_gb;
    const cut = (treeOffsets: Uint32Array) => saveModel({ ...models.regression_gb, ensemble: { ...ensemble, treeOffsets } });
    const offsets = ensemble.treeOffsets;
    for (const wrong of [
      offsets.map((offset, i) => (i === 1 ? offset - 2 : offset)),
      offsets.map((offset, i) => (i === 1 ? offset + 2 : offset)),
    ])
      expect(() => loadModel(cut(wrong)).ensemble).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
  });

  it('the version changes with the models only', async () => {
    const again = await new MLModelTrainer({ models: small }).train(data);
    const other = await new MLModelTrainer({ models: small, seed: 2 }).train(data);
    expect(modelVersion(saveModels(again.models))).toBe(modelVersion(saveModels(models)));
    expect(modelVersion(saveModels(other.models))).not.toBe(modelVersion(saveModels(models)));
  });

  it('the figures on training rows are those of the models that were returned', () => {
    let squares = 0;
    let count = 0;
    for (let row = 150; row < 1_499; row++) {
      const values = Float32Array.from(matrix.columns, (column) => column[row]);
      squares += (bars.close[row + 1] / bars.close[row] - 1 - predict(models.regression_gb, values)) ** 2;
      count++;
    }
    expect(count).toBe(metrics.regression_gb.rows_trained);
    expect(metrics.regression_gb.mse / (squares / count)).toBeCloseTo(1, 10);
  });
});
