import { createHash } from 'node:crypto';
import type { TargetIdentity } from '../targets/target';
import type { RowRange } from '../trees/feature-matrix';
import { inTurns, type Steps, type Turns } from '../waiting';
import {
  areaUnderCurveInTurns,
  type ClassificationScores,
  classificationScoreSteps,
  informationSteps,
  logLossSteps,
  majoritySteps,
  type RegressionScores,
  regressionScoreSteps,
  zeroForecastSteps,
} from './metrics';
import type { ModelParameters } from './model';
import type { TrainedFacts } from './trained-model';
import type { TrainingRows } from './training-rows';

// The metrics of this file are stored as they stand here, hence snake_case.

/** How the held-out figures came about: what was trained on, and what was forecast. */
export interface HoldOutRange {
  /**
   * 'hold_out': the model was trained once on the earlier rows and judged on the later ones, the last fifth by default. The key `walk_forward` under which this
   * is stored says walk-forward; it is one split, no series of refits.
   */
  readonly scheme: 'hold_out';
  /** Rows trained on, all with a label. */
  readonly rows_trained: number;
  /** Later rows with a label, which were forecast. */
  readonly rows_tested: number;
  /** Rows with a label left out in between, because it reaches into the test or its embargo. */
  readonly purged: number;
  /** Time of the first test row. */
  readonly test_from: Date;
  /** Time of the last test row. */
  readonly test_to: Date;
}

/** The held-out figures of a regression's forecasts of one sort. */
export interface RegressionPart {
  /** Rows of the sort. */
  readonly rows: number;
  /** Their mean squared error. */
  readonly mse: number;
  /** 1 - mse / that of the forecast zero. */
  readonly skill: number;
  /** Correlation of forecasts and returns. */
  readonly ic: number;
}

/** The held-out figures of a classification's forecasts of one sort. */
export interface ClassificationPart {
  /** Rows of the sort. */
  readonly rows: number;
  /** Share forecast right. */
  readonly accuracy: number;
  /** Share that the baseline gets right. */
  readonly naive_accuracy: number;
  /** Area under the ROC curve. */
  readonly auc: number;
}

/** Held-out figures, apart for labels within a session and for labels that span a night or a hole, whose returns are of another size. Absent in documents of older releases. */
export interface SplitFigures<Part> {
  /** Labels without a hole in them; null if there is none. */
  readonly without_gap?: Part | null;
  /** Labels that span a night, a weekend of minute bars, or a hole: see `docs/targets.md`; null if there is none. */
  readonly across_gap?: Part | null;
}

/** Held-out figures of a regression, beside those of a baseline that always forecasts zero. */
export interface RegressionHoldOut extends RegressionScores, HoldOutRange, SplitFigures<RegressionPart> {
  /** Mean squared error of the forecast "no change". */
  readonly naive_mse: number;
  /** 1 - mse / naive_mse: above 0 if the model beats the baseline; 0 if prices did not move. */
  readonly skill: number;
  /** Correlation of forecasts and returns (information coefficient), -1 to 1. */
  readonly ic: number;
}

/** Held-out figures of a classification, beside those of a baseline that always forecasts the training rows' more frequent class. */
export interface ClassificationHoldOut extends ClassificationScores, HoldOutRange, SplitFigures<ClassificationPart> {
  /** Accuracy of the baseline. */
  readonly naive_accuracy: number;
  /** Area under the ROC curve; 0.5 is chance. */
  readonly auc: number;
  /** Mean negative log-likelihood; 0.693 is a coin. */
  readonly log_loss: number;
}

/** What is known of every trained model. */
export interface ModelFacts {
  /** scikit-learn's name for the kind of model, where it has one. */
  readonly model_type: string;
  /** Parameters under scikit-learn's names, with scikit-learn's meaning: `max_features: null` (None) is all features. */
  readonly parameters: ModelParameters;
  /** Twelve hexadecimal digits that change with the kind of model, any parameter, or the target. Absent in documents of older releases. */
  readonly parameters_hash?: string;
  /** What it forecasts. Absent in documents of older releases: the next bar's return, or its direction. */
  readonly target?: TargetIdentity & {
    /** The same for people. */
    readonly description: string;
  };
  /** Rows trained on, all with a label. */
  readonly rows_trained: number;
  /** Milliseconds from begin to end of the training on all rows, without its hold-out model, though that one may be trained beside it on the same cores; null if the trainer was given no clock. */
  readonly training_time_ms: number | null;
}

/** Figures of a regression model: in-sample, and far too optimistic; those on held-out rows are in `walk_forward`. */
export interface RegressionMetrics extends RegressionScores, ModelFacts {
  /** Figures on held-out rows, from one split; judge the model by these. */
  readonly walk_forward: RegressionHoldOut;
}

/** Figures of a classification model: in-sample, and far too optimistic; those on held-out rows are in `walk_forward`. */
export interface ClassificationMetrics extends ClassificationScores, ModelFacts {
  /** Figures on held-out rows, from one split; judge the model by these. */
  readonly walk_forward: ClassificationHoldOut;
}

/** Figures of models by their names; of the standard three the kind is known. */
export interface ModelMetrics {
  readonly [name: string]: RegressionMetrics | ClassificationMetrics | undefined;
  /** Random forest for the return. */
  readonly regression_rf?: RegressionMetrics;
  /** Random forest for the direction. */
  readonly classification_rf?: ClassificationMetrics;
  /** Gradient boosting for the return. */
  readonly regression_gb?: RegressionMetrics;
}

/** Forecasts of rows that a model had not seen, each with what came. One entry a row, oldest first. */
export interface HeldOutForecasts {
  /** Timestamp of the bar at whose close the forecast was made, milliseconds UTC. */
  readonly timestamp: Float64Array;
  /** Timestamp of the bar at whose close it could be judged. */
  readonly end: Float64Array;
  /** What was forecast: the number, or the probability of class 1. */
  readonly forecast: Float64Array;
  /** What came: the label. */
  readonly actual: Float64Array;
}

/** Forecasts that are judged. */
export interface Evaluated {
  /** Rows and labels. */
  readonly set: TrainingRows;
  /** Timestamps of all rows. */
  readonly timestamp: Float64Array;
  /** 1 for rows whose label spans a night or a hole. */
  readonly holes: Uint8Array;
  /** The model's forecasts of the rows that it was trained on. */
  readonly forecasts: Float64Array;
  /** The hold-out model's forecasts of the test rows. */
  readonly holdOut: Float64Array;
}

/** Labels and forecasts of the rows of a range that have a label. */
interface Judged {
  readonly actual: Float64Array;
  readonly forecast: Float64Array;
}

/**
 * @param evaluated - forecasts of the held-out rows
 * @param turns - gives way
 * @returns those that can be judged
 * @throws TickerforestError `ABORTED`
 */
export async function heldOutForecasts({ set, timestamp, holdOut }: Evaluated, turns: Turns): Promise<HeldOutForecasts> {
  const { test, labels } = set;
  const rows = await labelledRows(test, labels.value, turns);
  const end = new Float64Array(rows.length);
  await turns.forRuns(rows.length, (from, to) => {
    for (let i = from; i < to; i++) end[i] = timestamp[labels.end[rows[i]]];
  });
  return {
    timestamp: await gather(timestamp, rows, 0, turns),
    end,
    forecast: await gather(holdOut, rows, test.from, turns),
    actual: await gather(labels.value, rows, 0, turns),
  };
}

/**
 * @param facts - the model
 * @param evaluated - its forecasts, and its hold-out model's
 * @param milliseconds - what its training took; null without a clock
 * @param turns - gives way
 * @returns its figures, as they are stored
 * @throws TickerforestError `ABORTED`
 */
export async function modelMetrics(
  facts: TrainedFacts,
  evaluated: Evaluated,
  milliseconds: number | null,
  turns: Turns,
): Promise<RegressionMetrics | ClassificationMetrics> {
  const { set, timestamp, holes, holdOut, forecasts } = evaluated;
  const { rows, test, labels } = set;
  const inSample = await judged(rows, labels.value, forecasts, turns);
  const heldOut = await judged(test, labels.value, holdOut, turns);
  const rest = {
    ...describedModel(facts),
    rows_trained: inSample.actual.length,
    training_time_ms: milliseconds,
  };
  const range: HoldOutRange = {
    scheme: 'hold_out',
    rows_trained: set.rowsTrained,
    rows_tested: heldOut.actual.length,
    purged: set.purged,
    test_from: new Date(timestamp[test.from]),
    test_to: new Date(timestamp[test.to - 1]),
  };
  const ofSort = (sort: number) => judged(test, labels.value, holdOut, turns, (row) => holes[row] === sort);
  if (facts.task === 'regression') {
    const scores = await inTurns(regressionScoreSteps(inSample.actual, inSample.forecast), turns);
    const part = async (sort: number) => inTurns(regressionPart(await ofSort(sort)), turns);
    const parts = { without_gap: await part(0), across_gap: await part(1) };
    return { ...scores, ...rest, walk_forward: { ...(await inTurns(heldOutRegression(heldOut), turns)), ...range, ...parts } };
  }
  const scores = await inTurns(classificationScoreSteps(inSample.actual, inSample.forecast), turns);
  const trained = await labelsOf(set, turns);
  const parts = {
    without_gap: await classificationPart(trained, await ofSort(0), turns),
    across_gap: await classificationPart(trained, await ofSort(1), turns),
  };
  return { ...scores, ...rest, walk_forward: { ...(await heldOutClassification(trained, heldOut, turns)), ...range, ...parts } };
}

function describedModel({
  type,
  parameters,
  target,
}: TrainedFacts): Pick<ModelFacts, 'model_type' | 'parameters' | 'parameters_hash' | 'target'> {
  const { name, version, description } = target;
  const identity = JSON.stringify([
    type,
    Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)),
    [name, version, target.parameters],
  ]);
  return {
    model_type: type,
    parameters,
    parameters_hash: createHash('sha256').update(identity).digest('hex').slice(0, 12),
    target: { name, version, parameters: target.parameters, description },
  };
}

async function labelledRows(
  { from, to }: RowRange,
  value: Float64Array,
  turns: Turns,
  isWanted: (row: number) => boolean = () => true,
): Promise<Int32Array> {
  const rows = new Int32Array(to - from);
  let count = 0;
  await turns.forRuns(to - from, (start, end) => {
    for (let row = from + start; row < from + end; row++) if (!Number.isNaN(value[row]) && isWanted(row)) rows[count++] = row;
  });
  return rows.subarray(0, count);
}

/** `forecasts` begin with the first of the rows. */
async function judged(
  rows: RowRange,
  value: Float64Array,
  forecasts: Float64Array,
  turns: Turns,
  isWanted?: (row: number) => boolean,
): Promise<Judged> {
  const labelled = await labelledRows(rows, value, turns, isWanted);
  // without a hole nothing is copied: a history may have millions of rows
  if (labelled.length === rows.to - rows.from) return { actual: value.subarray(rows.from, rows.to), forecast: forecasts };
  return { actual: await gather(value, labelled, 0, turns), forecast: await gather(forecasts, labelled, rows.from, turns) };
}

async function gather(values: Float64Array, rows: Int32Array, first: number, turns: Turns): Promise<Float64Array> {
  const gathered = new Float64Array(rows.length);
  await turns.forRuns(rows.length, (from, to) => {
    for (let i = from; i < to; i++) gathered[i] = values[rows[i] - first];
  });
  return gathered;
}

/** Labels of the rows that the hold-out model learnt from. */
async function labelsOf({ train, bar, labels }: TrainingRows, turns: Turns): Promise<Float64Array> {
  const rows = await labelledRows(train, labels.value, turns, (row) => labels.end[row] < bar);
  return gather(labels.value, rows, 0, turns);
}

function* heldOutRegression({ actual, forecast }: Judged): Steps<RegressionScores & Pick<RegressionHoldOut, 'naive_mse' | 'skill' | 'ic'>> {
  const scores = yield* regressionScoreSteps(actual, forecast);
  const baseline = yield* zeroForecastSteps(actual);
  return {
    ...scores,
    naive_mse: baseline,
    skill: baseline > 0 ? 1 - scores.mse / baseline : 0,
    ic: yield* informationSteps(actual, forecast),
  };
}

function* regressionPart(part: Judged): Steps<RegressionPart | null> {
  if (part.actual.length === 0) return null;
  const { mse, skill, ic } = yield* heldOutRegression(part);
  return { rows: part.actual.length, mse, skill, ic };
}

async function heldOutClassification(
  trained: Float64Array,
  { actual, forecast }: Judged,
  turns: Turns,
): Promise<ClassificationScores & Pick<ClassificationHoldOut, 'naive_accuracy' | 'auc' | 'log_loss'>> {
  return {
    ...(await inTurns(classificationScoreSteps(actual, forecast), turns)),
    naive_accuracy: await inTurns(majoritySteps(trained, actual), turns),
    auc: await areaUnderCurveInTurns(actual, forecast, turns),
    log_loss: await inTurns(logLossSteps(actual, forecast), turns),
  };
}

async function classificationPart(trained: Float64Array, part: Judged, turns: Turns): Promise<ClassificationPart | null> {
  if (part.actual.length === 0) return null;
  const { accuracy, naive_accuracy, auc } = await heldOutClassification(trained, part, turns);
  return { rows: part.actual.length, accuracy, naive_accuracy, auc };
}
