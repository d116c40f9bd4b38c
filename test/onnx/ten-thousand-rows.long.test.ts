import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  csvBars,
  type Dataset,
  gradientBoostingClassifier,
  MLModelTrainer,
  prepareDataset,
  sampleBars,
  standardModels,
  type TrainedModel,
} from '../../src/index';
import { toOnnx } from '../../src/onnx/index';
import { hasSharedData, sharedFile } from '../bars/shared-data';
import { pythonWith } from '../python';
import { mostApart, rowByRow, runtimeForecasts } from './runtime';

const SCRIPT = fileURLToPath(new URL('../../scripts/python/onnx_forecasts.py', import.meta.url));
const OPERATORS = [
  ['TreeEnsemble', 1e-15],
  ['TreeEnsembleRegressor', 1e-7],
] as const;

const scratch = mkdtempSync(join(tmpdir(), 'tickerforest-onnx-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const python = pythonWith(['numpy', 'onnxruntime'], scratch);

describe('10,000 rows and more of minute bars', () => {
  let dataset: Dataset;
  let models: Readonly<Record<string, TrainedModel>>;

  beforeAll(async () => {
    const real = { source: csvBars(sharedFile('spy-1min-2025-07-dirty')), symbol: 'SPY', exchange: 'ARCA' };
    dataset = await prepareDataset(hasSharedData ? real : { source: sampleBars({ bars: 20_000, interval: 60_000 }) });
    models = (await new MLModelTrainer({ models: { ...standardModels(), up: gradientBoostingClassifier() } }).train(dataset)).models;
  });

  const keys = ['regression_rf', 'classification_rf', 'regression_gb', 'up'];

  it.each(keys)('%s: onnxruntime-web', async (key) => {
    expect(dataset.matrix.rows).toBeGreaterThan(10_000);
    const ours = await models[key].predict(dataset);
    for (const [operator, bound] of OPERATORS) {
      const apart = mostApart(await runtimeForecasts(toOnnx(models[key], { operator }), dataset.matrix), ours);
      console.log(`${key}, ${operator}, onnxruntime-web: ${dataset.matrix.rows} rows, at most ${apart} apart`);
      expect(apart).toBeLessThan(bound);
    }
  });

  it.skipIf(python === undefined).each(keys)('%s: onnxruntime of Python', async (key) => {
    const ours = await models[key].predict(dataset);
    const [rows, model, forecasts] = ['rows.f32', 'model.onnx', 'forecasts.f64'].map((name) => join(scratch, name));
    writeFileSync(rows, new Uint8Array(rowByRow(dataset.matrix).buffer));
    for (const [operator, bound] of OPERATORS) {
      writeFileSync(model, toOnnx(models[key], { operator }));
      const printed = execFileSync(python ?? '', [SCRIPT, model, rows, forecasts], { encoding: 'utf8' });
      expect(JSON.parse(printed)).toMatchObject({ rows: dataset.matrix.rows, features: dataset.matrix.names.slice(0, 3) });
      const theirs = new Float64Array(new Uint8Array(readFileSync(forecasts)).buffer);
      const apart = mostApart(theirs, ours);
      console.log(`${key}, ${operator}, Python: ${printed.trim()}, at most ${apart} apart`);
      expect(apart).toBeLessThan(bound);
    }
  });
});
