import { TickerforestError } from '../errors';
import { checkOptions } from '../options/description';
import { ROWS } from '../options/source-tables';
import { described, quoted } from '../text';
import type { BarRequest } from './bar-source';
import type { Bars } from './bars';
import type { Reading } from './reading';
import {
  fieldsOfArray,
  fieldsOfObject,
  type Row,
  type RowColumns,
  type RowFields,
  type RowKey,
  type SymbolField,
  symbolFieldOf,
} from './row-fields';
import { RowTimes } from './row-times';
import { numberOf } from './row-values';
import { needsDateOrder, type TimestampOptions, timestampReader } from './timestamps';

/** How to read rows whose fields or times do not say everything themselves. */
export interface RowOptions extends TimestampOptions {
  /** Fields that are not found by themselves. */
  readonly columns?: RowColumns | undefined;
  /**
   * Which prices to serve. 'adjusted' multiplies open, high, low and close by adjusted close / close, and divides the volume by the same ratio, so that
   * price times volume stays what was traded. Default: 'adjusted' where there are adjusted closes, else 'as_traded'.
   */
  readonly prices?: 'as_traded' | 'adjusted' | undefined;
}

/** Where rows come from, for messages and the reading. */
export interface RowOrigin {
  /** What kind of source it is. */
  readonly format: Reading['format'];
  /** The place of a row: 'rows[17]', 'bars.ndjson, line 12'. */
  readonly place: (index: number) => string;
  /** Whether a field's numbers are doubles; default true. Single precision is good enough for prices, not for times. */
  readonly isExact?: (key: RowKey) => boolean;
}

/**
 * @param options - what the caller said
 * @param call - the function, for messages
 * @returns a copy
 * @throws TickerforestError `INVALID_OPTION` naming option and value, also for an unknown time zone
 */
export function checkRowOptions(options: RowOptions, call: string): RowOptions {
  const checked = checkOptions(options, ROWS, call);
  timestampReader(checked); // refuses an unknown time zone here, not at the first row
  return checked;
}

/** Rows that are looked at before anything is decided. */
export const ROWS_DECIDED_ON = 1_000;

const PRICES = ['open', 'high', 'low', 'close'] as const;
const NUMBERS = [...PRICES, 'volume'] as const;
const SHOWN = 12;
const SHOWN_SYMBOLS = 8;
const IDENTIFIER = /^[A-Za-z_$][\w$]{0,40}$/;

/**
 * Reads bars out of rows of one shape: decides once where the fields are and what numbers of time count, and holds it against every row. First rows are
 * surveyed (all, or as many as a stream can hold), then `settle` and `decide` are called, then rows are selected and read.
 */
export class RowReader {
  readonly #origin: RowOrigin;
  readonly #columns: RowColumns;
  readonly #request: BarRequest;
  readonly #dateOrder: TimestampOptions['dateOrder'];
  readonly #prices: RowOptions['prices'];
  readonly #times: RowTimes;
  readonly #others = new Set<string>();
  #isArray: boolean | undefined;
  #symbol: SymbolField | undefined;
  #matches = 0;
  #selection: 'all' | 'requested' | 'only' = 'all';
  #fields: RowFields | undefined;
  #isUsual = false;

  /**
   * @param origin - where the rows come from
   * @param options - what the caller says about them
   * @param request - what is asked for
   * @throws TickerforestError `INVALID_OPTION` for an unknown time zone
   */
  constructor(origin: RowOrigin, options: RowOptions, request: BarRequest) {
    this.#origin = origin;
    this.#columns = options.columns ?? {};
    this.#request = request;
    this.#dateOrder = options.dateOrder;
    this.#prices = options.prices;
    this.#times = new RowTimes(options);
  }

  /** How the rows were understood; empty before {@link decide}. */
  get reading(): { reading?: Reading } {
    if (this.#fields === undefined) return {};
    const columns: Record<string, string | number> = {};
    const isOneOfMany = this.#selection === 'requested' && this.#matches + this.#others.size > 0;
    for (const [field, key] of Object.entries({ ...this.#fields, symbol: isOneOfMany ? this.#symbol?.key : undefined })) {
      if (key !== undefined) columns[field] = typeof key === 'number' ? key + 1 : key;
    }
    const { adjustedClose } = this.#fields;
    const prices = adjustedClose !== undefined ? 'adjusted' : this.#prices;
    return { reading: { format: this.#origin.format, columns, ...this.#times.reading, ...(prices !== undefined && { prices }) } };
  }

  /**
   * Looks whose bar a row is.
   *
   * @param row - anything
   * @param index - its number
   * @throws TickerforestError `INVALID_BARS` (of a file: `FILE_FORMAT`) for what is no row, or not of the same shape as the first
   */
  survey(row: unknown, index: number): void {
    const checked = this.#check(row, index);
    if (this.#symbol !== undefined) this.#note(checked[this.#symbol.key]);
  }

  /** Whether every surveyed row is selected. */
  get takesAll(): boolean {
    return this.#selection !== 'requested' || this.#others.size === 0;
  }

  /** Decides from the surveyed rows whether a field is the symbol. */
  settle(): void {
    if (this.#symbol === undefined) return;
    // a name that is always the same ('Apple Inc.') need not be a symbol
    const isSymbol = this.#symbol.strict || this.#matches > 0 || this.#others.size > 1;
    this.#selection = isSymbol ? 'requested' : 'only';
  }

  /**
   * @param row - anything
   * @param index - its number
   * @returns whether it is a bar of the requested symbol
   * @throws TickerforestError `INVALID_BARS` as {@link survey}, or for another value of a field that was always the same
   */
  selects(row: unknown, index: number): row is Row {
    const checked = this.#check(row, index);
    if (this.#symbol === undefined || this.#selection === 'all') return true;
    const { key } = this.#symbol;
    const symbol = checked[key];
    if (symbol === undefined || symbol === null) return true;
    this.#note(symbol);
    if (this.#selection === 'requested') return symbol === this.#request.symbol;
    if (this.#matches === 0 && this.#others.size === 1) return true;
    throw this.#refusal(
      index,
      `has ${quoted(String(key))} ${described(symbol)}, and the rows before have ${quoted([...this.#others][0])}; ` +
        `are these two symbols? Say columns: { symbol: ${quoted(String(key))} }, or { symbol: null } if not`,
    );
  }

  /**
   * To be called where no row was selected.
   *
   * @throws TickerforestError `NO_BARS` if rows say whose they are
   */
  explainNone(): void {
    if (this.#symbol === undefined || this.#others.size === 0) return;
    const shown = [...this.#others].slice(0, SHOWN_SYMBOLS).map((symbol) => quoted(symbol));
    throw new TickerforestError(
      'NO_BARS',
      `no row of symbol ${quoted(this.#request.symbol)}; there are ${shown.join(', ')}${this.#others.size > shown.length ? ' and more' : ''} ` +
        `(${quoted(String(this.#symbol.key))}); columns: { symbol: null } takes every row, whatever it says`,
    );
  }

  /**
   * Decides where the fields are, and what numbers of time count.
   *
   * @param rows - the first rows that were selected, one or more
   * @param indices - their numbers
   * @throws TickerforestError `INVALID_BARS` naming a field that is not there and the keys that are
   */
  decide(rows: readonly Row[], indices: ArrayLike<number>): void {
    const found = this.#isArray === true ? fieldsOfArray(rows, this.#columns) : fieldsOfObject(rows[0], this.#columns);
    if ('missing' in found) throw this.#missing(rows[0], indices[0], found.missing);
    const { volume } = found;
    const priced = rows.filter((row) => Number.isFinite(numberOf(row[found.close])));
    if (rows[0] instanceof Float32Array || this.#origin.isExact?.(found.timestamp) === false) {
      throw this.#refusal(indices[0], 'has its time as a 32-bit float, which is minutes beside it; give times as doubles, Dates or texts');
    }
    if (volume !== undefined && priced.length > 0 && priced.every((row) => row[volume] === null)) {
      throw this.#missing(rows[0], indices[0], 'volume');
    }
    if (this.#prices === 'adjusted' && found.adjustedClose === undefined) throw this.#missing(rows[0], indices[0], 'adjustedClose');
    this.#fields = this.#prices === 'as_traded' ? { ...found, adjustedClose: undefined } : found;
    this.#isUsual =
      found.time === undefined &&
      this.#fields.adjustedClose === undefined &&
      ['timestamp' as const, ...NUMBERS].every((field) => found[field] === field);
    this.#times.decide(
      rows.map((row) => this.#timeOf(row, found)),
      this.#request.from,
    );
  }

  /**
   * Reads a row.
   *
   * @param row - a row that was selected
   * @param index - its number
   * @param bars - where to write the bar
   * @param at - at which index
   * @throws TickerforestError `INVALID_BARS` naming row and field for a value that is no time or no number
   */
  read(row: Row, index: number, bars: Bars, at: number): void {
    const fields = this.#fields;
    if (fields === undefined) throw new TypeError('read before decide');
    if (this.#isUsual && this.#readUsual(row, bars, at)) return;
    const timestamp = this.#times.read(fields.time === undefined ? row[fields.timestamp] : this.#timeOf(row, fields));
    if (timestamp === undefined) throw this.#unreadable(row, index, fields.timestamp, 'a time');
    bars.timestamp[at] = timestamp;
    for (const field of NUMBERS) {
      const key = fields[field];
      const value = key === undefined ? 0 : row[key];
      bars[field][at] = typeof value === 'number' || key === undefined ? Number(value) : this.#number(row, index, key, value);
    }
    if (fields.adjustedClose === undefined) return;
    const factor = this.#number(row, index, fields.adjustedClose, row[fields.adjustedClose]) / bars.close[at];
    // not the adjusted close itself: rounded like the others, it stays between low and high
    for (const field of PRICES) bars[field][at] *= factor;
    bars.volume[at] /= factor;
  }

  /** A row as documented, without looking its fields up by variable names, which takes twice as long. */
  #readUsual({ timestamp, open, high, low, close, volume }: Row, bars: Bars, at: number): boolean {
    if (typeof open !== 'number' || typeof high !== 'number' || typeof low !== 'number' || typeof close !== 'number') return false;
    const time = this.#times.read(timestamp);
    if (time === undefined || typeof volume !== 'number') return false;
    bars.timestamp[at] = time;
    bars.open[at] = open;
    bars.high[at] = high;
    bars.low[at] = low;
    bars.close[at] = close;
    bars.volume[at] = volume;
    return true;
  }

  #number(row: Row, index: number, key: RowKey, value: unknown): number {
    const isHole = value === undefined && typeof key === 'number' && key < Number(row.length);
    const number = isHole ? Number.NaN : numberOf(value);
    if (number === undefined) throw this.#unreadable(row, index, key, 'a number');
    return number;
  }

  #timeOf(row: Row, { timestamp, time }: RowFields): unknown {
    const day = row[timestamp];
    const ofDay = time === undefined ? undefined : row[time];
    return typeof day === 'string' && typeof ofDay === 'string' ? `${day} ${ofDay}` : day;
  }

  #check(row: unknown, index: number): Row {
    if (!isRow(row)) {
      const how = this.#inMemory ? ': rows.filter((row) => row != null)' : '';
      throw this.#refusal(index, `is ${described(row)}, not a bar; leave it out${how}`);
    }
    const isArray = Array.isArray(row) || ArrayBuffer.isView(row);
    if (this.#isArray === undefined) {
      this.#isArray = isArray;
      this.#symbol = isArray ? undefined : symbolFieldOf(row, this.#columns);
    } else if (this.#isArray !== isArray) {
      throw this.#refusal(index, `is ${described(row)}, and the rows before are ${isArray ? 'objects' : 'arrays'}; give rows of one shape`);
    }
    return row;
  }

  #note(symbol: unknown): void {
    if (symbol === this.#request.symbol) this.#matches++;
    else if (symbol !== undefined && symbol !== null && this.#others.size < SHOWN) {
      this.#others.add(typeof symbol === 'string' ? symbol.slice(0, 200) : described(symbol));
    }
  }

  #missing(row: Row, index: number, field: keyof RowFields): TickerforestError {
    const { format } = this.#origin;
    if (this.#isArray === true) {
      return this.#refusal(
        index,
        field === 'volume'
          ? `has ${row.length} entries: no volume. If there is none, say columns: { volume: null }, or give 0: rows.map((row) => [...row.slice(0, 5), 0])`
          : `is ${described(row)} of ${row.length} entries, and no usual order of time, open, high, low, close and volume fits without doubt; give objects: ` +
              'rows.map(([timestamp, open, high, low, close, volume]) => ({ timestamp, open, high, low, close, volume })), ' +
              'or say columns: { timestamp: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 }',
      );
    }
    const there = keysOf(row);
    if (field === 'volume') {
      return this.#refusal(
        index,
        `has no volume; it has ${there}. If there is none, say columns: { volume: null }${format === 'rows' ? ', or give 0: rows.map((row) => ({ ...row, volume: 0 }))' : ''}`,
      );
    }
    const value = field === 'timestamp' ? 'row.…' : 'Number(row.…)';
    const map = format === 'rows' ? `rows.map((row) => ({ ...row, ${field}: ${value} })), or ` : '';
    return this.#refusal(index, `has no ${field}; it has ${there}. Name it: ${map}columns: { ${field}: '…' }`);
  }

  #unreadable(row: Row, index: number, key: RowKey, expected: 'a number' | 'a time'): TickerforestError {
    const value = row[key];
    const isTime = expected === 'a time';
    const name = typeof key === 'string' && IDENTIFIER.test(key) ? `row.${key}` : `row[${typeof key === 'number' ? key : quoted(key)}]`;
    const place =
      this.#origin.format === 'rows'
        ? name.replace('row', this.#origin.place(index))
        : `${this.#origin.place(index)}, ${quoted(String(key))}`;
    const what = isTime ? 'a time (a number since 1970, a Date, or an ISO text)' : 'a number';
    let advice: string;
    if (value === undefined) advice = this.#isArray === true ? `the row has ${row.length} entries` : `the row has ${keysOf(row)}`;
    else if (typeof value === 'string') {
      advice =
        isTime && this.#dateOrder === undefined && needsDateOrder(value.slice(0, 64))
          ? "is 3/4 in March or in April? Say dateOrder: 'mdy' or 'dmy'"
          : 'correct it, or leave the row out';
    } else if (this.#isArray === true || this.#origin.format !== 'rows') advice = `give ${isTime ? 'milliseconds since 1970' : 'numbers'}`;
    else
      advice = `mend it with rows.map((row) => ({ ...row, ${typeof key === 'string' && IDENTIFIER.test(key) ? key : `[${quoted(String(key))}]`}: ${isTime ? `new Date(${name})` : `Number(${name})`} }))`;
    return new TickerforestError(this.#code, `${place} is ${described(value)}, not ${what}; ${advice}`);
  }

  /** Whether the caller has the rows in hand, and can map them. */
  get #inMemory(): boolean {
    return this.#origin.format === 'rows';
  }

  get #code(): 'INVALID_BARS' | 'FILE_FORMAT' {
    return this.#inMemory || this.#origin.format === 'columns' ? 'INVALID_BARS' : 'FILE_FORMAT';
  }

  #refusal(index: number, words: string): TickerforestError {
    return new TickerforestError(this.#code, `${this.#origin.place(index)} ${words}`);
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

function keysOf(row: Row): string {
  const keys = Object.keys(row);
  if (keys.length === 0) return 'no keys';
  return `${keys
    .slice(0, SHOWN)
    .map((key) => quoted(key, 30))
    .join(', ')}${keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : ''}`;
}
