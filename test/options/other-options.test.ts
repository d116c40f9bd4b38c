import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { featureSetHash, featureSpecs } from '../../src/features';
import {
  allocateBars,
  arrayBars,
  collectBars,
  concatBars,
  csvBars,
  directoryProfileStore,
  FeatureEngineer,
  MLModelTrainer,
  memoryProfileStore,
  prepareDataset,
  resolveMarket,
  sampleBars,
  saveModel,
  sliceBars,
  type TrainSymbolOptions,
} from '../../src/index';
import { jsonBars } from '../../src/json';
import { mongoProfileStore } from '../../src/mongodb';
import { parquetBars } from '../../src/parquet';
import { inferInterval, regressionScores } from '../../src/research';
import { randomBars } from '../generated-bars';
import { refusalOf } from './refused';

const make = (market: unknown) => Reflect.construct(FeatureEngineer, [market]);
const source = { async *fetch() {} };
const trainer = new MLModelTrainer();
const settingsFor = trainer.settingsFor.bind(trainer);
const checkWork = trainer.checkWork.bind(trainer);

describe('options and arguments beside those of a symbol', () => {
  it.each<[(...args: never[]) => unknown, readonly unknown[], string]>([
    [csvBars, [], 'paths must be the path of a file, or an array of such paths, not undefined'],
    [csvBars, [[]], 'paths is empty'],
    [csvBars, [['a.csv', '']], "paths[1] must be a path, as a text, not '' (a text)"],
    [csvBars, ['a.csv', { timezone: 'UTC' }], "csvBars: unknown option 'timezone'; did you mean 'timeZone'?"],
    [csvBars, ['a.csv', { prices: 'Adjusted' }], "prices must be 'as_traded' or 'adjusted', not 'Adjusted' (a text)"],
    [csvBars, ['a.csv', { delimiter: ';;' }], 'delimiter must be one character'],
    [csvBars, ['a.csv', { columns: { close: 0 } }], 'columns.close must be'],
    [make, ['NASDAQ'], "market must be a Market, not 'NASDAQ' (a text): resolveMarket(60_000, { exchange: 'NASDAQ' })"],
    [make, [{ ...resolveMarket(60_000), interval: 0 }], 'market.interval must be'],
    [mongoProfileStore, [], 'database is undefined: give an open Db, or { uri: ..., dbName: ... }'],
    [mongoProfileStore, ['mongodb://me:secret@host'], 'database is a text: give { uri: ..., dbName: ... }'],
    [mongoProfileStore, [{ uri: 'mongodb://host' }], "dbName must be a database's name"],
    [collectBars, [source], 'collectBars takes an object of options, not undefined'],
    [collectBars, [source, { symbol: 'A' }, { badBars: 'skip' }], "badBars must be 'reject' or 'drop', not 'skip' (a text)"],
    [regressionScores, [[1], [1]], 'actual must be a Float64Array, not an array: Float64Array.from(it)'],
    [regressionScores, [new Float64Array(2), new Float64Array(3)], 'predicted has 3 values where actual has 2'],
    [allocateBars, [], 'length must be a whole number from 0 to 100,000,000, not undefined'],
    [allocateBars, ['100'], "length must be a whole number from 0 to 100,000,000, not '100' (a text)"],
    [allocateBars, [-1], 'length must be a whole number'],
    [allocateBars, [2 ** 53], 'length must be a whole number'],
    [sliceBars, [], 'bars must be Bars, not undefined'],
    [
      sliceBars,
      [[{ close: 1 }], 0, 1],
      'bars must be Bars, not an array; await collectBars(arrayBars(rows), { symbol }) makes some of rows',
    ],
    [sliceBars, [allocateBars(3), 0, 4], 'sliceBars was asked for bars 0 to 4 of 3; give from and to within them'],
    [sliceBars, [allocateBars(3), -1, 3], 'sliceBars was asked for bars -1 to 3 of 3'],
    [sliceBars, [allocateBars(3), 2], 'sliceBars was asked for bars 2 to undefined of 3'],
    [saveModel, [], 'model must be a TrainedModel, not undefined'],
    [saveModel, [{ key: 'a' }], 'model must be a TrainedModel, not an object'],
    [inferInterval, [], 'timestamps must be a Float64Array, not undefined'],
    [inferInterval, [[0, 60]], 'timestamps must be a Float64Array, not an array: Float64Array.from(it)'],
    [inferInterval, [Float64Array.of(0, Number.NaN, 5)], 'timestamps[0] and [1] are 0 and NaN; give milliseconds since 1970'],
    [featureSpecs, [], 'market must be a Market, not undefined'],
    [featureSetHash, ['NASDAQ'], "market must be a Market, not 'NASDAQ' (a text): resolveMarket(60_000, { exchange: 'NASDAQ' })"],
    [featureSetHash, [{ interval: 60_000 }], 'market.stamp must be'],
    [settingsFor, ['1d'], 'interval must be a number of milliseconds above 0'],
    [checkWork, [1_000, '96', 60_000], 'features must be a whole number'],
    [checkWork, [1_000, 96], 'interval must be a number of milliseconds'],
  ])('no. %#', async (call, args, message) => {
    const refused = await refusalOf(call, ...args);
    expect(refused).toContain(message);
    expect(refused).not.toContain('secret');
  });

  it('MLModelTrainer is told what its data lack', async () => {
    expect(await refusalOf(trainer.train.bind(trainer), { matrix: { rows: 1, names: [], columns: [] } })).toContain('bars must be Bars');
  });

  it('a table of a dataset is told what is no name and no row of it', async () => {
    const dataset = await prepareDataset({ source: randomBars(120, { seed: 3 }) });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throwing = Object.defineProperty({}, 'from', { enumerable: true, get: () => Reflect.get(Object(null), 'a').b });
    const told = (...args: unknown[]) => refusalOf(dataset.table, ...args);
    // 200 seconds, once
    expect(await told(new Array(4_000_000_000))).toBe('names has 4000000000 names; give at most 10,000');
    expect(await told('close')).toBe("names must be an array of names, not 'close' (a text): ['close']");
    expect(await told(proxy)).toContain('names cannot be read');
    expect(await told(['close', 5])).toBe('names[1] must be a name, not 5');
    expect(await told(['close'], proxy)).toContain('rows cannot be read');
    expect(await told(['close'], throwing)).toContain('rows cannot be read');
    expect(await told(['close'], { from: 0, to: 121 })).toBe('rows are 0 to 121 of 120; give { from, to } within them');
    expect(await told(['close'], { from: 5, to: 4 })).toBe('rows are 5 to 4 of 120; give { from, to } within them');
    expect(await told(['close'], { start: 5 })).toContain("unknown option 'start' in rows");
  });

  it('a hash does not depend on the order in which the properties of a market are given', () => {
    const { interval, stamp, timeZone, session } = resolveMarket(60_000, { exchange: 'NASDAQ' });
    const engineer = new FeatureEngineer({ session, timeZone, stamp, interval });
    expect(featureSetHash({ session, timeZone, stamp, interval })).toBe(engineer.hash);
    expect(featureSetHash(engineer.market)).toBe(engineer.hash);
  });

  it('a source is asked by anybody, and says what is wrong with that', async () => {
    const sources = [
      csvBars('a.csv'),
      arrayBars([]),
      arrayBars(allocateBars(2)),
      sampleBars(),
      concatBars(allocateBars(2)),
      jsonBars('a.json'),
      parquetBars('a.parquet'),
    ];
    for (const { fetch } of sources) {
      expect(await refusalOf(fetch)).toBe('fetch takes an object of options, not undefined');
      expect(await refusalOf(fetch, {})).toContain('symbol must be');
      expect(await refusalOf(fetch, { symbol: 'A', from: new Date(0) })).toContain('from must be milliseconds since 1970');
      expect(await refusalOf(fetch, { symbol: 'A', from: '2020-01-01' })).toContain('from must be milliseconds since 1970');
      expect(await refusalOf(fetch, { symbol: 'A', signal: {} })).toContain('signal must be an AbortSignal');
    }
  });

  it('a checkpoint is read without what is named, if it is names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickerforest-'));
    try {
      for (const store of [memoryProfileStore(), directoryProfileStore(folder)]) {
        const get = store.getCheckpoint.bind(store);
        expect(await refusalOf(get, 'A', null)).toContain('getCheckpoint takes an object of options, not null');
        expect(await refusalOf(get, 'A', { omit: 'regression_rf' })).toContain('omit must be an array of names of models');
        expect(await refusalOf(get, 'A', { omti: [] })).toContain("unknown option 'omti'; did you mean 'omit'?");
        expect(await store.getCheckpoint('A', { omit: ['regression_rf'] })).toBeNull();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('may be undefined, which is not given', () => {
    expectTypeOf<{ readonly exchange: string | undefined }>().toExtend<Pick<TrainSymbolOptions, 'exchange'>>();
    expect(resolveMarket(60_000, { exchange: undefined, session: undefined }).timeZone).toBe('UTC');
  });
});
