/**
 * How long a run of `trainSymbol` keeps the thread to itself, and how soon it hears an abort, stage by stage: a first training, an update of a day that keeps
 * the models, and a retraining, in the memory store.
 *
 *     npm run bench:blocks -- [--bars 20000,150000,300000] [--whole] [--runs 3] [--aborts 3] [--trees 50] [--kept]
 *
 * A block is the time between two turns of the event loop; the table has the longest one of each stage, the median over the runs, and in brackets the most that the
 * processor worked for the thread in one (where other processes take the cores, blocks are longer than that). An abort comes at a random moment of a stage; what is
 * measured begins when it is due, so that a blocked thread counts, and ends when the promise has rejected. `--whole` adds 1,869,587 bars; with
 * `--kept` bars are kept, too.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Table } from 'console-table-printer';
import type { BarSource } from '../src/bars/bar-source';
import { sliceBars } from '../src/bars/bars';
import type { StandardModelOptions } from '../src/models/standard-models';
import type { BarStore } from '../src/stores/bar-store';
import type { ProfileStore } from '../src/stores/contract';
import { memoryBarStore } from '../src/stores/memory/bar-store';
import { memoryProfileStore } from '../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../src/symbol/job';
import { predictSymbol } from '../src/symbol/predict-symbol';
import { trainSymbol } from '../src/symbol/train-symbol';
import { trainSymbols } from '../src/symbol/train-symbols';
import { BlockWatch, type LongestBlock, type StageBlocks } from './blocks/block-watch';
import { STAGES, type Stage } from './blocks/stage';
import { quantile } from './measure';
import { DAY_BARS, endOfDay, indexedBars, LONG, readSeries, type Series } from './updates/histories';

const BATCH = 50_000;
const MOST_TOGETHER = 300_000;
const SYMBOL = 'BENCH';

const { values: given } = parseArgs({
  options: {
    bars: { type: 'string', default: '20000,150000,300000' },
    whole: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
    aborts: { type: 'string', default: '3' },
    trees: { type: 'string', default: '50' },
    kept: { type: 'boolean', default: false },
  },
});
const trees = Number(given.trees);
const models: StandardModelOptions = { regression_rf: { trees }, classification_rf: { trees }, regression_gb: { trees } };

const ACTIONS = ['first training', 'update', 'retraining'] as const;
type Action = (typeof ACTIONS)[number];

/** Bars in batches, as most sources have them; the last one says so. */
function batchedBars(series: Series): BarSource {
  const whole = indexedBars(series.bars);
  return {
    async *fetch(request) {
      for await (const { bars } of whole.fetch(request)) {
        const batches = Math.max(1, Math.ceil(bars.length / BATCH));
        for (let batch = 1; batch <= batches; batch++) {
          yield { bars: sliceBars(bars, (batch - 1) * BATCH, Math.min(bars.length, batch * BATCH)), batch, batches };
        }
      }
    },
  };
}

interface Stores {
  readonly store: ProfileStore;
  readonly bars?: BarStore;
}

function newStores(): Stores {
  return { store: memoryProfileStore(), ...(given.kept && { bars: memoryBarStore() }) };
}

function optionsOf(series: Series, count: number, stores: Stores, action: Action): TrainSymbolOptions {
  const to = endOfDay(series, ACTIONS.indexOf(action));
  return {
    symbol: SYMBOL,
    ...stores,
    models,
    source: batchedBars(series),
    to,
    now: new Date(to.getTime() + 120_000),
    ...(action === 'first training' && { from: new Date(series.bars.timestamp[series.history - count]) }),
    ...(action === 'update' && { maxModelAgeDays: 36_500 }),
    ...(action === 'retraining' && { minNewBars: 1, maxModelAgeDays: 0 }),
  };
}

async function measureBlocks(options: TrainSymbolOptions): Promise<ReadonlyMap<Stage, StageBlocks>> {
  const watch = new BlockWatch();
  await trainSymbol({ ...options, onProgress: (progress) => watch.enter(progress) });
  return watch.finish();
}

/** Milliseconds from the moment at which an abort is due to the rejection; null if the run was over before. */
async function measureAbort(options: TrainSymbolOptions, stage: Stage, delay: number): Promise<number | null> {
  const watch = new BlockWatch();
  const abort = new AbortController();
  let due: number | undefined;
  const onProgress: TrainSymbolOptions['onProgress'] = (progress) => {
    watch.enter(progress);
    if (watch.stage !== stage || due !== undefined) return;
    due = performance.now() + delay;
    setTimeout(() => abort.abort(), delay);
  };
  try {
    await trainSymbol({ ...options, signal: abort.signal, onProgress });
    return null;
  } catch (error) {
    if (due === undefined || !abort.signal.aborted) throw error;
    return performance.now() - due;
  } finally {
    watch.finish();
  }
}

function median(values: readonly number[]): string {
  return values.length === 0 ? '-' : quantile(values, 0.5).toFixed(1);
}

async function measureHistory(series: Series, count: number, runs: number, aborts: number): Promise<void> {
  const blocks = new Map(ACTIONS.map((action): [Action, ReadonlyMap<Stage, StageBlocks>[]] => [action, []]));
  for (let run = 0; run < runs; run++) {
    const stores = newStores();
    for (const action of ACTIONS) blocks.get(action)?.push(await measureBlocks(optionsOf(series, count, stores, action)));
  }
  const first = blocks.get('first training') ?? [];
  const latencies = new Map<Stage, number[]>();
  let state = 1;
  for (const stage of STAGES) {
    const lasted = quantile(
      first.map((times) => times.get(stage)?.milliseconds ?? 0),
      0.5,
    );
    const measured: number[] = [];
    for (let i = 0; i < aborts; i++) {
      // any stream will do: a moment within the stage
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const latency = await measureAbort(optionsOf(series, count, newStores(), 'first training'), stage, (lasted * state) / 2 ** 32 / 2);
      if (latency !== null) measured.push(latency);
    }
    latencies.set(stage, measured);
  }
  const table = new Table({
    title: `${count.toLocaleString('en-US')} bars: longest block, ms (of it processor), and abort latency, ms; ${runs} runs, ${aborts} aborts a stage`,
    shouldDisableColors: !process.stdout.isTTY,
    columns: [{ name: 'stage', alignment: 'left' }],
  });
  for (const stage of STAGES) {
    const row: Record<string, string> = { stage };
    for (const [action, all] of blocks) {
      const own = all.flatMap((times) => times.get(stage) ?? []);
      row[action] =
        own.length === 0
          ? ''
          : `${median(own.map(({ longest }) => longest.milliseconds))} (${median(own.map(({ longest }) => longest.processor))})`;
      if (action === 'first training') row['above 50 ms'] = median(own.map(({ long }) => long));
    }
    const heard = latencies.get(stage) ?? [];
    row['abort, median'] = median(heard);
    row['abort, longest'] = heard.length === 0 ? 'over first' : Math.max(...heard).toFixed(1);
    table.addRow(row);
  }
  table.printTable();
}

/** The longest block of anything else. */
async function longestBlock(work: () => Promise<unknown>): Promise<string> {
  const watch = new BlockWatch();
  await work();
  const all = [...watch.finish().values()].map(({ longest }) => longest);
  const most = (of: (block: LongestBlock) => number) => Math.max(...all.map(of)).toFixed(1);
  return `${most(({ milliseconds }) => milliseconds)} (${most(({ processor }) => processor)})`;
}

/** Four symbols at a time, and a forecast. */
async function measureOthers(series: Series, count: number): Promise<void> {
  const { symbol: _symbol, onProgress: _onProgress, ...shared } = optionsOf(series, count, newStores(), 'first training');
  const symbols = ['A', 'B', 'C', 'D'];
  const together = await longestBlock(async () => {
    for await (const outcome of trainSymbols({ ...shared, symbols, concurrency: symbols.length })) {
      if (outcome.status === 'rejected') throw outcome.error;
    }
  });
  const forecast = await longestBlock(() => predictSymbol({ symbol: 'A', store: shared.store }));
  console.log(
    `${count.toLocaleString('en-US')} bars, longest block, ms (of it processor): ${symbols.length} first trainings at a time ${together}, predictSymbol ${forecast}`,
  );
}

async function main(): Promise<void> {
  const counts = given.bars
    .split(',')
    .filter((text) => text !== '')
    .map(Number);
  const series = await readSeries(ACTIONS.length, given.whole || Math.max(...counts) > MOST_TOGETHER ? LONG : Math.max(...counts));
  console.log(
    `${availableParallelism()} cores, Node ${process.version}; ${series.description}, ${DAY_BARS} a new day; ${trees} trees a model`,
  );
  if (given.whole) counts.push(LONG);
  // four of the longest would take more memory than most machines have
  if (counts[0] <= MOST_TOGETHER) await measureOthers(series, counts[0]);
  for (const count of counts) await measureHistory(series, count, Number(given.runs), Number(given.aborts));
}

await main();
