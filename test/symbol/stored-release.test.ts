import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayBars, type BarRow } from '../../src/bars/array-source';
import { BarHash } from '../../src/bars/bar-hash';
import type { BarSource } from '../../src/bars/bar-source';
import { collectBars } from '../../src/bars/collect-bars';
import { originalFeatures } from '../../src/features';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { describeSymbol, directoryStores, loadModel, predictSymbol, trainSymbol } from '../../src/index';
import { originalModels } from '../../src/research';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { readAll } from '../../src/testing/assertions';

/*
 * A store that the release before features, targets and models became values has written, two runs a symbol. scripts/expected/stored-release.mjs made it.
 */

/** What the release has stored, and what it forecast of it. */
interface Release {
  /** Bars by symbol: those that are stored, and what came after them. */
  readonly bars: Readonly<Record<string, readonly BarRow[]>>;
  /** What `predictSymbol` said, and the SHA-256 of each file beside the state. */
  readonly forecasts: Readonly<
    Record<
      string,
      {
        readonly asOf: string;
        readonly direction: string;
        readonly probabilityUp: number;
        readonly predictedReturn: Readonly<Record<string, number>>;
        readonly sha256: Readonly<Record<string, string>>;
      }
    >
  >;
  /** The store's files by their paths, in base64. */
  readonly files: Readonly<Record<string, string>>;
}

const release: Release = JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, '../fixtures/stored-release.json.gz'))).toString());
const DAY = 86_400_000;
const STORED = 260;
const small = { trees: 3, maxDepth: 3 };
/** The settings of then. */
const models = originalModels({ regression_rf: small, classification_rf: small, regression_gb: small });
const WEEKS_AND_MONTHS = ['1w', '1mo'].flatMap((length) =>
  ['return', 'rsi_14', 'atr_14', 'sma_20_distance', 'volatility_20'].map((name) => `${name}_${length}`),
);

let folder = '';
let stores = directoryStores('never used');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickerforest-release-'));
  for (const [path, bytes] of Object.entries(release.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(bytes, 'base64'));
  }
  stores = directoryStores(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const timeOf = (symbol: string, count: number) => Number(release.bars[symbol][count - 1].timestamp);

/** The vendor, with so many bars. */
const vendor = (symbol: string, count: number, begins = 0): BarSource => arrayBars(release.bars[symbol].slice(begins, count));

const unreachable: BarSource = {
  // biome-ignore lint/correctness/useYield: it fails before it has one
  async *fetch() {
    throw new Error('no vendor');
  },
};

/** A run of today's release; the models that were asked for before. */
function run(symbol: string, count: number, more: Partial<TrainSymbolOptions> = {}) {
  const { store, bars } = stores;
  const now = new Date(timeOf(symbol, count) + 2 * DAY);
  return trainSymbol({ symbol, store, bars, source: vendor(symbol, count), models, now, ...more });
}

/** State and bars are those of one run of today's release over all the bars. */
async function expectWhole(symbol: string, count: number): Promise<void> {
  const { bars } = await collectBars(vendor(symbol, count), { symbol });
  const checkpoint = await stores.store.getCheckpoint(symbol);
  const stored = FeatureEngineer.restore(checkpoint?.state ?? new Uint8Array());
  const fresh = new FeatureEngineer(stored.market, stored.families);
  await fresh.update(bars, { matrix: false });
  expect(stored.save()).toEqual(fresh.save());
  expect(await stores.store.getCompanyProfile(symbol)).toMatchObject({
    raw_data: { points: count, first_bar: new Date(timeOf(symbol, 1)), last_bar: new Date(timeOf(symbol, count)) },
  });
}

describe('a store of the release before', () => {
  it('is read as a whole: documents, state, models and kept bars', async () => {
    expect(await stores.store.listSymbols()).toEqual(['DAYS', 'MINUTES']);
    expect(await stores.bars.listSymbols()).toEqual(['DAYS', 'MINUTES']);
    for (const symbol of ['DAYS', 'MINUTES']) {
      const { company, ml, statistical, checkpoint } = await readAll(stores.store, symbol);
      expect(company).toMatchObject({ symbol, revision: 2, raw_data: { points: STORED }, last_update: { action: 'incremental_update' } });
      expect(ml).toMatchObject({ status: 'trained', bars_since_training: 3, models: { models_trained: Object.keys(models) } });
      expect(statistical).toMatchObject({ symbol, revision: 2 });
      const hashes = Object.entries(checkpoint?.models ?? {}).map(([name, bytes]) => [
        name,
        createHash('sha256').update(bytes).digest('hex'),
      ]);
      expect(Object.fromEntries(hashes)).toEqual(release.forecasts[symbol].sha256);
      const { bars } = await collectBars(vendor(symbol, STORED), { symbol });
      expect(await stores.bars.describe(symbol)).toMatchObject({ bars: STORED, barHash: BarHash.of(bars) });
      expect(String(await describeSymbol({ symbol, store: stores.store }))).toContain('260');
    }
  });

  it.each(['DAYS', 'MINUTES'])('forecasts the same numbers: %s', async (symbol) => {
    const { asOf, direction, probabilityUp, predictedReturn } = await predictSymbol({ symbol, store: stores.store });
    const before = release.forecasts[symbol];
    expect({ asOf: asOf.toISOString(), direction, probabilityUp, predictedReturn }).toEqual({
      asOf: before.asOf,
      direction: before.direction,
      probabilityUp: before.probabilityUp,
      predictedReturn: before.predictedReturn,
    });
    // and its files by themselves
    const checkpoint = await stores.store.getCheckpoint(symbol);
    const { latestRow } = FeatureEngineer.restore(checkpoint?.state ?? new Uint8Array());
    const forecasts = Object.keys(models).map((key) => [key, loadModel(checkpoint?.models[key] ?? new Uint8Array()).predictRow(latestRow)]);
    expect(Object.fromEntries(forecasts)).toEqual({ ...before.predictedReturn, classification_rf: before.probabilityUp });
  });
});

describe('the first update of such a store', () => {
  it('folds new minutes where the features are the same, and keeps the models', async () => {
    const before = await stores.store.getCheckpoint('MINUTES');
    const { action, plan } = await run('MINUTES', STORED + 4);
    expect({ action, rebuild: plan.rebuild, newBars: plan.newBars, verdict: plan.history.verdict, retrain: plan.retrain.retrain }).toEqual({
      action: 'incremental_update',
      rebuild: [],
      newBars: 4,
      verdict: 'unchanged',
      retrain: false,
    });
    expect(plan.retrain.reasons).toEqual(['7 bars since training, fewer than minNewBars 100']);
    const after = await stores.store.getCheckpoint('MINUTES');
    for (const key of Object.keys(models)) expect(after?.models[key]).toEqual(before?.models[key]);
    await expectWhole('MINUTES', STORED + 4);
    expect((await run('MINUTES', STORED + 4)).action).toBe('up_to_date');
  });

  it('trains minutes again where other parameters are asked for, and names them', async () => {
    const { action, plan } = await run('MINUTES', STORED + 4, {
      models: originalModels({ regression_rf: { ...small, trees: 4 }, classification_rf: small, regression_gb: small }),
    });
    expect(action).toBe('incremental_update');
    expect(plan.retrain.reasons).toEqual(['other settings are asked for: regression_rf.n_estimators 3 is 4 now']);
    await expectWhole('MINUTES', STORED + 4);
  });

  it('trains minutes again with the defaults of today, and names each setting that changed since', async () => {
    const { action, plan, mlProfile } = await run('MINUTES', STORED, {
      models: { regression_rf: small, classification_rf: small, regression_gb: small },
    });
    expect(action).toBe('incremental_update');
    expect(plan.retrain.reasons).toEqual([
      expect.stringMatching(
        /^other settings are asked for: .*regression_rf\.min_samples_leaf 1 is \d+ now.*regression_gb\.learning_rate 0\.1 is [\d.]+ now/,
      ),
    ]);
    expect(mlProfile).toMatchObject({ bars_since_training: 0, last_retrain_decision: { reasons: plan.retrain.reasons } });
    await expectWhole('MINUTES', STORED);
  });

  it('makes days anew of the kept bars, without the vendor, and names the features of weeks and months that were added', async () => {
    const { action, plan, warnings, mlProfile } = await run('DAYS', STORED, { source: unreachable });
    expect(action).toBe('create_new_profile');
    expect(plan).toMatchObject({ oldBarsFrom: 'kept_bars', newBars: 0, foldsFrom: 'beginning' });
    expect(plan.rebuild).toEqual([`the features are not those of before: changed timeframes, now with ${WEEKS_AND_MONTHS.join(', ')}`]);
    expect(plan.retrain).toMatchObject({ retrain: true, reasons: expect.arrayContaining([...plan.rebuild]) });
    expect(warnings).toMatchObject([{ code: 'source_unavailable' }]);
    expect(mlProfile.feature_names).toEqual(expect.arrayContaining(WEEKS_AND_MONTHS));
    expect(mlProfile.last_retrain_decision.reasons).toEqual(plan.retrain.reasons);
    await expectWhole('DAYS', STORED);
    const next = await run('DAYS', STORED + 4);
    expect(next).toMatchObject({ action: 'incremental_update', plan: { rebuild: [], newBars: 4, retrain: { retrain: false } } });
    await expectWhole('DAYS', STORED + 4);
  });

  it('makes days anew of what the vendor tells where none are kept, and loses none if he has only the newest', async () => {
    await stores.bars.deleteSymbol('DAYS');
    await expect(
      trainSymbol({
        symbol: 'DAYS',
        store: stores.store,
        models,
        source: vendor('DAYS', STORED, 100),
        now: new Date(timeOf('DAYS', STORED) + DAY),
      }),
    ).rejects.toMatchObject({ code: 'NO_BARS', message: expect.stringMatching(/changed timeframes.*return_1w.*rebuild: true/) });
    expect((await stores.store.getCompanyProfile('DAYS'))?.raw_data.points).toBe(STORED);
    const { action, plan } = await trainSymbol({
      symbol: 'DAYS',
      store: stores.store,
      models,
      source: vendor('DAYS', STORED + 4),
      now: new Date(timeOf('DAYS', STORED + 4) + DAY),
    });
    expect(action).toBe('create_new_profile');
    expect(plan.rebuild).toEqual([expect.stringContaining('return_1mo')]);
    await expectWhole('DAYS', STORED + 4);
  });

  it('goes on with days as they were where the features of then are asked for', async () => {
    const { action, plan } = await run('DAYS', STORED + 4, { features: originalFeatures() });
    expect({ action, rebuild: plan.rebuild, newBars: plan.newBars, retrain: plan.retrain.retrain }).toEqual({
      action: 'incremental_update',
      rebuild: [],
      newBars: 4,
      retrain: false,
    });
    await expectWhole('DAYS', STORED + 4);
  });
});
