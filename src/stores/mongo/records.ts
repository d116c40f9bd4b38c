import { createHash } from 'node:crypto';
import { types } from 'node:util';
import { TickerforestError } from '../../errors';
import type { StoredLease } from '../lease-rules';
import type { StoredDocument } from './operations';

/** Version of the layout of `symbol_revisions`, `symbol_activity` and `symbol_checkpoints`. */
const FORMAT = 1;

/** Where a part of a symbol is: the exact bytes of a document, the feature state, or a model. */
export interface StoredPart {
  /** 'company', 'ml', 'statistical', 'state', or 'model ' and the model's name. */
  readonly name: string;
  /** Ids of its chunks in `symbol_checkpoints`, in order; none for a part of no bytes. */
  readonly chunks: readonly string[];
  /** Length in bytes. */
  readonly bytes: number;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly sha256: string;
}

/** What belongs to one revision of a symbol. */
export interface RevisionRecord {
  /** The symbol. */
  readonly symbol: string;
  /** The revision. */
  readonly revision: number;
  /** Ids of the newest commits, this one first: by them a commit sees whether the revisions after it were built on it. */
  readonly commits: readonly string[];
  /** Its parts. */
  readonly parts: readonly StoredPart[];
}

/** What a commit announces before it writes anything else, so that what it leaves behind if it dies can be found. */
export interface Intent {
  /** The commit's id. */
  readonly id: string;
  /** The symbol. */
  readonly symbol: string;
  /** The revision to be made. */
  readonly revision: number;
  /** Ids of the chunks to be written. */
  readonly chunks: readonly string[];
}

/** A lease as it is stored. */
export interface GrantedLease extends StoredLease {
  /** Its number, by which the newest one is told; part of its id. */
  readonly number: number;
  /** How long it was granted for, or renewed for. */
  readonly milliseconds: number;
  /** Tells this lease from a rival's with the same number. */
  readonly grant: string;
}

/** More leases than anybody takes. A number beyond that is no lease's: somebody made that document. */
export const LARGEST_LEASE_NUMBER = 999_999_999_999;

/**
 * @param symbol - the symbol
 * @returns id of its head
 */
export function headId(symbol: string): string {
  return `head of ${symbol}`;
}

/**
 * @param symbol - the symbol
 * @param revision - the revision
 * @returns id of its record
 */
export function recordId(symbol: string, revision: number): string {
  return `revision ${revision} of ${symbol}`;
}

/**
 * @param symbol - the symbol
 * @param number - the lease's number
 * @returns id of the lease
 */
export function leaseId(symbol: string, number: number): string {
  return `lease ${number} of ${symbol}`;
}

/**
 * @param symbol - the symbol
 * @param revision - its newest revision, as far as is known
 * @returns its head, as stored
 */
export function encodeHead(symbol: string, revision: number): StoredDocument {
  return { _id: headId(symbol), symbol, revision };
}

/**
 * @param stored - a head as found, or null
 * @returns its revision; 0 if it is missing or damaged. It is only a hint, and needs no checksum: its record is there or not.
 */
export function decodeHead(stored: StoredDocument | null): number {
  return Number.isSafeInteger(stored?.revision) ? Number(stored?.revision) : 0;
}

/**
 * @param record - a record
 * @returns the record as stored, guarding itself by a SHA-256
 */
export function encodeRecord(record: RevisionRecord): StoredDocument {
  const { symbol, revision, commits, parts } = record;
  return { _id: recordId(symbol, revision), format: FORMAT, symbol, revision, commits, parts, sha256: sealOfRecord(record) };
}

/**
 * @param stored - a record as found
 * @param symbol - whose it must be
 * @returns the record
 * @throws TickerforestError `STORE_FAILED` if it is damaged or of another format
 */
export function decodeRecord(stored: StoredDocument, symbol: string): RevisionRecord {
  const { _id, format, revision, commits, parts, sha256 } = stored;
  if (typeof format === 'number' && format !== FORMAT && /^[0-9a-f]{64}$/.test(String(sha256))) {
    throw damaged(`record '${_id}' in symbol_revisions`, `it is of format ${format}, this release reads ${FORMAT}`);
  }
  if (
    typeof revision === 'number' &&
    isTexts(commits) &&
    Array.isArray(parts) &&
    parts.every(isPart) &&
    _id === recordId(symbol, revision)
  ) {
    const record = { symbol, revision, commits, parts };
    if (stored.symbol === symbol && sealOfRecord(record) === sha256) return record;
  }
  throw damaged(`record '${_id}' in symbol_revisions`, 'its contents are not what was written (SHA-256 differs)');
}

/**
 * @param intent - an intent
 * @returns the intent as stored
 */
export function encodeIntent({ id, symbol, revision, chunks }: Intent): StoredDocument {
  return { _id: id, kind: 'commit', symbol, revision, chunks, sha256: seal('commit', id, symbol, revision, chunks) };
}

/**
 * @param lease - a lease
 * @returns the lease as stored
 */
export function encodeLease(lease: GrantedLease): StoredDocument {
  const { symbol, number, token, owner, expiresAt, milliseconds, released, grant } = lease;
  const _id = leaseId(symbol, number);
  const sha256 = sealOfLease(lease);
  return { _id, kind: 'lease', symbol, token, owner, expires_at: expiresAt, milliseconds, released, grant, sha256 };
}

/**
 * @param stored - a document of `symbol_activity`
 * @returns the intent; null if it is none, or a damaged one
 */
export function decodeIntent(stored: StoredDocument): Intent | null {
  const { _id: id, symbol, revision, chunks, sha256 } = stored;
  if (typeof symbol !== 'string' || typeof revision !== 'number' || !isTexts(chunks)) return null;
  return sha256 === seal('commit', id, symbol, revision, chunks) ? { id, symbol, revision, chunks } : null;
}

/**
 * @param stored - a document of `symbol_activity`
 * @param symbol - whose it must be
 * @returns the lease, null if it is none. A damaged one is over, and its token nobody's.
 */
export function decodeLease(stored: StoredDocument, symbol: string): GrantedLease | null {
  const number = Number(/^lease ([1-9][0-9]{0,11}) of /.exec(stored._id)?.[1] ?? 0);
  if (number === 0 || stored._id !== leaseId(symbol, number)) return null;
  const { token, owner, expires_at: expiresAt, milliseconds, released, grant } = stored;
  if (
    typeof token === 'number' &&
    typeof owner === 'string' &&
    types.isDate(expiresAt) &&
    typeof milliseconds === 'number' &&
    typeof released === 'boolean' &&
    typeof grant === 'string'
  ) {
    const lease = { symbol, number, token, owner, expiresAt, milliseconds, released, grant };
    if (sealOfLease(lease) === stored.sha256) return lease;
  }
  return { symbol, number, token: 0, owner: 'unknown', expiresAt: new Date(0), milliseconds: 0, released: true, grant: '' };
}

/**
 * @param what - the document or part
 * @param reason - what is wrong with it
 * @returns the error to throw
 */
export function damaged(what: string, reason: string): TickerforestError {
  const advice = "restore the symbol's documents in all collections from a backup, or delete them and train again";
  return new TickerforestError('STORE_FAILED', `${what} is damaged: ${reason}; ${advice}`, { cause: new Error(reason) });
}

/**
 * @param bytes - any bytes
 * @returns their SHA-256, hexadecimal
 */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function sealOfRecord({ symbol, revision, commits, parts }: RevisionRecord): string {
  return seal(
    'record',
    FORMAT,
    symbol,
    revision,
    commits,
    parts.map((part) => [part.name, part.chunks, part.bytes, part.sha256]),
  );
}

/**
 * @param lease - a lease
 * @returns its seal, which tells it from what it was before and will be
 */
export function sealOfLease({ symbol, number, token, owner, expiresAt, milliseconds, released, grant }: GrantedLease): string {
  return seal('lease', symbol, number, token, owner, expiresAt.getTime(), milliseconds, released, grant);
}

function seal(...values: readonly unknown[]): string {
  return digest(new TextEncoder().encode(JSON.stringify(values)));
}

function isPart(value: unknown): value is StoredPart {
  if (typeof value !== 'object' || value === null) return false;
  const { name, chunks, bytes, sha256 }: { name?: unknown; chunks?: unknown; bytes?: unknown; sha256?: unknown } = value;
  return typeof name === 'string' && isTexts(chunks) && typeof bytes === 'number' && typeof sha256 === 'string';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
