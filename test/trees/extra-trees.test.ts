import { describe, expect, it } from 'vitest';
import { binMatrix } from '../../src/trees/binned-columns';
import { type ForestOptions, trainForest } from '../../src/trees/forest';
import { predictRow } from '../../src/trees/prediction';
import { hashed, makeMatrix, makeTarget } from './matrices';

const bin = async (columns: number[][]) => {
  const matrix = makeMatrix(columns[0].length, columns.length, (row, feature) => columns[feature][row]);
  return binMatrix(matrix, { from: 0, to: matrix.rows });
};
/** Where many trees of one split each cut the first feature. */
const cuts = async (values: number[], options: Partial<ForestOptions> = {}) => {
  const target = Float64Array.from(values, (_, row) => hashed(row, 60));
  const { threshold, treeOffsets } = await trainForest(await bin([values]), target, {
    task: 'regression',
    splitter: 'random',
    trees: 10_000,
    maxDepth: 1,
    ...options,
  });
  return Array.from(treeOffsets.subarray(0, -1), (root) => threshold[root]);
};
const shareBelow = (list: number[], limit: number) => list.filter((cut) => cut < limit).length / list.length;

describe('extra trees', () => {
  it('cut few values as a uniform number between the lowest and the highest does', async () => {
    const found = await cuts([0, 1, 10]);
    expect(new Set(found)).toEqual(new Set([0.5, 5.5]));
    // four standard deviations of 10,000 draws
    expect(Math.abs(shareBelow(found, 1) - 0.1)).toBeLessThan(0.012);
  });

  it('cut many values as a uniform number does', async () => {
    const even = await cuts(Array.from({ length: 5_000 }, (_, row) => hashed(row, 1)));
    for (const limit of [0.1, 0.25, 0.5, 0.9]) expect(Math.abs(shareBelow(even, limit) - limit)).toBeLessThan(0.025);
  });

  it('part the bin of far values from the others where a cut falls into it', async () => {
    const found = await cuts(Array.from({ length: 5_000 }, (_, row) => (row < 10 ? 10 * row : hashed(row, 1))));
    // of 90 units one is that of nearly all values; the far ones share a bin with the largest of these
    const last = Math.max(...new Set(found));
    const atEnd = found.filter((cut) => cut === last).length / found.length;
    expect(Math.abs(atEnd - 89 / 90)).toBeLessThan(0.01);
  });

  it('cut within what is left of a feature at a node', async () => {
    const values = Array.from({ length: 256 }, (_, row) => row);
    const steps = values.map((value) => (value < 128 ? 0 : 1));
    const { left, threshold, feature } = await trainForest(
      await bin([steps, values]),
      Float64Array.from(values, (v) => hashed(v, 9) + (v < 128 ? 0 : 99)),
      {
        task: 'regression',
        splitter: 'random',
        trees: 200,
        maxDepth: 2,
      },
    );
    // the step gains so much that it is asked first, unless a random cut is as good; below it, each side cuts its own values
    for (const [node, child] of left.entries())
      if (child !== 0 && feature[node] === 0 && left[child] !== 0 && left[child + 1] !== 0) {
        expect(feature[child]).toBe(1);
        expect(threshold[child]).toBeLessThan(128);
        expect(threshold[child + 1]).toBeGreaterThan(127);
      }
    expect(left.filter((child, node) => child !== 0 && feature[node] === 0).length).toBeGreaterThan(100);
  });

  it('part missing values from a feature of one value', async () => {
    const model = await trainForest(await bin([[5, 5, 5, Number.NaN, Number.NaN]]), Float64Array.of(1, 1, 1, 7, 7), {
      task: 'regression',
      splitter: 'random',
    });
    expect([5, 9, Number.NaN].map((value) => predictRow(model, Float32Array.of(value)))).toEqual([1, 1, 7]);
  });

  it('see every row once, and differ all the same', async () => {
    const matrix = [0, 1, 2].map((feature) => Array.from({ length: 500 }, (_, row) => hashed(row, feature)));
    const model = await trainForest(await bin(matrix), makeTarget(500, 0.1), {
      task: 'regression',
      splitter: 'random',
      trees: 5,
      maxDepth: 40,
    });
    expect(Array.from(model.treeOffsets.subarray(0, -1), (root) => model.cover?.[root])).toEqual([500, 500, 500, 500, 500]);
    expect(new Set(model.threshold.filter((_, node) => model.treeOffsets.includes(node))).size).toBeGreaterThan(3);
    // every leaf is one row or several of one bin: the target is learnt by heart
    expect(
      predictRow(
        model,
        Float32Array.from(matrix, (column) => column[17]),
      ),
    ).toBeCloseTo(makeTarget(500, 0.1)[17], 1);
  });

  it('refuse another splitter', async () => {
    const refused = Reflect.apply(trainForest, undefined, [
      await bin([[1, 2]]),
      Float64Array.of(1, 2),
      { task: 'regression', splitter: 'worst' },
    ]);
    await expect(refused).rejects.toThrow(/splitter is 'worst' \(a text\); give 'best' or 'random'/);
  });
});
