import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { SKETCH_SLOTS, sketchesAgree, updateSketch } from '../../src/features/history-sketch';
import { randomBars, uniform } from '../generated-bars';

const PRICES = ['open', 'high', 'low', 'close'] as const;
const bars = randomBars(5_000, { seed: 9, volatility: 0.01 });

function sketchOf(...parts: readonly Bars[]): Float64Array {
  const sketch = new Float64Array(SKETCH_SLOTS);
  for (const part of parts) updateSketch(sketch, part);
  return sketch;
}

function changed(some: Bars, change: (copy: Bars) => void): Bars {
  const copy = allocateBars(some.length);
  for (const column of BAR_COLUMNS) copy[column].set(some[column]);
  change(copy);
  return copy;
}

describe('the sketch of a history', () => {
  it('property: is the same to the bit, however the bars are cut', () => {
    const whole = sketchOf(bars);
    fc.assert(
      fc.property(fc.array(fc.nat(bars.length), { maxLength: 8 }), (cuts) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b), bars.length];
        expect(sketchOf(...bounds.slice(1).map((to, i) => sliceBars(bars, bounds[i], to)))).toEqual(whole);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('property: agrees with that of the same bars with noise, of any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(), fc.constantFrom(0, 1), (length, seed, bias) => {
        const next = uniform(seed);
        const some = sliceBars(bars, 0, length);
        const noisy = changed(some, (copy) => {
          for (const column of PRICES) copy[column].set(copy[column].map((value) => value * (1 + 9.9e-7 * (bias || 2 * next() - 1))));
          copy.volume.set(copy.volume.map((value) => Math.fround(value * (1 + 5e-8))));
        });
        expect(sketchesAgree(sketchOf(some), sketchOf(noisy))).toBe(true);
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('property: differs when a bar is gone, has come, or has another time, price or volume', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_998 }), fc.constantFrom(...BAR_COLUMNS), (at, column) => {
        const other = changed(bars, (copy) => {
          copy[column][at] = column === 'timestamp' ? copy.timestamp[at] + 1 : copy[column][at] * 1.0003 + (column === 'volume' ? 100 : 0);
        });
        expect(sketchesAgree(sketchOf(bars), sketchOf(other))).toBe(false);
        expect(sketchesAgree(sketchOf(bars), sketchOf(sliceBars(bars, 0, at), sliceBars(bars, at + 1, 5_000)))).toBe(false);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it.each([0.9999, 1.0001, 0.997, 0.5])('differs when the older part is adjusted by %d', (factor) => {
    for (const length of [40, 500, 4_900]) {
      const adjusted = changed(bars, (copy) => {
        for (const column of PRICES) copy[column].set(copy[column].map((value, i) => (i < length ? value * factor : value)));
      });
      expect(sketchesAgree(sketchOf(bars), sketchOf(adjusted))).toBe(false);
    }
  });
});
