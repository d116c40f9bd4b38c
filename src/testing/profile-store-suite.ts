import { crashTests } from './crash-tests';
import { deletionTests } from './deletion-tests';
import { documentTests } from './document-tests';
import { leaseTests } from './lease-tests';
import { refusalTests } from './refusal-tests';
import { revisionTests } from './revision-tests';
import { type StoreTest, type StoreUnderTest, type TestRunner, withStore } from './store-under-test';

/** What {@link testProfileStore} needs to know of a store. */
export interface ProfileStoreSuite<Subject extends StoreUnderTest = StoreUnderTest> {
  /** What the store is called, in the names of the tests: 'my Redis store'. */
  readonly name: string;
  /** `describe` and `it` of vitest, jest or `node:test`. Let it wait for minutes where there is a {@link ProfileStoreSuite.dieAtStep}. */
  readonly runner: TestRunner;
  /** Makes an empty store of its own for every test. What it returns beside the store comes back to `dieAtStep`: a path, a database. */
  open(): Promise<Subject>;
  /**
   * Kills a worker before its `step`-th write, for stores that outlive their process. Default: no test kills anything.
   *
   * It runs a program that opens a store on the subject's data, whose `step`-th write, counted from 1, is
   * `process.kill(process.pid, 'SIGKILL')` instead, and that calls {@link crashWorker} with it and then closes it. A write is whatever a
   * crash may come before: each call that changes a file, each message to a server that changes a document. {@link runCrashingProgram}
   * runs such a program. The suite calls it with step 1, 2, 3 ... until the worker has fewer writes than that, for commits of several
   * kinds and for a deletion, and prints how many kills there were.
   *
   * @param subject - what `open` returned; its `store` is closed
   * @param step - before which write the worker dies, from 1
   * @returns 'died' if it was killed there, 'finished' if it came to its end before
   */
  dieAtStep?(subject: Subject, step: number): Promise<'died' | 'finished'>;
}

/**
 * Registers the tests that every ProfileStore must pass, so that the rest of the library can rely on it: documents of all types come back
 * exactly, commits and deletions change all or nothing and have one winner, leases have one holder and never block for ever, and, with a `dieAtStep`,
 * a killed worker leaves the old revision or the new one.
 *
 * @example
 * With vitest, for a store in a folder, whose constructor takes a function that it calls before each write:
 * ```ts
 * // my-store.test.ts
 * import { runCrashingProgram, testProfileStore } from 'tickerforest/testing';
 * import { describe, it } from 'vitest';
 *
 * testProfileStore({
 *   name: 'my store',
 *   runner: { describe, it },
 *   open: async () => {
 *     const folder = await mkdtemp(join(tmpdir(), 'my-store-'));
 *     return {
 *       folder,
 *       store: new MyStore(folder),
 *       reopen: () => new MyStore(folder),
 *       dispose: () => rm(folder, { recursive: true }),
 *     };
 *   },
 *   dieAtStep: ({ folder }, step) => runCrashingProgram(['my-store-victim.js', folder, String(step)]),
 * });
 *
 * // my-store-victim.js
 * import { crashWorker } from 'tickerforest/testing';
 *
 * const [folder, step] = process.argv.slice(2);
 * let writes = 0;
 * const dying = () => {
 *   writes++;
 *   if (writes === Number(step)) process.kill(process.pid, 'SIGKILL');
 * };
 * const store = new MyStore(folder, { beforeWrite: dying });
 * await crashWorker(store);
 * await store.close();
 * ```
 *
 * @param suite - the store, and the test runner
 */
export function testProfileStore<Subject extends StoreUnderTest>(suite: ProfileStoreSuite<Subject>): void {
  const { name, runner, dieAtStep } = suite;
  const open = () => suite.open();
  const test = (title: string, body: (given: StoreTest<Subject>) => Promise<void>) => {
    runner.it(title, () => withStore(open, body));
  };
  runner.describe(`${name} as a ProfileStore`, () => {
    documentTests(test);
    refusalTests(test);
    revisionTests(test);
    deletionTests(test);
    leaseTests(test);
    if (dieAtStep)
      crashTests(
        name,
        (title, body) => runner.it(title, body),
        open,
        (subject, step) => dieAtStep.call(suite, subject, step),
      );
  });
}
