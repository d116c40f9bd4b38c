import { TickerforestError } from '../../errors';
import { DESCRIBE_CSV } from '../../options/csv-table';
import { checkArgument, checkOptions } from '../../options/description';
import { path as filePath } from '../../options/store-tables';
import { shownPath } from '../file-bytes';
import type { Reading } from '../reading';
import type { Warning } from '../warnings';
import { BarRows } from './bar-rows';
import { columnsOf, decideFileTimes, decideMark, gatherEvidence, inspectCsv, readHead } from './inspection';
import type { CsvOptions } from './options';

/** A column of a file, and what it was taken for. */
export interface CsvColumnDescription {
  /** Position, from 1. */
  readonly position: number;
  /** Name, as the file has it; empty in a file without a header line. */
  readonly name: string;
  /** What it was taken for; null: nothing. */
  readonly field: 'timestamp' | 'time' | 'open' | 'high' | 'low' | 'close' | 'adjustedClose' | 'volume' | 'symbol' | null;
  /** First cells of the column, as they stand, cut at 60 characters. */
  readonly sample: readonly string[];
}

/** A bar at the beginning of a file, as it is read. */
export interface CsvBarDescription {
  /** Line of the file, from 1. */
  readonly line: number;
  /** ISO 8601, UTC; null for a cell without a time. */
  readonly time: string | null;
  /** Open as it is served, adjusted if the reading says so; NaN for an empty cell, as in the others. */
  readonly open: number;
  /** High as it is served. */
  readonly high: number;
  /** Low as it is served. */
  readonly low: number;
  /** Close as it is served. */
  readonly close: number;
  /** Volume as it is served. */
  readonly volume: number;
}

/** Why a file cannot be read as it is, or not surely. */
export interface CsvDoubt {
  /** The option that decides; null: none does, the file must be mended. */
  readonly option: keyof CsvOptions | null;
  /** One sentence, as the error of {@link csvBars} has it. */
  readonly message: string;
}

/** What {@link csvBars} makes of a file, for people and for programs. */
export interface CsvDescription {
  /** How the file was understood; null if it cannot be read without an option. */
  readonly reading: Reading | null;
  /** The file's columns, left to right; empty if not even they could be found. */
  readonly columns: readonly CsvColumnDescription[];
  /** Up to five bars, from the beginning of the file; empty if it cannot be read. */
  readonly firstBars: readonly CsvBarDescription[];
  /** Symbols among the first rows, up to 20; empty in a file without a symbol column. */
  readonly symbols: readonly string[];
  /** What must be said or mended before the file can be read; empty if nothing. */
  readonly doubts: readonly CsvDoubt[];
  /** What was noticed among the first rows. */
  readonly warnings: readonly Warning[];
}

/** Options of {@link describeCsv}. */
export interface DescribeCsvOptions extends CsvOptions {
  /** The symbol whose bars are wanted. Default: the first one there is. */
  readonly symbol?: string | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

const BARS = 5;
const CELLS = 3;
const SHOWN = 60;
const SYMBOLS = 20;

/**
 * Shows what {@link csvBars} makes of a file: the reading, the columns, the first bars, and what is in doubt, with the option that decides. Looks at the
 * beginning of the file and, where that leaves a question open, at as much of the rest as it takes.
 *
 * @param path - path of the file
 * @param given - as for {@link csvBars}; `symbol` is the one whose bars are wanted, by default the first one there is; `signal` ends the reading
 * @returns the description; a file that cannot be read, or can be read in two ways, is described so and not thrown
 * @throws TickerforestError `SOURCE_FAILED` for a file that cannot be opened, `INVALID_OPTION` naming the option and its value, `ABORTED`
 * @example
 * ```ts
 * const { columns, doubts } = await describeCsv('kurse.csv');
 * console.log(columns, doubts); // what each column was taken for, and which option decides what is in doubt
 * ```
 */
export async function describeCsv(path: string, given: DescribeCsvOptions = {}): Promise<CsvDescription> {
  checkArgument(path, filePath, 'path', 'describeCsv');
  const options = checkOptions(given, DESCRIBE_CSV, 'describeCsv');
  const file = shownPath(path);
  const doubts: CsvDoubt[] = [];
  /** Runs a step of the reading; what it refuses is a doubt. */
  const attempt = async <T>(option: CsvDoubt['option'], step: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof TickerforestError) || (error.code !== 'CSV_FORMAT' && error.code !== 'NO_BARS')) throw error;
      if (!doubts.some(({ message }) => message === error.message)) doubts.push({ option, message: error.message });
      return undefined;
    }
  };
  const none: CsvDescription = { reading: null, columns: [], firstBars: [], symbols: [], doubts, warnings: [] };

  const head = await attempt('columns', () => readHead(path, options, options.signal));
  if (head === undefined) return none;
  const { names, symbols: sideBySide } = head.dialect.header;
  const { rows, lines } = head.rows;
  const sample = (column: number) => rows.slice(0, CELLS).map((row) => (row[column] ?? '').slice(0, SHOWN));
  const plain = names.map(
    (name, index): CsvColumnDescription => ({ position: index + 1, name: name.slice(0, 200), field: null, sample: sample(index) }),
  );
  const wanted = options.symbol ?? sideBySide?.[1]?.trim() ?? '';
  const named = await attempt('columns', () => columnsOf(head, options, file, wanted));
  const symbols = symbolsOf(sideBySide?.slice(1) ?? (named?.symbol === undefined ? [] : rows.map((row) => row[named.symbol ?? 0] ?? '')));
  if (named === undefined) return { ...none, columns: plain, symbols };

  const evidence = await gatherEvidence(path, head, named, options, options.signal);
  await attempt('decimalMark', () => decideMark(evidence.marks, options, file));
  const needsOrder = evidence.order.isNeeded && evidence.order.order === undefined;
  await attempt(needsOrder ? 'dateOrder' : 'epochUnit', () => decideFileTimes(head, named, evidence.order, options, file));
  const symbol = options.symbol ?? symbols[0] ?? '';
  const plan = doubts.length > 0 ? undefined : await attempt('columns', () => inspectCsv(path, options, symbol, options.signal));
  const { timestamp, time, open, high, low, close, adjustedClose } = named;
  const fields = {
    timestamp,
    time,
    open,
    high,
    low,
    close,
    adjustedClose,
    volume: plan?.volume.column ?? named.volumes[0],
    symbol: named.symbol,
  };
  const columns = plain.map((column, index) => ({ ...column, field: fieldAt(fields, index) }));
  if (plan === undefined) return { ...none, columns, symbols };

  const reader = new BarRows(path, plan, options, { symbol, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, () => {});
  await attempt(null, () => {
    for (let i = 0; i < rows.length; i++) reader.read(rows[i], lines[i]);
  });
  const warnings = [...plan.volume.warnings];
  const { bars, lines: places } = reader.take();
  const firstBars = Array.from({ length: Math.min(BARS, bars.length) }, (_, i): CsvBarDescription => {
    const timestamp = bars.timestamp[i];
    return {
      line: places[i],
      time: Number.isNaN(timestamp) ? null : new Date(timestamp).toISOString(),
      open: bars.open[i],
      high: bars.high[i],
      low: bars.low[i],
      close: bars.close[i],
      volume: bars.volume[i],
    };
  });
  return { reading: doubts.length > 0 ? null : reader.reading, columns, firstBars, symbols, doubts, warnings };
}

function symbolsOf(cells: readonly string[]): readonly string[] {
  const names = new Set(cells.map((cell) => cell.trim().slice(0, SHOWN)).filter((name) => name !== ''));
  return [...names].slice(0, SYMBOLS);
}

function fieldAt(
  fields: Readonly<Record<Exclude<CsvColumnDescription['field'], null>, number | undefined>>,
  index: number,
): CsvColumnDescription['field'] {
  if (fields.timestamp === index) return 'timestamp';
  if (fields.time === index) return 'time';
  if (fields.open === index) return 'open';
  if (fields.high === index) return 'high';
  if (fields.low === index) return 'low';
  if (fields.close === index) return 'close';
  if (fields.adjustedClose === index) return 'adjustedClose';
  if (fields.volume === index) return 'volume';
  return fields.symbol === index ? 'symbol' : null;
}
