import { checkColumns } from '../options/columns';
import { inOneGo, inTurns, type Steps, stepsOver, type Turns } from '../waiting';
import { sortedInTurns } from './sorting';

/*
 * Each figure is computed in steps, as there may be millions of rows: the functions that people call do all steps at once, a training gives way between them. Sums are
 * added up in the order of the rows, whoever asks.
 */

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
  return inOneGo(regressionScoreSteps(actual, predicted));
}

/**
 * @param actual - returns that came
 * @param predicted - returns that were forecast, as long
 * @returns as {@link regressionScores}
 */
export function* regressionScoreSteps(actual: Float64Array, predicted: Float64Array): Steps<RegressionScores> {
  const n = actual.length;
  const mean = (yield* sumSteps(actual)) / n;
  const sums = { errors: 0, spread: 0 };
  yield* stepsOver(n, (from, to) => {
    let { errors, spread } = sums;
    for (let i = from; i < to; i++) {
      const error = actual[i] - predicted[i];
      const deviation = actual[i] - mean;
      errors += error * error;
      spread += deviation * deviation;
    }
    Object.assign(sums, { errors, spread });
  });
  const { errors, spread } = sums;
  return { mse: errors / n, rmse: Math.sqrt(errors / n), r2: spread > 0 ? 1 - errors / spread : 0 };
}

/** The sum of all values. */
function* sumSteps(values: Float64Array): Steps<number> {
  let sum = 0;
  yield* stepsOver(values.length, (from, to) => {
    let own = sum;
    for (let i = from; i < to; i++) own += values[i];
    sum = own;
  });
  return sum;
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
  return inOneGo(zeroForecastSteps(actual));
}

/**
 * @param actual - returns that came
 * @returns as {@link zeroForecastMse}
 */
export function* zeroForecastSteps(actual: Float64Array): Steps<number> {
  let squares = 0;
  yield* stepsOver(actual.length, (from, to) => {
    let own = squares;
    for (let i = from; i < to; i++) own += actual[i] * actual[i];
    squares = own;
  });
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
  return inOneGo(informationSteps(actual, predicted));
}

/**
 * @param actual - returns that came
 * @param predicted - forecasts, as many
 * @returns as {@link informationCoefficient}
 */
export function* informationSteps(actual: Float64Array, predicted: Float64Array): Steps<number> {
  const n = actual.length;
  const meanA = (yield* sumSteps(actual)) / n;
  const meanP = (yield* sumSteps(predicted)) / n;
  const sums = { ap: 0, aa: 0, pp: 0 };
  yield* stepsOver(n, (from, to) => {
    let { ap, aa, pp } = sums;
    for (let i = from; i < to; i++) {
      const a = actual[i] - meanA;
      const p = predicted[i] - meanP;
      ap += a * p;
      aa += a * a;
      pp += p * p;
    }
    Object.assign(sums, { ap, aa, pp });
  });
  const { ap, aa, pp } = sums;
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
  return inOneGo(classificationScoreSteps(actual, probability));
}

/**
 * @param actual - 1 where the price rose, else 0
 * @param probability - forecast probability of a rise, as many
 * @returns as {@link classificationScores}
 */
export function* classificationScoreSteps(actual: Float64Array, probability: Float64Array): Steps<ClassificationScores> {
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  const n = actual.length;
  yield* stepsOver(n, (from, to) => {
    for (let i = from; i < to; i++) {
      const up = probability[i] > THRESHOLD;
      if (up && actual[i] === 1) truePositives++;
      else if (up) falsePositives++;
      else if (actual[i] === 1) falseNegatives++;
    }
  });
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
 * @returns 0 to 1; 0.5 if all rose or none did, else NaN if a forecast is
 * @throws TickerforestError `INVALID_OPTION` for anything but Float64Arrays of one length
 */
export function areaUnderCurve(actual: Float64Array, probability: Float64Array): number {
  checkColumns({ actual, probability });
  return inOneGo(areaSteps(probability.slice().sort(), inOneGo(riseSteps(actual, probability)).sort()));
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
  const ups = await sortedInTurns(await inTurns(riseSteps(actual, probability), turns), turns);
  return inTurns(areaSteps(sorted, ups), turns);
}

/** Forecasts of the rows that rose. */
function* riseSteps(actual: Float64Array, probability: Float64Array): Steps<Float64Array> {
  const rises = new Float64Array(actual.length);
  let count = 0;
  yield* stepsOver(actual.length, (from, to) => {
    for (let i = from; i < to; i++) if (actual[i] === 1) rises[count++] = probability[i];
  });
  return rises.subarray(0, count);
}

/** Rows whose ranks are added up at a time. */
const RANKED = 65_536;

/** The area, given all forecasts and those of rises, both ascending. */
function* areaSteps(sorted: Float64Array, ups: Float64Array): Steps<number> {
  const n = sorted.length;
  if (ups.length === 0 || ups.length === n) return 0.5;
  // sorted to the end
  if (Number.isNaN(sorted[n - 1])) return Number.NaN;
  let ranks = 0;
  let at = 0;
  let pause = RANKED;
  for (let i = 0; i < ups.length; ) {
    if (i >= pause) {
      yield;
      pause = i + RANKED;
    }
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
  return inOneGo(logLossSteps(actual, probability));
}

/**
 * @param actual - 1 where the price rose, else 0
 * @param probability - forecast probability of a rise, as many
 * @returns as {@link logLoss}
 */
export function* logLossSteps(actual: Float64Array, probability: Float64Array): Steps<number> {
  let sum = 0;
  yield* stepsOver(actual.length, (from, to) => {
    let own = sum;
    for (let i = from; i < to; i++) {
      const p = Math.min(1 - 1e-6, Math.max(1e-6, probability[i]));
      own -= Math.log(actual[i] === 1 ? p : 1 - p);
    }
    sum = own;
  });
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
  return inOneGo(majoritySteps(train, test));
}

/**
 * @param train - training labels, 0 or 1
 * @param test - test labels, 0 or 1
 * @returns as {@link majorityAccuracy}
 */
export function* majoritySteps(train: Float64Array, test: Float64Array): Steps<number> {
  const isUsual = (yield* sumSteps(train)) / train.length > 0.5;
  const share = (yield* sumSteps(test)) / test.length;
  return isUsual ? share : 1 - share;
}
