import { crc32 as crc32OfNode } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, crc32ByTable } from '../src/checksum';

describe('CRC-32', () => {
  it("is zlib's for any bytes, also where Node has no such function", () => {
    expect(crc32ByTable(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(crc32ByTable(bytes)).toBe(crc32OfNode(bytes));
        expect(crc32(bytes)).toBe(crc32OfNode(bytes));
      }),
      { seed: 32, numRuns: 500 },
    );
  });
});
