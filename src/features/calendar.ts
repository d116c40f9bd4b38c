import { closeOfDay, DAY_MS, type Market, MINUTE_MS } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import { checkOptions } from '../options/description';
import { type BlockFold, builtIn, type FeatureFamily, type FeatureSpec } from './family';

const spec = (name: string, unit: string, range: readonly [number, number], model: boolean): FeatureSpec => ({
  name,
  group: 'regime_features',
  unit,
  range,
  warmup: 0,
  model,
});

const DATE_SPECS: readonly FeatureSpec[] = [
  spec('day_of_week', 'days', [1, 7], true),
  spec('day_of_month', 'days', [1, 31], true),
  spec('month', 'months', [1, 12], false),
];

/** 1970-01-01, day 0, was a Thursday: day 4 of the week. */
const dayOfWeek = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;

/**
 * Where a bar lies in its session, week, month and year, in the exchange's time zone. Of bars shorter than a day it is the start that counts, of
 * bars stamped with their end too.
 *
 * | feature | unit, range | meaning |
 * |---|---|---|
 * | `minute_of_session` | minutes, -1440 to 1440 | since the regular open; negative before it; 0 is the bar that opens the session |
 * | `minutes_to_close` | minutes, -1440 to 1440 | to the regular close, on half days the early one; 1 for the last minute bar, 0 and less after hours |
 * | `in_regular_session` | 0 or 1 | whether the bar starts within the regular hours of its day; holidays are not known, but have no bars |
 * | `day_of_week` | 1 to 7 | Monday is 1 |
 * | `day_of_month` | 1 to 31 | |
 * | `month` | 1 to 12 | |
 *
 * Bars of a day or more have only the last three. A timestamp that is exactly 00:00 UTC is then the trading date itself, without a conversion;
 * any other is an instant whose local date counts, and one that stamps the end of the bar belongs to the date of the moment before it.
 *
 * There is no state: rows follow from their own timestamps. `minutes_to_close` goes into the matrix only where some days close early, because
 * else it is `minute_of_session` upside down.
 *
 * @param given - there are no parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming a parameter that there is not
 */
export function calendar(given: Readonly<Record<never, never>> = {}): FeatureFamily {
  checkOptions(given, {}, 'calendar');
  return builtIn({
    name: 'calendar',
    title: 'calendar',
    version: 1,
    parameters: {},
    features(market) {
      if (market.interval >= DAY_MS) return DATE_SPECS;
      return [
        spec('minute_of_session', 'minutes', [-1440, 1440], true),
        spec('minutes_to_close', 'minutes', [-1440, 1440], market.session.earlyCloses !== 'none'),
        spec('in_regular_session', 'flag', [0, 1], false),
        ...DATE_SPECS,
      ];
    },
    fold(market) {
      return market.interval >= DAY_MS ? foldDates(market) : foldMinutes(market);
    },
  });
}

/**
 * @param market - of bars of a day or more
 * @returns the trading date of a timestamp, days since 1970
 */
export function tradingDates({ timeZone, stamp }: Market): (timestamp: number) => number {
  const clock = new ZoneClock(timeZone);
  const before = stamp === 'end' ? 1 : 0;
  return (timestamp) => {
    const instant = timestamp - before;
    return Math.floor((timestamp % DAY_MS === 0 ? timestamp : instant + clock.offsetAt(instant)) / DAY_MS);
  };
}

function foldDates(market: Market): BlockFold {
  const dateOf = tradingDates(market);
  return ({ length, timestamp }, [week, month, year]) => {
    for (let i = 0; i < length; i++) {
      const day = dateOf(timestamp[i]);
      const calendarDate = new Date(day * DAY_MS);
      week[i] = dayOfWeek(day);
      month[i] = calendarDate.getUTCDate();
      year[i] = calendarDate.getUTCMonth() + 1;
    }
  };
}

function foldMinutes({ timeZone, stamp, interval, session }: Market): BlockFold {
  const clock = new ZoneClock(timeZone);
  const delay = stamp === 'end' ? interval : 0;
  return ({ length, timestamp }, [sinceOpen, toClose, regular, week, month, year]) => {
    let midnight = Number.NaN;
    let close = 0;
    let weekday = 0;
    let dayOfMonth = 0;
    let monthOfYear = 0;
    for (let i = 0; i < length; i++) {
      const start = timestamp[i] - delay;
      const local = start + clock.offsetAt(start);
      if (!(local >= midnight && local < midnight + DAY_MS)) {
        const day = Math.floor(local / DAY_MS);
        midnight = day * DAY_MS;
        close = closeOfDay(session, day);
        weekday = dayOfWeek(day);
        const date = new Date(midnight);
        dayOfMonth = date.getUTCDate();
        monthOfYear = date.getUTCMonth() + 1;
      }
      const minute = (local - midnight) / MINUTE_MS;
      sinceOpen[i] = minute - session.open;
      toClose[i] = close - minute;
      regular[i] = minute >= session.open && minute < close ? 1 : 0;
      week[i] = weekday;
      month[i] = dayOfMonth;
      year[i] = monthOfYear;
    }
  };
}
