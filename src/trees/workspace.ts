import type { SharedMemory } from '../kernels/web-assembly';
import type { Arena } from './arena';
import type { Bins, BinsLayout } from './bins';
import type { RowRange } from './feature-matrix';
import type { RowWeights } from './row-weights';

/** Bytes of one feature's histogram: 256 cells of 8 bytes. */
export const HISTOGRAM_BYTES = 2048;

/** Bytes of one feature's ranges of bins: 256 pairs of Float32. */
const RANGE_BYTES = 2048;

/** Rows that the histogram kernels gather at a time. */
export const GATHERED_ROWS = 128;

/** What one thread needs to grow trees: addresses of its scratch, all in the matrix's memory. Plain numbers, which other threads are sent. */
export interface WorkspaceLayout {
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
  /** Rows gathered by the histogram kernels; bins listed while a split is searched. */
  readonly buffer: number;
  /** Address of histogram slot 0; slots follow each other. */
  readonly histograms: number;
  /** Bytes of a slot. */
  readonly slotBytes: number;
  /** f32[features][256][2]: lowest and highest value of each bin, for random splits; 0: splits are the best ones. */
  readonly ranges: number;
  /** u64[2]: the random stream. */
  readonly random: number;
  /** Address of the small results behind {@link Workspace.views}. */
  readonly results: number;
}

/** A thread's scratch, as it uses it. */
export interface Workspace extends WorkspaceLayout {
  /** Bins and kernels. */
  readonly binned: Bins;
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
  /** Bins. */
  readonly binned: BinsLayout;
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
  /** Address from {@link writeRanges}; 0: splits are the best ones. */
  readonly ranges: number;
}

/**
 * Sets scratch memory apart.
 *
 * @param arena - the matrix's memory
 * @param plan - what for
 * @returns addresses; the content is undefined
 */
export function layOutWorkspace(arena: Arena, plan: WorkspacePlan): WorkspaceLayout {
  const { binned, range, target, own, slots, slotFeatures, ranges } = plan;
  const count = range.to - range.from;
  return {
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
    ranges,
    random: arena.allocate(16),
    results: arena.allocate(SMALL_RESULTS + 8 * binned.features),
  };
}

/** Total, score, split and children, each from a multiple of 8 on. */
const SMALL_RESULTS = 48;

/**
 * @param layout - from {@link layOutWorkspace}
 * @param binned - bins and kernels of this thread
 * @param memory - the matrix's
 * @returns the scratch, for one thread
 */
export function openWorkspace(layout: WorkspaceLayout, binned: Bins, { buffer }: SharedMemory): Workspace {
  const { results } = layout;
  const lists = results + SMALL_RESULTS;
  return {
    ...layout,
    binned,
    views: {
      total: new BigInt64Array(buffer, results, 1),
      score: new Float64Array(buffer, results + 8, 1),
      split: new Uint32Array(buffer, results + 16, 3),
      children: new BigInt64Array(buffer, results + 32, 2),
      features: new Uint32Array(buffer, lists, binned.features),
      offsets: new Uint32Array(buffer, lists + binned.features * 4, binned.features),
    },
  };
}

/**
 * @param arena - the matrix's memory
 * @param binned - bins
 * @returns address of f32[features][256][2]: lowest and highest value of each bin
 */
export function writeRanges(arena: Arena, { features, thresholds }: BinsLayout): number {
  const address = arena.allocate(features * RANGE_BYTES);
  for (const [feature, range] of thresholds.ranges.entries()) arena.float32(address + feature * RANGE_BYTES, range.length).set(range);
  return address;
}
