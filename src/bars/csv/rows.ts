import type Papa from 'papaparse';
import { TickerforestError } from '../../errors';
import type { FileChunk } from '../file-bytes';
import { TextStream } from './text-stream';

/** Some rows of a CSV file, in order. */
export interface CsvRows {
  /** Cells by row, without quotes; blank lines are left out. Rows may have too few or too many cells. */
  readonly rows: readonly (readonly string[])[];
  /** Line of the file, from 1, on which each row begins. */
  readonly lines: readonly number[];
  /** How much of the file has been read, 0 to 1. */
  readonly fraction: number;
}

/** What cuts lines into cells: papaparse. */
export type CsvParser = typeof Papa;

/** @returns papaparse, loaded by the first file that is read, not by everyone who imports this package */
export async function loadParser(): Promise<CsvParser> {
  return (await import('papaparse')).default;
}

/** Characters without a complete row after which a file is taken for something else; a forgotten quote mark is found that way too. */
const LONGEST_ROW = 1 << 20;

/**
 * Cuts a stream of bytes into rows: quotes, quoted line ends, LF and CRLF (mixed, too), with or without a last line end. Chunks may end anywhere.
 *
 * @param chunks - the file's bytes
 * @param file - the file's name, for messages
 * @param delimiter - what separates the columns; ' ' stands for any run of blanks and tabs
 * @yields rows as they become complete; none of them for a chunk of blank lines, so that whoever waits gets a turn
 * @throws TickerforestError `CSV_FORMAT` naming file and line for a quote that is not closed or that text follows; what `chunks` throws, with the
 *   line it got to
 */
export async function* csvRows(chunks: AsyncIterable<FileChunk>, file: string, delimiter: string): AsyncGenerator<CsvRows> {
  const text = new TextStream(file);
  const cutter = new RowCutter(await loadParser(), file, delimiter);
  let fraction = 0;
  try {
    for await (const chunk of chunks) {
      fraction = chunk.fraction;
      yield { ...cutter.write(text.write(chunk.bytes), false), fraction };
    }
  } catch (error) {
    if (!(error instanceof TickerforestError) || cutter.line === 1 || error.code === 'ABORTED' || error.message.includes(', line '))
      throw error;
    throw new TickerforestError(error.code, `${error.message} (rows could be read up to line ${cutter.line - 1})`, { cause: error.cause });
  }
  yield { ...cutter.write(text.end(), true), fraction };
}

/** Cuts text into rows, whatever pieces it comes in. */
export class RowCutter {
  /** Line of the file, from 1, that the next row begins on. */
  line: number;
  readonly #file: string;
  readonly #parser: Papa.Parser;
  readonly #blanks: boolean;
  #rest = '';

  /**
   * @param parser - see {@link loadParser}
   * @param file - the file's name, for messages
   * @param delimiter - what separates the columns
   * @param line - line of the file that the text begins on
   */
  constructor(parser: CsvParser, file: string, delimiter: string, line = 1) {
    this.line = line;
    this.#file = file;
    this.#blanks = delimiter === ' ';
    // lines end with LF for the parser; the CR of a CRLF is taken off the last cell below
    this.#parser = new parser.Parser({ delimiter, newline: '\n' });
  }

  /**
   * @param more - the text that follows
   * @param last - whether it is the end, so that a row without a line end is complete
   * @returns the rows that have become complete
   */
  write(more: string, last: boolean): Pick<CsvRows, 'rows' | 'lines'> {
    const text = this.#rest + more;
    // the parser keeps back a row that is not complete; it is only worth asking when a line has ended
    if (text === '' || (!last && !more.includes('\n'))) return this.#keep(text);
    // megabytes of blank lines are no rows to parse
    if (!/\S/.test(text)) {
      this.line += countLineEnds(text);
      return this.#keep('');
    }
    const flat = this.#blanks ? text.replace(/[ \t]+/g, ' ') : text;
    const result: Papa.ParseResult<string[]> = this.#parser.parse(flat, 0, !last);
    const taken = this.#take(result, flat.includes('"'));
    this.#rest = last ? '' : flat.slice(result.meta.cursor);
    this.#keep(this.#rest);
    return taken;
  }

  #take(result: Papa.ParseResult<string[]>, quoted: boolean): Pick<CsvRows, 'rows' | 'lines'> {
    const rows: string[][] = [];
    const lines: number[] = [];
    result.data.forEach((row, index) => {
      const broken = quoted ? result.errors.find((error) => error.row === index) : undefined;
      if (broken !== undefined) {
        throw new TickerforestError('CSV_FORMAT', `${this.#file}, line ${this.line}: ${broken.message.toLowerCase()}`);
      }
      const end = row[row.length - 1];
      if (end.endsWith('\r')) row[row.length - 1] = end.slice(0, -1);
      if (this.#blanks) trimEnds(row);
      if (row.length > 1 || row[0].trim() !== '') {
        rows.push(row);
        lines.push(this.line);
      }
      this.line += quoted ? 1 + row.reduce((count, cell) => count + countLineEnds(cell), 0) : 1;
    });
    return { rows, lines };
  }

  #keep(rest: string): Pick<CsvRows, 'rows' | 'lines'> {
    this.#rest = rest;
    if (rest.length > LONGEST_ROW) {
      throw new TickerforestError(
        'CSV_FORMAT',
        `${this.#file}, line ${this.line}: no end of the row within ${LONGEST_ROW} characters; is it a CSV file, and is every quote closed?`,
      );
    }
    return { rows: [], lines: [] };
  }
}

/** Blanks at the beginning and the end of a line separate nothing. */
function trimEnds(row: string[]): void {
  if (row.length > 1 && row[0] === '') row.shift();
  if (row.length > 1 && row[row.length - 1] === '') row.pop();
}

/**
 * @param text - any text
 * @returns how many lines end in it
 */
export function countLineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
