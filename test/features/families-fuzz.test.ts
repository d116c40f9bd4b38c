import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { featureSetHash, rsi } from '../../src/features';
import { BOLLINGER } from '../../src/features/bollinger';
import { DEFINE_FEATURE } from '../../src/features/define-feature';
import { MACD } from '../../src/features/macd';
import { MOMENTUM } from '../../src/features/momentum';
import { MOVING_AVERAGES } from '../../src/features/moving-averages';
import { RANGE_AND_TREND } from '../../src/features/range-and-trend';
import { REGIME } from '../../src/features/regime';
import { RISK } from '../../src/features/risk';
import { RSI } from '../../src/features/rsi';
import { MAKERS } from '../../src/features/standard-features';
import { STATISTICS } from '../../src/features/statistics';
import { TIMEFRAMES } from '../../src/features/timeframes';
import { VOLATILITY } from '../../src/features/volatility';
import { VOLUME } from '../../src/features/volume';
import { defineFeature, FeatureEngineer, resolveMarket, TickerforestError } from '../../src/index';
import { randomBars } from '../generated-bars';
import { anything } from '../options/hostile-values';
import { runs } from '../runs';

const market = resolveMarket(60_000);
const bars: Bars = randomBars(90, { seed: 4 });
const js = (call: (...args: never[]) => unknown, ...args: readonly unknown[]): unknown => Reflect.apply(call, undefined, args);

const TABLES: Readonly<Record<string, object>> = {
  moving_averages: MOVING_AVERAGES,
  bollinger: BOLLINGER,
  rsi: RSI,
  macd: MACD,
  range_and_trend: RANGE_AND_TREND,
  volume: VOLUME,
  momentum: MOMENTUM,
  statistics: STATISTICS,
  risk: RISK,
  volatility: VOLATILITY,
  timeframes: TIMEFRAMES,
  regime: REGIME,
  calendar: {},
};

/** Numbers and lists that are nearly right, among what is not. */
const nearly = fc.oneof(
  { weight: 3, arbitrary: anything },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: 10_001 }) },
  {
    weight: 3,
    arbitrary: fc.array(fc.oneof(fc.integer({ min: 0, max: 120 }), fc.constantFrom('5m', 'obv', 'simple', 'sma_5', 7.5)), { maxLength: 4 }),
  },
  {
    weight: 2,
    arbitrary: fc.array(fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constantFrom('sma_5', 'ema_9')), { maxLength: 3 }), {
      maxLength: 3,
    }),
  },
);

const optionsOf = (table: object) => fc.dictionary(fc.constantFrom(...Object.keys(table), 'period', '__proto__'), nearly, { maxKeys: 4 });

/** Makes a family and folds with it; whether that was refused. Nothing but this library's errors may come. */
async function fold(make: () => unknown): Promise<string | null> {
  try {
    const engineer: unknown = Reflect.construct(FeatureEngineer, [market, [make()]]);
    if (!(engineer instanceof FeatureEngineer)) throw new Error('no engine');
    await engineer.update(bars);
    const again = FeatureEngineer.restore(engineer.save(), engineer.families);
    expect(again.hash).toBe(engineer.hash);
    return null;
  } catch (error) {
    if (!(error instanceof TickerforestError)) throw error;
    expect(error.message.length).toBeLessThan(2_000);
    return error.code;
  }
}

describe('whatever a family is given', () => {
  it.each([...MAKERS])('%s is refused with a code, or folds', async (name, make) => {
    await fc.assert(
      fc.asyncProperty(optionsOf(TABLES[name]), async (options) => {
        expect([null, 'INVALID_OPTION']).toContain(await fold(() => js(make, options)));
      }),
      { seed: 1, numRuns: runs(100, 1_000) },
    );
  });

  it('defineFeature refuses it with a code, or it folds, or the feature is named', async () => {
    const options = fc
      .tuple(optionsOf(DEFINE_FEATURE), fc.constantFrom('next', 'fold', 'neither'), anything)
      .map(([given, form, value]) => ({ name: 'mine', ...(form === 'neither' ? {} : { [form]: () => () => value }), ...given }));
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        expect([null, 'INVALID_OPTION', 'FEATURE_FAILED']).toContain(await fold(() => js(defineFeature, given)));
      }),
      { seed: 2, numRuns: runs(200, 2_000) },
    );
  });

  it('a list of features is refused with a code', () => {
    fc.assert(
      fc.property(anything, anything, (value, part) => {
        for (const list of [
          value,
          [value],
          [rsi(), value],
          [{ ...rsi(), name: 'mine', parameters: value, version: part }],
          [{ ...rsi(), name: 'mine', features: () => [value] }],
        ]) {
          try {
            js(featureSetHash, market, list);
          } catch (error) {
            if (!(error instanceof TickerforestError)) throw error;
            expect(['INVALID_OPTION', 'FEATURE_FAILED']).toContain(error.code);
          }
        }
      }),
      { seed: 3, numRuns: runs(300, 3_000) },
    );
  });
});
