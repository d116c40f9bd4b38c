import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZoneClock } from '../../src/bars/time-zone';
import { failure } from './errors';

const HOUR = 3_600_000;
const SECOND = 1000;

/** The offset as the runtime's own formatter has it: an independent way to the same figure. */
function formatted(timeZone: string): (utc: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (utc) => {
    const parts = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - Math.floor(utc / SECOND) * SECOND;
  };
}

const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/London',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Asia/Tokyo',
  'Pacific/Apia',
  'America/Sao_Paulo',
];

describe('ZoneClock', () => {
  it.each([
    ['America/New_York', '2024-03-10T07:00:00Z', -5, -4],
    ['America/New_York', '2024-11-03T06:00:00Z', -4, -5],
    ['America/New_York', '2006-04-02T07:00:00Z', -5, -4],
    ['Europe/London', '2024-03-31T01:00:00Z', 0, 1],
    ['Europe/London', '2024-10-27T01:00:00Z', 1, 0],
    ['Australia/Lord_Howe', '2024-04-06T15:00:00Z', 11, 10.5],
    ['Australia/Lord_Howe', '2024-10-05T15:30:00Z', 10.5, 11],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', -10, 14],
  ])('%s changes at %s from %d to %d hours', (zone, instant, before, after) => {
    const clock = new ZoneClock(zone);
    const change = Date.parse(instant);
    expect(clock.offsetAt(change - 1)).toBe(before * HOUR);
    expect(clock.offsetAt(change)).toBe(after * HOUR);
    // asked in any order, and far from the change
    expect(clock.offsetAt(change + 20 * HOUR)).toBe(after * HOUR);
    expect(clock.offsetAt(change - 20 * HOUR)).toBe(before * HOUR);
  });

  it('keeps one offset in a zone without daylight saving', () => {
    const clock = new ZoneClock('Asia/Kolkata');
    for (let day = 0; day < 366; day++) expect(clock.offsetAt(Date.UTC(2024, 0, 1 + day, 12))).toBe(5.5 * HOUR);
  });

  it.each(ZONES)('property: %s agrees with the formatter of the runtime, and wall time finds its way back', (zone) => {
    const clock = new ZoneClock(zone);
    const expected = formatted(zone);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1999, 0), max: Date.UTC(2036, 0) }), (utc) => {
        expect(clock.offsetAt(utc)).toBe(expected(utc));
        const local = utc + clock.offsetAt(utc);
        const back = clock.toUtc(local);
        expect(back + clock.offsetAt(back)).toBe(local);
        expect(back).toBeLessThanOrEqual(utc);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it.each(['America/New_York', 'Europe/London', 'Australia/Lord_Howe'])('walks through every change of %s minute by minute', (zone) => {
    const clock = new ZoneClock(zone);
    const expected = formatted(zone);
    for (let day = Date.UTC(2024, 0); day < Date.UTC(2025, 0); day += 24 * HOUR) {
      if (expected(day) === expected(day + 24 * HOUR)) continue;
      for (let utc = day; utc < day + 24 * HOUR; utc += 60 * SECOND) expect(clock.offsetAt(utc)).toBe(expected(utc));
    }
  });

  it('takes the first of two equal wall times, and moves a skipped one on', () => {
    const newYork = new ZoneClock('America/New_York');
    // 01:30 occurs at 05:30Z and at 06:30Z
    expect(newYork.toUtc(Date.UTC(2024, 10, 3, 1, 30))).toBe(Date.UTC(2024, 10, 3, 5, 30));
    expect(newYork.toUtc(Date.UTC(2024, 10, 3, 2, 0))).toBe(Date.UTC(2024, 10, 3, 7, 0));
    // 02:30 does not occur: 03:30 does
    expect(newYork.toUtc(Date.UTC(2024, 2, 10, 2, 30))).toBe(Date.UTC(2024, 2, 10, 7, 30));
    expect(newYork.toUtc(Date.UTC(2024, 2, 10, 1, 59))).toBe(Date.UTC(2024, 2, 10, 6, 59));
    expect(newYork.toUtc(Date.UTC(2024, 2, 10, 3, 0))).toBe(Date.UTC(2024, 2, 10, 7, 0));
    const london = new ZoneClock('Europe/London');
    expect(london.toUtc(Date.UTC(2024, 9, 27, 1, 30))).toBe(Date.UTC(2024, 9, 27, 0, 30));
    expect(london.toUtc(Date.UTC(2024, 2, 31, 1, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
    // half an hour of daylight saving: 01:45 occurs twice, 02:15 is skipped
    const lordHowe = new ZoneClock('Australia/Lord_Howe');
    expect(lordHowe.toUtc(Date.UTC(2024, 3, 7, 1, 45))).toBe(Date.UTC(2024, 3, 6, 14, 45));
    expect(lordHowe.toUtc(Date.UTC(2024, 9, 6, 2, 15))).toBe(Date.UTC(2024, 9, 5, 15, 45));
  });

  it('refuses a name that is no zone', async () => {
    const { message } = await failure('INVALID_OPTION', () => new ZoneClock('America/Gotham'));
    expect(message).toContain('America/Gotham');
  });
});
