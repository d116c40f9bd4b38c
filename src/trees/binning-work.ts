import type { Kernels } from '../kernels/kernels';
import type { SharedMemory } from '../kernels/web-assembly';
import type { Turns } from '../waiting';
import { type ColumnCuts, ColumnCutter } from './column-cutter';
import type { RowRange } from './feature-matrix';

/** Values binned by one call of the kernel; 64 KiB of Float32. */
const CHUNK = 16_384;
/** Thresholds of one column, padded. */
const EDGES = 256;
/** Bytes of scratch that a thread needs to bin. */
export const BINNING_BYTES = (EDGES + CHUNK) * 4;

/** One way of binning columns. */
export interface BinSet {
  /** Rows by whose values thresholds are chosen. */
  readonly known: RowRange;
  /** Address of u8[columns][rows]: out. */
  readonly bins: number;
}

/** Columns to be binned: any number of threads claims them. */
export interface BinningTask {
  /** Which task it is. */
  readonly kind: 'binning';
  /** The columns; over memory that threads share, if others are to do it. */
  readonly columns: readonly Float32Array[];
  /** What is made of each. */
  readonly sets: readonly BinSet[];
  /** Addresses of {@link BINNING_BYTES}, one a thread. */
  readonly scratch: readonly number[];
}

/** Bins by column that are to be had by row, too: any number of threads claims blocks of rows. */
export interface TranspositionTask {
  /** Which task it is. */
  readonly kind: 'transposition';
  /** Number of rows. */
  readonly rows: number;
  /** Number of features. */
  readonly features: number;
  /** Address of u8[features][rows]. */
  readonly columns: number;
  /** Address of u8[rows][features]: out. */
  readonly table: number;
}

/** Memory, and the hot loops of the thread that works on it. */
interface OnMemory {
  readonly kernels: Kernels;
  readonly memory: SharedMemory;
}

/**
 * Chooses thresholds for those columns that this thread claims, and bins them.
 *
 * @param task - the columns
 * @param on - memory of the bins
 * @param member - number of the thread, for its scratch
 * @param claim - gives the next number, to this thread alone
 * @param turns - gives way
 * @param onColumn - told where each column was cut, a set each
 * @throws TickerforestError `ABORTED`
 */
export async function binColumns(
  { columns, sets, scratch }: BinningTask,
  on: OnMemory,
  member: number,
  claim: () => number,
  turns: Turns,
  onColumn: (column: number, cuts: readonly ColumnCuts[]) => void,
): Promise<void> {
  const own = scratch[member];
  if (own === undefined) return;
  const cutter = new ColumnCutter();
  for (let column = claim(); column < columns.length; column = claim()) {
    const values = columns[column];
    const cuts: ColumnCuts[] = [];
    for (const { known, bins } of sets) {
      const found = await cutter.cut(values, known, turns);
      await fillBins(values, found.thresholds, bins + column * values.length, on, own, turns);
      cuts.push(found);
    }
    onColumn(column, cuts);
  }
}

/**
 * Bins one column.
 *
 * @param values - the column
 * @param thresholds - where it is cut
 * @param bins - address of u8, one a value: out
 * @param on - memory of the bins
 * @param scratch - address of {@link BINNING_BYTES}
 * @param turns - gives way
 * @throws TickerforestError `ABORTED`
 */
export async function fillBins(
  values: Float32Array,
  thresholds: Float32Array,
  bins: number,
  { kernels, memory }: OnMemory,
  scratch: number,
  turns: Turns,
): Promise<void> {
  new Float32Array(memory.buffer, scratch, EDGES).fill(Number.POSITIVE_INFINITY).set(thresholds);
  const chunk = scratch + EDGES * 4;
  const copy = new Float32Array(memory.buffer, chunk, CHUNK);
  for (let row = 0; row < values.length; row += CHUNK) {
    const part = values.subarray(row, row + CHUNK);
    copy.set(part);
    kernels.binColumn(chunk, part.length, scratch, bins + row);
    if (turns.isOver) await turns.giveWay();
  }
}

/**
 * Copies those blocks of rows that this thread claims from columns to the table.
 *
 * @param task - where both are
 * @param kernels - the hot loops on their memory
 * @param claim - gives the next number, to this thread alone
 * @param turns - gives way
 * @throws TickerforestError `ABORTED`
 */
export async function transposeBlocks(
  { rows, features, columns, table }: TranspositionTask,
  kernels: Kernels,
  claim: () => number,
  turns: Turns,
): Promise<void> {
  for (let row = claim() * CHUNK; row < rows; row = claim() * CHUNK) {
    kernels.transposeBins(columns, rows, features, row, Math.min(rows, row + CHUNK), table);
    if (turns.isOver) await turns.giveWay();
  }
}
