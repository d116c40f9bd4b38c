import type { TestRunner } from '../../src/testing/store-under-test';

/** Changes whose writes are all among those of the others. */
const OTHER_CHANGES = /of change [2-6]:/;

/**
 * Leaves out of crashTests what costs hundreds of processes and kills at no other write: the first change, one after a deletion, and all of them one after
 * the other remain.
 *
 * @param it - registers a test
 * @returns the same for the changes that remain
 */
export function ofSomeChanges(it: TestRunner['it']): TestRunner['it'] {
  return (name, body) => {
    if (!OTHER_CHANGES.test(name)) it(name, body);
  };
}
