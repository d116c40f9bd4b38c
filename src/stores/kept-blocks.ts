import { BarHash } from '../bars/bar-hash';
import { type Bars, joinBars, sliceBars } from '../bars/bars';
import type { Market } from '../bars/market';
import { throwIfAborted } from '../errors';
import { orAborted, Turns } from '../waiting';
import type { KeptBars, KeptRange } from './bar-store';
import { assertNotShrinking, assertSameMarket, barConflict, type CheckedBarWrite } from './bar-writes';

/*
 * All stores keep bars in blocks that never change once they are written. A write leaves the blocks before the cut as they are and writes what follows as new
 * blocks, so that to append to a long history costs no more than to append to a short one, and whoever reads an older revision goes on reading.
 */

/** Bars in a block at most: 3 MB. */
const LARGEST_BLOCK = 65_536;
/**
 * New bars are put into one block with those of the last block, as long as they are this many at most; blocks that are not full are put together once they fill one. Else
 * every write would leave a block for good, and a long history would have thousands.
 */
const SMALL_BLOCK = 8_192;

/** A block of bars. */
export interface KeptBlock {
  /** How many; 1 or more. */
  readonly bars: number;
  /** Timestamp of its first bar, milliseconds UTC. */
  readonly firstTimestamp: number;
  /** Timestamp of its last bar, milliseconds UTC. */
  readonly lastTimestamp: number;
  /** Chained hash of all bars from the symbol's first to the block's last. */
  readonly barHash: string;
}

/** The bars of a revision. */
export interface KeptContents<Block extends KeptBlock> {
  /** Whose they are. */
  readonly market: Market;
  /** The bars, in order; one block or more. */
  readonly blocks: readonly Block[];
}

/** What is kept of a symbol in one revision. */
export interface BarRevision<Block extends KeptBlock> {
  /** Its number, 1 or more: also that of a deletion, so that no number comes twice. */
  readonly revision: number;
  /** The bars; null: the symbol was deleted. */
  readonly kept: KeptContents<Block> | null;
}

/** A block that is to be written. */
export interface NewBlock extends KeptBlock {
  /** Its bars. */
  readonly data: Bars;
}

/** What a write comes to. */
export interface PreparedWrite<Block extends KeptBlock> {
  /** Number of the revision that it makes. */
  readonly revision: number;
  /** Blocks that stay, from the first. */
  readonly staying: readonly Block[];
  /** Blocks that follow. */
  readonly following: readonly NewBlock[];
  /** What will be kept. */
  readonly kept: KeptBars;
}

/**
 * What `BarStore.describe` answers.
 *
 * @param symbol - the symbol
 * @param current - its newest revision, if there ever was one
 * @returns what the store says of it; null if nothing is kept
 */
export function describeKept(symbol: string, current: BarRevision<KeptBlock> | null): KeptBars | null {
  if (!current?.kept) return null;
  const { market, blocks } = current.kept;
  const { interval, stamp, timeZone, session } = market;
  const last = blocks[blocks.length - 1];
  return {
    symbol,
    market: { interval, stamp, timeZone, session: { ...session } },
    bars: countOf(blocks),
    firstTimestamp: blocks[0].firstTimestamp,
    lastTimestamp: last.lastTimestamp,
    barHash: last.barHash,
    revision: current.revision,
  };
}

/**
 * Refuses a write that was computed from another revision than the current one.
 *
 * @param symbol - the symbol
 * @param current - its newest revision, if there ever was one
 * @param base - the revision that it must be at; 0: nothing is kept
 * @throws TickerforestError `CONFLICT` if it is another one
 */
export function assertBase(symbol: string, current: { readonly revision: number; readonly kept: unknown } | null, base: number): void {
  const revision = current?.kept ? current.revision : 0;
  if (revision !== base) throw barConflict(symbol, base, revision);
}

/**
 * Works out what a write comes to. Reads a block or two, or, once in 65,536 bars, all that are not full.
 *
 * @param current - the symbol's newest revision, if there ever was one
 * @param write - what is written
 * @param load - reads a block
 * @returns the blocks that stay and those that follow
 * @throws TickerforestError `CONFLICT`, `HISTORY_SHRINKS` or `INVALID_OPTION`, as {@link BarStore.write} says; what `load` throws
 */
export async function prepareBarWrite<Block extends KeptBlock>(
  current: BarRevision<Block> | null,
  write: CheckedBarWrite,
  load: (block: Block) => Promise<Bars>,
): Promise<PreparedWrite<Block>> {
  const { symbol, market, from, bars, baseRevision } = write;
  assertBase(symbol, current, baseRevision);
  const blocks = current?.kept?.blocks ?? [];
  let whole = blocks.filter((block) => block.lastTimestamp < from).length;
  const parts: Bars[] = [bars];
  let rest = bars.length;
  if (whole < blocks.length && blocks[whole].firstTimestamp < from) {
    const cut = await load(blocks[whole]);
    parts.unshift(sliceBars(cut, 0, indexOf(cut, from)));
    rest += parts[0].length;
  }
  const left = countOf(blocks.slice(0, whole)) + rest;
  if (current?.kept && left > bars.length) assertSameMarket(write, current.kept.market);
  assertNotShrinking(write, countOf(blocks), left);
  for (const stays = wholeBlocks(blocks, whole, rest); whole > stays; ) {
    whole--;
    parts.unshift(await load(blocks[whole]));
  }
  const staying = blocks.slice(0, whole);
  const following = await cutIntoBlocks(parts.length === 1 ? parts[0] : joinBars(...parts), staying[whole - 1]?.barHash);
  const revision = (current?.revision ?? 0) + 1;
  const kept = describeKept(symbol, { revision, kept: { market, blocks: [...staying, ...following] } });
  if (kept === null) throw new Error('a write without bars was let through');
  return { revision, staying, following, kept };
}

/**
 * Reads the bars of a range, block by block.
 *
 * @param blocks - all blocks, in order
 * @param range - which bars; checked
 * @param load - reads a block; what it returns is the caller's
 * @returns the bars, a part of a block at a time
 * @throws TickerforestError `ABORTED`; what `load` throws
 */
export async function* readKeptBlocks<Block extends KeptBlock>(
  blocks: readonly Block[],
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, signal }: KeptRange,
  load: (block: Block) => Promise<Bars>,
): AsyncGenerator<Bars> {
  for (const block of blocks) {
    if (block.lastTimestamp < from) continue;
    if (block.firstTimestamp > to) break;
    throwIfAborted(signal, 'reading kept bars');
    const bars = await orAborted(load(block), signal, 'reading kept bars');
    const start = block.firstTimestamp < from ? indexOf(bars, from) : 0;
    const end = block.lastTimestamp > to ? indexAfter(bars, to) : bars.length;
    if (end > start) yield end - start === bars.length ? bars : sliceBars(bars, start, end);
  }
}

/** How many of the blocks before the cut stay as they are, if so many bars follow. */
function wholeBlocks(blocks: readonly KeptBlock[], before: number, rest: number): number {
  if (rest === 0) return before;
  let stays = before;
  let sum = rest;
  while (stays > 0 && blocks[stays - 1].bars + sum <= SMALL_BLOCK) {
    stays--;
    sum += blocks[stays].bars;
  }
  let run = stays;
  while (run > 0 && blocks[run - 1].bars < LARGEST_BLOCK) {
    run--;
    sum += blocks[run].bars;
  }
  return sum >= LARGEST_BLOCK ? run : stays;
}

/** Index of the first bar at or after a time; their number if there is none. */
function indexOf({ timestamp, length }: Bars, time: number): number {
  let low = 0;
  for (let high = length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (timestamp[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function indexAfter(bars: Bars, time: number): number {
  const index = indexOf(bars, time);
  return index < bars.length && bars.timestamp[index] === time ? index + 1 : index;
}

function countOf(blocks: readonly KeptBlock[]): number {
  return blocks.reduce((sum, { bars }) => sum + bars, 0);
}

async function cutIntoBlocks(bars: Bars, hashBefore: string | undefined): Promise<NewBlock[]> {
  const hash = hashBefore === undefined ? new BarHash() : BarHash.resume(hashBefore);
  const turns = new Turns();
  const blocks: NewBlock[] = [];
  for (let start = 0; start < bars.length; start += LARGEST_BLOCK) {
    const data = sliceBars(bars, start, Math.min(start + LARGEST_BLOCK, bars.length));
    hash.update(data);
    const { length, timestamp } = data;
    blocks.push({ bars: length, firstTimestamp: timestamp[0], lastTimestamp: timestamp[length - 1], barHash: hash.hex, data });
    if (turns.isOver) await turns.giveWay();
  }
  return blocks;
}
