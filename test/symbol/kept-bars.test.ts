import { describe, expect, it } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import type { BarStore } from '../../src/stores/bar-store';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';
import { dailyRuns } from './daily-runs';
import { changed, vendor } from './vendors';

const DAY = 86_400_000;
const models = { regression_rf: { trees: 1, maxDepth: 3 }, classification_rf: { trees: 1, maxDepth: 3 }, regression_gb: { trees: 1 } };
const days = randomBars(1_000, { seed: 9, interval: DAY, start: Date.UTC(2010, 0, 4), volatility: 0.01 });
const upTo = (length: number, bars: Bars = days) => sliceBars(bars, 0, length);
const never = { retrainPolicy: () => ({ retrain: false, reasons: ['not now'] }) };
const gone: BarSource = {
  // biome-ignore lint/correctness/useYield: a source that fails before it has anything
  async *fetch() {
    throw new Error('the vendor is gone');
  },
};

function life(bars: BarStore = memoryBarStore(), store: ProfileStore = memoryProfileStore()) {
  const run = (source: TrainSymbolOptions['source'], more: Partial<TrainSymbolOptions> = {}) =>
    trainSymbol({ symbol: 'KEPT', store, bars, models, source, now: new Date('2024-01-01'), ...more });
  return { store, bars, run };
}

async function all(bars: BarStore): Promise<number[]> {
  const times: number[] = [];
  for await (const block of bars.read('KEPT')) times.push(...block.timestamp);
  return times;
}

async function state(store: ProfileStore): Promise<string> {
  return Buffer.from((await store.getCheckpoint('KEPT'))?.state ?? []).toString('base64');
}

async function stateOver(bars: Bars): Promise<string> {
  const { store, run } = life();
  await run(bars);
  return state(store);
}

describe('kept bars', () => {
  it('are what was told, and the profiles are of just these', async () => {
    const { bars, store, run } = life();
    const first = await run(upTo(600));
    expect(first.timings.map(({ stage }) => stage)).toContain('keep');
    await run(upTo(700), never);
    expect(await all(bars)).toEqual([...days.timestamp.subarray(0, 700)]);
    const { company, kept } = { company: await store.getCompanyProfile('KEPT'), kept: await bars.describe('KEPT') };
    expect(kept).toMatchObject({ bars: 700, revision: 2, firstTimestamp: days.timestamp[0], lastTimestamp: days.timestamp[699] });
    expect(company?.raw_data.points).toBe(700);
    expect((await run(upTo(700))).action).toBe('up_to_date');
    expect((await bars.describe('KEPT'))?.revision).toBe(2);
  });

  it('make weeks of daily runs with a weekly retraining ask for each bar at most twice', async () => {
    const { trainings, told, bars } = await dailyRuns(21);
    expect(trainings).toBe(3);
    expect(told.size).toBe(bars);
    expect(Math.max(...told.values())).toBe(2);
  });

  it('serve a retraining, and profiles that are lost, though the vendor is gone', async () => {
    const { bars, run } = life();
    await run(upTo(600));
    await expect(run(gone)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    const retrained = await run(gone, { retrain: true, seed: 3 });
    expect(retrained).toMatchObject({
      action: 'incremental_update',
      plan: { newBars: 0, oldBarsFrom: 'kept_bars', retrain: { retrain: true }, history: { verdict: 'not_checked' } },
      warnings: [{ code: 'source_unavailable' }],
      mlProfile: { asked_for: { seed: 3 }, status: 'trained' },
    });
    const lost = life(bars);
    const again = await lost.run(gone, { retrain: true });
    expect(again).toMatchObject({ action: 'create_new_profile', companyProfile: { raw_data: { points: 600 } } });
    expect(await state(lost.store)).toBe(await stateOver(upTo(600)));
  });

  it('that are ahead of the profiles, as after a crash between the two, are folded', async () => {
    const { bars, store, run } = life();
    await run(upTo(600));
    const broken: ProfileStore = new Proxy(store, {
      get(target, name) {
        if (name === 'commit') return async () => Promise.reject(new Error('the power went'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await expect(life(bars, broken).run(upTo(650), never)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await bars.describe('KEPT')).toMatchObject({ bars: 650 });
    expect((await store.getCompanyProfile('KEPT'))?.raw_data.points).toBe(600);
    // the vendor has nothing newer, and need not be there
    const next = await run(gone, never);
    expect(next).toMatchObject({ action: 'incremental_update', plan: { rebuild: [] } });
    expect(next.companyProfile.raw_data.points).toBe(650);
    expect(await state(store)).toBe(await stateOver(upTo(650)));

    const corrected = changed(upTo(660), ({ close }) => (close[640] *= 1.001));
    await expect(life(bars, broken).run(corrected, never)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    const mended = await run(vendor(corrected), never);
    expect(mended).toMatchObject({ action: 'incremental_update', plan: { rebuild: [], foldsFrom: 'anchor' } });
    expect(await state(store)).toBe(await stateOver(corrected));
  });

  it('of another past than the profiles’ win', async () => {
    const { bars, store, run } = life();
    await run(upTo(600));
    const other = changed(upTo(600), ({ volume }) => (volume[100] += 1_000));
    await bars.write({
      symbol: 'KEPT',
      market: (await bars.describe('KEPT'))?.market ?? resolveMarket(DAY),
      from: Number.NEGATIVE_INFINITY,
      bars: other,
      baseRevision: 1,
    });
    const next = await run(vendor(upTo(600, other)), never);
    expect(next).toMatchObject({
      action: 'create_new_profile',
      plan: { rebuild: [expect.stringContaining('kept bars')], oldBarsFrom: 'kept_bars' },
    });
    expect(await state(store)).toBe(await stateOver(other));
  });

  it('of a symbol that was trained without are filled once, if the source still has all', async () => {
    const store = memoryProfileStore();
    const without = (source: TrainSymbolOptions['source']) =>
      trainSymbol({ symbol: 'KEPT', store, models, source, now: new Date('2024-01-01'), ...never });
    await without(upTo(600));
    const { bars, run } = life(memoryBarStore(), store);
    const source = vendor(upTo(610), { begins: 300 });
    const late = await run(source, never);
    expect(late).toMatchObject({ action: 'incremental_update', plan: { newBars: 10 }, warnings: [{ code: 'bars_not_kept' }] });
    expect([...source.told.values()].reduce((sum, times) => sum + times, 0)).toBeLessThan(100);
    expect(await bars.describe('KEPT')).toBeNull();
    const filled = await run(vendor(upTo(620)), never);
    expect(filled).toMatchObject({
      action: 'create_new_profile',
      plan: { newBars: 10, rebuild: [expect.stringContaining('kept from now on')] },
    });
    expect(await all(bars)).toEqual([...days.timestamp.subarray(0, 620)]);
    expect((await run(vendor(upTo(630), { begins: 400 }), { retrain: true })).plan).toMatchObject({
      newBars: 10,
      oldBarsFrom: 'kept_bars',
    });
    // a run without them in between: the next one with them brings them up to date
    await without(upTo(640));
    expect((await run(vendor(upTo(650)), never)).plan).toMatchObject({ rebuild: [] });
    expect(await all(bars)).toEqual([...days.timestamp.subarray(0, 650)]);
    expect(await state(store)).toBe(await stateOver(upTo(650)));
  });

  it('are as they were after a run whose training fails: a first one keeps none, and rebuild: true forgets none', async () => {
    const { bars, run } = life();
    const late = { from: new Date(days.timestamp[560]) };
    await expect(run(upTo(600), late)).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
    expect(await bars.listSymbols()).toEqual([]);
    // more history, as the message says
    expect((await run(upTo(600))).companyProfile.raw_data.points).toBe(600);
    await expect(run(sliceBars(days, 550, 600), { rebuild: true })).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
    expect(await bars.describe('KEPT')).toMatchObject({ bars: 600, revision: 1 });
  });

  it.each([
    ['end before those of the profiles', 0, 300, []],
    ['begin after those of the profiles', 700, 1_000, [expect.stringContaining('kept from now on')]],
  ] as const)('that %s cost these nothing, and are filled once the source has all', async (_name, from, to, rebuild) => {
    const store = memoryProfileStore();
    const { bars, run } = life(memoryBarStore(), store);
    await life(bars).run(sliceBars(days, from, to));
    await trainSymbol({ symbol: 'KEPT', store, models, source: upTo(980), now: new Date('2024-01-01') });
    const later = await run(vendor(upTo(990), { begins: 700 }), never);
    expect(later).toMatchObject({
      action: 'incremental_update',
      plan: { newBars: 10, history: { verdict: 'unchanged' }, rebuild: [] },
      warnings: [{ code: 'bars_not_kept' }],
    });
    expect(await state(store)).toBe(await stateOver(upTo(990)));
    expect(await bars.describe('KEPT')).toMatchObject({ bars: to - from });
    // the source has all, as the warning says
    const filled = await run(vendor(days), never);
    expect(filled).toMatchObject({ plan: { newBars: 10, rebuild }, warnings: [] });
    expect(await all(bars)).toEqual([...days.timestamp]);
    expect(await state(store)).toBe(await stateOver(days));
  });

  it('that are a few behind the profiles are completed, and the profiles stay while the source says nothing of them', async () => {
    const store = memoryProfileStore();
    const { bars, run } = life(memoryBarStore(), store);
    const without = (length: number) =>
      trainSymbol({ symbol: 'KEPT', store, models, source: upTo(length), now: new Date('2024-01-01'), ...never });
    await run(upTo(600));
    await without(620);
    const silent = await run(vendor(upTo(0)), never);
    expect(silent.companyProfile.raw_data.points).toBe(620);
    expect(await state(store)).toBe(await stateOver(upTo(620)));
    // nothing is new to the profiles
    expect((await run(vendor(upTo(620)), never)).action).toBe('up_to_date');
    expect(await all(bars)).toEqual([...days.timestamp.subarray(0, 620)]);

    await without(630);
    const split = changed(upTo(635), ({ open, high, low, close }) => {
      for (const prices of [open, high, low, close]) for (let i = 0; i < prices.length; i++) prices[i] /= 2;
    });
    const rewritten = await run(vendor(split), never);
    expect(rewritten).toMatchObject({ plan: { newBars: 5, history: { verdict: 'rewritten' } } });
    expect(rewritten.companyProfile.last_update).toMatchObject({ new_bars: 5, from: new Date(days.timestamp[630]) });
    expect(await state(store)).toBe(await stateOver(split));
  });

  it('that are fewer than the profiles have seen are no reason to rebuild these from less', async () => {
    const { bars, run, store } = life();
    await life(bars).run(sliceBars(days, 700, 1_000));
    await trainSymbol({ symbol: 'KEPT', store, models, source: upTo(980), now: new Date('2024-01-01') });
    const split = changed(days, ({ open, high, low, close }) => {
      for (const prices of [open, high, low, close]) for (let i = 0; i < prices.length; i++) prices[i] /= 2;
    });
    await expect(run(vendor(split, { begins: 700 }), never)).rejects.toMatchObject({
      code: 'NO_BARS',
      message: expect.stringMatching(/rewritten.*rebuild: true/),
    });
    expect((await store.getCompanyProfile('KEPT'))?.raw_data.points).toBe(980);
    expect((await run(vendor(split), never)).companyProfile.raw_data.points).toBe(1_000);
    expect(await state(store)).toBe(await stateOver(split));
  });

  it('are not filled in a run in which the vendor fails, and the run says that the next one tries again', async () => {
    const { store, run } = life();
    await trainSymbol({ symbol: 'KEPT', store, models, source: upTo(600), now: new Date('2024-01-01') });
    const source = vendor(upTo(610));
    const quota: BarSource = {
      async *fetch(request) {
        if ((request.from ?? 0) < days.timestamp[400]) throw new Error('quota exceeded');
        yield* source.fetch(request);
      },
    };
    const update = await run(quota, never);
    expect(update).toMatchObject({ plan: { newBars: 10 }, warnings: [{ code: 'bars_not_kept' }] });
    expect(update.warnings[0].message).toMatch(/failed \(SOURCE_FAILED\); the next run tries again/);
    expect((await run(vendor(upTo(610)), never)).warnings).toEqual([]);
  });

  it('of another market are written anew with it', async () => {
    const { bars, store, run } = life();
    await run(upTo(600), { exchange: 'NYSE' });
    await run(vendor(upTo(600), { begins: 500 }), { exchange: 'LSE' });
    expect((await bars.describe('KEPT'))?.market.timeZone).toBe('Europe/London');
    expect(await all(bars)).toEqual([...days.timestamp.subarray(0, 600)]);
    expect((await store.getCompanyProfile('KEPT'))?.raw_data.points).toBe(600);
  });

  it('in a store that fails in any way end the run with a code, before profiles are written', async () => {
    const raw = () => Promise.reject(new RangeError('no idea'));
    for (const broken of ['describe', 'write'] as const) {
      const bars: BarStore = Object.assign(Object.create(memoryBarStore()), { [broken]: raw });
      const { store, run } = life(bars);
      await expect(run(upTo(600))).rejects.toMatchObject({ code: 'STORE_FAILED', message: expect.stringContaining('bar store') });
      expect(await store.listSymbols()).toEqual([]);
    }
    await expect(life().run(upTo(600), { bars: Object.create(null) })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('BarStore'),
    });
  });
});
