import { expect, it, vi } from 'vitest';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { crashWorker, runCrashingProgram, testProfileStore } from '../../src/testing';
import { BROKEN_STORES, type BrokenStore, brokenStore } from './broken-stores';
import { collectResults } from './collecting-runner';

/** Names of the tests that a store fails, and why; and how many tests there are. */
async function resultsOf(open: () => ProfileStore): Promise<{ failures: Record<string, string>; tests: number }> {
  const results = await collectResults((runner) =>
    testProfileStore({
      name: 'a broken store',
      runner,
      open: async () => {
        const store = open();
        return { store, reopen: () => store };
      },
    }),
  );
  expect(results.length).toBeGreaterThan(50);
  return {
    failures: Object.fromEntries(results.flatMap(({ name, error }) => (error === null ? [] : [[name, error]]))),
    tests: results.length,
  };
}

const failuresOf = async (open: () => ProfileStore) => (await resultsOf(open)).failures;

it('passes a store that nothing is wrong with', async () => {
  expect(await failuresOf(() => brokenStore(() => ({})))).toStrictEqual({});
});

// they wait for leases to expire most of the time
it.concurrent.each(BROKEN_STORES)('notices a store that $fault', async ({ breakIt, noticedBy }) => {
  const { failures, tests } = await resultsOf(() => brokenStore(breakIt));
  expect(Object.keys(failures)).toEqual(expect.arrayContaining([...noticedBy]));
  // the rest still works: a store that fails everything would tell nothing about the tests
  expect(Object.keys(failures).length).toBeLessThan(0.7 * tests);
});

it('says what differs', async () => {
  const fault = (name: string): BrokenStore['breakIt'] => BROKEN_STORES.find((each) => each.fault === name)?.breakIt ?? (() => ({}));
  const zero = await failuresOf(() => brokenStore(fault('reads -0 as 0')));
  expect(Object.values(zero)[0]).toMatch(/[+-] +-0,\n/);
  const bit = await failuresOf(() => brokenStore(fault('changes one bit of 8 MB')));
  expect(bit['gives back 8 MB of binary exactly']).toContain('byte 4194304 of the binary');
  const held = await failuresOf(() => brokenStore(fault('does not say who holds the lease')));
  expect(held['refuses a second lease, naming who holds the first and until when']).toContain(
    "'the symbol is leased' should contain 'AAPL'",
  );
});

/** A crash that is only played: what was written stays, and the worker goes no further. */
class Crash extends Error {}

/** The suite's crash tests, on a memory store whose functions a fault may interrupt by a call of `write`. */
async function crashFailures(fault: (inner: ProfileStore, write: () => void) => Partial<ProfileStore>, canDie = true) {
  const open = async () => {
    const inner = memoryProfileStore();
    let writesLeft = Number.POSITIVE_INFINITY;
    const write = () => {
      writesLeft--;
      if (writesLeft === 0 && canDie) throw new Crash();
    };
    // the data outlives the store, as on a disk
    const store = brokenStore(() => ({ close: async () => {}, ...fault(inner, write) }), inner);
    return { store, reopen: () => store, limit: (writes: number) => (writesLeft = writes), write };
  };
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const results = await collectResults((runner) =>
    testProfileStore({
      name: 'a store',
      runner: { ...runner, it: (name, body) => name.startsWith('is whole') && runner.it(name, body) },
      open,
      async dieAtStep({ store, limit }, step) {
        limit(step);
        try {
          await crashWorker(store);
          return 'finished';
        } catch (error) {
          if (error instanceof Crash) return 'died';
          throw error;
        } finally {
          limit(Number.POSITIVE_INFINITY);
        }
      },
    }),
  );
  const printed = log.mock.calls.map(([line]) => String(line));
  log.mockRestore();
  expect(results).toHaveLength(8);
  return { errors: results.map(({ error }) => error), printed };
}

/** Both ways to change a symbol, with something around each. */
function changes(inner: ProfileStore, around: <T>(symbol: string, change: () => Promise<T>) => Promise<T>): Partial<ProfileStore> {
  return {
    commit: (update) => around(update.symbol, () => inner.commit(update)),
    deleteSymbol: (symbol, options) => around(symbol, () => inner.deleteSymbol(symbol, options)),
  };
}

it('passes a store that dies before or after a change, and counts', async () => {
  const { errors, printed } = await crashFailures((inner, write) =>
    changes(inner, async (_symbol, change) => {
      write();
      const result = await change();
      write();
      return result;
    }),
  );
  expect(errors).toStrictEqual(new Array(8).fill(null));
  expect(printed[0]).toBe('a store: 2 kills at every write of change 1 (all parts); 1 left the old revision, 1 the new one');
});

it('notices a store that dies between two parts of a commit', async () => {
  const { errors } = await crashFailures((inner, write) => {
    let torn: ReturnType<ProfileStore['getCheckpoint']> | undefined;
    return {
      ...changes(inner, async (symbol, change) => {
        write();
        torn = Promise.resolve(await inner.getCheckpoint(symbol));
        const result = await change();
        write();
        torn = undefined;
        return result;
      }),
      getCheckpoint: (symbol) => (symbol === 'AAPL' && torn) || inner.getCheckpoint(symbol),
    };
  });
  for (const error of errors) expect(error).toMatch(/strictly (deep-)?equal/);
});

it('notices a lock that the dead leave behind', async () => {
  const { errors } = await crashFailures((inner, write) => {
    let locked = false;
    return changes(inner, async (_symbol, change) => {
      if (locked) throw new Error('the store is locked');
      locked = true;
      write();
      const result = await change();
      locked = false;
      return result;
    });
  });
  expect(errors).toStrictEqual(new Array(8).fill('the store is locked'));
});

it('notices that clearing up removes what belongs to others', async () => {
  const { errors } = await crashFailures((inner, write) => {
    let half = false;
    let lost = false;
    return {
      ...changes(inner, async (_symbol, change) => {
        if (half) lost = true;
        half = true;
        write();
        const result = await change();
        half = false;
        return result;
      }),
      getMlProfile: async (symbol) => (lost && symbol === 'MSFT' ? null : inner.getMlProfile(symbol)),
    };
  });
  for (const error of errors) expect(error).toMatch(/strictly (deep-)?equal/);
});

it('notices that nothing was killed', async () => {
  const { errors } = await crashFailures(() => ({}), false);
  for (const error of errors) expect(error).toContain('no worker was killed before its commit');
});

it('tells a program that was killed from one that finished, and from one that failed', async () => {
  expect(await runCrashingProgram(['-e', 'process.kill(process.pid, "SIGKILL"); setTimeout(() => {}, 60_000)'])).toBe('died');
  expect(await runCrashingProgram(['-e', '0'])).toBe('finished');
  await expect(runCrashingProgram(['-e', 'throw new Error("no such folder")'])).rejects.toThrow(/exit code 1 .*no such folder/s);
  await expect(runCrashingProgram(['-e', 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60_000)'])).rejects.toThrow('SIGTERM');
});
