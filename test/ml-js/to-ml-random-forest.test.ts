import { DecisionTreeRegression } from 'ml-cart';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  loadModel,
  MLModelTrainer,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  ridge,
  sampleBars,
  saveModel,
  type TrainedModel,
} from '../../src/index';
import { fromMlRandomForest, toMlRandomForest } from '../../src/ml-js/index';
import { draws } from '../models/small-model';
import { treesOf } from '../models/trees-of';
import { refusalOf } from '../options/refused';
import { runs } from '../runs';
import { asLists, doubled, isLogit, smallModelThat, troublesomeRows } from './rows';

/** As a service reads it: through text. */
const throughText = <T>(json: T): T => JSON.parse(JSON.stringify(json));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function assertClose(theirs: readonly number[], model: TrainedModel, rows: readonly Float32Array[]): void {
  expect(theirs).toHaveLength(rows.length);
  for (const [i, row] of rows.entries()) {
    const ours = model.predictRow(row);
    const apart = Math.abs(theirs[i] - ours);
    if (!(apart <= 1e-12)) expect.fail(`row [${row.join(', ')}]: theirs ${theirs[i]}, ours ${ours}`);
  }
}

describe('toMlRandomForest: random models, on their own thresholds and beside them', () => {
  it('without missing values: RandomForestRegression predicts the same', () => {
    for (let seed = 0; seed < runs(150, 3_000); seed++) {
      const draw = draws(seed);
      const model = smallModelThat(draw, (one) => !isLogit(one));
      const rows = troublesomeRows(model, draw, 20, false);
      const theirs = RandomForestRegression.load(throughText(toMlRandomForest(model, { missing: 'none' })));
      assertClose(theirs.predict(asLists(rows)), model, rows);
    }
  });

  it('with missing values, each feature twice', () => {
    for (let seed = 0; seed < runs(150, 3_000); seed++) {
      const draw = draws(seed);
      const model = smallModelThat(draw, (one) => !isLogit(one));
      const rows = troublesomeRows(model, draw, 20, true);
      const theirs = RandomForestRegression.load(throughText(toMlRandomForest(model, { missing: 'doubled' })));
      assertClose(theirs.predict(doubled(rows)), model, rows);
    }
  });

  it('with missing values as they are, if they go right everywhere', () => {
    for (let seed = 0; seed < runs(60, 500); seed++) {
      const draw = draws(seed);
      const model = smallModelThat(draw, (one) => !isLogit(one) && !treesOf(one).missingLeft.includes(1));
      const rows = troublesomeRows(model, draw, 20, true);
      assertClose(RandomForestRegression.load(throughText(toMlRandomForest(model))).predict(asLists(rows)), model, rows);
    }
  });

  it('log odds of a boosted classification are its probability, through the logistic function', () => {
    for (let seed = 0; seed < runs(60, 500); seed++) {
      const draw = draws(seed);
      const model = smallModelThat(draw, isLogit);
      const rows = troublesomeRows(model, draw, 20, true);
      const theirs = RandomForestRegression.load(throughText(toMlRandomForest(model, { missing: 'doubled', output: 'log_odds' })));
      assertClose(theirs.predict(doubled(rows)).map(sigmoid), model, rows);
    }
  });

  it('taken back, it is the same to the bit', () => {
    for (let seed = 0; seed < runs(60, 500); seed++) {
      const draw = draws(seed);
      const model = smallModelThat(draw, (one) => !isLogit(one) && treesOf(one).base === 0);
      const rows = troublesomeRows(model, draw, 20, false);
      const back = fromMlRandomForest(toMlRandomForest(model, { missing: 'none' }), { featureNames: model.featureNames });
      for (const row of rows) expect(back.predictRow(row)).toBe(model.predictRow(row));
    }
  });
});

describe('toMlRandomForest: trained models', () => {
  const models: Record<string, TrainedModel> = {};
  const rows: Float32Array[] = [];

  beforeAll(async () => {
    const dataset = await prepareDataset({ source: sampleBars({ bars: 800 }) });
    const small = { trees: 12, maxDepth: 6 };
    const made = {
      ...{ forest: randomForestRegressor(small), up: randomForestClassifier(small), boosting: gradientBoostingRegressor(small) },
      ...{ boosted_up: gradientBoostingClassifier(small), line: ridge(), one: randomForestRegressor({ ...small, trees: 1 }) },
    };
    Object.assign(models, (await new MLModelTrainer({ models: made }).train(dataset)).models);
    const { columns } = dataset.matrix;
    for (let row = 0; row < dataset.matrix.rows; row += 3) rows.push(Float32Array.from(columns, (column) => column[row]));
  });

  it.each(['forest', 'up', 'boosting', 'one'])('%s: the same on the rows of its market, of which some have missing values', (key) => {
    expect(rows.some((row) => row.includes(Number.NaN))).toBe(true);
    const model = loadModel(saveModel(models[key]));
    const theirs = RandomForestRegression.load(throughText(toMlRandomForest(model, { missing: 'doubled' })));
    assertClose(theirs.predict(doubled(rows)), model, rows);
  });

  it('a single tree is one of ml-cart as well', () => {
    const [tree] = throughText(toMlRandomForest(models.one, { missing: 'doubled' })).baseModel.estimators;
    assertClose(DecisionTreeRegression.load(tree).predict(doubled(rows)), models.one, rows);
  });

  it('votes: the class is the one that most trees vote for', () => {
    const theirs = RandomForestClassifier.load(throughText(toMlRandomForest(models.up, { missing: 'doubled', output: 'votes' })));
    const { treeOffsets, value } = treesOf(models.up);
    const single = Array.from({ length: treeOffsets.length - 1 }, (_, tree) => ({
      ...treesOf(models.up),
      ...{ treeOffsets: treeOffsets.slice(tree, tree + 2), divisor: 1 },
    }));
    expect(value.length).toBeGreaterThan(single.length);
    const classes = theirs.predict(doubled(rows));
    const shares = theirs.predictionValues(doubled(rows));
    for (const [i] of rows.entries()) {
      const votes = shares.getRow(i);
      const up = votes.filter((one) => one === 1).length;
      if (2 * up !== votes.length) expect(classes[i]).toBe(2 * up > votes.length ? 1 : 0);
    }
    // most forecasts agree: the mean of shares and the vote are different questions
    const agreed = rows.filter((row, i) => Number(models.up.predictRow(row) > 0.5) === classes[i]).length;
    expect(agreed / rows.length).toBeGreaterThan(0.85);
  });

  it.each<[string, object | undefined, RegExp]>([
    ['forest', undefined, /'forest' sends missing values left at some splits.*missing: 'none'.*missing: 'doubled'/],
    ['line', { missing: 'none' }, /'line' is a Ridge, which is not made of trees/],
    ['boosted_up', { missing: 'none' }, /makes its probability of log odds.*output: 'log_odds'/],
    ['forest', { missing: 'none', output: 'log_odds' }, /has no log odds; give output: 'forecast'/],
    ['forest', { missing: 'none', output: 'votes' }, /do not vote; give output: 'forecast'/],
    ['boosted_up', { missing: 'none', output: 'votes' }, /do not vote; give output: 'log_odds'/],
    ['forest', { missing: 'left' }, /missing must be 'refuse', 'none' or 'doubled', not 'left'/],
    ['forest', { filled: true }, /unknown option 'filled'/],
  ])('%s with %o is refused, and told what to do', async (key, options, message) => {
    expect(await refusalOf(toMlRandomForest, models[key], options)).toMatch(message);
  });

  it('what is no model is refused', async () => {
    expect(await refusalOf(toMlRandomForest, { ensemble: {} })).toMatch(/model must be a TrainedModel.*not an object/);
    expect(
      await refusalOf(
        toMlRandomForest,
        new Proxy(models.forest, {
          getPrototypeOf: () => {
            throw new Error('no');
          },
        }),
      ),
    ).toMatch(/cannot be read/);
  });
});
