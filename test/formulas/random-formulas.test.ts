import { describe, expect, it } from 'vitest';
import { standardFeatures } from '../../src/features/standard-features';
import { formula } from '../../src/formulas/formula';
import { generatedMarkets, uniform } from '../../src/testing/feature-markets';
import { runFamily } from '../features/run-family';
import { NAMED_FEATURES, namedOf, randomFormula } from './random-formulas';

/** Formulas that are tried on each kind of market, of which there are five. */
const FORMULAS = 40;
const BARS = 700;

describe('random formulas are equal, to the bit, to a naive evaluation of the whole series, and wherever it is cut', () => {
  it.each(generatedMarkets(BARS, 3))('$title', ({ market, bars }) => {
    const next = uniform(bars.timestamp[0] / 60_000 + market.interval);
    const features = new Map(
      standardFeatures()
        .filter((family) => family.features(market).some(({ name }) => NAMED_FEATURES.includes(name)))
        .flatMap((family) => [...runFamily(family, bars, market)]),
    );
    const named = namedOf(bars, features);
    let compared = 0;
    for (let i = 0; i < FORMULAS; i++) {
      const { text, values, chooses } = randomFormula(next, 4);
      const family = formula('one', text);
      const [{ warmup, range, name }] = family.features(market);
      const naive = values(named, BARS);
      const cuts = Array.from({ length: 4 }, () => Math.floor(next() * BARS)).sort((a, b) => a - b);
      const whole = runFamily(family, bars, market).get(name) ?? new Float64Array();
      const pieces = runFamily(family, bars, market, cuts).get(name) ?? new Float64Array();
      for (let t = 0; t < BARS; t++) {
        const where = `${JSON.stringify(text)} on bar ${t}, cut before ${cuts}`;
        if (t < warmup) {
          // its first value does not come later than it must
          if (!chooses && !Number.isNaN(naive[t])) expect.fail(`${where}: ${naive[t]} before its warm-up of ${warmup}`);
          continue;
        }
        const expected = Number.isNaN(naive[t]) ? 0 : inRange(naive[t], range, where);
        if (!Object.is(whole[t], expected)) expect.fail(`${where}: ${whole[t]}, not ${expected}`);
        if (!Object.is(pieces[t], expected)) expect.fail(`${where}: ${pieces[t]} in pieces, not ${expected}`);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(FORMULAS * BARS * 0.7);
  });
});

/** Rounding leaves what is possible by some units in the last place, no more. */
function inRange(value: number, [low, high]: readonly [number, number], where: string): number {
  const bounded = value < low ? low : value > high ? high : value;
  if (Math.abs(bounded - value) > 1e-9 * Math.abs(value)) expect.fail(`${where}: ${value} is not within ${low} and ${high}`);
  return bounded;
}
