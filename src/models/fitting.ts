import { isBuiltInModel } from '../options/model-check';
import type { Labels } from '../targets/target';
import { integerWeights } from '../targets/weights';
import { described } from '../text';
import { binMatrix } from '../trees/binned-columns';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import type { TreeThreads } from '../trees/threads';
import { orAborted, Turns } from '../waiting';
import type { FittedModel, Model, ModelRows } from './model';
import { assertForecasts, assertUnchanged, forecastOf, glimpse, guarded, modelFailed, wrongWithFitted } from './own-model';
import { SharedBins, type SharedRows } from './shared-bins';

/**
 * @param matrix - features
 * @param known - rows by whose values thresholds are chosen
 * @param signal - aborts
 * @param threads - other threads that trees are grown in; undefined: the calling one does all
 * @returns the bins that all tree models of a training share
 */
export function sharedBins(
  matrix: FeatureMatrix,
  known: RowRange,
  signal: AbortSignal | undefined,
  threads?: () => Promise<TreeThreads | undefined>,
): SharedBins {
  return new SharedBins(async () => binMatrix(matrix, known, { signal, threads: await threads?.() }));
}

/** Rows that a model learns from. */
export interface LearningRows {
  /** Labels of all rows. */
  readonly labels: Labels;
  /** How much each row counts, of labels in which only the rows that are learnt from have one; undefined: all the same. */
  readonly weigh: ((labels: Labels) => Float64Array) | undefined;
  /** Rows to learn from. */
  readonly train: RowRange;
  /** Rows whose label ends at this row or later are not learnt from. */
  readonly before: number;
  /** How many rows of `train` are learnt from. */
  readonly learnt: number;
}

/** What one model is fitted on, and what it then forecasts. */
export interface FitPlan extends LearningRows {
  /** Features of all rows. */
  readonly matrix: FeatureMatrix;
  /** The same, binned. */
  readonly bins: SharedBins;
  /** Seed of all randomness. */
  readonly seed: number;
  /** Rows to forecast. */
  readonly forecast: RowRange;
  /** Hears of every step. */
  readonly onStep: (done: number, total: number) => void;
  /** Abort and clock. */
  readonly hooks: { readonly signal?: AbortSignal | undefined; readonly clock?: (() => number) | undefined };
}

/** A model that has learnt, and what it said of some rows. */
export interface FittedOne {
  /** The model. */
  readonly fitted: FittedModel;
  /** One forecast a row. */
  readonly forecasts: Float64Array;
  /** What the fit took; null without a clock. */
  readonly milliseconds: number | null;
}

/**
 * Fits one model and lets it forecast.
 *
 * @param key - its name
 * @param model - the model
 * @param plan - rows
 * @returns the fitted model and its forecasts
 * @throws TickerforestError `MODEL_FAILED` if a model of the caller's throws, returns what is no model, or forecasts no numbers; `ABORTED`, and what the engine throws
 */
export async function fitOne(key: string, model: Model, plan: FitPlan): Promise<FittedOne> {
  const { matrix, bins, labels, seed, train, forecast, onStep, hooks } = plan;
  const { signal, clock } = hooks;
  const turns = new Turns(signal, 'training');
  const isOwn = !isBuiltInModel(model);
  // what is shared must not be at work any more when it is given back, and a model of the caller's is not waited for after an abort
  const shared: SharedRows = { matrix, bins };
  const rows: ModelRows = isOwn ? { matrix } : shared;
  const wait = <T>(work: T | Promise<T>): T | Promise<T> => (isOwn ? orAborted(work, signal, 'training') : work);
  let isOver = false;
  // what a listener throws is no fault of the model
  const ended: unknown[] = [];
  const tell = (done: number, total: number) => {
    if (!(done >= 0 && total >= 0)) {
      throw modelFailed(key, `onStep was told ${described(done)} of ${described(total)} steps; give two numbers, 0 or more`);
    }
    isOver = done >= total;
    try {
      onStep(done, total);
    } catch (error) {
      ended.push(error);
      throw error;
    }
  };
  const before = isOwn ? glimpse(matrix) : null;
  const started = clock?.();
  const weights = await weightsOf(plan, turns);
  const label = isOwn ? learntLabels(labels.value, weights, train) : labels.value;
  const fitted = await guarded(key, 'fit', () =>
    wait(model.fit({ ...rows, range: train, label, ...(weights && { weights }) }, { seed, onStep: tell, ...(signal && { signal }) })),
  ).catch((error: unknown) => {
    throw ended.length > 0 ? ended[0] : error;
  });
  const milliseconds = started === undefined || clock === undefined ? null : clock() - started;
  const wrong = isOwn ? wrongWithFitted(fitted, matrix.columns.length) : null;
  if (wrong !== null) throw modelFailed(key, `fit ${wrong}`);
  if (!isOver) onStep(1, 1);
  const forecasts = new Float64Array(forecast.to - forecast.from);
  await turns.forRuns(forecasts.length, (from, to) => forecasts.fill(Number.NaN, from, to));
  await guarded(key, 'predict', () => wait(fitted.predict(rows, forecast, forecasts, signal)));
  await assertForecasts(key, model.task, forecasts, forecast.from, turns);
  if (before !== null) {
    assertUnchanged(key, matrix, before);
    assertSameByRow(key, model, fitted, matrix, forecast.to - 1, forecasts[forecasts.length - 1]);
  }
  return { fitted, forecasts, milliseconds };
}

/**
 * @param rows - rows that are to be learnt from
 * @param turns - gives way
 * @returns how much each counts, 0: it is not learnt from; undefined: all of them once
 */
export async function weightsOf({ labels, weigh, train, before, learnt }: LearningRows, turns: Turns): Promise<Uint16Array | undefined> {
  if (weigh !== undefined) return wholeWeights(weigh, labels, train, before);
  return learnt === train.to - train.from ? undefined : presentRows(labels, train, before, turns);
}

/**
 * @param rows - rows that are to be learnt from
 * @returns how many they are, a row of weight 3 counting as three
 */
export function countLearnt({ labels, weigh, train, before, learnt }: LearningRows): number {
  return weigh === undefined
    ? learnt
    : wholeWeights(weigh, labels, train, before)
        .subarray(train.from, train.to)
        .reduce((sum, one) => sum + one, 0);
}

/** Labels for a model of the caller's: a copy, and none of what it must not learn from. */
function learntLabels(value: Float64Array, weights: Uint16Array | undefined, { from, to }: RowRange): Float64Array {
  const label = new Float64Array(value.length).fill(Number.NaN);
  for (let row = from; row < to; row++) if (weights?.[row] !== 0) label[row] = value[row];
  return label;
}

/** How far forecasts of one row may be apart, as the same sum in another order is. */
const ROUNDING = 1e-6;

/** Figures are of the one function, live forecasts of the other. */
function assertSameByRow(key: string, { task }: Model, fitted: FittedModel, { columns }: FeatureMatrix, row: number, all: number): void {
  const one = forecastOf(
    key,
    task,
    fitted,
    Float32Array.from(columns, (column) => column[row]),
  );
  if (Math.abs(one - all) <= ROUNDING * Math.max(Math.abs(one), Math.abs(all)) + Number.EPSILON) return;
  throw modelFailed(key, `of row ${row} predict says ${all}, and predictRow ${one}; both must forecast the same`);
}

async function presentRows(
  { value, end }: Labels,
  { from: first, to: last }: RowRange,
  before: number,
  turns: Turns,
): Promise<Uint16Array> {
  const weights = new Uint16Array(value.length);
  await turns.forRuns(last - first, (from, to) => {
    for (let row = first + from; row < first + to; row++) weights[row] = end[row] >= 0 && end[row] < before ? 1 : 0;
  });
  return weights;
}

/** The largest weight: steps of 6 % of it. */
const MOST = 16;

/** What weights of all rows may sum to: what the trees take. */
const MOST_IN_ALL = 2 ** 28;

function wholeWeights(
  weigh: (labels: Labels) => Float64Array,
  { value, end }: Labels,
  { from, to }: RowRange,
  before: number,
): Uint16Array {
  // how much a row tells depends on the rows beside which it is learnt: others are without label here
  const known: Labels = { value: new Float64Array(value.length).fill(Number.NaN), end: new Int32Array(end.length).fill(-1) };
  for (let row = from; row < to; row++) {
    if (end[row] < 0 || end[row] >= before) continue;
    known.value[row] = value[row];
    known.end[row] = end[row];
  }
  return integerWeights(weigh(known), Math.max(1, Math.min(MOST, Math.floor(MOST_IN_ALL / (to - from)))));
}
