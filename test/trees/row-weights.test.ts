import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BinnedMatrix } from '../../src/trees/binned-matrix';
import type { BinMapper } from '../../src/trees/binning';
import { trainBoosting } from '../../src/trees/boosting';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';
import { trainForest } from '../../src/trees/forest';
import { predictRow } from '../../src/trees/prediction';
import type { TreeOptions } from '../../src/trees/training';
import { hashed, makeMatrix, rowOf } from './matrices';
import { binBy, fitBinMapper } from './two-steps';

// Laws of rows that weigh: they run over every way of training.

interface Way {
  name: string;
  /** Draws rows, so that a row of weight 2 is not the same as two rows. */
  draws: boolean;
  target: (row: number) => number;
  train: (binned: BinnedMatrix, target: Float64Array, options: TreeOptions) => Promise<TreeEnsemble>;
}
// whole numbers: their sums are exact, however rows are repeated
const steps = (row: number) => Math.round(8 * hashed(row, 0) + 3 * hashed(row, 50)) + 20;
const sides = (row: number) => (hashed(row, 0) + 0.3 * hashed(row, 50) > 0.6 ? 1 : 0);
const ways: Way[] = [
  { name: 'regression forest', draws: true, target: steps, train: (b, y, o) => trainForest(b, y, { ...o, task: 'regression' }) },
  { name: 'classification forest', draws: true, target: sides, train: (b, y, o) => trainForest(b, y, { ...o, task: 'classification' }) },
  {
    name: 'forest without bootstrap',
    draws: false,
    target: steps,
    train: (b, y, o) => trainForest(b, y, { ...o, task: 'regression', bootstrap: false, maxFeatures: 2 }),
  },
  {
    name: 'classification without bootstrap',
    draws: false,
    target: sides,
    train: (b, y, o) => trainForest(b, y, { ...o, task: 'classification', bootstrap: false, maxFeatures: 'all' }),
  },
  {
    name: 'extra trees',
    draws: false,
    target: steps,
    train: (b, y, o) => trainForest(b, y, { ...o, task: 'regression', splitter: 'random', maxFeatures: 2 }),
  },
  { name: 'boosting on half the rows', draws: true, target: steps, train: (b, y, o) => trainBoosting(b, y, { ...o, subsample: 0.5 }) },
  {
    name: 'boosting, classification',
    draws: false,
    target: sides,
    train: (b, y, o) => trainBoosting(b, y, { ...o, task: 'classification' }),
  },
  { name: 'boosting', draws: false, target: steps, train: (b, y, o) => trainBoosting(b, y, o) },
];

const FEATURES = 4;
const valueAt = (row: number, feature: number) =>
  feature === 3 && hashed(row, 40) < 0.2 ? Number.NaN : Math.floor(hashed(row, feature) * 40);

/** Rows of an endless matrix, in any order and number. */
function matrixOf(rows: readonly number[]): FeatureMatrix {
  return makeMatrix(rows.length, FEATURES, (row, feature) => valueAt(rows[row], feature));
}
const every = (count: number) => Array.from({ length: count }, (_, row) => row);
const everywhere: BinMapper = await fitBinMapper(matrixOf(every(4_000)), { from: 0, to: 4_000 });
const bin = (rows: readonly number[]) => binBy(matrixOf(rows), everywhere);

/** A weight for each of some rows, from few kinds: many absent, many alike, some heavy. */
const someWeights = fc
  .record({
    rows: fc.integer({ min: 1, max: 300 }),
    seed: fc.nat(1_000),
    heaviest: fc.constantFrom(1, 3, 65_535),
    present: fc.integer({ min: 1, max: 10 }),
  })
  .map(({ rows, seed, heaviest, present }) =>
    Uint16Array.from({ length: rows }, (_, row) =>
      hashed(row + seed, 30) * 10 < present || row === seed % rows ? 1 + Math.floor(hashed(row + seed, 31) * heaviest) : 0,
    ),
  );

describe.each(ways)('$name, with weights', ({ train, target, draws }) => {
  it('of 1 is the same, to the byte, as without', async () => {
    const rows = every(1_500);
    const y = Float64Array.from(rows, target);
    const without = await train(await bin(rows), y, { trees: 4, seed: 9 });
    expect(await train(await bin(rows), y, { trees: 4, seed: 9, weights: new Uint16Array(1_500).fill(1) })).toEqual(without);
    expect(await train(await bin(rows), y, { trees: 4, seed: 9, weights: new Uint8Array(1_500).fill(1) })).toEqual(without);
  });

  it('of 0 somewhere is the same, to the byte, as without those rows', async () => {
    await fc.assert(
      fc.asyncProperty(someWeights, fc.nat(), async (weights, seed) => {
        const rows = every(weights.length);
        const present = rows.filter((row) => weights[row] !== 0);
        const y = Float64Array.from(rows, (row) => (weights[row] === 0 ? Number.NaN : target(row)));
        const own = await train(await bin(rows), y, { trees: 3, seed, weights });
        const others = await train(
          await bin(present),
          y.filter((_, row) => weights[row] !== 0),
          {
            trees: 3,
            seed,
            weights: weights.filter((weight) => weight !== 0),
          },
        );
        expect(own).toEqual(others);
      }),
      { seed: 4, numRuns: 30 },
    );
  });

  it('of 0 somewhere among more rows than are added up at a time is the same as without those rows', async () => {
    const rows = every(150_000);
    const weights = Uint8Array.from(rows, (row) => (row % 3 === 0 || row > 140_000 ? 0 : 1));
    const y = Float64Array.from(rows, (row) => (weights[row] === 0 ? Number.NaN : target(row) + hashed(row, 33)));
    if (target === sides) for (const row of rows) y[row] = Math.min(1, Math.floor(y[row]));
    const own = await train(await bin(rows), y, { trees: 1, weights, minSamplesLeaf: 5 });
    const present = await bin(rows.filter((row) => weights[row] !== 0));
    expect(
      await train(
        present,
        y.filter((_, row) => weights[row] !== 0),
        { trees: 1, minSamplesLeaf: 5 },
      ),
    ).toEqual(own);
  });

  it('looks at those of its range only', async () => {
    const rows = every(900);
    const y = Float64Array.from(rows, target);
    const weights = Uint16Array.from(rows, (row) => (row < 200 || row >= 700 ? 65_535 : row % 3));
    const range = { from: 200, to: 700 };
    const own = await train(await bin(rows), y, { trees: 3, rows: range, weights });
    const other = await train(await bin(rows.slice(200, 700)), y.slice(200, 700), { trees: 3, weights: weights.slice(200, 700) });
    expect(own).toEqual(other);
  });

  it('refuses weights it cannot use', async () => {
    const binned = await bin(every(20));
    const y = Float64Array.from(every(20), target);
    await expect(train(binned, y, { weights: new Uint16Array(19) })).rejects.toThrow(/weights has 19 entries for 20 rows/);
    const absent = new Uint16Array(20);
    absent[3] = 1;
    await expect(train(binned, y, { weights: absent, rows: { from: 4, to: 20 } })).rejects.toThrow(/every weight of rows 4 to 19 is 0/);
    y[3] = Number.NaN;
    await expect(train(binned, y, { weights: absent })).rejects.toThrow(/target of row 3 is NaN/);
    const many = every(5_000);
    const heavy = train(await bin(many), Float64Array.from(many, target), { weights: new Uint16Array(5_000).fill(65_535), trees: 1 });
    await expect(heavy).rejects.toThrow(/weights sum to 327675000; give smaller ones/);
  });

  if (!draws)
    it('is the same as with so many copies of each row', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 2, max: 120 }), fc.nat(500), async (count, seed) => {
          const rows = every(count);
          const weights = Uint8Array.from(rows, (row) => Math.floor(hashed(row + seed, 30) * 5));
          weights[seed % count] = 4;
          const copies = rows.flatMap((row) => Array<number>(weights[row]).fill(row));
          const weighted = await train(await bin(rows), Float64Array.from(rows, target), { trees: 3, seed, weights });
          const copied = await train(await bin(copies), Float64Array.from(copies, target), { trees: 3, seed });
          // the first tree's sums are of whole numbers; later ones of boosting are rounded in another order
          const matrix = matrixOf(rows);
          for (const row of rows) {
            const own = rowOf(matrix, row);
            expect(predictRow(weighted, own)).toBeCloseTo(predictRow(copied, own), 9);
          }
        }),
        { seed: 5, numRuns: 40 },
      );
    });
});
