import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rsi, volatility } from '../../src/features';
import {
  type BarRow,
  gradientBoostingClassifier,
  memoryProfileStore,
  type OpenSymbolOptions,
  openSymbol,
  type Prediction,
  predictSymbol,
  type RetrainPolicy,
  randomForestRegressor,
  ridge,
  type SymbolSession,
  sliceBars,
  trainSymbol,
} from '../../src/index';
import { randomBars } from '../generated-bars';

const bars = randomBars(420, { seed: 5 });
const features = [rsi(), volatility()];
const small = { trees: 4, maxDepth: 4, minSamplesLeaf: 5 };
const models = { forest: randomForestRegressor(small), up: gradientBoostingClassifier(small), linear: ridge() };
const never: RetrainPolicy = () => ({ retrain: false, reasons: ['never here'] });

const rowOf = (i: number): BarRow => {
  const { timestamp, open, high, low, close, volume } = bars;
  return { timestamp: timestamp[i], open: open[i], high: high[i], low: low[i], close: close[i], volume: volume[i] };
};

async function stored(count: number) {
  const store = memoryProfileStore();
  const run = (to: number) =>
    trainSymbol({ symbol: 'A', source: sliceBars(bars, 0, to), store, models, features, overlapBars: 64, retrainPolicy: never });
  await run(count);
  return {
    store,
    run,
    open: (more: Partial<OpenSymbolOptions> = {}) => openSymbol({ symbol: 'A', store, models, retrainPolicy: never, ...more }),
  };
}

const refused = (session: SymbolSession, args: readonly unknown[], error: object) =>
  expect(Reflect.apply(session.explain, session, args)).rejects.toMatchObject(error);

describe('session.explain', () => {
  it('says to the bit what predictSymbol says after an update with the same bars, of preview and of next, also later', async () => {
    const { run, store, open } = await stored(400);
    const session = await open({ explain: 3 });
    const previewed = session.preview(rowOf(400));
    const first = session.next(rowOf(400));
    const second = session.next(rowOf(401));
    const explained = [await session.explain(previewed), await session.explain(first), await session.explain(second)];
    const updated: Prediction[] = [];
    for (const count of [401, 402]) {
      await run(count);
      updated.push(await predictSymbol({ symbol: 'A', store, models, explain: 3 }));
    }
    expect(explained).toEqual([updated[0], updated[0], updated[1]]);
    expect(explained[0].explanations?.forest).toMatchObject({ status: 'explained', features: [{}, {}, {}] });
    expect(inspect(explained[2])).toBe(inspect(updated[1]));
    expect(first).not.toHaveProperty('explanations');
  });

  it('explains by the models that have forecast, though others are stored since', async () => {
    const { open } = await stored(400);
    const session = await open({
      explain: true,
      source: sliceBars(bars, 0, 400),
      retrainPolicy: () => ({ retrain: true, reasons: ['always here'] }),
    });
    const before = session.next(rowOf(400));
    const told = await session.explain(before);
    for (let i = 401; i < 420; i++) session.next(rowOf(i));
    const { trainingFailure, mlProfile } = await session.commit();
    expect(trainingFailure).toBeNull();
    expect(mlProfile.model_version).not.toBe(before.modelVersion);
    expect(await session.explain(before)).toEqual(told);
    const after = await session.explain(session.preview({ ...rowOf(419), timestamp: bars.timestamp[419] + 60_000 }));
    expect(after.modelVersion).toBe(mlProfile.model_version);
    for (const explanation of Object.values(after.explanations ?? {})) expect(explanation.status).toBe('explained');
    expect(Object.keys(after.explanations ?? {})).toEqual(Object.keys(models));
  });

  it('is refused in a session that was not opened for it, which reads no covers', async () => {
    const { store, open } = await stored(400);
    const omitted: unknown[] = [];
    const watched = new Proxy(store, {
      get: (target, name) => {
        const own: unknown = Reflect.get(target, name);
        if (name !== 'getCheckpoint') return typeof own === 'function' ? own.bind(target) : own;
        return (symbol: string, options?: { readonly omit?: readonly string[] }) => {
          omitted.push(options?.omit?.includes('covers') === true);
          return store.getCheckpoint(symbol, options);
        };
      },
    });
    const plain = await open({ store: watched });
    await open({ store: watched, explain: true });
    expect(omitted).toEqual([true, false]);
    await refused(plain, [plain.next(rowOf(400))], {
      code: 'INVALID_OPTION',
      message: expect.stringContaining('openSymbol({ explain: true })'),
    });
    for (const explain of [0, 1.5, 'yes'])
      await expect(Reflect.apply(openSymbol, undefined, [{ symbol: 'A', store, models, explain }])).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
  });

  it('is refused what is no forecast of this session, and hears an abort', async () => {
    const { open } = await stored(400);
    const [session, other] = [await open({ explain: 1 }), await open({ explain: 1 })];
    const forecast = session.next(rowOf(400));
    for (const given of [undefined, null, 7, {}, { ...forecast }, other.next(rowOf(400)), await session.explain(forecast)])
      await refused(session, [given], { code: 'INVALID_OPTION', message: expect.stringContaining('not a copy of it') });
    await refused(session, [Promise.resolve(forecast)], { message: expect.stringContaining('await it') });
    await refused(session, [forecast, { sygnal: 1 }], { message: expect.stringContaining("did you mean 'signal'") });
    await refused(session, [forecast, { signal: AbortSignal.abort() }], { code: 'ABORTED' });
  });
});
