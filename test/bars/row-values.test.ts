import { Decimal128 } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberOf } from '../../src/bars/row-values';

const bytesOf = (high: bigint, low: bigint): Uint8Array => {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, low, true);
  view.setBigUint64(8, high, true);
  return bytes;
};

describe('numberOf', () => {
  it('reads every Decimal128 as bson itself writes it out', () => {
    const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const prices = fc.tuple(fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }), fc.integer({ min: -6_176, max: 6_111 }));
    fc.assert(
      fc.property(prices, ([digits, exponent]) => {
        const decimal = Decimal128.fromString(`${digits}E${exponent}`);
        expect(numberOf(decimal)).toBe(Number(decimal.toString()));
      }),
      { seed: 1, numRuns: 2_000 },
    );
    fc.assert(
      fc.property(word, word, (high, low) => {
        const decimal = new Decimal128(bytesOf(high, low));
        const found = numberOf(decimal);
        // of more digits than there can be, bson writes something out
        if (found !== undefined) expect(found).toBe(Number(decimal.toString()));
      }),
      { seed: 2, numRuns: 2_000 },
    );
    for (const text of ['NaN', 'Infinity', '-Infinity', '0', '-0', '178.58', '-1E-6176', '9999999999999999999999999999999999E6111'])
      expect(numberOf(Decimal128.fromString(text))).toBe(Number(text));
  });

  it('refuses a Decimal128 of more digits than there can be', () => {
    expect(numberOf(new Decimal128(bytesOf((6_176n << 49n) | (2n ** 49n - 1n), 2n ** 64n - 1n)))).toBeUndefined();
    expect(numberOf(new Decimal128(bytesOf(0x6fffn << 48n, 0n)))).toBeUndefined();
  });
});
