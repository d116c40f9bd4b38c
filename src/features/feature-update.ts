import type { FeatureMatrix } from '../trees/feature-matrix';
import type { FeatureSpec } from './family';

/** Where {@link FeatureEngineer.update} is. */
export interface FeatureProgress {
  /** The family that is running: 'moving averages'. */
  readonly family: string;
  /** Its share of the bars that is done, 0 to 1. */
  readonly fraction: number;
}

/** What {@link FeatureEngineer.update} returns beside the new state, and how it is watched and ended. */
export interface FeatureUpdateOptions {
  /** Whether to return the rows of the model matrix. Default true; false saves 4 bytes a bar and feature where only profiles are wanted. */
  readonly matrix?: boolean | undefined;
  /** A matrix whose rows from `row` on are filled, so that a long one can be made in pieces; it is returned. Default: a new one. */
  readonly into?: MatrixPlace | undefined;
  /** Called for every family and every few thousand bars. */
  readonly onProgress?: ((progress: FeatureProgress) => void) | undefined;
  /**
   * Called with the full-precision values of every feature, model or not, a family and a block at a time. The columns are reused, by other
   * engines, too: copy what you keep. `columns[j][i]` is feature `specs[j]` on bar `first + i` (absolute number), i below `count`.
   */
  readonly onBlock?: ((specs: readonly FeatureSpec[], columns: readonly Float64Array[], first: number, count: number) => void) | undefined;
  /** Aborts between blocks; the engine cannot be used afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/** Where {@link FeatureEngineer.update} writes the rows of a matrix. */
export interface MatrixPlace {
  /** Made by {@link FeatureEngineer.allocateMatrix}. */
  readonly matrix: FeatureMatrix;
  /** Row of the first bar. */
  readonly row: number;
}
