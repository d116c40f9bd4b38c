import type { BinnedMatrix } from '../../src/trees/binned-matrix';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';

/** 24 bits of a hash of (row, column), in [0, 1): murmur3's 32-bit finaliser. The same numbers as in scripts/expected/sklearn_trees.py. */
export function hashed(row: number, column: number): number {
  let h = Math.imul(row * 64 + column + 1, 0x9e3779b1);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (h >>> 8) / 2 ** 24;
}

/** A matrix of numbers that depend on row and column only. */
export function makeMatrix(rows: number, features: number, value: (row: number, feature: number) => number): FeatureMatrix {
  return {
    rows,
    names: Array.from({ length: features }, (_, feature) => `f${feature}`),
    columns: Array.from({ length: features }, (_, feature) => new Float32Array(rows).map((_value, row) => value(row, feature))),
  };
}

/** One row of a matrix, as a model is asked about it. */
export function rowOf(matrix: FeatureMatrix, row: number): Float32Array {
  return Float32Array.from(matrix.columns, (column) => column[row] ?? Number.NaN);
}

/** A target that depends on the first features, with noise. */
export function makeTarget(rows: number, noise: number): Float64Array {
  return new Float64Array(rows).map((_, row) => {
    const signal = 3 * (hashed(row, 0) - 0.5) * (hashed(row, 1) - 0.5) + (hashed(row, 2) > 0.7 ? 1 : 0);
    return signal + noise * (hashed(row, 60) + hashed(row, 61) - 1);
  });
}

/** The same numbers in memory that other threads see. */
export function overSharedMemory({ rows, names, columns }: FeatureMatrix): FeatureMatrix {
  const shared = columns.map((column) => {
    const copy = new Float32Array(new SharedArrayBuffer(column.byteLength));
    copy.set(column);
    return copy;
  });
  return { rows, names, columns: shared };
}

/** All bins in both orders. */
export function allBins(binned: BinnedMatrix): Promise<{ columns: Uint8Array; table: Uint8Array; counts: Uint32Array }> {
  const { rows, features } = binned;
  return binned.borrow(async (arena) => ({
    columns: arena.uint8(binned.columns, rows * features).slice(),
    table: arena.uint8(binned.table, rows * features).slice(),
    counts: arena.uint32(binned.binCounts, features).slice(),
  }));
}
