import type { TestRunner } from '../../src/testing';

/** How one test of the suite ended. */
export interface CollectedResult {
  /** Its name. */
  readonly name: string;
  /** What it failed with; null if it passed. */
  readonly error: string | null;
}

/**
 * Runs what is registered with a test runner that only takes notes.
 *
 * @param register - registers tests
 * @returns how they ended, in order
 */
export async function collectResults(register: (runner: TestRunner) => void): Promise<CollectedResult[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  register({
    describe: (_, body) => body(),
    it: (name, body) => tests.push({ name, body }),
  });
  const results: CollectedResult[] = [];
  for (const { name, body } of tests) {
    const error = await body().then(
      () => null,
      (reason: unknown) => (reason instanceof Error ? `${reason.message}` : String(reason)),
    );
    results.push({ name, error });
  }
  return results;
}
