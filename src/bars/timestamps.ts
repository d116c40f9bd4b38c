import { ZoneClock } from './time-zone';

/** In which order day, month and year of a date stand: 'mdy' is 12/31/2024, 'dmy' is 31/12/2024 or 31.12.24, 'ymd' is 24/12/31 (years of four digits in front need no telling). */
export type DateOrder = 'mdy' | 'dmy' | 'ymd';

/** How to read timestamps that do not say everything themselves. */
export interface TimestampOptions {
  /** IANA time zone of timestamps without an offset; default 'UTC'. Change it for files in the exchange's wall time. */
  readonly timeZone?: string | undefined;
  /**
   * Order of day and month where the year comes last, or has two digits. Default: what the file shows, a day above 12; where nothing shows it, such dates
   * are refused.
   */
  readonly dateOrder?: DateOrder | undefined;
}

/** What a count since 1970 counts: seconds, milliseconds, microseconds or nanoseconds. */
export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

/** Milliseconds in each unit that numbers of time may count. */
export const UNIT_MS: Readonly<Record<EpochUnit, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Characters of a time; what is longer is none, whatever it begins with. */
const LONGEST = 40;

/** Farthest that a place's clock is from UTC. */
const FARTHEST_OFFSET = 15 * HOUR;

/** Years that bars are from. */
export const YEARS = { first: 1800, last: 2199 } as const;

/** One way of writing a date, with or without a time of day behind it. */
export interface TimeForm {
  /** As people write it: 'YYYY-MM-DD'. */
  readonly name: string;
  /** Where the order of day and month is a matter of reading: which one this is. */
  readonly order?: DateOrder;
  readonly pattern: RegExp;
  /** Groups of the pattern. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Group of the hour; minute, second, fraction, AM or PM, and zone follow. */
  readonly hour: number;
}

const ZONE = String.raw`(Z|z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?)`;
const TIME = String.raw`(\d{1,2})(?::?(\d\d)(?::?(\d\d)(?:[.,:](\d{1,9}))?)?)?(?:[\s-]*([AaPp])\.?[Mm]\.?)?\s*${ZONE}?`;
const TAIL = String.raw`(?:(?:[TtD_ ]|, ?)\s*${TIME})?$`;
const WEEKDAY = String.raw`(?:[A-Za-z]{3,9}\.?,? )?`;

// '2. 1. 2024' and '2024. 01. 02.' as in Prague, Budapest and Seoul
const MARK = String.raw`([-/]|\. ?)`;
const SHORT = String.raw`(\d{1,2})${MARK}(\d{1,2})\2(\d{2}|\d{4})\.?`;

// A regular expression costs 0.2 microseconds a row, a fifth of what reading the row costs: not worth a scanner written by hand.
function form(name: string, date: string, [year, month, day]: readonly [number, number, number], order?: DateOrder, tail = TAIL): TimeForm {
  const flags = date.includes('\\p') ? 'u' : '';
  const groups = new RegExp(`${date}|`, flags).exec('')?.length ?? 1;
  return { name, ...(order === undefined ? {} : { order }), pattern: new RegExp(`^${date}${tail}`, flags), year, month, day, hour: groups };
}

/** Digits alone: the one form that a count since 1970 may be mistaken for. */
export const COMPACT = form(
  'YYYYMMDD',
  String.raw`(\d{4})(\d\d)(\d\d)`,
  [1, 2, 3],
  undefined,
  String.raw`(?:(?:[Tt_ -]|, ?)?\s*${TIME})?$`,
);

/** All ways of writing a date that are read, but for counts since 1970. No text fits two of them, except for those with an {@link TimeForm.order}. */
export const TIME_FORMS: readonly TimeForm[] = [
  form('YYYY-MM-DD', String.raw`(\d{4})${MARK}(\d{1,2})\2(\d{1,2})\.?`, [1, 3, 4]),
  COMPACT,
  form('DD-Mon-YYYY', String.raw`${WEEKDAY}(\d{1,2})(?:[-/. ]|\. | de )?(\p{L}{3,12})\.?(?:[-/ ,.]|, | de )?(\d{4}|\d\d)`, [3, 2, 1]),
  form('Mon DD, YYYY', String.raw`${WEEKDAY}(\p{L}{3,10})\.?[- ](\d{1,2})(?:,|, |[- ])(\d{4})`, [3, 1, 2]),
  form('YYYY-Mon-DD', String.raw`(\d{4})[-/ ](\p{L}{3,10})\.?[-/ ](\d{1,2})`, [1, 2, 3]),
  form('YYYY年MM月DD日', String.raw`(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]`, [1, 2, 3]),
  form('MM/DD/YYYY', SHORT, [4, 1, 3], 'mdy'),
  form('DD/MM/YYYY', SHORT, [4, 3, 1], 'dmy'),
  form('YY/MM/DD', String.raw`(\d{2})${MARK}(\d{1,2})\2(\d{1,2})\.?`, [1, 3, 4], 'ymd'),
];

// not those of Polish and Croatian: 'listopada' is November in one, and October in the other
const MONTH_NAMES = [
  'jan january januar janvier janv ene enero gen gennaio janeiro januari oca ocak янв января',
  'feb february februar fevrier fevr febrero febbraio fev fevereiro februari sub subat фев февр февраля',
  'mar march marz maerz mrz mars marzo marco maart mrt mart мар марта',
  'apr april avril avr abr abril aprile nis nisan апр апреля',
  'may mai mayo mag maggio maio mei maj mayıs май мая',
  'jun june juni juin junio giu giugno junho haz haziran июн июня',
  'jul july juli juillet juil julio lug luglio julho tem temmuz июл июля',
  'aug august aout ago agosto augusti augustus agu agustos авг августа',
  'sep september sept septembre septiembre set settembre setembro eyl eylul сен сент сентября',
  'oct october okt oktober octobre octubre ott ottobre out outubro eki ekim окт октября',
  'nov november novembre noviembre novembro kas kasım ноя нояб ноября',
  'dec december dez dezember decembre dic diciembre dicembre dezembro des desember ara aralık дек декабря',
];
const MONTHS: ReadonlyMap<string, number> = new Map(
  MONTH_NAMES.flatMap((names, index) => names.split(' ').map((name): [string, number] => [withoutAccents(name), index + 1])),
);

/** A time as it was written, read into numbers that are reused for the next one. */
export class WrittenTime {
  /** The wall time, as the milliseconds since 1970 that the same wall time has in UTC. */
  local = Number.NaN;
  /** Milliseconds by which the offset that was written is ahead of UTC; NaN where none was. */
  offset = Number.NaN;
  /** Whether a time of day was written. */
  hasTime = false;

  /**
   * @param text - a cell, without blanks around it
   * @param form - how it should be written
   * @returns whether it is written so, and is a time that exists, in a year from 1800 to 2199
   */
  read(text: string, form: TimeForm): boolean {
    if (text.length > LONGEST || (form === COMPACT && !isWhole(text))) return false;
    const match = form.pattern.exec(text);
    return match !== null && this.#take(match, form);
  }

  #take(match: RegExpExecArray, form: TimeForm): boolean {
    const month = monthOf(match[form.month]);
    const day = Number(match[form.day]);
    const year = toYear(match[form.year]);
    const date = Date.UTC(year, month - 1, day);
    if (!(month >= 1 && month <= 12) || day < 1 || year < YEARS.first || year > YEARS.last || new Date(date).getUTCDate() !== day)
      return false;
    // what a regular expression did not meet is undefined, whatever its type says
    const hour: string | undefined = match[form.hour];
    this.hasTime = hour !== undefined;
    this.offset = Number.NaN;
    this.local = date;
    if (hour === undefined) return true;
    const time = timeOfDay(hour, match[form.hour + 1], match[form.hour + 2], match[form.hour + 3], match[form.hour + 4]);
    const zone: string | undefined = match[form.hour + 5];
    if (zone !== undefined) this.offset = readOffset(zone);
    this.local = date + time;
    return !Number.isNaN(time) && (zone === undefined || !Number.isNaN(this.offset));
  }
}

/** Whether a compact date has all its digits: 20240102, 202401020930 or 20240102093000, not 20240102930. */
function isWhole(text: string): boolean {
  const next = text.charCodeAt(8);
  return !(next >= 48 && next <= 57) || text.length === 12 || text.length === 14;
}

/**
 * @param text - a number, or the name of a month, in any case
 * @returns 1 to 12, or the number; NaN for a name that is not known
 */
export function monthOf(text: string): number {
  if (text.charCodeAt(0) <= 57) return Number(text);
  return MONTHS.get(withoutAccents(text.toLowerCase())) ?? Number.NaN;
}

function withoutAccents(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '');
}

/**
 * @param text - a time that no form fits
 * @returns the word in it that stands where the name of a month does; undefined if there is none
 */
export function monthNameIn(text: string): string | undefined {
  return /^(?:\d{1,4}[-/. ]{0,2})?(?:de )?(\p{L}{3,12})\.?[-/ .,]{0,2}(?:de )?\d/u.exec(text.slice(0, LONGEST))?.[1];
}

/** Two digits are a year from 1950 to 2049. */
function toYear(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 50 ? 2000 : 1900);
}

/** Milliseconds since midnight; NaN outside of a day, and for an hour alone. */
function timeOfDay(
  hourText: string,
  minute: string | undefined,
  second = '0',
  fraction = '0',
  half: string | undefined = undefined,
): number {
  if (minute === undefined && half === undefined) return Number.NaN;
  let hour = Number(hourText);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return Number.NaN;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  const minutes = Number(minute ?? 0);
  const time = hour * HOUR + minutes * MINUTE + Number(second) * SECOND;
  if (minutes > 59 || Number(second) > 59 || time > DAY) return Number.NaN;
  return time + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** Milliseconds by which a matched zone is ahead of UTC; NaN for one that is nowhere. */
function readOffset(zone: string): number {
  const sign = zone.search(/[+-]/);
  if (sign < 0) return 0;
  const digits = zone.slice(sign + 1).replace(':', '');
  const hours = digits.length > 2 ? digits.slice(0, -2) : digits;
  const minutes = digits.length > 2 ? Number(digits.slice(-2)) : 0;
  const ahead = Number(hours) * HOUR + minutes * MINUTE;
  if (minutes > 59 || ahead > FARTHEST_OFFSET) return Number.NaN;
  return zone[sign] === '-' ? -ahead : ahead;
}

const CLOCK = new RegExp(`^${TIME}$`);

/**
 * Reads a time of day that stands in a cell of its own: `9:35`, `09:35:00.5`, `9:35 AM`, `935`, `93500`.
 *
 * @param text - the cell, without blanks around it
 * @param digits - what a time of digits alone counts down to: 'HHMM' or 'HHMMSS'
 * @param into - takes offset, where one is written
 * @returns milliseconds since midnight; NaN if it is no time of day
 */
export function readClock(text: string, digits: 'HHMM' | 'HHMMSS', into: WrittenTime): number {
  into.offset = Number.NaN;
  if (text.length > LONGEST) return Number.NaN;
  if (/^\d{1,6}$/.test(text)) {
    if (digits === 'HHMM' && text.length > 4) return Number.NaN;
    const all = digits === 'HHMM' ? `${text.padStart(4, '0')}00` : text.padStart(6, '0');
    return timeOfDay(all.slice(0, 2), all.slice(2, 4), all.slice(4));
  }
  const match = CLOCK.exec(text);
  if (match === null) return Number.NaN;
  const zone: string | undefined = match[6];
  if (zone !== undefined) {
    into.offset = readOffset(zone);
    if (Number.isNaN(into.offset)) return Number.NaN;
  }
  return timeOfDay(match[1], match[2], match[3], match[4], match[5]);
}

/**
 * A number in decimal notation, and in no other: `Number()` would read '0x10' as 16 and blanks as 0.
 *
 * @param text - a cell of any length, without blanks around it
 * @returns the number; NaN for anything else
 */
export function decimalNumber(text: string): number {
  // digits alone, as nearly all are: exact up to 15 of them, and twice as fast
  if (text.length <= 15) {
    let value = 0;
    let i = 0;
    for (; i < text.length; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (i === text.length && i > 0) return value;
  }
  return text.length <= LONGEST && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/**
 * @param value - a count since 1970
 * @param unit - of what
 * @returns whole milliseconds since 1970 (milliseconds keep their fraction)
 */
export function fromEpoch(value: number, unit: EpochUnit): number {
  if (unit === 's') return Math.round(value * SECOND);
  if (unit === 'ms') return value;
  return Math.floor(unit === 'us' ? value / 1e3 : value / 1e6);
}

/**
 * Makes a reader of single timestamps, each for itself, as rows have them ({@link csvBars} decides for a whole file instead):
 * ISO 8601 dates and date-times (`2024-01-02`, `2024-01-02T09:30:00.5Z`, `2024-01-02 09:30:00-05:00`), the same with `/` or `.` between
 * year, month and day, `20240102`, `20240102 093000`, `20240102093000`, names of months (`29-Dec-2023`, `Dec 29, 2023`), and with `dateOrder` also
 * `01/02/2024 9:30 AM`. Any other number counts since 1970: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
 * So milliseconds before 3 March 1973 are not recognised, and numbers of 8 or 14 digits that are a date from 1800 to 2199 are that date.
 *
 * @param options - time zone and order of day and month
 * @returns a function from text to milliseconds UTC; NaN if the text is not a timestamp
 * @throws TickerforestError `INVALID_OPTION` for an unknown time zone
 */
export function timestampReader(options: TimestampOptions = {}): (text: string) => number {
  const timeZone = options.timeZone ?? 'UTC';
  const clock = timeZone === 'UTC' ? undefined : new ZoneClock(timeZone);
  const forms = TIME_FORMS.filter(({ order }) => order === undefined || order === options.dateOrder);
  const written = new WrittenTime();
  return (text) => {
    const count = decimalNumber(text);
    // other lengths count: 13 digits that begin like a date are the milliseconds of 2027 and later
    if (Number.isNaN(count) || text.length === 8 || text.length === 14) {
      if (forms.some((form) => written.read(text, form))) {
        if (!Number.isNaN(written.offset)) return written.local - written.offset;
        return clock === undefined ? written.local : clock.toUtc(written.local);
      }
      // 20240230 looks like a date, and as a count it would be 1970
      if (Number.isNaN(count) || /^(?:18|19|20|21)\d{6}(?:\d{6})?$/.test(text)) return Number.NaN;
    }
    const size = Math.abs(count);
    const time = fromEpoch(count, size < 1e11 ? 's' : size < 1e14 ? 'ms' : size < 1e17 ? 'us' : 'ns');
    // beyond that there is no date
    return Math.abs(time) <= 8.64e15 ? time : Number.NaN;
  };
}

/**
 * @param text - a cell that could not be read
 * @returns whether it is a date whose order of day and month only a {@link DateOrder} tells
 */
export function needsDateOrder(text: string): boolean {
  const written = new WrittenTime();
  return TIME_FORMS.some((form) => form.order !== undefined && written.read(text, form));
}
