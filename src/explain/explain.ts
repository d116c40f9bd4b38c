import { throwIfAborted } from '../errors';
import { sigmoid } from '../exponential';
import type { LinearParts } from '../models/model';
import { modelFailed } from '../models/own-model';
import { forecastRows, rowsFor, TrainedModel } from '../models/trained-model';
import { invalidOption } from '../options/checks';
import { checkColumns } from '../options/columns';
import { checkOptions, readSafely } from '../options/description';
import { EXPLAIN } from '../options/explain-table';
import { described, quoted } from '../text';
import type { TreeEnsemble } from '../trees/ensemble';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import { Turns } from '../waiting';
import { type ExplainProgress, ProgressTeller } from './progress';
import { printedExplanation } from './sheets';
import { type CoveredTrees, TreeExplainer } from './tree-shap';

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** Which rows of the matrix. Default: all. */
  readonly rows?: RowRange | undefined;
  /** The trees of a model that was loaded, with their covers: `loadModelCovers` of `tickerforest/research`. Default: the model's own, which have covers if it was trained in this process. */
  readonly trees?: TreeEnsemble | undefined;
  /** Called about ten times a second, and when all is done. What it throws, and what a promise of it rejects with, is ignored. */
  readonly onProgress?: ((progress: ExplainProgress) => void) | undefined;
  /** Aborts; heard within some milliseconds. */
  readonly signal?: AbortSignal | undefined;
}

/** What each feature adds to each forecast: `base` and the contributions of a row sum to the forecast, in its unit. */
export interface Explanation {
  /** The features, in the order of the contributions. */
  readonly features: readonly string[];
  /**
   * What is divided among the features. 'forecast': the forecast itself, a number or the probability of class 1. 'log_odds', of boosting that forecasts a class: the log odds of that probability,
   * which its trees add up; the probability is 1 / (1 + exp(-sum)).
   */
  readonly unit: 'forecast' | 'log_odds';
  /** What is forecast if no feature is known: of trees the mean over the rows that each has learnt from, of a linear model the forecast where all features are at their means. */
  readonly base: number;
  /** One array a row, in it one number a feature: by how much it moves the forecast away from the base. */
  readonly contributions: readonly Float64Array[];
  /** One forecast a row, as {@link TrainedModel.predict} gives it. */
  readonly forecasts: Float64Array;
}

/** Rows that are explained at a time, tree by tree. */
const BLOCK = 4_096;
/** Most contributions of one call: 4 GiB. */
const MOST = 2 ** 29;
/** How far parts and forecast may be apart, measured by the parts: rounding is far less. */
const TOLERANCE = 1e-9;

/**
 * Tells by how much each feature moved each forecast: exact Shapley values.
 *
 * Trees (forests, extremely randomised trees, boosting): path dependent TreeSHAP, the same numbers as `shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")` of Python. A feature that is not known goes
 * both ways at a split, as often as the training rows did. Linear models: (value - mean) * slope.
 *
 * @param model - a trained model
 * @param features - a dataset, a matrix, or one row as {@link TrainedModel.predictRow} takes it
 * @param given - which rows, trees with covers, progress, abort
 * @returns contributions, base and forecasts
 * @throws TickerforestError `INVALID_OPTION` for a model that is not made of trees and not linear, trees without covers or of another model, a missing feature, rows outside of the matrix; `MODEL_FAILED` for a
 *   model of your own whose parts are not what it forecasts; `ABORTED`
 * @example
 * ```ts
 * const { models } = await new MLModelTrainer({ models: { forest: randomForestRegressor() } }).train(dataset);
 * const { features, base, contributions } = await explain(models.forest, dataset, { rows: { from: 1490, to: 1500 } });
 * ```
 */
export async function explain(
  model: TrainedModel,
  features: FeatureMatrix | { readonly matrix: FeatureMatrix } | Float32Array,
  given: ExplainOptions = {},
): Promise<Explanation> {
  const one: unknown = model;
  if (!readSafely('explain: model', () => one instanceof TrainedModel))
    throw invalidOption(`model must be a TrainedModel, not ${described(one)}`);
  const { rows, trees, onProgress, signal } = checkOptions(given, EXPLAIN, 'explain');
  const { matrix, range } = rowsFor(model, isRow(features) ? matrixOf(features, model) : features, rows, 'explain');
  const count = range.to - range.from;
  if (count * matrix.columns.length > MOST) {
    const most = Math.floor(MOST / matrix.columns.length);
    throw invalidOption(
      `rows are ${count}, with ${matrix.columns.length} features more than 4 GiB of contributions; explain at most ${most} rows at a time`,
    );
  }
  throwIfAborted(signal, DURING);
  const teller = new ProgressTeller(onProgress);
  const contributions = Array.from({ length: count }, () => new Float64Array(matrix.columns.length));
  const own = partsOf(model, trees);
  const base =
    'left' in own
      ? await explainTrees(own, matrix, range, contributions, teller, signal)
      : await explainLine(own, matrix, range, contributions, signal);
  const forecasts = new Float64Array(count);
  await forecastRows(model, matrix, range, forecasts, signal);
  const unit = 'left' in own && own.link === 'logit' ? 'log_odds' : 'forecast';
  const explanation: Explanation = { features: model.featureNames, unit, base, contributions, forecasts };
  await assertSums(model, explanation, range, signal);
  teller.tell(1);
  return printedExplanation(explanation);
}

const DURING = 'explaining forecasts';

function isRow(features: FeatureMatrix | { readonly matrix: FeatureMatrix } | Float32Array): features is Float32Array {
  return ArrayBuffer.isView(features) && features instanceof Float32Array;
}

function matrixOf(row: Float32Array, { featureNames }: TrainedModel): FeatureMatrix {
  if (row.length !== featureNames.length)
    throw invalidOption(`row has ${row.length} values; the model was trained on ${featureNames.length} features`);
  return { rows: 1, names: featureNames, columns: Array.from(row, (value) => Float32Array.of(value)) };
}

/** What of a model can be explained. */
function partsOf({ key, type, fitted, featureNames }: TrainedModel, given: TreeEnsemble | undefined): CoveredTrees | LinearParts {
  const { ensemble, linear } = fitted;
  if (ensemble === undefined) {
    if (linear === undefined)
      throw invalidOption(
        `${quoted(key)} is a ${quoted(type)}, which is not made of trees and says nothing of linear parts: nobody knows how it comes to its forecasts`,
      );
    if (given !== undefined) throw invalidOption(`trees were given for ${quoted(key)}, which is linear; leave them out`);
    checkColumns({ [`${key}: linear.mean`]: linear.mean, [`${key}: linear.slope`]: linear.slope }, featureNames.length);
    return linear;
  }
  const trees = given ?? ensemble;
  if (given !== undefined && !isSame(given, ensemble)) throw invalidOption(`trees are not those of ${quoted(key)}; give its own`);
  if (!isCovered(trees)) {
    throw invalidOption(
      `${quoted(key)} was loaded without covers, which say how many training rows each node has seen; give trees: loadModelCovers(checkpoint.models.covers, models)[${quoted(key)}], or train again if the checkpoint has no covers`,
    );
  }
  assertCovers(key, trees);
  return trees;
}

function isCovered(trees: TreeEnsemble): trees is CoveredTrees {
  return trees.cover !== null;
}

function isSame(one: TreeEnsemble, other: TreeEnsemble): boolean {
  return (['treeOffsets', 'left', 'feature', 'threshold', 'missingLeft', 'value'] as const).every((name) => {
    const [a, b] = [one[name], other[name]];
    if (a === b) return true;
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
  });
}

function assertCovers(key: string, { left, cover, features }: CoveredTrees): void {
  if (cover.length !== left.length) throw invalidOption(`the trees of ${quoted(key)} have ${left.length} nodes and ${cover.length} covers`);
  for (let node = 0; node < left.length; node++) {
    const child = left[node];
    if (cover[node] > 0 && (child === 0 || cover[node] === cover[child] + cover[child + 1])) continue;
    throw invalidOption(
      `node ${node} of ${quoted(key)} (${features} features) weighs ${cover[node]}, which is not what its children weigh together`,
    );
  }
}

async function explainTrees(
  trees: CoveredTrees,
  { columns }: FeatureMatrix,
  { from, to }: RowRange,
  contributions: readonly Float64Array[],
  teller: ProgressTeller,
  signal: AbortSignal | undefined,
): Promise<number> {
  const turns = new Turns(signal, DURING);
  const features = columns.length;
  const values = new Float32Array(Math.min(BLOCK, to - from) * features);
  const treeCount = trees.treeOffsets.length - 1;
  let base = 0;
  // no rows have a base as well
  for (let first = from; first === from || first < to; first += BLOCK) {
    const count = Math.min(BLOCK, to - first);
    for (const [feature, column] of columns.entries())
      for (let row = 0; row < count; row++) values[row * features + feature] = column[first + row];
    base = 0;
    for (let tree = 0; tree < treeCount; tree++) {
      const explainer = new TreeExplainer(trees, tree);
      base += explainer.base;
      for (let row = 0; row < count; row++) {
        explainer.addRow(values, row * features, contributions[first - from + row]);
        if (!turns.isOver) continue;
        teller.tell(((first - from) * treeCount + tree * count + row) / ((to - from) * treeCount));
        await turns.giveWay();
      }
    }
  }
  await turns.forRuns(contributions.length, (first, end) => {
    for (let row = first; row < end; row++) for (let i = 0; i < features; i++) contributions[row][i] /= trees.divisor;
  });
  return trees.base + base / trees.divisor;
}

async function explainLine(
  { intercept, mean, slope }: LinearParts,
  { columns }: FeatureMatrix,
  { from, to }: RowRange,
  contributions: readonly Float64Array[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const turns = new Turns(signal, DURING);
  await turns.forRuns(to - from, (first, end) => {
    for (const [feature, column] of columns.entries()) {
      for (let row = first; row < end; row++) {
        const value = column[from + row];
        if (Number.isFinite(value)) contributions[row][feature] = (value - mean[feature]) * slope[feature];
      }
    }
  });
  return intercept;
}

/** A model may be the caller's, and its parts anything. */
async function assertSums(
  { key }: TrainedModel,
  { unit, base, contributions, forecasts }: Explanation,
  { from }: RowRange,
  signal: AbortSignal | undefined,
): Promise<void> {
  await new Turns(signal, DURING).forRuns(contributions.length, (first, end) => {
    for (let row = first; row < end; row++) {
      let sum = base;
      let size = Math.max(1, Math.abs(base));
      for (const part of contributions[row]) {
        sum += part;
        size += Math.abs(part);
      }
      const own = unit === 'log_odds' ? sigmoid(sum) : sum;
      if (Math.abs(own - forecasts[row]) <= TOLERANCE * size) continue;
      throw modelFailed(
        key,
        `cannot be explained: its parts sum to ${own} for row ${from + row}, where it forecasts ${described(forecasts[row])}`,
      );
    }
  });
}
