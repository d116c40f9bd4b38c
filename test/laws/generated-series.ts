import type { Bars } from '../../src/bars/bars';
import type { MarketOptions } from '../../src/bars/market';
import { randomBars } from '../generated-bars';

const DAY = 86_400_000;

/** Bars, and how a caller describes their market. */
export interface Series {
  /** For test names. */
  readonly name: string;
  /** Good bars only. */
  readonly bars: Bars;
  /** The market. */
  readonly market: MarketOptions & { readonly interval?: number };
}

/** Made up: minutes and days with holes. */
export const GENERATED_SERIES: readonly Series[] = [
  {
    name: 'generated minutes of a New York stock, with holes',
    bars: randomBars(700, { seed: 31, missing: 0.05 }),
    market: { exchange: 'NASDAQ' },
  },
  {
    name: 'generated minutes stamped at their end, in Kolkata',
    bars: randomBars(600, { seed: 32, missing: 0.02, start: Date.UTC(2024, 2, 4, 3, 46) }),
    market: { exchange: 'NSE', stamp: 'end' },
  },
  {
    name: 'generated days',
    bars: randomBars(500, { seed: 33, interval: DAY, start: Date.UTC(2020, 0, 6), volatility: 0.01, missing: 0.3 }),
    market: { exchange: 'NYSE' },
  },
];
