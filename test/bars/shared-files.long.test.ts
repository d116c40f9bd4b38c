import { describe, expect, it } from 'vitest';
import { inferInterval } from '../../src/bars/judgement/spacing';
import { MINUTE_MS } from '../../src/bars/market';
import { counted } from './counted';
import { hasSharedData } from './shared-data';
import { countBySymbol, expectAllCounted, load, SYMBOLS, sum } from './shared-symbols';

/* What takes seconds a file; shared-files.test.ts reads some of each. */

describe.skipIf(!hasSharedData)('all files of ../shared/data, every symbol', () => {
  it('loads 1,869,587 minutes of BTC', async () => {
    const collected = await load('btcusd-1min-2015-2019', 'any');
    const { bars, rejected, known } = collected;
    expect([bars.length, counted(collected), collected.offered]).toEqual([1_869_587, 1_869_587, 1_869_587]);
    expect(new Date(bars.timestamp[0])).toEqual(new Date('2015-12-01T00:00:00.000Z'));
    expect(new Date(bars.timestamp[bars.length - 1])).toEqual(new Date('2019-12-31T23:59:00.000Z'));
    expect(inferInterval(bars.timestamp)).toBe(MINUTE_MS);
    expect([rejected.total, known]).toEqual([0, 0]);
  });

  it('loads 32 daily stocks', async () => {
    const counts = await countBySymbol('us-stocks-daily-1999-2021');
    expect(sum(counts)).toBe(148_928);
    expect(counts).toMatchObject({ AAPL: 5402, VTRS: 107, OTIS: 275, ETSY: 1515, TSLA: 2722 });
  });

  it.each(['spy-1min-2024-2025', 'spy-1min-2025-07-dirty', 'sw-1min-2024-gaps', 'nifty-1min-2016-07-duplicates'])(
    'counts every bar that %s offers',
    (name) => expectAllCounted(name, 'any'),
  );

  it.each(['us-stocks-daily-1999-2021', 'us-stocks-1min-sessions', 'us-stocks-1min-2019-02-descending'] as const)(
    'counts every bar that %s offers, of each symbol',
    async (name) => {
      for (const symbol of SYMBOLS[name].split(' ')) await expectAllCounted(name, symbol);
    },
  );
});
