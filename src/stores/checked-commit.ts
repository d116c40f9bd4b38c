import { types } from 'node:util';
import { TickerforestError } from '../errors';
import { hasHiddenCharacters } from '../options/checks';
import { COMMIT, DELETION } from '../options/commit-table';
import { checkOptions } from '../options/description';
import { copyPlain, DOCUMENT, FUNDAMENTALS } from '../options/plain-value';
import { byteLength, checkSymbol } from '../options/symbol';
import { type CompanyProfile, type MlProfile, type ProfileType, SCHEMA_VERSION, type StatisticalProfile } from '../profiles/documents';
import { described, quoted } from '../text';
import type { CheckpointUpdate, DeleteProfiles, SymbolCommit } from './contract';
import { isRecord, wrongWithProfile } from './document-check';
import { takeDates } from './document-dates';

/** A commit that can be carried out: valid, a copy of the caller's, every document with its new revision. */
export interface CheckedCommit {
  /** The symbol. */
  readonly symbol: string;
  /** Revision that must be the current one. */
  readonly baseRevision: number;
  /** Revision to be made: base + 1. See {@link commitAfterDeletion}. */
  readonly revision: number;
  /** New company profile; undefined: keep. */
  readonly company: CompanyProfile | undefined;
  /** New ML profile; undefined: keep. */
  readonly ml: MlProfile | undefined;
  /** New statistical profile; undefined: keep. */
  readonly statistical: StatisticalProfile | undefined;
  /** New feature state; undefined: keep. */
  readonly state: Uint8Array | undefined;
  /** All models by name, those to be kept as 'unchanged'; undefined: keep all. See {@link modelsAfter}. */
  readonly models: ReadonlyMap<string, Uint8Array | 'unchanged'> | undefined;
  /** Token of the lease that must not have been followed by a newer one; undefined: any. */
  readonly leaseToken: number | undefined;
}

/** Bytes of the longest name of a model: it becomes a file's. */
const LONGEST_NAME = 64;

/**
 * What every store does with a commit first, so that all of them take and refuse the same.
 *
 * @param update - the caller's commit
 * @returns a valid copy
 * @throws TickerforestError `INVALID_OPTION` naming the part and its value
 */
export function checkCommit(update: SymbolCommit): CheckedCommit {
  const { symbol, baseRevision, company, ml, statistical, checkpoint, leaseToken } = checkOptions(update, COMMIT, 'commit');
  if (!company && !ml && !statistical && !checkpoint) {
    throw invalid(`the commit of ${quoted(symbol)} holds nothing; give it a profile or a checkpoint`);
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
 * A commit of a new symbol, made for one that was deleted before: its revisions go on where they ended, so that none of them comes again.
 *
 * @param commit - the commit, based on revision 0
 * @param deleted - the revision that the deletion made
 * @returns the commit, its revision and that of its documents being the one after
 */
export function commitAfterDeletion(commit: CheckedCommit, deleted: number): CheckedCommit {
  const revision = deleted + 1;
  return {
    ...commit,
    revision,
    company: commit.company && { ...commit.company, revision },
    ml: commit.ml && { ...commit.ml, revision },
    statistical: commit.statistical && { ...commit.statistical, revision },
  };
}

/** A deletion that can be carried out. */
export interface CheckedDeletion {
  /** The symbol. */
  readonly symbol: string;
  /** Revision that must be the current one; undefined: any. */
  readonly baseRevision: number | undefined;
  /** Token of the lease that must be the newest; undefined: any. */
  readonly leaseToken: number | undefined;
}

/**
 * What every store checks before it deletes a symbol.
 *
 * @param symbol - the symbol
 * @param options - the caller's
 * @returns a valid copy
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 */
export function checkDeletion(symbol: string, options: DeleteProfiles = {}): CheckedDeletion {
  const { baseRevision, leaseToken } = checkOptions(options, DELETION, 'deleteSymbol');
  return { symbol: checkSymbol(symbol), baseRevision, leaseToken };
}

/**
 * The models of the revision that a commit makes.
 *
 * @param commit - the commit; its base revision is the current one
 * @param stored - the base revision's models by name, in whatever form the store has them at hand
 * @returns each model: the bytes that are new, or what is stored of one that is kept
 * @throws TickerforestError `INVALID_OPTION` if a model is 'unchanged' that the base revision does not have
 */
export function modelsAfter<Stored>(commit: CheckedCommit, stored: ReadonlyMap<string, Stored>): ReadonlyMap<string, Uint8Array | Stored> {
  if (commit.models === undefined) return stored;
  return new Map(
    [...commit.models].map(([name, bytes]): [string, Uint8Array | Stored] => {
      if (bytes !== 'unchanged') return [name, bytes];
      const kept = stored.get(name);
      if (kept !== undefined) return [name, kept];
      const known = stored.size === 0 ? 'no models' : `only ${[...stored.keys()].map((one) => quoted(one)).join(', ')}`;
      const what = `${placeOfModel(name)} is 'unchanged', but revision ${commit.baseRevision} of ${quoted(commit.symbol)} has ${known}`;
      throw invalid(`${what}; give the model's bytes, or leave it out`);
    }),
  );
}

/**
 * Refuses names of models that no store can keep.
 *
 * @param name - the name of a model
 * @param parameter - what it is called, for the message
 * @throws TickerforestError `INVALID_OPTION` if it is no text, empty, longer than 64 bytes in UTF-8, or has control or invisible characters
 */
export function assertName(name: unknown, parameter: string): void {
  if (typeof name !== 'string' || name === '' || byteLength(name) > LONGEST_NAME || hasHiddenCharacters(name)) {
    throw invalid(
      `${parameter} must be a text of 1 to ${LONGEST_NAME} bytes, without control or invisible characters, not ${described(name)}`,
    );
  }
}

/**
 * The error of a commit or deletion that came too late.
 *
 * @param update - the commit or deletion that lost
 * @param current - the symbol's current revision; 0 if nothing is stored
 * @param cause - the error that it was noticed by, if any
 * @returns the error to throw
 */
export function conflict(update: Pick<CheckedDeletion, 'symbol' | 'baseRevision'>, current: number, cause?: unknown): TickerforestError {
  const { symbol, baseRevision } = update;
  const found = current === 0 ? `nothing of ${quoted(symbol)} is stored` : `${quoted(symbol)} is at revision ${current}`;
  const message = `${found}, what was asked for is based on revision ${baseRevision}; read the symbol again and repeat the work`;
  return new TickerforestError('CONFLICT', message, { cause });
}

/**
 * Refuses the use of a store after its `close()`.
 *
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
  // what is only given back, whatever it is, has narrower bounds than what this library makes
  if ('fundamental_data' in profile) copyPlain(profile.fundamental_data, `${type}.fundamental_data`, FUNDAMENTALS);
  const own = takeDates(copyPlain(profile, type, DOCUMENT), type);
  if (own.symbol !== symbol) throw invalid(`${type} profile is of symbol ${described(own.symbol)}, the commit of ${quoted(symbol)}`);
  if (own.profile_type !== type) throw invalid(`${type} profile has profile_type ${described(own.profile_type)}; it must be '${type}'`);
  if (own.schema_version !== SCHEMA_VERSION) {
    throw invalid(`${type} profile has schema_version ${described(own.schema_version)}; this release writes ${SCHEMA_VERSION}`);
  }
  const document = { ...own, revision };
  const shortcoming = wrongWithProfile(document, type, symbol);
  if (shortcoming !== null) throw invalid(`the commit of ${quoted(symbol)} holds ${shortcoming}`);
  return document;
}

function ownModels(models: Exclude<CheckpointUpdate['models'], 'unchanged'>): ReadonlyMap<string, Uint8Array | 'unchanged'> {
  const given: unknown = models;
  if (!isRecord(given)) throw invalid(`checkpoint.models must be an object of files by name, or 'unchanged', not ${described(given)}`);
  return new Map(
    Object.entries(models).map(([name, bytes]) => {
      assertName(name, 'name of a model');
      return [name, bytes === 'unchanged' ? bytes : ownBytes(bytes, placeOfModel(name), "a Uint8Array or 'unchanged'")];
    }),
  );
}

function placeOfModel(name: string): string {
  return `checkpoint.models[${quoted(name)}]`;
}

function ownBytes(bytes: Uint8Array, path: string, wanted = 'a Uint8Array'): Uint8Array {
  if (!types.isUint8Array(bytes)) throw invalid(`${path} must be ${wanted}, not ${described(bytes)}`);
  return new Uint8Array(bytes);
}

function invalid(message: string): TickerforestError {
  return new TickerforestError('INVALID_OPTION', message);
}
