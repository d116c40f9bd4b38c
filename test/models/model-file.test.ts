import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import { loadModel, loadModels, saveModel } from '../../src/models/model-file';
import { targetFacts } from '../../src/models/model-header';
import { modelVersion } from '../../src/models/model-version';
import { predict, TrainedModel } from '../../src/models/trained-model';
import { fittedTrees } from '../../src/models/tree-file';
import { direction } from '../../src/targets/direction';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import { randomBars } from '../generated-bars';
import { forge, takeApart } from './forged-file';
import { saveModels } from './saved-models';
import { treesOf, withTrees } from './trees-of';

const bars = randomBars(1_500);
const engineer = new FeatureEngineer(resolveMarket(60_000));
const matrix = await engineer.update(bars);
const data = { matrix, bars, market: engineer.market, warmup: 259, featureSet: engineer.hash };
const small = { regression_rf: { trees: 4 }, classification_rf: { trees: 4 }, regression_gb: { trees: 4 } };
const { models, metrics } = await new MLModelTrainer({ models: small }).train(data);

describe('model files', () => {
  it.each(Object.values(models))('$key: saved and loaded, forecasts every row the same, to the bit', (model) => {
    const loaded = loadModel(saveModel(model));
    expect({ ...loaded, fitted: null }).toEqual({ ...model, fitted: null });
    expect(treesOf(loaded)).toEqual({ ...treesOf(model), cover: null });
    expect(saveModel(loaded)).toEqual(saveModel(model));
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
    expect(() => loadModels(rest, Object.keys(models))).toThrow(
      expect.objectContaining({ code: 'MODEL_UNUSABLE', message: expect.stringContaining('regression_gb') }),
    );
  });

  it('keep the forecasts of trees whose nodes stand in another order, and a tree that is one leaf', () => {
    const ensemble = treesOf(models.regression_gb);
    // root 0 asks; its right child 2 asks once more: pairs 3, 4 and 1, 2 are not where the grower would have put them
    const shuffled = withTrees(models.regression_gb, {
      ...ensemble,
      treeOffsets: Uint32Array.of(0, 5, 6),
      feature: Uint16Array.of(1, 0, 0, 0, 2, 0),
      threshold: Float32Array.of(0, 0, 0, 0, 0.5, 0),
      missingLeft: Uint8Array.of(1, 0, 0, 0, 0, 0),
      left: Uint32Array.of(3, 0, 0, 0, 1, 0),
      value: Float64Array.of(0, 20, 30, 10, 0, 100),
    });
    const loaded = loadModel(saveModel(shuffled));
    expect(treesOf(loaded).value).toEqual(Float64Array.of(0, 10, 0, 20, 30, 100));
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

  it('say the link of log odds, and nothing where there is none, as files did before', () => {
    const odds = withTrees(models.classification_rf, { ...treesOf(models.classification_rf), link: 'logit', base: -0.25, divisor: 1 });
    const loaded = loadModel(saveModel(odds));
    expect(treesOf(loaded).link).toBe('logit');
    const row = Float32Array.from(matrix.columns, (column) => column[700]);
    expect(predict(loaded, row)).toBe(predict(odds, row));
    expect(takeApart(saveModel(odds)).header).toHaveProperty('link', 'logit');
    for (const model of Object.values(models)) {
      expect(takeApart(saveModel(model)).header).not.toHaveProperty('link');
      expect(treesOf(loadModel(saveModel(model))).link).toBe('identity');
    }
  });

  it('take 8 bytes a node at most', () => {
    const { regression_rf: model } = models;
    const rest = JSON.stringify(model.featureNames).length + 2_000;
    expect(saveModel(model).length).toBeLessThan(8 * treesOf(model).left.length + rest);
  });

  it.each([255, 256, 65_535])('hold trees that ask the last of %i features', (features) => {
    const { regression_rf: model } = models;
    const feature = treesOf(model).feature.map((asked) => features - 1 - asked);
    const ensemble = { ...treesOf(model), features, feature, importance: new Float64Array(features).fill(1 / features) };
    const featureNames = Array.from({ length: features }, (_, i) => `f${i}`);
    const wide = new TrainedModel({ ...model, featureNames }, fittedTrees(ensemble));
    const loaded = loadModel(saveModel(wide));
    expect(treesOf(loaded).importance).toEqual(ensemble.importance);
    for (let i = 0; i < 20; i++) {
      const row = Float32Array.from({ length: features }, (_, j) => Math.sin(i + j));
      expect(predict(loaded, row)).toBe(predict(wide, row));
    }
  });

  it('of trees that do not add up are refused, also when the checksum fits', () => {
    const ensemble = treesOf(models.regression_gb);
    const cut = (treeOffsets: Uint32Array) => saveModel(withTrees(models.regression_gb, { ...ensemble, treeOffsets }));
    const offsets = ensemble.treeOffsets;
    for (const wrong of [
      offsets.map((offset, i) => (i === 1 ? offset - 2 : offset)),
      offsets.map((offset, i) => (i === 1 ? offset + 2 : offset)),
    ])
      expect(() => loadModel(cut(wrong)).ensemble).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
  });

  it.each([
    [{ key: 'a b' }, "its key is 'a b'"],
    [{ key: 'x' }, 'its type is undefined'],
    [{ type: 7 }, 'its type is 7'],
    [{ target: { name: 'next_return' } }, 'its target is an object'],
    [{ facts: [] }, 'its facts is an array'],
    [{ parameters: null }, 'its parameters is null'],
    [{ parameters: { n_estimators: [4] } }, 'its parameters is an object'],
    [{ featureNames: [{}] }, 'its featureNames is an array'],
    [{ featureSet: {} }, 'its featureSet is an object'],
    [{ task: 7 }, 'its task is 7'],
    [{ features: 3 }, 'its features is 3'],
    [{ base: '1' }, "its base is '1' (a text)"],
    [{ divisor: 0 }, 'its divisor is 0'],
    [{ divisor: -1 }, 'its divisor is -1'],
    [{ divisor: 1e-320 }, 'forecasts from'],
    [{ link: 'identity' }, "its link is 'identity'"],
    [{ link: 'logit' }, 'its link is that of a classification'],
    [{ later: 1 }, "its header has 'later', which this release does not know"],
    [{ featureNames: Array(matrix.names.length).fill('a') }, 'it names a feature twice'],
  ])('whose header says %j are refused, also when the checksum fits', (change, message) => {
    const parts = takeApart(saveModel(models.regression_gb));
    const file = forge({ ...parts, header: { ...parts.header, ...change } });
    expect(() => loadModel(file).ensemble).toThrow(
      expect.objectContaining({ code: 'MODEL_UNUSABLE', message: expect.stringContaining(message) }),
    );
  });

  it.each<[Partial<TreeEnsemble>, string]>([
    [{ value: Float64Array.of(0, Number.NaN, 0) }, 'a leaf of tree 0 is NaN'],
    [{ value: Float64Array.of(0, Number.POSITIVE_INFINITY, 0) }, 'a leaf of tree 0 is Infinity'],
    [{ threshold: Float32Array.of(Number.NaN, 0, 0) }, 'splits at NaN'],
    [{ threshold: Float32Array.of(Number.NEGATIVE_INFINITY, 0, 0) }, 'splits at -Infinity'],
    [{ missingLeft: Uint8Array.of(2, 0, 0) }, 'side 2'],
    [{ feature: Uint16Array.of(200, 0, 0) }, 'asks feature 200'],
    [{ importance: new Float64Array(matrix.names.length).fill(Number.NaN) }, 'the importance of feature 0 is NaN'],
    [{ task: 'classification', value: Float64Array.of(0, 1.1, 0) }, 'not within 0 and 1'],
    [{ base: 1e308, value: Float64Array.of(0, 1e308, 0) }, 'Infinity'],
    [{ treeOffsets: Uint32Array.of(0) }, 'it has 0 trees'],
  ])('of numbers that are none are refused: %o', (change, message) => {
    const ensemble = treesOf(models.regression_gb);
    const tree = {
      ...ensemble,
      base: 0,
      treeOffsets: Uint32Array.of(0, 3),
      feature: Uint16Array.of(1, 0, 0),
      threshold: Float32Array.of(0, 0, 0),
      missingLeft: Uint8Array.of(1, 0, 0),
      left: Uint32Array.of(1, 0, 0),
      value: Float64Array.of(0, 0, 0),
      cover: null,
    };
    expect(loadModel(saveModel(withTrees(models.regression_gb, tree))).ensemble).toEqual(tree);
    const file = saveModel(
      new TrainedModel(
        { ...models.regression_gb, ...(change.task === 'classification' && { task: change.task, target: targetFacts(direction()) }) },
        fittedTrees({ ...tree, ...change }),
      ),
    );
    expect(() => loadModel(file).ensemble).toThrow(
      expect.objectContaining({ code: 'MODEL_UNUSABLE', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    [64, true],
    [65, false],
  ])('of a tree of depth %i are read: %s', (depth, read) => {
    const ensemble = treesOf(models.regression_gb);
    const inner = (node: number) => node === 0 || (node % 2 === 0 && node < 2 * depth);
    const nodes = 2 * depth + 1;
    const chain = {
      ...ensemble,
      treeOffsets: Uint32Array.of(0, nodes),
      feature: new Uint16Array(nodes),
      threshold: new Float32Array(nodes).map((_, node) => (inner(node) ? node : 0)),
      missingLeft: new Uint8Array(nodes),
      left: new Uint32Array(nodes).map((_, node) => (inner(node) ? node + 1 : 0)),
      value: new Float64Array(nodes),
      cover: null,
    };
    const file = saveModel(withTrees(models.regression_gb, chain));
    if (read) expect(loadModel(file).ensemble).toEqual(chain);
    else expect(() => loadModel(file).ensemble).toThrow(expect.objectContaining({ message: expect.stringContaining('deeper than 64') }));
  });

  it('are refused under the name of another model', () => {
    const files = saveModels(models);
    expect(() => loadModels({ ...files, regression_rf: files.classification_rf }, ['regression_rf'])).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNUSABLE',
        message: expect.stringContaining("'classification_rf', but is stored as 'regression_rf'"),
      }),
    );
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
    expect(count).toBe(metrics.regression_gb?.rows_trained);
    expect((metrics.regression_gb?.mse ?? 0) / (squares / count)).toBeCloseTo(1, 10);
  });
});
