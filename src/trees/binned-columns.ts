import { ownError, TickerforestError, throwIfAborted } from '../errors';
import { hurryCollector } from '../threads/collector';
import { Turns } from '../waiting';
import type { Arena } from './arena';
import { shiftsBetween } from './bin-shifts';
import { BinnedMatrix, type BinnedMatrixOptions, checkShapes, WORTH_BINNING } from './binned-matrix';
import { checkRange } from './binning';
import { BINNING_BYTES, type BinningTask, binColumns, type ShiftingTask, shiftColumns } from './binning-work';
import type { ColumnCuts } from './column-cutter';
import type { FeatureMatrix, RowRange } from './feature-matrix';
import { giveRoom, type Room, takeRoom } from './rooms';

/** What the thresholds of a matrix are chosen by. */
export interface KnownRows {
  /** Rows that may be looked at. */
  readonly known: RowRange;
  /** Of a second matrix of the same columns: rows that may be looked at then. Absent: there is none. */
  readonly later?: RowRange;
}

/**
 * Columns that are binned as they come, so that the numbers themselves need not be there all at the same time: a byte a value instead of four. They can be binned by the thresholds of a second
 * matrix as well, which follows the first; that takes a bit or two more a value where the thresholds are close to each other, and a byte at most.
 */
export class BinnedColumns {
  readonly #names: readonly string[];
  readonly #rows: number;
  readonly #known: KnownRows;
  readonly #options: BinnedMatrixOptions;
  #room: Room | undefined;
  /** Address of u8[features][rows]. */
  readonly #bins: number;
  /** Address of u8[features][rows], of which is used what shifts need. */
  readonly #shifts: number;
  /** Where each column was cut, as far as it is known. */
  readonly #cuts: (readonly ColumnCuts[] | undefined)[];
  /** Scratch, one a thread. */
  readonly #scratch: readonly number[];
  readonly #mark: number;
  /** Rooms that columns may be written to. */
  readonly #free: Float32Array[] = [];
  /** Matrices that were made. */
  #made = 0;

  /**
   * @param names - of the features, in the order of the matrix
   * @param rows - of every column
   * @param known - rows that may be looked at
   * @param options - abort, and other threads
   * @throws TickerforestError `INVALID_OPTION` for a range outside of the rows, or if the memory cannot be had
   */
  constructor(names: readonly string[], rows: number, known: KnownRows, options: BinnedMatrixOptions = {}) {
    for (const range of [known.known, known.later ?? known.known]) checkRange(range, rows);
    this.#names = names;
    this.#rows = rows;
    this.#known = known;
    this.#options = options;
    hurryCollector(rows * names.length);
    const room = takeRoom(options.threads);
    const { arena } = room;
    this.#room = room;
    this.#bins = arena.allocate(rows * names.length);
    this.#shifts = arena.allocate(known.later === undefined ? 0 : rows * names.length);
    this.#cuts = names.map(() => undefined);
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
    const { known, later } = this.#known;
    const task: BinningTask = {
      kind: 'binning',
      columns,
      known,
      bins: this.#bins + first * this.#rows,
      later: later === undefined ? null : { known: later, shifts: this.#shifts + first * this.#rows },
      scratch: this.#scratch,
    };
    const onColumn = (column: number, cuts: readonly ColumnCuts[]) => {
      this.#cuts[first + column] = cuts;
    };
    if (others === undefined) {
      let next = 0;
      const turns = new Turns(signal, 'binning features');
      await binColumns(task, { kernels, memory: arena.memory }, 0, () => next++, turns, onColumn);
      return;
    }
    await others.run(task, arena, {
      most: columns.length,
      ...{ signal, during: 'binning features' },
      onColumn: ({ column, cuts }) => onColumn(column, cuts),
    });
  }

  /**
   * The columns as a matrix: at first by the thresholds of the known rows; then, when that was disposed of, by those of the later ones. The memory is the last one's.
   *
   * @returns the matrix
   * @throws TickerforestError `INVALID_OPTION` if a column is missing, the matrix before is not disposed of, or the memory cannot be had; `ABORTED`, `WORKER_FAILED`
   */
  async next(): Promise<BinnedMatrix> {
    const room = this.#give();
    const takeBack = (own: Room) => {
      this.#room = own;
    };
    try {
      const way = this.#made++;
      if (way > 0) await this.#shift(room.arena, this.#bins, this.#shifts);
      const isLast = this.#known.later === undefined || way > 0;
      return await this.#matrix(room, way, this.#bins, isLast ? giveRoom : takeBack);
    } catch (error) {
      takeBack(room);
      throw error;
    }
  }

  /**
   * Both matrices at the same time, instead of one after the other: the second one has memory of its own.
   *
   * @returns that by the thresholds of the known rows, and that by those of the later ones; null: there is not the memory, so ask for them one after the other
   * @throws TickerforestError `INVALID_OPTION` if a column is missing; `ABORTED`, `WORKER_FAILED`
   */
  async both(): Promise<readonly [BinnedMatrix, BinnedMatrix] | null> {
    const room = this.#give();
    const bytes = this.#rows * this.#names.length;
    let other: Room | undefined;
    try {
      other = takeRoom(this.#options.threads);
      const bins = other.arena.allocate(bytes);
      const mark = other.arena.mark();
      const shifts = other.arena.allocate(bytes);
      await this.#copy(room.arena.uint8(this.#bins, bytes), other.arena.uint8(bins, bytes));
      await this.#copy(room.arena.uint8(this.#shifts, bytes), other.arena.uint8(shifts, bytes));
      await this.#shift(other.arena, bins, shifts);
      other.arena.release(mark);
      const second = await this.#matrix(other, 1, bins, giveRoom);
      return [await this.#matrix(room, 0, this.#bins, giveRoom), second];
    } catch (error) {
      this.#room = room;
      if (other !== undefined) giveRoom(other);
      if (isNoMemory(error)) return null;
      throw error;
    }
  }

  /** The memory, with all bins, for a matrix. */
  #give(): Room {
    const room = this.#own();
    const binned = this.#cuts.filter((one) => one !== undefined).length;
    if (binned < this.#names.length) throw noMatrix(`${binned} of ${this.#names.length} are binned`);
    // whoever has the matrix has the memory
    this.#room = undefined;
    this.#free.length = 0;
    room.arena.release(this.#mark);
    return room;
  }

  #matrix(room: Room, way: number, columns: number, onDispose: (room: Room) => void): Promise<BinnedMatrix> {
    const cuts = this.#cuts.flatMap((ways) => ways?.[way] ?? []);
    const thresholds = { names: this.#names, thresholds: cuts.map((one) => one.thresholds), ranges: cuts.map(({ range }) => range) };
    return BinnedMatrix.of({ room, rows: this.#rows, thresholds, columns, onDispose }, this.#options);
  }

  async #copy(from: Uint8Array, to: Uint8Array): Promise<void> {
    const turns = new Turns(this.#options.signal, 'binning features');
    await turns.forRuns(from.length, (start, end) => to.set(from.subarray(start, end), start));
  }

  /** Makes bins by the later thresholds of those by the first. */
  async #shift(arena: Arena, bins: number, packed: number): Promise<void> {
    const { signal, threads } = this.#options;
    const shifts = this.#cuts.flatMap((ways) => (ways === undefined ? [] : [shiftsBetween(ways[0].thresholds, ways[1].thresholds)]));
    const task: ShiftingTask = { kind: 'shifting', rows: this.#rows, bins, packed, shifts };
    if (threads !== undefined && this.#rows * shifts.length >= WORTH_BINNING) {
      await threads.run(task, arena, { most: shifts.length, signal, during: 'binning features' });
      return;
    }
    let next = 0;
    await shiftColumns(task, arena.memory, () => next++, new Turns(signal, 'binning features'));
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
 * @returns the bins of all rows, to the byte the same with any number of threads: values beyond the outermost thresholds are in the outermost bins
 * @throws TickerforestError `INVALID_OPTION` if shapes do not fit or the memory cannot be had, `ABORTED`, `WORKER_FAILED`
 */
export async function binMatrix(matrix: FeatureMatrix, known: RowRange, options: BinnedMatrixOptions = {}): Promise<BinnedMatrix> {
  checkShapes(matrix);
  const columns = new BinnedColumns(matrix.names, matrix.rows, { known }, options);
  try {
    await columns.add(0, matrix.columns);
    return await columns.next();
  } catch (error) {
    columns.dispose();
    throw error;
  }
}

/**
 * @param error - of what bins, where shapes are known to fit
 * @returns whether there was not the memory
 */
export function isNoMemory(error: unknown): boolean {
  return ownError(error)?.code === 'INVALID_OPTION';
}
