import { types } from 'node:util';
import { TickerforestError, throwIfAborted } from './errors';
import { isRecord, wrongWithCheckpoint, wrongWithProfile } from './profiles/document-check';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from './profiles/documents';
import type { CommitResult, LeaseRequest, ProfileStore, SymbolCommit, SymbolLease } from './profiles/profile-store';
import { described, quoted } from './text';
import { endedWithin, orAborted } from './waiting';

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
  readonly #commits = new Set<Promise<unknown>>();

  /**
   * @param store - the caller's
   * @param signal - the caller's, if any
   */
  constructor(store: ProfileStore, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  async getCompanyProfile(symbol: string): Promise<CompanyProfile | null> {
    const answer = await this.#ask(`reading the company profile of ${quoted(symbol)}`, () => this.#store.getCompanyProfile(symbol));
    return checked(answer, 'getCompanyProfile', symbol, wrongWithProfile(answer, 'company', symbol));
  }

  async getMlProfile(symbol: string): Promise<MlProfile | null> {
    const answer = await this.#ask(`reading the ML profile of ${quoted(symbol)}`, () => this.#store.getMlProfile(symbol));
    return checked(answer, 'getMlProfile', symbol, wrongWithProfile(answer, 'ml', symbol));
  }

  async getStatisticalProfile(symbol: string): Promise<StatisticalProfile | null> {
    const what = `reading the statistical profile of ${quoted(symbol)}`;
    const answer = await this.#ask(what, () => this.#store.getStatisticalProfile(symbol));
    return checked(answer, 'getStatisticalProfile', symbol, wrongWithProfile(answer, 'statistical', symbol));
  }

  async getCheckpoint(symbol: string): Promise<Checkpoint | null> {
    const answer = await this.#ask(`reading the checkpoint of ${quoted(symbol)}`, () => this.#store.getCheckpoint(symbol));
    return checked(answer, 'getCheckpoint', symbol, wrongWithCheckpoint(answer, symbol));
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

  /** A lease that the store grants after the abort is given back when it comes. */
  async acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease> {
    const what = `taking the lease of ${quoted(symbol)}`;
    let isWanted = true;
    const asked = async () => {
      const lease = checkedLease(await this.#store.acquireLease(symbol, request), 'acquireLease', symbol);
      if (!isWanted) await this.releaseLease(lease);
      return lease;
    };
    try {
      return await this.#ask(what, asked);
    } finally {
      isWanted = false;
    }
  }

  async renewLease(lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
    const what = `renewing the lease of ${quoted(lease.symbol)}`;
    const answer = await this.#ask(what, () => this.#store.renewLease(lease, milliseconds));
    return checkedLease(answer, 'renewLease', lease.symbol);
  }

  /** Also after an abort, but not waited for long; what fails is ignored: the lease expires by itself. */
  async releaseLease(lease: SymbolLease): Promise<void> {
    const released = async () => this.#store.releaseLease(lease);
    await endedWithin(released(), RELEASE_MS, this.#signal, HASTE_MS);
  }

  async listSymbols(): Promise<string[]> {
    return this.#ask('listing the symbols', () => this.#store.listSymbols());
  }

  async close(): Promise<void> {
    await this.#ask('closing the store', () => this.#store.close());
  }

  /** Waits for the commits that are under way, also those that the caller no longer waits for. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#commits);
  }

  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    throwIfAborted(this.#signal, what);
    return orAborted(coded(what, ask), this.#signal, what);
  }

  async #save(symbol: string, save: () => Promise<CommitResult>): Promise<CommitResult> {
    const what = `storing ${quoted(symbol)}`;
    throwIfAborted(this.#signal, what);
    const commit = coded(what, save);
    this.#commits.add(commit);
    const forget = () => this.#commits.delete(commit);
    commit.then(forget, forget);
    const isAnswered = await endedWithin(commit, Number.POSITIVE_INFINITY, this.#signal, HASTE_MS);
    if (!isAnswered) {
      const message = `aborted while ${what}, and the store does not answer: it is not known whether the commit took place; the next run goes on from what is stored`;
      throw new TickerforestError('ABORTED', message, { cause: this.#signal?.reason });
    }
    const answer: unknown = await commit;
    if (isRecord(answer) && isRevision(answer.revision)) return { revision: answer.revision };
    throw misanswered('commit', symbol, `${described(answer)}, not { revision }: it is not known whether the commit took place`);
  }
}

/** What a store throws, with a code. */
async function coded<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof TickerforestError) throw cause;
    throw new TickerforestError('STORE_FAILED', `the store failed while ${what}; see the cause, then try again`, { cause });
  }
}

function checked<T>(answer: T, method: string, symbol: string, wrong: string | null): T {
  if (wrong !== null) throw misanswered(method, symbol, wrong);
  return answer;
}

function checkedLease(answer: SymbolLease, method: string, symbol: string): SymbolLease {
  const lease: unknown = answer;
  if (!isRecord(lease)) throw misanswered(method, symbol, `${described(lease)}, not a lease`);
  if (!isRevision(lease.token))
    throw misanswered(method, symbol, `a lease whose token is ${described(lease.token)}, not a whole number from 1 on`);
  if (!types.isDate(lease.expiresAt))
    throw misanswered(method, symbol, `a lease whose expiresAt is ${described(lease.expiresAt)}, not a Date`);
  return answer;
}

function isRevision(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function misanswered(method: string, symbol: string, wrong: string): TickerforestError {
  const message = `the store's ${method}(${quoted(symbol)}) gave ${wrong}; see what ProfileStore promises, and run testProfileStore() over your store`;
  return new TickerforestError('STORE_FAILED', message);
}
