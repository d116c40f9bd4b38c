import { sigmoid } from '../exponential';
import type { SharedMemory } from '../kernels/web-assembly';
import type { Turns } from '../waiting';
import type { Bins } from './bins';
import type { TreeEnsemble } from './ensemble';
import type { RowRange } from './feature-matrix';

/** Rows that all trees are walked for before the next ones: their bins stay in the second-level cache. */
export const BLOCK = 4096;

/** A tree in the form that the kernel walks: see assembly/walk.ts. */
export interface TreeTable {
  /** Address of its nodes. */
  readonly nodes: number;
  /** Address of what its leaves say. */
  readonly values: number;
  /** Steps from the root to the deepest leaf. */
  readonly depth: number;
}

/** Forecasts of rows: any number of threads claims blocks of them. */
export interface PredictionTask {
  /** Which task it is. */
  readonly kind: 'prediction';
  /** The trees, in order. */
  readonly tables: readonly TreeTable[];
  /** What becomes of the sum over trees. */
  readonly model: Pick<TreeEnsemble, 'link' | 'base' | 'divisor'>;
  /** Which rows. */
  readonly rows: RowRange;
  /** Address of f64, one a row. */
  readonly out: number;
}

/**
 * @param model - what becomes of the sum
 * @param sum - over all trees
 * @returns the forecast
 */
export function forecastOf({ link, base, divisor }: PredictionTask['model'], sum: number): number {
  const forecast = base + sum / divisor;
  return link === 'logit' ? sigmoid(forecast) : forecast;
}

/**
 * Forecasts those blocks of rows that this thread claims.
 *
 * @param task - trees and rows
 * @param on - bins and memory
 * @param claim - gives the next number, to this thread alone
 * @param turns - gives way
 * @throws TickerforestError `ABORTED`
 */
export async function predictBlocks(
  { tables, model, rows, out }: PredictionTask,
  { bins, memory }: { readonly bins: Bins; readonly memory: SharedMemory },
  claim: () => number,
  turns: Turns,
): Promise<void> {
  for (let from = rows.from + claim() * BLOCK; from < rows.to; from = rows.from + claim() * BLOCK) {
    const to = Math.min(rows.to, from + BLOCK);
    const address = out + (from - rows.from) * 8;
    const sums = new Float64Array(memory.buffer, address, to - from).fill(0);
    for (const { nodes, values, depth } of tables) {
      bins.kernels.addTree(nodes, values, depth, bins.table, bins.features, from, to, address);
      if (turns.isOver) await turns.giveWay();
    }
    for (let i = 0; i < sums.length; i++) sums[i] = forecastOf(model, sums[i]);
  }
}
