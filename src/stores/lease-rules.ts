import { randomInt } from 'node:crypto';
import { TickerforestError } from '../errors';
import { LEASE, LEASE_REQUEST, LONGEST_LEASE_MS } from '../options/commit-table';
import { checkOptions } from '../options/description';
import { checkSymbol } from '../options/symbol';
import { quoted } from '../text';
import type { LeaseRequest, SymbolLease } from './contract';

/*
 * What every store does alike with leases: which are taken, which are believed, and which token comes next.
 *
 * A token is never given twice. The lease of a symbol goes on counting from the one before; where there is none (the symbol is new, or the last lease was given back while
 * nothing was stored, and removed), it begins at the microseconds of the clock, with a random part: two processes whose clocks agree to the millisecond do not meet either.
 * So a worker whose lease is gone, and was removed, cannot take a later one for its own: whoever commits, renews or releases must have the very token of the newest lease.
 * That later tokens are larger holds as long as clocks do not go back; that they differ does not depend on it.
 */

/** 2096; clocks that are ahead of that count as this. Then tokens stay whole numbers for many centuries of leases. */
const LATEST_CLOCK = 4_000_000_000_000;
const LARGEST_TOKEN = Number.MAX_SAFE_INTEGER - 1;

let newestFresh = 0;

/** The newest lease of a symbol, as a store keeps it. */
export interface StoredLease extends SymbolLease {
  /** Whether it was given back before it expired. */
  readonly released: boolean;
  /** How long it was granted for, or renewed for. Default: 24 hours, the longest there are. */
  readonly milliseconds?: number | undefined;
}

/**
 * What every store checks before it grants or prolongs a lease.
 *
 * @param symbol - the symbol
 * @param request - who asks, and for how long
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 */
export function checkLeaseRequest(symbol: string, request: LeaseRequest): void {
  checkSymbol(symbol);
  checkOptions(request, LEASE_REQUEST, 'lease');
}

/**
 * What every store checks of a lease before it prolongs it or takes it back. A lease may carry more than the contract says, as the one that a store gave may: that is
 * left alone.
 *
 * @param lease - what the caller calls a lease
 * @returns the lease, without what the contract does not know
 * @throws TickerforestError `INVALID_OPTION` naming the part and its value
 */
export function checkLease(lease: SymbolLease): SymbolLease {
  return checkOptions(knownParts(lease), LEASE, 'lease');
}

/** The lease as it is, if it is none or cannot be read: the check says so. */
function knownParts(lease: SymbolLease): SymbolLease {
  try {
    const { symbol, token, owner, expiresAt } = lease;
    return { symbol, token, owner, expiresAt };
  } catch {
    return lease;
  }
}

/**
 * The token of the next lease of a symbol.
 *
 * @param last - token of the lease before; 0 or undefined: there is none, or it cannot be read
 * @returns a token that was never given for the symbol
 */
export function nextToken(last?: number): number {
  if (last !== undefined && last > 0 && last < LARGEST_TOKEN) {
    // a fresh one, of a symbol whose leases were forgotten meanwhile, must not be the same
    if (last === newestFresh) newestFresh++;
    return last + 1;
  }
  const clock = Math.min(Math.max(Date.now(), 1), LATEST_CLOCK);
  newestFresh = Math.max(newestFresh + 1, clock * 1_000 + randomInt(1_000));
  return newestFresh;
}

/**
 * How a lease is to be taken by this process's clock. It cannot last longer from now on than it was granted for: then the clock that wrote it is ahead.
 *
 * @param lease - the lease
 * @returns 'over': it was given back or has expired, or it ends more than 24 hours from now, which no lease does, so nobody waits for it; 'doubtful': it ends later than
 * it can, and is to be taken as one that was granted when it was first seen; else 'held'
 */
export function standingOf({ released, expiresAt, milliseconds = LONGEST_LEASE_MS }: StoredLease): 'held' | 'doubtful' | 'over' {
  const left = expiresAt.getTime() - Date.now();
  if (released || left <= 0 || left > LONGEST_LEASE_MS) return 'over';
  return left > milliseconds ? 'doubtful' : 'held';
}

/**
 * Refuses a lease while somebody holds one.
 *
 * @param last - the symbol's newest lease, if there is one
 * @throws TickerforestError `SYMBOL_LEASED` if somebody holds it: see {@link standingOf}
 */
export function assertNotLeased(last: StoredLease | null | undefined): void {
  if (!last || standingOf(last) === 'over') return;
  throw new TickerforestError(
    'SYMBOL_LEASED',
    `${quoted(last.symbol)} is being worked on by ${last.owner}, whose lease expires at ${last.expiresAt.toISOString()}; try again after that`,
  );
}

/**
 * The error of a worker whose lease has passed to another.
 *
 * @param symbol - the symbol
 * @param token - token of the lease that is no longer valid
 * @param newest - the newest lease's token; 0: there is none
 * @returns the error to throw
 */
export function leaseLost(symbol: string, token: number, newest: number): TickerforestError {
  const what = newest > 0 && newest !== token ? `the newest one is ${newest}` : 'it was released, or never granted';
  return new TickerforestError('LEASE_LOST', `lease ${token} of ${quoted(symbol)} is not valid: ${what}; nothing was stored, start again`);
}

/**
 * Refuses to store under a lease that is no longer the newest.
 *
 * @param symbol - the symbol
 * @param token - token of the lease under which something is to be stored; undefined: under none
 * @param last - the symbol's newest lease, if there is one
 * @throws TickerforestError `LEASE_LOST` if it is another one
 */
export function assertNewest(symbol: string, token: number | undefined, last: StoredLease | null | undefined): void {
  if (token !== undefined && token !== last?.token) throw leaseLost(symbol, token, last?.token ?? 0);
}
