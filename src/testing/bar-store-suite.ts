import type { BarStore } from '../stores/bar-store';
import { barCrashTests } from './bar-crash-tests';
import { barWriteTests } from './bar-write-tests';
import { type BarStoreTest, keptBarsTests } from './kept-bars-tests';
import { type StoreTest, type StoreUnderTest, type TestRunner, withStore } from './store-under-test';

/** What {@link testBarStore} needs to know of a store. */
export interface BarStoreSuite<Subject extends StoreUnderTest<BarStore> = StoreUnderTest<BarStore>> {
  /** What the store is called, in the names of the tests: 'my Redis store'. */
  readonly name: string;
  /** `describe` and `it` of vitest, jest or `node:test`. Let it wait for minutes where there is a {@link BarStoreSuite.dieAtStep}. */
  readonly runner: TestRunner;
  /** Makes an empty store of its own for every test. What it returns beside the store comes back to `dieAtStep`: a path, a database. */
  open(): Promise<Subject>;
  /**
   * Kills a worker before its `step`-th write, for stores that outlive their process, as {@link ProfileStoreSuite.dieAtStep} does; the program that it runs
   * calls {@link crashBarWorker}. Default: no test kills anything.
   *
   * @param subject - what `open` returned; its `store` is closed
   * @param step - before which write the worker dies, from 1
   * @returns 'died' if it was killed there, 'finished' if it came to its end before
   */
  dieAtStep?(subject: Subject, step: number): Promise<'died' | 'finished'>;
}

/**
 * Registers the tests that every BarStore must pass, so that the rest of the library can rely on it: bars come back to the bit, writes cut and append all or
 * nothing and have one winner, no history gets shorter unasked, and, with a `dieAtStep`, a killed worker leaves the old bars or the new ones.
 *
 * @example
 * With vitest:
 * ```ts
 * import { testBarStore } from 'tickerforest/testing';
 * import { describe, it } from 'vitest';
 *
 * testBarStore({
 *   name: 'my store',
 *   runner: { describe, it },
 *   open: async () => {
 *     const folder = await mkdtemp(join(tmpdir(), 'my-store-'));
 *     return { store: new MyBarStore(folder), reopen: () => new MyBarStore(folder), dispose: () => rm(folder, { recursive: true }) };
 *   },
 * });
 * ```
 *
 * @param suite - the store, and the test runner
 */
export function testBarStore<Subject extends StoreUnderTest<BarStore>>(suite: BarStoreSuite<Subject>): void {
  const { name, runner, dieAtStep } = suite;
  const open = () => suite.open();
  const test = (title: string, body: (given: BarStoreTest) => Promise<void>) => {
    runner.it(title, () => withStore<Subject>(open, (given: StoreTest<Subject>) => body(given)));
  };
  runner.describe(`${name} as a BarStore`, () => {
    keptBarsTests(test);
    barWriteTests(test);
    if (dieAtStep)
      barCrashTests(
        name,
        (title, body) => runner.it(title, body),
        open,
        (subject, step) => dieAtStep.call(suite, subject, step),
      );
  });
}
