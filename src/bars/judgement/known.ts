import type { Steps } from '../../waiting';
import type { Bars } from '../bars';
import { findOddPrices } from './prices';
import { nearest } from './spacing';

/**
 * Finds bad bars among those that a run reads again to compare them: a print that was dropped when it was new is in the source still, and is no sign that the
 * source has changed its past. Only bars that are not stored can be such ones.
 *
 * @param bars - in order of time
 * @param known - how many of them, at the beginning, are as old as the stored ones
 * @param stored - timestamps of the newest stored bars, at least of all that are read again
 * @param interval - a bar's length, milliseconds
 * @param maxJump - ratio from which a spike is bad
 * @returns their indices, ascending; in steps
 */
export function* findDropped(bars: Bars, known: number, stored: Float64Array, interval: number, maxJump: number): Steps<number[]> {
  const times = new Set(stored);
  const strangers: number[] = [];
  for (let i = 0; i < known; i++) if (!times.has(bars.timestamp[i])) strangers.push(i);
  if (strangers.length === 0) return strangers;
  const spikes = new Set((yield* findOddPrices(bars, 1, maxJump)).spikes);
  const bound = nearest(interval) * interval;
  const read = new Set(bars.timestamp.subarray(0, known));
  const isTooClose = (index: number) => {
    const before = stored.findLast((time) => time < bars.timestamp[index]);
    // where the source lacks the stored bar, this one may stand in its place
    return before !== undefined && read.has(before) && bars.timestamp[index] - before < bound;
  };
  return strangers.filter((index) => spikes.has(index) || isTooClose(index));
}
