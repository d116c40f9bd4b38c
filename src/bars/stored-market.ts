import type { Market, Session } from './market';

/** What is stored of a {@link Market}. */
export interface StoredMarket {
  /** Length of a bar, milliseconds. */
  readonly interval_ms: number;
  /** Whether a timestamp is the start or the end of its bar. */
  readonly stamp: Market['stamp'];
  /** IANA time zone of the exchange. */
  readonly time_zone: string;
  /** Regular trading hours, minutes after local midnight. */
  readonly session: {
    /** Regular open: 570 is 09:30. */
    readonly open: number;
    /** Regular close, exclusive: 960 is 16:00. */
    readonly close: number;
    /** Which days close early. */
    readonly early_closes: Session['earlyCloses'];
  };
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
