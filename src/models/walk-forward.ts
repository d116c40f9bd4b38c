import { TickerforestError } from '../errors';
import type { RowRange } from '../trees/feature-matrix';
import { HORIZON } from './labels';

/** How much of the time {@link walkForwardSplit} holds out. One split, no rolling refits. */
export interface WalkForwardOptions {
  /** Share of the rows at the end that is held out, above 0 and below 1. Default 0.2. */
  readonly testFraction?: number;
  /** Rows left out between training and test beyond the label's horizon, 0 or more. Default 0; raise it if returns are autocorrelated. */
  readonly embargo?: number;
}

/** Training rows, then rows that are in neither, then test rows. */
export interface WalkForwardSplit {
  /** Rows to train on. */
  readonly train: RowRange;
  /** Later rows to be judged on. */
  readonly test: RowRange;
  /** Rows between them: their labels reach into the test rows (horizon), or the embargo asks for it. */
  readonly purged: number;
}

/**
 * Divides rows by time, once, so that no label of a training row looks at a price of a test row's features (M. López de Prado, Advances in
 * Financial Machine Learning, chapter 7: purging and embargo).
 *
 * @param rows - rows with features and label, in time order
 * @param options - test share and embargo
 * @returns the split
 * @throws TickerforestError `INVALID_OPTION` for a fraction or embargo out of range, or if nothing remains to train on
 */
export function walkForwardSplit(rows: RowRange, options: WalkForwardOptions = {}): WalkForwardSplit {
  const { testFraction, embargo } = resolveWalkForward(options);
  const testRows = Math.max(1, Math.round((rows.to - rows.from) * testFraction));
  const testFrom = rows.to - testRows;
  const purged = HORIZON + embargo;
  if (testFrom - purged - rows.from < 2) {
    throw new TickerforestError(
      'INVALID_OPTION',
      `testFraction ${testFraction} and embargo ${embargo} leave no training rows of ${rows.to - rows.from}; lower them or give more bars`,
    );
  }
  return { train: { from: rows.from, to: testFrom - purged }, test: { from: testFrom, to: rows.to }, purged };
}

/**
 * @param options - test share and embargo
 * @returns both, with defaults
 * @throws TickerforestError `INVALID_OPTION` for a fraction or embargo out of range
 */
export function resolveWalkForward(options: WalkForwardOptions): Required<WalkForwardOptions> {
  const { testFraction = 0.2, embargo = 0 } = options;
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new TickerforestError('INVALID_OPTION', `testFraction must be above 0 and below 1, not ${testFraction}`);
  }
  if (!(Number.isInteger(embargo) && embargo >= 0)) {
    throw new TickerforestError('INVALID_OPTION', `embargo must be a whole number of rows, 0 or more, not ${embargo}`);
  }
  return { testFraction, embargo };
}
