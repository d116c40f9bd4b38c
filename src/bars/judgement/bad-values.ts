import { barEnd } from '../forming-bars';
import { ZoneClock } from '../time-zone';
import type { JudgedBars } from './judge';
import { BadBarCount, type BadBarReason, type BadBars, LAST_DATE } from './values';

/** So many bars with bad values are kept until it is known which of them are forming or will be read again. */
const UNDECIDED = 10_000;
/** How many of these are described: the first one that counts is shown. */
const DESCRIBED = 16;

/** Bars whose values are bad: counted, and the newest kept until the newest good bar is known. */
export class BadValues {
  readonly #after: number;
  readonly #early: { reason: BadBarReason; description: string | undefined }[] = [];
  readonly #earlyCounts = new Map<BadBarReason, number>();
  #undecided: { reason: BadBarReason; timestamp: number; previous: number; description: string | undefined }[] = [];
  #knownBad = 0;
  #described = 0;

  /** @param after - timestamp of the newest known bar, milliseconds UTC; -Infinity if none is known */
  constructor(after: number) {
    this.#after = after;
  }

  /**
   * @param reason - what is wrong
   * @param time - the bar's timestamp, which may be no time at all
   * @param previous - largest timestamp of a good bar so far
   * @param describe - says where the bar came from and what it is
   */
  add(reason: BadBarReason, time: number, previous: number, describe: () => string): void {
    const timestamp = Math.abs(time) <= LAST_DATE ? time : Number.NaN;
    // once past the known bars, one without a time is new
    const isNew = Number.isNaN(timestamp) ? previous >= this.#after : timestamp > this.#after;
    if (!isNew) {
      this.#knownBad++;
      return;
    }
    if (this.#undecided.length >= UNDECIDED) this.#decide();
    const description = this.#described < DESCRIBED ? describe() : undefined;
    if (description !== undefined) this.#described++;
    this.#undecided.push({ reason, timestamp, previous, description });
  }

  /** Those that are kept count, whatever follows: a source with so many bad bars must not take more memory for them. */
  #decide(): void {
    for (const { reason, description } of this.#undecided) {
      if (this.#early.length === 0) this.#early.push({ reason, description });
      else this.#earlyCounts.set(reason, (this.#earlyCounts.get(reason) ?? 0) + 1);
    }
    this.#undecided = [];
  }

  /**
   * @param judged - the good bars
   * @param now - the time that counts as now, milliseconds UTC
   * @param bad - counts those that are bad now
   * @returns those that will be read again, since no good bar follows them; how many are forming; how many were counted when they were new
   */
  settle({ bars, market }: JudgedBars, now: number, bad: BadBarCount): { pending: BadBars; forming: number; knownBad: number } {
    const newest = bars.timestamp[bars.length - 1] ?? Number.NEGATIVE_INFINITY;
    const clock = market && new ZoneClock(market.timeZone);
    const pending = new BadBarCount();
    let forming = 0;
    for (const { reason, description } of this.#early) bad.add(reason, () => description ?? reason);
    for (const [reason, count] of this.#earlyCounts) bad.add(reason, () => reason, count);
    for (const { reason, timestamp, previous, description } of this.#undecided) {
      if (market !== null && clock !== null && timestamp > newest && barEnd(timestamp, market, clock) > now) forming++;
      else {
        const isBehind = Number.isNaN(timestamp) ? previous >= newest : timestamp > newest;
        (isBehind ? pending : bad).add(reason, () => description ?? reason);
      }
    }
    return { pending: pending.summary, forming, knownBad: this.#knownBad };
  }
}
