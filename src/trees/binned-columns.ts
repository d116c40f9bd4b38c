import { TickerforestError, throwIfAborted } from '../errors';
import { Turns } from '../waiting';
import { BinnedMatrix, type BinnedMatrixOptions, checkShapes, WORTH_BINNING } from './binned-matrix';
import { checkRange } from './binning';
import { BINNING_BYTES, type BinningTask, binColumns } from './binning-work';
import type { ColumnCuts } from './column-cutter';
import type { FeatureMatrix, RowRange } from './feature-matrix';
import { giveRoom, hurryCollector, type Room, takeRoom } from './rooms';

/** What was made of the columns in one way. */
interface ColumnSet {
  /** Rows by whose values thresholds are chosen. */
  readonly known: RowRange;
  /** Address of u8[features][rows]. */
  readonly bins: number;
  /** Where each column was cut, as far as it is known. */
  readonly cuts: (ColumnCuts | undefined)[];
}

/**
 * Columns that are binned as they come, in one or more ways at once, so that the numbers themselves need not be there all at the same time: a byte a value and way instead of four.
 * Ways differ in the rows by whose values thresholds are chosen.
 */
export class BinnedColumns {
  readonly #names: readonly string[];
  readonly #rows: number;
  readonly #options: BinnedMatrixOptions;
  #room: Room | undefined;
  readonly #sets: readonly ColumnSet[];
  /** Scratch, one a thread. */
  readonly #scratch: readonly number[];
  readonly #mark: number;
  /** Rooms that columns may be written to. */
  readonly #free: Float32Array[] = [];

  /**
   * @param names - of the features, in the order of the matrix
   * @param rows - of every column
   * @param known - for each way, the rows that may be looked at
   * @param options - abort, and other threads
   * @throws TickerforestError `INVALID_OPTION` for a range outside of the rows, or if the memory cannot be had
   */
  constructor(names: readonly string[], rows: number, known: readonly RowRange[], options: BinnedMatrixOptions = {}) {
    for (const range of known) checkRange(range, rows);
    this.#names = names;
    this.#rows = rows;
    this.#options = options;
    hurryCollector(rows * names.length * known.length);
    const room = takeRoom();
    const { arena } = room;
    this.#room = room;
    this.#sets = known.map((range) => ({ known: range, bins: arena.allocate(rows * names.length), cuts: names.map(() => undefined) }));
    this.#scratch = Array.from({ length: Math.max(1, options.threads?.count ?? 0) }, () => arena.allocate(BINNING_BYTES));
    this.#mark = arena.mark();
  }

  /**
   * Room for columns, in memory that a matrix takes over later: to be filled, and given to {@link take}.
   *
   * @param count - how many
   * @returns arrays of as many values as there are rows; they hold anything
   * @throws TickerforestError `INVALID_OPTION` if the memory cannot be had
   */
  room(count: number): Float32Array[] {
    const { arena } = this.#own();
    return Array.from({ length: count }, () => this.#free.pop() ?? arena.float32(arena.allocate(this.#rows * 4), this.#rows));
  }

  /**
   * Bins columns that were written to {@link room}, which is used again.
   *
   * @param first - number of the first of them
   * @param columns - the columns
   * @throws TickerforestError `ABORTED`, `WORKER_FAILED`
   */
  async take(first: number, columns: readonly Float32Array[]): Promise<void> {
    await this.add(first, columns);
    this.#free.push(...columns);
  }

  /**
   * Bins some columns. One call at a time. Other threads do it where the columns are over memory that can be shared.
   *
   * @param first - number of the first of them
   * @param columns - their values; not kept
   * @throws TickerforestError `ABORTED`, `WORKER_FAILED`
   */
  async add(first: number, columns: readonly Float32Array[]): Promise<void> {
    const { signal, threads } = this.#options;
    throwIfAborted(signal, 'binning features');
    const { arena, kernels } = this.#own();
    const isShared = columns.every(({ buffer }) => buffer instanceof SharedArrayBuffer);
    const others = isShared && columns.length * this.#rows >= WORTH_BINNING ? threads : undefined;
    const task: BinningTask = {
      kind: 'binning',
      columns,
      sets: this.#sets.map(({ known, bins }) => ({ known, bins: bins + first * this.#rows })),
      scratch: this.#scratch,
    };
    const onColumn = (column: number, cuts: readonly ColumnCuts[]) => {
      for (const [i, { cuts: known }] of this.#sets.entries()) known[first + column] = cuts[i];
    };
    if (others === undefined) {
      let next = 0;
      const turns = new Turns(signal, 'binning features');
      await binColumns(task, { kernels, memory: arena.memory }, 0, () => next++, turns, onColumn);
      return;
    }
    await others.run(task, arena, {
      most: columns.length,
      // columns may come in many jobs, and what follows reckons with the memory
      bytes: 0,
      ...{ signal, during: 'binning features' },
      onColumn: ({ column, cuts }) => onColumn(column, cuts),
    });
  }

  /**
   * @param set - number of the way
   * @param isLast - whether no other is wanted any more: the memory is the matrix's then
   * @returns the columns as a matrix; it must be disposed of before another is asked for
   * @throws TickerforestError `INVALID_OPTION` if a column is missing, a matrix is not disposed of, or the memory cannot be had; `ABORTED`, `WORKER_FAILED`
   */
  async matrix(set: number, isLast: boolean): Promise<BinnedMatrix> {
    const room = this.#own();
    const { bins, cuts: found } = this.#sets[set];
    const cuts = found.flatMap((one) => one ?? []);
    if (cuts.length < this.#names.length) throw noMatrix(`${cuts.length} of ${this.#names.length} are binned`);
    // whoever has the matrix has the memory
    this.#room = undefined;
    this.#free.length = 0;
    room.arena.release(this.#mark);
    const thresholds = { names: this.#names, thresholds: cuts.map((one) => one.thresholds), ranges: cuts.map(({ range }) => range) };
    const giveBack = (own: Room) => {
      this.#room = own;
    };
    const parts = { room, rows: this.#rows, thresholds, columns: bins, onDispose: isLast ? giveRoom : giveBack };
    return BinnedMatrix.of(parts, this.#options);
  }

  /** Lets go of the memory, where it is not a matrix's. */
  dispose(): void {
    if (this.#room !== undefined) giveRoom(this.#room);
    this.#room = undefined;
  }

  #own(): Room {
    if (this.#room === undefined) throw noMatrix('another has their memory, or it was let go');
    return this.#room;
  }
}

function noMatrix(reason: string): TickerforestError {
  return new TickerforestError('INVALID_OPTION', `no matrix can be made of the columns: ${reason}`);
}

/**
 * Chooses thresholds, and bins every row of a matrix.
 *
 * @param matrix - features; not changed and not kept
 * @param known - rows by whose values thresholds are chosen
 * @param options - abort, and other threads, which do it where the columns are over memory that can be shared
 * @returns the bins, to the byte those of `fitBinMapper` and `BinnedMatrix.create`
 * @throws TickerforestError `INVALID_OPTION` if shapes do not fit or the memory cannot be had, `ABORTED`, `WORKER_FAILED`
 */
export async function binMatrix(matrix: FeatureMatrix, known: RowRange, options: BinnedMatrixOptions = {}): Promise<BinnedMatrix> {
  checkShapes(matrix);
  const columns = new BinnedColumns(matrix.names, matrix.rows, [known], options);
  try {
    await columns.add(0, matrix.columns);
    return await columns.matrix(0, true);
  } catch (error) {
    columns.dispose();
    throw error;
  }
}
