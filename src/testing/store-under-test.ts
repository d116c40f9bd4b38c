import type { ProfileStore } from '../stores/contract';

/** The two functions of a test runner that the suite needs. Those of vitest, jest and `node:test` fit as they are. */
export interface TestRunner {
  /** Groups the tests that `body` registers. */
  describe(name: string, body: () => void): unknown;
  /** Registers a test; it fails if the promise of `body` rejects. */
  it(name: string, body: () => Promise<void>): unknown;
}

/** What all stores have. */
export interface Closable {
  /** Releases what the store holds. */
  close(): Promise<void>;
}

/** A store to be tested, a ProfileStore unless it is said otherwise, and how to open it again. */
export interface StoreUnderTest<Store extends Closable = ProfileStore> {
  /** The store, open and empty. */
  readonly store: Store;
  /**
   * Opens a second store on the same data, as another process would. The suite also calls it after the first one was closed, if there is
   * a `dieAtStep`. A store that lives in one process only gives the same store again.
   */
  reopen(): Store;
  /** Removes the data, after all stores on it were closed. If it rejects, the test fails. Default: nothing to remove. */
  dispose?(): Promise<void>;
}

/** What one test works with. Stores that it opens are closed when it ends. */
export interface StoreTest<Subject extends StoreUnderTest<Closable> = StoreUnderTest> {
  /** What the store's author gave. */
  readonly subject: Subject;
  /** The store. */
  readonly store: Subject['store'];
  /** Opens a second store on the same data. */
  reopen(): Subject['store'];
}

/**
 * Runs a test on a store of its own, and closes and removes it afterwards, also when the test fails.
 *
 * @param open - makes an empty store
 * @param body - the test
 * @throws whatever the test throws, else what closing or removing throws
 */
export async function withStore<Subject extends StoreUnderTest<Closable>>(
  open: () => Promise<Subject>,
  body: (test: StoreTest<Subject>) => Promise<void>,
): Promise<void> {
  const subject = await open();
  const opened: Closable[] = [subject.store];
  const reopen = () => {
    const store = subject.reopen();
    opened.push(store);
    return store;
  };
  const end = async () => {
    for (const store of opened) await store.close();
    await subject.dispose?.();
  };
  try {
    await body({ subject, store: subject.store, reopen });
  } catch (error) {
    // why the test failed says more than why its store cannot be closed
    await end().catch(() => {});
    throw error;
  }
  await end();
}
