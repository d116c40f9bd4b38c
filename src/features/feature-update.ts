import type { FeatureMatrix } from '../trees/feature-matrix';
import type { FeatureSpec } from './family';

/** Where `FeatureEngineer.update` is. */
export interface FeatureProgress {
  /** The family that is running: 'moving averages'. */
  readonly family: string;
  /** Its share of the bars that is done, 0 to 1. */
  readonly fraction: number;
}

/** What `FeatureEngineer.update` returns beside the new state, and how it is watched and ended. */
export interface FeatureUpdateOptions {
  /** Whether to return the rows of the model matrix. Default true; false saves 4 bytes a bar and feature where only profiles are wanted. */
  readonly matrix?: boolean | undefined;
  /** A matrix whose rows from `row` on are filled, so that a long one can be made in pieces; it is returned. Default: a new one. */
  readonly into?: MatrixPlace | undefined;
  /** Called for every family and every few thousand bars. What it throws ends the update. */
  readonly onProgress?: ((progress: FeatureProgress) => void) | undefined;
  /**
   * Called with the full-precision values of every feature, model or not, a family and a block at a time. The columns are reused, by other
   * engines, too: copy what you keep. `columns[j][i]` is feature `specs[j]` on bar `first + i` (absolute number), i below `count`.
   * What it throws ends the update; it cannot be async.
   */
  readonly onBlock?: ((specs: readonly FeatureSpec[], columns: readonly Float64Array[], first: number, count: number) => void) | undefined;
  /**
   * Threads beside the calling one that compute this library's families. Each computes one at a time; 0: the calling thread does all, as it always does with `onBlock`, families of your
   * own, and fewer than some 4,000 bars. The result is the same, to the byte, for any number. 0 to 64. Default: as many as the machine has cores, and 0 for less than about 0.2 seconds of work.
   */
  readonly threads?: number | undefined;
  /** Called with the reason if no worker thread could be started: the calling thread then computes all. What it throws ends the update. */
  readonly onNoWorkers?: ((reason: Error) => void) | undefined;
  /** Aborts between blocks; the engine cannot be used afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/** Where `FeatureEngineer.update` writes the rows of a matrix. */
export interface MatrixPlace {
  /** Made by `FeatureEngineer.allocateMatrix`. */
  readonly matrix: FeatureMatrix;
  /** Row of the first bar. */
  readonly row: number;
}
