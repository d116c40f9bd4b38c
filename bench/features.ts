/**
 * What each family of features costs, beside pandas and TA-Lib, and three of them beside packages of npm: processor seconds, one thread, by turns in one run.
 *
 *     npm run bench:features -- [--bars 1854961] [--rounds 3] [--own]
 *
 * `--own` prints, too, what a bar and a byte of state cost of ours, of formulas and of technicalindicators' own. BENCH_JSON=1 prints JSON lines.
 */
import { parseArgs } from 'node:util';
import * as TI from 'technicalindicators';
import { type Bars, sliceBars } from '../src/bars/bars';
import { BLOCK_BARS } from '../src/features/family';
import { FoldState } from '../src/features/fold-state';
import { AverageTrueRange } from '../src/features/true-range';
import { alpha158, formula } from '../src/formulas';
import { collectBars, defineFeature, FeatureEngineer, type FeatureFamily, resolveMarket, sampleBars, standardFeatures } from '../src/index';
import { CANDLESTICK_PATTERNS, candlesticks, indicator } from '../src/technicalindicators';
import { runFamily } from '../test/features/run-family';
import { compareWithOthers } from './features/against-others';

const { values: given } = parseArgs({
  options: {
    bars: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    own: { type: 'boolean', default: false },
  },
});
const BARS = Number(given.bars);
const ROUNDS = Number(given.rounds);
const market = resolveMarket(60_000, { exchange: 'NASDAQ' });
const { bars } = await collectBars(sampleBars({ interval: 60_000, bars: BARS }), { symbol: 'BENCH' });

await compareWithOthers(bars, market, ROUNDS);
if (!given.own) process.exit();

/** The same indicator, bar by bar and by blocks. */
const byBar = defineFeature({
  name: 'by_bar',
  warmup: 20,
  next: ({ lag, ema }) => {
    const [past, average] = [lag(20), ema(10)];
    return (bar) => bar.close / past.next(bar.close) - average.next(bar.close) / bar.close;
  },
});
const byBlock = defineFeature({
  name: 'by_block',
  warmup: 20,
  fold: (_market, state) => {
    const close = state.history(20);
    const average = state.slots(1);
    return (block, out) => {
      close.load(block.close);
      for (let i = 0; i < block.length; i++) {
        const value = block.close[i];
        average[0] += (value - average[0]) * (2 / 11);
        out[i] = value / close.values[i] - average[0] / value;
      }
    };
  },
});
const ofAWindow = defineFeature({
  name: 'of_a_window',
  warmup: 60,
  next: ({ window }) => {
    const closes = window(60);
    return (bar) => bar.close / closes.next(bar.close).mean - 1;
  },
});

const formulas = [
  '(close - sma(close, 50)) / atr(14)',
  'close / open - 1',
  'std(close, 60) / close',
  'rank(close, 60)',
  'quantile(close, 60, 0.8) / close',
  'corr(close, volume, 60)',
].map((text, i) => formula(`formula_${i}`, text, { title: `formula: \`${text}\`` }));

/** Milliseconds of processor time, the least of some rounds. */
async function timeOf(features: readonly FeatureFamily[], of: Bars, rounds = ROUNDS): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await new FeatureEngineer(market, features).update(of);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

async function bytesOf(features: readonly FeatureFamily[]): Promise<number> {
  const engineer = new FeatureEngineer(market, features);
  await engineer.update(sliceBars(bars, 0, 20_000), { matrix: false });
  return engineer.save().length;
}

// what an engine does for its own sake: returns, hash and sketch of the bars
const least = standardFeatures().filter(({ name }) => name === 'calendar');
const [baseTime, baseBytes] = [await timeOf(least, bars), await bytesOf(least)];
console.log('| family | features | for models | ns a bar and feature | bytes of state a feature |');
console.log('|---|---|---|---|---|');
for (const family of [...standardFeatures(), byBlock, byBar, ofAWindow, ...formulas, alpha158()]) {
  if (family.name === 'calendar') continue;
  const specs = family.features(market);
  const time = ((await timeOf([...least, family], bars)) - baseTime) / BARS / specs.length;
  const bytes = ((await bytesOf([...least, family])) - baseBytes) / specs.length;
  const inModels = specs.filter(({ model }) => model).length;
  console.log(`| ${family.title} | ${specs.length} | ${inModels} | ${Math.round(time * 1e6)} | ${Math.round(bytes)} |`);
}
const all = await timeOf(standardFeatures(), bars);
const { features } = new FeatureEngineer(market);
console.log(
  `| all standard ones | ${features.length} | | ${Math.round((all * 1e6) / BARS / features.length)} | ${Math.round((await bytesOf(standardFeatures())) / features.length)} |`,
);

// three families compute the average true range of 14 bars, each for itself: see docs/features.md
const shared = new FoldState();
const close = shared.history(1);
const average = new AverageTrueRange(shared, 14);
const shares: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const whole = await timeOf(standardFeatures(), bars, 1);
  const before = process.cpuUsage();
  for (let first = 0; first < BARS; first += BLOCK_BARS) {
    const block = { ...sliceBars(bars, first, Math.min(BARS, first + BLOCK_BARS)), first };
    close.load(block.close);
    average.fold(block, close);
    shared.advance(block.length);
  }
  const { user, system } = process.cpuUsage(before);
  shares.push((user + system) / 1000 / whole);
}
const [low, high] = [Math.min(...shares), Math.max(...shares)].map((share) => (200 * share).toFixed(2));
console.log(`\ncomputing the average true range once instead of three times: ${low} to ${high} % of all standard ones`);

// of another package, run over a lookback for every bar: see docs/technicalindicators.md
const few = sliceBars(bars, 0, 20_000);
const rocs = { ROCPer1: 10, ROCPer2: 15, ROCPer3: 20, ROCPer4: 30 };
const foreign: readonly (readonly [string, FeatureFamily])[] = [
  ['27 patterns of 1 to 3 bars', candlesticks({ patterns: CANDLESTICK_PATTERNS.slice(0, 27) })],
  ['8 patterns of 5 bars', candlesticks({ patterns: CANDLESTICK_PATTERNS.slice(27) })],
  [
    'KST, lookback 47',
    indicator(TI.KST, { ...rocs, SMAROCPer1: 10, SMAROCPer2: 10, SMAROCPer3: 10, SMAROCPer4: 15, signalPeriod: 9 }, { missing: 0 }),
  ],
  ['RSI, lookback 200', indicator(TI.RSI, { period: 14 }, { lookback: 200 })],
  ['PSAR, lookback 60', indicator(TI.PSAR, { step: 0.02, max: 0.2 }, { lookback: 60 })],
];
console.log('\n| technicalindicators | microseconds a bar |');
console.log('|---|---|');
for (const [name, family] of foreign) {
  runFamily(family, few);
  const before = process.cpuUsage();
  runFamily(family, few);
  const { user, system } = process.cpuUsage(before);
  console.log(`| ${name} | ${Math.round((user + system) / few.length)} |`);
}
