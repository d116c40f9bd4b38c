import { describe, expect, it } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import type { BarStore } from '../../src/stores/bar-store';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';
import { changed, vendor, without } from './vendors';

/*
 * How a symbol lives with its vendor, day by day. Each story was one that ended badly.
 */

const DAY = 86_400_000;
const small = { trees: 2, maxDepth: 2 };
const models = { regression_rf: small, classification_rf: small, regression_gb: small };
const days = randomBars(2_500, { seed: 8, interval: DAY, start: Date.UTC(2010, 0, 4), volatility: 0.01 });
const never = { retrainPolicy: () => ({ retrain: false, reasons: ['not now'] }) };
const always = { retrainPolicy: () => ({ retrain: true, reasons: ['now'] }) };
const upTo = (length: number, bars: Bars = days) => sliceBars(bars, 0, length);

/** With and without kept bars. */
const KEEPING: readonly (readonly [string, () => { bars?: BarStore }])[] = [
  ['without kept bars', () => ({})],
  ['with kept bars', () => ({ bars: memoryBarStore() })],
];

function life(stores: { bars?: BarStore } = {}) {
  const store = memoryProfileStore();
  const run = (source: TrainSymbolOptions['source'], more: Partial<TrainSymbolOptions> = {}) =>
    trainSymbol({ symbol: 'LIFE', store, models, ...stores, source, now: new Date('2024-01-01'), ...more });
  return { store, run, ...stores };
}

async function state(store: ProfileStore): Promise<string> {
  return Buffer.from((await store.getCheckpoint('LIFE'))?.state ?? []).toString('base64');
}

/** State after one run over some bars. */
async function stateOver(bars: Bars, more: Partial<TrainSymbolOptions> = {}): Promise<string> {
  const { store, run } = life();
  await run(bars, more);
  return state(store);
}

describe.each(KEEPING)('%s', (_, keeping) => {
  it.each([
    ['the oldest 1,000', { bars: 1_000, of: 'oldest' }],
    ['the newest 500', { bars: 500, of: 'newest' }],
    ['the oldest 7', { bars: 7, of: 'oldest' }],
  ] as const)('a vendor that answers with %s bars is asked until it has told all, at every run', async (_name, most) => {
    const { store, run, bars } = life(keeping());
    const first = await run(vendor(upTo(1_800), { most }));
    expect(first.companyProfile.raw_data).toMatchObject({ points: 1_800, gaps: { count: expect.any(Number) } });
    const later = await run(vendor(upTo(2_400), { most }), never);
    expect(later).toMatchObject({ action: 'incremental_update', plan: { newBars: 600, history: { verdict: 'unchanged' } } });
    const retrained = await run(vendor(days, { most }), always);
    expect(retrained).toMatchObject({ action: 'incremental_update', plan: { newBars: 100 }, trainingFailure: null });
    expect(retrained.companyProfile.last_update.to).toEqual(retrained.companyProfile.raw_data.last_bar);
    expect(await state(store)).toBe(await stateOver(days));
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: 2_500 });
  });

  it('a second page that fails without a word costs no history, and the next run brings what was missing', async () => {
    const { store, run } = life(keeping());
    let answers = 0;
    // of the first run's pages the second is empty, and so are all after it
    const failing = vendor(days, { most: { bars: 600, of: 'oldest' }, stopsAfter: () => (answers++ === 0 ? undefined : 0) });
    expect((await run(failing)).companyProfile.raw_data.points).toBe(600);
    const whole = await run(vendor(days, { most: { bars: 600, of: 'oldest' } }), always);
    expect(whole).toMatchObject({ action: 'incremental_update', plan: { newBars: 1_900 } });
    let later = 0;
    const failsAgain = vendor(days, { most: { bars: 600, of: 'oldest' }, stopsAfter: () => (later++ < 2 ? undefined : 0) });
    const again = await run(failsAgain, { retrain: true });
    expect(again.companyProfile.raw_data.points).toBe(2_500);
    expect(again.plan.history.verdict).toBe('unchanged');
    expect(await state(store)).toBe(await stateOver(days));
  });

  it('a source that ends before the newest stored bar is refused, not compared', async () => {
    const { store, run } = life(keeping());
    await run(upTo(1_000));
    const before = await state(store);
    await expect(run(upTo(997))).rejects.toMatchObject({ code: 'SOURCE_INCOMPLETE', message: expect.stringContaining('rebuild: true') });
    await expect(run(vendor(upTo(990)), { retrain: true })).rejects.toMatchObject({ code: 'SOURCE_INCOMPLETE' });
    expect(await state(store)).toBe(before);
    // one that is asked for less is not
    expect((await run(upTo(1_000), { to: new Date(days.timestamp[990]) })).action).toBe('up_to_date');
  });

  it.each([
    ['another exchange', { exchange: 'NYSE' }],
    ['another side of the stamp', { stamp: 'end' }],
    ['another time zone', { timeZone: 'Europe/Paris' }],
  ] as const)('%s, and a vendor of the newest 500: 2,000 bars stay', async (_name, market) => {
    const { store, run, bars } = life(keeping());
    await run(upTo(2_000));
    const recent = vendor(upTo(2_001), { begins: 1_501 });
    for (const limits of [{}, { historyYears: 25 }, { from: new Date(days.timestamp[1_700]) }]) {
      const attempt = run(recent, { ...market, ...limits });
      if (bars) expect((await attempt).companyProfile.raw_data.points).toBe(2_001);
      else
        await expect(attempt).rejects.toMatchObject({
          code: 'NO_BARS',
          message: expect.stringMatching(/described otherwise.*rebuild: true/),
        });
    }
    expect((await store.getCompanyProfile('LIFE'))?.raw_data.points).toBe(bars ? 2_001 : 2_000);
    const anew = await run(recent, { ...market, rebuild: true });
    expect(anew).toMatchObject({
      action: 'create_new_profile',
      plan: { rebuild: ['rebuild: true', ...(bars ? [] : [expect.any(String)])] },
    });
    expect(anew.companyProfile.raw_data.points).toBe(500);
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: 500 });
  });

  it('damaged state, and a vendor of the newest 500: 2,000 bars stay', async () => {
    const { store, run, bars } = life(keeping());
    await run(upTo(2_000));
    const checkpoint = await store.getCheckpoint('LIFE');
    if (checkpoint === null) throw new Error('nothing is stored');
    checkpoint.state[checkpoint.state.length >> 1] ^= 1;
    await store.commit({ symbol: 'LIFE', baseRevision: 1, checkpoint });
    const recent = vendor(upTo(2_010), { begins: 1_501 });
    if (bars) {
      const mended = await run(recent);
      expect(mended).toMatchObject({
        action: 'create_new_profile',
        plan: { newBars: 10, rebuild: [expect.stringContaining('damaged')], oldBarsFrom: 'kept_bars' },
      });
      expect(await state(store)).toBe(await stateOver(upTo(2_010)));
    } else {
      await expect(run(recent, { historyYears: 30 })).rejects.toMatchObject({ code: 'NO_BARS' });
      expect((await store.getCompanyProfile('LIFE'))?.raw_data.points).toBe(2_000);
    }
  });

  it('historyYears in every call, and one corrected volume: nothing is lost, and nothing is read again', async () => {
    const { store, run } = life(keeping());
    const first = await run(upTo(2_000), { historyYears: 30 });
    expect(first.companyProfile.raw_data.points).toBe(2_000);
    const corrected = changed(upTo(2_001), ({ volume }) => (volume[1_990] *= 3));
    const recent = vendor(corrected, { begins: 1_501 });
    const update = await run(recent, { historyYears: 0.5, from: new Date(days.timestamp[1_600]) });
    expect(update).toMatchObject({
      action: 'incremental_update',
      plan: { newBars: 1, foldsFrom: 'anchor', history: { verdict: 'revised', differences: { changed: 1, fields: ['volume'] } } },
    });
    expect(update.companyProfile.last_update.revised_bars).toMatchObject({ changed: 1, first: new Date(days.timestamp[1_990]) });
    expect(await state(store)).toBe(await stateOver(corrected));
  });

  it('a vendor that corrects and withdraws among the newest bars is asked for no more than the overlap, every day', async () => {
    const { store, run, bars } = life(keeping());
    await run(upTo(1_000));
    let asked = 0;
    let told = upTo(1_000);
    for (let day = 1; day <= 10; day++) {
      told = changed(upTo(1_000 + day), (copy) => {
        for (let i = 998; i < 1_000 + day - 1; i += 2) copy.close[i] *= 1 + 1e-3 * (i % 3);
        copy.volume[1_000 + day - 3] += 1_000;
      });
      if (day % 3 === 0) told = without(told, 1_000 + day - 4, 1_000 + day - 3, 1_000 + day - 2);
      const source = vendor(told);
      const { action, plan } = await run(source, never);
      expect(action).toBe('incremental_update');
      expect(['revised', 'unchanged']).toContain(plan.history.verdict);
      asked += [...source.told.values()].reduce((sum, times) => sum + times, 0);
      expect(await state(store), `day ${day}`).toBe(await stateOver(told));
    }
    expect(asked).toBeLessThan(10 * 70);
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: told.length });
  });

  it('a training window of 600, a vendor of the newest 800 and 250 bars between two trainings: the symbol lives on', async () => {
    const { store, run, bars } = life(keeping());
    const window = { trainingWindow: { bars: 600 } };
    await run(upTo(1_000), window);
    for (let length = 1_050; length <= 1_250; length += 50)
      await run(vendor(upTo(length), { begins: length - 800 }), { ...window, ...never });
    const due = await run(vendor(upTo(1_260), { begins: 460 }), { ...window, ...always });
    expect(due).toMatchObject({ action: 'incremental_update', plan: { newBars: 10, history: { verdict: 'unchanged' } } });
    expect(due.trainingFailure?.code ?? null).toBe(bars ? null : 'NO_BARS');
    expect(await state(store)).toBe(await stateOver(upTo(1_260), window));
    const next = await run(vendor(upTo(1_270), { begins: 470 }), { ...window, ...never });
    expect(next.companyProfile.raw_data.points).toBe(1_270);
  });

  it.each([
    ['now lies before them', { now: new Date(days.timestamp[980] + DAY) }],
    ['now lies before them, and bad bars are dropped', { now: new Date(days.timestamp[980] + DAY), badBars: 'drop' }],
    ['the caller wants none of them', { to: new Date(days.timestamp[980]) }],
    ['models are trained while now lies before them', { now: new Date(days.timestamp[980] + DAY), retrain: true }],
  ] as const)('stored bars after a corrected one stay though %s', async (_name, more) => {
    const { store, run, bars } = life(keeping());
    await run(upTo(1_000));
    const corrected = changed(days, ({ volume }) => (volume[960] += 1_000));
    const update = await run(vendor(upTo(1_000, corrected)), { ...never, ...more });
    expect(update.trainingFailure).toBeNull();
    expect(update).toMatchObject({ plan: { history: { verdict: 'revised', differences: { changed: 1, withdrawn: 0 } } } });
    expect(update.companyProfile.raw_data).toMatchObject({ points: 1_000, last_bar: new Date(days.timestamp[999]) });
    expect(await state(store)).toBe(await stateOver(upTo(1_000, corrected)));
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: 1_000 });
  });

  it('stored bars that are told badly now stay though one before them is corrected', async () => {
    const { store, run, bars } = life(keeping());
    await run(upTo(1_000));
    const corrected = changed(upTo(1_000), ({ volume }) => (volume[960] += 1_000));
    const bad = changed(corrected, ({ high, low }) => {
      for (let i = 990; i < 1_000; i++) high[i] = low[i] / 2;
    });
    const update = await run(vendor(bad), { ...never, badBars: 'drop' });
    expect(update.plan.history).toMatchObject({ verdict: 'revised', differences: { changed: 1, withdrawn: 0 } });
    expect(await state(store)).toBe(await stateOver(corrected));
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: 1_000 });
  });

  it.each([
    ['before a window that is shorter than the overlap', { overlapBars: 300, trainingWindow: { bars: 150 } }, 800],
    ['among the last bars before the window', { overlapBars: 64, trainingWindow: { bars: 50 } }, 945],
    ['in the window', { overlapBars: 64, trainingWindow: { bars: 150 } }, 990],
  ] as const)('a bar that is corrected %s is in the features of the next training', async (_name, window, at) => {
    const corrected = changed(days, ({ high, volume }) => {
      high[at] *= 1.003;
      volume[at] += 1_000;
    });
    const trained = async (told: Bars, ...runs: readonly (readonly [number, object])[]) => {
      const { store, run } = life(keeping());
      if (runs.length > 1) await run(upTo(1_000), window);
      // the source has nothing older than the bars of a training and the overlap
      for (const [length, more] of runs) {
        const begins = runs.length > 1 ? 600 : 0;
        const { trainingFailure, plan } = await run(vendor(upTo(length, told), { begins }), { ...window, ...more });
        expect(trainingFailure).toBeNull();
        expect(plan.rebuild).toEqual([]);
      }
      const checkpoint = await store.getCheckpoint('LIFE');
      const { overlap: _overlap, anchor_a: _a, anchor_b: _b, ...models } = checkpoint?.models ?? {};
      return { state: checkpoint?.state, models };
    };
    const fresh = await trained(corrected, [1_020, always]);
    expect(await trained(corrected, [1_010, never], [1_020, always])).toEqual(fresh);
    expect(await trained(corrected, [1_010, always], [1_020, always])).toEqual(fresh);
  });

  it('a source that has lost its beginning: new bars are taken in though training is due', async () => {
    const { store, run, bars } = life(keeping());
    await run(upTo(1_000));
    for (let length = 1_001; length <= 1_003; length++) {
      const update = await run(vendor(upTo(length), { begins: 300 }), always);
      expect(update.companyProfile.raw_data.points).toBe(length);
      if (bars)
        expect(update).toMatchObject({ trainingFailure: null, plan: { oldBarsFrom: 'kept_bars' }, mlProfile: { status: 'trained' } });
      else {
        expect(update.trainingFailure).toMatchObject({ code: 'NO_BARS', reason: expect.stringContaining('option bars') });
        expect(update.mlProfile).toMatchObject({ status: 'failed', training_failure: { code: 'NO_BARS' } });
        expect(update.warnings).toMatchObject([{ code: 'training_failed' }]);
      }
    }
    expect(await state(store)).toBe(await stateOver(upTo(1_003)));
  });

  it('a source that has lost its beginning is asked for all that it has once, not at every run', async () => {
    const { run } = life();
    await run(upTo(1_000));
    const told: number[] = [];
    for (let length = 1_001; length <= 1_003; length++) {
      const source = vendor(upTo(length), { begins: 300 });
      expect((await run(source, always)).trainingFailure?.code).toBe('NO_BARS');
      told.push([...source.told.values()].reduce((sum, times) => sum + times, 0));
    }
    expect(told[0]).toBeGreaterThan(700);
    expect(told[1] + told[2]).toBeLessThan(140);
    expect((await run(vendor(upTo(1_004)))).mlProfile.status).toBe('trained');
  });

  it('a page of the overlap that fails without a word is asked for once more, and nothing is taken for withdrawn', async () => {
    const { store, run, bars } = life(keeping());
    await run(upTo(1_000));
    const whole = vendor(upTo(1_010));
    const holed = vendor(without(upTo(1_010), ...Array.from({ length: 20 }, (_, i) => 950 + i)));
    let asked = 0;
    const update = await run({ fetch: (request) => (asked++ === 0 ? holed : whole).fetch(request) }, never);
    expect(update.plan).toMatchObject({ newBars: 10, history: { verdict: 'unchanged', comparedBars: 64 } });
    // the overlap, the hole, and for each whether more follows
    expect(asked).toBe(4);
    expect(await state(store)).toBe(await stateOver(upTo(1_010)));
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: 1_010 });
    // what is gone at the second look as well, is
    const gone = without(upTo(1_010), 980, 990);
    expect((await run(vendor(gone), never)).plan.history.differences).toMatchObject({ withdrawn: 2 });
    expect(await state(store)).toBe(await stateOver(gone));
  });

  it('a source that says nothing is not taken for one that has nothing new', async () => {
    const { run } = life(keeping());
    await run(upTo(600));
    const silent = await run(vendor(upTo(0)));
    expect(silent).toMatchObject({ action: 'up_to_date', plan: { history: { verdict: 'not_checked' } } });
    expect(silent.warnings).toMatchObject([{ code: 'not_compared', message: expect.stringContaining('without a word'), count: 0 }]);
    await expect(run(vendor(upTo(0)), { strict: true })).rejects.toMatchObject({ code: 'STRICT' });
    // bars that nobody asked for are not missed, and no source is asked for what ends before it begins
    const source = vendor(upTo(600));
    expect((await run(source, { to: new Date(days.timestamp[100]) })).warnings).toEqual([]);
    expect(source.requests.filter(({ from = 0, to = Infinity }) => from > to)).toEqual([]);
    expect((await run(vendor(upTo(600)))).warnings).toEqual([]);
  });

  it('a market that was described once is that of a symbol whose state is lost, as it is for every new release', async () => {
    const { store, run } = life(keeping());
    const market = { timeZone: 'Europe/Berlin', session: { open: 480, close: 1320, earlyCloses: 'none' }, stamp: 'end' } as const;
    await run(upTo(600), market);
    const checkpoint = { state: Uint8Array.of(1, 2, 3), models: (await store.getCheckpoint('LIFE'))?.models ?? {} };
    await store.commit({ symbol: 'LIFE', baseRevision: 1, checkpoint });
    const again = await run(vendor(upTo(610)));
    expect(again).toMatchObject({ action: 'create_new_profile', plan: { rebuild: [expect.stringContaining('damaged')] } });
    expect(again.companyProfile.raw_data.market).toEqual({
      interval_ms: DAY,
      stamp: 'end',
      time_zone: 'Europe/Berlin',
      session: { open: 480, close: 1320, early_closes: 'none' },
    });
    expect(await state(store)).toBe(await stateOver(upTo(610), market));
  });

  it('longer bars do not take the place of shorter ones, of which there are more, unless that is said', async () => {
    const { run, bars } = life(keeping());
    await run(upTo(600));
    const weeks = randomBars(200, { seed: 8, interval: 7 * DAY, start: Date.UTC(2010, 0, 4), volatility: 0.01 });
    await expect(run(vendor(weeks), { interval: 7 * DAY })).rejects.toMatchObject({
      code: 'INVALID_BARS',
      message: expect.stringMatching(/weekly.*600.*daily.*symbol of its own.*rebuild: true/),
    });
    if (bars) expect(await bars.describe('LIFE')).toMatchObject({ bars: 600, market: { interval: DAY } });
    expect((await run(vendor(weeks), { interval: 7 * DAY, rebuild: true })).companyProfile.raw_data.points).toBe(200);
  });

  it('a market that is described in part, or again, is the one that is stored', async () => {
    const { store, run } = life(keeping());
    await run(upTo(600), { exchange: 'NASDAQ', stamp: 'end' });
    for (const part of [{ interval: DAY }, { stamp: 'end' }, { exchange: 'nasdaq' }, { timeZone: 'America/New_York' }, {}] as const) {
      expect((await run(upTo(600), part)).action).toBe('up_to_date');
    }
    const other = await run(upTo(600), { exchange: 'LSE' });
    expect(other).toMatchObject({ action: 'create_new_profile', plan: { rebuild: [expect.stringContaining('described otherwise')] } });
    expect(other.companyProfile.exchange).toBe('LSE');
    expect(await state(store)).toBe(await stateOver(upTo(600), { exchange: 'LSE', stamp: 'end' }));
  });

  it.each(['company', 'statistical'] as const)('a missing %s profile is made again, and the plan says so', async (missing) => {
    const { store, run, bars } = life(keeping());
    const whole = await run(upTo(600));
    const lame: ProfileStore = new Proxy(store, {
      get(target, name) {
        if (name === (missing === 'company' ? 'getCompanyProfile' : 'getStatisticalProfile')) return async () => null;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const mended = await trainSymbol({
      symbol: 'LIFE',
      store: lame,
      models,
      source: upTo(600),
      now: new Date('2024-01-01'),
      ...(bars && { bars }),
    });
    expect(mended).toMatchObject({
      action: 'incremental_update',
      plan: { newBars: 0, repairs: [`${missing} profile`], retrain: { retrain: false } },
      companyProfile: { last_update: { action: 'incremental_update', repairs: [`${missing} profile`] } },
    });
    expect(mended.mlProfile.model_version).toBe(whole.mlProfile.model_version);
    expect((await run(upTo(600))).action).toBe('up_to_date');
  });

  it('other parameters, another seed, another test share train again; the same do not; retrain: true always does', async () => {
    const { run } = life(keeping());
    const first = await run(upTo(600));
    expect(first.mlProfile.asked_for).toMatchObject({ seed: 1, test_fraction: 0.2, parameters: { regression_rf: { n_estimators: 2 } } });
    expect((await run(upTo(600))).action).toBe('up_to_date');
    const changes: readonly [Partial<TrainSymbolOptions>, RegExp][] = [
      [{ models: { ...models, regression_rf: { ...small, trees: 3 } } }, /regression_rf\.n_estimators 2 is 3 now/],
      [{ seed: 7 }, /seed 1 is 7 now/],
      [{ testFraction: 0.3 }, /test_fraction 0\.2 is 0\.3 now/],
      [{ embargo: 5 }, /embargo 0 is 5 now/],
    ];
    for (const [more, reason] of changes) {
      const { action, plan, mlProfile } = await run(upTo(600), more);
      expect(action).toBe('incremental_update');
      expect(plan.retrain.reasons).toEqual([expect.stringMatching(reason)]);
      expect(mlProfile.last_retrain_decision.reasons).toEqual(plan.retrain.reasons);
      expect((await run(upTo(600), more)).action).toBe('up_to_date');
      await run(upTo(600));
    }
    const forced = await run(upTo(600), { retrain: true });
    expect(forced).toMatchObject({
      action: 'incremental_update',
      plan: { newBars: 0, retrain: { retrain: true, reasons: ['retrain: true'] } },
    });
    expect(forced.mlProfile.model_version).toBe(first.mlProfile.model_version);
  });

  it('prices of another kind are another past, though the newest are the same', async () => {
    const { store, run } = life(keeping());
    const told = (prices: 'adjusted' | 'as_traded', factor: number): BarSource => {
      const bars = changed(upTo(600), (copy) => {
        for (const column of ['open', 'high', 'low', 'close'] as const) for (let i = 0; i < 300; i++) copy[column][i] *= factor;
      });
      return {
        answersInFull: true,
        fetch: async function* () {
          yield { bars, batch: 1, reading: { format: 'csv', prices } };
        },
      };
    };
    await run(told('adjusted', 0.5));
    const other = await run(told('as_traded', 1));
    expect(other).toMatchObject({
      action: 'create_new_profile',
      plan: { rebuild: [expect.stringMatching(/as_traded now, and were adjusted/)] },
    });
    expect(await state(store)).toBe(await stateOver(upTo(600)));
  });

  it('models of a clock that was ahead are trained again', async () => {
    const { run } = life(keeping());
    await run(upTo(600), { now: new Date('2035-01-01') });
    const { plan } = await run(upTo(700));
    expect(plan.retrain).toMatchObject({ retrain: true, reasons: [expect.stringContaining('after now')] });
    expect((await run(upTo(700))).action).toBe('up_to_date');
  });
});
