import { csvBars } from '../../../src/bars/csv/source';

// Takes one batch of a large file that another thread reads, and loses interest without a word, as many times as it is told to: the process ends by itself.
let threads = 0;
let bars = 0;
process.on('worker', () => threads++);
for (let readings = 0; readings < Number(process.argv[3]); readings++) {
  const batches = csvBars(process.argv[2]).fetch({ symbol: 'X' })[Symbol.asyncIterator]();
  bars += (await batches.next()).value.bars.length;
}
process.stdout.write(`${bars} bars, threads: ${threads}`);
