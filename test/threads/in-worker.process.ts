import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { sampleBars } from '../../src/bars/sample-bars';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';

// A service that trains in a worker thread of its own: the library's threads are workers of that one, and end with it.
async function train(): Promise<void> {
  const trees = 3;
  const { action, warnings } = await trainSymbol({
    ...{ symbol: 'A', source: sampleBars({ bars: 6000 }), store: memoryProfileStore(), threads: 2 },
    models: { regression_rf: { trees }, classification_rf: { trees }, regression_gb: { trees } },
  });
  parentPort?.postMessage([action, ...warnings.map(({ code }) => code)].join());
}

if (isMainThread) {
  const worker = new Worker(process.argv[1]);
  worker.on('message', (text: string) => process.stdout.write(`${text} `));
  worker.on('exit', (code) => process.stdout.write(`exit ${code}`));
} else void train();
