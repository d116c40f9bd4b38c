import { describe, expect, it } from 'vitest';
import { binMatrix } from '../../src/trees/binned-columns';
import { trainBoosting } from '../../src/trees/boosting';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import { trainForest } from '../../src/trees/forest';
import { predictBinned, predictRows } from '../../src/trees/prediction';
import { hashed, makeMatrix } from './matrices';

// A thread that is kept to itself hears no abort: one that comes at the event loop's next turn must end each piece of work long before it is done.

const ROWS = 150_000;
const matrix = makeMatrix(ROWS, 60, hashed);
const target = Float64Array.from({ length: ROWS }, (_, row) => hashed(row, 99) - 0.5);
const direction = target.map((value) => (value > 0 ? 1 : 0));
const all = { from: 0, to: ROWS };

/** Begins work and aborts it at the event loop's next turn. */
async function abortedSoon(work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const abort = new AbortController();
  setImmediate(() => abort.abort());
  await expect(work(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
}

describe('an abort is heard in the middle of', () => {
  it('binning', () => abortedSoon((signal) => binMatrix(matrix, all, { signal })));

  it('a tree of any kind, which leaves the matrix usable, and a forecast', async () => {
    const binned = await binMatrix(matrix, all);
    const one = { trees: 1 };
    await abortedSoon((signal) => trainForest(binned, target, { task: 'regression', ...one }, { signal }));
    await abortedSoon((signal) => trainForest(binned, direction, { task: 'classification', maxFeatures: 30, ...one }, { signal }));
    await abortedSoon((signal) => trainBoosting(binned, target, { maxDepth: 8, subsample: 0.9, ...one }, { signal }));
    await abortedSoon((signal) => trainForest(binned, target, { task: 'regression', splitter: 'random', ...one }, { signal }));
    await abortedSoon((signal) => trainBoosting(binned, direction, { task: 'classification', maxDepth: 8, ...one }, { signal }));
    const models: TreeEnsemble[] = [];
    for (let i = 0; i < 2; i++) models.push(await trainForest(binned, target, { task: 'regression', trees: 5 }));
    expect(models[0]).toEqual(models[1]);
    await abortedSoon(async (signal) => {
      for (let i = 0; i < 100; i++) await predictBinned(models[0], binned, all, new Float64Array(ROWS), signal);
    });
    await abortedSoon((signal) => predictRows(models[0], matrix, all, new Float64Array(ROWS), signal));
  });
});
