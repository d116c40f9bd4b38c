import { describe, expect, it } from 'vitest';
import { csvBars } from '../../src/bars/csv/source';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { createJob } from '../../src/symbol/job';
import { predictSymbol } from '../../src/symbol/predict-symbol';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { type SymbolOutcome, trainSymbols } from '../../src/symbol/train-symbols';
import { randomBars } from '../generated-bars';
import { refusalOf } from './refused';

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const bars = randomBars(200, { seed: 1, interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const broken = { toString: 1, valueOf: 1 };

/** A source and store that nothing may touch before the options are checked. */
const untouched = {
  source: { fetch: () => expect.fail('the source was asked') },
  store: new Proxy(memoryProfileStore(), {
    get: (store, key) =>
      typeof Reflect.get(store, key) === 'function' ? () => expect.fail(`the store was asked for ${String(key)}`) : undefined,
  }),
};

const refusal = (options: object) => refusalOf(trainSymbol, { symbol: 'A', ...untouched, ...options });

describe('options of trainSymbol', () => {
  it.each<[object, string]>([
    [{ exchnage: 'NYSE' }, "trainSymbol: unknown option 'exchnage'; did you mean 'exchange'?"],
    [{ n_estimators: 5 }, "trainSymbol: unknown option 'n_estimators'; give it as models.regression_rf.trees"],
    [{ random_state: 5 }, "trainSymbol: unknown option 'random_state'; did you mean 'seed'?"],
    [{ colour: 5 }, "trainSymbol: unknown option 'colour'; there are symbol, source"],
    [
      { models: { regression_rf: { n_estimators: 5 } } },
      "trainSymbol: unknown option 'n_estimators' in models.regression_rf; did you mean 'trees'?",
    ],
    [{ models: { regression_rf: { max_depth: 5 } } }, "unknown option 'max_depth' in models.regression_rf; did you mean 'maxDepth'?"],
    [
      { models: { random_forest: {} } },
      "unknown option 'random_forest' in models; there are regression_rf, classification_rf and regression_gb",
    ],
    [{ models: { regression_gb: { maxFeatures: 1 } } }, "unknown option 'maxFeatures' in models.regression_gb"],
    [{ models: { regression_rf: { trees: 50_000 } } }, 'models.regression_rf.trees must be a whole number from 1 to 10,000, not 50000'],
    [{ models: { regression_rf: { trees: '7' } } }, "models.regression_rf.trees must be a whole number from 1 to 10,000, not '7' (a text)"],
    [{ models: { regression_rf: { trees: broken } } }, 'models.regression_rf.trees must be a whole number from 1 to 10,000, not an object'],
    [{ models: { regression_rf: { maxDepth: 65 } } }, 'models.regression_rf.maxDepth must be a whole number from 1 to 64, not 65'],
    [
      { models: { classification_rf: { maxFeatures: 'log2' } } },
      "models.classification_rf.maxFeatures must be 'all', 'sqrt' or a whole number",
    ],
    [{ models: { regression_gb: { learningRate: 0 } } }, 'models.regression_gb.learningRate must be a number above 0, at most 1, not 0'],
    [{ models: { regression_gb: [] } }, 'models.regression_gb must be an object of'],
    [{ models: 5 }, 'models must be an object of regression_rf, classification_rf and regression_gb, not 5'],
    [{ badBars: 'skip' }, "badBars must be 'reject' or 'drop', not 'skip' (a text)"],
    [{ badBars: true }, "badBars must be 'reject' or 'drop', not true"],
    [{ oldBars: 'drop' }, "oldBars must be 'ignore' or 'reject', not 'drop' (a text)"],
    [{ symbol: undefined }, 'symbol must be a text of 1 to 64 characters'],
    [{ symbol: broken }, 'symbol must be a text of 1 to 64 characters'],
    [{ symbol: 10n }, 'not 10n (a bigint)'],
    [{ symbol: ['A'] }, 'not an array'],
    [{ source: 'file.csv' }, "source is 'file.csv' (a text): call csvBars('file.csv')"],
    [{ source: csvBars }, 'source is the function csvBars itself: call it with a path'],
    [{ source: undefined }, 'source must be a BarSource, rows or columns, not undefined: give csvBars(path)'],
    [{ source: Promise.resolve([]) }, 'source is a Promise: await it'],
    [{ store: undefined }, 'store is undefined: give memoryProfileStore(), directoryProfileStore(path) or mongoProfileStore(...)'],
    [{ store: Promise.resolve(memoryProfileStore()) }, 'store is a Promise: await it'],
    [{ store: './profiles' }, "store is './profiles' (a text): give directoryProfileStore(path)"],
    [{ store: memoryProfileStore }, 'store is the function memoryProfileStore itself: call it'],
    [{ store: { collection: () => 1 } }, 'give mongoProfileStore(db)'],
    [{ store: { commit: () => 1 } }, 'store must be a ProfileStore, not an object without the function getCompanyProfile'],
    [{ from: '2015-01-01' }, "from must be a Date, not '2015-01-01' (a text): new Date('2015-01-01')"],
    [{ from: 1_420_070_400_000 }, 'from must be a Date, not 1420070400000: new Date(1420070400000)'],
    [{ to: new Date('x') }, 'to is an invalid Date'],
    [{ now: new Date(8.64e15) }, 'now is +275760-09-13T00:00:00.000Z; give a Date from the year 1 to 9999'],
    [{ now: null }, 'now must be a Date, not null'],
    [{ from: new Date(2), to: new Date(1) }, 'from 1970-01-01T00:00:00.002Z is after to 1970-01-01T00:00:00.001Z'],
    [{ historyYears: 1e9 }, 'historyYears must be a number above 0, at most 1,000, not 1000000000'],
    [{ historyYears: Number.POSITIVE_INFINITY }, 'not Infinity'],
    [{ historyYears: 0 }, 'historyYears must be'],
    [{ trainingWindow: { rows: 100 } }, "unknown option 'rows' in trainingWindow; did you mean 'bars'?"],
    [{ trainingWindow: 300 }, 'trainingWindow must be { bars: ... } or { days: ... }, not 300: { bars: 300 }'],
    [{ trainingWindow: { bars: 1, days: 1 } }, 'trainingWindow has both bars and days; give one of them'],
    [{ trainingWindow: {} }, 'trainingWindow has neither bars nor days; give one of them'],
    [{ trainingWindow: { toString: 1, bars: broken } }, "unknown option 'toString' in trainingWindow"],
    [{ leaseDuration: broken }, 'leaseDuration must be milliseconds from 1,000 to 86,400,000, not an object'],
    [{ overlapBars: 10_001 }, 'overlapBars must be a whole number from 5 to 10,000, not 10001'],
    [{ interval: 0 }, 'interval must be a number of milliseconds above 0'],
    [{ minNewBars: 0 }, 'minNewBars must be a number, 1 or more (Infinity too), not 0'],
    [{ onProgress: 'log' }, "onProgress must be a function, not 'log' (a text)"],
    [{ retrainPolicy: true }, 'retrainPolicy must be a function, not true'],
    [{ signal: new AbortController() }, 'signal is an AbortController: give its signal'],
    [{ signal: true }, 'signal must be an AbortSignal, not true'],
    [{ exchange: 5 }, 'exchange must be a text of 1 to 64 characters, not 5'],
    [{ exchange: 'NASDQ' }, "exchange 'NASDQ' is not known; did you mean 'NASDAQ'?"],
    [{ exchange: 'Vilnius' }, "timeZone: 'Europe/Vilnius' and session: {"],
    [{ exchange: 'Vilnius', timeZone: 'Europe/Vilnius' }, "exchange 'Vilnius' is not known"],
    [{ timeZone: 'America/NewYork' }, "timeZone 'America/NewYork' is not an IANA time zone; did you mean 'America/New_York'?"],
    [{ session: { open: 570, close: 570, earlyCloses: 'none' } }, 'open must be before close'],
    [{ session: { open: 570 } }, 'session.close must be a whole number from 1 to 1,440, not undefined'],
    [{ session: { opens: 570 } }, "unknown option 'opens' in session; did you mean 'open'?"],
    [{ stamp: 'End' }, "stamp must be 'start' or 'end', not 'End' (a text)"],
    [{ fundamentals: 'pe 3' }, 'fundamentals must be an object of plain JSON values'],
    [{ fundamentals: { pe: 1n } }, 'fundamentals.pe is 1n (a bigint)'],
    [{ seed: -1 }, 'seed must be a whole number from 0 to 4,294,967,295, not -1'],
    [{ embargo: 0.5 }, 'embargo must be a whole number'],
    [{ testFraction: 1 }, 'testFraction must be a number above 0 and below 1, not 1'],
  ])('no. %#: %o', async (options, message) => {
    expect(await refusal(options)).toContain(message);
  });

  it('that cannot be read are refused', async () => {
    const options = {
      get seed(): number {
        throw new Error('boo');
      },
    };
    expect(await refusalOf(trainSymbol, options)).toContain('trainSymbol cannot be read: a getter or proxy of it threw');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(await refusalOf(trainSymbol, proxy)).toContain('cannot be read');
  });

  it.each([
    [undefined, 'trainSymbol takes an object of options, not undefined'],
    ['AAPL', "not 'AAPL' (a text)"],
    [[{ symbol: 'A' }], 'not an array'],
    [new Map([['symbol', 'A']]), 'not a Map'],
    [Promise.resolve({}), 'not a Promise: await it'],
  ])('are an object, not %o', async (options, message) => {
    expect(await refusalOf(trainSymbol, options)).toContain(message);
  });

  it('that are undefined are not given, and what is given is copied', () => {
    const fundamentals = { list: [1] };
    const from = new Date(5);
    const options = {
      symbol: 'A',
      source: bars,
      store: memoryProfileStore(),
      exchange: undefined,
      models: { regression_rf: undefined },
      from,
      fundamentals,
    };
    const { options: own } = createJob(options);
    expect(Object.keys(own).sort()).toEqual(['from', 'fundamentals', 'models', 'source', 'store', 'symbol']);
    expect(own).toMatchObject({ fundamentals, from });
    expect([own.fundamentals === fundamentals, own.from === from]).toEqual([false, false]);
  });

  it('may be an instance of a class, with getters of the class', () => {
    class Settings {
      readonly source = bars;
      readonly store = memoryProfileStore();
      get symbol() {
        return 'A';
      }
    }
    expect(createJob(new Settings()).options.symbol).toBe('A');
  });

  it('name any exchange whose clock and hours are given', () => {
    const own = { exchange: 'Vilnius', timeZone: 'Europe/Vilnius', session: { open: 600, close: 960, earlyCloses: 'none' as const } };
    expect(createJob({ symbol: 'A', source: bars, store: memoryProfileStore(), ...own }).options.exchange).toBe('Vilnius');
  });

  it('take a signal of another library, which aborts', async () => {
    const listeners: (() => void)[] = [];
    const signal = {
      aborted: false,
      reason: 'enough',
      addEventListener: (_: string, listener: () => void) => listeners.push(listener),
      removeEventListener: () => {},
    };
    const source = {
      async *fetch() {
        for (const listener of listeners) listener();
        yield { bars, batch: 1 };
      },
    };
    const run = Reflect.apply(trainSymbol, undefined, [{ symbol: 'A', source, store: memoryProfileStore(), models, signal }]);
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('take more features a split than there are as all of them', async () => {
    const all = { ...models, regression_rf: { trees: 2, maxFeatures: 1_000 } };
    const { action } = await trainSymbol({ symbol: 'A', source: bars, store: memoryProfileStore(), models: all });
    expect(action).toBe('create_new_profile');
  });
});

describe('options of predictSymbol', () => {
  it.each([
    [undefined, 'predictSymbol takes an object of options, not undefined'],
    [{ symbol: 'A' }, 'store is undefined: give memoryProfileStore()'],
    [{ symbol: 10n, store: memoryProfileStore() }, 'not 10n (a bigint)'],
    [{ symbol: 'A', store: memoryProfileStore(), source: bars }, "predictSymbol: unknown option 'source'"],
  ])('no. %#', async (options, message) => {
    expect(await refusalOf(predictSymbol, options)).toContain(message);
  });

  it('name a symbol that every store refuses alike', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const symbol of [10n, circle, 'A'.repeat(5_000_000), ' A', '']) {
      expect(await refusalOf(predictSymbol, { symbol, store: memoryProfileStore() })).toContain('symbol');
      for (const store of [memoryProfileStore(), directoryProfileStore('never-made')]) {
        expect(await refusalOf(store.getMlProfile.bind(store), symbol)).toContain('symbol');
        expect(await refusalOf(store.acquireLease.bind(store), symbol, { owner: 'me', milliseconds: 5 })).toContain('symbol');
      }
    }
  });
});

describe('options of trainSymbols', () => {
  const all = async (options: object): Promise<SymbolOutcome[]> => {
    const outcomes: SymbolOutcome[] = [];
    for await (const outcome of Reflect.apply(trainSymbols, undefined, [options])) outcomes.push(outcome);
    return outcomes;
  };

  it.each<[object, string]>([
    [{ symbols: 'AAPL' }, "not 'AAPL' (a text): ['AAPL']"],
    [{ symbols: undefined }, 'symbols must be an array or another iterable of texts, not undefined'],
    [{ symbols: { A: 1 } }, 'not an object'],
    [{ symbol: 'A' }, "trainSymbols: unknown option 'symbol'; did you mean 'symbols'?"],
    [{ concurrency: 0 }, 'concurrency must be a whole number from 1 to 1,000, not 0'],
    [{ concurrency: '4' }, "not '4' (a text)"],
    [{ perSymbol: {} }, 'perSymbol must be a function, not an object'],
    [{ badBars: 'skip' }, "badBars must be 'reject' or 'drop'"],
    [{ fundamentals: 5 }, 'fundamentals must be an object'],
  ])('no. %#: %o', async (options, message) => {
    expect(await refusalOf(all, { symbols: ['A'], ...untouched, ...options })).toContain(message);
  });

  it.each<[unknown, string]>([
    [5, 'not 5'],
    [[], 'not an array'],
    ['LSE', "not 'LSE' (a text)"],
    [{ exchnage: 'LSE' }, "unknown option 'exchnage'; did you mean 'exchange'?"],
    [{ store: memoryProfileStore() }, "unknown option 'store'"],
    [{ badBars: 'skip' }, "badBars must be 'reject' or 'drop', not 'skip' (a text)"],
  ])('whose perSymbol returns %o are that symbol only', async (own, message) => {
    const perSymbol = (symbol: string) => (symbol === 'A' ? own : {});
    const [first, second] = await all({ symbols: ['A', 'B'], source: bars, store: memoryProfileStore(), models, perSymbol });
    expect(first).toMatchObject({
      symbol: 'A',
      status: 'rejected',
      error: { code: 'INVALID_OPTION', message: expect.stringContaining(message) },
    });
    expect(second).toMatchObject({ symbol: 'B', status: 'fulfilled' });
  });
});
