import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { direction, horizonReturn, nextReturn, type Target } from '../../src/index';
import { tripleBarrier, volatilityScaled } from '../../src/targets';
import type { Labels } from '../../src/targets/target';
import { randomBars } from '../generated-bars';
import { refusalOf } from '../options/refused';
import { holedMinutes, isWithinGaps, maxGaps, plainLabels, type Series } from './holed-series';

const RUNS = { seed: 13, numRuns: 1_000 } as const;
const market = resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' });

/** What is known at the close of a row: nothing of a later bar is looked at. */
function volatilityAt({ close }: Bars, row: number, window: number): number {
  if (row < window) return Number.NaN;
  const past = Array.from(close.subarray(row - window, row + 1));
  return Math.sqrt(past.slice(1).reduce((sum, price, i) => sum + (price / past[i] - 1) ** 2, 0) / window);
}

describe('volatilityScaled', () => {
  it('equals returns that are divided one by one', () => {
    fc.assert(
      fc.property(
        holedMinutes,
        fc.integer({ min: 2, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        maxGaps(),
        (series, window, ahead, maxGap) => {
          const { bars } = series;
          const { value, end } = volatilityScaled({ of: horizonReturn({ bars: ahead }), window, maxGap }).label(bars, series.market);
          const expected = plainLabels(series, (t) => {
            const volatility = volatilityAt(bars, t, window);
            if (!(volatility > 0) || t + ahead >= bars.length || !isWithinGaps(series, t, t + ahead, maxGap)) return null;
            return [(bars.close[t + ahead] / bars.close[t] - 1) / volatility, t + ahead];
          });
          expect(end).toEqual(expected.end);
          for (const [t, label] of expected.value.entries()) {
            if (!Number.isNaN(label)) expect(Math.abs(value[t] - label)).toBeLessThanOrEqual(1e-13 * Math.abs(label));
          }
        },
      ),
      RUNS,
    );
  });

  it('is made of the return of the next bar and sixty bars, unless told otherwise; what never moved has no unit', () => {
    const bars = randomBars(80);
    bars.close.fill(100);
    bars.close[70] = 101;
    const { value, end } = volatilityScaled().label(bars, market);
    expect(end.findIndex((to) => to >= 0)).toBe(70);
    expect(value[70]).toBeCloseTo((100 / 101 - 1) / Math.sqrt(0.01 ** 2 / 60), 12);
    expect(volatilityScaled()).toMatchObject({
      parameters: { of: { name: 'next_return' }, window: 60, max_gap: null },
      description: 'return of the next bar, in units of the volatility of 60 bars',
    });
  });
});

describe('tripleBarrier', () => {
  /** The label of a row, by a look at every bar. */
  function barrierAt(series: Series, t: number, options: Parameters<typeof tripleBarrier>[0]): readonly [number, number] | null {
    const { bars } = series;
    const { up, down, bars: count, window = 60, expired = 'down', maxGap } = options;
    const volatility = volatilityAt(bars, t, window);
    if (!(volatility > 0) || t + count >= bars.length || !isWithinGaps(series, t, t + count, maxGap)) return null;
    const upper = bars.close[t] * (1 + up * volatility);
    const lower = bars.close[t] * (1 - down * volatility);
    for (let i = t + 1; i <= t + count; i++) {
      if (bars.open[i] >= upper) return [1, i];
      if (bars.open[i] <= lower || bars.low[i] <= lower) return [0, i];
      if (bars.high[i] >= upper) return [1, i];
    }
    if (expired === 'drop') return null;
    return [expired === 'sign' && bars.close[t + count] > bars.close[t] ? 1 : 0, t + count];
  }

  it('equals labels that are made one by one', () => {
    const options = fc.record({
      up: fc.double({ min: 0.1, max: 6, noNaN: true }),
      down: fc.oneof(fc.double({ min: 0.1, max: 6, noNaN: true }), fc.constant(1_000)),
      bars: fc.integer({ min: 1, max: 20 }),
      window: fc.integer({ min: 2, max: 8 }),
      expired: fc.constantFrom('down' as const, 'sign' as const, 'drop' as const),
      maxGap: maxGaps(),
    });
    const seen = new Set<string>();
    fc.assert(
      fc.property(holedMinutes, options, (series, given) => {
        const labels = tripleBarrier(given).label(series.bars, series.market);
        expect(labels).toEqual(plainLabels(series, (t) => barrierAt(series, t, given)));
        for (const [t, end] of labels.end.entries()) {
          if (end >= 0) seen.add(`${labels.value[t]} ${end === t + given.bars ? 'late' : 'early'}`);
        }
      }),
      RUNS,
    );
    expect([...seen].sort()).toEqual(['0 early', '0 late', '1 early', '1 late']);
  });

  it('and over hundreds of bars, of which it looks at blocks', () => {
    const bars = randomBars(3_000, { seed: 8, missing: 0.01 });
    for (const given of [
      { up: 8, down: 9, bars: 400, expired: 'sign' },
      { up: 20, down: 20, bars: 1_000, window: 300, maxGap: 10 * MINUTE_MS },
      { up: 30, down: 5, bars: 64, expired: 'drop' },
    ] as const) {
      const series = { bars, market };
      expect(tripleBarrier(given).label(bars, market)).toEqual(plainLabels(series, (t) => barrierAt(series, t, given)));
    }
  });

  it('a bar that touches both counts as the lower, unless it opens at the upper', () => {
    const bars = randomBars(4);
    bars.open.set([100, 100, 101, 100]);
    bars.close.set([100, 101, 101, 101]);
    bars.high.set([100, 101, 101, 200]);
    bars.low.set([100, 100, 101, 50]);
    const target = tripleBarrier({ up: 1, down: 1, bars: 1, window: 2 });
    expect(target.label(bars, market).value[2]).toBe(0);
    bars.open[3] = 150;
    expect(target.label(bars, market).value[2]).toBe(1);
  });

  it('says of itself what it is', () => {
    const target = tripleBarrier({ up: 2, down: 1, bars: 30, expired: 'sign', maxGap: 'session' });
    expect(target.parameters).toEqual({ up: 2, down: 1, bars: 30, window: 60, expired: 'sign', max_gap: 'session' });
    expect(target.description).toBe(
      'whether the price rises by 2 before it falls by 1 times the volatility of 60 bars, within 30 bars, else the sign of the return, within a day',
    );
  });
});

describe('laws of all targets', () => {
  const targets: fc.Arbitrary<Target> = fc.constantFrom(
    nextReturn(),
    nextReturn({ maxGap: 'session' }),
    horizonReturn({ bars: 4 }),
    horizonReturn({ minutes: 250 }),
    direction({ of: horizonReturn({ bars: 3 }), deadZone: 0.001, flat: 'drop' }),
    volatilityScaled({ of: horizonReturn({ bars: 3 }), window: 4 }),
    direction({ of: volatilityScaled({ window: 5 }), deadZone: 0.5 }),
    tripleBarrier({ up: 1, down: 1, bars: 6, window: 4 }),
    tripleBarrier({ up: 2, down: 1, bars: 8, window: 4, expired: 'sign', maxGap: 'session' }),
  );

  it('a label looks at no price after its end', () => {
    fc.assert(
      fc.property(holedMinutes, targets, fc.nat(69), ({ bars, market }, target, row) => {
        const { value, end } = target.label(bars, market);
        fc.pre(row < bars.length && end[row] >= 0);
        for (const column of [bars.open, bars.high, bars.low, bars.close]) column.fill(7, end[row] + 1);
        const again = target.label(bars, market);
        expect([again.value[row], again.end[row]]).toEqual([value[row], end[row]]);
      }),
      RUNS,
    );
  });

  it('a label that is there stays when bars are added, and no bar before the window matters', () => {
    fc.assert(
      fc.property(holedMinutes, targets, fc.nat(69), fc.nat(69), ({ bars, market }, target, cut, first) => {
        fc.pre(cut <= bars.length && first <= cut);
        const all = target.label(bars, market);
        const some = target.label(sliceBars(bars, 0, cut), market);
        // one expectation for all rows: each of them costs more than the label
        const isThere = Array.from({ length: cut }, (_, t) => t).filter((t) => some.end[t] >= 0);
        const labels = ({ value, end }: Labels) => isThere.map((t) => [value[t], end[t]]);
        expect(labels(some)).toEqual(labels(all));
        const late = target.label(sliceBars(bars, first, cut), market);
        const differ = Array.from({ length: cut - first }, (_, t) => t).filter((t) => {
          if (late.end[t] < 0) return false;
          const isNear = Math.abs(late.value[t] - all.value[t + first]) <= 1e-13 * Math.abs(all.value[t + first]);
          return late.end[t] + first !== all.end[t + first] || !isNear;
        });
        expect(differ).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('options of volatility and barriers', () => {
  it.each<[(...args: never[]) => unknown, readonly unknown[], string]>([
    [volatilityScaled, [{ window: 1 }], 'window must be a whole number from 2 to 10,000, not 1'],
    [volatilityScaled, [{ of: direction() }], 'of must be a target of kind regression'],
    [volatilityScaled, [{ Window: 5 }], "unknown option 'Window'; did you mean 'window'?"],
    [tripleBarrier, [{ up: 1, down: 1 }], 'bars must be a whole number from 1 to 10,000, not undefined'],
    [tripleBarrier, [{ up: 0, down: 1, bars: 5 }], 'up must be a number above 0, at most 1,000, not 0'],
    [tripleBarrier, [{ up: 1, down: Number.NaN, bars: 5 }], 'down must be a number above 0, at most 1,000, not NaN'],
    [tripleBarrier, [{ up: 1, down: 1, bars: 5, expired: 'zero' }], "expired must be 'down', 'sign' or 'drop', not 'zero' (a text)"],
    [tripleBarrier, [{ up: 1, down: 1, bars: 5, stopLoss: 1 }], "unknown option 'stopLoss'; did you mean 'down'?"],
    [
      tripleBarrier({ up: 1, down: 1, bars: 5, maxGap: 'session' }).label,
      [randomBars(9), resolveMarket(86_400_000)],
      "maxGap 'session' of triple_barrier",
    ],
  ])('no. %#', async (call, args, message) => {
    expect(await refusalOf(call, ...args)).toContain(message);
  });
});
