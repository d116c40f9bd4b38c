import type { NodeRows } from './splitting';
import { WORTH_PASSING } from './team-work';
import type { Workspace } from './workspace';

/** Where what belongs to a row number is found: in the matrix, or in a copy of a few of its rows. */
export interface RowPlace {
  /** Address of the bins by row: u8[rows][features]. */
  readonly table: number;
  /** Address of the bins by column: u8[features][rows]; 0: there are none. */
  readonly columns: number;
  /** How many rows there are. */
  readonly rows: number;
  /** Address of the target: f64 by row number. */
  readonly target: number;
}

/** Most bytes of a copy, so that it stays in a second-level cache, beside the histograms. */
const MOST_BYTES = 1.5 * 2 ** 20;
/** A matrix of fewer bytes is found in the caches as it is. */
const WORTH_COPYING = 2 ** 23;
/** Bytes past the end of the bins that the kernels read and write. */
const PAST_END = 16;

/**
 * @param workspace - scratch
 * @returns where row numbers of the matrix lead to
 */
export function matrixPlace({ binned, target }: Workspace): RowPlace {
  const { table, columns, rows } = binned;
  return { table, columns, rows, target };
}

/**
 * How many rows may be copied together. The copy lies where the draws were: they are looked at while rows are packed, and not afterwards. So do the numbers of a team that divides a node, which has
 * more rows.
 *
 * @param workspace - scratch
 * @returns rows; 0: copying does not pay
 */
export function mostCopied({ binned, own }: Workspace): number {
  const { rows, features } = binned;
  if (rows * features < WORTH_COPYING) return 0;
  const most = Math.floor((Math.min(MOST_BYTES, own.present * 2) - PAST_END) / (features + 8));
  return Math.max(0, Math.min(most, WORTH_PASSING - 1));
}

/**
 * Copies together what belongs to a node's rows, so that its descendants find them in the cache: in the matrix, each of them is on a page of its own. In
 * their list, they have new numbers afterwards, which lead to the copy.
 *
 * @param workspace - scratch
 * @param node - rows of the matrix, at most {@link mostCopied}
 * @param withTarget - whether the target is wanted as well
 * @returns the copy; one at a time
 */
export function copyRows({ binned, target, draws }: Workspace, { from, to, list: { rows } }: NodeRows, withTarget: boolean): RowPlace {
  const { kernels, table, features } = binned;
  const count = to - from;
  const bins = draws + count * 8;
  kernels.copyRows(table, features, withTarget ? target : 0, rows, from, to, bins, draws);
  return { table: bins, columns: 0, rows: count, target: draws };
}
