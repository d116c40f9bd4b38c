import { TickerforestError, throwIfAborted } from '../errors';
import { compiledKernels, type Kernels, loadKernels } from '../kernels/kernels';
import { Turns } from '../waiting';
import { Arena } from './arena';
import type { BinMapper } from './binning';
import type { Bins, BinsLayout } from './bins';
import type { FeatureMatrix } from './feature-matrix';
import type { TreeThreads } from './threads';

/** Values binned by one call of the kernel; 64 KiB of Float32. */
const CHUNK = 16_384;

/** How a {@link BinnedMatrix} is made. */
export interface BinnedMatrixOptions {
  /**
   * A matrix that is no longer needed: its memory is taken over, and it cannot be used any more. Give the one before when
   * refitting thresholds of many rows; a large matrix's memory is otherwise freed only when the collector finds it.
   */
  readonly reuse?: BinnedMatrix;
  /** Checked every few milliseconds; absent: cannot be aborted. */
  readonly signal?: AbortSignal;
  /** What trains on it and forecasts from it in other threads. Default: nothing, the calling thread does all. */
  readonly threads?: TreeThreads | undefined;
}

/**
 * A feature matrix as bins of one byte, resident in shared WebAssembly memory in both orders: by row for histograms, by column
 * for dividing rows. Takes 2 bytes a value, and 34 bytes a row while a model is trained (2 more for weights, 9 more for log loss). Any number of models can be trained
 * on it, one after the other.
 */
export class BinnedMatrix implements Bins {
  /** Number of rows, all of them binned. */
  readonly rows: number;
  /** Number of features. */
  readonly features: number;
  /** Where the features were cut. */
  readonly thresholds: BinMapper;
  /** The hot loops on this memory. */
  readonly kernels: Kernels;
  /** Address of the bins by column: u8[features][rows]. */
  readonly columns: number;
  /** Address of the bins by row: u8[rows][features]. */
  readonly table: number;
  /** Address of u32[features]: bins of each feature, missing not counted. */
  readonly binCounts: number;
  /** Other threads that may work on it; undefined: the calling thread does all. */
  readonly threads: TreeThreads | undefined;
  private arena: Arena | undefined;
  private borrowed = false;

  private constructor(arena: Arena, kernels: Kernels, rows: number, thresholds: BinMapper, threads: TreeThreads | undefined) {
    this.arena = arena;
    this.threads = threads;
    this.kernels = kernels;
    this.rows = rows;
    this.features = thresholds.names.length;
    this.thresholds = thresholds;
    this.columns = arena.allocate(rows * this.features);
    // the histogram kernel reads whole vectors of 16 bytes
    this.table = arena.allocate(rows * this.features + 16);
    this.binCounts = arena.allocate(this.features * 4);
    arena.uint32(this.binCounts, this.features).set(thresholds.thresholds.map((own) => own.length + 1));
  }

  /**
   * Bins every row of a matrix. Gives way to the event loop every few milliseconds.
   *
   * @param matrix - features; not changed and not kept
   * @param thresholds - from `fitBinMapper`, perhaps of fewer rows: values beyond the outermost thresholds go to the outermost bins
   * @param options - see {@link BinnedMatrixOptions}
   * @returns the bins of all rows
   * @throws TickerforestError `INVALID_OPTION` if the shapes do not fit each other or the memory cannot be had, `ABORTED`
   */
  static async create(matrix: FeatureMatrix, thresholds: BinMapper, options: BinnedMatrixOptions = {}): Promise<BinnedMatrix> {
    checkShapes(matrix, thresholds);
    const { reuse, signal, threads } = options;
    throwIfAborted(signal, 'binning features');
    const turns = new Turns(signal, 'binning features');
    const { arena, kernels } = (reuse === undefined ? spares.pop() : { arena: reuse.surrender(), kernels: reuse.kernels }) ?? newArena();
    arena.clear();
    const binned = new BinnedMatrix(arena, kernels, matrix.rows, thresholds, threads);
    const mark = arena.mark();
    const edges = arena.allocate(256 * 4);
    const chunk = arena.allocate(CHUNK * 4);
    for (const [feature, values] of matrix.columns.entries()) {
      const own = arena.float32(edges, 256).fill(Number.POSITIVE_INFINITY);
      own.set(thresholds.thresholds[feature]);
      for (let row = 0; row < matrix.rows; row += CHUNK) {
        const count = Math.min(CHUNK, matrix.rows - row);
        arena.float32(chunk, count).set(values.subarray(row, row + count));
        kernels.binColumn(chunk, count, edges, binned.columns + feature * matrix.rows + row);
        if (turns.isOver) await turns.giveWay();
      }
    }
    for (let row = 0; row < matrix.rows; row += CHUNK) {
      kernels.transposeBins(binned.columns, matrix.rows, binned.features, row, Math.min(matrix.rows, row + CHUNK), binned.table);
      if (turns.isOver) await turns.giveWay();
    }
    arena.release(mark);
    return binned;
  }

  /** Where its bins are, for other threads. */
  get layout(): BinsLayout {
    const { rows, features, thresholds, columns, table, binCounts } = this;
    return { rows, features, thresholds, columns, table, binCounts };
  }

  /**
   * Runs something that needs scratch memory behind the bins. One at a time: scratch is given out and released in turn.
   *
   * @param task - gets the arena; what it allocates is released when it ends
   * @returns what the task returns
   * @throws TickerforestError `INVALID_OPTION` if the matrix was disposed of or is in use
   */
  async borrow<T>(task: (arena: Arena) => Promise<T>): Promise<T> {
    const arena = this.take();
    const mark = arena.mark();
    this.borrowed = true;
    try {
      return await task(arena);
    } finally {
      arena.release(mark);
      this.borrowed = false;
    }
  }

  /** Lets go of the memory, which the next matrix takes over if it is small, and the collector frees if not. The matrix cannot be used after it. */
  dispose(): void {
    const arena = this.surrender();
    if (spares.length < MOST_SPARES && arena.memory.buffer.byteLength <= LARGEST_SPARE) spares.push({ arena, kernels: this.kernels });
  }

  private surrender(): Arena {
    const arena = this.take();
    this.arena = undefined;
    return arena;
  }

  private take(): Arena {
    if (this.arena === undefined) throw new TickerforestError('INVALID_OPTION', 'this binned matrix was disposed of; create another');
    if (this.borrowed)
      throw new TickerforestError('INVALID_OPTION', 'this binned matrix is in use; wait for the model that is being trained on it');
    return this.arena;
  }
}

/** Bytes of a memory that is kept for the next matrix: those of some 100,000 rows. */
const LARGEST_SPARE = 2 ** 25;
const MOST_SPARES = 4;

/**
 * Memories of matrices that are no longer needed. Each takes gigabytes of address space, and the collector, which does not count shared memory, is in no hurry: a
 * process that trains a thousand small symbols would have a thousand.
 */
const spares: { readonly arena: Arena; readonly kernels: Kernels }[] = [];

function newArena(): { readonly arena: Arena; readonly kernels: Kernels } {
  const arena = new Arena();
  return { arena, kernels: loadKernels(arena.memory, compiledKernels()) };
}

function checkShapes(matrix: FeatureMatrix, thresholds: BinMapper): void {
  const { rows, names, columns } = matrix;
  if (!Number.isInteger(rows) || rows < 1 || rows >= 2 ** 30)
    throw new TickerforestError('INVALID_OPTION', `the matrix has ${rows} rows; give 1 to 2^30 - 1`);
  if (columns.length < 1 || columns.length > 65_535 || columns.length !== names.length)
    throw new TickerforestError(
      'INVALID_OPTION',
      `the matrix has ${columns.length} columns and ${names.length} names; give as many, 1 to 65,535`,
    );
  columns.forEach((column, i) => {
    if (column.length !== rows)
      throw new TickerforestError(
        'INVALID_OPTION',
        `column '${names[i]}' has ${column.length} values, the matrix ${rows} rows; give one a row`,
      );
  });
  if (names.join('\n') !== thresholds.names.join('\n'))
    throw new TickerforestError('INVALID_OPTION', 'the thresholds are of other features than the matrix; fit them on the same columns');
}
