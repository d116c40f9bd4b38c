import type { Steps } from '../../waiting';
import type { Bars } from '../bars';
import { splitInWords } from '../splits';

/** Bars that a run of bad prints has at most; a longer one is a level of its own. */
const LONGEST_SPIKE = 5;
/** Bars that are looked at to know a usual move. */
const SAMPLE = 5_000;
/** A move of so many usual ones is worth a word if it is taken back, */
const UNUSUAL = 12;
/** if it is also so many times what bars nearby range: in a crisis, much is usual. */
const UNUSUAL_HERE = 6;
/** A move of so many usual ones is worth a word if the level stays. */
const UNUSUAL_LEVEL = 5;
/** Nothing below that is unusual, however quiet a market is. */
const LEAST_MOVE = 0.05;
/** Of so few bars, as most updates have, nobody knows what is usual: */
const FEW = 100;
/** then it takes more to be worth a word. */
const LEAST_MOVE_OF_FEW = 0.5;
/** The smallest ratio of a usual split, 5-for-4, less a bad day. */
const LEAST_SPLIT = 1.22;
/** A level that is as far as this from the one before is worth a word, whatever its ratio. */
const LARGE_LEVEL = 2;

/** Prices that are not like their neighbours'. */
export interface OddPrices {
  /** Bars with prices more than `maxJump` times off that the following bars take back: they are bad. Ascending. */
  readonly spikes: readonly number[];
  /** Bars that stand out and are taken back, but by less: worth a word. How many, and the first; -1 if there is none. */
  readonly suspects: { readonly count: number; readonly first: number };
  /** Bars with which prices take another level: how many, the first (-1 if there is none), and what that one looks like. */
  readonly levels: { readonly count: number; readonly first: number; readonly description: string };
}

/** A move of so few of the smallest steps is none, however large a part of the price: from 0.0001 to 0.0002 and back. */
const FEW_STEPS = 3;
/** Decimals beyond which prices have no steps. */
const MOST_DECIMALS = 8;

/** Bars that are looked at between two steps. */
const RUN = 65_536;

/** Series that take turns are up to so many. */
const MOST_SERIES = 6;

/**
 * @param bars - in order of time
 * @returns whether a bar's close is, as a rule, far from that of the bar before and near that of one a few before: several series take turns
 */
export function takeTurns(bars: Bars): boolean {
  const { close, length } = bars;
  if (length < 20) return false;
  const few = FEW_STEPS * smallestStep(bars);
  const step = Math.max(1, Math.floor(length / SAMPLE));
  const median = (lag: number) => {
    const moves: number[] = [];
    for (let i = lag; i < length; i += step) {
      moves.push(Math.abs(close[i] - close[i - lag]) <= few ? 0 : ratio(close[i], close[i - lag]) - 1);
    }
    return Float64Array.from(moves).sort()[moves.length >> 1];
  };
  const usual = median(1);
  if (!(usual > LEAST_MOVE)) return false;
  for (let lag = 2; lag <= MOST_SERIES; lag++) if (median(lag) < usual / 4) return true;
  return false;
}

/**
 * Finds bad prints and splits. A spike has a close (or, within one bar, an open, high or low) more than `maxJump` times off the close before, and is over
 * within five bars; the level after a split stays.
 *
 * @param bars - in order of time
 * @param from - index of the first bar to judge; those before are known
 * @param maxJump - ratio from which a spike is bad, above 1; Infinity: none is
 * @returns what was found, in steps
 */
export function* findOddPrices(bars: Bars, from: number, maxJump: number): Steps<OddPrices> {
  const { open, high, low, close, length } = bars;
  const isFew = bars.length < FEW;
  const usual = usualMove(bars);
  const taken = 1 + Math.max(isFew ? LEAST_MOVE_OF_FEW : LEAST_MOVE, UNUSUAL * usual);
  const stays = isFew ? LARGE_LEVEL : Math.max(LEAST_SPLIT, 1 + UNUSUAL_LEVEL * usual);
  const spikes: number[] = [];
  const suspects = { count: 0, first: -1 };
  const levels = { count: 0, first: -1, description: '' };
  const bound = Math.min(taken, stays);
  const inverse = 1 / bound;
  const few = FEW_STEPS * smallestStep(bars);
  let reference = length > 0 ? close[Math.max(0, from - 1)] : 0;
  let pause = from + RUN;
  for (let i = Math.max(from, 1); i < length; i++) {
    if (i >= pause) {
      yield;
      pause = i + RUN;
    }
    const most = reference * bound;
    const least = reference * inverse;
    if (high[i] <= most && low[i] >= least && open[i] <= most && open[i] >= least && close[i] <= most && close[i] >= least) {
      reference = close[i];
      continue;
    }
    if (Math.max(high[i], open[i], close[i]) - reference <= few && reference - Math.min(low[i], open[i], close[i]) <= few) {
      reference = close[i];
      continue;
    }
    const jump = ratio(close[i], reference);
    const back = jump > bound ? takenBack(close, i, reference, jump) : i + 1;
    if (back > 0) {
      // the whole way there and back, or within the one bar
      const extreme = Math.max(jump, ratio(high[i], reference), ratio(low[i], reference), ratio(open[i], reference));
      if (extreme > maxJump) {
        for (let k = i; k < back; k++) spikes.push(k);
      } else if (extreme > taken && extreme > 1 + UNUSUAL_HERE * usualRange(bars, i)) {
        suspects.count += back - i;
        if (suspects.first < 0) suspects.first = i;
      }
      if (jump > bound || extreme > maxJump) i = back - 1;
      else reference = close[i];
      continue;
    }
    const split = splitInWords(open[i] / reference, 0.04, 2);
    if (jump > LARGE_LEVEL || (jump > stays && split !== null)) {
      levels.count++;
      if (levels.first < 0) {
        levels.first = i;
        levels.description = `${split ?? 'a jump'}: ${reference} to ${close[i]}`;
      }
    }
    reference = close[i];
  }
  return { spikes, suspects, levels };
}

/** Index of the first bar whose close is back where it was, at most five on; -1 if the level stays, or the bars end before that. */
function takenBack(close: Float64Array, index: number, reference: number, jump: number): number {
  for (let k = index + 1; k < close.length && k <= index + LONGEST_SPIKE; k++) {
    if (ratio(close[k], reference) <= Math.min(1.5, 1 + (jump - 1) / 3)) return k;
  }
  return -1;
}

/** Median range of the ten bars before and after one. */
function usualRange({ high, low, length }: Bars, index: number): number {
  const ranges: number[] = [];
  for (let i = Math.max(0, index - 10); i < Math.min(length, index + 11); i++) if (i !== index) ranges.push(ratio(high[i], low[i]) - 1);
  return Float64Array.from(ranges).sort()[ranges.length >> 1] ?? 0;
}

/** The decimal step that all prices of a sample are multiples of, with a little for the rounding of doubles; 0 if there is none. */
function smallestStep({ close, high, low, length }: Bars): number {
  const step = Math.max(1, Math.floor(length / SAMPLE));
  let scale = 1;
  let decimals = 0;
  const isWhole = (price: number) => Math.abs(price * scale - Math.round(price * scale)) <= 1e-6;
  for (let i = 0; i < length; i += step) {
    while (!(isWhole(close[i]) && isWhole(high[i]) && isWhole(low[i]))) {
      if (++decimals > MOST_DECIMALS) return 0;
      scale *= 10;
    }
  }
  return (1 + 1e-6) / scale;
}

function ratio(a: number, b: number): number {
  return a > b ? a / b : b / a;
}

/** What a usual bar moves: the median of the absolute returns or of the ranges of a sample, whichever is larger; 0 for too few bars. */
function usualMove({ close, high, low }: Bars): number {
  const step = Math.max(1, Math.floor(close.length / SAMPLE));
  const moves: number[] = [];
  const ranges: number[] = [];
  for (let i = 1; i < close.length; i += step) {
    moves.push(ratio(close[i], close[i - 1]) - 1);
    ranges.push(ratio(high[i], low[i]) - 1);
  }
  const median = (all: readonly number[]) => Float64Array.from(all).sort()[all.length >> 1] ?? 0;
  return Math.max(median(moves), median(ranges));
}
