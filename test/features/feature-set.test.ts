import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DAY_MS, type Market, resolveMarket } from '../../src/bars/market';
import { bollinger, macd, movingAverages, rangeAndTrend, rsi } from '../../src/features';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { familyText, featureSetHash, featureSpecs } from '../../src/features/feature-set';
import { MAKERS, originalFeatures, standardFeatures } from '../../src/features/standard-features';
import { defineFeature, type FeatureFamily } from '../../src/index';
import { randomBars } from '../generated-bars';

const minutes = resolveMarket(60_000, { exchange: 'NASDAQ' });
const days = resolveMarket(DAY_MS, { exchange: 'NYSE' });

/** Hashes of feature set and of a checkpoint after 3,000 bars, as the first release made them (commit e6ddbb3). */
const FIRST_RELEASE: readonly [string, Market, number, string, string][] = [
  ['minutes of a New York stock', minutes, 60_000, '40108da50e6741cb', 'd6752110a0884433'],
  [
    'minutes stamped at their end',
    resolveMarket(60_000, { exchange: 'NSE', stamp: 'end' }),
    60_000,
    'ec59c10b886e574a',
    '83b7093780736141',
  ],
  ['minutes round the clock', resolveMarket(60_000), 60_000, 'da6796751a32c45a', '300a3a25cdce04f3'],
  ['quarters of an hour', resolveMarket(900_000, { exchange: 'XETRA' }), 900_000, '4c21af9412073a2a', '95ddcd8300766a5e'],
  ['hours', resolveMarket(3_600_000, { exchange: 'LSE' }), 3_600_000, '17f72ec340bd0a5a', '9860aa4befe7fae0'],
  ['days', days, DAY_MS, '4e207a8ce8c920c4', 'd9e7dd70c604031a'],
];

const mine = (parameters: Record<string, number> = {}, version = 1) =>
  defineFeature({ name: 'my_gap', version, parameters, warmup: 0, next: () => (bar) => bar.close - bar.open });

describe('the feature set', () => {
  it.each(FIRST_RELEASE)('of %s: original features have the first release’s hash and bytes', async (_, market, interval, hash, bytes) => {
    const engineer = new FeatureEngineer(market, originalFeatures());
    expect(engineer.hash).toBe(hash);
    await engineer.update(randomBars(3_000, { interval, missing: 0.05, seed: 7 }), { matrix: false });
    const state = engineer.save();
    expect(createHash('sha256').update(state).digest('hex').slice(0, 16)).toBe(bytes);
    expect(FeatureEngineer.restore(state).hash).toBe(hash);
    if (interval < 3_600_000) expect(new FeatureEngineer(market).hash).toBe(hash);
  });

  it('has more features of coarse bars than the first release had, and of minutes the same', () => {
    const count = (market: Market, features?: readonly FeatureFamily[]) => featureSpecs(market, features).length;
    expect(count(minutes)).toBe(count(minutes, originalFeatures()));
    expect(count(days) - count(days, originalFeatures())).toBe(10);
    const hours = resolveMarket(3_600_000, { exchange: 'LSE' });
    expect(count(hours) - count(hours, originalFeatures())).toBe(10);
  });

  it('has another hash for another market, and the same for the same', () => {
    const hash = (exchange: string) => featureSetHash(resolveMarket(60_000, { exchange }));
    expect(hash('NYSE')).toBe(hash('NASDAQ'));
    expect(hash('NYSE')).not.toBe(hash('LSE'));
  });

  it('has another hash for other parameters, other versions, another order and families of one’s own', () => {
    const lists = [
      standardFeatures(),
      [...standardFeatures(), rsi({ periods: [2] })],
      [...standardFeatures(), rsi({ periods: [3] })],
      [...standardFeatures()].reverse(),
      standardFeatures().slice(1),
      [...standardFeatures(), mine()],
      [...standardFeatures(), mine({}, 2)],
      [...standardFeatures(), mine({ bars: 1 })],
    ];
    expect(new Set(lists.map((list) => featureSetHash(minutes, list))).size).toBe(lists.length);
    expect(featureSetHash(minutes, [mine({ a: 1, b: 2 })])).toBe(featureSetHash(minutes, [mine({ b: 2, a: 1 })]));
  });

  it.each([...MAKERS])('%s is made again from its parameters', (name, make) => {
    const family = make({});
    const again = make(JSON.parse(JSON.stringify(family.parameters)));
    expect(family.name).toBe(name);
    expect(again.parameters).toEqual(family.parameters);
    for (const market of [minutes, days]) expect(again.features(market)).toEqual(family.features(market));
  });

  it('two instances of a family stand in one list', () => {
    const list = [...standardFeatures(), bollinger({ period: 10, deviations: 1.5 }), macd({ fast: 5, slow: 35, signal: 5 })];
    const names = featureSpecs(minutes, [...list, rangeAndTrend({ adx: [7] }), movingAverages({ sma: [7] })]).map(({ name }) => name);
    expect(names).toContain('bollinger_upper');
    expect(names).toContain('bollinger_upper_10_1p5');
    expect(names).toContain('macd_line_5_35_5_14');
    expect(names).toContain('adx_7');
    expect(names).toContain('sma_7_distance');
    expect(new Set(names).size).toBe(names.length);
  });

  it('says of names that clash whose they are', () => {
    expect(() => featureSetHash(minutes, [...standardFeatures(), rsi({ periods: [14] })])).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: "features: 'rsi_14' is a feature of rsi [7, 14, 21] and of rsi [14]; leave one of them out, or give it other parameters",
      }),
    );
    const stolen = { ...rsi(), features: () => [] };
    expect(() => featureSetHash(minutes, [stolen])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining("called 'rsi', as one of this library's") }),
    );
  });

  it.each<[string, () => unknown, string]>([
    ['a period of 0', () => rsi({ periods: [0] }), 'periods[0] must be a whole number from 1 to 10,000, not 0'],
    ['a period twice', () => rsi({ periods: [7, 7] }), 'periods[1] is 7 again; give each of the periods once'],
    ['no period', () => rsi({ periods: [] }), 'periods has 0 periods; give 1 to 64'],
    [
      'a parameter that there is not',
      () => Reflect.apply(rsi, null, [{ period: [7] }]),
      "unknown option 'period'; did you mean 'periods'?",
    ],
    ['a fast average that is slower', () => macd({ fast: 30 }), 'fast is 30 and slow is 26'],
    ['a deviation of 0', () => bollinger({ deviations: 0 }), 'deviations must be a number above 0, at most 100, not 0'],
    ['a slope of no average', () => movingAverages({ sma: [5], slopes: ['sma_6'] }), "slopes has 'sma_6', which is not among sma and ema"],
    [
      'no list',
      () => Reflect.construct(FeatureEngineer, [minutes, rsi()]),
      'features must be an array of feature families, not an object: put it into brackets',
    ],
    ['a maker', () => Reflect.construct(FeatureEngineer, [minutes, [rsi]]), 'features[0] is a function: call rsi()'],
    ['an empty list', () => new FeatureEngineer(minutes, []), 'features has 0 families; give 1 to 500'],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }));
  });

  it('is described in few words', () => {
    expect(familyText(rsi())).toBe('rsi [7, 14, 21]');
    expect(familyText(bollinger())).toBe('bollinger (period 20, deviations 2)');
    expect(familyText(mine({}, 3))).toBe('my_gap version 3');
  });
});

describe('a matrix to be filled', () => {
  it.each([-1, 0.5, Number.NaN, '5', 1e12])('of %s rows is refused in words', (rows) => {
    const engineer = new FeatureEngineer(resolveMarket(60_000));
    expect(() => Reflect.apply(engineer.allocateMatrix, engineer, [rows])).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(engineer.allocateMatrix(2).columns[0]).toHaveLength(2);
  });
});
