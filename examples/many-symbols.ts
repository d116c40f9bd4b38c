// A service's nightly job with a feature of its own: all symbols, a few at a time, one result after the other, whatever happens to any of them.
import { type BarSource, defineFeature, memoryBarStore, memoryProfileStore, standardFeatures, trainSymbols } from 'tickerforest';
import { madeUpMinutes } from './made-up-minutes';

const symbols = Array.from({ length: 12 }, (_, i) => `SYM${i + 1}`);
/** One source serves all symbols; SYM7's vendor is down. */
const vendor = (minutes: number): BarSource => ({
  async *fetch({ symbol, from = 0 }) {
    if (symbol === 'SYM7') throw new Error('503 Service Unavailable');
    yield { bars: madeUpMinutes(symbol, from, minutes), batch: 1 };
  },
});

/** The close against the last closed hour's range: 0 at its low, 1 at its high. */
const inTheHour = defineFeature({
  name: 'in_the_hour',
  gaps: true, // bars do not tell when the first hour has closed
  next: ({ higher }) => {
    const hour = higher('1h');
    return (bar) => (hour.high === hour.low ? 0.5 : (bar.close - hour.low) / (hour.high - hour.low));
  },
});

const features = [...standardFeatures(), inTheHour];
const store = memoryProfileStore();
const bars = memoryBarStore();
// fewer trees than the default 50, for an example that is soon over
const models = { regression_rf: { trees: 10 }, classification_rf: { trees: 10 }, regression_gb: { trees: 10 } };
for (const [night, minutes] of [
  ['first night', 2_000],
  ['second night', 2_390],
] as const) {
  console.log(`\n${night}`);
  const started = performance.now();
  for await (const outcome of trainSymbols({ symbols, source: vendor(minutes), store, bars, features, models, concurrency: 4 })) {
    console.log(outcome); // a line; its result and its error have the rest
  }
  console.log(`${(symbols.length / ((performance.now() - started) / 1_000)).toFixed(1)} symbols per second`);
}
