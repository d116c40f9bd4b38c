import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import {
  gradientBoostingRegressor,
  loadModel,
  memoryProfileStore,
  predictSymbol,
  randomForestRegressor,
  ridge,
  saveModel,
  trainSymbol,
} from '../../src/index';
import type { FitRows, StoredModel } from '../../src/models/model';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';

const ROWS = 1_200;
const FEATURES = 6;

interface Expected {
  readonly cases: readonly {
    readonly alpha: number;
    readonly fit_intercept: boolean;
    readonly weighted: boolean;
    readonly forecasts: readonly number[];
  }[];
}

const expected: Expected = JSON.parse(readFileSync(new URL('expected/sklearn-ridge.json', import.meta.url), 'utf8'));

/** The numbers of scripts/expected/sklearn_ridge.py. */
function draw(): { matrix: FeatureMatrix; label: Float64Array; weights: Uint16Array } {
  let state = 12_345n;
  const drawn = Array.from({ length: ROWS }, () =>
    Array.from({ length: FEATURES + 1 }, () => {
      state = (state * 1_103_515_245n + 12_345n) % 2n ** 31n;
      return Number(state / 2n ** 16n);
    }),
  );
  const columns = Array.from({ length: FEATURES }, (_, j) => Float32Array.from(drawn, (row) => row[j] / 1024));
  columns[1] = columns[1].map((value, row) => columns[0][row] + value / 64);
  columns[4].fill(7);
  const label = Float64Array.from(drawn, (row, r) => columns[0][r] / 8 - columns[2][r] / 16 + row[FEATURES] / 1024);
  columns[3] = columns[3].map((value, row) => (drawn[row][3] % 5 === 0 ? Number.NaN : value));
  const weights = Uint16Array.from(drawn, (row) => 1 + (row[5] % 3));
  return { matrix: { rows: ROWS, names: columns.map((_, j) => `f${j}`), columns }, label, weights };
}

const { matrix, label, weights } = draw();
const rows: FitRows = { matrix, range: { from: 0, to: ROWS }, label };
const context = { seed: 1, onStep: () => {} };
const rowOf = (row: number) => Float32Array.from(matrix.columns, (column) => column[row]);

describe('ridge', () => {
  it.each(expected.cases)("forecasts what scikit-learn's does: alpha $alpha, intercept $fit_intercept, weights $weighted", async (one) => {
    const model = ridge({ alpha: one.alpha, fitIntercept: one.fit_intercept });
    const fitted = await model.fit(one.weighted ? { ...rows, weights } : rows, context);
    const forecasts = new Float64Array(one.forecasts.length);
    await fitted.predict({ matrix }, { from: 0, to: forecasts.length }, forecasts);
    for (const [row, forecast] of one.forecasts.entries()) expect(forecasts[row]).toBeCloseTo(forecast, 8);
  });

  it('forecasts one row as many, after being stored as before, and gives the same bytes every time', async () => {
    const model = ridge({ alpha: 3 });
    const fitted = await model.fit(rows, context);
    const again = await model.fit(rows, context);
    expect(again.save()).toEqual(fitted.save());
    const { facts, arrays } = fitted.save();
    const loaded = model.load({ facts, array: (name) => arrays[name], features: FEATURES });
    const many = new Float64Array(ROWS - 7);
    await fitted.predict({ matrix }, { from: 7, to: ROWS }, many);
    for (let row = 7; row < ROWS; row++) {
      expect(fitted.predictRow(rowOf(row))).toBe(many[row - 7]);
      expect(loaded.predictRow(rowOf(row))).toBe(many[row - 7]);
    }
    expect(fitted.importance?.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(fitted.importance?.[4]).toBe(0);
  });

  it('does not learn from rows of weight 0, whose label may be missing', async () => {
    const some = weights.map((weight, row) => (row % 7 === 0 ? 0 : weight));
    const holed = label.map((value, row) => (row % 7 === 0 ? Number.NaN : value));
    const wild = { ...matrix, columns: matrix.columns.map((column) => column.map((value, row) => (row % 7 === 0 ? 1e30 : value))) };
    const model = ridge();
    const one = await model.fit({ ...rows, weights: some }, context);
    const other = await model.fit({ ...rows, matrix: wild, label: holed, weights: some }, context);
    for (let row = 0; row < 50; row++) expect(other.predictRow(rowOf(row))).toBe(one.predictRow(rowOf(row)));
    expect(Number.isFinite(one.predictRow(rowOf(1)))).toBe(true);
  });

  it('is the mean where there is nothing but missing, constant or infinite values', async () => {
    const columns = [Number.NaN, 5, Number.POSITIVE_INFINITY, 0.1].map((value) => new Float32Array(ROWS).fill(value));
    const empty = { rows: ROWS, names: ['a', 'b', 'c', 'd'], columns };
    const fitted = await ridge().fit({ ...rows, matrix: empty }, context);
    const mean = label.reduce((sum, value) => sum + value, 0) / ROWS;
    expect(fitted.predictRow(Float32Array.of(1, 2, Number.NEGATIVE_INFINITY, 0.1))).toBeCloseTo(mean, 12);
    expect(fitted.importance?.every((share) => share === 0) ?? true).toBe(true);
  });

  it.each<[string, Record<string, Float64Array | Float32Array | undefined>]>([
    ['is too short', { mean: new Float64Array(5) }],
    ['is missing', { coefficient: undefined }],
    ['holds NaN', { coefficient: new Float64Array(6).fill(Number.NaN) }],
    ['would overflow', { coefficient: new Float64Array(6).fill(1e200) }],
    ['divides by 0', { scale: new Float64Array(6) }],
    ['is of another type', { mean: new Float32Array(6) }],
    ['has no intercept', { intercept: Float64Array.of(Number.POSITIVE_INFINITY) }],
  ])('refuses a stored one that %s', async (_, change) => {
    const model = ridge();
    const { facts, arrays } = (await model.fit(rows, context)).save();
    const changed: Record<string, ReturnType<StoredModel['array']>> = { ...arrays, ...change };
    const load = () => model.load({ facts, array: (name) => changed[name], features: FEATURES });
    expect(load).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
  });

  it.each([{ alpha: 0 }, { alpha: -1 }, { alpha: Number.NaN }, { fitIntercept: 1 }, { trees: 5 }])('refuses %o', (options) => {
    expect(() => Reflect.apply(ridge, undefined, [options])).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('gives way while it learns, and is ended by an abort', async () => {
    const many = 60_000;
    const columns = Array.from({ length: 60 }, (_, j) => Float32Array.from({ length: many }, (__, row) => Math.sin(row * (j + 1))));
    const large = { rows: many, names: columns.map((_, j) => `f${j}`), columns };
    const abort = new AbortController();
    let turns = 0;
    const timer = setInterval(() => ++turns === 3 && abort.abort(), 0);
    const learning = ridge().fit(
      { matrix: large, range: { from: 0, to: many }, label: new Float64Array(many) },
      { ...context, signal: abort.signal },
    );
    await expect(learning).rejects.toMatchObject({ code: 'ABORTED' });
    clearInterval(timer);
  });
});

describe('ridge in trainSymbol', () => {
  /** Each return is a third of the last one, and noise. */
  function autoregressive(length: number): Bars {
    let state = 99;
    const uniform = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const close = new Float64Array(length);
    let last = 0;
    let price = 100;
    for (let t = 0; t < length; t++) {
      const noise = uniform() + uniform() + uniform() + uniform() - 2;
      last = 0.35 * last + 0.01 * noise;
      price *= Math.exp(last);
      close[t] = price;
    }
    const open = close.map((value, t) => (t === 0 ? value : close[t - 1]));
    return {
      length,
      timestamp: Float64Array.from({ length }, (_, t) => Date.UTC(2015, 0, 1) + t * 86_400_000),
      open,
      high: close.map((value, t) => Math.max(value, open[t])),
      low: close.map((value, t) => Math.min(value, open[t])),
      close,
      volume: new Float64Array(length).fill(1_000),
    };
  }

  it('beats the trees out of sample where returns follow those before them, and is read again without being given', async () => {
    const store = memoryProfileStore();
    const models = { linear: ridge({ alpha: 100 }), forest: randomForestRegressor(), boosting: gradientBoostingRegressor() };
    const { mlProfile, models: trained } = await trainSymbol({ symbol: 'AR', source: autoregressive(2_500), store, models });
    const r2 = (key: string) => {
      const own = mlProfile.models.metrics[key];
      return own !== undefined && 'r2' in own.walk_forward ? own.walk_forward.r2 : null;
    };
    expect(r2('linear')).toBeGreaterThan(0.05);
    expect(r2('linear')).toBeGreaterThan(r2('forest') ?? 1);
    expect(r2('linear')).toBeGreaterThan(r2('boosting') ?? 1);
    expect(mlProfile.models.metrics.linear).toMatchObject({ model_type: 'Ridge', parameters: { alpha: 100, fit_intercept: true } });
    const { predictedReturn } = await predictSymbol({ symbol: 'AR', store });
    expect(Object.keys(predictedReturn)).toEqual(['linear', 'forest', 'boosting']);
    const file = saveModel(trained.linear);
    expect(saveModel(loadModel(file))).toEqual(file);
  }, 60_000);
});
