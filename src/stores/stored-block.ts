import type { Market, Session } from '../bars/market';
import type { KeptBlock } from './kept-blocks';

/** What stores write of a {@link KeptBlock}, for other readers too. */
export interface StoredBlock {
  /** How many bars; 1 or more. */
  readonly bars: number;
  /** Timestamp of its first bar, milliseconds UTC. */
  readonly first_timestamp: number;
  /** Timestamp of its last bar, milliseconds UTC. */
  readonly last_timestamp: number;
  /** Chained hash of all bars from the symbol's first to the block's last. */
  readonly bar_hash: string;
}

/** What stores write of a {@link Market}. */
export interface StoredMarket {
  /** Length of a bar, milliseconds. */
  readonly interval_ms: number;
  /** Whether a timestamp is the start or the end of its bar. */
  readonly stamp: Market['stamp'];
  /** IANA time zone of the exchange. */
  readonly time_zone: string;
  /** Regular trading hours, minutes after local midnight. */
  readonly session: { readonly open: number; readonly close: number; readonly early_closes: Session['earlyCloses'] };
}

/**
 * @param block - a block
 * @returns what is written of it
 */
export function storedBlock({ bars, firstTimestamp, lastTimestamp, barHash }: KeptBlock): StoredBlock {
  return { bars, first_timestamp: firstTimestamp, last_timestamp: lastTimestamp, bar_hash: barHash };
}

/**
 * @param stored - what was written of a block
 * @returns the block
 */
export function blockOf({ bars, first_timestamp, last_timestamp, bar_hash }: StoredBlock): KeptBlock {
  return { bars, firstTimestamp: first_timestamp, lastTimestamp: last_timestamp, barHash: bar_hash };
}

/**
 * @param market - a market
 * @returns what is written of it
 */
export function storedMarket({ interval, stamp, timeZone, session }: Market): StoredMarket {
  const { open, close, earlyCloses } = session;
  return { interval_ms: interval, stamp, time_zone: timeZone, session: { open, close, early_closes: earlyCloses } };
}

/**
 * @param stored - what was written of a market
 * @returns the market
 */
export function marketOf({ interval_ms, stamp, time_zone, session }: StoredMarket): Market {
  const { open, close, early_closes } = session;
  return { interval: interval_ms, stamp, timeZone: time_zone, session: { open, close, earlyCloses: early_closes } };
}
