import { CHECKPOINT_READ } from '../../options/commit-table';
import { checkOptions } from '../../options/description';
import { checkSymbol } from '../../options/symbol';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../../profiles/documents';
import { assertOpen, type CheckedCommit, checkCommit, checkDeletion, commitAfterDeletion, conflict, modelsAfter } from '../checked-commit';
import type { CheckpointRead, CommitResult, DeleteProfiles, LeaseRequest, ProfileStore, SymbolCommit, SymbolLease } from '../contract';
import {
  assertNewest,
  assertNotLeased,
  checkLease,
  checkLeaseRequest,
  leaseLost,
  nextToken,
  type StoredLease,
  standingOf,
} from '../lease-rules';
import { SavesByCommit } from '../saves-by-commit';

interface StoredSymbol {
  readonly revision: number;
  readonly company: CompanyProfile | null;
  readonly ml: MlProfile | null;
  readonly statistical: StatisticalProfile | null;
  readonly state: Uint8Array | null;
  readonly models: ReadonlyMap<string, Uint8Array>;
}

/**
 * Keeps profiles in the memory of this process.
 *
 * @returns a store that keeps everything in this process's memory: for tests, notebooks and services that persist elsewhere
 * @example
 * ```ts
 * const store = memoryProfileStore();
 * await trainSymbol({ symbol: 'DEMO', source: sampleBars(), store });
 * console.log(await store.listSymbols()); // ['DEMO']
 * ```
 */
export function memoryProfileStore(): ProfileStore {
  return new MemoryProfileStore();
}

class MemoryProfileStore extends SavesByCommit implements ProfileStore {
  readonly #symbols = new Map<string, StoredSymbol>();
  /** Last revisions of the symbols that were deleted. */
  readonly #deleted = new Map<string, number>();
  readonly #leases = new Map<string, StoredLease>();
  #closed = false;

  async getCompanyProfile(symbol: string): Promise<CompanyProfile | null> {
    return structuredClone(this.#read(symbol)?.company ?? null);
  }

  async getMlProfile(symbol: string): Promise<MlProfile | null> {
    return structuredClone(this.#read(symbol)?.ml ?? null);
  }

  async getStatisticalProfile(symbol: string): Promise<StatisticalProfile | null> {
    return structuredClone(this.#read(symbol)?.statistical ?? null);
  }

  async getCheckpoint(symbol: string, options: CheckpointRead = {}): Promise<Checkpoint | null> {
    const { omit = [] } = checkOptions(options, CHECKPOINT_READ, 'getCheckpoint');
    const stored = this.#read(symbol);
    if (!stored?.state) return null;
    const models = Object.fromEntries(
      [...stored.models].filter(([name]) => !omit.includes(name)).map(([name, bytes]) => [name, bytes.slice()]),
    );
    return { symbol, revision: stored.revision, state: stored.state.slice(), models };
  }

  async commit(update: SymbolCommit): Promise<CommitResult> {
    assertOpen(this.#closed);
    const checked = checkCommit(update);
    const { symbol } = checked;
    assertNewest(symbol, checked.leaseToken, this.#leases.get(symbol));
    const current = this.#symbols.get(symbol);
    if ((current?.revision ?? 0) !== checked.baseRevision) throw conflict(checked, current?.revision ?? 0);
    const deleted = this.#deleted.get(symbol);
    const commit = deleted === undefined ? checked : commitAfterDeletion(checked, deleted);
    this.#symbols.set(symbol, successor(current, commit));
    this.#deleted.delete(symbol);
    return { revision: commit.revision };
  }

  async deleteSymbol(symbol: string, options?: DeleteProfiles): Promise<boolean> {
    assertOpen(this.#closed);
    const deletion = checkDeletion(symbol, options);
    assertNewest(symbol, deletion.leaseToken, this.#leases.get(symbol));
    const { revision = 0 } = this.#symbols.get(symbol) ?? {};
    if (deletion.baseRevision !== undefined && deletion.baseRevision !== revision) throw conflict(deletion, revision);
    if (revision === 0) return false;
    this.#symbols.delete(symbol);
    this.#deleted.set(symbol, revision + 1);
    return true;
  }

  async acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease> {
    assertOpen(this.#closed);
    checkLeaseRequest(symbol, request);
    const { owner, milliseconds } = request;
    const last = this.#leases.get(symbol);
    if (last && standingOf(last) === 'doubtful') {
      this.#leases.set(symbol, { ...last, expiresAt: new Date(Date.now() + (last.milliseconds ?? 0)) });
    }
    assertNotLeased(this.#leases.get(symbol));
    const lease = { symbol, owner, token: nextToken(last?.token), expiresAt: new Date(Date.now() + milliseconds) };
    this.#leases.set(symbol, { ...lease, milliseconds, released: false });
    return structuredClone(lease);
  }

  async renewLease(lease: SymbolLease, milliseconds: number): Promise<SymbolLease> {
    assertOpen(this.#closed);
    const { symbol, owner, token } = checkLease(lease);
    checkLeaseRequest(symbol, { owner, milliseconds });
    const last = this.#leases.get(symbol);
    if (last?.token !== token || last.released) throw leaseLost(symbol, token, last?.token ?? 0);
    const renewed = { symbol, owner, token, expiresAt: new Date(Date.now() + milliseconds) };
    this.#leases.set(symbol, { ...renewed, milliseconds, released: false });
    return structuredClone(renewed);
  }

  async releaseLease(lease: SymbolLease): Promise<void> {
    assertOpen(this.#closed);
    const { symbol, token } = checkLease(lease);
    const last = this.#leases.get(symbol);
    if (last?.token !== token) return;
    if (this.#symbols.has(symbol)) this.#leases.set(symbol, { ...last, released: true });
    else this.#leases.delete(symbol);
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed);
    return [...this.#symbols.keys()].sort();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#symbols.clear();
    this.#deleted.clear();
    this.#leases.clear();
  }

  #read(symbol: string): StoredSymbol | undefined {
    assertOpen(this.#closed);
    checkSymbol(symbol);
    return this.#symbols.get(symbol);
  }
}

function successor(current: StoredSymbol | undefined, commit: CheckedCommit): StoredSymbol {
  const { revision } = commit;
  return {
    revision,
    company: commit.company ?? (current?.company ? { ...current.company, revision } : null),
    ml: commit.ml ?? (current?.ml ? { ...current.ml, revision } : null),
    statistical: commit.statistical ?? (current?.statistical ? { ...current.statistical, revision } : null),
    state: commit.state ?? current?.state ?? null,
    models: modelsAfter(commit, current?.models ?? new Map()),
  };
}
