import { type Bars, sliceBars } from '../bars/bars';
import type { Turns } from '../waiting';
import { type BarBlock, BLOCK_BARS } from './family';
import type { RunningFamily } from './running-families';
import type { SummaryFold } from './summary';

/** Blocks between two reports of progress. */
const BLOCKS_A_REPORT = 128;

/** Bars that families are to fold. */
export interface NextBars {
  /** The bars. */
  readonly bars: Bars;
  /** Number of bars folded before. */
  readonly first: number;
  /** Row of the first of them in the targets. */
  readonly row: number;
}

/** Where a family's values go, a column a feature; undefined: nowhere. */
export type Targets = readonly (Float32Array | undefined)[];

/** What is told of a family at work. */
export interface FoldListener {
  /** Called when its columns hold the values of a block. */
  readonly onBlock?: (block: BarBlock) => void;
  /** Called every few thousand bars with the share that is done, and at the end with 1. */
  readonly onDone: (fraction: number) => void;
}

/**
 * Folds bars through one family.
 *
 * @param family - the family
 * @param next - the bars
 * @param targets - where its values go
 * @param summaries - hear of all values, from the family's first column on
 * @param turns - gives way
 * @param listener - told of it
 * @throws TickerforestError `ABORTED`, `FEATURE_FAILED`
 */
export async function foldFamily(
  { fold, out, state, firstColumn }: RunningFamily,
  { bars, first, row }: NextBars,
  targets: Targets,
  summaries: SummaryFold,
  turns: Turns,
  { onBlock, onDone }: FoldListener,
): Promise<void> {
  for (let from = 0, block = 1; from < bars.length; from += BLOCK_BARS, block++) {
    const to = Math.min(bars.length, from + BLOCK_BARS);
    const part = { ...sliceBars(bars, from, to), first: first + from };
    fold(part, out);
    state.advance(part.length);
    out.forEach((values, j) => {
      summaries.update(firstColumn + j, values, part.length, part.first);
      targets[j]?.set(part.length === BLOCK_BARS ? values : values.subarray(0, part.length), row + from);
    });
    onBlock?.(part);
    if (block % BLOCKS_A_REPORT === 0 || to === bars.length) onDone(to / bars.length);
    if (turns.isOver) await turns.giveWay();
  }
}
