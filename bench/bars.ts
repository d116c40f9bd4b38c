/**
 * What it costs to keep bars: size on disk, the time to append a day, and the time to read everything, beside the CSV file that they came from and Parquet.
 *
 *     npx tsx bench/bars.ts ../shared/data/btcusd-1min-2015-2019.csv.gz [SYMBOL]
 *
 * Prints medians with their range, and the median of the processor time, which other work on the machine disturbs less. Appending ends when the files and their folder
 * are on the disk (fsync); what that takes is the disk's. With MONGODB_URI set, the MongoDB store is measured as well, in a database that is dropped afterwards.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { type Bars, sliceBars } from '../src/bars/bars';
import { collectBars } from '../src/bars/collect-bars';
import { csvBars } from '../src/bars/csv/source';
import { resolveMarket } from '../src/bars/market';
import { parquetBars } from '../src/bars/parquet-source';
import type { BarStore } from '../src/stores/bar-store';
import { directoryBarStore } from '../src/stores/directory/bar-store';
import { mongoBarStore } from '../src/stores/mongo/bar-store';
import { exportParquet } from '../src/stores/parquet-export';

const READS = 9;
const DAYS = 60;
/** Minutes of a stock's day, and of one that never ends. */
const DAY_LENGTHS = [390, 1_440];
const MARKET = resolveMarket(60_000);

interface Times {
  readonly median: number;
  readonly text: string;
}

/** Runs something several times. */
async function timed(runs: number, run: (index: number) => Promise<unknown>): Promise<Times> {
  const times: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < runs; i++) {
    const before = process.cpuUsage();
    const from = performance.now();
    await run(i);
    times.push(performance.now() - from);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  processor.sort((a, b) => a - b);
  const median = times[runs >> 1];
  const [shown, lowest, highest, used] = [median, times[0], times[runs - 1], processor[runs >> 1]].map((time) => time.toFixed(1));
  return { median, text: `${shown} ms (${lowest} to ${highest}), ${used} of processor` };
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const path of await readdir(folder, { recursive: true })) {
    const facts = await stat(join(folder, path));
    if (facts.isFile()) bytes += facts.size;
  }
  return bytes;
}

function report(what: string, result: string): void {
  console.log(`${what.padEnd(44)} ${result}`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function countOf(store: BarStore, symbol: string): Promise<number> {
  let bars = 0;
  for await (const block of store.read(symbol)) bars += block.length;
  return bars;
}

/** Keeps all bars, then the first of them again and again behind the last, a day at a time. */
async function measure(name: string, store: BarStore, symbol: string, bars: Bars, size: () => Promise<string>): Promise<void> {
  const all = await timed(1, () => store.write({ symbol, market: MARKET, from: Number.NEGATIVE_INFINITY, bars, baseRevision: 0 }));
  report(`${name}: keep all`, all.text);
  report(`${name}: on disk`, await size());
  report(`${name}: read all`, (await timed(READS, () => countOf(store, symbol))).text);
  let kept = await store.describe(symbol);
  for (const length of DAY_LENGTHS) {
    const append = await timed(DAYS, async () => {
      if (kept === null) throw new Error('nothing is kept');
      const day = {
        ...sliceBars(bars, 0, length),
        timestamp: Float64Array.from({ length }, (_, i) => (kept?.lastTimestamp ?? 0) + (i + 1) * 60_000),
      };
      kept = await store.write({ symbol, market: MARKET, from: day.timestamp[0], bars: day, baseRevision: kept.revision });
    });
    report(`${name}: append ${length} bars, ${DAYS} times`, append.text);
  }
  report(`${name}: describe`, (await timed(READS, () => store.describe(symbol))).text);
  report(`${name}: read the newest 1,440`, (await timed(READS, () => readNewest(store, symbol, kept?.lastTimestamp ?? 0))).text);
}

async function readNewest(store: BarStore, symbol: string, last: number): Promise<void> {
  for await (const block of store.read(symbol, { from: last - 1_439 * 60_000 })) if (block.length === 0) throw new Error('an empty block');
}

async function main(path: string, symbol: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
  try {
    console.log(`${path}, ${availableParallelism()} cores, Node ${process.version}`);
    const { bars } = await collectBars(csvBars(path), { symbol });
    report('bars', bars.length.toLocaleString('en'));
    report('the CSV file: on disk', megabytes((await stat(path)).size));
    report('the CSV file: read all', (await timed(3, () => collectBars(csvBars(path), { symbol }))).text);
    const store = directoryBarStore(folder);
    await measure('directoryBarStore', store, symbol, bars, async () => megabytes(await sizeOf(folder)));
    await measureParquet(folder, store, symbol);
    await measureShort(folder, bars);
    await measureMongo(symbol, bars);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureParquet(folder: string, store: BarStore, symbol: string): Promise<void> {
  const path = join(folder, 'bars.parquet');
  report('Parquet: export all, anew for each day', (await timed(1, () => exportParquet({ bars: store, symbol, path }))).text);
  report('Parquet: on disk', megabytes((await stat(path)).size));
  report('Parquet: read all', (await timed(3, () => collectBars(parquetBars(path), { symbol }))).text);
}

/** A short history, to compare appending with: it must not cost less. */
async function measureShort(folder: string, bars: Bars): Promise<void> {
  const store = directoryBarStore(join(folder, 'short'));
  await measure('directoryBarStore, 10,000 bars', store, 'SHORT', sliceBars(bars, 0, 10_000), async () =>
    megabytes(await sizeOf(join(folder, 'short'))),
  );
}

async function measureMongo(symbol: string, bars: Bars): Promise<void> {
  const uri = process.env.MONGODB_URI;
  if (uri === undefined) return console.log('mongoBarStore: not measured, MONGODB_URI is not set');
  const client = new MongoClient(uri);
  const db = client.db(`bench-${process.pid}`);
  try {
    const size = async () => {
      const blocks = await db.collection('bar_blocks', { promoteBuffers: true }).find().toArray();
      return `${megabytes(blocks.reduce((sum, { bytes }) => sum + bytes.length, 0))} in its blocks`;
    };
    await measure('mongoBarStore', mongoBarStore(db), symbol, bars, size);
  } finally {
    await db.dropDatabase();
    await client.close();
  }
}

const [path, symbol = 'BTCUSD'] = process.argv.slice(2);
if (path === undefined) console.log('usage: npx tsx bench/bars.ts FILE [SYMBOL]');
else await main(path, symbol);
