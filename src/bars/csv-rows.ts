import { StringDecoder } from 'node:string_decoder';
import Papa, { type ParseResult } from 'papaparse';
import { TickerforestError } from '../errors';
import type { FileChunk } from './file-bytes';

/** Some rows of a CSV file, in order. */
export interface CsvRows {
  /** Cells by row, without quotes; blank lines are left out. Rows may have too few or too many cells. */
  readonly rows: readonly (readonly string[])[];
  /** Line of the file, from 1, on which each row begins. */
  readonly lines: readonly number[];
  /** Separator of the columns. */
  readonly delimiter: string;
  /** How much of the file has been read, 0 to 1. */
  readonly fraction: number;
}

const DELIMITERS = [',', ';', '\t', '|'];

/** Characters without a complete row after which a file is taken for something else; a forgotten quote mark is found that way too. */
const LONGEST_ROW = 1 << 24;

/**
 * Cuts a stream of bytes into rows: quotes, quoted line ends, LF and CRLF (mixed, too), a byte order mark, with or without a last line end. The
 * separator is the one of comma, semicolon, tab and bar that the first line has most of. Chunks may end anywhere.
 *
 * @param chunks - the file's bytes, UTF-8
 * @param file - the file's name, for messages
 * @yields rows, the header first, as they become complete
 * @throws TickerforestError `CSV_FORMAT` naming file and line for a quote that is not closed or that text follows; what `chunks` throws, with the
 *   line it got to
 */
export async function* csvRows(chunks: AsyncIterable<FileChunk>, file: string): AsyncGenerator<CsvRows> {
  const decoder = new StringDecoder('utf8');
  let parser: Papa.Parser | undefined;
  let delimiter = ',';
  let rest = '';
  let line = 1;
  let fraction = 0;

  const take = (text: string, last: boolean): CsvRows => {
    if (parser === undefined) {
      delimiter = guessDelimiter(text);
      // lines end with LF for the parser; the CR of a CRLF is taken off the last cell below
      parser = new Papa.Parser({ delimiter, newline: '\n' });
    }
    const result: ParseResult<string[]> = parser.parse(text, 0, !last);
    const quoted = text.includes('"');
    const rows: string[][] = [];
    const lines: number[] = [];
    result.data.forEach((row, index) => {
      const broken = quoted ? result.errors.find((error) => error.row === index) : undefined;
      if (broken !== undefined) throw new TickerforestError('CSV_FORMAT', `${file}, line ${line}: ${broken.message.toLowerCase()}`);
      const end = row[row.length - 1];
      if (end.endsWith('\r')) row[row.length - 1] = end.slice(0, -1);
      if (row.length > 1 || row[0].trim() !== '') {
        rows.push(row);
        lines.push(line);
      }
      line += quoted ? 1 + row.reduce((count, cell) => count + cell.split('\n').length - 1, 0) : 1;
    });
    rest = last ? '' : text.slice(result.meta.cursor);
    return { rows, lines, delimiter, fraction };
  };

  try {
    for await (const chunk of chunks) {
      fraction = chunk.fraction;
      const text = decoder.write(Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset, chunk.bytes.byteLength));
      const first = parser === undefined && rest === '' && text.startsWith('\uFEFF');
      rest += first ? text.slice(1) : text;
      // the parser keeps back a row that is not complete; it is only worth asking when a line has ended
      if (text.includes('\n')) {
        const rows = take(rest, false);
        if (rows.rows.length > 0) yield rows;
      }
      if (rest.length > LONGEST_ROW) {
        throw new TickerforestError(
          'CSV_FORMAT',
          `${file}, line ${line}: no end of the row within ${LONGEST_ROW} characters; is it a CSV file, and is every quote closed?`,
        );
      }
    }
  } catch (error) {
    if (!(error instanceof TickerforestError) || line === 1 || error.message.includes(', line ')) throw error;
    throw new TickerforestError(error.code, `${error.message} (rows could be read up to line ${line - 1})`, { cause: error.cause });
  }
  rest += decoder.end();
  if (rest !== '') {
    const rows = take(rest, true);
    if (rows.rows.length > 0) yield rows;
  }
}

function guessDelimiter(text: string): string {
  const header = text.trimStart().split('\n', 1)[0];
  const count = (delimiter: string) => header.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
