import { describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { DAY_MS, type Market, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { timeframes } from '../../src/features/timeframes';
import { randomBars } from './random-bars';
import { expectRows, resampledRows } from './resampling';
import { feature, runFamily } from './run-family';

const HOUR_MS = 60 * MINUTE_MS;

/** Made once: a formatter costs as much as a thousand dates. */
const calendars = new Map<string, Intl.DateTimeFormat>();
const weekdays = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', weekday: 'short' });

/** Local date of an instant by the runtime's own calendar: 'YYYY-MM-DD'. */
function localDate(instant: number, timeZone: string): string {
  const calendar =
    calendars.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  calendars.set(timeZone, calendar);
  return calendar.format(instant);
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** The Monday of a date, or its month. */
function nameOf(date: string, length: string): string {
  if (length === '1mo') return date.slice(0, 7);
  if (length === '1d') return date;
  const noon = Date.parse(`${date}T12:00:00Z`);
  const weekday = weekdays.format(noon);
  return new Date(noon - WEEKDAYS.indexOf(weekday) * DAY_MS).toISOString().slice(0, 10);
}

/** The date of a bar of a day or more. */
function dateOf(timestamp: number, { stamp, timeZone }: Market): string {
  if (timestamp % DAY_MS === 0) return new Date(timestamp).toISOString().slice(0, 10);
  return localDate(stamp === 'end' ? timestamp - 1 : timestamp, timeZone);
}

function nextDate(date: string): string {
  return new Date(Date.parse(`${date}T12:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

function expectTwin(bars: Bars, market: Market, length: string): void {
  const rows = resampledRows(bars, (i) => {
    const time = bars.timestamp[i];
    if (market.interval >= DAY_MS) {
      const date = dateOf(time, market);
      return [nameOf(date, length), nameOf(nextDate(date), length)];
    }
    const start = market.stamp === 'end' ? time - market.interval : time;
    return [start, start + market.interval].map((instant) => nameOf(localDate(instant, market.timeZone), length)) as [string, string];
  });
  const cuts = [1, Math.floor(bars.length / 2), bars.length - 1];
  expectRows(runFamily(timeframes(), bars, market, cuts), length, rows);
}

/** A walk of so many days from some day on, without weekends and some other days. */
function days(count: number, start: number, sevenDays = false): Bars {
  const bars = randomBars({ count: count * 2, seed: 31, gap: () => DAY_MS, start });
  const kept = Array.from(bars.timestamp.keys()).filter((i) => {
    const weekday = new Date(bars.timestamp[i]).getUTCDay();
    return (sevenDays || (weekday !== 0 && weekday !== 6)) && i % 17 !== 3;
  });
  const pick = (column: Float64Array) => Float64Array.from(kept.slice(0, count), (i) => column[i]);
  const { timestamp, open, high, low, close, volume } = bars;
  return {
    length: count,
    timestamp: pick(timestamp),
    open: pick(open),
    high: pick(high),
    low: pick(low),
    close: pick(close),
    volume: pick(volume),
  };
}

describe('weeks and months', () => {
  it.each<[string, Market, number, boolean]>([
    ['dates of a New York stock', resolveMarket(DAY_MS, { exchange: 'NYSE' }), Date.UTC(2020, 0, 1), false],
    ['dates round the clock, across a leap day', resolveMarket(DAY_MS), Date.UTC(2019, 10, 27), true],
    ['instants of the open in Sydney', resolveMarket(DAY_MS, { timeZone: 'Australia/Sydney' }), Date.UTC(2021, 5, 30, 23), false],
    ['instants of the close in New York', resolveMarket(DAY_MS, { exchange: 'NYSE', stamp: 'end' }), Date.UTC(2022, 0, 3, 21), false],
    [
      'midnights that stamp the end, in Kolkata',
      resolveMarket(DAY_MS, { exchange: 'NSE', stamp: 'end' }),
      Date.UTC(2022, 0, 3, 18, 30),
      true,
    ],
  ])('of days are those of a plain calendar: %s', (_, market, start, sevenDays) => {
    const bars = days(700, start, sevenDays);
    expectTwin(bars, market, '1w');
    expectTwin(bars, market, '1mo');
  });

  it.each<[string, number, Market, number]>([
    ['hours in London', HOUR_MS, resolveMarket(HOUR_MS, { exchange: 'LSE' }), 12_000],
    ['hours stamped at their end, in Kolkata', HOUR_MS, resolveMarket(HOUR_MS, { exchange: 'NSE', stamp: 'end' }), 12_000],
    ['four hours round the clock', 4 * HOUR_MS, resolveMarket(4 * HOUR_MS), 4_500],
    ['four hours in New York', 4 * HOUR_MS, resolveMarket(4 * HOUR_MS, { exchange: 'NYSE' }), 4_500],
  ])('of %s are those of a plain calendar', (_, interval, market, count) => {
    const gap = (random: number) => interval * (random < 0.9 ? 1 : random < 0.99 ? Math.ceil((random - 0.9) * 400) : 70);
    const bars = randomBars({ count, seed: 33, gap, start: Date.UTC(2020, 11, 1) });
    for (const length of ['1d', '1w', '1mo']) expectTwin(bars, market, length);
  });

  it('of bars of a week there are months, and of a month nothing', () => {
    const names = (interval: number) => timeframes().features(resolveMarket(interval));
    expect(names(7 * DAY_MS).map(({ name }) => name)).toContain('return_1mo');
    expect(names(30 * DAY_MS)).toEqual([]);
  });

  it('a week closes on Monday, since nobody knows on Friday that it is over; round the clock it closes on Sunday', () => {
    const stock = days(60, Date.UTC(2024, 0, 1));
    const column = feature(runFamily(timeframes(), stock, resolveMarket(DAY_MS, { exchange: 'NYSE' })), 'return_1w');
    const changes = Array.from(column.keys()).filter((i) => i > 15 && column[i] !== column[i - 1]);
    expect(new Set(changes.map((i) => new Date(stock.timestamp[i]).getUTCDay()))).toEqual(new Set([1]));
    const coins = randomBars({ count: 60, seed: 5, gap: () => DAY_MS, start: Date.UTC(2024, 0, 1) });
    const weekly = feature(runFamily(timeframes(), coins, resolveMarket(DAY_MS)), 'return_1w');
    const sundays = Array.from(weekly.keys()).filter((i) => i > 15 && weekly[i] !== weekly[i - 1]);
    expect(new Set(sundays.map((i) => new Date(coins.timestamp[i]).getUTCDay()))).toEqual(new Set([0]));
  });
});
