/** This library's side of bench/predict.ts, in a process of its own. */
import { binMatrix } from '../../src/trees/binned-columns';
import { trainBoosting } from '../../src/trees/boosting';
import { trainForest } from '../../src/trees/forest';
import { predictBinned, predictRow, predictRows } from '../../src/trees/prediction';
import { type Cost, costsOf, quantile } from '../measure';
import { readMatrix } from './read-matrix';

const [folder, treesText, runsText] = process.argv.slice(2);
const trees = Number(treesText);
const runs = Number(runsText);
const WARM_UP_ROWS = 5_000;

const { rows, trainRows, names, columns, returns, ups } = await readMatrix(folder);
const matrix = { rows, names, columns };
const binned = await binMatrix(matrix, { from: 0, to: trainRows });
const known = { from: 0, to: trainRows };
const tested = { from: trainRows, to: rows };
const count = rows - trainRows;
const models = {
  'regression forest': await trainForest(binned, returns, { task: 'regression', trees, rows: known }),
  'classification forest': await trainForest(binned, ups, { task: 'classification', trees, rows: known }),
  boosting: await trainBoosting(binned, returns, { trees, rows: known }),
};
const all = Object.values(models);

function tell(row: Readonly<Record<string, string | number>>): void {
  console.log(JSON.stringify({ library: 'tickerforest', ...row }));
}

// other rows each time, as live bars are
const live = Array.from({ length: Math.min(count, WARM_UP_ROWS) }, (_, i) => Float32Array.from(columns, (column) => column[trainRows + i]));
let sum = 0;
function forecastAll(): void {
  for (const row of live) for (const model of all) sum += predictRow(model, row);
}
const perRow = (await costsOf(runs, forecastAll, 3)).map(({ seconds }) => (seconds / live.length) * 1e6);
tell({ work: 'one row, three models', 'one row, us': quantile(perRow, 0.5) });

const out = new Float64Array(count);
const middle = (costs: readonly Cost[]) =>
  quantile(
    costs.map(({ processor }) => processor),
    0.5,
  );
for (const [work, model] of Object.entries(models)) {
  const one = await costsOf(runs, () => {
    for (const row of live) sum += predictRow(model, row);
  });
  const raw = await costsOf(runs, () => predictRows(model, matrix, tested, out));
  const bins = await costsOf(runs, () => predictBinned(model, binned, tested, out));
  tell({
    work,
    'rows/s/core': count / middle(raw),
    'rows/s/core from bins': count / middle(bins),
    'one row, us': (middle(one) / live.length) * 1e6,
  });
}
if (!Number.isFinite(sum)) throw new Error('a forecast is no number');
