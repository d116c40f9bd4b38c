import { MOST_PARTS } from '../threads/team';
import type { Turns } from '../waiting';
import type { GrownTree } from './ensemble';
import { copyRows, matrixPlace, mostCopied } from './row-places';
import type { Sample } from './sampling';
import {
  DrawnSearch,
  findSplit,
  inParts,
  layoutFor,
  meanOf,
  type NodeRows,
  partRows,
  type RowList,
  type Split,
  weightOf,
} from './splitting';
import type { TeamWork } from './team-work';
import type { Workspace } from './workspace';

/** When a node is split, and over which features. */
export interface Growth {
  /** Splits from the root to the deepest leaf. */
  readonly maxDepth: number;
  /** Features drawn for a split; as many as there are: all, without drawing. */
  readonly maxFeatures: number;
  /** A node of fewer rows becomes a leaf. */
  readonly minSamplesSplit: number;
  /** Smallest weight of a child. */
  readonly minSamplesLeaf: number;
  /** Whether the target is 0 or 1, with nothing subtracted; default false. */
  readonly isBinary?: boolean | undefined;
  /** What a leaf says of its rows; absent: the weighted mean of the target. */
  readonly leafValue?: LeafValue | undefined;
}

/** What a leaf says: made of the addresses of target, rows and packed values, the positions of its rows, and the bits of a weight. */
export type LeafValue = (target: number, rows: number, packed: number, from: number, to: number, countBits: number) => number;

/** A leaf's rows and value, for those who go on with them: the address of the row numbers, and positions in them. */
export type LeafListener = (rows: number, from: number, to: number, value: number) => void;

/** Levels of splits that a node's copied rows must serve, its own included. */
const WORTH_LEVELS = 2;

interface OpenNode extends NodeRows {
  readonly id: number;
  readonly depth: number;
  /** Address of its histogram, if it has one already. */
  readonly histogram: number | undefined;
}

/**
 * Histograms that are alive at the same time while a tree is grown, left child first: one on the way down for every level, and one to build in.
 *
 * @param growth - limits
 * @param features - features of the matrix
 * @returns slots, and features of each, that a workspace needs
 */
export function histogramSlots(growth: Growth, features: number): { slots: number; slotFeatures: number } {
  return growth.maxFeatures < features
    ? { slots: 1, slotFeatures: growth.maxFeatures }
    : { slots: growth.maxDepth + 1, slotFeatures: features };
}

/**
 * Grows one tree on the sample that lies in the workspace. A node becomes a leaf if it is as deep as allowed, has too few rows, has one target
 * value only, or cannot be split; a split that gains nothing is still made, as in scikit-learn, because its children may gain.
 *
 * With all features, the smaller child's histogram is built from its rows and the other's is the parent's minus it. With drawn
 * features each node builds its own: that is a few additions a row instead of half of all.
 *
 * @param workspace - rows, packed values and scratch; rows are reordered
 * @param sample - what is in the workspace
 * @param growth - limits
 * @param turns - gives way, between nodes and in the middle of large ones
 * @param onLeaf - told where each leaf's rows are, and its value
 * @param team - other threads that take part in large nodes
 * @returns the tree; leaf values are computed of the target itself, in Float64 and row order
 * @throws TickerforestError `ABORTED`
 */
export async function growTree(
  workspace: Workspace,
  sample: Sample,
  growth: Growth,
  turns: Turns,
  onLeaf?: LeafListener,
  team?: TeamWork,
): Promise<GrownTree> {
  const { binned, histograms, slotBytes } = workspace;
  const { kernels, table, columns, features } = binned;
  const drawing = growth.maxFeatures < features;
  const { leafValue = kernels.leafMean } = growth;
  const nodes = new NodeList();
  const gains = new Float64Array(features);
  const free = drawing ? [] : Array.from({ length: growth.maxDepth + 1 }, (_, slot) => histograms + slot * slotBytes);
  const takeSlot = () => {
    const slot = free.pop();
    if (slot === undefined) throw new Error('no histogram slot is free: more levels are open than the tree may be deep');
    return slot;
  };
  const part = partRows(features);
  // zeros and ones without rounding: their sums tell what rows say, without a look at these
  const isTold = growth.isBinary === true && growth.leafValue === undefined && sample.scale >= 1;
  const mostTogether = drawing && onLeaf === undefined ? mostCopied(workspace) : 0;
  const add = ({ rows, packed }: RowList, from: number, to: number, histogram: number) =>
    kernels.histogramAll(table, columns, binned.rows, features, rows, packed, from, to, workspace.buffer, histogram);
  // most nodes are small: waiting for each would cost them more than their work
  const build = (node: NodeRows, histogram: number): Promise<void> | undefined => {
    kernels.clear(histogram, slotBytes);
    if (team?.isWorth(node, features)) {
      team.build(node, histogram);
      return undefined;
    }
    if (node.to - node.from > part) return inParts(node, part, turns, (from, to) => add(node.list, from, to, histogram));
    add(node.list, node.from, node.to, histogram);
    return undefined;
  };
  const isConstant = ({ list: { rows }, from, to, total, place }: NodeRows) => {
    if (!isTold) return kernels.isConstant(place.target, rows, from, to) !== 0;
    const mean = meanOf(total, sample);
    return mean === 0 || mean === 1;
  };
  const canSplit = (node: NodeRows, depth: number) =>
    depth < growth.maxDepth && node.to - node.from >= growth.minSamplesSplit && !isConstant(node);
  const setLeaf = (id: number, { list: { rows }, from, to }: NodeRows, value: number) => {
    nodes.setLeaf(id, value);
    onLeaf?.(rows, from, to, value);
  };
  // large leaves, which threads sum up side by side at the end
  const late: (NodeRows & { readonly id: number })[] = [];
  const closeLeaf = (id: number, node: NodeRows) => {
    const { from, to, total, place, list } = node;
    if (!isTold && team?.isWorthPassing(to - from) && late.length < MOST_PARTS) {
      late.push({ ...node, id });
      return;
    }
    const value = isTold ? meanOf(total, sample) : leafValue(place.target, list.rows, list.packed, from, to, sample.countBits);
    setLeaf(id, node, value);
  };

  const divide = (node: NodeRows, { feature, bin, missingLeft }: Split): { middle: number; into: RowList } => {
    const { first, step, stride } = layoutFor(features, node, 'one');
    const question = { column: first + feature * step, stride, bin, missingLeft: missingLeft ? 1 : 0 };
    const other = node.list === list ? spare : list;
    if (team?.isWorthPassing(node.to - node.from)) return { middle: team.divide(node, question, other), into: other };
    const { rows, packed } = node.list;
    // where other nodes may be in either list, only the positions of this one are free
    const begin = team === undefined ? 0 : node.from;
    const middle = kernels.partitionRows(
      question.column,
      stride,
      bin,
      question.missingLeft,
      rows,
      packed,
      node.from,
      node.to,
      other.rows + begin * 4,
      other.packed + begin * 8,
    );
    return { middle, into: node.list };
  };

  const matrix = matrixPlace(workspace);
  const together = (node: OpenNode): OpenNode => {
    const { from, to, depth, place } = node;
    if (place !== matrix || to - from > mostTogether || growth.maxDepth - depth < WORTH_LEVELS) return node;
    return { ...node, place: copyRows(workspace, node, !isTold) };
  };

  const list = { rows: workspace.rows, packed: workspace.packed };
  const spare = { rows: workspace.spareRows, packed: workspace.sparePacked };
  const root = { list, from: 0, to: sample.rows, total: sample.total, place: matrix };
  const open: OpenNode[] = [];
  nodes.add(weightOf(root.total, sample));
  if (canSplit(root, 0)) open.push({ ...root, id: 0, depth: 0, histogram: undefined });
  else closeLeaf(0, root);

  for (let next = open.pop(); next; next = open.pop()) {
    if (turns.isOver) await turns.giveWay();
    const node = together(next);
    let histogram = node.histogram;
    if (!drawing && histogram === undefined) {
      histogram = takeSlot();
      const building = build(node, histogram);
      if (building !== undefined) await building;
    }
    let split: Split | undefined;
    if (histogram !== undefined) split = findSplit(workspace, sample, node, growth.minSamplesLeaf, histogram);
    else {
      const search = new DrawnSearch(workspace, sample, node, growth.minSamplesLeaf, growth.maxFeatures);
      while (split === undefined && search.next()) {
        const { batch } = search;
        const part = partRows(batch.count);
        if (team?.isWorth(node, batch.count)) team.buildDrawn(node, batch, histograms);
        else if (node.to - node.from <= part) search.add(node.from, node.to);
        else await inParts(node, part, turns, (from, to) => search.add(from, to));
        split = search.best();
      }
    }
    if (split === undefined) {
      if (histogram !== undefined) free.push(histogram);
      closeLeaf(node.id, node);
      continue;
    }
    const depth = node.depth + 1;
    // leaves that are told need not know which rows are theirs
    const { middle, into } = isTold && depth === growth.maxDepth ? { middle: node.from, into: node.list } : divide(node, split);
    const left = { list: into, from: node.from, to: middle, total: split.left, place: node.place };
    const right = { list: into, from: middle, to: node.to, total: split.right, place: node.place };
    const leftSplits = canSplit(left, depth);
    const rightSplits = canSplit(right, depth);
    let leftHistogram: number | undefined;
    let rightHistogram: number | undefined;
    if (histogram !== undefined && leftSplits && rightSplits) {
      const leftIsSmaller = left.to - left.from <= right.to - right.from;
      const built = takeSlot();
      const building = build(leftIsSmaller ? left : right, built);
      if (building !== undefined) await building;
      kernels.subtractHistogram(histogram, built, features * 256);
      leftHistogram = leftIsSmaller ? built : histogram;
      rightHistogram = leftIsSmaller ? histogram : built;
    } else if (histogram !== undefined) {
      free.push(histogram);
    }
    const child = nodes.add(weightOf(split.left, sample));
    nodes.add(weightOf(split.right, sample));
    gains[split.feature] += split.gain;
    nodes.setSplit(node.id, split, binned.thresholds.thresholds[split.feature][split.bin] ?? Number.POSITIVE_INFINITY, child);
    if (rightSplits) open.push({ ...right, id: child + 1, depth, histogram: rightHistogram });
    else closeLeaf(child + 1, right);
    if (leftSplits) open.push({ ...left, id: child, depth, histogram: leftHistogram });
    else closeLeaf(child, left);
  }
  const values = team?.leafValues(late, workspace.target, sample.countBits, growth.leafValue !== undefined) ?? [];
  for (const [i, leaf] of late.entries()) setLeaf(leaf.id, leaf, values[i]);
  return { ...nodes.toArrays(), gains };
}

class NodeList {
  private readonly feature: number[] = [];
  private readonly threshold: number[] = [];
  private readonly missingLeft: number[] = [];
  private readonly left: number[] = [];
  private readonly value: number[] = [];
  private readonly cover: number[] = [];

  add(cover: number): number {
    this.cover.push(cover);
    this.threshold.push(0);
    this.missingLeft.push(0);
    this.left.push(0);
    this.value.push(0);
    return this.feature.push(0) - 1;
  }

  setLeaf(id: number, value: number): void {
    this.value[id] = value;
  }

  setSplit(id: number, split: Split, threshold: number, left: number): void {
    this.feature[id] = split.feature;
    this.threshold[id] = threshold;
    this.missingLeft[id] = split.missingLeft ? 1 : 0;
    this.left[id] = left;
  }

  toArrays(): Omit<GrownTree, 'gains'> {
    return {
      feature: Uint16Array.from(this.feature),
      threshold: Float32Array.from(this.threshold),
      missingLeft: Uint8Array.from(this.missingLeft),
      left: Uint32Array.from(this.left),
      value: Float64Array.from(this.value),
      cover: Uint32Array.from(this.cover),
    };
  }
}
