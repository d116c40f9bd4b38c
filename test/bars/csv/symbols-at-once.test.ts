import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { BarRequest, BarSource } from '../../../src/bars/bar-source';
import { BAR_COLUMNS } from '../../../src/bars/bars';
import { csvBars } from '../../../src/bars/csv/source';
import { failure } from '../errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-symbols-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SYMBOLS = Array.from({ length: 40 }, (_, i) => `S${i}`);
const HEADER = 'symbol,date,open,high,low,close,volume';
const day = (n: number) => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10);
const rowOf = (symbol: string, n: number, close: number | string) => `${symbol},${day(n)},${close},${close},${close},${close},${n}`;

/** Everything that a source says of a symbol. */
async function told(source: BarSource, symbol: string, range: Partial<BarRequest> = {}) {
  const rows: unknown[] = [];
  const said: unknown[] = [];
  for await (const batch of source.fetch({ symbol, ...range })) {
    for (let i = 0; i < batch.bars.length; i++) rows.push([...BAR_COLUMNS.map((column) => batch.bars[column][i]), batch.describe?.(i)]);
    said.push(batch.reading, batch.warnings);
  }
  return { rows, said };
}

describe('a file of many symbols', () => {
  const bySymbol = SYMBOLS.flatMap((symbol, s) => Array.from({ length: 300 }, (_, n) => rowOf(symbol, n, 1 + s + n / 1000)));
  const byDay = Array.from({ length: 300 }, (_, n) => SYMBOLS.map((symbol, s) => rowOf(` ${symbol} `, n, 1 + s + n / 1000))).flat();

  it.each([
    ['one symbol after the other', bySymbol],
    ['all symbols of a day together', byDay],
  ])('tells every symbol from one source as a source of its own does: %s', async (_, rows) => {
    for (const packed of [false, true]) {
      const path = join(folder, 'many.csv');
      const text = `${HEADER}\n${rows.join('\n')}\n`;
      writeFileSync(path, packed ? gzipSync(text) : text);
      const source = csvBars(path);
      const together = await Promise.all(SYMBOLS.map((symbol) => told(source, symbol)));
      for (const [s, symbol] of SYMBOLS.entries()) expect(together[s]).toEqual(await told(csvBars(path), symbol));
      const range = { from: Date.UTC(2024, 0, 11), to: Date.UTC(2024, 0, 20) };
      expect(await told(source, 'S7', range)).toEqual(await told(csvBars(path), 'S7', range));
      expect((await told(source, 'S7', range)).rows.length).toBe(10);
      expect((await failure('NO_BARS', () => told(source, 'S99'))).message).toContain('S0');
    }
  });

  it('is not read again for the third symbol, unless it has changed', async () => {
    const path = join(folder, 'kept.csv');
    const write = (close: number) =>
      writeFileSync(path, `${HEADER}\n${['A', 'B', 'C'].map((symbol) => rowOf(symbol, 0, close)).join('\n')}\n`);
    write(1);
    const { atime, mtime } = statSync(path);
    utimesSync(path, atime, mtime);
    const source = csvBars(path);
    const close = async (symbol: string) => (await told(source, symbol)).rows.map((row) => (Array.isArray(row) ? row[4] : undefined));
    expect([await close('A'), await close('B')]).toEqual([[1], [1]]);
    write(2);
    utimesSync(path, atime, mtime);
    expect(await close('C')).toEqual([1]);
    utimesSync(path, atime, new Date(mtime.getTime() + 5000));
    expect([await close('C'), await close('A'), await close('B')]).toEqual([[2], [2], [2]]);
  });

  it("refuses one symbol's rows and serves the others", async () => {
    const path = join(folder, 'bad.csv');
    writeFileSync(
      path,
      `${HEADER}\n${rowOf('A', 0, 1)}\n${rowOf('B', 0, 1)}\n${rowOf('B', 1, 'oops')}\n${rowOf('C', 0, 3)}\nTotal,,,,,,9\n`,
    );
    const source = csvBars(path);
    for (let run = 0; run < 2; run++) {
      expect((await told(source, 'A')).rows.length).toBe(1);
      expect((await failure('CSV_FORMAT', () => told(source, 'B'))).message).toContain("line 4, column 'close': cannot read 'oops'");
      expect((await told(source, 'C')).rows.length).toBe(1);
    }
  });

  it('hears an abort while it reads for all symbols, and begins again for the next', async () => {
    const path = join(folder, 'abort.csv');
    writeFileSync(path, `${HEADER}\n${bySymbol.join('\n')}\n`);
    const source = csvBars(path);
    await told(source, 'S1');
    const abort = new AbortController();
    const waiting = failure('ABORTED', () => told(source, 'S2', { signal: abort.signal }));
    abort.abort();
    await waiting;
    expect((await told(source, 'S3')).rows.length).toBe(300);
    expect((await told(source, 'S4')).rows.length).toBe(300);
  });
});
