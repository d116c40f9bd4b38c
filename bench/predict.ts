/**
 * What a forecast costs: one row through the three models, and batches, beside LightGBM's `predict`.
 *
 *     npm run bench:predict -- [FILE.csv.gz] [--bars 50000] [--trees 50] [--runs 5]
 *
 * Models are trained on four fifths of the rows and forecast the others. One row goes through all three models, as a live bar does. Batches are forecast on one thread, from raw values (a loaded model) and
 * from bins (a model beside its matrix). LightGBM trains the same kinds of model on the same rows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundled, runProgram } from './children';
import { Results } from './measure';
import { benchBars, exportMatrix } from './peers/matrix';
import { pythonEnvironment } from './python-environment';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: { bars: { type: 'string' }, trees: { type: 'string', default: '50' }, runs: { type: 'string', default: '5' } },
});

const folder = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
const program = await bundled('peers/ours-predict.ts');
try {
  const { features, rows, trainRows } = await exportMatrix(benchBars(positionals[0], given.bars ?? '50000'), folder);
  const results = new Results(
    `Forecasts of ${(rows - trainRows).toLocaleString('en-US')} rows x ${features} features, ${given.trees} trees a model`,
  );
  const ours = await runProgram(process.execPath, [program.path, folder, given.trees, given.runs]);
  for (const row of ours.rows) results.add(row);
  const environment = pythonEnvironment();
  if ('missing' in environment) console.log(`NOT RUN: LightGBM: ${environment.missing}`);
  else {
    const script = fileURLToPath(new URL('python/peers.py', import.meta.url));
    const theirs = await runProgram(environment.python, [script, folder, 'lightgbm', '1', given.trees, 'predict']);
    for (const { library, version, work, 'rows/s/core': batch, 'one row, us': one } of theirs.rows) {
      if (batch === undefined) continue;
      results.add({ library: `${String(library)} ${String(version)}`, work, 'rows/s/core': batch, 'one row, us': one });
    }
  }
  results.print();
} finally {
  for (const path of [folder, program.folder]) await rm(path, { recursive: true, force: true });
}
