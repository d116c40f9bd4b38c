import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import { Turns } from '../../waiting';
import { fileBytes, shownPath } from '../file-bytes';
import type { Reading } from '../reading';
import { TIME_FORMS, WrittenTime } from '../timestamps';
import { type CsvColumns, findColumns, listed } from './columns';
import { DateOrderEvidence } from './date-order';
import { type Dialect, findDialect, type HeadRows } from './dialect';
import { type DecimalMark, isNothing, MarkEvidence, readNumber } from './numbers';
import type { CsvOptions } from './options';
import { countLineEnds, csvRows, loadParser } from './rows';
import { TextStream } from './text-stream';
import { decideTimes, type TimeCells, type TimePlan, zoneOf } from './times';
import { chooseVolume, type VolumePlan } from './volume';

/** Everything that was decided about a file for one symbol, before its rows are read as bars. */
export interface CsvPlan {
  readonly dialect: Dialect;
  readonly columns: CsvColumns;
  readonly mark: DecimalMark;
  /** Whether nothing has shown the mark: the first number that could be read both ways is refused. */
  readonly isMarkUnproven: boolean;
  readonly times: TimePlan;
  readonly volume: VolumePlan;
  readonly isAdjusted: boolean;
  /** A column that may name the symbol, and names another one on all of the first rows. */
  readonly otherName: { readonly column: number; readonly value: string } | undefined;
  /** Columns that might tell several series apart, though their names do not say so. */
  readonly watched: readonly number[];
  readonly reading: Reading;
}

/** Characters at the beginning of a file by which it is judged, as far as they decide. */
const HEAD = 1 << 16;
/** Rows at its beginning that are kept. */
const HEAD_ROWS = 1000;

/** What the beginning of a file shows. */
export interface Head {
  readonly dialect: Dialect;
  readonly rows: HeadRows;
  /** Whether that is all of the file. */
  readonly isWhole: boolean;
}

/**
 * Reads the beginning of a file and finds its dialect.
 *
 * @param path - path of the file
 * @param options - what the caller says
 * @param signal - ends the reading
 * @returns the dialect and the first rows
 * @throws TickerforestError as {@link fileBytes} and {@link findDialect} do
 */
export async function readHead(path: string, options: CsvOptions, signal?: AbortSignal): Promise<Head> {
  const file = shownPath(path);
  const stream = new TextStream(file);
  let text = '';
  let line = 1;
  let isWhole = true;
  for await (const { bytes } of fileBytes(path, signal)) {
    text += stream.write(bytes);
    if (!/\S/.test(text)) {
      // megabytes of blank lines before the first row are none of it
      line += countLineEnds(text);
      text = '';
    }
    if (text.length < HEAD || (!text.includes('\n') && text.length < HEAD * 16)) continue;
    isWhole = false;
    break;
  }
  if (isWhole) text += stream.end();
  const end = isWhole ? text.length : text.lastIndexOf('\n', Math.max(HEAD, text.indexOf('\n'))) + 1;
  const parser = await loadParser();
  await rest(file, signal);
  const { dialect, head } = findDialect(parser, text.slice(0, end || text.length), line, options, file);
  const rows = { rows: head.rows.slice(0, HEAD_ROWS), lines: head.lines.slice(0, HEAD_ROWS) };
  return { dialect, rows, isWhole: isWhole && head.rows.length <= HEAD_ROWS };
}

/**
 * Decides how a file is read for one symbol: from its first rows and, where these leave a question open that later ones can answer, from as many as it takes.
 *
 * @param path - path of the file
 * @param options - what the caller says
 * @param symbol - the requested symbol
 * @param signal - ends the reading
 * @returns the plan
 * @throws TickerforestError `CSV_FORMAT` where two readings are possible, or none, with the option that decides; what {@link readHead} throws
 */
export async function inspectCsv(path: string, options: CsvOptions, symbol: string, signal?: AbortSignal): Promise<CsvPlan> {
  const head = await readHead(path, options, signal);
  const file = shownPath(path);
  await rest(file, signal);
  const columns = columnsOf(head, options, file, symbol);
  const evidence = await gatherEvidence(path, head, columns, options, signal);
  const { mark, isMarkUnproven } = decideMark(evidence.marks, options, file);
  await rest(file, signal);
  const times = decideFileTimes(head, columns, evidence.order, options, file);
  await rest(file, signal);
  const { names } = head.dialect.header;
  const volume = chooseVolume(columns, names, barRows(head, columns).rows, mark, options.columns?.volume !== undefined, file);
  const isAdjusted = decidePrices(head, columns, options, file);
  return {
    dialect: head.dialect,
    columns,
    mark,
    isMarkUnproven,
    times,
    volume,
    isAdjusted,
    otherName: otherNameIn(head, columns, symbol),
    watched: watchedColumns(head, columns, options),
    reading: readingOf(head.dialect, columns, { mark, times, volume, isAdjusted }, options),
  };
}

/**
 * @param head - what {@link readHead} gave
 * @param options - what the caller says
 * @param file - the file's name, for messages
 * @param symbol - the requested symbol
 * @returns the file's columns; one that may be the symbol's is, if the requested one stands in it
 * @throws TickerforestError as {@link findColumns} does
 */
export function columnsOf(head: Head, options: CsvOptions, file: string, symbol: string): CsvColumns {
  const columns = findColumns(head.dialect.header, options.columns ?? {}, file, symbol);
  const perhaps =
    symbol === '' ? undefined : columns.perhapsSymbols.find((column) => head.rows.rows.some((row) => row[column]?.trim() === symbol));
  return perhaps === undefined ? columns : { ...columns, symbol: perhaps };
}

/** The first file's steps take ten times as long as a later one's, as the engine has not seen their code: some 10 ms each. */
async function rest(file: string, signal: AbortSignal | undefined): Promise<void> {
  const turns = new Turns(signal, `reading ${file}`);
  if (turns.isOver) await turns.giveWay();
}

interface Evidence {
  readonly marks: MarkEvidence;
  readonly order: DateOrderEvidence;
}

/** What numbers and dates show: those of the first rows and, as long as these leave a question open, those that follow. */
export async function gatherEvidence(
  path: string,
  head: Head,
  columns: CsvColumns,
  options: CsvOptions,
  signal?: AbortSignal,
): Promise<Evidence> {
  const marks = new MarkEvidence();
  const order = new DateOrderEvidence();
  const prices = [columns.open, columns.high, columns.low, columns.close];
  const others = [...columns.volumes, ...(columns.adjustedClose === undefined ? [] : [columns.adjustedClose])];
  const add = (row: readonly string[]) => {
    for (const column of prices) marks.add(row[column] ?? '', true);
    for (const column of others) marks.add(row[column] ?? '', false);
    order.add((row[columns.timestamp] ?? '').trim());
  };
  const isOpen = () =>
    (options.decimalMark === undefined && marks.mark === 'unknown') ||
    (options.dateOrder === undefined && order.settled === undefined && order.orders.length > 1 && order.isNeeded);
  head.rows.rows.forEach(add);
  if (head.isWhole || !isOpen()) return { marks, order };
  for await (const { rows, lines } of csvRows(fileBytes(path, signal), shownPath(path), head.dialect.delimiter)) {
    for (let i = 0; i < rows.length; i++) if (lines[i] >= head.dialect.firstLine) add(rows[i]);
    if (!isOpen()) break;
  }
  return { marks, order };
}

/** The decimal mark, said or shown. */
export function decideMark(
  evidence: MarkEvidence,
  options: CsvOptions,
  file: string,
): { readonly mark: DecimalMark; readonly isMarkUnproven: boolean } {
  if (options.decimalMark !== undefined) return { mark: options.decimalMark, isMarkUnproven: false };
  const { mark } = evidence;
  if (mark === '.' || mark === ',') return { mark, isMarkUnproven: evidence.isUnproven };
  const [example, other] = evidence.examples;
  throw new TickerforestError(
    'CSV_FORMAT',
    mark === 'unknown'
      ? markDoubt(file, example)
      : `${file}: some numbers have a decimal comma (${quoted(example)}), some a decimal point (${quoted(other)}); decimalMark: '.' or ',' says which the file has`,
  );
}

/**
 * @param place - file, or file and line
 * @param text - a number
 * @returns that it can be read in two ways
 */
export function markDoubt(place: string, text: string): string {
  const digits = text.trim().replaceAll(/[.,]/g, '');
  const decimals = text.trim().replace(',', '.');
  const mark = text.includes(',') ? 'comma' : 'point';
  return (
    `${place}: ${quoted(text)} may be ${digits}, with a ${mark} between thousands, or ${decimals}, with a decimal ${mark}, and no number of the file ` +
    "decides. Say decimalMark: '.' or decimalMark: ','"
  );
}

/** How the file writes its times, by rows that are bars. */
export function decideFileTimes(head: Head, columns: CsvColumns, evidence: DateOrderEvidence, options: CsvOptions, file: string): TimePlan {
  const { rows, lines } = barRows(head, columns);
  const { time } = columns;
  const cells = rows.map((row, index): TimeCells => {
    const clock = time === undefined ? undefined : (row[time] ?? '').trim();
    return { date: (row[columns.timestamp] ?? '').trim(), clock, line: lines[index] };
  });
  const column = head.dialect.header.names[columns.timestamp].trim() || String(columns.timestamp + 1);
  return decideTimes({ cells, column, evidence }, options, file);
}

/** The first rows, without those that are no bars (a line of totals, a note), unless none is. */
export function barRows(head: Head, columns: CsvColumns): HeadRows {
  const { rows, lines } = head.rows;
  const isBar = (row: readonly string[]) => {
    const close = (row[columns.close] ?? '').slice(0, 65);
    return close.trim() !== '' && (readNumber(close, '.') !== 'unreadable' || readNumber(close, ',') !== 'unreadable');
  };
  const kept = [...rows.keys()].filter((index) => isBar(rows[index]));
  return kept.length === 0 ? head.rows : { rows: kept.map((index) => rows[index]), lines: kept.map((index) => lines[index]) };
}

function decidePrices(head: Head, columns: CsvColumns, options: CsvOptions, file: string): boolean {
  if (options.prices === 'adjusted' && columns.adjustedClose === undefined) {
    throw new TickerforestError(
      'CSV_FORMAT',
      `${file}: prices: 'adjusted' needs a column of adjusted closes, and the file has ${listed(head.dialect.header)}. Name it with columns: { adjustedClose: ... }`,
    );
  }
  return columns.adjustedClose !== undefined && options.prices !== 'as_traded';
}

/** Columns of other identifiers than symbols, and of what many symbols share. */
const OTHER_KINDS =
  /^(?:isin|wkn|cusip|figi|permno|gvkey|(?:security|instrument)?[ _]?id|token|instrument[ _]?token|currency|market|product|issuer|fund|coin|asset|company)$/i;

/** Capitals and digits without blanks are a symbol's spelling, and what is part of the wanted one, or the other way round, is the same symbol. */
function otherNameIn({ rows: { rows }, dialect }: Head, { symbol, perhapsSymbols }: CsvColumns, wanted: string): CsvPlan['otherName'] {
  if (symbol !== undefined || wanted === '' || rows.length === 0) return undefined;
  const { names } = dialect.header;
  const bare = (text: string) => text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
  for (const column of perhapsSymbols) {
    if (OTHER_KINDS.test(names[column].trim())) continue;
    const value = (rows[0][column] ?? '').slice(0, 41).trim();
    if (!/^[A-Z\d][A-Z\d.:/=_-]{0,39}$/.test(value) || bare(wanted).includes(bare(value)) || bare(value).includes(bare(wanted))) continue;
    if (rows.every((row) => row[column]?.trim() === value)) return { column, value };
  }
  return undefined;
}

/** Columns without a part in the bars whose text, or code, may name a series. */
function watchedColumns(head: Head, columns: CsvColumns, options: CsvOptions): readonly number[] {
  if (columns.symbol !== undefined || options.columns?.symbol === null || head.dialect.header.symbols !== undefined) return [];
  const { volumes, otherVolumes, perhapsSymbols, ...places } = columns;
  const taken = new Set<number | undefined>([...Object.values(places), ...volumes, ...otherVolumes]);
  const { rows } = head.rows;
  const mayName = (column: number) => {
    const cells = rows.map((row) => (row[column] ?? '').trim()).filter((cell) => cell.length > 64 || !isNothing(cell));
    // a name of series stands on every row, a note on some
    if (cells.length === 0 || cells.length * 10 < rows.length * 9) return false;
    const isText = (cell: string) => /\p{L}/u.test(cell.slice(0, 64)) && readNumber(cell, '.') === 'unreadable' && !isTime(cell);
    if (cells.some(isText)) return cells.filter(isText).length * 2 >= cells.length;
    // codes are numbers that stand on many rows each, most of the time one under the other
    if (!cells.every((cell) => /^\d{2,12}$/.test(cell))) return false;
    const changes = cells.filter((cell, index) => index > 0 && cell !== cells[index - 1]).length;
    const isRepeated = new Set(cells).size * 2 <= cells.length;
    return changes * 2 < cells.length || (isRepeated && perhapsSymbols.includes(column));
  };
  return head.dialect.header.names.flatMap((_, column) => (taken.has(column) || !mayName(column) ? [] : [column]));
}

function isTime(cell: string): boolean {
  const written = new WrittenTime();
  return TIME_FORMS.some((form) => written.read(cell, form));
}

function readingOf(
  dialect: Dialect,
  columns: CsvColumns,
  decided: Pick<CsvPlan, 'mark' | 'times' | 'volume' | 'isAdjusted'>,
  options: CsvOptions,
): Reading {
  const place = (column: number) => dialect.header.names[column].trim().slice(0, 60) || column + 1;
  const { timestamp, time, open, high, low, close, adjustedClose, symbol } = columns;
  const places = { timestamp, time, open, high, low, close, adjusted_close: adjustedClose, volume: decided.volume.column, symbol };
  const found = Object.entries(places).flatMap(([field, column]) => (column === undefined ? [] : [[field, place(column)] as const]));
  return {
    format: 'csv',
    delimiter: dialect.delimiter,
    decimal_mark: decided.mark,
    header_lines: dialect.header.isNamed ? dialect.headerLines : 0,
    columns: Object.fromEntries(found),
    time_form: decided.times.name,
    ...zoneOf(decided.times, options),
    ...(adjustedClose === undefined ? {} : { prices: decided.isAdjusted ? 'adjusted' : 'as_traded' }),
  };
}
