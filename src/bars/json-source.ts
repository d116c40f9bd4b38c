import { basename } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { TickerforestError, throwIfAborted } from '../errors';
import { checkRequest } from '../options/collect-table';
import { checkArgument, checkOptions } from '../options/description';
import { JSON_FILE } from '../options/source-tables';
import { path as pathOf } from '../options/store-tables';
import { described, quoted } from '../text';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { fileBytes } from './file-bytes';
import { fieldsOfObject } from './row-fields';
import { columnsToRows, isList, type RowBlock, type RowList, rowsToBars, streamToBars } from './row-lists';
import type { RowOptions, RowOrigin } from './row-reader';
import { timestampReader } from './timestamps';

/** How to read a file of JSON. */
export interface JsonOptions extends RowOptions {
  /**
   * Where in the file the rows are, property by property: `'results'`, `'data.candles'`, `'bars.AAPL'`. Default: the file itself, if it is an array or an
   * object of columns, else the one array that is in it, or the one object whose keys are dates; of several, the one under the symbol's name.
   */
  readonly at?: string;
}

/** Characters of a file that is one value, and must be held at once. */
const LONGEST_FILE = 256 * 2 ** 20;
/** Characters of a line: rows of bars are shorter, and lines of another kind of file must not fill the memory. */
const LONGEST_LINE = 2 ** 20;
const SHOWN_KEYS = 12;
/** What vendors answer instead of rows. */
const ERROR_KEY = /^(?:errors?|error_?message|message|note|information|detail)$/i;
/** Keys in capitals name symbols, those of vendors' answers do not: 'AAPL' and 'BTC-USD', not 'candles'. */
const SYMBOL_NAME = /^[A-Z\d.:/^=_-]{0,40}[A-Z][A-Z\d.:/^=_-]{0,40}$/;
/** 'symbol', 'Ticker', '2. Symbol'. */
const SYMBOL_KEY = /^(?:\d+\. ?)?(?:symbol|ticker)$/i;

/** Text of a file on its way in. */
interface TextPiece {
  readonly text: string;
  readonly fraction: number;
}

/**
 * A source of bars from a file of JSON, or of one JSON value a line (NDJSON, JSON Lines), plain or packed with gzip; which of them it is follows from the
 * content. Rows are objects or arrays, as `arrayBars` reads them, or objects by date, or the file is one object of columns (`{ t: [...], o: [...], ... }`).
 * A symbol that the file names beside its rows must be the requested one. Lines are streamed; a file that is one value is read at once, up to 256 MiB unpacked.
 *
 * Reading throws a TickerforestError: `SOURCE_FAILED` for a file that cannot be read, `FILE_FORMAT` naming the file and the line or row that is no JSON, no
 * bar, or cut off, `NO_BARS` for a symbol that is not there, `ABORTED`.
 *
 * @param path - the file; several are read with `concatBars`
 * @param options - see {@link JsonOptions}
 * @returns the source; nothing is opened before bars are fetched
 * @throws TickerforestError `INVALID_OPTION` for what is no path, or an unknown time zone
 * @example
 * ```ts
 * import { jsonBars } from 'tickerforest/json';
 *
 * const source = jsonBars('klines.ndjson.gz');
 * ```
 */
export function jsonBars(path: string, options: JsonOptions = {}): BarSource {
  const file = checkArgument(path, pathOf, 'path', 'jsonBars');
  const checked = checkOptions(options, JSON_FILE, 'jsonBars');
  timestampReader(checked); // refuses an unknown time zone here, not at the first row
  return { answersInFull: true, fetch: (request) => read(file, checked, checkRequest(request)) };
}

async function* read(path: string, options: JsonOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  const pieces = textOf(path, request.signal);
  try {
    const start = await readStart(pieces);
    const place = basename(path);
    if (start.isLines) {
      const origin: RowOrigin = { format: 'ndjson', place: (line) => `${place}, line ${line}` };
      return yield* streamToBars(linesOf(start, pieces, place, options.at), origin, options, request);
    }
    const value = await parseWhole(start.pieces, pieces, place);
    const origin: RowOrigin = { format: 'json', place: (index) => `${place}, row ${index + 1}` };
    const isNamed = namesSymbol(value, options, place, request.symbol);
    yield* rowsToBars(rowsIn(value, options, place, request.symbol, isNamed), origin, options, request);
  } finally {
    await pieces.return(undefined);
  }
}

async function* textOf(path: string, signal: AbortSignal | undefined): AsyncGenerator<TextPiece> {
  const decoder = new StringDecoder('utf8');
  let isStart = true;
  try {
    for await (const { bytes, fraction } of fileBytes(path, signal)) {
      throwIfAborted(signal, 'reading JSON');
      const text = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      // the byte order mark is no JSON
      yield { text: isStart && text.startsWith('\uFEFF') ? text.slice(1) : text, fraction };
      isStart = false;
    }
  } catch (error) {
    if (!(error instanceof TickerforestError) || error.code !== 'CSV_FORMAT') throw error;
    throw new TickerforestError('FILE_FORMAT', error.message, { cause: error.cause });
  }
  yield { text: decoder.end(), fraction: 1 };
}

/** The beginning of a file, up to where it is clear what it is. */
interface Start {
  /** Whether every line is a value of its own. */
  readonly isLines: boolean;
  /** What has been read, without blank pieces before the first value. */
  readonly pieces: readonly TextPiece[];
  /** Lines in the pieces that were left out. */
  readonly skipped: number;
}

/** Every line is a value of its own if the first one is, and something follows it. */
async function readStart(pieces: AsyncGenerator<TextPiece>): Promise<Start> {
  const read: TextPiece[] = [];
  let text = '';
  let skipped = 0;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    const piece = next.value;
    text = (text + piece.text).trimStart();
    if (text === '') {
      skipped += piece.text.split('\n').length - 1;
      continue;
    }
    read.push(piece);
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= LONGEST_LINE) continue;
    const isShort = end >= 0 && end <= LONGEST_LINE;
    // blanks behind the only line may go on for long
    if (isShort && text.length <= LONGEST_FILE && text.slice(end).trim() === '') continue;
    return { isLines: isShort && isJson(text.slice(0, end)), pieces: read, skipped };
  }
  return { isLines: false, pieces: read, skipped };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function* linesOf(start: Start, rest: AsyncGenerator<TextPiece>, file: string, at: string | undefined): AsyncGenerator<RowBlock> {
  let line = start.skipped;
  let begun = '';
  const block = (lines: readonly string[], fraction: number): RowBlock => {
    const rows: unknown[] = [];
    const numbers: number[] = [];
    for (const text of lines) {
      line++;
      if (text.trim() === '') continue;
      const value = parse(text, `${file}, line ${line}`);
      rows.push(at === undefined ? value : valueAt(value, at, `${file}, line ${line}`));
      numbers.push(line);
    }
    return { rows, numbers, fraction };
  };
  for await (const { text, fraction } of inOrder(start.pieces, rest)) {
    const lines = (begun + text).split('\n');
    begun = lines.pop() ?? '';
    if (lines.length > 0) yield block(lines, fraction);
    if (begun.length > LONGEST_LINE) {
      throw new TickerforestError(
        'FILE_FORMAT',
        `${file}, line ${line + 1}: no end of the line within ${LONGEST_LINE} characters; is it JSON by lines?`,
      );
    }
  }
  yield block([begun], 1);
}

async function parseWhole(start: readonly TextPiece[], rest: AsyncGenerator<TextPiece>, file: string): Promise<unknown> {
  const texts: string[] = [];
  let length = 0;
  for await (const { text } of inOrder(start, rest)) {
    const kept = length === 0 ? text.trimStart() : text;
    length += kept.length;
    if (length > LONGEST_FILE) {
      throw new TickerforestError(
        'FILE_FORMAT',
        `${file} is one JSON value of more than ${LONGEST_FILE} characters; write one row a line (NDJSON), which is streamed: jq -c '.[]' does it`,
      );
    }
    if (kept !== '') texts.push(kept);
  }
  if (length === 0) throw new TickerforestError('FILE_FORMAT', `${file} is empty`);
  return parse(texts.join(''), file);
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const end = text.trimEnd();
    const isPython = /[:[,]\s?(?:NaN|-?Infinity)\b/.test(text);
    const isCut = /[[{]/.test(end.slice(0, 1)) && !/[\]}]$/.test(end.slice(-1));
    throw new TickerforestError(
      'FILE_FORMAT',
      `${place}: ${quoted(end)} is no JSON${isPython ? '; NaN and Infinity are no JSON, null is' : isCut ? '; it ends in the middle: it was cut off, fetch it again' : ''}`,
      { cause },
    );
  }
}

async function* inOrder(start: readonly TextPiece[], rest: AsyncGenerator<TextPiece>): AsyncGenerator<TextPiece> {
  yield* start;
  yield* rest;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rows of a file that is one value. Of several arrays it is the one under the symbol's name; another symbol's is refused, unless the file names the right one elsewhere. */
function rowsIn(file: unknown, options: JsonOptions, name: string, symbol: string, isNamed: boolean): RowList {
  const value = options.at === undefined ? file : valueAt(file, options.at, name);
  if (isList(value)) return { length: value.length, at: (index) => value[index] };
  if (!isObject(value)) throw new TickerforestError('FILE_FORMAT', `${name} is ${described(value)}, not rows of bars`);
  const fields = fieldsOfObject(value, { volume: null, ...options.columns });
  if (!('missing' in fields))
    return isList(value[fields.close]) ? columnsToRows(value, name, 'FILE_FORMAT') : { length: 1, at: () => value };
  const lists = Object.entries(value).flatMap(([key, part]): FoundRows[] => {
    if (isList(part)) return [{ keys: [key], list: part }];
    if (!isObject(part)) return [];
    return Object.entries(part).flatMap(([inner, list]) => (isList(list) ? [{ keys: [key, inner], list }] : []));
  });
  const dated = [['', value] as const, ...Object.entries(value)].flatMap(([key, part]): FoundRows[] =>
    isByDate(part) ? [{ keys: [key], list: Object.entries(part).map(([timestamp, row]) => ({ timestamp, ...row })) }] : [],
  );
  const found = lists.length > 0 ? lists : dated;
  const own = found.filter(({ keys }) => keys.includes(symbol));
  const [only, ...others] = own.length === 1 ? own : found;
  if (only !== undefined && others.length === 0) {
    const { keys, list } = only;
    const other = keys.find((key) => SYMBOL_NAME.test(key));
    if (other !== undefined && own.length === 0 && !isNamed && options.columns?.symbol !== null) {
      throw otherSymbol(name, other, keys.join('.'), symbol);
    }
    return { length: list.length, at: (index) => list[index] };
  }
  const isError = Object.keys(value).some((key) => ERROR_KEY.test(key.slice(0, 40)));
  const what =
    found.length === 0
      ? `no array in it; it has ${keysOf(value)}. ${isError ? "A vendor's error, as it seems: read it, and fetch the rows again" : 'Save it as an array of rows'}`
      : `${found.length} arrays in it: ${listed(found.map(({ keys }) => keys.join('.')))}. Say which one holds the rows: at: '…'`;
  throw new TickerforestError('FILE_FORMAT', `${name} is an object with ${what}`);
}

/** Rows in a file, and the keys under which they stand. */
interface FoundRows {
  readonly keys: readonly string[];
  readonly list: ArrayLike<unknown>;
}

function otherSymbol(name: string, symbol: string, place: string, wanted: string): TickerforestError {
  return new TickerforestError(
    'NO_BARS',
    `${name} is of ${quoted(symbol)} (${quoted(place)}), not of ${quoted(wanted)}; columns: { symbol: null } takes its rows, whatever it says`,
  );
}

/**
 * Vendors of one symbol a file name it once, beside its rows: `{ "symbol": "AAPL", "historical": [...] }`, or in an object beside them:
 * `{ "Meta Data": { "2. Symbol": "IBM" }, ... }`. What stands nearest to the rows counts: objects beside them may be other series.
 *
 * @returns whether the file names the wanted symbol
 * @throws TickerforestError `NO_BARS` where it names another one
 */
function namesSymbol(file: unknown, { at, columns }: JsonOptions, name: string, wanted: string): boolean {
  if (columns?.symbol === null || !isObject(file)) return false;
  const around = [{ path: '', value: file }];
  for (const key of at?.split('.') ?? []) {
    const { path, value } = around[0];
    const inner = Object.hasOwn(value, key) ? value[key] : undefined;
    if (!isObject(inner)) break;
    around.unshift({ path: `${path}${key}.`, value: inner });
  }
  const beside = around.flatMap(({ path, value }) => Object.entries(value).flatMap(([key, inner]) => symbolsIn(inner, `${path}${key}.`)));
  const said = around.map(({ path, value }) => symbolsIn(value, path)).find((own) => own.length > 0) ?? beside;
  if (said.length === 0) return false;
  if (said.some(({ symbol }) => symbol === wanted)) return true;
  throw otherSymbol(name, said[0].symbol, said[0].place, wanted);
}

function symbolsIn(value: unknown, path: string): { readonly place: string; readonly symbol: string }[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, symbol]) =>
    typeof symbol === 'string' && SYMBOL_KEY.test(key.slice(0, 40)) ? [{ place: `${path}${key}`, symbol }] : [],
  );
}

function valueAt(value: unknown, path: string, place: string): unknown {
  let found = value;
  for (const key of path.split('.')) {
    if (!isObject(found) || !Object.hasOwn(found, key)) {
      const there = isObject(found) ? `there are ${keysOf(found)}` : `it is ${described(found)}`;
      throw new TickerforestError('FILE_FORMAT', `${place}: no ${quoted(key)} (at: ${quoted(path)}); ${there}`);
    }
    found = found[key];
  }
  return found;
}

/** Rows by their time, as Alpha Vantage has them: `{ "2024-01-02": { "1. open": "..." }, ... }`. */
function isByDate(value: unknown): value is Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  if (!isObject(value)) return false;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([key, row]) => /^\d{4}-\d\d-\d\d/.test(key.slice(0, 10)) && isObject(row));
}

function keysOf(value: Readonly<Record<string, unknown>>): string {
  return listed(Object.keys(value));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_KEYS).map((name) => quoted(name, 30));
  return `${shown.join(', ')}${names.length > SHOWN_KEYS ? ` and ${names.length - SHOWN_KEYS} more` : ''}` || 'nothing';
}
