import type { Kernels } from '../kernels/kernels';
import type { BinMapper } from './binning';

/** Where the bins of a matrix are: plain numbers, which other threads are sent. */
export interface BinsLayout {
  /** Number of rows, all of them binned. */
  readonly rows: number;
  /** Number of features. */
  readonly features: number;
  /** Where the features were cut. */
  readonly thresholds: BinMapper;
  /** Address of the bins by column: u8[features][rows]. */
  readonly columns: number;
  /** Address of the bins by row: u8[rows][features]. */
  readonly table: number;
  /** Address of u32[features]: bins of each feature, missing not counted. */
  readonly binCounts: number;
}

/** Bins, and the hot loops of the thread that looks at them. */
export interface Bins extends BinsLayout {
  /** The hot loops on the memory of the bins. */
  readonly kernels: Kernels;
}
