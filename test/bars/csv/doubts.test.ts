import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeCsv } from '../../../src/bars/csv/describe';
import type { CsvOptions } from '../../../src/bars/csv/options';
import { csvBars } from '../../../src/bars/csv/source';
import type { ErrorCode } from '../../../src/errors';
import { failure } from '../errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-doubts-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(lines: readonly string[]): string {
  const path = join(folder, `${++files}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

async function closes(path: string, options: CsvOptions = {}, symbol = 'AAA'): Promise<number[]> {
  const all: number[] = [];
  for await (const { bars } of csvBars(path, options).fetch({ symbol })) all.push(...bars.close);
  return all;
}

const HEADER = 'date,open,high,low,close,volume';
const bar = (time: string | number, close: string | number = 1.5) => `${time},1.25,2.25,0.5,${close},100`;
/** Minutes from a count on. */
const counts = (from: number, step: number, count = 3) => Array.from({ length: count }, (_, i) => bar(from + i * step));

interface Doubt {
  readonly name: string;
  readonly lines: readonly string[];
  readonly options?: CsvOptions;
  /** Parts of the message. */
  readonly says: readonly string[];
  /** What makes it readable, and the closes that come then. */
  readonly cure?: CsvOptions;
  readonly closes?: readonly number[];
  readonly code?: ErrorCode;
}

const DOUBTS: readonly Doubt[] = [
  {
    name: 'three decimals behind a comma, or thousands',
    lines: ['date;open;high;low;close', '2024-01-02;2,496;2,504;2,423;2,447', '2024-01-03;2,448;2,501;2,434;2,477'],
    options: { columns: { volume: null } },
    says: ['2447', '2.447', "decimalMark: '.'", "decimalMark: ','"].map((part) => part.replace('2447', '2496').replace('2.447', '2.496')),
    cure: { columns: { volume: null }, decimalMark: '.' },
    closes: [2447, 2477],
  },
  {
    name: 'a first number with a comma after whole numbers',
    lines: [HEADER, '2024-01-02,1,1,1,1,1', '2024-01-03,1,1,1,"1,002",1'],
    says: ['1002', '1.002', 'decimalMark'],
    cure: { decimalMark: ',' },
    closes: [1, 1.002],
  },
  {
    name: 'commas and points between decimals',
    lines: ['date;open;high;low;close;volume', '2024-01-02;0,25;0,25;0,25;0,25;1', '2024-01-03;0.25;0.25;0.25;0.25;1'],
    says: ["'0,25'", "'0.25'", 'decimalMark'],
  },
  {
    name: 'days and months below 13',
    lines: [HEADER, bar('03/04/2024'), bar('04/04/2024')],
    says: ["2024-03-04 (dateOrder: 'mdy')", "2024-04-03 (dateOrder: 'dmy')"],
    cure: { dateOrder: 'dmy' },
    closes: [1.5, 1.5],
  },
  {
    name: 'years of two digits in front or behind',
    lines: [HEADER, bar('29.12.23'), bar('30.12.23')],
    says: ["2023-12-29 (dateOrder: 'dmy')", "2029-12-23 (dateOrder: 'ymd')"],
    cure: { dateOrder: 'dmy' },
    closes: [1.5, 1.5],
  },
  {
    name: 'days above 12 in both places',
    lines: [HEADER, bar('13/04/2024'), bar('04/13/2024')],
    says: ['13/04/2024', '04/13/2024', 'one order'],
  },
  {
    name: 'a date that goes against the order',
    lines: [HEADER, bar('13/04/2024'), bar('04/14/2024')],
    options: { dateOrder: 'dmy' },
    says: ['line 3', "'04/14/2024'", "'mdy'"],
  },
  {
    name: 'no header line',
    lines: [bar('2024-01-02'), bar('2024-01-03')],
    says: ['no header line', 'columns: { timestamp: 1, open: 2'],
    cure: { columns: { timestamp: 1, open: 2, high: 3, low: 4, close: 5, volume: 6 } },
    closes: [1.5, 1.5],
  },
  {
    name: 'names that are values of the first row',
    lines: [bar('2024-01-02'), bar('2024-01-03')],
    options: { columns: { timestamp: '2024-01-02', open: '1.25' } },
    says: ['no header line', "'2024-01-02'"],
  },
  {
    name: 'a position that is not there',
    lines: [HEADER, bar('2024-01-02')],
    options: { columns: { close: 9 } },
    says: ['6 columns', 'columns.close 9'],
  },
  {
    name: 'two columns of one name',
    lines: ['date,open,high,low,close,close,volume', '2024-01-02,1,2,0.5,1,1.5,9'],
    says: ["column 5 'close'", "column 6 'close'"],
    cure: { columns: { close: 6 } },
    closes: [1.5],
  },
  {
    name: 'two last prices',
    lines: ['date,open,high,low,last,price,volume', '2024-01-02,1,2,0.5,1,1.5,9'],
    says: ["'last'", "'price'"],
    cure: { columns: { close: 'price' } },
    closes: [1.5],
  },
  {
    name: 'two volumes between which nothing decides',
    lines: ['date,open,high,low,close,Volume A,Volume B', '2024-01-02,1,2,0.5,1,1000,7'],
    says: ["'Volume A'", "'Volume B'"],
    cure: { columns: { volume: 'Volume B' } },
    closes: [1],
  },
  {
    name: 'milliseconds that a spreadsheet has rounded',
    lines: [HEADER, bar('1.67262E+12'), bar('1.6727E+12'), bar('1.67279E+12')],
    says: ['line 2', "'1.67262E+12'", 'rounded', 'all digits'],
  },
  { name: 'seconds of which only two decimals are left', lines: [HEADER, bar('1.67E+09'), bar('1.67E+09')], says: ['rounded'] },
  {
    name: 'rounded times, though the unit is said',
    lines: [HEADER, bar('1.67262e+09'), bar('1.6727e+09')],
    options: { epochUnit: 's' },
    says: ['rounded'],
  },
  {
    name: 'dates of which a spreadsheet has read some, and left the others',
    lines: [
      HEADER,
      ...Array.from({ length: 12 }, (_, i) => [bar(`${13 + i}/0${1 + (i % 9)}/2024`), bar(`2024-0${1 + (i % 9)}-02`)]).flat(),
    ],
    says: ["column 'date'", 'take turns', 'DD/MM/YYYY', 'YYYY-MM-DD', 'one way'],
  },
  { name: "a spreadsheet's serial dates", lines: [HEADER, bar(45321), bar(45322)], says: ['serial'] },
  { name: 'a year and a day in it', lines: [HEADER, bar(2024003), bar(2024004)], says: ['number of a day'] },
  ...(
    [
      ['years and months of digits', 202_312, 89, 1],
      ['dates of six digits', 240_102, 1, 1],
      ['dates of seven digits', 1_240_102, 1, 1],
      ['days, months and years of digits', '02012024', 1_000_000, 1],
      ["another program's count of days", 739_253, 1, 3],
      ['a count of days with their half', 2_460_311.5, 1, 3],
      ['minutes since 1970', 28_403_430, 1, 3],
      ['hours since 1970', 473_376, 1, 3],
    ] as const
  ).map(
    ([name, from, step]): Doubt => ({
      name,
      lines: [HEADER, bar(from), bar(Number(from) + step), bar(Number(from) + 2 * step)],
      says: [`'${from}'`, 'in or near that year', '2024-01-31', 'epochUnit'],
    }),
  ),
  ...(['638397504000000000', '133486272000000000'] as const).map(
    (first): Doubt => ({
      name: `steps of 100 nanoseconds, ${first}`,
      lines: [HEADER, ...[0n, 864n, 1728n].map((days) => bar(String(BigInt(first) + days * 1_000_000_000n)))],
      says: ['100 nanoseconds', '.NET'],
    }),
  ),
  ...['2024-01', 'Jan-24', 'Jan 2024', '1/2024', '2024Q1', '2024-W05'].map(
    (date): Doubt => ({ name: `a date without a day, ${date}`, lines: [HEADER, bar(date), bar(date)], says: [`'${date}'`, 'no day'] }),
  ),
  ...['2 stycznia 2024', '02-led-2024', '2. tammikuuta 2024'].map(
    (date): Doubt => ({ name: `a month that nobody knows, ${date}`, lines: [HEADER, bar(date)], says: ['no month is known by the name'] }),
  ),
  {
    name: 'hours alone',
    lines: ['Date,Time,Open,High,Low,Close,Volume', ...[0, 1, 2].map((hour) => `2024-01-02,${hour},1.25,2.25,0.5,1.5,100`)],
    says: ["'1'", '01:00', '00:01', 'line 3'],
  },
  {
    name: 'volumes with a point between thousands, or decimals, among whole prices',
    lines: [HEADER, '2024-01-02,100,101,99,100,987.091', '2024-01-03,100,101,99,100,950'],
    says: ["'987.091'", '987091', 'a point between thousands', "decimalMark: '.'", "decimalMark: ','"],
    cure: { decimalMark: '.' },
    closes: [100, 100],
  },
  {
    name: 'such a volume after whole ones',
    lines: [HEADER, ...Array.from({ length: 1_200 }, (_, i) => `${i + 1_000},100,101,99,100,950`), '2200,100,101,99,100,1.050'].map(
      (line) => line.replace(/^\d+/, (day) => new Date(Number(day) * 86_400_000).toISOString().slice(0, 10)),
    ),
    says: ["'1.050'", '1050', 'line 1202'],
    cure: { decimalMark: ',' },
    closes: Array.from({ length: 1_201 }, () => 100),
  },
  {
    name: 'a T where commas are decimal',
    lines: [HEADER.replaceAll(',', ';'), '2024-01-02;1,25;2,25;0,5;1,5;1.987,09 T'],
    says: ["'volume'", "'1.987,09 T'", 'without a unit'],
  },
  ...['1,99 Mio', '1.99mn', '198.71万', '19.87L'].map(
    (volume): Doubt => ({
      name: `a unit that is not known, ${volume}`,
      lines: [HEADER.replaceAll(',', ';'), `2024-01-02;1;2;1;2;${volume}`],
      says: [volume, 'without a unit'],
    }),
  ),
  {
    name: 'a delimiter that is not thought of',
    lines: [HEADER, bar('2024-01-02')].map((line) => line.replaceAll(',', '^')),
    says: ['line 2', '2024-01-02^1.25', "delimiter: '^'"],
    cure: { delimiter: '^' },
    closes: [1.5],
  },
  {
    name: 'whole lines in quotes',
    lines: [HEADER, bar('2024-01-02')].map((line) => `"${line}"`),
    says: ['line 2', 'the whole line stands in quotes'],
  },
  { name: 'dates of digits that do not exist', lines: [HEADER, bar(20240228), bar(20240230)], says: ['line 3', '20240230'] },
  { name: 'an offset that is nowhere', lines: [HEADER, bar('2024-01-02 09:30+99:99')], says: ['+99:99'] },
  { name: 'a zone by its letters', lines: [HEADER, bar('2024-01-02 09:30:00 EST')], says: ['timeZone', 'offsets'] },
  {
    name: 'a zone in the name of the column',
    lines: [HEADER.replace('date', 'Date (ET)'), bar('2024-01-02 09:30')],
    options: { columns: { timestamp: 1 } },
    says: ["'et'", 'timeZone'],
    cure: { columns: { timestamp: 1 }, timeZone: 'America/New_York' },
    closes: [1.5],
  },
  ...['Date(UTC+8)', 'Time (GMT+2)', 'Local time (utc -05:00)'].map(
    (column): Doubt => ({
      name: `a zone beside UTC in the name of the column, ${column}`,
      lines: [HEADER.replace('date', column), bar('2024-01-02 09:30')],
      options: { columns: { timestamp: 1 } },
      says: [`'${/\((.*)\)/.exec(column)?.[1]}'`, 'timeZone'],
      cure: { columns: { timestamp: 1 }, timeZone: 'Etc/GMT-8' },
      closes: [1.5],
    }),
  ),
  {
    name: 'counts of an unusual spacing near 1970',
    lines: [HEADER, ...counts(5_000_000, 77_777)],
    says: ['epochUnit'],
    cure: { epochUnit: 's' },
    closes: [1.5, 1.5, 1.5],
  },
  {
    name: 'a change of unit by a million',
    lines: [HEADER, ...counts(1_704_205_800, 60), bar('1704206100000000')],
    says: ['line 5', 'seconds', 'unit'],
  },
  {
    name: 'a change of unit that was ruled out',
    lines: [HEADER, ...counts(1_704_205_800_000, 60_000), bar('1704206100000000')],
    options: { epochUnit: 'ms' },
    says: ['line 5', 'milliseconds'],
  },
  {
    name: 'several series, told by a column of any name',
    lines: [`${HEADER},Papier`, `${bar('2024-01-02')},AAA`, `${bar('2024-01-03')},AAA`, `${bar('2024-01-02')},BBB`],
    says: ['several series', "'Papier'", "'AAA'", "'BBB'", "columns: { symbol: 'Papier' }", 'symbol: null'],
    cure: { columns: { symbol: 'Papier' } },
    closes: [1.5, 1.5],
  },
  {
    name: 'several series, one row of each in turn',
    lines: [`${HEADER},Papier`, `${bar('2024-01-02')},AAA`, `${bar('2024-01-02')},BBB`, `${bar('2024-01-03')},AAA`],
    says: ['several series', "'Papier'"],
    cure: { columns: { symbol: null } },
    closes: [1.5, 1.5, 1.5],
  },
  {
    name: 'several series, newest first',
    lines: [`${HEADER},600000.SH`, `${bar('2024-01-03')},600000.SH`, `${bar('2024-01-02')},600000.SH`, `${bar('2024-01-03')},600001.SH`],
    says: ['several series', 'column'],
  },
  {
    name: 'several series, told by numbers',
    lines: [
      'permno,date,open,high,low,close,volume',
      '10001,2024-01-02,1,1,1,1,1',
      '10001,2024-01-03,1,1,1,1,1',
      '10002,2024-01-02,9,9,9,9,9',
    ],
    says: ['several series', "'permno'", "'10001'", "'10002'"],
    cure: { columns: { symbol: null } },
    closes: [1, 1, 9],
  },
  { name: 'a volume in percent', lines: [HEADER, '2024-01-02,1,2,0.5,1.5,10%'], says: ["'volume'", "'10%'"] },
  {
    name: 'days and months below 13, the first of them the same',
    lines: [HEADER, bar('01/01/2024'), bar('02/01/2024')],
    says: ["2024-02-01 (dateOrder: 'mdy')", "2024-01-02 (dateOrder: 'dmy')", 'line 3'],
  },
  { name: 'hexadecimal', lines: [HEADER, bar('2024-01-02', '0x10')], says: ["'0x10'", "column 'close'", 'line 2'] },
  { name: 'underscores', lines: [HEADER, bar('2024-01-02', '1_000')], says: ["'1_000'"] },
  { name: 'digits of another alphabet', lines: [HEADER, bar('2024-01-02', '１２')], says: ['cannot read'] },
  {
    name: 'a row that is no bar between bars',
    lines: [HEADER, bar('2024-01-02'), 'Total,,,,,100', bar('2024-01-03')],
    says: ['line 3', "'Total'"],
  },
  { name: 'a last row that might be a bar', lines: [HEADER, bar('2024-01-02'), bar('Average')], says: ['line 3', "'Average'"] },
  { name: 'a last row that was cut off', lines: [HEADER, bar('2024-01-02'), '2024-01-03,1.25'], says: ['line 3', 'cut off'] },
  {
    name: 'an adjusted close that is missing',
    lines: ['date,open,high,low,close,adj close,volume', '2024-01-02,1,2,0.5,1,0.5,9', '2024-01-03,1,2,0.5,1,,9'],
    says: ['line 3', "'adj close'", "prices: 'as_traded'"],
    cure: { prices: 'as_traded' },
    closes: [1, 1],
  },
  {
    name: 'a volume that begins later',
    lines: [
      HEADER,
      ...Array.from({ length: 1200 }, (_, i) => `${1_704_205_800 + i * 60},1,1,1,1,`),
      `${1_704_205_800 + 1200 * 60},1,1,1,1,5`,
    ],
    says: ['line 1202', "'volume'", 'volume: null'],
  },
  { name: 'a symbol in other letters', lines: [`symbol,${HEADER}`, `aaa,${bar('2024-01-02')}`], says: ["'AAA'", 'aaa'], code: 'NO_BARS' },
  {
    name: 'a symbol with its exchange',
    lines: [`symbol,${HEADER}`, `AAA.US,${bar('2024-01-02')}`],
    says: ["'AAA'", 'AAA.US'],
    code: 'NO_BARS',
  },
  {
    name: 'a symbol that no column side by side is of',
    lines: ['Price,Close,High,Low,Open,Volume', 'Ticker,BBB,BBB,BBB,BBB,BBB', 'Date,,,,,', '2024-01-02,1.5,2.25,0.5,1.25,100'],
    says: ["'AAA'", 'BBB'],
    code: 'NO_BARS',
  },
];

describe('what is refused, with both readings and the option that decides', () => {
  it.each(DOUBTS)('$name', async ({ lines, options, says, cure, closes: cured, code = 'CSV_FORMAT' }) => {
    const path = write(lines);
    const { message } = await failure(code, () => closes(path, options));
    for (const part of says) expect(message).toContain(part);
    expect(message.length).toBeLessThan(700);
    if (cure !== undefined) expect(await closes(path, cure)).toEqual(cured);

    const { doubts, reading } = await describeCsv(path, { ...options, symbol: 'AAA' });
    if (code !== 'CSV_FORMAT' || says.includes('line 1202')) return;
    expect(doubts.map((doubt) => doubt.message).join()).toContain(says[0]);
    expect(reading).toBeNull();
  });
});
