import { describe, expect, it } from 'vitest';
import type { BarBatch, BarSource } from '../../../src/bars/bar-source';
import { allocateBars, type Bars, joinBars, sliceBars } from '../../../src/bars/bars';
import { type CollectOptions, collectBars } from '../../../src/bars/collect-bars';
import { inferInterval } from '../../../src/bars/judgement/spacing';
import type { MarketOptions } from '../../../src/bars/market';
import type { Reading } from '../../../src/bars/reading';
import { randomBars, uniform } from '../../generated-bars';
import { counted } from '../counted';
import { failure } from '../errors';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A walk at the given times. */
function at(times: readonly number[], { seed = 1, volatility = 0.01, factor = 1 } = {}): Bars {
  const bars = randomBars(times.length, { seed, volatility });
  bars.timestamp.set(times);
  if (factor !== 1)
    for (const column of ['open', 'high', 'low', 'close'] as const) bars[column].set(bars[column].map((price) => price * factor));
  return bars;
}

/** Midnights of weekdays, plus a shift. */
function weekdays(count: number, shift = 0, from = Date.UTC(2021, 0, 4)): number[] {
  const days: number[] = [];
  for (let day = from; days.length < count; day += DAY) if (new Date(day).getUTCDay() % 6 !== 0) days.push(day + shift);
  return days;
}

const every = (length: number, count: number, from = Date.UTC(2024, 0, 2)) => Array.from({ length: count }, (_, i) => from + i * length);

const served = (bars: Bars, more: Partial<BarBatch> = {}): BarSource => ({
  async *fetch() {
    yield { bars, batch: 1, ...more };
  },
});
const judged = (bars: Bars, options: CollectOptions = {}, more: Partial<BarBatch> = {}) =>
  collectBars(served(bars, more), { symbol: 'X' }, options);
const codes = async (bars: Bars, options: CollectOptions = {}) => (await judged(bars, options)).warnings.map(({ code }) => code);

describe('bars of one time', () => {
  const days = at(weekdays(100));

  it('of two different ones the later wins, and the earlier is counted', async () => {
    const other = sliceBars(at(weekdays(100), { factor: 1.001 }), 40, 41);
    const both = joinBars(sliceBars(days, 0, 41), other, sliceBars(days, 41, 100));
    const { message } = await failure('INVALID_BARS', () => judged(both));
    expect(message).toMatch(/1 of 101 bars of X are bad \(duplicate 1\)/);
    const { bars, rejected, warnings } = await judged(both, { badBars: 'drop' });
    expect([bars.length, bars.close[40], rejected.byReason.duplicate]).toEqual([100, other.close[0], 1]);
    expect(warnings).toMatchObject([{ code: 'replaced_bars', count: 1, firstBar: days.timestamp[40] }]);
  });

  it('the same bar but for the noise of single precision is one bar: pages are requests of their own', async () => {
    const page = sliceBars(at(weekdays(100), { factor: 1 + 3e-7 }), 38, 45);
    const { bars, repeated, rejected } = await judged(joinBars(sliceBars(days, 0, 41), page, sliceBars(days, 45, 100)));
    expect([bars.length, repeated, rejected.total]).toEqual([100, 3, 0]);
  });

  it.each([
    ['one after the other', (a: Bars, b: Bars) => joinBars(a, b)],
    [
      'in turns',
      (a: Bars, b: Bars) => joinBars(...Array.from({ length: 100 }, (_, i) => [sliceBars(a, i, i + 1), sliceBars(b, i, i + 1)]).flat()),
    ],
    ['the second only at the end', (a: Bars, b: Bars) => joinBars(a, sliceBars(b, 80, 100))],
  ])('two series %s are refused, whatever is done about bad bars, and nobody advises to drop', async (_, mix) => {
    const mixed = mix(days, at(weekdays(100), { seed: 2, factor: 4 }));
    for (const badBars of ['reject', 'drop'] as const) {
      const { message } = await failure('INVALID_BARS', () => judged(mixed, { badBars }));
      expect(message).toMatch(/several symbols/);
      expect(message).not.toMatch(/drop|sort/);
    }
  });

  it('two series that take turns at times of their own are refused', async () => {
    const a = at(every(2 * MINUTE, 200), { volatility: 0.0005 });
    const b = at(every(2 * MINUTE, 200, Date.UTC(2024, 0, 2) + MINUTE), { volatility: 0.0005, factor: 1.7 });
    const turns = joinBars(...Array.from({ length: 200 }, (_, i) => [sliceBars(a, i, i + 1), sliceBars(b, i, i + 1)]).flat());
    expect((await failure('INVALID_BARS', () => judged(turns))).message).toMatch(/take turns/);
  });
});

describe('the length of bars', () => {
  it('is told from stamps that are a little beside their place', () => {
    const jittered = every(MINUTE, 500).map((time, i) => time + ((i * 7919) % 400) - 200);
    expect(inferInterval(Float64Array.from(jittered))).toBe(MINUTE);
    const closing = every(5 * MINUTE, 50).map((time) => time - 1);
    expect(inferInterval(Float64Array.from(closing))).toBe(5 * MINUTE);
    // of a market that trades now and then
    expect(inferInterval(Float64Array.from([0, 2, 4, 5, 7, 9, 10, 12].map((minute) => minute * MINUTE)))).toBe(MINUTE);
  });

  it.each([
    ['hours among days', at([...weekdays(100), ...every(HOUR, 30, weekdays(101)[100])]), /(?=.*daily)(?=.*1-hour)/],
    ['minutes among hours', at([...every(HOUR, 100), ...every(MINUTE, 40, Date.UTC(2024, 0, 20))]), /(?=.*1-hour)(?=.*1-minute)/],
    ['days after months', at([...every(30 * DAY, 30, Date.UTC(2000, 0, 1)), ...weekdays(200)]), /daily bars.*monthly/],
    ['weeks before days', at([...every(7 * DAY, 40, Date.UTC(2019, 0, 7)), ...weekdays(200)]), /daily bars.*weekly/],
  ])('%s: refused, naming both', async (_, bars, words) => {
    for (const badBars of ['reject', 'drop'] as const) {
      expect((await failure('INVALID_BARS', () => judged(bars, { badBars }))).message).toMatch(words);
    }
  });

  it.each([
    ['hours where days are stored', DAY, every(HOUR, 20, Date.UTC(2021, 6, 1)), /daily bars.*1-hour/],
    ['weeks where days are stored', DAY, every(7 * DAY, 5, Date.UTC(2021, 6, 5)), /daily bars.*weekly/],
    ['five minutes where minutes are stored', MINUTE, every(5 * MINUTE, 6, Date.UTC(2021, 6, 1)), /1-minute bars.*5-minute/],
    ['three weeks', DAY, every(7 * DAY, 3, Date.UTC(2021, 6, 5)), /daily bars.*weekly/],
    ['four months', DAY, [5, 6, 7, 8].map((month) => Date.UTC(2021, month, 1)), /daily bars.*monthly/],
  ])('%s: an update is refused', async (_, interval, times, words) => {
    const options = { interval, after: times[0] - interval, isDense: true };
    const known = at([times[0] - 2 * interval, times[0] - interval]);
    expect((await failure('INVALID_BARS', () => judged(joinBars(known, at(times)), options))).message).toMatch(words);
  });

  it.each([
    ['seconds, of days', 86_400, weekdays(100), /interval is in milliseconds: say interval: 86400000/],
    ['minutes, of days', 1_440, weekdays(100), /interval is in milliseconds: say interval: 86400000/],
    ['seconds, of minutes', 60, every(MINUTE, 100), /interval is in milliseconds: say interval: 60000/],
    ['two days, of days', 2 * DAY, weekdays(100), /172800000 ms bars .*daily/],
    ['three days, of days', 3 * DAY, every(DAY, 100), /259200000 ms bars .*daily/],
    ['two minutes, of minutes', 2 * MINUTE, every(MINUTE, 100), /2-minute bars .*1-minute/],
    ['two hours, of hours', 2 * HOUR, every(HOUR, 100), /2-hour bars .*1-hour/],
  ])('an interval in %s: refused, with what it should be', async (_, interval, times, words) => {
    for (const badBars of ['reject', 'drop'] as const) {
      expect((await failure('INVALID_BARS', () => judged(at(times), { interval, badBars }))).message).toMatch(words);
    }
  });

  it('bars shorter than a second are taken, also at one millisecond', async () => {
    const times = Array.from({ length: 300 }, (_, i) => Date.UTC(2024, 0, 2) + i * 100 + (i % 7 === 0 ? 30 : 0));
    expect((await judged(at(times), { interval: 100 })).bars.length).toBe(300);
  });

  it('a minute that is missing several times in a row is no other length', async () => {
    const times = [-2, -1, 0, 2, 4, 6, 8, 10].map((minute) => Date.UTC(2021, 6, 1) + minute * MINUTE);
    const { bars } = await judged(at(times), { interval: MINUTE, after: times[1], isDense: true });
    expect(bars.length).toBe(8);
  });

  it.each([
    ['quarters of an hour where minutes are stored', MINUTE, every(15 * MINUTE, 4, Date.UTC(2021, 6, 1)), /1-minute bars.*15-minute/],
    ['hours where minutes are stored', MINUTE, every(HOUR, 5, Date.UTC(2021, 6, 1)), /1-minute bars.*1-hour/],
    ['months where days are stored', DAY, [5, 6, 7].map((month) => Date.UTC(2021, month, 1)), /daily bars.*monthly/],
  ])('%s, of a source that has none of the stored bars: refused', async (_, interval, times, words) => {
    const options = { interval, after: times[0] - 2 * interval, isDense: true };
    expect((await failure('INVALID_BARS', () => judged(at(times), options))).message).toMatch(words);
  });

  it('two rows of one day, both at hours that no day has, are not the day and its last trade', async () => {
    const days = weekdays(100);
    for (const [first, length] of [
      [13.5, HOUR],
      [14.5, HOUR],
      [9, 4 * HOUR],
      [15, 5 * MINUTE],
    ]) {
      const times = [...days.slice(0, 99), days[99] + first * HOUR, days[99] + first * HOUR + length];
      const update = () => judged(at(times), { interval: DAY, after: days[98], isDense: true });
      expect((await failure('INVALID_BARS', update)).message).toMatch(/daily bars.*(1-hour|4-hour|5-minute)/);
    }
  });

  it.each([
    ['New York', 'XNYS', [14.5, 15, 16, 17, 18, 19, 20]],
    ['Mumbai', 'XBOM', [3.75, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]],
    ['Hong Kong, with a break at noon', 'XHKG', [1.5, 2, 3, 5, 6, 7]],
  ])('hours of a session in %s that begins beside the full hour go on so, however few are new', async (_, exchange, hours) => {
    const times = weekdays(30).flatMap((day) => hours.map((hour) => day + hour * HOUR));
    const market = { exchange };
    for (let fresh = 1; fresh <= hours.length; fresh++) {
      for (let end = times.length - hours.length; end <= times.length; end++) {
        const after = times[end - fresh - 1];
        const { bars, warnings } = await judged(at(times.slice(0, end)), { market, interval: HOUR, after, isDense: true });
        expect([fresh, bars.length, warnings]).toEqual([fresh, end, []]);
      }
    }
  });

  it.each([
    ['London, hours', 'XLON', HOUR, [7, 8, 9, 10, 11, 12, 13, 14, 15, 15 + 35 / 60]],
    ['Frankfurt, hours', 'XETR', HOUR, [7, 8, 9, 10, 11, 12, 13, 14, 15, 15.5]],
    ['Sydney, hours', 'XASX', HOUR, [0, 1, 2, 3, 4, 5, 5 + 10 / 60]],
    ['London, half hours', 'XLON', 30 * MINUTE, [...Array.from({ length: 17 }, (_, i) => 7 + i / 2), 15 + 35 / 60]],
  ])('the row of the closing auction in %s is a bar, in a history and in updates of any size', async (_, exchange, interval, hours) => {
    const days = weekdays(30, 0, Date.UTC(2021, 5, 7));
    const times = days.flatMap((day) => hours.map((hour) => day + Math.round(hour * 60) * MINUTE));
    const market = { exchange };
    expect(await judged(at(times), { market })).toMatchObject({ bars: { length: times.length }, live: 0, warnings: [] });
    for (let fresh = 1; fresh <= 2 * hours.length; fresh++) {
      for (let end = times.length - hours.length; end <= times.length; end++) {
        // the five newest stored bars are compared, and the times of more are known
        const update = at(times.slice(end - fresh - 5, end));
        const knownTimes = Float64Array.from(times.slice(end - fresh - 64, end - fresh));
        const options = { market, interval, after: update.timestamp[4], isDense: true, knownTimes };
        expect(await judged(update, options)).toMatchObject({ bars: { length: fresh + 5 }, live: 0, warnings: [] });
      }
    }
  });

  it('a row for the last trade at the end of one session only is none of a closing auction', async () => {
    const times = weekdays(30).flatMap((day) => [8, 9, 10, 11, 12, 13, 14, 15, 16].map((hour) => day + hour * HOUR));
    expect(await judged(at([...times, times[269] + 35 * MINUTE]))).toMatchObject({ bars: { length: 270 }, live: 1 });
  });

  it.each([
    ['months', Array.from({ length: 60 }, (_, i) => Date.UTC(2015, i, 1))],
    ['weeks, some counted from a Thursday', every(7 * DAY, 80).map((time, i) => time - (i % 13 === 0 ? DAY : 0))],
    ['days at the close, earlier on half days', weekdays(200, 21 * HOUR).map((time, i) => time - (i % 50 === 0 ? 3 * HOUR : 0))],
    [
      'hours of a session that begins at half past',
      weekdays(20).flatMap((day) => [14.5, 15, 16, 17, 18, 19, 20].map((hour) => day + hour * HOUR)),
    ],
    ['minutes with many holes', every(MINUTE, 2_000).filter((_, i) => (i * 7919) % 11 < 3)],
    ['quarters', Array.from({ length: 40 }, (_, i) => Date.UTC(2010, 3 * i, 1))],
  ])('%s are as they should be', async (_, times) => {
    const { bars, warnings } = await judged(at(times));
    expect([bars.length, warnings]).toEqual([times.length, []]);
  });

  it('one bar between two others is bad, and the one in its place is not', async () => {
    const times = every(MINUTE, 100);
    const bars = at([...times.slice(0, 50), times[49] + 30 * SECOND, ...times.slice(50)]);
    expect((await failure('INVALID_BARS', () => judged(bars))).message).toMatch(/1 of 101 bars of X are bad \(too_close 1\).*00:49:30/);
    expect([...(await judged(bars, { badBars: 'drop' })).bars.timestamp]).toEqual(times);
  });

  it('stamps are moved onto the full minute or second, unless all are beside it by the same time', async () => {
    const times = every(MINUTE, 300);
    const moved = await judged(at(times.map((time, i) => time + (i % 3) * 70)));
    expect([...moved.bars.timestamp]).toEqual(times);
    expect(moved.warnings).toMatchObject([{ code: 'snapped_stamps', count: 200 }]);
    const closing = times.map((time) => time + 59_999);
    expect([...(await judged(at(closing))).bars.timestamp]).toEqual(closing);
    const hours = every(HOUR, 100).map((time, i) => time + (i % 5) * 400);
    expect([...(await judged(at(hours))).bars.timestamp]).toEqual(every(HOUR, 100));
  });

  it('seconds in the place of milliseconds are refused', async () => {
    for (const length of [60, 3_600, 86_400, 604_800]) {
      const bars = at(every(length, 50, 1_700_000_000));
      expect((await failure('INVALID_BARS', () => judged(bars))).message).toMatch(/seconds since 1970.*multiply them by 1000/);
    }
    expect((await judged(at(every(MINUTE, 50, Date.UTC(1971, 0, 1))))).bars.length).toBe(50);
  });
});

describe('the newest row', () => {
  const NY: MarketOptions = { exchange: 'NASDAQ' };

  it.each([
    ['a row for the last trade, on a day that has its bar', weekdays(100, 5 * HOUR), weekdays(100, 21 * HOUR + 2 * SECOND)[99]],
    ['the same in UTC', weekdays(100), weekdays(100, 14 * HOUR + 7 * SECOND)[99]],
    ['the same after the close', weekdays(100), weekdays(100, 20 * HOUR + SECOND)[99]],
    ['the same late in the evening', weekdays(100), weekdays(100, 23 * HOUR + 59 * MINUTE)[99]],
    ['the same beside a weekly bar', every(7 * DAY, 100), every(7 * DAY, 100)[99] + 3 * DAY + 9 * HOUR],
    ['the same beside an hourly bar', every(HOUR, 100), every(HOUR, 100)[99] + 25 * MINUTE],
  ])('%s: left out, counted, said', async (_, times, live) => {
    const collected = await judged(at([...times, live]), {
      market: NY,
      after: times[50],
      interval: inferInterval(Float64Array.from(times)),
    });
    expect([collected.bars.length, collected.live, counted(collected)]).toEqual([100, 1, 101]);
    expect(collected.warnings).toMatchObject([{ code: 'live_row', count: 1, firstBar: live }]);
  });

  it.each([
    ['midnight in New York', 5 * HOUR, 16 * HOUR + 2 * SECOND],
    ['dates alone', 0, 20 * HOUR + 2 * SECOND],
    ['dates alone, early', 0, 13 * HOUR],
  ])('a row for the last trade alone on its day is that day, and stands where the days before do: %s', async (_, shift, later) => {
    const times = weekdays(100, shift);
    const bars = at([...times.slice(0, 99), times[99] + later]);
    const collected = await judged(bars, { market: NY, now: times[99] + 30 * HOUR });
    expect([...collected.bars.timestamp]).toEqual(times);
    expect(collected.warnings).toMatchObject([{ code: 'snapped_stamps', count: 1 }]);
  });

  it('is set aside before anything is judged where it is forming, whatever it holds', async () => {
    const times = weekdays(100);
    for (const value of [Number.NaN, 0, -1]) {
      const bars = at(times);
      for (const column of ['open', 'high', 'low', 'close'] as const) bars[column][99] = value;
      const collected = await judged(bars, { market: NY, now: times[99] + 12 * HOUR });
      expect([collected.bars.length, collected.forming, collected.warnings]).toEqual([99, 1, []]);
      await failure('INVALID_BARS', () => judged(bars, { market: NY, now: times[99] + 30 * HOUR }));
    }
  });

  it.each([
    ['1970', 0],
    ['1900', Date.UTC(1900, 0, 1)],
    ['1899, where spreadsheets begin', Date.UTC(1899, 11, 30)],
    ['1980', Date.UTC(1980, 0, 1)],
  ])('a first bar of %s, long before all others, has no date', async (_, zero) => {
    const times = [...weekdays(100)];
    times[0] = zero;
    expect((await failure('INVALID_BARS', () => judged(at(times)))).message).toMatch(/1 of 100 bars of X are bad \(misdated 1\)/);
    const { bars, rejected } = await judged(at(times), { badBars: 'drop' });
    expect([bars.length, bars.timestamp[0], rejected.byReason.misdated]).toEqual([99, times[1], 1]);
  });

  it('a first bar before a long halt, or years before a long history, is right', async () => {
    const halted = [Date.UTC(2018, 0, 2), ...weekdays(100)];
    const old = [Date.UTC(1962, 0, 2), ...every(7 * DAY, 2_600, Date.UTC(1970, 0, 5))];
    for (const times of [halted, old]) expect((await judged(at(times))).bars.length).toBe(times.length);
  });

  const swapped = (time: number) => {
    const date = new Date(time);
    const day = date.getUTCDate();
    return day > 12 ? time : Date.UTC(date.getUTCFullYear(), day - 1, date.getUTCMonth() + 1) + (time % DAY);
  };

  it.each([
    ['two years of days', weekdays(500)],
    ['newest first', weekdays(500).reverse()],
    ['the newer page first', [...weekdays(500).slice(250), ...weekdays(500).slice(0, 250)]],
    ['in the order of the wrong dates', weekdays(500).sort((a, b) => swapped(a) - swapped(b))],
    ['hours', every(HOUR, 2_000)],
    ['four weeks', weekdays(20, 0, Date.UTC(2021, 0, 18))],
    ['at the close in New York', weekdays(300, 21 * HOUR)],
  ])('day and month that have changed places up to the 12th are refused, whatever is done about bad bars: %s', async (_, times) => {
    for (const badBars of ['reject', 'drop'] as const) {
      const { message } = await failure('INVALID_BARS', () => judged(at(times.map(swapped)), { badBars }));
      expect(message).toMatch(/day and month have changed places.*\d{4}-\d\d-\d\d for \d{4}-\d\d-\d\d/);
      expect(message).not.toMatch(/'drop'/);
    }
  });

  it.each([
    ['days', weekdays],
    [
      'hours of sessions',
      (count: number) =>
        weekdays(count)
          .flatMap((day) => [14, 15, 16, 17, 18, 19, 20].map((hour) => day + hour * HOUR))
          .slice(0, count),
    ],
  ])('few %s in any order are all right: what seems to be missing between two of them has come elsewhere', async (_, timesOf) => {
    const random = uniform(7);
    for (let count = 3; count <= 24; count++) {
      for (let run = 0; run < 12; run++) {
        const times = timesOf(count + run).slice(run);
        const interval = timesOf === weekdays ? DAY : HOUR;
        // a session of which there is one bar may be anywhere
        if (interval === HOUR && (times[1] - times[0] > HOUR || times[count - 1] - times[count - 2] > HOUR)) continue;
        const order = times.map((time) => ({ time, by: random() })).sort((a, b) => a.by - b.by);
        // and one bar only that comes early or late
        const moved = [...times];
        moved.splice(Math.floor(random() * count), 0, ...moved.splice(Math.floor(random() * count), 1));
        for (const some of [order.map(({ time }) => time), moved]) {
          const { bars, rejected } = await judged(at(some, { volatility: 0.0001 }), { interval });
          expect([[...bars.timestamp], rejected.total]).toEqual([times, 0]);
        }
      }
    }
  });

  it.each([
    ['months, the newer page first', [...Array.from({ length: 60 }, (_, i) => Date.UTC(2018, (i + 24) % 60, 1))]],
    [
      'days in the order of their text, day first',
      weekdays(500).sort((a, b) => new Date(a).getUTCDate() - new Date(b).getUTCDate() || a - b),
    ],
    ['days of markets that trade at weekends, in any order', every(DAY, 300).map((_, i, all) => all[(i * 7919) % 300])],
  ])('right dates in an odd order are put in order: %s', async (_, times) => {
    const { bars } = await judged(at(times, { volatility: 0.0001 }));
    expect([...bars.timestamp]).toEqual([...times].sort((a, b) => a - b));
  });

  it('far in the future is a wrong date, and bars that go on after now are not due', async () => {
    const times = weekdays(100);
    const now = times[99] + 30 * HOUR;
    const lost = at([...times, Date.UTC(2035, 0, 1)]);
    expect((await failure('INVALID_BARS', () => judged(lost, { now }))).message).toMatch(/future 1/);
    expect(await judged(lost, { now, badBars: 'drop' })).toMatchObject({ forming: 0, rejected: { total: 1, byReason: { future: 1 } } });
    expect(await judged(at(times), { now: times[49] + 30 * HOUR })).toMatchObject({ forming: 50, rejected: { total: 0 } });
  });
});

describe('the time zone', () => {
  const wallTime: Reading = { format: 'csv', time_zone: 'UTC', time_zone_from: 'assumed' };
  const sessions = (open: number, minutes: number, days = 10) =>
    weekdays(days).flatMap((day) => every(5 * MINUTE, minutes / 5, day + open * MINUTE));
  const small = { volatility: 0.0005 };

  it.each([
    ['NASDAQ', 'America/New_York', 570, 390],
    ['XETRA', 'Europe/Berlin', 540, 510],
    ['NSE', 'Asia/Kolkata', 555, 375],
  ])(
    'wall time of %s, read as UTC, is refused with the zone named; told to be UTC, it is warned of',
    async (exchange, timeZone, open, minutes) => {
      const bars = at(sessions(open, minutes), small);
      const { message } = await failure('INVALID_BARS', () => judged(bars, { market: { exchange } }, { reading: wallTime }));
      expect(message).toContain(`timeZone: '${timeZone}'`);
      expect(message).toContain("timeZone: 'UTC'");
      const { warnings } = await judged(bars, { market: { exchange } }, { reading: { ...wallTime, time_zone_from: 'option' } });
      expect(warnings).toMatchObject([{ code: 'time_zone' }]);
    },
  );

  it('is believed where the session fits, where trading goes on round it, and for a single day', async () => {
    expect(await codes(at(sessions(870, 390), small), { market: { exchange: 'NASDAQ' } })).toEqual([]);
    // from 4:00 to 20:00 in New York
    expect(await codes(at(sessions(540, 960), small), { market: { exchange: 'NASDAQ' } })).toEqual([]);
    expect(await codes(at(sessions(570, 390, 1), small), { market: { exchange: 'NASDAQ' } })).toEqual([]);
    expect(await codes(at(every(5 * MINUTE, 2_000), small), { market: { exchange: 'NASDAQ' } })).toEqual([]);
  });

  it('is said to be assumed where no exchange confirms it', async () => {
    const bars = at(every(5 * MINUTE, 2_000), small);
    const assumed = await judged(bars, {}, { reading: wallTime });
    expect(assumed.warnings).toMatchObject([{ code: 'assumed' }]);
    expect((await judged(bars, {}, { reading: { ...wallTime, time_zone_from: 'option' } })).warnings).toEqual([]);
    expect((await judged(at(weekdays(100)), {}, { reading: wallTime })).warnings).toEqual([]);
    const confirmed = await judged(at(sessions(870, 390), small), { market: { exchange: 'NASDAQ' } }, { reading: wallTime });
    expect(confirmed.warnings).toEqual([]);
  });

  it.each([
    ['Berlin', -1 * HOUR, 'Europe/Berlin'],
    ['Kolkata', -5.5 * HOUR, 'Asia/Kolkata'],
    ['Tokyo', -9 * HOUR, 'Asia/Tokyo'],
  ])('days at midnight in %s, read as UTC, are refused with a zone named; with the zone they are right', async (_, shift, timeZone) => {
    const bars = at(weekdays(60, shift));
    expect((await failure('INVALID_BARS', () => judged(bars))).message).toMatch(new RegExp(`Sundays.*timeZone.*${timeZone}`));
    expect(await codes(bars, { market: { timeZone } })).toEqual([]);
    expect(await codes(bars, { market: { timeZone: 'UTC' } })).toEqual(['time_zone']);
  });

  it('days of a market that trades on Sundays, or on all days, are right', async () => {
    const sundayToThursday = every(DAY, 100, Date.UTC(2023, 0, 1)).filter((time) => ![5, 6].includes(new Date(time).getUTCDay()));
    expect(await codes(at(sundayToThursday))).toEqual([]);
    expect(await codes(at(every(DAY, 100, Date.UTC(2023, 0, 1, 16))))).toEqual([]);
    expect(await codes(at(weekdays(100)))).toEqual([]);
  });
});

describe('prices', () => {
  const spoiled = (
    from: number,
    count: number,
    factor: number,
    columns: readonly ('open' | 'high' | 'low' | 'close')[] = ['open', 'high', 'low', 'close'],
  ) => {
    const bars = at(weekdays(300));
    for (const column of columns) for (let i = from; i < from + count; i++) bars[column][i] *= factor;
    return bars;
  };

  it.each([
    ['three days at a hundredth', spoiled(150, 3, 0.01), 3],
    ['a day at 1e-12 of the price', spoiled(150, 1, 1e-12), 1],
    ['five days in pence', spoiled(100, 5, 100), 5],
    ['a low of a thousandth', spoiled(120, 1, 0.001, ['low']), 1],
    ['a high of a hundred times', spoiled(120, 1, 100, ['high']), 1],
  ])('%s, taken back: bad, named and counted', async (_, bars, spikes) => {
    expect((await failure('INVALID_BARS', () => judged(bars))).message).toMatch(new RegExp(`spike ${spikes}`));
    const { rejected, warnings, bars: kept } = await judged(bars, { badBars: 'drop' });
    expect([rejected.byReason.spike, kept.length]).toEqual([spikes, 300 - spikes]);
    expect(warnings).toMatchObject([{ code: 'suspected_spikes', count: spikes }]);
    expect((await judged(bars, { maxJump: Number.POSITIVE_INFINITY })).bars.length).toBe(300);
  });

  it('a print that is off by less is worth a warning', async () => {
    const { rejected, warnings } = await judged(spoiled(150, 1, 1.4));
    expect(rejected.total).toBe(0);
    expect(warnings).toMatchObject([{ code: 'suspected_spikes', count: 1, firstBar: weekdays(300)[150] }]);
  });

  it.each([
    ['2-for-1 split', 0.5],
    ['3-for-2 split', 2 / 3],
    ['7-for-1 split', 1 / 7],
    ['1-for-20 reverse split', 20],
  ])('a level that stays, as after a %s, is named and never bad', async (name, factor) => {
    const { bars, warnings } = await judged(spoiled(150, 150, factor));
    expect(bars.length).toBe(300);
    expect(warnings).toMatchObject([{ code: 'suspected_splits', count: 1, firstBar: weekdays(300)[150] }]);
    expect(warnings[0].message).toContain(name);
  });

  it('of few bars nobody knows what is usual: an update of a quiet stock on a busy day has no warning', async () => {
    const bars = at(weekdays(12), { volatility: 0.002 });
    for (const column of ['open', 'high', 'low', 'close'] as const) bars[column][10] *= 1.15;
    expect((await judged(bars, { after: bars.timestamp[4], interval: DAY })).warnings).toEqual([]);
  });

  it.each([
    ['0.0001 and 0.0002 in turns', (i: number) => 0.0001 * (1 + (i % 2))],
    ['0.0001 to 0.0003', (i: number) => 0.0001 * (1 + ((i * 7919) % 3))],
    ['1 yen to 4', (i: number) => 1 + ((i * 104_729) % 4)],
    ['2 cents, now and then 4 or 5', (i: number) => (i % 9 === 0 ? 0.05 : i % 7 === 0 ? 0.04 : 0.02)],
  ])('a move of a few of the smallest steps is none: %s', async (_, price) => {
    const bars = at(weekdays(300));
    for (let i = 0; i < 300; i++) for (const column of ['open', 'high', 'low', 'close'] as const) bars[column][i] = price(i);
    expect(await codes(bars)).toEqual([]);
    bars.close[150] = bars.high[150] = 100 * price(151);
    expect((await failure('INVALID_BARS', () => judged(bars))).message).toMatch(/bar 150: .*\(spike\)/);
  });

  it('a wild market is no fault', async () => {
    expect(await codes(at(weekdays(500), { volatility: 0.04, seed: 3 }))).toEqual([]);
  });
});

describe('a source without an end', () => {
  it('ends with TOO_MANY_BARS', async () => {
    let closed = false;
    const endless: BarSource = {
      async *fetch() {
        try {
          for (let batch = 1; ; batch++) yield { bars: at(every(MINUTE, 1_000, batch * 1_000 * MINUTE)), batch };
        } finally {
          closed = true;
        }
      },
    };
    const { message } = await failure('TOO_MANY_BARS', () => collectBars(endless, { symbol: 'X' }, { maxBars: 25_000 }));
    expect(message).toContain('more bars than maxBars, 25000');
    expect(closed).toBe(true);
  });

  it('that never waits does not keep timers from running, nor an abort from being heard', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const empty: BarSource = {
      async *fetch() {
        for (let batch = 1; batch < 1e9; batch++) yield { bars: allocateBars(0), batch };
      },
    };
    await failure('ABORTED', () => collectBars(empty, { symbol: 'X', signal: AbortSignal.timeout(200) }));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it('of bad bars takes no more memory for more of them', async () => {
    const zeros = allocateBars(50_000);
    const bad: BarSource = {
      async *fetch() {
        for (let batch = 1; batch <= 100; batch++) yield { bars: zeros, batch };
      },
    };
    const { message } = await failure('NO_BARS', () => collectBars(bad, { symbol: 'X' }, { badBars: 'drop' }));
    expect(message).toContain('all 5000000 bars of X were dropped (non_positive_price 5000000)');
  });
});
