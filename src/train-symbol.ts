import { arrayBars, type BarRow } from './bars/array-source';
import type { BarRequest, BarSource } from './bars/bar-source';
import type { Bars } from './bars/bars';
import { type CollectedBars, collectBars } from './bars/collect-bars';
import { inferInterval, type MarketOptions, resolveMarket } from './bars/market';
import { TickerforestError, throwIfAborted } from './errors';
import { FeatureEngineer } from './features/feature-engineer';
import { featureSetHash } from './features/feature-set';
import { MLModelTrainer, type MLModelTrainerOptions, type TrainingOutcome } from './models/ml-model-trainer';
import type { ModelKey } from './models/model-options';
import { saveModels, type TrainedModel } from './models/trained-model';
import { companyProfile } from './profiles/company-profile';
import type { CompanyProfile, MlProfile, RejectedBars, RetrainDecision, StatisticalProfile } from './profiles/documents';
import { keptMlProfile, trainedMlProfile } from './profiles/ml-profile';
import type { ProfileStore } from './profiles/profile-store';
import { statisticalProfile } from './profiles/statistical-profile';
import { type Progress, ProgressReporter } from './progress';
import { type StageTiming, Stopwatch } from './stopwatch';
import { readStoredSymbol, type StoredSymbol } from './stored-symbol';
import type { FeatureMatrix } from './trees/feature-matrix';
import { type IncrementalUpdatePlan, IncrementalUpdateStrategy, type UpdateAction } from './updates/incremental-update-strategy';
import type { RetrainThresholds } from './updates/retrain-policy';

const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;

/** What {@link trainSymbol} is given. */
export interface TrainSymbolOptions extends MarketOptions, MLModelTrainerOptions, RetrainThresholds {
  /** Which symbol, spelled as the source spells it. */
  readonly symbol: string;
  /** Where its bars are: a source such as {@link csvBars}, rows, or {@link Bars}. */
  readonly source: BarSource | readonly BarRow[] | Bars;
  /** Where profiles are kept: {@link directoryProfileStore}, {@link memoryProfileStore}, or your own. */
  readonly store: ProfileStore;
  /** Only so many years before now, above 0. Default: all. Read when a symbol is created; updates go on from what is stored. */
  readonly historyYears?: number;
  /** Only bars from this time on. Default: all. Read when a symbol is created. */
  readonly from?: Date;
  /** Only bars up to this time. Default: all. */
  readonly to?: Date;
  /** Length of a bar, milliseconds. Default: the most frequent distance between the first bars. */
  readonly interval?: number;
  /** What the company profile should say about the company: plain JSON values and Dates. Default: what is stored. */
  readonly fundamentals?: Readonly<Record<string, unknown>>;
  /** 'reject' refuses a source with bad bars, in one error that counts them; 'drop' leaves them out and reports them. Default 'reject'. */
  readonly badBars?: 'reject' | 'drop';
  /** The time that counts as now. Default: the clock's. */
  readonly now?: Date;
  /** Called with percent, stage and message. What it throws is ignored. */
  readonly onProgress?: (progress: Progress) => void;
  /** Aborts; the store is as it was. */
  readonly signal?: AbortSignal;
}

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
  /** What each stage took. */
  readonly timings: readonly StageTiming[];
}

/**
 * Trains a symbol, or brings it up to date: reads bars, engineers features, trains three models where that is due, and stores three profiles.
 *
 * The first call for a symbol reads all its history. The same call later reads only newer bars, goes on with the stored feature state, and
 * trains again only if the retrain policy says so (`minNewBars`, `maxModelAgeDays`); without newer bars nothing is written. The stored
 * documents change all at once or, after an error or abort, not at all.
 *
 * @param options - symbol, source and store; everything else has a default
 * @returns action, plan, profiles, models and timings
 * @throws TickerforestError with one of {@link ErrorCode}'s codes
 */
export async function trainSymbol(options: TrainSymbolOptions): Promise<TrainSymbolResult> {
  const job = startJob(options);
  job.progress.report('initializing', 0, `reading what is stored of ${options.symbol}`);
  const stored = forgetOtherMarket(await readStoredSymbol(options.store, options.symbol), options);
  const request = barRequest(job, stored);
  job.progress.report('date_range', 1, describeRange(request, job.now));
  throwIfAborted(options.signal, 'reading what is stored');
  const collected = await fetchBars(job, request, stored.engineer?.history.lastTimestamp);
  const plan = makePlan(job, stored, collected.bars);
  const { company, ml, statistical, engineer, models } = stored;

  if (company && ml && statistical && engineer && models && !plan.retrain.retrain) {
    if (plan.action === 'up_to_date') {
      job.progress.report('done', 1, `${options.symbol} is up to date: the source has no bar after ${day(engineer.history.lastTimestamp)}`);
      return {
        action: plan.action,
        plan,
        companyProfile: company,
        mlProfile: ml,
        statisticalProfile: statistical,
        models,
        timings: job.watch.timings,
      };
    }
    await foldBars(job, engineer, collected.bars, false);
    const rejected = addRejected(company.raw_data.rejected_bars, collected);
    const mlProfile = keptMlProfile(ml, collected.bars.length, { ...plan.retrain, decided_at: job.now });
    return finish(job, stored, plan, engineer, rejected, mlProfile, models, 'unchanged');
  }

  // a retraining needs the rows of all history, which nobody stores: the source is asked again
  const all = engineer === null ? collected : await fetchHistory(job, request, engineer.history.firstTimestamp);
  const fresh = new FeatureEngineer(engineer?.market ?? resolveMarket(options.interval ?? inferInterval(all.bars.timestamp), options));
  const matrix = await foldBars(job, fresh, all.bars, true);
  const outcome = await train(job, fresh, matrix, all.bars);
  const decision: RetrainDecision = { ...plan.retrain, decided_at: job.now };
  const mlProfile = trainedMlProfile(options.symbol, outcome, all.bars.timestamp, decision, ml);
  return finish(job, stored, plan, fresh, addRejected(NONE_REJECTED, all), mlProfile, outcome.models, saveModels(outcome.models));
}

interface Job {
  readonly options: TrainSymbolOptions;
  readonly now: Date;
  readonly progress: ProgressReporter;
  readonly watch: Stopwatch;
  readonly trainer: MLModelTrainer;
}

const NONE_REJECTED: RejectedBars = { total: 0, by_reason: {} };

/** Refuses bad options before anything is read. */
function startJob(options: TrainSymbolOptions): Job {
  const { symbol, historyYears, from, to, now = new Date(), minNewBars, maxModelAgeDays } = options;
  const refuse = (message: string) => new TickerforestError('INVALID_OPTION', message);
  if (typeof symbol !== 'string' || symbol.trim() === '') throw refuse(`symbol must be a text that is not empty, not '${symbol}'`);
  if (historyYears !== undefined && !(historyYears > 0)) throw refuse(`historyYears must be above 0, not ${historyYears}`);
  if (minNewBars !== undefined && !(minNewBars >= 1)) throw refuse(`minNewBars must be 1 or more, not ${minNewBars}`);
  if (maxModelAgeDays !== undefined && !(maxModelAgeDays >= 0)) throw refuse(`maxModelAgeDays must be 0 or more, not ${maxModelAgeDays}`);
  for (const [name, date] of Object.entries({ from, to, now })) {
    if (date !== undefined && Number.isNaN(date.getTime())) throw refuse(`${name} is not a valid date`);
  }
  if (from !== undefined && to !== undefined && from > to) throw refuse(`from ${from.toISOString()} is after to ${to.toISOString()}`);
  resolveMarket(options.interval ?? DAY_MS, options);
  return {
    options,
    now,
    progress: new ProgressReporter(options.onProgress),
    watch: new Stopwatch(),
    trainer: new MLModelTrainer({
      ...(options.models && { models: options.models }),
      ...(options.seed !== undefined && { seed: options.seed }),
      ...(options.testFraction !== undefined && { testFraction: options.testFraction }),
      ...(options.embargo !== undefined && { embargo: options.embargo }),
    }),
  };
}

/** A caller who describes the market otherwise than before wants other features: the stored state cannot go on. */
function forgetOtherMarket(stored: StoredSymbol, options: TrainSymbolOptions): StoredSymbol {
  const { exchange, timeZone, session, stamp, interval } = options;
  const described = [exchange, timeZone, session, stamp, interval].some((part) => part !== undefined);
  if (stored.engineer === null || !described) return stored;
  const market = resolveMarket(interval ?? stored.engineer.market.interval, options);
  return featureSetHash(market) === stored.engineer.hash ? stored : { ...stored, engineer: null, models: null, outdated: true };
}

function barRequest({ options, now }: Job, { engineer }: StoredSymbol): BarRequest {
  const { symbol, historyYears, from, to, signal } = options;
  const limits = [from?.getTime(), historyYears === undefined ? undefined : now.getTime() - historyYears * YEAR_MS];
  const earliest = engineer?.history.lastTimestamp ?? limits.filter((limit) => limit !== undefined).reduce(laterOf, undefined);
  return {
    symbol,
    ...(earliest !== undefined && { from: earliest }),
    ...(to !== undefined && { to: to.getTime() }),
    ...(signal && { signal }),
  };
}

function laterOf(a: number | undefined, b: number): number {
  return a === undefined ? b : Math.max(a, b);
}

function fetchBars(job: Job, request: BarRequest, after: number | undefined): Promise<CollectedBars> {
  const { source, badBars } = job.options;
  return job.watch.measure(
    'fetch',
    async () => {
      const collected = await collectBars('fetch' in source ? source : arrayBars(source), request, {
        ...(badBars && { badBars }),
        ...(after !== undefined && { after }),
        onBatch: ({ batch, batches, fraction, bars }) => {
          // without a total, every batch covers a fifth of what is left of the bar
          const done = fraction ?? (batches === undefined ? 1 - 0.8 ** batch : batch / batches);
          const of = batches === undefined ? '' : `/${batches}`;
          job.progress.report('fetching', done, `Batch ${batch}${of}, ${bars.toLocaleString('en-US')} bars`);
        },
      });
      job.progress.report('retrieved', 1, `retrieved ${collected.bars.length.toLocaleString('en-US')} data points`);
      return collected;
    },
    ({ bars }) => bars.length,
  );
}

/** All stored history again. A source that has forgotten its beginning must not make the stored profiles forget it too. */
async function fetchHistory(job: Job, request: BarRequest, first: number): Promise<CollectedBars> {
  const all = await fetchBars(job, { ...request, from: first }, undefined);
  if (all.bars.timestamp[0] === first) return all;
  throw new TickerforestError(
    'NO_BARS',
    `${request.symbol} is due for training, which needs all bars from ${day(first)} on, but the source begins on ${day(all.bars.timestamp[0])}; ` +
      'give a source with the whole history, or raise minNewBars or maxModelAgeDays to keep the models and fold in only the new bars',
  );
}

function makePlan({ options, now }: Job, { engineer, models, ml, outdated }: StoredSymbol, newBars: Bars): IncrementalUpdatePlan {
  const trainedAt = ml?.trained_at.getTime() ?? now.getTime();
  return IncrementalUpdateStrategy.createIncrementalUpdatePlan({
    barsInHistory: engineer?.history.bars ?? 0,
    newBars,
    retrain: {
      has_models: models !== null && ml !== null,
      feature_set_changed: outdated,
      history_rewritten: false,
      bars_since_training: (ml?.bars_since_training ?? 0) + newBars.length,
      model_age_days: Math.max(0, (now.getTime() - trainedAt) / DAY_MS),
    },
    thresholds: options,
  });
}

function foldBars(job: Job, engineer: FeatureEngineer, bars: Bars, matrix: boolean): Promise<FeatureMatrix> {
  const { signal } = job.options;
  return job.watch.measure(
    'features',
    () => engineer.update(bars, { matrix, onProgress: (event) => job.progress.features(event), ...(signal && { signal }) }),
    () => bars.length,
  );
}

function train(job: Job, engineer: FeatureEngineer, matrix: FeatureMatrix, bars: Bars): Promise<TrainingOutcome> {
  const { signal } = job.options;
  const warmup = engineer.features.reduce((most, spec) => (spec.model && !spec.gaps ? Math.max(most, spec.warmup) : most), 0);
  return job.watch.measure(
    'train',
    () =>
      job.trainer.train(
        { matrix, timestamp: bars.timestamp, close: bars.close, warmup, featureSet: engineer.hash },
        { onProgress: (event) => job.progress.training(event), clock: () => performance.now(), ...(signal && { signal }) },
      ),
    () => bars.length,
  );
}

function addRejected(before: RejectedBars, { rejected }: CollectedBars): RejectedBars {
  const byReason: Record<string, number> = { ...before.by_reason };
  for (const [reason, count] of Object.entries(rejected.byReason)) {
    if (count > 0) byReason[reason] = (byReason[reason] ?? 0) + count;
  }
  return { total: before.total + rejected.total, by_reason: byReason };
}

/** Makes the other two profiles, stores everything at once, and reports. */
async function finish(
  job: Job,
  stored: StoredSymbol,
  plan: IncrementalUpdatePlan,
  engineer: FeatureEngineer,
  rejected: RejectedBars,
  ml: MlProfile,
  models: Readonly<Record<ModelKey, TrainedModel>>,
  modelFiles: Readonly<Record<string, Uint8Array>> | 'unchanged',
): Promise<TrainSymbolResult> {
  const { options, now, progress, watch } = job;
  const { symbol, store, signal } = options;
  const bars = plan.newBars;
  const { company, statistical, state } = await watch.measure(
    'profiles',
    () => ({
      company: companyProfile(
        {
          symbol,
          exchange: options.exchange ?? stored.company?.exchange ?? null,
          fundamentals: options.fundamentals ?? stored.company?.fundamental_data ?? {},
          rejected,
        },
        engineer,
        now,
        stored.company,
      ),
      statistical: statisticalProfile(symbol, engineer, now, stored.statistical),
      state: engineer.save(),
    }),
    () => bars,
  );
  progress.report('storing', 1, 'storing profiles');
  throwIfAborted(signal, 'storing profiles');
  const { revision } = await watch.measure(
    'store',
    () => store.commit({ symbol, baseRevision: stored.revision, company, ml, statistical, checkpoint: { state, models: modelFiles } }),
    () => bars,
  );
  const trained = modelFiles === 'unchanged' ? 'models kept' : 'models trained';
  progress.report('done', 1, `${symbol}: ${bars.toLocaleString('en-US')} new bars, ${trained}, revision ${revision} stored`);
  return {
    action: plan.action,
    plan,
    companyProfile: { ...company, revision },
    mlProfile: { ...ml, revision },
    statisticalProfile: { ...statistical, revision },
    models,
    timings: watch.timings,
  };
}

function describeRange({ from, to }: BarRequest, now: Date): string {
  const last = to ?? now.getTime();
  if (from === undefined) return `all history to ${day(last)}`;
  return `${day(from)} to ${day(last)} (${((last - from) / YEAR_MS).toFixed(1)} years)`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
