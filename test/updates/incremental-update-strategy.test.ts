import { describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import {
  IncrementalUpdateStrategy,
  type PlanInputs,
  type StoredHistory,
  type StoredModels,
} from '../../src/updates/incremental-update-strategy';
import type { RetrainInputs, RetrainOptions, RetrainPolicy } from '../../src/updates/retrain-policy';
import { randomBars } from '../generated-bars';

const fresh: RetrainInputs = {
  hasModels: true,
  featureSetChanged: false,
  historyRewritten: false,
  newBars: 1,
  barsInHistory: 1_000,
  barsSinceTraining: 1,
  modelAgeDays: 0,
};
const never: RetrainPolicy = () => ({ retrain: false, reasons: ['never'] });
const always: RetrainPolicy = () => ({ retrain: true, reasons: ['always'] });

describe('retrain policy', () => {
  it.each<[string, Partial<RetrainInputs>, RetrainOptions, boolean, RegExp]>([
    ['no models', { hasModels: false }, {}, true, /no models/],
    ['no models, and nothing new', { hasModels: false, newBars: 0 }, {}, true, /no models/],
    ['no models, whatever the caller says', { hasModels: false }, { retrainPolicy: never }, true, /no models/],
    ['another feature set', { featureSetChanged: true }, {}, true, /feature set/],
    ['another feature set, whatever the caller says', { featureSetChanged: true }, { retrainPolicy: never }, true, /feature set/],
    ['models of another market', { hasModels: false, featureSetChanged: true }, {}, true, /^the market or feature set has changed[^;]*$/],
    ['rewritten history', { historyRewritten: true }, {}, true, /rewritten/],
    ['rewritten history, and nothing new', { historyRewritten: true, newBars: 0 }, {}, true, /rewritten/],
    ['nothing new, old models', { newBars: 0, barsSinceTraining: 5_000, modelAgeDays: 90 }, {}, false, /no new bars/],
    ['nothing new, whatever the caller says', { newBars: 0 }, { retrainPolicy: always }, false, /no new bars/],
    ['99 new bars, old models', { barsSinceTraining: 99, modelAgeDays: 30 }, {}, false, /99 bars.*minNewBars 100/],
    ['100 new bars, models of 7 days', { barsSinceTraining: 100, modelAgeDays: 7 }, {}, false, /7.0 days/],
    ['100 new bars, models of 7.1 days', { barsSinceTraining: 100, modelAgeDays: 7.1 }, {}, true, /7.1 days/],
    ['a lower bar count', { barsSinceTraining: 5, modelAgeDays: 8 }, { minNewBars: 5 }, true, /8.0 days/],
    ['a lower age', { barsSinceTraining: 390, modelAgeDays: 1.5 }, { maxModelAgeDays: 1 }, true, /1.5 days/],
    ['the caller, who wants to', {}, { retrainPolicy: always }, true, /always/],
    ['the caller, who does not', { barsSinceTraining: 390, modelAgeDays: 90 }, { retrainPolicy: never }, false, /never/],
  ])('%s', (_, inputs, options, retrain, reason) => {
    const decision = IncrementalUpdateStrategy.shouldRetrainModels({ ...fresh, ...inputs }, options);
    expect(decision.retrain).toBe(retrain);
    expect(decision.reasons.join()).toMatch(reason);
    expect(decision.inputs).toMatchObject({ ...fresh, ...inputs });
  });

  it('tells the caller what it would do itself, and remembers who decided', () => {
    const retrainPolicy: RetrainPolicy = ({ newBars }, standard) => ({
      retrain: !standard.retrain,
      reasons: [`not: ${standard.reasons.join()}`, `${newBars} new`],
    });
    const decision = IncrementalUpdateStrategy.shouldRetrainModels({ ...fresh, newBars: 3 }, { retrainPolicy });
    expect(decision.retrain).toBe(true);
    expect(decision.reasons[0]).toMatch(/^not: 1 bar since training, fewer/);
    expect(decision.inputs).toMatchObject({ policy: 'custom', minNewBars: 100 });
  });

  it('refuses a policy that throws or returns no decision', () => {
    const refused = (retrainPolicy: RetrainPolicy) => () => IncrementalUpdateStrategy.shouldRetrainModels(fresh, { retrainPolicy });
    const cause = new Error('https://vendor.test/?apikey=SECRET answered 401');
    const throwing = refused(() => {
      throw cause;
    });
    expect(throwing).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', cause, message: expect.not.stringContaining('SECRET') }));
    expect(refused(() => ({ retrain: true, reasons: [] }))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    const unreadable = {
      get retrain(): boolean {
        throw cause;
      },
      reasons: ['a getter that throws'],
    };
    expect(refused(() => unreadable)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', cause }));
    const circular: { retrain: boolean; reasons: string[]; self?: unknown } = { retrain: true, reasons: [] };
    circular.self = circular;
    expect(refused(() => circular)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('refuses an async policy in words, and hears it fail', async () => {
    const failing = async () => Promise.reject(new Error('too late'));
    const retrainPolicy: RetrainPolicy = () => Object.assign(failing(), { retrain: true, reasons: [] });
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    expect(() => IncrementalUpdateStrategy.shouldRetrainModels(fresh, { retrainPolicy })).toThrow(/a promise: it cannot be async/);
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });
});

describe('update plan', () => {
  const bars = randomBars(500);
  const MINUTE = 60_000;
  const now = bars.timestamp[499] + MINUTE;
  const models: StoredModels = { trainedAt: now, barsSinceTraining: 0 };
  const plan = (inputs: Partial<PlanInputs>) =>
    IncrementalUpdateStrategy.createIncrementalUpdatePlan({ history: null, models: null, featureSetChanged: false, bars, now, ...inputs });
  /** As if the bars before `at` were stored. */
  const upTo = (at: number, from = at - 5): StoredHistory => ({
    bars: 4_000 + at,
    lastTimestamp: bars.timestamp[at - 1],
    interval: MINUTE,
    longestGap: MINUTE,
    recentBars: sliceBars(bars, from, at),
  });

  it('creates when nothing is stored', () => {
    expect(plan({})).toMatchObject({
      action: 'create_new_profile',
      newBars: 500,
      range: { from: bars.timestamp[0], to: bars.timestamp[499] },
      gap: null,
      history: { verdict: 'not_checked', comparedBars: 0 },
      ignored: { old: 0, forming: 0 },
      expectedEfficiency: { barsFolded: 500, barsInHistory: 500, shareSaved: 0, milliseconds: null },
    });
  });

  it('folds new bars only', () => {
    const update = plan({ history: upTo(100), models, bars: sliceBars(bars, 95, 500) });
    expect(update).toMatchObject({
      action: 'incremental_update',
      newBars: 400,
      range: { from: bars.timestamp[100], to: bars.timestamp[499] },
      gap: null,
      history: { verdict: 'unchanged', comparedBars: 5 },
      retrain: { inputs: { newBars: 400, barsInHistory: 4_500, barsSinceTraining: 400 } },
    });
    expect(update.expectedEfficiency).toMatchObject({ barsFolded: 400, barsInHistory: 4_500 });
    expect(update.expectedEfficiency.shareSaved).toBeCloseTo(1 - 400 / 4_500, 12);
  });

  it('does nothing without new bars, however old the models are', () => {
    const old = { trainedAt: now - 90 * 24 * 60 * MINUTE, barsSinceTraining: 5_000 };
    expect(plan({ history: upTo(500), models: old, bars: sliceBars(bars, 495, 500) })).toMatchObject({
      action: 'up_to_date',
      newBars: 0,
      range: null,
      gap: null,
    });
  });

  it('rebuilds when the past was rewritten, also without new bars', () => {
    const changed = sliceBars(bars, 95, 100);
    const source = { ...changed, close: changed.close.map((close, i) => (i >= 2 ? close + 0.01 : close)) };
    expect(plan({ history: upTo(100), models, bars: source })).toMatchObject({
      action: 'create_new_profile',
      newBars: 0,
      history: { verdict: 'rewritten', firstDifference: { timestamp: bars.timestamp[97] } },
      retrain: { retrain: true, reasons: [expect.stringContaining('rewritten')] },
    });
  });

  it('goes on before a few newest bars that were revised', () => {
    const changed = sliceBars(bars, 95, 110);
    const source = { ...changed, volume: changed.volume.map((volume, i) => (i === 3 ? volume + 7 : volume)) };
    expect(plan({ history: upTo(100), models, bars: source, foldsFrom: 'anchor' })).toMatchObject({
      action: 'incremental_update',
      newBars: 10,
      foldsFrom: 'anchor',
      rebuild: [],
      history: { verdict: 'revised', firstDifference: { timestamp: bars.timestamp[98] }, differences: { changed: 1, fields: ['volume'] } },
      retrain: { retrain: false },
    });
  });

  it('trains for reasons of the caller, and says what stands in the way', () => {
    const known = { history: upTo(500), models, bars: sliceBars(bars, 495, 500) };
    expect(plan({ ...known, retrain: ['retrain: true'] })).toMatchObject({
      action: 'incremental_update',
      newBars: 0,
      retrain: { retrain: true, reasons: ['retrain: true'] },
      trainingFailure: null,
    });
    const failure = { code: 'NO_BARS', reason: 'the source begins later' } as const;
    const due = { ...known, retrain: ['retrain: true'] };
    expect(plan({ ...due, trainingFailure: { ...failure, isStored: false } })).toMatchObject({
      action: 'incremental_update',
      trainingFailure: failure,
    });
    expect(plan({ ...due, trainingFailure: { ...failure, isStored: true } })).toMatchObject({
      action: 'up_to_date',
      trainingFailure: failure,
    });
    expect(plan({ ...known, missing: ['company profile'] })).toMatchObject({ action: 'incremental_update', repairs: ['company profile'] });
    expect(plan({ ...known, rebuild: ['rebuild: true'] })).toMatchObject({
      action: 'create_new_profile',
      retrain: { retrain: true, reasons: ['rebuild: true'] },
    });
  });

  it('trains again what a clock that was ahead has trained', () => {
    const ahead = { trainedAt: now + 400 * 24 * 60 * MINUTE, barsSinceTraining: 0 };
    const { retrain } = plan({ history: upTo(100), models: ahead, bars: sliceBars(bars, 95, 500) });
    expect(retrain).toMatchObject({ retrain: true, reasons: [expect.stringContaining('after now')] });
  });

  it('reports a hole before the new bars, and whether there was one as long before', () => {
    const late = sliceBars(bars, 110, 500);
    const gap = { after: bars.timestamp[99], before: bars.timestamp[110], milliseconds: 11 * MINUTE };
    expect(plan({ history: upTo(100), models, bars: late })).toMatchObject({
      gap: { ...gap, unusual: true },
      history: { verdict: 'not_checked' },
    });
    expect(plan({ history: { ...upTo(100), longestGap: 11 * MINUTE }, models, bars: late }).gap).toEqual({ ...gap, unusual: false });
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
