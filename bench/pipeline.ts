/**
 * The whole job, from a file of bars to stored profiles, held-out figures included: time and memory, and where a script does the same job in Python, that beside it.
 *
 *     npm run bench:pipeline -- [FILE.csv.gz] [--bars 200000] [--threads 0,2] [--runs 3] [--store directory] [--models original,standard] [--python ../shared/peers/pipeline.py]
 *
 * `--models`: `original`, the default, are those with the parameters that the script gives its rival (50 trees, forests of depth 10, all features at each split of the
 * regression forest, boosting with a learning rate of 0.1, leaves of a single row); `standard` are those of a call that names none, which are others for minutes and cost less.
 *
 * Each run is a process of its own, by turns. Peaks are the most memory that was resident (VmHWM; on Linux also by stage). The last figure of ours is what remains
 * resident half a second after the run and a collection. The script is called as `SCRIPT FILE --threads N` and prints a line of JSON with `total` (seconds) and `peak_mb`, and what else it likes.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundled, runProgram } from './children';
import { writeCsv } from './csv-file';
import { quantile, Results, type Row, spreadOf } from './measure';
import { benchBars } from './peers/matrix';
import { pythonEnvironment } from './python-environment';
import { HAS_THREADS, threadCounts } from './threads';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bars: { type: 'string' },
    threads: { type: 'string', default: '0,2' },
    runs: { type: 'string', default: '3' },
    store: { type: 'string', default: 'directory' },
    models: { type: 'string', default: 'original' },
    python: { type: 'string', default: fileURLToPath(new URL('../../shared/peers/pipeline.py', import.meta.url)) },
  },
});

const wrong = given.models.split(',').find((models) => models !== 'original' && models !== 'standard');
if (wrong !== undefined) throw new Error(`--models is '${wrong}'; give original, standard, or both with a comma between`);
if (given.store !== 'directory' && given.store !== 'memory') throw new Error(`--store is '${given.store}'; give directory or memory`);

interface Side {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly told: { readonly rows: readonly Row[]; readonly seconds: number }[];
}

function sides(file: string, program: string): Side[] {
  const all = given.models.split(',').flatMap((models) =>
    threadCounts(given.threads).map((threads): Side => {
      const args = ['--expose-gc', program, file, HAS_THREADS ? String(threads) : '', given.store, models];
      const name = `tickerforest, ${models} models, ${threads === 0 ? 'calling thread' : `${threads} threads`}`;
      return { name, program: process.execPath, args, told: [] };
    }),
  );
  if (!existsSync(given.python)) {
    console.log(`NOT RUN: the same job in Python, because ${given.python} is not there`);
    return all;
  }
  const environment = pythonEnvironment();
  if ('missing' in environment) {
    console.log(`NOT RUN: the same job in Python: ${environment.missing}`);
    return all;
  }
  const args = [given.python, file, '--threads', '2'];
  return [...all, { name: 'Python, LightGBM with 2 threads', program: environment.python, args, told: [] }];
}

function value(row: Row | undefined, ...names: readonly string[]): number | null {
  const found = names.map((name) => row?.[name]).find((one) => typeof one === 'number');
  return found ?? null;
}

async function compare(file: string, about: string): Promise<void> {
  const program = await bundled('pipeline/ours.ts');
  const all = sides(file, program.path);
  try {
    for (let run = 0; run < Number(given.runs); run++) {
      for (const side of all) side.told.push(await runProgram(side.program, side.args));
    }
  } finally {
    await rm(program.folder, { recursive: true, force: true });
  }
  const results = new Results(`From ${about} to stored profiles`);
  for (const { name, told } of all) {
    const last = told.map(({ rows }) => rows[rows.length - 1]);
    const median = (...columns: readonly string[]) => {
      const own = last.flatMap((row) => value(row, ...columns) ?? []);
      return own.length === 0 ? null : quantile(own, 0.5);
    };
    const peak = median('peak MiB', 'peak_mb');
    const ratios = told.map(({ seconds }, run) => seconds / all[0].told[run].seconds);
    results.add({
      who: name,
      'seconds of the process': spreadOf(told.map(({ seconds }) => seconds)),
      'times the first': quantile(ratios, 0.5),
      fetch: median('fetch'),
      features: median('features'),
      training: median('train'),
      'processor s': median('processor s'),
      'peak MiB': peak,
      'MiB after': median('MiB after'),
    });
  }
  results.print();
  for (const { name, told } of all.filter((side) => side.program === process.execPath)) {
    const stages = new Results(`By stage, ${name}, the last run`);
    for (const row of told[told.length - 1].rows.filter((one) => one.stage !== 'total')) stages.add(row);
    stages.print();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
try {
  const { file, count } = benchBars(positionals[0], given.bars);
  const path = file ?? join(folder, 'bars.csv');
  if (file === null) await writeCsv(path, count);
  await compare(path, file === null ? `a file of ${count.toLocaleString('en-US')} generated bars` : 'the file of real bars');
} finally {
  await rm(folder, { recursive: true, force: true });
}
