import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { BarBatch } from '../../../src/bars/bar-source';
import { describeCsv } from '../../../src/bars/csv/describe';
import { readNumber } from '../../../src/bars/csv/numbers';
import { csvBars } from '../../../src/bars/csv/source';
import { TickerforestError } from '../../../src/errors';
import { processorTime } from '../../processor-time';
import { failure } from '../errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = 'date,open,high,low,close,volume';
let files = 0;
function written(content: string | Uint8Array): string {
  const path = join(folder, `${++files}.csv`);
  writeFileSync(path, content);
  return path;
}

async function batches(path: string, symbol = 'AAA', signal?: AbortSignal): Promise<BarBatch[]> {
  const all: BarBatch[] = [];
  for await (const batch of csvBars(path).fetch({ symbol, ...(signal && { signal }) })) all.push(batch);
  return all;
}

describe('hostile files', () => {
  it('takes time in proportion to the length of a cell, and shows little of it', async () => {
    for (const cell of [
      `${'1'.repeat(80_000)}x`,
      `${'1,'.repeat(40_000)}x`,
      `${' '.repeat(80_000)}1`,
      `-${' '.repeat(80_000)}1x`,
      `${'1 '.repeat(40_000)}x`,
      '9'.repeat(80_000),
      `${'-'.repeat(80_000)}x`,
    ]) {
      const time = await processorTime(async () => {
        expect(readNumber(cell, '.')).toBe('unreadable');
        expect(readNumber(cell, ',')).toBe('unreadable');
        for (const row of [`2024-01-03,1,1,1,"${cell}",1`, `"${cell}",1,1,1,1,1`, `2024-01-03,1,1,1,1,1,"${cell}"`]) {
          const { message } = await failure('CSV_FORMAT', () => batches(written(`${HEADER}\n2024-01-02,1,1,1,1,1\n${row}\n`)));
          expect(message.length).toBeLessThan(500);
        }
      });
      expect(time).toBeLessThan(2000);
    }
  });

  it('keeps a few of very many symbols, cut and escaped', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `${i}\u202e${'x'.repeat(200)},2024-01-02,1,1,1,1,1`);
    const { message } = await failure('NO_BARS', () => batches(written(`symbol,${HEADER}\n${rows.join('\n')}\n`), 'y'.repeat(64)));
    expect(message.length).toBeLessThan(1200);
    expect(message).toMatch(/and over 99\d more/);
    expect(message).not.toContain('\u202e');
  });

  it('hears an abort while it reads megabytes of blank lines', async () => {
    const path = written(`${HEADER}\n${'\n'.repeat(30_000_000)}2024-01-02,1,1,1,1,1\n`);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    expect(await processorTime(() => failure('ABORTED', () => batches(path, 'AAA', abort.signal)))).toBeLessThan(1000);
    expect((await batches(path)).map(({ bars }) => bars.length)).toEqual([1]);
  });

  it('finds bars behind megabytes of blank lines, and counts their lines', async () => {
    const path = written(`${'\n'.repeat(300_000)}${HEADER}\n2024-01-02,1,1,1,1,1\n`);
    const [batch] = await batches(path);
    expect(batch.describe?.(0)).toBe(`${files}.csv, line 300002`);
  });

  it('refuses a header of very many columns, and lines without an end, in few words', async () => {
    const wide = await failure('CSV_FORMAT', () =>
      batches(written(`${Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(',')}\n1,2,3\n`)),
    );
    expect(wide.message.length).toBeLessThan(600);
    const endless = await failure('CSV_FORMAT', () => batches(written('x'.repeat(5_000_000))));
    expect(endless.message.length).toBeLessThan(600);
    const quote = await failure('CSV_FORMAT', () =>
      batches(written(`${HEADER}\n2024-01-02,"1,1,1,1,1\n${'2024-01-03,1,1,1,1,1\n'.repeat(100_000)}`)),
    );
    expect(quote.message).toContain('line 2');
  });

  it('property: any text is read or refused with a code, described without being thrown, and quoted in few words', async () => {
    const piece = fc.constantFrom(
      ...[
        ',',
        ';',
        '\t',
        '|',
        ' ',
        '\n',
        '\r\n',
        '"',
        '#',
        'sep=;',
        HEADER,
        'symbol,',
        '2024-01-02',
        '03/04/2024',
        '1704205800',
        '1.5',
        '0,25',
        '2,447',
      ],
      ...[
        '-',
        'null',
        'AAA',
        'Date',
        'Price,Close,High,Low,Open,Volume',
        'Ticker,AAA,AAA,AAA,AAA,AAA',
        '\uFEFF',
        '\u0000',
        'é',
        '1e400',
        '0x10',
        '-1',
      ],
      ...['2024-01-02,1,2,0.5,1.5,100\n', '\n2024-01-03,1,2,0.5,1.5,100', '01.02.2024;1,5;2,5;0,5;1,5;100\n', 'Total,,,,,9\n'],
    );
    const text = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (content, packed) => {
        const path = join(folder, 'any.csv');
        writeFileSync(path, packed ? gzipSync(content) : content);
        try {
          await batches(path);
        } catch (error) {
          if (!(error instanceof TickerforestError)) throw error;
          expect(['CSV_FORMAT', 'NO_BARS']).toContain(error.code);
          expect(error.message.length).toBeLessThan(1500);
        }
        const { doubts, firstBars, reading } = await describeCsv(path, { symbol: 'AAA' });
        expect(doubts.length > 0 || reading !== null).toBe(true);
        expect(firstBars.length).toBeLessThanOrEqual(5);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
