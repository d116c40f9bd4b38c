import { type EpochUnit, fromEpoch, UNIT_MS, YEARS } from '../timestamps';

const UNITS: readonly EpochUnit[] = ['s', 'ms', 'us', 'ns'];
export const UNIT_NAMES: Readonly<Record<EpochUnit, string>> = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FIRST = Date.UTC(YEARS.first, 0);
const LAST = Date.UTC(YEARS.last + 1, 0) - 1;

/** Lengths that bars usually have, but for months and longer. */
const USUAL = new Set([
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].flatMap((count) => [count * SECOND, count * MINUTE]),
  ...[45 * MINUTE, 90 * MINUTE, ...[1, 2, 3, 4, 6, 8, 12].map((count) => count * HOUR)],
  ...[1, 2, 3, 7, 14].map((count) => count * DAY),
]);
/** Months, quarters, half years and years, in days. */
const MONTHS: readonly (readonly [number, number])[] = [
  [28, 31],
  [89, 92],
  [181, 184],
  [365, 366],
];

/** Counts below this, in size, number rows or days, but no seconds since 1970 of any bar. */
const SMALLEST = 100_000;
/** From here on (1973, in seconds), the size of a count tells its unit. */
const TELLING = 1e8;
/** In steps of 100 nanoseconds since 1601, the year 1917; in nanoseconds since 1970, 1973. */
const SMALLEST_TICKS = 1e17;
const TICKS_PER_MS = 1e4;
/** How far the next time may be from the last where the unit changes. */
const CONTINUES = 366 * DAY;
/** Changes of unit in a file; more are no change, but a mixture. */
const MOST_CHANGES = 4;

/**
 * Decides what a column of numbers counts: the only unit that puts all of them into years from 1800 to 2199 and makes a usual length of the step that is
 * most frequent between them; where no unit does, the one that their size tells, if it tells one. Small numbers may be anything: they are seconds if that
 * makes days or longer bars, or nothing.
 *
 * @param values - numbers in the order of the rows
 * @returns the unit, or why there is none, for a message
 */
export function decideUnit(values: readonly number[]): EpochUnit | { readonly problem: string } {
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const example = String(values[0]);
  if (largest < SMALLEST) {
    return {
      problem: `${example} is no time: numbers below ${SMALLEST} count days (a spreadsheet's serial dates) or rows; write dates as text, such as 2024-01-31`,
    };
  }
  if (values.every((value) => /^(?:18|19|20|21)\d\d(?:[0-2]\d\d|3[0-6]\d)$/.test(String(value)))) {
    return { problem: `${example} is a year and the number of a day in it; write dates as text, such as 2024-01-31` };
  }
  // the unit may change within these rows; that is for the reader to judge, from the first one on
  const change = values.findIndex((value, index) => index > 0 && isChange(Math.abs(value), Math.abs(values[index - 1])));
  const stretch = change < 0 ? values : values.slice(0, change);
  const step = usualStep(stretch);
  const fitting = UNITS.filter((unit) => stretch.every((value) => isTime(value, unit)));
  const usual = fitting.filter((unit) => isUsual(step * UNIT_MS[unit]));
  const size = stretch.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (size < TELLING) {
    // of the years around 1970, there are days and longer bars
    if (usual.includes('s') && step * SECOND >= DAY) return 's';
    const write = 'Write dates of digits (202401, 240131) and counts of days as text, such as 2024-01-31';
    return {
      problem: `counted since 1970, it would be in or near that year. ${write}. If that is right, say epochUnit: 's', 'ms', 'us' or 'ns'`,
    };
  }
  if (size >= SMALLEST_TICKS && usual.length === 0 && isUsual(step / TICKS_PER_MS)) {
    const what = 'steps of 100 nanoseconds since the year 1 or 1601, as .NET and Windows have them';
    return { problem: `it counts ${what}, as it seems; write milliseconds since 1970, or dates as text` };
  }
  if (usual.length === 1) return usual[0];
  const [told] = UNITS.filter((_, index) => size < 1e11 * 1000 ** index);
  if (fitting.includes(told) && (usual.length === 0 || usual.includes(told))) return told;
  const names = (fitting.length > 0 ? fitting : UNITS).map((unit) => UNIT_NAMES[unit]).join(', ');
  return { problem: `${example} since 1970 may count ${names}; say the unit: epochUnit: 's', 'ms', 'us' or 'ns'` };
}

/** Whether two neighbours are of a size that tells, and of very different size. */
function isChange(a: number, b: number): boolean {
  return Math.min(a, b) >= TELLING && Math.max(a, b) >= 100 * Math.min(a, b);
}

/** The most frequent step between neighbours; 0 if there is none. */
function usualStep(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < values.length; i++) {
    const step = Math.round(Math.abs(values[i] - values[i - 1]) * 1e3) / 1e3;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best = 0;
  for (const [step, count] of counts) if (count > (counts.get(best) ?? 0)) best = step;
  return best;
}

function isUsual(step: number): boolean {
  const whole = Math.round(step);
  if (USUAL.has(whole)) return true;
  const days = whole / DAY;
  return Number.isInteger(days) && MONTHS.some(([least, most]) => days >= least && days <= most);
}

function isTime(value: number, unit: EpochUnit): boolean {
  const time = value * UNIT_MS[unit];
  return time >= FIRST && time <= LAST;
}

/** Reads a column of counts, and notices where their unit changes by a factor of 1000 while time goes on, as some exchanges did. */
export class EpochReader {
  /** Units so far, in order. */
  readonly units: EpochUnit[];
  /** Why the last count could not be read. */
  problem = '';
  readonly #isSaid: boolean;
  #unit: EpochUnit;
  #value = Number.NaN;
  #time = Number.NaN;

  /**
   * @param unit - of the first count
   * @param isSaid - whether the caller said it, so that it cannot change
   */
  constructor(unit: EpochUnit, isSaid: boolean) {
    this.#unit = unit;
    this.#isSaid = isSaid;
    this.units = [unit];
  }

  /**
   * @param value - the next row's count
   * @returns milliseconds since 1970; NaN with a {@link problem}
   */
  read(value: number): number {
    const ratio = value / this.#value;
    if (!(ratio > 0.5 && ratio < 2 && isTime(value, this.#unit)) && !this.#accepts(value)) return Number.NaN;
    this.#value = value;
    this.#time = fromEpoch(value, this.#unit);
    return this.#time;
  }

  #accepts(value: number): boolean {
    const continues = (unit: EpochUnit) => isTime(value, unit) && Math.abs(fromEpoch(value, unit) - this.#time) <= CONTINUES;
    if (isTime(value, this.#unit) && (Number.isNaN(this.#time) || this.#isSaid || continues(this.#unit))) return true;
    const other = UNITS.find((unit) => continues(unit));
    if (other === undefined && isTime(value, this.#unit)) return true;
    const isNext = other !== undefined && Math.abs(UNITS.indexOf(other) - UNITS.indexOf(this.#unit)) === 1;
    if (isNext && !this.#isSaid && this.units.length <= MOST_CHANGES) {
      this.#unit = other;
      this.units.push(other);
      return true;
    }
    this.problem = `as ${UNIT_NAMES[this.#unit]} since 1970 it is ${
      isTime(value, this.#unit) ? 'far from the row before' : `in no year from ${YEARS.first} to ${YEARS.last}`
    }; one unit must serve all of a file${this.#isSaid ? '' : ", and epochUnit: 's', 'ms', 'us' or 'ns' says it"}`;
    return false;
  }
}
