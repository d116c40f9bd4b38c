import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../profiles/documents';

/** Feature state and models to be stored. */
export interface CheckpointUpdate {
  /** State of the feature engine. */
  readonly state: Uint8Array;
  /**
   * All model files by name, replacing those stored: a name that is absent is dropped, a file that is 'unchanged' stays as it is in the base revision, without its
   * bytes being written again. Or 'unchanged' altogether: all of the base revision's stay, if there are any.
   */
  readonly models: Readonly<Record<string, Uint8Array | 'unchanged'>> | 'unchanged';
}

/** What {@link ProfileStore.getCheckpoint} may leave out. */
export interface CheckpointRead {
  /** Names of files of `models` that need not be read; a store may give them all the same. Default: none. */
  readonly omit?: readonly string[] | undefined;
}

/** Everything about one symbol that changes at once. A part that is absent stays what it was in the base revision. */
export interface SymbolCommit {
  /** The symbol: not empty, well-formed unicode; upper and lower case differ. */
  readonly symbol: string;
  /** Revision that the parts were computed from; 0: the symbol is new. */
  readonly baseRevision: number;
  /** New company profile. Its `revision` is ignored. */
  readonly company?: CompanyProfile;
  /** New ML profile. Its `revision` is ignored. */
  readonly ml?: MlProfile;
  /** New statistical profile. Its `revision` is ignored. */
  readonly statistical?: StatisticalProfile;
  /** New feature state and models. */
  readonly checkpoint?: CheckpointUpdate;
  /** Fencing token of the lease under which the parts were computed. Default: none, then only the revision decides. */
  readonly leaseToken?: number;
}

/**
 * The right to be the only worker on a symbol, for a while. It saves work, it does not guard data: that is what revisions are for. So a
 * worker that dies blocks nobody for longer than its lease, and one that wakes up too late is stopped by its token.
 */
export interface SymbolLease {
  /** The symbol. */
  readonly symbol: string;
  /** Who holds it, for messages: a host and process, say. */
  readonly owner: string;
  /**
   * Fencing token, from 1: every lease of a symbol has a larger one than the leases before it. Where no lease is left to count from, as nothing is stored of the symbol, it
   * begins at the clock's microseconds: then larger only if clocks do not go back, but never one that was given before.
   */
  readonly token: number;
  /** When others may take it, unless it is renewed; by the clock of the process that holds it. */
  readonly expiresAt: Date;
}

/** What {@link ProfileStore.acquireLease} is asked for. */
export interface LeaseRequest {
  /** Who asks, for messages: not empty. */
  readonly owner: string;
  /** How long the lease lasts unless it is renewed, above 0, at most 24 hours. */
  readonly milliseconds: number;
}

/** What a commit made. */
export interface CommitResult {
  /** The symbol's new revision: the base revision + 1; for a symbol that was deleted, one more than any that it had before. */
  readonly revision: number;
}

/** When {@link ProfileStore.deleteSymbol} does nothing. */
export interface DeleteProfiles {
  /** Revision that must be the current one. Default: any. */
  readonly baseRevision?: number | undefined;
  /** Fencing token of the lease under which it is deleted. Default: none, then only the revision decides. */
  readonly leaseToken?: number | undefined;
}

/**
 * Where profiles and checkpoints live.
 *
 * A symbol has one revision, which every commit and every deletion raises by 1; all its documents and its checkpoint carry it, also those that the commit did
 * not change. What goes in and what comes out are the caller's own: changing it later changes nothing in the store. Documents hold null,
 * booleans, numbers (NaN, -0 and infinities included), strings, Dates, arrays and plain objects, and come back exactly so.
 *
 * Every function rejects with a TickerforestError: `STORE_CLOSED` after {@link ProfileStore.close}, `STORE_FAILED` if reading or writing
 * fails or what is stored is damaged, `INVALID_OPTION` for a symbol or value that cannot be stored.
 */
export interface ProfileStore {
  /**
   * @param symbol - the symbol
   * @returns its company profile, or null if there is none
   */
  getCompanyProfile(symbol: string): Promise<CompanyProfile | null>;
  /**
   * @param symbol - the symbol
   * @returns its ML profile, or null if there is none
   */
  getMlProfile(symbol: string): Promise<MlProfile | null>;
  /**
   * @param symbol - the symbol
   * @returns its statistical profile, or null if there is none
   */
  getStatisticalProfile(symbol: string): Promise<StatisticalProfile | null>;
  /**
   * @param symbol - the symbol
   * @param options - which files need not be read
   * @returns feature state and models of one and the same revision, or null if there are none
   */
  getCheckpoint(symbol: string, options?: CheckpointRead): Promise<Checkpoint | null>;

  /**
   * A commit of this one document, based on the profile's own `revision`: what was read can be changed and saved, unless somebody else
   * committed in between. A new symbol's profile has revision 0.
   *
   * @param profile - the new profile
   * @returns the new revision
   * @throws TickerforestError `CONFLICT` if the profile's revision is not the symbol's current one
   */
  saveCompanyProfile(profile: CompanyProfile): Promise<CommitResult>;
  /**
   * As {@link ProfileStore.saveCompanyProfile}, for the ML profile.
   *
   * @param profile - the new profile
   * @returns the new revision
   * @throws TickerforestError `CONFLICT` if the profile's revision is not the symbol's current one
   */
  saveMlProfile(profile: MlProfile): Promise<CommitResult>;
  /**
   * As {@link ProfileStore.saveCompanyProfile}, for the statistical profile.
   *
   * @param profile - the new profile
   * @returns the new revision
   * @throws TickerforestError `CONFLICT` if the profile's revision is not the symbol's current one
   */
  saveStatisticalProfile(profile: StatisticalProfile): Promise<CommitResult>;

  /**
   * Stores all parts at once: afterwards everybody reads either all of them or, if it fails or the process dies on the way, none.
   * Of several commits on the same base revision exactly one succeeds.
   *
   * @param update - the parts, and the revision that they were computed from
   * @returns the new revision
   * @throws TickerforestError `CONFLICT` if the base revision is not the symbol's current one: read again, compute again, commit again;
   * `LEASE_LOST` if `leaseToken` is given and is not that of the newest lease of the symbol that was granted; `INVALID_OPTION` if there is nothing to store, a
   * part is another symbol's or cannot be stored, or a model file is 'unchanged' that the base revision does not have
   */
  commit(update: SymbolCommit): Promise<CommitResult>;

  /**
   * Forgets a symbol: documents, feature state and models, all at once, as a commit changes them. Afterwards it is as unknown as one that was never stored, but for
   * its revisions: they never come again. So a worker that read it before is refused (`CONFLICT`), also when the symbol has been created anew since.
   *
   * @param symbol - the symbol
   * @param options - the revision that it must be at, and the lease under which it is deleted
   * @returns whether there was anything
   * @throws TickerforestError `CONFLICT` if a base revision is given and is not the symbol's current one (0: nothing is stored); `LEASE_LOST` as for a commit
   */
  deleteSymbol(symbol: string, options?: DeleteProfiles): Promise<boolean>;

  /**
   * Takes the lease of a symbol, known or not, if nobody holds it: never granted, released, or expired. Of several workers who ask at once,
   * exactly one gets it.
   *
   * No clock is believed further than this: a lease lasts no longer, from when it is first seen, than it was granted for; and one that ends more than 24 hours from now is
   * over. So a worker whose clock was ahead, and that died, does not hold a symbol.
   *
   * @param symbol - the symbol
   * @param request - who asks, and for how long
   * @returns the lease, with a larger token than any lease of the symbol before
   * @throws TickerforestError `SYMBOL_LEASED` if another worker holds it, naming the owner and when it expires
   */
  acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease>;

  /**
   * Prolongs a lease from now on, also one that has expired but was not taken by anybody.
   *
   * @param lease - the lease
   * @param milliseconds - how long it lasts from now, above 0
   * @returns the lease with its new expiry
   * @throws TickerforestError `LEASE_LOST` if it was released, or a newer lease of the symbol was granted
   */
  renewLease(lease: SymbolLease, milliseconds: number): Promise<SymbolLease>;

  /**
   * Gives a lease back; the next worker need not wait for its expiry. Does nothing if the lease was released or taken by somebody else. If nothing is stored of the symbol,
   * nothing is left of the lease either.
   *
   * @param lease - the lease
   */
  releaseLease(lease: SymbolLease): Promise<void>;

  /** @returns all symbols that something is stored of, in code unit order */
  listSymbols(): Promise<string[]>;

  /** Releases what the store holds. What was begun before still finishes; a second close does nothing. */
  close(): Promise<void>;
}
