import { describe, expect, it } from 'vitest';
import { inferInterval } from '../../src/bars/judgement/spacing';
import { closeOfDay, DAY_MS, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { failure } from './errors';

const dayOf = (date: string) => Date.parse(date) / DAY_MS;

describe('resolveMarket', () => {
  it('knows exchanges without regard to case', () => {
    expect(resolveMarket(MINUTE_MS, { exchange: 'nasdaq' })).toEqual({
      interval: MINUTE_MS,
      stamp: 'start',
      timeZone: 'America/New_York',
      session: { open: 570, close: 960, earlyCloses: 'us_equities' },
    });
    expect(resolveMarket(DAY_MS, { exchange: 'LSE' })).toMatchObject({ timeZone: 'Europe/London', session: { open: 480, close: 990 } });
    expect(resolveMarket(MINUTE_MS, { exchange: 'NSE', stamp: 'end' })).toMatchObject({ timeZone: 'Asia/Kolkata', stamp: 'end' });
  });

  it('trades round the clock in UTC where it knows nothing', () => {
    const always = { interval: MINUTE_MS, stamp: 'start', timeZone: 'UTC', session: { open: 0, close: 1440, earlyCloses: 'none' } };
    expect(resolveMarket(MINUTE_MS)).toEqual(always);
    expect(resolveMarket(MINUTE_MS, { exchange: 'Bitfinex' })).toEqual(always);
  });

  it('lets single parts be told', () => {
    const session = { open: 600, close: 900, earlyCloses: 'none' } as const;
    expect(resolveMarket(MINUTE_MS, { exchange: 'NYSE', session, timeZone: 'America/Chicago' })).toMatchObject({
      session,
      timeZone: 'America/Chicago',
    });
  });

  it.each([
    [0, {}, 'interval'],
    [-1, {}, 'interval'],
    [Number.NaN, {}, 'interval'],
    [Number.POSITIVE_INFINITY, {}, 'interval'],
    [MINUTE_MS, { timeZone: 'Here' }, 'timeZone'],
    [MINUTE_MS, { session: { open: 900, close: 600, earlyCloses: 'none' } }, 'session'],
    [MINUTE_MS, { session: { open: 0, close: 1441, earlyCloses: 'none' } }, 'session'],
    [MINUTE_MS, { session: { open: Number.NaN, close: 600, earlyCloses: 'none' } }, 'session'],
  ] as const)('refuses %s, %j', async (interval, options, part) => {
    expect((await failure('INVALID_OPTION', () => resolveMarket(interval, options))).message).toContain(part);
  });
});

describe('inferInterval', () => {
  it('takes the most frequent distance, the shorter at a tie', () => {
    expect(inferInterval(Float64Array.of(0, 60, 120, 1000, 1060))).toBe(60);
    expect(inferInterval(Float64Array.of(0, 300, 360))).toBe(60);
    expect(inferInterval(Float64Array.of(0, 60, 360))).toBe(60);
    expect(inferInterval(Float64Array.of(7, 9))).toBe(2);
  });

  it('takes a day for daily bars, over weekends and changes of the clock', () => {
    const days = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11].map((day) => day * DAY_MS);
    expect(inferInterval(Float64Array.from(days))).toBe(DAY_MS);
  });

  it('cannot tell from one bar', async () => {
    await failure('TOO_FEW_BARS', () => inferInterval(Float64Array.of(1)));
    await failure('TOO_FEW_BARS', () => inferInterval(new Float64Array(0)));
  });
});

describe('closeOfDay', () => {
  const us = resolveMarket(MINUTE_MS, { exchange: 'NYSE' }).session;

  it.each([
    '2013-07-03',
    '2013-11-29',
    '2014-07-03',
    '2014-11-28',
    '2014-12-24',
    '2015-11-27',
    '2015-12-24',
    '2016-11-25',
    '2017-07-03',
    '2017-11-24',
    '2018-07-03',
    '2018-11-23',
    '2018-12-24',
    '2019-07-03',
    '2019-11-29',
    '2019-12-24',
    '2020-11-27',
    '2020-12-24',
    '2021-11-26',
    '2022-11-25',
    '2023-07-03',
    '2023-11-24',
    '2024-07-03',
    '2024-11-29',
    '2024-12-24',
    '2025-07-03',
    '2025-11-28',
    '2025-12-24',
  ])('is 13:00 on %s', (date) => {
    expect(closeOfDay(us, dayOf(date))).toBe(780);
  });

  it.each([
    // Fridays on which the exchange was closed, as the holiday fell on Saturday
    '2015-07-03',
    '2020-07-03',
    '2021-12-24',
    // ordinary days beside a holiday
    '2021-12-23',
    '2022-07-01',
    '2022-12-23',
    '2023-12-22',
    '2016-07-01',
    '2016-12-23',
    '2024-11-22',
    '2024-11-27',
    '2024-12-31',
    '2024-07-02',
    '2024-07-05',
    '2024-11-30',
  ])('is 16:00 on %s', (date) => {
    expect(closeOfDay(us, dayOf(date))).toBe(960);
  });

  it('closes early three times a year at most, always on a weekday', () => {
    for (let year = 1999; year < 2035; year++) {
      const days = Array.from({ length: 365 }, (_, i) => dayOf(`${year}-01-01`) + i).filter((day) => closeOfDay(us, day) === 780);
      expect(days.length).toBeGreaterThanOrEqual(1);
      expect(days.length).toBeLessThanOrEqual(3);
      for (const day of days) expect(new Date(day * DAY_MS).getUTCDay() % 6).not.toBe(0);
    }
  });

  it('knows no early closes elsewhere', () => {
    const { session } = resolveMarket(MINUTE_MS, { exchange: 'LSE' });
    expect(closeOfDay(session, dayOf('2024-12-24'))).toBe(990);
  });
});
