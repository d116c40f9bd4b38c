import type { Arena } from './arena';
import type { BinnedMatrix } from './binned-matrix';
import type { RowRange } from './feature-matrix';
import type { RowWeights } from './row-weights';

/** Bytes of one feature's histogram: 256 cells of 8 bytes. */
export const HISTOGRAM_BYTES = 2048;

/** Bytes of one feature's ranges of bins: 256 pairs of Float32. */
const RANGE_BYTES = 2048;

/** Rows that the histogram kernels gather at a time. */
export const GATHERED_ROWS = 128;

/** What one thread needs to grow trees: addresses of its scratch, all in the matrix's memory. */
export interface Workspace {
  /** Bins and kernels. */
  readonly binned: BinnedMatrix;
  /** Rows that may be trained on. */
  readonly range: RowRange;
  /** f64 by row number up to `range.to`: what is fitted. Shared between threads that grow trees of one forest. */
  readonly target: number;
  /** Rows of the range that are present, and their own weights. */
  readonly own: RowWeights;
  /** u16 a row that is present: how often it was drawn. */
  readonly draws: number;
  /** u32: the rows of the sample, by node. */
  readonly rows: number;
  /** i64: packed values in the order of `rows`. */
  readonly packed: number;
  /** u32, as many as rows. */
  readonly spareRows: number;
  /** i64, as many as rows. */
  readonly sparePacked: number;
  /** Rows gathered by the histogram kernels. */
  readonly buffer: number;
  /** Address of histogram slot 0; slots follow each other. */
  readonly histograms: number;
  /** Bytes of a slot. */
  readonly slotBytes: number;
  /** f32[features][256][2]: lowest and highest value of each bin, for random splits; 0: splits are the best ones. */
  readonly ranges: number;
  /** u64[2]: the random stream. */
  readonly random: number;
  /** Views of small results; they stay valid when the memory grows. */
  readonly views: {
    /** u32: numbers of features, for the kernels that take a list. */
    readonly features: Uint32Array;
    /** u32: addresses of the bins of those features. */
    readonly offsets: Uint32Array;
    /** i64[1]: packed total of a node. */
    readonly total: BigInt64Array;
    /** f64[1]: score of the best split. */
    readonly score: Float64Array;
    /** u32[3] of the best split: feature, bin, missing values (0 right, 1 left, 2 none in the node). */
    readonly split: Uint32Array;
    /** i64[2]: packed totals of the best split's children. */
    readonly children: BigInt64Array;
  };
}

/** What a {@link Workspace} is made for. */
export interface WorkspacePlan {
  /** Bins and kernels. */
  readonly binned: BinnedMatrix;
  /** Rows that may be trained on. */
  readonly range: RowRange;
  /** Address of the target. */
  readonly target: number;
  /** Which rows are present, and their weights. */
  readonly own: RowWeights;
  /** Histograms alive at a time. */
  readonly slots: number;
  /** Features in each. */
  readonly slotFeatures: number;
  /** Whether each feature's split is the best there is, or one at random. */
  readonly splitter: 'best' | 'random';
}

/**
 * Sets scratch memory apart.
 *
 * @param arena - the matrix's memory
 * @param plan - what for
 * @returns addresses; the content is undefined, but for the ranges of bins
 */
export function createWorkspace(arena: Arena, plan: WorkspacePlan): Workspace {
  const { binned, range, target, own, slots, slotFeatures, splitter } = plan;
  const count = range.to - range.from;
  const result = arena.allocate(40);
  return {
    binned,
    range,
    target,
    own,
    draws: arena.allocate(own.present * 2),
    rows: arena.allocate(count * 4),
    packed: arena.allocate(count * 8),
    spareRows: arena.allocate(count * 4),
    sparePacked: arena.allocate(count * 8),
    buffer: arena.allocate(GATHERED_ROWS * (Math.ceil(binned.features / 16) * 16)),
    histograms: arena.allocate(slots * slotFeatures * HISTOGRAM_BYTES),
    slotBytes: slotFeatures * HISTOGRAM_BYTES,
    ranges: splitter === 'random' ? writeRanges(arena, binned) : 0,
    random: arena.allocate(16),
    views: {
      features: arena.uint32(arena.allocate(binned.features * 4), binned.features),
      offsets: arena.uint32(arena.allocate(binned.features * 4), binned.features),
      total: arena.int64(arena.allocate(8), 1),
      score: arena.float64(result, 1),
      split: arena.uint32(result + 8, 3),
      children: arena.int64(result + 24, 2),
    },
  };
}

function writeRanges(arena: Arena, { features, thresholds }: BinnedMatrix): number {
  const address = arena.allocate(features * RANGE_BYTES);
  for (const [feature, range] of thresholds.ranges.entries()) arena.float32(address + feature * RANGE_BYTES, range.length).set(range);
  return address;
}
