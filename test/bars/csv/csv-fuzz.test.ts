import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../../src/bars/bars';
import { type CollectedBars, collectBars } from '../../../src/bars/collect-bars';
import { readNumber } from '../../../src/bars/csv/numbers';
import { csvBars } from '../../../src/bars/csv/source';
import { timestampReader } from '../../../src/bars/timestamps';
import { TickerforestError } from '../../../src/errors';
import { randomBars } from '../../generated-bars';
import { processorTime } from '../../processor-time';
import { runs } from '../../runs';
import { counted } from '../counted';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-csv-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));
const PATH = join(folder, 'any.csv');

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;
const two = (value: number) => String(value).padStart(2, '0');

/** How vendors write a time; those that count since 1970 ignore the time of day's form. */
const DATES: Readonly<Record<string, (time: Date) => string>> = {
  iso: (t) => t.toISOString().slice(0, 10),
  slashes: (t) => `${t.getUTCFullYear()}/${t.getUTCMonth() + 1}/${t.getUTCDate()}`,
  points: (t) => `${two(t.getUTCDate())}.${two(t.getUTCMonth() + 1)}.${t.getUTCFullYear()}`,
  american: (t) => `${two(t.getUTCMonth() + 1)}/${two(t.getUTCDate())}/${t.getUTCFullYear()}`,
  digits: (t) => t.toISOString().slice(0, 10).replaceAll('-', ''),
  month: (t) => `${two(t.getUTCDate())}-${MONTHS[t.getUTCMonth()]}-${t.getUTCFullYear()}`,
  words: (t) => `${MONTHS[t.getUTCMonth()]} ${two(t.getUTCDate())} ${t.getUTCFullYear()}`,
};
const EPOCHS: Readonly<Record<string, (time: Date) => string>> = {
  s: (t) => String(t.getTime() / 1000),
  ms: (t) => String(t.getTime()),
  us: (t) => `${t.getTime()}000`,
  ns: (t) => `${t.getTime()}000000`,
};
const HEADERS = [
  ['Date', 'Open', 'High', 'Low', 'Close', 'Volume'],
  ['timestamp', 'open', 'high', 'low', 'close', 'volume'],
  ['<DATE>', '<OPEN>', '<HIGH>', '<LOW>', '<CLOSE>', '<VOL>'],
  ['Datum', 'Eröffnung', 'Hoch', 'Tief', 'Schluss', 'Volumen'],
  ['time', 'o', 'h', 'l', 'c', 'v'],
];

const dialects = fc.record({
  days: fc.boolean(),
  bars: fc.integer({ min: 15, max: 60 }),
  seed: fc.nat(1000),
  price: fc.constantFrom(0.002, 0.25, 1.1, 42, 145, 2_447, 61_000),
  decimals: fc.integer({ min: 2, max: 6 }),
  date: fc.constantFrom(...Object.keys(DATES), ...Object.keys(EPOCHS)),
  header: fc.constantFrom(...HEADERS),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  mark: fc.constantFrom('.', '.', ','),
  isQuoted: fc.boolean(),
  groups: fc.boolean(),
  order: fc.constantFrom('ascending', 'ascending', 'descending'),
  end: fc.constantFrom('\n', '\r\n'),
  mark8: fc.boolean(),
  trails: fc.boolean(),
  blanks: fc.boolean(),
  symbol: fc.constantFrom('none', 'column', 'others'),
});
type Dialect = typeof dialects extends fc.Arbitrary<infer T> ? T : never;

/** The bars of a file as it is written in a dialect, and the values that it says. */
function written(dialect: Dialect): { text: string; rows: number[][] } {
  const { days, price, decimals, delimiter, mark, header, symbol } = dialect;
  const start = Date.UTC(2021, 2, 1 + (dialect.seed % 40), days ? 0 : 9);
  const bars = randomBars(dialect.bars, { seed: dialect.seed, interval: days ? DAY : 60_000, start, volatility: 0.01 });
  const quote = (cell: string) => (dialect.isQuoted || cell.includes(delimiter) ? `"${cell}"` : cell);
  const number = (value: number, digits: number) => value.toFixed(digits).replace('.', mark);
  const grouped = (value: number) => (dialect.groups ? String(value).replace(/\B(?=(\d{3})+$)/g, mark === ',' ? '.' : ',') : String(value));
  const rows: number[][] = [];
  const lines: string[] = [];
  for (let i = 0; i < bars.length; i++) {
    const time = new Date(bars.timestamp[i]);
    const prices = [bars.open[i], bars.high[i], bars.low[i], bars.close[i]].map((value) => ((value * price) / 100).toFixed(decimals));
    if (prices.some((value) => Number(value) <= 0)) continue;
    const date = EPOCHS[dialect.date]?.(time) ?? `${DATES[dialect.date](time)}${days ? '' : ` ${time.toISOString().slice(11, 19)}`}`;
    const cells = [date, ...prices.map((value) => value.replace('.', mark)), grouped(bars.volume[i])];
    if (symbol !== 'none') cells.unshift('AAA');
    rows.push([bars.timestamp[i], ...prices.map(Number), bars.volume[i]]);
    lines.push(cells.map(quote).join(delimiter));
    if (symbol === 'others')
      lines.push(['BBB', date, ...[7, 8, 6, 7.5].map((value) => number(value * price, decimals)), '5'].map(quote).join(delimiter));
  }
  if (dialect.order === 'descending') lines.reverse();
  const names = symbol === 'none' ? header : ['symbol', ...header];
  const all = [names.map(quote).join(delimiter), ...lines].map(
    (line) => (dialect.trails ? line + delimiter : line) + (dialect.blanks ? '  ' : ''),
  );
  return { text: (dialect.mark8 ? '\uFEFF' : '') + all.join(dialect.end) + dialect.end, rows };
}

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
    const damage = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        how: fc.constantFrom('cut', 'flip', 'drop', 'double', 'insert'),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(dialects, damage, fc.boolean(), async (dialect, damages, packed) => {
        let file = Buffer.from(written(dialect).text);
        if (packed) file = gzipSync(file, { level: 1 });
        for (const { at, how, bytes } of damages) {
          const place = Math.min(file.length - 1, Math.floor(at * file.length));
          if (how === 'cut') file = file.subarray(0, Math.max(1, place));
          else if (how === 'flip') file[Math.max(0, place)] ^= bytes[0];
          else if (how === 'drop') file = Buffer.concat([file.subarray(0, place), file.subarray(place + bytes.length)]);
          else if (how === 'double') file = Buffer.concat([file.subarray(0, place), file.subarray(Math.max(0, place - 40))]);
          else file = Buffer.concat([file.subarray(0, place), bytes, file.subarray(place)]);
        }
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
