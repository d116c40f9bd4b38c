import { BarHash } from '../bars/bar-hash';
import { allocateBars, BAR_COLUMNS, type Bars, copyBars, joinBars, sliceBars } from '../bars/bars';
import { decodeBinary, encodeBinary, type Section } from '../binary-file';
import { TickerforestError } from '../errors';
import type { Turns } from '../waiting';

const MAGIC = 'TFOV';
const VERSION = 1;

/** Names of the files of a checkpoint that hold the states of anchors: read only where a fold goes back to one. */
export const ANCHOR_STATES = ['anchor_a', 'anchor_b'] as const;
/** Names of all of an anchor's files. */
export const ANCHOR_FILES = [...ANCHOR_STATES, 'overlap'] as const;

/** The feature state of an anchor: its bytes, or the file that has them already. */
export type AnchorState = Uint8Array | (typeof ANCHOR_STATES)[number];

/**
 * Where the fold can go on if a vendor tells the newest bars otherwise than before: a feature state that stands some bars before the newest one, and these bars. An
 * update compares them with what the source says; corrections among them need no rebuild.
 */
export interface Anchor {
  /** Feature state before the bars; null: the beginning of the history. */
  readonly state: AnchorState | null;
  /** Bars folded before them; 0 with the beginning. */
  readonly before: number;
  /** {@link BarHash} of the bars before them. */
  readonly hash: string;
  /** All bars folded since. */
  readonly bars: Bars;
  /** A state between, that becomes the anchor when enough bars follow it; null: none is known. */
  readonly next: {
    /** The state. */
    readonly state: AnchorState;
    /** How many of the bars are before it. */
    readonly after: number;
  } | null;
}

/** The anchor of a history that has just begun. */
export const BEGINNING: Anchor = { state: null, before: 0, hash: BarHash.of(allocateBars(0)), bars: allocateBars(0), next: null };

/**
 * Takes in bars that were folded, and moves on where enough of them follow a state that is known anyway: nothing is folded or saved for the anchor's sake.
 *
 * @param anchor - before the bars
 * @param newest - the feature state before the bars; null: the beginning
 * @param bars - the bars that were folded
 * @param length - bars that shall follow an anchor, at least
 * @returns the anchor after the bars
 */
export function anchorAfter(anchor: Anchor, newest: Uint8Array | null, bars: Bars, length: number): Anchor {
  const { next } = anchor;
  const all = joinBars(anchor.bars, bars);
  const spare = newest === null || bars.length === 0 ? null : { state: newest, after: anchor.bars.length };
  if (next === null || all.length - next.after < length) return { ...anchor, bars: all, next: next ?? spare };
  return {
    state: next.state,
    before: anchor.before + next.after,
    hash: hashAfter(anchor.hash, sliceBars(all, 0, next.after)),
    bars: copyBars(sliceBars(all, next.after, all.length)),
    next: spare && spare.after > next.after ? { state: spare.state, after: spare.after - next.after } : null,
  };
}

/**
 * @param hash - of some bars
 * @param bars - that follow them
 * @returns the hash of all
 */
export function hashAfter(hash: string, bars: Bars): string {
  const chained = BarHash.resume(hash);
  chained.update(bars);
  return chained.hex;
}

/**
 * {@link hashAfter} of any number of bars, giving way.
 *
 * @param hash - of some bars
 * @param bars - that follow them
 * @param turns - gives way
 * @returns the hash of all
 * @throws TickerforestError `ABORTED`
 */
export async function hashInTurns(hash: string, bars: Bars, turns: Turns): Promise<string> {
  const chained = BarHash.resume(hash);
  await turns.forRuns(bars.length, (from, to) => chained.update(sliceBars(bars, from, to)));
  return chained.hex;
}

/**
 * `joinBars` of any number of bars, giving way.
 *
 * @param a - some bars
 * @param b - bars after them
 * @param turns - gives way
 * @returns both in one piece
 * @throws TickerforestError `ABORTED`
 */
export async function joinInTurns(a: Bars, b: Bars, turns: Turns): Promise<Bars> {
  const all = allocateBars(a.length + b.length);
  for (const column of BAR_COLUMNS) {
    await turns.forRuns(a.length, (from, to) => all[column].set(a[column].subarray(from, to), from));
    await turns.forRuns(b.length, (from, to) => all[column].set(b[column].subarray(from, to), a.length + from));
  }
  return all;
}

/**
 * @param anchor - to be stored
 * @returns its files by name; states that are stored already keep their names, and are not written again
 */
export function encodeAnchor({ state, next, before, hash, bars }: Anchor): Record<string, Uint8Array | 'unchanged'> {
  const files: Record<string, Uint8Array | 'unchanged'> = {};
  const taken = [state, next?.state].filter((one) => typeof one === 'string');
  const put = (one: AnchorState): string => {
    const name =
      typeof one === 'string' ? one : (ANCHOR_STATES.find((free) => !taken.includes(free) && !(free in files)) ?? ANCHOR_STATES[0]);
    files[name] = typeof one === 'string' ? 'unchanged' : one;
    return name;
  };
  const header = {
    before,
    hash,
    bars: bars.length,
    state: state && put(state),
    next: next && put(next.state),
    nextAfter: next?.after ?? null,
  };
  files.overlap = encodeBinary(MAGIC, VERSION, {
    header,
    sections: new Map<string, Section>(BAR_COLUMNS.map((column) => [column, bars[column]])),
  });
  return files;
}

/**
 * @param files - the files of a checkpoint; those of {@link ANCHOR_STATES} need not be there
 * @param newestHash - {@link BarHash} of all bars that the checkpoint has folded
 * @returns the anchor; null if there is none, or one that does not fit the checkpoint: then the history is compared with the few newest bars in the feature state
 */
export function decodeAnchor(files: Readonly<Record<string, Uint8Array>>, newestHash: string): Anchor | null {
  const { overlap } = files;
  if (overlap === undefined) return null;
  try {
    const { header, section } = decodeBinary(overlap, MAGIC, VERSION, 'CHECKPOINT_UNUSABLE');
    if (!isHeader(header)) return null;
    const { before, hash, state, next, nextAfter } = header;
    const bars = allocateBars(header.bars);
    for (const column of BAR_COLUMNS) {
      const values = section(column);
      if (!(values instanceof Float64Array) || values.length !== bars.length) return null;
      bars[column].set(values);
    }
    if ((state === null) !== (before === 0) || hashAfter(hash, bars) !== newestHash) return null;
    return { state, before, hash, bars, next: next === null || nextAfter === null ? null : { state: next, after: nextAfter } };
  } catch (error) {
    if (error instanceof TickerforestError && error.code === 'CHECKPOINT_UNUSABLE') return null;
    throw error;
  }
}

type StateName = (typeof ANCHOR_STATES)[number];

interface Header {
  readonly before: number;
  readonly hash: string;
  readonly bars: number;
  readonly state: StateName | null;
  readonly next: StateName | null;
  readonly nextAfter: number | null;
}

function isHeader(header: unknown): header is Header {
  if (typeof header !== 'object' || header === null) return false;
  const { before, hash, bars, state, next, nextAfter }: { [Key in keyof Header]?: unknown } = header;
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
  const isName = (value: unknown) => value === null || ANCHOR_STATES.some((name) => name === value);
  const isBetween = nextAfter === null || (isCount(nextAfter) && isCount(bars) && nextAfter <= bars);
  const isHash = typeof hash === 'string' && /^[0-9a-f]{16}$/.test(hash);
  return isCount(before) && isHash && isCount(bars) && bars <= 1e8 && isName(state) && isName(next) && isBetween;
}
