import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { direction, horizonReturn, nextReturn } from '../../src/index';
import { spansGap } from '../../src/targets';
import { randomBars } from '../generated-bars';
import { dateOf, holedDays, holedMinutes, isWithinGaps, maxGaps, plainLabels, type Series } from './holed-series';

const RUNS = { seed: 10, numRuns: 1_000 } as const;
const minutes = resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' });

/** Rows ahead, by time: the first bar so many minutes later. */
function firstAfter({ bars }: Series, row: number, minutesAhead: number): number {
  for (let i = row + 1; i < bars.length; i++) if (bars.timestamp[i] >= bars.timestamp[row] + minutesAhead * MINUTE_MS) return i;
  return bars.length;
}

function returnTo(series: Series, row: number, end: number, maxGap: Parameters<typeof isWithinGaps>[3]): readonly [number, number] | null {
  if (end >= series.bars.length || !isWithinGaps(series, row, end, maxGap)) return null;
  return [series.bars.close[end] / series.bars.close[row] - 1, end];
}

describe('returns as targets', () => {
  it('the next one is what it was before targets were values, to the bit', () => {
    const bars = randomBars(3_000, { seed: 3, missing: 0.05 });
    const labels = nextReturn().label(bars, minutes);
    const before = Float64Array.from(bars.close, (close, t) => bars.close[t + 1] / close - 1);
    expect(labels.value).toEqual(before);
    expect(Array.from(labels.end.subarray(0, -1))).toEqual(Array.from({ length: 2_999 }, (_, t) => t + 1));
    expect(labels.end[2_999]).toBe(-1);
    const up = direction().label(bars, minutes);
    expect(up.value.subarray(0, -1)).toEqual(before.subarray(0, -1).map((one) => (one > 0 ? 1 : 0)));
    expect([up.value[2_999], up.end[2_999]]).toEqual([Number.NaN, -1]);
  });

  it('equal labels that are made one by one, of any series, horizon and gap', () => {
    fc.assert(
      fc.property(holedMinutes, fc.integer({ min: 1, max: 12 }), maxGaps(), (series, ahead, maxGap) => {
        const { bars, market } = series;
        expect(nextReturn({ maxGap }).label(bars, market)).toEqual(plainLabels(series, (t) => returnTo(series, t, t + 1, maxGap)));
        expect(horizonReturn({ bars: ahead, maxGap }).label(bars, market)).toEqual(
          plainLabels(series, (t) => returnTo(series, t, t + ahead, maxGap)),
        );
        const time = (ahead * market.interval) / MINUTE_MS + 0.5;
        expect(horizonReturn({ minutes: time, maxGap }).label(bars, market)).toEqual(
          plainLabels(series, (t) => returnTo(series, t, firstAfter(series, t, time), maxGap)),
        );
      }),
      RUNS,
    );
  });

  it('the same of daily bars, whose gaps are told in milliseconds', () => {
    fc.assert(
      fc.property(holedDays, fc.integer({ min: 1, max: 6 }), fc.constantFrom(undefined, DAY_MS, 4 * DAY_MS), (series, ahead, maxGap) => {
        expect(horizonReturn({ bars: ahead, maxGap }).label(series.bars, series.market)).toEqual(
          plainLabels(series, (t) => returnTo(series, t, t + ahead, maxGap)),
        );
      }),
      RUNS,
    );
  });

  it('of minutes without a hole, minutes and bars are the same', () => {
    const bars = randomBars(500);
    for (const n of [1, 30]) {
      expect(horizonReturn({ minutes: n }).label(bars, minutes)).toEqual(horizonReturn({ bars: n }).label(bars, minutes));
    }
  });

  it('a price change that is no number is no label', () => {
    const bars = randomBars(4);
    bars.close.set([1e-320, 1e300, 2e300, 1e300]);
    expect(Array.from(nextReturn().label(bars, minutes).end)).toEqual([-1, 2, 3, -1]);
  });
});

describe('direction', () => {
  it('equals directions that are made one by one, with any dead zone', () => {
    const zones = fc.constantFrom(0, 0.0005, 0.002, 1);
    fc.assert(
      fc.property(holedMinutes, zones, fc.constantFrom('down', 'drop'), maxGaps(), (series, deadZone, flat, maxGap) => {
        const { bars, market } = series;
        const target = direction({ of: horizonReturn({ bars: 2 }), deadZone, flat, maxGap });
        const expected = plainLabels(series, (t) => {
          const label = returnTo(series, t, t + 2, maxGap);
          if (label === null) return null;
          const [move, end] = label;
          if (move > deadZone) return [1, end];
          return move < -deadZone || flat === 'down' ? [0, end] : null;
        });
        expect(target.label(bars, market)).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('is asked for moves, not for directions', () => {
    expect(() => direction({ of: direction() })).toThrow(
      "of must be a target of kind regression, such as nextReturn(); 'direction' is a classification, whose labels are 0 and 1",
    );
  });
});

describe('labels that span a hole', () => {
  it('are those with neighbours further apart than five bars, or on two days of a market that closes', () => {
    fc.assert(
      fc.property(fc.oneof(holedMinutes, holedDays), fc.integer({ min: 1, max: 9 }), (series, ahead) => {
        const { bars, market } = series;
        const closes = market.interval < DAY_MS && market.timeZone !== 'UTC';
        const labels = horizonReturn({ bars: ahead }).label(bars, market);
        const expected = Array.from(labels.end, (end, t) => {
          for (let i = t + 1; i <= end; i++) {
            const distance = (bars.timestamp[i] - bars.timestamp[i - 1]) / market.interval;
            if (distance > 5 || (closes && distance > 1.5 && dateOf(series, i) !== dateOf(series, i - 1))) return 1;
          }
          return 0;
        });
        expect(Array.from(spansGap(bars, labels, market))).toEqual(expected);
      }),
      RUNS,
    );
  });
});

describe('what targets say of themselves', () => {
  it('identity is plain JSON, complete, and nested where targets are made of others', () => {
    const target = direction({ of: horizonReturn({ minutes: 30, maxGap: 'session' }), deadZone: -0 });
    const of = { name: 'horizon_return', version: 1, parameters: { bars: null, minutes: 30, max_gap: 'session' } };
    expect(target).toMatchObject({ name: 'direction', version: 1, parameters: { of, dead_zone: 0, flat: 'down', max_gap: null } });
    expect(JSON.parse(JSON.stringify(target.parameters))).toEqual(target.parameters);
    expect(Object.is(target.parameters.dead_zone, 0)).toBe(true);
  });

  it.each([
    [nextReturn(), 'return of the next bar'],
    [nextReturn({ maxGap: 'session' }), 'return of the next bar, within a day'],
    [horizonReturn({ bars: 5, maxGap: 300_000 }), 'return over the next 5 bars, without gaps of more than 5 minutes'],
    [horizonReturn({ minutes: 1 }), 'return over the next 1 minute'],
    [direction(), 'direction of the return of the next bar'],
    [
      direction({ of: horizonReturn({ bars: 5 }), deadZone: 0.0005, flat: 'drop' }),
      'direction of the return over the next 5 bars, moves within 0.0005 left out',
    ],
  ])('description no. %#', (target, description) => {
    expect(target.description).toBe(description);
  });
});
