import assert from 'node:assert/strict';
import { type Bars, checkBars, sliceBars } from '../bars/bars';
import type { Market } from '../bars/market';
import type { FeatureFamily } from '../features/family';
import { FeatureEngineer } from '../features/feature-engineer';
import { atOtherPrices, type GeneratedSeries, generatedMarkets, uniform, withOtherFuture } from './feature-markets';
import type { TestRunner } from './store-under-test';

/** What {@link testFeature} needs to know of a feature. */
export interface FeatureSuite {
  /** The feature, or a family of them. */
  readonly feature: FeatureFamily;
  /** `describe` and `it` of vitest, jest or `node:test`. */
  readonly runner: TestRunner;
  /** What it is called in the names of the tests. Default: its title. */
  readonly name?: string;
  /**
   * A series of your own that the laws are held against, too, besides generated ones. Its later bars are changed while it is looked whether the feature knows them, and
   * changed back: give the very arrays that your code might have kept.
   */
  readonly bars?: {
    /** Whose bars. */
    readonly market: Market;
    /** The bars. */
    readonly bars: Bars;
  };
  /** Bars of each generated series, 100 to 100,000. Default 1,200, more than are folded at once, or thrice the longest warm-up if that is more, up to 20,000. */
  readonly length?: number;
  /** Seed of the generated series. Default 1. */
  readonly seed?: number;
}

/** Bars of a generated series, unless more are asked for or needed: more than a block. */
const USUAL = 1_200;
/** The most that are needed. */
const LONGEST = 20_000;
/** Ways to cut each series, and bars after which its future is changed. */
const TRIALS = 5;
/** Bars that are saved and restored one by one. */
const SINGLE_BARS = 120;

/**
 * Registers the tests that every feature must pass, so that the rest of the library can rely on it: a value in its range on every bar after its warm-up, the same bits however
 * a series is cut, saved and restored, no knowledge of later bars, and nothing kept outside the state that it is given. The bars are generated: stocks by the minute, hours,
 * days, round the clock, with nights, holes, jumps and flat stretches.
 *
 * @example
 * ```ts
 * import { testFeature } from 'tickerforest/testing';
 * import { describe, it } from 'vitest';
 *
 * testFeature({ feature: myGap, runner: { describe, it } });
 * ```
 *
 * @param suite - the feature, and the test runner
 */
export function testFeature(suite: FeatureSuite): void {
  const { feature, runner, seed = 1, name = feature.title } = suite;
  const own: readonly GeneratedSeries[] = suite.bars === undefined ? [] : [{ title: 'the bars given', ...suite.bars }];
  for (const { bars } of own) checkBars(bars);
  const all = lazily(() => [...own, ...generatedMarkets(suite.length ?? lengthFor(feature), seed)]);
  const law = (title: string, body: (series: GeneratedSeries) => Promise<void>) => {
    runner.it(title, async () => {
      for (const series of all()) await body(series);
    });
  };
  runner.describe(`${name} as a feature`, () => {
    law('has a value in its range on every bar after its warm-up', async ({ title, market, bars }) => {
      const late = feature.features(market).find(({ warmup }) => warmup >= bars.length);
      assert.ok(!late, `${title}: ${late?.name} has no value in ${bars.length} bars, its warmup is ${late?.warmup}: raise length`);
      // the engine checks every value
      await valuesOf(new FeatureEngineer(market, [feature]), bars);
    });

    law('gives the same for the same bars, again and again', async ({ title, market, bars }) => {
      const first = await valuesOf(new FeatureEngineer(market, [feature]), bars);
      const second = await valuesOf(new FeatureEngineer(market, [feature]), bars);
      assertSameValues(first, second, bars.length, title, 'at first', 'the second time');
    });

    law('is the same to the bit however the series is cut, saved and restored', async ({ title, market, bars }) => {
      const whole = await inPieces(market, feature, bars, []);
      const next = uniform(seed + bars.length);
      for (let trial = 0; trial < TRIALS; trial++) {
        const cuts = Array.from({ length: 1 + trial }, () => Math.floor(next() * bars.length)).sort((a, b) => a - b);
        assertSamePieces(whole, await inPieces(market, feature, bars, cuts), bars.length, title, `cut before ${cuts.join(', ')}`);
      }
    });

    law('is the same bar by bar, as live bars come', async ({ title, market, bars }) => {
      const few = sliceBars(bars, 0, Math.min(SINGLE_BARS, bars.length));
      const cuts = Array.from({ length: few.length - 1 }, (_, i) => i + 1);
      assertSamePieces(
        await inPieces(market, feature, few, []),
        await inPieces(market, feature, few, cuts),
        few.length,
        title,
        'bar by bar',
      );
      // all of them without a restart: a look ahead may be seen on the last bar of a month only, and what is kept outside of the state after many calls
      const engineer = new FeatureEngineer(market, [feature]);
      const values: Values = new Map();
      for (let i = 0; i < bars.length; i++) await collect(engineer, sliceBars(bars, i, i + 1), values, bars.length);
      const whole = await valuesOf(new FeatureEngineer(market, [feature]), bars);
      assertSameValues(whole, values, bars.length, title, 'in one piece', 'bar by bar');
    });

    law('does not know later bars', async ({ title, market, bars }) => {
      const before = await valuesOf(new FeatureEngineer(market, [feature]), bars);
      const next = uniform(seed + 7);
      for (let trial = 0; trial < TRIALS; trial++) {
        const from = 1 + Math.floor(next() * (bars.length - 1));
        const after = await withOtherFuture(bars, from, market.interval, next, () =>
          valuesOf(new FeatureEngineer(market, [feature]), bars),
        );
        assertSameValues(before, after, from, title, 'before', `after changing the bars from ${from} on`);
      }
    });

    law('shares nothing with another of its kind', async ({ title, market, bars }) => {
      const half = Math.floor(bars.length / 2);
      const earlier = sliceBars(bars, 0, half);
      await assertApart(earlier, sliceBars(bars, half, 2 * half), 'beside another series');
      // what is remembered by time, outside of the state, is another series' there
      await assertApart(earlier, atOtherPrices(earlier), 'beside another series of the same times');

      async function assertApart(one: Bars, other: Bars, how: string): Promise<void> {
        const alone = [await inPieces(market, feature, one, []), await inPieces(market, feature, other, [])];
        const engines = [new FeatureEngineer(market, [feature]), new FeatureEngineer(market, [feature])];
        const values: Values[] = [new Map(), new Map()];
        for (let at = 0; at < half; at += STEP) {
          const to = Math.min(half, at + STEP);
          await collect(engines[0], sliceBars(one, at, to), values[0], half);
          await collect(engines[1], sliceBars(other, at, to), values[1], half);
        }
        for (const i of [0, 1]) assertSameValues(alone[i].values, values[i], half, title, 'alone', how);
      }
    });
  });
}

const STEP = 17;

type Values = Map<string, Float64Array>;

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Long enough for a warm-up on any of the generated markets. */
function lengthFor(feature: FeatureFamily): number {
  const warmups = generatedMarkets(1, 1).flatMap(({ market }) => feature.features(market).map(({ warmup }) => warmup));
  return Math.min(LONGEST, Math.max(USUAL, 3 * Math.max(0, ...warmups)));
}

async function valuesOf(engineer: FeatureEngineer, bars: Bars): Promise<Values> {
  const values: Values = new Map();
  await collect(engineer, bars, values, bars.length);
  return values;
}

/** Folds some bars, and puts the values to those of the bars before. */
async function collect(engineer: FeatureEngineer, bars: Bars, into: Values, length: number): Promise<void> {
  await engineer.update(bars, {
    matrix: false,
    onBlock: (specs, columns, first, count) => {
      specs.forEach(({ name }, j) => {
        const column = into.get(name) ?? new Float64Array(length);
        column.set(columns[j].subarray(0, count), first);
        into.set(name, column);
      });
    },
  });
}

interface Pieces {
  readonly values: Values;
  readonly state: Uint8Array;
}

async function inPieces(market: Market, feature: FeatureFamily, bars: Bars, cuts: readonly number[]): Promise<Pieces> {
  const values: Values = new Map();
  let engineer = new FeatureEngineer(market, [feature]);
  let from = 0;
  for (const to of [...cuts, bars.length]) {
    await collect(engineer, sliceBars(bars, from, to), values, bars.length);
    engineer = FeatureEngineer.restore(engineer.save(), [feature]);
    from = to;
  }
  return { values, state: engineer.save() };
}

function assertSamePieces(whole: Pieces, pieces: Pieces, length: number, title: string, how: string): void {
  assertSameValues(whole.values, pieces.values, length, title, 'in one piece', how);
  assert.ok(Buffer.compare(whole.state, pieces.state) === 0, `${title}: what is saved at the end differs ${how}`);
}

function assertSameValues(a: Values, b: Values, to: number, title: string, first: string, second: string): void {
  for (const [name, column] of a) {
    const other = b.get(name);
    for (let i = 0; i < to; i++) {
      if (!Object.is(column[i], other?.[i])) {
        assert.fail(`${title}: ${name} on bar ${i} is ${column[i]} ${first}, and ${other?.[i]} ${second}`);
      }
    }
  }
}
