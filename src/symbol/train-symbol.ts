import type { BadBars } from '../bars/judgement/values';
import { OF_THE_SOURCE, unsaid, type Warning } from '../bars/warnings';
import { ownError, TickerforestError, throwIfAborted } from '../errors';
import type { FeatureEngineer } from '../features/feature-engineer';
import { saveAllCovers } from '../models/cover-file';
import type { HeldOutForecasts } from '../models/evaluation';
import type { TrainingOutcome } from '../models/ml-model-trainer';
import { provenFiles } from '../models/model-file';
import { modelVersion } from '../models/model-version';
import type { TrainedModel } from '../models/trained-model';
import { printedAs } from '../printed';
import { companyProfile } from '../profiles/company-profile';
import type { CompanyProfile, MlProfile, RejectedBars, StatisticalProfile, StoredWarning } from '../profiles/documents';
import { keptMlProfile, trainedMlProfile } from '../profiles/ml-profile';
import { statisticalProfile } from '../profiles/statistical-profile';
import { type Anchor, encodeAnchor } from '../updates/anchor';
import type { HistoryCheck } from '../updates/history-check';
import { type IncrementalUpdatePlan, REWRITTEN, type TrainingFailure, type UpdateAction } from '../updates/incremental-update-strategy';
import { retrainRecord, rewriteRecord, updateRecord } from '../updates/update-record';
import { Turns } from '../waiting';
import { changedSettings } from './asked-for';
import { type Folded, foldBars, trainModels } from './fold';
import { trainingFiles } from './fold-start';
import { createJob, type SymbolJob, type TrainSymbolOptions } from './job';
import { KeptHistory } from './kept-history';
import { type LeasedWork, withLease } from './lease';
import { type PlannedRun, planRun } from './plan-run';
import { companyTable, mlTable, statisticalTable } from './profile-tables';
import { strictly, trainingWarning } from './run-warnings';
import type { StageTiming } from './stopwatch';
import { readStoredSymbol, type StoredSymbol } from './stored-symbol';
import { resultTable } from './tables';

/** What {@link trainSymbol} did. `console.log` and `String()` show a short table of it. */
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
  /** The models by name, new or stored. */
  readonly models: Readonly<Record<string, TrainedModel>>;
  /** What was forecast for the rows that were held out, by model, with times and what came. Empty where no models were trained. */
  readonly heldOut: Readonly<Record<string, HeldOutForecasts>>;
  /** Why models that were due could not be trained: new bars were taken in, the stored models stay. Null: nothing failed. */
  readonly trainingFailure: TrainingFailure | null;
  /** What the run assumed, mended or left out without being told to; what this means and what to do is in `docs/warnings.md`. */
  readonly warnings: readonly Warning[];
  /** What each stage took. */
  readonly timings: readonly StageTiming[];
  /** @returns the table */
  toString(): string;
}

/**
 * Trains a symbol, or brings it up to date: reads bars, engineers features, trains models where that is due, and stores three profiles.
 *
 * The first call for a symbol reads all its history. The same call later reads only newer bars and a few known ones, goes on with the stored
 * feature state, and trains again only if the retrain policy says so; without newer bars nothing is stored. If a few of the known bars have changed
 * at the source, it goes on from before them; if the source has rewritten its past, everything is rebuilt. The stored documents change all at once or, after an error or abort, not at all. A lease keeps other
 * workers off the symbol meanwhile.
 *
 * @param options - symbol, source and store; everything else has a default
 * @returns action, plan, profiles, models and timings
 * @throws TickerforestError with one of {@link ErrorCode}'s codes
 * @example
 * ```ts
 * const { store, bars } = directoryStores('profiles');
 * const result = await trainSymbol({ symbol: 'AAPL', exchange: 'NASDAQ', source: csvBars('aapl.csv.gz'), store, bars });
 * console.log(result); // a short table
 * console.log(result.mlProfile.models.metrics.classification_rf?.walk_forward.accuracy); // 0.52
 * ```
 */
export async function trainSymbol(options: TrainSymbolOptions): Promise<TrainSymbolResult> {
  const job = createJob(options);
  const { symbol, store, signal } = job.options;
  throwIfAborted(signal, 'starting');
  job.progress.report('initializing', 0, `reading what is stored of ${symbol}`);
  const result = await withLease(store, symbol, job.leaseDuration, signal, (lease) => run(job, lease));
  return printedAs(
    {
      ...result,
      // copies: what a store has handed out is its own
      companyProfile: printedAs({ ...result.companyProfile }, companyTable),
      mlProfile: printedAs({ ...result.mlProfile }, mlTable),
      statisticalProfile: printedAs({ ...result.statisticalProfile }, statisticalTable),
    },
    resultTable,
  );
}

async function run(job: SymbolJob, lease: LeasedWork): Promise<TrainSymbolResult> {
  const { options, progress } = job;
  const { symbol, store, bars } = options;
  const { signal } = lease;
  const [stored, kept] = await Promise.all([
    readStoredSymbol(store, symbol, { features: job.features, models: job.trainer.models }),
    bars === undefined ? null : KeptHistory.open(bars, symbol, signal),
  ]);
  throwIfAborted(signal, 'reading what is stored');
  const run = await planRun(job, stored, kept, signal);
  await giveWayIfDue(signal, 'planning');
  progress.report('retrieved', 1, describePlan(run.plan));
  for (const warning of run.warnings) progress.warning(warning);
  const unchanged = run.plan.action === 'up_to_date' ? storedParts(stored) : null;
  if (unchanged !== null) {
    await keepBars(job, run, kept);
    return upToDate(job, run, unchanged);
  }

  const { engineer } = run.start;
  const barsBefore = stored.engineer?.history.bars ?? 0;
  const keptFiles = trainingFiles(stored, run.start);
  checkWork(job, run, stored);
  await giveWayIfDue(signal, 'planning');
  const { anchor, training, told } = await foldBars(job, run.start, signal);
  const trained = training === null ? null : await train(job, run, stored, training, signal);
  const decision = retrainRecord(run.plan.retrain, job.now);
  if (trained !== null && !('code' in trained)) {
    const { timestamp } = training?.window ?? engineer.recentBars;
    const { files } = trained;
    const covers = await saveAllCovers(trained.models, new Turns(signal, STORING));
    return finish(job, lease, stored, {
      ...{ run, kept, engineer, anchor, models: trained.models, heldOut: trained.heldOut, failure: null },
      told: [...told, ...unsaid(trained.warnings, told)],
      ml: trainedMlProfile(
        symbol,
        trained,
        modelVersion(files),
        covers.names,
        timestamp,
        decision,
        job.trainer.settingsFor(engineer.market.interval),
        stored.ml,
      ),
      files: { ...files, ...covers.files, ...(training?.windowState && { window_start: training.windowState }) },
    });
  }
  const { ml, models } = stored;
  if (ml === null || models === null) throw new TickerforestError('MODEL_UNUSABLE', `${symbol}: there are no models to keep`);
  const failure = trained ?? run.plan.trainingFailure;
  return finish(job, lease, stored, {
    ...{ run, kept, engineer, anchor, models, heldOut: {}, failure },
    told,
    ml: keptMlProfile(ml, engineer.history.bars - barsBefore, decision, failure),
    files: keptFiles,
  });
}

/** Errors of a training that are about its rows, or a model of the caller's: what is stored can go on without. */
const UNTRAINABLE: ReadonlySet<string> = new Set(['TOO_FEW_BARS', 'CONSTANT_PRICES', 'MODEL_FAILED', 'WORK_TOO_LARGE']);

/** What the caller asks for now is refused before features are computed; a history that has outgrown the limits is no reason to leave new bars out. */
function checkWork({ trainer }: SymbolJob, { start: { bars, windowStart, engineer } }: PlannedRun, { models, ml }: StoredSymbol): void {
  if (windowStart === null) return;
  const { interval } = engineer.market;
  if (models !== null && ml !== null && changedSettings(ml, trainer.settingsFor(interval)).length === 0) return;
  trainer.checkWork(bars.length - windowStart, engineer.modelFeatures.length, interval);
}

/** Models, or why there are none and those that are stored stay. */
async function train(
  job: SymbolJob,
  { plan, start: { engineer } }: PlannedRun,
  { models, ml }: StoredSymbol,
  rows: NonNullable<Folded['training']>,
  signal: AbortSignal,
): Promise<(TrainingOutcome & { readonly files: Readonly<Record<string, Uint8Array>> }) | TrainingFailure> {
  try {
    const outcome = await trainModels(job, rows);
    const turns = new Turns(signal, STORING);
    return { ...outcome, files: await provenFiles(outcome.models, job.trainer.models, engineer.latestRow, turns) };
  } catch (error) {
    const own = ownError(error);
    const isAboutRows = own !== null && UNTRAINABLE.has(own.code);
    if (!isAboutRows || plan.action === 'create_new_profile' || models === null || ml === null || job.options.strict === true) throw error;
    return { code: own.code, reason: own.message };
  }
}

function upToDate({ options, progress, watch }: SymbolJob, { plan, warnings }: PlannedRun, parts: StoredParts): TrainSymbolResult {
  const last = iso(parts.engineer.history.lastTimestamp);
  progress.report('done', 1, `${options.symbol} is up to date: the source has no complete bar after ${last}`);
  const { company, ml, statistical, models } = parts;
  return {
    action: plan.action,
    plan,
    companyProfile: company,
    mlProfile: ml,
    statisticalProfile: statistical,
    models,
    heldOut: {},
    trainingFailure: plan.trainingFailure,
    warnings,
    timings: watch.timings,
  };
}

const NONE_REJECTED: RejectedBars = { total: 0, by_reason: {} };

interface StoredParts {
  readonly company: CompanyProfile;
  readonly ml: MlProfile;
  readonly statistical: StatisticalProfile;
  readonly engineer: FeatureEngineer;
  readonly models: Readonly<Record<string, TrainedModel>>;
}

/** All that is there of a symbol that is up to date; null if a part is missing or cannot be used. */
function storedParts({ company, ml, statistical, engineer, models }: StoredSymbol): StoredParts | null {
  return company && ml && statistical && engineer && models ? { company, ml, statistical, engineer, models } : null;
}

/** Bars are the truth, and are stored before what is made of them. */
async function keepBars({ watch }: SymbolJob, { keep }: PlannedRun, kept: KeptHistory | null): Promise<void> {
  if (keep === null || kept === null) return;
  const { market, from, bars, shrink } = keep;
  await watch.measure(
    'keep',
    () => kept.write(market, from, bars, shrink),
    () => bars.length,
  );
}

interface Finished {
  readonly run: PlannedRun;
  readonly kept: KeptHistory | null;
  readonly engineer: FeatureEngineer;
  readonly anchor: Anchor;
  readonly ml: MlProfile;
  readonly models: Readonly<Record<string, TrainedModel>>;
  readonly heldOut: Readonly<Record<string, HeldOutForecasts>>;
  readonly files: Readonly<Record<string, Uint8Array | 'unchanged'>>;
  readonly failure: TrainingFailure | null;
  /** What the work itself has to say. */
  readonly told: readonly Warning[];
}

/** Keeps bars, makes the other two profiles, stores everything at once, and reports. */
async function finish(job: SymbolJob, lease: LeasedWork, stored: StoredSymbol, done: Finished): Promise<TrainSymbolResult> {
  const { options, now, progress, watch } = job;
  const { symbol, store } = options;
  const { run, kept, engineer, ml, models, failure } = done;
  const { plan, fetched, beginsAnew } = run;
  const failed = failure === null || plan.trainingFailure !== null ? [] : [trainingWarning(symbol, failure)];
  const told = unsaid(done.told, run.warnings);
  const warnings = [...run.warnings, ...failed, ...told];
  if (options.strict === true && told.length > 0) throw strictly(told);
  for (const warning of warnings.slice(run.warnings.length)) progress.warning(warning);
  // not before a training that may fail: after an error nothing is stored
  await keepBars(job, run, kept);
  await giveWayIfDue(lease.signal);
  const { statistical, state } = await watch.measure(
    'profiles',
    async () => {
      const profile = statisticalProfile(symbol, engineer, now, stored.statistical);
      await giveWayIfDue(lease.signal);
      return { statistical: profile, state: engineer.save() };
    },
    () => plan.newBars,
  );
  const barsFolded = watch.timings.reduce((sum, { stage, bars }) => (stage === 'features' ? sum + bars : sum), 0);
  const measured = { barsFolded, barsInHistory: engineer.history.bars, stages: watch.timings };
  const before = beginsAnew ? null : (stored.company?.raw_data ?? null);
  const company = companyProfile(
    {
      symbol,
      exchange: options.exchange ?? stored.company?.exchange ?? null,
      fundamentals: options.fundamentals ?? stored.company?.fundamental_data ?? {},
      reading: fetched.reading ?? before?.reading ?? null,
      warnings: storedWarnings(before?.warnings ?? [], warnings),
      rejected: addRejected(before?.rejected_bars ?? NONE_REJECTED, fetched.rejected),
      lastUpdate: updateRecord(plan, measured, now),
      lastRewrite: rewriteRecord(plan.history, now, stored.company?.last_rewrite ?? null),
    },
    engineer,
    now,
    stored.company,
  );
  progress.report('storing', 1, 'storing profiles');
  await giveWayIfDue(lease.signal);
  throwIfAborted(lease.signal, STORING);
  const { revision } = await watch.measure(
    'store',
    () =>
      store.commit({
        symbol,
        baseRevision: stored.revision,
        company,
        ml,
        statistical,
        checkpoint: { state, models: { ...done.files, ...encodeAnchor(done.anchor) } },
        leaseToken: lease.token,
      }),
    () => plan.newBars,
  );
  const how = failure !== null ? `training failed (${failure.code})` : models === stored.models ? 'models kept' : 'models trained';
  progress.report(
    'done',
    1,
    `${symbol}: ${count(plan.newBars)} new bar${plan.newBars === 1 ? '' : 's'}, ${how}, revision ${revision} stored`,
  );
  return {
    action: plan.action,
    plan,
    companyProfile: { ...company, revision },
    mlProfile: { ...ml, revision },
    statisticalProfile: { ...statistical, revision },
    models,
    heldOut: done.heldOut,
    trainingFailure: failure,
    warnings,
    timings: watch.timings,
  };
}

const STORING = 'storing profiles';

/** What begins and ends a run takes some milliseconds each time, and together too long for others. */
async function giveWayIfDue(signal: AbortSignal, during = STORING): Promise<void> {
  const turns = new Turns(signal, during);
  if (turns.isOver) await turns.giveWay();
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
function describePlan({ newBars, history, rebuild, gap, ignored, repairs }: IncrementalUpdatePlan): string {
  const { factor, firstDifference, differences } = history;
  const from = firstDifference ? ` from ${iso(firstDifference.timestamp)} or earlier` : '';
  const rewritten = `the source has rewritten its past${from}${factor ? ` (${factor.description})` : ''}: everything is rebuilt`;
  const others = rebuild.filter((reason) => history.verdict !== 'rewritten' || reason !== REWRITTEN);
  const revised = differences ? differences.changed + differences.withdrawn + differences.inserted : 0;
  return [
    retrieved(newBars, history),
    ...(history.verdict === 'rewritten' ? [rewritten] : []),
    ...(history.verdict === 'revised'
      ? [`the source has revised ${count(revised)} of the newest stored bars${from.replace(' or earlier', ' on')}`]
      : []),
    ...(others.length > 0 ? [`everything is computed anew: ${others.join('; ')}`] : []),
    ...(repairs.length > 0 ? [`${repairs.join(' and ')} missing, made again`] : []),
    ...(gap?.unusual ? [`no bars between ${iso(gap.after)} and ${iso(gap.before)}, the longest hole so far`] : []),
    ...(ignored.forming > 0 ? [`${ignored.forming} still forming left out`] : []),
  ].join('; ');
}

function retrieved(newBars: number, { verdict, comparedBars }: HistoryCheck): string {
  if (newBars > 0) return `retrieved ${count(newBars)} new data point${newBars === 1 ? '' : 's'}`;
  const known = verdict === 'unchanged' ? `: the ${count(comparedBars)} newest stored bars, read again to be compared, are unchanged` : '';
  return `retrieved no new data points${known}`;
}

function iso(timestamp: number): string {
  return `${new Date(timestamp).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function count(bars: number): string {
  return bars.toLocaleString('en-US');
}
