import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BarHash } from '../../src/bars/bar-hash';
import type { BarSource } from '../../src/bars/bar-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import type { TrainSymbolResult } from '../../src/symbol/train-symbol';
import { assertSameBytes } from '../../src/testing/assertions';
import { randomBars } from '../generated-bars';
import { changed, vendor, without } from '../symbol/vendors';
import { joined } from './offered-bars';
import { runSymbol, SYMBOL } from './stored-results';
import { isSampled, STORE_KINDS, type StoredData, withData, withOpen } from './update-stores';

/*
 * How a symbol lives with a caller who says something else at every run, and keeps bars at some: no run takes a bar away that the source does not, an error changes
 * nothing, kept bars and profiles agree, and a source that tells all is what is stored in the end.
 */

const DAY = 86_400_000;
const days = randomBars(900, { seed: 41, interval: DAY, start: Date.UTC(2012, 0, 2), volatility: 0.01 });
const BEGIN = 220;
/** Bars that an update compares, at least: corrections are among them. */
const OVERLAP = 64;

/** A day: what the vendor makes of it, and what the caller says. */
interface Day {
  readonly more: number;
  /** Bars that are corrected, counted from the newest. */
  readonly corrected: readonly number[];
  /** A bar that is withdrawn, counted from the newest; null: none. */
  readonly withdrawn: number | null;
  readonly isSplit: boolean;
  readonly answer: 'whole' | 'oldest' | 'newest' | 'forgetful' | 'silent' | 'throws' | 'misses a page' | 'stops';
  /** Size of an answer, or how many bars are forgotten, or which request goes wrong. */
  readonly size: number;
  readonly keeps: boolean;
  readonly overlapBars: number | undefined;
  readonly window: number | undefined;
  readonly retrain: boolean;
  /** The caller wants bars up to one so many before the newest, or has a clock that is so late; null: neither. */
  readonly ends: { readonly by: 'to' | 'now'; readonly before: number } | null;
  readonly begins: 'nothing' | 'from' | 'historyYears';
  /** What is lost before the run. */
  readonly loses: 'nothing' | 'state' | 'bars';
}

const rarely = <T>(value: fc.Arbitrary<T>, weight = 1) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight, arbitrary: value });

const day: fc.Arbitrary<Day> = fc.record<Day>({
  more: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 })),
  corrected: fc.oneof(fc.constant([]), fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 4 })),
  withdrawn: rarely(fc.integer({ min: 2, max: 40 })),
  isSplit: rarely(fc.constant(true)).map(Boolean),
  answer: fc.constantFrom('whole', 'whole', 'oldest', 'newest', 'forgetful', 'silent', 'throws', 'misses a page', 'stops'),
  size: fc.integer({ min: 1, max: 100 }),
  keeps: fc.boolean(),
  overlapBars: fc.constantFrom(undefined, OVERLAP, 150),
  window: fc.constantFrom(undefined, undefined, 110, 200),
  retrain: fc.boolean(),
  ends: rarely(fc.record({ by: fc.constantFrom('to', 'now'), before: fc.integer({ min: 1, max: 100 }) }), 2),
  begins: fc.constantFrom('nothing', 'from', 'historyYears'),
  loses: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'state', 'bars'),
});

function nextTold(told: Bars, { more, corrected, withdrawn, isSplit }: Day): Bars {
  const from = days.timestamp.findIndex((time) => time > told.timestamp[told.length - 1]);
  // a vendor that has split a price goes on with what comes
  const factor = told.close[0] / days.close[0];
  const today = changed(sliceBars(days, from, from + more), (copy) => scale(copy, factor));
  const all = joined(withdrawn === null ? told : without(told, told.length - 1 - withdrawn), today);
  return changed(all, (copy) => {
    for (const back of corrected) {
      copy.volume[all.length - 1 - back] += 100;
      copy.high[all.length - 1 - back] *= 1.002;
    }
    if (isSplit) scale(copy, 0.5);
  });
}

function scale({ open, high, low, close }: Bars, factor: number): void {
  for (const prices of [open, high, low, close]) for (let i = 0; i < prices.length; i++) prices[i] *= factor;
}

function sourceOf(told: Bars, { answer, size }: Day): BarSource {
  const most = answer === 'oldest' || answer === 'newest' ? { bars: 20 + size, of: answer } : undefined;
  let answers = 0;
  const habits = vendor(told, {
    ...(most && { most }),
    ...(answer === 'forgetful' && { begins: size }),
    ...(answer === 'stops' && { stopsAfter: () => (answers++ === 0 ? size : undefined) }),
  });
  let asked = 0;
  return {
    async *fetch(request) {
      asked++;
      expect(request.from ?? 0).toBeLessThanOrEqual(request.to ?? Number.POSITIVE_INFINITY);
      if (answer === 'silent') return;
      if (asked === 1 + (size % 3) && answer === 'throws') throw new Error('502');
      if (asked === 1 + (size % 3) && answer === 'misses a page') return;
      yield* habits.fetch(request);
    },
  };
}

function optionsOf(told: Bars, { overlapBars, window, retrain, ends, begins }: Day): Partial<TrainSymbolOptions> {
  const at = (before: number, after = 0) => new Date(told.timestamp[told.length - 1 - before] + after);
  return {
    // the newest bars may be forming by a clock that is late, or spikes that later ones take back
    ...{ now: at(0, 2 * DAY), badBars: 'drop', overlapBars, retrainPolicy: () => ({ retrain, reasons: ['as drawn'] }) },
    ...(window !== undefined && { trainingWindow: { bars: window } }),
    ...(ends?.by === 'now' && { now: at(ends.before) }),
    ...(ends?.by === 'to' && { to: at(ends.before) }),
    ...(begins === 'from' && { from: new Date(told.timestamp[60]) }),
    ...(begins === 'historyYears' && { historyYears: 0.5 }),
  };
}

async function lose(data: StoredData, what: Day['loses']): Promise<void> {
  if (what === 'bars') await data.openBars().deleteSymbol(SYMBOL);
  if (what !== 'state') return;
  await withOpen(data, async (store) => {
    const checkpoint = await store.getCheckpoint(SYMBOL);
    if (checkpoint === null) return;
    const { revision, models } = checkpoint;
    await store.commit({ symbol: SYMBOL, baseRevision: revision, checkpoint: { state: Uint8Array.of(1), models } });
  });
}

const look = (data: StoredData) =>
  withOpen(data, async (store) => ({
    company: await store.getCompanyProfile(SYMBOL),
    state: (await store.getCheckpoint(SYMBOL))?.state,
    kept: await data.openBars().describe(SYMBOL),
  }));

async function assertLife(data: StoredData, drawn: readonly Day[], seen: Map<string, number>): Promise<void> {
  const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  const run = async (source: TrainSymbolOptions['source'], options: Partial<TrainSymbolOptions>, keeps: boolean) =>
    withOpen(data, (store) => runSymbol({ market: {} }, store, source, { ...options, ...(keeps && { bars: data.openBars() }) }));
  let told = sliceBars(days, 0, BEGIN);
  await run(told, { now: new Date(told.timestamp[BEGIN - 1] + 2 * DAY) }, drawn[0].keeps);
  for (const today of drawn) {
    told = nextTold(told, today);
    await lose(data, today.loses);
    const before = await look(data);
    const outcome: TrainSymbolResult | TickerforestError = await run(sourceOf(told, today), optionsOf(told, today), today.keeps).catch(
      (error: unknown) => {
        if (error instanceof TickerforestError) return error;
        throw error;
      },
    );
    const after = await look(data);
    if (outcome instanceof TickerforestError) {
      count(outcome.code);
      expect(['NO_BARS', 'SOURCE_FAILED', 'SOURCE_INCOMPLETE', 'TOO_FEW_BARS']).toContain(outcome.code);
      expect(after).toEqual(before);
      continue;
    }
    const { plan, warnings, trainingFailure } = outcome;
    for (const what of [plan.history.verdict, plan.foldsFrom, ...warnings.map(({ code }) => code)]) count(what);
    if (trainingFailure !== null) count(`training: ${trainingFailure.code}`);
    const withdrawn = plan.history.differences?.withdrawn ?? 0;
    const points = after.company?.raw_data.points ?? 0;
    expect(points).toBeGreaterThanOrEqual((before.company?.raw_data.points ?? 0) - withdrawn);
    expect(after.kept?.bars ?? 0).toBeGreaterThanOrEqual((before.kept?.bars ?? 0) - withdrawn);
    const { history } = FeatureEngineer.restore(after.state ?? new Uint8Array());
    expect(history.bars).toBe(points);
    if (today.keeps && !warnings.some(({ code }) => code === 'bars_not_kept')) expect(after.kept?.barHash).toBe(history.barHash);
  }
  // a vendor that tells all, asked by a caller who wants all
  const whole = { now: new Date(told.timestamp[told.length - 1] + 2 * DAY) };
  const { companyProfile: company } = await run(vendor(told), whole, true).catch((error: unknown) => {
    // where nothing is left to compare a withdrawn bar with, it is the caller's to say that it may go: the message says how
    expect(error).toMatchObject({ code: 'SOURCE_INCOMPLETE', message: expect.stringContaining('rebuild: true') });
    count('rebuild: true');
    return run(vendor(told), { ...whole, rebuild: true }, true);
  });
  const { state, kept } = await look(data);
  expect(company.raw_data.points).toBe(told.length);
  expect(kept?.barHash).toBe(BarHash.of(told));
  const fresh = new FeatureEngineer(FeatureEngineer.restore(state ?? new Uint8Array()).market);
  await fresh.update(told, { matrix: false });
  assertSameBytes(state ?? new Uint8Array(), fresh.save());
}

describe.each(STORE_KINDS)('lives of many options through the $name store', (kind) => {
  const seen = new Map<string, number>();
  it('whatever is said from run to run, no bar is lost, and all that is told is stored in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(day, { minLength: 3, maxLength: 10 }), (drawn) => withData(kind, (data) => assertLife(data, drawn, seen))),
      { seed: 9, numRuns: Math.ceil(24 * kind.share), endOnFailure: true },
    );
    console.log(`lives of many options through the ${kind.name} store: ${JSON.stringify(Object.fromEntries(seen))}`);
    const wanted = ['unchanged', 'revised', 'rewritten', 'not_checked', 'beginning', 'anchor', 'newest', 'bars_not_kept', 'NO_BARS'];
    if (isSampled(kind) || kind.share < 1) expect(seen.size).toBeGreaterThan(0);
    else for (const what of wanted) expect(seen.get(what) ?? 0, what).toBeGreaterThan(0);
  });
});
