import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { horizonReturn, type Labels, nextReturn } from '../../src/index';
import { defineWeights, equalWeights, integerWeights, product, timeDecay, uniqueness, type WeightsDefinition } from '../../src/targets';
import { randomBars } from '../generated-bars';
import { refusalOf } from '../options/refused';

const RUNS = { seed: 12, numRuns: 1_000 } as const;
const market = resolveMarket(MINUTE_MS);
const bars = randomBars(60, { missing: 0.2 });

/** Labels of the 60 bars with ends in any order, some rows without. */
const labelled: fc.Arbitrary<Labels> = fc
  .array(fc.option(fc.integer({ min: 1, max: 15 }), { freq: 4 }), { minLength: 60, maxLength: 60 })
  .map((ahead) => {
    const end = Int32Array.from(ahead, (n, t) => (n === null || t + n >= 60 ? -1 : t + n));
    return { end, value: Float64Array.from(end, (to, t) => (to < 0 ? Number.NaN : bars.close[to] / bars.close[t] - 1)) };
  });

function closeTo(actual: Float64Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [t, value] of expected.entries()) {
    expect(Math.abs(actual[t] - value), `row ${t}`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
  }
}

describe('sample weights', () => {
  it('uniqueness is the mean, over the returns of a label, of one by the labels made of that return', () => {
    fc.assert(
      fc.property(labelled, (labels) => {
        const made = (t: number, bar: number) => labels.end[t] >= 0 && bar > t && bar <= labels.end[t];
        const rows = Array.from(labels.end, (_, t) => t);
        const expected = rows.map((t) => {
          const own = rows.filter((bar) => made(t, bar));
          return own.length === 0 ? 0 : own.reduce((sum, bar) => sum + 1 / rows.filter((other) => made(other, bar)).length, 0) / own.length;
        });
        closeTo(uniqueness().weigh(labels, bars, market), expected);
      }),
      { ...RUNS, numRuns: 300 },
    );
  });

  it('labels that do not overlap are unique; those of a horizon of five are a fifth', () => {
    const alone = uniqueness().weigh(nextReturn().label(bars, market), bars, market);
    expect(Array.from(alone)).toEqual([...Array.from({ length: 59 }, () => 1), 0]);
    const five = uniqueness().weigh(horizonReturn({ bars: 5 }).label(bars, market), bars, market);
    expect(five[30]).toBeCloseTo(0.2, 14);
  });

  it('time decay halves with every half-life, from the newest labelled row', () => {
    fc.assert(
      fc.property(labelled, fc.double({ min: 0.01, max: 1_000, noNaN: true }), (labels, half) => {
        const newest = Math.max(...Array.from(labels.end, (to, t) => (to < 0 ? -1 : t)));
        const weightOf = (age: number, t: number) => (labels.end[t] < 0 ? 0 : Math.max(2 ** -1022, 2 ** (-age / half)));
        const rows = Array.from(labels.end, (_, t) => t);
        closeTo(
          timeDecay({ halfLife: { bars: half } }).weigh(labels, bars, market),
          rows.map((t) => weightOf(newest - t, t)),
        );
        const days = (t: number) => (bars.timestamp[newest] - bars.timestamp[t]) / DAY_MS;
        closeTo(
          timeDecay({ halfLife: { days: half } }).weigh(labels, bars, market),
          rows.map((t) => weightOf(days(t), t)),
        );
      }),
      RUNS,
    );
  });

  it('are above 0 for every row with a label, 0 for the others, also multiplied', () => {
    fc.assert(
      fc.property(labelled, (labels) => {
        const fast = timeDecay({ halfLife: { bars: 0.02 } });
        for (const weights of [equalWeights(), uniqueness(), fast, product(fast, fast, uniqueness())]) {
          const given = weights.weigh(labels, bars, market);
          expect(Array.from(given, (weight) => weight > 0)).toEqual(Array.from(labels.end, (to) => to >= 0));
        }
      }),
      RUNS,
    );
  });

  it('a product multiplies, and says of what', () => {
    const labels = horizonReturn({ bars: 5 }).label(bars, market);
    const decay = timeDecay({ halfLife: { days: 90 } });
    const both = product(uniqueness(), decay);
    const [one, other] = [uniqueness().weigh(labels, bars, market), decay.weigh(labels, bars, market)];
    expect(both.weigh(labels, bars, market)).toEqual(one.map((weight, t) => weight * other[t]));
    expect(both).toMatchObject({
      name: 'product',
      parameters: {
        of: [
          { name: 'uniqueness', version: 1, parameters: {} },
          { name: 'time_decay', version: 1, parameters: { bars: null, days: 90 } },
        ],
      },
      description: 'labels that overlap with fewer others more; newer rows more, half as much after 90 days',
    });
  });

  it("of one's own", () => {
    const labels = nextReturn().label(bars, market);
    const bySize = defineWeights({
      name: 'by_size',
      description: 'larger moves more',
      weigh: ({ value }) => value.map((move) => Math.abs(move) + 0.0001),
    });
    expect(bySize.weigh(labels, bars, market)[9]).toBe(Math.abs(labels.value[9]) + 0.0001);
    expect(bySize.weigh(labels, bars, market)[59]).toBe(0);
  });

  const own = (changes: Readonly<Record<string, unknown>>) =>
    refusalOf((given: WeightsDefinition) => defineWeights(given).weigh(nextReturn().label(bars, market), bars, market), {
      name: 'mine',
      description: 'x',
      ...changes,
    });

  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ weigh: () => undefined }, "weights 'mine' must return a Float64Array of 60 values, one a bar, not undefined"],
    [{ weigh: () => new Float64Array(3) }, 'not 3 values'],
    [
      { weigh: () => new Float64Array(60) },
      "weights 'mine': row 0 has the weight 0; give a finite number above 0 for every row with a label",
    ],
    [{ weigh: () => new Float64Array(60).fill(1).fill(Number.NaN, 7, 8) }, 'row 7 has the weight NaN'],
    [{ weigh: () => Float64Array.from({ length: 60 }, () => Number.POSITIVE_INFINITY) }, 'row 0 has the weight Infinity'],
    [
      {
        weigh: () => {
          throw new Error('x');
        },
      },
      "weights 'mine' threw while they were made; see the cause",
    ],
    [{ weigh: 1 }, 'weigh must be a function, not 1'],
    [{ name: 'uniqueness', weigh: () => 1 }, "name 'uniqueness' is that of weights of the package"],
  ])("of one's own that are wrong, no. %#", async (changes, message) => {
    expect(await own(changes)).toContain(message);
  });

  it.each<[(...args: never[]) => unknown, readonly unknown[], string]>([
    [timeDecay, [{}], 'halfLife must be an object of bars or days, not undefined'],
    [timeDecay, [{ halfLife: 90 }], 'halfLife must be an object of bars or days, not 90: { bars: 90 }'],
    [timeDecay, [{ halfLife: {} }], 'halfLife takes bars or days, and was given neither'],
    [timeDecay, [{ halfLife: { bars: 1, days: 1 } }], 'and was given both'],
    [timeDecay, [{ halfLife: { day: 1 } }], "unknown option 'day' in halfLife; did you mean 'days'?"],
    [timeDecay, [{ halfLife: { days: 0 } }], 'halfLife.days must be a number above 0'],
    [product, [], 'product takes one or more weights'],
    [product, [uniqueness], 'factors[0] must be weights, such as uniqueness(), not a function: call it, uniqueness()'],
    [uniqueness().weigh, [{ end: new Int32Array(3).fill(-1) }, bars, market], 'weigh: labels has 3 rows for 60 bars'],
    [integerWeights, [[1, 2]], 'weights must be a Float64Array, not an array'],
    [integerWeights, [Float64Array.of(1, -1)], 'weights[1] is -1; give a finite number, 0 or more'],
    [integerWeights, [Float64Array.of(1), 0], 'most must be a whole number from 1 to 65,535, not 0'],
  ])('options, no. %#', async (call, args, message) => {
    expect(await refusalOf(call, ...args)).toContain(message);
  });
});

describe('whole weights', () => {
  it('are in proportion to the largest, rounded, and at least 1', () => {
    expect(Array.from(integerWeights(Float64Array.of(0, 0.001, 0.25, 0.5, 1), 10))).toEqual([0, 1, 3, 5, 10]);
    expect(Array.from(integerWeights(Float64Array.of(7, 0, 7)))).toEqual([1, 0, 1]);
    expect(Array.from(integerWeights(new Float64Array(3)))).toEqual([0, 0, 0]);
  });

  it('keep order, and stay within half a step of what they stand for', () => {
    const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 65_535 }), (given, most) => {
        const weights = Float64Array.from(given);
        const whole = integerWeights(weights, most);
        const largest = Math.max(...weights);
        if (new Set(given.filter((value) => value > 0)).size < 2) {
          expect(Array.from(whole)).toEqual(given.map((value) => (value > 0 ? 1 : 0)));
          return;
        }
        expect(Math.max(...whole)).toBe(most);
        given.forEach((value, t) => {
          const exact = (value / largest) * most;
          if (value === 0) expect(whole[t]).toBe(0);
          else if (exact < 1) expect(whole[t]).toBe(1);
          else expect(Math.abs(whole[t] - exact)).toBeLessThanOrEqual(0.5);
        });
      }),
      RUNS,
    );
  });
});
