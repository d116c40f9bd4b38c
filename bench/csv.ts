/**
 * How fast a CSV file becomes validated bars, stage by stage: unpacking, rows of text, bars, bars in one piece; the last once more with a thread that reads.
 *
 *     npx tsx bench/csv.ts ../shared/data/btcusd-1min-2015-2019.csv.gz [SYMBOL]
 *
 * Prints the median and the range of five runs after one to warm up, the median of their processor time (which other work on the machine disturbs less: compare
 * two commits by it, in turns) and of what of it was spent on the main thread, rows per second, and the highest resident memory above the start.
 * The comparison of CSV libraries that led to papaparse (1,869,587 rows, 2 cores of about 2.3 GHz, six numbers a row, one run each):
 * gunzip alone 0.23 s, udsv 0.7.3 1.0 s, papaparse 5.7.1 1.2 s, csv-parser 3.2.1 3.3 s, csv-parse 7.0.3 5.7 s. udsv 0.7.3 glues a
 * row that lacks a cell to the next one, and does not come to an end when the last row is cut off.
 */
import { availableParallelism } from 'node:os';
import { collectBars } from '../src/bars/collect-bars';
import { csvRows } from '../src/bars/csv/rows';
import { csvBars } from '../src/bars/csv/source';
import { fileBytes } from '../src/bars/file-bytes';
import { threadClock } from './blocks/thread-time';

const RUNS = 5;
const clock = threadClock();

async function main(path: string, symbol: string): Promise<void> {
  const stages: Record<string, () => Promise<number>> = {
    'unpack (bytes)': async () => {
      let bytes = 0;
      for await (const chunk of fileBytes(path)) bytes += chunk.bytes.length;
      return bytes;
    },
    'rows of text': async () => {
      let rows = 0;
      for await (const block of csvRows(fileBytes(path), path, ',')) rows += block.rows.length;
      return rows;
    },
    'batches of bars': async () => {
      let bars = 0;
      for await (const batch of csvBars(path).fetch({ symbol, threads: 0 })) bars += batch.bars.length;
      return bars;
    },
    'bars, validated': async () => (await collectBars(csvBars(path), { symbol, threads: 0 })).bars.length,
    'with a thread': async () => (await collectBars(csvBars(path), { symbol })).bars.length,
  };
  console.log(`${path}, ${availableParallelism()} cores, Node ${process.version}`);
  for (const [name, run] of Object.entries(stages)) {
    const start = process.memoryUsage.rss();
    let peak = start;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 10);
    const count = await run();
    const times: number[] = [];
    const processor: number[] = [];
    const main: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      const from = performance.now();
      const before = process.cpuUsage();
      const own = clock();
      await run();
      const { user, system } = process.cpuUsage(before);
      times.push(performance.now() - from);
      processor.push((user + system) / 1000);
      main.push(clock() - own);
    }
    clearInterval(watch);
    times.sort((a, b) => a - b);
    const middle = (values: readonly number[]) => values.toSorted((a, b) => a - b)[RUNS >> 1].toFixed(0);
    const median = times[RUNS >> 1];
    console.log(
      `${name.padEnd(16)} ${count.toLocaleString('en').padStart(11)}  ${median.toFixed(0).padStart(6)} ms (${times[0].toFixed(0)} to ${times[RUNS - 1].toFixed(0)}), ${middle(processor)} of processor (${middle(main)} main)` +
        `  ${((count / median) * 1000).toExponential(2)} per s  +${((peak - start) / 1e6).toFixed(0)} MB`,
    );
  }
}

const [path, symbol = 'any'] = process.argv.slice(2);
if (path === undefined) console.log('usage: npx tsx bench/csv.ts FILE [SYMBOL]');
else await main(path, symbol);
