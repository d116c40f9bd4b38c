import { describe, expect, expectTypeOf, it } from 'vitest';
import { csvBars } from '../../src/bars/csv/source';
import { collectBars, FeatureEngineer, MLModelTrainer, resolveMarket, type TrainSymbolOptions } from '../../src/index';
import { mongoProfileStore } from '../../src/mongodb';
import { regressionScores } from '../../src/research';
import { refusalOf } from './refused';

const make = (market: unknown) => Reflect.construct(FeatureEngineer, [market]);
const source = { async *fetch() {} };

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
  ])('no. %#', async (call, args, message) => {
    const refused = await refusalOf(call, ...args);
    expect(refused).toContain(message);
    expect(refused).not.toContain('secret');
  });

  it('MLModelTrainer is told what its data lack', async () => {
    const trainer = new MLModelTrainer();
    expect(await refusalOf(trainer.train.bind(trainer), { matrix: { rows: 1, names: [], columns: [] } })).toContain('bars must be Bars');
  });

  it('may be undefined, which is not given', () => {
    expectTypeOf<{ readonly exchange: string | undefined }>().toExtend<Pick<TrainSymbolOptions, 'exchange'>>();
    expect(resolveMarket(60_000, { exchange: undefined, session: undefined }).timeZone).toBe('UTC');
  });
});
