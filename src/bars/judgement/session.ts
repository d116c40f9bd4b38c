import type { Bars } from '../bars';
import { DAY_MS, type Market, MINUTE_MS } from '../market';
import type { ZoneClock } from '../time-zone';

/** Bars that are looked at, spread over all: enough to know a share to a percent. */
const SAMPLE = 20_000;
/** Share of bars in the regular session below which the market's own wall time is thought of: an hour off is a tenth of a session. */
const DOUBTFUL = 0.95;
/** The same for any other zone, for which less speaks. */
const VERY_DOUBTFUL = 0.8;
/** Share of bars in the regular session with which another zone is believed. */
const CONVINCING = 0.98;
/** Without a night between them, bars that are at other hours say nothing. */
const FEWEST_NIGHTS = 1;
/** Fewer bars say nothing about weekdays. */
const FEWEST_DAYS = 20;

/** Another way to read the timestamps, that fits the market better. */
export interface ZoneDoubt {
  /** What does not fit, for people. */
  readonly found: string;
  /** IANA name of the zone that would, or a description where none is certain. */
  readonly zone: string;
  /** Whether `zone` is a name that `timeZone` takes. */
  readonly isName: boolean;
}

/**
 * Holds timestamps against the market's hours (bars shorter than a day) or against its weekdays (daily bars).
 *
 * @param bars - in order of time
 * @param market - whose bars
 * @param clock - the market's time zone
 * @returns what another time zone would explain better; 'fits' if the market's hours or days confirm the reading, 'unknown' if nothing speaks for or against it
 */
export function doubtTimeZone(bars: Bars, market: Market, clock: ZoneClock): ZoneDoubt | 'fits' | 'unknown' {
  if (market.interval === DAY_MS) return doubtMidnight(bars, market, clock);
  const { open, close } = market.session;
  const span = bars.length > 0 ? bars.timestamp[bars.length - 1] - bars.timestamp[0] : 0;
  if (market.interval > DAY_MS || close - open >= 1440 || span < FEWEST_NIGHTS * DAY_MS) return 'unknown';
  const asRead = new Float64Array(1440);
  const asWall = new Float64Array(1440);
  const step = Math.max(1, Math.floor(bars.length / SAMPLE));
  let seen = 0;
  for (let i = 0; i < bars.length; i += step) {
    const time = market.stamp === 'end' ? bars.timestamp[i] - market.interval : bars.timestamp[i];
    asRead[minuteOfDay(time + clock.offsetAt(time))]++;
    asWall[minuteOfDay(time)]++;
    seen++;
  }
  const inSession = (minutes: Float64Array, later: number) => {
    let count = 0;
    for (let minute = open; minute < close; minute++) count += minutes[(((minute - later) % 1440) + 1440) % 1440];
    return count / seen;
  };
  const share = inSession(asRead, 0);
  if (share >= DOUBTFUL) return 'fits';
  const hours = `${clockTime(open)} to ${clockTime(close)} ${market.timeZone}`;
  const found = (other: number) =>
    `${percent(share)} of the bars are in the regular session (${hours}) as they are read, ${percent(other)} would be`;
  const wall = inSession(asWall, 0);
  if (wall >= CONVINCING) return { found: found(wall), zone: market.timeZone, isName: true };
  if (share >= VERY_DOUBTFUL) return 'unknown';
  for (let later = -840; later <= 840; later += 30) {
    const other = inSession(asRead, later);
    if (other < CONVINCING) continue;
    const by = `${Math.abs(later) / 60} hours ${later > 0 ? 'later' : 'earlier'}`;
    return { found: found(other), zone: `a zone that makes them ${by}`, isName: false };
  }
  return 'unknown';
}

/** Daily bars at midnight of a zone east of UTC, read as UTC, fall on the day before: on Sundays instead of Fridays. */
function doubtMidnight(bars: Bars, market: Market, clock: ZoneClock): ZoneDoubt | 'fits' {
  if (bars.length < FEWEST_DAYS) return 'fits';
  const days = new Float64Array(7);
  const offsets = new Map<number, number>();
  for (let i = 0; i < bars.length; i++) {
    const time = bars.timestamp[i];
    // as the calendar features read it: midnight UTC names a date, anything else is an instant on it
    const local = time % DAY_MS === 0 ? time : time + clock.offsetAt(time);
    days[new Date(local).getUTCDay()]++;
    const minute = minuteOfDay(time);
    offsets.set(minute, (offsets.get(minute) ?? 0) + 1);
  }
  const share = (day: number) => days[day] / bars.length;
  // Friday and Saturday without trading, Sunday with: markets of the Middle East, whose stamps are not the midnight of a zone further east
  if (share(0) < 0.1 || share(5) > 0.02 || share(6) > 0.02) return 'fits';
  const [usual] = [...offsets].sort((a, b) => b[1] - a[1])[0];
  const ahead = (1440 - usual) % 1440;
  if (ahead === 0 || ahead > 840) return 'fits';
  return {
    found: `${percent(share(0))} of the daily bars fall on Sundays and none on Fridays in ${market.timeZone}: they are stamped with midnight of a zone ${ahead / 60} hours ahead of UTC`,
    zone: `the exchange's own zone, such as ${exampleZone(ahead)}`,
    isName: false,
  };
}

function exampleZone(minutesAhead: number): string {
  if (minutesAhead <= 120) return "'Europe/Berlin'";
  if (minutesAhead <= 210) return "'Europe/Istanbul'";
  if (minutesAhead <= 345) return "'Asia/Kolkata'";
  if (minutesAhead <= 480) return "'Asia/Shanghai'";
  return minutesAhead <= 540 ? "'Asia/Tokyo'" : "'Australia/Sydney'";
}

function minuteOfDay(time: number): number {
  return Math.floor((((time % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);
}

function clockTime(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
