import { ownError, TickerforestError } from '../errors';
import type { Labels } from '../targets/target';
import { integerWeights } from '../targets/weights';
import { described, quoted } from '../text';
import { BinnedMatrix } from '../trees/binned-matrix';
import { fitBinThresholds } from '../trees/binning';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import type { FittedModel, Model, ModelRows } from './model';

/** Rows whose bins tree models of one training share. */
export interface SharedRows extends ModelRows {
  /** The same rows, binned. */
  readonly bins: SharedBins;
}

/**
 * @param rows - rows of a matrix
 * @returns whether they are binned already, or will be for all
 */
export function areShared(rows: ModelRows): rows is SharedRows {
  return 'bins' in rows && rows.bins instanceof SharedBins;
}

/** The bins that tree models of one training share: made when the first of them asks. */
export class SharedBins {
  readonly #matrix: FeatureMatrix;
  readonly #known: RowRange;
  readonly #signal: AbortSignal | undefined;
  #binned: Promise<BinnedMatrix> | undefined;

  /**
   * @param matrix - features
   * @param known - rows by whose values thresholds are chosen
   * @param signal - aborts
   */
  constructor(matrix: FeatureMatrix, known: RowRange, signal: AbortSignal | undefined) {
    this.#matrix = matrix;
    this.#known = known;
    this.#signal = signal;
  }

  /** @returns the binned rows */
  get(): Promise<BinnedMatrix> {
    this.#binned ??= this.#make();
    return this.#binned;
  }

  /** Gives the memory back. Nothing may be at work on it. */
  async dispose(): Promise<void> {
    const binned = await this.#binned?.catch(() => undefined);
    binned?.dispose();
  }

  async #make(): Promise<BinnedMatrix> {
    const signal = this.#signal;
    const thresholds = await fitBinThresholds(this.#matrix, this.#known, { signal });
    return BinnedMatrix.create(this.#matrix, thresholds, signal && { signal });
  }
}

/** What one model is fitted on, and what it then forecasts. */
export interface FitPlan {
  /** Features of all rows. */
  readonly matrix: FeatureMatrix;
  /** The same, binned. */
  readonly bins: SharedBins;
  /** Labels of all rows. */
  readonly labels: Labels;
  /** How much each row counts, of labels in which only the rows that are learnt from have one; undefined: all the same. */
  readonly weigh: ((labels: Labels) => Float64Array) | undefined;
  /** Seed of all randomness. */
  readonly seed: number;
  /** Rows to learn from. */
  readonly train: RowRange;
  /** Rows whose label ends at this row or later are not learnt from. */
  readonly before: number;
  /** How many rows of `train` are learnt from. */
  readonly learnt: number;
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
 * @throws TickerforestError `MODEL_FAILED` if a model of the caller's throws, or forecasts no numbers; `ABORTED`, and what the engine throws
 */
export async function fitOne(key: string, model: Model, plan: FitPlan): Promise<FittedOne> {
  const { matrix, bins, labels, weigh, seed, train, before, learnt, forecast, onStep, hooks } = plan;
  const { signal, clock } = hooks;
  const rows: SharedRows = { matrix, bins };
  let isOver = false;
  const tell = (done: number, total: number) => {
    isOver = done >= total;
    onStep(done, total);
  };
  const started = clock?.();
  const isWhole = learnt === train.to - train.from;
  const weights = weigh ? wholeWeights(weigh, labels, train, before) : isWhole ? undefined : presentRows(labels, train, before);
  const fitted = await guarded(key, 'fit', () =>
    model.fit(
      { ...rows, range: train, label: labels.value, ...(weights && { weights }) },
      { seed, onStep: tell, ...(signal && { signal }) },
    ),
  );
  const milliseconds = started === undefined || clock === undefined ? null : clock() - started;
  if (!isOver) onStep(1, 1);
  const forecasts = new Float64Array(forecast.to - forecast.from).fill(Number.NaN);
  await guarded(key, 'predict', () => fitted.predict(rows, forecast, forecasts, signal));
  assertForecasts(key, model, forecasts, forecast);
  return { fitted, forecasts, milliseconds };
}

function presentRows({ value, end }: Labels, { from, to }: RowRange, before: number): Uint16Array {
  const weights = new Uint16Array(value.length);
  for (let row = from; row < to; row++) weights[row] = end[row] >= 0 && end[row] < before ? 1 : 0;
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

/** A model may be the caller's: what it throws is told with its name. */
async function guarded<T>(key: string, step: 'fit' | 'predict', call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw new TickerforestError('MODEL_FAILED', `models.${key}: ${step} threw an error, see its cause`, { cause });
  }
}

function assertForecasts(key: string, { task }: Model, forecasts: Float64Array, rows: RowRange): void {
  for (let at = 0; at < forecasts.length; at++) {
    const forecast = forecasts[at];
    if (task === 'regression' ? Number.isFinite(forecast) : forecast >= 0 && forecast <= 1) continue;
    const wanted = task === 'regression' ? 'a finite number' : 'a probability from 0 to 1';
    throw new TickerforestError(
      'MODEL_FAILED',
      `models.${quoted(key)} forecasts ${described(forecast)} for row ${rows.from + at}; ${wanted} is wanted`,
    );
  }
}
