import type { RejectedBars as BadBars } from '../bars/judgement/values';
import { marketFrom } from '../bars/market';
import { OF_THE_SOURCE, type Warning } from '../bars/warnings';
import { TickerforestError, throwIfAborted } from '../errors';
import type { FeatureEngineer } from '../features/feature-engineer';
import { featureSetHash } from '../features/feature-set';
import { modelVersion, saveModels } from '../models/model-file';
import type { ModelKey } from '../models/model-options';
import type { TrainedModel } from '../models/trained-model';
import { companyProfile } from '../profiles/company-profile';
import type { CompanyProfile, MlProfile, RejectedBars, RetrainDecision, StatisticalProfile, StoredWarning } from '../profiles/documents';
import { keptMlProfile, trainedMlProfile } from '../profiles/ml-profile';
import { statisticalProfile } from '../profiles/statistical-profile';
import type { HistoryCheck } from '../updates/history-check';
import {
  getNewDataSinceLastUpdate,
  type IncrementalUpdatePlan,
  IncrementalUpdateStrategy,
  type PlanInputs,
  type UpdateAction,
} from '../updates/incremental-update-strategy';
import { judgeSeam } from '../updates/seam';
import { rewriteRecord, updateRecord } from '../updates/update-record';
import { createJob, type SymbolJob, type TrainSymbolOptions } from './job';
import { type LeasedWork, withLease } from './lease';
import type { StageTiming } from './stopwatch';
import { readStoredSymbol, type StoredSymbol } from './stored-symbol';
import { comparedBars, type FetchedBars, fetchBars, fetchHistory } from './symbol-bars';
import { compareHistory, freshStart, startOfRetraining, type TrainingStart, trainOnWindow } from './training';

/** What {@link trainSymbol} did. */
export interface TrainSymbolResult {
  /** What was done. */
  readonly action: UpdateAction;
  /** The plan that was carried out. */
  readonly plan: IncrementalUpdatePlan;
  /** Raw data, performance, risk. */
  readonly companyProfile: CompanyProfile;
  /** Models' figures. */
  readonly mlProfile: MlProfile;
  /** Every feature's history in a few numbers. */
  readonly statisticalProfile: StatisticalProfile;
  /** The models, new or stored. */
  readonly models: Readonly<Record<ModelKey, TrainedModel>>;
  /** What the run assumed, mended or left out without being told to; what this means and what to do is in `docs/warnings.md`. */
  readonly warnings: readonly Warning[];
  /** What each stage took. */
  readonly timings: readonly StageTiming[];
}

/**
 * Trains a symbol, or brings it up to date: reads bars, engineers features, trains three models where that is due, and stores three profiles.
 *
 * The first call for a symbol reads all its history. The same call later reads only newer bars and a few known ones, goes on with the stored
 * feature state, and trains again only if the retrain policy says so; without newer bars nothing is stored. If the known bars have changed at
 * the source, everything is rebuilt. The stored documents change all at once or, after an error or abort, not at all. A lease keeps other
 * workers off the symbol meanwhile.
 *
 * @param options - symbol, source and store; everything else has a default
 * @returns action, plan, profiles, models and timings
 * @throws TickerforestError with one of {@link ErrorCode}'s codes
 * @example
 * ```ts
 * const store = directoryProfileStore('profiles');
 * const { action, mlProfile } = await trainSymbol({ symbol: 'AAPL', exchange: 'NASDAQ', source: csvBars('aapl.csv.gz'), store });
 * console.log(action, mlProfile.models.metrics.classification_rf.walk_forward.accuracy); // 'create_new_profile', 0.52
 * ```
 */
export async function trainSymbol(options: TrainSymbolOptions): Promise<TrainSymbolResult> {
  const job = createJob(options);
  const { symbol, store, signal } = job.options;
  throwIfAborted(signal, 'starting');
  job.progress.report('initializing', 0, `reading what is stored of ${symbol}`);
  return withLease(store, symbol, job.leaseDuration, signal, (lease) => run(job, lease));
}

async function run(job: SymbolJob, lease: LeasedWork): Promise<TrainSymbolResult> {
  const { options, progress } = job;
  const stored = forgetOtherMarket(await readStoredSymbol(options.store, options.symbol), options);
  throwIfAborted(lease.signal, 'reading what is stored');
  const { engineer, ml } = stored;
  const fetched = await fetchBars(job, stored, lease.signal);
  const inputs = planInputs(job, stored, fetched);
  const plan = IncrementalUpdateStrategy.createIncrementalUpdatePlan(inputs);
  progress.report('retrieved', 1, describePlan(plan));
  const early = judgeWarnings(job, stored, plan, fetched);
  // a rebuild reads these bars again, and will have the same to say
  if (engineer === null || plan.action !== 'create_new_profile') tell(job, early);

  const kept = plan.retrain.retrain ? null : storedParts(stored);
  if (kept !== null) {
    if (plan.action === 'up_to_date') {
      progress.report('done', 1, `${options.symbol} is up to date: the source has no complete bar after ${time(kept.engineer)}`);
      const { company, ml, statistical, models } = kept;
      return {
        action: plan.action,
        plan,
        companyProfile: company,
        mlProfile: ml,
        statisticalProfile: statistical,
        models,
        warnings: early,
        timings: job.watch.timings,
      };
    }
    const newBars = getNewDataSinceLastUpdate(fetched.bars, kept.engineer.history.lastTimestamp);
    const merged = await job.watch.measure(
      'features',
      () =>
        IncrementalUpdateStrategy.mergeHistoricalFeatures(kept.engineer, newBars, {
          onProgress: (event) => progress.features(event),
          signal: lease.signal,
        }),
      () => newBars.length,
    );
    const mlProfile = keptMlProfile(kept.ml, newBars.length, { ...plan.retrain, decided_at: job.now });
    const rejected = addRejected(kept.company.raw_data.rejected_bars, fetched.rejected);
    return finish(job, lease, stored, {
      plan,
      engineer: merged,
      fetched,
      warnings: early,
      rejected,
      ml: mlProfile,
      models: kept.models,
      files: 'unchanged',
    });
  }

  const due =
    engineer === null ? { plan, start: freshStart(job, fetched) } : await startAgain(job, stored, engineer, inputs, plan, lease.signal);
  // a retraining reads old bars again, whose bad ones were counted, and whose warnings were given, when they were new
  const isNew = due.plan.action === 'create_new_profile';
  const isRebuild = isNew && engineer !== null;
  const warnings = isRebuild ? judgeWarnings(job, stored, due.plan, due.start.fetched) : early;
  if (isRebuild) tell(job, warnings);
  const { outcome, engineer: trained, timestamp, windowState } = await trainOnWindow(job, due.start, lease.signal);
  const decision: RetrainDecision = { ...due.plan.retrain, decided_at: job.now };
  const rejected = isNew
    ? addRejected(NONE_REJECTED, due.start.fetched.rejected)
    : addRejected(stored.company?.raw_data.rejected_bars ?? NONE_REJECTED, fetched.rejected);
  const files = saveModels(outcome.models);
  return finish(job, lease, stored, {
    plan: due.plan,
    engineer: trained,
    fetched: isNew ? due.start.fetched : fetched,
    warnings,
    rejected,
    ml: trainedMlProfile(options.symbol, outcome, modelVersion(files), timestamp, decision, ml),
    models: outcome.models,
    files: { ...files, ...(windowState && { window_start: windowState }) },
  });
}

const NONE_REJECTED: RejectedBars = { total: 0, by_reason: {} };

/** A caller who describes the market otherwise than before wants other features: the stored state cannot go on. */
function forgetOtherMarket(stored: StoredSymbol, options: TrainSymbolOptions): StoredSymbol {
  const { exchange, timeZone, session, stamp, interval } = options;
  const described = [exchange, timeZone, session, stamp, interval].some((part) => part !== undefined);
  if (stored.engineer === null || !described) return stored;
  const market = marketFrom(interval ?? stored.engineer.market.interval, options);
  return featureSetHash(market) === stored.engineer.hash ? stored : { ...stored, engineer: null, models: null, outdated: true };
}

function planInputs(job: SymbolJob, { engineer, models, ml, outdated }: StoredSymbol, fetched: FetchedBars): PlanInputs {
  const { minNewBars, maxModelAgeDays, retrainPolicy } = job.options;
  return {
    history: engineer && { ...engineer.history, interval: engineer.market.interval, recentBars: comparedBars(job, engineer) },
    models: models && ml && { trainedAt: ml.trained_at.getTime(), barsSinceTraining: ml.bars_since_training },
    featureSetChanged: outdated,
    bars: fetched.bars,
    ignored: fetched.ignored,
    now: job.now.getTime(),
    options: { minNewBars, maxModelAgeDays, retrainPolicy },
  };
}

/** All that an update without training needs; null if a part is missing or cannot be used. */
function storedParts({ company, ml, statistical, engineer, models }: StoredSymbol) {
  return company && ml && statistical && engineer && models ? { company, ml, statistical, engineer, models } : null;
}

/** The bars for a retraining or a rebuild of a known symbol. A retraining that finds the past rewritten becomes a rebuild. */
async function startAgain(
  job: SymbolJob,
  stored: StoredSymbol,
  engineer: FeatureEngineer,
  inputs: PlanInputs,
  plan: IncrementalUpdatePlan,
  signal: AbortSignal,
): Promise<{ plan: IncrementalUpdatePlan; start: TrainingStart }> {
  const newestBar = plan.range?.to ?? engineer.history.lastTimestamp;
  const rebuilt = async () => freshStart(job, await fetchHistory(job, engineer, newestBar, true, signal));
  if (plan.action === 'create_new_profile') return { plan, start: await rebuilt() };
  const start = await startOfRetraining(job, engineer, stored.windowState, newestBar, signal);
  const { storedHash, sourceHash, bars, isRewritten } = compareHistory(start, engineer);
  if (!isRewritten) return { plan, start };
  const check: HistoryCheck = { verdict: 'rewritten', comparedBars: bars, storedHash, sourceHash, firstDifference: null, factor: null };
  const rebuildPlan = IncrementalUpdateStrategy.createIncrementalUpdatePlan({ ...inputs, check });
  job.progress.report('retrieved', 1, describePlan(rebuildPlan));
  return { plan: rebuildPlan, start: await rebuilt() };
}

interface Finished {
  readonly plan: IncrementalUpdatePlan;
  readonly engineer: FeatureEngineer;
  readonly fetched: FetchedBars;
  readonly warnings: readonly Warning[];
  readonly rejected: RejectedBars;
  readonly ml: MlProfile;
  readonly models: Readonly<Record<ModelKey, TrainedModel>>;
  readonly files: Readonly<Record<string, Uint8Array>> | 'unchanged';
}

/** Makes the other two profiles, stores everything at once, and reports. */
async function finish(job: SymbolJob, lease: LeasedWork, stored: StoredSymbol, done: Finished): Promise<TrainSymbolResult> {
  const { options, now, progress, watch } = job;
  const { symbol, store } = options;
  const { plan, engineer, ml, models, files } = done;
  const { statistical, state } = await watch.measure(
    'profiles',
    () => ({ statistical: statisticalProfile(symbol, engineer, now, stored.statistical), state: engineer.save() }),
    () => plan.newBars,
  );
  const barsFolded = watch.timings.reduce((sum, { stage, bars }) => (stage === 'features' ? sum + bars : sum), 0);
  const measured = { barsFolded, barsInHistory: engineer.history.bars, stages: watch.timings };
  const company = companyProfile(
    {
      symbol,
      exchange: options.exchange ?? stored.company?.exchange ?? null,
      fundamentals: options.fundamentals ?? stored.company?.fundamental_data ?? {},
      reading: done.fetched.reading ?? null,
      warnings: storedWarnings(plan.action === 'create_new_profile' ? [] : (stored.company?.raw_data.warnings ?? []), done.warnings),
      rejected: done.rejected,
      lastUpdate: updateRecord(plan, measured, now),
      lastRewrite: rewriteRecord(plan.history, now, stored.company?.last_rewrite ?? null),
    },
    engineer,
    now,
    stored.company,
  );
  progress.report('storing', 1, 'storing profiles');
  throwIfAborted(lease.signal, 'storing profiles');
  const { revision } = await watch.measure(
    'store',
    () =>
      store.commit({
        symbol,
        baseRevision: stored.revision,
        company,
        ml,
        statistical,
        checkpoint: { state, models: files },
        leaseToken: lease.token,
      }),
    () => plan.newBars,
  );
  const trained = files === 'unchanged' ? 'models kept' : 'models trained';
  progress.report(
    'done',
    1,
    `${symbol}: ${count(plan.newBars)} new bar${plan.newBars === 1 ? '' : 's'}, ${trained}, revision ${revision} stored`,
  );
  return {
    action: plan.action,
    plan,
    companyProfile: { ...company, revision },
    mlProfile: { ...ml, revision },
    statisticalProfile: { ...statistical, revision },
    models,
    warnings: done.warnings,
    timings: watch.timings,
  };
}

/** What was noticed; refused where the caller wants that. */
function judgeWarnings(job: SymbolJob, { engineer }: StoredSymbol, plan: IncrementalUpdatePlan, fetched: FetchedBars): readonly Warning[] {
  const newBars = engineer && getNewDataSinceLastUpdate(fetched.bars, engineer.history.lastTimestamp);
  const seam = engineer && newBars && judgeSeam(job.options.symbol, plan.history, comparedBars(job, engineer), newBars);
  const warnings = seam ? [...fetched.warnings, seam] : fetched.warnings;
  if (job.options.strict === true && warnings.length > 0) {
    const all = warnings.map(({ code, message }) => `${code}: ${message}`).join('; ');
    throw new TickerforestError(
      'STRICT',
      `strict: true makes an error of ${warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`}: ${all}`,
    );
  }
  return warnings;
}

function tell({ progress }: SymbolJob, warnings: readonly Warning[]): void {
  for (const warning of warnings) progress.warning(warning);
}

/** What the profile keeps: one entry per code. */
function storedWarnings(before: readonly StoredWarning[], warnings: readonly Warning[]): readonly StoredWarning[] {
  const byCode = new Map(before.map((warning) => [warning.code, warning]));
  // what is so of the source was counted in the run before, too
  for (const { code } of warnings) {
    const known = byCode.get(code);
    if (known !== undefined && OF_THE_SOURCE.has(code)) byCode.set(code, { ...known, count: 0 });
  }
  for (const { code, message, count, firstBar } of warnings) {
    const known = byCode.get(code);
    const first = known?.first_bar ?? (firstBar === null ? null : new Date(firstBar));
    byCode.set(code, { code, message, count: (known?.count ?? 0) + count, first_bar: first });
  }
  return [...byCode.values()];
}

function addRejected(before: RejectedBars, rejected: BadBars): RejectedBars {
  const byReason: Record<string, number> = { ...before.by_reason };
  for (const [reason, bad] of Object.entries(rejected.byReason)) {
    if (bad > 0) byReason[reason] = (byReason[reason] ?? 0) + bad;
  }
  return { total: before.total + rejected.total, by_reason: byReason };
}

/** What people should know before the work begins. */
function describePlan({ newBars, history, gap, ignored }: IncrementalUpdatePlan): string {
  const { factor, firstDifference } = history;
  const from = firstDifference ? ` from ${iso(firstDifference.timestamp)} or earlier` : '';
  const rewritten = `the source has rewritten its past${from}${factor ? ` (${factor.description})` : ''}: everything is rebuilt`;
  return [
    retrieved(newBars, history),
    ...(history.verdict === 'rewritten' ? [rewritten] : []),
    ...(gap?.unusual ? [`no bars between ${iso(gap.after)} and ${iso(gap.before)}, the longest hole so far`] : []),
    ...(ignored.forming > 0 ? [`${ignored.forming} still forming left out`] : []),
  ].join('; ');
}

function retrieved(newBars: number, { verdict, comparedBars }: HistoryCheck): string {
  if (newBars > 0) return `retrieved ${count(newBars)} new data point${newBars === 1 ? '' : 's'}`;
  const known = verdict === 'unchanged' ? `: the ${count(comparedBars)} newest stored bars, read again to be compared, are unchanged` : '';
  return `retrieved no new data points${known}`;
}

function time({ history }: FeatureEngineer): string {
  return iso(history.lastTimestamp);
}

function iso(timestamp: number): string {
  return `${new Date(timestamp).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function count(bars: number): string {
  return bars.toLocaleString('en-US');
}
