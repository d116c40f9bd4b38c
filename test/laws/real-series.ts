import { existsSync } from 'node:fs';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { csvBars } from '../../src/bars/csv/source';
import { hasSharedData, sharedFile } from '../bars/shared-data';
import { SUITE } from '../runs';
import type { Series } from './generated-series';

/** Real bars, read from the shared files: in the quick suite one series; none where the files are absent, which is printed. */
export function realSeries(): Promise<readonly Series[]> {
  known ??= readSeries();
  return known;
}

/** Read once a process. */
let known: Promise<readonly Series[]> | undefined;

async function readSeries(): Promise<readonly Series[]> {
  if (!hasSharedData) return [];
  const some: readonly { name: string; file: string; symbol: string; from: number; bars: number; market: Series['market'] }[] = [
    { name: 'SPY minutes', file: 'spy-1min-2024-2025', symbol: 'SPY', from: 2_000, bars: 1_600, market: { exchange: 'ARCA' } },
    {
      name: 'Nifty minutes',
      file: 'nifty-1min-2016-07-duplicates',
      symbol: 'NIFTY',
      from: 0,
      bars: 1_200,
      market: { exchange: 'NSE', stamp: 'end' },
    },
    { name: 'days of KO', file: 'us-stocks-daily-1999-2021', symbol: 'KO', from: 300, bars: 1_000, market: { exchange: 'NYSE' } },
    { name: 'two days of BTC', file: 'btcusd-1min-2015-2019', symbol: 'BTC', from: 100_000, bars: 2_880, market: {} },
  ];
  return Promise.all(
    (SUITE === 'quick' ? some.slice(0, 1) : some).map(async ({ name, file, symbol, from, bars, market }) => ({
      name,
      bars: await readBars(file, symbol, from, from + bars),
      market,
    })),
  );
}

/** Bars `from` to `to` of a file. The largest one is read only as far as needed. */
async function readBars(file: string, symbol: string, from: number, to: number): Promise<Bars> {
  const path = sharedFile(file);
  if (!existsSync(path)) throw new Error(`${path} is missing although its folder is there`);
  const source = csvBars(path, { prices: 'as_traded' });
  let seen = 0;
  const enough = {
    async *fetch(request: Parameters<typeof source.fetch>[0]) {
      for await (const batch of source.fetch(request)) {
        yield batch;
        seen += batch.bars.length;
        if (seen > 2 * to) return;
      }
    },
  };
  const { bars } = await collectBars(symbol === 'KO' ? source : enough, { symbol }, { badBars: 'drop' });
  return sliceBars(bars, from, to);
}
