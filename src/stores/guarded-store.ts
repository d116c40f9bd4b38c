import { types } from 'node:util';
import { ownError, TickerforestError, throwIfAborted } from '../errors';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../profiles/documents';
import { described, quoted } from '../text';
import { endedWithin, orAborted } from '../waiting';
import type { CheckpointRead, CommitResult, DeleteProfiles, LeaseRequest, ProfileStore, SymbolCommit, SymbolLease } from './contract';
import { isRecord, wrongWithCheckpoint, wrongWithProfile } from './document-check';
import { takeDates } from './document-dates';

/** How long a store may take for a commit that is under way, or to take a lease back, once the caller has aborted: milliseconds. */
const HASTE_MS = 40;
/** How long a lease that is given back is waited for: if the store does not answer, it expires by itself. Milliseconds. */
const RELEASE_MS = 5_000;

/**
 * A store of anybody's, made safe to wait for: what it throws has a code (`STORE_FAILED`, unless it is a TickerforestError already), what it answers is
 * checked in shape, and an abort ends the waiting though the store goes on being silent.
 */
export class GuardedStore implements ProfileStore {
  readonly #store: ProfileStore;
  readonly #signal: AbortSignal | undefined;
  /** Commits, deletions, and leases on their way or on their way back: what would go on after an abort. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Commits and deletions that are under way. */
  readonly #changes = new Set<Promise<unknown>>();

  /**
   * @param store - the caller's
   * @param signal - the caller's, if any
   */
  constructor(store: ProfileStore, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  // profiles are copied: a getter in one, wherever it is, throws here and nowhere else
  async getCompanyProfile(symbol: string): Promise<CompanyProfile | null> {
    const wrong = (answer: unknown) => wrongWithProfile(answer, 'company', symbol);
    return this.#ask(
      `reading the company profile of ${quoted(symbol)}`,
      async () => takeDates(structuredClone(await this.#store.getCompanyProfile(symbol)), 'company'),
      wrong,
    );
  }

  async getMlProfile(symbol: string): Promise<MlProfile | null> {
    const wrong = (answer: unknown) => wrongWithProfile(answer, 'ml', symbol);
    return this.#ask(
      `reading the ML profile of ${quoted(symbol)}`,
      async () => takeDates(structuredClone(await this.#store.getMlProfile(symbol)), 'ml'),
      wrong,
    );
  }

  async getStatisticalProfile(symbol: string): Promise<StatisticalProfile | null> {
    const wrong = (answer: unknown) => wrongWithProfile(answer, 'statistical', symbol);
    return this.#ask(
      `reading the statistical profile of ${quoted(symbol)}`,
      async () => takeDates(structuredClone(await this.#store.getStatisticalProfile(symbol)), 'statistical'),
      wrong,
    );
  }

  async getCheckpoint(symbol: string, options?: CheckpointRead): Promise<Checkpoint | null> {
    const wrong = (answer: unknown) => wrongWithCheckpoint(answer, symbol);
    return this.#ask(`reading the checkpoint of ${quoted(symbol)}`, () => this.#store.getCheckpoint(symbol, options), wrong);
  }

  async saveCompanyProfile(profile: CompanyProfile): Promise<CommitResult> {
    return this.#save(profile.symbol, () => this.#store.saveCompanyProfile(profile));
  }

  async saveMlProfile(profile: MlProfile): Promise<CommitResult> {
    return this.#save(profile.symbol, () => this.#store.saveMlProfile(profile));
  }

  async saveStatisticalProfile(profile: StatisticalProfile): Promise<CommitResult> {
    return this.#save(profile.symbol, () => this.#store.saveStatisticalProfile(profile));
  }

  /** Not begun after an abort. One that is under way then has a moment to end; after that nobody knows whether it took place, and the error says so. */
  async commit(update: SymbolCommit): Promise<CommitResult> {
    return this.#save(update.symbol, () => this.#store.commit(update));
  }

  /** As {@link GuardedStore.commit}. */
  async deleteSymbol(symbol: string, options?: DeleteProfiles): Promise<boolean> {
    const wrong = (answer: unknown) => (typeof answer === 'boolean' ? null : `${described(answer)}, not whether there was anything`);
    return this.#change(`deleting ${quoted(symbol)}`, () => this.#store.deleteSymbol(symbol, options), wrong, 'deletion');
  }

  /** A lease that the store grants after the abort is given back when it comes. */
  async acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease> {
    let isWanted = true;
    const asked = async () => {
      const lease = await this.#store.acquireLease(symbol, request);
      if (!isWanted) await this.releaseLease(lease);
      return lease;
    };
    try {
      return await this.#ask(`taking the lease of ${quoted(symbol)}`, () => this.#note(asked()), wrongWithLease);
    } finally {
      isWanted = false;
    }
  }

  async renewLease(lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
    const what = `renewing the lease of ${quoted(lease.symbol)}`;
    return this.#ask(what, () => this.#store.renewLease(lease, milliseconds), wrongWithLease);
  }

  /** Also after an abort, but not waited for long; what fails is ignored: the lease expires by itself. */
  async releaseLease(lease: SymbolLease): Promise<void> {
    // a commit that is under way after an abort needs it still
    const before = [...this.#changes];
    const released = async () => {
      await Promise.allSettled(before);
      await this.#store.releaseLease(lease);
    };
    await endedWithin(this.#note(released()), RELEASE_MS, this.#signal, HASTE_MS);
  }

  async listSymbols(): Promise<string[]> {
    const wrong = (answer: unknown) => (Array.isArray(answer) ? null : `${described(answer)}, not a list of symbols`);
    return this.#ask('listing the symbols', () => this.#store.listSymbols(), wrong);
  }

  async close(): Promise<void> {
    await this.#ask(
      'closing the store',
      () => this.#store.close(),
      () => null,
    );
  }

  /** Waits for the commits, deletions and leases that are under way, also those that the caller no longer waits for. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #note<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const forget = () => this.#underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  async #ask<T>(what: string, ask: () => Promise<T>, wrong: (answer: unknown) => string | null): Promise<T> {
    throwIfAborted(this.#signal, what);
    return orAborted(coded(what, ask, wrong), this.#signal, what);
  }

  async #save(symbol: string, save: () => Promise<CommitResult>): Promise<CommitResult> {
    return this.#change(`storing ${quoted(symbol)}`, save, wrongWithCommit, 'commit');
  }

  async #change<T>(
    what: string,
    change: () => Promise<T>,
    wrong: (answer: unknown) => string | null,
    noun: 'commit' | 'deletion',
  ): Promise<T> {
    throwIfAborted(this.#signal, what);
    const changing = this.#note(coded(what, change, wrong));
    this.#changes.add(changing);
    const forget = () => this.#changes.delete(changing);
    changing.then(forget, forget);
    if (await endedWithin(changing, Number.POSITIVE_INFINITY, this.#signal, HASTE_MS)) return changing;
    const message = `aborted while ${what}, and the store does not answer: it is not known whether the ${noun} took place; the next run goes on from what is stored`;
    throw new TickerforestError('ABORTED', message, { cause: this.#signal?.reason });
  }
}

/** What a store answers, if nothing is wrong with it; what it throws, and what its answers' getters throw, with a code. */
async function coded<T>(what: string, ask: () => Promise<T>, wrong: (answer: unknown) => string | null): Promise<T> {
  try {
    const answer = await ask();
    const shortcoming = wrong(answer);
    if (shortcoming === null) return answer;
    const advice = 'see what ProfileStore promises, and run testProfileStore() over your store';
    throw new TickerforestError('STORE_FAILED', `while ${what} the store gave ${shortcoming}; ${advice}`);
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw new TickerforestError('STORE_FAILED', `the store failed while ${what}; see the cause, then try again`, { cause });
  }
}

function wrongWithLease(lease: unknown): string | null {
  if (!isRecord(lease)) return `${described(lease)}, not a lease`;
  if (!isRevision(lease.token)) return `a lease whose token is ${described(lease.token)}, not a whole number from 1 on`;
  if (!types.isDate(lease.expiresAt)) return `a lease whose expiresAt is ${described(lease.expiresAt)}, not a Date`;
  return null;
}

function wrongWithCommit(answer: unknown): string | null {
  if (isRecord(answer) && isRevision(answer.revision)) return null;
  return `${described(answer)}, not { revision }: it is not known whether the commit took place`;
}

function isRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
