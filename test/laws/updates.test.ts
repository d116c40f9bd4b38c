import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { inferInterval } from '../../src/bars/judgement/spacing';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import type { TrainingWindowOption } from '../../src/symbol/job';
import { assertSame } from '../../src/testing/assertions';
import { wildBars } from '../generated-bars';
import { bundleProcess } from '../stores/bundled-process';
import { GENERATED_SERIES, type Series } from './generated-series';
import { type Forming, formingAt, type Habit, offeringSource } from './offered-bars';
import { realSeries } from './real-series';
import {
  assertSameFeatures,
  assertSameHistory,
  assertSameTraining,
  FullRuns,
  featureValues,
  freshEngineer,
  readEverything,
  readResults,
  runSymbol,
} from './stored-results';
import { isSampled, STORE_KINDS, type StoreKind, sampleFor, withData, withOpen } from './update-stores';

/** One run of the service, in a process of its own. */
interface Run {
  /** Share of the bars that the source has by then. */
  readonly until: number;
  /** Whether only so many bars have come since the run before, whatever `until` says. */
  readonly only: 0 | 1 | null;
  readonly habit: Habit;
  readonly forming: Forming;
  /** What the retrain policy says if it is asked. */
  readonly retrain: boolean;
  readonly window: TrainingWindowOption | null;
  /** Bars compared. */
  readonly overlap: number;
}

const thousandths = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((count) => count / 1_000);

const windows = (bars: number, days: number): fc.Arbitrary<TrainingWindowOption | null> =>
  fc.oneof(
    fc.constant(null),
    fc.integer({ min: 110, max: bars + 200 }).map((count) => ({ bars: count })),
    thousandths(200, 1_500).map((share) => ({ days: share * days })),
  );

const sequences = (bars: number, days: number): fc.Arbitrary<Run[]> =>
  fc.array(
    fc.record<Run>({
      until: fc.oneof({ weight: 1, arbitrary: thousandths(0, 400) }, { weight: 4, arbitrary: thousandths(400, 1_000) }),
      only: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(0, 1) }),
      habit: fc.constantFrom('exact', 'everything', 'pages', 'repeats'),
      forming: fc.constantFrom('no', 'by source', 'by now'),
      retrain: fc.boolean(),
      window: windows(bars, days),
      overlap: fc.integer({ min: 5, max: 64 }),
    }),
    { minLength: 2, maxLength: 7 },
  );

/** How often each thing happened, so that the print shows that the law was tested on all of it. */
const nothingSeen = () => ({ runs: 0, created: 0, updated: 0, upToDate: 0, retrained: 0, refused: 0, forming: 0, sequences: 0 });
let seen = nothingSeen();

/** Carries runs out one after the other, the last one with all bars, and compares what is stored with full runs. */
async function assertRunsEqualFullRun(kind: StoreKind, series: Series, fullRuns: FullRuns, sequence: readonly Run[]): Promise<void> {
  const { bars, market } = series;
  const interval = market.interval ?? inferInterval(bars.timestamp);
  const whole = await fullRuns.features(interval);
  const ends = sequence.map(({ until }) => Math.max(2, Math.round(until * bars.length))).sort((a, b) => a - b);
  ends.push(bars.length);
  const last: Run = { ...sequence[0], only: null, until: 1 };
  seen.sequences++;
  await withData(kind, async (data) => {
    let stored = 0;
    let trained: { bars: number; window: TrainingWindowOption | undefined } | null = null;
    /** Code of the training that failed last, until one succeeds. */
    let failed: unknown = null;
    let before = 2;
    for (const [index, { only, habit, forming, retrain, window, overlap }] of [...sequence, last].entries()) {
      const end: number = only === null ? Math.max(before, ends[index]) : Math.min(bars.length, before + only);
      before = end;
      const offered = sliceBars(bars, 0, end);
      const next = end < bars.length ? sliceBars(bars, end, end + 1) : null;
      const trainingWindow = window ?? undefined;
      const attempt = async () =>
        withOpen(data, async (store) => {
          const engineer = stored > 0 ? FeatureEngineer.restore((await store.getCheckpoint('LAW'))?.state ?? new Uint8Array()) : null;
          const result = await runSymbol(series, store, offeringSource({ bars: offered, next, habit, forming }), {
            // time goes on from run to run: models that were trained after now would be trained again
            now: formingAt(offered, forming === 'by now' ? next : null, market, interval),
            overlapBars: overlap,
            retrainPolicy: () => ({ retrain, reasons: ['as drawn'] }),
            ...(trainingWindow && { trainingWindow }),
          });
          return { result, engineer };
        });
      const contents = await withOpen(data, readEverything);
      const isDue = stored === 0 || failed !== null || (retrain && end > stored);
      const reference = isDue ? await fullRuns.over(end, trainingWindow) : null;
      seen.runs++;
      const refusal = reference && 'refusal' in reference ? codeOf(reference.refusal) : null;
      if (refusal !== null) seen.refused++;
      if (refusal !== null && stored === 0) {
        await expect(attempt()).rejects.toMatchObject({ code: refusal });
        assertSame(await withOpen(data, readEverything), contents);
        continue;
      }
      const { result, engineer } = await attempt();
      // a training that fails for rows is noted once, and tried again by every run
      const changes = end > stored || (isDue && (refusal === null || refusal !== failed));
      const action = stored === 0 ? 'create_new_profile' : changes ? 'incremental_update' : 'up_to_date';
      expect(result).toMatchObject({ action, plan: { newBars: end - stored, retrain: { retrain: isDue } } });
      expect(result.trainingFailure?.code ?? null).toBe(refusal);
      if (action === 'up_to_date') {
        seen.upToDate++;
        assertSame(await withOpen(data, readEverything), contents);
      }
      if (forming !== 'no' && next !== null) {
        seen.forming++;
        expect(result.plan.ignored.forming).toBe(1);
      }
      const values = await featureValues(engineer ?? freshEngineer(series, interval), sliceBars(bars, stored, end));
      if (end > stored) assertSameFeatures(values, whole, stored);
      if (action === 'create_new_profile') seen.created++;
      if (action === 'incremental_update') seen[isDue && refusal === null ? 'retrained' : 'updated']++;
      stored = end;
      if (isDue) failed = refusal;
      if (isDue && refusal === null) trained = { bars: end, window: trainingWindow };
    }
    if (stored === 0) return;
    const results = await withOpen(data, readResults);
    assertSameHistory(results, await fullRuns.resultsOver(stored));
    if (trained === null) throw new Error('nothing was trained');
    assertSameTraining(results, await fullRuns.resultsOver(trained.bars, trained.window));
    const profile = await withOpen(data, (store) => store.getMlProfile('LAW'));
    expect(profile).toMatchObject({ bars_since_training: stored - trained.bars, status: failed === null ? 'trained' : 'failed' });
    expect(profile?.training_failure?.code ?? null).toBe(failed);
  });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

const REAL_SERIES = await realSeries();
const RUNS = 4;

describe.each(STORE_KINDS)('law of updates through the $name store: however bars are cut, all is as in one go', (kind) => {
  let scratch = '';
  beforeAll(async () => {
    seen = nothingSeen();
    scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
  });
  afterAll(() => rm(scratch, { recursive: true }));

  describe.each(sampleFor(kind, [...GENERATED_SERIES, ...REAL_SERIES]))('$name', (series) => {
    const fullRuns = new FullRuns(series);
    const days = (series.bars.timestamp[series.bars.length - 1] - series.bars.timestamp[0]) / 86_400_000;

    it('0, 1 and many bars, bars offered again, forming bars, retrainings with windows', async () => {
      await fc.assert(
        fc.asyncProperty(sequences(series.bars.length, days), (sequence) => assertRunsEqualFullRun(kind, series, fullRuns, sequence)),
        { seed: 20240401, numRuns: Math.ceil(RUNS * kind.share), endOnFailure: true },
      );
    });
  });

  it('wild bars: jumps, flat runs, gaps of years', async () => {
    await fc.assert(
      fc.asyncProperty(wildBars(260), sequences(260, 1_000), (bars, sequence) => {
        const series: Series = { name: 'wild', bars, market: {} };
        return assertRunsEqualFullRun(kind, series, new FullRuns(series), sequence);
      }),
      { seed: 20240402, numRuns: Math.ceil(RUNS * kind.share), endOnFailure: true },
    );
  });

  // memory ends with its process: there is nothing to test
  const itOutlivesProcesses = kind.name === 'memory' ? () => {} : it;
  itOutlivesProcesses('in processes of their own', async () => {
    const [series] = GENERATED_SERIES;
    const program = await bundleProcess(fileURLToPath(new URL('updates.process.ts', import.meta.url)), scratch);
    await withData(kind, async (data) => {
      const steps = [
        { until: 300, retrain: 'no', action: 'create_new_profile' },
        { until: 301, retrain: 'no', action: 'incremental_update' },
        { until: 301, retrain: 'yes', action: 'up_to_date' },
        { until: 560, retrain: 'yes', action: 'incremental_update' },
        { until: series.bars.length, retrain: 'no', action: 'incremental_update' },
      ];
      for (const { until, retrain, action } of steps) {
        const args = [program, kind.name, data.location ?? '', String(until), retrain];
        expect((await promisify(execFile)(process.execPath, args)).stdout).toBe(action);
      }
      const results = await withOpen(data, readResults);
      const fullRuns = new FullRuns(series);
      assertSameHistory(results, await fullRuns.resultsOver(series.bars.length));
      assertSameTraining(results, await fullRuns.resultsOver(560));
    });
  });

  it('of everything something was seen', () => {
    console.log(`updates through the ${kind.name} store: ${JSON.stringify(seen)}`);
    if (isSampled(kind)) expect(seen.runs).toBeGreaterThan(0);
    else for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0);
  });
});
