import assert from 'node:assert/strict';
import { allocateBars, type Bars } from '../bars/bars';
import type { BarStore, KeptBars } from '../stores/bar-store';
import { assertSame } from './assertions';
import { BAR_CRASH_SYMBOL, CRASH_WRITES, crashBarWorker } from './bar-crash-worker';
import { assertKept, assertSameBars, MARKET, madeUpBars, readBars } from './sample-kept-bars';
import { type StoreUnderTest, type TestRunner, withStore } from './store-under-test';

/** A symbol beside the worker's, which nothing may happen to. */
const BYSTANDER = 'MSFT';
const BYSTANDER_BARS = madeUpBars(0, 100);
/** No write has that many steps: the program dies of something else. */
const MOST_STEPS = 10_000;

type End = 'died' | 'finished';

/** What is kept of the worker's symbol at some point of its life. */
interface Kept {
  readonly kept: KeptBars | null;
  readonly bars: Bars;
}

/**
 * A worker is killed before each of its writes, and the next one must find the old bars or the new ones, and go on.
 *
 * @param name - the store's name, for the count that is printed
 * @param it - the runner's
 * @param open - makes an empty store
 * @param dieAtStep - runs the worker that is killed
 */
export function barCrashTests<Subject extends StoreUnderTest<BarStore>>(
  name: string,
  it: TestRunner['it'],
  open: () => Promise<Subject>,
  dieAtStep: (subject: Subject, step: number) => Promise<End>,
): void {
  const kinds = ['the first bars are kept', ...CRASH_WRITES.map(({ what }) => what), 'bars are kept again'];
  for (const [base, what] of kinds.entries()) {
    it(`is whole after a worker was killed at any step of this: ${what}`, async () => {
      const kills = { old: 0, new: 0 };
      const states = await withControl(open, base + 2);
      for (let step = 1, end: End = 'died'; end === 'died'; step++) {
        assert.ok(step <= MOST_STEPS, `the worker still dies at step ${step}: dieAtStep must give 'finished' when there are fewer writes`);
        await withStore<Subject>(open, async ({ subject, store, reopen }) => {
          await store.write({ symbol: BYSTANDER, market: MARKET, from: -Infinity, bars: BYSTANDER_BARS, baseRevision: 0 });
          for (let turn = 0; turn < base; turn++) await crashBarWorker(store);
          await store.close();
          end = await dieAtStep(subject, step);
          const next = reopen();
          const found = await next.describe(BAR_CRASH_SYMBOL);
          const isNew = JSON.stringify(found) === JSON.stringify(states[base + 1].kept);
          assert.ok(isNew || end === 'died', `the worker ${end}, and nothing has changed`);
          if (end === 'died') kills[isNew ? 'new' : 'old']++;
          for (let at = isNew ? base + 1 : base; at < states.length; at++) {
            await assertIs(next, states[at]);
            if (at + 1 < states.length) await crashBarWorker(next);
          }
          await assertIs(reopen(), states[states.length - 1]);
        });
      }
      console.log(`${name}: ${kills.old + kills.new} kills (${what}); ${kills.old} left the old bars, ${kills.new} the new ones`);
      assert.ok(kills.old > 0, 'no worker was killed before its write; at step 1, dieAtStep must kill it before its first step');
    });
  }
}

/** What workers that nobody kills leave, turn by turn. */
async function withControl<Subject extends StoreUnderTest<BarStore>>(
  open: () => Promise<Subject>,
  turns: number,
): Promise<readonly Kept[]> {
  const states: Kept[] = [{ kept: null, bars: allocateBars(0) }];
  await withStore<Subject>(open, async ({ store }) => {
    for (let turn = 0; turn < turns; turn++) {
      await crashBarWorker(store);
      states.push({ kept: await store.describe(BAR_CRASH_SYMBOL), bars: await readBars(store, BAR_CRASH_SYMBOL) });
    }
  });
  return states;
}

async function assertIs(store: BarStore, { kept, bars }: Kept): Promise<void> {
  assertSame(await store.describe(BAR_CRASH_SYMBOL), kept);
  assertSameBars(await readBars(store, BAR_CRASH_SYMBOL), bars);
  await assertKept(store, BYSTANDER, BYSTANDER_BARS);
  assertSame(await store.listSymbols(), kept === null ? [BYSTANDER] : [BAR_CRASH_SYMBOL, BYSTANDER]);
}
