import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import { loadModel, loadModels, modelVersion, predict, saveModel, saveModels } from '../../src/models/trained-model';
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

  it('the version changes with the models only', async () => {
    const again = await new MLModelTrainer({ models: small }).train(data);
    const other = await new MLModelTrainer({ models: small, seed: 2 }).train(data);
    expect(modelVersion(again.models)).toBe(modelVersion(models));
    expect(modelVersion(other.models)).not.toBe(modelVersion(models));
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
