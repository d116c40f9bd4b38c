import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import {
  arrayBars,
  collectBars,
  concatBars,
  csvBars,
  defineTarget,
  describeCsv,
  describeSymbol,
  direction,
  directoryBarStore,
  directoryProfileStore,
  FeatureEngineer,
  horizonReturn,
  loadModel,
  MLModelTrainer,
  memoryBarStore,
  memoryProfileStore,
  nextReturn,
  openSymbol,
  predict,
  predictSymbol,
  prepareDataset,
  resolveMarket,
  sampleBars,
  trainSymbol,
  trainSymbols,
} from '../../src/index';
import { mongoProfileStore } from '../../src/mongodb';
import { BAR_WRITE, EXPORT_PARQUET, KEPT_RANGE } from '../../src/options/bar-store-table';
import { CSV } from '../../src/options/csv-table';
import { PREPARE_DATASET } from '../../src/options/dataset-table';
import { MARKET, WHOLE_MARKET } from '../../src/options/market-table';
import { MODELS, TRAINER } from '../../src/options/model-tables';
import { ROWS, SAMPLE } from '../../src/options/source-tables';
import { MONGO } from '../../src/options/store-tables';
import { DESCRIBE_SYMBOL, OPEN_SYMBOL, PREDICT_SYMBOL, TRAIN_SYMBOL, TRAIN_SYMBOLS } from '../../src/options/symbol-tables';
import {
  DEFINE_TARGET,
  DIRECTION,
  HORIZON_RETURN,
  NEXT_RETURN,
  PURGED_SPLIT,
  TRIPLE_BARRIER,
  VOLATILITY_SCALED,
} from '../../src/options/target-tables';
import { DEFINE_WEIGHTS, TIME_DECAY } from '../../src/options/weight-tables';
import { areaUnderCurve, classificationScores, purgedSplit, regressionScores } from '../../src/research';
import type { BarStore } from '../../src/stores/bar-store';
import { exportParquet } from '../../src/stores/parquet-export';
import { LiveBars } from '../../src/symbol/live-bar';
import {
  defineWeights,
  integerWeights,
  labelBars,
  product,
  spansGap,
  timeDecay,
  tripleBarrier,
  uniqueness,
  volatilityScaled,
} from '../../src/targets';
import { MARKET as KEPT_MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';
import {
  calculateUpdateEfficiency,
  createIncrementalUpdatePlan,
  getNewDataSinceLastUpdate,
  mergeHistoricalFeatures,
} from '../../src/updates/incremental-update-strategy';
import { shouldRetrainModels } from '../../src/updates/retrain-policy';
import { randomBars } from '../generated-bars';
import { processorTime } from '../processor-time';
import { runs } from '../runs';
import { anything } from './hostile-values';

const trees = { trees: 1, maxDepth: 2 };
const models = { regression_rf: trees, classification_rf: trees, regression_gb: trees };
const source = randomBars(110, { seed: 1, interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const folder = mkdtempSync(join(tmpdir(), 'tickerforest-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A function that takes options: how it is called with them, options that it takes, and their names. */
interface Target {
  readonly call: (options: unknown) => unknown;
  readonly valid: () => object;
  readonly names: readonly string[];
}

const market = resolveMarket(86_400_000);
const js = (call: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown => Reflect.apply(call, undefined, args);
const labels = nextReturn().label(source, market);

/** What is made of options is used: labels, or weights of labels. */
function labelled(make: (...args: never[]) => unknown, options: unknown): void {
  const made = js(make, options);
  if (typeof made !== 'object' || made === null) throw new Error('nothing made');
  if ('label' in made && typeof made.label === 'function') Reflect.apply(made.label, made, [source, market]);
  if ('weigh' in made && typeof made.weigh === 'function') Reflect.apply(made.weigh, made, [labels, source, market]);
}

const TARGETS: Readonly<Record<string, Target>> = {
  trainSymbol: {
    call: (options) => js(trainSymbol, options),
    valid: () => ({ symbol: 'A', source, store: memoryProfileStore(), models }),
    names: Object.keys(TRAIN_SYMBOL),
  },
  trainSymbols: {
    call: async (options) => {
      const outcomes = js(trainSymbols, options);
      if (typeof outcomes !== 'object' || outcomes === null || !(Symbol.asyncIterator in outcomes)) throw new Error('no outcomes');
      const seen: unknown[] = [];
      for await (const outcome of trainSymbolsOf(outcomes)) seen.push(outcome);
      for (const outcome of seen) {
        if (typeof outcome === 'object' && outcome !== null && 'error' in outcome) expect(outcome.error).toBeInstanceOf(TickerforestError);
      }
    },
    valid: () => ({ symbols: ['A', 'B'], source, store: memoryProfileStore(), models }),
    names: Object.keys(TRAIN_SYMBOLS),
  },
  predictSymbol: {
    call: (options) => js(predictSymbol, options),
    valid: () => ({ symbol: 'A', store: memoryProfileStore() }),
    names: Object.keys(PREDICT_SYMBOL),
  },
  openSymbol: {
    call: (options) => js(openSymbol, options),
    valid: () => ({ symbol: 'A', store: memoryProfileStore(), models }),
    names: Object.keys(OPEN_SYMBOL),
  },
  describeSymbol: {
    call: (options) => js(describeSymbol, options),
    valid: () => ({ symbol: 'A', store: memoryProfileStore(), bars: memoryBarStore() }),
    names: Object.keys(DESCRIBE_SYMBOL),
  },
  prepareDataset: {
    call: (options) => js(prepareDataset, options),
    valid: () => ({ source }),
    names: Object.keys(PREPARE_DATASET),
  },
  csvBars: { call: (options) => js(csvBars, 'no-such-file.csv', options), valid: () => ({}), names: Object.keys(CSV) },
  arrayBars: { call: (options) => js(arrayBars, [], options), valid: () => ({}), names: Object.keys(ROWS) },
  sampleBars: { call: (options) => js(sampleBars, options), valid: () => ({}), names: Object.keys(SAMPLE) },
  resolveMarket: { call: (options) => js(resolveMarket, 60_000, options), valid: () => ({}), names: Object.keys(MARKET) },
  FeatureEngineer: {
    call: (options) => Reflect.construct(FeatureEngineer, [options]),
    valid: () => market,
    names: Object.keys(WHOLE_MARKET),
  },
  MLModelTrainer: { call: (options) => Reflect.construct(MLModelTrainer, [options]), valid: () => ({}), names: Object.keys(TRAINER) },
  nextReturn: { call: (options) => labelled(nextReturn, options), valid: () => ({}), names: Object.keys(NEXT_RETURN) },
  horizonReturn: { call: (options) => labelled(horizonReturn, options), valid: () => ({ bars: 5 }), names: Object.keys(HORIZON_RETURN) },
  direction: { call: (options) => labelled(direction, options), valid: () => ({}), names: Object.keys(DIRECTION) },
  volatilityScaled: { call: (options) => labelled(volatilityScaled, options), valid: () => ({}), names: Object.keys(VOLATILITY_SCALED) },
  tripleBarrier: {
    call: (options) => labelled(tripleBarrier, options),
    valid: () => ({ up: 1, down: 1, bars: 5 }),
    names: Object.keys(TRIPLE_BARRIER),
  },
  defineTarget: {
    call: (options) => labelled(defineTarget, options),
    valid: () => ({ name: 'mine', kind: 'regression', description: 'x', labelAt: () => null }),
    names: Object.keys(DEFINE_TARGET),
  },
  timeDecay: { call: (options) => labelled(timeDecay, options), valid: () => ({ halfLife: { days: 9 } }), names: Object.keys(TIME_DECAY) },
  defineWeights: {
    call: (options) => labelled(defineWeights, options),
    valid: () => ({ name: 'mine', description: 'x', weigh: () => new Float64Array(110).fill(1) }),
    names: Object.keys(DEFINE_WEIGHTS),
  },
  purgedSplit: {
    call: (options) => js(purgedSplit, labels, options),
    valid: () => ({ test: { from: 50, to: 90 } }),
    names: Object.keys(PURGED_SPLIT),
  },
  models: {
    call: (options) => Reflect.construct(MLModelTrainer, [{ models: { regression_rf: options } }]),
    valid: () => ({}),
    names: Object.keys(MODELS.regression_rf.takes.options),
  },
  'write of a store of bars': {
    call: (options) => {
      const store = memoryBarStore();
      return js(store.write.bind(store), options);
    },
    valid: () => ({ symbol: 'A', market: KEPT_MARKET, from: Number.NEGATIVE_INFINITY, bars: madeUpBars(0, 5), baseRevision: 0 }),
    names: Object.keys(BAR_WRITE),
  },
  'range of a store of bars': {
    call: (options) => readKept(directoryBarStore(folder), 'A', options),
    valid: () => ({}),
    names: Object.keys(KEPT_RANGE),
  },
  exportParquet: {
    call: (options) => js(exportParquet, options),
    valid: () => ({ bars: memoryBarStore(), symbol: 'A', path: join(folder, 'a.parquet') }),
    names: Object.keys(EXPORT_PARQUET),
  },
  mongoProfileStore: {
    call: async (options) => {
      const store = js(mongoProfileStore, options);
      if (typeof store === 'object' && store !== null && 'close' in store && typeof store.close === 'function') await store.close();
    },
    valid: () => ({ uri: 'mongodb://127.0.0.1:1', dbName: 'fuzz' }),
    names: Object.keys(MONGO),
  },
};

/** Reads all that a store gives for a symbol and a range. */
async function readKept(store: BarStore, symbol: unknown, range?: unknown): Promise<void> {
  const blocks: AsyncIterable<Bars> = Reflect.apply(store.read, store, [symbol, range]);
  for await (const block of blocks) expect(block.length).toBeGreaterThan(0);
}

async function* trainSymbolsOf(outcomes: object): AsyncGenerator<unknown> {
  const iterate: unknown = Reflect.get(outcomes, Symbol.asyncIterator);
  if (typeof iterate !== 'function') throw new Error('no outcomes');
  yield* Reflect.apply(iterate, outcomes, []);
}

/** Functions of one argument, of which anything is given. */
const SINGLE: Readonly<Record<string, (value: unknown) => unknown>> = {
  csvBars: (value) => js(csvBars, value),
  arrayBars: (value) => js(arrayBars, value),
  directoryProfileStore: (value) => {
    // whatever it takes must be a path: nothing is written before the first commit
    js(directoryProfileStore, value);
  },
  'interval of resolveMarket': (value) => js(resolveMarket, value),
  'FeatureEngineer.restore': (value) => js(FeatureEngineer.restore, value),
  'FeatureEngineer.update': (value) => {
    const engineer = new FeatureEngineer(market);
    return js(engineer.update.bind(engineer), value);
  },
  'FeatureEngineer.next': (value) => {
    const engineer = new FeatureEngineer(market);
    return js(engineer.next.bind(engineer), value);
  },
  'bar of a session': (value) => {
    const engineer = new FeatureEngineer(market);
    const bars = new LiveBars('A', engineer, true);
    return js(bars.read.bind(bars), value, engineer, 0, 'session.next');
  },
  'FeatureEngineer.summary': (value) => {
    const engineer = new FeatureEngineer(market);
    return js(engineer.summary.bind(engineer), value);
  },
  'MLModelTrainer.train': (value) => {
    const trainer = new MLModelTrainer();
    return js(trainer.train.bind(trainer), value);
  },
  'symbol of a store': (value) => {
    const store = memoryProfileStore();
    return js(store.getCompanyProfile.bind(store), value);
  },
  'symbol of a folder': (value) => {
    const store = directoryProfileStore(folder);
    return js(store.getCheckpoint.bind(store), value);
  },
  'commit of a store': (value) => {
    const store = memoryProfileStore();
    return js(store.commit.bind(store), value);
  },
  'document of a store': (value) => {
    const store = memoryProfileStore();
    return js(store.saveMlProfile.bind(store), value);
  },
  'lease that is renewed': (value) => {
    const store = memoryProfileStore();
    return js(store.renewLease.bind(store), value, 5);
  },
  'lease that is released': (value) => {
    const store = directoryProfileStore(folder);
    return js(store.releaseLease.bind(store), value);
  },
  directoryBarStore: (value) => {
    js(directoryBarStore, value);
  },
  'symbol of a store of bars': (value) => {
    const store = memoryBarStore();
    return js(store.describe.bind(store), value);
  },
  'symbol of bars that are read': (value) => readKept(memoryBarStore(), value),
  'symbol of bars that are deleted': (value) => {
    const store = directoryBarStore(folder);
    return js(store.deleteSymbol.bind(store), value);
  },
  'options of a deletion of bars': (value) => {
    const store = memoryBarStore();
    return js(store.deleteSymbol.bind(store), 'A', value);
  },
  'bars that are kept': (value) => {
    const store = memoryBarStore();
    return js(store.write.bind(store), { symbol: 'A', market: KEPT_MARKET, from: 0, bars: value, baseRevision: 0 });
  },
  getNewDataSinceLastUpdate: (value) => js(getNewDataSinceLastUpdate, value, 0),
  mergeHistoricalFeatures: (value) => js(mergeHistoricalFeatures, value, source),
  shouldRetrainModels: (value) => js(shouldRetrainModels, value),
  calculateUpdateEfficiency: (value) => js(calculateUpdateEfficiency, value, value, value),
  createIncrementalUpdatePlan: (value) => js(createIncrementalUpdatePlan, value),
  regressionScores: (value) => js(regressionScores, value, value),
  classificationScores: (value) => js(classificationScores, value, value),
  areaUnderCurve: (value) => js(areaUnderCurve, value, value),
  labelBars: (value) => js(labelBars, value, source, market),
  'target of a direction': (value) => labelled(direction, { of: value }),
  'labels of a target': (value) => labelled(defineTarget, { name: 'a', kind: 'regression', description: 'x', label: () => value }),
  'label of a target': (value) => labelled(defineTarget, { name: 'a', kind: 'regression', description: 'x', labelAt: () => value }),
  'bars of a target': (value) => js(nextReturn().label, value, market),
  'market of a target': (value) => js(nextReturn({ maxGap: 9e7 }).label, source, value),
  'weights of rows': (value) => labelled(defineWeights, { name: 'a', description: 'x', weigh: () => value }),
  'labels that are weighed': (value) => js(uniqueness().weigh, value, source, market),
  product: (value) => labelled(product, value),
  integerWeights: (value) => js(integerWeights, value, value),
  'labels that are purged': (value) => js(purgedSplit, value, { test: { from: 0, to: 1 } }),
  spansGap: (value) => js(spansGap, source, value, market),
  loadModel: (value) => js(loadModel, value),
  predict: (value) => js(predict, value, value),
  describeCsv: (value) => js(describeCsv, value),
  concatBars: (value) => js(concatBars, value),
  collectBars: (value) => js(collectBars, value, { symbol: 'A' }),
  'lease of a store': (value) => {
    const store = memoryProfileStore();
    return js(store.acquireLease.bind(store), 'A', value);
  },
};

/** What became of a call: nothing but success and this library's errors is right, and a refusal takes no time. */
async function judge(act: () => unknown): Promise<void> {
  let code: string | undefined;
  const spent = await processorTime(async () => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof TickerforestError)) throw error;
      expect(error.message.length).toBeLessThan(2_000);
      code = error.code;
    }
  });
  if (code === 'INVALID_OPTION') expect(spent).toBeLessThan(1_000);
}

const OPTION_OBJECTS = runs(200, 2_000);

describe('any options end in success or in an error of this library', () => {
  const changes = (names: readonly string[]) =>
    fc.array(fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }), anything), {
      minLength: 1,
      maxLength: 3,
    });

  it.each(Object.entries(TARGETS))('%s', async (_, { call, valid, names }) => {
    const property = fc.asyncProperty(changes(names), async (changed) => {
      const made = Object.fromEntries(changed.map(([name, { make }]) => [name, make()]));
      await judge(() => call({ ...valid(), ...made }));
    });
    await fc.assert(property, { seed: 8, numRuns: Math.ceil(OPTION_OBJECTS / Object.keys(TARGETS).length) });
  });

  it.each(
    Object.entries({ ...SINGLE, ...Object.fromEntries(Object.entries(TARGETS).map(([name, { call }]) => [`options of ${name}`, call])) }),
  )('%s, whatever it is given', async (_, call) => {
    await fc.assert(
      fc.asyncProperty(anything, ({ make }) => judge(() => call(make()))),
      { seed: 9, numRuns: Math.ceil(OPTION_OBJECTS / 4) },
    );
  });
});
