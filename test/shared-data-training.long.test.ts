import { describe, expect, it } from 'vitest';
import { csvBars } from '../src/bars/csv/source';
import { memoryProfileStore } from '../src/stores/memory/profile-store';
import type { TrainSymbolOptions } from '../src/symbol/job';
import { trainSymbol } from '../src/symbol/train-symbol';
import { hasSharedData, sharedFile } from './bars/shared-data';

const STOCKS =
  'AAPL ABMD AIG AMZN BA BAC C CCL CHTR DIS ETSY F GE GOOGL IBM INTC JNJ JPM KO MNST MSFT NDAQ NFLX NVDA OTIS PG SPGI TSLA UAL VTRS WMT XOM'.split(
    ' ',
  );

describe.skipIf(!hasSharedData)('real files, from bars to profiles', () => {
  // one file, 32 symbols: from 107 daily bars (VTRS) to 5,402, with splits, crashes and days without volume
  it.each(STOCKS)('daily bars of %s', async (symbol) => {
    const source = csvBars(sharedFile('us-stocks-daily-1999-2021'), { prices: 'adjusted' });
    const { companyProfile, mlProfile } = await trainSymbol({ symbol, exchange: 'NYSE', source, store: memoryProfileStore() });
    expect(companyProfile.raw_data.interval_ms).toBe(86_400_000);
    const { regression_rf, classification_rf, regression_gb } = mlProfile.models.metrics;
    for (const own of [regression_rf, regression_gb]) expect(own?.walk_forward.rmse).toBeGreaterThan(0);
    expect(classification_rf?.walk_forward.auc).toBeGreaterThan(0);
    expect(classification_rf?.walk_forward.auc).toBeLessThan(1);
  });

  const minutes: readonly (Omit<TrainSymbolOptions, 'source' | 'store' | 'bars'> & { file: string; bars: number })[] = [
    { file: 'spy-1min-2024-2025', symbol: 'SPY', exchange: 'ARCA', bars: 102_236 },
    { file: 'spy-1min-2025-07-dirty', symbol: 'SPY', exchange: 'ARCA', bars: 19_953 },
    { file: 'sw-1min-2024-gaps', symbol: 'SW', exchange: 'NYSE', bars: 51_124 },
    { file: 'nifty-1min-2016-07-duplicates', symbol: 'NIFTY', exchange: 'NSE', stamp: 'end', badBars: 'drop', bars: 7_500 },
  ];
  it.each(minutes)('minute bars of $file', async ({ file, bars, ...options }) => {
    const models = { regression_rf: { trees: 5 }, classification_rf: { trees: 5 }, regression_gb: { trees: 5 } };
    const result = await trainSymbol({ ...options, models, source: csvBars(sharedFile(file)), store: memoryProfileStore() });
    expect(result.companyProfile.raw_data).toMatchObject({ points: bars, interval_ms: 60_000 });
  });
});
