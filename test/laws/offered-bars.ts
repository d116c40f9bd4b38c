import type { BarBatch, BarRequest, BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { barEnd } from '../../src/bars/forming-bars';
import { type MarketOptions, resolveMarket } from '../../src/bars/market';
import { ZoneClock } from '../../src/bars/time-zone';

/**
 * How a source answers: what was asked for; everything that it has; in small pages that begin before what was asked for;
 * or with the compared bars twice, before the new ones and after them.
 */
export type Habit = 'exact' | 'everything' | 'pages' | 'repeats';

/** The newest bar, still forming: the source says so, or the time does. */
export type Forming = 'no' | 'by source' | 'by now';

/** What a source has at some time. */
export interface Offer {
  /** Complete bars. */
  readonly bars: Bars;
  /** A bar after them that is still forming, if there is one. */
  readonly next: Bars | null;
  /** How the source answers. */
  readonly habit: Habit;
  /** How a forming bar is told. */
  readonly forming: Forming;
}

/** A source that has so many bars of a series, as it is asked at some time. */
export function offeringSource({ bars, next, habit, forming }: Offer): BarSource {
  const offered = next === null || forming === 'no' ? bars : joined(bars, halfFormed(next));
  const isForming = next !== null && forming === 'by source';
  return {
    async *fetch(request) {
      let batch = 0;
      for (const piece of pieces(offered, habit, request)) {
        const last = piece.timestamp[piece.length - 1] === offered.timestamp[offered.length - 1];
        yield { bars: piece, batch: ++batch, forming: isForming && last } satisfies BarBatch;
      }
    },
  };
}

function* pieces(bars: Bars, habit: Habit, request: BarRequest): Generator<Bars> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = request;
  const first = bars.timestamp.findIndex((time) => time >= from);
  const start = first < 0 ? bars.length : first;
  const end = bars.timestamp.findLastIndex((time) => time <= to) + 1;
  switch (habit) {
    case 'exact':
      if (end > start) yield sliceBars(bars, start, end);
      return;
    case 'everything':
      if (bars.length > 0) yield bars;
      return;
    case 'pages': {
      const before = Math.max(0, start - 7);
      for (let at = before; at < bars.length; at += 97) yield sliceBars(bars, at, Math.min(bars.length, at + 97));
      return;
    }
    case 'repeats': {
      // only an update asks without an end; and the 5 bars that it compares are known to it
      const compared = request.to === undefined && start > 0 ? sliceBars(bars, start, Math.min(bars.length, start + 5)) : null;
      if (compared !== null && compared.length > 0) yield compared;
      if (end > start) yield sliceBars(bars, start, end);
      if (compared !== null && compared.length > 0) yield compared;
    }
  }
}

/** When the last of some bars is complete, and not a moment later. */
function completeAt(bars: Bars, market: MarketOptions, interval: number): Date {
  const resolved = resolveMarket(interval, market);
  return new Date(barEnd(bars.timestamp[bars.length - 1], resolved, new ZoneClock(resolved.timeZone)));
}

/** A time at which the bars are complete and the next one is not: the first one, or, if that is years before the next bar begins, the last one. */
export function formingAt(bars: Bars, next: Bars | null, market: MarketOptions, interval: number): Date {
  const isFar = next !== null && next.timestamp[0] - bars.timestamp[bars.length - 1] > 30 * 86_400_000;
  return isFar ? new Date(completeAt(next, market, interval).getTime() - 1) : completeAt(bars, market, interval);
}

/** The bar as it looked some seconds before its end. */
function halfFormed(bar: Bars): Bars {
  return changedBars(bar, 0, (copy) => {
    copy.close[0] = copy.open[0];
    copy.high[0] = copy.open[0];
    copy.low[0] = copy.open[0];
    copy.volume[0] /= 2;
  });
}

/** A copy of some bars, with something done to one of them. */
export function changedBars(bars: Bars, index: number, change: (copy: Bars, index: number) => void): Bars {
  const copy = joined(bars, sliceBars(bars, 0, 0));
  change(copy, index);
  return copy;
}

/** Bars, then other bars, in one piece. */
export function joined(a: Bars, b: Bars): Bars {
  const all = allocateBars(a.length + b.length);
  for (const column of BAR_COLUMNS) {
    all[column].set(a[column]);
    all[column].set(b[column], a.length);
  }
  return all;
}
