import { TickerforestError } from '../errors';
import { ZoneClock } from './time-zone';

/** When a market trades, in its own wall time. Minutes count from local midnight. */
export interface Session {
  /** Regular open, minutes after local midnight: 570 is 09:30. */
  readonly open: number;
  /** Regular close, minutes after local midnight, exclusive: 960 is 16:00. With 0 to 1440 the market never closes. */
  readonly close: number;
  /** Which days close early: the United States' exchanges' rule, or none. */
  readonly earlyCloses: 'us_equities' | 'none';
}

/** What the feature engine has to know about a market to read its bars. Part of the feature set's hash. */
export interface Market {
  /** Length of a bar, milliseconds: 60,000 or 86,400,000. */
  readonly interval: number;
  /** Whether a timestamp is the start (most vendors) or the end of its bar. */
  readonly stamp: 'start' | 'end';
  /** IANA time zone of the exchange. */
  readonly timeZone: string;
  /** Regular trading hours. */
  readonly session: Session;
}

/** One minute, one day, in milliseconds. */
export const MINUTE_MS = 60_000;
/** One day in milliseconds. */
export const DAY_MS = 86_400_000;

const ALWAYS: Session = { open: 0, close: 1440, earlyCloses: 'none' };
const US: Session = { open: 570, close: 960, earlyCloses: 'us_equities' };
const hours = (open: number, close: number): Session => ({ open, close, earlyCloses: 'none' });

/** Time zone and regular hours by exchange name, upper case. Unknown names trade round the clock in UTC. */
const EXCHANGES: Readonly<Record<string, { timeZone: string; session: Session }>> = {
  NASDAQ: { timeZone: 'America/New_York', session: US },
  NYSE: { timeZone: 'America/New_York', session: US },
  AMEX: { timeZone: 'America/New_York', session: US },
  ARCA: { timeZone: 'America/New_York', session: US },
  BATS: { timeZone: 'America/New_York', session: US },
  TSX: { timeZone: 'America/Toronto', session: hours(570, 960) },
  LSE: { timeZone: 'Europe/London', session: hours(480, 990) },
  XETRA: { timeZone: 'Europe/Berlin', session: hours(540, 1050) },
  EURONEXT: { timeZone: 'Europe/Paris', session: hours(540, 1050) },
  TSE: { timeZone: 'Asia/Tokyo', session: hours(540, 930) },
  HKEX: { timeZone: 'Asia/Hong_Kong', session: hours(570, 960) },
  NSE: { timeZone: 'Asia/Kolkata', session: hours(555, 930) },
  BSE: { timeZone: 'Asia/Kolkata', session: hours(555, 930) },
  ASX: { timeZone: 'Australia/Sydney', session: hours(600, 960) },
};

/** Options that describe a market; what is absent follows from the exchange's name. */
export interface MarketOptions {
  /** Exchange name without regard to case: NASDAQ, NYSE, LSE, NSE, ...; absent or unknown: round the clock in UTC. */
  readonly exchange?: string;
  /** IANA time zone; default: the exchange's. */
  readonly timeZone?: string;
  /** Regular hours; default: the exchange's. */
  readonly session?: Session;
  /** Whether timestamps are the start or the end of their bars; default 'start'. Change it for vendors that stamp the end. */
  readonly stamp?: 'start' | 'end';
}

/**
 * @param interval - length of a bar in milliseconds, positive
 * @param options - exchange name, or its parts
 * @returns the complete description
 * @throws TickerforestError `INVALID_OPTION` naming the option and its value
 */
export function resolveMarket(interval: number, options: MarketOptions = {}): Market {
  if (!(Number.isFinite(interval) && interval > 0)) {
    throw new TickerforestError('INVALID_OPTION', `interval must be a positive number of milliseconds, not ${interval}`);
  }
  const known = EXCHANGES[options.exchange?.toUpperCase() ?? ''];
  const timeZone = options.timeZone ?? known?.timeZone ?? 'UTC';
  new ZoneClock(timeZone); // refuses unknown names
  const session = options.session ?? known?.session ?? ALWAYS;
  if (!(session.open >= 0 && session.open < session.close && session.close <= 1440)) {
    throw new TickerforestError(
      'INVALID_OPTION',
      `session must have 0 <= open < close <= 1440 minutes, not ${session.open} to ${session.close}`,
    );
  }
  return { interval, stamp: options.stamp ?? 'start', timeZone, session };
}

/**
 * The bars' length: the most frequent distance between neighbours, the shorter one at a tie.
 *
 * @param timestamps - ascending, milliseconds UTC, at least two
 * @returns milliseconds
 * @throws TickerforestError `TOO_FEW_BARS` with fewer than two timestamps
 */
export function inferInterval(timestamps: Float64Array): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < timestamps.length; i++) {
    const gap = timestamps[i] - timestamps[i - 1];
    counts.set(gap, (counts.get(gap) ?? 0) + 1);
  }
  let best = 0;
  let most = 0;
  for (const [gap, count] of counts) {
    if (count > most || (count === most && gap < best)) {
      best = gap;
      most = count;
    }
  }
  if (most === 0)
    throw new TickerforestError('TOO_FEW_BARS', `${timestamps.length} bars: the bar length cannot be told from fewer than two`);
  return best;
}

/**
 * The minute after local midnight at which regular trading ends on a date.
 * Early closes follow the New York Stock Exchange's published rule: 13:00 on the day after Thanksgiving, on 24 December, and on 3 July,
 * where these are trading days before a holiday on a weekday (source: nyse.com/markets/hours-calendars).
 *
 * @param session - regular hours
 * @param localDay - local date as days since 1970-01-01
 * @returns minutes after local midnight, exclusive
 */
export function closeOfDay(session: Session, localDay: number): number {
  if (session.earlyCloses === 'none') return session.close;
  const date = new Date(localDay * DAY_MS);
  const weekday = date.getUTCDay();
  const month = date.getUTCMonth() + 1;
  const day = date.getUTCDate();
  const afterThanksgiving = month === 11 && weekday === 5 && day >= 23 && day <= 29;
  const christmasEve = month === 12 && day === 24 && weekday >= 1 && weekday <= 4;
  const beforeIndependenceDay = month === 7 && day === 3 && weekday >= 1 && weekday <= 4;
  return afterThanksgiving || christmasEve || beforeIndependenceDay ? 780 : session.close;
}
