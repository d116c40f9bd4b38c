import { basename } from 'node:path';
import { TickerforestError, throwIfAborted } from '../../errors';
import { checkRequest } from '../../options/collect-table';
import { CSV, paths as filePaths } from '../../options/csv-table';
import { checkArgument, checkOptions } from '../../options/description';
import { quoted } from '../../text';
import { Turns } from '../../waiting';
import type { BarBatch, BarRequest, BarSource } from '../bar-source';
import type { Bars } from '../bars';
import { shownPath } from '../file-bytes';
import type { Reading } from '../reading';
import { timestampReader } from '../timestamps';
import type { Warning } from '../warnings';
import { type FilePiece, SymbolNames } from './file-pieces';
import type { CsvOptions } from './options';
import { piecesOf } from './reading-threads';
import { SymbolsAtOnce, withinRange } from './symbols-at-once';

/** A row's place in the files: index of the file times this, plus the line. */
const LINES = 2 ** 40;

/** How many of a file's symbols a message names. */
const SHOWN_SYMBOLS = 8;

/** One file, and what is kept of it between symbols. */
interface SourceFile {
  readonly path: string;
  readonly symbols: SymbolsAtOnce;
}

interface Piece {
  readonly bars: Bars;
  /** Place of each bar; see {@link LINES}. */
  readonly places: Float64Array;
  readonly fraction: number;
  readonly reading: Reading;
  readonly warnings: readonly Warning[];
}

/**
 * A source of bars from CSV files, plain or packed with gzip, read in pieces, in the order of their rows.
 * How a file is written (delimiter, decimal mark, header, columns, dates, unit of numbers of time) is decided once, from its first rows and, where these
 * leave a question open, from later ones; it is held against every row, and told as {@link Reading}. {@link describeCsv} shows it. Where two readings are
 * possible, the file is refused with both, and an option says which. In a file with a symbol column, rows of other symbols than the requested one
 * (compared as written, but for blanks around it) are skipped; a file without one serves any symbol, unless another column shows that there are several
 * series in it. Empty cells become NaN, for validation to judge.
 *
 * A file of many symbols is read twice for all of them, by one source: for the first, and for all others at once, whose bars it keeps (up to four million).
 *
 * A file of 4 MB or more, as it lies on disk, is read by a worker thread, at most two batches ahead; `threads: 0` in the request, or in the options of the run, leaves it
 * to the calling thread. The batches are the same.
 *
 * Reading throws a TickerforestError: `SOURCE_FAILED` for a file that cannot be read or is no plain file, `CSV_FORMAT` naming file, line, column and
 * value for one that is not such a CSV file, can be read in two ways or is cut off, `NO_BARS` for a symbol that is not there or files without a row,
 * `WORKER_FAILED`, `ABORTED`.
 *
 * @param paths - one file, or several that continue each other
 * @param given - see {@link CsvOptions}
 * @returns the source; nothing is opened before bars are fetched
 * @throws TickerforestError `INVALID_OPTION` naming the path or option and its value
 * @example
 * ```ts
 * const source = csvBars('aapl-1min.csv.gz', { timeZone: 'America/New_York' }); // for times without an offset
 * const german = csvBars('kurse.csv', { columns: { timestamp: 'Zeit', close: 'Schluss', volume: null } });
 * ```
 */
export function csvBars(paths: string | readonly string[], given: CsvOptions = {}): BarSource {
  const files = checkArgument(paths, filePaths, 'paths', 'csvBars');
  const options = checkOptions(given, CSV, 'csvBars');
  timestampReader(options); // refuses an unknown time zone here, not at the first row
  const opened = files.map((path): SourceFile => ({ path, symbols: new SymbolsAtOnce(path, options) }));
  return { answersInFull: true, fetch: (request) => batchesOf(opened, options, checkRequest(request)) };
}

async function* batchesOf(files: readonly SourceFile[], options: CsvOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  let batch = 0;
  for await (const { places, ...piece } of readPieces(files, options, request)) {
    batch++;
    yield { ...piece, batch, describe: (index) => describePlace(files, places[index]) };
  }
}

function describePlace(files: readonly SourceFile[], place: number): string {
  return `${shownPath(basename(files[Math.floor(place / LINES)].path))}, line ${place % LINES}`;
}

/** All files' bars in the order of their rows, cut into pieces of at most {@link BATCH}. */
async function* readPieces(files: readonly SourceFile[], options: CsvOptions, request: BarRequest): AsyncGenerator<Piece> {
  const { signal, threads } = request;
  const others = new SymbolNames();
  const turns = new Turns();
  const wanted = {
    symbol: request.symbol.trim(),
    from: request.from ?? Number.NEGATIVE_INFINITY,
    to: request.to ?? Number.POSITIVE_INFINITY,
  };
  let rows = 0;
  let matching = 0;
  for (const [index, { path, symbols }] of files.entries()) {
    const placed = ({ lines, fraction, ...piece }: FilePiece): Piece => {
      if (index > 0) for (let i = 0; i < lines.length; i++) lines[i] += index * LINES;
      return { ...piece, places: lines, fraction: (index + fraction) / files.length };
    };
    const kept = await symbols.get(wanted.symbol, signal);
    if (kept !== undefined) {
      const { pieces, reading } = kept;
      for (const [number, piece] of pieces.entries()) {
        const part = withinRange(piece, wanted.from, wanted.to);
        const warnings = number === 0 ? kept.warnings : [];
        if (part.bars.length > 0 || warnings.length > 0)
          yield placed({ ...part, fraction: (number + 1) / pieces.length, reading, warnings });
        if (turns.isOver) await turns.giveWay();
        throwIfAborted(signal, `reading ${shownPath(path)}`);
      }
      matching++;
      rows++;
      continue;
    }
    for await (const read of piecesOf({ path, options, wanted }, threads, signal)) {
      if ('bars' in read) {
        yield placed(read);
        continue;
      }
      for (const symbol of read.others) others.add(symbol);
      rows += read.rows;
      matching += read.matching;
    }
  }
  const names =
    files
      .slice(0, 3)
      .map(({ path }) => shownPath(path))
      .join(', ') + (files.length > 3 ? ` and ${files.length - 3} more` : '');
  if (rows === 0) throw new TickerforestError('NO_BARS', `${names}: only the line of column names, no row of bars`);
  if (matching === 0)
    throw new TickerforestError('NO_BARS', `${names}: no row of symbol ${quoted(request.symbol)}; there are ${listed(others)}`);
}

/** A few names, and how many there are. */
function listed(symbols: SymbolNames): string {
  const names = symbols.all;
  const shown = names.slice(0, SHOWN_SYMBOLS).map((name) => (/^[\w.^=/-]{1,60}$/.test(name) ? name : quoted(name)));
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${symbols.isFull ? 'over ' : ''}${more} more` : ''}`;
}
