// npm run demo: five years of Apple's daily bars become three models and three profiles. Run it twice: the second run has nothing to do.
import { createRequire } from 'node:module';
import { csvBars, directoryStores, predictSymbol, trainSymbol } from 'tickerforest';
import { printModels, printPlan, printTimings, progressBar } from './terminal';

const folder = '.tickerforest/demo';
const file = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv');
const { store, bars } = directoryStores(folder);
const bar = progressBar();

const result = await trainSymbol({
  symbol: 'AAPL',
  exchange: 'NASDAQ',
  source: csvBars(file, { prices: 'adjusted' }),
  store,
  bars,
  onProgress: bar.onProgress,
});
bar.stop();

printPlan(result);
printModels(result);
printTimings(result);

const { asOf, direction, probabilityUp, predictedReturn } = await predictSymbol({ symbol: 'AAPL', store });
console.log(
  `\nForecast for the bar after ${asOf.toISOString().slice(0, 10)}: ${direction} (probability ${(100 * (probabilityUp ?? Number.NaN)).toFixed(1)} %), ` +
    `return ${(100 * predictedReturn.regression_rf).toFixed(3)} % by the forest, ${(100 * predictedReturn.regression_gb).toFixed(3)} % by boosting.`,
);
console.log(
  `The three profiles are in ${folder}, as JSON, and the bars as NumPy's .npy. ${result.action === 'up_to_date' ? 'To train all the same: retrain: true.' : 'Run it again: it will be up to date.'}`,
);
await Promise.all([store.close(), bars.close()]);
