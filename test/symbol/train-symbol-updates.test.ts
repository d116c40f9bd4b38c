import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BarBatch, BarRequest, BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { ANCHOR_FILES } from '../../src/updates/anchor';
import { randomBars, uniform } from '../generated-bars';

const MINUTE = 60_000;
const DAY = 86_400_000;
const small = { trees: 3, maxDepth: 4 };
const models = { regression_rf: small, classification_rf: small, regression_gb: small };
const minutes = randomBars(2_000, { seed: 5 });
const now = new Date(minutes.timestamp[1_999] + MINUTE);

/** A source that sends what it is asked for, and remembers what that was. */
function asked(bars: Bars, extra: Partial<BarBatch> = {}): BarSource & { requests: BarRequest[]; sent: number[] } {
  const requests: BarRequest[] = [];
  const sent: number[] = [];
  return {
    requests,
    sent,
    async *fetch(request) {
      requests.push(request);
      const first = bars.timestamp.findIndex((time) => time >= (request.from ?? 0));
      const last = bars.timestamp.findLastIndex((time) => time <= (request.to ?? Number.POSITIVE_INFINITY));
      const some = first < 0 ? sliceBars(bars, 0, 0) : sliceBars(bars, first, last + 1);
      sent.push(some.length);
      yield { bars: some, batch: 1, ...extra };
    },
  };
}

/** Compares five bars, so that there is a past before them. */
function train(store: ProfileStore, source: TrainSymbolOptions['source'], more: Partial<TrainSymbolOptions> = {}) {
  return trainSymbol({ symbol: 'TEST', source, store, now, models, overlapBars: 5, ...more });
}

function changed(bars: Bars, change: (copy: Bars) => void): Bars {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  change(copy);
  return copy;
}

async function storeAfter(length: number, more: Partial<TrainSymbolOptions> = {}): Promise<ProfileStore> {
  const store = memoryProfileStore();
  await train(store, sliceBars(minutes, 0, length), more);
  return store;
}

async function files(store: ProfileStore) {
  const checkpoint = await store.getCheckpoint('TEST');
  if (checkpoint === null) throw new Error('nothing is stored');
  return {
    state: Buffer.from(checkpoint.state).toString('base64'),
    // where an anchor stands depends on how the bars came
    ...Object.fromEntries(
      Object.entries(checkpoint.models)
        .filter(([name]) => !ANCHOR_FILES.some((file) => file === name))
        .map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    ),
  };
}

describe('an update', () => {
  it('asks the source for the overlap and what is newer, and stores what it cost', async () => {
    const store = await storeAfter(1_900);
    const source = asked(minutes);
    const update = await train(store, source);
    expect(source.requests).toHaveLength(1);
    expect(source.requests[0].from).toBe(minutes.timestamp[1_895]);
    expect(update.plan.history).toMatchObject({ verdict: 'unchanged', comparedBars: 5 });
    const profile = await store.getCompanyProfile('TEST');
    expect(profile?.last_rewrite).toBeNull();
    expect(profile?.last_update).toMatchObject({
      action: 'incremental_update',
      at: now,
      new_bars: 100,
      from: new Date(minutes.timestamp[1_900]),
      to: new Date(minutes.timestamp[1_999]),
      gap: null,
      history_check: { verdict: 'unchanged', compared_bars: 5 },
      ignored_bars: { old: 0, forming: 0 },
      efficiency: { bars_folded: 100, bars_in_history: 2_000, share_saved: 0.95 },
    });
    const efficiency = profile?.last_update.efficiency;
    expect(efficiency?.stages.map(({ stage }) => stage)).toEqual(['fetch', 'features', 'profiles']);
    expect(efficiency?.stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBe(efficiency?.milliseconds);
    expect(efficiency?.milliseconds).toBeGreaterThan(0);
  });

  it('compares more bars when told to', async () => {
    const store = await storeAfter(1_900);
    const source = asked(changed(minutes, ({ close }) => (close[1_880] += 0.01)));
    expect((await train(store, source)).plan.history.verdict).toBe('unchanged');
    const again = await storeAfter(1_900);
    const update = await train(again, source, { overlapBars: 64 });
    expect(update.plan.history).toMatchObject({
      verdict: 'revised',
      comparedBars: 64,
      firstDifference: { timestamp: minutes.timestamp[1_880] },
    });
  });

  it.each([4, 10_001, 5.5])('refuses to compare %d bars', async (overlapBars) => {
    await expect(train(memoryProfileStore(), minutes, { overlapBars })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('overlapBars'),
    });
  });

  it.each([2, 3, 5])('never replaces minutes by bars of %d minutes, which differ from the stored ones, too', async (length) => {
    const store = await storeAfter(1_900);
    const before = await files(store);
    // the first of the longer bars have stamps of stored ones, and other values
    const longer = minutes;
    const rows = Array.from(longer.timestamp.keys())
      .filter((index) => index % length === 0 && index <= 1_900 + length)
      .map((index) => ({
        timestamp: longer.timestamp[index],
        open: longer.open[index],
        high: Math.max(...longer.high.subarray(index, index + length)),
        low: Math.min(...longer.low.subarray(index, index + length)),
        close: longer.close[index + length - 1],
        volume: length * longer.volume[index],
      }));
    await expect(train(store, rows)).rejects.toMatchObject({ code: 'INVALID_BARS', message: expect.stringContaining('another length') });
    expect(await files(store)).toEqual(before);
  });

  it('ignores older bars, or refuses them', async () => {
    const store = await storeAfter(1_900);
    await expect(train(store, minutes, { oldBars: 'reject' })).rejects.toMatchObject({
      code: 'INVALID_BARS',
      message: expect.stringContaining('oldBars'),
    });
    expect((await train(store, asked(sliceBars(minutes, 0, 1_950)), { oldBars: 'reject' })).plan.newBars).toBe(50);
    expect((await train(store, minutes)).plan).toMatchObject({ newBars: 50, ignored: { old: 1_945 } });
  });

  it('counts a bad bar once, also one that comes after the newest good one', async () => {
    const source = changed(minutes, ({ close }) => {
      for (const at of [1_200, 1_905, 1_949, 1_950, 1_951, 1_970]) close[at] = Number.NaN;
    });
    const store = memoryProfileStore();
    for (const length of [1_206, 1_206, 1_906, 1_950, 1_951, 1_960, 2_000]) {
      await train(store, sliceBars(source, 0, length), { badBars: 'drop' });
    }
    expect((await store.getCompanyProfile('TEST'))?.raw_data.rejected_bars).toEqual({ total: 6, by_reason: { non_finite: 6 } });
    const full = memoryProfileStore();
    await train(full, source, { badBars: 'drop' });
    expect((await full.getCompanyProfile('TEST'))?.raw_data).toEqual((await store.getCompanyProfile('TEST'))?.raw_data);
  });

  it('never folds a bar that is still forming, and folds it when it is complete', async () => {
    const store = await storeAfter(1_900);
    const soon = await train(store, minutes, { now: new Date(minutes.timestamp[1_950] + MINUTE - 1) });
    expect(soon.plan).toMatchObject({ newBars: 50, ignored: { forming: 50 } });
    const said = await train(store, asked(sliceBars(minutes, 0, 1_961), { forming: true }));
    expect(said.plan).toMatchObject({ newBars: 10, ignored: { forming: 1 } });
    expect((await train(store, minutes)).plan.newBars).toBe(40);
    expect((await files(store)).state).toBe((await files(await storeAfter(2_000))).state);
  });

  it('refuses a source of which nothing is complete', async () => {
    await expect(train(memoryProfileStore(), minutes, { now: new Date(0) })).rejects.toMatchObject({ code: 'NO_BARS' });
  });

  it('reports a hole, and says so if it is the longest', async () => {
    const store = await storeAfter(1_900);
    const messages: string[] = [];
    const late = sliceBars(minutes, 1_910, 2_000);
    const update = await train(store, late, { onProgress: ({ message }) => messages.push(message) });
    expect(update.plan).toMatchObject({ gap: { milliseconds: 11 * MINUTE, unusual: true }, history: { verdict: 'not_checked' } });
    expect(messages.join('\n')).toMatch(/no bars between .* and .*, the longest hole so far/);
    expect((await store.getCompanyProfile('TEST'))?.last_update.gap).toMatchObject({ unusual: true, milliseconds: 11 * MINUTE });
  });
});

describe('a rewritten past', () => {
  const split = changed(minutes, (copy) => {
    for (const column of ['open', 'high', 'low', 'close'] as const) copy[column].set(copy[column].map((value) => value / 2));
    copy.volume.set(copy.volume.map((value) => value * 2));
  });

  it.each([2_000, 1_900])('leads to a rebuild that equals a fresh run, and names the split, from a source of %i bars', async (length) => {
    const store = await storeAfter(1_900);
    const messages: string[] = [];
    const source = sliceBars(split, 0, length);
    const update = await train(store, source, { onProgress: ({ message }) => messages.push(message) });
    expect(update).toMatchObject({
      action: 'create_new_profile',
      plan: { history: { verdict: 'rewritten', factor: { kind: 'split', description: '2-for-1 split' } }, retrain: { retrain: true } },
    });
    expect(messages.join('\n')).toContain('the source has rewritten its past');
    const fresh = memoryProfileStore();
    const expected = await train(fresh, source);
    expect(await files(store)).toEqual(await files(fresh));
    expect(update.companyProfile.raw_data).toEqual(expected.companyProfile.raw_data);
    expect((await store.getCompanyProfile('TEST'))?.last_rewrite).toMatchObject({
      found_at: now,
      first_difference: { timestamp: new Date(minutes.timestamp[1_895]), stored: { close: minutes.close[1_895] } },
      factor: { kind: 'split', price: 0.5, volume: 2 },
    });
    // it is remembered when later updates have nothing to say
    await train(store, split);
    expect((await store.getCompanyProfile('TEST'))?.last_rewrite).toMatchObject({ factor: { description: '2-for-1 split' } });
  });

  it('before the overlap is found by the next retraining', async () => {
    const store = await storeAfter(1_900);
    const source = changed(minutes, ({ close }) => (close[700] += 0.01));
    const kept = await train(store, sliceBars(source, 0, 1_950));
    expect(kept).toMatchObject({ action: 'incremental_update', plan: { history: { verdict: 'unchanged' } } });
    const update = await train(store, source, { maxModelAgeDays: 0, now: new Date(now.getTime() + DAY) });
    expect(update).toMatchObject({
      action: 'create_new_profile',
      plan: {
        history: { verdict: 'rewritten', comparedBars: 1_950, firstDifference: null },
        retrain: { inputs: { historyRewritten: true } },
      },
    });
    expect(update.mlProfile.last_retrain_decision.inputs).toMatchObject({
      history_rewritten: true,
      max_model_age_days: 0,
      policy: 'standard',
    });
    const fresh = memoryProfileStore();
    await train(fresh, source);
    expect(await files(store)).toEqual(await files(fresh));
  });

  /** What a vendor who adjusts prices in single precision tells at one request. */
  const noisy = (bars: Bars, request: number) =>
    changed(bars, (copy) => {
      const next = uniform(request);
      const factors = copy.close.map(() => 1 + 2e-7 * (next() - 0.5));
      for (const column of ['open', 'high', 'low', 'close'] as const) copy[column].set(copy[column].map((value, i) => value * factors[i]));
    });

  it.each([{}, { trainingWindow: { bars: 600 } }])(
    'is not what noise of single precision makes of it, nor a retraining: %o',
    async (window) => {
      const store = memoryProfileStore();
      await train(store, noisy(sliceBars(minutes, 0, 1_900), 1), window);
      for (let request = 2; request < 5; request++) {
        const update = await train(store, noisy(sliceBars(minutes, 0, 1_900 + request), request), window);
        expect(update).toMatchObject({
          action: 'incremental_update',
          plan: { history: { verdict: 'unchanged' }, retrain: { retrain: false } },
        });
        expect(update.companyProfile.last_rewrite).toBeNull();
      }
      // what is stored stands: only new bars were folded
      const told = allocateBars(1_904);
      for (const column of BAR_COLUMNS) {
        told[column].set(noisy(sliceBars(minutes, 0, 1_900), 1)[column]);
        for (let i = 1_900; i < 1_904; i++) told[column][i] = noisy(sliceBars(minutes, 0, i + 1), Math.max(2, i - 1_899))[column][i];
      }
      const fresh = memoryProfileStore();
      await train(fresh, told, window);
      expect((await files(store)).state).toBe((await files(fresh)).state);
      const due = { ...window, minNewBars: 1, maxModelAgeDays: 0, now: new Date(now.getTime() + DAY) };
      const source = noisy(minutes, 5);
      const update = await train(store, source, due);
      expect(update).toMatchObject({
        action: 'incremental_update',
        plan: { history: { verdict: 'unchanged' }, retrain: { retrain: true } },
      });
      expect(update.companyProfile.last_rewrite).toBeNull();
      // a factor on what is older than the overlap is still seen by a retraining
      const adjusted = changed(noisy(randomBars(2_100, { seed: 5 }), 6), (copy) => {
        for (const column of ['open', 'high', 'low', 'close'] as const) {
          copy[column].set(copy[column].map((value, i) => (i < 1_950 ? value * 0.9999 : value)));
        }
      });
      const later = new Date(adjusted.timestamp[2_099] + 2 * DAY);
      expect(await train(store, adjusted, { ...due, now: later })).toMatchObject({
        action: 'create_new_profile',
        plan: { history: { verdict: 'rewritten' } },
      });
    },
  );

  it('in a source that has forgotten the beginning is refused, wherever the caller wants bars from, until he says that less may stay', async () => {
    const store = await storeAfter(1_900);
    const before = await files(store);
    const rest = sliceBars(split, 500, 2_000);
    for (const limits of [{}, { from: new Date(minutes.timestamp[500]) }, { historyYears: 0.001 }]) {
      await expect(train(store, rest, limits)).rejects.toMatchObject({
        code: 'NO_BARS',
        message: expect.stringMatching(/rewritten.*rebuild: true/),
      });
    }
    expect(await files(store)).toEqual(before);
    const update = await train(store, rest, { rebuild: true });
    expect(update).toMatchObject({ action: 'create_new_profile', plan: { rebuild: ['rebuild: true'] } });
    expect(update.companyProfile.raw_data.points).toBe(1_500);
  });
});

describe('a training window', () => {
  const due = { maxModelAgeDays: 0, minNewBars: 1, now: new Date(now.getTime() + DAY) };

  it.each([{ bars: 600 }, { days: 600 / 1_440 }])(
    'of %o is all that a retraining asks for, and gives the models of a full run',
    async (trainingWindow) => {
      const store = await storeAfter(1_700, { trainingWindow });
      const source = asked(minutes);
      const update = await train(store, source, { trainingWindow, ...due });
      expect(update).toMatchObject({ action: 'incremental_update', plan: { newBars: 300, retrain: { retrain: true } } });
      // the overlap and the new bars, then the window of before and what came since
      expect(source.sent[0]).toBe(305);
      expect(source.sent[1]).toBeLessThan(910);
      const full = await storeAfter(2_000, { trainingWindow });
      expect(await files(store)).toEqual(await files(full));
      expect(update.mlProfile.training_window.from).toEqual((await full.getMlProfile('TEST'))?.training_window.from);
      expect(update.mlProfile.training_window.rows).toBeLessThan(602);
      expect(Object.keys(await files(store))).toContain('window_start');
    },
  );

  it('that is longer than before, or than the history, is trained on too', async () => {
    const store = await storeAfter(1_700, { trainingWindow: { bars: 600 } });
    await train(store, minutes, { trainingWindow: { bars: 1_500 }, ...due });
    expect(await files(store)).toEqual(await files(await storeAfter(2_000, { trainingWindow: { bars: 1_500 } })));
    await train(store, minutes, { trainingWindow: { bars: 5_000 }, retrainPolicy: () => ({ retrain: true, reasons: ['test'] }) });
    const whole = await storeAfter(1_700, { trainingWindow: { bars: 5_000 } });
    await train(whole, minutes, { trainingWindow: { days: 900 }, ...due });
    expect(await files(whole)).toEqual(await files(await storeAfter(2_000)));
  });

  it('lets a source forget what is older', async () => {
    const store = await storeAfter(1_700, { trainingWindow: { bars: 600 } });
    const recent = sliceBars(minutes, 1_000, 2_000);
    const update = await train(store, recent, { trainingWindow: { bars: 600 }, ...due });
    expect(update.companyProfile.raw_data.points).toBe(2_000);
    expect(await files(store)).toEqual(await files(await storeAfter(2_000, { trainingWindow: { bars: 600 } })));
  });

  it.each([{ bars: 0 }, { bars: 1.5 }, { days: 0 }, { days: Number.NaN }])('of %o is refused', async (trainingWindow) => {
    await expect(train(memoryProfileStore(), minutes, { trainingWindow })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('trainingWindow.'),
    });
  });
});

/** A source that sends nothing until it is released; `begun` resolves when it is asked. */
function held(bars = minutes): { slow: BarSource; begun: Promise<void>; release: () => void } {
  let begin = () => {};
  let release = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const waiting = new Promise<void>((resolve) => (release = resolve));
  const slow: BarSource = {
    async *fetch() {
      begin();
      await waiting;
      yield { bars, batch: 1 };
    },
  };
  return { slow, begun, release };
}

/** Time that passes only when the test says so. */
function useOwnTime(): (milliseconds: number) => Promise<unknown> {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return (milliseconds) => vi.advanceTimersByTimeAsync(milliseconds);
}

describe('the lease', () => {
  it('keeps a second worker away while the first is at work, and is given back after success and failure', async () => {
    const store = memoryProfileStore();
    const { slow, release } = held();
    const first = train(store, slow);
    await expect(train(store, minutes)).rejects.toMatchObject({
      code: 'SYMBOL_LEASED',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    release();
    await first;
    await expect(train(store, minutes, { from: new Date(now.getTime() + DAY), symbol: 'OTHER' })).rejects.toMatchObject({
      code: 'NO_BARS',
    });
    expect((await train(store, minutes)).action).toBe('up_to_date');
    expect((await train(store, minutes, { symbol: 'OTHER' })).action).toBe('create_new_profile');
  });

  it('is renewed while the work goes on', async () => {
    const pass = useOwnTime();
    const store = memoryProfileStore();
    const { slow, begun, release } = held();
    const first = train(store, slow, { leaseDuration: 1_000 });
    await begun;
    await pass(20_000);
    await expect(train(store, minutes)).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
    release();
    expect((await first).action).toBe('create_new_profile');
  });

  it('outlives a store that is away for a while', async () => {
    const pass = useOwnTime();
    const store = memoryProfileStore();
    let renewals = 0;
    const unsteady: ProfileStore = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'renewLease') return value.bind(target);
        // the third comes when the lease has run out, but nobody has taken it
        return async (...given: readonly unknown[]) => {
          if (++renewals <= 2) throw new TickerforestError('STORE_FAILED', 'no server answers');
          return Reflect.apply(value, target, given);
        };
      },
    });
    const { slow, begun, release } = held();
    const first = train(unsteady, slow, { leaseDuration: 1_000 });
    await begun;
    await pass(2_000);
    expect(renewals).toBeGreaterThan(4);
    await expect(train(store, minutes)).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
    release();
    expect((await first).action).toBe('create_new_profile');
  });

  it('that was lost stops the worker, and its commit is refused', async () => {
    const pass = useOwnTime();
    const store = memoryProfileStore();
    // renewals never arrive, as if this process had been asleep
    const asleep: ProfileStore = new Proxy(store, {
      get(target, name) {
        if (name === 'renewLease') return async () => Promise.reject(new Error('asleep'));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const { slow, begun, release } = held(sliceBars(minutes, 0, 1_000));
    const first = train(asleep, slow, { leaseDuration: 1_000 });
    const lost = expect(first).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await begun;
    await pass(1_100);
    const second = await train(store, minutes);
    release();
    await lost;
    expect((await store.getCompanyProfile('TEST'))?.revision).toBe(second.companyProfile.revision);
    expect((await store.getCompanyProfile('TEST'))?.raw_data.points).toBe(2_000);
  });

  it('that another worker has taken ends the run as soon as a renewal tells', async () => {
    const pass = useOwnTime();
    const store = memoryProfileStore();
    const granted = vi.spyOn(store, 'acquireLease');
    let begin = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const hanging: BarSource = {
      async *fetch({ signal }) {
        begin();
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
        yield { bars: minutes, batch: 1 };
      },
    };
    const first = train(store, hanging, { leaseDuration: 1_000 });
    const lost = expect(first).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await begun;
    const [lease] = await Promise.all(granted.mock.results.map(({ value }) => value));
    await store.releaseLease({ ...lease, owner: 'an operator' });
    await pass(400);
    await lost;
  });
});

describe('stamps that are moved onto their place', () => {
  const retrained = { minNewBars: 1, maxModelAgeDays: 0, now: new Date(now.getTime() + DAY) };

  it.each([
    ['late', () => 140],
    ['early', () => -140],
    ['late and early', (i: number) => (i % 2 === 0 ? -90 : 170)],
  ])('lose no bar at the ends of a retraining or a rebuild: %s', async (_, beside) => {
    const jittered = changed(minutes, ({ timestamp }) => {
      for (let i = 0; i < timestamp.length; i++) timestamp[i] += beside(i) + (i % 7);
    });
    const store = memoryProfileStore();
    await train(store, asked(sliceBars(jittered, 0, 1_000)));
    const retraining = await train(store, asked(sliceBars(jittered, 0, 1_200)), retrained);
    expect(retraining).toMatchObject({ action: 'incremental_update', plan: { newBars: 200, retrain: { retrain: true } } });
    expect(retraining.companyProfile.raw_data.points).toBe(1_200);
    const halved = changed(sliceBars(jittered, 0, 1_210), (copy) => {
      for (const column of ['open', 'high', 'low', 'close'] as const) copy[column].set(copy[column].map((price) => price / 2));
    });
    const rebuild = await train(store, asked(halved), retrained);
    expect(rebuild).toMatchObject({ action: 'create_new_profile', plan: { newBars: 10, history: { verdict: 'rewritten' } } });
    expect(rebuild.companyProfile.raw_data.points).toBe(1_210);
    expect(rebuild.companyProfile.raw_data.first_bar).toEqual(new Date(minutes.timestamp[0]));
    expect((await train(store, asked(halved), retrained)).action).toBe('up_to_date');
  });

  it('lose no bar of a training window', async () => {
    const jittered = changed(minutes, ({ timestamp }) => {
      for (let i = 0; i < timestamp.length; i++) timestamp[i] += 100 + (i % 9);
    });
    const store = memoryProfileStore();
    const window = { trainingWindow: { bars: 500 } };
    await train(store, asked(sliceBars(jittered, 0, 1_000)), window);
    const { companyProfile } = await train(store, asked(sliceBars(jittered, 0, 1_200)), { ...window, ...retrained });
    expect(companyProfile.raw_data.points).toBe(1_200);
  });

  it('keep the newest day, stamped with the time of the last trade, in a retraining', async () => {
    const days = randomBars(500, { interval: DAY, start: Date.UTC(2020, 0, 6), volatility: 0.01 });
    const traded = (count: number) =>
      changed(sliceBars(days, 0, count), ({ timestamp }) => {
        timestamp[count - 1] += 20 * 60 * MINUTE + 17 * MINUTE;
      });
    const store = memoryProfileStore();
    await train(store, asked(traded(400)), { now: new Date('2024-01-01') });
    const { plan, companyProfile } = await train(store, asked(traded(450)), { ...retrained, now: new Date('2024-02-01') });
    expect(plan).toMatchObject({ newBars: 50, retrain: { retrain: true } });
    expect(companyProfile.raw_data).toMatchObject({ points: 450, last_bar: new Date(days.timestamp[449]) });
  });

  it('are told once: bars that are read again to be compared are not new', async () => {
    const jittered = changed(minutes, ({ timestamp }) => {
      for (let i = 0; i < timestamp.length; i++) timestamp[i] += 100 + (i % 9);
    });
    const store = memoryProfileStore();
    await train(store, sliceBars(jittered, 0, 1_000));
    expect((await train(store, sliceBars(jittered, 0, 1_000))).warnings).toEqual([]);
    const { warnings, companyProfile } = await train(store, sliceBars(jittered, 0, 1_010));
    expect(warnings).toMatchObject([{ code: 'snapped_stamps', count: 10, firstBar: minutes.timestamp[1_000] }]);
    expect(companyProfile.raw_data.warnings).toMatchObject([{ code: 'snapped_stamps', count: 1_010 }]);
  });
});

describe('warnings of several runs', () => {
  const halved = (bars: Bars) =>
    changed(bars, (copy) => {
      for (const column of ['open', 'high', 'low', 'close'] as const) copy[column].set(copy[column].map((price) => price / 2));
    });
  /** The second half first: something to put in order. */
  const turned = (bars: Bars) =>
    changed(bars, (copy) => {
      for (const column of BAR_COLUMNS) {
        const half = bars.length >> 1;
        copy[column].set(bars[column].subarray(half));
        copy[column].set(bars[column].subarray(0, half), bars.length - half);
      }
    });

  it('about a file, which every run reads anew, count once', async () => {
    const footer = (message: string) => ({ code: 'footer', message, count: 1, firstBar: null }) as const;
    const store = memoryProfileStore();
    for (const length of [1_000, 1_010, 1_020]) {
      const warnings = [footer('a.csv: line 1 is no bar'), footer(`b.csv: line ${length} is no bar`)];
      await train(store, { fetch: () => asked(sliceBars(minutes, 0, length), { warnings }).fetch({ symbol: 'TEST' }) });
    }
    const profile = await store.getCompanyProfile('TEST');
    expect(profile?.raw_data.warnings).toEqual([{ code: 'footer', message: 'b.csv: line 1020 is no bar', count: 2, first_bar: null }]);
  });

  it('of a rebuild are told once, and are those of the whole history', async () => {
    const store = await storeAfter(1_000);
    const told: string[] = [];
    const source = turned(halved(sliceBars(minutes, 0, 1_010)));
    const { action, warnings } = await train(store, source, { onProgress: ({ warning }) => warning && told.push(warning.message) });
    expect(action).toBe('create_new_profile');
    expect(warnings).toMatchObject([{ code: 'put_in_order', count: 505 }]);
    expect(told).toEqual(warnings.map(({ message }) => message));
  });

  it('of a rebuild end it before anything is trained, if warnings are errors', async () => {
    const store = await storeAfter(1_000);
    const stages = new Set<string>();
    const spoiled = halved(sliceBars(minutes, 0, 1_010));
    const swapped = changed(spoiled, (copy) => {
      for (const column of BAR_COLUMNS) [copy[column][100], copy[column][101]] = [spoiled[column][101], spoiled[column][100]];
    });
    await expect(train(store, swapped, { strict: true, onProgress: ({ stage }) => stages.add(stage) })).rejects.toMatchObject({
      code: 'STRICT',
    });
    expect([...stages]).not.toContain('features');
    expect([...stages]).not.toContain('training');
    expect((await store.getCompanyProfile('TEST'))?.revision).toBe(1);
  });

  it('say of which bars the source had none: those that it was asked for', async () => {
    const { warnings } = await train(await storeAfter(1_000), sliceBars(minutes, 1_001, 1_010));
    expect(warnings).toMatchObject([{ code: 'not_compared' }]);
    expect(warnings[0].message).toContain('none of the 5 newest stored bars');
  });
});

describe('a stored history', () => {
  /** Answers each request with other bars. */
  const answering = (...answers: readonly Bars[]): BarSource => {
    let requests = 0;
    return { answersInFull: true, fetch: (request) => asked(answers[Math.min(requests++, answers.length - 1)]).fetch(request) };
  };
  const halved = changed(sliceBars(minutes, 0, 1_010), (copy) => {
    for (const column of ['open', 'high', 'low', 'close'] as const) copy[column].set(copy[column].map((price) => price / 2));
  });
  const due = { minNewBars: 1, maxModelAgeDays: 0, now: new Date(now.getTime() + DAY) };

  it('does not shrink to what a source sends in part for a rebuild', async () => {
    const store = await storeAfter(1_000);
    await expect(train(store, answering(halved, sliceBars(halved, 0, 700)))).rejects.toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      message: expect.stringContaining('nothing was stored'),
    });
    expect((await store.getCompanyProfile('TEST'))?.raw_data.points).toBe(1_000);
  });

  it('does not shrink to what a source sends in part for a retraining: new bars are taken in, the models stay', async () => {
    const store = await storeAfter(1_000);
    const before = await store.getMlProfile('TEST');
    const update = await train(store, answering(sliceBars(minutes, 0, 1_010), sliceBars(minutes, 0, 700)), due);
    expect(update).toMatchObject({
      action: 'incremental_update',
      plan: { newBars: 10, retrain: { retrain: true }, trainingFailure: { code: 'SOURCE_INCOMPLETE' } },
      trainingFailure: { code: 'SOURCE_INCOMPLETE' },
      warnings: [{ code: 'training_failed' }],
    });
    expect((await store.getCompanyProfile('TEST'))?.raw_data.points).toBe(1_010);
    const after = await store.getMlProfile('TEST');
    expect(after).toMatchObject({ status: 'failed', training_failure: { code: 'SOURCE_INCOMPLETE' }, bars_since_training: 10 });
    expect(after?.model_version).toBe(before?.model_version);
    const again = await train(store, sliceBars(minutes, 0, 1_010), due);
    expect(again).toMatchObject({ action: 'incremental_update', plan: { newBars: 0, retrain: { retrain: true } }, trainingFailure: null });
    expect(await store.getMlProfile('TEST')).toMatchObject({ status: 'trained', training_failure: null, bars_since_training: 0 });
  });

  it('does not shrink to a source without its beginning because the market is described otherwise, unless that is said', async () => {
    const days = randomBars(500, { interval: DAY, start: Date.UTC(2020, 0, 6), volatility: 0.01 });
    const store = memoryProfileStore();
    await train(store, days, { exchange: 'NYSE' });
    const later = sliceBars(days, 200, 500);
    await expect(train(store, later, { exchange: 'TSE' })).rejects.toMatchObject({
      code: 'NO_BARS',
      message: expect.stringMatching(
        /described otherwise.*needs all bars from 2020-01-06 on, but the source begins on 2020-07-24;.* rebuild: true/,
      ),
    });
    expect((await train(store, days, { exchange: 'TSE' })).action).toBe('create_new_profile');
    const { companyProfile } = await train(store, later, { exchange: 'NYSE', rebuild: true });
    expect(companyProfile.raw_data.points).toBe(300);
  });
});

describe('progress of a run without new bars', () => {
  it('says what was read, and why', async () => {
    const store = await storeAfter(1_000);
    const messages: string[] = [];
    await train(store, sliceBars(minutes, 0, 1_000), { onProgress: ({ message }) => messages.push(message) });
    expect(messages).toContain('retrieved no new data points: the 5 newest stored bars, read again to be compared, are unchanged');
  });
});

describe('a bad bar among the newest', () => {
  const days = randomBars(500, { interval: DAY, start: Date.UTC(2020, 0, 6), volatility: 0.01 });
  const late = { badBars: 'drop', now: new Date('2024-01-01') } as const;
  const scaled = (at: readonly number[], factor: number) =>
    changed(days, (copy) => {
      for (const column of ['open', 'high', 'low', 'close'] as const) for (const i of at) copy[column][i] *= factor;
    });
  const crowded = allocateBars(501);
  for (const column of BAR_COLUMNS) {
    crowded[column].set(days[column].subarray(0, 397));
    crowded[column].set(days[column].subarray(396, 397), 397);
    crowded[column].set(days[column].subarray(397), 398);
  }
  crowded.timestamp[397] += 9 * 60 * MINUTE;

  it.each([
    ['a spike', scaled([397], 9), 'spike', 1],
    ['a spike downwards', scaled([396], 1 / 9), 'spike', 1],
    ['a spike of two bars', scaled([396, 397], 9), 'spike', 2],
    ['a bar between two others', crowded, 'too_close', 1],
  ])('that was dropped is no rewritten past when it is read again: %s', async (_, bars, reason, count) => {
    const store = memoryProfileStore();
    const first = await train(store, sliceBars(bars, 0, 400), late);
    expect(first.companyProfile.raw_data.rejected_bars).toEqual({ total: count, by_reason: { [reason]: count } });
    for (let length = 401; length <= 406; length++) {
      const { action, plan, companyProfile, warnings } = await train(store, sliceBars(bars, 0, length), late);
      expect({ action, verdict: plan.history.verdict, newBars: plan.newBars }).toEqual({
        action: 'incremental_update',
        verdict: 'unchanged',
        newBars: 1,
      });
      expect(companyProfile.raw_data).toMatchObject({ points: length - count, rejected_bars: { total: count } });
      expect(warnings).toEqual([]);
    }
    expect((await train(store, sliceBars(bars, 0, 406), { ...late, overlapBars: 64 })).action).toBe('up_to_date');
  });

  it.each([
    ["the session's begin instead of dates", DAY, 0, 14.5 * 60 * MINUTE],
    ["dates instead of the session's begin", DAY, 14.5 * 60 * MINUTE, 0],
    ['the begin of a minute instead of 20 seconds later', MINUTE, 20_000, 0],
    ['20 seconds after the begin of a minute', MINUTE, 0, 20_000],
  ])('all of them, as another vendor stamps them otherwise (%s), are rebuilt with the first bar', async (_, interval, before, after) => {
    const all = interval === DAY ? sliceBars(days, 0, 420) : sliceBars(minutes, 0, 420);
    const stamped = (count: number, by: number) =>
      changed(sliceBars(all, 0, count), ({ timestamp }) => {
        for (let i = 0; i < count; i++) timestamp[i] += by;
      });
    const later = { now: new Date(all.timestamp[419] + 3 * interval) };
    for (const badBars of ['reject', 'drop'] as const) {
      const store = memoryProfileStore();
      await train(store, asked(stamped(400, before)), { ...later, badBars });
      const { action, plan, companyProfile } = await train(store, asked(stamped(410, after)), { ...later, badBars });
      expect([action, plan.history.verdict]).toEqual(['create_new_profile', 'rewritten']);
      expect(companyProfile.raw_data).toMatchObject({ points: 410, first_bar: new Date(all.timestamp[0] + after) });
    }
  });

  it('that the vendor adds later is one: it is neither a spike nor too close', async () => {
    const store = memoryProfileStore();
    const bars = changed(sliceBars(days, 0, 400), () => {});
    const without = allocateBars(399);
    for (const column of BAR_COLUMNS) {
      without[column].set(bars[column].subarray(0, 397));
      without[column].set(bars[column].subarray(398), 397);
    }
    await train(store, without, late);
    expect((await train(store, sliceBars(days, 0, 401), late)).plan.history).toMatchObject({
      verdict: 'revised',
      firstDifference: { timestamp: days.timestamp[397], stored: null },
    });
  });
});
