import { expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import { gradientBoostingRegressor } from '../../src/models/tree-models';
import { randomBars } from '../generated-bars';

it('columns are binned as they come only where the numbers of all of them find a place beside the bins, as of families that come in side by side', async () => {
  const bars = randomBars(20_000);
  const open = async (features: number) => {
    const names = Array.from({ length: features }, (_, i) => `f${i}`);
    const trainer = new MLModelTrainer({
      models: { one: gradientBoostingRegressor({ trees: 1, maxDepth: 1 }) },
      limits: { bytes: Number.POSITIVE_INFINITY },
      threads: 0,
    });
    const data = { names, rows: bars.length, bars, market: resolveMarket(60_000), warmup: 0, featureSet: 'mine' };
    const training = await trainer.begin(data, {});
    const columns = await training.openColumns();
    const places = columns?.room(features).length;
    training.dispose();
    return places;
  };
  expect(await open(35_000)).toBe(35_000);
  // 4.8 GB
  expect(await open(40_000)).toBeUndefined();
});
