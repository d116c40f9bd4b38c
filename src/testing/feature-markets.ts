import { allocateBars, BAR_COLUMNS, type Bars } from '../bars/bars';
import { DAY_MS, type Market, MINUTE_MS, resolveMarket } from '../bars/market';

/** A market, and a series of its bars. */
export interface GeneratedSeries {
  /** What it is, for messages. */
  readonly title: string;
  /** Whose bars. */
  readonly market: Market;
  /** The bars. */
  readonly bars: Bars;
}

/** Whether a bar starts at an instant, milliseconds UTC. */
type IsOpen = (time: number) => boolean;

const HOUR_MS = 60 * MINUTE_MS;
const always: IsOpen = () => true;
const isWeekday: IsOpen = (time) => (Math.floor(time / DAY_MS) + 3) % 7 < 5;
/** New York's regular hours in summer. */
const isNewYorkDay: IsOpen = (time) => isWeekday(time) && time % DAY_MS >= 13.5 * HOUR_MS && time % DAY_MS < 20 * HOUR_MS;

const MARKETS: readonly (readonly [title: string, market: Market, start: number, isOpen: IsOpen])[] = [
  ['minutes of a New York stock', resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' }), Date.UTC(2024, 5, 3), isNewYorkDay],
  ['minutes round the clock', resolveMarket(MINUTE_MS), Date.UTC(2024, 1, 28), always],
  [
    'quarters of an hour in Kolkata, stamped at their end',
    resolveMarket(15 * MINUTE_MS, { exchange: 'NSE', stamp: 'end' }),
    Date.UTC(2023, 11, 20),
    isWeekday,
  ],
  ['hours in London', resolveMarket(HOUR_MS, { exchange: 'LSE' }), Date.UTC(2024, 2, 1), isWeekday],
  ['days of a New York stock', resolveMarket(DAY_MS, { exchange: 'NYSE' }), Date.UTC(2019, 0, 1), isWeekday],
];

/**
 * @param length - bars of each series
 * @param seed - equal seeds, equal bars
 * @returns series of all kinds of markets, with nights, weekends and holes, flat stretches, jumps and bars without volume
 */
export function generatedMarkets(length: number, seed: number): readonly GeneratedSeries[] {
  return MARKETS.map(([title, market, start, isOpen], i) => ({
    title,
    market,
    bars: walk(length, uniform(seed * 31 + i), market.interval, start, isOpen),
  }));
}

/**
 * Numbers in [0, 1): the 32-bit linear congruential generator with the constants of Numerical Recipes.
 *
 * @param seed - any integer; equal seeds, equal numbers
 * @returns the next number at each call
 */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

function walk(length: number, next: () => number, interval: number, start: number, isOpen: IsOpen): Bars {
  const bars = allocateBars(length);
  let time = start;
  let close = 100;
  let flatFor = 0;
  for (let i = 0; i < length; i++) {
    while (!isOpen(time)) time += interval;
    if (flatFor === 0 && next() < 0.01) flatFor = 1 + Math.floor(next() * 30);
    const isFlat = flatFor > 0;
    if (isFlat) flatFor--;
    const open = isFlat || next() < 0.5 ? close : close * (1 + (next() - 0.5) * 0.002);
    const jump = next() < 0.002 ? 0.5 + next() : 1;
    close = isFlat ? open : open * jump * (1 + (next() - 0.5) * 0.01);
    const reach = isFlat ? 0 : next() * 0.003;
    bars.timestamp[i] = time;
    bars.open[i] = open;
    bars.high[i] = Math.max(open, close) * (1 + reach);
    bars.low[i] = Math.min(open, close) * (1 - reach);
    bars.close[i] = close;
    bars.volume[i] = next() < 0.05 ? 0 : Math.floor(next() * 10_000);
    time += interval;
    while (next() < 0.03) time += interval;
  }
  return bars;
}

/**
 * @param bars - a series
 * @returns another one at the same times: falling where it rises, and with other volumes
 */
export function atOtherPrices({ length, timestamp, open, high, low, close, volume }: Bars): Bars {
  const inverse = (price: number) => 10_000 / price;
  return {
    length,
    timestamp: timestamp.slice(),
    open: open.map(inverse),
    high: low.map(inverse),
    low: high.map(inverse),
    close: close.map(inverse),
    volume: volume.map((shares) => shares + 1_000),
  };
}

/**
 * Changes all bars from one on, while something is done, and changes them back.
 *
 * @param bars - the bars
 * @param from - the first that changes
 * @param interval - length of a bar, milliseconds
 * @param next - gives random numbers
 * @param during - what is done meanwhile
 * @returns what it returned
 */
export async function withOtherFuture<T>(
  bars: Bars,
  from: number,
  interval: number,
  next: () => number,
  during: () => Promise<T>,
): Promise<T> {
  const before = BAR_COLUMNS.map((name) => bars[name].slice(from));
  const shift = Math.floor(next() * 5_000) * interval;
  const factor = 0.2 + 5 * next();
  try {
    for (let i = from; i < bars.length; i++) {
      bars.timestamp[i] += shift;
      bars.open[i] *= factor;
      bars.close[i] *= factor * (0.5 + next());
      bars.high[i] = Math.max(bars.open[i], bars.close[i], bars.high[i] * factor) * (1 + next());
      bars.low[i] = Math.min(bars.open[i], bars.close[i], bars.low[i] * factor) / (1 + next());
      bars.volume[i] = Math.floor(next() * 1e6);
    }
    return await during();
  } finally {
    BAR_COLUMNS.forEach((name, column) => {
      bars[name].set(before[column], from);
    });
  }
}
