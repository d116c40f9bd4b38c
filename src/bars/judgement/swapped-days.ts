import type { Bars } from '../bars';
import { DAY_MS } from '../market';
import type { ZoneClock } from '../time-zone';

/** Days from which their number may be a month. */
const MONTHS = 12;
/** Fewer dates that may be swapped say nothing: one may be wrong by itself. */
const FEWEST_MOVED = 3;
/** Fewer days say nothing about weekends. */
const FEWEST_DAYS = 20;
/** Share of days at weekends that is no exception. */
const AT_WEEKENDS = 0.1;

/**
 * Finds dates in which day and month have changed places up to the 12th, as spreadsheets and parsers leave them that read 03/04/2024 in the other order and
 * 25/04/2024 in the only one. Nothing is swapped where only one of the two readings makes time go on, or keeps weekends free.
 *
 * @param bars - as they came
 * @param clock - the zone in which dates are meant
 * @returns what shows it, for people; undefined if nothing does
 */
export function findSwappedDays({ timestamp, length }: Bars, clock: ZoneClock): string | undefined {
  const read = new Direction();
  const swapped = new Direction();
  const low = { days: 0, weekends: 0, weekendsSwapped: 0 };
  const high = { days: 0, weekends: 0 };
  let day = Number.NaN;
  let moved = 0;
  let to = 0;
  let example = 0;
  for (let i = 0; i < length; i++) {
    const local = timestamp[i] % DAY_MS === 0 ? timestamp[i] : timestamp[i] + clock.offsetAt(timestamp[i]);
    if (Math.floor(local / DAY_MS) !== day) {
      day = Math.floor(local / DAY_MS);
      to = withDayAndMonthSwapped(day);
      if (to !== day) {
        if (moved === 0) example = day;
        moved++;
        low.days++;
        if (isWeekend(day)) low.weekends++;
        if (isWeekend(to)) low.weekendsSwapped++;
      } else if (new Date(day * DAY_MS).getUTCDate() > MONTHS) {
        high.days++;
        if (isWeekend(day)) high.weekends++;
      }
    }
    read.add(local);
    swapped.add(local + (to - day) * DAY_MS);
  }
  if (moved < FEWEST_MOVED) return undefined;
  const first = `${dateOf(example)} for ${dateOf(withDayAndMonthSwapped(example))}`;
  if (10 * swapped.breaks < read.breaks && 2 * swapped.way < read.way) {
    return `${first}, and with both swapped back the bars come in order of time`;
  }
  const isWeekendFree = high.weekends === 0 && low.weekendsSwapped === 0;
  if (high.days >= FEWEST_DAYS && low.days >= FEWEST_DAYS && isWeekendFree && low.weekends >= AT_WEEKENDS * low.days) {
    return `${first}, and ${low.weekends} of the bars up to the 12th of a month fall on weekends, of the others none`;
  }
  return undefined;
}

/** How straight a way times go. */
class Direction {
  /** Sum of all steps, milliseconds. */
  way = 0;
  #up = 0;
  #down = 0;
  #last = Number.NaN;

  add(time: number): void {
    if (time > this.#last) this.#up++;
    else if (time < this.#last) this.#down++;
    if (!Number.isNaN(this.#last)) this.way += Math.abs(time - this.#last);
    this.#last = time;
  }

  /** Steps against the direction of most. */
  get breaks(): number {
    return Math.min(this.#up, this.#down);
  }
}

function withDayAndMonthSwapped(day: number): number {
  const date = new Date(day * DAY_MS);
  if (date.getUTCDate() > MONTHS) return day;
  return Date.UTC(date.getUTCFullYear(), date.getUTCDate() - 1, date.getUTCMonth() + 1) / DAY_MS;
}

function isWeekend(day: number): boolean {
  const weekday = new Date(day * DAY_MS).getUTCDay();
  return weekday === 0 || weekday === 6;
}

function dateOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
