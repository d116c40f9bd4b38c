import { expect } from 'vitest';
import { type CollectedBars, type CollectOptions, collectBars } from '../../src/bars/collect-bars';
import type { CsvOptions } from '../../src/bars/csv/options';
import { csvBars } from '../../src/bars/csv/source';
import { counted } from './counted';
import { sharedFile } from './shared-data';

/** Symbols of the files of `../shared/data` that hold several, by file. */
export const SYMBOLS = {
  'us-stocks-daily-1999-2021':
    'AAPL ABMD AIG AMZN BA BAC C CCL CHTR DIS ETSY F GE GOOGL IBM INTC JNJ JPM KO MNST MSFT NDAQ NFLX NVDA OTIS PG SPGI TSLA UAL VTRS WMT XOM',
  'us-stocks-1min-sessions': 'AAPL AIG BAC FOXA GOOG IBM NWSA SHY SPY TWX',
  'us-stocks-1min-2019-02-descending': 'AAPL AMT AMZN BAC BK DFS GLD JPM MSFT MU PPLT QQQ SBUX SLV SPY TRV TSLA TZA UGA V VIX VOO VXXB XLP',
} as const;

/** Reads a symbol of a shared file. */
export function load(name: string, symbol: string, csv: CsvOptions = {}, options: CollectOptions = {}): Promise<CollectedBars> {
  return collectBars(csvBars(sharedFile(name), csv), { symbol }, options);
}

/** Loads each symbol of a file and returns how many bars it has. */
export async function countBySymbol(name: keyof typeof SYMBOLS): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const symbol of SYMBOLS[name].split(' ')) counts[symbol] = (await load(name, symbol)).bars.length;
  return counts;
}

/** Sum of what is counted by symbol. */
export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Asserts that every bar that a file offers is kept, or counted with its reason; also of a run that takes it for older than it is. */
export async function expectAllCounted(name: string, symbol: string): Promise<void> {
  for (const now of [Number.POSITIVE_INFINITY, Date.UTC(2014, 5, 9, 14)]) {
    const collected = await load(name, symbol, {}, { badBars: 'drop', now, after: 0, maxJump: 1.5 });
    expect(counted(collected), `${name} ${symbol}`).toBe(collected.offered);
  }
}
