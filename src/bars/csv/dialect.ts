import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import { TIME_FORMS, WrittenTime } from '../timestamps';
import { type CsvHeader, countFields } from './columns';
import { isNothing, readNumber } from './numbers';
import type { CsvOptions } from './options';
import { type CsvParser, RowCutter } from './rows';

/** How a file cuts its lines into columns, and where its bars begin. */
export interface Dialect {
  /** What separates the columns; ' ' for any run of blanks. */
  readonly delimiter: string;
  /** The names of the columns. */
  readonly header: CsvHeader;
  /** Lines before the first row of bars, blank ones not counted. */
  readonly headerLines: number;
  /** Line of the file, from 1, that the first row of bars begins on, or would. */
  readonly firstLine: number;
}

/** The first rows of a file. */
export interface HeadRows {
  /** Rows of bars, cells as they stand. */
  readonly rows: readonly (readonly string[])[];
  /** Lines of the file, from 1, that they begin on. */
  readonly lines: readonly number[];
}

const DELIMITERS = [',', ';', '\t', '|', ' '];
/** Rows that are looked at to find the delimiter. */
const PREVIEW = 60;
/** Fields that a line must name to be taken for the header. */
const NAMED_FIELDS = 3;
/** Numbers and dates in a row, from which on it is a row of bars. */
const BAR_CELLS = 4;

/**
 * Finds out how a file is written, by its first lines.
 *
 * @param parser - cuts lines into cells
 * @param text - the first lines, complete ones
 * @param line - line of the file that they begin on
 * @param options - what is known already
 * @param file - the file's name, for messages
 * @returns the dialect, and the rows of bars among these lines
 * @throws TickerforestError `CSV_FORMAT` for an empty file, and for one without a line of names, unless `columns` gives positions
 */
export function findDialect(
  parser: CsvParser,
  text: string,
  line: number,
  options: CsvOptions,
  file: string,
): { readonly dialect: Dialect; readonly head: HeadRows } {
  const said = /^sep=(.)\r?\n/i.exec(text.slice(0, 10))?.[1];
  const delimiter = options.delimiter ?? said ?? guessDelimiter(parser, text);
  const { rows, lines } = new RowCutter(parser, file, delimiter, line).write(text, true);
  const start = said === undefined ? 0 : 1;
  if (rows.length <= start) throw new TickerforestError('CSV_FORMAT', `${file} is empty; its first line must name the columns`);

  const first = options.header === undefined ? firstBar(rows, start, options) : options.header;
  const { header, from } = options.header === undefined ? findHeader(rows, start, first, options, file) : saidHeader(rows, first, file);
  if (!header.isNamed) checkPositions(header, options, rows[from], lines[from] ?? 1, file);
  return {
    dialect: { delimiter, header, headerLines: from, firstLine: lines[from] ?? lines[lines.length - 1] + 1 },
    head: { rows: rows.slice(from), lines: lines.slice(from) },
  };
}

function saidHeader(rows: HeadRows['rows'], count: number, file: string): { header: CsvHeader; from: number } {
  if (count > rows.length) throw new TickerforestError('CSV_FORMAT', `${file} has ${rows.length} lines; header says ${count}`);
  const header = count === 0 ? { names: rows[0].map(() => ''), isNamed: false } : { names: withoutHash(rows[count - 1]), isNamed: true };
  return { header, from: count };
}

/** Index of the first row that holds numbers, as bars do; that after the header, if there is none. */
function firstBar(rows: HeadRows['rows'], start: number, options: CsvOptions): number {
  for (let index = start; index < rows.length; index++) {
    if (isBarLike(rows[index]) && !isComment(rows[index])) return index;
  }
  const names = options.columns ?? {};
  const header = rows.findIndex((row, index) => index >= start && countFields(row, names) >= NAMED_FIELDS);
  return header < 0 ? Math.min(start + 1, rows.length) : header + 1;
}

function findHeader(
  rows: HeadRows['rows'],
  start: number,
  first: number,
  options: CsvOptions,
  file: string,
): { header: CsvHeader; from: number } {
  const names = options.columns ?? {};
  let best = -1;
  let most = NAMED_FIELDS - 1;
  for (let index = start; index < first; index++) {
    const count = countFields(withoutHash(rows[index]), names);
    // the last of equals: a title may repeat the names
    if (count > most || (count === most && best >= 0)) [best, most] = [index, count];
  }
  // names that nobody knows: the line before the first bar, if it is as wide
  if (best < 0 && first > start && !isComment(rows[first - 1]) && rows[first - 1].length > 1) best = first - 1;
  if (best < 0) {
    if (first >= rows.length) throw new TickerforestError('CSV_FORMAT', `${file} has no line that names columns, and no row of numbers`);
    return { header: { names: rows[first].map(() => ''), isNamed: false }, from: first };
  }
  const symbols = columnSymbols(rows, start, first, best);
  // rows of bars without a number yet are bars: 2024-01-02,,,,,
  let from = best + 1;
  if (symbols !== undefined) from = first;
  else while (from < first && (isComment(rows[from]) || isOfWords(rows[from]))) from++;
  const cells = withoutHash(rows[best]);
  return {
    header: { names: symbols === undefined ? cells : ['Date', ...cells.slice(1)], isNamed: true, ...(symbols && { symbols }) },
    from,
  };
}

/** The symbols of columns side by side: a line beside that of the fields, as pandas writes columns of two levels ('Price,Close,..', 'Ticker,AAA,..', 'Date,,'). */
function columnSymbols(rows: HeadRows['rows'], start: number, first: number, fields: number): readonly string[] | undefined {
  const width = rows[fields].length;
  const corner = (row: readonly string[]) => row[0].trim().toLowerCase();
  for (let index = start; index < first; index++) {
    const row = rows[index];
    if (index === fields || row.length !== width || row.slice(1).some((cell) => cell.trim() === '')) continue;
    if (/^(?:tickers?|symbols?)$/.test(corner(row)) || /^(?:price|attributes?|)$/.test(corner(rows[fields]))) return row;
  }
  return undefined;
}

/** A file without a line of names can be read by positions only. */
function checkPositions(header: CsvHeader, options: CsvOptions, row: readonly string[] | undefined, line: number, file: string): void {
  const columns = options.columns ?? {};
  const { timestamp, open, high, low, close } = columns;
  const required = [timestamp, open, high, low, close];
  const isPlaced = required.every((place) => typeof place === 'number') && columns.volume !== undefined;
  const names = Object.values(columns).filter((place) => typeof place === 'string');
  if (isPlaced && names.length === 0) return;
  if (row?.length === 1) {
    throw new TickerforestError(
      'CSV_FORMAT',
      `${file}, line ${line}: no comma, semicolon, tab, bar or blanks cut ${quoted(row[0])} into columns. Say what does, for example delimiter: '^'; if it is a comma, ` +
        'the whole line stands in quotes: save the file without them',
    );
  }
  const cells = (row ?? []).slice(0, 3).map((cell) => quoted(cell.trim(), 20));
  const given = names.length > 0 ? ` columns names ${quoted(names[0])}, which is no name but a value, or not there.` : '';
  throw new TickerforestError(
    'CSV_FORMAT',
    `${file} has no header line: line ${line} is a row of values (${cells.join(', ')}${header.names.length > 3 ? ', ...' : ''}).${given} ` +
      'Say where each field stands, counted from 1, for example columns: { timestamp: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 }' +
      ' (volume: null if there is none)',
  );
}

function isComment(row: readonly string[]): boolean {
  return /^\s*(?:#|\/\/|%)/.test(row[0].slice(0, 20));
}

/** A line below the names that says units or types: ',USD,USD,USD,USD,shares'. */
function isOfWords(row: readonly string[]): boolean {
  const filled = row.filter((cell) => !isNothing(cell.trim().slice(0, 64)));
  return row.length > 1 && filled.length > 1 && !filled.some(isValue);
}

/** '#date,open' names columns, too. */
function withoutHash(row: readonly string[]): readonly string[] {
  return isComment(row) ? [row[0].replace(/^[\s#/%]+/, ''), ...row.slice(1)] : row;
}

/** Whether a row has numbers and dates as a bar has, and is not the numbers 0, 1, 2, ... that name columns without names. */
function isBarLike(row: readonly string[]): boolean {
  const values = row.filter((cell) => isValue(cell) && !isNothing(cell.trim().slice(0, 64)));
  const filled = row.filter((cell) => cell.trim() !== '').length;
  return values.length >= BAR_CELLS && values.length * 2 >= filled && !isCounting(row);
}

function isCounting(row: readonly string[]): boolean {
  const start = row[0].trim() === '' ? 1 : 0;
  return row.length > 2 && row.slice(start).every((cell, index) => cell.trim() === String(index));
}

const written = new WrittenTime();
function isValue(cell: string): boolean {
  const text = cell.trim();
  if (text.length > 64) return false;
  return (
    readNumber(text, '.') !== 'unreadable' ||
    readNumber(text, ',') !== 'unreadable' ||
    (/\d/.test(text) && (/^\d{1,2}:\d\d(?::\d\d)?/.test(text) || TIME_FORMS.some((form) => written.read(text, form))))
  );
}

function guessDelimiter(parser: CsvParser, text: string): string {
  const head = text
    .split('\n', PREVIEW * 2)
    .filter((line) => !/^\s*(?:#|\/\/|%|$)/.test(line.slice(0, 200)))
    .slice(0, PREVIEW)
    .join('\n');
  let best = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const points = rate(parser, delimiter === ' ' ? head.replace(/[ \t]+/g, ' ').replace(/^ | $/gm, '') : head, delimiter);
    // blanks also stand inside of dates: only where nothing else does
    if (points > most && (delimiter !== ' ' || most < 0.3)) [best, most] = [delimiter, points];
  }
  return best;
}

/** How well a delimiter makes columns of values: 0 to 1. */
function rate(parser: CsvParser, text: string, delimiter: string): number {
  const { data } = parser.parse<string[]>(text, { delimiter, newline: '\n' });
  const rows = data.filter((row) => row.length > 1);
  if (rows.length === 0) return 0;
  const widths = new Map<number, number>();
  for (const row of rows) widths.set(row.length, (widths.get(row.length) ?? 0) + 1);
  const [width, count] = [...widths].reduce((a, b) => (b[1] > a[1] || (b[1] === a[1] && b[0] > a[0]) ? b : a));
  const cells = rows.filter((row) => row.length === width).flat();
  const values = cells.filter(isValue).length / cells.length;
  return (count / data.length) * (values + 0.02) * (width >= BAR_CELLS + 1 ? 1 : 0.2) * (1 - 1 / (width + 1));
}
