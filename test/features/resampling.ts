import { mean, std } from 'mathjs';
import { expect } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { feature } from './run-family';

/** The five features of a length. */
export const NAMES = ['return', 'rsi_14', 'atr_14', 'sma_20_distance', 'volatility_20'] as const;

interface LongBar {
  readonly key: string;
  high: number;
  low: number;
  close: number;
}

/** Wilder's average of all values, seeded by the mean of the first 14. */
function wilder(values: readonly number[]): number {
  const seed = Number(mean(values.slice(0, 14)));
  return values.slice(14).reduce((average, value) => (13 * average + value) / 14, seed);
}

/** What is known of closed bars, from scratch. */
function measure(closed: readonly LongBar[]): number[] {
  const n = closed.length;
  const closes = closed.map(({ close }) => close);
  const changes = closes.slice(1).map((close, k) => close - closes[k]);
  const ranges = closed.slice(1).map(({ high, low }, k) => Math.max(high - low, Math.abs(high - closes[k]), Math.abs(low - closes[k])));
  const last = closes[n - 1];
  const from = (needed: number, value: () => number) => (n < needed ? Number.NaN : value());
  return [
    from(2, () => last / closes[n - 2] - 1),
    from(15, () => {
      const rise = wilder(changes.map((change) => Math.max(change, 0)));
      return (100 * rise) / (rise + wilder(changes.map((change) => Math.max(-change, 0))));
    }),
    from(15, () => (100 * wilder(ranges)) / last),
    from(20, () => last / Number(mean(closes.slice(-20))) - 1),
    from(21, () =>
      Number(
        std(
          closes.slice(-20).map((close, k) => Math.log(close / closes[n - 21 + k])),
          'unbiased',
        ),
      ),
    ),
  ];
}

/**
 * The naive twin: groups all bars up to a row, drops the group that is still open, measures the rest from scratch.
 *
 * @param bars - the bars
 * @param keyOf - names the longer bar that bar i lies in, and the one that the instant lies in at which it ends
 * @returns the five values of each row, NaN where there are too few
 */
export function resampledRows(bars: Bars, keyOf: (i: number) => readonly [start: string, end: string]): number[][] {
  const long: LongBar[] = [];
  const known = new Map<number, number[]>();
  return Array.from(bars.timestamp, (_, i) => {
    const [key, next] = keyOf(i);
    const last = long[long.length - 1];
    if (last?.key === key) {
      last.high = Math.max(last.high, bars.high[i]);
      last.low = Math.min(last.low, bars.low[i]);
      last.close = bars.close[i];
    } else {
      long.push({ key, high: bars.high[i], low: bars.low[i], close: bars.close[i] });
    }
    const count = next === key ? long.length - 1 : long.length;
    const row = known.get(count) ?? measure(long.slice(0, count));
    known.set(count, row);
    return row;
  });
}

/** Compares the five features of a length with those of {@link resampledRows}. */
export function expectRows(features: Map<string, Float64Array>, length: string, rows: readonly (readonly number[])[]): void {
  NAMES.forEach((name, j) => {
    const column = feature(features, `${name}_${length}`);
    expect(column[rows.length - 1], `${name}_${length} at the end`).not.toBeNaN();
    rows.forEach((row, i) => {
      if (Number.isNaN(row[j])) expect(column[i], `${name}_${length}, bar ${i}`).toBeNaN();
      else expect(column[i], `${name}_${length}, bar ${i}`).toBeCloseTo(row[j], 9);
    });
  });
}
