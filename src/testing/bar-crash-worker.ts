import type { BarStore, BarWrite, KeptBars } from '../stores/bar-store';
import { MARKET, MINUTE, madeUpBars, OTHER_MARKET } from './sample-kept-bars';

/** The symbol that {@link crashBarWorker} works on. */
export const BAR_CRASH_SYMBOL = 'AAPL';

/** A kind of change that a worker is killed in. */
interface CrashWrite {
  /** What it does, in words. */
  readonly what: string;
  /** What is written to bars of a revision; 'delete': the symbol is forgotten. */
  after(kept: KeptBars): Omit<BarWrite, 'symbol' | 'baseRevision'> | 'delete';
}

const ALL = Number.NEGATIVE_INFINITY;

/** What the worker does to bars that are kept, one after the other; after the last one from the beginning. */
export const CRASH_WRITES: readonly CrashWrite[] = [
  { what: 'a day is appended', after: ({ bars, lastTimestamp }) => follow(lastTimestamp + MINUTE, madeUpBars(bars, 390)) },
  {
    what: 'the newest bars are corrected',
    after: ({ bars, lastTimestamp }) => follow(lastTimestamp - 9 * MINUTE, madeUpBars(bars - 10, 400, 2)),
  },
  {
    what: 'an early bar is corrected, and all after it',
    after: ({ bars, firstTimestamp }) => follow(firstTimestamp + 1_000 * MINUTE, madeUpBars(1_000, bars - 1_000, 3)),
  },
  {
    what: 'many bars are appended',
    after: ({ bars, lastTimestamp }) => follow(lastTimestamp + MINUTE, madeUpBars(bars, 140_000)),
  },
  {
    what: 'a cut deep in the history, which gets shorter',
    after: ({ firstTimestamp }) => ({ ...follow(firstTimestamp + 70_000 * MINUTE, madeUpBars(70_000, 5, 4)), shrink: true }),
  },
  {
    what: 'everything is told anew, of another market',
    after: () => ({ ...follow(ALL, madeUpBars(0, 9_000, 5)), market: OTHER_MARKET, shrink: true }),
  },
  { what: 'the symbol is forgotten', after: () => 'delete' },
];

/**
 * One turn of a worker, for a process that is to be killed on the way: looks what is kept of a symbol, and changes it: always the same change to the same bars.
 *
 * @param store - the store, on the data that the suite works with; stays open
 * @throws TickerforestError whatever the store throws
 */
export async function crashBarWorker(store: BarStore): Promise<void> {
  const kept = await store.describe(BAR_CRASH_SYMBOL);
  if (kept === null) {
    await store.write({ ...follow(ALL, madeUpBars(0, 2_500)), symbol: BAR_CRASH_SYMBOL, baseRevision: 0 });
    return;
  }
  const update = CRASH_WRITES[(kept.revision - 1) % CRASH_WRITES.length].after(kept);
  if (update === 'delete') await store.deleteSymbol(BAR_CRASH_SYMBOL, { baseRevision: kept.revision });
  else await store.write({ ...update, symbol: BAR_CRASH_SYMBOL, baseRevision: kept.revision });
}

function follow(from: number, bars: BarWrite['bars']) {
  return { market: MARKET, from, bars };
}
