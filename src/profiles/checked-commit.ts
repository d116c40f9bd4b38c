import { types } from 'node:util';
import { TickerforestError } from '../errors';
import { type CompanyProfile, type MlProfile, type ProfileType, SCHEMA_VERSION, type StatisticalProfile } from './documents';
import type { LeaseRequest, SymbolCommit, SymbolLease } from './profile-store';

/** A commit that can be carried out: valid, a copy of the caller's, every document with its new revision. */
export interface CheckedCommit {
  /** The symbol. */
  readonly symbol: string;
  /** Revision that must be the current one. */
  readonly baseRevision: number;
  /** Revision to be made: base + 1. */
  readonly revision: number;
  /** New company profile; undefined: keep. */
  readonly company: CompanyProfile | undefined;
  /** New ML profile; undefined: keep. */
  readonly ml: MlProfile | undefined;
  /** New statistical profile; undefined: keep. */
  readonly statistical: StatisticalProfile | undefined;
  /** New feature state; undefined: keep. */
  readonly state: Uint8Array | undefined;
  /** New models by name; undefined: keep. */
  readonly models: ReadonlyMap<string, Uint8Array> | undefined;
  /** Token of the lease that must not have been followed by a newer one; undefined: any. */
  readonly leaseToken: number | undefined;
}

const LONGEST_LEASE_MS = 86_400_000;
/** Nesting that MongoDB still takes. */
const DEEPEST = 100;

/**
 * What every store does with a commit first, so that all of them take and refuse the same.
 *
 * @param update - the caller's commit
 * @returns a valid copy
 * @throws TickerforestError `INVALID_OPTION` naming the part and its value
 */
export function checkCommit(update: SymbolCommit): CheckedCommit {
  const { symbol, baseRevision, company, ml, statistical, checkpoint, leaseToken } = update;
  assertName(symbol, 'symbol');
  if (!(Number.isSafeInteger(baseRevision) && baseRevision >= 0)) {
    throw invalid(`baseRevision must be the revision that was read, or 0 for a new symbol, not ${baseRevision}`);
  }
  if (!company && !ml && !statistical && !checkpoint) {
    throw invalid(`the commit of '${symbol}' holds nothing; give it a profile or a checkpoint`);
  }
  if (leaseToken !== undefined && !(Number.isSafeInteger(leaseToken) && leaseToken >= 1)) {
    throw invalid(`leaseToken must be the token of a lease, not ${leaseToken}`);
  }
  const revision = baseRevision + 1;
  return {
    symbol,
    baseRevision,
    revision,
    company: company && ownDocument(company, 'company', symbol, revision),
    ml: ml && ownDocument(ml, 'ml', symbol, revision),
    statistical: statistical && ownDocument(statistical, 'statistical', symbol, revision),
    state: checkpoint && ownBytes(checkpoint.state, 'checkpoint.state'),
    models: checkpoint && checkpoint.models !== 'unchanged' ? ownModels(checkpoint.models) : undefined,
    leaseToken,
  };
}

/**
 * What every store checks before it grants or prolongs a lease.
 *
 * @param symbol - the symbol
 * @param request - who asks, and for how long
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 */
export function checkLeaseRequest(symbol: string, { owner, milliseconds }: LeaseRequest): void {
  assertName(symbol, 'symbol');
  assertName(owner, 'owner');
  if (!(milliseconds > 0 && milliseconds <= LONGEST_LEASE_MS)) {
    throw invalid(`milliseconds of a lease must be above 0 and at most ${LONGEST_LEASE_MS}, a day; not ${milliseconds}`);
  }
}

/** The newest lease of a symbol, as a store keeps it: also when it is over, because its token must not come again. */
export interface StoredLease extends SymbolLease {
  /** Whether it was given back before it expired. */
  readonly released: boolean;
}

/**
 * @param last - the symbol's newest lease, if there ever was one
 * @throws TickerforestError `SYMBOL_LEASED` if somebody holds it: it was not given back, and has not expired by this process's clock
 */
export function assertNotLeased(last: StoredLease | null | undefined): void {
  if (!last || last.released || last.expiresAt.getTime() <= Date.now()) return;
  throw new TickerforestError(
    'SYMBOL_LEASED',
    `'${last.symbol}' is being worked on by ${last.owner}, whose lease expires at ${last.expiresAt.toISOString()}; try again after that`,
  );
}

/**
 * @param symbol - the symbol
 * @param token - token of the lease that is no longer valid
 * @param newest - the newest lease's token
 * @returns the error to throw
 */
export function leaseLost(symbol: string, token: number, newest: number): TickerforestError {
  const what = newest > token ? `another worker has taken over with lease ${newest}` : 'it was released';
  return new TickerforestError('LEASE_LOST', `lease ${token} of '${symbol}' is no longer valid: ${what}; nothing was stored, start again`);
}

/**
 * @param name - a symbol or a model's name
 * @param parameter - what it is called, for the message
 * @throws TickerforestError `INVALID_OPTION` if it is empty or not well-formed unicode
 */
export function assertName(name: string, parameter: string): void {
  if (typeof name !== 'string' || name === '' || /[\0\p{Surrogate}]/u.test(name)) {
    throw invalid(`${parameter} must be a text of one or more unicode characters, not ${JSON.stringify(name)}`);
  }
}

/**
 * @param update - the commit that lost
 * @param current - the symbol's current revision
 * @param cause - the error that it was noticed by, if any
 * @returns the error to throw
 */
export function conflict(update: CheckedCommit, current: number, cause?: unknown): TickerforestError {
  return new TickerforestError(
    'CONFLICT',
    `'${update.symbol}' is at revision ${current}, the commit was based on ${update.baseRevision}; read the symbol again and repeat the work`,
    { cause },
  );
}

/**
 * @param closed - whether the store was closed
 * @throws TickerforestError `STORE_CLOSED` if so
 */
export function assertOpen(closed: boolean): void {
  if (closed) throw new TickerforestError('STORE_CLOSED', 'the store was used after close(); open a new one');
}

function ownDocument<Profile extends CompanyProfile | MlProfile | StatisticalProfile>(
  profile: Profile,
  type: ProfileType,
  symbol: string,
  revision: number,
): Profile {
  if (profile.symbol !== symbol) throw invalid(`${type} profile is of symbol '${profile.symbol}', the commit of '${symbol}'`);
  if (profile.profile_type !== type) throw invalid(`${type} profile has profile_type '${profile.profile_type}'; it must be '${type}'`);
  if (profile.schema_version !== SCHEMA_VERSION) {
    throw invalid(`${type} profile has schema_version ${profile.schema_version}; this release writes ${SCHEMA_VERSION}`);
  }
  assertStorable(profile, type, 0);
  return { ...structuredClone(profile), revision };
}

/** Refuses what JSON, BSON and memory would not all give back as it was. */
function assertStorable(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return;
  if (typeof value === 'string') {
    if (/\p{Surrogate}/u.test(value)) throw invalid(`${path} is text with half a unicode character: ${JSON.stringify(value)}`);
    return;
  }
  if (types.isDate(value)) {
    if (Number.isNaN(value.getTime())) throw invalid(`${path} is an invalid Date; leave it out or use null`);
    return;
  }
  if (depth >= DEEPEST) throw invalid(`${path.slice(0, 60)}... is nested more than ${DEEPEST} deep`);
  if (Array.isArray(value)) {
    // not forEach: it would skip the holes of a sparse array
    for (let i = 0; i < value.length; i++) assertStorable(value[i], `${path}[${i}]`, depth + 1);
    return;
  }
  if (!isPlainObject(value)) {
    const what = typeof value === 'object' ? `a ${value?.constructor?.name}` : String(value);
    throw invalid(`${path} is ${what}; documents hold null, booleans, numbers, text, Dates, arrays and plain objects`);
  }
  for (const [key, item] of Object.entries(value)) {
    // these mean something else in MongoDB's JSON, or to JavaScript
    if (key.startsWith('$') || key.includes('\0') || key === '__proto__' || key === '_bsontype') {
      throw invalid(`${path} has the key ${JSON.stringify(key)}, which documents cannot hold; rename it`);
    }
    assertStorable(item, `${path}.${key}`, depth + 1);
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null);
}

function ownModels(models: Readonly<Record<string, Uint8Array>>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(models).map(([name, bytes]) => {
      assertName(name, 'name of a model');
      return [name, ownBytes(bytes, `checkpoint.models.${name}`)];
    }),
  );
}

function ownBytes(bytes: Uint8Array, path: string): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw invalid(`${path} must be a Uint8Array, not ${typeof bytes}`);
  return new Uint8Array(bytes);
}

function invalid(message: string): TickerforestError {
  return new TickerforestError('INVALID_OPTION', message);
}
