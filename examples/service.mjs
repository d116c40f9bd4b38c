// A service: trains in a thread of its own, forecasts from the store, says with an HTTP status what went wrong, and stops without leaving a lease behind.
// Plain JavaScript, because threads start from a file that Node can read. docs/services.md explains it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { directoryProfileStore, predictSymbol } from 'tickerforest';

const STATUS = {
  INVALID_OPTION: 400,
  UNKNOWN_SYMBOL: 404,
  SYMBOL_LEASED: 409,
  CONFLICT: 409,
  SOURCE_FAILED: 502,
  ABORTED: 503,
  STORE_FAILED: 503,
};

const folder = await mkdtemp(join(tmpdir(), 'tickerforest-'));
const store = directoryProfileStore(folder);
const stop = new AbortController();
const trainings = new Set();

function trainInThread(symbol) {
  const thread = new Worker(new URL('./training-thread.mjs', import.meta.url), { workerData: { symbol, folder } });
  const abort = () => thread.postMessage('stop');
  const ended = new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
  }).finally(() => {
    stop.signal.removeEventListener('abort', abort);
    trainings.delete(ended);
  });
  stop.signal.addEventListener('abort', abort, { once: true });
  trainings.add(ended);
  return ended;
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  try {
    const symbol = decodeURIComponent(request.url.slice(1));
    const result = request.method === 'POST' ? await trainInThread(symbol) : await predictSymbol({ symbol, store });
    answer(result.code === undefined ? 200 : (STATUS[result.code] ?? 500), result);
  } catch ({ code, message }) {
    answer(STATUS[code] ?? 500, STATUS[code] === undefined ? { message: 'something is wrong with this service' } : { code, message });
  }
});

/** What SIGTERM should do: take no more requests, let trainings give their leases back, close the store. */
async function shutDown() {
  server.close();
  stop.abort();
  await Promise.allSettled(trainings);
  await store.close();
}
process.once('SIGTERM', shutDown);

// What its clients do.
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address();
async function ask(method, symbol) {
  const response = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(symbol)}`, { method, headers: { connection: 'close' } });
  console.log(method, symbol, response.status, await response.text());
}
await ask('GET', 'WAVE'); // nothing is stored yet
await Promise.all([ask('POST', 'WAVE'), ask('POST', 'WAVE')]); // one trains, the other is told so
await ask('GET', 'WAVE');
const interrupted = ask('POST', 'RIPPLE');
while (trainings.size === 0) await new Promise(setImmediate); // until it has begun
process.emit('SIGTERM');
await interrupted; // aborted: nothing is stored
console.log('stored:', await directoryProfileStore(folder).listSymbols());
await rm(folder, { recursive: true, maxRetries: 10 }); // the thread may still be giving its lease back
