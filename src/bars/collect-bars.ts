import { TickerforestError, throwIfAborted } from '../errors';
import { BarBlocks } from './bar-blocks';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import type { Bars } from './bars';
import { BadBarCount, badBarsError, checkBatchShape, countsByReason, findBadBar, type RejectedBars } from './validation';

/** How far the reading of a source has got. */
export interface BatchProgress {
  /** Number of the batch that was just taken in, from 1. */
  readonly batch: number;
  /** How many batches there will be, where the source knows. */
  readonly batches?: number;
  /** How much of the source has been read, 0 to 1, where that can be told. */
  readonly fraction?: number;
  /** Good bars so far. */
  readonly bars: number;
}

/** How to read and judge a source's bars. */
export interface CollectOptions {
  /** What to do about bad bars: 'reject' throws one error for all of them; 'drop' leaves them out and counts them. Default 'reject'. */
  readonly badBars?: 'reject' | 'drop';
  /**
   * Timestamp of the last bar already known, milliseconds UTC. Bars up to it, from the request's `from` on, are collected to be compared with
   * what is known; they were judged before, so bad ones among them are left out without a word. Default: none are known.
   */
  readonly after?: number;
  /**
   * What to do about bars before the request's `from`: 'ignore' leaves them out and counts them, 'reject' throws. Reject only what a source
   * should never send: many answer with more than they were asked for. Default 'ignore'.
   */
  readonly oldBars?: 'ignore' | 'reject';
  /** Called after each batch. Default: not called. What it throws ends the reading. */
  readonly onBatch?: (progress: BatchProgress) => void;
}

/** What a source had. */
export interface CollectedBars {
  /** The good bars, in columns of exact length over shared memory. */
  readonly bars: Bars;
  /** How many of them, at the beginning, are at or before `after`. */
  readonly known: number;
  /** Bad bars by reason; none with `badBars: 'reject'`. */
  readonly rejected: RejectedBars;
  /**
   * Bad bars that came before a good one. Those after the newest good bar will be read again with what follows it, and count then.
   *
   * @param newest - timestamp of the newest good bar that is used, milliseconds UTC
   * @returns their number, by reason
   */
  rejectedBefore(newest: number): RejectedBars;
  /** Bars before the request's `from`, ignored. */
  readonly old: number;
  /** Bars that the source called forming, ignored. */
  readonly forming: number;
  /** Batches read. */
  readonly batches: number;
}

/**
 * Reads all of a source's bars and validates them by the rules of {@link BadBarReason}, across batches. Bars outside of the request's range
 * and bars that are still forming are left out. Needs at its peak twice the memory of the bars: 180 MB for 1.87 million.
 *
 * @param source - where the bars are
 * @param request - symbol, range and signal
 * @param options - see {@link CollectOptions}
 * @returns the bars; with `after` there may be none, else at least one
 * @throws TickerforestError `INVALID_BARS` for bad bars, a malformed batch or, with `oldBars: 'reject'`, bars before the range; `NO_BARS` for
 *   an empty source or one whose bars are all bad, `SOURCE_FAILED` when the source throws (its TickerforestErrors pass as they are), `ABORTED`
 */
export async function collectBars(source: BarSource, request: BarRequest, options: CollectOptions = {}): Promise<CollectedBars> {
  const from = request.from ?? Number.NEGATIVE_INFINITY;
  const to = request.to ?? Number.POSITIVE_INFINITY;
  const after = options.after ?? Number.NEGATIVE_INFINITY;
  const blocks = new BarBlocks();
  const bad = new BadBarCount();
  let previous = Number.NEGATIVE_INFINITY;
  let known = 0;
  let old = 0;
  let forming = 0;
  let batches = 0;

  throwIfAborted(request.signal, 'fetching bars');
  for await (const batch of fetchSafely(source, request)) {
    throwIfAborted(request.signal, 'fetching bars');
    checkBatchShape(batch);
    batches++;
    const { bars } = batch;
    let run = 0;
    for (let i = 0; i < bars.length; i++) {
      const timestamp = bars.timestamp[i];
      const isForming = batch.forming === true && i === bars.length - 1;
      const isOutside = timestamp < from || timestamp > to;
      // once past the known bars, an older one is out of order, whether it is known or not
      const reason = isForming || isOutside ? undefined : findBadBar(bars, i, previous);
      if (!isForming && !isOutside && reason === undefined) {
        if (timestamp <= after) known++;
        previous = timestamp;
        continue;
      }
      blocks.append(bars, run, i);
      run = i + 1;
      if (isForming) forming++;
      else if (timestamp < from) {
        if (options.oldBars === 'reject') throw oldBarError(request.symbol, timestamp, from);
        old++;
      } else if (reason !== undefined && !(timestamp <= after) && (previous >= after || timestamp > after)) {
        // a bad bar without a time, between known ones, was counted when it was new
        bad.add(reason, batch, i, previous);
      }
    }
    blocks.append(bars, run, bars.length);
    options.onBatch?.({
      batch: batch.batch,
      ...(batch.batches === undefined ? {} : { batches: batch.batches }),
      ...(batch.fraction === undefined ? {} : { fraction: batch.fraction }),
      bars: blocks.length,
    });
  }
  throwIfAborted(request.signal, 'fetching bars');

  const rejected = bad.summary();
  const good = blocks.length;
  if (rejected.total > 0 && options.badBars !== 'drop') throw badBarsError(rejected, request.symbol, good - known + rejected.total);
  if (good === 0 && options.after === undefined) {
    throw new TickerforestError(
      'NO_BARS',
      rejected.total > 0
        ? `all ${rejected.total} bars of ${request.symbol} were dropped (${countsByReason(rejected)}); the first is ${rejected.first}`
        : `the source has no bars of ${request.symbol}${describeRange(request)}`,
    );
  }
  return { bars: blocks.finish(), known, rejected, rejectedBefore: (newest) => bad.summary(newest), old, forming, batches };
}

function oldBarError(symbol: string, timestamp: number, from: number): TickerforestError {
  const time = (value: number) => new Date(value).toISOString();
  return new TickerforestError(
    'INVALID_BARS',
    `the source of ${symbol} was asked for bars from ${time(from)} on and sent one of ${time(timestamp)}; oldBars: 'ignore' leaves such bars out`,
  );
}

/** Keeps the source's own errors apart from those of whoever reads its batches. */
async function* fetchSafely(source: BarSource, request: BarRequest): AsyncGenerator<BarBatch> {
  let batches = 0;
  let bars = 0;
  try {
    for await (const batch of source.fetch(request)) {
      yield batch;
      batches++;
      bars += batch.bars.length;
    }
  } catch (cause) {
    throwIfAborted(request.signal, 'fetching bars');
    if (cause instanceof TickerforestError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new TickerforestError(
      'SOURCE_FAILED',
      `the source of ${request.symbol} failed at batch ${batches + 1}, after ${bars} bars: ${message}; nothing was stored, try again`,
      { cause },
    );
  }
}

function describeRange({ from, to }: BarRequest): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return `${from === undefined ? '' : ` from ${day(from)}`}${to === undefined ? '' : ` up to ${day(to)}`}`;
}
