import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { TickerforestError } from '../../src/errors';
import type { ProfileStore, SymbolCommit } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { predictSymbol } from '../../src/symbol/predict-symbol';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { type SymbolOutcome, trainSymbols } from '../../src/symbol/train-symbols';
import { randomBars } from '../generated-bars';
import { runs, SUITE } from '../runs';
import { HOSTILE_CALLBACKS, HOSTILE_LISTENERS, HOSTILE_STORES, type HostilePart, hostileSources } from './hostile-parts';

const bars = randomBars(420, { seed: 8 });
const models = { regression_rf: { trees: 1 }, classification_rf: { trees: 1 }, regression_gb: { trees: 1 } };
const now = new Date(Date.UTC(2024, 2, 10));
const GOOD_SOURCES = 5;
const SOURCES = hostileSources(bars);
const ABORT_MS = 50;
/** A run that takes longer hangs; the machine may be busy with other things. */
const HANGS_MS = 20_000;

const unheard: unknown[] = [];
const hear = (reason: unknown) => unheard.push(reason);
let trained: SymbolCommit;
beforeAll(async () => {
  process.on('unhandledRejection', hear);
  const store = memoryProfileStore();
  const { companyProfile, mlProfile, statisticalProfile } = await trainSymbol({
    symbol: 'A',
    source: sliceBars(bars, 0, 400),
    store,
    models,
    now,
  });
  const checkpoint = await store.getCheckpoint('A');
  if (checkpoint === null) throw new Error('nothing was trained');
  trained = { symbol: 'A', baseRevision: 0, company: companyProfile, ml: mlProfile, statistical: statisticalProfile, checkpoint };
});
afterAll(() => process.off('unhandledRejection', hear));

/** Good parts come about as often as all the hostile ones together, so that each of these is met alone too. */
function drawn<Part>(parts: readonly HostilePart<Part>[], good: number): fc.Arbitrary<HostilePart<Part>> {
  const one = (from: number, to: number) => fc.integer({ min: from, max: to - 1 }).map((i) => parts[i]);
  return fc.oneof({ arbitrary: one(0, good), weight: 2 }, { arbitrary: one(good, parts.length), weight: 1 }).map((part) => ({
    ...part,
    // what fast-check prints of a counterexample
    toJSON: () => part.what,
    [fc.toStringMethod]: () => part.what,
  }));
}

const scenario = fc.record({
  call: fc.constantFrom('trainSymbol', 'trainSymbol', 'trainSymbols', 'predictSymbol', 'collectBars'),
  source: drawn(SOURCES, GOOD_SOURCES),
  store: drawn(HOSTILE_STORES, 2),
  listener: drawn(HOSTILE_LISTENERS, 2),
  callback: drawn(HOSTILE_CALLBACKS, 1),
  isKnown: fc.boolean(),
  isAborted: fc.boolean(),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** Fails unless the work ends, soon, as it should. */
async function ended<T>(work: Promise<T>): Promise<T | TickerforestError> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it never ends')), HANGS_MS);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (error instanceof TickerforestError) return error;
    throw new Error(`a raw error`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function play({ call, source, store, listener, callback, isKnown, isAborted }: Scenario): Promise<void> {
  const good = memoryProfileStore();
  if (isKnown) await good.commit(trained);
  const abort = new AbortController();
  const mayNotEnd = [source, store, listener, callback].some(({ isEndless }) => isEndless);
  const timer = isAborted || mayNotEnd ? setTimeout(() => abort.abort(), ABORT_MS) : undefined;
  const shared = {
    source: source.part,
    store: store.part(good),
    onProgress: listener.part(() => abort.abort()),
    models,
    now,
    signal: abort.signal,
  };
  try {
    switch (call) {
      case 'trainSymbol': {
        const end = await ended(trainAs({ ...shared, symbol: 'A', retrainPolicy: callback.part }));
        if (!(end instanceof TickerforestError)) await expectRight(end.companyProfile.revision, good);
        return;
      }
      case 'trainSymbols': {
        const end = await ended(outcomesOf({ ...shared, symbols: ['A', 'B'], concurrency: 2, perSymbol: callback.part }));
        if (!(end instanceof TickerforestError)) expect(end.map(({ symbol }) => symbol)).toEqual(['A', 'B']);
        return;
      }
      case 'predictSymbol': {
        // without a signal it waits as long as the store lets it
        if (store.isEndless) return;
        const end = await ended(predictAs({ symbol: 'A', store: shared.store }));
        if (!(end instanceof TickerforestError)) expect(['up', 'down']).toContain(end.direction);
        return;
      }
      case 'collectBars': {
        const end = await ended(collectAs(source.part, abort.signal));
        if (!(end instanceof TickerforestError)) expect(end.bars.length).toBeGreaterThan(0);
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** As JavaScript calls it, whatever the types say. */
const trainAs = async (options: object) => Reflect.apply(trainSymbol, undefined, [options]);
const predictAs = async (options: object) => Reflect.apply(predictSymbol, undefined, [options]);
const collectAs = async (source: unknown, signal: AbortSignal) => Reflect.apply(collectBars, undefined, [source, { symbol: 'A', signal }]);

async function outcomesOf(options: object): Promise<SymbolOutcome[]> {
  const outcomes: SymbolOutcome[] = [];
  for await (const outcome of Reflect.apply(trainSymbols, undefined, [options])) {
    if (outcome.status === 'rejected') expect(outcome.error).toBeInstanceOf(TickerforestError);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function expectRight(revision: number, store: ProfileStore): Promise<void> {
  // a store that only pretends to commit is its author's affair
  const stored = await store.getCompanyProfile('A').catch(() => null);
  expect(revision).toBeGreaterThan(0);
  if (stored !== null) expect(stored.revision).toBeLessThanOrEqual(revision);
}

/** All parts that are good. */
const GOOD: Scenario = {
  call: 'trainSymbol',
  source: SOURCES[0],
  store: HOSTILE_STORES[0],
  listener: HOSTILE_LISTENERS[0],
  callback: HOSTILE_CALLBACKS[0],
  isKnown: false,
  isAborted: false,
};

/** Plays, and fails if a rejection was left unheard. */
async function playHeard(one: Scenario): Promise<void> {
  await play(one);
  await new Promise((resolve) => setImmediate(resolve));
  expect(unheard.splice(0)).toEqual([]);
}

describe('hostile sources, stores, listeners and callbacks', () => {
  it('each alone, with all else good', async () => {
    for (const source of SOURCES) await playHeard({ ...GOOD, call: 'collectBars', source });
    // in the quick suite only some of what trains
    const some = <Part>(parts: readonly Part[]) => parts.filter((_, i) => SUITE !== 'quick' || i % 7 === 0);
    for (const store of some(HOSTILE_STORES)) await playHeard({ ...GOOD, store, isKnown: true });
    for (const listener of some(HOSTILE_LISTENERS)) await playHeard({ ...GOOD, listener });
    for (const callback of some(HOSTILE_CALLBACKS)) {
      await playHeard({ ...GOOD, callback, isKnown: true });
      await playHeard({ ...GOOD, callback, call: 'trainSymbols' });
    }
  });

  it('together end in a TickerforestError or a right result: never raw, never unheard, never without end', async () => {
    await fc.assert(fc.asyncProperty(scenario, playHeard), { seed: 20_261_127, numRuns: runs(80, 500), endOnFailure: true });
  });
});
