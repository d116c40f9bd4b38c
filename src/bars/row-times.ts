import { types } from 'node:util';
import { DAY_MS } from './market';
import type { Reading } from './reading';
import { numberOf, propertyOf } from './row-values';
import { type TimestampOptions, timestampReader } from './timestamps';

/** What a number counts that says when a bar was. 'date' is YYYYMMDD. */
export type EpochUnit = 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds' | 'date';

const COUNTING = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;

const PER_SECOND: Readonly<Record<(typeof COUNTING)[number], number>> = {
  seconds: 1,
  milliseconds: 1e3,
  microseconds: 1e6,
  nanoseconds: 1e9,
};

const DAY_SECONDS = DAY_MS / 1000;

/** Lengths of bars that vendors sell, seconds: 1 second to 1 month. No two of them are a thousand apart, so that a distance tells the unit. */
const USUAL_SECONDS = new Set([
  ...[1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 300, 600, 720, 900, 1200, 1800, 2700, 3600, 7200, 10_800, 14_400, 21_600, 28_800, 43_200],
  ...[1, 2, 3, 4, 5, 7, 14, 28, 29, 30, 31, 90, 91, 92, 365, 366].map((days) => days * DAY_SECONDS),
]);

/** Below it a number of seconds is before 1973, a number of milliseconds on 2 January 1970: made-up bars of tests. */
const FEWEST_SECONDS = 1e8;
/** From here on magnitude alone tells: as seconds it would be after the year 5138. */
const FEWEST_MILLISECONDS = 1e11;
/** A distance in time that no series jumps over: one that does has changed its unit, if another unit makes it near. */
const FAR_MS = 30 * 365 * DAY_MS;
/** No date and time is longer. */
const LONGEST_TIME = 64;
const OFFSET = /(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$/i;

/** A unit, and whether the evidence allows no other. */
export interface UnitFound {
  /** The unit. */
  readonly unit: EpochUnit;
  /** false where neither magnitude nor spacing tells, and it is the likelier of two. */
  readonly certain: boolean;
}

/**
 * Decides what the numbers of a series count: by magnitude where that tells, else by magnitude and spacing. Numbers below 1e8 count milliseconds.
 *
 * @param counts - some timestamps of one series, in its order
 * @returns the unit
 */
export function findEpochUnit(counts: ArrayLike<number>): UnitFound {
  let largest = 0;
  let dates = 0;
  let finite = 0;
  const distances = new Map<number, number>();
  let previous = Number.NaN;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    if (!Number.isFinite(count)) continue;
    finite++;
    largest = Math.max(largest, Math.abs(count));
    if (isDateNumber(count)) dates++;
    const distance = Math.abs(count - previous);
    if (distance > 0) distances.set(distance, (distances.get(distance) ?? 0) + 1);
    previous = count;
  }
  if (finite > 0 && dates === finite) return { unit: 'date', certain: true };
  if (largest >= FEWEST_MILLISECONDS) return { unit: unitByMagnitude(largest), certain: true };
  const [usual] = [...distances].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0]);
  if (largest < FEWEST_SECONDS) {
    // days that begin in 1970, as vendors' histories do that begin at 0, are the only data with seconds as small as that
    return { unit: usual >= DAY_SECONDS && USUAL_SECONDS.has(usual) ? 'seconds' : 'milliseconds', certain: true };
  }
  const fitting = COUNTING.filter((unit) => USUAL_SECONDS.has(usual / PER_SECOND[unit]));
  return fitting.length === 1 ? { unit: fitting[0], certain: true } : { unit: 'seconds', certain: false };
}

/**
 * Reads the times of rows: numbers (and BigInt, Long, digits as text) in one unit that is decided from the first rows, Dates, and texts.
 * Where a series changes its unit, as some exchanges' did from milliseconds to microseconds, the row that would be decades away says so.
 */
export class RowTimes {
  readonly #readText: (text: string) => number;
  readonly #timeZone: string | undefined;
  readonly #forms = new Set<string>();
  #unit: EpochUnit = 'milliseconds';
  #previous = Number.NaN;
  #isWallTime = false;

  /**
   * @param options - time zone and order of day and month of texts
   * @throws TickerforestError `INVALID_OPTION` for an unknown time zone
   */
  constructor(options: TimestampOptions) {
    this.#timeZone = options.timeZone;
    this.#readText = timestampReader(options);
  }

  /**
   * Decides the unit of numbers.
   *
   * @param values - the times of the first rows, as they are
   * @param from - earliest time asked for, milliseconds UTC, if any: who asks from 1970 on means 1970
   */
  decide(values: readonly unknown[], from: number | undefined): void {
    const counts = values.map((value) => countOf(value) ?? Number.NaN).filter((count) => Number.isFinite(count));
    if (counts.length === 0) return;
    const { unit, certain } = findEpochUnit(counts);
    if (!certain && from !== undefined && Math.abs(from) < FEWEST_MILLISECONDS) this.#unit = 'milliseconds';
    // the first rows may already hold a change of the unit
    else this.#unit = Math.abs(counts[0]) < FEWEST_MILLISECONDS ? unit : unitByMagnitude(counts[0]);
    this.#forms.add(nameOf(this.#unit));
  }

  /**
   * @param value - a row's time
   * @returns milliseconds UTC; NaN for one that says that there is none; undefined for one that cannot be read
   */
  read(value: unknown): number | undefined {
    if (typeof value !== 'number' || this.#unit !== 'milliseconds' || !(Math.abs(value - this.#previous) < FAR_MS)) {
      value = this.#readSlowly(value);
      if (typeof value !== 'number' || Number.isNaN(value)) return value === undefined ? undefined : Number.NaN;
    }
    this.#previous = value;
    return value;
  }

  /** How times were written, in the words of {@link Reading}. */
  get reading(): Pick<Reading, 'time_form' | 'time_zone' | 'time_zone_from'> {
    return {
      ...(this.#forms.size > 0 && { time_form: [...this.#forms].join(', ') }),
      ...(this.#isWallTime && {
        time_zone: this.#timeZone ?? 'UTC',
        time_zone_from: this.#timeZone === undefined ? 'assumed' : 'option',
      }),
    };
  }

  #readSlowly(value: unknown): number | undefined {
    const count = countOf(value);
    if (count !== undefined) return this.#ofCount(count);
    if (types.isDate(value)) {
      this.#forms.add('Date');
      return Date.prototype.getTime.call(value);
    }
    if (typeof value === 'string') return this.#ofText(value.trim());
    // MongoDB's extended JSON
    const date = propertyOf(value, '$date');
    return typeof date === 'string' ? this.#ofText(date) : date === undefined ? undefined : numberOf(date);
  }

  #ofCount(count: number): number | undefined {
    if (Number.isNaN(count)) return count;
    const time = this.#toMilliseconds(count, this.#unit);
    const natural = naturalUnit(count);
    if (natural === this.#unit || this.#unit === 'date' || !(Math.abs(time - this.#previous) > FAR_MS)) {
      return Number.isNaN(time) ? undefined : time;
    }
    const other = this.#toMilliseconds(count, natural);
    if (!(Math.abs(other - this.#previous) < Math.min(FAR_MS, Math.abs(time - this.#previous)))) return time;
    this.#unit = natural;
    this.#forms.add(nameOf(natural));
    return other;
  }

  #toMilliseconds(count: number, unit: EpochUnit): number {
    switch (unit) {
      case 'seconds':
        return Math.round(count * 1e3);
      case 'milliseconds':
        return count;
      case 'microseconds':
        return Math.floor(count / 1e3);
      case 'nanoseconds':
        // a double is up to 128 nanoseconds beside them
        return Math.floor(count / 1e6 + 0.000_5);
      case 'date':
        return isDateNumber(count) ? this.#readText(String(count)) : Number.NaN;
    }
  }

  #ofText(text: string): number | undefined {
    if (text.length > LONGEST_TIME) return undefined;
    const time = this.#readText(text);
    if (Number.isNaN(time)) return undefined;
    const hasTime = text.length > 'YYYY-MM-DD'.length;
    this.#forms.add(hasTime ? 'date and time' : 'date');
    if (hasTime && !OFFSET.test(text.slice('YYYYMMDD'.length))) this.#isWallTime = true;
    return time;
  }
}

/** The number in a value that counts from 1970; undefined for a text of another kind, a Date and anything else. 8 or 14 digits as text are a date. */
function countOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const digits = value.trim();
    if (digits.length === 8 || digits.length === 14) return undefined;
  }
  return types.isDate(value) ? undefined : numberOf(value);
}

function unitByMagnitude(count: number): EpochUnit {
  const size = Math.abs(count);
  return size < 1e14 ? 'milliseconds' : size < 1e17 ? 'microseconds' : 'nanoseconds';
}

/** The unit in which a number of today is of that magnitude. */
function naturalUnit(count: number): EpochUnit {
  const size = Math.abs(count);
  return size >= FEWEST_SECONDS && size < FEWEST_MILLISECONDS ? 'seconds' : unitByMagnitude(size);
}

function isDateNumber(count: number): boolean {
  if (!(Number.isInteger(count) && count >= 18_000_101 && count <= 21_991_231)) return false;
  const day = count % 100;
  const date = new Date(Date.UTC(Math.floor(count / 1e4), (Math.floor(count / 100) % 100) - 1, day));
  return date.getUTCDate() === day && date.getUTCMonth() + 1 === Math.floor(count / 100) % 100;
}

function nameOf(unit: EpochUnit): string {
  return unit === 'date' ? 'YYYYMMDD' : `${unit} since 1970`;
}
