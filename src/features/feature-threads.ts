import { BAR_COLUMNS, type Bars, copySteps } from '../bars/bars';
import type { Market } from '../bars/market';
import type { Pool } from '../threads/pool';
import { processPool, threadsFor } from '../threads/process-pool';
import { inTurns, Turns } from '../waiting';
import { BLOCK_BARS, isBuiltIn } from './family';
import type { NextBars, Targets } from './family-work';
import { bringBack, type FeatureTask, memoryOf, type ToldFold } from './feature-task';
import type { RunningFamily } from './running-families';
import type { SummaryFold } from './summary';

/** Fewer bars are folded sooner than a family's memory is sent and received. */
const LEAST_BARS = 4 * BLOCK_BARS;

/** Nanoseconds that a value takes, its summary included: 11 to 41 by family (2.3 GHz), so that a family's cost is the number of its features. */
const COST_OF_VALUE = 20;

/** How a family is folded. */
interface FoldPlan {
  /** Of all families' values. */
  readonly summaries: SummaryFold;
  /** What is going on, for messages. */
  readonly during: string;
  /** Aborts. */
  readonly signal: AbortSignal;
  /** Hears every few thousand bars what share of them the family has done. */
  readonly onDone: (family: RunningFamily, fraction: number) => void;
}

/** Threads that fold families beside the calling one, a family a thread. */
export class FeatureThreads {
  /** How many at a time. */
  readonly count: number;
  /** Those of this library, whose name and parameters say all; those of most features, which take longest, first. */
  readonly families: readonly RunningFamily[];
  readonly #pool: Pool;
  readonly #market: Market;
  readonly #bars: Bars;

  private constructor(pool: Pool, count: number, families: readonly RunningFamily[], market: Market, bars: Bars) {
    this.count = count;
    this.families = families;
    this.#pool = pool;
    this.#market = market;
    pool.allow(count);
    this.#bars = bars;
  }

  /**
   * @param wanted - how many; undefined: as many as pay
   * @param all - families of an engine
   * @param market - whose bars
   * @param bars - what they are to fold
   * @param onFailure - told why there can be none, where some were to be had
   * @returns threads; undefined: the calling thread folds all
   */
  static async of(
    wanted: number | undefined,
    all: readonly RunningFamily[],
    market: Market,
    bars: Bars,
    onFailure?: (reason: Error) => void,
  ): Promise<FeatureThreads | undefined> {
    const families = all.filter(({ family }) => isBuiltIn(family)).sort((a, b) => b.out.length - a.out.length);
    if (bars.length < LEAST_BARS || families.length === 0) return undefined;
    const values = bars.length * families.reduce((sum, { out }) => sum + out.length, 0);
    const count = threadsFor(wanted, values * COST_OF_VALUE);
    const pool = count === 0 ? undefined : await processPool(onFailure);
    if (pool === undefined) return undefined;
    const shared = BAR_COLUMNS.every((name) => isShared(bars[name])) ? bars : await inTurns(copySteps(bars), new Turns());
    return new FeatureThreads(pool, Math.min(count, families.length), families, market, shared);
  }

  /**
   * Goes through the families, as many at a time as there are threads.
   *
   * @param signal - the caller's, if any
   * @param meanwhile - what the calling thread does beside them
   * @param each - what is done about a family: {@link FeatureThreads.fold}, and what goes with it
   * @returns when nothing of it is at work any more
   * @throws the first that `meanwhile` or `each` throws; the signal that the others have then fires
   */
  async share(
    signal: AbortSignal | undefined,
    meanwhile: (signal: AbortSignal) => Promise<void>,
    each: (family: RunningFamily, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const failures: unknown[] = [];
    const failed = new AbortController();
    const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    const left = [...this.families];
    const lane = async () => {
      for (let family = left.shift(); family !== undefined && failures.length === 0; family = left.shift()) await each(family, either);
    };
    const fail = (error: unknown) => {
      failures.push(error);
      failed.abort(error);
    };
    await Promise.all([meanwhile(either), ...Array.from({ length: this.count }, lane)].map((work) => work.catch(fail)));
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Lets another thread fold a family.
   *
   * @param running - one of {@link FeatureThreads.families}
   * @param next - number of the bars and their row
   * @param targets - where its values go; see {@link canShare}
   * @param plan - see {@link FoldPlan}
   * @throws TickerforestError `ABORTED`, `WORKER_FAILED`; what the listener throws
   */
  async fold(running: RunningFamily, { first, row }: Omit<NextBars, 'bars'>, targets: Targets, plan: FoldPlan): Promise<void> {
    const { summaries, during, signal, onDone } = plan;
    const { name, version, parameters } = running.family;
    const task: FeatureTask = {
      kind: 'features',
      ...{ market: this.#market, family: { name, version, parameters }, memory: memoryOf(running, summaries) },
      ...{ bars: this.#bars, first, row, targets },
    };
    await this.#pool.run<ToldFold>(task, {
      ...{ threads: 1, during, signal },
      bytes: targets.reduce((sum, column) => sum + ownBytes(column), 0),
      onTold: (told) => {
        if (typeof told === 'number') onDone(running, told);
        else bringBack(told, running, summaries);
      },
    });
  }
}

/**
 * @param columns - where values go
 * @returns whether they lie over memory that other threads can write to
 */
export function canShare(columns: Targets): boolean {
  return columns.every((column) => column === undefined || isShared(column));
}

/** Bytes of a column that has its memory to itself; where it is a part of the bins' memory, those who bin it tell of that. */
function ownBytes(column: Float32Array | undefined): number {
  return column !== undefined && column.byteLength === column.buffer.byteLength ? column.byteLength : 0;
}

function isShared({ buffer }: Float32Array | Float64Array): boolean {
  return buffer instanceof SharedArrayBuffer;
}
