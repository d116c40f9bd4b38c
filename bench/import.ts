// What importing the package costs a process: `npm run build && npm run bench:import`. Whole processes from start to end, empty ones between them,
// so that what else the machine does hits all alike; and their processor time, which a busy machine changes less.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values: given } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(given.rounds);
const MODULE = ['--input-type=module'];
const PROGRAMS = {
  'empty module': [MODULE, ''],
  "import 'tickerforest'": [MODULE, "import 'tickerforest';"],
  'empty script': [[], ''],
  "require('tickerforest')": [[], "require('tickerforest');"],
} as const;
const SAY_CPU = 'const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000));';

interface Cost {
  /** Milliseconds from start to end. */
  readonly wall: number;
  /** Milliseconds of all cores. */
  readonly cpu: number;
}

function costOf(options: readonly string[], program: string): Cost {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, '-e', program + SAY_CPU], { cwd: ROOT, encoding: 'utf8' });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`node -e "${program}" ended with ${status}: ${stderr}`);
  return { wall, cpu: Number(stdout) };
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1];
}

const costs = Object.entries(PROGRAMS).map(([name, [options, program]]) => ({ name, options, program, all: [] as Cost[] }));
for (let round = 0; round <= ROUNDS; round++) {
  for (const { options, program, all } of costs) {
    const cost = costOf(options, program);
    // the first round fills the system's caches
    if (round > 0) all.push(cost);
  }
}
const medians = costs.map(({ name, all }) => ({ name, wall: median(all.map(({ wall }) => wall)), cpu: median(all.map(({ cpu }) => cpu)) }));
console.log(`median of ${ROUNDS} processes each, in milliseconds`);
for (const { name, wall, cpu } of medians)
  console.log(`${name.padEnd(24)} ${wall.toFixed(0).padStart(4)} from start to end, ${cpu.toFixed(0)} of processor`);
const [emptyModule, imported, emptyScript, required] = medians;
for (const [how, full, empty] of [['import', imported, emptyModule] as const, ['require', required, emptyScript] as const]) {
  console.log(`${how} costs ${(full.wall - empty.wall).toFixed(0)} ms, ${(full.cpu - empty.cpu).toFixed(0)} ms of processor`);
}
