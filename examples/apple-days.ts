// Apple's daily bars for examples, as plain rows.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { BarRow } from 'tickerforest';

/** @returns five years of days, from 2013-05-13 on */
export function appleDays(): BarRow[] {
  const file = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv');
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [timestamp, open, high, low, close, , volume] = line.split(',');
    return { timestamp, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: Number(volume) };
  });
}
