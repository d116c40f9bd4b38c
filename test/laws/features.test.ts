import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { type Market, resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { randomBars, wildBars } from '../generated-bars';
import { runs } from '../runs';
import { assertDocumented, copyWithFuture, firstDifference, foldAll, type Values } from './feature-values';

const MARKETS: readonly [string, Market, number][] = [
  ['minute bars of a New York stock', resolveMarket(60_000, { exchange: 'NASDAQ' }), 60_000],
  ['minute bars stamped at their end, in Kolkata', resolveMarket(60_000, { exchange: 'NSE', stamp: 'end' }), 60_000],
  ['minute bars round the clock', resolveMarket(60_000), 60_000],
  ['hourly bars', resolveMarket(3_600_000, { exchange: 'LSE' }), 3_600_000],
  ['daily bars', resolveMarket(86_400_000, { exchange: 'NYSE' }), 86_400_000],
];

async function foldInPieces(market: Market, bars: Bars, cuts: readonly number[]) {
  const values: Values = new Map();
  let engineer = new FeatureEngineer(market);
  const bounds = [0, ...[...cuts].sort((a, b) => a - b), bars.length];
  for (let piece = 0; piece + 1 < bounds.length; piece++) {
    await foldAll(engineer, sliceBars(bars, bounds[piece], bounds[piece + 1]), { values, offset: bounds[piece], length: bars.length });
    engineer = FeatureEngineer.restore(engineer.save());
  }
  return { values, state: engineer.save() };
}

describe.each(MARKETS)('laws of the feature engine: %s', (_, market, interval) => {
  const bars = randomBars(5_000, { interval, missing: 0.05, seed: 7 });

  it('cut anywhere, saved and restored: the same bits and the same state', async () => {
    const whole = await foldInPieces(market, bars, []);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bars.length }), { maxLength: 6 }), async (cuts) => {
        const pieces = await foldInPieces(market, bars, cuts);
        expect(firstDifference(whole.values, pieces.values, 0, bars.length)).toBeUndefined();
        expect(Buffer.compare(pieces.state, whole.state)).toBe(0);
      }),
      { seed: 20240304, numRuns: runs(6, 12) },
    );
  });

  it('bar by bar, as live bars come: the same bits and the same state', async () => {
    const few = sliceBars(bars, 0, 400);
    const whole = await foldInPieces(market, few, []);
    const single = await foldInPieces(
      market,
      few,
      Array.from({ length: 399 }, (_, i) => i + 1),
    );
    expect(firstDifference(whole.values, single.values, 0, few.length)).toBeUndefined();
    expect(Buffer.compare(single.state, whole.state)).toBe(0);
  });

  it('change the future, even its times: the past stays as it is', async () => {
    const before = await foldAll(new FeatureEngineer(market), bars);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: bars.length - 1 }), fc.integer({ min: 0, max: 3_000 }), async (from, shift) => {
        const changed = copyWithFuture(bars, from, (copy, i) => {
          copy.timestamp[i] += shift * interval;
          copy.open[i] *= 3;
          copy.high[i] *= 5;
          copy.low[i] /= 2;
          copy.close[i] *= 2;
          copy.volume[i] += 1e6;
        });
        const after = await foldAll(new FeatureEngineer(market), changed);
        expect(firstDifference(before, after, 0, from)).toBeUndefined();
      }),
      { seed: 20240305, numRuns: runs(6, 12) },
    );
  });

  it('warm-up and range are as documented', async () => {
    const engineer = new FeatureEngineer(market);
    assertDocumented(engineer.features, await foldAll(engineer, bars), bars.length);
  });

  it('warm-up and range hold on wild bars, and no value is infinite', async () => {
    await fc.assert(
      fc.asyncProperty(wildBars(700), async (wild) => {
        const engineer = new FeatureEngineer(market);
        assertDocumented(engineer.features, await foldAll(engineer, wild), wild.length);
      }),
      { seed: 20240306, numRuns: runs(8, 16) },
    );
  });

  it('names are unique, and the model matrix holds the model features as Float32', async () => {
    const engineer = new FeatureEngineer(market);
    expect(new Set(engineer.features.map((spec) => spec.name)).size).toBe(engineer.features.length);
    const values = await foldAll(new FeatureEngineer(market), bars);
    const matrix = await engineer.update(bars);
    expect(matrix.names).toEqual(engineer.modelFeatures);
    matrix.names.forEach((name, j) => {
      expect(matrix.columns[j].length).toBe(bars.length);
      expect(
        Buffer.compare(new Uint8Array(matrix.columns[j].slice().buffer), new Uint8Array(Float32Array.from(values.get(name) ?? []).buffer)),
        name,
      ).toBe(0);
    });
    expect([...engineer.latestRow]).toEqual(matrix.columns.map((column) => column[bars.length - 1]));
  });

  it('what models see is free of the price level', async () => {
    const scaled = copyWithFuture(bars, 0, (copy, i) => {
      copy.open[i] *= 64;
      copy.high[i] *= 64;
      copy.low[i] *= 64;
      copy.close[i] *= 64;
    });
    const a = await new FeatureEngineer(market).update(bars);
    const b = await new FeatureEngineer(market).update(scaled);
    a.names.forEach((name, j) => {
      for (let i = 0; i < bars.length; i++) {
        if (Math.abs(a.columns[j][i] - b.columns[j][i]) > 1e-5 * Math.max(1, Math.abs(a.columns[j][i]))) {
          expect.fail(`${name} on bar ${i}: ${a.columns[j][i]} at one price level, ${b.columns[j][i]} at 64 times that`);
        }
      }
    });
  });
});
