import type { Bars } from './bars';
import type { Reading } from './reading';
import type { Warning } from './warnings';

/** What a {@link BarSource} is asked for. */
export interface BarRequest {
  /** The symbol, spelled as the caller of `trainSymbol` spelled it. */
  readonly symbol: string;
  /** Earliest timestamp wanted, milliseconds UTC, inclusive; absent: from the beginning. */
  readonly from?: number;
  /** Latest timestamp wanted, milliseconds UTC, inclusive; absent: to the end. */
  readonly to?: number;
  /** Fires when the caller has lost interest; a source should stop fetching and may throw. */
  readonly signal?: AbortSignal;
  /**
   * How many worker threads the caller allows, 0 or more; 0: the source is to do all on the calling thread. Absent: as many as it likes. `csvBars` has one, for a large file;
   * a source that has none need not look at it.
   */
  readonly threads?: number;
}

/** A few bars on their way from a source: a page of a REST answer, a slice of a file. */
export interface BarBatch {
  /** Ascending bars, later than those of the batch before. Validation happens downstream: a source passes on what it got. */
  readonly bars: Bars;
  /** Number of this batch, from 1. */
  readonly batch: number;
  /** How many batches there will be, where the source knows. */
  readonly batches?: number;
  /** How much of the source has been read, 0 to 1, where it knows its size but not the number of batches, as a compressed file does. */
  readonly fraction?: number;
  /** Whether the last bar of this batch is still forming: it will change, so it is not used. Default false; a bar that ends after now is not used in any case. */
  readonly forming?: boolean;
  /** How the source's values were understood, where that was a matter of reading; the newest batch's counts. */
  readonly reading?: Reading;
  /** What the source itself noticed since its batch before. */
  readonly warnings?: readonly Warning[];
  /** Where the bar at `index` of this batch came from, for error messages: 'aapl.csv.gz, line 1204'. */
  readonly describe?: (index: number) => string;
}

/** Anything that can produce a symbol's bars in time order. Twenty lines make a vendor's REST interface one: `examples/custom-source.ts`. */
export interface BarSource {
  /**
   * Whether one answer always holds all bars that were asked for, as that of a file does. Without it the source is asked again for what follows its last bar and what
   * lies before its first one, until it has nothing more: a vendor may answer with so many bars at most, or stop half-way without a word.
   */
  readonly answersInFull?: boolean | undefined;
  /**
   * @param request - symbol and range
   * @returns batches in time order; bars outside the range are ignored by the reader
   */
  fetch(request: BarRequest): AsyncIterable<BarBatch>;
}
