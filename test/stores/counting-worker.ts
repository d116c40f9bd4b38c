import { TickerforestError } from '../../src/errors';
import type { ProfileStore } from '../../src/stores/contract';
import { sampleBytes, sampleCommit } from '../../src/testing/sample-profiles';

/** Adds 1 to a stored count, as often as asked, against rivals who do the same. */
export async function count(store: ProfileStore, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const before = await store.getCompanyProfile('AAPL');
    const points = before?.raw_data.points ?? 0;
    try {
      const models = points % 3 === 0 ? { model: sampleBytes(1000, points) } : 'unchanged';
      await store.commit(sampleCommit('AAPL', before?.revision ?? 0, points + 1, models));
      done++;
    } catch (error) {
      if (!(error instanceof TickerforestError && error.code === 'CONFLICT')) throw error;
    }
  }
}
