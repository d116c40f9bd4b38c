import { describe, expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import type { BarSource } from '../../src/bars/bar-source';
import { sliceBars } from '../../src/bars/bars';
import { DAY_MS } from '../../src/bars/market';
import { movingAverages, originalFeatures, rsi, volume } from '../../src/features';
import {
  defineFeature,
  describeSymbol,
  type FeatureFamily,
  memoryBarStore,
  memoryProfileStore,
  predictSymbol,
  standardFeatures,
  trainSymbol,
} from '../../src/index';
import { randomBars } from '../generated-bars';

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const all = randomBars(900, { seed: 5 });
const now = new Date(all.timestamp[899] + DAY_MS);

const gap = defineFeature({
  name: 'my_gap',
  warmup: 1,
  next: ({ lag }) => {
    const close = lag(1);
    return (bar) => bar.open / close.next(bar.close) - 1;
  },
});

/** A vendor who is asked, and how often. */
function vendor(bars: number): BarSource & { asked: number[] } {
  const source = arrayBars(sliceBars(all, 0, bars));
  const asked: number[] = [];
  return {
    asked,
    async *fetch(request) {
      asked.push(request.from ?? Number.NEGATIVE_INFINITY);
      yield* source.fetch(request);
    },
  };
}

describe('a symbol whose features are others than before', () => {
  const story = (bars = memoryBarStore()) => {
    const store = memoryProfileStore();
    const run = (count: number, features?: readonly FeatureFamily[], source = vendor(count)) =>
      trainSymbol({ symbol: 'A', source, store, bars, models, now, overlapBars: 64, ...(features && { features }) });
    return { store, run };
  };

  it('is made anew of the kept bars, and the plan says what was added, removed and changed', async () => {
    const { run } = story();
    await run(800);
    const source = vendor(810);
    const features = [
      ...standardFeatures().filter(({ name }) => name !== 'rsi' && name !== 'moving_averages'),
      movingAverages({ sma: [9] }),
      gap,
    ];
    const { plan, action, statisticalProfile, mlProfile } = await run(810, features, source);
    expect(action).toBe('create_new_profile');
    expect(plan.rebuild).toEqual([
      expect.stringMatching(
        /^the features are not those of before: added my_gap version 1; removed rsi \[7, 14, 21\]; changed moving_averages, now with sma_9/,
      ),
    ]);
    expect(plan.oldBarsFrom).toBe('kept_bars');
    // it was asked for the newest bars alone
    expect(source.asked.every((from) => from > all.timestamp[0])).toBe(true);
    expect(statisticalProfile.features.technical_indicators.my_gap.count).toBe(809);
    expect(statisticalProfile.features.technical_indicators.rsi_14).toBeUndefined();
    expect(mlProfile.feature_names).toContain('my_gap');
    const next = await run(820, features);
    expect(next.plan.rebuild).toEqual([]);
    expect(next.plan.retrain.retrain).toBe(false);
  });

  it('is the same as one that had them from the beginning', async () => {
    const features = [...standardFeatures(), gap];
    const [changed, fresh] = [story(), story()];
    await changed.run(800);
    await changed.run(800, features);
    await fresh.run(800, features);
    const [a, b] = await Promise.all([changed, fresh].map(({ store }) => store.getCheckpoint('A')));
    expect(Buffer.compare(a?.state ?? new Uint8Array(), b?.state ?? new Uint8Array(1))).toBe(0);
  });

  it('asks the vendor for all bars where none are kept', async () => {
    const store = memoryProfileStore();
    const run = (features: readonly FeatureFamily[], source: BarSource) =>
      trainSymbol({ symbol: 'A', source, store, models, now, features });
    await run([rsi()], vendor(800));
    const source = vendor(800);
    const { plan } = await run([rsi({ periods: [3] })], source);
    expect(plan.rebuild).toEqual(['the features are not those of before: changed rsi, now with rsi_3, without rsi_7, rsi_14, rsi_21']);
    expect(source.asked).toContain(Number.NEGATIVE_INFINITY);
  });

  it('says so when features of one’s own were left out, whose state nobody else can read', async () => {
    const { run } = story();
    await run(800, [...standardFeatures(), gap]);
    const { plan } = await run(810);
    expect(plan.rebuild).toEqual(['the features are not those of before: removed my_gap version 1']);
  });

  it('trains on a single family, and has all figures of performance and risk', async () => {
    const { run, store } = story();
    const whole = await trainSymbol({ symbol: 'B', source: vendor(800), store: memoryProfileStore(), models, now });
    const result = await run(800, [rsi()]);
    const { companyProfile, mlProfile } = result;
    expect(mlProfile.feature_names).toEqual(['rsi_7', 'rsi_14', 'rsi_21']);
    expect(companyProfile.performance_metrics).toEqual(whole.companyProfile.performance_metrics);
    expect(companyProfile.risk_metrics).toEqual(whole.companyProfile.risk_metrics);
    expect(String(result)).toContain('A');
    expect(await predictSymbol({ symbol: 'A', store })).toMatchObject({ asOf: new Date(all.timestamp[799]) });
  });

  it('refuses names that clash before anything is read', async () => {
    const source = vendor(800);
    const { run } = story();
    await expect(run(800, [rsi(), rsi()], source)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(source.asked).toEqual([]);
  });

  it('refuses a list of which models see nothing', async () => {
    const { run, store } = story();
    await expect(run(800, [volume({ lines: ['obv'] })])).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('features: none of them is for the models'),
    });
    expect(await store.getCheckpoint('A')).toBeNull();
  });

  it('stores nothing when a feature of one’s own fails', async () => {
    const broken = defineFeature({
      name: 'broken',
      next: () => (bar) => {
        if (bar.number === 700) throw new Error('no');
        return bar.close;
      },
    });
    const { run, store } = story();
    await expect(run(800, [...standardFeatures(), broken])).rejects.toMatchObject({
      code: 'FEATURE_FAILED',
      message: expect.stringMatching(/^feature broken version 1 failed on bar 700 \(2024-.* UTC\): it threw, see cause$/),
      cause: expect.objectContaining({ message: 'no' }),
    });
    expect(await store.getCheckpoint('A')).toBeNull();
  });
});

describe('daily bars that the first release has stored', () => {
  const days = randomBars(700, { seed: 9, interval: DAY_MS, start: Date.UTC(2020, 0, 1) });
  const source = (count: number) => arrayBars(sliceBars(days, 0, count));

  it('forecast the same, and the first update says what was added', async () => {
    const store = memoryProfileStore();
    const bars = memoryBarStore();
    const base = { symbol: 'D', store, bars, models, now: new Date(days.timestamp[699] + 2 * DAY_MS) };
    // the first release's features, to the byte: see feature-set.test.ts
    await trainSymbol({ ...base, source: source(690), features: originalFeatures() });
    const before = await predictSymbol({ symbol: 'D', store });
    expect(before.asOf).toEqual(new Date(days.timestamp[689]));
    const { plan } = await trainSymbol({ ...base, source: source(695) });
    expect(plan.rebuild).toEqual([
      'the features are not those of before: changed timeframes, now with return_1w, rsi_14_1w, atr_14_1w, sma_20_distance_1w, volatility_20_1w, return_1mo, rsi_14_1mo, atr_14_1mo, sma_20_distance_1mo, volatility_20_1mo',
    ]);
    const next = await trainSymbol({ ...base, source: source(700) });
    expect(next.plan.rebuild).toEqual([]);
  });
});

describe('a store of features of one’s own', () => {
  it('is described and forecast from, and says whose features are missing', async () => {
    const store = memoryProfileStore();
    const features = [rsi(), gap];
    await trainSymbol({ symbol: 'A', source: vendor(800), store, models, now, features });
    expect(await describeSymbol({ symbol: 'A', store })).toMatchObject({ needsRebuild: false });
    await expect(predictSymbol({ symbol: 'A', store })).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
      message: expect.stringContaining('see features of your own, my_gap version 1; give the list that they were trained with'),
    });
    expect(await predictSymbol({ symbol: 'A', store, features })).toMatchObject({ asOf: new Date(all.timestamp[799]) });
  });
});
