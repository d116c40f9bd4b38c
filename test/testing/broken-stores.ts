import { setImmediate as turn } from 'node:timers/promises';
import { types } from 'node:util';
import { TickerforestError } from '../../src/errors';
import type { CommitResult, ProfileStore, SymbolCommit, SymbolLease } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';

/** A store with one thing wrong, and the tests of the suite that must notice it. */
export interface BrokenStore {
  /** What is wrong. */
  readonly fault: string;
  /** Tests that must fail, among others perhaps. */
  readonly noticedBy: readonly string[];
  /** Functions that replace those of a memory store. */
  breakIt(inner: ProfileStore): Partial<ProfileStore>;
}

const EXACTLY = 'gives back every value exactly, also after reopening';

/** One fault each. */
export const BROKEN_STORES: readonly BrokenStore[] = [
  {
    fault: 'reads -0 as 0',
    noticedBy: [EXACTLY],
    breakIt: (inner) => ({
      getCompanyProfile: async (symbol) => replaced(await inner.getCompanyProfile(symbol), (x) => (x === 0 ? 0 : x)),
    }),
  },
  {
    fault: 'reads NaN as null',
    noticedBy: [EXACTLY],
    breakIt: (inner) => ({
      getStatisticalProfile: async (symbol) => replaced(await inner.getStatisticalProfile(symbol), (x) => (Number.isNaN(x) ? null : x)),
    }),
  },
  {
    fault: 'reads Dates as text',
    noticedBy: [EXACTLY],
    breakIt: (inner) => ({
      getMlProfile: async (symbol) => replaced(await inner.getMlProfile(symbol), (x) => (types.isDate(x) ? x.toISOString() : x)),
    }),
  },
  {
    fault: 'gives Buffers instead of Uint8Arrays',
    noticedBy: [EXACTLY, 'gives back 8 MB of binary exactly'],
    breakIt: (inner) => ({
      async getCheckpoint(symbol) {
        const checkpoint = await inner.getCheckpoint(symbol);
        return checkpoint && { ...checkpoint, state: Buffer.from(checkpoint.state) };
      },
    }),
  },
  {
    fault: 'changes one bit of 8 MB',
    noticedBy: ['gives back 8 MB of binary exactly'],
    breakIt: (inner) => ({
      async getCheckpoint(symbol) {
        const checkpoint = await inner.getCheckpoint(symbol);
        if (checkpoint && checkpoint.state.length > 2 ** 22) checkpoint.state[2 ** 22] ^= 1;
        return checkpoint;
      },
    }),
  },
  {
    fault: 'ignores baseRevision',
    noticedBy: [
      'refuses a commit based on revision 1 when the current one is 2',
      'saves a document that was read, unless somebody was faster',
      'lets one of 50 concurrent commits win, round after round',
    ],
    breakIt: (inner) => {
      const force = async (update: SymbolCommit): Promise<CommitResult> =>
        inner.commit(update).catch(async (error) => {
          if (!isError(error, 'CONFLICT')) throw error;
          return force({ ...update, baseRevision: await revision(inner, update.symbol) });
        });
      return { commit: force };
    },
  },
  {
    fault: 'compares the revision, and writes later',
    noticedBy: ['lets one of 50 concurrent commits win, round after round'],
    breakIt: (inner) => ({
      async commit(update) {
        const isCurrent = (await revision(inner, update.symbol)) === update.baseRevision;
        const own = structuredClone(update);
        await turn();
        return inner.commit(isCurrent ? { ...own, baseRevision: await revision(inner, update.symbol) } : own);
      },
    }),
  },
  {
    fault: 'mixes symbols that differ by case only',
    noticedBy: ['keeps odd symbols apart and lists them in order'],
    breakIt: (inner) => ({
      getMlProfile: (symbol) => inner.getMlProfile(symbol === 'aapl' ? 'AAPL' : symbol),
    }),
  },
  {
    fault: 'mixes the leases of symbols that differ by case only',
    noticedBy: ['keeps the leases of odd symbols apart'],
    breakIt: (inner) => ({ acquireLease: (symbol, request) => inner.acquireLease(symbol.toUpperCase(), request) }),
  },
  {
    fault: 'loses the ML profile',
    noticedBy: [EXACTLY, 'replaces everything with the next commit', 'takes parts one by one, in any order'],
    breakIt: () => ({ getMlProfile: async () => null }),
  },
  {
    fault: 'loses models that are said to be unchanged',
    noticedBy: ['keeps unchanged models through many commits, and then replaces them'],
    breakIt: (inner) => ({
      commit: (update) => {
        const { checkpoint, ...rest } = update;
        return inner.commit(checkpoint?.models === 'unchanged' ? { ...rest, checkpoint: { ...checkpoint, models: {} } } : update);
      },
    }),
  },
  {
    fault: 'drops single models that are said to be unchanged',
    noticedBy: ['keeps single models that are said to be unchanged, replaces and drops others, commit after commit'],
    breakIt: (inner) => ({ commit: (update) => inner.commit(withModels(update, (file) => (file === 'unchanged' ? null : file))) }),
  },
  {
    fault: 'takes a model as unchanged that it does not have',
    noticedBy: ["refuses a model as 'unchanged' that the base revision does not have, and stays as it was"],
    breakIt: (inner) => ({
      commit: (update) =>
        inner.commit(update).catch((error) => {
          if (!isError(error, 'INVALID_OPTION')) throw error;
          return inner.commit(withModels(update, (file) => (file === 'unchanged' ? null : file)));
        }),
    }),
  },
  {
    fault: 'leaves parts that are kept at their old revision',
    noticedBy: ['keeps parts that a commit leaves out, under the new revision'],
    breakIt: (inner) => {
      const revisions = new Map<string, number>();
      return {
        async commit(update) {
          const result = await inner.commit(update);
          if (update.company) revisions.set(update.symbol, result.revision);
          return result;
        },
        async getCompanyProfile(symbol) {
          const company = await inner.getCompanyProfile(symbol);
          return company && { ...company, revision: revisions.get(symbol) ?? 0 };
        },
      };
    },
  },
  {
    fault: 'deletes only what readers see',
    noticedBy: ['takes a deleted symbol anew, with nothing of what it was'],
    breakIt: (inner) => {
      const hidden = new Set<string>();
      return {
        async deleteSymbol(symbol, options) {
          await inner.deleteSymbol(symbol, { ...options, baseRevision: 0 }).catch(() => {});
          const wasThere = !hidden.has(symbol) && (await inner.listSymbols()).includes(symbol);
          if (wasThere) hidden.add(symbol);
          return wasThere;
        },
        getCompanyProfile: async (symbol) => (hidden.has(symbol) ? null : inner.getCompanyProfile(symbol)),
        getMlProfile: async (symbol) => (hidden.has(symbol) ? null : inner.getMlProfile(symbol)),
        getStatisticalProfile: async (symbol) => (hidden.has(symbol) ? null : inner.getStatisticalProfile(symbol)),
        getCheckpoint: async (symbol) => (hidden.has(symbol) ? null : inner.getCheckpoint(symbol)),
        listSymbols: async () => (await inner.listSymbols()).filter((symbol) => !hidden.has(symbol)),
      };
    },
  },
  {
    fault: 'counts revisions from 1 again after a deletion',
    noticedBy: ['never stores what was read before a deletion, also when the symbol was created anew since'],
    breakIt: () => {
      const store = memoryProfileStore();
      const others = new Map<string, ProfileStore>();
      const of = (symbol: string) => others.get(symbol) ?? store;
      return {
        commit: (update) => of(update.symbol).commit(update),
        async deleteSymbol(symbol, options) {
          const wasThere = await of(symbol).deleteSymbol(symbol, options);
          if (wasThere) others.set(symbol, memoryProfileStore());
          return wasThere;
        },
        getCompanyProfile: (symbol) => of(symbol).getCompanyProfile(symbol),
        getMlProfile: (symbol) => of(symbol).getMlProfile(symbol),
        getStatisticalProfile: (symbol) => of(symbol).getStatisticalProfile(symbol),
        getCheckpoint: (symbol) => of(symbol).getCheckpoint(symbol),
      };
    },
  },
  {
    fault: 'deletes at any revision and under any lease',
    noticedBy: [
      'deletes at the revision that is asked for only',
      'deletes under the newest lease only, and leaves the lease to its holder',
      'lets one of 40 deletions and commits on one revision win, round after round',
    ],
    breakIt: (inner) => ({
      deleteSymbol: (symbol, options) =>
        inner.deleteSymbol(symbol, options).catch((error) => {
          if (!isError(error, 'CONFLICT') && !isError(error, 'LEASE_LOST')) throw error;
          return inner.deleteSymbol(symbol);
        }),
    }),
  },
  {
    fault: 'says that there was something when there was nothing',
    noticedBy: ['forgets a symbol that is deleted, and no other'],
    breakIt: (inner) => ({ deleteSymbol: (symbol, options) => inner.deleteSymbol(symbol, options).then(() => true) }),
  },
  {
    fault: 'lists symbols that were deleted',
    noticedBy: ['forgets a symbol that is deleted, and no other'],
    breakIt: (inner) => {
      const listed = new Set<string>();
      return {
        async commit(update) {
          const result = await inner.commit(update);
          listed.add(update.symbol);
          return result;
        },
        listSymbols: () => inner.listSymbols().then((symbols) => [...new Set([...symbols, ...listed])].sort()),
      };
    },
  },
  {
    fault: 'gives the lease of a deleted symbol to anybody',
    noticedBy: ['deletes under the newest lease only, and leaves the lease to its holder'],
    breakIt: (inner) => {
      const held = new Map<string, SymbolLease>();
      return {
        async acquireLease(symbol, request) {
          const lease = await inner.acquireLease(symbol, request);
          held.set(symbol, lease);
          return lease;
        },
        async deleteSymbol(symbol, options) {
          const wasThere = await inner.deleteSymbol(symbol, options);
          const lease = held.get(symbol);
          if (lease) await inner.releaseLease(lease);
          return wasThere;
        },
      };
    },
  },
  {
    fault: 'takes a commit under a lease that was never granted',
    noticedBy: ['refuses a commit under a lease that was never granted, and stays as it was'],
    breakIt: (inner) => {
      const newest = new Map<string, number>();
      return {
        async acquireLease(symbol, request) {
          const lease = await inner.acquireLease(symbol, request);
          newest.set(symbol, lease.token);
          return lease;
        },
        commit: (update) => {
          const { leaseToken, ...rest } = update;
          return inner.commit((leaseToken ?? 0) > (newest.get(update.symbol) ?? 0) ? rest : update);
        },
      };
    },
  },
  {
    fault: 'gives out what it keeps',
    noticedBy: ['is not changed by what callers do to what they gave or got'],
    breakIt: (inner) => {
      const kept = new Map<string, ReturnType<ProfileStore['getStatisticalProfile']>>();
      return {
        async getStatisticalProfile(symbol) {
          const key = `${await revision(inner, symbol)} ${symbol}`;
          const profile = kept.get(key) ?? inner.getStatisticalProfile(symbol);
          kept.set(key, profile);
          return profile;
        },
      };
    },
  },
  {
    fault: "copies the caller's values too late",
    noticedBy: ['is not changed by what callers do to what they gave or got'],
    breakIt: (inner) => ({
      async commit(update) {
        await turn();
        return inner.commit(update);
      },
    }),
  },
  {
    fault: 'reads the checkpoint in two steps',
    noticedBy: ['lets nobody read a mixture while commits go on'],
    breakIt: (inner) => ({
      async getCheckpoint(symbol) {
        const before = await inner.getCheckpoint(symbol);
        await turn();
        const after = await inner.getCheckpoint(symbol);
        return before && after && { ...before, revision: after.revision };
      },
    }),
  },
  {
    fault: 'lists symbols as they came',
    noticedBy: ['keeps odd symbols apart and lists them in order'],
    breakIt: (inner) => ({ listSymbols: async () => (await inner.listSymbols()).reverse() }),
  },
  {
    fault: 'takes what cannot be stored',
    noticedBy: ['refuses a function in a document and stays as it was', 'names the value that it refuses'],
    breakIt: (inner) => ({
      commit: (update) =>
        inner.commit(update).catch((error) => (isError(error, 'INVALID_OPTION') ? { revision: 1 } : Promise.reject(error))),
    }),
  },
  {
    fault: 'throws errors of its own',
    noticedBy: ['refuses a commit based on revision 1 when the current one is 2', 'refuses no symbol and stays as it was'],
    breakIt: (inner) => ({ commit: (update) => inner.commit(update).catch((cause) => Promise.reject(new Error('failed', { cause }))) }),
  },
  {
    fault: 'goes on after close',
    noticedBy: ['refuses to be used after close, and closes twice'],
    breakIt: () => ({ close: async () => {} }),
  },
  {
    fault: 'never lets a lease expire',
    noticedBy: [
      'grants an expired lease to somebody else, with a larger token',
      'takes a commit under the newest lease, held or over, and one without any lease',
    ],
    breakIt: (inner) => {
      const held = new Map<string, SymbolLease>();
      return {
        async acquireLease(symbol, request) {
          const last = held.get(symbol);
          if (last)
            throw new TickerforestError('SYMBOL_LEASED', `'${symbol}' is held by ${last.owner} until ${last.expiresAt.toISOString()}`);
          const lease = await inner.acquireLease(symbol, request);
          held.set(symbol, lease);
          return lease;
        },
        async releaseLease(lease) {
          if (held.get(lease.symbol)?.token === lease.token) held.delete(lease.symbol);
          await inner.releaseLease(lease);
        },
      };
    },
  },
  {
    fault: 'grants a lease to everybody',
    noticedBy: [
      'refuses a second lease, naming who holds the first and until when',
      'grants one of 50 who ask at once, for a new, a released and an expired lease',
    ],
    breakIt: (inner) => {
      let token = 1000;
      return {
        acquireLease: (symbol, { owner, milliseconds }) =>
          inner.acquireLease(symbol, { owner, milliseconds }).catch((error) => {
            if (!isError(error, 'SYMBOL_LEASED')) throw error;
            token++;
            return { symbol, owner, token, expiresAt: new Date(Date.now() + milliseconds) };
          }),
      };
    },
  },
  {
    fault: 'gives every lease the same token',
    noticedBy: ['grants a released lease at once, with a larger token', 'grants an expired lease to somebody else, with a larger token'],
    breakIt: (inner) => ({
      acquireLease: async (symbol, request) => ({ ...(await inner.acquireLease(symbol, request)), token: 1 }),
    }),
  },
  {
    fault: 'does not say who holds the lease',
    noticedBy: ['refuses a second lease, naming who holds the first and until when'],
    breakIt: (inner) => ({
      acquireLease: (symbol, request) =>
        inner.acquireLease(symbol, request).catch((error) => {
          throw isError(error, 'SYMBOL_LEASED') ? new TickerforestError('SYMBOL_LEASED', 'the symbol is leased') : error;
        }),
    }),
  },
  {
    fault: 'ignores the lease of a commit',
    noticedBy: ['refuses a commit whose lease was taken over, and stays as it was', 'refuses a first commit whose lease was taken over'],
    breakIt: (inner) => ({
      commit: ({ leaseToken, ...rest }) => inner.commit(leaseToken !== undefined && leaseToken < 1 ? { ...rest, leaseToken } : rest),
    }),
  },
  {
    fault: 'refuses a commit whose lease has expired, though nobody took it',
    noticedBy: ['takes a commit under the newest lease, held or over, and one without any lease'],
    breakIt: (inner) => {
      const released = new Set<string>();
      return {
        async releaseLease(lease) {
          released.add(`${lease.token} ${lease.symbol}`);
          await inner.releaseLease(lease);
        },
        async commit(update) {
          if (!released.has(`${update.leaseToken} ${update.symbol}`)) return inner.commit(update);
          throw new TickerforestError('LEASE_LOST', `lease ${update.leaseToken} of '${update.symbol}' is over`);
        },
      };
    },
  },
  {
    fault: 'releases a lease of somebody else',
    noticedBy: ['does nothing when a lease is released that was lost, or released before'],
    breakIt: (inner) => {
      const held = new Map<string, SymbolLease>();
      return {
        async acquireLease(symbol, request) {
          const lease = await inner.acquireLease(symbol, request);
          held.set(symbol, lease);
          return lease;
        },
        releaseLease: (lease) => inner.releaseLease(held.get(lease.symbol) ?? lease),
      };
    },
  },
  {
    fault: 'renews a lease that was lost',
    noticedBy: ['does not renew a lease that was taken over or released'],
    breakIt: (inner) => ({
      renewLease: (lease, milliseconds) =>
        inner.renewLease(lease, milliseconds).catch((error) => (isError(error, 'LEASE_LOST') ? lease : Promise.reject(error))),
    }),
  },
  {
    fault: 'does not prolong the lease that it renews',
    noticedBy: ['renews a lease, also one that has expired but was taken by nobody'],
    breakIt: (inner) => ({
      renewLease: (lease, milliseconds) => inner.renewLease(lease, milliseconds > 0 ? Math.min(milliseconds, 1) : milliseconds),
    }),
  },
  {
    fault: 'lists symbols that only have a lease',
    noticedBy: ['does not list or invent a symbol that only has a lease', 'keeps the leases of odd symbols apart'],
    breakIt: (inner) => {
      const leased = new Set<string>();
      return {
        async acquireLease(symbol, request) {
          const lease = await inner.acquireLease(symbol, request);
          leased.add(symbol);
          return lease;
        },
        listSymbols: async () => [...new Set([...(await inner.listSymbols()), ...leased])].sort(),
      };
    },
  },
];

/**
 * @param breakIt - makes functions that replace those of the memory store
 * @param inner - the memory store
 * @returns a store of both
 */
export function brokenStore(breakIt: BrokenStore['breakIt'], inner: ProfileStore = memoryProfileStore()): ProfileStore {
  const commit = (update: SymbolCommit) => store.commit(update);
  const store: ProfileStore = {
    getCompanyProfile: (symbol) => inner.getCompanyProfile(symbol),
    getMlProfile: (symbol) => inner.getMlProfile(symbol),
    getStatisticalProfile: (symbol) => inner.getStatisticalProfile(symbol),
    getCheckpoint: (symbol) => inner.getCheckpoint(symbol),
    saveCompanyProfile: (company) => commit({ symbol: company.symbol, baseRevision: company.revision, company }),
    saveMlProfile: (ml) => commit({ symbol: ml.symbol, baseRevision: ml.revision, ml }),
    saveStatisticalProfile: (statistical) => commit({ symbol: statistical.symbol, baseRevision: statistical.revision, statistical }),
    commit: (update) => inner.commit(update),
    deleteSymbol: (symbol, options) => inner.deleteSymbol(symbol, options),
    acquireLease: (symbol, request) => inner.acquireLease(symbol, request),
    renewLease: (lease, milliseconds) => inner.renewLease(lease, milliseconds),
    releaseLease: (lease) => inner.releaseLease(lease),
    listSymbols: () => inner.listSymbols(),
    close: () => inner.close(),
    ...breakIt(inner),
  };
  return store;
}

/** A commit whose models went through a function; those of which it makes null are left out. */
function withModels(update: SymbolCommit, change: (file: Uint8Array | 'unchanged') => Uint8Array | 'unchanged' | null): SymbolCommit {
  const { checkpoint, ...rest } = update;
  if (!checkpoint || checkpoint.models === 'unchanged') return update;
  const models = Object.entries(checkpoint.models).flatMap(([name, file]): [string, Uint8Array | 'unchanged'][] => {
    const changed = change(file);
    return changed === null ? [] : [[name, changed]];
  });
  return { ...rest, checkpoint: { ...checkpoint, models: Object.fromEntries(models) } };
}

async function revision(store: ProfileStore, symbol: string): Promise<number> {
  const parts = [await store.getCompanyProfile(symbol), await store.getMlProfile(symbol), await store.getStatisticalProfile(symbol)];
  return Math.max(...parts.map((part) => part?.revision ?? 0));
}

/** A copy in which every leaf went through a function, as a careless encoding does it. */
function replaced<T>(value: T, change: (leaf: unknown) => unknown): T {
  const copy = (item: unknown): void => {
    if (typeof item !== 'object' || item === null) return;
    for (const [key, leaf] of Object.entries(item)) {
      Reflect.set(item, key, change(leaf));
      copy(leaf);
    }
  };
  const clone = structuredClone(value);
  copy(clone);
  return clone;
}

function isError(error: unknown, code: string): boolean {
  return error instanceof TickerforestError && error.code === code;
}
