import { DecisionTreeClassifier, DecisionTreeRegression } from 'ml-cart';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { horizonReturn, loadModel, saveModel, TickerforestError } from '../../src/index';
import { fromMlRandomForest } from '../../src/ml-js/index';
import { type Draw, draws } from '../models/small-model';
import { refusalOf } from '../options/refused';
import { runs } from '../runs';
import { asLists, matrixOf } from './rows';

const NAMES = ['a', 'b', 'c', 'd'];

/** Values on a coarse grid, so that new rows lie on old ones and on the means between them, and labels that depend on them. */
function makeSet(draw: Draw, count: number) {
  const rows = Array.from({ length: count }, () => Float32Array.from(NAMES, () => (draw(41) - 20) / 8));
  const labels = rows.map(([a, b, c]) => (a > 0.5 ? 0.01 : -0.01) + 0.004 * b * c + draw(1000) / 1e5);
  return { rows, labels, classes: labels.map((label) => (label > 0.005 ? 1 : 0)) };
}

function forestOf(seed: number) {
  const draw = draws(seed);
  const { rows, labels, classes } = makeSet(draw, 60);
  const options = {
    nEstimators: 1 + draw(9),
    seed,
    maxFeatures: [1, 0.5, 3][draw(3)],
    replacement: draw(2) === 1,
    useSampleBagging: draw(2) === 1,
    noOOB: true,
  };
  const treeOptions = { maxDepth: 1 + draw(8), minNumSamples: 1 + draw(6) };
  const regression = new RandomForestRegression({ ...options, treeOptions });
  regression.train(asLists(rows), labels);
  const classifier = new RandomForestClassifier({ ...options, treeOptions });
  classifier.train(asLists(rows), classes);
  return { regression, classifier, rows: makeSet(draw, 100).rows };
}

describe('fromMlRandomForest', () => {
  it('of a regression forest forecasts the same, to the bit', async () => {
    for (let seed = 1; seed <= runs(25, 400); seed++) {
      const { regression, rows } = forestOf(seed);
      const theirs = regression.predict(asLists(rows));
      const ours = fromMlRandomForest(JSON.stringify(regression), { featureNames: NAMES });
      expect([...(await ours.predict(matrixOf(rows, NAMES)))]).toEqual(theirs);
      expect(rows.map((row) => ours.predictRow(row))).toEqual(theirs);
    }
  });

  it('of a classification forest forecasts the share of votes, and so its class', () => {
    for (let seed = 1; seed <= runs(25, 400); seed++) {
      const { classifier, rows } = forestOf(seed);
      const ours = fromMlRandomForest(classifier, { featureNames: NAMES });
      const classes = classifier.predict(asLists(rows));
      const votes = classifier.predictionValues(asLists(rows));
      for (const [i, row] of rows.entries()) {
        const share = votes.getRow(i).reduce((sum, one) => sum + one, 0) / votes.columns;
        expect(ours.predictRow(row)).toBe(share);
        if (share !== 0.5) expect(ours.predictRow(row) > 0.5 ? 1 : 0).toBe(classes[i]);
      }
    }
  });

  it('of single trees as well: a number, or the share of class 1 in the leaf', () => {
    for (let seed = 1; seed <= runs(25, 400); seed++) {
      const draw = draws(seed);
      const { rows, labels, classes } = makeSet(draw, 60);
      const others = makeSet(draw, 60).rows;
      const regression = new DecisionTreeRegression({ maxDepth: 6 });
      regression.train(asLists(rows), labels);
      const tree = fromMlRandomForest(regression.toJSON(), { featureNames: NAMES });
      expect(others.map((row) => tree.predictRow(row))).toEqual(regression.predict(asLists(others)));
      const classifier = new DecisionTreeClassifier({ maxDepth: 3 });
      classifier.train(asLists(rows), classes);
      const up = fromMlRandomForest(classifier.toJSON(), { featureNames: NAMES });
      for (const row of others) {
        const leaf = classifier.root.classify([...row]);
        expect(up.predictRow(row)).toBeCloseTo(leaf.columns > 1 ? leaf.get(0, 1) : 0, 12);
      }
    }
  });

  it('sends a missing value right at every split, as they do', () => {
    const { regression, rows } = forestOf(3);
    const holed = rows.map((row, i) => row.map((value, at) => ((i + at) % 3 === 0 ? Number.NaN : value)));
    const ours = fromMlRandomForest(regression.toJSON(), { featureNames: NAMES });
    expect(holed.map((row) => ours.predictRow(row))).toEqual(regression.predict(asLists(holed)));
  });

  it('is a model like any other: named, saved, loaded without the packages', async () => {
    const { regression, rows } = forestOf(4);
    const target = horizonReturn({ bars: 5 });
    const model = fromMlRandomForest(regression, { featureNames: NAMES, name: 'theirs', target });
    expect(model).toMatchObject({ key: 'theirs', type: 'MlRandomForestRegression', task: 'regression', featureNames: NAMES });
    expect(model.target.description).toBe(target.description);
    const read = loadModel(saveModel(model));
    expect(read.target).toEqual(model.target);
    expect([...(await read.predict(matrixOf(rows, NAMES)))]).toEqual(regression.predict(asLists(rows)));
  });

  it('takes splits that no single-precision number reaches, and such that none is below', () => {
    const leaf = (distribution: number) => ({ distribution });
    const split = (splitValue: number) => ({ splitColumn: 0, splitValue, gain: 1, left: leaf(1), right: leaf(2) });
    const of = (splitValue: number) => fromMlRandomForest({ name: 'DTRegression', root: split(splitValue) }, { featureNames: ['a'] });
    for (const value of [1e300, -1e300, 3.4028234663852886e38, -3.4028234663852886e38]) {
      for (const x of [0, 3.4028234663852886e38, -3.4028234663852886e38]) {
        expect(of(value).predictRow(Float32Array.of(x)), `${x} < ${value}`).toBe(x < value ? 1 : 2);
      }
      expect(of(value).predictRow(Float32Array.of(Number.NaN))).toBe(2);
      expect(loadModel(saveModel(of(value))).predictRow(Float32Array.of(0))).toBe(0 < value ? 1 : 2);
    }
  });
});

const codeOf = (json: unknown): string => {
  try {
    const model = Reflect.apply(fromMlRandomForest, undefined, [json, { featureNames: NAMES }]);
    for (const x of [-9, 0, 9]) if (!Number.isFinite(model.predictRow(new Float32Array(4).fill(x)))) return 'no forecast';
    return 'taken';
  } catch (error) {
    return error instanceof TickerforestError ? `${error.code}: ${error.message}` : `raw ${error}`;
  }
};

/** All that is in a JSON value, with what holds it. */
function* placesOf(json: unknown): Generator<{ holder: object; key: string }> {
  if (typeof json !== 'object' || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    yield { holder: json, key };
    yield* placesOf(value);
  }
}

describe('fromMlRandomForest refuses', () => {
  const tree = { name: 'DTRegression', root: { splitColumn: 0, splitValue: 0, left: { distribution: 1 }, right: { distribution: 2 } } };
  const classTree = (distribution: unknown) => ({ name: 'DTClassifier', root: { distribution } });
  const forest = { name: 'RFRegression', selectionMethod: 'mean', baseModel: { nEstimators: 1, indexes: [[0, 1]], estimators: [tree] } };
  const deep = (levels: number): object => {
    let root: object = { distribution: 1 };
    for (let level = 0; level < levels; level++) root = { splitColumn: 0, splitValue: level, left: { distribution: 0 }, right: root };
    return { name: 'DTRegression', root };
  };

  it('nothing that is well', () => {
    for (const json of [tree, forest, classTree([[0.5, 0.5]]), classTree([[1]]), deep(64)]) expect(codeOf(json)).toBe('taken');
  });

  it.each<[unknown, RegExp]>([
    [undefined, /it is undefined; give the model/],
    [7, /it is 7; give the model/],
    ['{', /it is no JSON/],
    ['7', /its name is undefined/],
    [{ name: 'KNN' }, /its name is 'KNN' \(a text\), not 'RFRegression'/],
    [{ ...forest, selectionMethod: 'median' }, /its selectionMethod is 'median'.*only the mean/],
    [{ ...forest, baseModel: null }, /its estimators are undefined/],
    [{ ...forest, baseModel: { ...forest.baseModel, estimators: [] } }, /its estimators are 0 trees, not 1 to 10,000/],
    [{ ...forest, baseModel: { ...forest.baseModel, nEstimators: 2 } }, /its nEstimators is 2, and it has 1 trees/],
    [{ ...forest, baseModel: { ...forest.baseModel, indexes: [] } }, /its indexes are not one list for each/],
    [{ ...forest, baseModel: { ...forest.baseModel, indexes: [[0, 4]] } }, /indexes of tree 0 must be positions of 4 features/],
    [{ ...forest, name: 'RFClassifier' }, /tree 0 is 'DTRegression' \(a text\), not 'DTClassifier'/],
    [{ ...tree, root: { ...tree.root, splitColumn: 4 } }, /splitColumn 4; the tree sees 4 columns/],
    [{ ...tree, root: { ...tree.root, splitColumn: 0.5 } }, /splitColumn 0\.5/],
    [{ ...tree, root: { ...tree.root, splitValue: null } }, /splitValue null.*trained on missing values/],
    [{ ...tree, root: { ...tree.root, splitValue: 'x' } }, /splitValue 'x'/],
    [{ ...tree, root: { ...tree.root, right: undefined } }, /a node of its tree is undefined/],
    [{ ...tree, root: { distribution: null } }, /a leaf of its tree is null, not a finite number/],
    [classTree([[0.2, 0.3, 0.5]]), /knows 3 classes; only two/],
    [classTree([[0.2, 0.3]]), /sum to 0\.5, not to 1/],
    [classTree(0.5), /is 0\.5, not the shares/],
    [deep(65), /its tree is deeper than 64/],
  ])('%j', (json, message) => {
    expect(codeOf(json)).toMatch(/^MODEL_UNUSABLE: the model of ml-random-forest or ml-cart cannot be taken over: /);
    expect(codeOf(json)).toMatch(message);
  });

  it('a proxy that throws, a circle, and options that are none', async () => {
    const proxy = new Proxy(forest, {
      get: () => {
        throw new Error('no');
      },
    });
    expect(await refusalOf(fromMlRandomForest, proxy, { featureNames: NAMES })).toMatch(/fromMlRandomForest: model cannot be read/);
    const circle: Record<string, unknown> = { name: 'DTRegression' };
    circle.root = circle;
    for (const json of [circle, { ...tree, root: { distribution: 1n } }])
      expect(codeOf(json)).toMatch(/^MODEL_UNUSABLE: .*it cannot be written as JSON/);
    for (const options of [{}, { featureNames: [] }, { featureNames: ['a', 'a'] }, { featureNames: 'a' }])
      expect(await refusalOf(fromMlRandomForest, tree, options)).toMatch(/featureNames must be a list of different names/);
    expect(await refusalOf(fromMlRandomForest, tree, { featureNames: ['a'], name: '1' })).toMatch(/name must be letters/);
  });

  it('trees of any depth, as objects, as text, and as what toJSON gives', () => {
    const split = '{"splitColumn":0,"splitValue":1,"left":{"distribution":0},"right":';
    const text = (levels: number) => `{"name":"DTRegression","root":${split.repeat(levels)}{"distribution":1}${'}'.repeat(levels)}}`;
    for (const levels of [65, 1_000, 10_000, 200_000]) {
      const json = deep(levels);
      for (const given of [
        json,
        text(levels),
        { toJSON: () => json },
        { ...forest, baseModel: { ...forest.baseModel, estimators: [json] } },
      ])
        expect(codeOf(given), `${levels} levels`).toMatch(/^MODEL_UNUSABLE: .* is deeper than 64; train it with a maxDepth$/);
    }
    const lists = `${'['.repeat(20_000)}1${']'.repeat(20_000)}`;
    for (const name of ['DTRegression', 'DTClassifier'])
      expect(codeOf(`{"name":"${name}","root":{"distribution":${lists}}}`)).toMatch(/^MODEL_UNUSABLE: .*a leaf of its tree is/);
  });

  it('whatever is changed in it with a code, or forecasts numbers', () => {
    const strange = [
      null,
      undefined,
      -1,
      0.5,
      1e9,
      Number.NaN,
      '',
      '0',
      [],
      {},
      true,
      [[]],
      [0],
      { distribution: 1 },
      'toString',
      '__proto__',
    ];
    const { regression, classifier } = forestOf(5);
    const texts = [regression, classifier].map((model) => JSON.stringify(model));
    const counts: Record<string, number> = {};
    for (let seed = 1; seed <= runs(1_500, 30_000); seed++) {
      const draw = draws(seed);
      const json: unknown = JSON.parse(texts[draw(2)]);
      const places = [...placesOf(json)];
      const { holder, key } = places[draw(places.length)];
      if (draw(4) === 0) Reflect.deleteProperty(holder, key);
      else Reflect.set(holder, key, strange[draw(strange.length)]);
      const [code] = codeOf(json).split(':');
      counts[code] = (counts[code] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(['MODEL_UNUSABLE', 'taken']);
  });
});
