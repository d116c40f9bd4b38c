import { TickerforestError } from '../errors';
import type { Labels } from '../targets/target';
import type { RowRange } from '../trees/feature-matrix';

/** How much of the time is held out: models are trained once on the earlier rows, and judged on the later ones. */
export interface HoldOutOptions {
  /** Share of the rows at the end that is held out, above 0 and below 1. Default 0.2. */
  readonly testFraction?: number | undefined;
  /** Rows left out between training and test beyond those whose labels reach into the test, 0 to 1,000,000. Default 0; raise it if returns are autocorrelated. */
  readonly embargo?: number | undefined;
}

/** Training rows, then rows that are in neither, then test rows. */
export interface HoldOut {
  /** Rows to train on, but for those whose label looks at {@link HoldOut.bar} or later. */
  readonly train: RowRange;
  /** First bar that no label of a training row looks at: that of the first test row, or the embargo before it. */
  readonly bar: number;
  /** Later rows to be judged on. */
  readonly test: RowRange;
  /** Rows before the test that are in neither: their labels reach into the test rows, or the embargo asks for it. */
  readonly purged: number;
  /** Rows of `train` that are learnt from. Fewer than there are: some have no label, or one that looks too far, as where its length depends on prices. */
  readonly rowsTrained: number;
}

/**
 * Divides rows by time, once, so that no label of a training row looks at a price of a test row's features (M. López de Prado, Advances in
 * Financial Machine Learning, chapter 7: purging and embargo).
 *
 * @param rows - rows with features, in time order
 * @param labels - label of every row of the matrix, and where it ends
 * @param options - test share and embargo
 * @returns the division
 * @throws TickerforestError `INVALID_OPTION` if nothing remains to train on
 */
export function holdOut(
  rows: RowRange,
  { end }: Labels,
  { testFraction, embargo }: { readonly testFraction: number; readonly embargo: number },
): HoldOut {
  const testRows = Math.max(1, Math.round((rows.to - rows.from) * testFraction));
  const testFrom = rows.to - testRows;
  // what a training label looks at must lie before the test, by the embargo
  const bar = testFrom - embargo;
  const isKnown = (row: number) => end[row] >= 0 && end[row] < bar;
  let to = testFrom;
  while (to > rows.from && !isKnown(to - 1)) to--;
  let late = 0;
  let rowsTrained = 0;
  for (let row = rows.from; row < to; row++) {
    if (isKnown(row)) rowsTrained++;
    else if (end[row] >= bar) late++;
  }
  if (rowsTrained < 2) {
    let reaching = 0;
    for (let row = rows.from; row < testFrom; row++) if (end[row] >= bar) reaching++;
    const reach = reaching > 0 ? `; the labels of ${reaching} reach into it` : '';
    const cure = reaching > 0 ? 'give more bars, or a target that looks less far ahead' : 'give more bars';
    throw new TickerforestError(
      'INVALID_OPTION',
      `testFraction ${testFraction} and embargo ${embargo} leave ${rowsTrained === 0 ? 'no rows' : 'one row'} with a label to train on before the test, of ${rows.to - rows.from} in all${reach}; lower them, or ${cure}`,
    );
  }
  return { train: { from: rows.from, to }, test: { from: testFrom, to: rows.to }, bar, purged: testFrom - to + late, rowsTrained };
}
