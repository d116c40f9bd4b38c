// What trainings cost, beside what estimateTraining says of them: the table in src/trees/estimate.ts. The target is noise, which makes trees as large as they get.
// Run: npx tsx bench/estimate.ts
import { binMatrix } from '../src/trees/binned-columns';
import { trainBoosting } from '../src/trees/boosting';
import type { Task } from '../src/trees/ensemble';
import { estimateTraining } from '../src/trees/estimate';
import { trainForest } from '../src/trees/forest';
import { hashed, makeMatrix } from '../test/trees/matrices';

interface Case {
  readonly kind: 'forest' | 'extra trees' | 'boosting';
  readonly task: Task;
  readonly rows: number;
  readonly features: number;
  readonly trees: number;
  readonly maxDepth: number;
  readonly minSamplesLeaf?: number;
}

const CASES: readonly Case[] = [
  { kind: 'forest', task: 'regression', rows: 5_000, features: 96, trees: 20, maxDepth: 30 },
  { kind: 'forest', task: 'regression', rows: 5_000, features: 96, trees: 40, maxDepth: 30, minSamplesLeaf: 50 },
  { kind: 'forest', task: 'regression', rows: 5_000, features: 96, trees: 40, maxDepth: 10 },
  { kind: 'forest', task: 'classification', rows: 5_000, features: 96, trees: 100, maxDepth: 10 },
  { kind: 'forest', task: 'classification', rows: 5_000, features: 96, trees: 40, maxDepth: 30 },
  { kind: 'forest', task: 'regression', rows: 100_000, features: 96, trees: 10, maxDepth: 10 },
  { kind: 'forest', task: 'regression', rows: 100_000, features: 96, trees: 3, maxDepth: 30 },
  { kind: 'forest', task: 'classification', rows: 100_000, features: 96, trees: 20, maxDepth: 10 },
  { kind: 'forest', task: 'classification', rows: 100_000, features: 96, trees: 4, maxDepth: 30 },
  { kind: 'extra trees', task: 'regression', rows: 100_000, features: 96, trees: 10, maxDepth: 10 },
  { kind: 'boosting', task: 'regression', rows: 5_000, features: 20, trees: 200, maxDepth: 3 },
  { kind: 'boosting', task: 'regression', rows: 100_000, features: 96, trees: 30, maxDepth: 3 },
  { kind: 'boosting', task: 'regression', rows: 100_000, features: 20, trees: 30, maxDepth: 6 },
  { kind: 'boosting', task: 'classification', rows: 100_000, features: 20, trees: 30, maxDepth: 6 },
];

console.log('| rows x features | training | measured | estimate | ratio |\n|---|---|---|---|---|');
for (const { kind, ...size } of CASES) {
  const { task, rows, features, trees, maxDepth, minSamplesLeaf = 1 } = size;
  const matrix = makeMatrix(rows, features, hashed);
  const target = Float64Array.from({ length: rows }, (_, row) =>
    task === 'regression' ? hashed(row, 200) - 0.5 : Math.round(hashed(row, 200)),
  );
  const binned = await binMatrix(matrix, { from: 0, to: rows });
  const options = { task, maxDepth, minSamplesLeaf };
  const train = (count: number) =>
    kind === 'boosting'
      ? trainBoosting(binned, target, { ...options, trees: count })
      : trainForest(binned, target, { ...options, trees: count, splitter: kind === 'forest' ? 'best' : 'random' });
  await train(1);
  const before = process.cpuUsage();
  await train(trees);
  const { user, system } = process.cpuUsage(before);
  const measured = (user + system) / 1e3;
  const { work } = estimateTraining({
    ...size,
    boosting: kind === 'boosting',
    sample: kind === 'forest' ? 0.632 : 1,
    maxFeatures: task === 'classification' && kind !== 'boosting' ? Math.floor(Math.sqrt(features)) : features,
  });
  const leaf = minSamplesLeaf === 1 ? '' : `, leaves of ${minSamplesLeaf}`;
  const words = `${kind === 'forest' ? `${task} forest` : `${kind}, ${task}`}, ${trees} trees, depth ${maxDepth}${leaf}`;
  const number = (value: number) => Math.round(value).toLocaleString('en-US');
  console.log(
    `| ${number(rows)} x ${features} | ${words} | ${number(measured)} | ${number(work / 1e6)} | ${(work / 1e6 / measured).toFixed(2)} |`,
  );
  binned.dispose();
}
