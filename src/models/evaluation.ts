import {
  areaUnderCurve,
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

/** When and how much a walk-forward evaluation trained and tested. */
export interface WalkForwardRange {
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

/** Out-of-sample figures of a regression, next to the naive rival that always forecasts zero. */
export interface RegressionWalkForward extends RegressionScores, WalkForwardRange {
  /** Mean squared error of the forecast "no change". */
  readonly naive_mse: number;
  /** 1 - mse / naive_mse: above 0 if the model beats the naive rival; 0 if prices did not move. */
  readonly skill: number;
  /** Correlation of forecasts and returns (information coefficient), -1 to 1. */
  readonly ic: number;
}

/** Out-of-sample figures of a classification, next to the naive rival that always forecasts the training rows' more frequent class. */
export interface ClassificationWalkForward extends ClassificationScores, WalkForwardRange {
  /** Accuracy of the naive rival. */
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
  /** Parameters under scikit-learn's names. */
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  /** Rows trained on. */
  readonly rows_trained: number;
  /** Milliseconds to train the model on all rows, without its walk-forward twin; null if the trainer was given no clock. */
  readonly training_time_ms: number | null;
}

/** Figures of a regression model: on its own training rows, and honest ones beside them. */
export interface RegressionMetrics extends RegressionScores, ModelFacts {
  /** Out-of-sample figures; look here first. */
  readonly walk_forward: RegressionWalkForward;
}

/** Figures of a classification model: on its own training rows, and honest ones beside them. */
export interface ClassificationMetrics extends ClassificationScores, ModelFacts {
  /** Out-of-sample figures; look here first. */
  readonly walk_forward: ClassificationWalkForward;
}

/**
 * @param actual - returns of the test rows
 * @param predicted - forecasts, as many
 * @param range - what was trained and tested
 * @returns the regression's out-of-sample figures
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
 * @returns the classification's out-of-sample figures
 */
export function evaluateClassification(
  train: Float64Array,
  actual: Float64Array,
  probability: Float64Array,
  range: WalkForwardRange,
): ClassificationWalkForward {
  return {
    ...classificationScores(actual, probability),
    naive_accuracy: majorityAccuracy(train, actual),
    auc: areaUnderCurve(actual, probability),
    log_loss: logLoss(actual, probability),
    ...range,
  };
}
