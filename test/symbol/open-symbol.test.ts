import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayBars, type BarRow } from '../../src/bars/array-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { rsi } from '../../src/features';
import {
  defineFeature,
  memoryBarStore,
  memoryProfileStore,
  openSymbol,
  type ProfileStore,
  predictSymbol,
  type RetrainPolicy,
  standardFeatures,
  trainSymbol,
} from '../../src/index';
import { randomBars } from '../generated-bars';

const MINUTE = 60_000;
const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const all = randomBars(960, { seed: 7 });
const START = 900;

const body = defineFeature({ name: 'body', next: () => (bar) => (bar.close - bar.open) / bar.open });
const unlucky = defineFeature({
  name: 'unlucky',
  next: ({ slot }) => {
    const bars = slot();
    return (bar) => {
      bars.value += 1;
      if (bar.volume === 13.5) throw new Error('no');
      return bars.value % 7;
    };
  },
});

function rowOf(bars: Bars, index: number): BarRow {
  const { timestamp, open, high, low, close, volume } = sliceBars(bars, index, index + 1);
  return { timestamp: timestamp[0], open: open[0], high: high[0], low: low[0], close: close[0], volume: volume[0] };
}

const kept: RetrainPolicy = () => ({ retrain: false, reasons: ['never here'] });
const due: RetrainPolicy = () => ({ retrain: true, reasons: ['always here'] });
const train = (store: ProfileStore, count: number, more = {}) =>
  trainSymbol({ symbol: 'A', source: arrayBars(sliceBars(all, 0, count)), store, models, ...more });
const stateOf = async (store: ProfileStore) => (await store.getCheckpoint('A'))?.state ?? new Uint8Array();
const isSame = async (a: ProfileStore, b: ProfileStore) => Buffer.compare(await stateOf(a), await stateOf(b)) === 0;

async function opened(more = {}) {
  const store = memoryProfileStore();
  await train(store, START, more);
  return { store, session: await openSymbol({ symbol: 'A', store, models, retrainPolicy: kept, ...more }) };
}

describe('a session', () => {
  it('forecasts to the bit what a committed update does, and its commit stores the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(undefined, [...standardFeatures(), body], [rsi(), body, unlucky]),
        fc.boolean(),
        async (count, features, previews) => {
          const more = features === undefined ? {} : { features };
          const { store, session } = await opened(more);
          const updated = memoryProfileStore();
          await train(updated, START, more);
          for (let i = START; i < START + count; i++) {
            const row = rowOf(all, i);
            const odd = { ...row, close: row.close * 1.01, high: row.high * 1.02, volume: 13.5 };
            if (previews && features?.includes(unlucky)) {
              expect(() => session.preview(odd)).toThrow(expect.objectContaining({ code: 'FEATURE_FAILED' }));
              expect(() => session.next(odd)).toThrow(expect.objectContaining({ code: 'FEATURE_FAILED' }));
            } else if (previews) session.preview(odd);
            const previewed = session.preview(row);
            const forecast = session.next(row);
            expect(previewed).toEqual(forecast);
            if (i === START + count - 1) {
              await train(updated, i + 1, { ...more, retrainPolicy: kept });
              expect(forecast).toEqual(await predictSymbol({ symbol: 'A', store: updated, ...more }));
            }
          }
          expect(session.uncommitted).toBe(count);
          const result = await session.commit();
          expect(result.action).toBe('incremental_update');
          expect(result.trainingFailure).toBeNull();
          expect(result.warnings).toEqual([]);
          expect(session.uncommitted).toBe(0);
          expect(await isSame(store, updated)).toBe(true);
        },
      ),
      { seed: 3, numRuns: 10 },
    );
  });

  it('takes an open or close outside of low and high, as an update does, and forecasts the same', async () => {
    const at = all.timestamp[START];
    for (const outside of [{ open: 103 }, { open: 97 }, { close: 103 }, { close: 97 }]) {
      const bar = { timestamp: at, open: 100, high: 101, low: 99, close: 100, volume: 5, ...outside };
      const { store, session } = await opened();
      const updated = memoryProfileStore();
      await train(updated, START);
      const rows = Array.from({ length: START }, (_, i) => rowOf(all, i));
      await trainSymbol({ symbol: 'A', source: arrayBars([...rows, bar]), store: updated, models, retrainPolicy: kept });
      const forecast = await predictSymbol({ symbol: 'A', store: updated });
      expect(session.preview(bar)).toEqual(forecast);
      expect(session.next(bar)).toEqual(forecast);
      expect((await session.commit()).warnings).toEqual([]);
      expect(await isSame(store, updated)).toBe(true);
    }
  });

  it('goes on after commits, and what is given meanwhile is committed the next time', async () => {
    const { store, session } = await opened();
    session.next(rowOf(all, 900));
    const first = session.commit();
    session.next(rowOf(all, 901));
    await first;
    expect(session.uncommitted).toBe(1);
    session.next(rowOf(all, 902));
    const results = await Promise.all([session.commit(), session.commit()]);
    expect(results.map(({ plan }) => plan.newBars)).toEqual([2, 0]);
    expect(session.asOf).toEqual(new Date(all.timestamp[902]));
    const updated = memoryProfileStore();
    await train(updated, START);
    await train(updated, 903, { retrainPolicy: kept });
    expect(await isSame(store, updated)).toBe(true);
    expect(session.next(rowOf(all, 903)).asOf).toEqual(new Date(all.timestamp[903]));
  });

  it('keeps a bar that is not complete by the clock for the next commit', async () => {
    const { session } = await opened();
    session.next(rowOf(all, 900));
    session.next(rowOf(all, 901));
    const { plan } = await session.commit({ now: new Date(all.timestamp[901] + MINUTE / 2) });
    expect(plan.newBars).toBe(1);
    expect(session.uncommitted).toBe(1);
    expect(session.asOf).toEqual(new Date(all.timestamp[901]));
    expect((await session.commit()).plan.newBars).toBe(1);
  });

  it('takes in what somebody else has stored meanwhile', async () => {
    const { store, session } = await opened();
    for (let i = 900; i < 904; i++) session.next(rowOf(all, i));
    await train(store, 902, { retrainPolicy: kept });
    expect((await session.commit()).plan.newBars).toBe(2);
    await train(store, 910, { retrainPolicy: kept });
    expect((await session.commit()).action).toBe('up_to_date');
    expect(session.asOf).toEqual(new Date(all.timestamp[909]));
  });

  it('writes to the kept bars, and trains from these', async () => {
    const bars = memoryBarStore();
    const { session } = await opened({ bars });
    for (let i = 900; i < 960; i++) session.next(rowOf(all, i));
    const { trainingFailure, plan, warnings } = await session.commit({ retrain: true });
    expect({ trainingFailure, warnings, from: plan.oldBarsFrom }).toEqual({ trainingFailure: null, warnings: [], from: 'kept_bars' });
    expect((await bars.describe('A'))?.bars).toBe(960);
  });

  it("trains from the caller's source where none are kept, and takes new bars from the session alone", async () => {
    const asked: number[] = [];
    const vendor = arrayBars(all);
    const source = {
      async *fetch(request: Parameters<typeof vendor.fetch>[0]) {
        asked.push(request.to ?? Number.POSITIVE_INFINITY);
        yield* vendor.fetch(request);
      },
    };
    const { store } = await opened();
    const other = await openSymbol({ symbol: 'A', store, models, source, retrainPolicy: due });
    other.next(rowOf(all, 900));
    const { trainingFailure, plan } = await other.commit();
    expect({ trainingFailure, bars: plan.newBars, from: plan.oldBarsFrom }).toEqual({ trainingFailure: null, bars: 1, from: 'source' });
    expect(other.uncommitted).toBe(0);
    expect(Math.max(...asked)).toBeLessThan(all.timestamp[900]);
  });

  it('takes bars in and keeps its models where a training is due and nothing has the old bars', async () => {
    const { store } = await opened({ overlapBars: 64 });
    const session = await openSymbol({ symbol: 'A', store, models, retrainPolicy: due, overlapBars: 64 });
    session.next(rowOf(all, 900));
    const before = (await predictSymbol({ symbol: 'A', store })).modelVersion;
    const { trainingFailure, plan, mlProfile } = await session.commit();
    expect(trainingFailure).toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      reason: expect.stringContaining('keep bars (option bars), or give openSymbol the source'),
    });
    expect(plan.newBars).toBe(1);
    expect(mlProfile.model_version).toBe(before);
  });

  it('trains where the newest stored bars are all that there are, though none are kept', async () => {
    const { store } = await opened();
    const session = await openSymbol({ symbol: 'A', store, models, retrainPolicy: due });
    session.next(rowOf(all, 900));
    const { trainingFailure, mlProfile } = await session.commit();
    expect(trainingFailure).toBeNull();
    const other = memoryProfileStore();
    expect((await train(other, 901)).mlProfile.model_version).toBe(mlProfile.model_version);
  });

  it('is as it was after a commit that failed', async () => {
    const { store, session } = await opened();
    session.next(rowOf(all, 900));
    const lease = await store.acquireLease('A', { owner: 'me', milliseconds: 60_000 });
    await expect(session.commit()).rejects.toMatchObject({ code: 'SYMBOL_LEASED' });
    await store.releaseLease(lease);
    expect(session.uncommitted).toBe(1);
    expect((await session.commit()).plan.newBars).toBe(1);
  });
});

describe('bars that a session refuses', () => {
  const row = rowOf(all, 900);
  const at = row.timestamp as number;
  const invalid: readonly (readonly [unknown, string])[] = [
    [{ ...row, close: Number.NaN }, 'bar.close is NaN, not a finite number'],
    [{ ...row, open: -1 }, 'bar.open is -1; prices are above 0'],
    [{ ...row, low: 'low' }, "bar.low is 'low' (a text), not a finite number"],
    [{ ...row, volume: undefined }, 'bar.volume is undefined, not a number; give 0 if there is none'],
    [{ ...row, volume: -3 }, 'bar.volume is -3; it is 0 or more'],
    [{ ...row, high: 1, low: 2 }, 'bar.high 1 is below bar.low 2'],
    [{ ...row, timestamp: 'yesterday' }, "bar.timestamp is 'yesterday' (a text), not a time"],
    [{ ...row, timestamp: new Date(Number.NaN) }, 'bar.timestamp is'],
    [{ ...row, timestamp: at - MINUTE }, 'is 0 ms before the last bar'],
    [
      { ...row, timestamp: at - 2 * MINUTE },
      "is 60000 ms before the last bar's, 2024-03-05T05:29:00.000Z, and bars are 1-minute (60000 ms)",
    ],
    [
      { ...row, timestamp: at - MINUTE / 2 },
      "is 30000 ms after the last bar's, 2024-03-05T05:29:00.000Z, and bars are 1-minute (60000 ms)",
    ],
    [{ ...row, timestamp: at + 30 }, 'is 30 ms beside 2024-03-05T05:30:00.000Z'],
    [{ ...row, timestamp: at / 1000 }, 'before the last bar'],
    [{ ...row, timestamp: at * 1000 }, 'is decades after'],
    [{ ...row, symbol: 'B' }, "bar.symbol is 'B' (a text); this session is of 'A'"],
  ];
  const none: readonly unknown[] = [
    undefined,
    null,
    7,
    'bar',
    [at, 1, 1, 1, 1, 0],
    {},
    Promise.resolve(row),
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    ),
  ];

  it('are told by field and value, and nothing of them is folded', async () => {
    const { store, session } = await opened();
    for (const call of ['next', 'preview'] as const) {
      for (const [bar, message] of invalid) {
        expect(() => Reflect.apply(session[call], session, [bar])).toThrow(
          expect.objectContaining({ code: 'INVALID_BARS', message: expect.stringContaining(message) }),
        );
      }
      for (const bar of none) {
        expect(() => Reflect.apply(session[call], session, [bar])).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
      }
    }
    expect(session.uncommitted).toBe(0);
    session.next({ ...row, timestamp: new Date(at) });
    session.next({ ...rowOf(all, 901), timestamp: new Date(all.timestamp[901]).toISOString() });
    await session.commit();
    const updated = memoryProfileStore();
    await train(updated, START);
    await train(updated, 902, { retrainPolicy: kept });
    expect(await isSame(store, updated)).toBe(true);
  });

  it('are also those of another length, told as soon as that is certain', async () => {
    const { session } = await opened();
    const hour = (n: number) => session.next({ ...row, timestamp: at + n * 60 * MINUTE });
    hour(1);
    hour(2);
    hour(3);
    expect(() => hour(4)).toThrow(
      expect.objectContaining({ code: 'INVALID_BARS', message: expect.stringContaining('bars of another length: 1-minute') }),
    );
  });
});

describe('openSymbol', () => {
  it('refuses what it does not know', async () => {
    await expect(openSymbol({ symbol: 'NONE', store: memoryProfileStore() })).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' });
    const options = { symbol: 'A', store: memoryProfileStore(), rebuild: true };
    await expect(openSymbol(options)).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining("'rebuild'") });
    const { session } = await opened();
    await expect(Reflect.apply(session.commit, session, [{ sorce: 1 }])).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('wants the features that the symbol was trained with, if it is given any', async () => {
    const { store } = await opened({ features: [rsi(), body] });
    await expect(openSymbol({ symbol: 'A', store })).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
      message: expect.stringContaining('openSymbol({ symbol, store, features })'),
    });
    const other = await opened();
    await expect(openSymbol({ symbol: 'A', store: other.store, features: [rsi()] })).rejects.toMatchObject({
      code: 'MODEL_UNUSABLE',
      message: expect.stringContaining('was trained with other features: '),
    });
    const single = await opened({ features: [rsi()] });
    const session = await openSymbol({ symbol: 'A', store: single.store, models, retrainPolicy: kept });
    session.next(rowOf(all, 900));
    expect((await session.commit()).plan.rebuild).toEqual([]);
  });
});
