import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLASSICAL_FAMILIES, runClassical } from './classical-families';
import { type BarRows, barsOf, feature, MINUTES } from './run-family';

interface TaLib {
  readonly versions: Readonly<Record<string, string>>;
  readonly bars: BarRows;
  readonly expected: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Made by scripts/expected/talib_indicators.py. */
const talib: TaLib = JSON.parse(readFileSync(new URL('expected/talib.json', import.meta.url), 'utf8'));
const bars = barsOf(talib.bars);
const features = runClassical(bars);
const warmups = new Map(CLASSICAL_FAMILIES.flatMap((family) => family.features(MINUTES)).map(({ name, warmup }) => [name, warmup]));

/** TA-Lib shows these later than they exist, so that all outputs of one call begin together. */
const EARLIER_THAN_TALIB: Readonly<Record<string, number>> = { macd_line: 8, stochastic_k: 2 };

/** Largest |ours - theirs| / |theirs| over the bars where TA-Lib has a value. */
function largestRelativeError(ours: Float64Array, theirs: readonly (number | null)[]): number {
  return theirs.reduce<number>((worst, value, i) => {
    if (value === null || value === ours[i]) return worst;
    const error = Math.abs(ours[i] - value) / Math.abs(value);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
}

describe(`TA-Lib ${talib.versions['TA-Lib']} on ${bars.length} generated bars`, () => {
  it.each(Object.entries(talib.expected))('%s agrees to 1e-9 relative from its first value on', (name, theirs) => {
    const first = theirs.findIndex((value) => value !== null);
    expect(first - (warmups.get(name) ?? Number.NaN)).toBe(EARLIER_THAN_TALIB[name] ?? 0);
    const error = largestRelativeError(feature(features, name), theirs);
    expect(error).toBeLessThanOrEqual(1e-9);
  });
});
