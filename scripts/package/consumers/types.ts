import { type BarRow, csvBars, memoryProfileStore, type ProfileStore, type TrainSymbolResult, trainSymbol } from 'tickerforest';
import { mongoProfileStore } from 'tickerforest/mongodb';
import { testProfileStore } from 'tickerforest/testing';

const row: BarRow = { timestamp: 0, open: 1, high: 1, low: 1, close: 1, volume: 0 };
export const trained: Promise<TrainSymbolResult> = trainSymbol({
  symbol: 'TINY',
  source: csvBars('tiny.csv'),
  store: memoryProfileStore(),
});
export const again: Promise<TrainSymbolResult> = trainSymbol({ symbol: 'TINY', source: [row], store: memoryProfileStore() });
export const stored: ProfileStore = mongoProfileStore({ uri: 'mongodb://127.0.0.1', dbName: 'market' });
export const suite: (options: Parameters<typeof testProfileStore>[0]) => void = testProfileStore;
// @ts-expect-error: types that were not found would take anything
export const wrong: Promise<TrainSymbolResult> = trainSymbol({ symbol: 5 });
// @ts-expect-error: the same
export const wrongToo: ProfileStore = mongoProfileStore({ uri: 5 });
