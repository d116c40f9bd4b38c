import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { assertSame } from '../../src/testing/assertions';
import { randomBars } from '../generated-bars';
import { runs } from '../runs';
import type { Series } from './generated-series';
import { changedBars, joined, offeringSource } from './offered-bars';
import { realSeries } from './real-series';
import {
  assertSameHistory,
  assertSameTraining,
  FullRuns,
  fullRun,
  LATER,
  type Results,
  readEverything,
  readResults,
  runSymbol,
} from './stored-results';
import { STORE_KINDS, sampleFor, withData, withOpen } from './update-stores';

const DAY = 86_400_000;
const KNOWN = 300;
const GENERATED: Series = {
  name: 'generated minutes',
  bars: randomBars(450, { seed: 41, missing: 0.05 }),
  market: { exchange: 'NASDAQ' },
};
const SERIES = [GENERATED, ...(await realSeries()).slice(0, 3)].map((series) => ({ ...series, bars: sliceBars(series.bars, 0, 450) }));

const never: Partial<TrainSymbolOptions> = { retrainPolicy: () => ({ retrain: false, reasons: ['as drawn'] }) };
const always: Partial<TrainSymbolOptions> = { retrainPolicy: () => ({ retrain: true, reasons: ['as drawn'] }) };
const runsFor = (share: number, times: number) => Math.ceil(times * share);
const plain = (bars: Bars): BarSource => offeringSource({ bars, next: null, habit: 'exact', forming: 'no' });

async function freshResults(series: Series, bars: Bars): Promise<Results> {
  const run = await fullRun(series, bars);
  if ('refusal' in run) throw run.refusal;
  return run.results;
}

/** A way to fail, and the code that says so. */
type Failure =
  | { readonly how: 'source throws'; readonly afterBatches: number }
  | { readonly how: 'abort'; readonly afterReports: number }
  | { readonly how: 'policy throws' };

const failures: fc.Arbitrary<Failure> = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map((afterBatches) => ({ how: 'source throws' as const, afterBatches })),
  fc.integer({ min: 0, max: 40 }).map((afterReports) => ({ how: 'abort' as const, afterReports })),
  fc.constant({ how: 'policy throws' as const }),
);

function failing(failure: Failure, source: BarSource): Partial<TrainSymbolOptions> & { source: BarSource; code: string } {
  switch (failure.how) {
    case 'source throws':
      return { code: 'SOURCE_FAILED', source: { fetch: (request) => interrupted(source.fetch(request), failure.afterBatches) } };
    case 'policy throws':
      return {
        code: 'INVALID_OPTION',
        source,
        retrainPolicy: () => {
          throw new Error('no idea');
        },
      };
    case 'abort': {
      const abort = new AbortController();
      let reports = 0;
      return {
        code: 'ABORTED',
        source,
        signal: abort.signal,
        onProgress: () => {
          if (reports++ === failure.afterReports) abort.abort();
        },
      };
    }
  }
}

/** A run that was aborted is not waited for until its lease is back; on a busy machine the next one may be earlier. */
async function onceFree<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TickerforestError && error.code === 'SYMBOL_LEASED') || attempt === 1_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function* interrupted<T>(batches: AsyncIterable<T>, after: number): AsyncGenerator<T> {
  let seen = 0;
  for await (const batch of batches) {
    if (seen++ === after) break;
    yield batch;
  }
  throw new Error('the vendor hung up');
}

/** How a vendor rewrites its past at one bar. */
const REWRITINGS = {
  'another close': (bars: Bars, i: number) =>
    changedBars(bars, i, (copy) => {
      copy.close[i] *= 1.25;
      copy.high[i] *= 1.5;
    }),
  'another volume': (bars: Bars, i: number) =>
    changedBars(bars, i, (copy) => {
      // one more or less of millions is noise
      copy.volume[i] = 1.25 * copy.volume[i] + 1;
    }),
  'a bar taken away': (bars: Bars, i: number) => joined(sliceBars(bars, 0, i), sliceBars(bars, i + 1, bars.length)),
  'a bar put in between': (bars: Bars) => bars,
  'a split': (bars: Bars) => changedBars(bars, 0, split),
} as const;
const rewritings = fc.constantFrom(
  'another close' as const,
  'another volume' as const,
  'a bar taken away' as const,
  'a bar put in between' as const,
  'a split' as const,
);

/** The same bars as they were told before: without the one that is put in later. */
function toldBefore(how: keyof typeof REWRITINGS, bars: Bars, i: number): Bars {
  return how === 'a bar put in between' ? REWRITINGS['a bar taken away'](bars, i) : bars;
}

function split(bars: Bars): void {
  for (const column of ['open', 'high', 'low', 'close'] as const) bars[column].set(bars[column].map((price) => price / 2));
  bars.volume.set(bars.volume.map((volume) => volume * 2));
}

describe.each(STORE_KINDS)('updates in trouble, through the $name store', ({ share, ...kind }) => {
  it('a run that fails changes nothing, and the next one catches up', async () => {
    const fullRuns = new FullRuns(GENERATED);
    const { bars } = GENERATED;
    const counts = { failed: 0, finished: 0 };
    const step = fc.record({
      bars: fc.integer({ min: 1, max: 60 }),
      failures: fc.array(failures, { maxLength: 3 }),
      retrain: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 3 }), async (steps) => {
        await withData({ share, ...kind }, async (data) => {
          let stored = 0;
          let trained = 0;
          for (const { bars: more, failures: before, retrain } of [{ bars: KNOWN, failures: [], retrain: true }, ...steps]) {
            const end = Math.min(bars.length, stored + more);
            const source = offeringSource({ bars: sliceBars(bars, 0, end), next: null, habit: 'pages', forming: 'no' });
            const options = retrain ? always : never;
            for (const failure of before) {
              const { code, source: broken, ...rest } = failing(failure, source);
              const contents = await withOpen(data, readEverything);
              const run = () => withOpen(data, (store) => runSymbol(GENERATED, store, broken, { ...options, ...rest }));
              const outcome = await onceFree(run).then(
                () => 'finished' as const,
                (error) => error,
              );
              if (outcome === 'finished') {
                // the abort came after the last report, or nobody asked the policy since nothing was new
                expect(failure.how === 'abort' || end === stored).toBe(true);
                counts.finished++;
                if (failure.how === 'abort' && end > stored) {
                  stored = end;
                  if (retrain) trained = end;
                }
              } else {
                expect(outcome).toMatchObject({ code });
                counts.failed++;
                assertSame(await withOpen(data, readEverything), contents);
              }
            }
            await onceFree(() => withOpen(data, (store) => runSymbol(GENERATED, store, source, options)));
            if (end > stored && (retrain || stored === 0)) trained = end;
            stored = end;
          }
          const results = await withOpen(data, readResults);
          assertSameHistory(results, await fullRuns.resultsOver(stored));
          assertSameTraining(results, await fullRuns.resultsOver(trained));
        });
      }),
      { seed: 20240501, numRuns: runsFor(share, runs(5, 10)), endOnFailure: true },
    );
    console.log(`${kind.name}: ${counts.failed} failed updates changed nothing, ${counts.finished} finished before they could fail`);
    expect(counts.failed).toBeGreaterThan(5);
  });

  it('the standard retrain policy along the way: models as of a full run at the same last bar', async () => {
    const fullRuns = new FullRuns(GENERATED);
    const { bars } = GENERATED;
    const steps = fc.array(fc.record({ bars: fc.integer({ min: 0, max: 60 }), days: fc.integer({ min: 0, max: 2 }) }), {
      minLength: 2,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 70 }), async (sequence, minNewBars) => {
        await withData({ share, ...kind }, async (data) => {
          let now = LATER.getTime();
          let trained = { bars: KNOWN, at: now };
          let stored = 0;
          for (const step of [{ bars: KNOWN, days: 0 }, ...sequence]) {
            now += step.days * DAY;
            const end = Math.min(bars.length, stored + step.bars);
            const due = stored === 0 || (end > stored && end - trained.bars >= minNewBars && now > trained.at);
            const source = plain(sliceBars(bars, 0, end));
            const { plan } = await withOpen(data, (store) =>
              runSymbol(GENERATED, store, source, { minNewBars, maxModelAgeDays: 0, now: new Date(now) }),
            );
            expect(plan.retrain.retrain).toBe(due);
            if (due) trained = { bars: end, at: now };
            stored = end;
          }
          const results = await withOpen(data, readResults);
          assertSameHistory(results, await fullRuns.resultsOver(stored));
          assertSameTraining(results, await fullRuns.resultsOver(trained.bars));
        });
      }),
      { seed: 20240502, numRuns: runsFor(share, runs(4, 8)), endOnFailure: true },
    );
  });

  it.each(sampleFor({ share, ...kind }, SERIES))(
    '$name: bars revised inside the overlap go on from before them, a split is rebuilt at once: as a fresh run over the new bars',
    async (series) => {
      const drawn = fc.record({
        how: rewritings,
        overlap: fc.integer({ min: 5, max: 64 }),
        where: fc.integer({ min: 0, max: 999 }),
        more: fc.integer({ min: 1, max: 100 }),
      });
      await fc.assert(
        fc.asyncProperty(drawn, async ({ how, overlap, where, more }) => {
          await withData({ share, ...kind }, async (data) => {
            // not the last bar: another one after it is new. And if the first one is gone, the source may only have forgotten what is older
            const at = KNOWN - overlap + 1 + Math.floor((where / 1_000) * (overlap - 2));
            await withOpen(data, (store) => runSymbol(series, store, plain(toldBefore(how, sliceBars(series.bars, 0, KNOWN), at))));
            const bars = REWRITINGS[how](sliceBars(series.bars, 0, KNOWN + more), at);
            const result = await withOpen(data, (store) => runSymbol(series, store, plain(bars), { overlapBars: overlap, ...never }));
            const isSplit = how === 'a split';
            expect(result).toMatchObject(
              isSplit
                ? { action: 'create_new_profile', plan: { history: { verdict: 'rewritten' } } }
                : {
                    action: 'incremental_update',
                    plan: { history: { verdict: 'revised' }, retrain: { retrain: false }, oldBarsFrom: null },
                  },
            );
            expect(result.companyProfile.last_rewrite?.factor?.kind ?? null).toBe(isSplit ? 'split' : null);
            const results = await withOpen(data, readResults);
            const fresh = await freshResults(series, bars);
            assertSameHistory(results, fresh);
            if (isSplit) assertSameTraining(results, fresh);
          });
        }),
        { seed: 20240503, numRuns: runsFor(share, runs(3, 6)), endOnFailure: true },
      );
    },
  );

  it('a past rewritten before the overlap is found at the next retraining, and rebuilt', async () => {
    const series = GENERATED;
    const drawn = fc.record({
      how: rewritings.filter((how) => how !== 'a split'),
      where: fc.integer({ min: 0, max: 999 }),
      window: fc.option(fc.integer({ min: 110, max: 400 })),
      updates: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ how, where, window, updates }) => {
        const options: Partial<TrainSymbolOptions> = { overlapBars: 5, ...(window !== null && { trainingWindow: { bars: window } }) };
        await withData({ share, ...kind }, async (data) => {
          // a retraining reads from the window of the one before on; a first bar taken away is a source that has forgotten it
          const from = Math.max(1, window === null ? 1 : KNOWN - window);
          const at = from + Math.floor((where / 1_000) * (KNOWN - 5 - 1 - from));
          await withOpen(data, (store) => runSymbol(series, store, plain(toldBefore(how, sliceBars(series.bars, 0, KNOWN), at)), options));
          const bars = REWRITINGS[how](series.bars, at);
          const lengthOf = (end: number) => bars.timestamp.findLastIndex((time) => time <= series.bars.timestamp[end - 1]) + 1;
          for (let update = 1; update <= updates; update++) {
            const offered = plain(sliceBars(bars, 0, lengthOf(KNOWN + 20 * update)));
            const kept = await withOpen(data, (store) => runSymbol(series, store, offered, { ...options, ...never }));
            expect(kept.action).toBe('incremental_update');
          }
          const found = await withOpen(data, (store) => runSymbol(series, store, plain(bars), { ...options, ...always }));
          expect(found).toMatchObject({ action: 'create_new_profile', plan: { history: { verdict: 'rewritten' } } });
          const results = await withOpen(data, readResults);
          const fresh = await fullRun(series, bars, window === null ? undefined : { bars: window });
          if ('refusal' in fresh) throw fresh.refusal;
          assertSameHistory(results, fresh.results);
          assertSameTraining(results, fresh.results);
        });
      }),
      { seed: 20240504, numRuns: runsFor(share, runs(4, 8)), endOnFailure: true },
    );
  });

  it('the market need not be described again: what is stored of it counts, also when models are trained', async () => {
    const { bars } = GENERATED;
    await withData({ share, ...kind }, async (data) => {
      await withOpen(data, (store) => runSymbol(GENERATED, store, plain(sliceBars(bars, 0, KNOWN))));
      await withOpen(data, (store) => runSymbol({ market: {} }, store, plain(bars), always));
      const results = await withOpen(data, readResults);
      const fresh = await freshResults(GENERATED, bars);
      assertSameHistory(results, fresh);
      assertSameTraining(results, fresh);
    });
  });
});
