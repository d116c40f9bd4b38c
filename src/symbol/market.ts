import { EXCHANGES } from '../bars/exchanges';
import { type Market, type MarketOptions, resolveMarket } from '../bars/market';
import { marketOf } from '../bars/stored-market';
import type { CompanyProfile } from '../profiles/documents';
import type { TrainSymbolOptions } from './job';

/** What is known of a symbol's market. */
export interface DescribedMarket extends MarketOptions {
  /** Length of a bar, milliseconds, where it is known. */
  readonly interval: number | undefined;
}

/**
 * The market that a run is about: what the caller says, and for all else what is stored. Naming the same exchange again, or one part of the market, changes no other part.
 *
 * @param options - the caller's
 * @param stored - the market of what is stored; null: nothing is, or nobody can read it
 * @param storedExchange - the exchange in the stored company profile, if any
 * @returns the description
 */
export function describedMarket(options: TrainSymbolOptions, stored: Market | null, storedExchange: string | null): DescribedMarket {
  const { timeZone, session, stamp, interval } = options;
  const exchange = options.exchange ?? storedExchange ?? undefined;
  const isOther = options.exchange !== undefined && !isSame(options.exchange, storedExchange);
  const kept = stored !== null && !isOther ? stored : null;
  const zone = timeZone ?? kept?.timeZone;
  const hours = session ?? kept?.session;
  const side = stamp ?? stored?.stamp;
  return {
    interval: interval ?? stored?.interval,
    ...(exchange !== undefined && isUsable(exchange, zone, hours) && { exchange }),
    ...(zone !== undefined && { timeZone: zone }),
    ...(hours !== undefined && { session: hours }),
    ...(side !== undefined && { stamp: side }),
  };
}

/**
 * @param company - a stored company profile, of anybody
 * @returns the market that it names; null if it names none that can be used
 */
export function profiledMarket(company: CompanyProfile | null): Market | null {
  const stored = company?.raw_data.market;
  if (stored === undefined) return null;
  try {
    const { interval, ...market } = marketOf(stored);
    return resolveMarket(interval, market);
  } catch {
    // a profile may have been altered by hand
    return null;
  }
}

function isSame(a: string, b: string | null): boolean {
  return b !== null && a.trim().toUpperCase() === b.trim().toUpperCase();
}

/** A stored name that nobody knows serves only together with what it stood for. */
function isUsable(exchange: string, zone: string | undefined, hours: Market['session'] | undefined): boolean {
  return EXCHANGES.has(exchange.trim().toUpperCase()) || (zone !== undefined && hours !== undefined);
}

/**
 * @param a - a whole market
 * @param b - another
 * @returns whether their bars are computed the same
 */
export function isSameMarket(a: Market, b: Market): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
