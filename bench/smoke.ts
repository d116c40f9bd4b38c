/**
 * Runs every bench on very little, so that none of them rots: `npm run bench:smoke`. Asserts that each ends well and prints figures; never what they are.
 * What cannot run here is named, with the reason.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCsv } from './csv-file';
import { pythonEnvironment } from './python-environment';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PATIENCE = 120_000;
const LINES = 15;

const scratch = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
const file = join(scratch, 'bars.csv');
await writeCsv(file, 11_000);
const environment = pythonEnvironment();

/** Arguments of each bench, or why it is left out. */
const BENCHES: Readonly<Record<string, readonly string[] | string>> = {
  train: ['--rows', '5000', '--features', '20', '--trees', '3', '--runs', '1'],
  peers: 'missing' in environment ? environment.missing : ['--bars', '4000', '--trees', '3', '--runs', '1', '--threads', '1'],
  npm: ['--rows', '50', '--bars', '2000'],
  // threads of LightGBM spin, for minutes where other processes want the cores
  pipeline: [file, '--runs', '1', '--python', 'none'],
  predict: ['--bars', '4000', '--trees', '3', '--runs', '1'],
  responsive: [file, '--bars', '4000', '--trees', '3'],
  symbols: ['--symbols', '8', '--bars', '600', '--trees', '3'],
  update: ['--bars', '20000', '--runs', '1', '--symbols', '3', '--stores', 'memory,directory'],
  blocks: ['--bars', '5000', '--runs', '1', '--aborts', '0', '--trees', '3'],
  leases: ['--seconds', '3', '--bars', '3000'],
  live: ['--bars', '2000', '--live', '50'],
  explain: ['1500'],
  csv: [file],
  bars: [file],
  import: existsSync(join(ROOT, 'dist/index.js')) ? ['--rounds', '1'] : 'the package is not built',
  features: 'missing' in environment ? environment.missing : ['--bars', '20000', '--rounds', '1'],
  estimate: 'it trains at full size, since sizes are what it is about',
  defaults: 'it searches, for hours',
  'label-gaps': 'it reads all of ../shared/data',
  against: 'it builds another commit',
};

let failures = 0;
try {
  for (const [name, args] of Object.entries(BENCHES)) {
    if (typeof args === 'string') {
      console.log(`NOT RUN: bench/${name}.ts, because ${args}`);
      continue;
    }
    const started = performance.now();
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', `bench/${name}.ts`, ...args],
      { cwd: ROOT, encoding: 'utf8', timeout: PATIENCE },
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const isWell = status === 0 && /\d/.test(stdout);
    console.log(`${isWell ? 'ran' : 'FAILED'}: bench/${name}.ts, ${seconds} s`);
    for (const line of stdout.split('\n').filter((text) => text.startsWith('NOT RUN'))) console.log(`  ${line}`);
    if (isWell) continue;
    failures++;
    const last = (text: string) => text.split('\n').slice(-LINES).join('\n');
    console.log(`it ended with ${status ?? signal}\n${last(stdout)}\n${last(stderr)}`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
if (failures > 0) process.exitCode = 1;
