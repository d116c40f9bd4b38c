import { TickerforestError } from '../errors';
import { checkOptions } from '../options/description';
import { builtInModel } from '../options/model-check';
import { RIDGE } from '../options/model-tables';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { Turns } from '../waiting';
import type { FitContext, FitRows, Model } from './model';
import { fittedLine, type Line, loadRidge } from './ridge-file';
import type { ModelOptions } from './tree-models';

/** Parameters of {@link ridge}; they mean what scikit-learn means by them. */
export interface RidgeParameters {
  /** How strongly coefficients of standardised features are held near 0, above 0. Default 1. */
  readonly alpha: number;
  /** Whether there is an intercept: the mean of the labels, as features are standardised. Default true. */
  readonly fitIntercept: boolean;
}

/** Rows at a time: they and their products stay in the processor's cache. */
const BLOCK = 512;

/** Steps that progress is told in. */
const STEPS = 20;

/**
 * Linear regression with squared coefficients held small, of features that are standardised, missing values being the mean: scikit-learn's
 * `make_pipeline(SimpleImputer(), StandardScaler(), Ridge(alpha))`. The rival that trees have to beat, and do not where returns follow those before them in
 * proportion. A row of weight 3 is three equal rows.
 *
 * @param options - parameters, and a target of its own
 * @returns the model
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { ...standardModels(), linear: ridge({ alpha: 100 }) };
 * ```
 */
export function ridge(options: ModelOptions<RidgeParameters> = {}): Model {
  const { alpha = RIDGE.alpha.default, fitIntercept = RIDGE.fitIntercept.default, target } = checkOptions(options, RIDGE, 'ridge');
  return builtInModel({
    type: 'Ridge',
    task: 'regression',
    parameters: { alpha, fit_intercept: fitIntercept },
    target,
    step: 'part',
    fit: async (rows, context) => fittedLine(await fitLine(rows, context, alpha, fitIntercept)),
    load: loadRidge,
    // a product of two columns is about a nanosecond a row
    estimate: (rows, features) => ({
      work: Math.round(rows * features * (features / 2 + 10)),
      bytes: 8 * features * (3 * features + BLOCK) + 16 * features,
    }),
  });
}

/** Normal equations, added up block by block in the order of the rows: the same rows give the same bytes. */
async function fitLine(
  { matrix, range: { from, to }, label, weights }: FitRows,
  { signal, onStep }: FitContext,
  alpha: number,
  hasIntercept: boolean,
): Promise<Line> {
  const turns = new Turns(signal, 'training');
  const features = matrix.columns.length;
  const weightOf = (row: number) => (weights === undefined ? 1 : weights[row]);
  let total = 0;
  let labels = 0;
  for (let row = from; row < to; row++) {
    const weight = weightOf(row);
    if (weight === 0) continue;
    total += weight;
    labels += weight * label[row];
  }
  const intercept = hasIntercept ? labels / total : 0;
  const { mean, scale } = await standardise(matrix, { from, to }, weightOf, total, turns);

  const gram = new Float64Array(features * features);
  const right = new Float64Array(features);
  const block = new Float64Array(features * BLOCK);
  const weighted = new Float64Array(BLOCK);
  for (let first = from; first < to; first += BLOCK) {
    const count = Math.min(BLOCK, to - first);
    fillBlock(matrix, first, count, mean, scale, block);
    for (let i = 0; i < features; i++) {
      let product = 0;
      for (let k = 0; k < count; k++) {
        const weight = weightOf(first + k);
        weighted[k] = weight * block[i * BLOCK + k];
        if (weight > 0) product += weighted[k] * (label[first + k] - intercept);
      }
      right[i] += product;
      for (let j = 0; j <= i; j++) gram[i * features + j] += dot(weighted, block, j * BLOCK, count);
    }
    if (!turns.isOver) continue;
    onStep(Math.floor(((first - from) / (to - from)) * (STEPS - 1)), STEPS);
    await turns.giveWay();
  }
  for (let j = 0; j < features; j++) gram[j * features + j] += alpha;
  const coefficient = await solve(gram, right, alpha);
  onStep(STEPS, STEPS);
  return { intercept, mean, scale, coefficient };
}

function dot(one: Float64Array, others: Float64Array, at: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += one[k] * others[at + k];
  return sum;
}

/** Standardised values, feature by feature; 0, the mean, for missing ones. */
function fillBlock(
  { columns }: FeatureMatrix,
  first: number,
  count: number,
  mean: Float64Array,
  scale: Float64Array,
  block: Float64Array,
): void {
  for (const [j, column] of columns.entries()) {
    for (let k = 0; k < count; k++) {
      const value = column[first + k];
      block[j * BLOCK + k] = Number.isFinite(value) ? (value - mean[j]) / scale[j] : 0;
    }
  }
}

/** Mean of the values that are there, and deviation with the others at the mean; a feature that never moves is divided by 1. */
async function standardise(
  { columns }: FeatureMatrix,
  { from, to }: { readonly from: number; readonly to: number },
  weightOf: (row: number) => number,
  total: number,
  turns: Turns,
): Promise<Pick<Line, 'mean' | 'scale'>> {
  const mean = new Float64Array(columns.length);
  const scale = new Float64Array(columns.length).fill(1);
  for (const [j, column] of columns.entries()) {
    let sum = 0;
    let present = 0;
    let squares = 0;
    const eachPresent = (add: (value: number, weight: number) => void) =>
      turns.forRuns(to - from, (first, end) => {
        for (let row = from + first; row < from + end; row++) {
          const weight = weightOf(row);
          if (weight > 0 && Number.isFinite(column[row])) add(column[row], weight);
        }
      });
    await eachPresent((value, weight) => {
      sum += weight * value;
      present += weight;
    });
    if (present === 0) continue;
    const centre = sum / present;
    await eachPresent((value, weight) => {
      squares += weight * (value - centre) ** 2;
    });
    mean[j] = centre;
    const deviation = Math.sqrt(squares / total);
    // below that it is what the sum has rounded
    if (deviation > 1e-12 * Math.abs(centre) && deviation > 1e-45) scale[j] = deviation;
  }
  return { mean, scale };
}

/** By Cholesky's decomposition of ml-matrix, which is loaded only here: who trains no ridge does without it. `gram` has its lower half only. */
async function solve(gram: Float64Array, right: Float64Array, alpha: number): Promise<Float64Array> {
  const { CholeskyDecomposition, Matrix } = await import('ml-matrix');
  const n = right.length;
  const matrix = new Matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      matrix.set(i, j, gram[i * n + j]);
      matrix.set(j, i, gram[i * n + j]);
    }
  }
  const decomposition = new CholeskyDecomposition(matrix);
  if (!decomposition.isPositiveDefinite()) {
    throw new TickerforestError('INVALID_OPTION', `ridge: some features are the same but for rounding; raise alpha, which is ${alpha}`);
  }
  return Float64Array.from(decomposition.solve(Matrix.columnVector(right)).getColumn(0));
}
