import { TickerforestError } from '../errors';
import { checkOptions } from '../options/description';
import { ROW_RANGE, WALK_FORWARD } from '../options/model-tables';
import type { RowRange } from '../trees/feature-matrix';
import { HORIZON } from './labels';

/** How much of the time {@link walkForwardSplit} holds out. One split, no rolling refits. */
export interface WalkForwardOptions {
  /** Share of the rows at the end that is held out, above 0 and below 1. Default 0.2. */
  readonly testFraction?: number | undefined;
  /** Rows left out between training and test beyond the label's horizon, 0 to 1,000,000. Default 0; raise it if returns are autocorrelated. */
  readonly embargo?: number | undefined;
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
 * @param given - rows with features and label, in time order
 * @param options - test share and embargo
 * @returns the split
 * @throws TickerforestError `INVALID_OPTION` for rows, a fraction or an embargo out of range, or if nothing remains to train on
 */
export function walkForwardSplit(given: RowRange, options: WalkForwardOptions = {}): WalkForwardSplit {
  const rows = checkOptions(given, ROW_RANGE, 'walkForwardSplit');
  const { testFraction = WALK_FORWARD.testFraction.default, embargo = WALK_FORWARD.embargo.default } = checkOptions(
    options,
    WALK_FORWARD,
    'walkForwardSplit',
  );
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
