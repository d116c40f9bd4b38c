// What each way to load the package must be able to do: train, forecast, store in a folder, read a file, fail with an error of its own.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import threads from 'node:worker_threads';

const DAY = 86_400_000;
const FIRST = Date.UTC(2020, 0, 6);

function tinyCsv() {
  const rows = Array.from({ length: 260 }, (_, day) => {
    const close = 100 + 10 * Math.sin(day / 7) + ((day * 7919) % 13) / 10;
    const [low, high] = [close - 1, close + 1].map((price) => price.toFixed(2));
    return [new Date(FIRST + day * DAY).toISOString().slice(0, 10), low, high, low, close.toFixed(2), 1_000 + day].join(',');
  });
  return ['date,open,high,low,close,volume', ...rows, ''].join('\n');
}

/** Counts the worker threads that are started from now on. */
function countWorkers() {
  let started = 0;
  threads.Worker = class extends threads.Worker {
    constructor(...args) {
      super(...args);
      started++;
    }
  };
  syncBuiltinESMExports();
  return () => started;
}

/**
 * @param tickerforest - what the package's main entry exports
 * @param testing - what its testing entry exports
 * @returns one line, the same wherever it runs: the forecast
 */
export async function exercise(tickerforest, testing) {
  const { csvBars, directoryProfileStore, memoryProfileStore, predictSymbol, TickerforestError, trainSymbol } = tickerforest;
  const started = countWorkers();
  const folder = await mkdtemp(join(tmpdir(), 'tickerforest-exercise-'));
  try {
    const file = join(folder, 'tiny.csv');
    await writeFile(file, tinyCsv());
    const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
    const options = { symbol: 'TINY', now: new Date(FIRST + 300 * DAY), models };
    const forecasts = [];
    for (const store of [memoryProfileStore(), directoryProfileStore(join(folder, 'profiles'))]) {
      const { warnings } = await trainSymbol({ ...options, source: csvBars(file), store, threads: 2 });
      assert.ok(!warnings.some(({ code }) => code === 'no_workers'), JSON.stringify(warnings));
      const { direction, probabilityUp, predictedReturn } = await predictSymbol({ symbol: 'TINY', store });
      forecasts.push(`TINY ${direction}, ${JSON.stringify([probabilityUp, predictedReturn])}`);
      const failure = await trainSymbol({ ...options, source: csvBars(join(folder, 'none.csv')), store }).catch((error) => error);
      assert.ok(failure instanceof TickerforestError, `a missing file is told by ${failure}`);
      assert.equal(failure.name, 'TickerforestError');
      assert.equal(failure.code, 'SOURCE_FAILED');
      await store.close();
    }
    assert.equal(forecasts[0], forecasts[1]);
    assert.ok(started() > 0, 'no worker thread was started');
    assert.equal(typeof testing.testProfileStore, 'function');
    return forecasts[0];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
