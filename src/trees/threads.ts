import { compiledKernels } from '../kernels/kernels';
import type { Pool } from '../threads/pool';
import { processPool } from '../threads/process-pool';
import type { Arena } from './arena';
import type { EnsemblesTask, ToldOfEnsembles } from './ensembles-work';
import type { SharedTask, ToldColumn, ToldTree, TreeWork } from './tasks';

/** How other threads do a task. */
interface TreeJobOptions {
  /** Most threads that can take part. */
  readonly most: number;
  /** Aborts. */
  readonly signal: AbortSignal | undefined;
  /** What is going on, for messages: 'training'. */
  readonly during: string;
  /** Hears of every tree. */
  readonly onTree?: (tree: ToldTree) => void;
  /** Hears of every column. */
  readonly onColumn?: (column: ToldColumn) => void;
}

/** Bytes that a memory counts for beside what it holds, as each takes gigabytes of addresses. */
const ADDRESS_SPACE = 2 ** 22;

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

  /** Whether the process has no more of them: work that is shared out twice cannot take more than were asked for. */
  get areAll(): boolean {
    return this.#pool.most <= this.count;
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
    const { most, signal, during, onTree = () => {}, onColumn = () => {} } = options;
    const onTold = (told: ToldTree | ToldColumn) => ('tree' in told ? onTree(told) : onColumn(told));
    const task: SharedTask = { ...work, memory, module: compiledKernels() };
    await this.#pool.run(task, { threads: Math.min(this.count, most), memory, signal, during, onTold });
  }

  /** @param arena - whose memory nobody needs any more: threads that worked on it let go of it */
  forget({ memory }: Arena): void {
    this.#pool.forget(memory, memory.buffer.byteLength + ADDRESS_SPACE);
  }

  /**
   * Lets one other thread do a small training, with memory of its own; as many of them side by side as there are threads.
   *
   * @param work - what; the matrix is copied
   * @param signal - aborts
   * @param onTold - hears of it
   * @returns when the thread is done
   * @throws TickerforestError as {@link TreeThreads.run}; what `onTold` throws
   */
  async trainEnsembles(
    { matrix, sets }: Omit<EnsemblesTask, 'kind'>,
    signal: AbortSignal | undefined,
    onTold: (told: ToldOfEnsembles) => void,
  ): Promise<void> {
    this.#pool.allow(this.count);
    // shared memory would be kept by the worker until its collector, which does not count it, looks for another reason
    const columns = matrix.columns.map((column) => column.slice());
    const task: EnsemblesTask = { kind: 'ensembles', matrix: { ...matrix, columns }, sets };
    await this.#pool.run(task, { threads: 1, signal, during: 'training', onTold });
  }
}
