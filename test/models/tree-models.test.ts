import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import type { Model } from '../../src/models/model';
import { modelVersion } from '../../src/models/model-version';
import { ridge } from '../../src/models/ridge';
import { originalModels } from '../../src/models/standard-models';
import {
  extraTreesClassifier,
  extraTreesRegressor,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from '../../src/models/tree-models';
import { direction } from '../../src/targets/direction';
import { nextReturn } from '../../src/targets/returns';
import { randomBars } from '../generated-bars';
import { saveModels } from './saved-models';

const bars = randomBars(600);
const engineer = new FeatureEngineer(resolveMarket(60_000));
const matrix = await engineer.update(bars);
const { market, hash: featureSet } = engineer;
const small = { trees: 3, maxDepth: 4 };
const models: Readonly<Record<string, Model>> = {
  rf: randomForestRegressor(small),
  rf_up: randomForestClassifier(small),
  et: extraTreesRegressor(small),
  et_up: extraTreesClassifier(small),
  gb: gradientBoostingRegressor(small),
  gb_up: gradientBoostingClassifier(small),
};
const trained = await new MLModelTrainer({ models }).train({ matrix, bars, market, warmup: 60, featureSet });

describe('tree models', () => {
  it.each(Object.entries(models))('%s: fitted without a trainer, it is the same to the bit', async (key, model) => {
    const label = (model.task === 'regression' ? nextReturn() : direction()).label(bars, market).value;
    const steps: number[] = [];
    const alone = await model.fit({ matrix, range: trained.rows, label }, { seed: 1, onStep: (done) => steps.push(done) });
    expect(alone.save()).toEqual(trained.models[key].fitted.save());
    expect(steps).toEqual([1, 2, 3]);
    const out = new Float64Array(matrix.rows);
    await alone.predict({ matrix }, { from: 0, to: matrix.rows }, out);
    expect(out).toEqual(await trained.models[key].predict(matrix));
    expect(await trained.models[key].predict(matrix, { from: 500, to: 600 })).toEqual(out.subarray(500));
  });

  it('of the first release: files are what they were before models were values, to the byte', async () => {
    const longer = randomBars(1_500);
    const fresh = new FeatureEngineer(resolveMarket(60_000));
    const rows = { matrix: await fresh.update(longer), bars: longer, market: fresh.market, warmup: 259, featureSet: fresh.hash };
    const few = { trees: 4 };
    const three = new MLModelTrainer({ models: originalModels({ regression_rf: few, classification_rf: few, regression_gb: few }) });
    // the version that commit d5a1fd8 gave to the same rows
    expect(modelVersion(saveModels((await three.train(rows)).models))).toBe('73f20b72f9d2');
  });

  it('forecast columns by name, and say which is missing', async () => {
    const { rf } = trained.models;
    const shuffled = { rows: matrix.rows, names: [...matrix.names].reverse(), columns: [...matrix.columns].reverse() };
    expect(await rf.predict(shuffled)).toEqual(await rf.predict(matrix));
    const [first, ...names] = matrix.names;
    await expect(rf.predict({ rows: matrix.rows, names, columns: matrix.columns.slice(1) })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(`needs feature '${first}'`),
    });
    await expect(rf.predict(matrix, { from: 0, to: 601 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('forecast nothing of no rows, whatever they are', async () => {
    const both = new MLModelTrainer({ models: { rf: randomForestRegressor(small), line: ridge() } });
    const { models: two } = await both.train({ matrix, bars, market, warmup: 60, featureSet });
    for (const model of Object.values(two)) {
      for (const at of [0, 5, 600]) expect(await model.predict(matrix, { from: at, to: at })).toEqual(new Float64Array(0));
    }
  });

  it('name parameters that are none', () => {
    expect(() => randomForestRegressor({ trees: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    for (const make of [extraTreesRegressor, gradientBoostingClassifier]) {
      expect(() => Reflect.apply(make, undefined, [{ tree: 5 }])).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining("did you mean 'trees'?") }),
      );
    }
  });
});
