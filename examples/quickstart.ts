// The shortest way from bars to a forecast: generated bars, profiles in memory. Yours come from a file (csvBars), rows, a vendor (custom-source.ts) or a database.
import { memoryProfileStore, predictSymbol, sampleBars, trainSymbol } from 'tickerforest';

const store = memoryProfileStore();
let shown = -1;
const result = await trainSymbol({
  symbol: 'DEMO',
  source: sampleBars(),
  store,
  onProgress: ({ percent, message }) => {
    // there is a report for every tree: one line per percent is enough
    if (Math.floor(percent) === shown) return;
    shown = Math.floor(percent);
    console.log(`${shown} % ${message}`);
  },
});

console.log(result); // a short table
// the bars are a random walk: there is nothing to be learnt, and the models should say so
const { regression_rf, classification_rf } = result.mlProfile.models.metrics;
console.log(
  'on held-out bars: the forest explains',
  regression_rf?.walk_forward.r2.toFixed(3),
  'of the variance, direction right in',
  classification_rf?.walk_forward.accuracy.toFixed(3),
);
console.log('statistical profile of RSI 14:', result.statisticalProfile.features.technical_indicators.rsi_14);
console.log(await predictSymbol({ symbol: 'DEMO', store }));
