import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import type { ProfileStore } from '../../src/stores/contract';
import { directoryStores } from '../../src/stores/directory/stores';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { describeSymbol } from '../../src/symbol/describe-symbol';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { trainSymbols } from '../../src/symbol/train-symbols';
import { ODD_SYMBOLS, sampleCommit } from '../../src/testing/sample-profiles';
import { randomBars } from '../generated-bars';
import { runs } from '../runs';
import { alteredStore } from '../stores/altered-store';

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const days = randomBars(500, { seed: 4, interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
/** The first days, of which nothing is shared. */
const first = (length: number): Bars => structuredClone(sliceBars(days, 0, length));

/** A table as people see it: short, narrow, and without the words that nobody should see. */
function expectReadable(text: string): void {
  const lines = text.split('\n');
  expect(lines.length).toBeLessThanOrEqual(20);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  expect(text).not.toMatch(/\bNaN\b|\bundefined\b|\bnull\b|\[object|Infinity|Invalid Date/);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerforest-described-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('describeSymbol', () => {
  it('says in a short table, and in plain data, what is stored of a symbol and what its last run believed', async () => {
    const { store, bars } = directoryStores(folder);
    const train = (source: Bars, more: Partial<TrainSymbolOptions> = {}) =>
      trainSymbol({ symbol: 'AAPL', exchange: 'NASDAQ', source, store, bars, models, ...more });
    await train(first(400));
    const corrected = first(403);
    corrected.volume[398] += 7;
    await train(corrected);

    const description = await describeSymbol({ symbol: 'AAPL', store, bars });
    const held = (await store.getMlProfile('AAPL'))?.models.metrics;
    const stretch = { bars: 403, first: new Date(days.timestamp[0]), last: new Date(days.timestamp[402]) };
    expect(description).toMatchObject({
      ...{ symbol: 'AAPL', exchange: 'NASDAQ', interval: 86_400_000, revision: 2, needsRebuild: false },
      ...{ folded: stretch, kept: stretch, warnings: [], rejected: { total: 0, byReason: {} } },
      models: {
        ...{ status: 'trained', barsSinceTraining: 3, failure: null },
        heldOut: {
          regression_rf: { skill: held?.regression_rf?.walk_forward.skill, ic: held?.regression_rf?.walk_forward.ic },
          classification_rf: { accuracy: held?.classification_rf?.walk_forward.accuracy },
        },
      },
      lastRun: {
        ...{ action: 'incremental_update', newBars: 3, verdict: 'revised', rebuild: [], retrain: false },
        revised: { changed: 1, withdrawn: 0, inserted: 0, fields: ['volume'], first: new Date(days.timestamp[398]) },
      },
    });
    const text = inspect(description);
    expectReadable(text);
    expect(String(description)).toBe(text);
    expect(text).toMatch(
      /^AAPL {2}exchange NASDAQ {2}bars of 1 day {2}revision 2\nfolded {5}403 bars, 2020-01-01 to 2021-02-06\nkept {7}403 bars/,
    );
    expect(text).toMatch(/history {4}revised, 64 bars compared: 1 changed \(volume\), from 2021-02-02 on\n/);
    expect(JSON.parse(JSON.stringify(description))).toMatchObject({
      symbol: 'AAPL',
      folded: { bars: 403, first: '2020-01-01T00:00:00.000Z' },
    });
    expect(JSON.stringify(description).length).toBeLessThan(3_000);
  });

  it('says why a training failed', async () => {
    const store = memoryProfileStore();
    await trainSymbol({ symbol: 'A', source: first(400), store, models });
    const source = sliceBars(days, 300, 403);
    const { trainingFailure } = await trainSymbol({ symbol: 'A', source, store, models, minNewBars: 1, maxModelAgeDays: 0 });
    const description = await describeSymbol({ symbol: 'A', store });
    expect(description.models).toMatchObject({ status: 'failed', failure: { code: trainingFailure?.code } });
    expect(`${description}`).toMatch(/training {3}due: .*\nfailed {5}NO_BARS: /);
    expectReadable(`${description}`);
  });

  it('tells bars that are kept and not folded yet', async () => {
    const { store, bars } = { store: memoryProfileStore(), bars: memoryBarStore() };
    await trainSymbol({ symbol: 'A', source: first(400), store, models });
    const market = resolveMarket(86_400_000);
    await bars.write({ symbol: 'A', market, from: Number.NEGATIVE_INFINITY, bars: first(410), baseRevision: 0 });
    await bars.write({ symbol: 'B', market, from: Number.NEGATIVE_INFINITY, bars: first(10), baseRevision: 0 });
    expect(await describeSymbol({ symbol: 'A', store, bars })).toMatchObject({ folded: { bars: 400 }, kept: { bars: 410 } });
    expect(await describeSymbol({ symbol: 'A', store })).toMatchObject({ folded: { bars: 400 }, kept: null });
    const onlyBars = await describeSymbol({ symbol: 'B', store, bars });
    expect(onlyBars).toMatchObject({ revision: 0, folded: null, kept: { bars: 10 }, models: null, lastRun: null, interval: 86_400_000 });
    expectReadable(`${onlyBars}`);
    expect(`${onlyBars}`).toMatch(/^B {2}exchange - {2}bars of 1 day {2}revision -\nfolded {5}-\n/);
  });

  it('is UNKNOWN_SYMBOL where nothing is stored', async () => {
    const stores = { store: memoryProfileStore(), bars: memoryBarStore() };
    await expect(describeSymbol({ symbol: 'A', ...stores })).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' });
    await expect(describeSymbol({ symbol: 'A', store: stores.store })).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' });
  });

  it('is readable for symbols and exchanges of any spelling and length', async () => {
    const store = memoryProfileStore();
    for (const symbol of [...ODD_SYMBOLS, 'X'.repeat(64), '株'.repeat(21)]) {
      const commit = sampleCommit(symbol, 0, 5);
      await store.commit({ ...commit, company: { ...commit.company, exchange: 'E'.repeat(500) } });
      const description = await describeSymbol({ symbol, store });
      expect(description).toMatchObject({ symbol, needsRebuild: true });
      expectReadable(`${description}`);
      expect(`${description}`).toContain('EEE…');
    }
  });

  it('shows what documents of others lack or have otherwise as "-"', async () => {
    const stored = memoryProfileStore();
    await trainSymbol({ symbol: 'A', source: first(400), store: stored, models });
    const given = { company: await stored.getCompanyProfile('A'), ml: await stored.getMlProfile('A') };
    // what every store is checked for stays; any other part may be anything
    const altered = (company: object, ml: object): ProfileStore =>
      alteredStore(stored, {
        getCompanyProfile: async () => ({
          ...given.company,
          raw_data: { ...company, rejected_bars: { total: 0, by_reason: company } },
          last_update: company,
        }),
        getMlProfile: async () => ({
          ...given.ml,
          models: ml,
          training_window: ml,
          training_failure: ml,
          last_retrain_decision: ml,
          status: 1,
        }),
      });
    const none = await describeSymbol({ symbol: 'A', store: altered({}, {}) });
    expect(none).toMatchObject({ interval: null, folded: null, lastRun: { action: null, at: null, verdict: null, retrainReasons: [] } });
    expectReadable(`${none}`);
    const names = [
      'points',
      'first_bar',
      'gaps',
      'interval_ms',
      'warnings',
      'action',
      'at',
      'new_bars',
      'history_check',
      'revised_bars',
      'rebuild',
    ];
    const part = fc.dictionary(fc.constantFrom(...names, 'metrics', 'rows', 'code', 'reason', 'reasons', 'retrain'), anything);
    await fc.assert(
      fc.asyncProperty(part, part, async (company, ml) => {
        const description = await describeSymbol({ symbol: 'A', store: altered(company, ml) });
        const lines = `${description}`.split('\n');
        expect(lines.length).toBeLessThanOrEqual(20);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
        expect(`${description}`).not.toContain('[object');
      }),
      { seed: 9, numRuns: runs(50, 1_000) },
    );
  });
});

/** Values of any kind that a store can give. */
const anything = fc.anything({ withDate: true, withSparseArray: true, withTypedArray: true, withBigInt: true });

describe('what a run did', () => {
  it('is printed in a short table; its properties are what they were', async () => {
    const { store, bars } = { store: memoryProfileStore(), bars: memoryBarStore() };
    const run = (source: Bars) => trainSymbol({ symbol: 'A', exchange: 'NASDAQ', source, store, bars, models });
    const created = await run(first(400));
    const split = first(402);
    for (const column of [split.open, split.high, split.low, split.close]) for (let i = 0; i < 402; i++) column[i] /= 2;
    for (const result of [created, await run(first(401)), await run(first(401)), await run(split)]) {
      expectReadable(inspect(result));
      expect(`${result}`).toBe(inspect(result));
      expect(Object.keys(result).sort()).toEqual(
        [
          'action',
          'companyProfile',
          'heldOut',
          'mlProfile',
          'models',
          'plan',
          'statisticalProfile',
          'timings',
          'trainingFailure',
          'warnings',
        ].sort(),
      );
    }
    expect(inspect(created)).toMatch(
      /^A {2}exchange NASDAQ {2}bars of 1 day {2}revision 1\ndone {7}create_new_profile: 400 new bars, 2020-01-01 to 2021-02-03\n/,
    );
    expect(inspect(created)).toMatch(
      /\nheld out {3}regression_rf {6}skill -?\d\.\d{3}, .*\n {11}classification_rf {2}accuracy 0\.\d{3}, baseline 0/,
    );
    expect(inspect(await run(split))).toMatch(/\ndone {7}up_to_date: 0 new bars\n/);
  });

  it('is printed as a line for each of many symbols', async () => {
    const symbols = ['A', 'B', '株'.repeat(21)];
    const perSymbol = (symbol: string) => (symbol === 'B' ? { source: first(3) } : {});
    const printed: string[] = [];
    for await (const outcome of trainSymbols({ symbols, source: first(400), store: memoryProfileStore(), models, perSymbol })) {
      expectReadable(inspect(outcome));
      expect(Object.keys(outcome)).toHaveLength(3);
      printed.push(`${outcome}`);
    }
    expect(printed[0]).toBe('A          create_new_profile, 400 new bars, trained');
    expect(printed[1]).toMatch(/^B {10}TOO_FEW_BARS\n {11}3 bars are too few .*\n {11}/);
    expect(printed[2]).toMatch(/^株+… create_new_profile, 400 new bars, trained$/);
  });
});
