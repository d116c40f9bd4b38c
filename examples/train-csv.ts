// npx tsx examples/train-csv.ts FILE SYMBOL [EXCHANGE]: trains every bar of a real file, plain or .gz, and shows how long it took.
import { csvBars, memoryProfileStore, trainSymbol } from 'tickerforest';
import { printModels, printPlan, printTimings, progressBar } from './terminal';

const [file, symbol, exchange] = process.argv.slice(2);
if (file === undefined || symbol === undefined) {
  console.error('usage: npx tsx examples/train-csv.ts FILE SYMBOL [EXCHANGE]');
  process.exit(2);
}

const bar = progressBar();
try {
  const result = await trainSymbol({
    symbol,
    source: csvBars(file),
    store: memoryProfileStore(),
    onProgress: bar.onProgress,
    ...(exchange && { exchange }),
  });
  bar.stop();
  printPlan(result);
  printModels(result);
  printTimings(result);
  console.log(`largest resident size: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
} catch (error) {
  bar.stop();
  console.error(error instanceof Error ? `${error.message}` : error);
  process.exit(1);
}
