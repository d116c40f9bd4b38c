import { randomUUID } from 'node:crypto';
import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import type { LeaseRequest, SymbolLease } from '../contract';
import { assertNotLeased, leaseLost, nextToken, standingOf } from '../lease-rules';
import { together } from '../together';
import type { MongoOperations } from './operations';
import {
  decodeIntent,
  decodeLease,
  encodeLease,
  type GrantedLease,
  type Intent,
  LARGEST_LEASE_NUMBER,
  leaseId,
  sealOfLease,
} from './records';

/*
 * `symbol_activity` says what is going on: leases, 'lease 3 of AAPL', of which only the one with the highest number counts, and intents of
 * commits. A lease is granted by inserting it: ids are unique, so of rivals one wins. The newest one stays when it is over, so that the next one counts on from it;
 * older ones are removed in ascending order, so while a lease is there, none after its successor was removed.
 *
 * Unless nothing is stored of the symbol: then a lease that is given back leaves nothing, and the numbers begin at 1 again. That is safe because what a worker holds is a
 * token, which never comes again, and no number; and because a lease is changed and removed only as the very document that was read, by its seal.
 */

const ACTIVITY = 'symbol_activity';
/** How often a lease is tried for that rivals, coming and going, may spoil. */
const ATTEMPTS = 100;

/** What is going on with a symbol. */
export interface Activity {
  /** Its leases, ascending by number. */
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
    leases: leases.sort((a, b) => a.number - b.number),
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
  let activity = before;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = activity.leases.at(-1);
    await assertFree(operations, before);
    const number = (before?.number ?? 0) + 1;
    if (number > LARGEST_LEASE_NUMBER) throw inTheWay(symbol);
    const expiresAt = new Date(Date.now() + milliseconds);
    const lease = { symbol, number, owner, token: nextToken(before?.token), expiresAt, milliseconds, released: false, grant };
    await operations.insert(ACTIVITY, [encodeLease(lease)]);
    // a rival's, or swept long ago and free again while newer ones are there
    activity = await readActivity(operations, symbol);
    const { leases } = activity;
    const last = leases.at(-1);
    if (last?.grant === grant && last.number === number) {
      // the lease is granted: what cannot be swept now, the next one sweeps
      await operations
        .remove(
          ACTIVITY,
          leases.slice(0, -1).map((older) => leaseId(symbol, older.number)),
        )
        .catch(() => {});
      return { symbol, owner, token: last.token, expiresAt };
    }
    const stray = leases.find((older) => older.grant === grant);
    if (stray) await removeLease(operations, stray);
  }
  throw new TickerforestError('STORE_FAILED', `leases of ${quoted(symbol)} come and go faster than one can be taken; try again later`);
}

/**
 * @param operations - the database
 * @param last - the symbol's newest lease, if there is one. One that ends later than it can, since the clock that wrote it is ahead, is given what it was granted for from now
 * on: so it ends, whoever looks next
 * @throws TickerforestError `SYMBOL_LEASED` if it is held; the driver's error
 */
export async function assertFree(operations: MongoOperations, last: GrantedLease | undefined): Promise<void> {
  if (!last || standingOf(last) !== 'doubtful') return assertNotLeased(last);
  const bounded = { ...last, expiresAt: new Date(Date.now() + last.milliseconds) };
  await replaceLease(operations, last, bounded);
  assertNotLeased(bounded);
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
  const last = await newestLease(operations, symbol);
  if (last?.token !== token || last.released) throw leaseLost(symbol, token, last?.token ?? 0);
  const expiresAt = new Date(Date.now() + milliseconds);
  await replaceLease(operations, last, { ...last, owner, expiresAt, milliseconds });
  const newest = await newestLease(operations, symbol);
  if (newest?.token !== token || newest.released) throw leaseLost(symbol, token, newest?.token ?? 0);
  return { symbol, owner, token, expiresAt: newest.expiresAt };
}

/**
 * Gives a lease back. Does nothing if it is not the newest one.
 *
 * @param operations - the database
 * @param lease - the lease
 * @param isStored - whether anything is stored of the symbol: else nothing of the lease may stay
 * @throws the driver's error
 */
export async function releaseLease(
  operations: MongoOperations,
  { symbol, token }: SymbolLease,
  isStored: () => Promise<boolean>,
): Promise<void> {
  const [{ leases }, isKnown] = await together([readActivity(operations, symbol), isStored()]);
  const last = leases.at(-1);
  if (last?.token !== token || last.released) return;
  if (isKnown) return replaceLease(operations, last, { ...last, released: true });
  // those before it first: else one of them would be the newest
  for (const lease of leases) await removeLease(operations, lease);
}

/**
 * @param operations - the database
 * @param symbol - the symbol
 * @param token - token of the lease that must be the newest
 * @throws TickerforestError `LEASE_LOST` if a newer one was granted, or this one never; the driver's error
 */
export async function assertNewestLease(operations: MongoOperations, symbol: string, token: number): Promise<void> {
  const newest = await newestLease(operations, symbol);
  if (newest?.token !== token) throw leaseLost(symbol, token, newest?.token ?? 0);
}

async function newestLease(operations: MongoOperations, symbol: string): Promise<GrantedLease | undefined> {
  return (await readActivity(operations, symbol)).leases.at(-1);
}

/** Does nothing if the lease is not what it was when it was read. */
async function replaceLease(operations: MongoOperations, lease: GrantedLease, changed: GrantedLease): Promise<void> {
  await operations.replaceSealed(ACTIVITY, encodeLease(changed), sealOfLease(lease));
}

/** Does nothing if the lease is not what it was when it was read. A damaged one has no seal to go by. */
async function removeLease(operations: MongoOperations, lease: GrantedLease): Promise<void> {
  const id = leaseId(lease.symbol, lease.number);
  if (lease.token === 0) await operations.remove(ACTIVITY, [id]);
  else await operations.removeSealed(ACTIVITY, id, sealOfLease(lease));
}

function inTheWay(symbol: string): TickerforestError {
  const document = `'${leaseId(symbol, LARGEST_LEASE_NUMBER)}' in ${ACTIVITY}`;
  return new TickerforestError('STORE_FAILED', `${document} was not made by this library, and no lease can come after it; remove it`);
}
