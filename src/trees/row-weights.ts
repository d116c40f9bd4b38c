import { TickerforestError } from '../errors';
import type { Turns } from '../waiting';
import type { Arena } from './arena';
import type { RowRange } from './feature-matrix';

/** Largest sum of all rows' own weights: a quarter of what a packed value can count, as a bootstrap may draw the heavy rows more often. */
const MOST_WEIGHT = 2 ** 28;

/** Rows at a time. Magnitudes are added by runs, and these in order, so the sum does not depend on who made which. */
export const RUN = 65_536;

/** Rows that are gone through at a time. */
export interface RowRun {
  /** First row, counted from the beginning of the range. */
  readonly from: number;
  /** Row after the last. */
  readonly to: number;
  /** How many rows before it are present. */
  readonly presentBefore: number;
}

/** Which rows of a range are present, and what each weighs before any are drawn. */
export interface RowWeights {
  /** Address of u16, one a row of the range; 0: every row is present and weighs 1. */
  readonly address: number;
  /** How many rows are present. */
  readonly present: number;
  /** Sum of their weights. */
  readonly total: number;
  /** The range in runs of as many present rows each, so that absent rows do not change how sums are grouped. */
  readonly runs: readonly RowRun[];
}

/**
 * @param weights - one a row of the matrix, or undefined: every row weighs 1
 * @param range - rows that may be trained on
 * @param rows - rows of the matrix
 * @param arena - gets a copy of the range's weights
 * @param turns - gives way
 * @returns what there is to train on
 * @throws TickerforestError `INVALID_OPTION` if there is not one weight a row, no row is present, or the weights sum to more than 2^28; `ABORTED`
 */
export async function weighRows(
  weights: Uint16Array | Uint8Array | undefined,
  range: RowRange,
  rows: number,
  arena: Arena,
  turns: Turns,
): Promise<RowWeights> {
  const count = range.to - range.from;
  if (weights === undefined) {
    const runs = Array.from({ length: Math.ceil(count / RUN) }, (_, run) => ({
      from: run * RUN,
      to: Math.min(count, (run + 1) * RUN),
      presentBefore: run * RUN,
    }));
    return { address: 0, present: count, total: count, runs };
  }
  if (weights.length !== rows)
    throw new TickerforestError('INVALID_OPTION', `weights has ${weights.length} entries for ${rows} rows; give one a row`);
  const own = weights.subarray(range.from, range.to);
  const runs: RowRun[] = [];
  let begun = 0;
  let present = 0;
  let total = 0;
  await turns.forRuns(count, (from, to) => {
    for (let row = from; row < to; row++) {
      if (own[row] === 0) continue;
      total += own[row];
      present++;
      if (present % RUN === 0) {
        runs.push({ from: begun, to: row + 1, presentBefore: present - RUN });
        begun = row + 1;
      }
    }
  });
  if (present === 0)
    throw new TickerforestError('INVALID_OPTION', `every weight of rows ${range.from} to ${range.to - 1} is 0; give a row to train on`);
  if (total > MOST_WEIGHT)
    throw new TickerforestError(
      'INVALID_OPTION',
      `the weights sum to ${total}; give smaller ones, which sum to at most 2^28 (${MOST_WEIGHT})`,
    );
  if (present % RUN !== 0) runs.push({ from: begun, to: count, presentBefore: Math.floor(present / RUN) * RUN });
  const address = arena.allocate(count * 2);
  arena.uint16(address, count).set(own);
  return { address, present, total, runs };
}
