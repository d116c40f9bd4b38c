/**
 * What models learn from: one column a feature, one row a bar, in time order. Column-major, so that a feature is computed and
 * binned in one run; Float32, because 24 bits are more than 255 bins can tell apart and half of what 1.87 M rows would cost.
 */
export interface FeatureMatrix {
  /** Number of rows; every column is this long. */
  readonly rows: number;
  /** Name of each column, in the order of `columns`, each once. */
  readonly names: readonly string[];
  /** One array a feature. NaN is a missing value; infinities count as the largest finite Float32 of their sign. */
  readonly columns: readonly Float32Array[];
}

/** A run of rows in time order. */
export interface RowRange {
  /** Number of the first row, 0 or more. */
  readonly from: number;
  /** Number after the last row, at most the matrix's rows. */
  readonly to: number;
}
