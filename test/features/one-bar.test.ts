import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { DAY_MS } from '../../src/bars/market';
import { rsi, timeframes } from '../../src/features';
import { defineFeature, FeatureEngineer, type FeatureFamily, resolveMarket, standardFeatures } from '../../src/index';
import { randomBars } from '../generated-bars';

const gapRank = defineFeature({
  name: 'gap_rank',
  warmup: 20,
  next: ({ lag, window, higher, slot }) => {
    const close = lag(1);
    const gaps = window(20);
    const week = higher('1w');
    const weeks = slot();
    return (bar) => {
      if (week.isNew) weeks.value += 1;
      return gaps.next(bar.open / close.next(bar.close) - 1).rank + weeks.value;
    };
  },
});
/** Throws on bars of a volume of 13.5, after it has changed its memory. */
const unlucky = defineFeature({
  name: 'unlucky',
  next: ({ slot }) => {
    const sum = slot();
    return (bar) => {
      sum.value += bar.volume;
      if (bar.volume === 13.5) throw new Error('no');
      return sum.value;
    };
  },
});

const LISTS: readonly (readonly FeatureFamily[])[] = [
  standardFeatures(),
  [...standardFeatures(), gapRank, unlucky],
  [unlucky, rsi(), timeframes()],
];
const intervals = [60_000, DAY_MS];

const one = (bars: Bars, index: number) => sliceBars(bars, index, index + 1);
/** The bar with other prices: what is forming before it is complete. */
function forming(bars: Bars, index: number, factor: number): Bars {
  const bar = one(bars, index);
  const scaled = (column: Float64Array) => column.map((price) => price * factor);
  return { ...bar, open: scaled(bar.open), high: scaled(bar.high), low: scaled(bar.low), close: scaled(bar.close) };
}

describe('a bar at a time', () => {
  it('is to the bit what an update makes of it, whatever was previewed and whatever threw before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(1_000_000),
          list: fc.constantFrom(...LISTS),
          interval: fc.constantFrom(...intervals),
          before: fc.integer({ min: 0, max: 1_100 }),
          steps: fc.array(
            fc.record({ previews: fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { maxLength: 3 }), fails: fc.boolean() }),
            {
              minLength: 1,
              maxLength: 6,
            },
          ),
        }),
        async ({ seed, list, interval, before, steps }) => {
          const market = resolveMarket(interval, { exchange: 'NYSE' });
          const bars = randomBars(before + steps.length, { seed, interval, missing: 0.1 });
          const live = new FeatureEngineer(market, list);
          const batch = new FeatureEngineer(market, list);
          await live.update(sliceBars(bars, 0, before));
          await batch.update(sliceBars(bars, 0, before));
          for (const [i, { previews, fails }] of steps.entries()) {
            const index = before + i;
            const saved = live.save();
            for (const factor of previews) live.preview(forming(bars, index, factor));
            const bad = { ...one(bars, index), volume: Float64Array.of(13.5) };
            if (fails && list.includes(unlucky)) {
              expect(() => live.next(bad)).toThrow(expect.objectContaining({ code: 'FEATURE_FAILED' }));
              expect(() => live.preview(bad)).toThrow(expect.objectContaining({ code: 'FEATURE_FAILED' }));
            }
            const previewed = live.preview(one(bars, index));
            expect(Buffer.compare(live.save(), saved)).toBe(0);
            const row = live.next(one(bars, index));
            await batch.update(one(bars, index));
            expect([...previewed]).toEqual([...row]);
            expect([...row]).toEqual([...batch.latestRow]);
            expect([...live.latestRow]).toEqual([...row]);
            expect(Buffer.compare(live.save(), batch.save())).toBe(0);
          }
        },
      ),
      { seed: 10, numRuns: 25 },
    );
  });

  it('is refused if it is not later, not one, or none', async () => {
    const engine = new FeatureEngineer(resolveMarket(60_000), [rsi()]);
    const bars = randomBars(10);
    await engine.update(sliceBars(bars, 0, 9));
    const saved = engine.save();
    for (const call of [(bar: Bars) => engine.next(bar), (bar: Bars) => engine.preview(bar)]) {
      expect(() => call(one(bars, 8))).toThrow(expect.objectContaining({ code: 'INVALID_BARS' }));
      expect(() => call(sliceBars(bars, 8, 10))).toThrow('bar holds 2 bars; give one');
      expect(() => call(JSON.parse('{"length":1}'))).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
    expect(Buffer.compare(engine.save(), saved)).toBe(0);
  });
});
