import type { SharedMemory } from '../kernels/web-assembly';
import { MOST_MEMBERS, MOST_PARTS, type Team } from '../threads/team';
import type { Arena } from './arena';
import type { Bins, BinsLayout } from './bins';
import { RUN } from './row-weights';
import { type Drawn, type NodeRows, partRows, type Question, type RowList } from './splitting';
import type { TreeThreads } from './threads';
import { GATHERED_ROWS, HISTOGRAM_BYTES, type Workspace, type WorkspaceLayout } from './workspace';

/** Additions of a histogram from which on it is shared: about half a millisecond, as waking others takes a tenth of that. */
const WORTH_SHARING = 2 ** 19;
/** Rows of a column from which on a simple pass over them is shared. */
export const WORTH_PASSING = 2 ** 17;
/** Parts for each thread, so that one that is held up leaves its share to others. */
const PARTS_EACH = 4;
/** Of what a thread adds to a histogram before it gives way where it is alone: at the end of a section all wait for the last part. */
const SHARE_OF_PART = 1 / 3;

/** Kinds of sections. */
const HISTOGRAM = 0;
const ADD_TO_ROWS = 1;
const RESIDUALS = 2;
const COUNT = 3;
const DIVIDE = 4;
const MAGNITUDES = 5;
const PACK = 6;
const LEAVES = 7;
const DRAWN = 8;
/** Which number of a section of drawn features says how many these are. */
const COUNT_OF_DRAWN = 7;
/** Numbers that a section of leaves has of each. */
const NUMBERS_OF_LEAF = 4;

/** Scratch of a thread that helps: a histogram of its own, as sums of whole numbers do not depend on who made which. */
export interface HelperLayout {
  /** Rows gathered by the histogram kernels. */
  readonly buffer: number;
  /** i64[features][256], of as many features as the histograms of the trees have. */
  readonly histogram: number;
}

/**
 * @param arena - the matrix's memory
 * @param binned - bins
 * @param workspaces - of threads that grow trees; these help when they have none left to grow
 * @param threads - all that may take part; undefined: only the calling one
 * @returns scratch for each of them, by its number, where any histogram is large enough to be shared; fewer, where there is not memory for all
 */
export function layOutHelpers(
  arena: Arena,
  { features }: BinsLayout,
  workspaces: readonly WorkspaceLayout[],
  threads: TreeThreads | undefined,
): HelperLayout[] {
  const [{ own, slotBytes }] = workspaces;
  const count = Math.min(threads?.count ?? 1, MOST_MEMBERS);
  if (count === 1 || (own.present * slotBytes) / HISTOGRAM_BYTES < WORTH_SHARING) return [];
  const idle = workspaces.slice(0, count).map(({ buffer, histograms }) => ({ buffer, histogram: histograms }));
  const more = arena.repeat(count - idle.length, () => ({
    buffer: arena.allocate(GATHERED_ROWS * Math.ceil(features / 16) * 16),
    histogram: arena.allocate(slotBytes),
  }));
  return [...idle, ...more];
}

/** A thread that takes part in sections. */
interface Member extends HelperLayout {
  readonly binned: Bins;
  /** The whole memory: where the numbers of a section's parts are, and its sums of whole numbers. */
  readonly doubles: Float64Array;
}

/** What the leader of a team shares out while it grows a tree. The results are those of one thread, to the bit. */
export class TeamWork {
  readonly #team: Team;
  readonly #workspace: Workspace;
  readonly #helpers: readonly HelperLayout[];
  readonly #doubles: Float64Array;
  readonly #whole: BigInt64Array;
  /** Address of numbers of parts: where the draws were, which nobody looks at while sections are at work. */
  readonly #board: number;

  /**
   * @param team - the threads
   * @param workspace - the leader's scratch
   * @param helpers - the others', by their numbers
   * @param memory - the matrix's
   */
  constructor(team: Team, workspace: Workspace, helpers: readonly HelperLayout[], { buffer }: SharedMemory) {
    this.#team = team;
    this.#workspace = workspace;
    this.#helpers = helpers;
    this.#doubles = new Float64Array(buffer);
    this.#whole = new BigInt64Array(buffer);
    this.#board = workspace.draws;
  }

  /**
   * @param node - rows of a node
   * @param features - of its histogram
   * @returns whether sharing it pays
   */
  isWorth({ from, to }: NodeRows, features: number): boolean {
    return (to - from) * features >= WORTH_SHARING;
  }

  /**
   * @param rows - how many
   * @returns whether sharing a simple pass over them pays
   */
  isWorthPassing(rows: number): boolean {
    return rows >= WORTH_PASSING;
  }

  /**
   * Adds a node's rows to a histogram, which begins with zeros.
   *
   * @param node - which rows
   * @param histogram - its address
   * @throws TickerforestError `ABORTED`
   */
  build({ from, to, list }: NodeRows, histogram: number): void {
    const { features } = this.#workspace.binned;
    const size = this.#partSize(to - from, partRows(features) * SHARE_OF_PART);
    this.#addUp(this.#share([HISTOGRAM, from, to, size, list.rows, list.packed], histogram), histogram, features);
  }

  /**
   * Adds a node's rows to the histograms of some features, which begin with zeros.
   *
   * @param node - which rows
   * @param drawn - which features
   * @param histogram - address of the first one's
   * @throws TickerforestError `ABORTED`
   */
  buildDrawn({ from, to, list }: NodeRows, { offsets, count, stride }: Drawn, histogram: number): void {
    const size = this.#partSize(to - from, partRows(count) * SHARE_OF_PART);
    const touched = this.#share([DRAWN, from, to, size, list.rows, list.packed, offsets, count, stride], histogram);
    this.#addUp(touched, histogram, count);
  }

  /**
   * Divides a node's rows between its children, into another list: left from the node's first position on.
   *
   * @param node - which rows
   * @param question - what is asked of each
   * @param into - the other list
   * @returns first position of the right child
   * @throws TickerforestError `ABORTED`
   */
  divide({ from, to, list }: NodeRows, { column, stride, bin, missingLeft }: Question, into: RowList): number {
    const size = this.#partSize(to - from, WORTH_PASSING);
    const parts = Math.ceil((to - from) / size);
    const begin = this.#board / 8;
    const asked = [column, stride, bin, missingLeft];
    this.#share([COUNT, from, to, size, ...asked, list.rows, this.#board]);
    const counts = this.#doubles.slice(begin, begin + parts);
    const middle = counts.reduce((sum, count) => sum + count, from);
    let left = from;
    for (const [part, count] of counts.entries()) {
      // what has not gone left before this part has gone right
      this.#doubles.set([left, middle + part * size - (left - from)], begin + 2 * part);
      left += count;
    }
    this.#share([DIVIDE, from, to, size, ...asked, list.rows, list.packed, into.rows, into.packed, this.#board]);
    return middle;
  }

  /**
   * Sum of the magnitudes of a target, all of whose rows are present and weigh 1, as {@link drawSample} adds it up.
   *
   * @param target - address of f64
   * @param count - how many
   * @param centre - subtracted from each
   * @returns the sum
   * @throws TickerforestError `ABORTED`
   */
  magnitude(target: number, count: number, centre: number): number {
    this.#share([MAGNITUDES, 0, count, this.#runsSize(count), target, centre, this.#board]);
    const begin = this.#board / 8;
    return this.#doubles.subarray(begin, begin + Math.ceil(count / RUN)).reduce((sum, one) => sum + one, 0);
  }

  /**
   * Lists all rows of a range, and packs a target of which all are present and weigh 1.
   *
   * @param target - address of f64, of the range's first row
   * @param packing - how many rows there are, the first one's number, and how values are packed
   * @returns packed total
   * @throws TickerforestError `ABORTED`
   */
  pack(target: number, packing: { count: number; first: number; centre: number; scale: number; countBits: number }): bigint {
    const { count, first, centre, scale, countBits } = packing;
    const { rows, packed } = this.#workspace;
    this.#share([PACK, 0, count, this.#runsSize(count), target, first, centre, scale, countBits, rows, packed, this.#board]);
    const begin = this.#board / 8;
    return this.#whole.subarray(begin, begin + Math.ceil(count / RUN)).reduce((sum, one) => sum + one, 0n);
  }

  /**
   * What some leaves say. Each is summed up in row order, so a leaf is one thread's.
   *
   * @param leaves - their rows; as many as a section has parts at most
   * @param target - address of f64 by row number
   * @param countBits - bits of a weight
   * @param isNewton - a step of Newton's method, or else a mean
   * @returns one value each
   * @throws TickerforestError `ABORTED`
   */
  leafValues(leaves: readonly NodeRows[], target: number, countBits: number, isNewton: boolean): number[] {
    if (leaves.length === 0) return [];
    const begin = this.#board / 8;
    // the longest first, so that the others fill the time that it takes
    const order = leaves.map((_, i) => i).sort((a, b) => leaves[b].to - leaves[b].from - (leaves[a].to - leaves[a].from));
    for (const [part, leaf] of order.entries()) {
      const { from, to, list } = leaves[leaf];
      this.#doubles.set([from, to, list.rows, list.packed], begin + NUMBERS_OF_LEAF * part);
    }
    this.#share([LEAVES, 0, leaves.length, 1, target, countBits, isNewton ? 1 : 0, this.#board]);
    const values: number[] = [];
    for (const [part, leaf] of order.entries()) values[leaf] = this.#doubles[begin + NUMBERS_OF_LEAF * part];
    return values;
  }

  /**
   * Adds a number to some rows of a column.
   *
   * @param column - address of f64 by row number
   * @param rows - address of the row numbers
   * @param from - first position among them
   * @param to - position after the last
   * @param value - the number
   * @throws TickerforestError `ABORTED`
   */
  addToRows(column: number, rows: number, from: number, to: number, value: number): void {
    if (this.isWorthPassing(to - from)) this.#share([ADD_TO_ROWS, from, to, this.#partSize(to - from, WORTH_PASSING), rows, column, value]);
    else this.#workspace.binned.kernels.addToRows(column, rows, from, to, value);
  }

  /**
   * What log odds leave of each row's class.
   *
   * @param odds - address of f64
   * @param classes - address of u8
   * @param count - how many
   * @param residuals - address of f64: out
   * @throws TickerforestError `ABORTED`
   */
  residuals(odds: number, classes: number, count: number, residuals: number): void {
    this.#share([RESIDUALS, 0, count, this.#partSize(count, WORTH_PASSING), odds, classes, residuals]);
  }

  /** Shares a section out: its kind, where it begins and ends, how long a part is, and what else it needs. Returns bits of the others that took part. */
  #share(numbers: readonly number[], histogram = 0): number {
    const { binned, buffer } = this.#workspace;
    const own = { binned, buffer, histogram, doubles: this.#doubles };
    const [, from, to, size] = numbers;
    return this.#team.share(numbers, Math.ceil((to - from) / size), (part) => doPart(own, numbers, part));
  }

  /** Adds what others have made of a histogram's features, by their bits. */
  #addUp(touched: number, histogram: number, features: number): void {
    for (const [member, helper] of this.#helpers.entries())
      if ((touched & (1 << member)) !== 0) this.#workspace.binned.kernels.addHistogram(histogram, helper.histogram, features * 256);
  }

  /** Rows of a part: whole blocks, so many that every thread gets a few, as few as take some milliseconds. */
  #partSize(rows: number, most: number): number {
    const fair = Math.min(most, rows / (this.#helpers.length * PARTS_EACH));
    return Math.ceil(Math.max(fair, rows / MOST_PARTS) / GATHERED_ROWS) * GATHERED_ROWS;
  }

  /** Rows of a part that is of whole runs. */
  #runsSize(rows: number): number {
    return Math.ceil(rows / RUN / MOST_PARTS) * RUN;
  }
}

/**
 * Helps the leader of a team until it has nothing left to share out.
 *
 * @param team - the threads
 * @param member - number of this one
 * @param on - bins, with kernels of this thread, and memory
 * @param helper - its scratch
 */
export function helpTeam(
  team: Team,
  member: number,
  { bins, memory }: { readonly bins: Bins; readonly memory: SharedMemory },
  helper: HelperLayout,
): void {
  const own = { ...helper, binned: bins, doubles: new Float64Array(memory.buffer) };
  team.help(member, (numbers, part, isFirst) => {
    if (isFirst && numbers[0] === HISTOGRAM) bins.kernels.clear(helper.histogram, bins.features * HISTOGRAM_BYTES);
    if (isFirst && numbers[0] === DRAWN) bins.kernels.clear(helper.histogram, numbers[COUNT_OF_DRAWN] * HISTOGRAM_BYTES);
    doPart(own, numbers, part);
  });
}

/** Does a part of a section. */
function doPart({ binned, buffer, histogram, doubles }: Member, numbers: Iterable<number>, part: number): void {
  const { kernels, table, columns, features } = binned;
  const [kind, start, end, size, ...rest] = numbers;
  const from = start + part * size;
  const to = Math.min(end, from + size);
  if (kind === HISTOGRAM) {
    const [rows, packed] = rest;
    kernels.histogramAll(table, columns, binned.rows, features, rows, packed, from, to, buffer, histogram);
  } else if (kind === DRAWN) {
    const [rows, packed, offsets, count, stride] = rest;
    kernels.histogramDrawn(offsets, count, stride, rows, packed, from, to, buffer, histogram);
  } else if (kind === ADD_TO_ROWS) {
    const [rows, column, value] = rest;
    kernels.addToRows(column, rows, from, to, value);
  } else if (kind === RESIDUALS) {
    const [odds, classes, residuals] = rest;
    kernels.logisticResiduals(odds + from * 8, classes + from, to - from, residuals + from * 8);
  } else if (kind === COUNT) {
    const [column, stride, bin, missingLeft, rows, board] = rest;
    doubles[board / 8 + part] = kernels.countLeft(column, stride, bin, missingLeft, rows, from, to);
  } else if (kind === DIVIDE) {
    const [column, stride, bin, missingLeft, rows, packed, intoRows, intoPacked, board] = rest;
    const [left, right] = doubles.subarray(board / 8 + 2 * part);
    kernels.divideRows(column, stride, bin, missingLeft, rows, packed, from, to, intoRows, intoPacked, left, right);
  } else if (kind === LEAVES) {
    const [target, countBits, isNewton, board] = rest;
    const leaf = board / 8 + NUMBERS_OF_LEAF * part;
    const [begin, stop, rows, packed] = doubles.subarray(leaf);
    doubles[leaf] = (isNewton === 1 ? kernels.newtonStep : kernels.leafMean)(target, rows, packed, begin, stop, countBits);
  } else {
    for (let run = from; run < to; run += RUN) {
      const count = Math.min(to - run, RUN);
      if (kind === MAGNITUDES) {
        const [target, centre, board] = rest;
        doubles[board / 8 + run / RUN] = kernels.absoluteSum(target + run * 8, 0, 0, count, centre);
      } else {
        const [target, first, centre, scale, countBits, rows, packed, board] = rest;
        kernels.packRows(target + run * 8, 0, 0, first + run, count, centre, scale, countBits, rows + run * 4, packed + run * 8);
        kernels.sumPacked(packed + run * 8, count, board + (run / RUN) * 8);
      }
    }
  }
}
