import { TickerforestError } from '../../src/errors';
import type { BarStore } from '../../src/stores/bar-store';
import { MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';

/** Appends the bar that comes next, as often as asked, against rivals who do the same. */
export async function appendOneByOne(store: BarStore, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    try {
      const kept = await store.describe('AAPL');
      const bars = madeUpBars(kept?.bars ?? 0, 1);
      await store.write({ symbol: 'AAPL', market: MARKET, from: bars.timestamp[0], bars, baseRevision: kept?.revision ?? 0 });
      done++;
    } catch (error) {
      if (!(error instanceof TickerforestError && error.code === 'CONFLICT')) throw error;
    }
  }
}
