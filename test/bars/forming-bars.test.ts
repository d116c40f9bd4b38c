import { describe, expect, it } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { collectBars } from '../../src/bars/collect-bars';
import { barEnd } from '../../src/bars/forming-bars';
import { type MarketOptions, resolveMarket } from '../../src/bars/market';
import { ZoneClock } from '../../src/bars/time-zone';
import { randomBars } from '../generated-bars';

const MINUTE = 60_000;
const DAY = 86_400_000;

function end(timestamp: string, interval: number, options: MarketOptions = {}): string {
  const market = resolveMarket(interval, options);
  return new Date(barEnd(Date.parse(timestamp), market, new ZoneClock(market.timeZone))).toISOString();
}

describe('the end of a bar', () => {
  it.each<[string, string, number, MarketOptions, string]>([
    ['a minute', '2024-03-04T14:30Z', MINUTE, { exchange: 'NYSE' }, '2024-03-04T14:31:00.000Z'],
    ['a minute stamped at its end', '2024-03-04T14:30Z', MINUTE, { stamp: 'end' }, '2024-03-04T14:30:00.000Z'],
    ['an hour', '2024-03-04T14:00Z', 60 * MINUTE, {}, '2024-03-04T15:00:00.000Z'],
    ['a day round the clock', '2024-03-04', DAY, {}, '2024-03-05T00:00:00.000Z'],
    ['a winter day in New York, named by its date', '2024-03-04', DAY, { exchange: 'NYSE' }, '2024-03-04T21:00:00.000Z'],
    ['a summer day in New York', '2024-07-01', DAY, { exchange: 'NYSE' }, '2024-07-01T20:00:00.000Z'],
    ['a half day', '2024-12-24', DAY, { exchange: 'NYSE' }, '2024-12-24T18:00:00.000Z'],
    ['a day stamped with New York midnight', '2024-03-04T05:00Z', DAY, { exchange: 'NYSE' }, '2024-03-04T21:00:00.000Z'],
    ['a day in Tokyo, stamped with its midnight', '2024-03-03T15:00Z', DAY, { exchange: 'TSE' }, '2024-03-04T06:30:00.000Z'],
    ['a week', '2024-03-04', 7 * DAY, { exchange: 'NYSE' }, '2024-03-11T00:00:00.000Z'],
  ])('of %s', (_, timestamp, interval, options, expected) => expect(end(timestamp, interval, options)).toBe(expected));
});

describe('bars that have not ended', () => {
  const bars = randomBars(100);
  const newest = bars.timestamp[99];
  const source: BarSource = {
    async *fetch() {
      yield { bars, batch: 1 };
    },
  };
  it.each([
    [newest + MINUTE, 0],
    [newest + MINUTE - 1, 1],
    [newest, 1],
    [newest - 1, 2],
  ])('at %i are %i', async (now, forming) =>
    expect(await collectBars(source, { symbol: 'X' }, { now })).toMatchObject({ forming, bars: { length: 100 - forming } }),
  );
});
