import { describe, expect, it } from 'vitest';
import { gaussLegendre } from '../../src/explain/quadrature';
import { sigmoid } from '../../src/exponential';
import {
  type Dataset,
  extraTreesClassifier,
  extraTreesRegressor,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  loadModel,
  MLModelTrainer,
  type Model,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  ridge,
  sampleBars,
  saveModel,
} from '../../src/index';
import { saveAllCovers } from '../../src/models/cover-file';
import { TrainedModel } from '../../src/models/trained-model';
import { fittedTrees } from '../../src/models/tree-file';
import { type Explanation, explain, loadModelCovers } from '../../src/research';
import { allocateNodes, type TreeEnsemble } from '../../src/trees/ensemble';
import { Turns } from '../../src/waiting';
import { type Draw, draws, smallModel } from '../models/small-model';
import { treesOf, withTrees } from '../models/trees-of';
import { runs } from '../runs';
import { bruteForce, withCovers } from './brute-force';

const dataset: Dataset = await prepareDataset({ source: sampleBars() });
const models = {
  forest: randomForestRegressor({ trees: 8 }),
  extra: extraTreesRegressor({ trees: 5 }),
  boosting: gradientBoostingRegressor({ trees: 20 }),
  up: randomForestClassifier({ trees: 8 }),
  upExtra: extraTreesClassifier({ trees: 5 }),
  upBoosting: gradientBoostingClassifier({ trees: 20 }),
  linear: ridge({ alpha: 10 }),
};
const trained = (await new MLModelTrainer({ models }).train(dataset)).models;

const RARE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const randomRow = (length: number, draw: Draw) =>
  Float32Array.from({ length }, () => (draw(4) === 0 ? RARE[draw(6) === 0 ? 1 + draw(2) : 0] : (draw(2001) - 1000) / 400));

/** How far the parts are from the forecast. */
function distances({ unit, base, contributions, forecasts }: Explanation): number[] {
  return contributions.map((row, i) => {
    const sum = row.reduce((total, one) => total + one, base);
    return Math.abs((unit === 'log_odds' ? sigmoid(sum) : sum) - forecasts[i]);
  });
}

/** Largest difference from the definition, of a model's parts of one row. */
function fromDefinition(trees: TreeEnsemble, row: Float32Array, { base, contributions }: Explanation): number {
  const wanted = bruteForce(trees, row);
  const differences = contributions[0].map((one, i) => Math.abs(one - wanted.contributions[i]));
  return Math.max(Math.abs(base - wanted.base), ...differences);
}

describe('the quadrature', () => {
  it('of n points is exact up to degree 2n - 1, and weighs 1 in all', () => {
    for (let count = 1; count <= 32; count++) {
      const { points, weights } = gaussLegendre(count);
      for (const degree of [0, 1, count, 2 * count - 1]) {
        const sum = points.reduce((total, point, k) => total + weights[k] * point ** degree, 0);
        expect(Math.abs(sum * (degree + 1) - 1), `${count} points, degree ${degree}`).toBeLessThan(1e-13);
      }
    }
  });
});

describe('explain', () => {
  it('equals the definition on small random trees, missing values and infinities included', async () => {
    let worst = 0;
    let withMissing = 0;
    for (let seed = 1; seed <= runs(400, 4_000); seed++) {
      const draw = draws(seed);
      const model = withCovers(smallModel(draw), draw);
      const { length } = model.featureNames;
      if (length > 10) continue;
      const row = randomRow(length, draw);
      if (row.some(Number.isNaN)) withMissing++;
      const explanation = await explain(model, row);
      worst = Math.max(worst, fromDefinition(treesOf(model), row, explanation), ...distances(explanation));
    }
    expect(worst).toBeLessThan(1e-12);
    expect(withMissing).toBeGreaterThan(100);
  });

  it.each([
    ['one feature asked 64 times', 1, 64],
    ['twelve features, each asked about five times on a path', 12, 64],
    ['eleven features, each once', 11, 11],
  ])('equals the definition on a chain of splits: %s', async (_, features, depth) => {
    const draw = draws(depth + features);
    const nodes = allocateNodes(2 * depth + 1);
    for (let level = 0; level < depth; level++) {
      const node = level === 0 ? 0 : 2 * level - draw(2);
      const open = nodes.left[node] === 0 ? node : 2 * level;
      nodes.left[open] = 2 * level + 1;
      nodes.feature[open] = level % features;
      nodes.threshold[open] = (draw(2001) - 1000) / 400;
      nodes.missingLeft[open] = draw(2);
    }
    for (const [node, child] of nodes.left.entries()) if (child === 0) nodes.value[node] = draw(2001) / 1000 - 1;
    const shape = smallModel(draws(3));
    const ensemble: TreeEnsemble = {
      ...treesOf(shape),
      ...nodes,
      ...{ task: 'regression', link: 'identity', features, treeOffsets: Uint32Array.of(0, 2 * depth + 1), base: 0.5, divisor: 1 },
      importance: new Float64Array(features),
    };
    const featureNames = Array.from({ length: features }, (__, i) => `f${i}`);
    const { type, parameters, target, featureSet } = shape;
    const facts = { key: 'chain', task: 'regression', type, parameters, target, featureSet, featureNames } as const;
    const model = withCovers(new TrainedModel(facts, fittedTrees(ensemble)), draw);
    for (let i = 0; i < 5; i++) {
      const row = randomRow(features, draw);
      const explanation = await explain(model, row);
      expect(fromDefinition(treesOf(model), row, explanation)).toBeLessThan(1e-12);
      expect(distances(explanation)[0]).toBeLessThan(1e-12);
    }
  });

  it.each(Object.keys(models))('sums to the forecasts of %s, row by row', async (key) => {
    const explanation = await explain(trained[key], dataset, { rows: { from: 0, to: 60 } });
    const { unit, contributions, forecasts, features } = explanation;
    expect(unit).toBe(key === 'upBoosting' ? 'log_odds' : 'forecast');
    expect(features).toEqual(dataset.matrix.names);
    expect(contributions).toHaveLength(60);
    expect(Math.max(...distances(explanation))).toBeLessThan(1e-9);
    expect(forecasts).toEqual(await trained[key].predict(dataset, { from: 0, to: 60 }));
    // the first rows have missing values
    expect(dataset.matrix.columns.some((column) => Number.isNaN(column[0]))).toBe(true);
  });
});

/** A model of the user's: forecasts 1, and says of its parts what it is told to say. */
function own(linear?: { intercept: number; mean: Float64Array; slope: Float64Array }): Model {
  const fitted = {
    predict: (_: unknown, __: unknown, out: Float64Array) => void out.fill(1),
    predictRow: () => 1,
    save: () => ({ facts: {}, arrays: {} }),
    ...(linear && { linear }),
  };
  return { ...{ type: 'Own', task: 'regression', parameters: {} }, fit: () => fitted, load: () => fitted };
}

describe('explain of a model', () => {
  const rows = { from: 900, to: 905 };
  const refused = (call: Promise<unknown>, code: string, message: RegExp) =>
    expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  it('that was loaded needs its covers, and says the same with them', async () => {
    const loaded = { forest: loadModel(saveModel(trained.forest)), up: loadModel(saveModel(trained.up)) };
    const { covers } = (await saveAllCovers(trained, new Turns())).files;
    const trees = loadModelCovers(covers, loaded);
    await refused(
      explain(loaded.forest, dataset, { rows }),
      'INVALID_OPTION',
      /'forest' was loaded without covers.*loadModelCovers\(.*\['forest'\]/,
    );
    await refused(explain(loaded.forest, dataset, { rows, trees: trees.up }), 'INVALID_OPTION', /not those of 'forest'/);
    await refused(explain(trained.linear, dataset, { rows, trees: trees.up }), 'INVALID_OPTION', /'linear', which is linear/);
    expect(await explain(loaded.forest, dataset, { rows, trees: trees.forest })).toEqual(await explain(trained.forest, dataset, { rows }));
  });

  it('whose covers cannot be is refused', async () => {
    const ensemble = treesOf(trained.boosting);
    const cover = Uint32Array.from(ensemble.cover ?? []);
    cover[1]++;
    await refused(
      explain(withTrees(trained.boosting, { ...ensemble, cover }), dataset, { rows }),
      'INVALID_OPTION',
      /node 0 of 'boosting' .* weighs/,
    );
    const short = withTrees(trained.boosting, { ...ensemble, cover: cover.slice(1) });
    await refused(explain(short, dataset, { rows }), 'INVALID_OPTION', /nodes and \d+ covers/);
  });

  it('of the linear kind is the slope times the distance from the mean; a missing value adds nothing', async () => {
    const row = Float32Array.from(dataset.matrix.columns, (column) => column[900]);
    row[3] = Number.NaN;
    const { base, contributions, forecasts } = await explain(trained.linear, row);
    const { linear } = trained.linear.fitted;
    if (linear === undefined) throw new Error('ridge has no parts');
    expect(base).toBe(linear.intercept);
    expect(contributions[0][3]).toBe(0);
    expect(contributions[0][5]).toBe((row[5] - linear.mean[5]) * linear.slope[5]);
    expect(forecasts[0]).toBe(trained.linear.predictRow(row));
  });

  it('of your own kind is explained if it is linear, and refused with a word if not, or if its parts are not what it forecasts', async () => {
    const { length } = dataset.matrix.names;
    const flat = { intercept: 1, mean: new Float64Array(length), slope: new Float64Array(length) };
    const all = {
      dark: own(),
      flat: own(flat),
      wrong: own({ ...flat, intercept: 2 }),
      short: own({ ...flat, slope: new Float64Array(1) }),
    };
    const { dark, flat: good, wrong, short } = (await new MLModelTrainer({ models: all }).train(dataset)).models;
    await refused(explain(dark, dataset, { rows }), 'INVALID_OPTION', /'dark' is a 'Own', which is not made of trees/);
    await refused(
      explain(wrong, dataset, { rows }),
      'MODEL_FAILED',
      /models.wrong: cannot be explained: .* sum to 2 for row 900, where it forecasts 1$/,
    );
    await refused(explain(short, dataset, { rows }), 'INVALID_OPTION', /short: linear.slope has 1 values/);
    expect((await explain(good, dataset, { rows })).base).toBe(1);
  });

  it('takes one row as well as many, finds columns by their names, and has a base without rows', async () => {
    const many = await explain(trained.forest, dataset, { rows });
    const row = Float32Array.from(dataset.matrix.columns, (column) => column[902]);
    const one = await explain(trained.forest, row);
    expect(one.contributions).toEqual([many.contributions[2]]);
    const { rows: length, names, columns } = dataset.matrix;
    const turned = { rows: length, names: [...names].reverse(), columns: [...columns].reverse() };
    expect(await explain(trained.forest, turned, { rows })).toEqual(many);
    const none = await explain(trained.forest, dataset, { rows: { from: 7, to: 7 } });
    expect(none).toMatchObject({ base: many.base, contributions: [] });
  });

  it('refuses what is no model, no matrix, no row, and options that are none', async () => {
    const loose: (...given: readonly unknown[]) => Promise<unknown> = (...given) => Reflect.apply(explain, undefined, given);
    for (const given of [
      [{}, dataset],
      [null, dataset],
      [trained.forest, null],
      [trained.forest, {}],
      [trained.forest, { matrix: 3 }],
    ])
      await expect(loose(...given), String(given[1])).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await refused(explain(trained.forest, new Float32Array(3)), 'INVALID_OPTION', /row has 3 values/);
    await refused(explain(trained.forest, dataset, { rows: { from: 0, to: 1e6 } }), 'INVALID_OPTION', /rows are 0 to 1000000 of/);
    await refused(loose(trained.forest, dataset, { row: 3 }), 'INVALID_OPTION', /unknown option 'row'/);
    await refused(loose(trained.forest, dataset, { trees: 3 }), 'INVALID_OPTION', /trees must be the trees of a model/);
    const { columns } = dataset.matrix;
    const less = { rows: dataset.matrix.rows, names: ['other', ...dataset.matrix.names.slice(1)], columns };
    await refused(explain(trained.forest, less), 'INVALID_OPTION', /needs feature/);
  });

  it('gives way, tells how far it is, and stops when it is told to', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const told: number[] = [];
    // long enough for several turns, also on a fast machine
    const { rows: length, names, columns } = dataset.matrix;
    const again = columns.map((column) => Float32Array.from({ length: 10 * length }, (_, row) => column[row % length]));
    const long = { rows: 10 * length, names, columns: again };
    await explain(trained.forest, long, { onProgress: ({ fraction }) => void told.push(fraction) });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
    const { forecasts } = await explain(trained.forest, dataset, {
      rows,
      onProgress: () => {
        throw new Error('a broken progress bar');
      },
    });
    expect(forecasts).toHaveLength(5);
    const controller = new AbortController();
    const stopped = explain(trained.forest, long, { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await refused(stopped, 'ABORTED', /explaining forecasts/);
    await refused(explain(trained.forest, dataset, { signal: AbortSignal.abort() }), 'ABORTED', /explaining/);
  });
});
