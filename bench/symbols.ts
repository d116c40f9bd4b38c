/**
 * Many symbols in one process: each trained for the first time on daily bars, in the memory store.
 *
 *     npm run bench:symbols -- [--symbols 1000] [--bars 2500] [--threads 0,1,2] [--concurrency 4] [--trees 50]
 *
 * Prints symbols a second, and along the way memory and the processor time of a symbol: the first ones pay for the engine's compiling, once a thread. Each symbol is deleted from
 * the store when it has been trained, so `live`, what is in use after a collection, should not grow.
 */
import { parseArgs } from 'node:util';
import { type BarSource, memoryProfileStore, trainSymbols } from '../src/index';
import { randomBars } from '../test/generated-bars';
import { Results } from './measure';
import { threadCounts, threadsOption } from './threads';

const DAY_MS = 86_400_000;
const MIB = 2 ** 20;
const START = Date.UTC(2014, 0, 6);

const { values: given } = parseArgs({
  options: {
    symbols: { type: 'string', default: '1000' },
    bars: { type: 'string', default: '2500' },
    threads: { type: 'string', default: '0,1,2' },
    concurrency: { type: 'string', default: '4' },
    trees: { type: 'string', default: '50' },
  },
});
const trees = Number(given.trees);
const count = Number(given.symbols);
const length = Number(given.bars);
const symbols = Array.from({ length: count }, (_, i) => `S${String(i).padStart(4, '0')}`);

/** A series of its own for each symbol, made when it is asked for. */
const source: BarSource = {
  async *fetch({ symbol }) {
    yield {
      bars: randomBars(length, { seed: 1 + Number(symbol.slice(1)), interval: DAY_MS, start: START, volatility: 0.02 }),
      batch: 1,
      batches: 1,
    };
  },
};

interface Memory {
  readonly live: number;
  readonly resident: number;
}

function memory(): Memory {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { live: (heapUsed + external) / MIB, resident: rss / MIB };
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

async function trainAll(threads: number, results: Results): Promise<void> {
  const store = memoryProfileStore();
  const marks = new Set([0.1, 0.5, 1].map((share) => Math.max(1, Math.round(share * count))));
  const along: Record<string, number> = {};
  let finished = 0;
  // the time of the collections is not the training's
  let collecting = 0;
  const processor = process.cpuUsage();
  let before = { finished, seconds: 0 };
  const loop = performance.eventLoopUtilization();
  const started = performance.now();
  for await (const outcome of trainSymbols({
    symbols,
    source,
    store,
    concurrency: Number(given.concurrency),
    models: { regression_rf: { trees }, classification_rf: { trees }, regression_gb: { trees } },
    ...threadsOption(threads),
  })) {
    if (outcome.status === 'rejected') throw outcome.error;
    // what is stored would hide what is forgotten to be given back
    await store.deleteSymbol(outcome.symbol);
    finished++;
    if (!marks.has(finished)) continue;
    const from = performance.now();
    const { live, resident } = memory();
    const seconds = secondsOf(process.cpuUsage(processor));
    along[`processor ms/symbol to ${finished}`] = Math.round((1000 * (seconds - before.seconds)) / (finished - before.finished));
    along[`live MiB at ${finished}`] = Math.round(live);
    along[`resident MiB at ${finished}`] = Math.round(resident);
    before = { finished, seconds };
    collecting += performance.now() - from;
  }
  const seconds = (performance.now() - started - collecting) / 1000;
  const busy = performance.eventLoopUtilization(loop).utilization;
  const used = secondsOf(process.cpuUsage(processor));
  await store.close();
  results.add({
    symbols: count,
    bars: length,
    threads,
    'symbols/s': count / seconds,
    'calling thread busy': busy,
    'processor s': used,
    ...along,
  });
}

const results = new Results(`First trainings of many daily symbols in one process, ${given.concurrency} at a time, ${trees} trees a model`);
for (const threads of threadCounts(given.threads)) await trainAll(threads, results);
results.print();
