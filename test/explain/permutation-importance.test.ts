import { describe, expect, it } from 'vitest';
import { RandomNumbers } from '../../src/explain/random-numbers';
import { gradientBoostingClassifier, MLModelTrainer, prepareDataset, randomForestRegressor, ridge, sampleBars } from '../../src/index';
import { TrainedModel } from '../../src/models/trained-model';
import { permutationImportance, regressionScores } from '../../src/research';

const source = sampleBars();
const dataset = await prepareDataset({ source });
const early = await prepareDataset({ source, to: new Date(dataset.bars.timestamp[1_199]) });
const models = {
  forest: randomForestRegressor({ trees: 5, maxDepth: 4, maxFeatures: 3 }),
  up: gradientBoostingClassifier({ trees: 5 }),
  linear: ridge(),
};
const trained = (await new MLModelTrainer({ models }).train(early)).models;
const rows = { from: early.bars.length, to: dataset.rows.to };

/** Labels that are a feature: a model that is all about one column. */
const line = { ...dataset, labels: { ...dataset.labels, value: Float64Array.from(dataset.matrix.columns[7]) } };

describe('random numbers', () => {
  it('shuffle into every order about as often, and the same for the same seed and stream', () => {
    const random = new RandomNumbers(1, 2);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6_000; i++) {
      const values = Float32Array.of(1, 2, 3);
      random.shuffle(values);
      counts.set(values.join(''), (counts.get(values.join('')) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    const orders = [
      [5, 0],
      [5, 0],
      [5, 1],
      [6, 0],
    ].map(([seed, stream]) => {
      const values = Float32Array.from({ length: 50 }, (_, i) => i);
      new RandomNumbers(seed, stream).shuffle(values);
      return values.join();
    });
    expect(new Set(orders).size).toBe(3);
    expect(orders[0]).toBe(orders[1]);
  });
});

describe('permutationImportance', () => {
  it('is the loss of score, of features that the model asks; nothing is changed by it', async () => {
    const before = dataset.matrix.columns.map((column) => column.slice());
    const { features, score, scoring, importances, importancesMean, importancesStd } = await permutationImportance(
      trained.forest,
      dataset,
      rows,
      {
        repeats: 4,
      },
    );
    expect(dataset.matrix.columns).toEqual(before);
    expect(features).toEqual(dataset.matrix.names);
    expect(scoring).toBe('r2');
    const forecasts = await trained.forest.predict(dataset, rows);
    expect(score).toBe(regressionScores(dataset.labels.value.slice(rows.from, rows.to), forecasts).r2);
    const gains = trained.forest.fitted.importance ?? [];
    let asked = 0;
    for (const [feature, losses] of importances.entries()) {
      expect(losses).toHaveLength(4);
      const mean = losses.reduce((sum, loss) => sum + loss / 4, 0);
      expect(importancesMean[feature]).toBeCloseTo(mean, 12);
      expect(importancesStd[feature]).toBeCloseTo(Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2 / 4, 0)), 12);
      if (gains[feature] === 0) expect(losses).toEqual(new Float64Array(4));
      else asked++;
    }
    expect(asked).toBeGreaterThan(5);
  });

  it('is 2 for a forecast that is one feature, by r2, and 0 for the others', async () => {
    const seventh = new TrainedModel(trained.linear, {
      predict: ({ matrix }, { from, to }, out) => out.set(matrix.columns[7].subarray(from, to)),
      predictRow: (row) => row[7],
      save: () => ({ facts: {}, arrays: {} }),
    });
    const { scoring, score, importancesMean } = await permutationImportance(seventh, line, { from: 400, to: 1_400 }, { repeats: 20 });
    expect([scoring, score]).toEqual(['r2', 1]);
    // 1 - r2 of a shuffled twin is 2 in the mean
    expect(Math.abs(importancesMean[7] - 2)).toBeLessThan(0.05);
    expect(importancesMean.filter((_, feature) => feature !== 7).every((loss) => loss === 0)).toBe(true);
  });

  it('is the same for the same seed, and another for another', async () => {
    const of = (seed?: number) => permutationImportance(trained.forest, dataset, rows, { repeats: 2, ...(seed !== undefined && { seed }) });
    expect(await of()).toEqual(await of(1));
    expect((await of(1)).importances).not.toEqual((await of(2)).importances);
  });

  it('leaves out rows without a label', async () => {
    const value = dataset.labels.value.slice();
    for (let row = rows.from; row < rows.to; row += 2) value[row] = Number.NaN;
    const half = await permutationImportance(trained.forest, { ...dataset, labels: { ...dataset.labels, value } }, rows, { repeats: 1 });
    expect(Number.isFinite(half.score)).toBe(true);
    value.fill(Number.NaN, rows.from + 2, rows.to);
    const none = permutationImportance(trained.forest, { ...dataset, labels: { ...dataset.labels, value } }, rows);
    await expect(none).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('have 1 labels') });
  });

  it('of a class scores by accuracy, area or likelihood, and refuses what does not fit', async () => {
    const value = dataset.labels.value.map((label) => (Number.isNaN(label) ? label : Number(label > 0)));
    const classes = { ...dataset, labels: { ...dataset.labels, value } };
    for (const [scoring, least] of [
      [undefined, 0],
      ['roc_auc', 0],
      ['neg_log_loss', -2],
    ] as const) {
      const { score, scoring: own } = await permutationImportance(trained.up, classes, rows, { scoring, repeats: 1 });
      expect(own).toBe(scoring ?? 'accuracy');
      expect(score).toBeGreaterThan(least);
      expect(score).toBeLessThan(1);
    }
    const refused = (call: Promise<unknown>, message: RegExp) =>
      expect(call).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(message) });
    await refused(permutationImportance(trained.up, dataset, rows), /labels are no classes/);
    await refused(permutationImportance(trained.up, classes, rows, { scoring: 'r2' }), /give 'accuracy' or 'roc_auc' or 'neg_log_loss'/);
    await refused(permutationImportance(trained.up, classes, { from: 0, to: 1e6 }), /rows are 0 to 1000000/);
    const loose: (...given: readonly unknown[]) => Promise<unknown> = (...given) => Reflect.apply(permutationImportance, undefined, given);
    await refused(loose({}, dataset, rows), /must be a TrainedModel/);
    await refused(loose(trained.up, dataset.matrix, rows), /labels that are undefined/);
    await refused(loose(trained.up, classes), /rows must be \{ from, to \}/);
    await refused(loose(trained.up, classes, rows, { repeats: 0 }), /repeats must be/);
  });

  it('stops when it is told to, and tells how far it is', async () => {
    const told: number[] = [];
    await permutationImportance(trained.linear, dataset, rows, { repeats: 1, onProgress: ({ fraction }) => void told.push(fraction) });
    expect(told.at(-1)).toBe(1);
    const controller = new AbortController();
    const stopped = permutationImportance(trained.forest, dataset, rows, { repeats: 1_000, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
