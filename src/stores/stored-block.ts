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
