/**
 * Whether a service stays awake while it trains: a `/health` endpoint in the process that calls `trainSymbol`, asked every few milliseconds by another process.
 *
 *     npm run bench:responsive -- [FILE.csv.gz] [--bars 300000,1869587] [--threads 0,2] [--every 10] [--trees 50] [--culprits]
 *
 * Requests are sent at fixed moments, also while earlier ones wait, so that a blocked service counts as long as it was blocked. Prints latencies, and by stage the longest time between two turns of the event loop, in brackets
 * the most that the processor worked for the main thread in one (where other processes take the cores, blocks are longer than that). Bars are those of the file: `--bars` takes the newest of them.
 * `--culprits` says what the thread was at in each of these, which takes it a few percent longer. `bench:blocks` measures updates, retrainings and aborts as well.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { collectBars, csvBars, memoryProfileStore, sliceBars, trainSymbol } from '../src/index';
import { randomBars } from '../test/generated-bars';
import { BlockWatch } from './blocks/block-watch';
import { Culprits } from './blocks/culprits';
import { STAGES } from './blocks/stage';
import { numbers, quantile, Results } from './measure';
import { benchBars } from './peers/matrix';
import { threadCounts, threadsOption } from './threads';

const CLIENT = fileURLToPath(new URL('responsive/client.ts', import.meta.url));
const BATCH = 50_000;

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bars: { type: 'string', default: '300000,1869587' },
    threads: { type: 'string', default: '0,2' },
    every: { type: 'string', default: '10' },
    trees: { type: 'string', default: '50' },
    culprits: { type: 'boolean', default: false },
  },
});
const trees = Number(given.trees);
const models = { regression_rf: { trees }, classification_rf: { trees }, regression_gb: { trees } };

async function barsOf(count: number) {
  const { file } = benchBars(positionals[0], undefined);
  if (file === null) return randomBars(count);
  const { bars } = await collectBars(csvBars(file), { symbol: 'BENCH' });
  return sliceBars(bars, Math.max(0, bars.length - count), bars.length);
}

/** Latencies of requests, milliseconds, while some work is done. */
async function askDuring(work: () => Promise<void>): Promise<number[]> {
  const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
  // a service that is kept for seconds must not take its client for gone
  server.keepAliveTimeout = 0;
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const client = fork(CLIENT, [String(address.port), given.every], { execArgv: ['--import', 'tsx'] });
  try {
    await once(client, 'message');
    await work();
    const answer = once(client, 'message');
    client.send('end');
    const [latencies] = await answer;
    return latencies;
  } finally {
    client.kill();
    server.closeAllConnections();
    server.close();
  }
}

async function main(): Promise<void> {
  const results = new Results('Requests to /health beside a training, milliseconds');
  const stages = new Results('Longest block of the main thread by stage, milliseconds (of it processor)');
  for (const count of numbers(given.bars)) {
    const bars = await barsOf(count);
    for (const threads of threadCounts(given.threads)) {
      const watch = new BlockWatch();
      const culprits = given.culprits ? new Culprits() : undefined;
      let seconds = 0;
      const latencies = await askDuring(async () => {
        const started = performance.now();
        const source = {
          async *fetch() {
            const batches = Math.ceil(bars.length / BATCH);
            for (let batch = 0; batch < batches; batch++) {
              yield { bars: sliceBars(bars, batch * BATCH, Math.min(bars.length, (batch + 1) * BATCH)), batch: batch + 1, batches };
            }
          },
        };
        await culprits?.start();
        watch.begin();
        await trainSymbol({
          symbol: 'BENCH',
          source,
          store: memoryProfileStore(),
          models,
          ...threadsOption(threads),
          onProgress: (progress) => watch.enter(progress),
        });
        seconds = (performance.now() - started) / 1000;
      });
      const blocks = watch.finish();
      const blame = await culprits?.stop();
      const all = [...blocks.values()].map(({ longest }) => longest);
      results.add({
        bars: bars.length,
        threads,
        seconds,
        requests: latencies.length,
        'p50 ms': quantile(latencies, 0.5),
        'p99 ms': quantile(latencies, 0.99),
        'worst ms': Math.max(...latencies),
        'longest block ms': Math.max(...all.map(({ milliseconds }) => milliseconds)),
        'of it processor': Math.max(...all.map(({ processor }) => processor)),
      });
      const row: Record<string, string | number> = { bars: bars.length, threads };
      for (const stage of STAGES) {
        const longest = blocks.get(stage)?.longest;
        if (longest !== undefined) row[stage] = `${longest.milliseconds.toFixed(1)} (${longest.processor.toFixed(1)})`;
      }
      stages.add(row);
      for (const [stage, { longest }] of blame === undefined ? [] : blocks) {
        console.log(`${bars.length} bars, ${stage}, ${longest.processor.toFixed(1)} ms: ${blame?.(longest.from, longest.to)}`);
      }
    }
  }
  results.print();
  stages.print();
}

await main();
