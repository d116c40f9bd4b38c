import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { type Market, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import type { FeatureFamily } from '../../src/features/family';
import { CLASSICAL_FAMILIES } from './classical-families';
import { barsOf, runFamily, START } from './run-family';

const NEW_YORK = resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' });

/** One bar's wishes: what the price does, how far the range reaches, how much trades. */
const step = fc.record({
  kind: fc.constantFrom('walk', 'walk', 'walk', 'still', 'still', 'jump'),
  move: fc.integer({ min: -300, max: 300 }),
  jumpTo: fc.constantFrom(1e-6, 0.01, 5, 500, 1e6),
  above: fc.integer({ min: 0, max: 50 }),
  below: fc.integer({ min: 0, max: 50 }),
  volume: fc.constantFrom(0, 1e-8, 1, 100, 12345, 1e9),
  minutes: fc.constantFrom(1, 1, 1, 5, 700),
  bars: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 1, 40),
});

/** Valid bars with everything in them that breaks indicators: stillness, jumps between 1e-6 and 1e6, no trade, gaps overnight. */
const anyBars = fc.array(step, { minLength: 210, maxLength: 420 }).map((steps): Bars => {
  const repeated = steps.flatMap((one) => [one, ...new Array<typeof one>(one.bars - 1).fill({ ...one, kind: 'still' })]).slice(0, 700);
  const [timestamp, open, high, low, close, volume]: number[][] = [[], [], [], [], [], []];
  let price = 100;
  let time = START;
  for (const { kind, move, jumpTo, above, below, volume: units, minutes } of repeated) {
    const first = price;
    if (kind === 'walk') price *= 1 + move / 10_000;
    if (kind === 'jump') price = jumpTo;
    timestamp.push(time);
    open.push(first);
    high.push(Math.max(first, price) * (kind === 'still' ? 1 : 1 + above / 10_000));
    low.push(Math.min(first, price) * (kind === 'still' ? 1 : 1 - below / 10_000));
    close.push(price);
    volume.push(units);
    time += minutes * MINUTE_MS;
  }
  return barsOf({ timestamp, open, high, low, close, volume });
});

/** The same bars with prices and volumes multiplied. */
function scaled(bars: Bars, price: number, volume: number): Bars {
  return {
    ...bars,
    open: bars.open.map((value) => value * price),
    high: bars.high.map((value) => value * price),
    low: bars.low.map((value) => value * price),
    close: bars.close.map((value) => value * price),
    volume: bars.volume.map((value) => value * volume),
  };
}

/** First difference by Object.is between two results on bars [0, to), or undefined. */
function firstDifference(a: Map<string, Float64Array>, b: Map<string, Float64Array>, to: number): string | undefined {
  for (const [name, column] of a) {
    const other = b.get(name);
    for (let i = 0; i < to; i++) if (!Object.is(column[i], other?.[i])) return `${name}, bar ${i}: ${column[i]} and ${other?.[i]}`;
  }
  return undefined;
}

/** Where a family breaks its own specification: no NaN after warm-up, a value before, or one out of range. */
function firstBreach(family: FeatureFamily, market: Market, bars: Bars): string | undefined {
  const features = runFamily(family, bars, market);
  for (const { name, warmup, range } of family.features(market)) {
    const column = features.get(name) ?? [];
    for (let i = 0; i < bars.length; i++) {
      const right = i < warmup ? Number.isNaN(column[i]) : Number.isFinite(column[i]) && column[i] >= range[0] && column[i] <= range[1];
      if (!right) return `${name}, bar ${i}: ${column[i]} (warmup ${warmup}, range ${range.join(' to ')})`;
    }
  }
  return undefined;
}

const settings = { seed: 20_240_101, numRuns: 60 };

describe.each(CLASSICAL_FAMILIES)('$title', (family) => {
  it('has a value after warm-up, in its range, whatever the bars', () => {
    fc.assert(
      fc.property(anyBars, (bars) => {
        expect(firstBreach(family, NEW_YORK, bars)).toBeUndefined();
      }),
      settings,
    );
  });

  it('is the same wherever the series is cut, saved and restored', () => {
    fc.assert(
      fc.property(anyBars, fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 }), (bars, places) => {
        const cuts = places.filter((cut) => cut < bars.length).sort((a, b) => a - b);
        const whole = runFamily(family, bars, NEW_YORK);
        expect(firstDifference(whole, runFamily(family, bars, NEW_YORK, cuts), bars.length)).toBeUndefined();
      }),
      settings,
    );
  });

  it('does not know the future', () => {
    fc.assert(
      fc.property(anyBars, fc.nat(700), (bars, place) => {
        const from = place % bars.length;
        const changed = scaled(bars, 1, 1);
        for (const column of [changed.open, changed.high, changed.low, changed.close, changed.volume]) {
          for (let i = from; i < bars.length; i++) column[i] *= 3;
        }
        expect(firstDifference(runFamily(family, bars, NEW_YORK), runFamily(family, changed, NEW_YORK), from)).toBeUndefined();
      }),
      settings,
    );
  });

  it('gives models the same for a stock at 5 and at 20, and for 100 shares and 800', () => {
    const forModels = new Set(family.features(NEW_YORK).flatMap(({ name, model }) => (model ? [name] : [])));
    const modelFeatures = (bars: Bars) => new Map([...runFamily(family, bars, NEW_YORK)].filter(([name]) => forModels.has(name)));
    fc.assert(
      fc.property(anyBars, (bars) => {
        // powers of two, so that not even rounding differs
        expect(firstDifference(modelFeatures(bars), modelFeatures(scaled(bars, 4, 8)), bars.length)).toBeUndefined();
      }),
      settings,
    );
  });
});
