import { describe, it } from 'vitest';
import { formula } from '../../src/formulas/formula';
import { testFeature } from '../../src/testing/feature-suite';

const TEXTS: Readonly<Record<string, string>> = {
  'the gap to a mean in ATRs': '(close - sma(close, 50)) / atr(14)',
  'averages in averages': 'ema(rsi(ema(close, 5), 7), 9) / 100 - rsi_14 / wma(rsi_14, 10)',
  'a divisor that is 0 at times': 'zscore(volume / lag(volume, 1), 20)',
  'a condition': 'volume > 2 * sma(volume, 20) and close > open ? rank(high - low, 40) : -1',
};

for (const [name, text] of Object.entries(TEXTS))
  testFeature({ feature: formula('one', text), runner: { describe, it }, name, length: 200 });
