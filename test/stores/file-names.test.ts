import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeFileName, encodeFileName } from '../../src/stores/directory/file-names';
import { ODD_SYMBOLS } from '../../src/testing/sample-profiles';

it.each([
  ['AAPL', 'AAPL'],
  ['BRK.B', 'BRK.B'],
  ['^GSPC', '%5eGSPC'],
  ['btcUSD', '=btc=USD'],
  ['a/b', '=a%2fb'],
  ['..', '%2e%2e'],
  ['CON', '%43ON'],
  ['NUL.X', '%4eUL.X'],
  ['株', '%e6%a0%aa'],
])('writes %s as %s', (text, name) => {
  expect(encodeFileName(text)).toBe(name);
  expect(decodeFileName(name)).toBe(text);
});

const names = fc.oneof(
  fc.constantFrom(...ODD_SYMBOLS),
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 4 }),
);

it('gives back every text, from names that every file system takes', () => {
  fc.assert(
    fc.property(names, (text) => {
      const name = encodeFileName(text);
      expect(decodeFileName(name)).toBe(text);
      expect(name).toMatch(/^[A-Za-z0-9_=%-]([A-Za-z0-9_=%.-]*[A-Za-z0-9_=%-])?$/);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

it('gives different texts different names, also where case does not count', () => {
  const texts = fc.uniqueArray(
    fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'A', 'b', 'B', '=', '%', '.', '1', 'é') }),
  );
  fc.assert(
    fc.property(texts, (unique) => {
      expect(new Set(unique.map((text) => encodeFileName(text).toLowerCase())).size).toBe(unique.length);
    }),
    { seed: 1, numRuns: 500 },
  );
});

it.each(['', '.DS_Store', 'Thumbs.db', 'aapl', '%', '%4', '%zz', '%41', '==A', 'A=', '%ff', 'CON', 'lost+found'])(
  'does not take %j for a name of its own',
  (name) => {
    expect(decodeFileName(name)).toBeNull();
  },
);
