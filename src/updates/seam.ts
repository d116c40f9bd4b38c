import type { Bars } from '../bars/bars';
import type { Warning } from '../bars/warnings';
import { TickerforestError } from '../errors';
import type { HistoryCheck } from './history-check';

/** Prices that move more than this from the newest stored bar to the first new one are of another adjustment, or another symbol's. */
const PLAUSIBLE = 1.5;

/**
 * Judges an update that was to compare the newest stored bars with the source's and could not, because the source had none of them.
 *
 * @param symbol - whose bars, for messages
 * @param check - what the comparison said
 * @param recentBars - the newest stored bars
 * @param newBars - the bars that are to follow them
 * @returns a warning, also where there are no new bars; null where the bars were compared
 * @throws TickerforestError `INVALID_BARS` if the prices of the new bars do not go on where the stored ones end
 */
export function judgeSeam(symbol: string, check: HistoryCheck, recentBars: Bars, newBars: Bars): Warning | null {
  if (check.verdict !== 'not_checked') return null;
  const last = recentBars.length - 1;
  const day = (time: number) => new Date(time).toISOString().slice(0, 16);
  const seam = `the source has none of the ${recentBars.length} newest stored bars (${day(recentBars.timestamp[0])} to ${day(recentBars.timestamp[last])})`;
  if (newBars.length === 0) {
    const message = `${symbol}: ${seam}, and nothing newer: has it failed without a word? What is stored stays, and the next run asks again`;
    return { code: 'not_compared', message, count: 0, firstBar: null };
  }
  const before = recentBars.close[last];
  const after = newBars.open[0];
  const factor = after / before;
  if (factor > PLAUSIBLE || factor < 1 / PLAUSIBLE) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${symbol}: ${seam}, and prices jump from ${before} to ${after} (${factor.toPrecision(3)} times) at ${day(newBars.timestamp[0])}: they may be adjusted otherwise. ` +
        'Give a source that also has these bars, so that prices can be compared and the history rebuilt if need be',
    );
  }
  return {
    code: 'not_compared',
    message: `${symbol}: ${seam}, so that nobody knows whether it has changed its past; let the source's answers overlap what is stored`,
    count: newBars.length,
    firstBar: newBars.timestamp[0],
  };
}
