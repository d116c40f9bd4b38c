import { types } from 'node:util';
import type { CompanyProfile, MlProfile } from '../profiles/documents';
import { isRecord } from '../stores/document-check';

/*
 * Profiles may be of another release, or written by others: what a run does not need of them, nobody has checked. Here it is read one by one, and what is not there is null.
 */

/** A stretch of bars. */
export interface DescribedBars {
  /** How many. */
  readonly bars: number;
  /** Timestamp of the first one; null if it is not known. */
  readonly first: Date | null;
  /** Timestamp of the newest one; null if it is not known. */
  readonly last: Date | null;
}

/** A regression model on bars that it had not seen. */
export interface HeldOutRegression {
  /** What it forecasts: a number. */
  readonly task: 'regression';
  /** Share of the baseline's squared error that it saves: above 0 it beats "no change". */
  readonly skill: number | null;
  /** Correlation of forecasts and returns, -1 to 1. */
  readonly ic: number | null;
}

/** A classification model on bars that it had not seen. */
export interface HeldOutClassification {
  /** What it forecasts: the probability of class 1. */
  readonly task: 'classification';
  /** Share of directions that were right, 0 to 1. */
  readonly accuracy: number | null;
  /** The same of a baseline, which always says the more frequent direction. */
  readonly baselineAccuracy: number | null;
  /** Area under the ROC curve; 0.5 is chance. */
  readonly auc: number | null;
}

/** What is stored of a symbol's models. */
export interface DescribedModels {
  /** Changes with every training. */
  readonly version: string;
  /** 'failed': the last training that was due could not be done, and these are the models before. */
  readonly status: 'trained' | 'failed' | null;
  /** When they were trained. */
  readonly trainedAt: Date;
  /** Rows that they were trained on. */
  readonly rows: number | null;
  /** Bars that have come since. */
  readonly barsSinceTraining: number;
  /** Figures on held-out bars, by model. */
  readonly heldOut: Readonly<Record<string, HeldOutRegression | HeldOutClassification>>;
  /** Why the last training failed; null unless it did. */
  readonly failure: DescribedFailure | null;
}

/** Why a training failed. */
export interface DescribedFailure {
  /** Code of the error. */
  readonly code: string;
  /** Its message. */
  readonly reason: string;
}

/** What a source told otherwise of the newest stored bars. */
export interface DescribedRevision {
  /** Bars with other values. */
  readonly changed: number | null;
  /** Bars that are gone. */
  readonly withdrawn: number | null;
  /** Bars that have come between. */
  readonly inserted: number | null;
  /** Columns that differ. */
  readonly fields: readonly string[];
  /** Timestamp of the first of them. */
  readonly first: Date | null;
}

/** The newest run that stored something. */
export interface DescribedRun {
  /** What was done: 'create_new_profile' or 'incremental_update'. */
  readonly action: string | null;
  /** When. */
  readonly at: Date | null;
  /** Bars that were not stored before. */
  readonly newBars: number | null;
  /** Whether the source still told the stored history: 'unchanged', 'revised', 'rewritten' or 'not_checked'. */
  readonly verdict: string | null;
  /** Stored bars that were compared. */
  readonly comparedBars: number | null;
  /** What it told otherwise; null unless the verdict is 'revised'. */
  readonly revised: DescribedRevision | null;
  /** Why everything was computed anew, though the symbol was known; none unless it was. */
  readonly rebuild: readonly string[];
  /** Whether models were to be trained. */
  readonly retrain: boolean | null;
  /** Why, or why not. */
  readonly retrainReasons: readonly string[];
}

/** A warning of any run since the history was begun. */
export interface DescribedWarning {
  /** What kind it is; see `docs/warnings.md`. */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
  /** How many bars it concerns; 0 where it concerns all of the source. */
  readonly count: number;
  /** Timestamp of the first of these bars; null where there is none. */
  readonly firstBar: Date | null;
}

/** What is stored of a symbol, in a few facts. Plain data; `console.log` and `String()` show a short table of it. Facts that the stored documents do not tell are null. */
export interface SymbolDescription {
  /** The symbol. */
  readonly symbol: string;
  /** Its exchange, as it was given. */
  readonly exchange: string | null;
  /** Length of a bar, milliseconds. */
  readonly interval: number | null;
  /** Number of its newest commit; 0: no profiles are stored, only bars. */
  readonly revision: number;
  /** The bars that profiles and models are made of. */
  readonly folded: DescribedBars | null;
  /** The bars in the bar store; null if none was given, or it has none. More than are folded: a run was interrupted, and the next one takes them in. */
  readonly kept: DescribedBars | null;
  /** Neighbouring bars that are further apart than their length, nights and weekends included. */
  readonly holes: {
    /** How many. */
    readonly count: number | null;
    /** The longest distance of two neighbours, milliseconds. */
    readonly longest: number | null;
  };
  /** Bad bars that were left out. */
  readonly rejected: {
    /** How many. */
    readonly total: number;
    /** How many by reason. */
    readonly byReason: Readonly<Record<string, number>>;
  };
  /** Whether this release cannot go on from the stored state: it is damaged or another release's, and the next run computes everything anew. */
  readonly needsRebuild: boolean;
  /** The models; null without an ML profile. */
  readonly models: DescribedModels | null;
  /** The newest run that stored something; null without a company profile. */
  readonly lastRun: DescribedRun | null;
  /** Warnings since the history was begun, one a code. */
  readonly warnings: readonly DescribedWarning[];
  /** @returns the table */
  toString(): string;
}

/**
 * @param profile - the company profile, if any
 * @returns what it says of the bars
 */
export function describedHistory(
  profile: CompanyProfile | null,
): Pick<SymbolDescription, 'interval' | 'folded' | 'holes' | 'rejected' | 'warnings'> {
  const raw: unknown = profile?.raw_data;
  const bars = numberAt(raw, 'points');
  const byReason = Object.entries(profile?.raw_data.rejected_bars.by_reason ?? {}).filter(([, bad]) => Number.isFinite(bad));
  const warnings = at(raw, 'warnings');
  return {
    interval: numberAt(raw, 'interval_ms'),
    folded: bars === null ? null : { bars, first: dateAt(raw, 'first_bar'), last: dateAt(raw, 'last_bar') },
    holes: { count: numberAt(raw, 'gaps', 'count'), longest: numberAt(raw, 'gaps', 'longest_ms') },
    rejected: { total: profile?.raw_data.rejected_bars.total ?? 0, byReason: Object.fromEntries(byReason) },
    warnings: Array.isArray(warnings) ? warnings.flatMap(describedWarning) : [],
  };
}

/**
 * @param profile - an ML profile
 * @returns what it says of the models
 */
export function describedModels(profile: MlProfile): DescribedModels {
  const { model_version, trained_at, bars_since_training } = profile;
  const metrics = at(profile, 'models', 'metrics');
  const status = textAt(profile, 'status');
  return {
    version: model_version,
    status: status === 'trained' || status === 'failed' ? status : null,
    trainedAt: trained_at,
    rows: numberAt(profile, 'training_window', 'rows'),
    barsSinceTraining: bars_since_training,
    heldOut: Object.fromEntries(Object.entries(isRecord(metrics) ? metrics : {}).map(([key, own]) => [key, heldOut(own)])),
    failure: describedFailure(at(profile, 'training_failure')),
  };
}

/**
 * @param company - the company profile
 * @param ml - the ML profile, if any
 * @returns what they say of the newest run
 */
export function describedRun(company: CompanyProfile, ml: MlProfile | null): DescribedRun {
  const run: unknown = company.last_update;
  const revised = at(run, 'revised_bars');
  const retrain = at(ml, 'last_retrain_decision', 'retrain');
  return {
    action: textAt(run, 'action'),
    at: dateAt(run, 'at'),
    newBars: numberAt(run, 'new_bars'),
    verdict: textAt(run, 'history_check', 'verdict'),
    comparedBars: numberAt(run, 'history_check', 'compared_bars'),
    revised: isRecord(revised)
      ? {
          changed: numberAt(revised, 'changed'),
          withdrawn: numberAt(revised, 'withdrawn'),
          inserted: numberAt(revised, 'inserted'),
          fields: textsAt(revised, 'fields'),
          first: dateAt(revised, 'first'),
        }
      : null,
    rebuild: textsAt(run, 'rebuild'),
    retrain: typeof retrain === 'boolean' ? retrain : null,
    retrainReasons: textsAt(ml, 'last_retrain_decision', 'reasons'),
  };
}

function heldOut(metrics: unknown): HeldOutRegression | HeldOutClassification {
  const figure = (name: string) => numberAt(metrics, 'walk_forward', name);
  const [accuracy, baselineAccuracy, auc] = ['accuracy', 'naive_accuracy', 'auc'].map(figure);
  if (accuracy !== null) return { task: 'classification', accuracy, baselineAccuracy, auc };
  return { task: 'regression', skill: figure('skill'), ic: figure('ic') };
}

function describedFailure(failure: unknown): DescribedFailure | null {
  if (!isRecord(failure)) return null;
  return { code: textAt(failure, 'code') ?? 'no code is stored', reason: textAt(failure, 'reason') ?? 'no reason is stored' };
}

function describedWarning(warning: unknown): readonly DescribedWarning[] {
  const code = textAt(warning, 'code');
  if (code === null) return [];
  const { count, firstBar } = { count: numberAt(warning, 'count') ?? 0, firstBar: dateAt(warning, 'first_bar') };
  return [{ code, message: textAt(warning, 'message') ?? '', count, firstBar }];
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((outer, key) => (isRecord(outer) ? outer[key] : undefined), value);
}

function numberAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : null;
}

function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : [];
}

function dateAt(value: unknown, ...path: readonly string[]): Date | null {
  const found = at(value, ...path);
  return types.isDate(found) && Number.isFinite(found.getTime()) ? found : null;
}
