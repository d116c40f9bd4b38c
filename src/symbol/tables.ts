import { barTime, count, counted, cut, duration, figure, minute, type Row, type Sheet, UNKNOWN } from '../printed';
import type { CompanyProfile } from '../profiles/documents';
import type { HistoryCheck } from '../updates/history-check';
import type { IncrementalUpdatePlan } from '../updates/incremental-update-strategy';
import {
  type DescribedBars,
  type DescribedFailure,
  type DescribedModels,
  type DescribedRevision,
  type DescribedRun,
  describedHistory,
  describedModels,
  type HeldOutClassification,
  type HeldOutRegression,
  type SymbolDescription,
} from './described-symbol';
import type { TrainSymbolResult } from './train-symbol';
import type { SymbolOutcome } from './train-symbols';

/** Columns of a symbol, and of an exchange; longer ones are cut. */
const NAME = 24;
/** Models that are shown; the rest is counted. */
const MODELS = 5;
/** Warnings that are shown; the rest is counted. */
const WARNINGS = 3;

/**
 * @param description - what is stored of a symbol
 * @returns what is printed of it, at most 20 lines
 */
export function descriptionTable(description: SymbolDescription): Sheet {
  const { interval, holes, rejected, models, lastRun, warnings } = description;
  const reasons = Object.entries(rejected.byReason).map(([reason, bad]) => `${reason} ${count(bad)}`);
  return sheet(titleOf(description), [
    ['folded', barsOf(description.folded, interval)],
    ['kept', barsOf(description.kept, interval)],
    ['holes', holesOf(holes)],
    ['rejected', rejected.total === 0 ? 'none' : `${counted(rejected.total, 'bar')}: ${reasons.join(', ') || UNKNOWN}`],
    ...rowIf(description.needsRebuild, 'state', 'cannot be used by this release: the next run computes everything anew'),
    ...modelRows(models),
    ...runRows(lastRun, models?.failure ?? null, interval),
    ...warningRows(warnings),
  ]);
}

/**
 * @param result - what a run did
 * @returns what is printed of it, at most 20 lines
 */
export function resultTable({ action, plan, companyProfile, mlProfile, trainingFailure, warnings, timings }: TrainSymbolResult): Sheet {
  const { history, gap, retrain } = plan;
  const { interval, folded } = describedHistory(companyProfile);
  const range = plan.range && `, ${barTime(new Date(plan.range.from), interval)} to ${barTime(new Date(plan.range.to), interval)}`;
  const total = timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const stages = new Map<string, number>();
  for (const { stage, milliseconds } of timings) stages.set(stage, (stages.get(stage) ?? 0) + milliseconds);
  const each = [...stages].map(([stage, milliseconds]) => `${stage} ${seconds(milliseconds)}`);
  return sheet(titleOf({ ...companyProfile, interval }), [
    ['done', `${action}: ${counted(plan.newBars, 'new bar')}${range ?? ''}`],
    ['bars', barsOf(folded, interval)],
    ['history', historyOf(revisionOf(history), interval)],
    ...rowIf(plan.rebuild.length > 0, 'rebuilt', plan.rebuild.join('; '), 2),
    ...rowIf(plan.repairs.length > 0, 'repaired', plan.repairs.join(', ')),
    ...rowIf(gap?.unusual === true, 'hole', `${duration(gap?.milliseconds ?? null)} before the first new bar, the longest so far`),
    ...leftOutRow(plan),
    ['training', trainingOf(trainingFailure === null ? retrain.retrain : null, retrain.reasons)],
    ...failureRow(trainingFailure),
    ...modelRows(describedModels(mlProfile)),
    ...warningRows(warnings),
    ['time', `${seconds(total)} s: ${each.join(', ') || UNKNOWN}`],
  ]);
}

/**
 * @param outcome - how one of many symbols ended
 * @returns a line of it; of an error, up to three
 */
export function outcomeLine(outcome: SymbolOutcome): Sheet {
  const symbol = cut(outcome.symbol, NAME).padEnd(10);
  if (outcome.status === 'rejected') return sheet(`${symbol} ${outcome.error.code}`, [['', outcome.error.message, 2]]);
  const { action, plan, trainingFailure, warnings } = outcome.result;
  const { verdict } = plan.history;
  return sheet(
    [
      `${symbol} ${action}`,
      counted(plan.newBars, 'new bar'),
      ...(action === 'up_to_date'
        ? []
        : [trainingFailure === null ? (plan.retrain.retrain ? 'trained' : 'models kept') : 'training failed']),
      ...(verdict === 'revised' || verdict === 'rewritten' ? [verdict] : []),
      ...(warnings.length === 0 ? [] : [counted(warnings.length, 'warning')]),
    ].join(', '),
    [],
  );
}

function sheet(title: string, rows: readonly Row[]): Sheet {
  return { title, rows };
}

/**
 * @param symbol - what is known of it
 * @returns the title of what is printed of it
 */
export function titleOf({
  symbol,
  exchange,
  interval,
  revision,
}: Pick<CompanyProfile, 'symbol' | 'exchange' | 'revision'> & { readonly interval: number | null }): string {
  const where = cut(exchange ?? UNKNOWN, NAME);
  return `${cut(symbol, NAME)}  exchange ${where}  bars of ${duration(interval)}  revision ${revision === 0 ? UNKNOWN : revision}`;
}

/**
 * @param bars - how many, and when
 * @param interval - their length, milliseconds
 * @returns that as a text
 */
export function barsOf(bars: DescribedBars | null, interval: number | null): string {
  if (bars === null) return UNKNOWN;
  return `${counted(bars.bars, 'bar')}, ${barTime(bars.first, interval)} to ${barTime(bars.last, interval)}`;
}

function holesOf({ count: holes, longest }: SymbolDescription['holes']): string {
  if (holes === 0) return 'none';
  return `${count(holes)}, nights and weekends included, the longest ${duration(longest)}`;
}

/**
 * @param models - what is known of them
 * @returns a line for all, and one for each
 */
export function modelRows(models: DescribedModels | null): readonly Row[] {
  if (models === null) return [['models', UNKNOWN]];
  const heldOut = Object.entries(models.heldOut);
  const width = Math.min(NAME, Math.max(...heldOut.map(([key]) => key.length)));
  const shown = heldOut.length > MODELS + 1 ? heldOut.slice(0, MODELS) : heldOut;
  const lines = shown.map(([key, figures]) => `${cut(key, NAME).padEnd(width)}  ${figuresOf(figures)}`);
  const rest = heldOut.length - shown.length;
  return [
    [
      'models',
      `${models.version}, trained ${minute(models.trainedAt)} on ${counted(models.rows, 'row')}, ${counted(models.barsSinceTraining, 'bar')} since`,
    ],
    ...[...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].map((line, i): Row => [i === 0 ? 'held out' : '', line]),
  ];
}

function figuresOf(figures: HeldOutRegression | HeldOutClassification): string {
  if (figures.task === 'regression') return `skill ${figure(figures.skill)}, correlation ${figure(figures.ic)}`;
  const { accuracy, baselineAccuracy, auc } = figures;
  return `accuracy ${figure(accuracy)}, baseline ${figure(baselineAccuracy)}, area under curve ${figure(auc)}`;
}

function runRows(run: DescribedRun | null, failure: DescribedFailure | null, interval: number | null): readonly Row[] {
  if (run === null) return [['last run', UNKNOWN], ...failureRow(failure)];
  return [
    ['last run', `${run.action ?? UNKNOWN}, ${minute(run.at)}, ${counted(run.newBars, 'new bar')}`],
    ['history', historyOf(run, interval)],
    ...rowIf(run.rebuild.length > 0, 'rebuilt', run.rebuild.join('; ')),
    ['training', trainingOf(failure === null ? run.retrain : null, run.retrainReasons)],
    ...failureRow(failure),
  ];
}

function historyOf({ verdict, comparedBars, revised, factor }: ToldHistory, interval: number | null): string {
  if (verdict === null) return UNKNOWN;
  const compared = comparedBars === 0 ? verdict : `${verdict}, ${counted(comparedBars, 'bar')} compared`;
  if (revised === null) return factor === undefined ? compared : `${compared}: ${factor}`;
  const kinds = (['changed', 'withdrawn', 'inserted'] as const).filter((kind) => revised[kind] !== 0);
  const fields = revised.fields.length === 0 ? '' : ` (${revised.fields.join(', ')})`;
  return `${compared}: ${kinds.map((kind) => `${count(revised[kind])} ${kind}`).join(', ')}${fields}, from ${barTime(revised.first, interval)} on`;
}

type ToldHistory = Pick<DescribedRun, 'verdict' | 'comparedBars' | 'revised'> & { readonly factor?: string | undefined };

function revisionOf({ verdict, comparedBars, differences, firstDifference, factor }: HistoryCheck): ToldHistory {
  const revised: DescribedRevision | null = differences && {
    ...differences,
    first: firstDifference && new Date(firstDifference.timestamp),
  };
  return { verdict, comparedBars, revised: factor === null ? revised : null, factor: factor?.description };
}

function trainingOf(isTrained: boolean | null, reasons: readonly string[]): string {
  const what = isTrained === null ? 'due' : isTrained ? 'trained' : 'models kept';
  return reasons.length === 0 ? UNKNOWN : `${what}: ${reasons.join('; ')}`;
}

function failureRow(failure: DescribedFailure | null): readonly Row[] {
  return failure === null ? [] : [['failed', `${failure.code}: ${failure.reason}`, 2]];
}

function leftOutRow({ ignored }: IncrementalUpdatePlan): readonly Row[] {
  const kinds = Object.entries(ignored).filter(([, bars]) => bars > 0);
  return rowIf(kinds.length > 0, 'left out', kinds.map(([kind, bars]) => `${count(bars)} ${kind}`).join(', '));
}

/**
 * @param warnings - all of them
 * @returns a line for each of the first
 */
export function warningRows(warnings: readonly { readonly code: string; readonly message: string }[]): readonly Row[] {
  if (warnings.length === 0) return [['warnings', 'none']];
  const shown = warnings.length > WARNINGS + 1 ? warnings.slice(0, WARNINGS) : warnings;
  const rest = warnings.length - shown.length;
  const lines = [...shown.map(({ code, message }) => `${code}: ${message}`), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return lines.map((line, i): Row => [i === 0 ? 'warnings' : '', line]);
}

function rowIf(isShown: boolean, ...row: Row): readonly Row[] {
  return isShown ? [row] : [];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(2);
}
