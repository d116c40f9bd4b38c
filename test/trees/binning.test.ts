import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binColumn } from '../../src/kernels/reference';
import { sortFloats } from '../../src/trees/float-order';
import { Turns } from '../../src/waiting';
import { hashed, makeMatrix } from './matrices';
import { fitBinMapper } from './two-steps';

async function fitColumn(values: readonly number[], maxBins?: number): Promise<Float32Array> {
  const matrix = { rows: values.length, names: ['x'], columns: [Float32Array.from(values)] };
  const { thresholds } = await fitBinMapper(matrix, { from: 0, to: values.length }, maxBins);
  return thresholds[0] ?? new Float32Array(0);
}

describe('sortFloats', () => {
  it('orders every Float32 but NaN as the built-in sort does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.float32Array({ noNaN: true, maxLength: 300 }), async (values) => {
        const own = values.slice();
        await sortFloats(own, new Uint32Array(values.length), new Turns());
        // toEqual tells -0 from 0
        expect(own).toEqual(values.slice().sort());
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe('thresholds', () => {
  it('say the same of a value as of its bin, for any Float32 and any number of bins', async () => {
    const anyFloat = fc.float({ noNaN: false });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFloat, { minLength: 1, maxLength: 600 }),
        fc.array(anyFloat),
        fc.integer({ min: 2, max: 255 }),
        async (seen, other, maxBins) => {
          const thresholds = await fitColumn(seen, maxBins);
          expect(thresholds.length).toBeLessThan(maxBins);
          expect(thresholds.every((t, i) => Number.isFinite(t) && (i === 0 || t > (thresholds[i - 1] ?? t)))).toBe(true);
          const values = Float32Array.from([...seen, ...other]);
          binColumn(values, thresholds).forEach((bin, i) => {
            const value = values[i] ?? 0;
            if (Number.isNaN(value)) expect(bin).toBe(255);
            else for (const [b, threshold] of thresholds.entries()) expect(value <= threshold).toBe(bin <= b);
          });
        },
      ),
      { seed: 11, numRuns: 100 },
    );
  });

  it('know the lowest and the highest value of each bin', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ noNaN: false, noDefaultInfinity: true }), { minLength: 1, maxLength: 600 }),
        fc.integer({ min: 2, max: 255 }),
        async (values, maxBins) => {
          const matrix = { rows: values.length, names: ['x'], columns: [Float32Array.from(values)] };
          const { thresholds, ranges } = await fitBinMapper(matrix, { from: 0, to: values.length }, maxBins);
          const bins = binColumn(matrix.columns[0], thresholds[0]);
          const byBin = Array.from({ length: thresholds[0].length + 1 }, (_, bin) =>
            matrix.columns[0].filter((_value, row) => bins[row] === bin),
          );
          const present = matrix.columns[0].some((value) => !Number.isNaN(value));
          expect(ranges[0]).toEqual(Float32Array.from(present ? byBin.flatMap((own) => [Math.min(...own), Math.max(...own)]) : []));
        },
      ),
      { seed: 12, numRuns: 100 },
    );
  });

  it('cut half-way between neighbours when there are few distinct values', async () => {
    expect(Array.from(await fitColumn([3, 1, 2, 2, 10, Number.NaN]))).toEqual([1.5, 2.5, 6.5]);
  });

  it('part two neighbouring Float32 values', async () => {
    const next = 1 + 2 ** -23;
    expect(Array.from(await fitColumn([1, next]))).toEqual([1]);
  });

  it('count an infinity as the largest finite value', async () => {
    const [low = 0, high = 0] = await fitColumn([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY]);
    expect(Number.isFinite(low) && low < 0 && Number.isFinite(high) && high > 0).toBe(true);
  });

  it('are none for a constant or a wholly missing column', async () => {
    expect(await fitColumn([5, 5, 5])).toHaveLength(0);
    expect(await fitColumn([Number.NaN, Number.NaN])).toHaveLength(0);
  });

  it('give bins about as many rows each', async () => {
    const values = Array.from({ length: 100_000 }, (_, row) => hashed(row, 0) ** 3);
    const counts = new Array<number>(255).fill(0);
    for (const bin of binColumn(Float32Array.from(values), await fitColumn(values))) counts[bin] = (counts[bin] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(380);
    expect(Math.max(...counts)).toBeLessThan(400);
  });

  it('give a value that fills many bins one, and its share to the others', async () => {
    // 60 % zeroes: plain quantiles would leave about 100 bins
    const values = Array.from({ length: 100_000 }, (_, row) => (hashed(row, 1) < 0.6 ? 0 : hashed(row, 0) - 0.5));
    expect((await fitColumn(values)).length).toBeGreaterThan(250);
  });

  it('do not look outside the range', async () => {
    const matrix = makeMatrix(2000, 3, hashed);
    const before = await fitBinMapper(matrix, { from: 0, to: 1000 });
    for (const column of matrix.columns) column.fill(99, 1000);
    expect(await fitBinMapper(matrix, { from: 0, to: 1000 })).toEqual(before);
  });
});
