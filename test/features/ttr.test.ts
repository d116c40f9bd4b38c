import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { volatility } from '../../src/features/volatility';
import { type BarRows, barsOf, feature, runFamily } from './run-family';

interface Ttr {
  readonly versions: Readonly<Record<string, string>>;
  readonly bars: Omit<BarRows, 'volume'>;
  readonly expected: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Made by scripts/expected/ttr_volatility.R. */
const ttr: Ttr = JSON.parse(readFileSync(new URL('expected/ttr.json', import.meta.url), 'utf8'));
const bars = barsOf({ ...ttr.bars, volume: ttr.bars.close.map(() => 0) });
const features = runFamily(volatility(), bars, undefined, [7, 133]);

describe(`TTR ${ttr.versions.TTR} on ${bars.length} generated bars`, () => {
  it('has the five estimators over 20 and 60 bars', () => {
    expect(Object.keys(ttr.expected)).toHaveLength(10);
  });

  it.each(Object.entries(ttr.expected))('%s agrees to 1e-9 relative from its first value on', (name, theirs) => {
    const ours = feature(features, name);
    for (const [i, value] of theirs.entries()) {
      if (value === null) expect(ours[i], `bar ${i}`).toBeNaN();
      else expect(Math.abs(ours[i] / value - 1), `bar ${i}: ${ours[i]}, not ${value}`).toBeLessThan(1e-9);
    }
  });
});
