import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../src/bars/bars';
import { type FilePiece, type FileRows, type FileTask, filePieces } from '../../src/bars/csv/file-pieces';
import { piecesFromThread } from '../../src/bars/csv/reading-threads';
import { TickerforestError } from '../../src/errors';
import { WORKER } from '../../src/threads/generated/csv-worker';
import { Pool } from '../../src/threads/pool';
import { damage, damaged, dialects, written } from '../bars/csv/dialects';
import { FILE_KINDS } from '../bars/csv/kinds';
import { runs } from '../runs';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-csv-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'any.csv');

let pool: Pool;
beforeAll(() => {
  pool = new Pool(WORKER);
});

const ALL = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** Everything that comes of a reading, in plain values. */
async function outcome(pieces: AsyncIterable<FilePiece | FileRows>) {
  const told: unknown[] = [];
  try {
    for await (const piece of pieces) {
      if (!('bars' in piece)) told.push(piece);
      else {
        const { bars, lines, ...rest } = piece;
        told.push({ ...rest, lines: [...lines], length: bars.length, columns: BAR_COLUMNS.map((column) => [...bars[column]]) });
      }
    }
    return { told, error: undefined };
  } catch (error) {
    if (!(error instanceof TickerforestError)) throw error;
    const { code, message, cause } = error;
    return { told, error: { code, message, cause: cause instanceof Error ? { ...cause, stack: '', message: cause.message } : cause } };
  }
}

/** Reads a file on this thread and in another one; gives what comes of both. */
async function compared(task: Partial<FileTask>) {
  const whole: FileTask = { path, options: {}, wanted: { symbol: 'AAA', ...ALL }, ...task };
  const here = await outcome(filePieces(whole, undefined));
  expect(await outcome(piecesFromThread(pool, whole, undefined))).toEqual(here);
  return here;
}

describe('a file that another thread reads gives the same pieces, reading, warnings, counts and errors, their causes too', () => {
  it('in any dialect', async () => {
    await fc.assert(
      fc.asyncProperty(dialects, fc.boolean(), async (dialect, packed) => {
        const { text } = written(dialect);
        writeFileSync(path, packed ? gzipSync(text, { level: 1 }) : text);
        await compared({});
      }),
      { seed: 20251127, numRuns: runs(60, 1_000) },
    );
  });

  it('if it was damaged on its way', async () => {
    const codes = new Set<string | undefined>();
    await fc.assert(
      fc.asyncProperty(dialects, damage, fc.boolean(), async (dialect, damages, packed) => {
        writeFileSync(path, damaged(dialect, damages, packed));
        codes.add((await compared({})).error?.code);
      }),
      { seed: 20251128, numRuns: runs(100, 1_000) },
    );
    expect(codes).toEqual(new Set([undefined, 'CSV_FORMAT']));
  });

  it.each(FILE_KINDS)('$name', async ({ lines, options, symbol }) => {
    writeFileSync(path, `${lines.join('\r\n')}\r\n`);
    for (const given of [options ?? {}, {}]) await compared({ options: given, wanted: { symbol: symbol ?? 'AAA', ...ALL } });
  });

  it('within a range of time, and of a symbol that is not there', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `S${i % 1200},2024-01-01 ${String(i % 24).padStart(2, '0')}:00,1,2,1,2,${i}`);
    writeFileSync(path, ['symbol,date,open,high,low,close,volume', ...rows].join('\n'));
    const from = Date.UTC(2024, 0, 1, 6);
    await compared({ wanted: { symbol: 'S7', from, to: from + 3_600_000 } });
    const { told } = await compared({ wanted: { symbol: 'none', ...ALL } });
    expect(told).toMatchObject([{ rows: 3000, matching: 0 }]);
  });

  it('if it is none, is no file, or is cut off', async () => {
    const codeOf = async (task: Partial<FileTask>) => (await compared(task)).error;
    expect(await codeOf({ path: join(folder, 'missing.csv') })).toMatchObject({ code: 'SOURCE_FAILED', cause: { code: 'ENOENT' } });
    expect(await codeOf({ path: folder })).toMatchObject({ code: 'SOURCE_FAILED', cause: undefined });
    const lines = Array.from({ length: 20_000 }, (_, i) => `${1_704_067_200 + i * 60},1,1,1,1,${(i * 7919) % 100_003}`);
    const packed = gzipSync(`date,open,high,low,close,volume\n${lines.join('\n')}\n`);
    writeFileSync(path, packed.subarray(0, packed.length >> 1));
    const cut = await codeOf({});
    expect(cut).toMatchObject({ code: 'CSV_FORMAT', cause: { code: 'Z_BUF_ERROR' } });
    expect(cut?.message).toContain('rows could be read up to line');
    for (const content of ['', '{"a":[1]}', '<html>', '\0', 'PK\x03\x04', 'date,open\n1,2\n']) {
      writeFileSync(path, content);
      expect(await codeOf({})).toMatchObject({ code: 'CSV_FORMAT' });
    }
  });
});
