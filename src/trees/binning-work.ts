import type { Kernels } from '../kernels/kernels';
import type { SharedMemory } from '../kernels/web-assembly';
import type { Turns } from '../waiting';
import { applyShifts, type BinShifts, packShifts, shiftsBetween } from './bin-shifts';
import { type ColumnCuts, ColumnCutter } from './column-cutter';
import type { RowRange } from './feature-matrix';

/** Values binned by one call of the kernel; 64 KiB of Float32. */
const CHUNK = 16_384;
/** Thresholds of one column, padded. */
const EDGES = 256;
/** Bytes of scratch that a thread needs to bin: thresholds, values, and their bins. */
export const BINNING_BYTES = (EDGES + CHUNK) * 4 + CHUNK;

/** Columns to be binned: any number of threads claims them. */
export interface BinningTask {
  /** Which task it is. */
  readonly kind: 'binning';
  /** The columns; over memory that threads share, if others are to do it. */
  readonly columns: readonly Float32Array[];
  /** Rows by whose values thresholds are chosen. */
  readonly known: RowRange;
  /** Address of u8[columns][rows]: out, bins. */
  readonly bins: number;
  /** Other thresholds, and the address of u8[columns][rows]: out, what makes bins by these of the others, see `packShifts`; null: there are none. */
  readonly later: { readonly known: RowRange; readonly shifts: number } | null;
  /** Addresses of {@link BINNING_BYTES}, one a thread. */
  readonly scratch: readonly number[];
}

/** Bins that become those by other thresholds: any number of threads claims columns. */
export interface ShiftingTask {
  /** Which task it is. */
  readonly kind: 'shifting';
  /** Number of rows. */
  readonly rows: number;
  /** Address of u8[columns][rows]: in and out. */
  readonly bins: number;
  /** Address of u8[columns][rows]: what binning has left there. */
  readonly packed: number;
  /** How to, a column each. */
  readonly shifts: readonly BinShifts[];
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
  { columns, known, bins, later, scratch }: BinningTask,
  on: OnMemory,
  member: number,
  claim: () => number,
  turns: Turns,
  onColumn: (column: number, cuts: readonly ColumnCuts[]) => void,
): Promise<void> {
  const own = scratch[member];
  // one that joins late, when memory was had for fewer
  if (own === undefined) return;
  const cutter = new ColumnCutter();
  for (let column = claim(); column < columns.length; column = claim()) {
    const values = columns[column];
    const at = column * values.length;
    const cuts = await cutter.cut(values, known, turns);
    await fillBins(values, cuts.thresholds, bins + at, on, own, turns);
    if (later === null) {
      onColumn(column, [cuts]);
      continue;
    }
    const laterCuts = await cutter.cut(values, later.known, turns);
    const shifts = shiftsBetween(cuts.thresholds, laterCuts.thresholds);
    await fillShifts(values, laterCuts.thresholds, bins + at, shifts, later.shifts + at, on, own, turns);
    onColumn(column, [cuts, laterCuts]);
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
export function fillBins(
  values: Float32Array,
  thresholds: Float32Array,
  bins: number,
  on: OnMemory,
  scratch: number,
  turns: Turns,
): Promise<void> {
  return inChunks(values, thresholds, (row) => bins + row, on, scratch, turns);
}

function fillShifts(
  values: Float32Array,
  thresholds: Float32Array,
  bins: number,
  shifts: BinShifts,
  packed: number,
  on: OnMemory,
  scratch: number,
  turns: Turns,
): Promise<void> {
  const { buffer } = on.memory;
  const second = scratch + (EDGES + CHUNK) * 4;
  return inChunks(
    values,
    thresholds,
    () => second,
    on,
    scratch,
    turns,
    (row, count) => {
      const out = new Uint8Array(buffer, packed + (row * shifts.bits) / 8, Math.ceil((count * shifts.bits) / 8));
      packShifts(new Uint8Array(buffer, bins + row, count), new Uint8Array(buffer, second, count), shifts, out);
    },
  );
}

/** Bins a column a chunk at a time, to where `place` says. */
async function inChunks(
  values: Float32Array,
  thresholds: Float32Array,
  place: (row: number) => number,
  { kernels, memory }: OnMemory,
  scratch: number,
  turns: Turns,
  onChunk: (row: number, count: number) => void = () => {},
): Promise<void> {
  new Float32Array(memory.buffer, scratch, EDGES).fill(Number.POSITIVE_INFINITY).set(thresholds);
  const chunk = scratch + EDGES * 4;
  const copy = new Float32Array(memory.buffer, chunk, CHUNK);
  for (let row = 0; row < values.length; row += CHUNK) {
    const part = values.subarray(row, row + CHUNK);
    copy.set(part);
    kernels.binColumn(chunk, part.length, scratch, place(row));
    onChunk(row, part.length);
    if (turns.isOver) await turns.giveWay();
  }
}

/**
 * Turns the bins of those columns that this thread claims into those by the later thresholds.
 *
 * @param task - the columns
 * @param memory - theirs
 * @param claim - gives the next number, to this thread alone
 * @param turns - gives way
 * @throws TickerforestError `ABORTED`
 */
export async function shiftColumns(
  { rows, bins, packed, shifts }: ShiftingTask,
  { buffer }: SharedMemory,
  claim: () => number,
  turns: Turns,
): Promise<void> {
  for (let column = claim(); column < shifts.length; column = claim()) {
    const own = shifts[column];
    for (let row = 0; row < rows; row += CHUNK) {
      const count = Math.min(CHUNK, rows - row);
      const at = column * rows + row;
      const part = new Uint8Array(buffer, packed + column * rows + (row * own.bits) / 8, Math.ceil((count * own.bits) / 8));
      applyShifts(new Uint8Array(buffer, bins + at, count), own, part);
      if (turns.isOver) await turns.giveWay();
    }
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
