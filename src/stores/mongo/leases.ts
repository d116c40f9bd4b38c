import { randomUUID } from 'node:crypto';
import { assertNotLeased, leaseLost } from '../checked-commit';
import type { LeaseRequest, SymbolLease } from '../contract';
import { type MongoOperations, together } from './operations';
import { decodeIntent, decodeLease, encodeLease, type GrantedLease, type Intent, leaseId } from './records';

/*
 * `symbol_activity` says what is going on: leases, 'lease 3 of AAPL', of which only the one with the highest token counts, and intents of
 * commits. A lease is granted by inserting it: ids are unique, so of rivals one wins. The newest one stays when it is over, because its
 * token must not come again; older ones are removed in ascending order, so while a lease is there, none after its successor was removed.
 */

const ACTIVITY = 'symbol_activity';

/** What is going on with a symbol. */
export interface Activity {
  /** Its leases, ascending by token. */
  readonly leases: readonly GrantedLease[];
  /** Commits that were begun and are not wholly done. */
  readonly intents: readonly Intent[];
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @returns what is going on with it
 * @throws the driver's error
 */
export async function readActivity(operations: MongoOperations, symbol: string): Promise<Activity> {
  const stored = await operations.findOfSymbol(ACTIVITY, symbol);
  const leases = stored.flatMap((document) => decodeLease(document, symbol) ?? []);
  return {
    leases: leases.sort((a, b) => a.token - b.token),
    intents: stored.flatMap((document) => decodeIntent(document) ?? []),
  };
}

/**
 * Takes the lease of a symbol.
 *
 * @param operations - the database
 * @param symbol - the symbol
 * @param request - who asks, and for how long; valid
 * @param before - what was going on just now
 * @returns the lease
 * @throws TickerforestError `SYMBOL_LEASED` if another worker holds it; the driver's error
 */
export async function grantLease(
  operations: MongoOperations,
  symbol: string,
  { owner, milliseconds }: LeaseRequest,
  before: Activity,
): Promise<SymbolLease> {
  const grant = randomUUID();
  for (let activity = before; ; activity = await readActivity(operations, symbol)) {
    assertNotLeased(activity.leases.at(-1));
    const token = (activity.leases.at(-1)?.token ?? 0) + 1;
    const lease = { symbol, owner, token, expiresAt: new Date(Date.now() + milliseconds), released: false, grant };
    await operations.insert(ACTIVITY, [encodeLease(lease)]);
    // a rival's, or swept long ago and free again while newer ones are there
    const { leases } = await readActivity(operations, symbol);
    const last = leases.at(-1);
    if (last?.grant === grant && last.token === token) {
      // the lease is granted: what cannot be swept now, the next one sweeps
      await operations
        .remove(
          ACTIVITY,
          leases.slice(0, -1).map((older) => leaseId(symbol, older.token)),
        )
        .catch(() => {});
      return { symbol, owner, token, expiresAt: lease.expiresAt };
    }
    const stray = leases.find((older) => older.grant === grant);
    if (stray) await operations.remove(ACTIVITY, [leaseId(symbol, stray.token)]);
  }
}

/**
 * Prolongs a lease. One that has expired may be taken by somebody else in the very moment that it is renewed; then its token says so later.
 *
 * @param operations - the database
 * @param lease - the lease
 * @param milliseconds - how long it lasts from now; valid
 * @returns the lease with its new expiry
 * @throws TickerforestError `LEASE_LOST` if it was released or a newer one was granted; the driver's error
 */
export async function renewLease(operations: MongoOperations, lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
  const { symbol, owner, token } = lease;
  const stored = await currentLease(operations, symbol, token);
  if (!stored || stored.released) throw leaseLost(symbol, token, await newestToken(operations, symbol));
  const expiresAt = new Date(Date.now() + milliseconds);
  await operations.replace(ACTIVITY, encodeLease({ ...stored, owner, expiresAt }), 'ignore');
  if (!(await currentLease(operations, symbol, token))) throw leaseLost(symbol, token, await newestToken(operations, symbol));
  return { symbol, owner, token, expiresAt };
}

/**
 * Gives a lease back. Does nothing if it is not the newest one.
 *
 * @param operations - the database
 * @param lease - the lease
 * @throws the driver's error
 */
export async function releaseLease(operations: MongoOperations, { symbol, token }: SymbolLease): Promise<void> {
  const stored = await currentLease(operations, symbol, token);
  if (stored && !stored.released) await operations.replace(ACTIVITY, encodeLease({ ...stored, released: true }), 'ignore');
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @param token - token of the lease that must be the newest
 * @throws TickerforestError `LEASE_LOST` if a newer one was granted, or this one never; the driver's error
 */
export async function assertNewestLease(operations: MongoOperations, symbol: string, token: number): Promise<void> {
  if (await currentLease(operations, symbol, token)) return;
  const newest = await newestToken(operations, symbol);
  if (newest !== token) throw leaseLost(symbol, token, newest);
}

/** The lease with the token, if it is the newest one. */
async function currentLease(operations: MongoOperations, symbol: string, token: number): Promise<GrantedLease | null> {
  const [own, next] = await together([
    operations.find(ACTIVITY, leaseId(symbol, token)),
    operations.find(ACTIVITY, leaseId(symbol, token + 1)),
  ]);
  return own && !next ? decodeLease(own, symbol) : null;
}

async function newestToken(operations: MongoOperations, symbol: string): Promise<number> {
  return (await readActivity(operations, symbol)).leases.at(-1)?.token ?? 0;
}
