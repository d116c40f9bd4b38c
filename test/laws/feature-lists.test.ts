import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { DAY_MS, type Market, resolveMarket } from '../../src/bars/market';
import { FeatureEngineer, type FeatureFamily, standardFeatures } from '../../src/index';
import { randomBars, wildBars } from '../generated-bars';
import { runs } from '../runs';
import { featureLists } from './feature-lists';
import { assertDocumented, copyWithFuture, firstDifference, foldAll, type Values } from './feature-values';

const MARKETS: readonly [string, Market][] = [
  ['minutes of a New York stock', resolveMarket(60_000, { exchange: 'NASDAQ' })],
  ['hours stamped at their end, in Kolkata', resolveMarket(3_600_000, { exchange: 'NSE', stamp: 'end' })],
  ['days', resolveMarket(DAY_MS, { exchange: 'NYSE' })],
];

async function inPieces(
  market: Market,
  features: readonly FeatureFamily[],
  bars: Bars,
  cuts: readonly number[],
  restore = restoreWith(features),
) {
  const values: Values = new Map();
  let engineer = new FeatureEngineer(market, features);
  const bounds = [0, ...[...cuts].sort((a, b) => a - b), bars.length];
  for (let piece = 0; piece + 1 < bounds.length; piece++) {
    await foldAll(engineer, sliceBars(bars, bounds[piece], bounds[piece + 1]), { values, offset: bounds[piece], length: bars.length });
    engineer = restore(engineer.save());
  }
  return { values, state: engineer.save() };
}

const restoreWith = (features: readonly FeatureFamily[]) => (state: Uint8Array) => FeatureEngineer.restore(state, features);
const aLists = featureLists(true);

describe.each(MARKETS)('laws of any list of features: %s', (_, market) => {
  const bars = randomBars(900, { interval: market.interval, missing: 0.05, seed: 17 });

  it('cut anywhere, saved and restored: the same bits and the same state', async () => {
    const cuts = fc.array(fc.integer({ min: 0, max: bars.length }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(aLists, cuts, async (features, places) => {
        const whole = await inPieces(market, features, bars, []);
        const pieces = await inPieces(market, features, bars, places);
        expect(firstDifference(whole.values, pieces.values, 0, bars.length)).toBeUndefined();
        expect(Buffer.compare(pieces.state, whole.state)).toBe(0);
      }),
      { seed: 20261126, numRuns: runs(15, 50) },
    );
  });

  it('without features of one’s own a checkpoint says what it was made with', async () => {
    await fc.assert(
      fc.asyncProperty(featureLists(false), fc.integer({ min: 0, max: 300 }), async (features, cut) => {
        const few = sliceBars(bars, 0, 300);
        const whole = await inPieces(market, features, few, []);
        const pieces = await inPieces(market, features, few, [cut], (state) => FeatureEngineer.restore(state));
        expect(firstDifference(whole.values, pieces.values, 0, few.length)).toBeUndefined();
        expect(Buffer.compare(pieces.state, whole.state)).toBe(0);
      }),
      { seed: 20261127, numRuns: runs(15, 50) },
    );
  });

  it('change the future, even its times: the past stays as it is', async () => {
    const places = fc.tuple(fc.integer({ min: 1, max: bars.length - 1 }), fc.integer({ min: 0, max: 3_000 }));
    await fc.assert(
      fc.asyncProperty(aLists, places, async (features, [from, shift]) => {
        const changed = copyWithFuture(bars, from, (copy, i) => {
          copy.timestamp[i] += shift * market.interval;
          copy.open[i] *= 3;
          copy.high[i] *= 5;
          copy.low[i] /= 2;
          copy.close[i] *= 2;
          copy.volume[i] += 1e6;
        });
        const before = await foldAll(new FeatureEngineer(market, features), bars);
        const after = await foldAll(new FeatureEngineer(market, features), changed);
        expect(firstDifference(before, after, 0, from)).toBeUndefined();
      }),
      { seed: 20261128, numRuns: runs(15, 50) },
    );
  });

  it('warm-up and range are as documented, also on wild bars', async () => {
    await fc.assert(
      fc.asyncProperty(featureLists(false), wildBars(400), async (features, wild) => {
        const engineer = new FeatureEngineer(market, features);
        assertDocumented(engineer.features, await foldAll(engineer, wild), wild.length);
      }),
      { seed: 20261129, numRuns: runs(30, 120) },
    );
  });

  it('a feature has the same values in any list', async () => {
    const standard = await foldAll(new FeatureEngineer(market), bars);
    await fc.assert(
      fc.asyncProperty(featureLists(false), featureLists(false), async (first, second) => {
        const [a, b] = await Promise.all([first, second].map((list) => foldAll(new FeatureEngineer(market, list), bars)));
        for (const [one, other] of [
          [a, b],
          [a, standard],
          [b, standard],
        ]) {
          const common = new Map([...one].filter(([name]) => other.has(name)));
          expect(firstDifference(common, other, 0, bars.length)).toBeUndefined();
        }
      }),
      { seed: 20261130, numRuns: runs(20, 75) },
    );
  });

  it('two engines that run by turns are like two that run alone', async () => {
    const [early, late] = [sliceBars(bars, 0, 450), sliceBars(bars, 450, 900)];
    await fc.assert(
      fc.asyncProperty(aLists, fc.integer({ min: 1, max: 200 }), async (features, step) => {
        const alone = [
          await foldAll(new FeatureEngineer(market, features), early),
          await foldAll(new FeatureEngineer(market, features), late),
        ];
        const engines = [new FeatureEngineer(market, features), new FeatureEngineer(market, features)];
        const turns: Values[] = [new Map(), new Map()];
        for (let at = 0; at < 450; at += step) {
          for (const i of [0, 1]) {
            const piece = sliceBars([early, late][i], at, Math.min(450, at + step));
            await foldAll(engines[i], piece, { values: turns[i], offset: at, length: 450 });
          }
        }
        for (const i of [0, 1]) expect(firstDifference(alone[i], turns[i], 0, 450)).toBeUndefined();
      }),
      { seed: 20261131, numRuns: runs(6, 20) },
    );
  });
});

describe('a checkpoint of other features', () => {
  const market = resolveMarket(60_000);

  it('is refused with what differs, and read with what it was made with', async () => {
    await fc.assert(
      fc.asyncProperty(featureLists(false), async (features) => {
        const engineer = new FeatureEngineer(market, features);
        await engineer.update(sliceBars(randomBars(50), 0, 50), { matrix: false });
        const state = engineer.save();
        expect(() => FeatureEngineer.restore(state, standardFeatures())).toThrow(
          expect.objectContaining({
            code: 'CHECKPOINT_UNUSABLE',
            message: expect.stringMatching(/^feature checkpoint: made with other features: (added|removed|changed) [a-z]/),
          }),
        );
        expect(FeatureEngineer.restore(state).families.map(({ name }) => name)).toEqual(features.map(({ name }) => name));
      }),
      { seed: 20261201, numRuns: runs(15, 50) },
    );
  });
});
