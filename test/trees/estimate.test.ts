import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binMatrix } from '../../src/trees/binned-columns';
import { trainBoosting } from '../../src/trees/boosting';
import { estimateTraining, type TrainingSize } from '../../src/trees/estimate';
import { trainForest } from '../../src/trees/forest';
import { hashed, makeMatrix } from './matrices';

const size = fc.record({
  rows: fc.integer({ min: 1, max: 2e6 }),
  features: fc.integer({ min: 1, max: 500 }),
  trees: fc.integer({ min: 1, max: 10_000 }),
  maxDepth: fc.integer({ min: 1, max: 64 }),
  minSamplesLeaf: fc.constantFrom(1, 2, 50, 1_000_000),
  sample: fc.constantFrom(1, 0.632),
  boosting: fc.boolean(),
  task: fc.constantFrom('regression' as const, 'classification' as const),
});

describe('the estimate of a training', () => {
  it('is a finite number of work and bytes that grows with rows, features, trees and depth', () => {
    fc.assert(
      fc.property(size, fc.constantFrom('rows', 'features', 'trees', 'maxDepth'), (own: TrainingSize, what) => {
        const { work, bytes } = estimateTraining(own);
        expect(Number.isSafeInteger(work) && work > 0).toBe(true);
        expect(Number.isSafeInteger(bytes) && bytes > 0).toBe(true);
        const more = estimateTraining({ ...own, [what as 'rows']: 2 * own[what as 'rows'] });
        expect(more.work).toBeGreaterThanOrEqual(work);
        expect(more.bytes).toBeGreaterThanOrEqual(bytes);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  it('sees what would take minutes and a gigabyte: 2,000 trees of depth 30 on 5,000 bars', () => {
    const { work, bytes } = estimateTraining({ rows: 5_000, features: 96, trees: 2_000, maxDepth: 30, sample: 0.632 });
    expect(work).toBeGreaterThan(2e11);
    expect(bytes).toBeGreaterThan(700e6);
    const usual = estimateTraining({ rows: 5_000, features: 96, trees: 50, maxDepth: 10, sample: 0.632 });
    expect(usual.work).toBeLessThan(3e9);
    expect(usual.bytes).toBeLessThan(20e6);
  });

  it('counts as many nodes as noise makes, but for a factor of 3', async () => {
    const rows = 3_000;
    const features = 16;
    const matrix = makeMatrix(rows, features, hashed);
    const binned = await binMatrix(matrix, { from: 0, to: rows });
    const noise = Float64Array.from({ length: rows }, (_, row) => hashed(row, 60));
    const sides = noise.map((value) => Math.round(value));
    const nodesOf = (own: TrainingSize) => {
      const one = estimateTraining({ ...own, trees: 1 });
      return (estimateTraining({ ...own, trees: 2 }).bytes - one.bytes - 8 * features) / 61;
    };
    for (const maxDepth of [2, 6, 10, 30])
      for (const minSamplesLeaf of [1, 20]) {
        const options = { trees: 1, maxDepth, minSamplesLeaf };
        const common = { rows, features, ...options };
        const pairs = [
          [nodesOf({ ...common, sample: 0.632 }), await trainForest(binned, noise, { ...options, task: 'regression' })],
          [
            nodesOf({ ...common, sample: 0.632, maxFeatures: 4, task: 'classification' }),
            await trainForest(binned, sides, { ...options, task: 'classification' }),
          ],
          [nodesOf({ ...common, boosting: true }), await trainBoosting(binned, noise, options)],
        ] as const;
        for (const [estimated, { left }] of pairs) {
          expect(estimated).toBeGreaterThan(left.length / 3);
          expect(estimated).toBeLessThan(left.length * 3);
        }
      }
  });
});
