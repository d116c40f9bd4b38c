import { invalidOption } from '../options/checks';
import { checkArgument, readSafely } from '../options/description';
import { didYouMean } from '../options/did-you-mean';
import { matrix as matrixOfFeatures } from '../options/model-tables';
import { printedAs } from '../printed';
import type { TargetFacts } from '../targets/target';
import { described, quoted } from '../text';
import type { Task, TreeEnsemble } from '../trees/ensemble';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import { Turns } from '../waiting';
import type { FittedModel, ModelParameters } from './model';
import { assertForecasts, forecastOf, guarded } from './own-model';
import { modelTable } from './printed-models';

/** What is known of a model that has learnt, beside what it has learnt. */
export interface TrainedFacts {
  /** The name that the caller gave it: 'regression_rf'. */
  readonly key: string;
  /** What kind it is, scikit-learn's name where it has one: 'RandomForestRegressor'. */
  readonly type: string;
  /** What it forecasts: a number, or the probability of class 1. */
  readonly task: Task;
  /** Parameters under scikit-learn's names, with scikit-learn's meaning: `max_features: null` (None) is all features. */
  readonly parameters: ModelParameters;
  /** What it forecasts, exactly. */
  readonly target: TargetFacts;
  /** The features that a row must hold, in order. */
  readonly featureNames: readonly string[];
  /** Identifies how the features were made. */
  readonly featureSet: string;
}

/** A model that can forecast. */
export class TrainedModel implements TrainedFacts {
  readonly key: string;
  readonly type: string;
  readonly task: Task;
  readonly parameters: ModelParameters;
  readonly target: TargetFacts;
  readonly featureNames: readonly string[];
  readonly featureSet: string;
  /** What has learnt. */
  readonly fitted: FittedModel;

  /**
   * Made by {@link MLModelTrainer} and {@link loadModel}.
   *
   * @param facts - what is known of it
   * @param fitted - what has learnt
   */
  constructor({ key, type, task, parameters, target, featureNames, featureSet }: TrainedFacts, fitted: FittedModel) {
    this.key = key;
    this.type = type;
    this.task = task;
    this.parameters = parameters;
    this.target = target;
    this.featureNames = featureNames;
    this.featureSet = featureSet;
    this.fitted = fitted;
  }

  /** The trees; undefined of a model that is not made of trees. */
  get ensemble(): TreeEnsemble | undefined {
    return this.fitted.ensemble;
  }

  /**
   * Forecasts many rows. Columns are found by their names, so a matrix may have others beside them.
   *
   * @param features - a {@link Dataset}, or a matrix: a row a bar
   * @param given - which rows, none for instance (`from` is `to`). Default: all
   * @returns as many forecasts: returns (0.001 is 0.1 %) or whatever the target is; of a classification the probability of class 1
   * @throws TickerforestError `INVALID_OPTION` if a feature is missing, for rows outside of the matrix, or what is no matrix; `MODEL_FAILED` if a model of your own
   *   throws, or forecasts no numbers
   */
  async predict(features: FeatureMatrix | { readonly matrix: FeatureMatrix }, given?: RowRange): Promise<Float64Array> {
    const { matrix, range } = rowsFor(this, features, given, 'predict');
    const out = new Float64Array(range.to - range.from);
    await forecastRows(this, matrix, range, out);
    return out;
  }

  /**
   * Forecasts one row.
   *
   * @param row - one value a feature, in the order of `featureNames`; NaN is missing
   * @returns the number, or of a classification the probability of class 1
   * @throws TickerforestError `INVALID_OPTION` for a row of another length, or what is no row; `MODEL_FAILED` as {@link TrainedModel.predict}
   */
  predictRow(row: Float32Array): number {
    if (!(ArrayBuffer.isView(row) && row instanceof Float32Array)) throw invalidOption(`row must be a Float32Array, not ${described(row)}`);
    if (row.length !== this.featureNames.length) {
      throw invalidOption(`row has ${row.length} values; the model was trained on ${this.featureNames.length} features`);
    }
    return forecastOf(this.key, this.task, this.fitted, row);
  }
}

printedAs(TrainedModel.prototype, modelTable);

/**
 * What a model is asked about, checked: the columns that it was trained on, found by their names.
 *
 * @param model - the model
 * @param features - a dataset or a matrix
 * @param given - which rows; default: all
 * @param call - the function that the caller has called
 * @returns a matrix of the model's features, nothing copied, and the rows
 * @throws TickerforestError `INVALID_OPTION` if a feature is missing, for rows outside of the matrix, or what is no matrix
 */
export function rowsFor(
  model: TrainedFacts,
  features: FeatureMatrix | { readonly matrix: FeatureMatrix },
  given: RowRange | undefined,
  call: string,
): { readonly matrix: FeatureMatrix; readonly range: RowRange } {
  if (typeof features !== 'object' || features === null) {
    throw invalidOption(`${call} takes a Dataset or a FeatureMatrix, not ${described(features)}; predictRow takes a row`);
  }
  const own: unknown = readSafely(call, () => ('matrix' in features ? features.matrix : features));
  const matrix = checkArgument(own, matrixOfFeatures, 'matrix', call);
  const { from, to } = given ?? { from: 0, to: matrix.rows };
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= matrix.rows)) {
    throw invalidOption(`rows are ${from} to ${to} of a matrix of ${matrix.rows} rows; give { from, to } within them`);
  }
  return { matrix: { rows: matrix.rows, names: model.featureNames, columns: columnsOf(matrix, model) }, range: { from, to } };
}

/**
 * @param model - the model
 * @param matrix - its features, as {@link rowsFor} returns them
 * @param range - which rows
 * @param out - as many forecasts
 * @param signal - aborts
 * @throws TickerforestError `MODEL_FAILED` if a model of a user's own throws, or forecasts no numbers; `ABORTED`
 */
export async function forecastRows(
  { key, task, fitted }: TrainedModel,
  matrix: FeatureMatrix,
  range: RowRange,
  out: Float64Array,
  signal?: AbortSignal,
): Promise<void> {
  if (out.length === 0) return;
  out.fill(Number.NaN);
  await guarded(key, 'predict', () => fitted.predict({ matrix }, range, out, signal));
  await assertForecasts(key, task, out, range.from, new Turns(signal, 'forecasting'));
}

function columnsOf({ names, columns }: FeatureMatrix, { key, featureNames }: TrainedFacts): Float32Array[] {
  const places = new Map(names.map((name, at) => [name, at]));
  return featureNames.map((name) => {
    const at = places.get(name);
    if (at === undefined) {
      throw invalidOption(
        `model ${quoted(key)} needs feature ${quoted(name)}, which the matrix does not have${didYouMean(name, [...names])}`,
      );
    }
    return columns[at];
  });
}

/**
 * Forecasts one row.
 *
 * @param model - a trained model
 * @param row - one value a feature, in the order of `featureNames`; NaN is missing
 * @returns the forecast: the next bar's return (0.001 is 0.1 %), or whatever its target is; of a classification the probability of class 1
 * @throws TickerforestError `INVALID_OPTION` for a row of another length, or what is no model or row
 * @example
 * ```ts
 * const row = engineer.latestRow; // of a FeatureEngineer with the features that the model was trained on
 * console.log(predict(loadModel(file), row)); // 0.0012
 * ```
 */
export function predict(model: TrainedModel, row: Float32Array): number {
  const given: unknown = model;
  if (!readSafely('predict: model', () => given instanceof TrainedModel))
    throw invalidOption(`model must be a TrainedModel, not ${described(given)}`);
  return model.predictRow(row);
}
