import { compiledKernels } from '../kernels/kernels';
import type { Pool } from '../threads/pool';
import { processPool } from '../threads/process-pool';
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

/** Threads that grow trees and forecast beside the calling one. */
export class TreeThreads {
  /** How many at a time. */
  readonly count: number;
  readonly #pool: Pool;

  private constructor(count: number, own: Pool) {
    this.count = count;
    this.#pool = own;
  }

  /**
   * @param count - how many at most, 0 or more
   * @param onFailure - told why there can be none, where some were asked for
   * @returns threads; undefined: the calling thread does all
   */
  static async of(count: number, onFailure?: (reason: Error) => void): Promise<TreeThreads | undefined> {
    const own = count === 0 ? undefined : await processPool(onFailure);
    return own && new TreeThreads(count, own);
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
    const task: TreeTask = { ...work, memory, module: compiledKernels() };
    await this.#pool.run(task, { threads: Math.min(this.count, most), bytes, memory, signal, during, onTold });
  }
}
