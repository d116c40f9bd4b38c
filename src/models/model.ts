import type { Section } from '../binary-file';
import type { Target } from '../targets/target';
import type { Task, TreeEnsemble } from '../trees/ensemble';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';

/** Parameters of a model under scikit-learn's names, with scikit-learn's meaning: `max_features: null` (None) is all features. */
export type ModelParameters = Readonly<Record<string, number | string | boolean | null>>;

/** Rows of a matrix. */
export interface ModelRows {
  /** Features, a row a bar. */
  readonly matrix: FeatureMatrix;
}

/** What a model is fitted on. */
export interface FitRows extends ModelRows {
  /** The rows that may be learnt from. Other rows of the matrix are later ones, or have no features yet. */
  readonly range: RowRange;
  /** The label of every row of the matrix, of a classification 0 or 1; NaN where there is none. To a model of your own a trainer gives a copy without those that it must not learn from. */
  readonly label: Float64Array;
  /** Weight of every row of the matrix, whole numbers; 0: the row is not learnt from. Absent: every row of the range counts once. */
  readonly weights?: Uint16Array | undefined;
}

/** What a fit may use, tell and listen to. */
export interface FitContext {
  /** Seed of all randomness: the same seed and rows must give the same bytes. */
  readonly seed: number;
  /** Aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Tells how far it is.
   *
   * @param done - steps done
   * @param total - steps in all: trees, for example
   */
  readonly onStep: (done: number, total: number) => void;
}

/** A model that has learnt, as it is stored: plain facts and arrays, nothing that has to be parsed. */
export interface SavedModel {
  /** Small facts: plain JSON values. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Numbers by name. */
  readonly arrays: Readonly<Record<string, Section>>;
}

/** What was stored of a model: to be checked before it is believed. */
export interface StoredModel {
  /** The facts, as they were read. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Returns a copy of the array of a name; undefined if there is none. */
  readonly array: (name: string) => Section | undefined;
  /** Features of a row. */
  readonly features: number;
}

/** What a linear model has learnt: it forecasts the intercept and, for each feature that is not missing, (value - mean) * slope. */
export interface LinearParts {
  /** Its forecast where every feature is at its mean, or missing. */
  readonly intercept: number;
  /** Mean of each feature over the rows that it has learnt from. */
  readonly mean: Float64Array;
  /** By how much one more of each feature raises the forecast. */
  readonly slope: Float64Array;
}

/** A model that has learnt. */
export interface FittedModel {
  /**
   * Forecasts rows.
   *
   * @param rows - features, by the columns that it was fitted on
   * @param range - which rows
   * @param out - as many forecasts: the number, or of a classification the probability of class 1
   * @param signal - aborts
   */
  predict(rows: ModelRows, range: RowRange, out: Float64Array, signal?: AbortSignal): void | Promise<void>;
  /**
   * Forecasts one row, at once.
   *
   * @param row - one value a feature; NaN is missing
   * @returns the number, or the probability of class 1
   */
  predictRow(row: Float32Array): number;
  /** @returns what {@link Model.load} understands; the same model, the same facts and numbers */
  save(): SavedModel;
  /** How much each feature counts, one share a feature, 0 or more, summing to 1; absent where the model cannot tell. */
  readonly importance?: Float64Array | undefined;
  /** The trees, if it is made of trees. */
  readonly ensemble?: TreeEnsemble | undefined;
  /** Its parts, if it is linear: what `explain` needs to know of it. */
  readonly linear?: LinearParts | undefined;
}

/** How much work and memory a fit takes; see {@link Model.estimate}. */
export interface FitEstimate {
  /** Steps of the innermost loop: rows x features x trees x levels, of tree models. */
  readonly work: number;
  /** Bytes that it needs beside the matrix. */
  readonly bytes: number;
}

/**
 * A kind of model with its parameters, before it has learnt: a value that is passed to {@link trainSymbol} or {@link MLModelTrainer} under a name of the
 * caller's choice. Made by {@link randomForestRegressor} and the like, or one of your own.
 */
export interface Model {
  /** scikit-learn's name where it has one: 'RandomForestRegressor'. Another kind of your own: another name. */
  readonly type: string;
  /** What it forecasts: a number, or the probability of class 1. */
  readonly task: Task;
  /** All parameters, defaults included. */
  readonly parameters: ModelParameters;
  /** What it forecasts, if not what the run forecasts. */
  readonly target?: Target | undefined;
  /** What its steps are called in progress. Default 'step'. */
  readonly step?: string | undefined;
  /**
   * Most rows that it learns from, a row of weight 3 counting as three. A training on more of them is refused before anything is fitted (`WORK_TOO_LARGE`). Whole, 1 or more. Default: any number.
   */
  readonly maxRows?: number | undefined;
  /**
   * Learns. Called on the thread that trains, which it need not keep: it may return a promise, and work in a thread of its own.
   *
   * @param rows - features and labels
   * @param context - seed, abort, progress
   * @returns the model that has learnt
   */
  fit(rows: FitRows, context: FitContext): FittedModel | Promise<FittedModel>;
  /**
   * @param stored - what {@link FittedModel.save} returned, read again
   * @returns a model that forecasts the same
   */
  load(stored: StoredModel): FittedModel;
  /**
   * What a fit will take, for limits and an even progress bar. Absent: nobody knows.
   *
   * @param rows - rows to be learnt from
   * @param features - features of a row
   * @returns work and memory
   */
  estimate?(rows: number, features: number): FitEstimate;
}

/** Models by the names under which they are trained, stored and told of. */
export type ModelSet = Readonly<Record<string, Model>>;
