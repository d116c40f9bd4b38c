import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeCsv } from '../../../src/bars/csv/describe';
import { failure } from '../errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-describe-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function write(...lines: readonly string[]): string {
  const path = join(folder, `${++files}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('describeCsv', () => {
  it('shows reading, columns, first bars and symbols', async () => {
    const path = write(
      'sep=;',
      'Ticker;Datum;Eröffnung;Hoch;Tief;Schluss;Volumen;Notiz',
      'BBB;31.01.2024;1,25;2,25;0,5;1,5;1.000;x',
      'AAA;31.01.2024;9;9;9;9;9;y',
    );
    const { reading, columns, firstBars, symbols, doubts, warnings } = await describeCsv(path);
    expect(reading).toEqual({
      format: 'csv',
      delimiter: ';',
      decimal_mark: ',',
      header_lines: 2,
      columns: { timestamp: 'Datum', open: 'Eröffnung', high: 'Hoch', low: 'Tief', close: 'Schluss', volume: 'Volumen', symbol: 'Ticker' },
      time_form: 'DD.MM.YYYY',
      time_zone: 'UTC',
      time_zone_from: 'assumed',
    });
    expect(columns.map(({ position, name, field }) => [position, name, field])).toEqual([
      [1, 'Ticker', 'symbol'],
      [2, 'Datum', 'timestamp'],
      [3, 'Eröffnung', 'open'],
      [4, 'Hoch', 'high'],
      [5, 'Tief', 'low'],
      [6, 'Schluss', 'close'],
      [7, 'Volumen', 'volume'],
      [8, 'Notiz', null],
    ]);
    expect(columns[6].sample).toEqual(['1.000', '9']);
    expect(firstBars).toEqual([{ line: 3, time: '2024-01-31T00:00:00.000Z', open: 1.25, high: 2.25, low: 0.5, close: 1.5, volume: 1000 }]);
    expect(symbols).toEqual(['BBB', 'AAA']);
    expect([doubts, warnings]).toEqual([[], []]);
  });

  it('says of every doubt which option decides', async () => {
    const path = write('date;open;high;low;close;volume', '03/04/2024;2,447;2,496;2,423;2,447;100');
    const { reading, doubts, columns } = await describeCsv(path);
    expect(reading).toBeNull();
    expect(doubts.map(({ option }) => option)).toEqual(['decimalMark', 'dateOrder']);
    expect(columns[4]).toMatchObject({ field: 'close', sample: ['2,447'] });
    const said = await describeCsv(path, { decimalMark: ',', dateOrder: 'dmy', timeZone: 'Europe/Berlin' });
    expect(said.doubts).toEqual([]);
    expect(said.reading).toMatchObject({
      decimal_mark: ',',
      time_form: 'DD/MM/YYYY',
      time_zone: 'Europe/Berlin',
      time_zone_from: 'option',
    });
    expect(said.firstBars[0].time).toBe('2024-04-02T22:00:00.000Z');
  });

  it('describes a file without a header, and one whose columns are not found', async () => {
    expect((await describeCsv(write('2024-01-02,1,1,1,1,1'))).doubts).toMatchObject([{ option: 'columns' }]);
    const { columns, doubts } = await describeCsv(write('Zeitpunkt,a,b', '2024-01-02,1,2'));
    expect(columns.map(({ name, field }) => [name, field])).toEqual([
      ['Zeitpunkt', null],
      ['a', null],
      ['b', null],
    ]);
    expect(doubts).toMatchObject([{ option: 'columns' }]);
  });

  it('tells adjusted prices, and warnings', async () => {
    const path = write('date,open,high,low,close,adj close,tick volume,vol', '2024-01-02,80,100,60,90,45,10,0');
    const { reading, warnings, firstBars } = await describeCsv(path);
    expect(reading?.prices).toBe('adjusted');
    expect(firstBars[0]).toMatchObject({ close: 45, volume: 20 });
    expect(warnings).toMatchObject([{ code: 'empty_volume' }]);
    expect((await describeCsv(path, { prices: 'as_traded' })).reading?.prices).toBe('as_traded');
  });

  it('throws for a file that is not there, and an unknown zone', async () => {
    await failure('SOURCE_FAILED', () => describeCsv(join(folder, 'missing.csv')));
    await failure('INVALID_OPTION', () =>
      describeCsv(write('date,open,high,low,close,volume', '2024-01-02,1,1,1,1,1'), { timeZone: 'Nowhere' }),
    );
    await failure('ABORTED', () => describeCsv(write('x'), { signal: AbortSignal.abort() }));
  });
});
