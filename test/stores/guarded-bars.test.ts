import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as round } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { describeSymbol, openSymbol, prepareDataset, TickerforestError, trainSymbol } from '../../src/index';
import { exportParquet } from '../../src/parquet';
import type { BarStore, KeptBars } from '../../src/stores/bar-store';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { randomBars } from '../generated-bars';

const days = randomBars(430, { seed: 8, interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const models = { regression_rf: { trees: 1 }, classification_rf: { trees: 1 }, regression_gb: { trees: 1 } };
const now = new Date('2024-01-01');
const store = memoryProfileStore();
const kept = memoryBarStore();
const folder = mkdtempSync(join(tmpdir(), 'tickerforest-'));

const unheard: unknown[] = [];
const hear = (reason: unknown) => unheard.push(reason);
beforeAll(async () => {
  process.on('unhandledRejection', hear);
  await trainSymbol({ symbol: 'A', source: sliceBars(days, 0, 420), store, bars: kept, models, now });
});
afterAll(() => {
  process.off('unhandledRejection', hear);
  rmSync(folder, { recursive: true });
});

/** A store that works but for some functions, as JavaScript may have written it. */
function altered(changes: { readonly describe?: (symbol: string) => unknown; readonly read?: () => unknown }): BarStore {
  const bound = {
    describe: (symbol: string) => kept.describe(symbol),
    read: (...given: Parameters<BarStore['read']>) => kept.read(...given),
    write: () => Promise.reject(new Error('nothing is written here')),
    deleteSymbol: (symbol: string) => kept.deleteSymbol(symbol),
    listSymbols: () => kept.listSymbols(),
    close: async () => {},
  };
  return Object.assign(bound, changes);
}

const calls: Readonly<Record<string, (bars: BarStore, signal?: AbortSignal) => Promise<unknown>>> = {
  trainSymbol: (bars, signal) => trainSymbol({ symbol: 'A', source: days, store, bars, models, now, retrain: true, signal }),
  prepareDataset: (bars, signal) => prepareDataset({ symbol: 'A', bars, signal }),
  exportParquet: (bars, signal) => exportParquet({ symbol: 'A', bars, path: join(folder, 'a.parquet'), signal }),
  describeSymbol: (bars) => describeSymbol({ symbol: 'A', store, bars }),
  openSymbol: async (bars) => {
    const session = await openSymbol({ symbol: 'A', store, bars, models });
    session.next({
      timestamp: days.timestamp[420],
      open: days.open[420],
      high: days.high[420],
      low: days.low[420],
      close: days.close[420],
      volume: 1,
    });
    return session.commit({ now, retrain: true });
  },
};
const reading = ['trainSymbol', 'prepareDataset', 'exportParquet', 'openSymbol'];
const describing = ['trainSymbol', 'prepareDataset', 'describeSymbol', 'openSymbol'];

async function failed(name: string, bars: BarStore, signal?: AbortSignal): Promise<TickerforestError> {
  try {
    await calls[name](bars, signal);
  } catch (error) {
    if (!(error instanceof TickerforestError)) throw error;
    await round();
    expect(unheard.splice(0)).toEqual([]);
    return error;
  }
  throw new Error(`${name} took it`);
}

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const changed = (change: Partial<Record<keyof KeptBars, unknown>>) => async (symbol: string) => ({
  ...(await kept.describe(symbol)),
  ...change,
});

describe('a bar store of somebody else', () => {
  it.each<[what: string, describe: (symbol: string) => unknown, told: string]>([
    ['undefined', async () => undefined, 'what is kept must be an object or null, not undefined'],
    ['a number', async () => 5, 'what is kept must be an object or null, not 5'],
    ['an array', async () => [], 'what is kept must be an object or null, not an array'],
    ['an empty object', async () => ({}), 'symbol must be a text, not undefined'],
    ['no market', changed({ market: undefined }), 'market must be a Market, not undefined'],
    ['half a market', changed({ market: { interval: 60_000 } }), 'market.stamp must be'],
    ['no count', changed({ bars: Number.NaN }), 'bars must be a whole number, 1 or more, not NaN'],
    ['a Date', changed({ lastTimestamp: new Date(0) }), 'lastTimestamp must be milliseconds since 1970, not a Date'],
    ['no revision', changed({ revision: '1' }), "revision must be a whole number, 1 or more, not '1' (a text)"],
    [
      'what cannot be read',
      async () => Object.defineProperty({}, 'bars', { enumerable: true, get: () => revoked() && Reflect.get(revoked(), 'a') }),
      'it cannot be read, see the cause',
    ],
  ])('that describes %s as kept is told so', async (_, describing_, told) => {
    for (const name of describing) {
      const { code, message } = await failed(name, altered({ describe: describing_ }));
      expect(code).toBe('STORE_FAILED');
      expect(message).toContain("while looking for kept bars of 'A' the bar store's answer was wrong: ");
      expect(message).toContain(told);
      expect(message).toContain('run testBarStore() over your store');
    }
  });

  it.each<[what: string, read: () => unknown, told: string]>([
    ['nothing', () => undefined, 'gave undefined instead of blocks; write it as async *read(symbol, range)'],
    ['an array', () => [days], 'gave an array instead of blocks'],
    ['a promise', async () => [days], 'gave a promise instead of blocks'],
    ['a promise that rejects', () => Promise.reject(new Error('key=SECRET')), 'gave a promise instead of blocks'],
    [
      'null',
      async function* () {
        yield null;
      },
      'bars must be Bars, not null',
    ],
    [
      'rows',
      async function* () {
        yield [{ close: 1 }];
      },
      'bars must be Bars, not an array',
    ],
    [
      'a wrong length',
      async function* () {
        yield { ...days, length: 5 };
      },
      'bars.timestamp has 430 values where length has 5',
    ],
    [
      'bars out of order',
      async function* () {
        yield days;
        yield days;
      },
      'gave bars out of order',
    ],
    [
      'a revoked proxy',
      async function* () {
        yield revoked();
      },
      'failed while reading',
    ],
    ['no result', () => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) }), 'failed while reading'],
    [
      'an error',
      async function* () {
        yield sliceBars(days, 0, 5);
        throw new Error('key=SECRET');
      },
      'failed while reading',
    ],
  ])('that reads %s is told so', async (_, read, told) => {
    for (const name of reading) {
      const { code, message } = await failed(name, altered({ read }));
      expect(code, message).toBe('STORE_FAILED');
      expect(message).toContain("reading kept bars of 'A'");
      expect(message).toContain(told);
      expect(message).not.toContain('SECRET');
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that is silent is not waited for after an abort, and told to close', async () => {
    let closed = 0;
    const endless: AsyncIterable<Bars> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          closed++;
          return Promise.reject(new Error('closing'));
        },
      }),
    };
    for (const name of ['trainSymbol', 'prepareDataset', 'exportParquet']) {
      const abort = new AbortController();
      const bars = altered({
        read: () => {
          setImmediate(() => abort.abort());
          return endless;
        },
      });
      expect((await failed(name, bars, abort.signal)).code).toBe('ABORTED');
    }
    expect(closed).toBe(3);
    expect(readdirSync(folder)).toEqual([]);
  });
});
