import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import type { Reading } from '../reading';
import { ZoneClock } from '../time-zone';
import {
  COMPACT,
  type DateOrder,
  decimalNumber,
  type EpochUnit,
  monthNameIn,
  monthOf,
  readClock,
  TIME_FORMS,
  type TimeForm,
  WrittenTime,
  YEARS,
} from '../timestamps';
import type { DateOrderEvidence } from './date-order';
import { decideUnit, EpochReader, UNIT_NAMES } from './epochs';
import { isNothing } from './numbers';
import type { CsvOptions } from './options';

/** How a file writes its times. */
export interface TimePlan {
  /** What numbers count since 1970; undefined for dates. */
  readonly unit: EpochUnit | undefined;
  /** How dates are written; undefined for numbers. */
  readonly form: TimeForm | undefined;
  /** Order of day and month, said or shown. */
  readonly order: DateOrder | undefined;
  /** What times of day of digits alone count down to. */
  readonly digits: 'HHMM' | 'HHMMSS';
  /** Whether dates are written with a midnight that means nothing, as the time of day has a column of its own. */
  readonly isDateAlone: boolean;
  /** Whether the column's name says that times are UTC. */
  readonly isUtcByName: boolean;
  /** As people write it. */
  readonly name: string;
  /** Whether there are times whose place on earth is a matter of reading. */
  readonly needsZone: boolean;
}

/** Cells of a row from which its time is read, without blanks around them. */
export interface TimeCells {
  readonly date: string;
  /** Time of day, where it has a column of its own. */
  readonly clock: string | undefined;
  readonly line: number;
}

/** What the times of a file's first rows are, and what they show. */
export interface TimeSample {
  readonly cells: readonly TimeCells[];
  /** Name of the column. */
  readonly column: string;
  readonly evidence: DateOrderEvidence;
}

/** Decimals that spreadsheets show of a long number, such as 1.67262E+12. */
const DECIMALS_OF_SPREADSHEETS = 5;
/** Changes of the way dates are written in a file; more are no change, but a mixture. */
const MOST_CHANGES = 8;
const DAY = 86_400_000;
const LAST_HOUR = 23;
const ZONE_NAMES = new Set(
  'est edt et eastern cst cdt ct central pst pdt pt pacific ny newyork cet cest mez bst london ist jst hkt sgt aest msk eet local'.split(
    ' ',
  ),
);

/**
 * Decides how a file writes its times.
 *
 * @param sample - the first rows, and what all rows that were looked at show about the order of day and month
 * @param options - what the caller says
 * @param file - the file's name, for messages
 * @returns the plan
 * @throws TickerforestError `CSV_FORMAT` for times that cannot be read, or can be read in two ways, with both named
 */
export function decideTimes(sample: TimeSample, options: CsvOptions, file: string): TimePlan {
  const cells = sample.cells.filter(({ date }) => !isNothing(date.slice(0, 64)));
  const clocks = cells.map(({ clock }) => clock ?? '').filter((clock) => /^\d{1,6}$/.test(clock));
  const digits = clocks.some((clock) => clock.length > 4) ? 'HHMMSS' : 'HHMM';
  const hour = clocks.every((clock) => clock.length <= 2 && Number(clock) <= LAST_HOUR) && clocks.find((clock) => Number(clock) > 0);
  const words = sample.column.toLowerCase().split(/[^a-z]+/, 20);
  // 'Date (UTC+8)' is not UTC
  const beside = /(?:utc|gmt)\s?[+-]\s?\d{1,2}(?::?\d\d)?/i.exec(sample.column.slice(0, 200))?.[0];
  const isUtcByName = beside === undefined && words.some((word) => word === 'utc' || word === 'gmt' || word === 'timestamputc');
  const common = { digits, isUtcByName, order: options.dateOrder ?? sample.evidence.order, isDateAlone: false } as const;
  const fail = (line: number, text: string, why: string) =>
    new TickerforestError('CSV_FORMAT', `${file}, line ${line}, column ${quoted(sample.column)}: cannot read ${quoted(text)}; ${why}`);

  if (cells.length === 0) return { ...common, unit: undefined, form: TIME_FORMS[0], name: 'none', needsZone: false };
  const first = cells[0];
  if (hour) {
    const at = cells.find(({ clock }) => clock === hour) ?? first;
    const padded = hour.padStart(2, '0');
    throw fail(
      at.line,
      at.date,
      `the time of day beside it, ${quoted(hour)}, may be ${padded}:00 or 00:${padded}. Write hours and minutes`,
    );
  }
  const counts = cells.map(({ date }) => decimalNumber(date)).filter((count) => !Number.isNaN(count));
  if (options.epochUnit !== undefined || (counts.length * 2 > cells.length && !cells.every(({ date }) => isCompact(date)))) {
    const rounded = firstRounded(cells);
    if (rounded !== undefined)
      throw fail(
        rounded.line,
        rounded.date,
        'it is rounded, as spreadsheets show long numbers, and its time is lost. Export the file again, with all digits',
      );
    const impossible = cells.find(({ date }) => /^(?:19|20)\d{6}$/.test(date) && !isCompact(date));
    if (impossible !== undefined && cells.every(({ date }) => date.length === 8)) throw fail(impossible.line, impossible.date, noDate);
    const unit = options.epochUnit ?? decideUnit(counts);
    if (typeof unit !== 'string') throw fail(first.line, first.date, unit.problem);
    return { ...common, unit, form: undefined, name: `${UNIT_NAMES[unit]} since 1970`, needsZone: false };
  }

  const written = new WrittenTime();
  const forms = TIME_FORMS.filter(({ order }) => order === undefined || order === common.order);
  const form = forms
    .map((candidate) => ({ candidate, count: cells.filter(({ date }) => written.read(date, candidate)).length }))
    .reduce((a, b) => (b.count > a.count ? b : a));
  if (form.count === 0) {
    const differs = ({ date }: TimeCells) => new Set(readingsOf(date, sample.evidence).map(({ day }) => day)).size > 1;
    const { line, date } = cells.find(differs) ?? first;
    throw fail(line, date, common.order === undefined ? whyUnordered(date, sample.evidence) : whyUnreadable(date));
  }
  const example = cells.find(({ date }) => written.read(date, form.candidate)) ?? first;
  const isMidnight = ({ date }: TimeCells) => !written.read(date, form.candidate) || (written.hasTime && written.local % DAY === 0);
  const isDateAlone = first.clock !== undefined && cells.every(isMidnight);
  const unzoned = cells.some(({ date, clock }) => isUnzoned(date, clock, form.candidate, digits, written));
  const zone = beside ?? words.find((word) => ZONE_NAMES.has(word));
  if (unzoned && zone !== undefined && options.timeZone === undefined && !isUtcByName) {
    throw fail(
      first.line,
      first.date,
      `the column's name says '${zone}', and times have no offset. Say the zone, for example timeZone: 'America/New_York'`,
    );
  }
  written.read(example.date, form.candidate);
  const clock = example.clock === undefined ? '' : ` ${/^\d+$/.test(example.clock) ? digits : 'HH:mm'}`;
  return {
    ...common,
    isDateAlone,
    unit: undefined,
    form: form.candidate,
    name: nameOf(form.candidate, example.date) + (written.hasTime ? ' HH:mm' : clock),
    needsZone: unzoned,
  };
}

/** The first of counts since 1970 such as 1.67262E+12, where none has the digits that a time needs. */
function firstRounded(cells: readonly TimeCells[]): TimeCells | undefined {
  const digits = cells.map(({ date }) => /^\d(?:\.(\d{0,20}))?e\+?\d\d?$/i.exec(date.slice(0, 40)));
  const isExact = digits.some((match) => match !== null && (match[1] ?? '').length > DECIMALS_OF_SPREADSHEETS);
  return isExact ? undefined : cells[digits.findIndex((match) => match !== null)];
}

function isCompact(text: string): boolean {
  return /^\d+$/.test(text) && new WrittenTime().read(text, COMPACT);
}

function isUnzoned(date: string, clock: string | undefined, form: TimeForm, digits: 'HHMM' | 'HHMMSS', written: WrittenTime): boolean {
  if (!written.read(date, form)) return false;
  if (clock !== undefined && !written.hasTime) readClock(clock, digits, written);
  return Number.isNaN(written.offset);
}

function nameOf({ name }: TimeForm, example: string): string {
  const separator = /\d([-/.])/.exec(example)?.[1];
  return separator === undefined || name.includes(' ') ? name : name.replace(/[-/]/g, separator);
}

const noDate = `there is no such date from ${YEARS.first} to ${YEARS.last}`;
/** 2024-01, Jan-24, 2024Q1, 2024-W01. */
const WITHOUT_DAY = /^(?:\d{4}[-/.]?(?:\d\d?|[QqHhWw]\d\d?)|\d\d?[-/.]\d{4}|\p{L}{3,12}[-/. ']{0,2}(?:\d\d|\d{4}))$/u;

function whyUnordered(text: string, evidence: DateOrderEvidence): string {
  if (evidence.orders.length === 0 && evidence.examples.length > 0) {
    return `dates contradict each other (${evidence.examples
      .slice(0, 2)
      .map((example) => quoted(example))
      .join(', ')}): day and month stand in one order only`;
  }
  const readings = readingsOf(text, evidence).map(({ day, order }) => `${day} (dateOrder: '${order}')`);
  return readings.length > 1 ? `it may be ${readings.join(' or ')}, and no date of the file decides. Say dateOrder` : whyUnreadable(text);
}

/** What a date is in each order that is still possible. */
function readingsOf(text: string, evidence: DateOrderEvidence): readonly { readonly day: string; readonly order: DateOrder }[] {
  const written = new WrittenTime();
  return TIME_FORMS.flatMap((form) => {
    if (form.order === undefined || !evidence.orders.includes(form.order) || !written.read(text, form)) return [];
    return [{ day: new Date(written.local).toISOString().slice(0, 10), order: form.order }];
  });
}

function whyUnreadable(text: string): string {
  const month = monthNameIn(text);
  const isShaped = TIME_FORMS.some(({ pattern }) => text.length <= 40 && pattern.test(text));
  if (isShaped && month !== undefined && Number.isNaN(monthOf(month)))
    return `no month is known by the name ${quoted(month)}; write dates such as 2024-01-31`;
  if (isShaped) return noDate;
  if (text.length <= 40 && WITHOUT_DAY.test(text)) return 'it has no day; write the day on which each bar begins, such as 2024-01-01';
  if (/\d\s*(?:[A-Za-z]{3,5}|[A-Za-z_]+\/[A-Za-z_]+)$/.test(text.slice(-40)) && /^\d/.test(text)) {
    return 'only UTC, GMT, Z and offsets such as -05:00 are read as zones. Write times without a zone and say timeZone';
  }
  return 'expected an ISO date, YYYYMMDD, a date with the name of its month, or a number since 1970';
}

/** Reads the times of one file's rows of one symbol, in order. */
export class TimeReader {
  /** Why the last time could not be read. */
  problem = '';
  readonly #plan: TimePlan;
  readonly #zone: ZoneClock | undefined;
  readonly #epochs: EpochReader | undefined;
  readonly #names: string[];
  readonly #written = new WrittenTime();
  #form: TimeForm;
  #previous = Number.NaN;
  #isDescending = false;

  /**
   * @param plan - how times are written
   * @param options - the caller's zone and unit
   */
  constructor(plan: TimePlan, options: CsvOptions) {
    this.#plan = plan;
    this.#form = plan.form ?? TIME_FORMS[0];
    this.#names = [plan.name];
    this.#epochs = plan.unit === undefined ? undefined : new EpochReader(plan.unit, options.epochUnit !== undefined);
    this.#zone = options.timeZone === undefined || options.timeZone === 'UTC' ? undefined : new ZoneClock(options.timeZone);
  }

  /**
   * @param date - cell of the date, or of date and time, without blanks around it
   * @param clock - cell of the time of day
   * @returns milliseconds UTC; NaN for a cell that says that there is no time; 'unreadable' with a {@link problem}
   */
  read(date: string, clock: string | undefined): number | 'unreadable' {
    if (this.#epochs !== undefined) {
      const count = decimalNumber(date);
      if (!Number.isNaN(count)) {
        const time = this.#epochs.read(count);
        if (!Number.isNaN(time)) return time;
        this.problem = this.#epochs.problem;
        return 'unreadable';
      }
    }
    if (!this.#written.read(date, this.#form) && !this.#changesForm(date)) {
      if (date.length <= 64 && isNothing(date)) return Number.NaN;
      this.problem = this.#epochs === undefined ? this.#reason(date) : 'expected a number since 1970, as in the rows before';
      return 'unreadable';
    }
    let local = this.#written.local;
    if (clock !== undefined && (!this.#written.hasTime || (this.#plan.isDateAlone && local % DAY === 0))) {
      const { offset } = this.#written;
      const time = readClock(clock, this.#plan.digits, this.#written);
      if (Number.isNaN(this.#written.offset)) this.#written.offset = offset;
      if (Number.isNaN(time)) {
        if (clock.length <= 64 && isNothing(clock)) return Number.NaN;
        this.problem = `the time of day ${quoted(clock)} is none; expected ${this.#plan.digits}, HH:mm or HH:mm:ss`;
        return 'unreadable';
      }
      local += time;
    }
    const offset = this.#written.offset;
    const time = Number.isNaN(offset) ? this.#toUtc(local) : local - offset;
    if (time !== this.#previous) this.#isDescending = time < this.#previous;
    this.#previous = time;
    return time;
  }

  /** Part of {@link Reading} that the rows so far add to. */
  get form(): string {
    const units = this.#epochs?.units.map((unit) => `${UNIT_NAMES[unit]} since 1970`) ?? [];
    return [...new Set([...units, ...this.#names])].join(', then ');
  }

  /** Of a wall time that occurs twice, at the end of summer time, the one that goes on from the row before; else the first. */
  #toUtc(local: number): number {
    if (this.#zone === undefined) return local;
    const first = this.#zone.toUtc(local);
    if (this.#isDescending) {
      const second = this.#zone.laterToUtc(local);
      return second < this.#previous ? second : first;
    }
    if (!(first <= this.#previous)) return first;
    const second = this.#zone.laterToUtc(local);
    return second > this.#previous ? second : first;
  }

  #changesForm(date: string): boolean {
    if (this.#names.length > MOST_CHANGES) return false;
    const { order } = this.#plan;
    const form = TIME_FORMS.find((other) => (other.order === undefined || other.order === order) && this.#written.read(date, other));
    // digits alone among other forms may be anything
    if (form === undefined || (form === COMPACT && /^\d+$/.test(date))) return false;
    this.#form = form;
    this.#names.push(nameOf(form, date));
    return true;
  }

  #reason(date: string): string {
    const { order } = this.#plan;
    if (this.#names.length > MOST_CHANGES) {
      const ways = [...new Set(this.#names)].slice(0, 3).join(', ');
      return `the dates before it are written in ways that take turns (${ways}), as if a spreadsheet had read some of them. Export the file again, with all dates written in one way`;
    }
    const other = TIME_FORMS.find((form) => form.order !== undefined && this.#written.read(date, form));
    if (order !== undefined && other !== undefined) {
      return `day and month are read in the order '${order}', and that makes no date of it; say dateOrder: '${other.order}' if that is the file's`;
    }
    return whyUnreadable(date);
  }
}

/**
 * @param plan - how times are written
 * @param options - the caller's zone
 * @returns the part of a reading about the time zone
 */
export function zoneOf(plan: TimePlan, options: CsvOptions): Pick<Reading, 'time_zone' | 'time_zone_from'> {
  if (!plan.needsZone) return {};
  if (options.timeZone !== undefined) return { time_zone: options.timeZone, time_zone_from: 'option' };
  return { time_zone: 'UTC', time_zone_from: plan.isUtcByName ? 'name' : 'assumed' };
}
