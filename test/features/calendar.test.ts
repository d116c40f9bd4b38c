import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DAY_MS, type Market, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { calendar } from '../../src/features/calendar';
import { barsOf, runFamily } from './run-family';

const DATA = new URL('../../../shared/data/', import.meta.url);
const NYSE = resolveMarket(MINUTE_MS, { exchange: 'NYSE' });

/** Calendar features of instants, one row each, by the feature's name. */
function rowsAt(times: readonly (string | number)[], market: Market): Record<string, number>[] {
  const timestamp = times.map((time) => (typeof time === 'number' ? time : Date.parse(time)));
  const prices = timestamp.map(() => 1);
  const columns = [...runFamily(calendar(), barsOf({ timestamp, high: prices, low: prices, close: prices, volume: prices }), market)];
  return timestamp.map((_, i) => Object.fromEntries(columns.map(([name, column]) => [name, column[i]])));
}

/** One row of {@link rowsAt}. */
function rowAt(time: string, market: Market): Record<string, number> {
  const [row] = rowsAt([time], market);
  return row;
}

describe('minutes of a session', () => {
  it('begin at 13:30 UTC in summer and at 14:30 UTC in winter', () => {
    expect(rowAt('2024-07-01T13:30:00Z', NYSE)).toEqual({
      minute_of_session: 0,
      minutes_to_close: 390,
      in_regular_session: 1,
      day_of_week: 1,
      day_of_month: 1,
      month: 7,
    });
    expect(rowAt('2024-12-02T14:30:00Z', NYSE)).toMatchObject({ minute_of_session: 0, minutes_to_close: 390, in_regular_session: 1 });
    expect(rowAt('2024-12-02T13:30:00Z', NYSE)).toMatchObject({ minute_of_session: -60, minutes_to_close: 450, in_regular_session: 0 });
    expect(rowAt('2024-07-01T19:59:00Z', NYSE)).toMatchObject({ minute_of_session: 389, minutes_to_close: 1, in_regular_session: 1 });
    expect(rowAt('2024-07-01T20:00:00Z', NYSE)).toMatchObject({ minute_of_session: 390, minutes_to_close: 0, in_regular_session: 0 });
  });

  it.each([
    ['2024-03-08T14:30:00Z', '2024-03-11T13:30:00Z'],
    ['2024-11-01T13:30:00Z', '2024-11-04T14:30:00Z'],
  ])('move by an hour in UTC between %s and %s, and by none in New York', (before, after) => {
    expect(rowsAt([before, after], NYSE).map((row) => row.minute_of_session)).toEqual([0, 0]);
  });

  it('follow the clock through the night in which it changes', () => {
    const spring = rowsAt(['2024-03-10T06:59:00Z', '2024-03-10T07:00:00Z'], NYSE);
    expect(spring.map((row) => row.minute_of_session + 570)).toEqual([119, 180]);
    const autumn = rowsAt(['2024-11-03T05:59:00Z', '2024-11-03T06:00:00Z'], NYSE);
    expect(autumn.map((row) => row.minute_of_session + 570)).toEqual([119, 60]);
  });

  it.each(['2024-07-03T16:59:00Z', '2024-11-29T17:59:00Z', '2024-12-24T17:59:00Z'])('end at 13:00 on the half day of %s', (last) => {
    expect(rowAt(last, NYSE)).toMatchObject({ minute_of_session: 209, minutes_to_close: 1, in_regular_session: 1 });
    const [after] = rowsAt([Date.parse(last) + MINUTE_MS], NYSE);
    expect(after).toMatchObject({ minutes_to_close: 0, in_regular_session: 0 });
  });

  it('do not end early at exchanges without half days', () => {
    expect(rowAt('2024-12-24T12:59:00Z', resolveMarket(MINUTE_MS, { exchange: 'LSE' })).minutes_to_close).toBe(211);
  });

  it('count from the start of a bar that is stamped with its end', () => {
    const nse = resolveMarket(MINUTE_MS, { exchange: 'NSE', stamp: 'end' });
    expect(rowAt('2016-07-01T03:46:00Z', nse)).toMatchObject({ minute_of_session: 0, minutes_to_close: 375, in_regular_session: 1 });
    expect(rowAt('2016-07-01T10:00:00Z', nse)).toMatchObject({ minute_of_session: 374, minutes_to_close: 1, in_regular_session: 1 });
  });

  it('are minutes of the day, in UTC, where the market never closes', () => {
    const always = resolveMarket(MINUTE_MS);
    const rows = rowsAt(['2020-02-28T23:59:00Z', '2020-02-29T00:00:00Z', '2020-03-01T12:34:00Z'], always);
    expect(rows.map((row) => [row.minute_of_session, row.day_of_week, row.day_of_month, row.month])).toEqual([
      [1439, 5, 28, 2],
      [0, 6, 29, 2],
      [754, 7, 1, 3],
    ]);
    expect(rows.every((row) => row.in_regular_session === 1 && row.minute_of_session + row.minutes_to_close === 1440)).toBe(true);
  });

  it('show minutes to the close to models only where some days close early', () => {
    const inMatrix = (market: Market) =>
      calendar()
        .features(market)
        .flatMap(({ name, model }) => (model ? [name] : []));
    expect(inMatrix(NYSE)).toEqual(['minute_of_session', 'minutes_to_close', 'day_of_week', 'day_of_month']);
    expect(inMatrix(resolveMarket(MINUTE_MS))).toEqual(['minute_of_session', 'day_of_week', 'day_of_month']);
  });
});

describe('daily bars', () => {
  const daily = (options: Parameters<typeof resolveMarket>[1]) => resolveMarket(DAY_MS, options);
  const friday = { day_of_week: 5, day_of_month: 28, month: 2 };

  it('at 00:00 UTC are dates as they stand, east and west of Greenwich', () => {
    for (const exchange of ['NYSE', 'TSE', 'NSE']) {
      for (const stamp of ['start', 'end'] as const) expect(rowAt('2020-02-28T00:00:00Z', daily({ exchange, stamp }))).toEqual(friday);
    }
  });

  it('at other times have the local date', () => {
    expect(rowAt('2020-02-28T05:00:00Z', daily({ exchange: 'NYSE' }))).toEqual(friday);
    expect(rowAt('2020-02-27T15:00:00Z', daily({ exchange: 'TSE' }))).toEqual(friday);
    expect(rowAt('2020-02-28T21:00:00Z', daily({ exchange: 'NYSE', stamp: 'end' }))).toEqual(friday);
  });

  it('that end at local midnight belong to the day before it', () => {
    expect(rowAt('2020-02-29T05:00:00Z', daily({ exchange: 'NYSE', stamp: 'end' }))).toEqual(friday);
  });

  it('before 1970 have a weekday too', () => {
    expect(rowAt('1969-07-20T00:00:00Z', daily({ exchange: 'NYSE' })).day_of_week).toBe(7);
  });
});

/** Timestamps of a shared data file, of one symbol where it has several. */
function timestampsOf(file: string, symbol?: string): string[] {
  const lines = gunzipSync(readFileSync(new URL(file, DATA)))
    .toString()
    .split('\n')
    .slice(1);
  const cells = lines.filter((line) => line !== '').map((line) => line.split(','));
  return symbol === undefined ? cells.map(([time]) => time) : cells.flatMap(([name, time]) => (name === symbol ? [time] : []));
}

const SPY = 'spy-1min-2024-2025.csv.gz';
const SESSIONS = 'us-stocks-1min-sessions.csv.gz';
const present = [SPY, SESSIONS].every((file) => existsSync(new URL(file, DATA)));
if (!present) console.log(`calendar.test.ts: no market data in ${fileURLToPath(DATA)}, so sessions of real bars are not tested`);

describe.skipIf(!present)('sessions of real bars', () => {
  it('SPY opens every one of 256 days at minute 0 and closes it at minute 390, half days at 210', () => {
    const times = timestampsOf(SPY);
    const rows = rowsAt(times, NYSE);
    const days = new Map<string, Record<string, number>[]>();
    rows.forEach((row, i) => {
      const day = times[i].slice(0, 10);
      // after-hours bars of the last days run past midnight UTC
      if (row.in_regular_session === 1) days.set(day, [...(days.get(day) ?? []), row]);
    });
    expect(days.size).toBe(256);
    const halfDays = ['2024-07-03', '2024-11-29', '2024-12-24'];
    for (const [day, session] of days) {
      const length = halfDays.includes(day) ? 210 : 390;
      expect(session[0], day).toMatchObject({ minute_of_session: 0, minutes_to_close: length });
      expect(new Date(day).getUTCDay(), day).toBe(session[0].day_of_week);
      // the last day of the file stops at 15:23
      if (day === '2025-04-02') continue;
      expect(session.length, day).toBe(length);
      expect(session[length - 1], day).toMatchObject({ minute_of_session: length - 1, minutes_to_close: 1 });
    }
  });

  it('SPY opens at 14:30 UTC from November to March and at 13:30 UTC else', () => {
    const times = timestampsOf(SPY);
    const rows = rowsAt(times, NYSE);
    const opens = times.filter((_, i) => rows[i].minute_of_session === 0).map((time) => time.slice(11, 16));
    expect(new Set(opens)).toEqual(new Set(['13:30', '14:30']));
    const winter = times
      .filter((time, i) => rows[i].minute_of_session === 0 && time.slice(11, 16) === '14:30')
      .map((time) => time.slice(0, 10));
    expect([winter[0], winter[winter.length - 1]]).toEqual(['2024-11-04', '2025-03-07']);
  });

  it('SHY opens at minute 0 on both sides of the change of March 2008', () => {
    const times = timestampsOf(SESSIONS, 'SHY');
    const opens = rowsAt(times, NYSE).flatMap((row, i) => (row.minute_of_session === 0 ? [times[i]] : []));
    expect(opens).toEqual(['2008-03-07T14:30:00Z', '2008-03-10T13:30:00Z']);
  });

  it('GOOG closes at 13:00 on 2015-12-24', () => {
    const times = timestampsOf(SESSIONS, 'GOOG').filter((time) => time.startsWith('2015-12-24'));
    const rows = rowsAt(times, NYSE);
    const last = times.indexOf('2015-12-24T17:59:00Z');
    expect(rows[last]).toMatchObject({ minutes_to_close: 1, in_regular_session: 1 });
    expect(rows[last + 1]).toMatchObject({ minutes_to_close: 0, in_regular_session: 0 });
  });
});
