import { types } from 'node:util';
import { type Bars, sliceBars } from '../bars/bars';
import { lengthInWords } from '../bars/judgement/spacing';
import { DAY_MS, type Market, MINUTE_MS } from '../bars/market';
import { TickerforestError } from '../errors';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { KeptBars } from '../stores/bar-store';
import type { FetchedBars } from './ask-source';
import type { SymbolJob } from './job';
import type { StoredSymbol } from './stored-symbol';

/** Fewest stored bars that an update compares if nobody says otherwise, and most. */
const OVERLAP = { least: 64, most: 10_000 };

/** From when to when bars of a symbol are stored, and how many. */
export interface StoredSpan {
  /** Timestamp of the first bar, milliseconds UTC. */
  readonly first: number;
  /** Timestamp of the newest bar, milliseconds UTC. */
  readonly last: number;
  /** How many bars. */
  readonly bars: number;
  /** Length of a bar, milliseconds. */
  readonly interval: number;
  /** How many more are known to follow them. Default 0. */
  readonly newer?: number;
}

/** Bars, and whose they are. */
interface ToldBars {
  /** The bars. */
  readonly bars: Bars;
  /** Whose they are. */
  readonly market: Market;
}

/**
 * @param stored - what is stored
 * @param kept - what is kept of its bars
 * @returns what must not become shorter; null if nothing is stored
 */
export function storedSpan({ engineer, company }: StoredSymbol, kept: KeptBars | null): StoredSpan | null {
  const spans: StoredSpan[] = [];
  if (kept !== null) {
    spans.push({ first: kept.firstTimestamp, last: kept.lastTimestamp, bars: kept.bars, interval: kept.market.interval });
  }
  if (engineer !== null) {
    const { firstTimestamp, lastTimestamp, bars } = engineer.history;
    spans.push({ first: firstTimestamp, last: lastTimestamp, bars, interval: engineer.market.interval });
  } else if (company !== null) {
    const { first_bar, last_bar, points, interval_ms } = company.raw_data;
    // documents of the system before this one have less
    if (types.isDate(first_bar) && types.isDate(last_bar) && points > 0) {
      spans.push({ first: first_bar.getTime(), last: last_bar.getTime(), bars: points, interval: interval_ms });
    }
  }
  // kept bars are written before the profiles: of the two, the longer one is what there is
  return spans.reduce<StoredSpan | null>((longest, span) => (longest === null || span.bars > longest.bars ? span : longest), null);
}

/**
 * The one guard of stored histories: whatever a run is about to put in the place of one, it may not be shorter. Only `rebuild: true` is consent to that.
 *
 * @param job - the run
 * @param told - the history that is to take its place
 * @param stored - the history that is stored; null: nothing is
 * @param why - why it is to be replaced: 'the source has rewritten stored bars'
 * @throws TickerforestError `NO_BARS` if the beginning is missing, `SOURCE_INCOMPLETE` if the end or something in between is, `INVALID_BARS` if longer bars would take the place of more
 */
export function assertNotShorter({ options }: SymbolJob, { bars, market }: ToldBars, stored: StoredSpan | null, why: string): void {
  if (stored === null || options.rebuild === true) return;
  const { symbol } = options;
  const wayOut = 'give a source with the whole history, or begin anew with what it has: rebuild: true';
  // a day: stamps of another time zone are the same bars
  const slack = Math.max(DAY_MS, stored.interval, market.interval);
  const begins = bars.length === 0 ? Number.POSITIVE_INFINITY : bars.timestamp[0];
  const isLess = bars.length < stored.bars;
  if (isLess && market.interval > stored.interval) {
    throw new TickerforestError(
      'INVALID_BARS',
      `${symbol}: ${lengthInWords(market.interval)} bars, ${bars.length} of them, would take the place of ${stored.bars} that are ${lengthInWords(stored.interval)}; ` +
        'keep each length under a symbol of its own, or begin anew with these: rebuild: true',
    );
  }
  if (begins - stored.first > slack || (bars.length < stored.bars + (stored.newer ?? 0) && begins > stored.first)) {
    const has = bars.length === 0 ? 'has none' : `begins on ${day(begins)}`;
    throw new TickerforestError(
      'NO_BARS',
      `${symbol}: ${why} needs all bars from ${day(stored.first)} on, but the source ${has}; ${wayOut}`,
    );
  }
  const ends = bars.timestamp[bars.length - 1];
  if (stored.last - ends > slack) {
    throw new TickerforestError(
      'SOURCE_INCOMPLETE',
      `${symbol}: ${endsEarly(ends, stored.last)}; nothing was stored, try again later. If this is all there is: rebuild: true`,
    );
  }
  if (isLess) {
    const less = `${symbol}: ${why} needs all ${stored.bars} bars from ${day(stored.first)} on, but the source has ${bars.length}`;
    throw new TickerforestError('SOURCE_INCOMPLETE', `${less}; nothing was stored, try again later, or ${wayOut}`);
  }
}

/**
 * A source whose bars end before those that are stored has answered in part: what it did not tell is not compared.
 *
 * @param job - the run
 * @param stored - the history that is stored
 * @param told - what the source said of it and what follows
 * @throws TickerforestError `SOURCE_INCOMPLETE` if it ends early
 */
export function assertToldToTheEnd({ options }: SymbolJob, { last }: StoredSpan, { bars, goesOn }: FetchedBars): void {
  const { symbol, to } = options;
  const ends = bars.timestamp[bars.length - 1];
  if (bars.length === 0 || ends >= last || goesOn || (to !== undefined && to.getTime() < last)) return;
  throw new TickerforestError(
    'SOURCE_INCOMPLETE',
    `${symbol}: ${endsEarly(ends, last)}; nothing was stored, try again later. If this is all there is: rebuild: true`,
  );
}

/**
 * @param ends - newest bar that was told, milliseconds UTC; undefined if none was
 * @param last - newest bar that there is
 * @returns that in words
 */
export function endsEarly(ends: number | undefined, last: number): string {
  return `the source's bars end on ${ends === undefined ? 'no day' : time(ends)}, before ${time(last)}, of which a bar is known: it has answered in part`;
}

/**
 * @param job - the run
 * @param market - whose bars
 * @returns how many stored bars an update compares, and the fold can go back
 */
export function overlapLength({ options }: SymbolJob, { interval, session }: Market): number {
  if (options.overlapBars !== undefined) return options.overlapBars;
  const aDay = Math.ceil(((session.close - session.open) * MINUTE_MS) / interval);
  return Math.min(OVERLAP.most, Math.max(OVERLAP.least, aDay));
}

/**
 * @param bars - some bars
 * @param length - how many
 * @returns the newest of them, at most so many
 */
export function newestOf(bars: Bars, length: number): Bars {
  return sliceBars(bars, Math.max(0, bars.length - length), bars.length);
}

/**
 * @param engineer - a stored engine
 * @returns whether its history has hardly a hole, so that new bars further apart are of another length
 */
export function isDense({ history }: FeatureEngineer): boolean {
  return history.gaps < history.bars / 4;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
