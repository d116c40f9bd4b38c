import { compiledKernels } from '../kernels/kernels';
import { Pool } from '../threads/pool';
import type { Arena } from './arena';
import type { Told, ToldColumn, ToldTree, TreeTask, TreeWork } from './tasks';

/** How other threads do a task. */
interface TreeJobOptions {
  /** Most threads that can take part. */
  readonly most: number;
  /** Bytes of memory that a worker is reckoned to hold on to afterwards. Default: all of the bins' memory. */
  readonly bytes?: number;
  /** Aborts. */
  readonly signal: AbortSignal | undefined;
  /** What is going on, for messages: 'training'. */
  readonly during: string;
  /** Hears of every tree. */
  readonly onTree?: (tree: ToldTree) => void;
  /** Hears of every column. */
  readonly onColumn?: (column: ToldColumn) => void;
}

/** One pool a process; its workers begin with the first training. */
let pool: Promise<Pool<TreeTask, Told>> | undefined;

/** Threads that grow trees and forecast beside the calling one. */
export class TreeThreads {
  /** How many at a time. */
  readonly count: number;
  readonly #pool: Pool<TreeTask, Told>;

  private constructor(count: number, own: Pool<TreeTask, Told>) {
    this.count = count;
    this.#pool = own;
  }

  /**
   * @param count - how many at most, 0 or more
   * @param onFailure - told why there can be none, where some were asked for
   * @returns threads; undefined: the calling thread does all
   */
  static async of(count: number, onFailure: (reason: Error) => void = () => {}): Promise<TreeThreads | undefined> {
    if (count === 0) return undefined;
    // the program is read when it is needed, and not when the package is imported
    pool ??= import('./generated/worker').then(({ WORKER }) => new Pool(WORKER));
    const own = await pool;
    const reason = await own.start();
    if (reason === undefined) return new TreeThreads(count, own);
    onFailure(reason);
    return undefined;
  }

  /**
   * Lets other threads do a task.
   *
   * @param work - what
   * @param arena - memory of the bins
   * @param options - see {@link TreeJobOptions}
   * @returns when no thread is at it any more
   * @throws TickerforestError `ABORTED`, `WORKER_FAILED`, and what the work throws
   */
  async run(work: TreeWork, { memory }: Arena, options: TreeJobOptions): Promise<void> {
    const { most, bytes = memory.buffer.byteLength, signal, during, onTree = () => {}, onColumn = () => {} } = options;
    const onTold = (told: Told) => ('tree' in told ? onTree(told) : onColumn(told));
    await this.#pool.run(
      { ...work, memory, module: compiledKernels() },
      { threads: Math.min(this.count, most), bytes, signal, during, onTold },
    );
  }
}
