import { expect, it } from 'vitest';
import { dailyRuns } from './daily-runs';

it('a year of daily runs with a weekly retraining, with kept bars, asks the vendor for each bar at most twice', async () => {
  const { trainings, told, bars, kept } = await dailyRuns(252);
  const times = [...told.values()];
  console.log(`252 days: ${trainings} trainings, ${bars} bars, told ${times.reduce((sum, count) => sum + count, 0)} times in all`);
  expect(trainings).toBe(36);
  expect(told.size).toBe(bars);
  expect(Math.max(...times)).toBe(2);
  expect(kept?.bars).toBe(bars);
});
