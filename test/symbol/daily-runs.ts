import type { BarSource } from '../../src/bars/bar-source';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';
import { changed, vendor } from './vendors';

const MINUTE = 60_000;
const DAY = 86_400_000;
const A_DAY = 390;

/** Days of a New York stock's minutes, a run after each close, with kept bars and a retraining a week. */
export async function dailyRuns(days: number) {
  const minutes = changed(randomBars(A_DAY * days, { seed: 2 }), ({ timestamp }) => {
    const open = Date.UTC(2024, 0, 1, 14, 30);
    for (let i = 0; i < timestamp.length; i++) timestamp[i] = open + Math.floor(i / A_DAY) * DAY + (i % A_DAY) * MINUTE;
  });
  const store = memoryProfileStore();
  const bars = memoryBarStore();
  const source = vendor(minutes);
  let trainings = 0;
  for (let day = 1; day <= days; day++) {
    const now = new Date(minutes.timestamp[A_DAY * day - 1] + MINUTE);
    const { plan } = await trainSymbol({
      ...{ symbol: 'DAILY', exchange: 'NASDAQ', store, bars, now, maxModelAgeDays: 6.5 },
      source: { ...source, fetch: until(source, now.getTime()) },
      models: { regression_rf: { trees: 1, maxDepth: 3 }, classification_rf: { trees: 1, maxDepth: 3 }, regression_gb: { trees: 1 } },
    });
    if (plan.retrain.retrain) trainings++;
  }
  return { trainings, told: source.told, bars: minutes.length, kept: await bars.describe('DAILY') };
}

/** As a vendor is at some time: he has no bar that is not over by then. */
function until(source: BarSource, now: number): BarSource['fetch'] {
  return (request) => source.fetch({ ...request, to: Math.min(request.to ?? now, now - MINUTE) });
}
