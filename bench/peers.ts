/**
 * This library's trees beside those of Python, on the matrix that its own models are trained on: preparation, two forests, boosting, and how wrong each is on rows that it has not seen.
 *
 *     npm run bench:peers -- [FILE.csv.gz] [--bars 200000] [--threads 1,2] [--runs 3] [--trees 50] [--peers lightgbm,lightgbm-quantised,xgboost,hessboost]
 *
 * FILE is the shared history of BTC/USD where it is there; `--bars` generates bars instead. Each fit is in a process of its own, ours and each peer's by turns, so that what else the machine does
 * meets all alike. A ratio is the median over the turns of the peer's time by ours: above 1, ours is faster. LightGBM with quantised gradients boosts only: that is not combined
 * with bagging, without which it has no forests. hessboost promises the same model for any number of threads, and makes bins within each fit. bench/python/peers.py says what the peers are told.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundled, runProgram } from './children';
import { numbers, quantile, Results, type Row, spreadOf } from './measure';
import { benchBars, exportMatrix } from './peers/matrix';
import { pythonEnvironment } from './python-environment';

const SCRIPT = fileURLToPath(new URL('python/peers.py', import.meta.url));
const OURS = 'tickerforest';
const WORK = ['preparation', 'regression forest', 'classification forest', 'boosting'];

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bars: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    runs: { type: 'string', default: '3' },
    trees: { type: 'string', default: '50' },
    peers: { type: 'string', default: 'lightgbm,lightgbm-quantised,xgboost,hessboost' },
  },
});

/** What a library's processes told, one a turn. */
type Turns = Map<string, Row[][]>;

function figure(rows: readonly Row[], work: string, column: string): number | null {
  const value = rows.find((row) => row.work === work)?.[column];
  return typeof value === 'number' ? value : null;
}

function figures(turns: readonly Row[][], work: string, column: string): number[] {
  return turns.flatMap((rows) => figure(rows, work, column) ?? []);
}

/** Seconds of all of a library's work in one turn; null if it does not do all. */
function sumOf(rows: readonly Row[]): number | null {
  const all = WORK.flatMap((work) => figure(rows, work, 'seconds') ?? []);
  return all.length === WORK.length ? all.reduce((sum, one) => sum + one, 0) : null;
}

function ratio(theirs: readonly (number | null)[], ours: readonly (number | null)[]): number | null {
  const ratios = theirs.flatMap((value, turn) => {
    const own = ours[turn];
    return value === null || own === null ? [] : [value / own];
  });
  return ratios.length === 0 ? null : quantile(ratios, 0.5);
}

function report(about: string, threads: number, turns: Turns): void {
  const results = new Results(`${about}; ${threads} thread${threads === 1 ? '' : 's'} each`);
  const ours = turns.get(OURS) ?? [];
  for (const [library, own] of turns) {
    if (own.length === 0) continue;
    const version = own[0][0]?.version;
    const name = { library: version === undefined ? library : `${library} ${String(version)}` };
    for (const work of WORK) {
      const seconds = figures(own, work, 'seconds');
      if (seconds.length === 0) continue;
      const ratios = ratio(
        own.map((rows) => figure(rows, work, 'seconds')),
        ours.map((rows) => figure(rows, work, 'seconds')),
      );
      results.add({
        ...name,
        work,
        seconds: spreadOf(seconds),
        'processor s': spreadOf(figures(own, work, 'processor s')),
        'times ours': library === OURS ? null : ratios,
        'test MSE': figures(own, work, 'MSE')[0] ?? null,
        'test AUC': figures(own, work, 'AUC')[0] ?? null,
      });
    }
    const sums = own.flatMap((rows) => sumOf(rows) ?? []);
    if (sums.length === 0) continue;
    results.add({
      ...name,
      work: 'sum',
      seconds: spreadOf(sums),
      'times ours': library === OURS ? null : ratio(own.map(sumOf), ours.map(sumOf)),
      'peak MiB': Math.max(...figures(own, 'memory', 'peak MiB')),
    });
  }
  results.print();
}

async function main(): Promise<void> {
  const environment = pythonEnvironment();
  if ('missing' in environment) {
    console.log(`NOT RUN: ${environment.missing}`);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
  const program = await bundled('peers/ours.ts');
  try {
    const bars = benchBars(positionals[0], given.bars);
    const { features, trainRows } = await exportMatrix(bars, folder);
    const about = `${trainRows.toLocaleString('en-US')} training rows x ${features} features of ${bars.file === null ? 'generated bars' : 'real bars'}, ${given.trees} trees`;
    for (const threads of numbers(given.threads)) {
      const turns: Turns = new Map([OURS, ...given.peers.split(',')].map((library) => [library, []]));
      for (let turn = 0; turn < Number(given.runs); turn++) {
        for (const [library, told] of turns) {
          const { rows } = await (library === OURS
            ? runProgram(process.execPath, [program.path, folder, String(threads === 1 ? 0 : threads), given.trees])
            : runProgram(environment.python, [SCRIPT, folder, library, String(threads), given.trees]));
          told.push([...rows]);
        }
      }
      report(about, threads, turns);
    }
  } finally {
    for (const path of [folder, program.folder]) await rm(path, { recursive: true, force: true });
  }
}

await main();
