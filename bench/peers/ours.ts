/** This library's side of bench/peers.ts, in a process of its own: the same lines as bench/python/peers.py prints. */
import { areaUnderCurve, regressionScores } from '../../src/models/metrics';
import { binMatrix } from '../../src/trees/binned-columns';
import type { BinnedMatrix } from '../../src/trees/binned-matrix';
import { trainBoosting } from '../../src/trees/boosting';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import { trainForest } from '../../src/trees/forest';
import { predictRows } from '../../src/trees/prediction';
import { TreeThreads } from '../../src/trees/threads';
import { costOf } from '../measure';
import { residentMemory } from '../peak-memory';
import { readMatrix } from './read-matrix';

const [folder, threadsText, treesText] = process.argv.slice(2);
const threads = Number(threadsText);
const trees = Number(treesText);

function tell(row: Readonly<Record<string, string | number>>): void {
  console.log(JSON.stringify({ library: 'tickerforest', threads, ...row }));
}

const { rows, trainRows, names, columns, returns, ups } = await readMatrix(folder);
const known = { rows: trainRows, names, columns: columns.map((column) => column.subarray(0, trainRows)) };
const options = { threads: await TreeThreads.of(threads) };

const binned: BinnedMatrix[] = [];
const preparing = await costOf(async () => {
  binned.push(await binMatrix(known, { from: 0, to: trainRows }, options));
});
tell({ work: 'preparation', seconds: preparing.seconds, 'processor s': preparing.processor });
const [training] = binned;
const [y, up] = [returns, ups].map((column) => column.slice(0, trainRows));
const fits: Readonly<Record<string, () => Promise<TreeEnsemble>>> = {
  'regression forest': () => trainForest(training, y, { task: 'regression', trees }),
  'classification forest': () => trainForest(training, up, { task: 'classification', trees }),
  boosting: () => trainBoosting(training, y, { trees }),
};
for (const [work, train] of Object.entries(fits)) {
  const models: TreeEnsemble[] = [];
  const cost = await costOf(async () => models.push(await train()));
  const forecasts = new Float64Array(rows - trainRows);
  await predictRows(models[0], { rows, names, columns }, { from: trainRows, to: rows }, forecasts);
  const [actual, class1] = [returns, ups].map((column) => column.subarray(trainRows));
  const error =
    work === 'classification forest' ? { AUC: areaUnderCurve(class1, forecasts) } : { MSE: regressionScores(actual, forecasts).mse };
  tell({ work, seconds: cost.seconds, 'processor s': cost.processor, ...error });
}
tell({ work: 'memory', 'peak MiB': Math.round(residentMemory().peak) });
