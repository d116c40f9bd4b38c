import { TickerforestError } from '../errors';
import type { Labels, Target } from '../targets/target';
import type { RowRange } from '../trees/feature-matrix';
import { type Steps, stepsOver } from '../waiting';
import { type HoldOut, holdOut } from './hold-out';

/** Fewest labelled rows that a model is trained on. */
export const MIN_TRAINING_ROWS = 40;

/** Rows that are dropped at least: with less past, most features are missing. */
const SHORTEST_WARMUP = 60;

/** The rows that models of one target learn from and are judged on. */
export interface TrainingRows extends HoldOut {
  /** From the first row with features to the last one with a label. */
  readonly rows: RowRange;
  /** The label of every row of the matrix. */
  readonly labels: Labels;
  /** How many of `rows` have a label. */
  readonly labelled: number;
}

/** Rows with features, up to the last one with a label. */
export interface LabelledRows {
  /** From the first row with features to the last one with a label. */
  readonly rows: RowRange;
  /** How many of them have a label. */
  readonly labelled: number;
}

/**
 * Which rows are trained on: without the warm-up at the beginning, and without those whose label is not known.
 * The whole warm-up is dropped, but never more than a tenth of a short history (60 rows at least); features that are still warming up
 * after that, such as a 200-bar average or daily indicators of minute bars, are missing values there, which the trees handle.
 *
 * @param labels - the label of every row of the matrix
 * @param warmup - bars until every base feature has a value
 * @param target - what the labels are, for messages
 * @returns the rows, in steps
 * @throws TickerforestError `TOO_FEW_BARS` if fewer than 40 rows have a label
 */
export function* labelledRows({ value }: Labels, warmup: number, target: Target): Steps<LabelledRows> {
  const first = Math.min(warmup, Math.max(SHORTEST_WARMUP, Math.floor(value.length / 10)));
  let last = -1;
  let labelled = 0;
  yield* stepsOver(value.length - first, (from, to) => {
    for (let row = first + from; row < first + to; row++) {
      if (Number.isNaN(value[row])) continue;
      labelled++;
      last = row;
    }
  });
  const to = labelled === 0 ? Math.min(first, value.length) : last + 1;
  if (labelled < MIN_TRAINING_ROWS) throw tooFew(value.length, to, labelled, target);
  return { rows: { from: first, to }, labelled };
}

/**
 * The rows of {@link labelledRows}, divided into training and test.
 *
 * @param labels - the label of every row of the matrix
 * @param warmup - bars until every base feature has a value
 * @param target - what the labels are, for messages
 * @param options - how much is held out
 * @returns the rows, in steps
 * @throws TickerforestError `TOO_FEW_BARS` if fewer than 40 rows have a label, `INVALID_OPTION` if the hold-out leaves nothing to train on
 */
export function* trainingRows(
  labels: Labels,
  warmup: number,
  target: Target,
  options: { readonly testFraction: number; readonly embargo: number },
): Steps<TrainingRows> {
  const { rows, labelled } = yield* labelledRows(labels, warmup, target);
  return { rows, labels, labelled, ...(yield* holdOut(rows, labels, options)) };
}

function tooFew(bars: number, to: number, labelled: number, { description }: Target): TickerforestError {
  const least = SHORTEST_WARMUP + MIN_TRAINING_ROWS;
  // the newest rows have no label yet; where none has one, that tells nothing
  const enough = least + (labelled > 0 ? bars - to : 1);
  if (bars < enough) {
    return new TickerforestError(
      'TOO_FEW_BARS',
      `${bars} bars are too few to train on: ${SHORTEST_WARMUP} warm the features up and ${MIN_TRAINING_ROWS} rows are the least to learn from; ` +
        `give at least ${enough} bars`,
    );
  }
  return new TickerforestError(
    'TOO_FEW_BARS',
    `only ${labelled} of ${bars} bars have a label (${description}), and ${MIN_TRAINING_ROWS} are the least to learn from; give more bars, or a target that leaves fewer of them out`,
  );
}
