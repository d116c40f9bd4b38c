import { TickerforestError } from '../errors';
import { whole } from '../options/checks';
import { checkColumns } from '../options/columns';
import { checkArgument } from '../options/description';
import type { RowRange } from '../trees/feature-matrix';

/** Bars into the future that a label looks: the next bar. Walk-forward evaluation purges as many rows. */
export const HORIZON = 1;

/**
 * The label of the regression models: row t holds close(t + 1) / close(t) - 1.
 *
 * @param close - prices, positive
 * @returns as many returns as closes; the last is NaN, for its next bar is not known yet
 * @throws TickerforestError `INVALID_OPTION` for anything but a Float64Array
 */
export function nextBarReturns(close: Float64Array): Float64Array {
  checkColumns({ close });
  const returns = new Float64Array(close.length).fill(Number.NaN);
  for (let t = 0; t + HORIZON < close.length; t++) returns[t] = close[t + HORIZON] / close[t] - 1;
  return returns;
}

/**
 * The label of the classification model.
 *
 * @param returns - next-bar returns
 * @returns 1 where the price rises, 0 where it falls or stays (or is not known)
 * @throws TickerforestError `INVALID_OPTION` for anything but a Float64Array
 */
export function directions(returns: Float64Array): Float64Array {
  checkColumns({ returns });
  return returns.map((value) => (value > 0 ? 1 : 0));
}

/** Fewest rows with features and label that models are trained on. */
export const MIN_TRAINING_ROWS = 40;

/** Rows that are dropped at least: with less past, most features are missing. */
const SHORTEST_WARMUP = 60;

/**
 * Which rows are trained on: without the warm-up at the beginning and without the newest row, whose label is not known.
 * The whole warm-up is dropped, but never more than a tenth of a short history (60 rows at least); features that are still warming up
 * after that, such as a 200-bar average or daily indicators of minute bars, are missing values there, which the trees handle.
 *
 * @param rows - rows of the feature matrix
 * @param warmup - bars until every base feature has a value
 * @returns the range
 * @throws TickerforestError `TOO_FEW_BARS` if fewer than 40 rows remain, `INVALID_OPTION` for what is no number of rows
 */
export function trainingRows(rows: number, warmup: number): RowRange {
  const count = whole({ from: 0, to: 2 ** 32 });
  checkArgument(rows, count, 'rows', 'trainingRows');
  checkArgument(warmup, count, 'warmup', 'trainingRows');
  const from = Math.min(warmup, Math.max(SHORTEST_WARMUP, Math.floor(rows / 10)));
  const to = rows - HORIZON;
  if (to - from < MIN_TRAINING_ROWS) {
    throw new TickerforestError(
      'TOO_FEW_BARS',
      `${rows} bars are too few to train on: ${SHORTEST_WARMUP} warm the features up and ${MIN_TRAINING_ROWS} rows are the least to learn from; ` +
        `give at least ${SHORTEST_WARMUP + MIN_TRAINING_ROWS + HORIZON} bars`,
    );
  }
  return { from, to };
}
