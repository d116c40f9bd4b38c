import type { Turns } from '../waiting';
import {
  areaUnderCurveInTurns,
  type ClassificationScores,
  classificationScores,
  informationCoefficient,
  logLoss,
  majorityAccuracy,
  type RegressionScores,
  regressionScores,
  zeroForecastMse,
} from './metrics';

// The metrics of this file are stored as they stand here, hence snake_case.

/** How the held-out figures came about: what was trained on, and what was forecast. */
export interface WalkForwardRange {
  /**
   * 'hold_out': the model was trained once on the earlier rows and judged on the later ones, the last fifth by default. The key `walk_forward` under which this
   * is stored says walk-forward; it is one split, no series of refits.
   */
  readonly scheme: 'hold_out';
  /** Rows trained on. */
  readonly rows_trained: number;
  /** Later rows forecast. */
  readonly rows_tested: number;
  /** Rows left out in between. */
  readonly purged: number;
  /** Time of the first test row. */
  readonly test_from: Date;
  /** Time of the last test row. */
  readonly test_to: Date;
}

/** Held-out figures of a regression, beside those of a naive baseline that always forecasts zero. */
export interface RegressionWalkForward extends RegressionScores, WalkForwardRange {
  /** Mean squared error of the forecast "no change". */
  readonly naive_mse: number;
  /** 1 - mse / naive_mse: above 0 if the model beats the naive baseline; 0 if prices did not move. */
  readonly skill: number;
  /** Correlation of forecasts and returns (information coefficient), -1 to 1. */
  readonly ic: number;
}

/** Held-out figures of a classification, beside those of a naive baseline that always forecasts the training rows' more frequent class. */
export interface ClassificationWalkForward extends ClassificationScores, WalkForwardRange {
  /** Accuracy of the naive baseline. */
  readonly naive_accuracy: number;
  /** Area under the ROC curve; 0.5 is chance. */
  readonly auc: number;
  /** Mean negative log-likelihood; 0.693 is a coin. */
  readonly log_loss: number;
}

/** What is known of every trained model. */
export interface ModelFacts {
  /** scikit-learn's name for the kind of model. */
  readonly model_type: 'RandomForestRegressor' | 'RandomForestClassifier' | 'GradientBoostingRegressor';
  /** Parameters under scikit-learn's names, with scikit-learn's meaning: `max_features: null` (None) is all features. */
  readonly parameters: Readonly<Record<string, number | string | boolean | null>>;
  /** Rows trained on. */
  readonly rows_trained: number;
  /** Milliseconds to train the model on all rows, without its twin for the held-out figures; null if the trainer was given no clock. */
  readonly training_time_ms: number | null;
}

/** Figures of a regression model: in-sample, and far too optimistic; those on held-out rows are in `walk_forward`. */
export interface RegressionMetrics extends RegressionScores, ModelFacts {
  /** Figures on held-out rows, from one split; judge the model by these. */
  readonly walk_forward: RegressionWalkForward;
}

/** Figures of a classification model: in-sample, and far too optimistic; those on held-out rows are in `walk_forward`. */
export interface ClassificationMetrics extends ClassificationScores, ModelFacts {
  /** Figures on held-out rows, from one split; judge the model by these. */
  readonly walk_forward: ClassificationWalkForward;
}

/**
 * @param actual - returns of the test rows
 * @param predicted - forecasts, as many
 * @param range - what was trained and tested
 * @returns the regression's held-out figures
 */
export function evaluateRegression(actual: Float64Array, predicted: Float64Array, range: WalkForwardRange): RegressionWalkForward {
  const scores = regressionScores(actual, predicted);
  const naive = zeroForecastMse(actual);
  return {
    ...scores,
    naive_mse: naive,
    skill: naive > 0 ? 1 - scores.mse / naive : 0,
    ic: informationCoefficient(actual, predicted),
    ...range,
  };
}

/**
 * @param train - directions of the training rows, 0 or 1
 * @param actual - directions of the test rows
 * @param probability - forecast probabilities of a rise, as many as test rows
 * @param range - what was trained and tested
 * @param turns - gives way
 * @returns the classification's held-out figures
 * @throws TickerforestError `ABORTED`
 */
export async function evaluateClassification(
  train: Float64Array,
  actual: Float64Array,
  probability: Float64Array,
  range: WalkForwardRange,
  turns: Turns,
): Promise<ClassificationWalkForward> {
  const naive = majorityAccuracy(train, actual);
  if (turns.isOver) await turns.giveWay();
  const area = await areaUnderCurveInTurns(actual, probability, turns);
  if (turns.isOver) await turns.giveWay();
  return {
    ...classificationScores(actual, probability),
    naive_accuracy: naive,
    auc: area,
    log_loss: logLoss(actual, probability),
    ...range,
  };
}
