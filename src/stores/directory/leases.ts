import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { TickerforestError } from '../../errors';
import type { LeaseRequest, SymbolLease } from '../contract';
import { assertNotLeased, leaseLost, nextToken, type StoredLease, standingOf } from '../lease-rules';
import { type FileSystem, failedWith } from './file-system';

/*
 * A lease is a file of its own, `lease-<number>.json`, in the symbol's folder; only the one with the highest number counts. It is written
 * under another name and linked to its own, which fails if a rival has already taken that number. The newest file stays when its lease is
 * over, so that the next one counts on from it.
 *
 * Unless nothing is stored of the symbol: then a lease that is given back leaves neither file nor folder, and the numbers begin at 1 again. That is safe because
 * what a worker holds is a token, which is in the file and never comes again, and no name: whoever renews, commits or gives back must find the very token in the newest
 * file. The holder removes the file while its lease lasts, when nobody else may make one. A process that sleeps through its lease between two of these steps may at worst
 * remove or replace the file of a later lease; that one's holder is told LEASE_LOST and begins again, and what is stored is decided by revisions, as always.
 */

/** How often something is tried that rivals, coming and going, may spoil. */
const ATTEMPTS = 100;
/** Bytes; a lease names its owner, whose name may be long. */
const LARGEST_LEASE = 2 ** 20;
/** More leases than anybody takes. A number beyond that is no lease's: somebody made that file. */
const LARGEST_NUMBER = 999_999_999_999;

/** A lease and the number in its file's name. */
interface NumberedLease {
  readonly number: number;
  readonly lease: StoredLease;
}

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
  const { owner, milliseconds } = request;
  let refusal: unknown = null;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const last = await newestLease(files, folder, symbol);
    assertNotLeased(last?.lease);
    const number = (last?.number ?? 0) + 1;
    if (number > LARGEST_NUMBER) throw inTheWay(folder, LARGEST_NUMBER);
    const lease = { symbol, owner, token: nextToken(last?.lease.token), expiresAt: new Date(Date.now() + milliseconds) };
    await files.makeFolder(folder);
    refusal = await grant(files, folder, number, { ...lease, milliseconds, released: false });
    if (refusal !== null) continue;
    await files.syncFolder(folder);
    if (last === null) await files.syncFolder(dirname(folder));
    // this number may have been taken and swept long ago: then the name was free again, but newer leases are there
    if ((await newestNumber(files, folder)) !== number) {
      await files.remove(join(folder, leaseFile(number)));
      continue;
    }
    // the lease is granted: what cannot be swept now, the next one sweeps
    await sweepLeases(files, folder, await files.list(folder)).catch(() => {});
    return lease;
  }
  // a rival needs a lease for each of our failures; without one it is the disk
  throw refusal ?? new TickerforestError('STORE_FAILED', `leases come and go in ${folder} faster than one can be taken; try again later`);
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
  if (last?.lease.token !== token || last.lease.released) throw leaseLost(symbol, token, last?.lease.token ?? 0);
  const renewed = { symbol, owner, token, expiresAt: new Date(Date.now() + milliseconds) };
  await overwrite(files, folder, last.number, { ...renewed, milliseconds, released: false });
  await assertNewestLease(files, folder, symbol, token);
  return renewed;
}

/**
 * Gives a lease back. Does nothing if it is not the newest one.
 *
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param lease - the lease
 * @param isStored - whether anything is stored of the symbol: else nothing of the lease may stay
 * @throws the file system's error if the disk fails
 */
export async function releaseLease(
  files: FileSystem,
  folder: string,
  { symbol, token }: SymbolLease,
  isStored: () => Promise<boolean>,
): Promise<void> {
  const last = await newestLease(files, folder, symbol);
  if (last?.lease.token !== token || last.lease.released) return;
  if (await isStored()) return overwrite(files, folder, last.number, { ...last.lease, released: true });
  // held until it is gone: nobody makes a lease meanwhile. No longer than it was granted for: this process may be killed here
  const { milliseconds = 0 } = last.lease;
  await overwrite(files, folder, last.number, { ...last.lease, expiresAt: new Date(Date.now() + milliseconds) });
  // those before it first: else one of them would be the newest
  await sweepLeases(files, folder, await files.list(folder));
  const newest = await newestLease(files, folder, symbol);
  if (newest?.lease.token !== token) return;
  await files.remove(join(folder, leaseFile(newest.number)));
  await files.removeEmptyFolder(folder);
}

/**
 * @param files - the file system
 * @param folder - the symbol's folder
 * @param symbol - the symbol
 * @param token - token of the lease that must be the newest
 * @throws TickerforestError `LEASE_LOST` if a newer one was granted, or this one never; the file system's error if the disk fails
 */
export async function assertNewestLease(files: FileSystem, folder: string, symbol: string, token: number): Promise<void> {
  const newest = await newestLease(files, folder, symbol);
  if (newest?.lease.token !== token) throw leaseLost(symbol, token, newest?.lease.token ?? 0);
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
  const newest = Math.max(0, ...names.map(numberOf));
  for (const name of names) {
    const isOld = numberOf(name) > 0 && numberOf(name) < newest;
    if (isOld || outdatedBy(name) <= newest) await files.remove(join(folder, name));
  }
}

/** Makes the file of a new lease; the file system's error if a rival was faster, else null. */
async function grant(files: FileSystem, folder: string, number: number, lease: StoredLease): Promise<unknown> {
  const staging = join(folder, stagingName(number));
  try {
    await files.write(staging, encode(lease));
    await files.link(staging, join(folder, leaseFile(number)));
    return null;
  } catch (error) {
    // EEXIST: a rival has this number. ENOENT: one had it and swept what it made superfluous, or removed the folder.
    if (failedWith(error, 'EEXIST') || failedWith(error, 'ENOENT')) return error;
    throw error;
  } finally {
    await files.remove(staging).catch(() => {});
  }
}

/** Replaces the file of a lease by what it is now, in one step. A power failure ends the worker, too, so that the lease may as well be over. */
async function overwrite(files: FileSystem, folder: string, number: number, lease: StoredLease): Promise<void> {
  const staging = join(folder, stagingName(number + 1));
  try {
    await files.writeSoon(staging, encode(lease));
    await files.rename(staging, join(folder, leaseFile(number)));
  } catch (error) {
    await files.remove(staging).catch(() => {});
    // swept by the next lease: the caller will see that one
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}

async function newestNumber(files: FileSystem, folder: string): Promise<number> {
  return Math.max(0, ...(await files.list(folder)).map(numberOf));
}

/** The newest lease, its expiry no later than it can be believed. */
async function newestLease(files: FileSystem, folder: string, symbol: string): Promise<NumberedLease | null> {
  for (let attempt = 1; ; attempt++) {
    const number = await newestNumber(files, folder);
    if (number === 0) return null;
    const path = join(folder, leaseFile(number));
    try {
      const lease = decode(await files.read(path, LARGEST_LEASE), symbol);
      if (standingOf(lease) !== 'doubtful') return { number, lease };
      // the clock that wrote the time in it was ahead; that of the file system is ours
      // in whole milliseconds, as our clock counts: a fraction is not ahead of it
      const writtenAt = Math.floor(await files.writtenAt(path));
      const expiresAt = new Date(writtenAt <= Date.now() ? writtenAt + (lease.milliseconds ?? 0) : 0);
      return { number, lease: { ...lease, expiresAt } };
    } catch (error) {
      // swept by a newer lease: look again. A name that stays and cannot be read is a link that leads nowhere
      if (!failedWith(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
    }
  }
}

function encode({ token, owner, expiresAt, milliseconds, released }: StoredLease): Uint8Array {
  const written = { token, owner, expires_at: expiresAt.toISOString(), milliseconds, released };
  return new TextEncoder().encode(`${JSON.stringify(written)}\n`);
}

/** A file that a power failure cut is a lease that is over: its worker died with the machine. Its token is nobody's. */
function decode(bytes: Uint8Array, symbol: string): StoredLease {
  const over = { symbol, owner: 'unknown', token: 0, expiresAt: new Date(0), released: true };
  try {
    const { token, owner, expires_at, milliseconds, released }: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
    const expiresAt = new Date(String(expires_at));
    const isWhole = typeof owner === 'string' && !Number.isNaN(expiresAt.getTime()) && typeof released === 'boolean';
    if (!isWhole || typeof token !== 'number' || !Number.isSafeInteger(token) || typeof milliseconds !== 'number') return over;
    return { symbol, owner, token, expiresAt, milliseconds, released };
  } catch {
    return over;
  }
}

function leaseFile(number: number): string {
  return `lease-${number}.json`;
}

function numberOf(name: string): number {
  return Number(/^lease-([1-9][0-9]{0,11})\.json$/.exec(name)?.[1] ?? 0);
}

/** Name of a file that is of no use any more once a lease of the given number, or a later one, is there. */
function stagingName(number: number): string {
  return `lease-before-${number}-${randomUUID()}`;
}

function outdatedBy(name: string): number {
  return Number(/^lease-before-([1-9][0-9]*)-/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY);
}

function inTheWay(folder: string, number: number): TickerforestError {
  const path = join(folder, leaseFile(number));
  return new TickerforestError('STORE_FAILED', `${path} was not made by this library, and no lease can come after it; remove it`);
}
