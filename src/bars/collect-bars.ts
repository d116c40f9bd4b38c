import { TickerforestError, throwIfAborted } from '../errors';
import { hushed } from '../options/checks';
import { BAR_REQUEST, COLLECT } from '../options/collect-table';
import { checkOptions } from '../options/description';
import { Turns } from '../waiting';
import { BarBlocks, BLOCK } from './bar-blocks';
import type { BarRequest, BarSource } from './bar-source';
import { type Bars, sliceBars } from './bars';
import { notesOf, WarningList } from './batch-notes';
import { batchesOf } from './batches';
import { BadValues } from './judgement/bad-values';
import { judgeBars } from './judgement/judge';
import { BAD_BAR_REASONS, BadBarCount, type BadBars, countPlain, countsByReason, findBadValue } from './judgement/values';
import type { Market, MarketOptions } from './market';
import { Places } from './places';
import { printedCollection } from './printed-bars';
import type { Reading } from './reading';
import type { Warning } from './warnings';

/** How far the reading of a source has got. */
export interface BatchProgress {
  /** Number of the batch that was just taken in, from 1. */
  readonly batch: number;
  /** How many batches there will be, where the source knows. */
  readonly batches?: number;
  /** How much of the source has been read, 0 to 1, where that can be told. */
  readonly fraction?: number;
  /** Bars with good values so far. */
  readonly bars: number;
}

/** What a caller may say about the judgement of bars. */
export interface JudgementOptions {
  /** What to do about bad bars: 'reject' throws one error for all of them; 'drop' leaves them out and counts them. Default 'reject'. */
  readonly badBars?: 'reject' | 'drop' | undefined;
  /** Most bars that a source may have, 1 to 100,000,000; more is `TOO_MANY_BARS`. Default 20,000,000, which take 1 GB. */
  readonly maxBars?: number | undefined;
  /**
   * How many times prices may be off those of the bar before, and come back within five bars, before these bars are bad ('spike'); above 1. Infinity: as many as
   * they like. A level that stays, as after a split, is never bad. Default 5.
   */
  readonly maxJump?: number | undefined;
}

/** How to read and judge a source's bars. */
export interface CollectOptions extends JudgementOptions {
  /**
   * Timestamp of the last bar already known, milliseconds UTC. Bars up to it, from the request's `from` on, are collected to be compared with
   * what is known; they were judged before, so bad ones among them are left out without a word. Default: none are known.
   */
  readonly after?: number | undefined;
  /**
   * Timestamps of the newest known bars, at least of all that are read again, ascending, milliseconds UTC. Spikes and bars too close to another that are not among
   * them were dropped when they were new, and are again. Default: known bars are taken as they come.
   */
  readonly knownTimes?: Float64Array | undefined;
  /**
   * What to do about bars before the request's `from`: 'ignore' leaves them out and counts them, 'reject' throws. Reject only what a source
   * should never send: many answer with more than they were asked for. Default 'ignore'.
   */
  readonly oldBars?: 'ignore' | 'reject' | undefined;
  /** The market, for its hours and time zone. Default: round the clock in UTC. */
  readonly market?: MarketOptions | undefined;
  /** Length of a bar, milliseconds. Default: the most frequent distance. */
  readonly interval?: number | undefined;
  /** Whether the known history has hardly a hole, so that new bars further apart are of another length. Default false. */
  readonly isDense?: boolean | undefined;
  /** The time that counts as now, milliseconds UTC: bars that end after it are forming. Default: none is. */
  readonly now?: number | undefined;
  /** Called after each batch. Default: not called. What it throws ends the reading. */
  readonly onBatch?: ((progress: BatchProgress) => void) | undefined;
}

/**
 * What a source had. Nothing is lost: `offered` = bars + rejected.total + pending.total + old + later + forming + live + repeated + knownBad.
 */
export interface CollectedBars {
  /** The good bars, in order of time, in columns over shared memory. */
  readonly bars: Bars;
  /** Whose they are; null for fewer than two bars whose length nobody said. */
  readonly market: Market | null;
  /** How many of the bars, at the beginning, are at or before `after`. */
  readonly known: number;
  /** Bars that the source sent. */
  readonly offered: number;
  /** Bad bars by reason; none with `badBars: 'reject'`. */
  readonly rejected: BadBars;
  /** Bad bars after the newest good one: they will be read again with what follows it, and count then. */
  readonly pending: BadBars;
  /** Bad bars among the known ones: they counted when they were new. */
  readonly knownBad: number;
  /** Bars before the request's `from`, ignored. */
  readonly old: number;
  /** Bars after the request's `to`, ignored. */
  readonly later: number;
  /** Bars that are not complete, ignored. */
  readonly forming: number;
  /** Rows for the last trade beside the newest bar, ignored. */
  readonly live: number;
  /** Bars that came more than once with all values the same, counted without the one that was taken. */
  readonly repeated: number;
  /** Batches read. */
  readonly batches: number;
  /** How the source was read, where it says so. */
  readonly reading: Reading | undefined;
  /** What was assumed, mended or left out. */
  readonly warnings: readonly Warning[];
}

const MOST_BARS = 20_000_000;
const LARGEST_JUMP = 5;
/** So few bad bars may be half of a short answer. */
const FEW_BAD = 5;

/**
 * Reads all of a source's bars, judges them by the rules of {@link BadBarReason}, and puts them in order. Bars outside of the request's range and bars that
 * are still forming are left out before they are judged. Needs at its peak twice the memory of the bars: 180 MB for 1.87 million.
 *
 * @param source - where the bars are
 * @param wanted - symbol, range and signal
 * @param given - see {@link CollectOptions}
 * @returns the bars; with `after` there may be none, else at least one
 * @throws TickerforestError `INVALID_OPTION` naming option and value; `INVALID_BARS` for bad bars, a malformed batch, several series in one source, bars of another length or in another time zone or, with
 *   `oldBars: 'reject'`, bars before the range; `NO_BARS` for an empty source or one whose bars are all bad, `TOO_MANY_BARS`, `SOURCE_FAILED` when the source
 *   throws (its TickerforestErrors pass as they are), `ABORTED`
 * @example
 * ```ts
 * const { bars, warnings } = await collectBars(csvBars('aapl.csv'), { symbol: 'AAPL', from: Date.UTC(2020, 0, 1) });
 * console.log(bars.length, bars.close.at(-1), warnings);
 * ```
 */
export async function collectBars(source: BarSource, wanted: BarRequest, given: CollectOptions = {}): Promise<CollectedBars> {
  const request = checkOptions(wanted, BAR_REQUEST, 'collectBars');
  const options = checkOptions(given, COLLECT, 'collectBars');
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, symbol, signal } = request;
  const { after = Number.NEGATIVE_INFINITY, now = Number.POSITIVE_INFINITY, maxBars = MOST_BARS, maxJump = LARGEST_JUMP } = options;
  const blocks = new BarBlocks();
  const values = new BadValues(after);
  const places = new Places();
  const turns = new Turns(signal, 'fetching bars');
  const warnings = new WarningList();
  let reading: Reading | undefined;
  let previous = Number.NEGATIVE_INFINITY;
  let isAscending = true;
  let offered = 0;
  let old = 0;
  let later = 0;
  let forming = 0;
  let batches = 0;

  const append = async (bars: Bars, start: number, end: number) => {
    for (let at = start; at < end; at += BLOCK) {
      blocks.append(bars, at, Math.min(end, at + BLOCK));
      if (turns.isOver) await turns.giveWay();
    }
  };

  throwIfAborted(signal, 'fetching bars');
  for await (const batch of batchesOf(source, request)) {
    throwIfAborted(signal, 'fetching bars');
    batches++;
    const { bars } = batch;
    offered += bars.length;
    const notes = notesOf(batch, batches, symbol);
    reading = notes.reading ?? reading;
    warnings.add(notes.warnings);
    places.enter(batch, batches);
    let run = 0;
    let plain = 0;
    while (batch.forming !== true && plain < bars.length) {
      // a source may send all it has in one batch
      const part = bars.length <= BLOCK ? bars : sliceBars(bars, plain, Math.min(bars.length, plain + BLOCK));
      const good = countPlain(part, from, to, previous);
      if (good > 0) previous = part.timestamp[good - 1];
      plain += good;
      if (good < part.length) break;
      if (turns.isOver) await turns.giveWay();
    }
    for (let i = plain; i < bars.length; i++) {
      if (i % BLOCK === 0 && turns.isOver) await turns.giveWay();
      const timestamp = bars.timestamp[i];
      const isForming = batch.forming === true && i === bars.length - 1;
      const isOutside = timestamp < from || timestamp > to;
      const reason = isForming || isOutside ? undefined : findBadValue(bars, i);
      if (!isForming && !isOutside && reason === undefined) {
        if (!(timestamp > previous)) isAscending = false;
        else previous = timestamp;
        continue;
      }
      if (i - run > BLOCK) await append(bars, run, i);
      else blocks.append(bars, run, i);
      places.skip(i - run);
      run = i + 1;
      if (isForming) forming++;
      else if (timestamp < from) {
        if (options.oldBars === 'reject') throw oldBarError(symbol, timestamp, from);
        old++;
      } else if (timestamp > to) later++;
      else if (reason !== undefined) values.add(reason, timestamp, previous, places.describer(bars, i));
    }
    await append(bars, run, bars.length);
    places.leave(bars.length - run, isAscending);
    if (blocks.length > maxBars) throw tooMany(symbol, maxBars);
    const returned: unknown = options.onBatch?.({
      batch: batches,
      ...(batch.batches === undefined ? {} : { batches: batch.batches }),
      ...(batch.fraction === undefined ? {} : { fraction: batch.fraction }),
      bars: blocks.length,
    });
    hushed(returned);
    if (turns.isOver) await turns.giveWay();
  }
  throwIfAborted(signal, 'fetching bars');

  const drops = options.badBars === 'drop';
  const bad = new BadBarCount();
  const judged = await judgeBars(
    await blocks.finish(turns),
    isAscending,
    {
      symbol,
      market: options.market ?? {},
      interval: options.interval,
      isDense: options.isDense ?? false,
      knownTimes: options.knownTimes,
      after,
      now,
      drops,
      maxJump,
      reading,
      describe: (index) => places.describe(index),
    },
    bad,
    turns,
  );
  const unformed = values.settle(judged, now, bad);
  warnings.add(judged.warnings);
  const { bars, market, known, repeated, live } = judged;
  const rejected = bad.summary;
  const { pending } = unformed;
  const badBars = rejected.total + pending.total;
  if (badBars > 0 && !drops) throw badBarsError(sum(rejected, pending), symbol, bars.length - known + badBars);
  forming += judged.forming + unformed.forming;
  if (bars.length === 0 && options.after === undefined) throw noBars(request, sum(rejected, pending), forming, now);
  return printedCollection({
    bars,
    market,
    known,
    offered,
    rejected,
    pending,
    knownBad: judged.knownBad + unformed.knownBad,
    old,
    later,
    forming,
    live,
    repeated,
    batches,
    reading,
    warnings: warnings.all,
  });
}

/** Both counts in one; the first bar is that of the first, if it has one. */
function sum(a: BadBars, b: BadBars): BadBars {
  const both = new BadBarCount();
  for (const { byReason, first } of [a, b]) {
    for (const reason of BAD_BAR_REASONS) if (byReason[reason] > 0) both.add(reason, () => first ?? reason, byReason[reason]);
  }
  const first = a.first ?? b.first;
  return { ...both.summary, ...(first !== undefined && { first }) };
}

function badBarsError(rejected: BadBars, symbol: string, read: number): TickerforestError {
  const { total, byReason } = rejected;
  const several = byReason.duplicate === total ? 'make sure that they are of one series, ' : '';
  // a vendor has bad bars, but not every other one
  const cure =
    total * 2 >= read && total > FEW_BAD
      ? 'That many are not bad bars but a wrong reading: a column that is not what it seems, part of the time or a symbol that was not read, or values that are missing ' +
        'throughout. Compare the first one with the source; columns: { volume: null } says that there is no volume'
      : `To go on, ${several}repair the source, or leave them out and have them counted with badBars: 'drop'`;
  return new TickerforestError(
    'INVALID_BARS',
    `${total} of ${read} bars of ${symbol} are bad (${countsByReason(rejected)}); the first is ${rejected.first}. ${cure}`,
  );
}

function tooMany(symbol: string, maxBars: number): TickerforestError {
  return new TickerforestError(
    'TOO_MANY_BARS',
    `the source of ${symbol} has more bars than maxBars, ${maxBars}; ask for fewer (from, historyYears), or raise maxBars if that many are meant`,
  );
}

function noBars(request: BarRequest, bad: BadBars, forming: number, now: number): TickerforestError {
  const { symbol } = request;
  const why =
    bad.total > 0
      ? `all ${bad.total} bars of ${symbol} were dropped (${countsByReason(bad)}); the first is ${bad.first}`
      : forming > 0
        ? `all ${forming} bars of ${symbol} end after ${new Date(now).toISOString()}, the time that counts as now; is the option now right?`
        : `the source has no bars of ${symbol}${describeRange(request)}`;
  return new TickerforestError('NO_BARS', why);
}

function oldBarError(symbol: string, timestamp: number, from: number): TickerforestError {
  const time = (value: number) => new Date(value).toISOString();
  return new TickerforestError(
    'INVALID_BARS',
    `the source of ${symbol} was asked for bars from ${time(from)} on and sent one of ${time(timestamp)}; oldBars: 'ignore' leaves such bars out`,
  );
}

function describeRange({ from, to }: BarRequest): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return `${from === undefined ? '' : ` from ${day(from)}`}${to === undefined ? '' : ` up to ${day(to)}`}`;
}
