/**
 * How many labels span a night, a weekend or a hole, and what weight they have in a squared error. The table of docs/targets.md.
 *
 *     npx tsx bench/label-gaps.ts [folder of data, default ../shared/data]
 *
 * Prints a row for each series and horizon: labels, the share of them that `spansGap` finds, their share of the sum of squared returns, and the share of returns
 * that are exactly 0; then how long each target takes on the longest series (median of five runs after one to warm up).
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Bars, collectBars, csvBars, direction, horizonReturn, type Market, nextReturn, resolveMarket } from '../src/index';
import { inferInterval, purgedSplit } from '../src/research';
import { spansGap, tripleBarrier, uniqueness, volatilityScaled } from '../src/targets';

const SERIES = [
  { file: 'spy-1min-2024-2025', symbol: 'SPY', exchange: 'NYSE' },

  { file: 'us-stocks-1min-2019-02-descending', symbol: 'AAPL', exchange: 'NASDAQ', stamp: 'end', order: 'sort' },
  { file: 'sw-1min-2024-gaps', symbol: 'SW', exchange: 'NYSE' },
  { file: 'nifty-1min-2016-07-duplicates', symbol: 'NIFTY', exchange: 'NSE', stamp: 'end', order: 'sort' },
  { file: 'btcusd-1min-2015-2019', symbol: 'BTC', exchange: 'CRYPTO' },
  { file: 'us-stocks-daily-1999-2021', symbol: 'AAPL', exchange: 'NASDAQ' },
  { file: 'us-stocks-daily-1999-2021', symbol: 'XOM', exchange: 'NYSE' },
] as const;

const percent = (share: number) => `${(100 * share).toPrecision(3)} %`;

function row(name: string, bars: Bars, market: Market, horizon: number): void {
  const labels = horizonReturn({ bars: horizon }).label(bars, market);
  const spans = spansGap(bars, labels, market);
  const sums = { all: 0, spanning: 0, squares: 0, squaresSpanning: 0, flat: 0 };
  for (let t = 0; t < bars.length; t++) {
    if (labels.end[t] < 0) continue;
    const square = labels.value[t] ** 2;
    sums.all++;
    sums.squares += square;
    if (labels.value[t] === 0) sums.flat++;
    if (spans[t] === 1) {
      sums.spanning++;
      sums.squaresSpanning += square;
    }
  }
  const shares = [sums.spanning / sums.all, sums.squaresSpanning / sums.squares, sums.flat / sums.all].map(percent);
  console.log(`| ${name} | ${horizon} | ${sums.all.toLocaleString('en-US')} | ${shares.join(' | ')} |`);
}

function median(run: () => unknown): number {
  run();
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[2];
}

async function main(folder: string): Promise<void> {
  console.log('| series | bars ahead | labels | span a hole | of squared returns | exactly 0 |\n|---|---|---|---|---|---|');
  let longest: { bars: Bars; market: Market } | undefined;
  for (const { file, symbol, exchange, ...options } of SERIES) {
    const order = 'order' in options ? { order: options.order } : {};
    const source = csvBars(join(folder, `${file}.csv.gz`), order);
    const { bars } = await collectBars(source, { symbol }, { badBars: 'drop' });
    const market = resolveMarket(inferInterval(bars.timestamp), { exchange, ...('stamp' in options ? { stamp: options.stamp } : {}) });
    for (const horizon of [1, 5, 30]) row(`${symbol}, ${file}`, bars, market, horizon);
    if (bars.length > (longest?.bars.length ?? 0)) longest = { bars, market };
  }
  if (longest === undefined) return;
  const { bars, market } = longest;
  const labels = horizonReturn({ bars: 30 }).label(bars, market);
  console.log(`\n${bars.length.toLocaleString('en-US')} bars, ${availableParallelism()} cores, Node ${process.version}, milliseconds:`);
  const tasks = {
    "nextReturn({ maxGap: 'session' })": () => nextReturn({ maxGap: 'session' }).label(bars, market),
    'horizonReturn({ minutes: 30 })': () => horizonReturn({ minutes: 30 }).label(bars, market),
    'direction({ deadZone: 0.0005 })': () => direction({ deadZone: 0.0005 }).label(bars, market),
    'volatilityScaled()': () => volatilityScaled().label(bars, market),
    'tripleBarrier({ up: 2, down: 2, bars: 30 })': () => tripleBarrier({ up: 2, down: 2, bars: 30 }).label(bars, market),
    'tripleBarrier({ up: 200, down: 200, bars: 10_000 })': () => tripleBarrier({ up: 200, down: 200, bars: 10_000 }).label(bars, market),
    spansGap: () => spansGap(bars, labels, market),
    'uniqueness()': () => uniqueness().weigh(labels, bars, market),
    purgedSplit: () => purgedSplit(labels, { test: { from: 1_000_000, to: 1_200_000 } }),
  };
  for (const [name, task] of Object.entries(tasks)) console.log(`${name}: ${median(task).toFixed(0)}`);
}

await main(process.argv[2] ?? '../shared/data');
