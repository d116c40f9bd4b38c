import type { Bars } from '../bars/bars';
import type { Market } from '../bars/market';

/** What is kept of a symbol's bars. */
export interface KeptBars {
  /** The symbol. */
  readonly symbol: string;
  /** Whose bars they are: hours, time zone, length of a bar. */
  readonly market: Market;
  /** How many; 1 or more. */
  readonly bars: number;
  /** Timestamp of the first bar, milliseconds UTC. */
  readonly firstTimestamp: number;
  /** Timestamp of the newest bar, milliseconds UTC. */
  readonly lastTimestamp: number;
  /** Chained hash of all bars, 16 hexadecimal digits; see {@link BarHash}. */
  readonly barHash: string;
  /** Number of the symbol's newest write, from 1. Deletions count, too: of bars that are kept again after one, the first write has a higher number than the last one before. */
  readonly revision: number;
}

/** Which of the kept bars to read. */
export interface KeptRange {
  /** Only bars from this timestamp on, milliseconds UTC. Default: from the first. */
  readonly from?: number | undefined;
  /** Only bars up to this timestamp, milliseconds UTC. Default: to the newest. */
  readonly to?: number | undefined;
  /** Ends the reading (`ABORTED`). */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link BarStore.write} is given. */
export interface BarWrite {
  /** The symbol: as in {@link ProfileStore}. */
  readonly symbol: string;
  /** Whose bars they are. A market other than that of the bars which stay is refused. */
  readonly market: Market;
  /** Kept bars from this timestamp on are cut away, milliseconds UTC; -Infinity: all of them, Infinity: none. */
  readonly from: number;
  /** What comes in their place: good bars, ascending, none before `from`; they are copied. May be none, as long as bars stay. */
  readonly bars: Bars;
  /** Revision that this is based on; 0: no bars of the symbol are kept (it is new, or was deleted). */
  readonly baseRevision: number;
  /** Whether fewer bars than before may be left. Default false. */
  readonly shrink?: boolean | undefined;
}

/** What {@link BarStore.deleteSymbol} is given, and when it does nothing. */
export interface DeleteBars {
  /** Revision that must be the current one. Default: any. */
  readonly baseRevision?: number | undefined;
}

/**
 * Where bars are kept. They are the truth that everything else can be computed from again, without the vendor.
 *
 * {@link BarStore.write} is the only way to change them: to append is to cut behind the newest bar, to correct is to cut before it, to begin anew is to cut at the
 * beginning. Every write raises the symbol's revision by 1.
 *
 * Every function rejects with a TickerforestError: `STORE_CLOSED` after {@link BarStore.close}, `STORE_FAILED` if reading or writing fails or what is kept is
 * damaged, `INVALID_OPTION` for what cannot be kept.
 */
export interface BarStore {
  /**
   * @param symbol - the symbol
   * @returns what is kept of it, without reading the bars; null if nothing is
   */
  describe(symbol: string): Promise<KeptBars | null>;

  /**
   * Reads bars of one revision, also if somebody writes meanwhile.
   *
   * @param symbol - the symbol
   * @param range - which bars; default all
   * @returns them, ascending, in blocks of bounded size that are the caller's own, but need not lie over shared memory; nothing for an unknown symbol
   * @throws TickerforestError `STORE_FAILED` for a damaged block, before any bar of it is given; `ABORTED`; `CONFLICT` if the revision was replaced while it was read, and
   *   what is left of it cannot be read any more: read again
   */
  read(symbol: string, range?: KeptRange): AsyncIterable<Bars>;

  /**
   * Cuts, then appends: all or nothing, also when the process is killed. Of several writes on the same base revision exactly one succeeds.
   *
   * @param update - where to cut, and the bars that follow
   * @returns what is kept afterwards
   * @throws TickerforestError `CONFLICT` if the base revision is not the current one: read again, and repeat; `HISTORY_SHRINKS` if fewer bars would be left than are kept, and
   *   `shrink` does not allow it; `INVALID_BARS` for bars that are bad by themselves, not ascending, or before `from`; `INVALID_OPTION` for another market than that of the bars
   *   which stay, or if none would be left
   */
  write(update: BarWrite): Promise<KeptBars>;

  /**
   * Forgets a symbol; does nothing if it is unknown. Also works where what is kept is damaged. Whoever still holds an older revision is refused with `CONFLICT` afterwards, also when
   * the symbol is kept anew.
   *
   * @param symbol - the symbol
   * @param options - which revision it must be at
   * @returns whether there was anything
   * @throws TickerforestError `CONFLICT` if the base revision is given and not the current one
   */
  deleteSymbol(symbol: string, options?: DeleteBars): Promise<boolean>;

  /** @returns all symbols of which bars are kept, in code unit order */
  listSymbols(): Promise<string[]>;

  /** Releases what the store holds. Writes that were begun before still finish; a second close does nothing. */
  close(): Promise<void>;
}
