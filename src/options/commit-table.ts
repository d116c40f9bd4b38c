import type { CheckpointRead, DeleteProfiles, LeaseRequest, SymbolCommit, SymbolLease } from '../stores/contract';
import { type Check, check, date, hasHiddenCharacters, number, whole } from './checks';
import type { Descriptions } from './description';
import { byteLength, symbolName } from './symbol';

/** A day: longer than any pause of a worker that is alive, and short enough to wait for. */
export const LONGEST_LEASE_MS = 86_400_000;
/** Bytes of who holds a lease: a host's name may be long. */
const LONGEST_OWNER = 400;

function part<T>(): Check<T> {
  return check('an object', (value): value is T => typeof value === 'object' && value !== null);
}

const baseRevision = whole({ from: 0, to: Number.MAX_SAFE_INTEGER }, 'the revision that was read, or 0 for a new symbol: a whole number');
const leaseToken = whole({ from: 1, to: Number.MAX_SAFE_INTEGER }, 'the token of a lease: a whole number');

/** What is committed. Its documents and bytes are looked into when they are copied. */
export const COMMIT = {
  symbol: { takes: symbolName, sentence: 'The symbol.' },
  baseRevision: {
    takes: baseRevision,
    sentence: 'Revision that the parts were computed from; 0: the symbol is new.',
  },
  company: { takes: part(), default: 'as it was', sentence: 'New company profile.' },
  ml: { takes: part(), default: 'as it was', sentence: 'New ML profile.' },
  statistical: { takes: part(), default: 'as it was', sentence: 'New statistical profile.' },
  checkpoint: { takes: part(), default: 'as it was', sentence: 'New feature state and models.' },
  leaseToken: {
    takes: leaseToken,
    default: 'none',
    sentence: 'Fencing token of the lease under which the parts were computed.',
  },
} as const satisfies Descriptions<SymbolCommit>;

/** Longest list of names that a checkpoint is read without. */
const MOST_OMITTED = 10_000;

/** What is read of a checkpoint. */
export const CHECKPOINT_READ = {
  omit: {
    takes: check(
      'an array of names of models',
      (value): value is readonly string[] =>
        Array.isArray(value) && value.length <= MOST_OMITTED && Array.from(value).every((name) => typeof name === 'string'),
    ),
    default: 'none',
    sentence: 'Names of files of `models` that need not be read; a store may give them all the same.',
  },
} as const satisfies Descriptions<CheckpointRead>;

/** When a deletion does nothing. */
export const DELETION = {
  baseRevision: { takes: baseRevision, default: 'any', sentence: 'Revision that must be the current one.' },
  leaseToken: { takes: leaseToken, default: 'none', sentence: 'Fencing token of the lease under which it is deleted.' },
} as const satisfies Descriptions<DeleteProfiles>;

const owner = check(
  `a text of 1 to ${LONGEST_OWNER} bytes, without control or invisible characters`,
  (value): value is string =>
    typeof value === 'string' && value !== '' && byteLength(value) <= LONGEST_OWNER && !hasHiddenCharacters(value),
);

/** Who asks for a lease, and for how long. */
export const LEASE_REQUEST = {
  owner: { takes: owner, sentence: 'Who asks, for messages: not empty.' },
  milliseconds: { takes: number({ above: 0, to: LONGEST_LEASE_MS }), sentence: 'How long the lease lasts unless it is renewed, above 0.' },
} as const satisfies Descriptions<LeaseRequest>;

/** A lease that is prolonged or given back. */
export const LEASE = {
  symbol: { takes: symbolName, sentence: 'The symbol.' },
  owner: { takes: owner, sentence: 'Who holds it, for messages: a host and process, say.' },
  token: {
    takes: whole({ from: 1, to: Number.MAX_SAFE_INTEGER }),
    sentence: 'Fencing token, from 1: every lease of a symbol has a larger one than the leases before it.',
  },
  expiresAt: { takes: date, sentence: 'When others may take it, unless it is renewed; by the clock of the process that holds it.' },
} as const satisfies Descriptions<SymbolLease>;
