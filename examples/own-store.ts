// A store of your own, in about a hundred lines: over anything that can replace an object only if nobody else has meanwhile, as object
// storage with conditional writes and most key-value databases can. At the end the contract suite is run over it, with Node's own test runner.
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import type { CompanyProfile, MlProfile, ProfileStore, StatisticalProfile } from 'tickerforest';
import {
  assertNewest,
  assertNotLeased,
  assertOpen,
  type CheckedCommit,
  type CheckedDeletion,
  type Checkpoint,
  type CommitResult,
  checkCommit,
  checkDeletion,
  checkLeaseRequest,
  checkSymbol,
  commitAfterDeletion,
  conflict,
  type DeleteProfiles,
  type LeaseRequest,
  leaseLost,
  modelsAfter,
  SavesByCommit,
  type SymbolCommit,
  type SymbolLease,
} from 'tickerforest/store';
import { testProfileStore } from 'tickerforest/testing';

/** What the store needs of the service underneath. */
interface Bucket {
  /** An object and its tag, which changes with every write; null if there is none. */
  get(key: string): Promise<{ bytes: Uint8Array; tag: string } | null>;
  /** Writes if the tag is still that one (null: if there is no object yet); false if it is not. */
  put(key: string, bytes: Uint8Array, tag: string | null): Promise<boolean>;
  /** All keys. */
  keys(): Promise<string[]>;
}

/** All of a symbol in one object: so one conditional write is a commit that is all or nothing. */
interface Stored {
  revision: number; // 0: nothing is stored
  last: number; // the highest there ever was, also when the symbol was deleted
  company: CompanyProfile | null;
  ml: MlProfile | null;
  statistical: StatisticalProfile | null;
  state: Uint8Array | null;
  models: ReadonlyMap<string, Uint8Array>;
  lease: { owner: string; token: number; expiresAt: Date; released: boolean } | null;
}

const EMPTY: Stored = { revision: 0, last: 0, company: null, ml: null, statistical: null, state: null, models: new Map(), lease: null };

class BucketProfileStore extends SavesByCommit implements ProfileStore {
  #closed = false;
  constructor(readonly bucket: Bucket) {
    super();
  }

  getCompanyProfile = async (symbol: string) => (await this.#read(symbol)).company;
  getMlProfile = async (symbol: string) => (await this.#read(symbol)).ml;
  getStatisticalProfile = async (symbol: string) => (await this.#read(symbol)).statistical;

  async getCheckpoint(symbol: string): Promise<Checkpoint | null> {
    const { revision, state, models } = await this.#read(symbol);
    // slice: readers put Float64Arrays over the bytes, which must begin at offset 0
    const copies = Object.fromEntries([...models].map(([name, bytes]) => [name, bytes.slice()]));
    return state && { symbol, revision, state: state.slice(), models: copies };
  }

  async commit(update: SymbolCommit): Promise<CommitResult> {
    assertOpen(this.#closed);
    const commit = checkCommit(update); // a copy, refused if it cannot be stored, every document with its new revision
    const { revision } = await this.#change(commit.symbol, (stored) => {
      assertCurrent(stored, commit);
      return successor(stored, stored.last > stored.revision ? commitAfterDeletion(commit, stored.last) : commit);
    });
    return { revision };
  }

  async deleteSymbol(symbol: string, options?: DeleteProfiles): Promise<boolean> {
    assertOpen(this.#closed);
    const deletion = checkDeletion(symbol, options);
    let wasThere = false;
    await this.#change(symbol, (stored) => {
      assertCurrent(stored, deletion);
      wasThere = stored.revision > 0;
      return wasThere ? { ...EMPTY, last: stored.last + 1, lease: stored.lease } : stored;
    });
    return wasThere;
  }

  async acquireLease(symbol: string, request: LeaseRequest): Promise<SymbolLease> {
    assertOpen(this.#closed);
    checkLeaseRequest(symbol, request);
    const changed = await this.#change(symbol, (stored) => {
      const last = stored.lease;
      assertNotLeased(last && { symbol, ...last });
      const expiresAt = new Date(Date.now() + request.milliseconds);
      return { ...stored, lease: { owner: request.owner, token: (last?.token ?? 0) + 1, expiresAt, released: false } };
    });
    return leaseOf(symbol, changed);
  }

  async renewLease({ symbol, owner, token }: SymbolLease, milliseconds: number): Promise<SymbolLease> {
    assertOpen(this.#closed);
    checkLeaseRequest(symbol, { owner, milliseconds });
    const changed = await this.#change(symbol, (stored) => {
      if (stored.lease?.token !== token || stored.lease.released) throw leaseLost(symbol, token, stored.lease?.token ?? 0);
      return { ...stored, lease: { ...stored.lease, expiresAt: new Date(Date.now() + milliseconds) } };
    });
    return leaseOf(symbol, changed);
  }

  async releaseLease({ symbol, token }: SymbolLease): Promise<void> {
    assertOpen(this.#closed);
    await this.#change(symbol, (stored) =>
      stored.lease?.token === token ? { ...stored, lease: { ...stored.lease, released: true } } : stored,
    );
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed);
    const symbols: string[] = [];
    for (const symbol of await this.bucket.keys()) if ((await this.#read(symbol)).revision > 0) symbols.push(symbol);
    return symbols.sort();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #read(symbol: string): Promise<Stored> {
    assertOpen(this.#closed);
    checkSymbol(symbol);
    return decode(await this.bucket.get(symbol));
  }

  /** Reads, changes, and writes, again and again until nobody else wrote in between. */
  async #change(symbol: string, change: (stored: Stored) => Stored): Promise<Stored> {
    for (;;) {
      const object = await this.bucket.get(symbol);
      const changed = change(decode(object));
      if (await this.bucket.put(symbol, serialize(changed), object?.tag ?? null)) return changed;
    }
  }
}

function decode(object: { bytes: Uint8Array } | null): Stored {
  if (object === null) return EMPTY;
  const stored: Stored = deserialize(object.bytes);
  return stored;
}

function assertCurrent({ revision, lease }: Stored, change: CheckedDeletion): void {
  const { symbol, baseRevision, leaseToken } = change;
  assertNewest(symbol, leaseToken, lease && { symbol, ...lease });
  if (baseRevision !== undefined && baseRevision !== revision) throw conflict(change, revision);
}

function successor(stored: Stored, commit: CheckedCommit): Stored {
  const { company, ml, statistical, state, revision } = commit;
  return {
    revision,
    last: revision,
    company: company ?? (stored.company && { ...stored.company, revision }),
    ml: ml ?? (stored.ml && { ...stored.ml, revision }),
    statistical: statistical ?? (stored.statistical && { ...stored.statistical, revision }),
    state: state ?? stored.state,
    models: modelsAfter(commit, stored.models), // some may be 'unchanged'
    lease: stored.lease,
  };
}

function leaseOf(symbol: string, { lease }: Stored): SymbolLease {
  if (lease === null) throw new TypeError('a lease was just written');
  return { symbol, owner: lease.owner, token: lease.token, expiresAt: lease.expiresAt };
}

/** A bucket in memory, in place of the real service. */
function memoryBucket(): Bucket {
  const objects = new Map<string, { bytes: Uint8Array; tag: string }>();
  return {
    get: async (key) => objects.get(key) ?? null,
    async put(key, bytes, tag) {
      if ((objects.get(key)?.tag ?? null) !== tag) return false;
      objects.set(key, { bytes, tag: randomUUID() });
      return true;
    },
    keys: async () => [...objects.keys()],
  };
}

testProfileStore({
  name: 'the bucket store',
  runner: { describe, it },
  open: async () => {
    const bucket = memoryBucket();
    return { store: new BucketProfileStore(bucket), reopen: () => new BucketProfileStore(bucket) };
  },
});
