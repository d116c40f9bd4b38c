import { TickerforestError } from '../errors';
import type { Kernels } from '../kernels/kernels';
import { Turns } from '../waiting';
import type { Arena } from './arena';
import type { BinMapper } from './binning';
import { type TranspositionTask, transposeBlocks } from './binning-work';
import type { Bins, BinsLayout } from './bins';
import type { FeatureMatrix } from './feature-matrix';
import type { Room } from './rooms';
import type { TreeThreads } from './threads';

/** How a {@link BinnedMatrix} is made. */
export interface BinnedMatrixOptions {
  /** Checked every few milliseconds; absent: cannot be aborted. */
  readonly signal?: AbortSignal | undefined;
  /** What trains on it and forecasts from it in other threads. Default: nothing, the calling thread does all. */
  readonly threads?: TreeThreads | undefined;
}

/** Bins by column, of which a {@link BinnedMatrix} is made. */
interface BinnedParts {
  /** Memory of the bins. */
  readonly room: Room;
  /** Number of rows. */
  readonly rows: number;
  /** Where the features were cut. */
  readonly thresholds: BinMapper;
  /** Address of u8[features][rows]. */
  readonly columns: number;
  /** Takes the memory back. */
  readonly onDispose: (room: Room) => void;
}

/** Values from which on other threads are asked: below, it takes a few milliseconds, as they do to hear of it. */
export const WORTH_BINNING = 2 ** 20;

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
  private room: Room | undefined;
  private borrowed = false;
  private readonly onDispose: (room: Room) => void;

  private constructor({ room, rows, thresholds, columns, onDispose }: BinnedParts, threads: TreeThreads | undefined) {
    const { arena, kernels } = room;
    this.room = room;
    this.onDispose = onDispose;
    this.threads = threads;
    this.kernels = kernels;
    this.rows = rows;
    this.features = thresholds.names.length;
    this.thresholds = thresholds;
    this.columns = columns;
    // the histogram kernel reads whole vectors of 16 bytes
    this.table = arena.allocate(rows * this.features + 16);
    this.binCounts = arena.allocate(this.features * 4);
    arena.uint32(this.binCounts, this.features).set(thresholds.thresholds.map((own) => own.length + 1));
  }

  /**
   * @param parts - bins by column
   * @param options - see {@link BinnedMatrixOptions}
   * @returns the same, by row as well
   * @throws TickerforestError `INVALID_OPTION` if the memory cannot be had, `ABORTED`, `WORKER_FAILED`
   */
  static async of(parts: BinnedParts, { signal, threads }: BinnedMatrixOptions): Promise<BinnedMatrix> {
    const binned = new BinnedMatrix(parts, threads);
    const { arena } = parts.room;
    const { rows, features, columns, table, kernels } = binned;
    const task: TranspositionTask = { kind: 'transposition', rows, features, columns, table };
    if (threads !== undefined && rows * features >= WORTH_BINNING)
      await threads.run(task, arena, { most: threads.count, signal, during: 'binning features' });
    else {
      let next = 0;
      await transposeBlocks(task, kernels, () => next++, new Turns(signal, 'binning features'));
    }
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
    const { arena } = this.take();
    const mark = arena.mark();
    this.borrowed = true;
    try {
      return await task(arena);
    } finally {
      arena.release(mark);
      this.borrowed = false;
    }
  }

  /** Lets go of the memory. The matrix cannot be used after it. */
  dispose(): void {
    const room = this.take();
    this.room = undefined;
    this.onDispose(room);
  }

  private take(): Room {
    if (this.room === undefined) throw new TickerforestError('INVALID_OPTION', 'this binned matrix was disposed of; create another');
    if (this.borrowed)
      throw new TickerforestError('INVALID_OPTION', 'this binned matrix is in use; wait for the model that is being trained on it');
    return this.room;
  }
}

/**
 * Throws unless a matrix is one that can be binned.
 *
 * @param matrix - features
 * @throws TickerforestError `INVALID_OPTION` saying what does not fit
 */
export function checkShapes({ rows, names, columns }: FeatureMatrix): void {
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
}
