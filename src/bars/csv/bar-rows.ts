import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../bars';
import { shownPath } from '../file-bytes';
import type { Reading } from '../reading';
import type { Warning } from '../warnings';
import { type CsvPlan, markDoubt } from './inspection';
import { type DecimalMark, isNothing, readNumber } from './numbers';
import type { CsvOptions } from './options';
import { SeriesWatch } from './series-watch';
import { TimeReader } from './times';

/** Bars in a batch, except for the last of a file. */
export const BATCH = 50_000;

/** Bars that there is room for at first: many symbols have few. */
const FEW = 256;

/** Lines after the last bar that may be none: totals, a note about the vendor. */
const MOST_FOOTER_LINES = 10;

/** What vendors write between bars. */
const EVENT = /\b(?:dividend|split|distribution|capital gain)/i;
/** A number with letters beside it: '100.29 USD', '1,99 Mio'. */
const WITH_UNIT = /\d\s*\p{L}|^\p{L}+\.?\s*\d/u;

/** What of a file is asked for. */
export interface RowRequest {
  readonly symbol: string;
  readonly from: number;
  readonly to: number;
}

/** Turns the rows of one file into bars of one symbol, and holds the file's plan against every one of them. */
export class BarRows {
  /** Bars since the last {@link take}. */
  count = 0;
  /** Rows read so far, of all symbols. */
  rows = 0;
  /** Rows of the requested symbol, also those outside the range of time. */
  matching = 0;

  readonly #file: string;
  readonly #plan: CsvPlan;
  readonly #request: RowRequest;
  readonly #times: TimeReader;
  readonly #watch: SeriesWatch | undefined;
  readonly #mark: DecimalMark;
  readonly #isMarkUnproven: boolean;
  readonly #width: number;
  readonly #needed: number;
  readonly #onOther: (symbol: string) => void;
  #bars = allocateBars(FEW);
  #places = new Float64Array(FEW);
  #lastOther: string | undefined;
  #footer: { readonly error: TickerforestError; readonly line: number; lines: number } | undefined;
  #events = 0;
  #firstEvent = 0;
  #hasVolume = false;
  /** First line on which a column that was left for being empty, or would be taken instead, has a volume. */
  #otherVolumeLine: number | undefined;

  /**
   * @param path - the file
   * @param plan - how it is read
   * @param options - what the caller says
   * @param request - what is asked for
   * @param onOther - told the symbol of rows that are skipped, once for rows that follow each other
   */
  constructor(path: string, plan: CsvPlan, options: CsvOptions, request: RowRequest, onOther: (symbol: string) => void) {
    this.#file = shownPath(path);
    this.#plan = plan;
    this.#request = request;
    this.#mark = plan.mark;
    this.#isMarkUnproven = plan.isMarkUnproven;
    this.#times = new TimeReader(plan.times, options);
    this.#watch = plan.watched.length === 0 ? undefined : new SeriesWatch(plan.watched);
    this.#width = plan.dialect.header.names.length;
    const { volumes: _, otherVolumes: __, perhapsSymbols: ___, ...places } = plan.columns;
    this.#needed = Math.max(...[...Object.values(places), plan.volume.column].map((column) => (column ?? 0) + 1));
    this.#onOther = onOther;
  }

  /**
   * @param row - the next row
   * @param line - its line
   * @throws TickerforestError `CSV_FORMAT` naming line, column and value of what cannot be read or does not fit what was decided about the file
   */
  read(row: readonly string[], line: number): void {
    if (row.length !== this.#width) {
      const problem = this.#widthProblem(row);
      if (problem !== undefined) {
        if (this.#isEvent(row)) this.#takeEvent(line);
        else this.#takeNoBar(row, line, this.#error(line, problem));
        return;
      }
    }
    const { columns } = this.#plan;
    if (columns.symbol !== undefined) {
      const cell = row[columns.symbol];
      if (cell === this.#lastOther) {
        this.rows++;
        return;
      }
      if (cell !== this.#request.symbol && cell.trim() !== this.#request.symbol) {
        this.#takeOther(row, cell, line);
        return;
      }
    }

    const date = row[columns.timestamp].trim();
    const time = this.#times.read(date, columns.time === undefined ? undefined : row[columns.time].trim());
    if (time === 'unreadable') {
      this.#takeNoBar(row, line, this.#cellError(columns.timestamp, line, date, this.#times.problem));
      return;
    }
    if (Number.isNaN(time) && row.every((cell) => cell.trim() === '')) return;
    if (this.#footer !== undefined) throw this.#footer.error;
    this.rows++;
    this.matching++;
    if (this.#watch !== undefined && !Number.isNaN(time)) this.#checkSeries(this.#watch, row, time, line);
    if (this.#plan.volume.others.length > 0 || this.#plan.volume.left !== undefined) this.#checkVolume(row, line);
    // NaN is in no range, but validation must see it
    if (time < this.#request.from || time > this.#request.to) return;
    try {
      this.#append(row, line, time);
    } catch (error) {
      if (!this.#isEvent(row)) throw error;
      this.count--;
      this.#takeEvent(line);
    }
  }

  /** @returns the bars read since the last call, and the line of each */
  take(): { bars: Bars; lines: Float64Array } {
    const taken = { bars: sliceBars(this.#bars, 0, this.count), lines: this.#places.subarray(0, this.count) };
    this.#bars = allocateBars(this.#bars.length);
    this.#places = new Float64Array(this.#bars.length);
    this.count = 0;
    return taken;
  }

  /** How the file was understood, with what its rows so far have added. */
  get reading(): Reading {
    const { reading } = this.#plan;
    return this.#times.form === reading.time_form ? reading : { ...reading, time_form: this.#times.form };
  }

  /** @returns what must be said of the file now that all of it was read */
  finish(): Warning[] {
    const { volume } = this.#plan;
    const warnings = [...volume.warnings];
    const name = (column: number | undefined) => this.#label(column ?? 0);
    const warn = (code: Warning['code'], count: number, message: string) =>
      warnings.push({ code, message: `${this.#file}: ${message}`, count, firstBar: null });
    if (this.#otherVolumeLine !== undefined && volume.left !== undefined) {
      warn('empty_volume', 0, `${name(volume.left)}, which was left for being empty, has a volume on line ${this.#otherVolumeLine}`);
    } else if (this.#otherVolumeLine !== undefined && !this.#hasVolume) {
      const [other] = volume.others;
      warn(
        'empty_volume',
        0,
        `the volume, ${name(volume.column)}, is 0 or empty on every row, and ${name(other)} is not; columns: { volume: ... } says which`,
      );
    }
    const other = this.#plan.otherName;
    if (other !== undefined && this.matching > 0) {
      const says = `${name(other.column)} says ${quoted(other.value)} on its first rows, and they were taken for ${quoted(this.#request.symbol)}`;
      warn('other_name', 0, `${says}. columns: { symbol: null } says that this is right`);
    }
    if (this.#events > 0) {
      const rows = this.#events === 1 ? '1 row' : `${this.#events} rows`;
      warn(
        'events',
        this.#events,
        `${rows}, first on line ${this.#firstEvent}, tell of dividends or splits and were left out, as they are no bars`,
      );
    }
    if (this.#footer !== undefined) {
      const { line, lines } = this.#footer;
      warn(
        'footer',
        lines,
        lines === 1
          ? `line ${line}, the last, is no bar and was left out`
          : `the last ${lines} lines, from line ${line} on, are no bars and were left out`,
      );
    }
    return warnings;
  }

  #append(row: readonly string[], line: number, time: number): void {
    const { columns, volume, isAdjusted } = this.#plan;
    if (this.count === this.#bars.length) this.#grow();
    const i = this.count++;
    const bars = this.#bars;
    const close = this.#number(row, columns.close, line);
    const factor = isAdjusted && columns.adjustedClose !== undefined ? this.#factor(row, columns.adjustedClose, close, line) : 1;
    bars.timestamp[i] = time;
    bars.open[i] = this.#number(row, columns.open, line) * factor;
    bars.high[i] = this.#number(row, columns.high, line) * factor;
    bars.low[i] = this.#number(row, columns.low, line) * factor;
    // not the adjusted close itself: rounded like the others, it stays between low and high
    bars.close[i] = close * factor;
    bars.volume[i] = volume.column === undefined ? 0 : this.#number(row, volume.column, line) / factor;
    this.#places[i] = line;
  }

  #grow(): void {
    const bars = allocateBars(Math.min(BATCH, 2 * this.count));
    for (const column of BAR_COLUMNS) bars[column].set(this.#bars[column]);
    const places = new Float64Array(bars.length);
    places.set(this.#places);
    this.#bars = bars;
    this.#places = places;
  }

  #factor(row: readonly string[], column: number, close: number, line: number): number {
    const adjusted = this.#number(row, column, line);
    if (adjusted > 0 || !(close > 0)) return adjusted / close;
    throw this.#cellError(column, line, row[column], "there is a close and no adjusted close. Mend the row, or say prices: 'as_traded'");
  }

  #number(row: readonly string[], column: number, line: number): number {
    const cell = row[column];
    const value = readNumber(cell, this.#mark);
    if (value === 'unreadable') {
      const mark = this.#plan.mark === '.' ? 'a decimal point' : 'a decimal comma';
      const comma = this.#plan.mark === '.' && readNumber(cell, ',') !== 'unreadable';
      throw this.#cellError(
        column,
        line,
        cell,
        `expected a number with ${mark}${comma ? "; is it a decimal comma? Say decimalMark: ','" : ''}${
          WITH_UNIT.test(cell.slice(0, 64)) ? ', without a unit beside it' : ''
        }`,
      );
    }
    if (this.#isMarkUnproven && this.#isDoubtful(cell, column)) {
      throw new TickerforestError('CSV_FORMAT', markDoubt(`${this.#file}, line ${line}, ${this.#label(column)}`, cell));
    }
    return value;
  }

  /** Whether a number among whole ones can be read with either mark; a point alone in a price is a decimal point. */
  #isDoubtful(cell: string, column: number): boolean {
    const mark = cell.includes(',') || (cell.includes('.') && column === this.#plan.volume.column);
    return mark && readNumber(cell, ',') !== 'unreadable';
  }

  #takeOther(row: readonly string[], cell: string, line: number): void {
    if (this.#isHeader(row)) return;
    if (cell.trim() === '') {
      this.#takeNoBar(row, line, this.#error(line, `no symbol in ${this.#label(this.#plan.columns.symbol ?? 0)}`));
      return;
    }
    if (this.#footer !== undefined) throw this.#footer.error;
    this.rows++;
    this.#lastOther = cell;
    this.#onOther(cell);
  }

  /** Dividends and splits stand between the bars of some vendors: a date, and words where prices should be. */
  #isEvent(row: readonly string[]): boolean {
    const { open, high, low, close, timestamp } = this.#plan.columns;
    const isPrice = (column: number) => {
      const value = readNumber(row[column] ?? '', this.#mark);
      return value !== 'unreadable' && !Number.isNaN(value);
    };
    return ![open, high, low, close].some(isPrice) && row.some((cell, column) => column !== timestamp && EVENT.test(cell.slice(0, 64)));
  }

  #takeEvent(line: number): void {
    if (this.#events++ === 0) this.#firstEvent = line;
  }

  /** A row that cannot be read: the end of the file if it has nothing of a bar and none follows, else an error. */
  #takeNoBar(row: readonly string[], line: number, error: TickerforestError): void {
    if (this.#isHeader(row) || row.every((cell) => cell.trim() === '')) return;
    const { columns, mark } = this.#plan;
    const prices = [columns.open, columns.high, columns.low, columns.close];
    const hasPrice = prices.some((column) => {
      const cell = row[column];
      return cell !== undefined && cell.trim() !== '' && typeof readNumber(cell, mark) === 'number' && !isNothing(cell.trim().slice(0, 65));
    });
    const date = (row[columns.timestamp] ?? '').trim();
    const time = this.#times.read(date, undefined);
    const hasTime = time !== 'unreadable' && !Number.isNaN(time);
    if (hasPrice || hasTime || this.rows === 0 || (this.#footer?.lines ?? 0) >= MOST_FOOTER_LINES) throw this.#footer?.error ?? error;
    this.#footer ??= { error, line, lines: 0 };
    this.#footer.lines++;
  }

  /** Files that were put one behind the other repeat their first line. */
  #isHeader(row: readonly string[]): boolean {
    const { names, isNamed } = this.#plan.dialect.header;
    // a byte order mark may have come with it, which trim() takes off
    return isNamed && row.length === names.length && row.every((cell, index) => cell.trim() === names[index].trim());
  }

  #checkSeries(watch: SeriesWatch, row: readonly string[], time: number, line: number): void {
    const found = watch.add(row, time);
    if (found === undefined) return;
    const name = this.#plan.dialect.header.names[found.column].trim();
    const said = name === '' ? String(found.column + 1) : quoted(name);
    const [before, now] = found.values.map((value) => quoted(value.trim(), 30));
    throw this.#error(
      line,
      `there are several series in this file: ${this.#label(found.column)} changes from ${before} to ${now} where time does not go on. ` +
        `If it names the symbol, say columns: { symbol: ${said} }; if all rows are of one symbol, columns: { symbol: null }`,
    );
  }

  #checkVolume(row: readonly string[], line: number): void {
    const { volume, mark } = this.#plan;
    const has = (column: number) => Number(readNumber(row[column] ?? '', mark)) > 0;
    if (volume.column !== undefined && !this.#hasVolume && has(volume.column)) this.#hasVolume = true;
    if (this.#otherVolumeLine !== undefined) return;
    if (volume.left !== undefined ? has(volume.left) : volume.others.some(has)) this.#otherVolumeLine = line;
    // all rows before were given a volume of 0, as the first rows have none at all
    if (this.#otherVolumeLine !== undefined && volume.column === undefined && volume.left !== undefined) {
      throw this.#cellError(
        volume.left,
        line,
        row[volume.left],
        'the rows before have no volume. Say columns: { volume: null } to do without, or name the column to have rows without a volume judged as bad',
      );
    }
  }

  #label(column: number): string {
    const name = this.#plan.dialect.header.names[column].trim();
    return `column ${name === '' ? column + 1 : quoted(name)}`;
  }

  #cellError(column: number, line: number, value: string, why: string): TickerforestError {
    return new TickerforestError('CSV_FORMAT', `${this.#file}, line ${line}, ${this.#label(column)}: cannot read ${quoted(value)}; ${why}`);
  }

  #error(line: number, what: string): TickerforestError {
    return new TickerforestError('CSV_FORMAT', `${this.#file}, line ${line}: ${what}`);
  }

  #widthProblem(row: readonly string[]): string | undefined {
    const surplus = row.length > this.#width ? row.slice(this.#width).find((cell) => cell.trim() !== '') : undefined;
    if (row.length >= this.#needed && surplus === undefined) return undefined;
    return `${row.length} cells where the header names ${this.#width} columns; ${
      surplus === undefined ? 'the row is cut off' : 'is there a comma that should stand in quotes?'
    }`;
  }
}
