import { describe, expect, it } from 'vitest';
import { BinnedColumns, binMatrix } from '../../src/trees/binned-columns';
import { BinnedMatrix } from '../../src/trees/binned-matrix';
import { fitBinMapper } from '../../src/trees/binning';
import { TreeThreads } from '../../src/trees/threads';
import { allBins, hashed, makeMatrix, overSharedMemory } from './matrices';

const ROWS = 3000;
const matrix = makeMatrix(ROWS, 7, (row, feature) => (hashed(row, 40) < 0.1 ? Number.NaN : hashed(row, feature) ** feature));
const early = { from: 10, to: 1800 };
const all = { from: 10, to: ROWS };

describe('columns that are binned as they come', () => {
  it('in two ways at once make the matrices that each way alone would, in whatever order they come', async () => {
    const columns = new BinnedColumns(matrix.names, ROWS, [early, all]);
    for (const [from, to] of [
      [3, 7],
      [0, 1],
      [1, 3],
    ])
      await columns.add(from, matrix.columns.slice(from, to));
    for (const [set, known] of [early, all].entries()) {
      const thresholds = await fitBinMapper(matrix, known);
      const expected = await BinnedMatrix.create(matrix, thresholds);
      const own = await columns.matrix(set, known === all);
      expect(own.thresholds).toEqual(thresholds);
      expect(await allBins(own)).toEqual(await allBins(expected));
      own.dispose();
      expected.dispose();
    }
  });

  it('are refused as a matrix while one is missing, or another matrix is in use', async () => {
    const columns = new BinnedColumns(matrix.names, ROWS, [all]);
    await columns.add(0, matrix.columns.slice(0, 6));
    await expect(columns.matrix(0, false)).rejects.toThrow(/6 of 7 are binned/);
    await columns.add(6, matrix.columns.slice(6));
    const first = await columns.matrix(0, false);
    await expect(columns.matrix(0, false)).rejects.toThrow(/another has their memory/);
    first.dispose();
    const second = await columns.matrix(0, false);
    second.dispose();
    columns.dispose();
    await expect(columns.matrix(0, false)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('know their rows', () => {
    expect(() => new BinnedColumns(matrix.names, ROWS, [{ from: 0, to: ROWS + 1 }])).toThrow(/rows is \{from: 0, to: 3001\}/);
  });

  it.each([0, 2])('stop within moments when aborted, with %i threads, and the next ones are whole', async (threads) => {
    const large = overSharedMemory(makeMatrix(150_000, 40, hashed));
    const options = { threads: await TreeThreads.of(threads) };
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    const known = { from: 0, to: 150_000 };
    await expect(binMatrix(large, known, { ...options, signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const binned = await binMatrix(matrix, all, options);
    const expected = await BinnedMatrix.create(matrix, await fitBinMapper(matrix, all));
    expect(await allBins(binned)).toEqual(await allBins(expected));
  });
});
