import { TickerforestError } from '../errors';
import { judgedBars, touches } from '../targets/purge';
import type { Labels } from '../targets/target';
import type { RowRange } from '../trees/feature-matrix';
import { type Steps, stepsOver } from '../waiting';

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
  /** Rows before the test that are in neither though they have a label: it reaches into the test rows, or the embargo before them. */
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
 * @returns the division, in steps
 * @throws TickerforestError `INVALID_OPTION` if nothing remains to train on
 */
export function* holdOut(
  rows: RowRange,
  { end }: Labels,
  { testFraction, embargo }: { readonly testFraction: number; readonly embargo: number },
): Steps<HoldOut> {
  const test = { from: rows.to - Math.max(1, Math.round((rows.to - rows.from) * testFraction)), to: rows.to };
  const judged = yield* judgedBars(end, test, embargo);
  let { from: last } = rows;
  let rowsTrained = 0;
  let purged = 0;
  yield* stepsOver(test.from - rows.from, (from, to) => {
    for (let row = rows.from + from; row < rows.from + to; row++) {
      if (end[row] < 0) continue;
      if (touches(judged, row, end[row])) {
        purged++;
      } else {
        rowsTrained++;
        last = row + 1;
      }
    }
  });
  if (rowsTrained < 2) {
    const reach = purged > 0 ? `; the labels of ${purged} reach into it` : '';
    const cure = purged > 0 ? 'give more bars, or a target that looks less far ahead' : 'give more bars';
    throw new TickerforestError(
      'INVALID_OPTION',
      `testFraction ${testFraction} and embargo ${embargo} leave ${rowsTrained === 0 ? 'no rows' : 'one row'} with a label to train on before the test, of ${rows.to - rows.from} in all${reach}; lower them, or ${cure}`,
    );
  }
  return { train: { from: rows.from, to: last }, test, bar: judged.first, purged, rowsTrained };
}
