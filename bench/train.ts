/**
 * How fast the tree engine is: preparation (thresholds and bins), the two forests, boosting, on seeded rows.
 *
 *     npm run bench:train -- [--rows 200000] [--features 95] [--trees 50] [--runs 3] [--threads 0,1,2] [--linear]
 *
 * G updates/s/core is rows x features x (1 + (depth - 1) / 2) x trees by the seconds that processors worked: what histograms cost where the larger of two children is
 * its parent less the other. Rows are those that a tree looks at, which is 63.2 % of them in a bootstrap; features those that are drawn for a split. Where not all features are drawn there is no such
 * difference, and it is rows x drawn x depth. `--linear` trains on 0.5, 1 and 1.87 million rows instead and compares the cost of a row.
 */
import { parseArgs } from 'node:util';
import { binMatrix } from '../src/trees/binned-columns';
import { trainBoosting } from '../src/trees/boosting';
import { trainForest } from '../src/trees/forest';
import { TreeThreads } from '../src/trees/threads';
import { type Cost, costColumns, costOf, numbers, quantile, Results } from './measure';
import { type TrainingData, trainingData } from './training-data';

const IN_A_BOOTSTRAP = 1 - Math.exp(-1);
const DEPTH = { forest: 10, boosting: 3 };

const { values: given } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    features: { type: 'string', default: '95' },
    trees: { type: 'string', default: '50' },
    runs: { type: 'string', default: '3' },
    threads: { type: 'string', default: '0,1,2' },
    linear: { type: 'boolean', default: false },
  },
});
const features = Number(given.features);
const trees = Number(given.trees);
const runs = Number(given.runs);

interface Work {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** Cells of histograms that it adds to; null: it makes none. */
  readonly updates: number | null;
}

/** Everything that is measured, and what gives its memory back. */
async function worksOf(
  { matrix, target, direction }: TrainingData,
  threads: TreeThreads | undefined,
): Promise<{ works: Work[]; dispose: () => void }> {
  const all = { from: 0, to: matrix.rows };
  let binned = await binMatrix(matrix, all, { threads });
  const drawn = Math.max(1, Math.floor(Math.sqrt(features)));
  const bagged = matrix.rows * IN_A_BOOTSTRAP * trees;
  const works: Work[] = [
    {
      name: 'preparation',
      updates: null,
      run: async () => {
        binned.dispose();
        binned = await binMatrix(matrix, all, { threads });
      },
    },
    {
      name: 'regression forest',
      updates: bagged * features * (1 + (DEPTH.forest - 1) / 2),
      run: () => trainForest(binned, target, { task: 'regression', trees }),
    },
    {
      name: 'classification forest',
      updates: bagged * drawn * DEPTH.forest,
      run: () => trainForest(binned, direction, { task: 'classification', trees }),
    },
    {
      name: 'boosting',
      updates: matrix.rows * features * trees * (1 + (DEPTH.boosting - 1) / 2),
      run: () => trainBoosting(binned, target, { trees }),
    },
  ];
  return { works, dispose: () => binned.dispose() };
}

async function measure(rows: number, threads: readonly number[], results: Results): Promise<Map<string, number>> {
  const data = trainingData(rows, features);
  const costOfARow = new Map<string, number>();
  const sides: { count: number; works: Work[]; dispose: () => void }[] = [];
  for (const count of threads) sides.push({ count, ...(await worksOf(data, await TreeThreads.of(count))) });
  for (const [at, { name, updates }] of sides[0].works.entries()) {
    const costs: Cost[][] = sides.map(() => []);
    // by turns, so that what else the machine does meets all alike; the first of them is for the compiler
    for (let turn = 0; turn <= runs; turn++) {
      for (const [side, { works }] of sides.entries()) {
        const cost = await costOf(works[at].run);
        if (turn > 0) costs[side].push(cost);
      }
    }
    for (const [side, list] of costs.entries()) {
      const processor = quantile(
        list.map((cost) => cost.processor),
        0.5,
      );
      if (side === 0) costOfARow.set(name, processor / rows);
      results.add({
        work: name,
        rows,
        features,
        trees: updates === null ? null : trees,
        threads: sides[side].count,
        ...costColumns(list),
        'G updates/s/core': updates === null ? null : (updates / processor) * 1e-9,
      });
    }
  }
  for (const { dispose } of sides) dispose();
  return costOfARow;
}

async function main(): Promise<void> {
  const results = new Results('The tree engine alone, on generated rows');
  if (!given.linear) {
    await measure(Number(given.rows), numbers(given.threads), results);
    results.print();
    return;
  }
  const perRow = new Map<number, Map<string, number>>();
  for (const rows of numbers(given.rows === '200000' ? '500000,1000000,1870000' : given.rows))
    perRow.set(rows, await measure(rows, [0], results));
  results.print();
  const linear = new Results('Processor time of a row, beside the fewest rows');
  const [first] = perRow.values();
  for (const [rows, costs] of perRow) {
    linear.add({ rows, ...Object.fromEntries([...costs].map(([name, cost]) => [name, cost / (first.get(name) ?? cost)])) });
  }
  linear.print();
}

await main();
