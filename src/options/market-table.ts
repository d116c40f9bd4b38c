import type { Market, MarketOptions, Session } from '../bars/market';
import { quoted } from '../text';
import { number, oneOf, text, whole } from './checks';
import { type Descriptions, object } from './description';
import { LONGEST_BAR_MS } from './limits';

const MINUTES_OF_A_DAY = 1440;

/** Regular hours. */
export const SESSION = {
  open: {
    takes: whole({ from: 0, to: MINUTES_OF_A_DAY - 1 }),
    sentence: 'Regular open, minutes after local midnight: 570 is 09:30.',
  },
  close: {
    takes: whole({ from: 1, to: MINUTES_OF_A_DAY }),
    sentence: 'Regular close, minutes after local midnight, exclusive: 960 is 16:00.',
  },
  earlyCloses: {
    takes: oneOf('us_equities', 'none'),
    sentence: "Which days close early: the United States' exchanges' rule, or none.",
  },
} as const satisfies Descriptions<Session>;

/** Length of a bar. */
export const interval = number({ above: 0, to: LONGEST_BAR_MS }, 'a number of milliseconds');

/** Options that describe a market. */
export const MARKET = {
  exchange: { takes: text(64), default: 'none: round the clock in UTC', sentence: 'Name or market identifier code of an exchange.' },
  timeZone: { takes: text(64), default: "the exchange's", sentence: 'IANA time zone.' },
  session: { takes: object(SESSION), default: "the exchange's", sentence: 'Regular hours.' },
  stamp: { takes: oneOf('start', 'end'), default: 'start', sentence: 'Whether timestamps are the start or the end of their bars.' },
} as const satisfies Descriptions<MarketOptions>;

/** What {@link FeatureEngineer} is made for. */
export const WHOLE_MARKET = {
  interval: { takes: interval, sentence: 'Length of a bar, milliseconds.' },
  stamp: { takes: MARKET.stamp.takes, sentence: 'Whether a timestamp is the start (most vendors) or the end of its bar.' },
  timeZone: { takes: MARKET.timeZone.takes, sentence: 'IANA time zone of the exchange.' },
  session: { takes: MARKET.session.takes, sentence: 'Regular trading hours.' },
} as const satisfies Descriptions<Market>;

/** A whole market, not an exchange's name. */
export const wholeMarket = object(WHOLE_MARKET, 'a Market', (value) =>
  typeof value === 'string'
    ? `: resolveMarket(60_000, { exchange: ${quoted(value, 30)} })`
    : ': resolveMarket(interval, { exchange }) makes one',
);
