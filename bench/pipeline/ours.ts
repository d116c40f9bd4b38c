/** One side of bench/pipeline.ts: from a file to stored profiles, in a process of its own. Prints what each stage took, and what the whole did. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { csvBars, directoryProfileStore, memoryProfileStore, standardModels, trainSymbol } from '../../src/index';
import { originalModels } from '../../src/research';
import { type Stage, stageOf } from '../blocks/stage';
import { forgetPeak, residentMemory } from '../peak-memory';

const [file, threads, kind, models] = process.argv.slice(2);

const MEBIBYTES = (value: number) => Math.round(value);
const stages = new Map<string, { seconds: number; peak: number; after: number }>();
let stage: Stage | 'start' = 'start';
let entered = performance.now();
let most = 0;

function leave(): void {
  const now = performance.now();
  const memory = residentMemory();
  const known = stages.get(stage) ?? { seconds: 0, peak: 0, after: 0 };
  stages.set(stage, { seconds: known.seconds + (now - entered) / 1000, peak: Math.max(known.peak, memory.peak), after: memory.now });
  most = Math.max(most, memory.peak);
  forgetPeak();
  entered = now;
}

const folder = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
const store = kind === 'memory' ? memoryProfileStore() : directoryProfileStore(folder);
const started = performance.now();
const { timings, mlProfile } = await trainSymbol({
  symbol: 'BENCH',
  source: csvBars(file),
  store,
  models: models === 'standard' ? standardModels() : originalModels(),
  ...(threads !== '' && { threads: Number(threads) }),
  onProgress: (progress) => {
    const next = stageOf(progress);
    if (next === undefined || next === stage) return;
    leave();
    stage = next;
  },
});
leave();
const total = (performance.now() - started) / 1000;
await store.close();
const { user, system } = process.cpuUsage();
const parts = (wanted: string) => timings.reduce((sum, one) => (one.stage === wanted ? sum + one.milliseconds / 1000 : sum), 0);

for (const [name, { seconds, peak, after }] of stages) {
  console.log(JSON.stringify({ stage: name, seconds, 'peak MiB': MEBIBYTES(peak), 'MiB after': MEBIBYTES(after) }));
}
globalThis.gc?.();
await sleep(500);
globalThis.gc?.();
const remains = residentMemory().now;
console.log(
  JSON.stringify({
    stage: 'total',
    seconds: total,
    fetch: parts('fetch'),
    features: parts('features'),
    train: parts('train'),
    'processor s': (user + system) / 1e6,
    'peak MiB': MEBIBYTES(most),
    'MiB after': MEBIBYTES(remains),
    models: mlProfile.models.models_trained.length,
  }),
);
await rm(folder, { recursive: true, force: true });
