import fc from 'fast-check';
import {
  bollinger,
  calendar,
  macd,
  momentum,
  movingAverages,
  rangeAndTrend,
  regime,
  risk,
  rsi,
  statistics,
  timeframes,
  volatility,
  volume,
} from '../../src/features';
import { defineFeature, type FeatureFamily } from '../../src/index';

const int = (min: number, max: number) => fc.integer({ min, max });
const some = <T>(item: fc.Arbitrary<T>, min = 0) => fc.uniqueArray(item, { minLength: min, maxLength: 3 });
const bars = (min = 1) => some(int(min, 80));
const pairs = (minShort: number) =>
  fc.uniqueArray(
    fc.tuple(int(minShort, 30), int(1, 40)).map(([short, more]) => [short, short + more] as const),
    { maxLength: 2, selector: (pair) => pair.join(' ') },
  );

const allEmpty = (parameters: object) => Object.values(parameters).every((value) => !Array.isArray(value) || value.length === 0);

/** A user's own, of every building block, with a parameter. */
export function ownFeature(period: number): FeatureFamily {
  return defineFeature({
    name: `own_${period}`,
    parameters: { period },
    warmup: period + 3,
    next: ({ lag, window, ema, wilder, slot }) => {
      const [past, last, fast, slow, turns] = [lag(3), window(period), ema(period), wilder(period), slot(1)];
      return ({ close, volume }) => {
        const moved = close / past.next(close) - 1;
        turns.value = moved < 0 ? 1 - turns.value : turns.value;
        const { mean, std, rank, max } = last.next(moved);
        return mean + std + rank + max + fast.next(moved) + slow.next(volume) + turns.value;
      };
    },
  });
}

/** A user's own, a block at a time, that knows the last closed hour or week. */
export const OWN_BLOCKS = defineFeature({
  name: 'own_blocks',
  warmup: 5,
  fold: (_market, state) => {
    const close = state.history(5);
    const highest = state.slots(1);
    return (block, out) => {
      close.load(block.close);
      for (let i = 0; i < block.length; i++) {
        highest[0] = Math.max(highest[0], block.high[i]);
        out[i] = close.values[i + 5] / close.values[i] - block.close[i] / highest[0];
      }
    };
  },
});

const FAMILIES: readonly fc.Arbitrary<FeatureFamily | null>[] = [
  fc.record({ sma: bars(), ema: bars(), slopeBars: int(1, 9) }).map(({ sma, ema, slopeBars }) => {
    const names = [...sma.map((n) => `sma_${n}`), ...ema.map((n) => `ema_${n}`)];
    const crosses = names.slice(1).map((name) => [names[0], name] as const);
    if (names.length === 0) return null;
    return movingAverages({ sma, ema, slopeBars, slopes: names.slice(0, 2), crosses, crossAges: crosses.slice(0, 2) });
  }),
  fc.record({ period: int(2, 60), deviations: fc.constantFrom(1, 1.5, 2.25, 3) }).map(bollinger),
  some(int(1, 40), 1).map((periods) => rsi({ periods })),
  fc
    .tuple(int(1, 20), int(1, 30), int(1, 12), int(1, 20))
    .map(([fast, more, signal, atr]) => macd({ fast, slow: fast + more, signal, atr })),
  fc
    .record({
      trueRange: fc.boolean(),
      atr: bars(),
      stochastic: fc.uniqueArray(fc.record({ period: int(1, 30), smoothing: int(1, 5) }), { maxLength: 2, selector: JSON.stringify }),
      williamsR: bars(),
      adx: bars(2),
      cci: bars(2),
    })
    .map((parameters) => (allEmpty(parameters) ? null : rangeAndTrend(parameters))),
  fc
    .record({ lines: fc.subarray(['obv', 'ad_line', 'vwap_session'] as const), windows: bars(), mfi: bars(), adSlopes: bars() })
    .map((parameters) => (allEmpty(parameters) ? null : volume(parameters))),
  fc
    .record({ rates: bars(), distances: bars(), atr: int(1, 20) })
    .map((parameters) => (allEmpty(parameters) ? null : momentum(parameters))),
  fc
    .record({
      returns: fc.subarray(['simple', 'log'] as const),
      windows: bars(4),
      autocorrelations: pairs(1),
      absoluteAutocorrelations: pairs(1),
      zScores: bars(2),
      ranks: bars(2),
      upShares: bars(),
    })
    .map((parameters) => (allEmpty(parameters) ? null : statistics(parameters))),
  fc
    .record({ windows: some(fc.constantFrom(20, 40, 60, 100)), sinceFirst: fc.boolean() })
    .map((parameters) => (parameters.windows.length === 0 && !parameters.sinceFirst ? null : risk(parameters))),
  pairs(3).map((ratios) =>
    ratios.length === 0 ? volatility({ windows: [7] }) : volatility({ windows: [...new Set(ratios.flat())], ratios, ofVolatility: ratios }),
  ),
  some(fc.constantFrom('5m', '45m', '2h', '1d', '1w', '1mo'), 1).map((lengths) => timeframes({ lengths })),
  fc
    .record({
      trend: bars(3),
      volatility: bars(2),
      varianceRatio: bars(10),
      efficiency: bars(),
      sinceHigh: bars(2),
      drawdown: bars(2),
    })
    .map((parameters) => (allEmpty(parameters) ? null : regime(parameters))),
  fc.constant(calendar()),
  fc.constantFrom(
    ...[() => rsi(), bollinger, macd, movingAverages, rangeAndTrend, volume, momentum, statistics, risk, volatility].map((make) => make()),
  ),
];
const OWN: readonly fc.Arbitrary<FeatureFamily>[] = [int(2, 20).map(ownFeature), fc.constant(OWN_BLOCKS)];

/**
 * @param withOwn - whether features of a user's own may be among them
 * @returns lists of families with random parameters in a random order, without names that clash; some have several instances of a family
 */
export function featureLists(withOwn: boolean): fc.Arbitrary<readonly FeatureFamily[]> {
  const family = fc.oneof(...FAMILIES, ...(withOwn ? OWN : []));
  const named = (one: FeatureFamily) =>
    one.features({ interval: 60_000, stamp: 'start', timeZone: 'UTC', session: { open: 0, close: 1440, earlyCloses: 'none' } });
  return fc.array(family, { minLength: 3, maxLength: 8 }).map((families) => {
    const names = new Set<string>();
    const list = families.filter((one): one is FeatureFamily => {
      const own = one === null ? [] : named(one).map(({ name }) => name);
      if (own.length === 0 || own.some((name) => names.has(name))) return false;
      for (const name of own) names.add(name);
      return true;
    });
    return list.length > 0 ? list : [rsi()];
  });
}
