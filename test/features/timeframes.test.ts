import { describe, expect, it } from 'vitest';
import { allocateBars, type Bars } from '../../src/bars/bars';
import { DAY_MS, type Market, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { timeframes } from '../../src/features/timeframes';
import { randomBars } from './random-bars';
import { expectRows, NAMES, resampledRows } from './resampling';
import { feature, runFamily } from './run-family';

const WIDTHS = { '5m': 5, '15m': 15, '60m': 60, '1d': 1440 } as const;

/** Names the longer bar that an instant lies in by its wall time. */
function bucketNames(timeZone: string): (instant: number, minutes: number) => string {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    timeZoneName: 'longOffset',
  });
  return (instant, minutes) => {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const date = `${part.year}-${part.month}-${part.day}`;
    // an hour that the clock shows twice is two hours: the offset tells them apart
    return minutes === 1440 ? date : `${date} ${part.hour}:${Math.floor(Number(part.minute) / minutes)} ${part.timeZoneName}`;
  };
}

function expectTwin(bars: Bars, market: Market, suffix: keyof typeof WIDTHS, cuts: readonly number[] = []): void {
  const nameOf = bucketNames(market.timeZone);
  const rows = resampledRows(bars, (i) => {
    const start = market.stamp === 'end' ? bars.timestamp[i] - market.interval : bars.timestamp[i];
    return [nameOf(start, WIDTHS[suffix]), nameOf(start + market.interval, WIDTHS[suffix])];
  });
  expectRows(runFamily(timeframes(), bars, market, cuts), suffix, rows);
}

/** Mostly neighbours, sometimes some missing minutes, seldom hours. */
const thin = (random: number): number => MINUTE_MS * (random < 0.8 ? 1 : random < 0.99 ? Math.ceil((random - 0.8) * 100) : 400);

describe('timeframes', () => {
  const nyse = resolveMarket(MINUTE_MS, { exchange: 'NYSE' });
  const nse = resolveMarket(MINUTE_MS, { exchange: 'NSE', stamp: 'end' });
  const summerBegins = Date.UTC(2024, 2, 9, 20);
  const winterBegins = Date.UTC(2024, 10, 2, 20);

  it.each([
    ['5m', nyse, summerBegins],
    ['15m', nyse, winterBegins],
    ['60m', nyse, summerBegins],
    ['60m', nyse, winterBegins],
    ['5m', nse, summerBegins],
    ['60m', nse, summerBegins],
  ] as const)('of %s are those of a plain resampling, minutes missing (%#)', (suffix, market, start) => {
    expectTwin(randomBars({ count: 1500, seed: 21, gap: thin, start }), market, suffix, [1, 2, 700, 701]);
  });

  it.each([summerBegins, winterBegins])('of a day are those of a plain resampling, across the change of clocks after %i', (start) => {
    const bars = randomBars({ count: 1200, seed: 22, gap: (random) => MINUTE_MS * Math.ceil(120 * random), start: start - 20 * DAY_MS });
    expectTwin(bars, nyse, '1d', [600]);
    expectTwin(bars, nse, '1d');
  });

  it('of a day are those of a plain resampling of hours', () => {
    const bars = randomBars({ count: 900, seed: 23, gap: () => 60 * MINUTE_MS, start: winterBegins - 20 * DAY_MS });
    expectTwin(bars, resolveMarket(60 * MINUTE_MS, { exchange: 'XETRA' }), '1d');
  });

  it('are those coarser than the bars', () => {
    const suffixes = (interval: number) =>
      timeframes()
        .features(resolveMarket(interval))
        .flatMap(({ name }) => name.match(/^return_(.*)/)?.[1] ?? []);
    expect(suffixes(MINUTE_MS)).toEqual(['5m', '15m', '60m', '1d']);
    expect(suffixes(5 * MINUTE_MS)).toEqual(['15m', '60m', '1d']);
    expect(suffixes(60 * MINUTE_MS)).toEqual(['1d', '1w', '1mo']);
    expect(suffixes(240 * MINUTE_MS)).toEqual(['1d', '1w', '1mo']);
    expect(suffixes(DAY_MS)).toEqual(['1w', '1mo']);
    expect(suffixes(7 * DAY_MS)).toEqual(['1mo']);
  });

  /** Bars at given minutes after 2024-01-01 00:00 UTC with the closes 10, 11, 12, ... */
  function barsAt(minutes: readonly number[]): Bars {
    const bars = allocateBars(minutes.length);
    minutes.forEach((minute, i) => {
      bars.timestamp[i] = Date.UTC(2024, 0, 1) + minute * MINUTE_MS;
      for (const column of [bars.open, bars.high, bars.low, bars.close]) column[i] = 10 + i;
    });
    return bars;
  }
  const fiveMinuteReturns = (minutes: readonly number[], market = resolveMarket(MINUTE_MS)) =>
    Array.from(feature(runFamily(timeframes(), barsAt(minutes), market), 'return_5m'));

  it('close with the minute that ends them', () => {
    const row = fiveMinuteReturns([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(row.slice(0, 9)).toEqual(Array(9).fill(Number.NaN));
    expect(row.slice(9)).toEqual([19 / 14 - 1, 19 / 14 - 1]);
  });

  it('whose last minute is missing close with the next bar, not before', () => {
    // minutes 8 and 9 are missing: only the bar of minute 10 or 13 tells that
    expect(fiveMinuteReturns([4, 5, 6, 7, 10])).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 13 / 10 - 1]);
    expect(fiveMinuteReturns([4, 5, 6, 7, 13])).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 13 / 10 - 1]);
  });

  it('can close twice at one bar', () => {
    // minute 4 is missing, and minute 9 is all there is of the next five
    expect(fiveMinuteReturns([3, 9])).toEqual([Number.NaN, 11 / 10 - 1]);
  });

  it('make no bar of minutes without any', () => {
    expect(fiveMinuteReturns([4, 104])).toEqual([Number.NaN, 11 / 10 - 1]);
  });

  it('do not change once closed, should a bar come late', () => {
    // the bar of minute 9 ends the second five; that of minute 9.5 is in it too
    expect(fiveMinuteReturns([4, 9, 9.5, 14])).toEqual([Number.NaN, 11 / 10 - 1, 11 / 10 - 1, 13 / 11 - 1]);
  });

  it('count from the start of a bar that is stamped with its end', () => {
    // stamps 1 to 5 are minutes 0 to 4
    expect(fiveMinuteReturns([5, 6, 10, 11], resolveMarket(MINUTE_MS, { stamp: 'end' }))).toEqual([
      Number.NaN,
      Number.NaN,
      12 / 10 - 1,
      12 / 10 - 1,
    ]);
  });

  it('follow the half hour of India, as hours do there', () => {
    const hours = (timeZone: string) =>
      Array.from(feature(runFamily(timeframes(), barsAt([29, 59, 89]), resolveMarket(MINUTE_MS, { timeZone })), 'return_60m'));
    expect(hours('Asia/Kolkata')).toEqual([Number.NaN, Number.NaN, 12 / 10 - 1]);
    expect(hours('UTC')).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('of flat bars have RSI 50 and 0 else', () => {
    const minutes = Array.from({ length: 200 }, (_, i) => i);
    const bars = barsAt(minutes);
    for (const column of [bars.open, bars.high, bars.low, bars.close]) column.fill(7.3);
    const features = runFamily(timeframes(), bars, resolveMarket(MINUTE_MS));
    expect(NAMES.map((name) => feature(features, `${name}_5m`)[199])).toEqual([0, 50, 0, 0, 0]);
  });
});
