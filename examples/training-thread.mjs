// Trains one symbol in a thread of its own; service.mjs starts it. Errors lose their class and code on the way between threads, so they are sent as data.
import { parentPort, workerData } from 'node:worker_threads';
import { directoryProfileStore, sampleBars, trainSymbol } from 'tickerforest';

const { symbol, folder } = workerData;
const stop = new AbortController();
parentPort.once('message', () => stop.abort());
try {
  const source = sampleBars(); // yours: csvBars(...), or your vendor's
  const { action } = await trainSymbol({ symbol, source, store: directoryProfileStore(folder), signal: stop.signal });
  parentPort.postMessage({ action });
} catch ({ code, message }) {
  parentPort.postMessage({ code, message });
}
parentPort.close();
