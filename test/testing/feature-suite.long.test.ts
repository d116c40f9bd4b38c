import { describe, expect, it } from 'vitest';
import { MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { rsi, timeframes } from '../../src/features';
import { defineFeature, type FeatureFamily } from '../../src/index';
import { type FeatureSuite, testFeature } from '../../src/testing';
import { randomBars } from '../generated-bars';
import { collectResults } from './collecting-runner';

/** Features that keep the laws: each building block, and the block form. */
const SOUND: readonly FeatureFamily[] = [
  rsi({ periods: [3] }),
  timeframes({ lengths: ['1h', '1w', '1mo'] }),
  defineFeature({
    name: 'gap_rank',
    range: [0, 1],
    warmup: 20,
    next: ({ lag, window }) => {
      const close = lag(1);
      const gaps = window(20);
      return (bar) => gaps.next(bar.open / close.next(bar.close) - 1).rank;
    },
  }),
  defineFeature({
    name: 'all_blocks',
    warmup: 29,
    next: ({ lag, window, ema, wilder, slot }) => {
      const [past, last, fast, slow, bars] = [lag(3), window(7), ema(4), wilder(27), slot(2)];
      return ({ close, high, low, volume }) => {
        bars.value = (bars.value + volume) % 1_000;
        const { sum, mean, std, min, max, rank } = last.next(close);
        const moved = close - past.next(close);
        return (
          sum + mean + std + min + max + rank + last.quantile(0.3) + moved + fast.next(close) + slow.next(moved * (high - low)) + bars.value
        );
      };
    },
  }),
  defineFeature({
    name: 'above_the_day',
    gaps: true,
    next: ({ higher }) => {
      const week = higher('1w');
      return (bar) => bar.close / week.close - 1 + (week.isNew ? 1 : 0) + week.closed + (week.high - week.low) / (week.open + week.volume);
    },
  }),
  defineFeature({
    name: 'block_form',
    warmup: 4,
    fold: (_market, state) => {
      const close = state.history(4);
      return (block, out) => {
        close.load(block.close);
        for (let i = 0; i < block.length; i++) out[i] = close.values[i + 4] / close.values[i] - 1;
      };
    },
  }),
];

const given = { market: resolveMarket(MINUTE_MS), bars: randomBars(400, { seed: 3 }) };
const closes = new Map<number, number>();
const previous = new Map<number, number>();
const outside = { counter: 0, seen: new Float64Array(100_000), last: new Float64Array(1) };

/** Features that break a law, and what is said of them. */
const BROKEN: readonly [string, Omit<FeatureSuite, 'runner'>, RegExp][] = [
  [
    'looks one bar ahead in its block',
    {
      feature: defineFeature({
        name: 'ahead',
        fold: () => (block, out) => {
          for (let i = 0; i < block.length; i++) out[i] = block.close[Math.min(i + 1, block.length - 1)];
        },
      }),
    },
    /ahead on bar \d+ is .* before, and .* after changing the bars from \d+ on/,
  ],
  [
    'looks one bar ahead through an array that it has kept',
    { bars: given, feature: defineFeature({ name: 'kept', next: () => (bar) => given.bars.close[Math.min(bar.number + 1, 399)] }) },
    /the bars given: kept on bar \d+ is .* after changing the bars/,
  ],
  [
    'remembers what it has seen of other runs',
    {
      feature: defineFeature({
        name: 'seen',
        next: () => (bar) => {
          outside.seen[bar.number] = bar.close;
          return outside.seen[bar.number + 1];
        },
      }),
    },
    /seen on bar \d+ is .* at first, and .* the second time/,
  ],
  [
    'keeps a counter outside the state',
    {
      feature: defineFeature({
        name: 'counter',
        next: () => {
          let bars = 0;
          return () => ++bars;
        },
      }),
    },
    /counter on bar \d+ is .* in one piece, and 1 cut before/,
  ],
  [
    'keeps a counter outside the fold',
    { feature: defineFeature({ name: 'global', next: () => () => ++outside.counter }) },
    /global on bar 0 is 1?\d+ at first, and \d+ the second time/,
  ],
  ['is random', { feature: defineFeature({ name: 'random', next: () => () => Math.random() }) }, /random on bar 0 is .* the second time/],
  [
    'shares a buffer with another of its kind',
    {
      feature: defineFeature({
        name: 'shared',
        warmup: 1,
        fold: () => (block, out) => {
          for (let i = 0; i < block.length; i++) {
            const before = block.first + i === 0 ? Number.NaN : outside.last[0];
            out[i] = block.close[i] - before;
            outside.last[0] = block.close[i];
          }
        },
      }),
    },
    /shared on bar 17 is .* alone, and .* beside another series/,
  ],
  [
    'remembers by time, outside the state',
    {
      feature: defineFeature({
        name: 'by_time',
        warmup: 1,
        next: () => {
          let last = Number.NaN;
          return (bar) => {
            const before = closes.get(last) ?? closes.get(previous.get(bar.timestamp) ?? Number.NaN) ?? Number.NaN;
            if (!Number.isNaN(last)) previous.set(bar.timestamp, last);
            last = bar.timestamp;
            closes.set(bar.timestamp, bar.close);
            return bar.close - before;
          };
        },
      }),
    },
    /by_time on bar \d+ is .* alone, and .* beside another series of the same times/,
  ],
  [
    'looks ahead where a whole block is at hand',
    {
      feature: defineFeature({
        name: 'whole_block',
        fold: () => (block, out) => {
          out.fill(1);
          if (block.length === 1_024) out[0] = block.close[1_023];
        },
      }),
    },
    /whole_block on bar 0 is .* in one piece, and 1 /,
  ],
  [
    'looks ahead late in a series',
    {
      feature: defineFeature({
        name: 'late_ahead',
        fold: () => (block, out) => {
          out.fill(1);
          for (let i = 0; i + 1 < block.length; i++) if (block.first + i > 700) out[i] = block.volume[i + 1];
        },
      }),
    },
    /late_ahead on bar \d+ is .* in one piece, and 1 /,
  ],
  [
    'counts its calls outside of the state',
    {
      feature: defineFeature({
        name: 'calls',
        fold: () => {
          let calls = 0;
          return (_, out) => void out.fill(++calls > 40 ? 1 : 0);
        },
      }),
    },
    /calls on bar 40 is 0 in one piece, and 1 bar by bar/,
  ],
  [
    'has no number in the middle',
    { feature: defineFeature({ name: 'hole', next: () => (bar) => (bar.number === 77 ? Number.NaN : 1) }) },
    /FEATURE_FAILED|hole is NaN on bar 77/,
  ],
  [
    'needs more bars than it says',
    {
      feature: defineFeature({
        name: 'early',
        warmup: 8,
        next: ({ window }) => {
          const last = window(10);
          return (bar) => last.next(bar.close).mean;
        },
      }),
    },
    /early is NaN on bar 8 .*; from bar 8 on, its warmup, every bar must have a number; raise warmup/,
  ],
  [
    'has no value in all the bars',
    { length: 300, feature: defineFeature({ name: 'late', warmup: 300, next: () => () => 1 }) },
    /late has no value in 300 bars, its warmup is 300: raise length/,
  ],
  [
    'leaves its range',
    { feature: defineFeature({ name: 'wide', range: [0, 1], next: () => (bar) => bar.close / bar.open }) },
    /wide is 1\.\d+ on bar \d+ .*; its range is 0 to 1/,
  ],
];

/** What the tests of a suite fail with. */
async function failures(suite: Omit<FeatureSuite, 'runner'>): Promise<readonly string[]> {
  const results = await collectResults((runner) => testFeature({ ...suite, runner }));
  expect(results.length).toBe(6);
  return results.flatMap(({ error }) => error ?? []);
}

describe('testFeature', () => {
  for (const feature of SOUND) testFeature({ feature, runner: { describe, it } });

  it.each(BROKEN)('catches a feature that %s', async (_, suite, message) => {
    expect((await failures(suite)).join('\n')).toMatch(message);
  });

  it('leaves the bars given as they were', async () => {
    const before = structuredClone(given.bars);
    await failures({ feature: rsi(), bars: given });
    expect(given.bars).toEqual(before);
  });
});
