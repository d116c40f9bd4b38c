import type { BarRequest, BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';

/** What a vendor is asked, and how often it tells each bar. */
export interface Vendor extends BarSource {
  /** What it was asked. */
  readonly requests: BarRequest[];
  /** How often each bar was told, by its timestamp. */
  readonly told: ReadonlyMap<number, number>;
}

/** How a vendor answers. */
interface Habit {
  /** Most bars of an answer, and which of those that were asked for. Default: all. */
  readonly most?: { readonly bars: number; readonly of: 'oldest' | 'newest' };
  /** Bars before this index are forgotten. Default 0. */
  readonly begins?: number;
  /** Whether the next answer stops after so many bars, without a word; asked once an answer. Default: none does. */
  readonly stopsAfter?: () => number | undefined;
}

/** A vendor with a history, who answers what is asked, as far as his habits let him. */
export function vendor(bars: Bars, { most, begins = 0, stopsAfter }: Habit = {}): Vendor {
  const requests: BarRequest[] = [];
  const told = new Map<number, number>();
  return {
    requests,
    told,
    async *fetch(request) {
      requests.push(request);
      const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = request;
      const asked = Array.from(bars.timestamp.keys()).filter((i) => i >= begins && bars.timestamp[i] >= from && bars.timestamp[i] <= to);
      const limited = most === undefined ? asked : most.of === 'oldest' ? asked.slice(0, most.bars) : asked.slice(-most.bars);
      const sent = limited.slice(0, stopsAfter?.());
      if (sent.length === 0) return;
      const answer = sliceBars(bars, sent[0], sent[sent.length - 1] + 1);
      for (const time of answer.timestamp) told.set(time, (told.get(time) ?? 0) + 1);
      yield { bars: answer, batch: 1 };
    },
  };
}

/** A copy of some bars, changed. */
export function changed(bars: Bars, change: (copy: Bars) => void): Bars {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  change(copy);
  return copy;
}

/** Some bars without those at some indices. */
export function without(bars: Bars, ...indices: readonly number[]): Bars {
  const kept = Array.from(bars.timestamp.keys()).filter((i) => !indices.includes(i));
  const fewer = allocateBars(kept.length);
  for (const column of BAR_COLUMNS) fewer[column].set(kept.map((i) => bars[column][i]));
  return fewer;
}
