/**
 * What an update costs: of one symbol with a long and with a short history, and of a thousand symbols.
 *
 *     npm run bench:update -- [--bars 1869587] [--runs 40] [--symbols 1000] [--stores memory,directory,mongo]
 *
 * MONGODB_URI names the server to use, in databases that are dropped at the end; without it
 * the server of the tests is started: a mongod, or FerretDB over SQLite.
 * Histories are made first, which is not part of any figure but that of the full run. Figures are medians, in brackets the quarter of the runs
 * that was faster and the quarter that was slower.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Table } from 'console-table-printer';
import { MongoClient } from 'mongodb';
import type { ProfileStore } from '../src/stores/contract';
import { directoryProfileStore } from '../src/stores/directory/profile-store';
import { memoryProfileStore } from '../src/stores/memory/profile-store';
import { mongoProfileStore } from '../src/stores/mongo/profile-store';
import { startServer } from '../test/mongo/server';
import { findServerProgram } from '../test/mongo/server-program';
import { quantile } from './measure';
import { DAY_BARS, LONG, readSeries, type Series, SHORT, type TrainedHistory, trainHistory } from './updates/histories';
import { type Pass, storeCopies, updateAll } from './updates/many-symbols';
import { type Comparison, compareHistories, STAGES, type UpdateTimes } from './updates/stages';

const CONCURRENCIES = [1, 4, 8];
const WARM_UP = 10;

const { values: given } = parseArgs({
  options: {
    bars: { type: 'string', default: String(LONG) },
    runs: { type: 'string', default: '40' },
    symbols: { type: 'string', default: '1000' },
    stores: { type: 'string', default: 'memory,directory,mongo' },
  },
});

interface StoreKind {
  readonly name: string;
  /** An empty store, and what removes it. */
  open(): Promise<{ store: ProfileStore; remove: () => Promise<void> }>;
}

const MEMORY: StoreKind = {
  name: 'memory',
  open: async () => {
    const store = memoryProfileStore();
    return { store, remove: () => store.close() };
  },
};

const DIRECTORY: StoreKind = {
  name: 'directory',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-update-'));
    const store = directoryProfileStore(folder);
    return {
      store,
      remove: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
};

async function mongo(uri: string): Promise<StoreKind> {
  const client = await MongoClient.connect(uri);
  const info = await client.db('admin').command({ buildInfo: 1 });
  const server = 'ferretdbVersion' in info ? 'FerretDB' : `MongoDB ${info.version}`;
  await client.close();
  return {
    name: `${server} at ${new URL(uri).host}`,
    open: async () => {
      const dbName = `tickerforest_bench_${randomUUID().slice(0, 8)}`;
      const store = mongoProfileStore({ uri, dbName });
      return {
        store,
        remove: async () => {
          await store.close();
          const owner = await MongoClient.connect(uri);
          await owner.db(dbName).dropDatabase();
          await owner.close();
        },
      };
    },
  };
}

function spread(values: readonly number[], digits = 1): string {
  const [median, low, high] = [0.5, 0.25, 0.75].map((share) => quantile(values, share).toFixed(digits));
  return `${median} (${low}-${high})`;
}

function printComparison(name: string, { long, short, first }: Comparison, fullRun: number): void {
  const longName = `${Number(given.bars).toLocaleString('en-US')} bars, ms`;
  const shortName = `${SHORT.toLocaleString('en-US')} bars, ms`;
  const table = new Table({
    title: `Update of ${DAY_BARS} bars, ${name} store, ${long.length} runs`,
    shouldDisableColors: !process.stdout.isTTY,
    columns: [{ name: 'stage', alignment: 'left' }, { name: longName }, { name: shortName }, { name: 'ratio' }],
  });
  const ratios = (key: keyof UpdateTimes) => long.map((times, run) => times[key] / short[run][key]);
  const row = (title: string, key: keyof UpdateTimes, ratio: string) => {
    const [a, b] = [long, short].map((updates) => updates.map((times) => times[key]));
    table.addRow({ stage: title, [longName]: spread(a), [shortName]: spread(b), ratio });
  };
  for (const stage of STAGES) row(stage, stage, '');
  row('own: restore, features, profiles, rest', 'own', spread(ratios('own'), 2));
  row('processor time of this process', 'processor', spread(ratios('processor'), 2));
  row('total', 'total', spread(ratios('total'), 2));
  table.addRow({ stage: 'first of all (cold)', [longName]: first[0].total.toFixed(1), [shortName]: first[1].total.toFixed(1), ratio: '' });
  table.printTable();
  const total = quantile(
    long.map((times) => times.total),
    0.5,
  );
  const share = `1/${Math.round(fullRun / total).toLocaleString('en-US')}`;
  console.log(
    `The full run over ${Number(given.bars).toLocaleString('en-US')} bars took ${(fullRun / 1000).toFixed(1)} s: the update takes ${share} of it.\n`,
  );
}

function printPasses(name: string, symbols: number, passes: readonly Pass[]): void {
  const table = new Table({
    title: `${symbols} symbols, ${DAY_BARS} new bars each, ${name} store`,
    shouldDisableColors: !process.stdout.isTTY,
  });
  for (const { concurrency, symbolsPerSecond, processor, live, peakUsed, peakResident } of passes) {
    table.addRow({
      concurrency,
      'symbols per second': symbolsPerSecond.toFixed(1),
      'processor, % of a core': (100 * processor).toFixed(0),
      ...Object.fromEntries(live.map((mark) => [`live MiB at ${mark.symbols}`, mark.mebibytes.toFixed(0)])),
      'most MiB used': peakUsed.toFixed(0),
      'most MiB resident': peakResident.toFixed(0),
    });
  }
  table.printTable();
  console.log();
}

async function main(): Promise<void> {
  const wanted = given.stores.split(',');
  const runs = Number(given.runs);
  const symbolCount = Number(given.symbols);

  const series = await readSeries(1 + CONCURRENCIES.length, Number(given.bars));
  console.log(`${availableParallelism()} cores, Node ${process.version}; ${series.description}`);
  const long = await trainHistory(series, series.history);
  const short = await trainHistory(series, Math.min(SHORT, series.history >> 1));
  for (const { bars, milliseconds, checkpoint } of [long, short]) {
    const kibibytes = (bytes: Uint8Array) => `${Math.round(bytes.length / 1024)} KiB`;
    const files = Object.entries(checkpoint.models).map(([name, bytes]) => `${name} ${kibibytes(bytes)}`);
    console.log(
      `full run over ${bars} bars: ${(milliseconds / 1000).toFixed(1)} s; state ${kibibytes(checkpoint.state)}, ${files.join(', ')}`,
    );
  }
  console.log();

  const server = wanted.includes('mongo') ? await findServer() : null;
  const kinds = [
    ...(wanted.includes('memory') ? [MEMORY] : []),
    ...(wanted.includes('directory') ? [DIRECTORY] : []),
    ...(server ? [await mongo(server.uri)] : []),
  ];
  try {
    for (const kind of kinds) await compare(kind, series, [long, short], runs);
    // memory last: what it held shows in the resident memory of whatever comes after it
    if (symbolCount > 0) for (const kind of [...kinds].reverse()) await updateMany(kind, series, short, symbolCount);
  } finally {
    await server?.dispose();
  }
}

async function findServer(): Promise<{ uri: string; dispose(): Promise<void> } | null> {
  const { MONGODB_URI: uri } = process.env;
  if (uri) return { uri, dispose: async () => {} };
  const program = await findServerProgram(console.log);
  if (program !== null) return startServer(program);
  console.log('NO FIGURES FOR MONGODB: there is no server; set MONGODB_URI, or install Go, which builds one\n');
  return null;
}

async function compare(kind: StoreKind, series: Series, histories: readonly [TrainedHistory, TrainedHistory], runs: number) {
  const { store, remove } = await kind.open();
  try {
    printComparison(kind.name, await compareHistories(store, series, histories, runs, WARM_UP), histories[0].milliseconds);
  } finally {
    await remove();
  }
}

async function updateMany(kind: StoreKind, series: Series, trained: TrainedHistory, count: number) {
  const { store, remove } = await kind.open();
  try {
    const started = performance.now();
    const symbols = await storeCopies(store, trained, count);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${kind.name}: one symbol trained on ${trained.bars} bars stored under ${count} names in ${seconds} s`);
    const passes: Pass[] = [];
    for (const [i, concurrency] of CONCURRENCIES.entries()) {
      const pass = await updateAll(store, series, symbols, i + 1, concurrency);
      console.log(`  concurrency ${concurrency}: ${pass.symbolsPerSecond.toFixed(1)} symbols per second`);
      passes.push(pass);
    }
    printPasses(kind.name, count, passes);
  } finally {
    await remove();
  }
}

await main();
