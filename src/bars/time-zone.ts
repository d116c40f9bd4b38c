import { tzOffset } from '@date-fns/tz/tzOffset';
import { TickerforestError } from '../errors';
import { didYouMean } from '../options/did-you-mean';
import { quoted } from '../text';

const MINUTE = 60_000;
const DAY = 86_400_000;

interface DayOffsets {
  /** Offset at 00:00 UTC of the day, milliseconds to add to UTC to get local time. */
  readonly before: number;
  /** First instant with the other offset; Infinity on the 363 days a year without a change. */
  readonly changesAt: number;
  readonly after: number;
}

/**
 * A time zone's offset from UTC at any instant. The time zone database is asked twice a UTC day (and, on a day of change, a few times
 * more to find the minute); all other instants cost one map look-up, and neighbours of the last instant not even that.
 */
export class ZoneClock {
  /** IANA name, such as 'America/New_York'. */
  readonly timeZone: string;
  readonly #days = new Map<number, DayOffsets>();
  #lastDay = Number.NaN;
  #last: DayOffsets = { before: 0, changesAt: Number.POSITIVE_INFINITY, after: 0 };

  /**
   * @param timeZone - IANA name, such as 'America/New_York' or 'UTC'
   * @throws TickerforestError `INVALID_OPTION` for a name that the runtime's time zone database does not have
   */
  constructor(timeZone: string) {
    if (Number.isNaN(tzOffset(timeZone, new Date(0)))) {
      const guess = didYouMean(timeZone, Intl.supportedValuesOf('timeZone'));
      const advice = guess === '' ? "; an example is 'America/New_York'" : guess;
      throw new TickerforestError('INVALID_OPTION', `timeZone ${quoted(timeZone)} is not an IANA time zone${advice}`);
    }
    this.timeZone = timeZone;
  }

  /**
   * @param utc - milliseconds since 1970 UTC
   * @returns milliseconds to add to UTC to get local time; negative west of Greenwich
   */
  offsetAt(utc: number): number {
    const day = Math.floor(utc / DAY);
    if (day !== this.#lastDay) {
      let offsets = this.#days.get(day);
      if (offsets === undefined) {
        offsets = this.#lookUp(day);
        this.#days.set(day, offsets);
      }
      this.#last = offsets;
      this.#lastDay = day;
    }
    return utc < this.#last.changesAt ? this.#last.before : this.#last.after;
  }

  /**
   * @param local - local wall time, as the milliseconds since 1970 that the same wall time has in UTC
   * @returns the instant in milliseconds UTC; of a wall time that occurs twice the first, of one that is skipped the one an hour on
   */
  toUtc(local: number): number {
    // The offset a day earlier is the one before any change near by; if it maps back to the same wall time it is the first occurrence.
    const before = local - this.offsetAt(local - DAY);
    if (before + this.offsetAt(before) === local) return before;
    const after = local - this.offsetAt(local + DAY);
    return after + this.offsetAt(after) === local ? after : before;
  }

  /**
   * @param local - local wall time, as for {@link toUtc}
   * @returns the instant in milliseconds UTC; of a wall time that occurs twice the second
   */
  laterToUtc(local: number): number {
    const after = local - this.offsetAt(local + DAY);
    return after + this.offsetAt(after) === local ? after : this.toUtc(local);
  }

  #lookUp(day: number): DayOffsets {
    const offset = (utc: number) => tzOffset(this.timeZone, new Date(utc)) * MINUTE;
    const start = day * DAY;
    const before = offset(start);
    const after = offset(start + DAY);
    if (before === after) return { before, changesAt: Number.POSITIVE_INFINITY, after };
    let low = 0;
    let high = DAY / MINUTE;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (offset(start + middle * MINUTE) === before) low = middle;
      else high = middle;
    }
    return { before, changesAt: start + high * MINUTE, after };
  }
}
