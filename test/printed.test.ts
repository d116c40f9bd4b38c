import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barTime, count, counted, cut, duration, figure, minute, printedAs, type Row, table } from '../src/printed';
import { runs } from './runs';

const text = fc.string({ unit: fc.constantFrom('a', ' ', '-', '株', '🚀', '\n', '\u001b', '\ud800', 'é'), maxLength: 600 });
const DAY = 86_400_000;

/** Columns of a line on a terminal, of the characters above. */
const columns = (line: string) => [...line].reduce((sum, character) => sum + (/[株🚀]/u.test(character) ? 2 : 1), 0);

describe('a printed table', () => {
  it('is never wider than 100 columns, has no more lines than it was allowed, and no control characters', () => {
    const row = fc.tuple(fc.constantFrom('', 'history', 'held out'), text, fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(text, fc.array(row, { maxLength: 5 }), (title, rows) => {
        const lines = table({ title, rows: rows satisfies Row[] }).split('\n');
        expect(lines.length).toBeLessThanOrEqual(1 + rows.reduce((sum, [, , most]) => sum + most, 0));
        for (const line of lines) {
          expect(columns(line)).toBeLessThanOrEqual(100);
          expect(line).not.toMatch(/[\p{Cc}\p{Cs}]/u);
        }
      }),
      { seed: 9, numRuns: runs(300, 3_000) },
    );
  });

  it('says by … what was cut, and keeps words whole where it goes on in a second line', () => {
    expect(cut('SYMBOL', 6)).toBe('SYMBOL');
    expect(cut('SYMBOLS', 6)).toBe('SYMBO…');
    expect(cut('株式会社', 6)).toBe('株式…');
    const words = 'twelve bars '.repeat(12).trim();
    expect(table({ title: 'A', rows: [['why', words, 2]] }).split('\n')).toEqual([
      'A',
      `why        ${'twelve bars '.repeat(7).trim()}`,
      `           ${'twelve bars '.repeat(5).trim()}`,
    ]);
    expect(table({ title: 'A', rows: [['why', words]] })).toMatch(/^A\nwhy {8}twelve.*…$/);
  });
});

describe('what is not known', () => {
  it('is "-", never NaN, undefined or null', () => {
    for (const unknown of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect([count(unknown), figure(unknown), duration(unknown)]).toEqual(['-', '-', '-']);
      expect(counted(unknown, 'bar')).toBe('- bars');
    }
    expect([minute(null), barTime(null, null), minute(new Date(Number.NaN)), barTime(new Date(Number.NaN), DAY)]).toEqual([
      '-',
      '-',
      '-',
      '-',
    ]);
  });
});

describe('figures', () => {
  it('are short', () => {
    expect([count(1_869_587), counted(1, 'bar'), counted(2, 'bar'), counted(0, 'bar')]).toEqual(['1,869,587', '1 bar', '2 bars', '0 bars']);
    expect([figure(-0.19667), figure(-123_456_789)]).toEqual(['-0.197', '-1.23e+8']);
    expect([duration(60_000), duration(300_000), duration(DAY), duration(1.5 * DAY), duration(86.4), duration(0)]).toEqual([
      '1 minute',
      '5 minutes',
      '1 day',
      '1.5 days',
      '86.4 milliseconds',
      '0 milliseconds',
    ]);
    const time = new Date(Date.UTC(2024, 2, 4, 14, 30));
    expect([barTime(time, DAY), barTime(time, 60_000), minute(time)]).toEqual([
      '2024-03-04',
      '2024-03-04 14:30 UTC',
      '2024-03-04 14:30 UTC',
    ]);
  });
});

describe('printedAs', () => {
  const plain = { symbol: 'A', list: [1, 2] };
  const sheet = ({ symbol }: { readonly symbol: string }) => ({ title: symbol, rows: [['is', 'short']] satisfies Row[] });

  it('changes what is printed, and nothing else', () => {
    const printed = printedAs(structuredClone(plain), sheet);
    const shown = 'A\nis         short';
    expect(inspect(printed)).toBe(shown);
    expect(inspect([printed])).toBe('[\n  A\n  is         short\n]');
    expect(`${printed}`).toBe(shown);
    expect(JSON.stringify(printed)).toBe(JSON.stringify(plain));
    expect(Object.keys(printed)).toEqual(['symbol', 'list']);
    expect({ ...printed }).toStrictEqual(plain);
    expect(structuredClone(printed)).toStrictEqual(plain);
    expect(isDeepStrictEqual(printed, plain)).toBe(true);
  });

  it('is shown by notebooks of Jupyter as text and as an HTML table, of which nothing from outside is markup', () => {
    const hostile = printedAs({ ...plain, symbol: '<script>alert(1)</script> & "co"' }, sheet);
    const display: unknown = Reflect.get(hostile, Symbol.for('Jupyter.display'));
    expect(typeof display === 'function' && Reflect.apply(display, hostile, [])).toEqual({
      'text/plain': '<script>alert(1)</script> & "co"\nis         short',
      'text/html':
        '<table style="font-family:monospace;text-align:left;white-space:pre"><caption>&lt;script&gt;alert(1)&lt;/script&gt; &amp; "co"</caption>' +
        '<tr><th>is</th><td>short</td></tr></table>',
    });
  });

  it('never throws, whatever is missing', () => {
    const broken = printedAs({ list: [] as string[] }, ({ list }) => ({ title: list[0].slice(1), rows: [] }));
    expect(inspect(broken)).toMatch(/^no table can be made of this/);
  });

  it('works from a prototype, for every object that has it', () => {
    class Named {
      constructor(readonly symbol: string) {}
    }
    printedAs(Named.prototype, sheet);
    expect(inspect(new Named('B'))).toBe('B\nis         short');
    expect(Object.keys(new Named('B'))).toEqual(['symbol']);
  });
});
