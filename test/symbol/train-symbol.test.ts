import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BarBatch, BarSource } from '../../src/bars/bar-source';
import { allocateBars, type Bars, sliceBars } from '../../src/bars/bars';
import { csvBars } from '../../src/bars/csv/source';
import { originalModels } from '../../src/models/standard-models';
import type { ProfileStore } from '../../src/stores/contract';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { predictSymbol } from '../../src/symbol/predict-symbol';
import type { Progress } from '../../src/symbol/progress';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';

const DAY = 86_400_000;
const models = { regression_rf: { trees: 5 }, classification_rf: { trees: 5 }, regression_gb: { trees: 5 } };
const minutes = randomBars(3_000, { seed: 11 });
const now = new Date(Date.UTC(2024, 2, 10));

/** A source in batches, as a vendor's would be. */
function inBatches(bars: Bars, size = 500): BarSource {
  return {
    async *fetch({ from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }): AsyncGenerator<BarBatch> {
      const batches = Math.ceil(bars.length / size);
      for (let batch = 1; batch <= batches; batch++) {
        const piece = sliceBars(bars, (batch - 1) * size, Math.min(bars.length, batch * size));
        if (piece.timestamp[piece.length - 1] >= from && piece.timestamp[0] <= to) yield { bars: piece, batch, batches };
      }
    },
  };
}

function train(store: ProfileStore, source: TrainSymbolOptions['source'], more: Partial<TrainSymbolOptions> = {}) {
  return trainSymbol({ symbol: 'TEST', exchange: 'NASDAQ', source, store, now, models, ...more });
}

/** Everything that a store has of the test symbol. */
async function contents(store: ProfileStore) {
  return {
    company: await store.getCompanyProfile('TEST'),
    ml: await store.getMlProfile('TEST'),
    statistical: await store.getStatisticalProfile('TEST'),
    checkpoint: await store.getCheckpoint('TEST'),
    symbols: await store.listSymbols(),
  };
}

describe('trainSymbol creates', () => {
  it('three models and three profiles, in all stores alike', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickerforest-'));
    try {
      for (const store of [memoryProfileStore(), directoryProfileStore(folder)]) {
        const result = await train(store, inBatches(minutes), { fundamentals: { sector: 'made up' } });
        expect(result.action).toBe('create_new_profile');
        expect(result.plan).toMatchObject({ newBars: 3_000, retrain: { retrain: true } });
        const stored = await contents(store);
        expect(stored.company).toEqual(result.companyProfile);
        expect(stored.ml).toEqual(result.mlProfile);
        expect(stored.statistical).toEqual(result.statisticalProfile);
        expect(stored.symbols).toEqual(['TEST']);
        expect(stored.company).toMatchObject({
          symbol: 'TEST',
          profile_type: 'company',
          revision: 1,
          exchange: 'NASDAQ',
          fundamental_data: { sector: 'made up' },
          raw_data: { points: 3_000, interval_ms: 60_000, rejected_bars: { total: 0 } },
        });
        expect(stored.ml?.models.models_trained).toEqual(['regression_rf', 'classification_rf', 'regression_gb']);
        expect(stored.ml?.models.metrics.regression_rf).toMatchObject({
          model_type: 'RandomForestRegressor',
          parameters: { n_estimators: 5, max_depth: 10 },
        });
        expect(Object.keys(stored.statistical?.features.technical_indicators ?? {})).toContain('rsi_14');
        const files = ['anchor_a', 'classification_rf', 'covers', 'overlap', 'regression_gb', 'regression_rf'];
        expect(Object.keys(stored.checkpoint?.models ?? {}).sort()).toEqual(files);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('the same bytes for the same input and seed, others for another seed', async () => {
    const files = async (seed: number) => {
      const store = memoryProfileStore();
      await train(store, inBatches(minutes), { seed });
      return (await store.getCheckpoint('TEST'))?.models.classification_rf ?? new Uint8Array();
    };
    expect(Buffer.compare(await files(5), await files(5))).toBe(0);
    expect(Buffer.compare(await files(5), await files(6))).not.toBe(0);
  });

  it('figures name the rows, times and duration that they rest on', async () => {
    const result = await train(memoryProfileStore(), inBatches(minutes));
    const all = Object.values(result.mlProfile.models.metrics).flatMap((own) => own ?? []);
    expect(all).toHaveLength(3);
    for (const metrics of all) {
      const { walk_forward } = metrics;
      expect(walk_forward.rows_trained + walk_forward.purged + walk_forward.rows_tested).toBe(metrics.rows_trained);
      expect(walk_forward.test_to.getTime()).toBe(minutes.timestamp[2_998]);
      expect(walk_forward.scheme).toBe('hold_out');
      expect(metrics.training_time_ms).toBeGreaterThan(0);
    }
  });

  it('forecasts of held-out rows come with their times, and are those that the figures are of', async () => {
    const store = memoryProfileStore();
    const { heldOut, mlProfile } = await train(store, inBatches(minutes));
    expect(Object.keys(heldOut)).toEqual(['regression_rf', 'classification_rf', 'regression_gb']);
    for (const [key, { timestamp, forecast, actual }] of Object.entries(heldOut)) {
      const held = mlProfile.models.metrics[key]?.walk_forward;
      expect([timestamp.length, forecast.length, actual.length]).toEqual(Array(3).fill(held?.rows_tested));
      expect(timestamp[0]).toBe(held?.test_from.getTime());
    }
    const { forecast, actual } = heldOut.regression_gb;
    const squares = forecast.reduce((sum, value, i) => sum + (value - actual[i]) ** 2, 0);
    expect(mlProfile.models.metrics.regression_gb?.walk_forward.mse).toBeCloseTo(squares / forecast.length, 15);
    // nothing is trained, nothing is held out
    expect((await train(store, inBatches(minutes))).heldOut).toEqual({});
  });

  it("parameters are scikit-learn's: all features are None, not the integer 1, which is one feature", async () => {
    const result = await train(memoryProfileStore(), inBatches(minutes), { models: originalModels(models) });
    const { regression_rf, classification_rf } = result.mlProfile.models.metrics;
    expect(regression_rf?.parameters.max_features).toBeNull();
    expect(result.models.regression_rf.parameters.max_features).toBeNull();
    expect(classification_rf?.parameters.max_features).toBe('sqrt');
    const one = await train(memoryProfileStore(), inBatches(minutes), {
      models: { ...models, regression_rf: { trees: 1, maxFeatures: 1 } },
    });
    expect(one.mlProfile.models.metrics.regression_rf?.parameters.max_features).toBe(1);
  });

  it('progress rises from 0 to 100 through every stage, whatever the listener does', async () => {
    const seen: Progress[] = [];
    await train(memoryProfileStore(), inBatches(minutes), {
      onProgress: (progress) => {
        seen.push(progress);
        throw new Error('a broken listener');
      },
    });
    const percents = seen.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents[0]).toBe(0);
    expect(percents.at(-1)).toBe(100);
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual([
      'initializing',
      'date_range',
      'fetching',
      'retrieved',
      'features',
      'training',
      'storing',
      'done',
    ]);
    const messages = seen.map(({ message }) => message);
    expect(messages.filter((message) => message.startsWith('Batch'))[0]).toMatch(/^Batch 1\/6/);
    for (const message of ['moving averages', 'Bollinger bands', 'RSI', 'MACD']) expect(messages).toContain(message);
    expect(messages).toContain('gradient boosting, tree 5/5');
  });

  it('limits the range by from, to and historyYears', async () => {
    const days = randomBars(2_000, { interval: DAY, start: Date.UTC(2018, 0, 1), volatility: 0.01 });
    const from = new Date(days.timestamp[500]);
    const to = new Date(days.timestamp[1_499]);
    const limited = await train(memoryProfileStore(), days, {
      from,
      to,
      onProgress: ({ stage, message }) => stage === 'date_range' && expect(message).toBe('2019-05-16 to 2022-02-09 (2.7 years)'),
    });
    expect(limited.companyProfile.raw_data).toMatchObject({ points: 1_000, first_bar: from, last_bar: to });
    const year = await train(memoryProfileStore(), days, { historyYears: 1, now: new Date(days.timestamp[1_999]) });
    // the newest one is stamped now, so it is still forming
    expect(year.companyProfile.raw_data.points).toBe(365);
    expect(year.plan.ignored.forming).toBe(1);
  });
});

describe('trainSymbol again', () => {
  it('without new bars writes nothing', async () => {
    const store = memoryProfileStore();
    await train(store, minutes);
    const before = await contents(store);
    const again = await train(store, minutes, { now: new Date(now.getTime() + 90 * DAY) });
    expect(again.action).toBe('up_to_date');
    expect(again.companyProfile).toEqual(before.company);
    expect(await contents(store)).toEqual(before);
  });

  it('with new bars folds only those, and ends where a full run would have', async () => {
    const store = memoryProfileStore();
    await train(store, sliceBars(minutes, 0, 2_500));
    const update = await train(store, inBatches(minutes), { minNewBars: 1_000 });
    expect(update).toMatchObject({ action: 'incremental_update', plan: { newBars: 500, retrain: { retrain: false } } });
    expect(update.plan.expectedEfficiency.shareSaved).toBeCloseTo(1 - 500 / 3_000, 12);
    expect(update.mlProfile).toMatchObject({ revision: 2, bars_since_training: 500 });
    const full = memoryProfileStore();
    await train(full, minutes);
    const a = await contents(store);
    const b = await contents(full);
    expect(Buffer.compare(a.checkpoint?.state ?? new Uint8Array(), b.checkpoint?.state ?? new Uint8Array(1))).toBe(0);
    expect(a.statistical?.features).toEqual(b.statistical?.features);
    // what the newest run did, and how its source was read, is its own
    const raw_data = { ...b.company?.raw_data, reading: a.company?.raw_data.reading };
    expect(a.company).toEqual({ ...b.company, raw_data, revision: 2, last_update: a.company?.last_update });
  });

  it('retrains by the policy, to the bytes that a full run trains', async () => {
    const store = memoryProfileStore();
    await train(store, sliceBars(minutes, 0, 2_500));
    const later = new Date(now.getTime() + 8 * DAY);
    const update = await train(store, inBatches(minutes), { now: later });
    expect(update).toMatchObject({ action: 'incremental_update', plan: { newBars: 500, retrain: { retrain: true } } });
    expect(update.mlProfile).toMatchObject({ bars_since_training: 0, trained_at: later });
    const full = memoryProfileStore();
    await train(full, minutes);
    const a = (await store.getCheckpoint('TEST'))?.models ?? {};
    const b = (await full.getCheckpoint('TEST'))?.models ?? {};
    for (const key of ['regression_rf', 'classification_rf', 'regression_gb']) expect(Buffer.compare(a[key], b[key]), key).toBe(0);
  });

  it('due for training, from a source that has forgotten the history, takes in the new bars, keeps the models and says so', async () => {
    const store = memoryProfileStore();
    await train(store, sliceBars(minutes, 0, 2_500));
    const before = await contents(store);
    const later = new Date(now.getTime() + 8 * DAY);
    const recent = sliceBars(minutes, 1_000, 2_900);
    const update = await train(store, recent, { now: later });
    expect(update.trainingFailure).toMatchObject({ code: 'NO_BARS', reason: expect.stringContaining('keep bars') });
    expect(update.companyProfile.raw_data.points).toBe(2_900);
    expect(update.mlProfile).toMatchObject({ status: 'failed', model_version: before.ml?.model_version, bars_since_training: 400 });
    await expect(train(store, sliceBars(minutes, 1_000, 3_000), { now: later, strict: true })).rejects.toMatchObject({ code: 'STRICT' });
    const whole = await train(store, minutes, { now: later });
    expect(whole).toMatchObject({ trainingFailure: null, mlProfile: { status: 'trained', bars_since_training: 0 } });
  });

  it('with another market, or a damaged checkpoint, starts from all history and says why', async () => {
    const store = memoryProfileStore();
    await train(store, minutes);
    const moved = await train(store, minutes, { exchange: 'LSE' });
    expect(moved).toMatchObject({
      action: 'create_new_profile',
      plan: { retrain: { retrain: true, reasons: expect.arrayContaining([expect.stringMatching(/feature set/)]) } },
    });
    const models = (await store.getCheckpoint('TEST'))?.models ?? {};
    const damaged = (await store.getCheckpoint('TEST'))?.state ?? new Uint8Array();
    damaged[damaged.length >> 1] ^= 1;
    await store.commit({ symbol: 'TEST', baseRevision: 2, checkpoint: { state: damaged, models } });
    await expect(predictSymbol({ symbol: 'TEST', store })).rejects.toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
    const mended = await train(store, minutes);
    expect(mended).toMatchObject({ action: 'create_new_profile', plan: { rebuild: [expect.stringContaining('damaged')] } });
    expect((await predictSymbol({ symbol: 'TEST', store })).asOf).toEqual(new Date(minutes.timestamp[2_999]));
  });

  it('with a damaged model file, trains again because it cannot be used, and does not say that there are none', async () => {
    const store = memoryProfileStore();
    await train(store, minutes);
    const checkpoint = await store.getCheckpoint('TEST');
    if (checkpoint === null) throw new Error('nothing is stored');
    const { state, models } = checkpoint;
    for (const file of Object.values(models)) file[file.length >> 1] ^= 1;
    await store.commit({ symbol: 'TEST', baseRevision: 1, checkpoint: { state, models } });
    const { reasons } = (await train(store, minutes)).plan.retrain;
    expect(reasons).toEqual([expect.stringMatching(/^the stored models cannot be used: .*damaged/)]);
    // a symbol without models says that there are none
    expect((await train(memoryProfileStore(), minutes)).plan.retrain.reasons).toEqual(['there are no models yet']);
  });

  it('of two runs at once, one works and the other is told who does', async () => {
    const store = memoryProfileStore();
    const outcomes = await Promise.allSettled([train(store, minutes), train(store, minutes)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((outcome) => outcome.status === 'rejected')).toMatchObject({ reason: { code: 'SYMBOL_LEASED' } });
  });
});

describe('predictSymbol', () => {
  it('forecasts the bar after the newest one from the store alone', async () => {
    const store = memoryProfileStore();
    const { mlProfile } = await train(store, minutes);
    const forecast = await predictSymbol({ symbol: 'TEST', store });
    expect(forecast.asOf).toEqual(new Date(minutes.timestamp[2_999]));
    expect(forecast.modelVersion).toBe(mlProfile.model_version);
    expect(forecast.direction).toBe((forecast.probabilityUp ?? 0) > 0.5 ? 'up' : 'down');
    expect(Math.abs(forecast.predictedReturn.regression_rf)).toBeLessThan(0.01);
    expect(forecast.predictedReturn.regression_gb).not.toBe(forecast.predictedReturn.regression_rf);
  });

  it('of an unknown symbol is refused', async () => {
    await expect(predictSymbol({ symbol: 'NONE', store: memoryProfileStore() })).rejects.toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SYMBOL' }),
    );
  });
});

describe('bad input leaves the store as it was', () => {
  const changed = (change: (bars: Bars) => void, length = 600): Bars => {
    const copy = allocateBars(length);
    for (const column of ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const)
      copy[column].set(minutes[column].subarray(0, length));
    change(copy);
    return copy;
  };
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickerforest-bad-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const csv = (name: string, text: string | Buffer) => csvBars(written(name, text));
  const lines = () =>
    [
      'time,open,high,low,close,volume',
      ...Array.from(minutes.close.subarray(0, 600), (c, i) => `${minutes.timestamp[i]},${c},${c},${c},${c},1`),
    ].join('\n');

  const failsInBatch3: BarSource = {
    async *fetch() {
      for (let batch = 1; batch <= 2; batch++) yield { bars: sliceBars(minutes, (batch - 1) * 200, batch * 200), batch };
      throw new Error('the vendor hung up');
    },
  };

  const bad: { name: string; source: () => TrainSymbolOptions['source']; code: string; message: RegExp }[] = [
    { name: 'no bars', source: () => [], code: 'NO_BARS', message: /TEST/ },
    { name: '30 bars', source: () => sliceBars(minutes, 0, 30), code: 'TOO_FEW_BARS', message: /30 bars/ },
    {
      name: 'a NaN price',
      source: () => changed((bars) => bars.close.fill(Number.NaN, 300, 301)),
      code: 'INVALID_BARS',
      message: /non_finite/,
    },
    {
      name: 'a negative volume',
      source: () => changed((bars) => bars.volume.fill(-1, 300, 301)),
      code: 'INVALID_BARS',
      message: /negative_volume/,
    },
    {
      name: 'a bar whose date is wrong',
      source: () => changed((bars) => bars.timestamp.fill(bars.timestamp[290], 300, 301)),
      code: 'INVALID_BARS',
      message: /misdated 1.*bar 300/,
    },
    {
      name: 'constant prices',
      source: () =>
        changed((bars) => {
          for (const column of [bars.open, bars.high, bars.low, bars.close]) column.fill(7);
        }),
      code: 'CONSTANT_PRICES',
      message: /return of the next bar is 0 on all \d+ training rows/,
    },
    { name: 'a source that throws in batch 3', source: () => failsInBatch3, code: 'SOURCE_FAILED', message: /batch 3.*400 bars.*cause/ },
    { name: 'a file that is not there', source: () => csvBars(join(folder, 'none.csv')), code: 'SOURCE_FAILED', message: /none\.csv/ },
    {
      name: 'a file without a close',
      source: () => csv('close.csv', lines().replace('close', 'shut')),
      code: 'CSV_FORMAT',
      message: /close\.csv/,
    },
    {
      name: 'a column that the file does not have',
      source: () => csvBars(written('names.csv', lines()), { columns: { close: 'Schluss' } }),
      code: 'CSV_FORMAT',
      message: /names\.csv.*Schluss/,
    },
    {
      name: 'a cell that is no number',
      source: () => csv('cell.csv', `${lines()}\n1809500000000,1,1,x,1,1`),
      code: 'CSV_FORMAT',
      message: /cell\.csv.*602/,
    },
    {
      name: 'an archive cut in the middle',
      source: () => csv('cut.csv.gz', gzipSync(lines()).subarray(0, 4_000)),
      code: 'CSV_FORMAT',
      message: /cut\.csv\.gz/,
    },
  ];

  it.each(bad)('$name', async ({ source, code, message }) => {
    const store = memoryProfileStore();
    await expect(train(store, source())).rejects.toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
    expect(await contents(store)).toEqual({ company: null, ml: null, statistical: null, checkpoint: null, symbols: [] });
  });

  it.each(bad.filter(({ code }) => !['NO_BARS', 'TOO_FEW_BARS', 'CONSTANT_PRICES'].includes(code)))(
    '$name, in an update',
    async ({ source, code }) => {
      const store = memoryProfileStore();
      await train(store, sliceBars(minutes, 0, 250));
      const before = await contents(store);
      await expect(train(store, source())).rejects.toThrow(expect.objectContaining({ code }));
      expect(await contents(store)).toEqual(before);
    },
  );

  it.each([
    { symbol: ' ' },
    { historyYears: 0 },
    { from: new Date(2), to: new Date(1) },
    { from: new Date(Number.NaN) },
    { minNewBars: 0 },
    { maxModelAgeDays: -1 },
    { testFraction: 1 },
    { embargo: -1 },
    { seed: 0.5 },
    { timeZone: 'Mars/Olympus' },
    { interval: -1 },
    { models: { regression_rf: { trees: 0 } } },
    { models: { regression_gb: { learningRate: 2 } } },
    { models: { classification_rf: { maxFeatures: 0 } } },
  ])('the option %o, before the source is asked', async (option) => {
    const unasked: BarSource = {
      fetch: () => {
        throw new Error('the source was asked');
      },
    };
    await expect(train(memoryProfileStore(), unasked, option)).rejects.toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it.each(['initializing', 'date_range', 'fetching', 'retrieved', 'features', 'training', 'storing'] as const)(
    'an abort while %s',
    async (when) => {
      for (const known of [0, 1_000]) {
        const store = memoryProfileStore();
        if (known > 0) await train(store, sliceBars(minutes, 0, known));
        const before = await contents(store);
        const abort = new AbortController();
        const onProgress = ({ stage }: Progress) => stage === when && abort.abort(new Error('enough'));
        // due for training in the update too, so that every stage occurs
        const later = new Date(now.getTime() + 30 * DAY);
        await expect(train(store, inBatches(minutes), { signal: abort.signal, onProgress, now: later })).rejects.toThrow(
          expect.objectContaining({ code: 'ABORTED', cause: expect.objectContaining({ message: 'enough' }) }),
        );
        expect(await contents(store)).toEqual(before);
      }
    },
  );
});

describe('odd but honest bars', () => {
  it('an index without any volume trains, and its profile says so', async () => {
    const index = allocateBars(1_000);
    for (const column of ['timestamp', 'open', 'high', 'low', 'close'] as const) index[column].set(minutes[column].subarray(0, 1_000));
    const { companyProfile, statisticalProfile } = await train(memoryProfileStore(), index);
    expect(companyProfile.raw_data.has_volume).toBe(false);
    expect(statisticalProfile.features.technical_indicators.mfi_14).toMatchObject({ latest: 50, std: 0 });
  });

  it('bad bars are dropped and reported on request, over updates too', async () => {
    const dirty = allocateBars(1_000);
    for (const column of ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const)
      dirty[column].set(minutes[column].subarray(0, 1_000));
    dirty.close[100] = Number.NaN;
    dirty.volume[200] = -5;
    dirty.high[900] = dirty.low[900] / 2;
    const store = memoryProfileStore();
    const first = await train(store, sliceBars(dirty, 0, 800), { badBars: 'drop' });
    expect(first.companyProfile.raw_data).toMatchObject({
      points: 798,
      rejected_bars: { total: 2, by_reason: { non_finite: 1, negative_volume: 1 } },
    });
    const second = await train(store, dirty, { badBars: 'drop', minNewBars: 500 });
    expect(second.companyProfile.raw_data).toMatchObject({
      points: 997,
      rejected_bars: { total: 3, by_reason: { non_finite: 1, negative_volume: 1, high_below_low: 1 } },
    });
  });
});
