import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { TickerforestError } from '../errors';
import type { ProfileStore, SymbolLease } from '../stores/contract';
import { beforeComputations, endedWithin } from '../waiting';

/** Who this process is, for messages of others that find a symbol leased. */
const OWNER = `${hostname()} process ${process.pid} ${randomUUID().slice(0, 8)}`;

/** Renewals in the time of a lease: so many minus one may be late before it is lost. */
const RENEWALS = 4;
/** How long a renewal that is under way is waited for at the end, milliseconds. */
const RENEWAL_MS = 5_000;

/** What work under a lease is given. */
export interface LeasedWork {
  /** Fencing token, for the commit. */
  readonly token: number;
  /** Fires when the caller's signal does, or when the lease is lost: whatever is done after that would be done twice. */
  readonly signal: AbortSignal;
}

/**
 * Works on a symbol while nobody else does. The lease is renewed every quarter of its length for as long as the work goes on, and given back at the
 * end, also after an error. If this process dies, others can go on when it has expired.
 *
 * @param store - where the lease is taken; guarded, so that it can be waited for
 * @param symbol - the symbol
 * @param milliseconds - length of the lease
 * @param signal - the caller's, if any
 * @param work - what to do
 * @returns what `work` returned
 * @throws TickerforestError `SYMBOL_LEASED` if somebody else is at work, `LEASE_LOST` if somebody else has taken over; and what `work` throws
 */
export async function withLease<T>(
  store: ProfileStore,
  symbol: string,
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (leased: LeasedWork) => Promise<T>,
): Promise<T> {
  let lease = await store.acquireLease(symbol, { owner: OWNER, milliseconds });
  const lost = new AbortController();
  const renew = async (held: SymbolLease) => {
    try {
      lease = await store.renewLease(held, milliseconds);
    } catch (error) {
      // a store that is down for a moment is no reason to stop: the next renewal, or the commit, will tell
      if (error instanceof TickerforestError && error.code === 'LEASE_LOST') lost.abort(error);
    }
  };
  let isRenewing = false;
  let renewal = Promise.resolve();
  const beat = () => {
    // a store that takes its time is not asked again meanwhile
    if (isRenewing) return;
    isRenewing = true;
    // each step of a store would else wait for the computations' next turn
    renewal = beforeComputations(renew(lease)).finally(() => {
      isRenewing = false;
    });
  };
  const heartbeat = setInterval(beat, milliseconds / RENEWALS);
  heartbeat.unref();
  // a busy disk may have taken most of it already
  if (lease.expiresAt.getTime() - Date.now() < milliseconds * (1 - 1 / RENEWALS)) beat();
  try {
    return await work({ token: lease.token, signal: signal ? AbortSignal.any([signal, lost.signal]) : lost.signal });
  } catch (error) {
    if (lost.signal.aborted && !signal?.aborted) throw lost.signal.reason;
    throw error;
  } finally {
    clearInterval(heartbeat);
    // a renewal that comes after the release would take the lease again
    await endedWithin(renewal, RENEWAL_MS);
    // a lease that cannot be given back expires by itself
    await store.releaseLease(lease).catch(() => {});
  }
}
