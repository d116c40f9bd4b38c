import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumber } from '../../../src/bars/csv/numbers';

describe('readNumber', () => {
  it.each([
    ['1.5', 1.5],
    [' 1.5 ', 1.5],
    ['0', 0],
    ['0.0', 0],
    ['-0', -0],
    ['1e-8', 1e-8],
    ['6873.0', 6873],
    ['.5', 0.5],
    ['$1,234.5', 1234.5],
    ['-$1,234', -1234],
    ['€12', 12],
    ['1,234,567', 1_234_567],
    ['54.32M', 54_320_000],
    ['1.2k', 1200],
    ['3B', 3e9],
    ['₩1,234', 1234],
    ['12.5 ₺', 12.5],
    ['1\u2009234.5', 1234.5],
  ])('reads %j', (text, expected) => {
    const value = readNumber(text, '.');
    if (typeof value !== 'number') throw new Error(value);
    expect(value).toBeCloseTo(expected, 9);
  });

  it.each(['', '  ', 'null', 'NaN', 'nan', 'N/A', 'None', '-', '--', 'inf', '-Infinity'])('takes %j for no number', (text) => {
    expect(readNumber(text, '.')).toBeNaN();
  });

  it.each([
    '#N/A',
    '#N/A N/A',
    '#NV',
    '#DIV/0!',
    '(null)',
    '[NULL]',
    '<NA>',
    '\\N',
    '.',
    '?',
    'n.a.',
    'k.A.',
    '1.#QNAN',
    '-1.#IND',
    '-nan(ind)',
  ])('takes %j, as databases and spreadsheets write it, for no number', (text) => {
    expect([readNumber(text, '.'), readNumber(text, ',')]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each(['########', '#1', '#', '(1)', '1.#', '100 USD', 'nan(1)x'])('does not take %j for nothing', (text) => {
    expect(readNumber(text, '.')).toBe('unreadable');
  });

  it('takes T for 10 ** 12, but where commas are decimal: there it stands for thousands as well', () => {
    expect([readNumber('1.5T', '.'), readNumber('1,5T', ','), readNumber('1,5B', ',')]).toEqual([1.5e12, 'unreadable', 1.5e9]);
  });

  it.each(['abc', '1,5', '12,34', '1.2.3', '1.234,5', '$', '12 apples', '-$-1'])('cannot read %j', (text) => {
    expect(readNumber(text, '.')).toBe('unreadable');
  });

  it('reads a comma as it is told', () => {
    expect(readNumber('1,234', ',')).toBe(1.234);
  });

  it('property: digits with a mark anywhere are the double that Number() gives, for any number of digits', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(digits, fc.nat(20), fc.constantFrom('.', ','), (whole, place, mark) => {
        const text = `${whole.slice(0, place)}.${whole.slice(place)}`;
        expect(readNumber(text.replace('.', mark), mark)).toBe(Number(text));
        expect(readNumber(whole, mark)).toBe(Number(whole));
      }),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('property: every number comes back as it was printed', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(readNumber(String(value), '.'), value === 0 ? 0 : value)).toBe(true);
      }),
      { seed: 1 },
    );
  });
});
