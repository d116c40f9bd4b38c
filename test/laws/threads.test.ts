import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { sliceBars } from '../../src/bars/bars';
import { DAY_MS, resolveMarket } from '../../src/bars/market';
import { sampleBars } from '../../src/bars/sample-bars';
import { defineFeature } from '../../src/features/define-feature';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import type { FeatureUpdateOptions } from '../../src/features/feature-update';
import { standardFeatures } from '../../src/features/standard-features';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { type TrainSymbolResult, trainSymbol } from '../../src/symbol/train-symbol';
import { trainSymbols } from '../../src/symbol/train-symbols';
import { Control } from '../../src/threads/control';
import { Team } from '../../src/threads/team';
import { binMatrix } from '../../src/trees/binned-columns';
import type { BinnedMatrix } from '../../src/trees/binned-matrix';
import { type BoostingOptions, trainBoosting } from '../../src/trees/boosting';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';
import { type ForestOptions, trainForest } from '../../src/trees/forest';
import { growForest } from '../../src/trees/forest-work';
import { predictBinned } from '../../src/trees/prediction';
import { TreeThreads } from '../../src/trees/threads';
import { Turns } from '../../src/waiting';
import { randomBars } from '../generated-bars';
import { saveModels } from '../models/saved-models';
import { allBins, hashed, makeMatrix, makeTarget, overSharedMemory } from '../trees/matrices';
import { binBy, fitBinMapper } from '../trees/two-steps';

// The law of threads: whoever grows a tree, and in whatever order trees end, the model is the same to the byte.

const ROWS = 20_000;
const FEATURES = 12;
const THREADS = [1, 2, 4];

const matrix = makeMatrix(ROWS, FEATURES, (row, feature) => (hashed(row, 30 + feature) < 0.02 ? Number.NaN : hashed(row, feature)));
const number = makeTarget(ROWS, 0.5);
const side = number.map((value) => (value > 0.3 ? 1 : 0));
const weights = Uint16Array.from({ length: ROWS }, (_, row) => Math.floor(4 * hashed(row, 59)));
const rows = { from: 100, to: ROWS - 500 };

const matrices = new Map<number, BinnedMatrix>();
beforeAll(async () => {
  for (const count of [0, ...THREADS])
    matrices.set(count, await binMatrix(matrix, { from: 0, to: ROWS }, { threads: await TreeThreads.of(count) }));
});
afterAll(() => {
  for (const binned of matrices.values()) binned.dispose();
});

async function on<T>(threads: number, work: (binned: BinnedMatrix) => Promise<T>): Promise<T> {
  const binned = matrices.get(threads);
  if (binned === undefined) throw new Error(`no matrix for ${threads} threads`);
  return work(binned);
}

const FORESTS: readonly ForestOptions[] = [
  { task: 'regression', trees: 9, maxDepth: 8 },
  { task: 'regression', trees: 5, maxFeatures: 4, weights, rows },
  { task: 'classification', trees: 9, minSamplesLeaf: 5, seed: 7 },
  { task: 'classification', trees: 3, weights, rows, bootstrap: false, maxFeatures: 'all' },
  { task: 'regression', trees: 5, splitter: 'random' },
  { task: 'classification', trees: 1, splitter: 'random', rows },
];

const BOOSTINGS: readonly BoostingOptions[] = [
  { trees: 12 },
  { trees: 8, subsample: 0.5, maxDepth: 5, rows },
  { trees: 8, weights, rows, minSamplesLeaf: 20 },
  { task: 'classification', trees: 8, maxDepth: 6 },
  { task: 'classification', trees: 8, subsample: 0.7, weights, rows },
];

describe('the same bytes for 0, 1, 2 and 4 threads', () => {
  it.each(FORESTS)('of a forest and its forecasts: %o', async (options) => {
    const target = options.task === 'regression' ? number : side;
    const train = (threads: number) =>
      on(threads, async (binned) => {
        const done: number[] = [];
        const model = await trainForest(binned, target, options, { onTree: (tree) => done.push(tree) });
        // told as many times as there are trees, in order, whichever ended first
        expect(done).toEqual(Array.from({ length: options.trees ?? 0 }, (_, i) => i + 1));
        const out = new Float64Array(ROWS);
        for (let i = 0; i < 3; i++) await predictBinned(model, binned, { from: 0, to: ROWS }, out);
        return { model, out };
      });
    const alone = await train(0);
    for (const threads of THREADS) expect(await train(threads)).toEqual(alone);
  });

  it.each(BOOSTINGS)('of boosting: %o', async (options) => {
    const target = options.task === 'classification' ? side : number;
    const train = (threads: number) => on(threads, (binned) => trainBoosting(binned, target, options));
    const alone = await train(0);
    for (const threads of THREADS) expect(await train(threads)).toEqual(alone);
  });

  it('of long forecasts, which other threads make', async () => {
    const { model, out } = await on(0, async (binned) => {
      const model = await trainForest(binned, side, { task: 'classification', trees: 30 });
      const out = new Float64Array(rows.to - rows.from);
      await predictBinned(model, binned, rows, out);
      return { model, out };
    });
    for (const threads of THREADS) {
      const again = new Float64Array(out.length);
      await on(threads, (binned) => predictBinned(model, binned, rows, again));
      expect(again).toEqual(out);
    }
  });

  it('of features: state, matrix, summaries, whatever was folded before, with families of a user and without a matrix', async () => {
    const market = resolveMarket(60_000);
    const bars = randomBars(9_300, { seed: 3 });
    const mine = defineFeature({ name: 'mine', next: () => (bar) => bar.close / bar.open });
    const ways = [
      { features: undefined, lengths: [700, 4_096, 4_504] },
      { features: [...standardFeatures().slice(0, 4), mine], lengths: [4_500, 4_800] },
      { features: [mine], lengths: [9_300] },
    ];
    for (const { features, lengths } of ways) {
      const fold = async (threads: number) => {
        const engineer = new FeatureEngineer(market, features);
        const matrix = engineer.allocateMatrix(bars.length);
        const ended = new Set<string>();
        let row = 0;
        for (const length of lengths) {
          await engineer.update(sliceBars(bars, row, row + length), {
            ...{ threads, into: { matrix, row } },
            onProgress: ({ family, fraction }) => fraction === 1 && ended.add(family),
          });
          row += length;
        }
        const { names, columns } = matrix;
        return { names, columns, state: engineer.save(), row: engineer.latestRow, returns: engineer.returns, ended: [...ended].sort() };
      };
      const alone = await fold(0);
      for (const threads of THREADS) expect(await fold(threads)).toEqual(alone);
      const without = new FeatureEngineer(market, features);
      expect(await without.update(bars, { threads: 2, matrix: false })).toEqual({ rows: bars.length, names: [], columns: [] });
      expect(without.save()).toEqual(alone.state);
    }
  });

  it('of features whose bars or matrix are memory that threads cannot share', async () => {
    const market = resolveMarket(60_000);
    const bars = randomBars(5_000, { seed: 4 });
    const own = { ...bars, close: Float64Array.from(bars.close), volume: Float64Array.from(bars.volume) };
    const alone = new FeatureEngineer(market);
    const matrix = await alone.update(bars, { threads: 0 });
    const copied = new FeatureEngineer(market);
    expect(await copied.update(own, { threads: 2 })).toEqual(matrix);
    expect(copied.save()).toEqual(alone.save());
    const unshared = new FeatureEngineer(market);
    const into = { matrix: { ...matrix, columns: matrix.columns.map((column) => new Float32Array(column.length)) }, row: 0 };
    expect(await unshared.update(bars, { threads: 2, into })).toEqual(matrix);
  });

  /** What a run must make of the same bars, whoever makes it; times are another's. */
  const madeBy = ({ mlProfile, plan, models, warnings }: TrainSymbolResult) => {
    const timeless = (value: unknown) =>
      JSON.stringify(value, (key, inner) => (/(_ms|time|duration|_at|efficiency|seconds)/.test(key) ? undefined : inner));
    return { models: saveModels(models), warnings, ml: timeless(mlProfile), plan: timeless(plan) };
  };

  it('of a symbol: model files, profiles and plan', async () => {
    const train = async (threads: number) => {
      const store = memoryProfileStore();
      const result = await trainSymbol({
        ...{ symbol: 'A', source: sampleBars({ bars: 6000, interval: 60_000 }), store, threads, now: new Date('2026-01-01') },
        models: { regression_rf: { trees: 6 }, classification_rf: { trees: 6 }, regression_gb: { trees: 6 } },
      });
      return madeBy(result);
    };
    const alone = await train(0);
    for (const threads of THREADS) expect(await train(threads)).toEqual(alone);
  });

  it('of many small symbols at the same time, of lengths of their own, which take turns with the threads and with the memory for bins', async () => {
    const lengths = new Map([
      ['A', 500],
      ['B', 900],
      ['C', 60],
      ['D', 700],
      ['E', 400],
      ['F', 300],
    ]);
    const source: BarSource = {
      async *fetch({ symbol }) {
        const length = lengths.get(symbol) ?? 0;
        yield { bars: randomBars(length, { seed: length, interval: DAY_MS, start: Date.UTC(2020, 0, 6) }), batch: 1 };
      },
    };
    const train = async (threads: number, concurrency: number) => {
      const made = new Map<string, unknown>();
      for await (const outcome of trainSymbols({
        ...{ symbols: lengths.keys(), source, store: memoryProfileStore(), threads, concurrency, now: new Date('2026-01-01') },
        models: { regression_rf: { trees: 5 }, classification_rf: { trees: 5 }, regression_gb: { trees: 5 } },
      })) {
        made.set(outcome.symbol, outcome.status === 'fulfilled' ? madeBy(outcome.result) : outcome.error.code);
      }
      return made;
    };
    const alone = await train(0, 1);
    expect(alone.get('C')).toBe('TOO_FEW_BARS');
    expect(new Set([...alone.values()].map((one) => JSON.stringify(one))).size).toBe(lengths.size);
    for (const threads of [0, ...THREADS]) expect(await train(threads, 4)).toEqual(alone);
  });
});

describe('bins', () => {
  it.each([200_000, 20_000])('of %i rows, over shared memory or not, are those that one thread makes in two steps', async (count) => {
    const own = makeMatrix(count, 9, (row, feature) =>
      hashed(row, 30 + feature) < 0.02 ? Number.NaN : Math.floor(hashed(row, feature) * 9 ** feature),
    );
    const known = { from: 60, to: count - 777 };
    const thresholds = await fitBinMapper(own, known);
    const alone = await allBins(await binBy(own, thresholds));
    for (const threads of [0, ...THREADS]) {
      for (const one of [own, overSharedMemory(own)]) {
        const binned = await binMatrix(one, known, { threads: await TreeThreads.of(threads) });
        expect(binned.thresholds).toEqual(thresholds);
        expect(await allBins(binned)).toEqual(alone);
        binned.dispose();
      }
    }
  });
});

describe('a team', () => {
  /** Trains with all numbers of threads: the model is one. */
  const sameForAll = async (own: FeatureMatrix, train: (binned: BinnedMatrix) => Promise<TreeEnsemble>): Promise<TreeEnsemble> => {
    const known = { from: 0, to: 50_000 };
    const made = async (count: number) => {
      const binned = await binMatrix(own, known, { threads: await TreeThreads.of(count) });
      const model = await train(binned);
      binned.dispose();
      return model;
    };
    const alone = await made(0);
    for (const count of THREADS) expect(await made(count)).toEqual(alone);
    return alone;
  };

  const MANY = 150_000;
  const large = makeMatrix(MANY, 9, (row, feature) => (hashed(row, 30 + feature) < 0.02 ? Number.NaN : hashed(row, feature)));
  const target = makeTarget(MANY, 0.5);

  it.each<BoostingOptions>([
    { trees: 6, maxDepth: 5 },
    { trees: 4, subsample: 0.6, maxDepth: 4 },
    { task: 'classification', trees: 6, maxDepth: 4, rows: { from: 77, to: MANY - 1000 } },
  ])('shares the histograms of large nodes, to the same bytes: %o', async (options) => {
    const values = options.task === 'classification' ? target.map((value) => (value > 0.3 ? 1 : 0)) : target;
    await sameForAll(large, (binned) => trainBoosting(binned, values, options));
  });

  // as many rows that nodes on two levels, and leaves, are still divided and summed up together
  const MORE = 420_000;
  const longer = makeMatrix(MORE, 4, (row, feature) => (feature === 1 && row % 50 === 0 ? Number.NaN : hashed(row, feature)));
  const side = makeTarget(MORE, 0.5).map((value) => (value > 0.9 ? 1 : 0));
  const weighted = Uint8Array.from({ length: MORE }, (_, row) => row % 7);

  it.each<[string, BoostingOptions]>([
    ['every row', { trees: 4, maxDepth: 2 }],
    ['two classes', { task: 'classification', trees: 4, maxDepth: 3, rows: { from: 77, to: MORE - 1000 } }],
    ['a part of the rows', { trees: 3, subsample: 0.9, maxDepth: 3 }],
    ['weights', { trees: 3, maxDepth: 2, weights: weighted }],
  ])('divides large nodes, packs rows and sums up leaves, to the same bytes: %s', async (_, options) => {
    // some leaves are as long as those that are left to the end
    const { cover, left } = await sameForAll(longer, (binned) => trainBoosting(binned, side, options));
    const leaves = Array.from(cover ?? []).filter((_weight, node) => left[node] === 0);
    expect(Math.max(...leaves)).toBeGreaterThan(131_072);
  });

  // so wide that rows of small nodes are copied together, which lie where a team notes its parts
  const wide = makeMatrix(150_000, 56, (row, feature) => (feature === 1 && row % 50 === 0 ? Number.NaN : hashed(row, feature)));

  it.each<[string, FeatureMatrix, ForestOptions]>([
    ['a single tree', longer, { task: 'regression', trees: 1, maxDepth: 6 }],
    ['large leaves', longer, { task: 'regression', trees: 1, maxDepth: 2, bootstrap: false }],
    ['large leaves of classes', longer, { task: 'classification', trees: 2, maxDepth: 2, maxFeatures: 'all' }],
    ['drawn features', longer, { task: 'classification', trees: 1, maxFeatures: 2, maxDepth: 7 }],
    ['random splits', longer, { task: 'regression', trees: 1, splitter: 'random', maxFeatures: 3, maxDepth: 6 }],
    ['weights', longer, { task: 'regression', trees: 2, weights: weighted, rows: { from: 77, to: MORE - 1000 }, maxDepth: 5 }],
    ['copied rows', wide, { task: 'regression', trees: 1, bootstrap: false, maxFeatures: 7, maxDepth: 12 }],
    ['copied rows of classes', wide, { task: 'classification', trees: 3, maxDepth: 12 }],
  ])('grows the last tree of a forest, to the same bytes: %s', async (_, own, options) => {
    const values = side.subarray(0, own.rows);
    await sameForAll(own, (binned) => trainForest(binned, values, options));
  });

  it('is stopped by an abort, and leaves the matrix usable', async () => {
    const binned = await binMatrix(wide, { from: 0, to: 50_000 }, { threads: await TreeThreads.of(2) });
    const values = side.subarray(0, wide.rows);
    const options: ForestOptions = { task: 'regression', trees: 1, maxDepth: 20 };
    const whole = await trainForest(binned, values, options);
    for (const delay of [10, 20, 30]) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), delay);
      await expect(trainForest(binned, values, options, { signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    }
    expect(await trainForest(binned, values, options)).toEqual(whole);
    binned.dispose();
  });
});

describe('features in threads', () => {
  const market = resolveMarket(60_000);
  const bars = randomBars(60_000, { seed: 5 });

  it('are stopped by an abort, by what a listener throws and by a family that fails; the engine says that it was interrupted', async () => {
    const abort = new AbortController();
    const failing = defineFeature({
      name: 'failing',
      next: () => () => {
        throw new Error('of the family');
      },
    });
    const oops = new Error('of the listener');
    const fail = () => {
      throw oops;
    };
    const ways: readonly [FeatureEngineer, FeatureUpdateOptions, unknown][] = [
      [new FeatureEngineer(market), { signal: abort.signal, onProgress: () => abort.abort() }, { code: 'ABORTED' }],
      [new FeatureEngineer(market), { onProgress: fail }, oops],
      [new FeatureEngineer(market, [...standardFeatures(), failing]), {}, { code: 'FEATURE_FAILED' }],
    ];
    for (const [engineer, options, error] of ways) {
      const update = engineer.update(bars, { threads: 2, ...options });
      await (error === oops ? expect(update).rejects.toBe(oops) : expect(update).rejects.toMatchObject({ ...Object(error) }));
      expect(() => engineer.save()).toThrow('was interrupted there');
    }
    // and the threads are there for the next
    const engineer = new FeatureEngineer(market);
    await engineer.update(bars, { threads: 2, matrix: false });
    expect(engineer.history.bars).toBe(bars.length);
  });
});

it('a forest, boosting and forecasts whose threads are lent to others, and come back, are the same', async () => {
  const size = 120_000;
  const large = makeMatrix(size, 9, (row, feature) => (hashed(row, 30 + feature) < 0.02 ? Number.NaN : hashed(row, feature)));
  const target = makeTarget(size, 0.5);
  const known = { from: 0, to: size };
  const train = async (threads: number) => {
    const binned = await binMatrix(large, known, { threads: await TreeThreads.of(threads) });
    const forest = await trainForest(binned, target, { task: 'regression', trees: 12, maxDepth: 7 });
    const boosting = await trainBoosting(binned, target, { trees: 25, maxDepth: 5 });
    const single = [];
    for (let seed = 0; seed < 15; seed++) single.push(await trainForest(binned, target, { task: 'regression', trees: 1, seed }));
    const out = new Float64Array(size);
    await predictBinned(forest, binned, known, out);
    binned.dispose();
    return { forest, boosting, single, out };
  };
  const alone = await train(0);
  const lends = vi.spyOn(Control.prototype, 'ask');
  const matrixOfOthers = makeMatrix(3_000, 4, (row, feature) => hashed(row, feature));
  // as many as there are workers, so that none is free for others
  const threads = Math.max(...THREADS);
  let isOver = false;
  const others = async () => {
    const own = await TreeThreads.of(threads);
    let trainings = 0;
    for (; !isOver; trainings++) {
      const binned = await binMatrix(matrixOfOthers, { from: 0, to: 3_000 }, { threads: own });
      await trainForest(binned, makeTarget(3_000, 0.1), { task: 'regression', trees: 2, maxDepth: 3 });
      binned.dispose();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return trainings;
  };
  const [made, trainings] = await Promise.all([
    train(threads).finally(() => {
      isOver = true;
    }),
    others(),
  ]);
  expect(made).toEqual(alone);
  expect(lends.mock.calls.length).toBeGreaterThan(5);
  expect(trainings).toBeGreaterThan(5);
  lends.mockRestore();
});

it('trees are not left to threads that can only help, whoever is wanted elsewhere before they are begun', async () => {
  const size = 120_000;
  const large = makeMatrix(size, 9, (row, feature) => hashed(row, feature));
  const binned = await binMatrix(large, { from: 0, to: size }, { threads: await TreeThreads.of(2) });
  const runs = vi.spyOn(TreeThreads.prototype, 'run');
  const stays = async (trees: number) => {
    await trainForest(binned, makeTarget(size, 0.5), { task: 'regression', trees });
    const [work, arena] = runs.mock.lastCall ?? [];
    if (work?.kind !== 'forest' || arena === undefined) throw new Error('no forest was grown by threads');
    const control = new Control();
    control.ask();
    const grown: number[] = [];
    const on = { bins: { ...work.bins, kernels: binned.kernels }, memory: arena.memory };
    const claim = (own: boolean) => control.claim(own);
    await growForest(work, on, 0, claim, new Turns(), (tree) => grown.push(tree), new Team(control));
    return { grown, wasHeard: !control.takeBack() };
  };
  // the other thread has nothing to claim, and hears it while it waits
  expect(await stays(1)).toEqual({ grown: [0], wasHeard: false });
  // the other one may grow both
  expect(await stays(2)).toEqual({ grown: [], wasHeard: true });
  runs.mockRestore();
  binned.dispose();
});

describe('an abort in the middle', () => {
  it('of every kind of work in other threads is heard, and leaves the matrix usable', async () => {
    await on(2, async (binned) => {
      const abort = new AbortController();
      const long = { trees: 10_000, maxDepth: 10 };
      const hooks = { signal: abort.signal, onTree: (done: number) => done === 2 && abort.abort() };
      await expect(trainForest(binned, number, { task: 'regression', ...long }, hooks)).rejects.toMatchObject({ code: 'ABORTED' });
      const other = new AbortController();
      setTimeout(() => other.abort(), 30);
      await expect(trainBoosting(binned, number, long, { signal: other.signal })).rejects.toMatchObject({ code: 'ABORTED' });
      const model = await trainBoosting(binned, number, { trees: 2 });
      expect(model).toEqual(await on(0, (alone) => trainBoosting(alone, number, { trees: 2 })));
    });
  });
});
