import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { featureSetHash, featureSpecs } from '../../src/features/feature-set';

describe('the feature set', () => {
  it.each([
    ['minutes of a New York stock', resolveMarket(60_000, { exchange: 'NYSE' })],
    ['minutes round the clock', resolveMarket(60_000)],
    ['days', resolveMarket(86_400_000, { exchange: 'NYSE' })],
  ])('gives models between 64 and 96 features: %s', (_, market) => {
    const inMatrix = featureSpecs(market).filter(({ model }) => model).length;
    expect(inMatrix).toBeGreaterThanOrEqual(64);
    expect(inMatrix).toBeLessThanOrEqual(96);
  });

  it('has another hash for another market, and the same for the same', () => {
    const hash = (exchange: string) => featureSetHash(resolveMarket(60_000, { exchange }));
    expect(hash('NYSE')).toBe(hash('NASDAQ'));
    expect(hash('NYSE')).not.toBe(hash('LSE'));
  });
});
