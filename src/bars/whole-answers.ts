import { ownError, TickerforestError } from '../errors';
import { Turns } from '../waiting';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { type Bars, sliceBars } from './bars';
import { batchesOf } from './batches';
import { pickBars } from './judgement/order';
import { DAY_MS } from './market';

/** What is known of the bars that a source is asked for. */
export interface AskedBars {
  /** The time that counts as now, milliseconds UTC: what begins later is not missed. */
  readonly now: number;
  /** Length of a bar, milliseconds, where it is known. Default: the shortest distance of neighbours. */
  readonly interval?: number | undefined;
  /** What a timestamp is of its bar. Default 'start'. */
  readonly stamp?: 'start' | 'end' | undefined;
}

/**
 * A source that is asked until it has nothing more. Many vendors answer with so many bars at most: the oldest of what was asked for, or the newest. The first are
 * asked again for what follows their last bar, the others for what lies before their first one. A source that says `answersInFull` is taken at its word.
 *
 * @param source - the caller's
 * @param known - what is known of its bars
 * @returns a source whose answers are whole, as far as asking can make them so
 */
export function wholeAnswers(source: BarSource, known: AskedBars): BarSource {
  return { fetch: (request) => (source.answersInFull === true ? source.fetch(request) : askUntilDone(source, request, known)) };
}

async function* askUntilDone(
  source: BarSource,
  request: BarRequest,
  { now, interval, stamp = 'start' }: AskedBars,
): AsyncGenerator<BarBatch> {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = request;
  const told = new Told(now);
  const turns = new Turns(request.signal, 'fetching bars');
  let batch = 0;
  for await (const piece of batchesOf(source, request)) {
    await told.add(piece.bars, turns);
    yield { ...piece, batch: ++batch };
  }
  const again = async function* (asked: BarRequest, isNew: (time: number) => boolean): AsyncGenerator<BarBatch> {
    try {
      for await (const { batches: _, fraction: __, ...piece } of batchesOf(source, asked)) {
        const fresh = await pick(piece, isNew, turns);
        if (fresh.bars.length > 0) yield { ...fresh, batch: ++batch };
      }
    } catch (error) {
      const own = ownError(error);
      // a source of ours says so where others answer with nothing
      if (own?.code === 'NO_BARS') return;
      if (own?.code === 'SOURCE_FAILED') throw failedLater(asked, told.bars, own);
      throw error;
    }
  };
  /** When the bar after the newest one is complete, at the earliest. */
  const nextEnd = () => {
    const length = interval ?? told.shortest;
    // days end with their session, and are shorter at a change of clocks; weeks and months are not all equal
    return told.last + (length >= DAY_MS ? 0.9 * length : stamp === 'end' ? length : 2 * length);
  };
  for (let last = Number.NEGATIVE_INFINITY; told.last > last && told.last < to && !(nextEnd() > now); ) {
    last = told.last;
    for await (const piece of again({ ...request, from: last + 1 }, (time) => time > last)) {
      await told.add(piece.bars, turns);
      yield piece;
    }
  }
  for (let first = Number.POSITIVE_INFINITY; told.first < first && told.first > from; ) {
    first = told.first;
    for await (const piece of again({ ...request, to: first - 1 }, (time) => time < first)) {
      await told.add(piece.bars, turns);
      yield piece;
    }
  }
}

/** A page that failed, or a source that throws where others have nothing to tell: nobody can know which. */
function failedLater({ symbol, from, to }: BarRequest, bars: number, error: TickerforestError): TickerforestError {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const range = [...(from === undefined ? [] : [`from ${day(from)} on`]), ...(to === undefined ? [] : [`up to ${day(to)}`])].join(' ');
  return new TickerforestError(
    'SOURCE_FAILED',
    `the source of ${symbol} told ${bars} bars, was asked whether it has more (${range}), and failed; the cause says why. Nothing was stored, try again. ` +
      'If it fails where it has no bars: let fetch() yield nothing there, or say answersInFull: true if each of its answers is whole',
    { cause: error.cause ?? error },
  );
}

/** The span of what a source has told, bars that claim to be of the future left aside. */
class Told {
  bars = 0;
  first = Number.POSITIVE_INFINITY;
  last = Number.NEGATIVE_INFINITY;
  /** Shortest distance of neighbours, milliseconds; 0 while there are none. */
  shortest = 0;
  readonly #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  async add({ timestamp, length }: Bars, turns: Turns): Promise<void> {
    this.bars += length;
    await turns.forRuns(length, (from, to) => {
      for (let i = from; i < to; i++) {
        const time = timestamp[i];
        if (time > this.#now) continue;
        const gap = i > 0 ? Math.abs(time - timestamp[i - 1]) : 0;
        if (gap > 0 && (this.shortest === 0 || gap < this.shortest)) this.shortest = gap;
        if (time < this.first) this.first = time;
        if (time > this.last) this.last = time;
      }
    });
  }
}

/** Of a batch, the bars that were not told before. */
async function pick(piece: BarBatch, isNew: (time: number) => boolean, turns: Turns): Promise<BarBatch> {
  const { bars, describe, forming } = piece;
  const kept: number[] = [];
  // where nothing is new, nobody else gives way
  await turns.forRuns(bars.length, (from, to) => {
    for (let i = from; i < to; i++) if (isNew(bars.timestamp[i])) kept.push(i);
  });
  if (kept.length === bars.length) return piece;
  const isLastKept = kept.length > 0 && kept[kept.length - 1] === bars.length - 1;
  return {
    ...piece,
    bars: kept.length === 0 ? sliceBars(bars, 0, 0) : await pickBars(bars, Uint32Array.from(kept), turns),
    forming: forming === true && isLastKept,
    ...(describe && { describe: (index: number) => describe(kept[index]) }),
  };
}
