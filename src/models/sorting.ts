import type { Turns } from '../waiting';

/** Values that are sorted at once: a few milliseconds. */
const RUN = 32_768;

/**
 * Sorts as Float64Array.prototype.sort does, giving way: runs are sorted, and then merged.
 *
 * @param values - no NaN; not changed
 * @param turns - gives way
 * @returns the values, ascending
 * @throws TickerforestError `ABORTED`
 */
export async function sortedInTurns(values: Float64Array, turns: Turns): Promise<Float64Array> {
  let from = values.slice();
  let to = new Float64Array(values.length);
  for (let start = 0; start < from.length; start += RUN) {
    from.subarray(start, start + RUN).sort();
    if (turns.isOver) await turns.giveWay();
  }
  for (let size = RUN; size < from.length; size *= 2) {
    for (let start = 0; start < from.length; start += 2 * size) {
      const middle = Math.min(start + size, from.length);
      const end = Math.min(start + 2 * size, from.length);
      let a = start;
      let b = middle;
      for (let part = start; part < end; part += RUN) {
        for (let at = part, stop = Math.min(part + RUN, end); at < stop; at++) {
          to[at] = b >= end || (a < middle && from[a] <= from[b]) ? from[a++] : from[b++];
        }
        if (turns.isOver) await turns.giveWay();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
