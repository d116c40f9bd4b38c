import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRows } from '../../../src/bars/csv/rows';
import type { FileChunk } from '../../../src/bars/file-bytes';
import { failure } from '../errors';

/** The text's bytes, cut at the given places. */
async function* chunked(text: string, cuts: readonly number[]): AsyncGenerator<FileChunk> {
  const bytes = new TextEncoder().encode(text);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  for (let i = 1; i < places.length; i++) yield { bytes: bytes.subarray(places[i - 1], places[i]), fraction: places[i] / bytes.length };
}

/** All rows as [line, ...cells]. */
async function read(text: string, cuts: readonly number[] = [], delimiter = ','): Promise<(string | number)[][]> {
  const all: (string | number)[][] = [];
  for await (const { rows, lines } of csvRows(chunked(text, cuts), 'x.csv', delimiter))
    all.push(...rows.map((row, i) => [lines[i], ...row]));
  return all;
}

const MIXED =
  '\uFEFFdate,name,close\r\n2024-01-02,"Bücher, Inc.",1\n\n2024-01-03,"two\r\nlines ""quoted""",2\r\n   \n2024-01-04,"€",3\r\n\r\n';

/** As the old Macintosh wrote lines, and spreadsheets still do ('CSV (Macintosh)'). */
const CR_ONLY = '\uFEFFdate,name,close\r2024-01-02,"Bücher, Inc.",1\r\r2024-01-03,"two\rlines",2\r';

describe('csvRows', () => {
  it('reads quotes, both line ends, a byte order mark and blank lines, and numbers the lines', async () => {
    expect(await read(MIXED)).toEqual([
      [1, 'date', 'name', 'close'],
      [2, '2024-01-02', 'Bücher, Inc.', '1'],
      [4, '2024-01-03', 'two\r\nlines "quoted"', '2'],
      [7, '2024-01-04', '€', '3'],
    ]);
  });

  it('reads lines that end with CR alone, quoted ones, too', async () => {
    expect(await read(CR_ONLY)).toEqual([
      [1, 'date', 'name', 'close'],
      [2, '2024-01-02', 'Bücher, Inc.', '1'],
      [4, '2024-01-03', 'two\nlines', '2'],
    ]);
  });

  it('property: any cutting of the bytes gives the same rows', async () => {
    for (const text of [MIXED, CR_ONLY, 'a,b\n1,2', '"a","b"\r\n"1","2"\r\n"3","4"', '\n\na,b\n1,2\n']) {
      const whole = await read(text);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 30 }), async (cuts) => {
          expect(await read(text, cuts)).toEqual(whole);
        }),
        { seed: 1, numRuns: 200 },
      );
      const everyByte = Array.from({ length: 200 }, (_, i) => i);
      expect(await read(text, everyByte)).toEqual(whole);
    }
  });

  it('property: rows of any cells come back as they were written', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r\n', ' ', 'é', '€') });
    const table = fc.array(fc.tuple(cell, cell, fc.constantFrom('x', 'y')), { minLength: 1, maxLength: 20 });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(1000)), async (rows, end, cuts) => {
        const text = `p,q,r${end}${rows.map((row) => row.map(quote).join(',') + end).join('')}`;
        const got = await read(text, cuts);
        expect(got.slice(1).map((row) => row.slice(1))).toEqual(rows);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('keeps rows that are too short or too long as they are', async () => {
    expect(await read('a,b,c\n1,2\n1,2,3,4\n5,6,7\n8')).toEqual([
      [1, 'a', 'b', 'c'],
      [2, '1', '2'],
      [3, '1', '2', '3', '4'],
      [4, '5', '6', '7'],
      [5, '8'],
    ]);
  });

  it('takes runs of blanks for one separator, where it is told to', async () => {
    expect(await read('  a \t b\n1   2 \n\n 3\t4', [], ' ')).toEqual([
      [1, 'a', 'b'],
      [2, '1', '2'],
      [4, '3', '4'],
    ]);
  });

  it('counts megabytes of blank lines, and gives a turn to whoever waits', async () => {
    async function* blank(): AsyncGenerator<FileChunk> {
      for (let i = 0; i < 320; i++) yield { bytes: new Uint8Array(1 << 16).fill(10), fraction: 0 };
      yield { bytes: new TextEncoder().encode('a,b\n'), fraction: 1 };
    }
    let turns = 0;
    const found: number[] = [];
    for await (const { lines } of csvRows(blank(), 'x.csv', ',')) {
      turns++;
      found.push(...lines);
    }
    expect(found).toEqual([320 * (1 << 16) + 1]);
    expect(turns).toBeGreaterThan(320);
  });

  it('names the line of a quote that is not closed, or that text follows', async () => {
    expect((await failure('CSV_FORMAT', () => read('a,b\n1,2\n3,"4\n5,6\n'))).message).toContain('x.csv, line 3');
    expect((await failure('CSV_FORMAT', () => read('a,b\n1,2\n\n3,"4" 5\n5,6\n'))).message).toContain('x.csv, line 4');
  });

  it('gives up on a file without line ends instead of reading all of it', async () => {
    async function* endless(): AsyncGenerator<FileChunk> {
      for (;;) yield { bytes: new Uint8Array(1 << 22).fill(65), fraction: 0 };
    }
    const error = await failure('CSV_FORMAT', async () => {
      for await (const _ of csvRows(endless(), 'x.bin', ','));
    });
    expect(error.message).toContain('x.bin, line 1');
  });
});
