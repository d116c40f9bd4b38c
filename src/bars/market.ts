import type { TickerforestError } from '../errors';
import { invalidOption } from '../options/checks';
import { checkArgument, checkOptions } from '../options/description';
import { didYouMean } from '../options/did-you-mean';
import { MARKET, WHOLE_MARKET } from '../options/market-table';
import { quoted } from '../text';
import { EXCHANGES } from './exchanges';
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

/** Options that describe a market; what is absent follows from the exchange's name. */
export interface MarketOptions {
  /**
   * Name or market identifier code of an exchange, in any case: NASDAQ, XNYS, LSE, CRYPTO; docs/options.md lists them. Any name serves together with
   * `timeZone` and `session`. Default: none, round the clock in UTC.
   */
  readonly exchange?: string | undefined;
  /** IANA time zone. Default: the exchange's. */
  readonly timeZone?: string | undefined;
  /** Regular hours. Default: the exchange's. */
  readonly session?: Session | undefined;
  /** Whether timestamps are the start or the end of their bars. Default 'start'; change it for vendors that stamp the end. */
  readonly stamp?: 'start' | 'end' | undefined;
}

/**
 * Says how bars lie in time: their length, and when the market is open.
 *
 * @param interval - length of a bar in milliseconds, above 0, at most 1e12
 * @param options - exchange name, or its parts
 * @returns the complete description
 * @throws TickerforestError `INVALID_OPTION` naming the option and its value
 * @example
 * ```ts
 * const engineer = new FeatureEngineer(resolveMarket(60_000, { exchange: 'NASDAQ' }));
 * ```
 */
export function resolveMarket(interval: number, options: MarketOptions = {}): Market {
  return marketFrom(interval, checkOptions(options, MARKET, 'resolveMarket'));
}

/**
 * {@link resolveMarket} of options that were checked, and may be more than those of a market.
 *
 * @param interval - length of a bar in milliseconds
 * @param options - exchange name, or its parts
 * @returns the complete description
 * @throws TickerforestError `INVALID_OPTION` for a bad interval, a name that is not known, or hours that are none
 */
export function marketFrom(interval: number, { exchange, timeZone, session, stamp }: MarketOptions): Market {
  checkArgument(interval, WHOLE_MARKET.interval.takes, 'interval', 'resolveMarket');
  const known = exchange === undefined ? undefined : EXCHANGES.get(exchange.trim().toUpperCase());
  if (exchange !== undefined && known === undefined && (timeZone === undefined || session === undefined)) throw unknownExchange(exchange);
  const zone = timeZone ?? known?.timeZone ?? 'UTC';
  new ZoneClock(zone); // refuses unknown names
  const hours = session ?? known?.session ?? ALWAYS;
  if (hours.open >= hours.close) {
    throw invalidOption(`session opens at minute ${hours.open} and closes at ${hours.close}; open must be before close`);
  }
  // features and targets of a user's own are given it, and the table of exchanges has the hours
  return Object.freeze({ interval, stamp: stamp ?? MARKET.stamp.default, timeZone: zone, session: Object.freeze({ ...hours }) });
}

function unknownExchange(exchange: string): TickerforestError {
  const guess = didYouMean(exchange, [...EXCHANGES.keys()]);
  return invalidOption(
    `exchange ${quoted(exchange)} is not known${guess === '' ? '.' : guess} ` +
      "Leave it out for a market that trades round the clock; describe one that is not in the list of docs/options.md by timeZone: 'Europe/Vilnius' " +
      "and session: { open: 600, close: 960, earlyCloses: 'none' } (minutes after midnight)",
  );
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
