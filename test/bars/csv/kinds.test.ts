import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../../src/bars/bars';
import { csvBars } from '../../../src/bars/csv/source';
import type { Warning } from '../../../src/bars/warnings';
import { FILE_KINDS, type FileKind } from './kinds';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-kinds-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The line that reads a kind of file, as the docs have it. */
function lineOf({ options }: FileKind): string {
  const said = options === undefined ? '' : `, ${inspect(options, { breakLength: Number.POSITIVE_INFINITY, depth: 9 })}`;
  return `csvBars(path${said})`;
}

async function read(kind: FileKind, lineEnd: string) {
  const path = join(folder, 'kind.csv');
  writeFileSync(path, kind.lines.join(lineEnd) + lineEnd);
  const bars: number[][] = [];
  const warnings: Warning[] = [];
  for await (const batch of csvBars(path, kind.options).fetch({ symbol: kind.symbol ?? 'AAA' })) {
    for (let i = 0; i < batch.bars.length; i++) bars.push(BAR_COLUMNS.map((column) => batch.bars[column][i]));
    warnings.push(...(batch.warnings ?? []));
  }
  return { bars, warnings };
}

const rounded = (bar: readonly number[] | undefined) => bar?.map((value) => Number(value.toPrecision(14)));
const expected = ([time, ...numbers]: FileKind['first']) => [
  time === 'NaN' ? Number.NaN : Date.parse(time.includes('T') ? `${time}Z` : time),
  ...numbers,
];

describe('kinds of files, each read by the line that docs/files.md gives for it', () => {
  it('are at least thirty, and no name stands twice', () => {
    expect(new Set(FILE_KINDS.map(({ name }) => name)).size).toBe(FILE_KINDS.length);
    expect(FILE_KINDS.length).toBeGreaterThanOrEqual(30);
  });

  it.each(FILE_KINDS)('$name', async (kind) => {
    for (const lineEnd of ['\n', '\r\n']) {
      const { bars, warnings } = await read(kind, lineEnd);
      expect(rounded(bars[0])).toEqual(expected(kind.first));
      expect(rounded(bars.at(-1))).toEqual(expected(kind.last));
      expect(bars.length).toBe(kind.bars);
      expect(warnings.map(({ code }) => code)).toEqual(kind.warnings ?? []);
    }
  });

  it('stand in the docs with that line', () => {
    const docs = readFileSync(new URL('../../../docs/files.md', import.meta.url), 'utf8');
    const missing = FILE_KINDS.map((kind) => `| ${kind.name} | \`${lineOf(kind)}\` |`).filter((row) => !docs.includes(row));
    expect(missing).toEqual([]);
  });
});
