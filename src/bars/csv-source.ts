import { basename } from 'node:path';
import { TickerforestError, throwIfAborted } from '../errors';
import { BarBlocks } from './bar-blocks';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from './bars';
import { readNumber } from './csv-cells';
import { type CsvColumnNames, type CsvColumns, findColumns } from './csv-columns';
import { type CsvRows, csvRows } from './csv-rows';
import { fileBytes } from './file-bytes';
import { needsDateOrder, type TimestampOptions, timestampReader } from './timestamps';

/** How to read a bar file that is not as most are. */
export interface CsvOptions extends TimestampOptions {
  /** Names of columns that are not found by themselves. */
  readonly columns?: CsvColumnNames;
  /**
   * Which prices to serve; default 'as_traded'. 'adjusted' multiplies open, high, low and close by adjusted close / close, and divides the
   * volume by the same ratio, so that price times volume stays what was traded; a file without such a column is refused.
   */
  readonly prices?: 'as_traded' | 'adjusted';
  /**
   * Whether the rows of a symbol are oldest first; default 'ascending', which reads the file in pieces. 'sort' reads all of the symbol's rows
   * before it serves the first, in order of time; rows of the same time keep the file's order. Change it for files that are newest first.
   */
  readonly order?: 'ascending' | 'sort';
}

/** Bars in a batch, except for the last of a file. */
const BATCH = 50_000;

/** A row's place in the files: index of the file times this, plus the line. */
const LINES = 2 ** 40;

/** How many of a file's symbols a message names. */
const SHOWN_SYMBOLS = 8;

interface Piece {
  readonly bars: Bars;
  /** Place of each bar; see {@link LINES}. */
  readonly places: Float64Array;
  readonly fraction: number;
}

/**
 * A source of bars from CSV files, plain or packed with gzip, read in pieces: memory does not grow with the file (except for `order: 'sort'`).
 * The first line names the columns. Timestamps may be ISO dates and date-times, `YYYYMMDD`, or seconds to nanoseconds since 1970; see
 * {@link TimestampOptions} for others. In a file with a symbol column, rows of other symbols than the requested one (compared as written) are
 * skipped; a file without one serves any symbol. Empty cells become NaN, for validation to judge.
 *
 * Reading throws a TickerforestError: `SOURCE_FAILED` for a file that cannot be read, `CSV_FORMAT` naming file, line, column and value for
 * one that is not such a CSV file or is cut off, `NO_BARS` for a symbol that is not there or files without a row, `ABORTED`.
 *
 * @param paths - one file, or several that continue each other
 * @param options - see {@link CsvOptions}
 * @returns the source; nothing is opened before bars are fetched
 * @throws TickerforestError `INVALID_OPTION` without a path, or for an unknown time zone
 */
export function csvBars(paths: string | readonly string[], options: CsvOptions = {}): BarSource {
  const files = typeof paths === 'string' ? [paths] : paths;
  if (files.length === 0) throw new TickerforestError('INVALID_OPTION', 'paths is empty; csvBars needs at least one file');
  timestampReader(options); // refuses an unknown time zone here, not at the first row
  return { fetch: (request) => (options.order === 'sort' ? sorted(files, options, request) : ascending(files, options, request)) };
}

async function* ascending(files: readonly string[], options: CsvOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  let batch = 0;
  for await (const { bars, places, fraction } of readPieces(files, options, request)) {
    batch++;
    yield { bars, batch, fraction, describe: (index) => describePlace(files, places[index]) };
  }
}

async function* sorted(files: readonly string[], options: CsvOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  const blocks = new BarBlocks();
  const pieces: Float64Array[] = [];
  for await (const { bars, places } of readPieces(files, options, request)) {
    blocks.append(bars, 0, bars.length);
    pieces.push(places);
  }
  const all = blocks.finish();
  const places = new Float64Array(all.length);
  let filled = 0;
  for (const piece of pieces) {
    places.set(piece, filled);
    filled += piece.length;
  }
  const time = all.timestamp;
  const order = Uint32Array.from(places, (_, index) => index).sort((a, b) => {
    const difference = time[a] - time[b];
    // NaN, of an empty cell, goes to the end
    return Number.isNaN(difference) ? Number(Number.isNaN(time[a])) - Number(Number.isNaN(time[b])) || a - b : difference || a - b;
  });
  const batches = Math.ceil(all.length / BATCH);
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(request.signal, 'reading CSV');
    const part = order.subarray((batch - 1) * BATCH, batch * BATCH);
    const bars = allocateBars(part.length);
    for (const column of BAR_COLUMNS) {
      const from = all[column];
      const to = bars[column];
      for (let i = 0; i < part.length; i++) to[i] = from[part[i]];
    }
    yield { bars, batch, batches, describe: (index) => describePlace(files, places[part[index]]) };
  }
}

function describePlace(files: readonly string[], place: number): string {
  return `${basename(files[Math.floor(place / LINES)])}, line ${place % LINES}`;
}

/** All files' bars in the order of their rows, cut into pieces of at most {@link BATCH}. */
async function* readPieces(files: readonly string[], options: CsvOptions, request: BarRequest): AsyncGenerator<Piece> {
  const others = new Set<string>();
  let rows = 0;
  let matching = 0;
  for (const [index, path] of files.entries()) {
    const reader = new BarFileReader(path, index * LINES, options, request);
    let header = false;
    throwIfAborted(request.signal, `reading ${path}`);
    for await (const block of csvRows(fileBytes(path), path)) {
      throwIfAborted(request.signal, `reading ${path}`);
      const from = header ? 0 : 1;
      if (!header) reader.readHeader(block);
      header = true;
      for (let row = from; row < block.rows.length; row++) {
        reader.readRow(block.rows[row], block.lines[row]);
        if (reader.count === BATCH) yield { ...reader.take(), fraction: (index + block.fraction) / files.length };
      }
    }
    if (!header) throw new TickerforestError('CSV_FORMAT', `${path} is empty; its first line must name the columns`);
    if (reader.count > 0) yield { ...reader.take(), fraction: (index + 1) / files.length };
    rows += reader.rows;
    matching += reader.matching;
    for (const symbol of reader.otherSymbols) others.add(symbol);
  }
  if (rows === 0) throw new TickerforestError('NO_BARS', `${files.join(', ')}: only the line of column names, no row of bars`);
  if (matching === 0) {
    const some = [...others].slice(0, SHOWN_SYMBOLS).join(', ');
    const more = others.size > SHOWN_SYMBOLS ? ` and ${others.size - SHOWN_SYMBOLS} more` : '';
    throw new TickerforestError('NO_BARS', `${files.join(', ')}: no row of symbol '${request.symbol}'; there are ${some}${more}`);
  }
}

/** Turns the rows of one file into bars. */
class BarFileReader {
  /** Bars since the last {@link take}. */
  count = 0;
  /** Rows read so far, of all symbols. */
  rows = 0;
  /** Rows of the requested symbol, also those outside the range of time. */
  matching = 0;
  /** Symbols that were skipped. */
  readonly otherSymbols = new Set<string>();

  readonly #path: string;
  readonly #place: number;
  readonly #options: CsvOptions;
  readonly #symbol: string;
  readonly #from: number;
  readonly #to: number;
  readonly #readTimestamp: (text: string) => number;
  #header: readonly string[] = [];
  #columns: CsvColumns | undefined;
  #commas = true;
  #bars = allocateBars(BATCH);
  #places = new Float64Array(BATCH);

  constructor(path: string, place: number, options: CsvOptions, request: BarRequest) {
    this.#path = path;
    this.#place = place;
    this.#options = options;
    this.#symbol = request.symbol;
    this.#from = request.from ?? Number.NEGATIVE_INFINITY;
    this.#to = request.to ?? Number.POSITIVE_INFINITY;
    this.#readTimestamp = timestampReader(options);
  }

  readHeader(block: CsvRows): void {
    this.#header = block.rows[0];
    this.#columns = findColumns(this.#header, this.#options.columns ?? {}, this.#path);
    this.#commas = block.delimiter !== ';';
    if (this.#options.prices === 'adjusted' && this.#columns.adjustedClose === undefined) {
      const there = this.#header.map((name) => `'${name.trim()}'`).join(', ');
      throw new TickerforestError(
        'CSV_FORMAT',
        `${this.#path}: prices: 'adjusted' needs a column of adjusted closes, and the file has ${there}. Name it with columns: { adjustedClose: ... }`,
      );
    }
  }

  readRow(row: readonly string[], line: number): void {
    const columns = this.#columns;
    if (columns === undefined) throw new TypeError('readRow before readHeader');
    if (row.length !== this.#header.length) this.#checkWidth(row, columns, line);
    this.rows++;
    if (columns.symbol !== undefined && row[columns.symbol] !== this.#symbol) {
      this.otherSymbols.add(row[columns.symbol]);
      return;
    }
    this.matching++;
    const timestamp = this.#timestamp(row, columns, line);
    // NaN is in no range, but validation must see it
    if (timestamp < this.#from || timestamp > this.#to) return;

    const i = this.count++;
    const bars = this.#bars;
    const close = this.#number(row, columns.close, line);
    const adjusts = this.#options.prices === 'adjusted' && columns.adjustedClose !== undefined;
    const factor = adjusts ? this.#number(row, columns.adjustedClose, line) / close : 1;
    bars.timestamp[i] = timestamp;
    bars.open[i] = this.#number(row, columns.open, line) * factor;
    bars.high[i] = this.#number(row, columns.high, line) * factor;
    bars.low[i] = this.#number(row, columns.low, line) * factor;
    // not the adjusted close itself: rounded like the others, it stays between low and high
    bars.close[i] = close * factor;
    bars.volume[i] = columns.volume === undefined ? 0 : this.#number(row, columns.volume, line) / factor;
    this.#places[i] = this.#place + line;
  }

  /** The bars read since the last call. */
  take(): { bars: Bars; places: Float64Array } {
    const taken = { bars: sliceBars(this.#bars, 0, this.count), places: this.#places.subarray(0, this.count) };
    this.#bars = allocateBars(BATCH);
    this.#places = new Float64Array(BATCH);
    this.count = 0;
    return taken;
  }

  #timestamp(row: readonly string[], columns: CsvColumns, line: number): number {
    const cell = row[columns.timestamp].trim();
    const text = columns.time === undefined ? cell : `${cell} ${row[columns.time].trim()}`.trim();
    const timestamp = this.#readTimestamp(text);
    if (!Number.isNaN(timestamp) || /^(?:null|nan|nat|none)?$/i.test(text)) return timestamp;
    throw this.#unreadable(
      columns.timestamp,
      line,
      text,
      this.#options.dateOrder === undefined && needsDateOrder(text)
        ? "is 3/4 in March or in April? Say dateOrder: 'mdy' or 'dmy'"
        : 'expected an ISO date, YYYYMMDD, or a number since 1970',
    );
  }

  #number(row: readonly string[], column: number, line: number): number {
    const value = readNumber(row[column], this.#commas);
    if (value === 'unreadable') throw this.#unreadable(column, line, row[column], 'expected a number with a decimal point');
    return value;
  }

  #unreadable(column: number, line: number, value: string, expected: string): TickerforestError {
    const name = this.#header[column].trim();
    return new TickerforestError('CSV_FORMAT', `${this.#path}, line ${line}, column '${name}': cannot read '${value}'; ${expected}`);
  }

  #checkWidth(row: readonly string[], columns: CsvColumns, line: number): void {
    const surplus = row.slice(this.#header.length).find((cell) => cell.trim() !== '');
    if (row.length >= columns.needed && surplus === undefined) return;
    throw new TickerforestError(
      'CSV_FORMAT',
      `${this.#path}, line ${line}: ${row.length} cells where the header names ${this.#header.length} columns; ${
        surplus === undefined ? 'the row is cut off' : 'is there a comma that should stand in quotes?'
      }`,
    );
  }
}
