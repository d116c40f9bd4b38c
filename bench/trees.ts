// How fast the tree engine is, on a seeded random walk's worth of rows.
// G values/s: rows x features x trees (1 for binning) by time; a value is a cell of the matrix that a tree, or the binning, takes into account.
// Compare two commits by the processor time, in turns: other work on the machine disturbs it less.
// Run: npx tsx bench/trees.ts [rows = 200000] [features = 72] [runs = 3] [threads = 0: the calling one], after node scripts/build-worker.mjs
import { availableParallelism } from 'node:os';
import { BinnedMatrix } from '../src/trees/binned-matrix';
import { fitBinMapper } from '../src/trees/binning';
import { trainBoosting } from '../src/trees/boosting';
import type { TreeEnsemble } from '../src/trees/ensemble';
import type { FeatureMatrix } from '../src/trees/feature-matrix';
import { trainForest } from '../src/trees/forest';
import { predictBinned } from '../src/trees/prediction';
import { TreeThreads } from '../src/trees/threads';

const [rows = 200_000, features = 72, runs = 3, count = 0] = process.argv.slice(2).map(Number);

// xorshift32: any stream will do, as long as it is the same in every run
let state = 1;
function uniform(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

// The sum of four uniform numbers is normal enough.
const noise = () => uniform() + uniform() + uniform() + uniform() - 2;

const matrix: FeatureMatrix = {
  rows,
  names: Array.from({ length: features }, (_, f) => `feature_${f}`),
  // features of slow and of fast memory, like averages over long and short windows
  columns: Array.from({ length: features }, (_, f) => {
    const memory = 1 - 1 / (1 + (f % 12) ** 2);
    let value = 0;
    return new Float32Array(rows).map(() => {
      value = memory * value + noise();
      return value;
    });
  }),
};
const target = new Float64Array(rows).map((_, row) => 1e-3 * (noise() + 0.05 * Math.sign(matrix.columns[3]?.[row] ?? 0)));
const direction = target.map((value) => (value > 0 ? 1 : 0));

async function measure(name: string, work: () => Promise<unknown>, trees = 1): Promise<void> {
  const seconds: number[] = [];
  const processor: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1e6);
    seconds.push((performance.now() - start) / 1000);
  }
  seconds.sort((a, b) => a - b);
  processor.sort((a, b) => a - b);
  const median = seconds[runs >> 1] ?? 0;
  const spread = `${(seconds[0] ?? 0).toFixed(2)}-${(seconds[runs - 1] ?? 0).toFixed(2)}`;
  console.log(
    `${name.padEnd(28)} ${median.toFixed(2).padStart(7)} s  (${spread})  ${(processor[runs >> 1] ?? 0).toFixed(2)} s of processor  ${(((rows * features * trees) / median) * 1e-9).toFixed(2)} G values/s`,
  );
}

const all = { from: 0, to: rows };
const thresholds = await fitBinMapper(matrix, all);
const threads = await TreeThreads.of(count);
let binned = await BinnedMatrix.create(matrix, thresholds, { threads });
// warm: a tree of each kind, so that the kernels are compiled by the optimising tier
await trainForest(binned, target, { task: 'regression', trees: 1 });
await trainForest(binned, direction, { task: 'classification', trees: 1 });

console.log(
  `${rows} rows x ${features} features, ${availableParallelism()} cores, ${count === 0 ? 'the calling thread' : `${count} worker threads`}, ${runs} runs, node ${process.version}`,
);
await measure('thresholds', async () => fitBinMapper(matrix, all));
await measure('binning', async () => {
  binned = await BinnedMatrix.create(matrix, thresholds, { reuse: binned, threads });
});
const models: TreeEnsemble[] = [];
await measure(
  'regression forest, 50 x 10',
  async () => {
    models[0] = await trainForest(binned, target, { task: 'regression' });
  },
  50,
);
await measure(
  'classification forest',
  async () => {
    models[1] = await trainForest(binned, direction, { task: 'classification' });
  },
  50,
);
await measure(
  'boosting, 50 x 3',
  async () => {
    models[2] = await trainBoosting(binned, target);
  },
  50,
);
const out = new Float64Array(rows);
for (const [i, name] of ['regression forest', 'classification forest', 'boosting'].entries()) {
  const model = models[i];
  if (model) await measure(`predict ${name}`, async () => predictBinned(model, binned, all, out), 50);
}
console.log(`peak resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
