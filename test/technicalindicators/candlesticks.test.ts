import { readFileSync } from 'node:fs';
import * as TI from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import { CANDLESTICK_PATTERNS, candlesticks } from '../../src/technicalindicators';
import { technicalIndicators } from '../../src/technicalindicators/package';
import { testFeature } from '../../src/testing/feature-suite';
import { barsOf, runFamily } from '../features/run-family';

interface Candles {
  readonly cents: Readonly<Record<'open' | 'high' | 'low' | 'close', readonly number[]>>;
  /** Bars on which TA-Lib finds a pattern. */
  readonly found: Readonly<Record<string, readonly number[]>>;
}

/** Made by scripts/expected/talib_candles.py. */
const candles: Candles = JSON.parse(readFileSync(new URL('expected/candles.json', import.meta.url), 'utf8'));
const prices = (name: keyof Candles['cents']) => candles.cents[name].map((cents) => cents / 100);
const bars = barsOf({ open: prices('open'), high: prices('high'), low: prices('low'), close: prices('close'), volume: prices('close') });
const features = runFamily(candlesticks(), bars);

// one of each length
testFeature({
  feature: candlesticks({ patterns: ['doji', 'bullish_engulfing', 'evening_star', 'hammer'] }),
  runner: { describe, it },
  length: 150,
});

describe('candlestick patterns of technicalindicators', () => {
  it('are what its functions say of the bars up to each one', () => {
    const last = (i: number, count: number) => {
      const [open, high, low, close] = [bars.open, bars.high, bars.low, bars.close].map((column) => [
        ...column.slice(i + 1 - count, i + 1),
      ]);
      return { open, high, low, close };
    };
    for (let i = 10; i < 1_000; i++) {
      // given more bars than a pattern has, its functions look at the newest ones
      expect(features.get('candle_doji')?.[i]).toBe(TI.doji(last(i, 7)) ? 1 : 0);
      expect(features.get('candle_bearish_engulfing')?.[i]).toBe(TI.bearishengulfingpattern(last(i, 7)) ? 1 : 0);
      expect(features.get('candle_evening_star')?.[i]).toBe(TI.eveningstar(last(i, 7)) ? 1 : 0);
      expect(features.get('candle_hammer')?.[i]).toBe(TI.hammerpattern(last(i, 7)) ? 1 : 0);
    }
  });

  it("agree with TA-Lib's as docs/technicalindicators.md says, bar by bar", () => {
    const agreement = [...features].flatMap(([name, found]) => {
      const pattern = name.replace('candle_', '');
      const theirs = candles.found[pattern];
      if (theirs === undefined) return [];
      const here = [...found].filter((value) => value === 1).length;
      const both = theirs.filter((bar) => found[bar] === 1).length;
      return [`| ${pattern} | ${here} | ${theirs.length} | ${both} |`];
    });
    expect(agreement.length).toBe(26);
    const docs = readFileSync(new URL('../../docs/technicalindicators.md', import.meta.url), 'utf8');
    for (const row of agreement) expect(docs).toContain(row);
  });

  it('are all that the package has, but for the two that say whether there is any', () => {
    const given = { open: [1, 2, 3, 4, 5], high: [2, 3, 4, 5, 6], low: [0, 1, 2, 3, 4], close: [2, 3, 4, 5, 6] };
    const isPattern = (call: unknown) => {
      try {
        return typeof call === 'function' && typeof Reflect.apply(call, undefined, [given]) === 'boolean';
      } catch {
        return false;
      }
    };
    const all = Object.entries(TI).filter(([name, call]) => isPattern(call) && !['bullish', 'bearish', 'default'].includes(name));
    expect(all.length).toBe(CANDLESTICK_PATTERNS.length);
  });

  it('come in the order and the number that is asked for', () => {
    const few = candlesticks({ patterns: ['hammer', 'doji'] });
    const columns = runFamily(few, bars);
    expect([...columns.keys()]).toEqual(['candle_hammer', 'candle_doji']);
    expect(columns.get('candle_doji')).toEqual(features.get('candle_doji'));
    expect(few.parameters).toEqual({ patterns: ['hammer', 'doji'] });
  });

  it('are refused by name, and without the package it is said what to install', () => {
    const wrong = { patterns: ['dojo'] };
    expect(() => Reflect.apply(candlesticks, undefined, [wrong])).toThrow(/patterns\[0\].*'dojo'/);
    const missing = () => {
      throw new Error('Cannot find module');
    };
    expect(() => technicalIndicators('candlesticks', missing)).toThrow(
      'candlesticks needs the package technicalindicators: npm install technicalindicators',
    );
  });

  it('are refused where the package is told to round', () => {
    TI.setConfig('precision', 2);
    try {
      expect(() => candlesticks()).toThrow(/setConfig\('precision'/);
    } finally {
      TI.setConfig('precision', undefined);
    }
    expect(candlesticks().name).toBe('candlesticks');
  });
});
