import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { propertyOf } from '../errors';
import type { ProfileStore, SymbolCommit, SymbolLease } from '../stores/contract';
import { sampleBytes, sampleCommit, sampleStatistical } from './sample-profiles';

/** The symbol that {@link crashWorker} works on. */
export const CRASH_SYMBOL = 'AAPL';

/** So short that nobody has to wait for the lease of a dead worker. */
const LEASE_MS = 20;
const PATIENCE_MS = 20_000;

/** A kind of change that a worker is killed in. */
interface CrashTurn {
  /** What it is, in words. */
  readonly what: string;
  /** The commit after a revision, which carries the next revision's number in every part; or that the symbol is deleted. */
  after(revision: number): SymbolCommit | 'deletion';
}

/** What the worker does with a new symbol, and then one after the other; after the last one, which leaves nothing, from the beginning. */
export const CRASH_TURNS: readonly CrashTurn[] = [
  { what: 'all parts', after: (revision) => sampleCommit(CRASH_SYMBOL, revision, revision + 1) },
  { what: 'all parts, models kept', after: (revision) => sampleCommit(CRASH_SYMBOL, revision, revision + 1, 'unchanged') },
  {
    what: 'all parts, other models',
    after: (revision) => {
      const models = { regression_rf: sampleBytes(1500, revision), '^other/model': new Uint8Array(0) };
      return sampleCommit(CRASH_SYMBOL, revision, revision + 1, models);
    },
  },
  {
    what: 'all parts, one model kept',
    after: (revision) => {
      const models = { regression_rf: 'unchanged' as const, 'another/model': sampleBytes(1000, revision) };
      return sampleCommit(CRASH_SYMBOL, revision, revision + 1, models);
    },
  },
  {
    what: 'one part only',
    after: (revision) => ({
      symbol: CRASH_SYMBOL,
      baseRevision: revision,
      statistical: sampleStatistical(CRASH_SYMBOL, revision + 1),
    }),
  },
  { what: 'a deletion', after: () => 'deletion' },
];

/**
 * @param found - revision of the worker's symbol, as it was read; undefined if nothing is stored
 * @param atLeast - a revision that it has certainly reached
 * @returns which revision that is: nothing is stored at the beginning, and after each deletion
 */
export function revisionReached(found: number | undefined, atLeast: number): number {
  return found ?? Math.ceil(atLeast / CRASH_TURNS.length) * CRASH_TURNS.length;
}

/**
 * @param revision - a revision of the worker's symbol
 * @returns whether anything is stored of it then
 */
export function isStoredAt(revision: number): boolean {
  return revision % CRASH_TURNS.length !== 0;
}

/**
 * One turn of a worker, for a process that is to be killed on the way: takes the lease of a symbol, reads its revision, renews the lease,
 * commits what comes after that revision, always the same, or deletes the symbol, and releases the lease.
 *
 * @param store - the store, on the data that the suite works with; stays open
 * @throws TickerforestError whatever the store throws; `SYMBOL_LEASED` if a worker that should be dead holds the lease for 20 seconds
 */
export async function crashWorker(store: ProfileStore): Promise<void> {
  const lease = await acquireWhenFree(store);
  const revision = (await store.getStatisticalProfile(CRASH_SYMBOL))?.revision ?? 0;
  const renewed = await store.renewLease(lease, LEASE_MS);
  const leaseToken = renewed.token;
  const change = CRASH_TURNS[revision % CRASH_TURNS.length].after(revision);
  if (change === 'deletion') await store.deleteSymbol(CRASH_SYMBOL, { baseRevision: revision, leaseToken });
  else await store.commit({ ...change, leaseToken });
  await store.releaseLease(renewed);
}

/**
 * Runs a Node.js program that may kill itself, to its end.
 *
 * @param args - the program's file and its arguments, after any options of node itself
 * @returns 'died' if it was killed by SIGKILL, 'finished' if it ended by itself with exit code 0
 * @throws Error with what the program wrote, if it ended in any other way
 */
export async function runCrashingProgram(args: readonly string[]): Promise<'died' | 'finished'> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve('died');
      else if (code === 0) resolve('finished');
      else
        reject(new Error(`node ${args.join(' ')} ended with ${signal ?? `exit code ${code}`} instead of dying or finishing:\n${output}`));
    });
  });
}

async function acquireWhenFree(store: ProfileStore): Promise<SymbolLease> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await store.acquireLease(CRASH_SYMBOL, { owner: 'crash worker', milliseconds: LEASE_MS });
    } catch (error) {
      const isHeld = propertyOf(error, 'code') === 'SYMBOL_LEASED';
      if (!isHeld || Date.now() > deadline) throw error;
      await pause(LEASE_MS / 4);
    }
  }
}
