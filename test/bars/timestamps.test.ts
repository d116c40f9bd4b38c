import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsDateOrder, timestampReader } from '../../src/bars/timestamps';
import { failure } from './errors';

const NINE_THIRTY = Date.UTC(2024, 0, 2, 9, 30);
const MIDNIGHT = Date.UTC(2024, 0, 2);

describe('timestampReader', () => {
  it.each([
    ['2024-01-02', MIDNIGHT],
    ['2024/01/02', MIDNIGHT],
    ['2024.01.02', MIDNIGHT],
    ['20240102', MIDNIGHT],
    ['2024-01-02T09:30:00Z', NINE_THIRTY],
    ['2024-01-02T09:30Z', NINE_THIRTY],
    ['2024-01-02 09:30:00', NINE_THIRTY],
    ['2024-01-02 09:30:00 UTC', NINE_THIRTY],
    ['2024-01-02 04:30:00-05:00', NINE_THIRTY],
    ['2024-01-02T15:00:00+0530', NINE_THIRTY],
    ['2024-01-02T11:30:00+02', NINE_THIRTY],
    ['2024-01-02T09:30:00.123Z', NINE_THIRTY + 123],
    ['2024-01-02T09:30:00.5Z', NINE_THIRTY + 500],
    ['2024-01-02T09:30:00.123987654Z', NINE_THIRTY + 123],
    ['20240102 093000', NINE_THIRTY],
    ['20240102T093000Z', NINE_THIRTY],
    ['20240102093000', NINE_THIRTY],
    ['2024.01.02 9:30', NINE_THIRTY],
    ['2024-01-02 9:30 PM', NINE_THIRTY + 12 * 3_600_000],
    ['2024-01-02 12:15 am', MIDNIGHT + 15 * 60_000],
    ['2024-01-02 24:00', MIDNIGHT + 86_400_000],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2024-1-2', MIDNIGHT],
    ['2024/1/2 9:30', NINE_THIRTY],
    ['2-Jan-2024', MIDNIGHT],
    ['02 Jan 2024 09:30', NINE_THIRTY],
    ['2. Januar 2024', MIDNIGHT],
    ['Jan 2, 2024', MIDNIGHT],
    ['Tue, 02 Jan 2024 09:30:00 GMT', NINE_THIRTY],
    ['2024-Jan-02', MIDNIGHT],
    ['2024年1月2日', MIDNIGHT],
    ['2024年01月02日 09:30', NINE_THIRTY],
    ['2024년 1월 2일', MIDNIGHT],
    ['02JAN2024', MIDNIGHT],
    ['2024-01-02 09:30 GMT+0000', NINE_THIRTY],
    ['2024-01-02 09-AM', MIDNIGHT + 9 * 3_600_000],
    ['1704187800', NINE_THIRTY],
    ['1704187800.25', NINE_THIRTY + 250],
    ['1704187800000', NINE_THIRTY],
    ['1704187800000.0', NINE_THIRTY],
    ['1704187800000999', NINE_THIRTY],
    ['1704187800000000000', NINE_THIRTY],
    ['1.7041878e9', NINE_THIRTY],
    ['-86400', -86_400_000],
    // digits that begin like a date, and are milliseconds of 2030
    ['1900010112345', 1_900_010_112_345],
  ])('reads %s', (text, expected) => {
    expect(timestampReader()(text)).toBe(expected);
  });

  it.each([
    '',
    'today',
    '2024-13-01',
    '2024-02-30',
    '2023-02-29',
    '2024-00-10',
    '2024-01-02T25:00',
    '2024-01-02T10:60',
    '2024-01/02',
    '2024-01-02 13:00 PM',
    '20240230',
    '20230229093000',
    '2024-01-02T09:30+99:99',
    '2024-01-02T09:30+05:75',
    '0x10',
    '2024-01-02 09',
    `2024-01-02${' '.repeat(20_000)}x`,
    `-${' '.repeat(20_000)}1`,
    '01/02/2024',
    '2024-01-02T09:30:00 Paris',
    '2024-01-02extra',
  ])('does not read %j', (text) => {
    expect(timestampReader()(text)).toBeNaN();
  });

  it('reads dates with the year last in the order it is told', () => {
    const mdy = timestampReader({ dateOrder: 'mdy' });
    const dmy = timestampReader({ dateOrder: 'dmy' });
    expect(mdy('01/02/2024')).toBe(MIDNIGHT);
    expect(dmy('02.01.2024')).toBe(MIDNIGHT);
    expect(dmy('2-1-2024 09:30')).toBe(NINE_THIRTY);
    expect(mdy('1/2/2024 9:30 AM')).toBe(NINE_THIRTY);
    expect(mdy('13/01/2024')).toBeNaN();
    expect(dmy('01/13/2024')).toBeNaN();
    expect(mdy('2024-01-02')).toBe(MIDNIGHT);
    expect(needsDateOrder('01/02/2024')).toBe(true);
    expect(needsDateOrder('2024-01-02')).toBe(false);
  });

  it('takes wall time without an offset for the given zone, on both sides of a change', () => {
    const read = timestampReader({ timeZone: 'America/New_York' });
    expect(read('2024-03-08 09:30')).toBe(Date.UTC(2024, 2, 8, 14, 30));
    expect(read('2024-03-11 09:30')).toBe(Date.UTC(2024, 2, 11, 13, 30));
    expect(read('2024-03-11T09:30Z')).toBe(Date.UTC(2024, 2, 11, 9, 30));
    expect(read('1704187800')).toBe(NINE_THIRTY);
  });

  it('refuses an unknown zone', async () => {
    const error = await failure('INVALID_OPTION', () => timestampReader({ timeZone: 'Mars/Olympus' }));
    expect(error.message).toContain('Mars/Olympus');
  });

  it('property: ISO text, compact text and epochs of one instant read alike', () => {
    const read = timestampReader();
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1974, 0), max: Date.UTC(2190, 0) }), (time) => {
        const second = Math.floor(time / 1000) * 1000;
        const iso = new Date(second).toISOString();
        expect(read(new Date(time).toISOString())).toBe(time);
        expect(read(String(time))).toBe(time);
        expect(read(`${time}000`)).toBe(time);
        expect(read(iso.slice(0, 19).replace('T', ' '))).toBe(second);
        expect(read(iso.slice(0, 19).replace(/[-:T]/g, ''))).toBe(second);
        // 8 digits are a date, so seconds begin to count at 9 of them, in March 1973
        expect(read(String(second / 1000))).toBe(second);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
