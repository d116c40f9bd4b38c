import { expect, it, vi } from 'vitest';
import { Control } from '../../src/threads/control';
import { Team } from '../../src/threads/team';
import { binMatrix } from '../../src/trees/binned-columns';
import { trainForest } from '../../src/trees/forest';
import { TreeThreads } from '../../src/trees/threads';
import { hashed, makeMatrix } from '../trees/matrices';

it('a team goes on when its sections have used up their numbers', () => {
  const team = new Team(new Control());
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new Error('a leader that is alone waits for nobody');
  });
  const sections = 2 ** 24 + 3;
  let done = 0;
  for (let i = 0; i < sections; i++) {
    team.share([], 1, () => {
      done++;
    });
  }
  expect(done).toBe(sections);
});

it('a team divides no rows that were copied together: the copy lies where it notes its parts', async () => {
  // few features, so that rows enough to be divided by a team would fit into a copy
  const rows = 2_900_000;
  const matrix = makeMatrix(rows, 3, (row, feature) => hashed(row, feature));
  // any two of the features know of a group of that size
  const far = (row: number) => (hashed(row, 0) < 0.047 ? 10 : 0) + (hashed(row, 1) < 0.048 ? 20 : 0);
  const target = Float64Array.from({ length: rows }, (_, row) => far(row) + hashed(row, 2) + hashed(row, 9));
  const models = [];
  for (const count of [0, 2]) {
    const binned = await binMatrix(matrix, { from: 0, to: 50_000 }, { threads: await TreeThreads.of(count) });
    models.push(await trainForest(binned, target, { task: 'regression', trees: 1, bootstrap: false, maxFeatures: 2, maxDepth: 8 }));
    binned.dispose();
  }
  const [{ cover }, other] = models;
  expect(other).toEqual(models[0]);
  const sizes = Array.from(cover ?? []);
  expect(sizes.filter((size) => size >= 131_072 && size < 142_986).length).toBeGreaterThan(0);
});
