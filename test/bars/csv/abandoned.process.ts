import { csvBars } from '../../../src/bars/csv/source';

// Takes one batch of a large file that another thread reads, and loses interest without a word: the process ends by itself.
let threads = 0;
process.on('worker', () => threads++);
const batches = csvBars(process.argv[2]).fetch({ symbol: 'X' })[Symbol.asyncIterator]();
const { value } = await batches.next();
process.stdout.write(`${value.bars.length} bars, ${threads} thread`);
