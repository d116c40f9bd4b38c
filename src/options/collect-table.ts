import type { BarRequest } from '../bars/bar-source';
import type { CollectOptions } from '../bars/collect-bars';
import type { MarketOptions } from '../bars/market';
import { abortSignal, callback, check, flag, number, whole } from './checks';
import { checkOptions, type Descriptions } from './description';
import { interval } from './market-table';
import { symbolName } from './symbol';
import { TRAIN_SYMBOL } from './symbol-tables';

const time = number({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, 'milliseconds since 1970');

/** What {@link collectBars} asks a source for. */
export const BAR_REQUEST = {
  symbol: { takes: symbolName, sentence: 'The symbol, spelled as the caller of `trainSymbol` spelled it.' },
  from: {
    takes: time,
    default: 'from the beginning',
    sentence: 'Earliest timestamp wanted, milliseconds UTC, inclusive; absent: from the beginning.',
  },
  to: { takes: time, default: 'to the end', sentence: 'Latest timestamp wanted, milliseconds UTC, inclusive; absent: to the end.' },
  signal: {
    takes: abortSignal,
    default: 'none',
    sentence: 'Fires when the caller has lost interest; a source should stop fetching and may throw.',
  },
  threads: {
    takes: whole({ from: 0, to: 64 }),
    default: 'as many as it likes',
    sentence: 'How many worker threads the caller allows, 0 or more; 0: the source is to do all on the calling thread.',
  },
} as const satisfies Descriptions<BarRequest>;

/**
 * @param request - what one of this library's sources is asked for, by anybody
 * @returns the same
 * @throws TickerforestError `INVALID_OPTION` naming what is missing or wrong
 */
export function checkRequest(request: BarRequest): BarRequest {
  return checkOptions(request, BAR_REQUEST, 'fetch');
}

/** Options of {@link collectBars}. */
export const COLLECT = {
  badBars: TRAIN_SYMBOL.badBars,
  maxBars: TRAIN_SYMBOL.maxBars,
  maxJump: TRAIN_SYMBOL.maxJump,
  after: { takes: time, default: 'none are known', sentence: 'Timestamp of the last bar already known, milliseconds UTC.' },
  knownTimes: {
    // also one of another realm, as test runners have them
    takes: check(
      'a Float64Array of timestamps',
      (value): value is Float64Array => ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Float64Array]',
    ),
    default: 'known bars are taken as they come',
    sentence: 'Timestamps of the newest known bars, at least of all that are read again, ascending, milliseconds UTC.',
  },
  oldBars: {
    takes: TRAIN_SYMBOL.oldBars.takes,
    default: 'ignore',
    sentence: "What to do about bars before the request's `from`: 'ignore' leaves them out and counts them, 'reject' throws.",
  },
  market: {
    // a Market, or the options of a run, have more than what describes one
    takes: check('an object that describes a market', (value): value is MarketOptions => typeof value === 'object' && value !== null),
    default: 'round the clock in UTC',
    sentence: 'The market, for its hours and time zone.',
  },
  interval: { takes: interval, default: 'the most frequent distance', sentence: 'Length of a bar, milliseconds.' },
  isDense: {
    takes: flag,
    default: false,
    sentence: 'Whether the known history has hardly a hole, so that new bars further apart are of another length.',
  },
  now: { takes: time, default: 'none is', sentence: 'The time that counts as now, milliseconds UTC: bars that end after it are forming.' },
  onBatch: { takes: callback(), default: 'not called', sentence: 'Called after each batch.' },
} as const satisfies Descriptions<CollectOptions>;
