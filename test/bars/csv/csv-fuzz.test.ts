import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../../src/bars/bars';
import { type CollectedBars, collectBars } from '../../../src/bars/collect-bars';
import { readNumber } from '../../../src/bars/csv/numbers';
import { csvBars } from '../../../src/bars/csv/source';
import { timestampReader } from '../../../src/bars/timestamps';
import { TickerforestError } from '../../../src/errors';
import { processorTime } from '../../processor-time';
import { runs } from '../../runs';
import { counted } from '../counted';
import { damage, damaged, dialects, written } from './dialects';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-csv-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PATH = join(folder, 'any.csv');

/** What comes of a file: bars, or a refusal with a code. */
async function read(content: string | Uint8Array): Promise<CollectedBars | TickerforestError> {
  writeFileSync(PATH, content);
  try {
    return await collectBars(csvBars(PATH), { symbol: 'AAA' }, { badBars: 'drop' });
  } catch (error) {
    if (!(error instanceof TickerforestError)) throw error;
    expect(['CSV_FORMAT', 'NO_BARS', 'INVALID_BARS', 'TOO_FEW_BARS']).toContain(error.code);
    expect(error.message.length).toBeLessThan(2_000);
    return error;
  }
}

describe('fuzz: files and cells', () => {
  it('a file in any dialect is read right, or refused; never read wrong', async () => {
    let right = 0;
    await fc.assert(
      fc.asyncProperty(dialects, async (dialect) => {
        const { text, rows } = written(dialect);
        const result = await read(text);
        if (result instanceof TickerforestError) return;
        right++;
        const { bars } = result;
        const got = Array.from(bars.timestamp, (_, i) => BAR_COLUMNS.map((column) => bars[column][i]));
        expect(got).toEqual(rows);
      }),
      { seed: 20241129, numRuns: runs(250, 5_000) },
    );
    expect(right).toBeGreaterThan(0.7 * runs(250, 5_000));
  });

  it('a file that was damaged on its way is read or refused with a code, in under a second, and every bar is counted', async () => {
    await fc.assert(
      fc.asyncProperty(dialects, damage, fc.boolean(), async (dialect, damages, packed) => {
        const file = damaged(dialect, damages, packed);
        const time = await processorTime(async () => {
          const result = await read(file);
          if (!(result instanceof TickerforestError)) expect(counted(result)).toBe(result.offered);
        });
        expect(time).toBeLessThan(1_000);
      }),
      { seed: 20241130, numRuns: runs(250, 5_000) },
    );
  });

  it('a cell is a number, no number, or unreadable, and never takes long', async () => {
    const parts = fc.constantFrom(
      ...[
        '1',
        '23',
        '456',
        '0',
        '.',
        ',',
        '-',
        '+',
        'e',
        'E5',
        'K',
        'M',
        ' ',
        '\u00a0',
        '$',
        '€',
        '%',
        '(',
        ')',
        "'",
        '_',
        '0x',
        'NaN',
        'null',
        'x',
        '/',
        ':',
        'T',
        'Z',
        'Jan',
        'PM',
      ],
    );
    const cell = fc.oneof(
      fc.array(parts, { maxLength: 14 }).map((all) => all.join('')),
      fc.string({ maxLength: 40, unit: 'grapheme' }),
      fc.double().map(String),
      fc.tuple(parts, fc.integer({ min: 1, max: 100_000 })).map(([part, times]) => part.repeat(times)),
    );
    const readers = [
      timestampReader(),
      timestampReader({ dateOrder: 'dmy' }),
      timestampReader({ dateOrder: 'mdy', timeZone: 'America/New_York' }),
    ];
    const time = await processorTime(async () => {
      fc.assert(
        fc.property(cell, (text) => {
          for (const mark of ['.', ','] as const) {
            const value = readNumber(text, mark);
            expect(value === 'unreadable' || typeof value === 'number').toBe(true);
            // what JavaScript reads as a plain number is that number
            if (mark === '.' && /^-?\d+(?:\.\d+)?$/.test(text) && text.length <= 20) expect(value).toBe(Number(text));
          }
          for (const reader of readers) {
            const timestamp = reader(text);
            expect(Number.isNaN(timestamp) || Math.abs(timestamp) <= 8.64e15).toBe(true);
          }
        }),
        { seed: 20241201, numRuns: runs(2_000, 10_000) },
      );
    });
    expect(time).toBeLessThan(runs(2_000, 10_000) * 5);
  });
});
