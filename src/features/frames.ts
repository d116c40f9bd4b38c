import { DAY_MS, type Market, MINUTE_MS } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import { type Check, check } from '../options/checks';
import { tradingDates } from './calendar';
import type { BarBlock } from './family';

const HOUR_MS = 60 * MINUTE_MS;
const MINUTES_OF_A_DAY = 1440;

/** The length of longer bars. */
export interface Frame {
  /** What it is called, and what its features' names end with: '5m', '4h', '1d', '1w', '1mo'. */
  readonly length: string;
  /** Its least length, milliseconds: 28 days for a month. */
  readonly width: number;
}

const DAYS: Readonly<Record<string, number>> = { '1d': 1, '1w': 7, '1mo': 28 };

/**
 * @param length - '5m', '4h', '1d', '1w' or '1mo'
 * @returns the frame; null for anything else, minutes and hours that do not divide a day included
 */
export function frameOf(length: string): Frame | null {
  if (Object.hasOwn(DAYS, length)) return { length, width: DAYS[length] * DAY_MS };
  const [, digits, unit] = /^([1-9]\d{0,3})([mh])$/.exec(length) ?? [];
  const minutes = Number(digits) * (unit === 'h' ? 60 : 1);
  return minutes < MINUTES_OF_A_DAY && MINUTES_OF_A_DAY % minutes === 0 ? { length, width: minutes * MINUTE_MS } : null;
}

/** The length of longer bars. */
export const frameLength: Check<string> = check(
  "minutes or hours that divide a day, '1d', '1w' or '1mo': '15m', '4h'",
  (value): value is string => typeof value === 'string' && frameOf(value) !== null,
);

/**
 * Which longer bar a bar belongs to: the one inside which it starts. Days, weeks (from Monday) and months follow the local date, the others UTC shifted by the time
 * zone's offset modulo one hour, so that in India, at UTC+05:30, hours begin on the local hour. Bars of a day or more are told by their dates.
 */
export class FrameClock {
  readonly #clock: ZoneClock;
  readonly #delay: number;
  readonly #dateOf: ((timestamp: number) => number) | null;

  /** @param market - whose bars */
  constructor(market: Market) {
    const { interval, stamp, timeZone } = market;
    this.#clock = new ZoneClock(timeZone);
    this.#dateOf = interval >= DAY_MS ? tradingDates(market) : null;
    // the date of a bar that stamps its end is its last
    this.#delay = stamp === 'start' ? 0 : this.#dateOf === null ? interval : interval - DAY_MS;
  }

  /**
   * @param block - bars
   * @param out - where each of them starts, written on `[0, block.length)`: milliseconds UTC; of bars of a day or more midnight UTC of their date
   */
  starts({ length, timestamp }: BarBlock, out: Float64Array): void {
    for (let i = 0; i < length; i++) out[i] = this.startOf(timestamp[i]);
  }

  /**
   * @param timestamp - of a bar
   * @returns where it starts, as {@link FrameClock.starts} has it
   */
  startOf(timestamp: number): number {
    return (this.#dateOf === null ? timestamp : this.#dateOf(timestamp) * DAY_MS) - this.#delay;
  }

  /**
   * @param frame - a length
   * @returns a function from where a bar starts to where the longer bar ends that it lies in, always later
   */
  endOf({ length, width }: Frame): (start: number) => number {
    if (width < DAY_MS) {
      return (start) => {
        const shift = this.#clock.offsetAt(start) % HOUR_MS;
        return (Math.floor((start + shift) / width) + 1) * width - shift;
      };
    }
    const next = length === '1d' ? (day: number) => day + 1 : length === '1w' ? nextMonday : nextMonth;
    if (this.#dateOf !== null) return (start) => next(Math.floor(start / DAY_MS)) * DAY_MS;
    return (start) => this.#clock.toUtc(next(Math.floor((start + this.#clock.offsetAt(start)) / DAY_MS)) * DAY_MS);
  }
}

/** 1970-01-01, day 0, was a Thursday: the first Monday is day 4. */
function nextMonday(day: number): number {
  return (Math.floor((day - 4) / 7) + 1) * 7 + 4;
}

function nextMonth(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}
