// The shortest way from bars to a forecast: rows in memory, profiles in memory.
import { type BarRow, memoryProfileStore, predictSymbol, trainSymbol } from 'tickerforest';

// 2,000 minutes of a made-up price; yours come from a file (csvBars), a vendor (custom-source.ts) or a database
const rows: BarRow[] = [];
let close = 100;
for (let minute = 0; minute < 2_000; minute++) {
  const open = close;
  close *= 1 + 0.001 * Math.sin(minute / 7) + 0.0005 * Math.sin(minute * 12.9898);
  rows.push({
    timestamp: Date.UTC(2024, 2, 4, 14, 30) + minute * 60_000,
    open,
    high: Math.max(open, close) * 1.0002,
    low: Math.min(open, close) * 0.9998,
    close,
    volume: 1_000 + (minute % 60) * 10,
  });
}

const store = memoryProfileStore();
let shown = -1;
const result = await trainSymbol({
  symbol: 'WAVE',
  source: rows,
  store,
  onProgress: ({ percent, message }) => {
    // a report a tree and more: a line a percent will do
    if (Math.floor(percent) === shown) return;
    shown = Math.floor(percent);
    console.log(`${shown} % ${message}`);
  },
});

const { regression_rf, classification_rf } = result.mlProfile.models.metrics;
console.log(
  'out of sample: forest explains',
  regression_rf.walk_forward.r2.toFixed(3),
  'of the variance, direction right in',
  classification_rf.walk_forward.accuracy.toFixed(3),
);
console.log('statistical profile of RSI 14:', result.statisticalProfile.features.technical_indicators.rsi_14);
console.log(await predictSymbol({ symbol: 'WAVE', store }));
