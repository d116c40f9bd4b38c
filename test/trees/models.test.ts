import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Arena } from '../../src/trees/arena';
import { binMatrix } from '../../src/trees/binned-columns';
import type { BinnedMatrix } from '../../src/trees/binned-matrix';
import { trainBoosting } from '../../src/trees/boosting';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';
import { trainForest } from '../../src/trees/forest';
import { predictBinned, predictRow, predictRows } from '../../src/trees/prediction';
import { TreeThreads } from '../../src/trees/threads';
import type { TreeOptions } from '../../src/trees/training';
import { hashed, makeMatrix, makeTarget, rowOf } from './matrices';
import { binBy, fitBinMapper } from './two-steps';

// Laws that hold for every model: they run over all kinds.

const ROWS = 3000;
const matrix = makeMatrix(ROWS, 11, (row, feature) => {
  // columns with missing values, few distinct values, one value, and none
  if (feature === 7 && hashed(row, 40) < 0.3) return Number.NaN;
  if (feature === 8) return Math.floor(hashed(row, 8) * 4);
  if (feature === 9) return 1;
  if (feature === 10) return Number.NaN;
  return hashed(row, feature);
});
const target = makeTarget(ROWS, 0.5);
const direction = target.map((value) => (value > 0.2 ? 1 : 0));

const bin = (own: FeatureMatrix, to = own.rows) => binMatrix(own, { from: 0, to });

interface Model {
  name: string;
  /** A probability made of log odds comes near to 0 and 1. */
  nearly?: true;
  target: Float64Array;
  train: (
    binned: BinnedMatrix,
    own: Float64Array,
    options: Parameters<typeof trainBoosting>[2],
    hooks?: Parameters<typeof trainBoosting>[3],
  ) => Promise<TreeEnsemble>;
}
const models: Model[] = [
  { name: 'regression forest', target, train: (b, y, o, h) => trainForest(b, y, { task: 'regression', ...o }, h) },
  { name: 'classification forest', target: direction, train: (b, y, o, h) => trainForest(b, y, { task: 'classification', ...o }, h) },
  {
    name: 'extra trees, regression',
    target,
    train: (b, y, o, h) => trainForest(b, y, { task: 'regression', splitter: 'random', ...o }, h),
  },
  {
    name: 'extra trees, classification',
    target: direction,
    train: (b, y, o, h) => trainForest(b, y, { task: 'classification', splitter: 'random', ...o }, h),
  },
  { name: 'boosting', target, train: (b, y, o, h) => trainBoosting(b, y, o, h) },
  {
    name: 'boosting, classification',
    nearly: true,
    target: direction,
    train: (b, y, o, h) => trainBoosting(b, y, { task: 'classification', ...o }, h),
  },
  {
    name: 'boosting, classification on half the rows',
    nearly: true,
    target: direction,
    train: (b, y, o, h) => trainBoosting(b, y, { task: 'classification', subsample: 0.5, ...o }, h),
  },
  { name: 'boosting on half the rows', target, train: (b, y, o, h) => trainBoosting(b, y, { ...o, subsample: 0.5 }, h) },
];

const predictAll = async (model: TreeEnsemble, binned: BinnedMatrix) => {
  const out = new Float64Array(binned.rows);
  await predictBinned(model, binned, { from: 0, to: binned.rows }, out);
  return out;
};

/** The leaf of one tree that a row comes to, by the words of `TreeNodes`. */
const leafOf = ({ feature, threshold, missingLeft, left }: TreeEnsemble, root: number, row: Float32Array) => {
  let node = root;
  for (let child = left[node]; child !== 0; child = left[node]) {
    const asked = row[feature[node]];
    node = (Number.isNaN(asked) ? missingLeft[node] === 1 : asked <= threshold[node]) ? child : child + 1;
  }
  return node;
};

describe.each(models)('$name', ({ train, target: own, nearly }) => {
  const expectOne = (forecast: number) => (nearly ? expect(forecast).toBeCloseTo(1, 6) : expect(forecast).toBe(1));

  it('is the same model, to the byte, for the same seed, and another for another', async () => {
    const binned = await bin(matrix);
    const first = await train(binned, own, { trees: 6, seed: 5 });
    const again = await train(await bin(matrix), own, { trees: 6, seed: 5 });
    expect(again).toEqual(first);
    const other = await trainForest(binned, own, { task: 'regression', trees: 6, seed: 6 });
    expect(other.value).not.toEqual(first.value);
  });

  it('predicts the same, to the bit, from raw values by the row and by the matrix, and from bins', async () => {
    const binned = await bin(matrix);
    const model = await train(binned, own, { trees: 9 });
    const predictions = await predictAll(model, binned);
    for (let row = 0; row < ROWS; row++) expect(predictRow(model, rowOf(matrix, row))).toBe(predictions[row]);
    // any part of the rows, also one that does not fill a block of the kernel
    const part = new Float64Array(13);
    await predictBinned(model, binned, { from: 100, to: 113 }, part);
    expect(part).toEqual(predictions.slice(100, 113));
    const raw = new Float64Array(ROWS).fill(7);
    await predictRows(model, matrix, { from: 0, to: ROWS }, raw);
    expect(raw).toEqual(predictions);
    await predictRows(model, matrix, { from: 100, to: 113 }, part.fill(0));
    expect(part).toEqual(predictions.slice(100, 113));
  });

  it('predicts the same from a copy of its arrays', async () => {
    const binned = await bin(matrix);
    const model = await train(binned, own, { trees: 4 });
    const copy = structuredClone(model);
    expect(await predictAll(copy, await bin(matrix))).toEqual(await predictAll(model, binned));
  });

  it('leaves its input as it was', async () => {
    const columns = matrix.columns.map((column) => column.slice());
    const before = own.slice();
    await train(await bin(matrix), own, { trees: 2 });
    expect(matrix.columns).toEqual(columns);
    expect(own).toEqual(before);
  });

  it('does not see rows outside its range', async () => {
    const rows = { from: 200, to: 1200 };
    const first = await train(await bin(matrix), own, { trees: 4, rows });
    const blind = own.map((value, row) => (row >= 200 && row < 1200 ? value : Number.NaN));
    const changed = makeMatrix(ROWS, 11, (row, feature) => (row >= 200 && row < 1200 ? (matrix.columns[feature]?.[row] ?? 0) : 7));
    const thresholds = await fitBinMapper(matrix, { from: 0, to: ROWS });
    const again = await train(await binBy(changed, thresholds), blind, { trees: 4, rows });
    expect(again).toEqual(first);
  });

  it('reports every tree, and stops when aborted', async () => {
    const binned = await bin(matrix);
    const seen: string[] = [];
    await train(binned, own, { trees: 3 }, { onTree: (done, total) => seen.push(`${done}/${total}`) });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
    const abort = new AbortController();
    const training = train(binned, own, { trees: 100 }, { signal: abort.signal, onTree: (done) => done === 2 && abort.abort() });
    await expect(training).rejects.toMatchObject({ code: 'ABORTED' });
    // and the matrix is free again
    expect((await train(binned, own, { trees: 1 })).treeOffsets).toHaveLength(2);
  });

  it('has importances that sum to 1, most of it on the features that matter', async () => {
    const { importance } = await train(await bin(matrix), own, { trees: 20 });
    expect(importance.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect((importance[0] ?? 0) + (importance[1] ?? 0) + (importance[2] ?? 0)).toBeGreaterThan(0.5);
    expect([importance[9], importance[10]]).toEqual([0, 0]);
  });

  it('knows what the rows at each node weigh: as much as those at its children', async () => {
    const { left, treeOffsets, cover } = await train(await bin(matrix), own, {
      trees: 5,
      weights: Uint8Array.from(own, (_, row) => row % 3),
    });
    expect(cover).toHaveLength(left.length);
    for (const [node, child] of left.entries())
      if (child !== 0) expect(cover?.[node]).toBe((cover?.[child] ?? 0) + (cover?.[child + 1] ?? 0));
    expect(Math.min(...(cover ?? []))).toBeGreaterThan(0);
    // two thirds of the rows are present
    for (const root of treeOffsets.subarray(0, -1)) expect(cover?.[root]).toBeGreaterThan(ROWS / 4);
  });

  it('is a single leaf with the mean when there is nothing to split', async () => {
    const nothing = makeMatrix(50, 2, () => 1);
    const y = own.slice(0, 50);
    const model = await train(await bin(nothing), y, { trees: 3 });
    expect(model.left.every((child) => child === 0)).toBe(true);
    expect(model.importance).toEqual(new Float64Array(2));
    const one = await train(await bin(makeMatrix(1, 1, () => 1)), Float64Array.of(1), { trees: 3 });
    expectOne(predictRow(one, Float32Array.of(1)));
  });

  it('fits a constant target exactly', async () => {
    const model = await train(await bin(matrix), new Float64Array(ROWS).fill(1), { trees: 49 });
    expectOne(predictRow(model, rowOf(matrix, 0)));
    expect(model.left).toHaveLength(49);
  });

  it.each([
    { option: { trees: 0 }, message: /trees must be .* from 1 to 10,000, not 0/ },
    { option: { maxDepth: 65 }, message: /maxDepth must be .*1 to 64, not 65/ },
    { option: { minSamplesSplit: 1 }, message: /minSamplesSplit must be .*, not 1/ },
    { option: { minSamplesLeaf: 0 }, message: /minSamplesLeaf must be .*, not 0/ },
    { option: { seed: -1 }, message: /seed must be .*, not -1/ },
    { option: { rows: { from: 5, to: 5 } }, message: /rows is \{from: 5, to: 5\}/ },
  ])('refuses $option', async ({ option, message }) => {
    const refused = train(await bin(makeMatrix(20, 1, hashed)), own.slice(0, 20), option);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(message) });
  });

  it('refuses a target it cannot fit, naming the row', async () => {
    const binned = await bin(makeMatrix(20, 1, hashed));
    const bad = own.slice(0, 20);
    bad[17] = Number.NaN;
    await expect(train(binned, bad, {})).rejects.toThrow(/target of row 17 is NaN/);
    await expect(train(binned, own.slice(0, 19), {})).rejects.toThrow(/19 values for 20 rows/);
  });
});

describe('what the rows at a node weigh', () => {
  const weights = Uint16Array.from({ length: ROWS }, (_, row) => Math.floor(hashed(row, 33) * 4));

  it.each([
    {
      name: 'regression forest',
      train: async () => trainForest(await bin(matrix), target, { task: 'regression', bootstrap: false, trees: 3, weights }),
    },
    { name: 'boosting', train: async () => trainBoosting(await bin(matrix), target, { trees: 3, weights }) },
  ])('is, at a leaf, the weight of those that a forecast leads there: $name', async ({ train }) => {
    const model = await train();
    const counted = new Uint32Array(model.left.length);
    for (let row = 0; row < ROWS; row++)
      for (const root of model.treeOffsets.subarray(0, -1)) counted[leafOf(model, root, rowOf(matrix, row))] += weights[row];
    for (const [node, child] of model.left.entries()) if (child === 0) expect(model.cover?.[node]).toBe(counted[node]);
  });

  it('is, at a root, as many rows as were drawn', async () => {
    const roots = ({ treeOffsets, cover }: TreeEnsemble) => Array.from(treeOffsets.subarray(0, -1), (root) => cover?.[root]);
    const binned = await bin(matrix);
    expect(roots(await trainForest(binned, target, { task: 'regression', trees: 2 }))).toEqual([ROWS, ROWS]);
    expect(roots(await trainBoosting(binned, target, { trees: 2, subsample: 0.25 }))).toEqual([ROWS / 4, ROWS / 4]);
  });
});

describe('a binned matrix', () => {
  it.each([
    {
      name: 'forest',
      train: (binned: BinnedMatrix, values: Float64Array, options: Pick<TreeOptions, 'rows'> = {}) =>
        trainForest(binned, values, { task: 'regression', trees: 2, ...options }),
    },
    {
      name: 'boosting',
      train: (binned: BinnedMatrix, values: Float64Array, options: Pick<TreeOptions, 'rows'> = {}) =>
        trainBoosting(binned, values, { trees: 2, ...options }),
    },
  ])('can be used by one training at a time, the one that came first: $name', async ({ train }) => {
    // as many rows that a look at the target alone gives way, and the other has few to look at
    const column = new Float32Array(3_000_000).map((_, row) => row % 7);
    const binned = await bin({ rows: column.length, names: ['f'], columns: [column] });
    const values = Float64Array.from(column);
    const training = train(binned, values);
    await expect(train(binned, values, { rows: { from: 0, to: 100 } })).rejects.toThrow(/in use/);
    await training;
    // what is refused lets go of it
    values[5] = Number.NaN;
    await expect(train(binned, values)).rejects.toThrow(/target of row 5 is NaN/);
    await train(binned, values, { rows: { from: 6, to: 100 } });
    binned.dispose();
  });

  it('is refused when it was disposed of', async () => {
    const binned = await bin(matrix);
    const model = await trainForest(binned, target, { task: 'regression', trees: 3 });
    binned.dispose();
    await expect(trainForest(binned, target, { task: 'regression' })).rejects.toThrow(/disposed of/);
    await expect(predictAll(model, binned)).rejects.toThrow(/disposed of/);
  });

  it('hands the memory of a small matrix to the next one, and leaves that of a large one to the collector', async () => {
    const first = await bin(matrix);
    const forest = await trainForest(first, target, { task: 'regression', trees: 3 });
    first.dispose();
    const second = await bin(matrix);
    expect(second.kernels).toBe(first.kernels);
    expect(await trainForest(second, target, { task: 'regression', trees: 3 })).toEqual(forest);

    const column = new Float32Array(100_000).map((_, row) => row % 7);
    const names = Array.from({ length: 180 }, (_, feature) => `f${feature}`);
    const large = await bin({ rows: column.length, names, columns: names.map(() => column) }, 100);
    large.dispose();
    second.dispose();
    expect((await bin(matrix)).kernels).toBe(first.kernels);
    expect((await bin(matrix)).kernels).not.toBe(large.kernels);
  });

  it('tells threads that worked on its memory when that is let go, whoever made it large', async () => {
    const threads = await TreeThreads.of(1);
    const forget = vi.spyOn(TreeThreads.prototype, 'forget');
    const small = await binMatrix(matrix, { from: 0, to: ROWS }, { threads });
    const { kernels } = small;
    small.dispose();
    expect(forget).not.toHaveBeenCalled();
    const column = new Float32Array(100_000).map((_, row) => row % 7);
    const names = Array.from({ length: 180 }, (_, feature) => `f${feature}`);
    const large = await bin({ rows: column.length, names, columns: names.map(() => column) }, 100);
    expect(large.kernels).toBe(kernels);
    large.dispose();
    expect(forget).toHaveBeenCalledTimes(1);
    forget.mockRestore();
  });

  it('stops binning when aborted', async () => {
    const binning = binMatrix(matrix, { from: 0, to: ROWS }, { signal: AbortSignal.abort() });
    await expect(binning).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses shapes that do not fit', async () => {
    await expect(bin({ ...matrix, rows: 7 })).rejects.toThrow(/'f0' has 3000 values, the matrix 7 rows/);
    const model = await trainForest(await bin(matrix), target, { task: 'regression', trees: 1 });
    const fewer = await bin(matrix, 50);
    await expect(predictAll(model, fewer)).rejects.toThrow(/no threshold/);
    expect(() => predictRow(model, new Float32Array(3))).toThrow(/3 values.*11 features/);
    const out = new Float64Array(ROWS);
    await expect(predictRows(model, makeMatrix(ROWS, 3, hashed), { from: 0, to: ROWS }, out)).rejects.toThrow(
      /model has 11 features, the matrix 3/,
    );
    await expect(predictRows(model, matrix, { from: 0, to: 7 }, out)).rejects.toThrow(/out has 3000 entries for 7 rows/);
    await expect(predictRows(model, matrix, { from: 0, to: ROWS + 1 }, out)).rejects.toThrow(/rows is/);
    await expect(predictRows(model, matrix, { from: 0, to: ROWS }, out, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('says so when it would need more memory than there can be', () => {
    expect(() => new Arena().allocate(2 ** 32)).toThrow(/needs 4097 MiB.*fewer rows or features/);
  });
});

describe('splits', () => {
  const grow = async (columns: number[][], y: number[], more: { maxDepth?: number; minSamplesLeaf?: number } = {}) => {
    const own = makeMatrix(y.length, columns.length, (row, feature) => columns[feature]?.[row] ?? Number.NaN);
    return trainForest(await bin(own), Float64Array.from(y), { task: 'regression', trees: 1, bootstrap: false, ...more });
  };

  it('send missing values to the side that gains more', async () => {
    const high = await grow([[1, 2, 8, 9, Number.NaN, Number.NaN]], [0, 0, 10, 10, 10, 10], { maxDepth: 1 });
    expect(predictRow(high, Float32Array.of(Number.NaN))).toBe(10);
    const low = await grow([[1, 2, 8, 9, Number.NaN, Number.NaN]], [0, 0, 10, 10, 0, 0], { maxDepth: 1 });
    expect(predictRow(low, Float32Array.of(Number.NaN))).toBe(0);
  });

  it('can part missing values from all others', async () => {
    const model = await grow([[1, 2, 8, 9, Number.NaN, Number.NaN]], [0, 0, 0, 0, 7, 7]);
    expect([1, 9, Number.POSITIVE_INFINITY, Number.NaN].map((value) => predictRow(model, Float32Array.of(value)))).toEqual([0, 0, 0, 7]);
    expect(model.threshold[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it('send values missing only later to the heavier child', async () => {
    const model = await grow([[1, 2, 3, 9]], [0, 0, 0, 10]);
    expect(predictRow(model, Float32Array.of(Number.NaN))).toBe(0);
  });

  it('break ties on the lower feature, then the lower bin', async () => {
    const equal = await grow(
      [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
      [0, 1, 1, 0],
      { maxDepth: 1 },
    );
    expect([equal.feature[0], equal.threshold[0]]).toEqual([0, 1.5]);
  });

  it('are also made where nothing is gained yet, so that exclusive or can be learnt', async () => {
    const model = await grow(
      [
        [0, 0, 1, 1],
        [0, 1, 0, 1],
      ],
      [0, 1, 1, 0],
    );
    expect(
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ].map((row) => predictRow(model, Float32Array.from(row))),
    ).toEqual([0, 1, 1, 0]);
    expect(model.importance[model.feature[0]]).toBe(0);
  });

  it('leave every child its minimum', async () => {
    const model = await grow([[1, 2, 3, 4, 5, 6]], [9, 0, 0, 0, 0, 0], { minSamplesLeaf: 2 });
    expect(model.threshold[0]).toBe(2.5);
  });

  it('do not depend on the order of rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.float({ noNaN: false }), fc.float({ noNaN: false }), fc.integer({ min: -50, max: 50 })), {
          minLength: 1,
          maxLength: 80,
        }),
        async (rows) => {
          const turned = rows.toReversed();
          const [first, second] = await Promise.all(
            [rows, turned].map((own) =>
              grow(
                [own.map((r) => r[0]), own.map((r) => r[1])],
                own.map((r) => r[2]),
              ),
            ),
          );
          expect(second).toEqual(first);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });
});

describe('boosting for two classes', () => {
  it('starts from the log odds, and takes one step of Newton at every leaf', async () => {
    const weights = Uint8Array.from({ length: ROWS }, (_, row) => Math.floor(hashed(row, 33) * 4));
    const rate = 0.3;
    const model = await trainBoosting(await bin(matrix), direction, { task: 'classification', trees: 6, learningRate: rate, weights });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const ups = weights.reduce((sum, weight, row) => sum + weight * direction[row], 0);
    expect(model).toMatchObject({ task: 'classification', link: 'logit', divisor: 1 });
    expect(model.base).toBeCloseTo(Math.log(ups / (total - ups)), 12);
    const odds = new Float64Array(ROWS).fill(model.base);
    for (const root of model.treeOffsets.subarray(0, -1)) {
      const leaves = Array.from(odds, (_, row) => leafOf(model, root, rowOf(matrix, row)));
      const sums = new Map<number, { residual: number; curvature: number }>();
      for (const [row, leaf] of leaves.entries()) {
        const p = 1 / (1 + Math.exp(-odds[row]));
        const { residual, curvature } = sums.get(leaf) ?? { residual: 0, curvature: 0 };
        sums.set(leaf, { residual: residual + weights[row] * (direction[row] - p), curvature: curvature + weights[row] * p * (1 - p) });
      }
      for (const [leaf, { residual, curvature }] of sums) expect(model.value[leaf]).toBeCloseTo((rate * residual) / curvature, 9);
      for (const [row, leaf] of leaves.entries()) odds[row] += model.value[leaf];
    }
    for (let row = 0; row < ROWS; row += 100) expect(predictRow(model, rowOf(matrix, row))).toBeCloseTo(1 / (1 + Math.exp(-odds[row])), 12);
  });

  it('forecasts finite probabilities where classes are parted wholly, and steps are as large as they can be', async () => {
    const binned = await bin(matrix);
    const parted = Float64Array.from({ length: ROWS }, (_, row) => (hashed(row, 0) > 0.5 ? 1 : 0));
    const model = await trainBoosting(binned, parted, { task: 'classification', trees: 400, learningRate: 1, maxDepth: 5 });
    const forecasts = await predictAll(model, binned);
    for (const [row, forecast] of forecasts.entries()) expect(Math.abs(forecast - parted[row])).toBeLessThan(0.01);
    const noise = Float64Array.from({ length: ROWS }, (_, row) => (hashed(row, 50) > 0.5 ? 1 : 0));
    const wild = await trainBoosting(binned, noise, { task: 'classification', trees: 200, learningRate: 1, maxDepth: 10, subsample: 0.3 });
    for (const forecast of await predictAll(wild, binned)) {
      expect(forecast).toBeGreaterThanOrEqual(0);
      expect(forecast).toBeLessThanOrEqual(1);
    }
  });

  it('refuses a target that is neither 0 nor 1', async () => {
    const refused = trainBoosting(await bin(makeMatrix(3, 1, hashed)), Float64Array.of(0, 1, 2), { task: 'classification' });
    await expect(refused).rejects.toThrow(/target of row 2 is 2; give 0 or 1/);
  });
});

describe('importances of boosting', () => {
  it("are scikit-learn's: what each feature gains in all trees together, and not tree by tree", async () => {
    // a step that one tree learns, and noise that is left for the others
    const noisy = makeMatrix(2_000, 4, (row, feature) => hashed(row, feature));
    const step = Float64Array.from({ length: noisy.rows }, (_, row) => (noisy.columns[0][row] > 0.5 ? 1 : 0) + 0.01 * hashed(row, 77));
    const { importance } = await trainBoosting(await bin(noisy), step, { trees: 20, maxDepth: 1, learningRate: 1 });
    expect(importance[0]).toBeGreaterThan(0.999);
    expect(importance.reduce((total, share) => total + share, 0)).toBeCloseTo(1, 12);
  });

  it('are what each split takes off the squared error', async () => {
    const binned = await bin(matrix);
    const squares = (predicted: Float64Array) => predicted.reduce((total, value, row) => total + (target[row] - value) ** 2, 0);
    const gains = new Float64Array(matrix.columns.length);
    const mean = target.reduce((total, value) => total + value, 0) / ROWS;
    let before = squares(new Float64Array(ROWS).fill(mean));
    for (let trees = 1; trees <= 12; trees++) {
      // of one split each, at full step: what a tree gains is by how much the error falls
      const model = await trainBoosting(binned, target, { trees, maxDepth: 1, learningRate: 1 });
      const after = squares(await predictAll(model, binned));
      gains[model.feature[model.treeOffsets[trees - 1]]] += before - after;
      before = after;
      const total = gains.reduce((sum, gain) => sum + gain, 0);
      for (const [feature, gain] of gains.entries()) expect(model.importance[feature]).toBeCloseTo(gain / total, 6);
    }
  });

  it('are shares also of the largest targets there may be', async () => {
    const huge = target.map((value) => value * 1e98);
    const { importance } = await trainBoosting(await bin(matrix), huge, { trees: 30 });
    expect(importance.reduce((total, share) => total + share, 0)).toBeCloseTo(1, 9);
  });
});
