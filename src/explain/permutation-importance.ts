import { throwIfAborted } from '../errors';
import { areaUnderCurveInTurns, classificationScores, logLoss, regressionScores } from '../models/metrics';
import { forecastRows, rowsFor, TrainedModel } from '../models/trained-model';
import { invalidOption } from '../options/checks';
import { checkColumns } from '../options/columns';
import { checkArgument, checkOptions, readSafely } from '../options/description';
import { PERMUTATION, rowRange } from '../options/explain-table';
import type { Labels } from '../targets/target';
import { described, quoted } from '../text';
import type { Task } from '../trees/ensemble';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import { Turns } from '../waiting';
import { type ExplainProgress, ProgressTeller } from './progress';
import { RandomNumbers } from './random-numbers';
import { printedImportance } from './sheets';

/** How good forecasts are, under scikit-learn's names; of each, more is better. */
export type Scoring = 'r2' | 'neg_mean_squared_error' | 'accuracy' | 'roc_auc' | 'neg_log_loss';

/** Options of {@link permutationImportance}. */
export interface PermutationOptions {
  /** What is lost by shuffling. Default 'r2' of a number, 'accuracy' of a class, as scikit-learn's `score`. */
  readonly scoring?: Scoring | undefined;
  /** How often each feature is shuffled, 1 to 1,000. Default 5. */
  readonly repeats?: number | undefined;
  /** Seed of the shuffling, a whole number from 0 to 2^32 - 1. Default 1. The same seed and rows give the same numbers. */
  readonly seed?: number | undefined;
  /** Called after each feature, not more often than ten times a second. What it throws, and what a promise of it rejects with, is ignored. */
  readonly onProgress?: ((progress: ExplainProgress) => void) | undefined;
  /** Aborts; heard within some milliseconds. */
  readonly signal?: AbortSignal | undefined;
}

/** What a model's score loses if a feature's values are shuffled among the rows; scikit-learn's `permutation_importance` has the same figures. */
export interface PermutationImportance {
  /** The features, in the order of the figures. */
  readonly features: readonly string[];
  /** What is lost. */
  readonly scoring: Scoring;
  /** Score of the forecasts as they are. */
  readonly score: number;
  /** Mean loss of score over the repeats, one a feature; about 0, or less, for a feature that does not help. */
  readonly importancesMean: Float64Array;
  /** Standard deviation of the loss over the repeats (of the population, as NumPy's `std`), one a feature. */
  readonly importancesStd: Float64Array;
  /** One array a feature: the loss in each repeat. */
  readonly importances: readonly Float64Array[];
}

const SCORES: Readonly<
  Record<Scoring, { readonly task: Task; score(actual: Float64Array, forecast: Float64Array, turns: Turns): number | Promise<number> }>
> = {
  r2: { task: 'regression', score: (actual, forecast) => regressionScores(actual, forecast).r2 },
  neg_mean_squared_error: { task: 'regression', score: (actual, forecast) => -regressionScores(actual, forecast).mse },
  accuracy: { task: 'classification', score: (actual, forecast) => classificationScores(actual, forecast).accuracy },
  roc_auc: { task: 'classification', score: areaUnderCurveInTurns },
  neg_log_loss: { task: 'classification', score: (actual, forecast) => -logLoss(actual, forecast) },
};

const DURING = 'shuffling features';

/**
 * Permutation importance (L. Breiman, "Random forests", 2001): by how much forecasts get worse if the values of one feature are shuffled among the rows. Out of sample it says what a feature is worth on rows that the model has
 * not learnt from, which gain importance (`model.fitted.importance`) does not. Two features that say the same share their worth: each alone seems worth little.
 *
 * It is as good as the rows: of those that the model was trained on it tells how much the model relies on a feature, not what the feature is worth.
 *
 * @param model - a trained model
 * @param dataset - features and labels of what the model forecasts: a dataset of `prepareDataset` with the model's target
 * @param rows - held-out rows, which the model has not learnt from; those without a label are left out
 * @param given - score, repeats, seed, progress, abort
 * @returns the figures
 * @throws TickerforestError `INVALID_OPTION` naming what is wrong: a missing feature, rows outside of the matrix or without labels, a score of the other kind of model; `MODEL_FAILED` for a model of your own; `ABORTED`
 * @example
 * ```ts
 * const { features, importancesMean } = await permutationImportance(models.forest, dataset, { from: 1_200, to: 1_500 }, { repeats: 10 });
 * ```
 */
export async function permutationImportance(
  model: TrainedModel,
  dataset: { readonly matrix: FeatureMatrix; readonly labels: Labels },
  rows: RowRange,
  given: PermutationOptions = {},
): Promise<PermutationImportance> {
  const one: unknown = model;
  if (!readSafely(`${CALL}: model`, () => one instanceof TrainedModel))
    throw invalidOption(`model must be a TrainedModel, not ${described(one)}`);
  const {
    repeats = PERMUTATION.repeats.default,
    seed = PERMUTATION.seed.default,
    onProgress,
    signal,
    ...options
  } = checkOptions(given, PERMUTATION, CALL);
  const { scoring = model.task === 'regression' ? 'r2' : 'accuracy' } = options;
  const { task, score } = SCORES[scoring];
  if (task !== model.task) {
    const own = Object.entries(SCORES).filter(([, other]) => other.task === model.task);
    throw invalidOption(
      `scoring is ${quoted(scoring)}, and ${quoted(model.key)} forecasts a ${model.task}; give ${own.map(([name]) => quoted(name)).join(' or ')}`,
    );
  }
  const { matrix, range } = rowsFor(model, dataset, checkArgument(rows, rowRange, 'rows', CALL), CALL);
  const labels = labelsOf(dataset, matrix.rows);
  const kept = labelledRows(labels, range);
  const actual = Float64Array.from(kept, (row) => labels[row]);
  if (task === 'classification' && !actual.every((label) => label === 0 || label === 1))
    throw invalidOption(`${quoted(model.key)} forecasts a class, and the labels are no classes; give a dataset with its target`);
  throwIfAborted(signal, DURING);

  const turns = new Turns(signal, DURING);
  const teller = new ProgressTeller(onProgress);
  const columns: Float32Array[] = matrix.columns.map((column) => Float32Array.from(kept, (row) => column[row]));
  const forecast = new Float64Array(kept.length);
  const scoreNow = async () => {
    await forecastRows(model, { rows: kept.length, names: matrix.names, columns }, { from: 0, to: kept.length }, forecast, signal);
    if (turns.isOver) await turns.giveWay();
    return score(actual, forecast, turns);
  };
  const whole = await scoreNow();
  const asked = askedFeatures(model);
  const importances = columns.map(() => new Float64Array(repeats));
  for (const [feature, column] of columns.entries()) {
    // forecasts cannot change by what nobody asks
    if (asked?.has(feature) === false) continue;
    // a stream of its own, so that a feature's figure does not depend on which others there are before it
    const random = new RandomNumbers(seed, feature);
    const shuffled = column.slice();
    columns[feature] = shuffled;
    for (let repeat = 0; repeat < repeats; repeat++) {
      random.shuffle(shuffled);
      importances[feature][repeat] = whole - (await scoreNow());
    }
    columns[feature] = column;
    teller.tell((feature + 1) / columns.length);
  }
  teller.tell(1);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return printedImportance({
    features: model.featureNames,
    scoring,
    score: whole,
    importancesMean: Float64Array.from(importances, mean),
    importancesStd: Float64Array.from(importances, (losses) => Math.sqrt(mean(losses.map((loss) => (loss - mean(losses)) ** 2)))),
    importances,
  });
}

const CALL = 'permutationImportance';

function labelsOf({ labels }: { readonly labels: Labels }, rows: number): Float64Array {
  const given: unknown = labels;
  if (typeof given !== 'object' || given === null)
    throw invalidOption(`${CALL} takes a Dataset with labels, not labels that are ${described(given)}`);
  checkColumns({ 'labels.value': labels.value }, rows);
  return labels.value;
}

function labelledRows(labels: Float64Array, { from, to }: RowRange): Uint32Array {
  const kept: number[] = [];
  for (let row = from; row < to; row++) if (!Number.isNaN(labels[row])) kept.push(row);
  if (kept.length < 2) throw invalidOption(`rows ${from} to ${to} have ${kept.length} labels; give at least 2 rows with a label`);
  return Uint32Array.from(kept);
}

/** The features that any tree asks; undefined: the model is not made of trees. */
function askedFeatures({ ensemble }: TrainedModel): ReadonlySet<number> | undefined {
  if (ensemble === undefined) return undefined;
  const { left, feature } = ensemble;
  const asked = new Set<number>();
  for (let node = 0; node < left.length; node++) if (left[node] !== 0) asked.add(feature[node]);
  return asked;
}
