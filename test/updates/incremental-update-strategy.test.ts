import { describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { IncrementalUpdateStrategy } from '../../src/updates/incremental-update-strategy';
import type { RetrainInputs } from '../../src/updates/retrain-policy';
import { randomBars } from '../generated-bars';

const fresh: RetrainInputs = {
  has_models: true,
  feature_set_changed: false,
  history_rewritten: false,
  bars_since_training: 0,
  model_age_days: 0,
};

describe('retrain policy', () => {
  it.each<[string, Partial<RetrainInputs>, object, boolean, RegExp]>([
    ['no models', { has_models: false }, {}, true, /no models/],
    ['no models, and nothing new', { has_models: false, bars_since_training: 0 }, {}, true, /no models/],
    ['another feature set', { feature_set_changed: true }, {}, true, /feature set/],
    ['rewritten history', { history_rewritten: true }, {}, true, /rewritten/],
    ['99 new bars, old models', { bars_since_training: 99, model_age_days: 30 }, {}, false, /99 bars.*minNewBars 100/],
    ['100 new bars, models of 7 days', { bars_since_training: 100, model_age_days: 7 }, {}, false, /7.0 days/],
    ['100 new bars, models of 7.1 days', { bars_since_training: 100, model_age_days: 7.1 }, {}, true, /7.1 days/],
    ['a lower bar count', { bars_since_training: 5, model_age_days: 8 }, { minNewBars: 5 }, true, /8.0 days/],
    ['a lower age', { bars_since_training: 390, model_age_days: 1.5 }, { maxModelAgeDays: 1 }, true, /1.5 days/],
  ])('%s', (_, inputs, thresholds, retrain, reason) => {
    const decision = IncrementalUpdateStrategy.shouldRetrainModels({ ...fresh, ...inputs }, thresholds);
    expect(decision.retrain).toBe(retrain);
    expect(decision.reasons.join()).toMatch(reason);
    expect(decision.inputs).toMatchObject({ ...fresh, ...inputs });
  });
});

describe('update plan', () => {
  const bars = randomBars(500);

  it('creates when nothing is stored', () => {
    const plan = IncrementalUpdateStrategy.createIncrementalUpdatePlan({
      barsInHistory: 0,
      newBars: bars,
      retrain: { ...fresh, has_models: false },
    });
    expect(plan).toMatchObject({
      action: 'create_new_profile',
      newBars: 500,
      range: { from: bars.timestamp[0], to: bars.timestamp[499] },
      expectedEfficiency: { barsFolded: 500, barsInHistory: 500, shareSaved: 0, milliseconds: null },
    });
  });

  it('folds new bars only', () => {
    const plan = IncrementalUpdateStrategy.createIncrementalUpdatePlan({ barsInHistory: 4_500, newBars: bars, retrain: fresh });
    expect(plan.action).toBe('incremental_update');
    expect(plan.expectedEfficiency).toMatchObject({ barsFolded: 500, barsInHistory: 5_000, shareSaved: 0.9 });
  });

  it('does nothing without new bars, however old the models are', () => {
    const none = sliceBars(bars, 0, 0);
    const retrain = { ...fresh, bars_since_training: 5_000, model_age_days: 90 };
    expect(IncrementalUpdateStrategy.createIncrementalUpdatePlan({ barsInHistory: 500, newBars: none, retrain })).toMatchObject({
      action: 'up_to_date',
      newBars: 0,
      range: null,
    });
  });

  it('finds the new bars after the last known one', () => {
    const { getNewDataSinceLastUpdate } = IncrementalUpdateStrategy;
    expect(getNewDataSinceLastUpdate(bars, bars.timestamp[99]).length).toBe(400);
    expect(getNewDataSinceLastUpdate(bars, bars.timestamp[99] + 1).timestamp[0]).toBe(bars.timestamp[100]);
    expect(getNewDataSinceLastUpdate(bars, bars.timestamp[499]).length).toBe(0);
    expect(getNewDataSinceLastUpdate(bars, Number.NEGATIVE_INFINITY).length).toBe(500);
  });

  it('merging goes on with the stored fold', async () => {
    const market = resolveMarket(60_000);
    const whole = new FeatureEngineer(market);
    await whole.update(bars, { matrix: false });
    const begun = new FeatureEngineer(market);
    await begun.update(sliceBars(bars, 0, 123), { matrix: false });
    const merged = await IncrementalUpdateStrategy.mergeHistoricalFeatures(begun.save(), sliceBars(bars, 123, 500));
    expect(Buffer.compare(merged.save(), whole.save())).toBe(0);
  });
});
