import type { BarBatch, BarRequest, BarSource } from '../bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../bars/bars';
import { pickBars } from '../bars/judgement/order';
import { stampSlack } from '../bars/judgement/spacing';
import { DAY_MS, type Market } from '../bars/market';
import { wholeAnswers } from '../bars/whole-answers';
import { TickerforestError } from '../errors';
import type { BarStore } from '../stores/bar-store';
import { Turns } from '../waiting';
import { indexFrom } from './fold-start';
import { KeptHistory } from './kept-history';

/** The stored part of what {@link sessionSource} tells. */
interface StoredPast {
  /** The newest stored bars, at least one. */
  readonly newest: Bars;
  /** Whether they are all that is stored. */
  readonly isWhole: boolean;
  /** Whose they are. */
  readonly market: Market;
  /** The caller's source; undefined: what is stored is taken to be as it was. */
  readonly source: BarSource | undefined;
  /** Where bars are kept, if they are. */
  readonly kept: BarStore | undefined;
  /** The time of the run, milliseconds UTC. */
  readonly now: number;
}

/**
 * @param past - what is stored
 * @param fresh - the session's bars after the newest stored one
 * @returns a source that tells both: the caller's own, or what is stored, up to the newest stored bar, and the session's from there on
 */
export function sessionSource(past: StoredPast, fresh: Bars): BarSource {
  const last = past.newest.timestamp[past.newest.length - 1];
  return {
    answersInFull: true,
    async *fetch(request) {
      let batch = 0;
      if (request.from === undefined || request.from <= last) {
        for await (const { batches: _, fraction: __, ...piece } of told(past, last, fresh, request)) yield { ...piece, batch: ++batch };
      }
      const bars = within(fresh, request);
      if (bars.length > 0) yield { bars, batch: ++batch, describe: (index) => `bar ${index + 1} of the session` };
    },
  };
}

/**
 * @param bars - one bar each, in order
 * @returns all of them
 */
export function together(bars: readonly Bars[]): Bars {
  const all = allocateBars(bars.length);
  for (const name of BAR_COLUMNS) {
    bars.forEach((bar, index) => {
      all[name][index] = bar[name][0];
    });
  }
  return all;
}

async function* told(past: StoredPast, last: number, fresh: Bars, request: BarRequest): AsyncGenerator<BarBatch> {
  const { newest, isWhole, market, source, kept, now } = past;
  const { interval, stamp } = market;
  const { symbol, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, signal = new AbortController().signal } = request;
  if (source !== undefined) {
    // a vendor's stamp of the newest stored bar may be a little beside it, a day's anywhere on that day
    const end = last + (interval === DAY_MS ? DAY_MS - 1 : stampSlack(interval));
    const next = fresh.length > 0 ? fresh.timestamp[0] - 1 : end;
    const limit = Math.min(to, end, Math.max(last, next));
    const turns = new Turns(signal, 'reading bars');
    for await (const piece of wholeAnswers(source, { now, interval, stamp }).fetch({ ...request, to: limit })) {
      yield await upTo(limit, piece, turns);
    }
    return;
  }
  const isEarlier = from < newest.timestamp[0] && !isWhole;
  if (isEarlier) {
    const history = kept === undefined ? null : await KeptHistory.open(kept, symbol, signal);
    if (history === null || history.kept === null) {
      throw new TickerforestError(
        'SOURCE_INCOMPLETE',
        `${symbol}: bars before ${new Date(newest.timestamp[0]).toISOString()} are wanted, and a session has none: keep bars (option bars), or give openSymbol the source`,
      );
    }
    const old = await history.from(from);
    const before = within(sliceBars(old, 0, indexFrom(old, newest.timestamp[0])), request);
    if (before.length > 0) yield { bars: before, batch: 1 };
  }
  const bars = within(newest, request);
  if (bars.length > 0) yield { bars, batch: 2 };
}

/** Sources may tell more than they were asked for. */
async function upTo(limit: number, piece: BarBatch, turns: Turns): Promise<BarBatch> {
  const { bars, describe, forming } = piece;
  const kept = Uint32Array.from(bars.timestamp.keys()).filter((index) => bars.timestamp[index] <= limit);
  if (kept.length === bars.length) return piece;
  return {
    ...piece,
    bars: await pickBars(bars, kept, turns),
    forming: forming === true && kept[kept.length - 1] === bars.length - 1,
    ...(describe && { describe: (index) => describe(kept[index]) }),
  };
}

function within(bars: Bars, { from, to }: BarRequest): Bars {
  const start = from === undefined ? 0 : indexFrom(bars, from);
  const end = to === undefined ? bars.length : bars.timestamp.findLastIndex((time) => time <= to) + 1;
  return sliceBars(bars, Math.min(start, end), end);
}
