import { describe, expect, it } from 'vitest';
import { BinnedColumns, binMatrix } from '../../src/trees/binned-columns';
import { TreeThreads } from '../../src/trees/threads';
import { allBins, hashed, makeMatrix, overSharedMemory } from './matrices';
import { binBy, fitBinMapper } from './two-steps';

const ROWS = 3000;
const matrix = makeMatrix(ROWS, 7, (row, feature) => (hashed(row, 40) < 0.1 ? Number.NaN : hashed(row, feature) ** feature));
const early = { from: 10, to: 1800 };
const all = { from: 10, to: ROWS };

describe('columns that are binned as they come', () => {
  it.each([
    ['other', early, all],
    ['the same', all, all],
    ['very different', { from: 10, to: 14 }, all],
  ])(
    'make a matrix and then one by thresholds of %s rows, each as it would be alone, in whatever order they come',
    async (_, known, later) => {
      const columns = new BinnedColumns(matrix.names, ROWS, { known, later });
      for (const [from, to] of [
        [3, 7],
        [0, 1],
        [1, 3],
      ])
        await columns.add(from, matrix.columns.slice(from, to));
      for (const range of [known, later]) {
        const thresholds = await fitBinMapper(matrix, range);
        const expected = await binBy(matrix, thresholds);
        const own = await columns.next();
        expect(own.thresholds).toEqual(thresholds);
        expect(await allBins(own)).toEqual(await allBins(expected));
        own.dispose();
        expected.dispose();
      }
      await expect(columns.next()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    },
  );

  it.each([0, 1, 2, 4])('are the same in room of their own, which is used again, with %i threads', async (threads) => {
    const rows = 150_000;
    const large = makeMatrix(rows, 16, (row, feature) =>
      hashed(row, 40) < 0.1 ? Number.NaN : hashed(row, feature) + (row / rows) * feature,
    );
    const known = { known: { from: 0, to: 90_000 }, later: { from: 0, to: rows } };
    const columns = new BinnedColumns(large.names, rows, known, { threads: await TreeThreads.of(threads) });
    for (let first = 0; first < 16; first += 8) {
      const room = columns.room(8);
      for (const [j, column] of room.entries()) column.set(large.columns[first + j]);
      await columns.take(first, room);
    }
    for (const range of Object.values(known)) {
      const expected = await binBy(large, await fitBinMapper(large, range));
      const own = await columns.next();
      expect(own.thresholds).toEqual(expected.thresholds);
      expect(await allBins(own)).toEqual(await allBins(expected));
      own.dispose();
    }
  });

  it('are refused as a matrix while one is missing, or another matrix is in use', async () => {
    const columns = new BinnedColumns(matrix.names, ROWS, { known: early, later: all });
    await columns.add(0, matrix.columns.slice(0, 6));
    await expect(columns.next()).rejects.toThrow(/6 of 7 are binned/);
    await columns.add(6, matrix.columns.slice(6));
    const first = await columns.next();
    await expect(columns.next()).rejects.toThrow(/another has their memory/);
    first.dispose();
    columns.dispose();
    await expect(columns.next()).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('know their rows', () => {
    expect(() => new BinnedColumns(matrix.names, ROWS, { known: all, later: { from: 0, to: ROWS + 1 } })).toThrow(
      /rows is \{from: 0, to: 3001\}/,
    );
  });

  it.each([0, 2])('stop within moments when aborted, with %i threads, and the next ones are whole', async (threads) => {
    const large = overSharedMemory(makeMatrix(150_000, 40, hashed));
    const options = { threads: await TreeThreads.of(threads) };
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    const known = { from: 0, to: 150_000 };
    await expect(binMatrix(large, known, { ...options, signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const binned = await binMatrix(matrix, all, options);
    const expected = await binBy(matrix, await fitBinMapper(matrix, all));
    expect(await allBins(binned)).toEqual(await allBins(expected));
  });
});
