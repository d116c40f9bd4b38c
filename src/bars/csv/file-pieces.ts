import { throwIfAborted } from '../../errors';
import { Turns } from '../../waiting';
import type { Bars } from '../bars';
import { fileBytes, shownPath } from '../file-bytes';
import type { Reading } from '../reading';
import type { Warning } from '../warnings';
import { BATCH, BarRows, type RowRequest } from './bar-rows';
import { inspectCsv } from './inspection';
import type { CsvOptions } from './options';
import { csvRows } from './rows';

/** How many of a file's symbols are told apart in memory. */
const KNOWN_SYMBOLS = 1000;

/** What is read of a file for one symbol. Plain data: it may be sent to another thread, which reads it. */
export interface FileTask {
  /** The file. */
  readonly path: string;
  /** How it is read. */
  readonly options: CsvOptions;
  /** What is asked for. */
  readonly wanted: RowRequest;
}

/** Some bars of one file, in the order of their rows. */
export interface FilePiece {
  /** At most {@link BATCH} bars. */
  readonly bars: Bars;
  /** Line of each of them. */
  readonly lines: Float64Array;
  /** How much of the file has been read, 0 to 1. */
  readonly fraction: number;
  /** How the file was understood. */
  readonly reading: Reading;
  /** What was noticed since the piece before. */
  readonly warnings: readonly Warning[];
}

/** What is known of a file's rows when all have been read. */
export interface FileRows {
  /** How many there are, of all symbols. */
  readonly rows: number;
  /** How many are of the requested symbol. */
  readonly matching: number;
  /** Symbols that were skipped, as far as they can be told apart in bounded memory. */
  readonly others: readonly string[];
}

/**
 * Reads one file for one symbol.
 *
 * @param task - what is read
 * @param signal - ends the reading
 * @yields its bars, in pieces, and at the end how many rows there were
 * @throws TickerforestError `SOURCE_FAILED`, `CSV_FORMAT` and `ABORTED`, as `csvBars` says
 */
export async function* filePieces(
  { path, options, wanted }: FileTask,
  signal: AbortSignal | undefined,
): AsyncGenerator<FilePiece | FileRows> {
  const turns = new Turns();
  const others = new SymbolNames();
  const plan = await inspectCsv(path, options, wanted.symbol, signal);
  const { delimiter, firstLine } = plan.dialect;
  const reader = new BarRows(path, plan, options, wanted, (symbol) => others.add(symbol));
  const piece = (fraction: number, warnings: readonly Warning[]): FilePiece => ({
    ...reader.take(),
    ...{ fraction, reading: reader.reading, warnings },
  });
  for await (const block of csvRows(fileBytes(path, signal), shownPath(path), delimiter)) {
    const { rows, lines } = block;
    // lines before the first one stand at the beginning
    let row = 0;
    while (row < lines.length && lines[row] < firstLine) row++;
    for (; row < rows.length; row++) {
      reader.read(rows[row], lines[row]);
      if (reader.count === BATCH) yield piece(block.fraction, []);
    }
    if (turns.isOver) await turns.giveWay();
    throwIfAborted(signal, `reading ${shownPath(path)}`);
  }
  const warnings = reader.finish();
  if (reader.count > 0 || warnings.length > 0) yield piece(1, warnings);
  yield { rows: reader.rows, matching: reader.matching, others: others.all };
}

/** Symbols, told apart in bounded memory. */
export class SymbolNames {
  readonly #names = new Set<string>();

  /** Those that were added, in their order; one more than are told apart if there are more. */
  get all(): readonly string[] {
    return [...this.#names];
  }

  /** Whether there are more than are told apart. */
  get isFull(): boolean {
    return this.#names.size > KNOWN_SYMBOLS;
  }

  /** @param symbol - as it stands in a row */
  add(symbol: string): void {
    // a copy: a cell is a view of the text around it, which it would keep in memory
    if (!this.isFull) this.#names.add(Buffer.from(symbol.trim().slice(0, 100)).toString());
  }
}
