import { checkColumns } from '../options/columns';
import type { Turns } from '../waiting';
import { sortedInTurns } from './sorting';

/** Errors of a regression. */
export interface RegressionScores {
  /** Mean squared error, in squared returns. */
  readonly mse: number;
  /** Root of the mean squared error, in returns. */
  readonly rmse: number;
  /** Coefficient of determination against the mean of the same rows; at most 1, negative if worse than that mean, 0 if they are all equal. */
  readonly r2: number;
}

/** Quality of a direction forecast; "positive" is up. */
export interface ClassificationScores {
  /** Share of rows forecast right. */
  readonly accuracy: number;
  /** Of the rows forecast up, the share that rose; 0 if none was. */
  readonly precision: number;
  /** Of the rows that rose, the share forecast up; 0 if none did. */
  readonly recall: number;
  /** Harmonic mean of precision and recall; 0 if both are. */
  readonly f1: number;
}

/**
 * Scores forecast returns.
 *
 * @param actual - returns that came
 * @param predicted - returns that were forecast, as long
 * @returns their errors
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function regressionScores(actual: Float64Array, predicted: Float64Array): RegressionScores {
  checkColumns({ actual, predicted });
  const n = actual.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += actual[i];
  mean /= n;
  let errors = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    const error = actual[i] - predicted[i];
    const deviation = actual[i] - mean;
    errors += error * error;
    spread += deviation * deviation;
  }
  return { mse: errors / n, rmse: Math.sqrt(errors / n), r2: spread > 0 ? 1 - errors / spread : 0 };
}

/**
 * Mean squared value: the error of the baseline that always forecasts a return of zero.
 *
 * @param actual - returns that came
 * @returns mean of their squares
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function zeroForecastMse(actual: Float64Array): number {
  checkColumns({ actual });
  let squares = 0;
  for (let i = 0; i < actual.length; i++) squares += actual[i] * actual[i];
  return squares / actual.length;
}

/**
 * Pearson correlation of forecasts and returns: the information coefficient.
 *
 * @param actual - returns that came
 * @param predicted - forecasts, as many
 * @returns -1 to 1; 0 if either is constant
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function informationCoefficient(actual: Float64Array, predicted: Float64Array): number {
  checkColumns({ actual, predicted });
  const n = actual.length;
  let meanA = 0;
  let meanP = 0;
  for (let i = 0; i < n; i++) {
    meanA += actual[i];
    meanP += predicted[i];
  }
  meanA /= n;
  meanP /= n;
  let ap = 0;
  let aa = 0;
  let pp = 0;
  for (let i = 0; i < n; i++) {
    const a = actual[i] - meanA;
    const p = predicted[i] - meanP;
    ap += a * p;
    aa += a * a;
    pp += p * p;
  }
  return aa > 0 && pp > 0 ? ap / Math.sqrt(aa * pp) : 0;
}

/** Forecast up above this probability, as scikit-learn's `predict` of two classes does. */
const THRESHOLD = 0.5;

/**
 * Scores forecast probabilities of a rise.
 *
 * @param actual - 1 where the price rose, else 0
 * @param probability - forecast probability of a rise, as many
 * @returns quality of the forecasts "up if above one half"
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function classificationScores(actual: Float64Array, probability: Float64Array): ClassificationScores {
  checkColumns({ actual, probability });
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  const n = actual.length;
  for (let i = 0; i < n; i++) {
    const up = probability[i] > THRESHOLD;
    if (up && actual[i] === 1) truePositives++;
    else if (up) falsePositives++;
    else if (actual[i] === 1) falseNegatives++;
  }
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  return {
    accuracy: (n - falsePositives - falseNegatives) / n,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  };
}

/**
 * Area under the receiver operating characteristic: the probability that a rise was given a higher probability than a fall, ties half
 * (Mann and Whitney's statistic over average ranks).
 *
 * @param actual - 1 where the price rose, else 0
 * @param probability - forecast probability of a rise, as many
 * @returns 0 to 1; 0.5 if all rose or none did
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function areaUnderCurve(actual: Float64Array, probability: Float64Array): number {
  checkColumns({ actual, probability });
  return areaOfSorted(probability.slice().sort(), risesOf(actual, probability).sort());
}

/**
 * {@link areaUnderCurve} of many rows, giving way.
 *
 * @param actual - 1 where the price rose, else 0
 * @param probability - forecast probability of a rise, as many
 * @param turns - gives way
 * @returns the same number
 * @throws TickerforestError `ABORTED`
 */
export async function areaUnderCurveInTurns(actual: Float64Array, probability: Float64Array, turns: Turns): Promise<number> {
  const sorted = await sortedInTurns(probability, turns);
  return areaOfSorted(sorted, await sortedInTurns(risesOf(actual, probability), turns));
}

/** Forecasts of the rows that rose. */
function risesOf(actual: Float64Array, probability: Float64Array): Float64Array {
  return probability.filter((_, i) => actual[i] === 1);
}

/** The area, given all forecasts and those of rises, both ascending. */
function areaOfSorted(sorted: Float64Array, ups: Float64Array): number {
  const n = sorted.length;
  if (ups.length === 0 || ups.length === n) return 0.5;
  let ranks = 0;
  let at = 0;
  for (let i = 0; i < ups.length; ) {
    while (sorted[at] < ups[i]) at++;
    let end = at;
    while (end < n && sorted[end] === ups[i]) end++;
    const rank = (at + 1 + end) / 2;
    for (const value = ups[i]; i < ups.length && ups[i] === value; i++) ranks += rank;
    at = end;
  }
  return (ranks - (ups.length * (ups.length + 1)) / 2) / (ups.length * (n - ups.length));
}

/**
 * Mean negative log-likelihood, probabilities kept 1e-6 away from 0 and 1.
 *
 * @param actual - 1 where the price rose, else 0
 * @param probability - forecast probability of a rise, as many
 * @returns 0 or more; ln 2 = 0.693 for a coin
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function logLoss(actual: Float64Array, probability: Float64Array): number {
  checkColumns({ actual, probability });
  let sum = 0;
  for (let i = 0; i < actual.length; i++) {
    const p = Math.min(1 - 1e-6, Math.max(1e-6, probability[i]));
    sum -= Math.log(actual[i] === 1 ? p : 1 - p);
  }
  return sum / actual.length;
}

/**
 * Share of a test set that a constant forecast gets right, if the constant is the more frequent class of the training set.
 *
 * @param train - training labels, 0 or 1
 * @param test - test labels, 0 or 1
 * @returns 0 to 1
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function majorityAccuracy(train: Float64Array, test: Float64Array): number {
  checkColumns({ train });
  checkColumns({ test });
  const share = (labels: Float64Array) => labels.reduce((sum, label) => sum + label, 0) / labels.length;
  return share(train) > 0.5 ? share(test) : 1 - share(test);
}
