import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { assertNotLeased, leaseLost, type StoredLease } from '../checked-commit';
import type { LeaseRequest, SymbolLease } from '../contract';
import { type FileSystem, failedWith } from './file-system';

/*
 * A lease is a file of its own, `lease-<token>.json`, in the symbol's folder; only the one with the highest token counts. It is written
 * under another name and linked to its own, which fails if a rival has already taken that token. The newest file stays when its lease is
 * over, because its token must not come again.
 */

/** How often something is tried that rivals, coming and going, may spoil. */
const ATTEMPTS = 100;
/** Bytes; a lease names its owner, whose name may be long. */
const LARGEST_LEASE = 2 ** 20;

/**
 * Takes the lease of a symbol.
 *
 * @param files - the file system
 * @param folder - the symbol's folder; made if there is none
 * @param symbol - the symbol
 * @param request - who asks, and for how long; valid
 * @returns the lease
 * @throws TickerforestError `SYMBOL_LEASED` if another worker holds it; the file system's error if the disk fails
 */
export async function acquireLease(files: FileSystem, folder: string, symbol: string, request: LeaseRequest): Promise<SymbolLease> {
  for (let attempt = 1; ; attempt++) {
    const last = await newestLease(files, folder, symbol);
    assertNotLeased(last);
    const token = (last?.token ?? 0) + 1;
    const lease = { symbol, owner: request.owner, token, expiresAt: new Date(Date.now() + request.milliseconds) };
    await files.makeFolder(folder);
    const refusal = await grant(files, folder, lease);
    if (refusal !== null) {
      // a rival needs a lease for each of our failures; without one it is the disk
      if (attempt === ATTEMPTS) throw refusal;
      continue;
    }
    await files.syncFolder(folder);
    if (last === null) await files.syncFolder(dirname(folder));
    // this token may have been granted and swept long ago: then the name was free again, but newer leases are there
    if ((await newestToken(files, folder)) !== token) continue;
    // the lease is granted: what cannot be swept now, the next one sweeps
    await sweepLeases(files, folder, await files.list(folder)).catch(() => {});
    return lease;
  }
}

/**
 * Prolongs a lease. One that has expired may be taken by somebody else in the very moment that it is renewed; then its token says so later.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param lease - the lease
 * @param milliseconds - how long it lasts from now; valid
 * @returns the lease with its new expiry
 * @throws TickerforestError `LEASE_LOST` if it was released or a newer one was granted; the file system's error if the disk fails
 */
export async function renewLease(files: FileSystem, folder: string, lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
  const { symbol, owner, token } = lease;
  const last = await newestLease(files, folder, symbol);
  if (last?.token !== token || last.released) throw leaseLost(symbol, token, last?.token ?? 0);
  const renewed = { symbol, owner, token, expiresAt: new Date(Date.now() + milliseconds) };
  await overwrite(files, folder, { ...renewed, released: false });
  const newest = await newestToken(files, folder);
  if (newest !== token) throw leaseLost(symbol, token, newest);
  return renewed;
}

/**
 * Gives a lease back. Does nothing if it is not the newest one.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param lease - the lease
 * @throws the file system's error if the disk fails
 */
export async function releaseLease(files: FileSystem, folder: string, { symbol, token }: SymbolLease): Promise<void> {
  const last = await newestLease(files, folder, symbol);
  if (last?.token === token && !last.released) await overwrite(files, folder, { ...last, released: true });
}

/**
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param symbol - the symbol
 * @param token - token of the lease that must be the newest
 * @throws TickerforestError `LEASE_LOST` if a newer one was granted, or this one never
 */
export async function assertNewestLease(files: FileSystem, folder: string, symbol: string, token: number): Promise<void> {
  const newest = await newestToken(files, folder);
  if (newest !== token) throw leaseLost(symbol, token, newest);
}

/**
 * Removes the leases before the newest one, and what killed processes were about to make a lease of.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param names - what is in it
 * @throws the file system's error if the disk fails
 */
export async function sweepLeases(files: FileSystem, folder: string, names: readonly string[]): Promise<void> {
  const newest = Math.max(0, ...names.map(tokenOf));
  for (const name of names) {
    const isOld = tokenOf(name) > 0 && tokenOf(name) < newest;
    if (isOld || outdatedBy(name) <= newest) await files.remove(join(folder, name));
  }
}

/** Makes the file of a new lease; the file system's error if a rival was faster, else null. */
async function grant(files: FileSystem, folder: string, lease: SymbolLease): Promise<unknown> {
  const staging = join(folder, stagingName(lease.token));
  try {
    await files.write(staging, encode({ ...lease, released: false }));
    await files.link(staging, join(folder, leaseFile(lease.token)));
    return null;
  } catch (error) {
    // EEXIST: a rival has this token. ENOENT: one had it and swept what it made superfluous.
    if (failedWith(error, 'EEXIST') || failedWith(error, 'ENOENT')) return error;
    throw error;
  } finally {
    await files.remove(staging).catch(() => {});
  }
}

/** Replaces the file of a lease by what it is now, in one step. */
async function overwrite(files: FileSystem, folder: string, lease: StoredLease): Promise<void> {
  const staging = join(folder, stagingName(lease.token + 1));
  try {
    await files.write(staging, encode(lease));
    await files.rename(staging, join(folder, leaseFile(lease.token)));
  } catch (error) {
    await files.remove(staging).catch(() => {});
    // swept by the next lease: the caller will see that one
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}

async function newestToken(files: FileSystem, folder: string): Promise<number> {
  return Math.max(0, ...(await files.list(folder)).map(tokenOf));
}

async function newestLease(files: FileSystem, folder: string, symbol: string): Promise<StoredLease | null> {
  for (let attempt = 1; ; attempt++) {
    const token = await newestToken(files, folder);
    if (token === 0) return null;
    try {
      return decode(await files.read(join(folder, leaseFile(token)), LARGEST_LEASE), symbol, token);
    } catch (error) {
      // swept by a newer lease: look again. A name that stays and cannot be read is a link that leads nowhere
      if (!failedWith(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
    }
  }
}

function encode({ owner, expiresAt, released }: StoredLease): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ owner, expires_at: expiresAt.toISOString(), released })}\n`);
}

/** A file that a power failure cut is a lease that has expired: its worker died with the machine. */
function decode(bytes: Uint8Array, symbol: string, token: number): StoredLease {
  const expired = { symbol, owner: 'unknown', token, expiresAt: new Date(0), released: false };
  try {
    const { owner, expires_at, released }: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
    const expiresAt = new Date(String(expires_at));
    const isWhole = typeof owner === 'string' && !Number.isNaN(expiresAt.getTime()) && typeof released === 'boolean';
    return isWhole ? { symbol, owner, token, expiresAt, released } : expired;
  } catch {
    return expired;
  }
}

function leaseFile(token: number): string {
  return `lease-${token}.json`;
}

function tokenOf(name: string): number {
  // no more digits than a number holds exactly: with others, the next token would be the same
  return Number(/^lease-([1-9][0-9]{0,14})\.json$/.exec(name)?.[1] ?? 0);
}

/** Name of a file that is of no use any more once a lease of the given token, or a later one, is there. */
function stagingName(token: number): string {
  return `lease-before-${token}-${randomUUID()}`;
}

function outdatedBy(name: string): number {
  return Number(/^lease-before-([1-9][0-9]*)-/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
}
