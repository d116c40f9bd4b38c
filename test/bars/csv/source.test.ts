import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { BarBatch, BarRequest } from '../../../src/bars/bar-source';
import { collectBars } from '../../../src/bars/collect-bars';
import type { CsvOptions } from '../../../src/bars/csv/options';
import { csvBars } from '../../../src/bars/csv/source';
import { failure } from '../errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(content: string | Uint8Array, name = `${++files}.csv`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const HEADER = 'date,open,high,low,close,volume';
const day = (n: number) => Date.UTC(2024, 0, n);
const row = (n: number) => `2024-01-${String(n).padStart(2, '0')},${n},${n + 2},${n - 0.5},${n + 1},${n * 100}`;
const text = (...days: number[]) => `${[HEADER, ...days.map(row)].join('\n')}\n`;

async function read(paths: string | string[], options: CsvOptions = {}, request: Partial<BarRequest> = {}) {
  const { bars } = await collectBars(csvBars(paths, options), { symbol: 'X', ...request }, { maxJump: Number.POSITIVE_INFINITY });
  return {
    timestamp: [...bars.timestamp],
    open: [...bars.open],
    high: [...bars.high],
    low: [...bars.low],
    close: [...bars.close],
    volume: [...bars.volume],
  };
}

async function batchesOf(path: string, options: CsvOptions = {}): Promise<BarBatch[]> {
  const all: BarBatch[] = [];
  for await (const batch of csvBars(path, options).fetch({ symbol: 'X' })) all.push(batch);
  return all;
}

const refused = (content: string | Uint8Array, options: CsvOptions = {}, request: Partial<BarRequest> = {}) => {
  const path = write(content);
  return failure('CSV_FORMAT', () => read(path, options, request)).then((error) => {
    expect(error.message).toContain(path);
    return error.message;
  });
};

describe('csvBars', () => {
  it('reads plain and packed files alike, whatever their names', async () => {
    const plain = await read(write(text(1, 2, 3)));
    expect(plain).toEqual({
      timestamp: [day(1), day(2), day(3)],
      open: [1, 2, 3],
      high: [3, 4, 5],
      low: [0.5, 1.5, 2.5],
      close: [2, 3, 4],
      volume: [100, 200, 300],
    });
    expect(await read(write(gzipSync(text(1, 2, 3)), 'packed.csv.gz'))).toEqual(plain);
    expect(await read(write(gzipSync(text(1, 2, 3)), 'packed-without-name'))).toEqual(plain);
    expect(await read(write(text(1, 2, 3), 'plain.csv.gz'))).toEqual(plain);
    // two members in one archive, as `cat a.gz b.gz` makes them
    expect(await read(write(Buffer.concat([gzipSync(text(1, 2)), gzipSync(`${row(3)}\n`)])))).toEqual(plain);
  });

  it('reads CRLF, a byte order mark, quotes, blank last lines, and a last line without an end', async () => {
    const plain = await read(write(text(1, 2)));
    expect(await read(write(`\uFEFF${text(1, 2).replaceAll('\n', '\r\n')}\r\n`))).toEqual(plain);
    expect(await read(write(text(1, 2).replace(/[^,\n]+/g, '"$&"')))).toEqual(plain);
    expect(await read(write(text(1, 2).trimEnd()))).toEqual(plain);
    expect(await read(write(text(1, 2).replaceAll(',', ';')))).toEqual(plain);
  });

  it('reads files that were put one behind the other, each with its line of names and a byte order mark', async () => {
    const { timestamp } = await read(write(`\uFEFF${text(1, 2)}\uFEFF${text(3, 4)}`));
    expect(timestamp).toEqual([1, 2, 3, 4].map(day));
  });

  it.each<[string, string, string[]]>([
    ['pair', 'ETHUSDT', ['other_name']],
    ['Name', 'BBB', ['other_name']],
    ['code', '600000', ['other_name']],
    ['SECID', 'GAZP', ['other_name']],
    ['ISIN', 'US0378331005', []],
    ['instrument', 'BTC/USDT', []],
    ['instrument', 'BTC-USDT.P', []],
    ['Name', 'Bitcoin in Dollars', []],
    ['currency', 'USD', []],
  ])("warns where a column '%s' says %s on all rows, unless it is the wanted symbol or no symbol", async (column, value, codes) => {
    const path = write([`${HEADER},${column}`, `${row(1)},${value}`, `${row(2)},${value}`].join('\n'));
    const { warnings } = await collectBars(csvBars(path), { symbol: 'BTCUSDT' }, { maxJump: Number.POSITIVE_INFINITY });
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    if (codes.length > 0)
      expect(warnings[0].message).toContain(`column '${column}' says '${value}' on its first rows, and they were taken for 'BTCUSDT'`);
    const said = await collectBars(
      csvBars(path, { columns: { symbol: null } }),
      { symbol: 'BTCUSDT' },
      { maxJump: Number.POSITIVE_INFINITY },
    );
    expect(said.warnings).toEqual([]);
  });

  it('counts rows of dividends and splits, and refuses words in place of a price that say something else', async () => {
    const path = write(`${text(1, 2)}2024-01-02,0.24 Dividend\n2024-01-02,1:4 stock split,,,,\n${row(3)}\n`);
    const { warnings, bars } = await collectBars(csvBars(path), { symbol: 'X' }, { maxJump: Number.POSITIVE_INFINITY });
    expect([...bars.timestamp]).toEqual([1, 2, 3].map(day));
    expect(warnings).toMatchObject([{ code: 'events', count: 2 }]);
    for (const other of ['2024-01-03,suspended', '2024-01-03,suspended,,,,', '2024-01-03,1,2,0.5,Dividend,0']) {
      await failure('CSV_FORMAT', () => read(write(`${text(1, 2)}${other}\n${row(4)}\n`)));
    }
  });

  it('reads currency signs, thousands, trailing separators and date and time in two columns', async () => {
    const content =
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t\n2024.01.02\t09:30:00\t$1,234.5\t1240\t1,230\t1235\t1.5K\t\n';
    expect(await read(write(content))).toEqual({
      timestamp: [day(2) + 9.5 * 3_600_000],
      open: [1234.5],
      high: [1240],
      low: [1230],
      close: [1235],
      volume: [1500],
    });
  });

  it('reads wall time in the given zone', async () => {
    const content = `${HEADER}\n2024-01-02 09:30,1,1,1,1,1\n2024-07-02 09:30,1,1,1,1,1\n`;
    const { timestamp } = await read(write(content), { timeZone: 'America/New_York' });
    expect(timestamp).toEqual([Date.UTC(2024, 0, 2, 14, 30), Date.UTC(2024, 6, 2, 13, 30)]);
  });

  it('refuses dates with slashes until their order is told', async () => {
    const content = `${HEADER}\n01/02/2024,1,1,1,1,1\n`;
    const message = await refused(content);
    expect(message).toContain("line 2, column 'date': cannot read '01/02/2024'");
    expect(message).toContain('dateOrder');
    expect((await read(write(content), { dateOrder: 'mdy' })).timestamp).toEqual([day(2)]);
    expect((await read(write(content), { dateOrder: 'dmy' })).timestamp).toEqual([Date.UTC(2024, 1, 1)]);
  });

  it('adjusts prices and volume where there are adjusted closes, unless told not to', async () => {
    const path = write('Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,80,100,60,90,45,10\n2024-01-03,40,50,30,45,45,20\n');
    expect(await read(path)).toEqual(await read(path, { prices: 'adjusted' }));
    expect(await read(path, { prices: 'as_traded' })).toMatchObject({
      open: [80, 40],
      high: [100, 50],
      low: [60, 30],
      close: [90, 45],
      volume: [10, 20],
    });
    expect(await read(path, { prices: 'adjusted' })).toMatchObject({
      open: [40, 40],
      high: [50, 50],
      low: [30, 30],
      close: [45, 45],
      volume: [20, 20],
    });
    expect(await refused(text(1), { prices: 'adjusted' })).toContain('adjusted closes');
  });

  it('property: adjusting keeps open and close between low and high', async () => {
    const bar = fc.tuple(fc.double({ min: 0.01, max: 1e4, noNaN: true }), fc.double({ min: 0.001, max: 3, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(bar, { minLength: 1, maxLength: 28 }), async (bars) => {
        const lines = bars.map(
          ([price, ratio], i) => `2024-01-${String(i + 1).padStart(2, '0')},${price},${price},${price},${price},${price * ratio},1`,
        );
        const path = write(`date,open,high,low,close,adj close,volume\n${lines.join('\n')}\n`, 'adjusted.csv');
        const got = await read(path, { prices: 'adjusted' });
        expect(got.open).toEqual(got.high);
        expect(got.close).toEqual(got.low);
        expect(got.close).toEqual(got.open);
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it("serves the requested symbol's rows, and any symbol from a file without the column", async () => {
    const path = write(`ticker,${HEADER}\nA,${row(1)}\nB,${row(1)}\nA,${row(2)}\nb,${row(2)}\n`);
    expect((await read(path, {}, { symbol: 'A' })).open).toEqual([1, 2]);
    expect((await read(path, {}, { symbol: 'B' })).open).toEqual([1]);
    const { message } = await failure('NO_BARS', () => read(path, {}, { symbol: 'C' }));
    expect(message).toContain("'C'");
    expect(message).toContain('A, B, b');
    expect((await read(write(text(1)), {}, { symbol: 'whatever' })).open).toEqual([1]);
  });

  it('finds a symbol in any of several files, and goes through them in order', async () => {
    const one = write(text(1, 2));
    const two = write(text(3));
    expect((await read([one, two])).open).toEqual([1, 2, 3]);
    const other = write(`symbol,${HEADER}\nY,${row(4)}\n`);
    expect((await read([one, other])).open).toEqual([1, 2]);
    expect((await read([two, one])).open).toEqual([1, 2, 3]);
  });

  it('keeps to the range, ends included', async () => {
    const path = write(text(1, 2, 3, 4, 5));
    expect((await read(path, {}, { from: day(2), to: day(4) })).open).toEqual([2, 3, 4]);
    expect((await read(path, {}, { from: day(2) + 1, to: day(4) - 1 })).open).toEqual([3]);
    expect((await failure('NO_BARS', () => read(path, {}, { from: day(6) }))).message).toContain('from 2024-01-06');
  });

  it('serves rows that are newest first, for the judgement to put in order', async () => {
    const path = write(text(3, 2, 1));
    expect(await read(path)).toEqual(await read(write(text(1, 2, 3))));
  });

  it('takes empty cells for NaN, for validation to judge', async () => {
    const path = write(`${HEADER}\n2024-01-02,1,2,,1,null\n${row(3)}\n`);
    const [batch] = await batchesOf(path);
    expect(batch.bars.low[0]).toBeNaN();
    expect(batch.bars.volume[0]).toBeNaN();
    expect((await failure('INVALID_BARS', () => read(path))).message).toContain('non_finite 1');
  });

  it('cuts a long file into numbered batches with an honest fraction', async () => {
    const lines = Array.from({ length: 120_001 }, (_, i) => `${1_704_067_200 + i * 60},1,1,1,1,${i}`);
    const path = write(`${HEADER}\n${lines.join('\n')}\n`);
    const batches = await batchesOf(path);
    expect(batches.map(({ bars, batch }) => [batch, bars.length])).toEqual([
      [1, 50_000],
      [2, 50_000],
      [3, 20_001],
    ]);
    const fractions = batches.map(({ fraction }) => fraction ?? Number.NaN);
    expect(fractions[0]).toBeGreaterThan(0.3);
    expect(fractions[0]).toBeLessThan(0.6);
    expect(fractions[1]).toBeGreaterThan(fractions[0]);
    expect(fractions[2]).toBe(1);
    expect(batches[2].describe?.(20_000)).toBe(`${files}.csv, line 120002`);
    expect(batches[2].bars.volume[20_000]).toBe(120_000);
  });

  it('names file, line, column and value of a cell that it cannot read', async () => {
    expect(await refused(`${HEADER}\n${row(1)}\n\n2024-01-02,1,2,1,oops,1\n`)).toContain("line 4, column 'close': cannot read 'oops'");
    expect(await refused(`${HEADER}\nyesterday,1,1,1,1,1\n`)).toContain("line 2, column 'date': cannot read 'yesterday'");
    expect(await refused(text(1).replaceAll(',', ';').replace('0.5', '0,5'), { decimalMark: '.' })).toContain("cannot read '0,5'");
  });

  it('names the line of a row that is cut off or has a cell too many', async () => {
    expect(await refused(`${text(1)}2024-01-02,1,2`)).toContain('line 3: 3 cells where the header names 6 columns; the row is cut off');
    expect(await refused(`${HEADER}\n2024-01-02,1,234.5,1300,1,234.5,1\n${row(3)}\n`)).toContain('line 2: 7 cells');
  });

  it('names the columns there are when one is missing', async () => {
    const message = await refused(text(1), { columns: { close: 'Schluss' } });
    expect(message).toContain("no column 'Schluss'");
    expect(message).toContain("'date', 'open', 'high', 'low', 'close', 'volume'");
  });

  it.each([
    ['in units, then in money', 'Volume_(BTC),Volume_(Currency)', (units: number, price: number) => `${units},${units * price}`],
    ['in money, then in units', 'Volume (USD),Volume (Shares)', (units: number, price: number) => `${units * price},${units}`],
  ])('tells two volumes %s apart by the minutes that have a trade', async (_, names, cells) => {
    const lines = Array.from({ length: 40 }, (_, i) => {
      const time = 1_325_317_920 + 60 * i;
      return i % 4 === 0 ? `${time},4.5,4.5,4.25,4.5,${cells(i + 2, 4.5)}` : `${time},NaN,NaN,NaN,NaN,NaN,NaN`;
    });
    const { bars } = await collectBars(
      csvBars(write(`Timestamp,Open,High,Low,Close,${names}\n${lines.join('\n')}\n`)),
      { symbol: 'X' },
      { badBars: 'drop' },
    );
    expect([...bars.volume]).toEqual([2, 6, 10, 14, 18, 22, 26, 30, 34, 38]);
  });

  it('serves volume 0 from a file without volume, when told so', async () => {
    const content = 'date,open,high,low,close\n2024-01-02,1,1,1,1\n';
    expect(await refused(content)).toContain('volume: null');
    expect((await read(write(content), { columns: { volume: null } })).volume).toEqual([0]);
  });

  it('refuses an archive that is cut off or damaged, with the cause', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${1_704_067_200 + i * 60},${1 + Math.sin(i) / 2},2,0.1,1,${i * 7919}`);
    const packed = gzipSync(`${HEADER}\n${lines.join('\n')}\n`);
    const half = write(packed.subarray(0, packed.length / 2));
    const cut = await failure('CSV_FORMAT', () => read(half));
    expect(cut.message).toContain(`${half} ends in the middle`);
    expect(cut.message).toMatch(/up to line \d{4,}/);
    expect(cut.cause).toBeInstanceOf(Error);
    const damaged = Buffer.from(packed);
    damaged[packed.length - 6] ^= 0xff;
    expect(await refused(damaged)).toContain('damaged gzip data');
    expect(await refused(packed.subarray(0, 12))).toContain('ends in the middle');
  });

  it('refuses a missing file, a folder, an empty file, a header alone, and other kinds of file', async () => {
    const missing = await failure('SOURCE_FAILED', () => read(join(folder, 'missing.csv')));
    expect(missing.message).toContain('missing.csv');
    expect(missing.cause).toMatchObject({ code: 'ENOENT' });
    await failure('SOURCE_FAILED', () => read(folder));
    expect(await refused('')).toContain('is empty');
    expect(await refused(gzipSync(''))).toContain('is empty');
    expect(await refused('\n\n')).toContain('is empty');
    expect((await failure('NO_BARS', () => read(write(`${HEADER}\n`)))).message).toContain(`${files}.csv`);
    expect(await refused(Uint8Array.of(0x50, 0x4b, 3, 4, 0))).toContain('zip archive');
    expect(await refused(Buffer.from('date,open', 'utf16le'))).toContain('UTF-16');
    expect(await refused(Buffer.from('\uFEFFdate,open', 'utf16le').swap16())).toContain('UTF-16');
    expect(await refused('<!DOCTYPE html><p>Too many requests')).toContain('HTML');
    expect(await refused('[{"date": "2024-01-02"}]')).toContain('JSON');
  });

  it('refuses wrong options before anything is read', async () => {
    await failure('INVALID_OPTION', () => csvBars([]));
    await failure('INVALID_OPTION', () => csvBars('x.csv', { timeZone: 'Nowhere' }));
  });

  it('stops when the signal fires', async () => {
    const lines = Array.from({ length: 120_000 }, (_, i) => `${1_704_067_200 + i * 60},1,1,1,1,${i}`);
    const path = write(`${HEADER}\n${lines.join('\n')}\n`);
    for (const order of ['ascending', 'sort'] as const) {
      const abort = new AbortController();
      const error = await failure('ABORTED', async () => {
        for await (const _ of csvBars(path, { order }).fetch({ symbol: 'X', signal: abort.signal })) abort.abort(new Error('enough'));
      });
      expect(error.cause).toMatchObject({ message: 'enough' });
    }
  });

  it('closes the file when its reader stops early', async () => {
    const { readdirSync, readlinkSync } = await import('node:fs');
    const lines = Array.from({ length: 120_000 }, (_, i) => `${1_704_067_200 + i * 60},1,1,1,1,${i}`);
    for (const content of [`${HEADER}\n${lines.join('\n')}\n`, gzipSync(`${HEADER}\n${lines.join('\n')}\n`)]) {
      const path = write(content);
      for await (const _ of csvBars(path).fetch({ symbol: 'X' })) break;
      if (process.platform !== 'linux') continue;
      const open = readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === path;
        } catch {
          return false; // the listing's own descriptor is gone by now
        }
      });
      expect(open).toEqual([]);
    }
  });
});
