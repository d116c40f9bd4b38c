import { afterEach, expect, it, vi } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { Pool } from '../../src/threads/pool';
import { processPool } from '../../src/threads/process-pool';

afterEach(() => {
  vi.restoreAllMocks();
});

it('bars that threads cannot share are copied for them in turns with whatever else is due', async () => {
  const length = 2_000_000;
  const prices = new Float64Array(length).fill(1);
  const timestamp = Float64Array.from({ length }, (_, i) => i * 60_000);
  const bars = { length, timestamp, open: prices, high: prices, low: prices, close: prices, volume: prices };
  await processPool();
  let turns = 0;
  let turnsBefore = 0;
  const count = () => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  vi.spyOn(Pool.prototype, 'run').mockImplementation(() => {
    turnsBefore ||= turns;
    return Promise.reject(new Error('enough'));
  });
  await expect(new FeatureEngineer(resolveMarket(60_000)).update(bars, { threads: 2, matrix: false })).rejects.toThrow('enough');
  clearImmediate(counting);
  // 96 MB take four turns or more
  expect(turnsBefore).toBeGreaterThan(1);
});
