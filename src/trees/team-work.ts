import { MOST_MEMBERS, MOST_PARTS, type Team } from '../threads/team';
import type { Arena } from './arena';
import type { Bins, BinsLayout } from './bins';
import { type NodeRows, partRows } from './splitting';
import { GATHERED_ROWS, HISTOGRAM_BYTES, type Workspace } from './workspace';

/** Additions of a histogram from which on it is shared: about half a millisecond, as waking others takes a tenth of that. */
const WORTH_SHARING = 2 ** 19;
/** Rows of a column from which on a simple pass over them is shared. */
const WORTH_PASSING = 2 ** 17;
/** Parts for each thread, so that one that is held up leaves its share to others. */
const PARTS_EACH = 4;

/** Kinds of sections. */
const HISTOGRAM = 0;
const ADD_TO_ROWS = 1;
const RESIDUALS = 2;

/** Scratch of a thread that helps: a histogram of its own, as sums of whole numbers do not depend on who made which. */
export interface HelperLayout {
  /** Rows gathered by the histogram kernels. */
  readonly buffer: number;
  /** i64[features][256]. */
  readonly histogram: number;
}

/**
 * @param rows - of a training
 * @param features - of the matrix
 * @returns whether any histogram is large enough to be shared
 */
export function isWorthHelp(rows: number, features: number): boolean {
  return rows * features >= WORTH_SHARING;
}

/**
 * @param arena - the matrix's memory
 * @param binned - bins
 * @param count - threads that may help
 * @returns scratch for each; fewer, where there is not memory for all
 */
export function layOutHelpers(arena: Arena, { features }: BinsLayout, count: number): HelperLayout[] {
  const helpers: HelperLayout[] = [];
  while (helpers.length < Math.min(count, MOST_MEMBERS - 1)) {
    const mark = arena.mark();
    try {
      const buffer = arena.allocate(GATHERED_ROWS * Math.ceil(features / 16) * 16);
      helpers.push({ buffer, histogram: arena.allocate(features * HISTOGRAM_BYTES) });
    } catch {
      arena.release(mark);
      break;
    }
  }
  return helpers;
}

/** What the leader of a team shares out while trees are grown one after the other. The results are those of one thread, to the bit. */
export class TeamWork {
  readonly #team: Team;
  readonly #workspace: Workspace;
  readonly #helpers: readonly HelperLayout[];

  /**
   * @param team - the threads
   * @param workspace - the leader's scratch
   * @param helpers - the others', from member 1 on
   */
  constructor(team: Team, workspace: Workspace, helpers: readonly HelperLayout[]) {
    this.#team = team;
    this.#workspace = workspace;
    this.#helpers = helpers;
  }

  /**
   * @param node - rows of a node
   * @returns whether sharing its histogram pays
   */
  isWorth({ from, to }: NodeRows): boolean {
    return (to - from) * this.#workspace.binned.features >= WORTH_SHARING;
  }

  /**
   * Adds a node's rows to a histogram, which begins with zeros.
   *
   * @param node - which rows
   * @param histogram - its address
   * @throws TickerforestError `ABORTED`
   */
  build(node: NodeRows, histogram: number): void {
    const { binned, rows, packed, buffer } = this.#workspace;
    const size = this.#partSize(node.to - node.from, partRows(binned.features));
    const numbers = [HISTOGRAM, node.from, node.to, size, rows, packed];
    const touched = this.#team.share(numbers, Math.ceil((node.to - node.from) / size), (part) => {
      addPart(binned, rows, packed, node.from + part * size, Math.min(node.to, node.from + (part + 1) * size), buffer, histogram);
    });
    for (const [i, helper] of this.#helpers.entries())
      if ((touched & (1 << (i + 1))) !== 0) binned.kernels.addHistogram(histogram, helper.histogram, binned.features * 256);
  }

  /**
   * Adds a number to some rows of a column.
   *
   * @param column - address of f64 by row number
   * @param from - first position among the sample's rows
   * @param to - position after the last
   * @param value - the number
   * @throws TickerforestError `ABORTED`
   */
  addToRows(column: number, from: number, to: number, value: number): void {
    const { binned, rows } = this.#workspace;
    const { addToRows } = binned.kernels;
    if (to - from < WORTH_PASSING) {
      addToRows(column, rows, from, to, value);
      return;
    }
    const size = this.#partSize(to - from, WORTH_PASSING);
    this.#team.share([ADD_TO_ROWS, from, to, size, rows, column, value], Math.ceil((to - from) / size), (part) =>
      addToRows(column, rows, from + part * size, Math.min(to, from + (part + 1) * size), value),
    );
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
    const { kernels } = this.#workspace.binned;
    const size = this.#partSize(count, WORTH_PASSING);
    this.#team.share([RESIDUALS, 0, count, size, odds, classes, residuals], Math.ceil(count / size), (part) =>
      leaveResiduals(kernels, odds, classes, part * size, Math.min(count, (part + 1) * size), residuals),
    );
  }

  /** Rows of a part: whole blocks, so many that every thread gets a few, as few as take some milliseconds. */
  #partSize(rows: number, most: number): number {
    const fair = Math.min(most, rows / ((this.#helpers.length + 1) * PARTS_EACH));
    return Math.ceil(Math.max(fair, rows / MOST_PARTS) / GATHERED_ROWS) * GATHERED_ROWS;
  }
}

/**
 * Helps the leader of a team until it has nothing left to share out.
 *
 * @param team - the threads
 * @param member - number of this one, from 1
 * @param binned - bins, and kernels of this thread
 * @param helper - its scratch
 */
export function helpTeam(team: Team, member: number, binned: Bins, { buffer, histogram }: HelperLayout): void {
  const { kernels, features } = binned;
  team.help(member, ([kind, from, to, size, ...rest], part, isFirst) => {
    const begin = from + part * size;
    const end = Math.min(to, begin + size);
    if (kind === HISTOGRAM) {
      const [rows, packed] = rest;
      if (isFirst) kernels.clear(histogram, features * HISTOGRAM_BYTES);
      addPart(binned, rows, packed, begin, end, buffer, histogram);
    } else if (kind === ADD_TO_ROWS) {
      const [rows, column, value] = rest;
      kernels.addToRows(column, rows, begin, end, value);
    } else {
      const [odds, classes, residuals] = rest;
      leaveResiduals(kernels, odds, classes, begin, end, residuals);
    }
  });
}

function addPart(binned: Bins, rows: number, packed: number, from: number, to: number, buffer: number, histogram: number): void {
  const { kernels, table, columns, features } = binned;
  kernels.histogramAll(table, columns, binned.rows, features, rows, packed, from, to, buffer, histogram);
}

function leaveResiduals(kernels: Bins['kernels'], odds: number, classes: number, from: number, to: number, residuals: number): void {
  kernels.logisticResiduals(odds + from * 8, classes + from, to - from, residuals + from * 8);
}
