import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binColumn } from '../../src/kernels/reference';
import { applyShifts, packShifts, shiftsBetween } from '../../src/trees/bin-shifts';

const few = fc.integer({ min: -4, max: 4 });
const any = fc.float({ noNaN: true, noDefaultInfinity: true });
const list = (value: fc.Arbitrary<number>, least = 0) => fc.array(value, { minLength: least, maxLength: 254, size: 'max' });
const thresholds = fc
  .oneof(fc.array(few, { maxLength: 8 }), list(any), list(fc.integer({ min: 0, max: 400 }), 100))
  .map((values) => Float32Array.from(new Set(Float32Array.from(values, (value) => value + 0))).sort());
const values = fc
  .array(fc.oneof(few, fc.integer({ min: -1, max: 401 }), fc.float()), { maxLength: 100 })
  .map((list) => Float32Array.from(list));

describe('bins by other thresholds', () => {
  it('come back from what is to be added to the first ones', () => {
    const widths = new Set<number>();
    fc.assert(
      fc.property(thresholds, thresholds, values, (first, second, own) => {
        // thresholds are values themselves: where bins meet
        const all = Float32Array.of(...own, ...first, ...second);
        const shifts = shiftsBetween(first, second);
        widths.add(shifts.bits);
        const expected = binColumn(all, second);
        const bins = binColumn(all, first);
        const packed = new Uint8Array(Math.ceil((all.length * shifts.bits) / 8));
        packShifts(bins, expected, shifts, packed);
        applyShifts(bins, shifts, packed);
        expect(bins).toEqual(expected);
      }),
      { seed: 31, numRuns: 400 },
    );
    expect([...widths].sort()).toEqual([0, 1, 2, 4, 8]);
  });

  it('need no bit where both are the same, and one where the second are between the first', () => {
    const first = Float32Array.of(1, 2, 3);
    expect(shiftsBetween(first, first)).toMatchObject({ bits: 0, lowest: expect.objectContaining({ 0: 0, 1: 1, 2: 2, 3: 3, 255: 255 }) });
    expect(shiftsBetween(first, Float32Array.of(0.5, 1.5, 2, 2.5, 9)).bits).toBe(1);
    expect(shiftsBetween(first, new Float32Array()).bits).toBe(0);
    expect(shiftsBetween(new Float32Array(), first).bits).toBe(2);
  });
});
