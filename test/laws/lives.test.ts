import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BarHash } from '../../src/bars/bar-hash';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { inferInterval } from '../../src/bars/judgement/spacing';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import type { BarStore } from '../../src/stores/bar-store';
import type { ProfileStore } from '../../src/stores/contract';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import type { TrainSymbolResult } from '../../src/symbol/train-symbol';
import { assertSame, assertSameBytes } from '../../src/testing/assertions';
import { decodeAnchor } from '../../src/updates/anchor';
import { runs } from '../runs';
import { changed, vendor, without } from '../symbol/vendors';
import { GENERATED_SERIES, type Series } from './generated-series';
import { formingAt, joined } from './offered-bars';
import { realSeries } from './real-series';
import { freshEngineer, readEverything, runSymbol } from './stored-results';
import { isSampled, STORE_KINDS, type StoredData, sampleFor, withData, withOpen } from './update-stores';

/*
 * How a symbol lives, whatever its vendor does from day to day: what is stored is, to the byte, what one run over the bars as last told would have stored, and never
 * becomes shorter.
 */

/** A day, and what the vendor makes of it. */
interface Day {
  /** New bars. */
  readonly more: number;
  /** Newest bars whose values are corrected, counted from the end. */
  readonly corrected: readonly number[];
  /** Newest bars that are withdrawn, counted from the end of those before today. */
  readonly withdrawn: readonly number[];
  /** How the vendor answers. */
  readonly answer: 'whole' | 'oldest' | 'newest' | 'stops';
  /** Most bars of an answer; of one that stops, how many before the newest stored bar it does. */
  readonly size: number;
  /** How many bars at the beginning he has forgotten. */
  readonly forgotten: number;
  /** A bar that is not complete, or one that claims to be of next year. */
  readonly extra: 'none' | 'forming' | 'future';
  /** What the retrain policy says. */
  readonly retrain: boolean;
  /** What else the caller says. */
  readonly says: 'nothing' | 'market again' | 'historyYears' | 'retrain';
}

const day: fc.Arbitrary<Day> = fc.record<Day>({
  more: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 2, max: 40 })),
  corrected: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 12 }) },
  ),
  withdrawn: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }) },
  ),
  answer: fc.constantFrom('whole', 'oldest', 'newest', 'stops'),
  size: fc.integer({ min: 3, max: 90 }),
  forgotten: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 150 })),
  extra: fc.constantFrom('none', 'forming', 'future'),
  retrain: fc.boolean(),
  says: fc.constantFrom('nothing', 'market again', 'historyYears', 'retrain'),
});

const nothingSeen = () => ({
  runs: 0,
  revised: 0,
  withdrawn: 0,
  incomplete: 0,
  retrained: 0,
  failedTrainings: 0,
  upToDate: 0,
  paged: 0,
  forming: 0,
  future: 0,
});
type Seen = ReturnType<typeof nothingSeen>;
const BEGIN = 260;

/** What the vendor tells after another day. */
function nextTold(told: Bars, series: Bars, { more, corrected, withdrawn }: Day, isWithdrawable: boolean): Bars {
  const last = told.timestamp[told.length - 1];
  const from = series.timestamp.findIndex((time) => time > last);
  const end = from < 0 ? 0 : Math.min(series.length, from + more);
  const today = from < 0 || end <= from ? null : sliceBars(series, from, end);
  const gone = today === null || !isWithdrawable ? [] : withdrawn.map((back) => told.length - 1 - back);
  const kept = without(told, ...gone);
  const all = today === null ? kept : joined(kept, today);
  return changed(all, (copy) => {
    for (const back of corrected) {
      const at = all.length - 1 - back;
      if (back % 2 === 0) copy.volume[at] = 1.5 * copy.volume[at] + 1;
      else copy.high[at] = 1.001 * Math.max(copy.high[at], copy.close[at], copy.open[at]);
    }
  });
}

async function assertLife(series: Series, data: StoredData, bars: BarStore | undefined, days: readonly Day[], seen: Seen): Promise<void> {
  const interval = series.market.interval ?? inferInterval(series.bars.timestamp);
  let told = sliceBars(series.bars, 0, BEGIN);
  let stored = told;
  let hasFailed = false;
  const run = async (day: Day | null, source: TrainSymbolOptions['source'], now: Date): Promise<TrainSymbolResult> =>
    withOpen(data, (store) =>
      runSymbol(series, store, source, {
        now,
        // a bar of next year is refused otherwise
        badBars: 'drop',
        ...(bars && { bars }),
        ...(day?.says === 'market again' && { ...series.market, interval }),
        ...(day?.says === 'historyYears' && { historyYears: 0.001, from: new Date(told.timestamp[told.length - 10]) }),
        ...(day?.says === 'retrain' && { retrain: true }),
        retrainPolicy: () => ({ retrain: day?.retrain ?? true, reasons: ['as drawn'] }),
      }),
    );
  await run(null, vendor(told), formingAt(told, null, series.market, interval));
  for (const today of days) {
    told = nextTold(told, series.bars, today, true);
    const { answer, size, extra } = today;
    const at = series.bars.timestamp.findIndex((time) => time > told.timestamp[told.length - 1]);
    const next = at < 0 ? null : sliceBars(series.bars, at, at + 1);
    const future = next === null ? null : changed(next, ({ timestamp }) => (timestamp[0] += 400 * 86_400_000));
    const addition = extra === 'forming' ? next : extra === 'future' ? future : null;
    const offered = addition === null ? told : joined(told, addition);
    const stopsEarly = answer === 'stops' && stored.length > size;
    const early = stopsEarly
      ? sliceBars(told, 0, told.timestamp.findLastIndex((time) => time < stored.timestamp[stored.length - Math.min(size, 60)]) + 1)
      : offered;
    const source = vendor(early, {
      begins: Math.min(today.forgotten, stored.length - 150),
      ...((answer === 'oldest' || answer === 'newest') && { most: { bars: size, of: answer } }),
    });
    const before = await withOpen(data, readEverything);
    const now = formingAt(told, null, series.market, interval);
    seen.runs++;
    if (answer === 'oldest' || answer === 'newest') seen.paged++;
    if (stopsEarly) {
      const outcome = await run(today, source, now).then(
        () => null,
        (error: unknown) => error,
      );
      expect(outcome).toMatchObject({ code: 'SOURCE_INCOMPLETE' });
      assertSame(await withOpen(data, readEverything), before);
      seen.incomplete++;
      continue;
    }
    const isShort = await anchorIsAtBeginning(data);
    const { action, plan, trainingFailure, companyProfile } = await run(today, source, now);
    if (extra === 'forming' && addition !== null) seen.forming++;
    if (extra === 'future' && addition !== null) seen.future++;
    if (action === 'up_to_date') seen.upToDate++;
    expect(action).not.toBe('create_new_profile');
    expect(['unchanged', 'revised']).toContain(plan.history.verdict);
    if (plan.history.verdict === 'revised') seen.revised++;
    if ((plan.history.differences?.withdrawn ?? 0) > 0) seen.withdrawn++;
    const isDue: boolean = today.says === 'retrain' || hasFailed || (today.retrain && plan.newBars > 0);
    expect(plan.retrain.retrain).toBe(isDue);
    // a source that has lost its beginning is no reason to lose new bars, and none at all where they are kept
    const isForgotten = Math.min(today.forgotten, stored.length - 150) > 0;
    // a history that is compared as a whole is at hand
    const cannot: boolean = isDue && bars === undefined && isForgotten && !(plan.foldsFrom === 'anchor' && isShort);
    expect(trainingFailure?.code ?? null).toBe(cannot ? 'NO_BARS' : null);
    if (cannot) seen.failedTrainings++;
    else if (isDue) seen.retrained++;
    hasFailed = isDue ? cannot : hasFailed;
    stored = told;
    await assertStored(series, data, bars, stored, interval);
    expect(companyProfile.raw_data.points).toBe(told.length);
  }
}

async function anchorIsAtBeginning(data: StoredData): Promise<boolean> {
  const checkpoint = await withOpen(data, (store) => store.getCheckpoint('LAW'));
  if (checkpoint === null) return false;
  return decodeAnchor(checkpoint.models, FeatureEngineer.restore(checkpoint.state).history.barHash)?.before === 0;
}

/** What is stored is of just these bars. */
async function assertStored(series: Series, data: StoredData, bars: BarStore | undefined, told: Bars, interval: number): Promise<void> {
  const fresh = freshEngineer(series, interval);
  await fresh.update(told, { matrix: false });
  const checkpoint = await withOpen(data, (store: ProfileStore) => store.getCheckpoint('LAW'));
  assertSameBytes(checkpoint?.state ?? new Uint8Array(), fresh.save());
  if (bars) expect(await bars.describe('LAW')).toMatchObject({ bars: told.length, barHash: BarHash.of(told) });
}

const REAL = await realSeries();

describe.each(STORE_KINDS)('lives through the $name store', (kind) => {
  describe.each([
    ['without kept bars', false],
    ['with kept bars', true],
  ] as const)('%s', (_, isKeeping) => {
    const seen: Seen = nothingSeen();
    it.each(sampleFor(kind, [...GENERATED_SERIES, ...REAL.slice(0, 2)]))(
      '$name: whatever a vendor does, what is stored is what was told last, and never less',
      async (series) => {
        await fc.assert(
          fc.asyncProperty(fc.array(day, { minLength: 3, maxLength: 8 }), (days) =>
            withData(kind, (data) => assertLife(series, data, isKeeping ? data.openBars() : undefined, days, seen)),
          ),
          { seed: series.bars.length, numRuns: Math.ceil(runs(2, 4) * kind.share), endOnFailure: true },
        );
      },
    );

    it('of everything something was seen', () => {
      console.log(`lives through the ${kind.name} store: ${JSON.stringify(seen)}`);
      const { failedTrainings, ...always } = seen;
      if (isSampled(kind)) expect(seen.runs).toBeGreaterThan(0);
      else for (const [what, count] of Object.entries(always)) expect(count, what).toBeGreaterThan(0);
      if (isKeeping) expect(failedTrainings).toBe(0);
      else if (!isSampled(kind)) expect(failedTrainings).toBeGreaterThan(0);
    });
  });
});
