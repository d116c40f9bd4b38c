import assert from 'node:assert/strict';
import type { ProfileStore } from '../stores/contract';
import { assertSame, expectedAfter, readAll, type StoredParts } from './assertions';
import { CRASH_SYMBOL, CRASH_TURNS, crashWorker, isStoredAt, revisionReached } from './crash-worker';
import { sampleCommit } from './sample-profiles';
import { type StoreUnderTest, type TestRunner, withStore } from './store-under-test';

/** A symbol beside the worker's, which nothing may happen to. */
const BYSTANDER = 'MSFT';
/** No commit has that many writes: the program dies of something else. */
const MOST_STEPS = 10_000;

/** How the worker that is to be killed came to its end. */
type End = 'died' | 'finished';

/** How many kills left which revision. */
interface Kills {
  /** Kills after which the revision was the one before. */
  old: number;
  /** Kills after which the change was there. */
  new: number;
}

/**
 * A worker is killed before each of its writes, and the next one must find all or nothing of its change, and go on.
 *
 * @param name - the store's name, for the count that is printed
 * @param it - the runner's
 * @param open - makes an empty store
 * @param dieAtStep - runs the worker that is killed
 */
export function crashTests<Subject extends StoreUnderTest>(
  name: string,
  it: TestRunner['it'],
  open: () => Promise<Subject>,
  dieAtStep: (subject: Subject, step: number) => Promise<End>,
): void {
  const changes = [...CRASH_TURNS.map(({ what }) => what), `${CRASH_TURNS[0].what}, after a deletion`];
  for (const [base, what] of changes.entries()) {
    it(`is whole after a worker was killed at any write of change ${base + 1}: ${what}`, async () => {
      const kills: Kills = { old: 0, new: 0 };
      const last = base + 3;
      await withStore(open, async (control) => {
        const states = await untilRevision(control.store, last, []);
        for (let step = 1, end: End = 'died'; end === 'died'; step++) {
          assertEnds(step);
          await withStore(open, async ({ subject, store, reopen }) => {
            await prepare(store, base);
            end = await dieAtStep(subject, step);
            const next = reopen();
            const found = await assertWhole(next, states, base, end, kills);
            // the lease of the dead holds nobody up, and what it left half done neither
            assertSame((await untilRevision(next, last, states.slice(0, found + 1))).slice(found), states.slice(found));
            await assertIs(reopen(), states[last], last);
          });
        }
      });
      report(name, `at every write of change ${base + 1} (${what})`, kills);
    });
  }

  it('is whole after workers were killed one after the other, each a write later', async () => {
    const kills: Kills = { old: 0, new: 0 };
    await withStore(open, async (control) => {
      await withStore(open, async ({ subject, store, reopen }) => {
        await prepare(store, 0);
        let states: readonly StoredParts[] = [];
        let revision = 0;
        for (let step = 1, end: End = 'died'; end === 'died'; step++) {
          assertEnds(step);
          states = await untilRevision(control.store, revision + 1, states);
          end = await dieAtStep(subject, step);
          revision = await assertWhole(reopen(), states, revision, end, kills);
        }
      });
    });
    report(name, 'one after the other, each a write later', kills);
  });
}

/** A store with a bystander and some revisions of the worker's symbol, closed. */
async function prepare(store: ProfileStore, revisions: number): Promise<void> {
  await store.commit(sampleCommit(BYSTANDER, 0, 1));
  for (let revision = 0; revision < revisions; revision++) await crashWorker(store);
  await store.close();
}

/** Lets workers go on that nobody kills. Gives what each revision looked like, from 0; those that are known are taken as they are. */
async function untilRevision(store: ProfileStore, last: number, known: readonly StoredParts[]): Promise<readonly StoredParts[]> {
  const states = [...known];
  while (states.length <= last) {
    if (states.length > 0) await crashWorker(store);
    states.push(await readAll(store, CRASH_SYMBOL));
  }
  return states;
}

/**
 * After a worker on a revision died, all that the store has must be of that revision or of the next one; after it finished, of the next.
 * Says which one, and counts the kill.
 */
async function assertWhole(store: ProfileStore, states: readonly StoredParts[], base: number, end: End, kills: Kills): Promise<number> {
  const revision = revisionReached((await store.getStatisticalProfile(CRASH_SYMBOL))?.revision, base);
  const isNew = revision === base + 1;
  assert.ok(isNew || (end === 'died' && revision === base), `the worker on revision ${base} ${end}, and left revision ${revision}`);
  if (end === 'died') kills[isNew ? 'new' : 'old']++;
  await assertIs(store, states[revision], revision);
  return revision;
}

/** The store must have a revision of the worker's symbol, its bystander, and nothing else. */
async function assertIs(store: ProfileStore, state: StoredParts, revision: number): Promise<void> {
  assertSame(await readAll(store, CRASH_SYMBOL), state);
  assertSame(await readAll(store, BYSTANDER), expectedAfter(sampleCommit(BYSTANDER, 0, 1)));
  assertSame(await store.listSymbols(), isStoredAt(revision) ? [CRASH_SYMBOL, BYSTANDER] : [BYSTANDER]);
}

function assertEnds(step: number): void {
  assert.ok(step <= MOST_STEPS, `the worker still dies at step ${step}: dieAtStep must give 'finished' when there are fewer writes`);
}

function report(name: string, where: string, kills: Kills): void {
  console.log(`${name}: ${kills.old + kills.new} kills ${where}; ${kills.old} left the old revision, ${kills.new} the new one`);
  assert.ok(kills.old > 0, 'no worker was killed before its commit; at step 1, dieAtStep must kill it before its first write');
}
